"""The house style, where a machine can see it."""

import ast
import inspect
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from textwrap import dedent

import pytest
from django.conf import settings

from tests.journeys.routes import routes

LONGEST_FUNCTION = 40
STORY = "one story: cut in two, nobody would see how it ends"
SETTINGS = "a project's settings, as a file of them would stand there"
EVERY_WISH = "keywords for all that tests may wish of a pool or a person"
# Longer ones, each with its reason: none of what ships.
LONGER = {
    "tests/bench/peers/common.py:shared": SETTINGS,
    "tests/bench/statements.py:main": STORY,
    "tests/browser/test_embed.py:test_what_does_not_fit_is_dropped_unanswered": STORY,
    "tests/browser/test_embed_host.py:_states_of_a_frame": STORY,
    "tests/browser/test_embed_host.py:test_the_check_page_names_what_is_missing": STORY,
    "tests/clients/test_aws_cli.py:test_c116_devices": STORY,
    "tests/clients/test_aws_cli.py:test_people_by_an_administrator": STORY,
    "tests/journeys/conftest.py:make": EVERY_WISH,
    "tests/journeys/conftest.py:make_pool": EVERY_WISH,
    "tests/journeys/test_audit.py:test_no_secret_is_kept_logged_or_shown": STORY,
    "tests/journeys/test_bulk.py:test_a_change_for_many_people_from_list_to_report": STORY,
    "tests/journeys/test_cuts.py:test_a_new_app_that_is_cut_anywhere": STORY,
    "tests/journeys/test_helpdesk_api.py:test_an_agent_frees_a_caller_with_a_pass_by_json_alone": (
        STORY
    ),
    "tests/journeys/test_helpdesk_compounds.py:test_what_was_cut_anywhere_goes_on": STORY,
    "tests/journeys/test_not_me.py:test_the_click_signs_out_freezes_and_opens_a_case": STORY,
    "tests/journeys/test_purge.py:test_all_that_is_stored_is_listed": (
        "a row for each thing that is stored"
    ),
    "tests/people.py:make": EVERY_WISH,
    "tests/sandbox/allauth_site.py:configure": SETTINGS,
}
# Where an error of any kind has an answer, with its reason.
ANSWERED = {"sandbox/api.py": "a broken operation answers as Cognito's would, and is logged"}
FILES = sorted(
    path
    for package in ("accounts", "portal", "sandbox")
    for path in Path(settings.BASE_DIR, package).rglob("*.py")
    if "migrations" not in path.parts
)
# What is read as often, and does not ship.
BESIDE = sorted(
    path
    for folder in ("deploy", "examples", "locale", "tests")
    for path in Path(settings.BASE_DIR, folder).rglob("*.py")
    if "node_modules" not in path.parts
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
        for path in [*FILES, *BESIDE]
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


# What gives the name of a page, by what it is called.
NAMES_A_PAGE = {"flows.page_of"}


def is_a_name(given: ast.expr) -> bool:
    """Whether `redirect` is given the name of a page: as it stands, or kept as a constant."""
    if isinstance(given, ast.JoinedStr):
        given = given.values[0]
    if isinstance(given, ast.Call):
        return ast.unparse(given.func) in NAMES_A_PAGE
    if isinstance(given, ast.Constant):
        return not str(given.value).startswith(("/", "http"))
    return isinstance(given, ast.Attribute) or ast.unparse(given).isupper()


def test_no_address_is_looked_up_as_if_it_were_a_name():
    """`redirect` walks the map of all pages before it takes an address for one."""
    looked_up = {
        f"{name_of(path)}: {ast.unparse(node)}"
        for path in FILES
        if "django.shortcuts" in path.read_text()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "redirect"
        and not is_a_name(node.args[0])
    }
    assert looked_up == set()


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


LONGEST_VIEW = 24
# Longer ones, each with its reason: none so far.
LONGER_VIEWS: dict[str, str] = {}


def views() -> Iterator[tuple[str, Function]]:
    """What stands behind an address, without its guards; JSON's stands behind Ninja's own view."""
    for view in {inspect.unwrap(route.view) for route in routes()}:
        if view.__module__.partition(".")[0] in ("accounts", "portal"):
            (function,) = ast.parse(dedent(inspect.getsource(view))).body
            assert isinstance(function, Function)
            yield f"{view.__module__}:{function.name}", function


def test_a_view_decides_little():
    """House style: load, bind, act, say so, redirect; under 25 lines."""
    found = dict(views())
    assert len(found) > 150
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


# What others than us look for by its name.
ASKED_FOR = {
    "portal/urls.py:handler400": "Django",
    "sandbox/pytest_plugin.py:pytest_addoption": "pytest",
}
READ_BY_THEIR_NAME = {"settings.py": "Django", "server.py": "gunicorn", "apps.py": "Django"}


def _defined(path: Path) -> Iterator[str]:
    """Names at the top of a module; what is decorated is handed on where it stands."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, Function | ast.ClassDef) and not node.decorator_list:
            yield node.name
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        yield from (each.id for each in targets if isinstance(each, ast.Name))


def test_nothing_is_there_that_nobody_uses():
    """House style: no dead code; what tests alone call is dead, too."""
    others = [
        *Path(settings.BASE_DIR, "templates").rglob("*.html"),
        Path(settings.BASE_DIR, "Makefile"),
    ]
    words = Counter(re.findall(r"\w+", "\n".join(each.read_text() for each in [*FILES, *others])))
    unused = {
        f"{name_of(path)}:{name}"
        for path in FILES
        if path.name not in READ_BY_THEIR_NAME
        for name in _defined(path)
        if words[name] == 1
    }
    assert unused == set(ASKED_FOR)


LINES_OF_A_SHAPE = 5


def _shape(function: Function) -> str:
    """What it does, whatever its values are called; attributes and constants count."""
    body = ast.parse("\n".join(ast.unparse(each) for each in function.body))
    if ast.get_docstring(body) is not None:
        body.body = body.body[1:]
    for node in ast.walk(body):
        if isinstance(node, ast.Name):
            node.id = "x"
    shape = ast.unparse(body)
    return shape if shape.count("\n") + 1 >= LINES_OF_A_SHAPE else ""


def test_no_shape_is_there_twice():
    """House style: what is done twice is done in one place; names alone make no difference."""
    places: dict[str, list[str]] = {}
    for path in FILES:
        for function in functions(path):
            places.setdefault(_shape(function), []).append(f"{name_of(path)}:{function.name}")
    twice = [named for shape, named in places.items() if shape and len(named) > 1]
    assert twice == []
