"""The element on a host's page, against a frame that says whatever a test wants it to say."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Frame, Page, Route

ROOT = Path(__file__).parents[2]
SCRIPT = next((ROOT / "static/embed").glob("mfa-portal-*.js")).read_bytes()
SRI = "sha384-" + base64.b64encode(hashlib.sha384(SCRIPT).digest()).decode()
SCHEMA = json.loads((ROOT / "portal/embed/protocol.json").read_text())
HOST, PORTAL = "https://app.example.com", "https://mfa.example.com"
FOREIGN = "https://mfa.example.net"
CSP = (
    f"default-src 'none'; script-src {PORTAL} 'nonce-t'; connect-src 'self'; "
    f"frame-src {PORTAL} {FOREIGN} data:"
)
TAG = (
    f'<script src="{PORTAL}/static/embed/mfa-portal.js" integrity="{SRI}" crossorigin></script>'
    f'<mfa-portal src="{PORTAL}" client="acme"></mfa-portal>'
)
TICKET, NONCE = "T" * 43, "n" * 22
HELLO = {"type": "hello", "v": 1, "nonce": NONCE}
# The host notes every event and hands out the tickets it is told to.
NOTES = """<script nonce="t">
  window.heard = []; window.asked = 0; window.give = async () => "T".repeat(43);
  const element = document.querySelector("mfa-portal");
  for (const name of NAMES) element.addEventListener(name, (e) => {
    heard.push([name, e.detail]); if (window.refuse) e.preventDefault(); });
  element.fetchTicket = () => { asked++; return give(); };
</script>"""
# The frame keeps what it is sent.
FRAME = """<script>
  window.sent = []; window.said = [];
  addEventListener("message", (e) => {
    sent.push({data: e.data, origin: e.origin, ports: e.ports.length});
    window.port = e.ports[0]; if (window.port) port.onmessage = (m) => said.push(m.data); });
</script>"""


@dataclass
class Stage:
    """A host's page with the element in it."""

    context: BrowserContext
    page: Page

    @property
    def frame(self) -> Frame:
        (found,) = [each for each in self.page.frames if "/embed/" in each.url]
        return found

    def greet(self, hello: Any = HELLO) -> None:
        self.frame.evaluate("hello => parent.postMessage(hello, '*')", hello)

    def connect(self) -> Any:
        """Greet, and return what came back."""
        self.greet()
        self.frame.wait_for_function("sent.length > 0")
        return self.frame.evaluate("sent.pop()")

    def say(self, *messages: Any) -> None:
        """Let the frame say these on its port, and wait until the page has heard them."""
        self.frame.evaluate("all => all.forEach((each) => port.postMessage(each))", messages)
        self.settle()

    def settle(self) -> None:
        """Until everything that was said before has been taken, or dropped."""
        height = self.page.evaluate("(window.turn = (window.turn ?? 1000) + 1)")
        if self.frame.evaluate("!window.port"):
            self.page.evaluate("() => new Promise((done) => setTimeout(done, 50))")
            return
        message = {"type": "resized", "height": height}
        self.frame.evaluate("each => port.postMessage(each)", message)
        self.page.wait_for_function("h => heard.some(([, d]) => d.height === h)", arg=height)
        self.page.evaluate("h => { heard = heard.filter(([, d]) => d.height !== h); }", height)

    @property
    def heard(self) -> list[Any]:
        found: list[Any] = self.page.evaluate("heard.splice(0)")
        return found

    @property
    def asked(self) -> int:
        return int(self.page.evaluate("asked"))


Open = Callable[..., Stage]


