"""Scripts with mistakes: what people are told."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

import controller.script
from controller import Event
from controller.script import ScriptError, apps, check, load
from tests.controller.fakes import make_controller


@pytest.fixture
def script(tmp_path: Path) -> Any:
    def write(text: str) -> str:
        path = tmp_path / "my_script.py"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def complaint(path: str, *, init: bool = False) -> str:
    """What loading the script says, with the folder cut away."""
    with pytest.raises(ScriptError) as raised:
        load(path).init(make_controller()[0]) if init else load(path)
    return str(raised.value).replace(str(Path(path).parent) + "/", "")


def test_a_script_is_loaded_and_its_init_gets_the_controller(script: Any) -> None:
    path = script(
        "from controller import Event\n"
        "def join(ctrl, dpid, event): pass\n"
        "def init(ctrl):\n"
        "    ctrl.register_cb(Event.DATAPATH_JOIN, join)\n"
    )
    controller, _ = make_controller()
    load(path).init(controller)
    assert controller._dispatcher.heard(Event.DATAPATH_JOIN)


def test_a_script_may_import_its_neighbours(script: Any, tmp_path: Path) -> None:
    (tmp_path / "a_neighbour_of_it.py").write_text("value = 1\n")
    load(script("from a_neighbour_of_it import value\ndef init(ctrl): pass\n"))


def test_a_syntax_error_is_shown_with_its_line(script: Any) -> None:
    text = complaint(script("x = 1\ndef init(ctrl)\n    pass\n"))
    assert text == "my_script.py, line 2: SyntaxError: expected ':'\n    def init(ctrl)"


def test_wrong_indentation_is_shown_with_its_line(script: Any) -> None:
    text = complaint(script("def init(ctrl):\npass\n"))
    assert text.startswith("my_script.py, line 2: IndentationError: expected an indented block")


def test_an_error_while_loading_is_shown_with_its_line(script: Any) -> None:
    text = complaint(script("import openflow\n\nvalue = openflow.FlowMood()\n"))
    reason, _, line = text.partition("\n")
    assert reason.startswith(
        "my_script.py, line 3: AttributeError: module 'openflow' has no attribute 'FlowMood'"
    )
    assert line == "    value = openflow.FlowMood()"


def test_a_missing_module_is_shown_with_its_line(script: Any) -> None:
    text = complaint(script("import nowhere_at_all\n"))
    assert text.startswith("my_script.py, line 1: ModuleNotFoundError: No module named 'nowhere_at")


def test_an_error_in_init_is_shown_with_its_line_even_when_raised_deeper(script: Any) -> None:
    path = script("def init(ctrl):\n    register(ctrl)\n\ndef register(ctrl):\n    int('x')\n")
    assert complaint(path, init=True) == (
        "my_script.py, line 5, in register: ValueError: invalid literal for int() with base 10: "
        "'x'\n    int('x')"
    )


def test_a_mistake_in_calling_us_is_shown_as_a_line_of_the_script(script: Any) -> None:
    path = script("def init(ctrl):\n    ctrl.register_cb('packet_in', None)\n")
    assert complaint(path, init=True) == (
        "my_script.py, line 2, in init: TypeError: a callback must be callable, None is not\n"
        "    ctrl.register_cb('packet_in', None)"
    )


def test_an_error_in_an_async_init_is_shown_too(script: Any) -> None:
    path = script("async def init(ctrl):\n    raise ValueError('no')\n")
    with pytest.raises(ScriptError, match="line 2, in init: ValueError: no"):
        asyncio.run(load(path).init(None))


def test_a_script_without_init_is_refused(script: Any) -> None:
    text = complaint(script("def initialise(ctrl): pass\n"))
    assert text == "my_script.py has no function init(ctrl), where a script registers its callbacks"


def test_an_init_with_other_arguments_is_refused(script: Any) -> None:
    text = complaint(script("def init(): pass\n"))
    assert text == "my_script.py: init() must take one argument, as in init(ctrl)"


def test_a_script_that_exits_does_not_end_the_program_silently(script: Any) -> None:
    text = complaint(script("import sys\nsys.exit(3)\n"))
    assert text == "my_script.py, line 2: SystemExit: 3\n    sys.exit(3)"


def test_a_script_that_is_not_there_is_named() -> None:
    with pytest.raises(ScriptError, match=r"there is no script nowhere/x\.py"):
        load("nowhere/x.py")


def test_a_file_that_is_no_python_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    with pytest.raises(ScriptError, match=r"its name must end in \.py"):
        load(str(path))


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "binary.py"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScriptError, match=r"binary\.py"):
        load(str(path))


@pytest.mark.parametrize("name", ["learning_swich", "os.nothing", "no.such.module"])
def test_an_unknown_app_is_told_what_there_is(name: str) -> None:
    with pytest.raises(ScriptError, match=r"Apps are: .*hub, .*learning_switch"):
        load(name)


def test_an_app_is_found_by_its_name() -> None:
    assert load("hub").path.endswith("apps/hub.py")
    assert load("apps.hub").path.endswith("apps/hub.py")


def test_the_apps_are_listed_with_what_they_are() -> None:
    listed = dict(apps())
    assert listed["hub"].startswith("Hub: repeats every frame")
    assert all(listed.values())


def test_what_an_app_requires_is_listed_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = '"""Routes frames."""\nrequires = ("discovery", "hub")\ndef init(ctrl): pass\n'
    (tmp_path / "some_apps").mkdir()
    (tmp_path / "some_apps" / "router.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(controller.script, "APPS", "some_apps")
    assert list(apps()) == [("router", "Routes frames. Requires 'discovery', 'hub'.")]


def test_a_script_is_checked_without_running_it(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text("raise AssertionError('it was run')", encoding="utf-8")
    check(str(path))
    check("learning_switch")
    path.write_text("x = (", encoding="utf-8")
    for name in (str(path), str(tmp_path / "nothing.py"), "nothing", "no.such.module"):
        with pytest.raises(ScriptError):
            check(name)


def test_an_app_of_another_controller_is_pointed_to_the_document(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text("from ryu.base import app_manager", encoding="utf-8")
    with pytest.raises(ScriptError, match=r"docs/porting\.md says what the names of other"):
        load(str(path))
