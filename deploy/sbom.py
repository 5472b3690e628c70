"""What a release is made of, as CycloneDX: what production installs, and the element for pages.

`cyclonedx-py` reads the locked requirements with their hashes; the package for npm is added from
its own lock file, its built files with theirs. Exit status 1 where the result is no CycloneDX.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = ROOT / "requirements/production.txt"
ELEMENT = ROOT / "packages/mfa-portal"


def of_production() -> Bom:
    """The portal, and every locked requirement of production with its hashes."""
    tool = Path(sys.executable).with_name("cyclonedx-py")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "sbom.json")
        of: list[str | Path] = ["--pyproject", ROOT / "pyproject.toml", "--mc-type", "application"]
        into: list[str | Path] = ["--output-reproducible", "--output-file", made]
        subprocess.run(  # noqa: S603  (our own arguments)
            [tool, "requirements", PRODUCTION, *of, *into], check=True, stderr=subprocess.DEVNULL
        )
        bom: Bom = Bom.from_json(json.loads(made.read_text()))
    for component in bom.components:
        # The whole line with all its hashes, which are told where they belong.
        component.description = None
    return bom


def element() -> tuple[Component, list[Component]]:
    """The package for npm with its built files, and what it installs besides: nothing, so far."""
    told = json.loads((ELEMENT / "package.json").read_text())
    lock = json.loads((ELEMENT / "package-lock.json").read_text())
    scope, _, name = told["name"].rpartition("/")
    package = _of_npm(scope, name, told["version"], told["license"])
    package.components = sorted(_files(), key=lambda each: each.name)
    others = [
        _of_npm(*_parted(path), each["version"], each.get("license", ""))
        for path, each in lock["packages"].items()
        if path and not each.get("dev")
    ]
    return package, others


def _parted(path: str) -> tuple[str, str]:
    scope, _, name = path.rpartition("node_modules/")[2].rpartition("/")
    return scope, name


def _of_npm(scope: str, name: str, version: str, licence: str) -> Component:
    purl = PackageURL("npm", scope or None, name, version)
    return Component(
        type=ComponentType.LIBRARY,
        group=scope or None,
        name=name,
        version=version,
        purl=purl,
        bom_ref=str(purl),
        licenses=[LicenseExpression(licence)] if licence else None,
    )


def _files() -> Iterator[Component]:
    for path in (ELEMENT / "dist").iterdir():
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        yield Component(
            type=ComponentType.FILE,
            name=f"dist/{path.name}",
            bom_ref=f"element/dist/{path.name}",
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
        )


def whole() -> str:
    """The whole as JSON. Raises ValueError where it is no CycloneDX."""
    bom = of_production()
    portal: Any = bom.metadata.component
    package, others = element()
    required = list(bom.components)
    for each in (package, *others):
        bom.components.add(each)
    bom.register_dependency(portal, [*required, package])
    bom.register_dependency(package, others)
    text: str = JsonV1Dot6(bom).output_as_string(indent=2)
    if wrong := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise ValueError(str(wrong))
    return text + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, help="where to write it")
    asked = parser.parse_args()
    try:
        text = whole()
    except ValueError as wrong:
        sys.stderr.write(f"{asked.path.name} would be no CycloneDX: {wrong}\n")
        return 1
    asked.path.parent.mkdir(parents=True, exist_ok=True)
    asked.path.write_text(text)
    parts = json.loads(text)["components"]
    hashed = sum(1 for each in parts if _has_hashes(each))
    sys.stdout.write(f"{asked.path}: {len(parts)} components, {hashed} with hashes\n")
    return int(hashed != len(parts))


def _has_hashes(part: dict[str, Any]) -> bool:
    places = [part, *part.get("externalReferences", ()), *part.get("components", ())]
    return any(each.get("hashes") for each in places)


if __name__ == "__main__":
    sys.exit(main())