@pytest.fixture
def stage(new_context: Any) -> Open:
    """Open a host's page. more: other markup, another policy, other pages by their address."""

    def opened(body: str = TAG, csp: str = CSP, **pages: str) -> Stage:
        names = json.dumps(SCHEMA["directions"]["port"]["frame"])
        html = f"<!doctype html><title>Acme</title>{body}{NOTES.replace('NAMES', names)}"
        context: BrowserContext = new_context()

        def answer(route: Route) -> None:
            parts = urlsplit(route.request.url)
            origin = f"{parts.scheme}://{parts.netloc}"
            if parts.path.endswith("mfa-portal.js"):
                headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "text/javascript"}
                route.fulfill(body=SCRIPT, headers=headers)
            elif parts.path.strip("/") in pages:
                route.fulfill(body=pages[parts.path.strip("/")], content_type="text/html")
            elif origin == HOST:
                headers = {"Content-Security-Policy": csp, "Content-Type": "text/html"}
                route.fulfill(body=html, headers=headers)
            else:
                route.fulfill(body=FRAME, content_type="text/html")

        context.route("**/*", answer)
        page = context.new_page()
        page.goto(HOST)
        return Stage(context, page)

    return opened


def test_the_handshake(stage: Open):
    """(EMB-03, EMB-24, EMB-07) a titled frame whose address names a client and nothing else."""
    here = stage()
    frame = here.page.locator("mfa-portal iframe")
    assert frame.get_attribute("src") == f"{PORTAL}/embed/?client=acme"
    assert frame.get_attribute("title") == "Sign-in settings"
    assert frame.get_attribute("name") is None
    assert frame.get_attribute("referrerpolicy") == "strict-origin"
    assert frame.get_attribute("allow") == "; ".join(
        f"{name} {PORTAL}"
        for name in (
            "publickey-credentials-create",
            "publickey-credentials-get",
            "clipboard-write",
            "otp-credentials",
        )
    )
    assert here.frame.evaluate("[document.referrer, name]") == [f"{HOST}/", ""]
    connect = {"type": "connect", "v": 1, "nonce": NONCE, "ticket": TICKET}
    assert here.connect() == {
        "data": {**connect, "theme": None, "locale": None},
        "origin": HOST,
        "ports": 1,
    }


def every_message() -> Iterator[dict[str, Any]]:
    """Each message of the frame with each of its listed values, and the ends of its numbers."""
    for name in SCHEMA["directions"]["port"]["frame"]:
        made: list[dict[str, Any]] = [{}]
        for field, rule in SCHEMA["$defs"][name]["properties"].items():
            values = rule.get("enum") or [rule["const"] if "const" in rule else rule["minimum"]]
            values += [rule["maximum"]] if "maximum" in rule else []
            made = [{**each, field: value} for each in made for value in values]
        yield from made


def test_every_event_has_its_listed_values_and_nothing_else(stage: Open):
    """(EMB-17) all of the protocol; then each with more, with less, with another value."""
    here = stage()
    here.page.evaluate("refuse = true")  # no new tickets, whatever is said
    here.connect()
    whole = sorted(every_message(), key=lambda each: each["type"] == "closed")
    said = [each for each in whole if each["type"] != "closed"]
    here.say(*said)
    expected = [[each["type"], {k: v for k, v in each.items() if k != "type"}] for each in said]
    assert here.heard == expected
    assert len(expected) > 30
    for each in said:
        broken = [{**each, "username": "nora"}, [each], each["type"], None]
        broken += [{**each, name: f"{value} nora"} for name, value in each.items()]
        broken += [{k: v for k, v in each.items() if k != name} for name in each]
        here.frame.evaluate("all => all.forEach((one) => port.postMessage(one))", broken)
    here.frame.evaluate("port.postMessage({type: 'toString'})")
    here.settle()
    assert here.heard == []
    assert here.asked == 1
    here.frame.evaluate("port.postMessage({type: 'closed'})")
    here.page.wait_for_function("heard.length === 1")
    assert here.heard == [["closed", {}]]


MALFORMED = [
    None,
    "hello",
    [HELLO],
    {**HELLO, "type": "connect"},
    {**HELLO, "nonce": "short"},
    {**HELLO, "nonce": "n" * 21 + "\n"},
    {**HELLO, "nonce": ["n" * 22]},
    {**HELLO, "ticket": TICKET},
    {"type": "hello", "v": 1},
    {"v": 1, "nonce": NONCE},
]


def test_a_greeting_that_does_not_fit_is_not_answered(stage: Open):
    """(EMB-07) none of them gets a ticket, nor an answer."""
    here = stage()
    for hello in MALFORMED:
        here.greet(hello)
    here.settle()
    assert (here.asked, here.frame.evaluate("sent")) == (0, [])
    # It still answers one that fits.
    assert here.connect()["data"]["ticket"] == TICKET


