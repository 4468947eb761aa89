"""The tables that `ofswitch show` and its like print."""

from __future__ import annotations

from typing import Any

from ofswitch import report

PORT = {
    "port_no": 1,
    "name": "s1-eth1",
    "kind": "tap",
    "hw_addr": "02:00:00:00:00:01",
    "link_up": True,
    "rx_packets": 12,
    "rx_bytes": 2048,
    "rx_dropped": 0,
    "tx_packets": 3,
    "tx_bytes": 1023,
    "tx_dropped": 4,
    "config": [],
}


def test_ports_stand_in_columns() -> None:
    head, first, second = report.ports(
        [PORT, {**PORT, "port_no": 10, "link_up": False, "config": ["port_down", "no_flood"]}]
    ).splitlines()
    assert head.split() == [
        "no",
        "name",
        "kind",
        "hw",
        "addr",
        "link",
        "rx",
        "tx",
        *["rx", "lost"],
        *["tx", "lost"],
        "config",
    ]
    assert "12 (2.0 KiB)" in first
    assert "3 (1023 B)" in first
    assert first.index("s1-eth1") == second.index("s1-eth1") == head.index("name")
    assert " down " in second
    assert second.endswith("  port_down,no_flood")


def test_large_amounts_are_short() -> None:
    assert report._size(0) == "0 B"
    assert report._size(1024) == "1.0 KiB"
    assert report._size(3 << 30) == "3.0 GiB"
    assert report._size(5000 << 40) == "5000.0 TiB"


def test_drops_say_what_their_names_mean() -> None:
    drop = {"where": "s1-eth1", "name": "tx_queue_full", "count": 7, "meaning": "was too much"}
    assert report.drops([]) == "nothing was dropped"
    assert report.drops([drop]).splitlines()[1].split(None, 3) == [
        *("7", "s1-eth1", "tx_queue_full", "was too much")
    ]


def session(peer: str, **more: Any) -> dict[str, Any]:
    """What a switch answers of a connection."""
    usual = {
        "version": "OpenFlow13",
        "closed": "",
        "role": "equal",
        "role_for_s": 1.0,
        "for_s": 2.0,
    }
    return {"peer": peer, **usual, "queued_bytes": 0, "refusals": {}, **more}


def test_a_switch_without_ports_and_controllers_is_shown_too() -> None:
    answer = {
        "name": "s1",
        "dpid": "0000000000000001",
        "datapath": "reference",
        "versions": ["OpenFlow13"],
        "fail_mode": "standalone",
        "standing_alone": True,
        "uptime_s": 1.234,
        "tables": 254,
        "probe_interval_s": 15.0,
        "generation_id": 7,
        "refusals": {"slave_write": 2},
        "controllers": [
            {
                "target": "tcp:127.0.0.1:6653",
                "connected": True,
                "for_s": 3.0,
                "reason": "",
                "attempts": 0,
                "tls": "",
            },
            {
                "target": "tcp:127.0.0.1:6654",
                "connected": False,
                "for_s": 4.0,
                "reason": "Connection refused",
                "attempts": 3,
                "tls": "",
            },
        ],
        "listening": ["ptcp:6654:0.0.0.0"],
        "sessions": [
            session("tcp:127.0.0.1:6653", version=None),
            session("10.0.0.1:999", role="slave", refusals={"slave_write": 2}, queued_bytes=2048),
            session("10.0.0.1:777", closed="framing lost"),
        ],
        "left_out": 0,
        "ports": [],
    }
    shown = report.switch(answer)
    for text in (
        "s1: dpid 0000000000000001",
        "forwarding by itself now",
        "generation id 7; silent controllers are probed every 15 s",
        "controller tcp:127.0.0.1:6653 (no hello yet), connected for 2.0 s",
        "controller tcp:127.0.0.1:6654 (not connected for 4.0 s, tried 3 times): Connection refused",
        "connected: 10.0.0.1:999 (OpenFlow13, slave for 1.0 s), connected for 2.0 s",
        "connected for 2.0 s, 2.0 KiB wait for it, 2 slave_write",
        "connected: 10.0.0.1:777 (ends: framing lost)",
        "refused: 2 slave_write",
        "listening on ptcp:6654:0.0.0.0",
        "no ports",
    ):
        assert text in shown
