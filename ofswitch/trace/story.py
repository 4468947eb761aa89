"""A trace in lines for people, made of the plain values that `answer` has.

A line has a depth, a text and a style: a terminal gets them as a tree in colours, a pipe indented.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

Style = Literal["", "head", "table", "good", "bad", "aside"]
Value = Mapping[str, Any]

INDENT = "  "


class Line(NamedTuple):
    """A line of a story."""

    depth: int
    text: str
    style: Style = ""


def plain(trace: Value) -> str:
    """The story as text."""
    return "\n".join(INDENT * line.depth + line.text for line in lines(trace))


def lines(trace: Value) -> Iterator[Line]:
    """The story: the packet, its steps, what becomes of it."""
    yield Line(0, trace["packet"].replace(",", ", "), "head")
    for step in trace["steps"]:
        yield from _step(step, 0)
    yield Line(0, trace["summary"], "bad" if trace["drop"] else "good")
    if trace["drop"]:
        yield Line(1, f"the packet {trace['drop']['meaning']}", "aside")


def _step(step: Value, depth: int) -> Iterator[Line]:
    """A step with what it changes; what comes of it behind that, or below; its own steps below."""
    head, style = next(tell(step) for key, tell in _HEADS.items() if key in step)
    head = "  ".join(filter(None, [head, _changes(step)]))
    results = [_result(one) for one in step["results"]]
    if len(results) == 1 and not style:
        ((text, style),) = results
        yield Line(depth, f"{head}  {text}", style)
    else:
        yield Line(depth, head, style)
        for near in step.get("nearest", ()):
            yield Line(depth + 1, _near(near), "aside")
        for text, how in results:
            yield Line(depth + 1, text, how)
    for one in step["steps"]:
        yield from _step(one, depth + 1)


_FEW = {0: "there is no entry", 1: "the one entry does not match"}


def _table(step: Value) -> tuple[str, Style]:
    if step["entry"] is None:
        count = step["entries"]
        among = _FEW.get(count, f"none of {count} entries matches")
        return f"table {step['table']}: {among}", "table"
    return f"table {step['table']}: {_entry(step['entry'])}", "table"


def _entry(line: str) -> str:
    """What a line of `ofswitch flows` says of an entry, but for the numbers that change all the time."""
    cookie, _, rest = line.partition(", ")
    shown = "" if cookie == "cookie=0x0" else f"{cookie}, "
    return f"{shown}priority={rest.partition('priority=')[2]}"


def _near(near: Value) -> str:
    entry = _entry(near["entry"]).partition(" actions=")[0]
    why = [
        f"no {name}" if it is None else f"{name} is {it}" for name, it in near["differs"].items()
    ]
    return f"not {entry}, as {' and '.join(why)}"


def _bucket(step: Value) -> tuple[str, Style]:
    which = _WHICH.get(step["type"], "")
    return f"bucket {step['bucket']} of {step['buckets']}{which}", ""


_WHICH = {"select": ", selected by the packet's hash", "ff": ", the first that is live"}

_HEADS: dict[str, Callable[[Value], tuple[str, Style]]] = {
    "arrival": lambda step: (f"comes in on {step['name']} ({step['arrival']})", "table"),
    "table": _table,
    "bucket": _bucket,
    "action_set": lambda step: (f"action set: {step['action_set']}", "table"),
    "action": lambda step: (step["action"], ""),
    "instruction": lambda step: (step["instruction"], ""),
}


def _changes(step: Value) -> str:
    changed = [_change(name, *values) for name, values in step["changes"].items()]
    if changed:
        return f"[{', '.join(changed)}]"
    if step["results"]:
        return ""
    if step["edited"]:
        return "[no field that can be matched]"
    word: str = step.get("action", "") or step.get("instruction", "")
    return next((said for start, said in _WITHOUT_RESULT if word.startswith(start)), "")


_HEADER_EDITS = ("set_field", "push_", "pop_", "mod_", "dec_", "set_mpls", "copy_ttl")
_WITHOUT_RESULT = ((_HEADER_EDITS, "[changes nothing]"), ("meter:", "[within its rates]"))
"""What to say of actions and instructions that nothing came of, by how they begin."""


def _change(name: str, before: str | None, after: str | None) -> str:
    if before is None:
        return f"{name}={after}"
    return f"no {name}" if after is None else f"{name} {before} -> {after}"


def _result(result: Value) -> tuple[str, Style]:
    if "output" in result:
        queue = f", queue {result['queue']}" if result["queue"] else ""
        return f"-> {result['name']} ({result['output']}){queue}", "good"
    if "controller" in result:
        return _to_controller(result)
    return f"lost: {result['lost']}", "bad"


def _to_controller(result: Value) -> tuple[str, Style]:
    cut = result["max_len"]
    much = "" if cut is None or cut == _WHOLE else f", its first {cut} octets"
    return f"-> {', '.join(result['to'])} ({result['controller']}{much})", "good"


_WHOLE = 0xFFFF
