"""What MkDocs does for this site beyond Markdown: see mkdocs.yml.

Links lead out of docs/ to files of the repository; a site has no repository around it, so each such
file becomes a page of its own, and the links lead there.
"""

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from posixpath import dirname, join, normpath, relpath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
# Markdown of the repository that the site shows beside docs/.
BESIDE = ("CONTRIBUTING.md", "CHANGELOG.md")
STYLES = ("tokens.css", "base.css")
LINK = re.compile(r"(\]\()([^)\s#]+)(#[^)\s]*)?\)")
CODE = re.compile(r"^```.*?^```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
LANGUAGES = {".json": "json", ".yaml": "yaml", ".py": "python", ".html": "html", ".css": "css"}
DRAWING = re.compile(r'<p><img alt="[^"]*" src="(images/[a-z-]+\.svg)" /></p>')
# Of a drawing on its own; here the pages' own style draws it.
STYLE = re.compile(r"<style>.*?</style>\s*", re.DOTALL)
CONTENTS = "contents.md"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    config.mdx_configs.setdefault("toc", {})["slugify"] = slug
    return config


def slug(heading: str, separator: str) -> str:
    """As GitHub makes them, so that a link to a chapter works in both places."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", separator)


# --- files -------------------------------------------------------------------------------------


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for name in BESIDE:
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    for name in STYLES:
        files.append(
            File.generated(config, f"css/{name}", abs_src_path=str(ROOT / "static/css" / name))
        )
    favicon = str(ROOT / "static/img/favicon.svg")
    files.append(File.generated(config, "images/favicon.svg", abs_src_path=favicon))
    files.append(File.generated(config, CONTENTS, content="# Contents\n"))
    for path in sorted(_wanted(files)):
        files.append(File.generated(config, _source_page(path), content=_shown(path)))
    return files


def _wanted(files: Files) -> set[str]:
    """The files and folders of the repository that some page links to."""
    found = set()
    for file in files.documentation_pages():
        for path in _links(file.content_string, _origin(file.src_uri)):
            if not path.startswith("docs/") and path not in BESIDE and (ROOT / path).exists():
                found.update(_with_contents(path))
    return found


def _links(markdown: str, origin: str) -> Iterator[str]:
    for link in LINK.finditer(CODE.sub("", markdown)):
        if ":" not in link[2]:
            yield normpath(join(dirname(origin), link[2]))


def _with_contents(path: str) -> list[str]:
    """A file; or a folder and the files in it."""
    inside = sorted((ROOT / path).iterdir()) if (ROOT / path).is_dir() else []
    return [path, *(f"{path}/{each.name}" for each in inside if each.is_file())]


def _origin(uri: str) -> str:
    """Where a page of the site stands in the repository."""
    return uri if uri in BESIDE else f"docs/{uri}"


def _place(path: str) -> str:
    """Where a file of the repository stands in the site."""
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    return path if path in BESIDE else _source_page(path)


def _source_page(path: str) -> str:
    return f"source/{path.lstrip('.')}.md"


def _shown(path: str) -> str:
    """A page with the text of a file, or the list of a folder."""
    if (ROOT / path).is_dir():
        names = [each.rpartition("/")[2] for each in _with_contents(path)[1:]]
        folder = Path(path).name
        listed = "".join(f"* [`{name}`]({folder}/{name}.md)\n" for name in names)
        return f"# `{path}`\n\nA folder of the repository.\n\n{listed}"
    text = (ROOT / path).read_text(encoding="utf-8").rstrip()
    language = LANGUAGES.get(Path(path).suffix, "text")
    return f"# `{path}`\n\nA file of the repository.\n\n````{language}\n{text}\n````\n"


# --- pages -------------------------------------------------------------------------------------


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links as they hold in the repository, made into links as they hold in the site."""
    uri = page.file.src_uri
    if uri.startswith("source/"):
        return markdown

    def moved(link: re.Match[str]) -> str:
        if ":" in link[2]:
            return link[0]
        place = _place(normpath(join(dirname(_origin(uri)), link[2])))
        return f"{link[1]}{relpath(place, dirname(uri) or '.')}{link[3] or ''})"

    return _outside_code(markdown, moved)


def _outside_code(markdown: str, change: Any) -> str:
    made, end = [], 0
    for code in CODE.finditer(markdown):
        made += [LINK.sub(change, markdown[end : code.start()]), code[0]]
        end = code.end()
    return "".join([*made, LINK.sub(change, markdown[end:])])


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """What is wide scrolls by itself, by keyboard, too; drawings are part of the page."""
    html = html.replace("<pre>", '<pre tabindex="0">')
    # A heading without words heads nothing.
    html = re.sub(r"<th( [^>]*)?></th>", r"<td\1></td>", html)
    opened = '<div class="wide" tabindex="0" role="group" aria-label="Table"><table>'
    html = html.replace("<table>", opened).replace("</table>", "</table></div>")
    return DRAWING.sub(lambda found: _drawn(found[1]), html)


def _drawn(name: str) -> str:
    drawing = (ROOT / "docs" / name).read_text(encoding="utf-8")
    return f"<figure>{STYLE.sub('', drawing)}</figure>"


def on_env(env: Any, config: MkDocsConfig, files: Files) -> Any:
    """The page of contents: every heading of every page, for whoever searches one."""
    pages = {file.src_uri: file.page for file in files.documentation_pages() if file.page}
    listed = [page for uri, page in pages.items() if not uri.startswith("source/")]
    in_order = sorted(listed, key=lambda page: str(page.title).lower())
    pages[CONTENTS].content = (
        '<h1 id="contents">Contents</h1>\n<p>Every heading of every page; your browser finds words '
        "in it.</p>\n" + "".join(map(_headings, in_order))
    )
    return env


def _headings(page: Page) -> str:
    if page.file.src_uri == CONTENTS:
        return ""
    links = "".join(_heading(page.file.url, item) for top in page.toc for item in top.children)
    return f'<h2><a href="{page.file.url}">{escape(str(page.title))}</a></h2>\n<ul>{links}</ul>\n'


def _heading(url: str, item: Any) -> str:
    inner = "".join(_heading(url, child) for child in item.children)
    nested = f"<ul>{inner}</ul>" if inner else ""
    return f'<li><a href="{url}{item.url}">{escape(item.title)}</a>{nested}</li>'
