"""Which datapath a switch gets."""

from __future__ import annotations

import logging

import pytest

from ofswitch import native
from ofswitch.configuration import Configuration, ConfigurationError
from ofswitch.datapath import ReferenceDatapath
from ofswitch.runtime.datapaths import NATIVE_ENTRIES, make_datapath
from openflow import V1_3, TableStatsRequest


def configuration(datapath: str) -> Configuration:
    return Configuration("s1", dpid=1, datapath=datapath, tables=3)


@pytest.mark.native
@pytest.mark.parametrize("asked", ["", "native"])
def test_the_native_one_is_the_default_where_it_was_compiled(asked: str) -> None:
    datapath, name = make_datapath(configuration(asked))
    assert name == "native"
    tables = datapath.query(TableStatsRequest(), V1_3, 0.0).body  # type: ignore[attr-defined]
    assert [table.max_entries for table in tables] == [NATIVE_ENTRIES] * 3


def test_the_reference_can_be_asked_for() -> None:
    datapath, name = make_datapath(configuration("reference"))
    assert (type(datapath), name) == (ReferenceDatapath, "reference")
    assert datapath.features().n_tables == 3


def test_without_the_native_one_the_reference_forwards_and_says_so_in_a_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(native, "AVAILABLE", False)
    with caplog.at_level(logging.INFO):
        datapath, name = make_datapath(configuration(""))
    assert (type(datapath), name) == (ReferenceDatapath, "reference")
    assert caplog.messages == ["forwarding in Python: the native datapath was not compiled"]


def test_to_ask_for_what_was_not_compiled_is_an_error_that_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(native, "AVAILABLE", False)
    with pytest.raises(ConfigurationError, match="install Rust"):
        make_datapath(configuration("native"))


def test_what_there_is_none_of_is_an_error_that_says_what_there_is() -> None:
    with pytest.raises(ConfigurationError, match="native or reference"):
        make_datapath(configuration("magic"))
