"""Which datapath a switch runs on: the native one where it was compiled, unless somebody asks for the other."""

from __future__ import annotations

import logging

from ofswitch import native
from ofswitch.configuration import Configuration, ConfigurationError
from ofswitch.datapath import Datapath, Limits, ReferenceDatapath

log = logging.getLogger("ofswitch")

DATAPATHS = ("native", "reference")
NATIVE_ENTRIES = 1 << 20
"""Flow entries that a native table holds: a million of them take less than a gigabyte."""


def make_datapath(configuration: Configuration) -> tuple[Datapath, str]:
    """The datapath that was asked for, and what it is called. Raises ConfigurationError when there is none."""
    tables = configuration.tables
    if configuration.datapath not in ("", *DATAPATHS):
        kinds = " or ".join(DATAPATHS)
        raise ConfigurationError(f"--datapath {configuration.datapath}: write {kinds}")
    if configuration.datapath == "reference":
        return ReferenceDatapath(Limits(n_tables=tables)), "reference"
    if native.AVAILABLE:
        from ofswitch.datapath.native.datapath import NativeDatapath

        return NativeDatapath(Limits(n_tables=tables, max_entries=NATIVE_ENTRIES)), "native"
    if configuration.datapath == "native":
        raise ConfigurationError(
            "--datapath native: it was not compiled when ofswitch was installed, for want of Rust; "
            "install Rust 1.85 or later and ofswitch again, or use --datapath reference"
        )
    log.info("forwarding in Python: the native datapath was not compiled")
    return ReferenceDatapath(Limits(n_tables=tables)), "reference"
