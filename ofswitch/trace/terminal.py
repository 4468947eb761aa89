"""A trace on a terminal: a tree in colours, by rich; whoever reads through a pipe gets `story.plain`."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from ofswitch.trace.story import Style, Value, lines

_STYLES: dict[Style, str] = {
    "": "",
    "head": "bold",
    "table": "cyan",
    "good": "green",
    "bad": "red",
    "aside": "dim",
}


def show(trace: Value, console: Console | None = None) -> None:
    """Print a trace."""
    console = console or Console(highlight=False)
    root = Tree("", hide_root=True, guide_style="dim")
    branches = [root]
    for line in lines(trace):
        del branches[line.depth + 1 :]
        text = Text(line.text, _STYLES[line.style], overflow="fold")
        branches.append(branches[-1].add(text))
    console.print(root)
