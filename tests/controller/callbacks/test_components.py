"""Components are started in the order that their requirements take, and find each other."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from controller import ComponentError, NoComponent
from controller.callbacks.components import Wanted
from controller.script import ScriptError, load
from tests.controller.fakes import make_controller


def run(coroutine: Coroutine[Any, Any, Any]) -> None:
    """Run to the end what waits for nothing."""
    with pytest.raises(StopIteration):
        coroutine.send(None)


class Stage:
    """A controller, a folder with scripts, and a list of what has been started."""

    def __init__(self, folder: Path) -> None:
        self.controller, self.shell = make_controller()
        self.folder = folder
        self.started: list[Any] = []
        self.controller.started = self.started  # type: ignore[attr-defined]

    def write(self, name: str, text: str = "", requires: str = "()", init: str = "pass") -> str:
        """Write a script that notes when it is started; return its path."""
        path = self.folder / f"{name}.py"
        path.write_text(
            f"{text}\nrequires = {requires}\n"
            f"def init(ctrl):\n    ctrl.started.append({name!r})\n    {init}\n"
        )
        return str(path)

    def start(self, *wanted: Wanted | str) -> list[str]:
        """Start scripts by path and others as they are; return what has been started."""
        apps = [load(one) if isinstance(one, str) else one for one in wanted]
        run(self.controller.components.start(self.controller, apps))
        return self.started


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_without_requirements_the_order_is_as_given(stage: Stage) -> None:
    assert stage.start(stage.write("nox_b"), stage.write("nox_a")) == ["nox_b", "nox_a"]
    assert stage.controller.components.names == ["nox_b", "nox_a"]


def test_what_is_required_is_started_first_and_once(stage: Stage) -> None:
    first = stage.write("nox_top", requires="('nox_left', 'nox_right')")
    left = stage.write("nox_left", requires="('nox_base',)")
    right = stage.write("nox_right", requires="('nox_base',)")
    base = stage.write("nox_base")
    order = ["nox_base", "nox_left", "nox_right", "nox_top"]
    assert stage.start(first, left, right, base) == order


def test_what_nobody_named_is_loaded(stage: Stage) -> None:
    stage.write("nox_neighbour")
    top = stage.write("nox_top", requires="('nox_neighbour.py', 'hub')")
    assert stage.start(top) == ["nox_neighbour", "nox_top"]
    assert stage.controller.components.names == ["nox_neighbour", "hub", "nox_top"]


def test_a_component_is_found_as_what_its_init_returned_or_as_its_module(stage: Stage) -> None:
    stage.start(
        stage.write("nox_value", init="return {'links': 3}"),
        stage.write("nox_module", "answer = 42"),
    )
    assert stage.controller.component("nox_value") == {"links": 3}
    assert stage.controller.component("nox_module").answer == 42


def test_a_component_can_ask_for_another_as_soon_as_it_is_started(stage: Stage) -> None:
    ask = "ctrl.started.append(ctrl.component('nox_value'))"
    value = stage.write("nox_value", init="return 'value'")
    top = stage.write("nox_top", requires="('nox_value',)", init=ask)
    assert stage.start(top, value) == ["nox_value", "nox_top", "value"]


class Topology:
    """A component that is a class."""

    def __init__(self, ctrl: Any) -> None:
        ctrl.started.append("topology")


class Routing:
    """One that requires another."""

    requires = (Topology,)
    name = "routing"

    def __init__(self, ctrl: Any) -> None:
        self.topology = ctrl.component(Topology)
        ctrl.started.append("routing")


def test_a_class_is_a_component_found_by_class_or_name(stage: Stage) -> None:
    assert stage.start(Routing) == ["topology", "routing"]
    routing = stage.controller.component(Routing)
    assert isinstance(routing, Routing)
    assert routing.topology is stage.controller.component("Topology")
    assert stage.controller.component("routing") is routing


def test_what_runs_is_not_started_again(stage: Stage) -> None:
    stage.start(Topology)
    assert stage.start(Routing) == ["topology", "routing"]
    stage.start(Routing)
    assert stage.started == ["topology", "routing"]


def test_scripts_that_import_each_other_share_the_class(stage: Stage) -> None:
    text = "class NoxMap:\n    def __init__(self, ctrl): ctrl.started.append('map')\n"
    owner = stage.write("nox_owner", text)
    user = stage.write("nox_user", "from nox_owner import NoxMap", requires="(NoxMap,)")
    assert stage.start(owner, user) == ["nox_owner", "map", "nox_user"]
    other = stage.write("nox_other", "from nox_owner import NoxMap", requires="(NoxMap,)")
    assert stage.start(other)[3:] == ["nox_other"]


def test_functions_and_modules_are_started_too(stage: Stage) -> None:
    async def later(ctrl: Any) -> None:
        ctrl.started.append("async function")

    def now(ctrl: Any) -> None:
        ctrl.started.append("function")

    module: Any = ModuleType("nox_module")
    module.init = lambda ctrl: ctrl.started.append("module")
    assert stage.start(later, now, module) == ["async function", "function", "module"]


def test_an_init_function_brings_its_modules_requirements(stage: Stage) -> None:
    stage.write("nox_low")
    top = load(stage.write("nox_top", requires="('nox_low.py',)"))
    assert stage.start(top.module.init) == ["nox_low", "nox_top"]


# --- mistakes --------------------------------------------------------------------------------------


def complaint(stage: Stage, *wanted: Wanted | str) -> str:
    """What is said; nothing has been started then."""
    with pytest.raises(ComponentError) as raised:
        stage.start(*wanted)
    assert stage.started == []
    return str(raised.value)


def test_what_is_missing_is_named_with_who_requires_it(stage: Stage) -> None:
    text = complaint(stage, stage.write("nox_top", requires="('topologi',)"))
    assert text.startswith("nox_top requires 'topologi': there is no app 'topologi'. Apps are: ")
    text = complaint(stage, stage.write("nox_top", requires="('x.py',)"))
    assert text == f"nox_top requires 'x.py': there is no script {stage.folder}/x.py"


def test_a_circle_is_shown(stage: Stage) -> None:
    top = stage.write("nox_top", requires="('nox_a',)")
    a = stage.write("nox_a", requires="('nox_b',)")
    b = stage.write("nox_b", requires="('nox_a',)")
    assert complaint(stage, top, a, b) == (
        "components require each other in a circle: nox_a -> nox_b -> nox_a"
    )


def test_requirements_that_are_one_name_are_refused(stage: Stage) -> None:
    text = complaint(stage, stage.write("nox_top", requires="'hub'"))
    assert text.startswith("nox_top: requires = 'hub' must be a tuple of names and classes")


def test_one_script_cannot_be_started_twice_at_once(stage: Stage) -> None:
    path = stage.write("nox_a")
    assert complaint(stage, path, path) == "there are two components 'nox_a', or one twice"


@pytest.mark.parametrize("wanted", [ModuleType("nox_empty"), 3])
def test_what_is_no_component_is_refused(stage: Stage, wanted: Any) -> None:
    assert "is no component" in complaint(stage, wanted)


def test_a_syntax_error_in_what_is_required_is_shown_with_its_line(stage: Stage) -> None:
    (stage.folder / "nox_bad.py").write_text("def init(ctrl)\n")
    text = complaint(stage, stage.write("nox_top", requires="('nox_bad.py',)"))
    assert text.startswith("nox_top requires 'nox_bad.py': ")
    assert "nox_bad.py, line 1: SyntaxError: expected ':'" in text


@pytest.mark.parametrize(
    "fail",
    [lambda s: s.write("nox_fails", init="1 / 0"), lambda s: _Failing],
    ids=["script", "class"],
)
def test_one_that_fails_is_shown_with_its_line_and_what_requires_it_is_not_started(
    stage: Stage, fail: Callable[[Stage], Any]
) -> None:
    stage.started.clear()
    with pytest.raises(ScriptError, match=r"line \d+, in \w+: ZeroDivisionError"):
        stage.start(fail(stage), Topology)
    assert "topology" not in stage.started


class _Failing:
    def __init__(self, ctrl: Any) -> None:
        raise ZeroDivisionError


def test_asking_for_what_is_not_there_names_what_is(stage: Stage) -> None:
    stage.start(Topology)
    with pytest.raises(NoComponent, match="no component 'discovery'; started are: Topology"):
        stage.controller.component("discovery")
    with pytest.raises(LookupError, match="no component 'Routing'"):
        stage.controller.component(Routing)
