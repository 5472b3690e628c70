"""The element's files that pages name by now, each with its hash: they are served for ever.

`python -m deploy.released_scripts` notes the newest one: done once, at each release of the element.
"""

import base64
import hashlib
import json
import os
from pathlib import Path

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.files.base import ContentFile

# Of each: the file of this repository, the address under the static files, and its hash.
LIST = Path(__file__).with_name("released_scripts.json")


def integrity(content: bytes) -> str:
    """As a page writes it. Source: W3C, Subresource Integrity."""
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


def served_as(path: Path) -> str:
    """Where the portal serves it: the name holds a hash of the content."""
    storage = ManifestStaticFilesStorage(location=path.parent)
    name: str = storage.hashed_name(f"embed/{path.name}", ContentFile(path.read_bytes()))
    return name


def released() -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(LIST.read_text())
    return found


def described(path: Path) -> dict[str, str]:
    return {
        "file": path.name,
        "served": served_as(path),
        "integrity": integrity(path.read_bytes()),
    }


def note(path: Path) -> list[dict[str, str]]:
    """Add a file to the list. One that is there with another content is refused: ValueError."""
    before, entry = released(), described(path)
    other = [each for each in before if each["file"] == path.name and each != entry]
    if other:
        raise ValueError(f"{path.name} was released with another content: raise the version.")
    after = before if entry in before else [*before, entry]
    LIST.write_text(json.dumps(after, indent=2) + "\n")
    return after


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()

    from portal.embed import snippet

    note(snippet.newest_script())
