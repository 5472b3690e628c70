"""Programs that are not the portal's own, and that need more than `make test` has.

What looks into /etc does so in a root of its own; what installs does so beside what is here.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from deploy import lint
from tests.commands.copies import by_hand
from tests.commands.table import TYPED, as_they_stand
from tests.ship.kit import ROOT

SHIP = ROOT / ".ship/bin"
# What is installed here counts as installed there, too: nothing is fetched but what is missing.
SHARED = {"PYTHONPATH": sysconfig.get_path("purelib")}


def _said(command: str | Sequence[str | Path], folder: Path, **more: str) -> str:
    """What it prints; a whole line goes to a shell, as it would be typed."""
    done = subprocess.run(
        ["bash", "-c", command] if isinstance(command, str) else command,
        cwd=folder,
        env=by_hand() | more,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


def _path(first: Path) -> dict[str, str]:
    return {"PATH": f"{first}:{os.environ['PATH']}"}


# --- the machine's -------------------------------------------------------------------------------


def _finds_packages(typed: str, folder: Path, copy: Path) -> None:
    """All that it does but to install them."""
    (folder / "apt.conf").write_text('APT::Get::Simulate "true";\n')
    said = _said(typed, folder, APT_CONFIG=str(folder / "apt.conf"))
    for package in typed.removeprefix("apt-get install ").split():
        assert re.search(rf"^(?:Inst )?{package} ", said, re.MULTILINE), said


def _likes_the_units(typed: str, folder: Path, copy: Path) -> None:
    """With words left out: which ones."""
    assert _said([*shlex.split(typed), "--man=no", *lint.units_in(folder)], folder) == ""


WHOLE = "events {} http { include /etc/nginx/conf.d/*.conf; }"


def _likes_the_site(typed: str, folder: Path, copy: Path) -> None:
    """Our file word by word, in the place that it has in the image of compose.yaml."""
    files = {
        "etc/nginx/nginx.conf": WHOLE,
        "etc/nginx/conf.d/default.conf": (ROOT / "deploy/nginx/portal.conf").read_text(),
        "etc/hosts": "127.0.0.1 web\n",
        **{f"etc/{name}": Path("/etc", name).read_text() for name in ("passwd", "group")},
    }
    for name in (
        "etc/nginx/certificates",
        "etc/nginx/conf.d",
        "run",
        "var/log/nginx",
        "var/lib/nginx",
    ):
        (folder / name).mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    _certificate(folder / "etc/nginx/certificates")
    _program(lint.tool("nginx"), folder)
    # Who is not root is one in there.
    root = [] if os.geteuid() == 0 else ["unshare", "--map-root-user"]
    said = _said([*root, "/usr/sbin/chroot", folder, *shlex.split(typed)], folder, PATH=SYSTEM)
    assert "test is successful" in said
    assert "[warn]" not in said


SYSTEM = "/usr/sbin:/usr/bin:/sbin:/bin"


def _certificate(folder: Path) -> None:
    made = ("-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem")
    new = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost")
    _said([lint.tool("openssl"), *new, *made], folder)


def _program(path: str, root: Path) -> None:
    """It and the libraries that it loads, each in its place."""
    for each in (path, *re.findall(r"(/\S+) \(0x", _said(["ldd", path], root))):
        there = root / each.lstrip("/")
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(each, there)


# --- Python's ------------------------------------------------------------------------------------


def _locks_what_is_locked(typed: str, folder: Path, copy: Path) -> None:
    """What is pinned stays so where it can: whoever changed pyproject.toml alone sees it here."""
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    _said(typed, folder, **_path(SHIP))
    for path in (ROOT / "requirements").glob("*.txt"):
        assert _pinned(folder / "requirements" / path.name) == _pinned(path), path.name


def _pinned(path: Path) -> list[str]:
    text = path.read_text()
    names = re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==", text, re.MULTILINE)
    assert text.count("--hash=sha256:") >= len(names)
    return names


def _installs(typed: str, folder: Path, copy: Path) -> None:
    """From a folder in place of an index: the wheel, with its extras."""
    if not (copy / "dist").exists():
        _said([copy / ".ship/bin/pyproject-build", "--wheel", "--no-isolation", copy], copy)
    _said([sys.executable, "-m", "venv", folder], folder)
    here = {**SHARED, **_path(folder / "bin"), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "dist"}
    said = _said(typed, copy, **here)
    assert "does not provide the extra" not in said
    assert "worker" in _said("mfa-portal --help", folder, **here)


# Of its files those that begin so, of these the tests that are called so.
ONE_FILE = "--ignore-glob=*/test_[!p]* -k test_planner"


def _runs_the_tests_of_a_session(typed: str, folder: Path, copy: Path) -> None:
    """Of this Python, and few of them: other Pythons are here or not."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    few = {"NOXPYTHON": version, "PYTEST_ADDOPTS": ONE_FILE}
    said = _said(typed, copy, **SHARED, **_path(SHIP), **few)
    assert f"Session locked-{version} was successful" in said
    assert re.search(r"=+ \d+ passed", said), said


Check = Callable[[str, Path, Path], None]
CHECKS: Mapping[str, Check] = {
    "apt-get": _finds_packages,
    "make": _locks_what_is_locked,
    "nginx": _likes_the_site,
    "nox": _runs_the_tests_of_a_session,
    "pip": _installs,
    "systemd-analyze": _likes_the_units,
}


@pytest.mark.parametrize("typed", as_they_stand(TYPED))
def test_other_programs(typed: str, tmp_path: Path, copy: Path):
    CHECKS[typed.partition(" ")[0]](typed, tmp_path, copy)
