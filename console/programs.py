"""The programs, as they are installed: Ctrl-C ends each quietly, from its first import on.

In which module the commands are is said as text: this package imports none of them.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from console.interrupts import end_at_once


def _program(name: str, module: str) -> Callable[[], None]:
    def run() -> None:
        end_at_once()
        import_module(module).main(prog_name=name)

    return run


ofswitch = _program("ofswitch", "ofswitch.cli")
ofcontroller = _program("ofcontroller", "controller.cli")
oflab = _program("oflab", "topologies.cli")
ofbench = _program("ofbench", "ofbench.cli")
ofswim = _program("ofswim", "apps.swim.cli")
