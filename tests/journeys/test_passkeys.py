"""Passkeys on the pages for people: made, named, deleted, and used instead of a code."""

import json
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.sessions.backends.cache import SessionStore
from django.core.cache import caches

from accounts import ceremonies, vault
from accounts.models import AuditRecord
from portal.embed import clients
from portal.enrolment.models import NamedPasskey
from portal.enrolment.passkey.words import PROBLEMS
from portal.factors.models import PasskeySwitch
from tests.clock import Clock
from tests.journeys.conftest import MakePool
from tests.journeys.steps import (
    APP,
    CONFIRM,
    OVERVIEW,
    calls_counted,
    notices,
    session_id,
    states,
)
from tests.people import People, Somebody
from tests.sandbox.authenticator import (
    EDDSA,
    RS256,
    Authenticator,
    decoded,
    encoded,
)
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

LIST, ADD = "/enrolment/passkeys/", "/enrolment/passkeys/add/"
APPLE = "fbfc3007-154e-4ecc-8c0b-6e020557d7bd"
FIRST = ("PASSWORD", "WEB_AUTHN")
INSTEAD = "Use it instead of a code"
NOBODYS = "6e0f2d1c-0000-5000-8000-000000000000"


def ask(walker: Walker) -> Any:
    """What the script of the page asks first: Django's response."""
    walker.open(ADD)
    return walker.json("POST", f"{ADD}options/", {})


def options_of(walker: Walker) -> dict[str, Any]:
    response = ask(walker)
    assert response.status_code == 200, response.content
    options: dict[str, Any] = response.json()["data"]["options"]
    return options


def bring(walker: Walker, credential: Any) -> Any:
    """What the script brings back."""
    return walker.json("POST", f"{ADD}finish/", credential)


def make(walker: Walker, device: Authenticator | None = None, aaguid: str = "") -> Page:
    """Make a passkey as the script does; the page it leads to."""
    device = device or Authenticator()
    credential = device.create(options_of(walker))
    if aaguid:
        credential = by_provider(credential, aaguid)
    response = bring(walker, credential)
    assert response.status_code == 200, response.content
    return walker.open(response.json()["data"]["next"])


def by_provider(credential: dict[str, Any], aaguid: str) -> dict[str, Any]:
    """The same passkey, made by an authenticator of this model."""
    sixteen = bytes.fromhex(aaguid.replace("-", ""))
    given = decoded(credential["response"]["attestationObject"])
    # Where the model stands: behind the hash of the domain, the flags and the counter.
    at = given.index(decoded(credential["id"])) - 18
    changed = given[:at] + sixteen + given[at + 16 :]
    response = {**credential["response"], "attestationObject": encoded(changed)}
    return {**credential, "response": response}


def refused(response: Any) -> str:
    """The name of the refusal, which has its words on the page."""
    assert response.status_code == 409, response.content
    code: str = response.json()["error"]["code"].lower()
    assert code in PROBLEMS
    return code


def kept(people: People, somebody: Somebody) -> list[dict[str, Any]]:
    """What the pool says."""
    reply = people.admin.list_web_authn_credentials(AccessToken=people.access_token(somebody))
    found: list[dict[str, Any]] = reply["Credentials"]
    return found


def names(page: Page) -> list[str]:
    return [each.get_text(strip=True) for each in page.soup.select("li.factor h2")]


def outcomes(event: str) -> list[str]:
    rows = AuditRecord.objects.filter(event=event).order_by("created_at")
    return [each.outcome for each in rows]


@pytest.fixture
def nora(walker: Walker, pool: People) -> Somebody:
    """Signed in, without any second step."""
    somebody = pool.make()
    walker.sign_in(somebody)
    return somebody


# --- adding -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("by_choice")
def test_a_passkey_is_added_named_and_listed(
    walker: Walker, pool: People, nora: Somebody, deliver_notices: Any
):
    """NOT-01, PKY-05: provider, place, ways and date; and the person is told."""
    page = make(walker, aaguid=APPLE)
    assert page.heading == "Your passkey is ready"
    assert "Apple Passwords" in page.text
    assert "At sign-in you can choose your passkey instead of your password." in page.text
    page = walker.send("Save the name", name="My phone")
    assert names(page) == ["My phone"]
    for said in ("Apple Passwords", "Synchronised between your devices", "Reached: built in"):
        assert said in page.text
    assert len(kept(pool, nora)) == 1
    deliver_notices()
    assert "A passkey was added." in notices(pool.sandbox, nora)[0]
    assert outcomes("passkey_added") == ["intended", "done"]


def test_adding_costs_few_calls(walker: Walker, nora: Somebody, sandbox: Sandbox):
    walker.open(ADD)
    with calls_counted(sandbox) as calls:
        response = walker.json("POST", f"{ADD}options/", {})
        credential = Authenticator().create(response.json()["data"]["options"])
        assert bring(walker, credential).status_code == 200
    assert calls == {
        "StartWebAuthnRegistration": 1,
        "GetUser": 1,
        "CompleteWebAuthnRegistration": 1,
    }
    with calls_counted(sandbox) as calls:
        walker.open(LIST)
    assert calls == {"ListWebAuthnCredentials": 1, "GetUser": 1}


