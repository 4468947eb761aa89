"""Scripts and apps: finding them, loading them, and saying whose line is wrong when that fails.

A script is a Python file with a function `init(ctrl)` that registers callbacks. An app is such a module of the
package `apps`, called by its name; any other module is called by its dotted path.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import linecache
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from controller.callbacks.instead import instead_of

APPS = "apps"


class ScriptError(Exception):
    """A script cannot be run; the text says which line of it and why."""


@dataclass(frozen=True, slots=True)
class Script:
    """A loaded script: where it is, and its `init`, which raises ScriptError for whatever goes wrong in it."""

    name: str
    path: str
    init: Callable[[Any], Any]
    module: ModuleType


def load(name: str) -> Script:
    """Load a script by its path, an app by its name or a module by its dotted path. Raises ScriptError."""
    module = _load_file(_file(Path(name))) if is_path(name) else _load_module(name)
    path = module.__file__ or name
    return Script(name, path, _checked_init(module, path), module)


def check(name: str) -> None:
    """Raise ScriptError if there is no such script or app, or no Python in it; nothing of it is run."""
    path = _file(Path(name)) if is_path(name) else Path(_spec(name).origin or "")
    with _Explained(str(path)):
        compile(path.read_bytes(), str(path), "exec")


def apps() -> Iterator[tuple[str, str]]:
    """The apps that can be run by name, each with the first line of its docstring and what it requires."""
    spec = importlib.util.find_spec(APPS)
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or []:
        for path in sorted(Path(folder).iterdir()):
            source = path / "__init__.py" if path.is_dir() else path
            if not source.is_file() or source.suffix != ".py" or path.stem == "__init__":
                continue
            tree = ast.parse(source.read_text(encoding="utf-8"))
            if any(isinstance(node, ast.FunctionDef) and node.name == "init" for node in tree.body):
                summary = (ast.get_docstring(tree) or "").partition("\n")[0]
                yield path.stem, " ".join([summary, *_requirements(tree)])


def _requirements(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        match node:
            case ast.Assign([ast.Name("requires")], value):
                yield f"Requires {ast.unparse(value).strip('()[],')}."


def is_path(name: str) -> bool:
    """Whether this is the path of a script, rather than the name of an app or module."""
    return name.endswith(".py") or "/" in name


def stem(path: str) -> str:
    """What a script or app is called by others: the name of its file, or of its folder."""
    where = Path(path)
    return where.parent.name if where.name == "__init__.py" else where.stem


def _file(path: Path) -> Path:
    if not path.is_file():
        raise ScriptError(f"there is no script {path}")
    return path


def _load_file(path: Path) -> ModuleType:
    known = sys.modules.get(path.stem)
    if known is not None and Path(known.__file__ or "").resolve() == path.resolve():
        return known  # another script has imported it
    spec = importlib.util.spec_from_file_location(_module_name(path), path)
    if spec is None or spec.loader is None:
        raise ScriptError(f"{path} is no Python file: its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    sys.path.insert(0, str(path.resolve().parent))  # so that a script may import its neighbours
    with _Explained(str(path)):
        spec.loader.exec_module(module)
    return module


def _module_name(path: Path) -> str:
    """The name under which other scripts import this one, unless something else has it."""
    name = path.stem
    taken = not name.isidentifier() or name in sys.modules or importlib.util.find_spec(name)
    return f"script_{name}" if taken else name


def _spec(name: str) -> ModuleSpec:
    try:
        spec = importlib.util.find_spec(_full_name(name))
    except ImportError:
        spec = None
    if spec is None or not spec.origin:
        known = ", ".join(app for app, _ in apps())
        text = f"there is no app {name!r}. Apps are: {known}. A script is given by its path, as in ./{name}.py"
        raise ScriptError(text)
    return spec


def _full_name(name: str) -> str:
    return name if "." in name else f"{APPS}.{name}"


def _load_module(name: str) -> ModuleType:
    with _Explained(_spec(name).origin or name):
        return importlib.import_module(_full_name(name))


def _checked_init(module: ModuleType, path: str) -> Callable[[Any], Any]:
    init = getattr(module, "init", None)
    if not callable(init):
        raise ScriptError(
            f"{path} has no function init(ctrl), where a script registers its callbacks"
        )
    try:
        inspect.signature(init).bind(None)
    except TypeError:
        signature = inspect.signature(init)
        raise ScriptError(
            f"{path}: init{signature} must take one argument, as in init(ctrl)"
        ) from None

    return explained(init, path)


def explained(init: Callable[[Any], Any], path: str) -> Callable[[Any], Any]:
    """The same, plain or async, but that it raises ScriptError, which names the line of the script at `path`."""

    def explained_init(ctrl: Any) -> Any:
        with _Explained(path):
            result = init(ctrl)
        return _awaited(result, path) if inspect.isawaitable(result) else result

    return explained_init


async def _awaited(awaitable: Any, path: str) -> Any:
    with _Explained(path):
        return await awaitable


class _Explained:
    """Turns whatever is raised inside into a ScriptError that names the line of the script at `path`."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, Exception | SystemExit) and not isinstance(error, ScriptError):
            raise ScriptError(explain(error, self._path)) from None


def explain(error: BaseException, path: str) -> str:
    """What went wrong in the script at `path`: its line, the reason, and the text of the line."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        where = f"{error.filename}, line {error.lineno}"
        line = error.text or linecache.getline(error.filename, error.lineno)
        return _lines(f"{where}: {type(error).__name__}: {error.msg}", line)
    reason = "".join(traceback.format_exception_only(error)).strip()
    hint = instead_of(error)
    if hint:
        reason += f" ({hint})"
    frame = _script_frame(error, path)
    if frame is None:
        return f"{path}: {reason}"
    where = f"{frame.filename}, line {frame.lineno}"
    if frame.name != "<module>":
        where += f", in {frame.name}"
    return _lines(f"{where}: {reason}", frame.line or "")


def _script_frame(error: BaseException, path: str) -> traceback.FrameSummary | None:
    """The innermost frame that is the script's own."""
    script = Path(path).resolve()
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).resolve() == script]
    return own[-1] if own else None


def _lines(text: str, source: str) -> str:
    return f"{text}\n    {source.strip()}" if source.strip() else text
