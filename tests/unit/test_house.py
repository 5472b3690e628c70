"""The house style, where a machine can see it."""

import ast
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from django.conf import settings

LONGEST_FUNCTION = 40
# Longer ones, each with its reason: none so far.
LONGER: dict[str, str] = {}
# Where an error of any kind has an answer, with its reason.
ANSWERED = {"sandbox/api.py": "a broken operation answers as Cognito's would, and is logged"}
FILES = sorted(
    path
    for package in ("accounts", "portal", "sandbox")
    for path in Path(settings.BASE_DIR, package).rglob("*.py")
    if "migrations" not in path.parts
)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return path.relative_to(settings.BASE_DIR).as_posix()


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, Function):
            yield node


def length_of(function: Function) -> int:
    """Lines of code: from `def` to the end, without its docstring."""
    assert function.end_lineno is not None
    lines = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None and first.end_lineno is not None:
        lines -= first.end_lineno - first.lineno + 1
    return lines


def test_a_function_is_read_on_one_screen():
    """House style: at most forty lines; the exceptions are listed with a reason, and used."""
    longer = {
        f"{name_of(path)}:{function.name}"
        for path in FILES
        for function in functions(path)
        if length_of(function) > LONGEST_FUNCTION
    }
    assert longer == set(LONGER)


def broad(kind: ast.expr | None) -> bool:
    """A bare `except`, or one of everything, alone or in a list."""
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(
        each is None or getattr(each, "id", "") in {"Exception", "BaseException"} for each in kinds
    )


def swallows(node: ast.AST) -> bool:
    """A broad `except` that does not raise again, or a broad `suppress`."""
    if isinstance(node, ast.ExceptHandler):
        raises_again = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
        return broad(node.type) and not raises_again
    is_suppress = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "suppress"
    return is_suppress and any(broad(kind) for kind in node.args)


def test_no_error_is_swallowed_unseen():
    """RES-02: no bare `except`, no `except Exception`, no `suppress(Exception)`."""
    swallowing = {
        name_of(path)
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if swallows(node)
    }
    assert swallowing == set(ANSWERED)


@pytest.mark.parametrize(
    "path", [path for path in FILES if "sandbox" not in path.parts], ids=name_of
)
def test_nothing_that_ships_knows_the_sandbox_or_the_tests(path: Path):
    """SUP-05, design law 7: by import or by name."""
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        assert not {name.partition(".")[0] for name in names} & {"sandbox", "tests"}


def test_only_portal_and_accounts_are_shipped():
    """SUP-05: what the package holds."""
    made = tomllib.loads(Path(settings.BASE_DIR, "pyproject.toml").read_text())
    wheel = made["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["packages"] == ["portal", "accounts"]


def test_every_module_that_decides_says_what_it_is_for():
    """House style: a docstring at the top, save where the name says it all."""
    silent = {"urls.py", "apps.py", "__init__.py", "channel.py"}
    bare = [
        name_of(path)
        for path in FILES
        if path.name not in silent and ast.get_docstring(ast.parse(path.read_text())) is None
    ]
    assert bare == []


LONGEST_VIEW = 25
# Longer ones, each with its reason: none so far.
LONGER_VIEWS: dict[str, str] = {}


def views() -> Iterator[tuple[str, Function]]:
    """Functions of the rooms' doors that take a request and answer it."""
    for path in FILES:
        if "sandbox" in path.parts or not path.stem.endswith("views"):
            continue
        for function in functions(path):
            takes = [each.arg for each in function.args.args[:1]]
            if takes == ["request"] and not function.name.startswith("_"):
                yield f"{name_of(path)}:{function.name}", function


def test_a_view_decides_little():
    """House style: load, bind, act, say so, redirect; under 25 lines."""
    found = dict(views())
    assert len(found) > 100
    longer = {name for name, view in found.items() if length_of(view) > LONGEST_VIEW}
    assert longer == set(LONGER_VIEWS)


def test_most_functions_are_read_at_a_glance():
    """House style: five to ten lines; half of all, and nine of ten under twenty."""
    lengths = sorted(length_of(each) for path in FILES for each in functions(path))
    assert lengths[len(lengths) // 2] <= 8
    assert lengths[len(lengths) * 9 // 10] <= 20


@pytest.mark.parametrize("package", ["accounts", "portal", "sandbox"])
def test_no_import_leads_back_to_where_it_began(package: str):
    """House style: no circle; what is imported for types alone, or when it is called, is no road.

    `graphlib` names a circle where there is one.
    """
    named = {path.relative_to(settings.BASE_DIR).with_suffix("").parts: path for path in FILES}
    modules = {".".join(parts): path for parts, path in named.items() if parts[0] == package}
    roads = {name: set(_imports(path, modules)) - {name} for name, path in modules.items()}
    assert len(list(TopologicalSorter(roads).static_order())) == len(modules)


def _imports(path: Path, modules: dict[str, Path]) -> Iterator[str]:
    """The modules of ours that one imports when it is loaded."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield from (each for each in (inner, node.module) if each in modules)