@pytest.mark.parametrize(
    ("device", "said"),
    [
        (
            Authenticator(synchronised=False, transports=("internal",)),
            "On the device it was made with",
        ),
        (
            Authenticator(
                synchronised=False, attachment="cross-platform", transports=("usb", "nfc")
            ),
            "On a security key",
        ),
        (
            Authenticator(synchronised=False, attachment="cross-platform", transports=("hybrid",)),
            "On a phone or tablet",
        ),
        (Authenticator(algorithm=RS256), "Synchronised between your devices"),
    ],
    ids=["device", "key", "phone", "synchronised"],
)
def test_the_list_says_where_each_one_lives(
    walker: Walker, nora: Somebody, device: Authenticator, said: str
):
    make(walker, device)
    page = walker.open(LIST)
    assert said in page.text
    assert names(page) == ["Passkey"]


def test_a_challenge_serves_one_ceremony(
    walker: Walker, pool: People, nora: Somebody, sandbox: Sandbox
):
    """(PKY-01) a finished ceremony brought again does not even reach the pool."""
    credential = Authenticator().create(options_of(walker))
    assert bring(walker, credential).status_code == 200
    with calls_counted(sandbox) as calls:
        assert refused(bring(walker, credential)) == "passkey_too_late"
    assert "CompleteWebAuthnRegistration" not in calls
    assert len(kept(pool, nora)) == 1


def test_a_challenge_is_used_up_by_a_refusal(
    walker: Walker, pool: People, nora: Somebody, sandbox: Sandbox
):
    """(PKY-01) one answer to one question, whatever comes of it."""
    credential = Authenticator().create(options_of(walker))
    with sandbox.trouble("CompleteWebAuthnRegistration", "throttle"):
        assert refused(bring(walker, credential)) == "try_later"
    assert refused(bring(walker, credential)) == "passkey_too_late"
    assert kept(pool, nora) == []


@pytest.mark.parametrize("has_begun", [False, True])
def test_a_challenge_serves_one_session(
    walker: Walker,
    second_walker: Walker,
    pool: People,
    nora: Somebody,
    sandbox: Sandbox,
    has_begun: bool,
):
    """(PKY-01) the answer to one browser's question does not count in another browser."""
    second_walker.sign_in(nora)
    second_walker.open(ADD)
    if has_begun:
        options_of(second_walker)
    # The pool's open question is the newer one, and its answer is right.
    credential = Authenticator().create(options_of(walker))
    with calls_counted(sandbox) as calls:
        assert refused(bring(second_walker, credential)) == "passkey_too_late"
    assert "CompleteWebAuthnRegistration" not in calls
    assert kept(pool, nora) == []


def test_a_challenge_from_the_browser_is_none(walker: Walker, pool: People, nora: Somebody):
    """(PKY-01) neither in the answer nor beside it."""
    options = options_of(walker)
    own = encoded(b"a challenge of my own")
    credential = Authenticator().create(options, challenge=own)
    assert refused(bring(walker, {**credential, "challenge": own})) == "passkey_too_late"
    assert kept(pool, nora) == []
    assert outcomes("passkey_added") == ["intended", "refused"]


def test_the_newest_question_is_the_open_one(walker: Walker, pool: People, nora: Somebody):
    """(PKY-01)"""
    earlier = Authenticator().create(options_of(walker))
    later = Authenticator().create(options_of(walker))
    assert refused(bring(walker, earlier)) == "passkey_too_late"
    assert refused(bring(walker, later)) == "passkey_too_late"
    assert kept(pool, nora) == []


def _with_another_id(credential: dict[str, Any]) -> dict[str, Any]:
    return {**credential, "id": encoded(b"another"), "rawId": encoded(b"another")}


def _with_another_raw_id(credential: dict[str, Any]) -> dict[str, Any]:
    return {**credential, "rawId": encoded(b"another")}


def _without_attestation(credential: dict[str, Any]) -> dict[str, Any]:
    empty = {**credential["response"], "attestationObject": encoded(b"\xa0")}
    return {**credential, "response": empty}


def _with_torn_key(credential: dict[str, Any]) -> dict[str, Any]:
    torn = {**credential["response"]}
    torn["attestationObject"] = encoded(decoded(torn["attestationObject"])[:-20])
    return {**credential, "response": torn}


@pytest.mark.parametrize(
    "mutated",
    [_with_another_id, _with_another_raw_id, _without_attestation, _with_torn_key],
)
def test_a_mutated_passkey_is_refused(walker: Walker, pool: People, nora: Somebody, mutated: Any):
    """(PKY-02) the result of the check decides, and nothing of it stays."""
    credential = mutated(Authenticator().create(options_of(walker)))
    assert refused(bring(walker, credential)) == "passkey_refused"
    assert kept(pool, nora) == []
    assert not NamedPasskey.objects.exists()


