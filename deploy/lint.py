"""Look at what the portal is deployed with: image, compose, Kubernetes, systemd, nginx, alerts.

Each by the tool that knows its form, as far as it is installed: `hadolint`, `kubernetes-validate`
and `compose_spec` come with requirements/ship.txt, `systemd-analyze`, `nginx` and `promtool` (of
the package prometheus) with the system.
Exit status 1 where anything is wrong, and where a tool is missing unless --allow-missing.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
DEPLOY = ROOT / "deploy"
KUBERNETES = "1.33.0"
Complaints = Iterator[str]


class Missing(Exception):
    """A tool that is not installed here."""


def tool(name: str) -> str:
    found = shutil.which(name, path=f"{BIN}:{Path('/usr/sbin')}:{Path('/usr/bin')}")
    if found is None:
        raise Missing(name)
    return found


def said(*command: str | Path, status: bool = True) -> str:
    """What a tool complains of; status: whether its exit status alone says that all is well."""
    done = subprocess.run(  # noqa: S603  (our own arguments)
        [str(word) for word in command], capture_output=True, text=True, check=False
    )
    words = done.stdout + done.stderr
    return "" if status and done.returncode == 0 else words


def image() -> Complaints:
    yield said(tool("hadolint"), ROOT / "Containerfile")


def compose() -> Complaints:
    try:
        spec = import_module("compose_spec.models")
        # What is merged (<<) is part of YAML, not of the specification.
        read = import_module("yaml").safe_load((DEPLOY / "compose.yaml").read_text())
    except ImportError as absent:
        raise Missing("compose_spec") from absent
    try:
        spec.ComposeSpecification.model_validate(read)
        # Its models let pass what they do not know: a slip of the pen in a service.
        known = {field.alias or name for name, field in spec.Service.model_fields.items()}
        for name, service in read["services"].items():
            yield from (f"compose.yaml: {name}: {word}?" for word in set(service) - known)
    except ValueError as wrong:
        yield f"compose.yaml: {wrong}"


def kubernetes() -> Complaints:
    command = [tool("kubernetes-validate"), "--strict", "--quiet", "-k", KUBERNETES]
    for path in sorted(DEPLOY.glob("kubernetes/*.yaml")):
        yield said(*command, path)


def systemd() -> Complaints:
    """The units, with programs that are here in place of ours, which is not installed."""
    analyze = tool("systemd-analyze")
    with tempfile.TemporaryDirectory() as folder:
        yield said(analyze, "verify", "--man=no", *units_in(Path(folder)), status=False)


def units_in(folder: Path) -> list[Path]:
    units = []
    for path in sorted(DEPLOY.glob("systemd/*")):
        text = path.read_text().replace("/opt/mfa-portal/bin/mfa-portal", "/bin/true")
        units.append(folder / path.name.replace("@.", "@1."))
        units[-1].write_text(text)
    return units


def nginx() -> Complaints:
    """The site with a certificate made for the moment, and the upstream on this machine."""
    server, openssl = tool("nginx"), tool("openssl")
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = Path(folder, "privkey.pem"), Path(folder, "fullchain.pem")
        said(
            *(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"),
            *("-keyout", key, "-out", certificate),
        )
        site = (DEPLOY / "nginx/portal.conf").read_text()
        site = site.replace("/etc/nginx/certificates", folder).replace("web:8000", "127.0.0.1:8000")
        whole = Path(folder, "nginx.conf")
        whole.write_text(
            f"pid {folder}/pid; error_log stderr; events {{}} http {{ access_log off; {site} }}"
        )
        yield said(server, "-t", "-q", "-p", folder, "-c", whole)


def alerts() -> Complaints:
    """The rules by themselves, and what rings for series as they would come."""
    rules = DEPLOY / "observability"
    yield said(tool("promtool"), "check", "rules", rules / "alerts.yaml")
    yield said(tool("promtool"), "test", "rules", rules / "alerts_test.yaml")


PARTS: dict[str, Callable[[], Complaints]] = {
    "image": image,
    "compose": compose,
    "kubernetes": kubernetes,
    "systemd": systemd,
    "nginx": nginx,
    "alerts": alerts,
}


def main() -> int:
    wrong = 0
    for name, part in PARTS.items():
        try:
            found = [words for words in part() if words.strip()]
        except Missing as missing:
            wrong += "--allow-missing" not in sys.argv
            sys.stdout.write(f"{name}: not looked at, {missing} is not installed\n")
            continue
        wrong += len(found)
        sys.stdout.write(f"{name}: {'fine' if not found else ''}{''.join(found)}\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
