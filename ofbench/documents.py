"""What was measured, for programs: the keys and values of the JSON, as docs/ofbench.md tells them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from ofbench.abilities import Ability, SwitchResult
from ofbench.address import Address
from ofbench.figures import Result, Round
from ofbench.origin import Origin
from ofbench.settings import LoadSettings, SwitchSettings

Document = dict[str, Any]

COUNTS = ("flow_mods", "packet_outs", "errors")


def controller_document(
    address: Address, origin: Origin, results: list[Result], cut_short_by: str | None
) -> Document:
    """All that loading a controller has brought to light."""
    return {
        **_origin("controller", address, origin, cut_short_by),
        "settings": _load(results[0].settings),
        "results": [_result(result) for result in results],
    }


def switch_document(
    address: Address, origin: Origin, result: SwitchResult, cut_short_by: str | None
) -> Document:
    """All that asking a switch has brought to light."""
    return {
        **_origin("switch", address, origin, cut_short_by),
        "datapath_id": f"{result.datapath_id:016x}",
        "settings": _questions(result.settings),
        "abilities": [_ability(ability) for ability in result.abilities],
    }


def _origin(what: str, address: Address, origin: Origin, cut_short_by: str | None) -> Document:
    return {
        "measured": what,
        "address": str(address),
        **asdict(origin),
        "cut_short_by": cut_short_by,
    }


def _load(settings: LoadSettings) -> Document:
    """What is the same in both modes."""
    return {
        "protocol": settings.version.text,
        "switches": settings.switches,
        "macs": settings.hosts,
        "ports": settings.ports,
        "frame_size": settings.frame_size,
        "buffers": settings.buffers,
        "warm_up_s": settings.warm_up_s,
        "rounds": settings.rounds,
        "seconds": settings.seconds,
        "busy_poll": settings.busy_poll,
    }


def _questions(settings: SwitchSettings) -> Document:
    return {
        "protocol": settings.version.text,
        "flows": settings.flows,
        "packets": settings.packets,
        "round_trips": settings.trips,
        "port": settings.port,
        "rounds": settings.rounds,
    }


def _result(result: Result) -> Document:
    rates = [turn.rate for turn in result.rounds]
    return {
        "mode": result.settings.mode,
        "most_in_flight": result.settings.window,
        "responses_per_s": result.rate,
        "lowest_per_s": min(rates),
        "highest_per_s": max(rates),
        "fairness": result.fairness,
        "load_busy": result.busy,
        "latency_us": result.percentiles(),
        "packet_ins": result.packet_ins._asdict(),
        **{name: result.total(name) for name in COUNTS},
        "rounds": [_round(turn) for turn in result.rounds],
    }


def _round(turn: Round) -> Document:
    return {
        "seconds": turn.seconds,
        "responses_per_s": turn.rate,
        "fairness": turn.fairness,
        "load_busy": turn.busy,
        "responses_of_switches": turn.responses,
        "responses_per_s_after_s": [[round(at, 3), round(rate)] for at, rate in turn.course],
        "latency_ns": _pairs(turn.times.items()),
    }


def _pairs(times: Iterable[tuple[int, int]]) -> list[list[int]]:
    return [list(pair) for pair in sorted(times)]


def _ability(ability: Ability) -> Document:
    return {
        "name": ability.name,
        "per_s": ability.rate,
        "lowest_per_s": ability.lowest,
        "highest_per_s": ability.highest,
        "p50_us": ability.percentile_us(50),
        "p99_us": ability.percentile_us(99),
        "lost": ability.lost,
        "error": ability.error,
    }