def test_a_passkey_of_another_site_is_refused(walker: Walker, pool: People, nora: Somebody):
    """(PKY-02) the origin that the browser wrote down."""
    elsewhere = Authenticator(origin="https://evil.example")
    assert refused(bring(walker, elsewhere.create(options_of(walker)))) == "wrong_site"
    party = Authenticator().create(options_of(walker), party="evil.example")
    assert refused(bring(walker, party)) == "wrong_site"
    assert kept(pool, nora) == []


FRAMED = "https://intranet.example"


@pytest.mark.parametrize(
    ("top", "may_show", "taken"),
    [
        (FRAMED, (), False),
        (FRAMED, ("https://other.example",), False),
        ("null", (FRAMED,), False),
        (FRAMED, (FRAMED,), True),
        ("http://localhost", (), True),
    ],
)
def test_a_passkey_that_was_made_in_a_frame(
    walker: Walker,
    pool: People,
    nora: Somebody,
    monkeypatch: pytest.MonkeyPatch,
    top: str,
    may_show: tuple[str, ...],
    taken: bool,
):
    """(PKY-06) only within a page that may show us, as the browser names it: refused elsewhere."""
    monkeypatch.setattr(ceremonies, "SOURCES", [lambda: may_show])
    response = bring(walker, Authenticator(framed_by=top).create(options_of(walker)))
    assert taken is (response.status_code == 200)
    assert len(kept(pool, nora)) == taken
    if not taken:
        assert refused(response) == "wrong_site"


def test_a_page_that_may_show_us_in_a_frame_may_have_a_passkey_made_there(
    walker: Walker, pool: People, nora: Somebody, settings: Any
):
    """(PKY-06) as registered, and no longer than that."""
    settings.EMBED = True
    clients.add("intranet", allowed=[FRAMED], app_clients=[pool.client_id()])
    made = bring(walker, Authenticator(framed_by=FRAMED).create(options_of(walker)))
    assert made.status_code == 200
    clients.remove(clients.find("intranet"))
    response = bring(walker, Authenticator(framed_by=FRAMED).create(options_of(walker)))
    assert refused(response) == "wrong_site"


def test_a_passkey_of_another_kind_is_refused(walker: Walker, pool: People, nora: Somebody):
    """(PKY-02)"""
    other = Authenticator(algorithm=EDDSA)
    assert refused(bring(walker, other.create(options_of(walker)))) == "unsupported_device"
    assert kept(pool, nora) == []


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "null", '"passkey"', "{}", '{"id": 1}', "[" * 5000, "\x00"]
)
def test_nonsense_is_no_passkey(walker: Walker, nora: Somebody, body: str):
    """(PKY-02)"""
    ask(walker)
    assert refused(bring(walker, body)) == "passkey_refused"


def test_somebody_elses_passkey_is_not_added_twice(
    walker: Walker, second_walker: Walker, pool: People, nora: Somebody
):
    """(PKY-04) an id that another person has registered."""
    tom = pool.make()
    second_walker.sign_in(tom)
    make(second_walker)
    [theirs] = kept(pool, tom)
    mine = Authenticator().create(options_of(walker))
    taken = theirs["CredentialId"]
    attestation = decoded(mine["response"]["attestationObject"])
    attestation = attestation.replace(decoded(mine["id"]), decoded(taken))
    response = {**mine["response"], "attestationObject": encoded(attestation)}
    credential = {**mine, "id": taken, "rawId": taken, "response": response}
    assert refused(bring(walker, credential)) == "passkey_refused"
    assert len(kept(pool, tom)) == 1


def test_an_answer_that_never_came_is_looked_up(
    walker: Walker, pool: People, nora: Somebody, sandbox: Sandbox, impatient: None
):
    """RES-04: the pool kept it and could not say so; its list does."""
    credential = Authenticator().create(options_of(walker))
    with sandbox.trouble("CompleteWebAuthnRegistration", "silence", seconds=2):
        response = bring(walker, credential)
    assert response.status_code == 200
    assert walker.open(response.json()["data"]["next"]).heading == "Your passkey is ready"
    assert len(kept(pool, nora)) == 1


def test_silence_before_anything_is_kept_stays_unclear(
    walker: Walker, pool: People, nora: Somebody, sandbox: Sandbox
):
    """RES-04."""
    credential = Authenticator().create(options_of(walker))
    with sandbox.trouble("CompleteWebAuthnRegistration", "reset"):
        assert refused(bring(walker, credential)) == "unclear"
    assert kept(pool, nora) == []
    assert outcomes("passkey_added") == ["intended", "unknown"]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("LimitExceededException", "too_many_passkeys"),
        ("TooManyRequestsException", "try_later"),
        ("WebAuthnNotEnabledException", "passkeys_off"),
        ("WebAuthnConfigurationMissingException", "passkeys_off"),
        ("InternalErrorException", "unclear"),
        ("SomethingUnknownException", "passkeys_off"),
    ],
)
def test_each_refusal_of_the_options_has_its_words(
    walker: Walker, nora: Somebody, sandbox: Sandbox, code: str, told: str
):
    """(PKY-05) OTP-18."""
    with sandbox.trouble("StartWebAuthnRegistration", "error", code=code):
        assert refused(ask(walker)) == told


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("WebAuthnChallengeNotFoundException", "passkey_too_late"),
        ("WebAuthnClientMismatchException", "passkey_too_late"),
        ("WebAuthnRelyingPartyMismatchException", "wrong_site"),
        ("WebAuthnOriginNotAllowedException", "wrong_site"),
        ("WebAuthnCredentialNotSupportedException", "unsupported_device"),
        ("LimitExceededException", "too_many_passkeys"),
        ("TooManyRequestsException", "try_later"),
        ("InternalErrorException", "unclear"),
    ],
)
def test_each_refusal_of_the_passkey_has_its_words(
    walker: Walker, nora: Somebody, sandbox: Sandbox, code: str, told: str
):
    """(PKY-05) OTP-18."""
    credential = Authenticator().create(options_of(walker))
    with sandbox.trouble("CompleteWebAuthnRegistration", "error", code=code):
        assert refused(bring(walker, credential)) == told


