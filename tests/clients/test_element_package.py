"""The npm package of the element: built anew, tested on Node, compiled against, in React."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

from playwright.sync_api import Route, expect, sync_playwright

from tests.browser.chromium import find_chromium, launch_options
from tests.commands.copies import by_hand, repository_in
from tests.commands.table import ELEMENT, as_they_stand
from tests.ship.kit import ROOT

PACKAGE = Path(__file__).parents[2] / "packages/mfa-portal"


def run(*command: str) -> str:
    ended = subprocess.run(command, cwd=PACKAGE, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_what_is_committed_is_what_the_source_gives() -> None:
    """Twice the same bytes, and those of the repository."""
    twice = (
        "import { FILES, built } from './build.mjs';"
        "for (const [path, how] of Object.entries(FILES))"
        " if (await built(...how) !== await built(...how)) throw new Error(path);"
    )
    run("node", "--input-type=module", "--eval", twice)
    run("node", "build.mjs", "--check")


def test_its_own_tests_pass() -> None:
    """(EMB-18) themes, messages and origins, by Node's own runner."""
    said = run("node", "--test", "test/")
    assert "# fail 0" in said
    assert "# pass 0" not in said


def test_its_commands_build_what_is_committed(tmp_path: Path) -> None:
    """As its README says them, in a copy that has nothing of what they make."""
    copy = repository_in(tmp_path)
    package = copy / PACKAGE.relative_to(ROOT)
    made = [path.relative_to(ROOT) for path in (PACKAGE / "dist").iterdir()]
    for typed in as_they_stand(ELEMENT):
        words = shlex.split(typed)
        where = package
        if words[0] == "make":
            # As `npm ci` has just left it.
            (package / "node_modules/.installed").touch()
            where = copy
        builds = {"build", "element"} & {*words}
        for path in made if builds else ():
            (copy / path).unlink()
        ended = subprocess.run(
            words, cwd=where, env=by_hand(), capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert [each for each in made if differ(copy / each, ROOT / each)] == []


def differ(one: Path, other: Path) -> bool:
    return one.read_bytes() != other.read_bytes()


def test_applications_in_typescript_compile() -> None:
    """What the types allow, and what they refuse."""
    run("node_modules/.bin/tsc", "-p", ".")


APPLICATION = """
import { createElement, useState } from "react";
import { createRoot } from "react-dom/client";
import { MfaPortal } from "./react.mjs";

function Page() {
  const [told, tell] = useState([]);
  const note = ({ type, detail }) =>
    tell((before) => [...before, [type, ...Object.values(detail)].join(" ")]);
  // A new function at each render, as applications write it.
  return createElement("main", null,
    createElement(MfaPortal, {
      src: "https://mfa.example.com", client: "acme", theme: { scheme: "dark" }, className: "wide",
      frameTitle: "Anmeldung",
      fetchTicket: async () => String(told.length).repeat(43),
      onReady: note, onChanged: note, onSessionExpired: note,
    }),
    createElement("ol", null, told.map((line, at) => createElement("li", { key: at }, line))));
}
createRoot(document.getElementById("root")).render(createElement(Page));
"""
# A portal that shows its page, tells of a change, and then needs a new ticket.
PORTAL = """<script>
  addEventListener("message", ({ data, ports: [port] }) => {
    port.onmessage = ({ data }) => port.postMessage({ type: "ready" });
    window.greeting = data;
    port.postMessage({ type: "ready" });
    port.postMessage({ type: "changed", factor: "totp", act: "added" });
    port.postMessage({ type: "session-expired" });
  });
  parent.postMessage({ type: "hello", v: 1, nonce: "n".repeat(22) }, "*");
</script>"""


def test_the_react_component_in_a_page() -> None:
    """(EMB-17, EMB-24) events as properties, and no second frame when it renders again."""
    esbuild = str(PACKAGE / "node_modules/.bin/esbuild")
    bundle = subprocess.run(
        [esbuild, "--bundle", '--define:process.env.NODE_ENV="production"'],
        cwd=PACKAGE,
        input=APPLICATION,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    loaded = []

    def answer(route: Route) -> None:
        address = route.request.url
        loaded.append(address)
        host = f'<!doctype html><div id="root"></div><script>{bundle}</script>'
        framed = address.startswith("https://mfa.example.com/")
        route.fulfill(body=PORTAL if framed else host, content_type="text/html; charset=utf-8")

    path = find_chromium()
    assert path, "no Chromium found: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options(path))
        page = browser.new_page()
        page.route("**/*", answer)
        page.goto("https://app.example.com/")
        expect(page.locator("li")).to_have_text(
            ["ready", "changed totp added", "session-expired", "ready"]
        )
        assert page.locator("mfa-portal.wide").count() == 1
        assert page.locator("mfa-portal iframe").get_attribute("title") == "Anmeldung"
        greeting = page.frames[1].evaluate("greeting")
        assert (greeting["ticket"], greeting["theme"]) == ("0" * 43, {"scheme": "dark"})
        browser.close()
    assert loaded.count("https://mfa.example.com/embed/?client=acme") == 1