def test_nobody_else_gets_an_answer(stage: Open):
    """(EMB-07) a sibling frame, a window that was opened, a null origin, a frame led elsewhere."""
    here = stage()
    listen = (
        "addEventListener('message', (e) => { window.sent = [...(window.sent ?? []), e.data]; })"
    )
    page = here.page
    # A sibling of the portal's own origin, and one without any.
    page.evaluate(
        """(srcs) => srcs.forEach((src) => { const f = document.createElement("iframe");
             f.src = src; document.body.append(f); })""",
        [f"{PORTAL}/sibling", f"{FOREIGN}/sibling", "data:text/html,<p>null"],
    )
    page.wait_for_function("frames.length === 3 || frames.length === 4")
    for sibling in [each for each in page.frames[1:] if "/embed/" not in each.url]:
        sibling.wait_for_load_state()
        sibling.evaluate(f"hello => {{ {listen}; parent.postMessage(hello, '*'); }}", HELLO)
    with here.context.expect_page() as opened:
        page.evaluate(f"setTimeout(() => window.open('{PORTAL}/opened'))")
    opened.value.wait_for_load_state()
    opened.value.evaluate(f"hello => {{ {listen}; opener.postMessage(hello, '*'); }}", HELLO)
    here.settle()
    assert here.asked == 0
    # Its own frame, led to another site: the window is right, the origin is not.
    frame = here.frame
    frame.evaluate(f"setTimeout(() => {{ location.href = '{FOREIGN}/embed/' }})")
    frame.wait_for_url(f"{FOREIGN}/embed/")
    here.greet()
    page.evaluate("() => new Promise((done) => setTimeout(done, 50))")
    assert here.asked == 0
    assert all(not each.evaluate("window.sent ?? []") for each in page.frames[1:])


def test_a_ticket_goes_to_the_portal_alone(stage: Open):
    """(EMB-07, EMB-03) led elsewhere between greeting and answer, the frame is told nothing."""
    here = stage()
    here.page.evaluate("void (give = () => new Promise((done) => { window.release = done; }))")
    frame = here.frame
    here.greet()
    here.page.wait_for_function("!!window.release")
    frame.evaluate(f"setTimeout(() => {{ location.href = '{FOREIGN}/embed/' }})")
    frame.wait_for_url(f"{FOREIGN}/embed/")
    here.page.evaluate("release('T'.repeat(43))")
    here.page.evaluate("() => new Promise((done) => setTimeout(done, 50))")
    assert frame.evaluate("sent") == []


def test_another_version_is_refused_and_told(stage: Open):
    """(EMB-07) an old script beside a new portal, or the other way round."""
    here = stage()
    here.greet({**HELLO, "v": 2})
    here.page.wait_for_function("heard.length > 0")
    assert here.heard == [["error", {"code": "version-refused"}]]
    assert (here.asked, here.frame.evaluate("sent")) == (0, [])


def test_a_session_that_is_over_goes_on_with_a_new_ticket(stage: Open):
    """(EMB-13) fetchTicket is called again, unless the host says otherwise."""
    here = stage()
    here.connect()
    here.page.evaluate("void (give = async () => 'S'.repeat(43))")
    here.say({"type": "ready"}, {"type": "session-expired"})
    here.frame.wait_for_function("said.length > 0")
    assert here.frame.evaluate("said") == [{"type": "ticket", "ticket": "S" * 43}]
    assert [name for name, _ in here.heard] == ["ready", "session-expired"]
    here.page.evaluate("refuse = true")
    here.say({"type": "session-expired"})
    assert here.asked == 2


def test_a_portal_that_refuses_every_ticket_does_not_drain_the_host(stage: Open):
    """(EMB-04) three in a row without a page to show; a page resets the count."""
    here = stage()
    here.connect()
    here.say(*[{"type": "error", "code": "ticket-refused"}] * 5)
    assert here.asked == 3
    assert here.heard.count(["error", {"code": "ticket-unavailable"}]) == 3
    here.say({"type": "ready"}, {"type": "session-expired"})
    assert here.asked == 4