def test_a_device_that_checks_nobody_where_the_pool_insists(walker: Walker, make_pool: MakePool):
    """(PKY-05)"""
    people = make_pool(
        first=FIRST,
        passkeys={"RelyingPartyId": "localhost", "UserVerification": "required"},
    )
    walker.sign_in(people.make())
    careless = Authenticator(verifies=False)
    assert refused(bring(walker, careless.create(options_of(walker)))) == "no_verification"


@pytest.mark.usefixtures("by_choice")
def test_a_device_that_checks_nobody_is_said_to_be_no_code(walker: Walker, make_pool: MakePool):
    """(PKY-05) where passkeys may stand for a code, those that were made without a check do not."""
    people = make_pool(first=FIRST, passkeys={"RelyingPartyId": "localhost"})
    walker.sign_in(people.make(app=True, on=(APP,)))
    page = make(walker, Authenticator(verifies=False))
    said = "this one cannot be used instead of a code"
    assert said not in page.text
    config = people.admin.get_user_pool_mfa_config(UserPoolId=people.pool_id)
    people.admin.set_user_pool_mfa_config(
        UserPoolId=people.pool_id,
        MfaConfiguration=config["MfaConfiguration"],
        SoftwareTokenMfaConfiguration=config["SoftwareTokenMfaConfiguration"],
        WebAuthnConfiguration={
            "RelyingPartyId": "localhost",
            "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION",
        },
    )
    caches["process"].clear()
    page = walker.open(page.url)
    assert said in page.text
    assert INSTEAD not in page.text
    assert INSTEAD in make(walker).text


def test_a_pool_of_another_domain_is_found_before_the_browser_does(
    walker: Walker, make_pool: MakePool, sandbox: Sandbox
):
    """(PKY-05)"""
    people = make_pool(first=FIRST, passkeys={"RelyingPartyId": "example.com"})
    walker.sign_in(people.make())
    assert refused(ask(walker)) == "wrong_site"


def test_a_pool_without_passkeys_offers_none(walker: Walker, make_pool: MakePool, sandbox: Sandbox):
    people = make_pool()
    page = walker.sign_in(people.make())
    assert "Passkey" not in states(page)
    assert "Passkeys are not offered here." in walker.open(ADD).text
    assert "New passkeys are not offered here." in walker.open(LIST).text
    with calls_counted(sandbox) as calls:
        assert refused(walker.json("POST", f"{ADD}options/", {})) == "passkeys_off"
    assert not calls


def test_twenty_are_the_most(walker: Walker, pool: People, nora: Somebody):
    """C127: the page says so before the button."""
    token = pool.access_token(nora)
    for _ in range(20):
        options = pool.admin.start_web_authn_registration(AccessToken=token)
        credential = Authenticator().create(options["CredentialCreationOptions"])
        pool.admin.complete_web_authn_registration(AccessToken=token, Credential=credential)
    page = walker.open(LIST)
    assert len(names(page)) == 20
    assert "You have 20 passkeys, and that is as many as one can have." in page.text
    assert walker.open(ADD).heading == "Your passkeys"
    assert refused(walker.json("POST", f"{ADD}options/", {})) == "too_many_passkeys"


def test_the_script_and_the_words_are_on_the_page(walker: Walker, nora: Somebody):
    """(PKY-05) without script the page says what it needs; each failure has its words."""
    page = walker.open(ADD)
    assert "This needs JavaScript" in page.text
    assert page.form("Create a passkey").has_attr("hidden")
    templates = page.soup.select("template[data-problem]")
    assert {each["data-problem"] for each in templates} == set(PROBLEMS)
    assert page.soup.select('script[src$="js/passkey.js"]')
    # Browsers leave both to a site itself unless its policy takes them away.
    assert "publickey-credentials" not in page.headers["Permissions-Policy"]


def test_only_so_many_tries(walker: Walker, nora: Somebody):
    """LIM-01: each one makes the pool keep a challenge."""
    walker.open(ADD)
    answers = [walker.json("POST", f"{ADD}options/", {}) for _ in range(21)]
    assert [each.status_code for each in answers] == [200] * 20 + [429]
    assert answers[-1].json()["error"]["code"] == "TOO_MANY_ATTEMPTS"


