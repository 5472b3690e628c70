"""Everything the portal says to people, collected from its modules and templates."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

PACKAGES = ("accounts", "portal")
# Calls whose texts people read: messages, errors of fields, labels and help of fields.
SPEAKING_CALLS = {
    "add_error", "ValidationError", "error", "info", "success", "warning", "CharField",
    "EmailField", "ChoiceField", "TypedChoiceField", "TypedMultipleChoiceField", "NextSignIn",
    "Action", "Channel", "password_field", "announce", "_", "gettext", "gettext_lazy",
    "gettext_noop", "ngettext", "ngettext_lazy",
}  # fmt: skip
# A program's own log lines, JSON for engineers and forms of theirs, what Cognito says to programs,
# OCSF's terms.
SILENT_FILES = {
    "logs.py", "errors.py", "schemas.py", "urls.py", "checks.py", "settings.py", "ocsf.py",
    "cli.py", "snippet.py", "client_forms.py",
}  # fmt: skip


def source_files() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted(Path(settings.BASE_DIR, package).rglob("*.py"))


def sentences_of_code() -> Iterator[tuple[str, str]]:
    """Texts with a space in them that a call or a table of sentences may show: (place, text)."""
    for path in source_files():
        # JSON and metrics speak to engineers, in Cognito's terms (design section 6).
        elsewhere = {"migrations", "commands", "api", "watch"} & set(path.parts)
        if path.name in SILENT_FILES or elsewhere:
            continue
        tree = ast.parse(path.read_text())
        for node in [*_speaking(tree), *_tables(tree)]:
            for text in _texts(node):
                yield f"{path.relative_to(settings.BASE_DIR)}:{node.lineno}", text


def _speaking(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node) in SPEAKING_CALLS and not _is_log(node):
            yield node


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _is_log(call: ast.Call) -> bool:
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return isinstance(owner, ast.Name) and owner.id == "log"


def _tables(tree: ast.Module) -> Iterator[ast.stmt]:
    """Tables of sentences: constants in capitals at the top of a module."""
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name) and target.id.isupper():
                yield node


def _texts(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and " " in each.value:
            yield each.value


TEMPLATES = Path(__file__).parents[2] / "templates"
_COMMENT = re.compile(r"\{#.*?#\}|\{% comment.*?endcomment %\}|<!--.*?-->", re.DOTALL)
_ATTRIBUTE = re.compile(r'(?:aria-label|title|placeholder|alt|label|text|title)="([^"{]*)"')
_MARKED = re.compile(r"""(?:\{% translate |_\()(["'])(.*?)\1""")
_TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", re.DOTALL)


def template_files() -> list[Path]:
    return sorted(path for path in TEMPLATES.rglob("*") if path.is_file())


def words_of_template(path: Path) -> str:
    """What a page says for itself: text between its tags, and labels inside them."""
    source = _COMMENT.sub(" ", path.read_text())
    marked = [found[2] for found in _MARKED.finditer(source)]
    return " ".join([_TAG.sub(" ", source), *_ATTRIBUTE.findall(source), *marked])
