"""Which datapath a switch runs on."""

from __future__ import annotations

from ofswitch.configuration import Configuration, ConfigurationError
from ofswitch.datapath import Datapath, Limits, ReferenceDatapath


def make_datapath(configuration: Configuration) -> tuple[Datapath, str]:
    """The datapath that was asked for, and what it is called."""
    if configuration.datapath == "native":
        raise ConfigurationError(
            f"there is no {configuration.datapath} datapath yet: use --datapath reference"
        )
    return ReferenceDatapath(Limits(n_tables=configuration.tables)), "reference"