# --- who may ----------------------------------------------------------------------------------


def test_a_script_is_told_to_prove_again(
    walker: Walker, pool: People, nora: Somebody, clock: Clock
):
    """(REA-01) nothing of its body waits to be carried out as a page."""
    credential = Authenticator().create(options_of(walker))
    clock.forward(minutes=6)
    for tail in ("options/", "finish/"):
        response = walker.json("POST", f"{ADD}{tail}", credential)
        assert response.status_code == 403
        assert response.json()["error"]["code"] == "REAUTHENTICATION_REQUIRED"
    walker.open(ADD)
    assert walker.page.heading == CONFIRM
    assert walker.prove_again(nora).heading == "Add a passkey"
    assert kept(pool, nora) == []


def test_a_script_without_a_session_is_told_so(walker: Walker, pool: People):
    """(AUZ-01)"""
    walker.open("/sign-in/")
    for tail in ("options/", "finish/"):
        response = walker.json("POST", f"{ADD}{tail}", {})
        assert response.status_code == 401
        assert response.json()["error"]["code"] == "UNAUTHENTICATED"


def test_a_script_of_another_site_gets_nowhere(walker: Walker, nora: Somebody):
    """(WEB-08)"""
    walker.open(ADD)
    for tail in ("options/", "finish/"):
        response = walker.json("POST", f"{ADD}{tail}", {}, token=False)
        assert response.status_code == 403
        assert response.json()["error"]["code"] == "CSRF_FAILED"


@pytest.mark.parametrize("task", ["name", "delete"])
def test_somebody_elses_passkey_looks_like_none(
    walker: Walker, second_walker: Walker, pool: People, nora: Somebody, task: str
):
    """(PKY-04) AUZ-02: the same answer as for one that never was."""
    tom = pool.make()
    second_walker.sign_in(tom)
    make(second_walker)
    second_walker.send("Save the name", name="Tom's own")
    theirs = NamedPasskey.objects.get().handle
    make(walker)
    walker.open(ADD)
    sent = {"name": "Mine now"}
    answers = []
    for handle in (theirs, NOBODYS):
        path = f"{LIST}{handle}/{task}/"
        assert walker.open(path).status == 404
        walker.open(ADD)
        page = walker.post(path, sent)
        answers.append((page.status, page.heading, page.text))
        walker.open(ADD)
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    assert len(kept(pool, tom)) == len(kept(pool, nora)) == 1
    assert {each.name for each in NamedPasskey.objects.all()} == {"Tom's own", ""}


def test_somebody_elses_receipt_looks_like_none(
    walker: Walker, second_walker: Walker, pool: People, nora: Somebody
):
    """(PKY-04) AUZ-02."""
    second_walker.sign_in(pool.make())
    page = make(second_walker)
    assert walker.open(page.url).status == 404
    assert walker.open(f"{LIST}added/{uuid4()}/").status == 404


@pytest.mark.parametrize("task", ["name", "delete", "instead-of-code"])
def test_each_change_needs_a_fresh_proof(
    walker: Walker, pool: People, nora: Somebody, clock: Clock, task: str
):
    """(REA-01) the form waits and is carried out after the proof."""
    make(walker)
    handle = NamedPasskey.objects.get().handle
    if task == "instead-of-code":
        walker.open(LIST)
        path, sent = f"{LIST}{task}/", {"use": "yes"}
    else:
        path, sent = f"{LIST}{handle}/{task}/", {"name": "Later"}
        walker.open(path)
    clock.forward(minutes=6)
    assert walker.post(path, sent).heading == CONFIRM
    assert len(kept(pool, nora)) == 1
    assert NamedPasskey.objects.get().name == ""
    assert not PasskeySwitch.objects.exists()


# --- names ------------------------------------------------------------------------------------

TRICKS = [
    ("<script>alert(1)</script>", True),
    ("' onmouseover='x", True),
    ("{{ 7|add:7 }}", True),
    ("Zoë’s 電話 📱", True),
    ("x" * 64, True),
    ("x" * 65, False),
    ("safe\u202egnp.exe", False),
    ("two\nlines", False),
    ("nul\x00", False),
    ("\u2066hidden", False),
    ("   ", False),
    ("", False),
]


@pytest.mark.parametrize(("given", "taken"), TRICKS)
def test_a_name_is_a_plain_line(walker: Walker, nora: Somebody, given: str, taken: bool):
    """(FAC-09) at most 64 signs, escaped wherever it stands, no marks that deceive."""
    make(walker)
    page = walker.send("Save the name", name=given)
    kept_name = NamedPasskey.objects.get().name
    assert (kept_name == given) == (taken or given == "")
    if not taken:
        assert page.status == 422
        assert page.errors
        assert page.title.startswith("Error:")
        return
    handle = NamedPasskey.objects.get().handle
    for path in (LIST, ADD, f"{LIST}{handle}/name/", f"{LIST}{handle}/delete/"):
        shown = walker.open(path)
        assert "<script>alert" not in shown.html
        assert not shown.soup.select("[onmouseover]")
        assert given in unescape(shown.html)