def test_a_host_without_a_ticket_says_so(stage: Open):
    """(EMB-16) null where nobody is signed in; what fails or does not fit is never passed on."""
    for give in ("null", "'short'", "'T'.repeat(42) + '\\n'", "Promise.reject(new Error())"):
        here = stage()
        here.page.evaluate(f"void (give = async () => {give})")
        assert here.connect()["data"]["ticket"] is None
        failed = [["error", {"code": "ticket-unavailable"}]]
        assert here.heard == ([] if give == "null" else failed)
    # When it can again, it sets the function again.
    here.page.evaluate("void (element.fetchTicket = async () => 'S'.repeat(43))")
    here.frame.wait_for_function("said.length > 0")
    assert here.frame.evaluate("said[0].ticket") == "S" * 43


def test_theme_and_locale_are_checked_and_sent(stage: Open):
    """(EMB-18) what is not allowed is refused here already, and the frame gets none."""
    here = stage()
    here.page.evaluate(
        "element.theme = {scheme: 'dark', radius: 4}, element.setAttribute('locale', 'de-CH')"
    )
    data = here.connect()["data"]
    assert (data["theme"], data["locale"]) == ({"scheme": "dark", "radius": 4}, "de-CH")
    here.page.evaluate("element.theme = {css: '*{}'}, element.locale = '<b>'")
    here.page.evaluate("element.setAttribute('theme', '{'), element.theme = null")
    here.frame.wait_for_function("said.length === 4")
    assert here.frame.evaluate("said") == [
        {"type": "theme", "theme": None},
        {"type": "locale", "locale": None},
        {"type": "theme", "theme": None},
        {"type": "theme", "theme": None},
    ]
    assert here.heard == [["error", {"code": "theme-refused"}]] * 2


def test_the_height_is_kept_within_bounds(stage: Open):
    """(EMB-24) nothing the frame says makes it disappear, or as long as a book."""
    here = stage()
    here.connect()
    heights = []
    for height in (0, 700, 10000):
        here.frame.evaluate("height => port.postMessage({type: 'resized', height})", height)
        here.page.wait_for_function("h => heard.some(([, d]) => d.height === h)", arg=height)
        heights.append(here.page.locator("mfa-portal iframe").bounding_box()["height"])  # type: ignore[index]
    assert heights == [160, 700, 4000]


def test_a_frame_that_is_loaded_again_is_greeted_again(stage: Open):
    """(EMB-07) the old port is closed; a new ticket goes with the new one."""
    here = stage()
    here.connect()
    frame = here.frame
    frame.evaluate("setTimeout(() => location.reload())")
    frame.wait_for_function("window.sent && !window.port")
    assert here.connect()["data"]["ticket"] == TICKET
    assert here.asked == 2
    here.page.evaluate("element.focus(), element.end()")
    here.frame.wait_for_function("said.length === 2")
    assert here.frame.evaluate("said") == [{"type": "focus"}, {"type": "end"}]
    # Another client is another frame; none is left when the element goes.
    here.page.evaluate("element.client = 'other'")
    assert here.page.locator("iframe").get_attribute("src") == f"{PORTAL}/embed/?client=other"
    here.page.evaluate("element.remove()")
    here.page.wait_for_function("frames.length === 0")


@pytest.mark.parametrize(
    "src", ["http://mfa.example.com", "javascript:alert(1)", "data:text/html,x", "", "mfa"]
)
def test_an_address_that_is_no_portal_makes_no_frame(stage: Open, src: str):
    """(EMB-07) https alone."""
    here = stage()
    here.page.evaluate("src => { heard = []; element.src = src; }", src)
    assert here.heard == [["error", {"code": "src-refused"}]]
    assert here.page.locator("iframe").count() == 0


def test_a_policy_that_forbids_the_frame_is_told(stage: Open):
    """(EMB-02) the host's own frame-src is the first thing to be forgotten."""
    here = stage(csp=CSP.partition("; frame-src")[0])
    here.page.evaluate("element.client = 'again'")
    here.page.wait_for_function("heard.length > 0")
    assert ["error", {"code": "frame-forbidden"}] in here.heard
