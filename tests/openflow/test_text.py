"""Versions and addresses as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openflow import addresses
from openflow.versions import V1_0, V1_3, Version, parse_version, parse_versions


class TestVersions:
    @pytest.mark.parametrize("text", ["OpenFlow13", "openflow13", "1.3", "13", " 1.3 "])
    def test_there_are_several_ways_to_write_one(self, text: str) -> None:
        assert parse_version(text) is V1_3

    def test_they_are_printed_in_two_ways(self) -> None:
        assert [f"{version} {version.text}" for version in (V1_0, V1_3)] == [
            "1.0 OpenFlow10",
            "1.3 OpenFlow13",
        ]

    @pytest.mark.parametrize("text", ["", "1.6", "OpenFlow20", "3", "four", "1.33"])
    def test_what_is_not_spoken_is_refused_with_what_is(self, text: str) -> None:
        with pytest.raises(ValueError, match="known: OpenFlow10, OpenFlow11, OpenFlow12"):
            parse_version(text)

    def test_a_list_is_separated_by_commas(self) -> None:
        assert parse_versions("OpenFlow10, OpenFlow13,") == {V1_0, V1_3}

    def test_the_number_is_the_headers(self) -> None:
        assert [int(version) for version in Version] == [1, 2, 3, 4, 5, 6]


class TestAddresses:
    @given(mac=st.integers(0, (1 << 48) - 1))
    def test_an_ethernet_address_survives(self, mac: int) -> None:
        assert addresses.parse_mac(addresses.format_mac(mac)) == mac

    @given(address=st.integers(0, (1 << 32) - 1))
    def test_an_ipv4_address_survives(self, address: int) -> None:
        assert addresses.parse_ipv4(addresses.format_ipv4(address)) == address

    @given(address=st.integers(0, (1 << 128) - 1))
    def test_an_ipv6_address_survives(self, address: int) -> None:
        assert addresses.parse_ipv6(addresses.format_ipv6(address)) == address

    @pytest.mark.parametrize("text", ["00:11:22:AA:bb:cc", "0:11:22:aa:bb:cc", "00-11-22-aa-bb-cc"])
    def test_an_ethernet_address_may_be_written_otherwise(self, text: str) -> None:
        assert addresses.parse_mac(text) == 0x001122AABBCC

    @pytest.mark.parametrize(
        "text", ["", "1:2:3:4:5", "1:2:3:4:5:6:7", "1:2:3:4:5:g", "001:2:3:4:5:6", "1:2:3:4:5:-6"]
    )
    def test_what_is_no_ethernet_address_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="not an Ethernet address"):
            addresses.parse_mac(text)

    @pytest.mark.parametrize(("length", "mask"), [(0, 0), (8, 0xFF000000), (32, 0xFFFFFFFF)])
    def test_a_prefix_length_is_a_mask(self, length: int, mask: int) -> None:
        assert addresses.prefix_mask(length, 32) == mask

    @pytest.mark.parametrize("length", [-1, 33])
    def test_a_prefix_fits_its_address(self, length: int) -> None:
        with pytest.raises(ValueError, match="does not fit an address of 32"):
            addresses.prefix_mask(length, 32)