def test_naming_is_recorded_and_not_announced(walker: Walker, nora: Somebody):
    """AUD-02."""
    make(walker)
    walker.send("Save the name", name="One")
    walker.open(LIST)
    walker.open(walker.page.link("Rename"))
    page = walker.send("Save the name", name="Two")
    assert names(page) == ["Two"]
    assert "Saved as “Two”." in page.text
    assert outcomes("passkey_named") == ["intended", "done"] * 2


def test_a_passkey_that_was_made_elsewhere_can_be_named(
    walker: Walker, pool: People, nora: Somebody
):
    """The pool's list counts, not what the portal remembers."""
    token = pool.access_token(nora)
    options = pool.admin.start_web_authn_registration(AccessToken=token)
    credential = Authenticator().create(options["CredentialCreationOptions"])
    pool.admin.complete_web_authn_registration(AccessToken=token, Credential=credential)
    page = walker.open(LIST)
    assert names(page) == ["Passkey"]
    walker.open(page.link("Name"))
    assert names(walker.send("Save the name", name="From the app")) == ["From the app"]


# --- deleting ---------------------------------------------------------------------------------


def test_a_passkey_is_deleted_after_a_question(
    walker: Walker, pool: People, nora: Somebody, deliver_notices: Any
):
    """NOT-01, SES-06: said before, done, recorded, announced; other sign-ins can be ended then."""
    make(walker)
    walker.send("Save the name", name="Old key")
    page = walker.open(walker.page.link("Delete"))
    assert page.heading == "Delete “Old key”?"
    assert "Nobody can sign in with it any more." in page.text
    assert len(kept(pool, nora)) == 1
    page = walker.send("Delete it")
    assert names(page) == []
    assert "“Old key” is deleted." in page.text
    assert walker.open(page.link("End your other sessions")).status == 200
    assert "trusted devices" not in page.text, "no device skips anything here"
    assert "End your other sessions" not in walker.open(LIST).text
    assert kept(pool, nora) == []
    assert not NamedPasskey.objects.exists()
    assert outcomes("passkey_deleted") == ["intended", "done"]
    deliver_notices()
    assert "A passkey was deleted." in notices(pool.sandbox, nora)[0]


def test_one_that_is_gone_already_is_what_was_wanted(walker: Walker, pool: People, nora: Somebody):
    """RES-05: deleted meanwhile by another app."""
    make(walker)
    walker.open(LIST)
    walker.open(walker.page.link("Delete"))
    token = pool.access_token(nora)
    [there] = kept(pool, nora)
    pool.admin.delete_web_authn_credential(AccessToken=token, CredentialId=there["CredentialId"])
    assert walker.send("Delete it").status == 404


def by_passkey_alone(people: People, walker: Walker) -> Somebody:
    """Somebody without a password or a mailbox, who is signed in in this browser."""
    somebody = people.make()
    walker.sign_in(somebody)
    name = f"alone-{uuid4().hex[:12]}"
    known = {"UserPoolId": people.pool_id, "Username": name}
    address = {"Name": "email", "Value": f"{name}@example.com"}
    people.admin.admin_create_user(
        **known, UserAttributes=[address, {"Name": "email_verified", "Value": "true"}]
    )
    client = {"UserPoolId": people.pool_id, "ClientId": people.client_id()}
    people.admin.update_user_pool_client(
        **client, ExplicitAuthFlows=["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    )
    asked = people.admin.initiate_auth(
        AuthFlow="USER_AUTH",
        ClientId=client["ClientId"],
        AuthParameters={"USERNAME": name, "PREFERRED_CHALLENGE": "EMAIL_OTP"},
    )
    code = people.sandbox.newest_code(address["Value"])
    tokens = people.admin.respond_to_auth_challenge(
        ClientId=client["ClientId"],
        ChallengeName="EMAIL_OTP",
        Session=asked["Session"],
        ChallengeResponses={"USERNAME": name, "EMAIL_OTP_CODE": code},
    )["AuthenticationResult"]
    people.admin.admin_delete_user_attributes(**known, UserAttributeNames=["email"])
    session = SessionStore(session_id(walker))
    kept_tokens = {"access": tokens["AccessToken"], "refresh": tokens["RefreshToken"]}
    session["credentials"] = vault.seal(kept_tokens)
    session.save()
    return Somebody(name, "", "")


def test_the_only_way_in_stays(walker: Walker, make_pool: MakePool):
    """Design law 4: an account with no password and no code keeps its last passkey."""
    first = ("PASSWORD", "EMAIL_OTP", "WEB_AUTHN")
    people = make_pool(mfa="OFF", offered=(), first=first, passkeys={"RelyingPartyId": "localhost"})
    by_passkey_alone(people, walker)
    make(walker)
    walker.open(LIST)
    page = walker.open(walker.page.link("Delete"))
    assert "It is your only way in" in page.text
    assert not page.soup.select(f'main form[action="{page.url}"]')
    page = walker.post(page.url, {})
    assert page.status == 422
    assert "It is your only way in" in page.text
    assert names(walker.open(LIST)) == ["Passkey"]
    make(walker)
    walker.open(LIST)
    walker.open(walker.page.link("Delete"))
    assert names(walker.send("Delete it")) == ["Passkey"]


# --- instead of a code ------------------------------------------------------------------------


@pytest.fixture
def ella(walker: Walker, pool: People) -> Somebody:
    """Signed in, with an app that is on, and a passkey."""
    somebody = pool.make(app=True, on=(APP,))
    walker.sign_in(somebody)
    make(walker)
    return somebody


def asked_first(people: People, somebody: Somebody) -> set[str]:
    """What the pool offers at the sign-in by choice."""
    reply = people.admin.initiate_auth(
        AuthFlow="USER_AUTH",
        ClientId=people.client_id(),
        AuthParameters={"USERNAME": somebody.username},
    )
    return set(reply["AvailableChallenges"])


@pytest.mark.usefixtures("by_choice")
def test_a_passkey_takes_the_place_of_the_code_and_gives_it_back(
    walker: Walker, pool: People, ella: Somebody, deliver_notices: Any
):
    """NOT-01: what the page says before and after is what the pool does at sign-in."""
    page = walker.open(LIST)
    assert "Sign-in does not offer your passkey while a second step is on" in page.text
    assert "WEB_AUTHN" not in asked_first(pool, ella)
    page = walker.send("Use it instead of a code")
    assert "Your passkey can be used instead of a code." in page.text
    assert "It takes the place of your password and of the code." in page.text
    assert "WEB_AUTHN" in asked_first(pool, ella)
    assert pool.on(ella) == {APP}
    page = walker.send("Stop using it instead of a code")
    assert "Your passkey is not used any more instead of a code." in page.text
    assert "WEB_AUTHN" not in asked_first(pool, ella)
    deliver_notices()
    told = notices(pool.sandbox, ella)
    assert any("A passkey may be used instead of a code." in each for each in told)
    assert any("A passkey cannot be used any more instead of a code." in each for each in told)


@pytest.mark.usefixtures("by_choice")
def test_the_page_of_a_new_passkey_offers_it_instead_of_the_code(walker: Walker, pool: People):
    """No second visit for it; once it is on, the next one is not asked about."""
    somebody = pool.make(app=True, on=(APP,))
    walker.sign_in(somebody)
    assert make(walker).heading == "Your passkey is ready"
    page = walker.send(INSTEAD)
    assert "Your passkey can be used instead of a code." in page.text
    assert "WEB_AUTHN" in asked_first(pool, somebody)
    assert INSTEAD not in make(walker).text


@pytest.mark.usefixtures("by_choice")
def test_it_is_not_offered_where_it_would_be_refused(
    walker: Walker, pool: People, nora: Somebody, make_pool: MakePool
):
    """Without another method, or where the pool does not allow it."""
    assert INSTEAD not in make(walker).text
    pool.admin.admin_set_user_mfa_preference(
        UserPoolId=pool.pool_id,
        Username=nora.username,
        EmailMfaSettings={"Enabled": True, "PreferredMfa": True},
    )
    assert INSTEAD in walker.open(walker.page.url).text
    strict = make_pool(first=FIRST, passkeys={"RelyingPartyId": "localhost"})
    walker.send("Sign out")
    walker.sign_in(strict.make(app=True, on=(APP,)))
    assert INSTEAD not in make(walker).text


def test_it_is_not_offered_where_signing_in_takes_none(walker: Walker, ella: Somebody):
    """It would change nothing here; on the page of passkeys it stands, and says so."""
    assert INSTEAD not in make(walker).text
    assert INSTEAD in walker.open(LIST).text


def test_the_switch_costs_one_write(walker: Walker, ella: Somebody, sandbox: Sandbox):
    walker.open(LIST)
    with calls_counted(sandbox) as calls:
        walker.send("Use it instead of a code")
    assert calls == {"GetUser": 2, "SetUserMFAPreference": 1, "ListWebAuthnCredentials": 1}


def test_the_last_other_method_cannot_go_meanwhile(walker: Walker, pool: People, ella: Somebody):
    """FAC-01: by page, by hand and as JSON; without the switch it can."""
    walker.open(LIST)
    walker.send("Use it instead of a code")
    page = walker.open("/turn-off/totp/")
    assert "It stays on" in page.text
    assert not page.soup.select('main form[action="/turn-off/totp/"]')
    page = walker.open("/preference/")
    page = walker.send("Save", activated=[], preferred="")
    assert "that needs another method that is on" in " ".join(page.errors)
    state = walker.json("GET", "/api/v1/mfa").json()["data"]
    response = walker.json(
        "PUT",
        "/api/v1/mfa/preference",
        {"activated": [], "preferred": None, "digest": state["digest"]},
    )
    assert response.status_code == 422
    assert response.json()["error"]["details"]["reason"] == "passkey_needs_another"
    assert pool.on(ella) == {APP}
    walker.open(LIST)
    walker.send("Stop using it instead of a code")
    walker.open("/turn-off/totp/")
    walker.send("Turn off authenticator app")
    assert pool.on(ella) == set()


def test_it_needs_another_method(walker: Walker, pool: People, nora: Somebody):
    """Said on the page, and refused where somebody posts it anyway."""
    make(walker)
    page = walker.open(LIST)
    assert "This needs another method that is on" in page.text
    page = walker.post(f"{LIST}instead-of-code/", {"use": "yes"})
    assert page.status == 422
    assert "only beside another method that is on" in page.text
    assert not PasskeySwitch.objects.filter(is_on=True).exists()
    assert outcomes("passkey_instead_of_code")[0] == "intended"


@pytest.mark.usefixtures("by_choice")
def test_a_pool_that_does_not_allow_it_says_so(walker: Walker, make_pool: MakePool):
    people = make_pool(first=FIRST, passkeys={"RelyingPartyId": "localhost"})
    walker.sign_in(people.make(app=True, on=(APP,)))
    make(walker)
    page = walker.open(LIST)
    assert "Passkeys cannot be used instead of a code here." in page.text
    assert "passkeys cannot take its place here" in page.text
    page = walker.post(f"{LIST}instead-of-code/", {"use": "yes"})
    assert page.status == 422
    assert states(walker.open("/"))["Passkey"] == "off"


def test_where_everybody_is_asked_the_flag_of_the_other_one_is_set_along(
    walker: Walker, required_pool: People
):
    """Contract 2.3, 2.6: an app in force without a flag is none to the pool's own rule."""
    tom = required_pool.make(app=True)
    walker.sign_in(tom)
    make(walker)
    walker.open(LIST)
    page = walker.send("Use it instead of a code")
    assert "Your passkey can be used instead of a code." in page.text
    assert required_pool.on(tom) == {APP}
    assert "WEB_AUTHN" in asked_first(required_pool, tom)


@pytest.mark.usefixtures("by_choice")
def test_with_the_last_passkey_goes_its_use_instead_of_a_code(
    walker: Walker, pool: People, ella: Somebody
):
    """Nothing holds the app on any more."""
    walker.open(LIST)
    walker.send("Use it instead of a code")
    page = walker.open(walker.page.link("Delete"))
    assert "From then on we ask for a code again" in page.text
    walker.send("Delete it")
    assert not PasskeySwitch.objects.filter(is_on=True).exists()
    walker.open("/turn-off/totp/")
    walker.send("Turn off authenticator app")
    assert pool.on(ella) == set()


def test_a_cut_while_switching_on_errs_where_nobody_is_locked_out(
    walker: Walker, pool: People, ella: Somebody, sandbox: Sandbox
):
    """RES-06: the portal takes it for on, and the same page turns it off or on again."""
    walker.open(LIST)
    with sandbox.trouble("SetUserMFAPreference", "reset"):
        assert walker.send("Use it instead of a code").status == 504
    assert outcomes("passkey_instead_of_code") == ["intended", "unknown"]
    walker.open(LIST)
    page = walker.send("Stop using it instead of a code")
    assert page.heading == "Your passkeys"
    assert "WEB_AUTHN" not in asked_first(pool, ella)


@pytest.mark.parametrize("given", [{}, {"use": "perhaps"}])
def test_an_unknown_wish_changes_nothing(walker: Walker, ella: Somebody, given: dict[str, str]):
    walker.open(LIST)
    assert walker.post(f"{LIST}instead-of-code/", given).heading == "Your passkeys"
    assert not PasskeySwitch.objects.exists()


# --- the overview and the history -------------------------------------------------------------


@pytest.mark.usefixtures("by_choice")
def test_the_overview_has_a_line_for_them(walker: Walker, nora: Somebody, sandbox: Sandbox):
    with calls_counted(sandbox) as calls:
        page = walker.open("/")
    assert calls == {"GetUser": 1, "GetUserAuthFactors": 1}
    assert page.heading == OVERVIEW
    assert states(page)["Passkey"] == "off"
    make(walker)
    page = walker.open("/")
    assert states(page)["Passkey"] == "on"
    assert page.link("See your passkeys").endswith(LIST)


def test_the_history_tells_of_each_change(walker: Walker, ella: Somebody):
    """AUD-02."""
    walker.open(LIST)
    walker.send("Use it instead of a code")
    walker.open(walker.page.link("Delete"))
    walker.send("Delete it")
    page = walker.open("/activity/")
    for said in (
        "A passkey was added",
        "A passkey may be used instead of a code",
        "A passkey was deleted",
    ):
        assert said in page.text


def test_nothing_secret_is_recorded(walker: Walker, pool: People, ella: Somebody):
    """(AUD-03) neither the id that the device chose nor the challenge."""
    [there] = kept(pool, ella)
    rows = json.dumps(list(AuditRecord.objects.values("event", "detail", "factor")))
    assert there["CredentialId"] not in rows
    assert {each.factor for each in AuditRecord.objects.filter(event="passkey_added")} == {
        "WEB_AUTHN"
    }
    receipt = AuditRecord.objects.filter(event="passkey_added", outcome="intended").get().id
    assert walker.open(f"/changes/{receipt}/").status == 200
    assert walker.open(f"/enrolment/ready/{receipt}/").status == 404
