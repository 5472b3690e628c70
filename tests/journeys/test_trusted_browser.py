"""A browser that somebody trusts, in a pool that tracks devices (contract 6, C115 to C122)."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as portal_settings

from accounts import vault
from accounts.models import AuditRecord, TrustedBrowser
from tests.clock import Clock
from tests.journeys.conftest import MakePool
from tests.journeys.steps import APP, CONFIRM, OVERVIEW, calls_counted, tokens_of
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

OPT_IN = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True}
ALWAYS = {"ChallengeRequiredOnNewDevice": True}
RECORDED = {"ChallengeRequiredOnNewDevice": False}
COOKIE = "mfa-browser"
FLOWS = ["USER_SRP_AUTH", "USER_PASSWORD_AUTH", "USER_AUTH"]


@pytest.fixture
def people(make_pool: MakePool) -> People:
    return make_pool(DeviceConfiguration=OPT_IN)


def _tom(people: People) -> Somebody:
    return people.make(app=True, on=(APP,))


def _password(walker: Walker, somebody: Somebody) -> Page:
    walker.open("/sign-in/?next=/preference/")
    if "Password" in walker.page.form().get_text():
        return walker.send("Sign in", login=somebody.username, password=somebody.password)
    walker.send("Continue", login=somebody.username)
    return walker.send("Sign in", password=somebody.password)


def _trusting(walker: Walker, tom: Somebody, *, trust: str | None = "on") -> Page:
    """Sign in with the app, and say whether to trust this browser."""
    _password(walker, tom)
    assert tom.app
    return walker.send("Continue", code=tom.app.code(), trust=trust)


def _sign_out(walker: Walker) -> None:
    walker.open("/")
    assert "You are signed out." in walker.send("Sign out").text


def _devices(people: People, somebody: Somebody) -> list[dict[str, str]]:
    """The confirmed ones: other clients leave others behind."""
    listed = people.admin.admin_list_devices(UserPoolId=people.pool_id, Username=somebody.username)[
        "Devices"
    ]
    return [
        {"key": device["DeviceKey"]}
        | {each["Name"]: each["Value"] for each in device["DeviceAttributes"]}
        for device in listed
        if any(each["Name"] == "device_name" for each in device["DeviceAttributes"])
    ]


def _remembered(people: People, somebody: Somebody) -> list[str]:
    return [each["dev:device_remembered_status"] for each in _devices(people, somebody)]


# --- trusting ---------------------------------------------------------------------------------


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("secret", [False, True], ids=["public", "secret"])
def test_a_trusted_browser_is_asked_for_the_password_only(
    walker: Walker, make_pool: MakePool, settings: Any, sandbox: Sandbox, flow: str, secret: bool
):
    """C118: the browser answers for itself, in every flow, with and without a client secret."""
    settings.COGNITO_SIGN_IN_FLOW = flow
    people = make_pool(DeviceConfiguration=OPT_IN)
    tom = _tom(people)
    if secret:
        _use_a_secret(people, settings)
    _password(walker, tom)
    assert "Trust this browser" in walker.page.text
    assert tom.app
    assert walker.send("Continue", code=tom.app.code(), trust="on").url == "/preference/"
    assert _remembered(people, tom) == ["remembered"]
    for _ in range(2):
        _sign_out(walker)
        assert _password(walker, tom).heading == CONFIRM
        assert walker.open("/").heading == OVERVIEW
    assert len(_devices(people, tom)) == 1


def _use_a_secret(people: People, settings: Any) -> None:
    """Let the portal use another client of the pool, one that has a secret."""
    made = people.admin.create_user_pool_client(
        UserPoolId=people.pool_id,
        ClientName="Secret",
        GenerateSecret=True,
        ExplicitAuthFlows=[*(f"ALLOW_{flow}" for flow in FLOWS), "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]
    settings.COGNITO_CLIENT_ID = made["ClientId"]
    settings.COGNITO_CLIENT_SECRET = made["ClientSecret"]


def test_another_browser_is_asked_as_ever(walker: Walker, second_walker: Walker, people: People):
    tom = _tom(people)
    _trusting(walker, tom)
    assert _password(second_walker, tom).url == "/sign-in/code/"


@pytest.mark.usefixtures("by_srp")
def test_an_alias_is_the_same_person(walker: Walker, make_pool: MakePool):
    """Keys belong to a person, not to the name that was typed (contract 6.2)."""
    people = make_pool(DeviceConfiguration=OPT_IN, AliasAttributes=["email"])
    tom = _tom(people)
    _trusting(walker, tom)
    _sign_out(walker)
    tom.username = tom.email
    _password(walker, tom)
    assert walker.open("/").heading == OVERVIEW


def test_several_people_may_trust_one_browser(walker: Walker, people: People):
    tom, ella = _tom(people), _tom(people)
    for somebody in (tom, ella):
        _trusting(walker, somebody)
        _sign_out(walker)
    for somebody in (tom, ella):
        _password(walker, somebody)
        assert walker.open("/").heading == OVERVIEW
        _sign_out(walker)


def test_saying_no_trusts_nothing_and_leaves_nothing(
    walker: Walker, people: People, sandbox: Sandbox
):
    """The device of that sign-in is confirmed, never remembered, and ends with it."""
    tom = _tom(people)
    _trusting(walker, tom, trust=None)
    assert _remembered(people, tom) == ["not_remembered"]
    assert COOKIE not in walker.client.cookies
    assert not TrustedBrowser.objects.exists()
    _sign_out(walker)
    assert _devices(people, tom) == []
    assert _password(walker, tom).url == "/sign-in/code/"


def test_a_pool_that_always_remembers_asks_with_the_box_ticked(
    walker: Walker, second_walker: Walker, make_pool: MakePool
):
    """C116: what it would do unasked, a person may still refuse."""
    people = make_pool(DeviceConfiguration=ALWAYS)
    tom = _tom(people)
    page = _password(walker, tom)
    assert page.soup.select("input[name=trust][checked]")
    assert tom.app
    walker.send("Continue", code=tom.app.code())
    assert _remembered(people, tom) == ["remembered"]
    _trusting(second_walker, tom, trust=None)
    assert sorted(_remembered(people, tom)) == ["not_remembered", "remembered"]
    _sign_out(second_walker)
    assert _password(second_walker, tom).url == "/sign-in/code/"


@pytest.mark.parametrize("tracking", [None, RECORDED], ids=["off", "recorded"])
def test_it_is_offered_only_where_it_would_spare_something(
    walker: Walker, make_pool: MakePool, tracking: dict[str, bool] | None
):
    people = make_pool(**({"DeviceConfiguration": tracking} if tracking else {}))
    tom = _tom(people)
    assert "Trust this browser" not in _password(walker, tom).text
    assert tom.app
    walker.send("Continue", code=tom.app.code())
    assert walker.open("/").heading == OVERVIEW


def test_the_operator_may_withhold_it(walker: Walker, people: People, settings: Any):
    settings.TRUST_BROWSERS = False
    assert "Trust this browser" not in _password(walker, _tom(people)).text


def test_a_wrong_code_keeps_the_tick(walker: Walker, people: People):
    tom = _tom(people)
    _password(walker, tom)
    assert tom.app
    page = walker.send("Continue", code=tom.app.wrong_code(), trust="on")
    assert page.status == 422
    assert page.soup.select("input[name=trust][checked]")


# --- what is kept -----------------------------------------------------------------------------


def test_the_cookie_says_nothing_and_the_database_keeps_no_key_in_clear(
    walker: Walker, people: People
):
    """(SES-10, SES-01, DAT-02, SES-11) opaque, hashed there, and the secret sealed."""
    tom = _tom(people)
    _trusting(walker, tom)
    cookie = walker.client.cookies[COOKIE]
    assert len(cookie.value) == 43
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    row = TrustedBrowser.objects.values().get()
    kept = vault.unseal(row["sealed"])
    assert set(kept) == {"key", "group_key", "secret", "names"}
    for secret in (cookie.value, tom.username, kept["key"], kept["secret"], kept["group_key"]):
        assert secret not in str(row)
    pages = "".join(page.html for page in walker.visited)
    assert not any(secret in pages for secret in (kept["key"], kept["secret"], cookie.value))


def test_a_planted_cookie_is_exchanged(walker: Walker, second_walker: Walker, people: People):
    """(SES-02) whoever put one there before has nothing of what is trusted after."""
    tom = _tom(people)
    planted = "p" * 43
    walker.client.cookies[COOKIE] = planted
    _trusting(walker, tom)
    assert walker.client.cookies[COOKIE].value != planted
    second_walker.client.cookies[COOKIE] = planted
    assert _password(second_walker, tom).url == "/sign-in/code/"


@pytest.mark.parametrize("nonsense", ["", "x", "é" * 43, "x" * 43, "x" * 4000, "../" * 14 + "a"])
def test_nonsense_in_the_cookie_is_nothing(walker: Walker, people: People, nonsense: str):
    walker.client.cookies[COOKIE] = nonsense
    assert _password(walker, _tom(people)).url == "/sign-in/code/"


def test_trust_ends_in_time(walker: Walker, people: People, clock: Clock, settings: Any):
    """Here after three days, on the server and not by the cookie."""
    assert timedelta(days=30) == settings.TRUSTED_BROWSER_AGE
    settings.TRUSTED_BROWSER_AGE = timedelta(days=3)
    tom = _tom(people)
    _trusting(walker, tom)
    cookie = walker.client.cookies[COOKIE]
    assert int(cookie["max-age"]) == 3 * 24 * 3600
    _sign_out(walker)
    clock.forward(days=2)
    walker.client.cookies[COOKIE] = cookie.value
    _password(walker, tom)
    assert walker.open("/").heading == OVERVIEW
    _sign_out(walker)
    clock.forward(days=2)
    walker.client.cookies[COOKIE] = cookie.value
    assert _password(walker, tom).url == "/sign-in/code/"


def test_what_is_too_old_is_deleted(
    walker: Walker, second_walker: Walker, people: People, clock: Clock, settings: Any
):
    """(DAT-01) when the next browser is trusted, whoever's it is."""
    settings.TRUSTED_BROWSER_AGE = timedelta(days=3)
    tom, ella = _tom(people), _tom(people)
    _trusting(walker, tom)
    clock.forward(days=4)
    _trusting(second_walker, ella)
    assert TrustedBrowser.objects.count() == 1


def test_without_its_key_a_browser_is_any_browser(walker: Walker, people: People, settings: Any):
    """(DAT-02)"""
    tom = _tom(people)
    _trusting(walker, tom)
    _sign_out(walker)
    settings.TOKEN_KEYS = ["YW5vdGhlci1rZXktZm9yLXRlc3RzLTAxMjM0NTY3ODk="]
    assert _password(walker, tom).url == "/sign-in/code/"


def test_another_pool_knows_nothing_of_it(walker: Walker, people: People, make_pool: MakePool):
    """(AUZ-03)"""
    tom = _tom(people)
    _trusting(walker, tom)
    _sign_out(walker)
    other = make_pool(DeviceConfiguration=OPT_IN)
    twin = _tom(other)
    with calls_counted(other.sandbox) as calls:
        assert _password(walker, twin).url == "/sign-in/code/"
    assert calls["InitiateAuth"] == 1


# --- forgotten --------------------------------------------------------------------------------


@pytest.mark.parametrize("flow", FLOWS)
def test_a_forgotten_browser_falls_back_in_the_same_flow(
    walker: Walker, people: People, settings: Any, flow: str
):
    """C120: one press, the second step is asked for, and the browser can be trusted anew."""
    settings.COGNITO_SIGN_IN_FLOW = flow
    tom = _tom(people)
    _trusting(walker, tom)
    _sign_out(walker)
    for device in _devices(people, tom):
        people.admin.admin_forget_device(
            UserPoolId=people.pool_id, Username=tom.username, DeviceKey=device["key"]
        )
    assert _password(walker, tom).url == "/sign-in/code/"
    assert not TrustedBrowser.objects.exists()
    assert tom.app
    walker.send("Continue", code=tom.app.code(), trust="on")
    _sign_out(walker)
    _password(walker, tom)
    assert walker.open("/").heading == OVERVIEW


def test_a_browser_that_is_not_believed_falls_back_too(walker: Walker, people: People):
    """A secret that is wrong is not the person's password (C118)."""
    tom = _tom(people)
    _trusting(walker, tom)
    _sign_out(walker)
    row = TrustedBrowser.objects.get()
    row.sealed = vault.seal({**vault.unseal(row.sealed), "secret": "another"})
    row.save()
    assert _password(walker, tom).url == "/sign-in/code/"
    assert not TrustedBrowser.objects.exists()


def test_somebody_elses_key_falls_back_too(walker: Walker, people: People):
    """C121: "Invalid device key given."."""
    tom, ella = _tom(people), _tom(people)
    _trusting(walker, ella)
    _sign_out(walker)
    row = TrustedBrowser.objects.get()
    row.sealed = vault.seal({**vault.unseal(row.sealed), "names": [tom.username.lower()]})
    row.save()
    assert _password(walker, tom).url == "/sign-in/code/"


def test_a_browser_no_longer_remembered_is_asked_as_ever(walker: Walker, people: People):
    """C119: an administrator took the trust away, not the device."""
    tom = _tom(people)
    _trusting(walker, tom)
    _sign_out(walker)
    people.admin.admin_update_device_status(
        UserPoolId=people.pool_id,
        Username=tom.username,
        DeviceKey=_devices(people, tom)[0]["key"],
        DeviceRememberedStatus="not_remembered",
    )
    assert _password(walker, tom).url == "/sign-in/code/"


def test_a_wrong_password_is_wrong_on_a_trusted_browser_too(walker: Walker, people: People):
    tom = _tom(people)
    _trusting(walker, tom)
    _sign_out(walker)
    tom.password = "Not-The-Password-1"
    page = _password(walker, tom)
    assert (page.status, page.url) == (422, "/sign-in/")
    assert TrustedBrowser.objects.count() == 1


def test_a_first_password_on_a_trusted_browser(walker: Walker, people: People):
    """An administrator set a temporary one: replaced first, then asked as on any browser."""
    tom = _tom(people)
    _trusting(walker, tom)
    _sign_out(walker)
    people.admin.admin_set_user_password(
        UserPoolId=people.pool_id, Username=tom.username, Password="Temporary-1-x", Permanent=False
    )
    tom.password = "Temporary-1-x"
    assert _password(walker, tom).heading == "Choose a new password"
    assert walker.send("Save", new_password="Another-Ferry-52").url == "/sign-in/code/"


# --- the session ------------------------------------------------------------------------------


@pytest.mark.parametrize("trust", ["on", None], ids=["trusted", "passing"])
def test_the_session_is_renewed_by_its_device(
    walker: Walker, people: People, clock: Clock, sandbox: Sandbox, trust: str | None
):
    """C122: a pool that tracks devices renews nothing without the key."""
    _trusting(walker, _tom(people), trust=trust)
    before = tokens_of(walker)["access"]
    for _ in range(5):
        clock.forward(minutes=14)
        assert walker.open("/").heading == OVERVIEW
    assert tokens_of(walker)["access"] != before


def test_trouble_with_the_device_keeps_nobody_out(walker: Walker, people: People, sandbox: Sandbox):
    """(RES-06) the sign-in stands; the next one can trust the browser."""
    tom = _tom(people)
    _password(walker, tom)
    assert tom.app
    with sandbox.trouble("ConfirmDevice", "error", code="InternalErrorException"):
        walker.send("Continue", code=tom.app.code(), trust="on")
    assert walker.open("/").heading == OVERVIEW
    assert not TrustedBrowser.objects.exists()
    assert COOKIE not in walker.client.cookies


def test_a_trusted_browser_opens_pages_and_no_changes(
    walker: Walker, people: People, sandbox: Sandbox
):
    """(REA-01, REA-03) without the second step no change is open, however fresh the sign-in."""
    tom = _tom(people)
    _trusting(walker, tom)
    _sign_out(walker)
    assert _password(walker, tom).heading == CONFIRM
    assert not walker.open("/").soup.select(".changes-until")
    state = walker.json("GET", "/api/v1/mfa").json()["data"]
    answer = walker.json(
        "PUT",
        "/api/v1/mfa/preference",
        {"activated": [], "preferred": None, "digest": state["digest"]},
    )
    assert answer.json()["error"]["code"] == "REAUTHENTICATION_REQUIRED"
    walker.open("/turn-off/totp/")
    walker.send("Continue", password=tom.password)
    assert walker.page.url == "/sign-in/code/"
    assert "Trust this browser" not in walker.page.text
    assert tom.app
    assert walker.send("Continue", code=tom.app.code()).url == "/turn-off/totp/"


@pytest.mark.parametrize("flow", FLOWS)
def test_proving_again_never_takes_the_browsers_word(
    walker: Walker, people: People, clock: Clock, settings: Any, flow: str
):
    """(REA-03)"""
    settings.COGNITO_SIGN_IN_FLOW = flow
    tom = _tom(people)
    _trusting(walker, tom)
    clock.forward(minutes=6)
    walker.open("/preference/")
    page = walker.send("Continue", password=tom.password)
    assert page.url == "/sign-in/code/"
    assert tom.app
    assert walker.send("Continue", code=tom.app.code()).url == "/preference/"


def test_proving_again_leaves_no_device_behind(
    walker: Walker, people: People, clock: Clock, sandbox: Sandbox
):
    """Each proof is a sign-in of its own: the device of the last one goes when it is replaced."""
    tom = _tom(people)
    _trusting(walker, tom)
    for _ in range(3):
        clock.forward(minutes=6)
        walker.open("/preference/")
        walker.prove_again(tom)
    assert sorted(_remembered(people, tom)) == ["not_remembered", "remembered"]
    _sign_out(walker)
    assert _remembered(people, tom) == ["remembered"]


@pytest.mark.usefixtures("by_srp")
def test_a_sign_in_costs_what_it_must(walker: Walker, people: People, sandbox: Sandbox):
    """Three calls more to trust a browser, two more to be known by it."""
    tom = _tom(people)
    walker.open("/sign-in/")
    with calls_counted(sandbox) as calls:
        _trusting(walker, tom)
    assert (calls["ConfirmDevice"], calls["UpdateDeviceStatus"]) == (1, 1)
    _sign_out(walker)
    with calls_counted(sandbox) as calls:
        _password(walker, tom)
    assert (calls["InitiateAuth"], calls["RespondToAuthChallenge"]) == (1, 3)
    assert not {"ConfirmDevice", "UpdateDeviceStatus", "ForgetDevice"} & set(calls)


def test_it_is_written_down(walker: Walker, people: People):
    """(AUD-02) that it is trusted, and each sign-in that it shortened."""
    tom = _tom(people)
    _trusting(walker, tom)
    _sign_out(walker)
    _password(walker, tom)
    rows = AuditRecord.objects.filter(event="signed_in").order_by("created_at")
    assert [row.detail for row in rows] == [{}, {"second_step": "trusted browser"}]
    assert AuditRecord.objects.filter(event="browser_trusted", outcome="done").count() == 1


def test_the_name_of_the_cookie_is_guarded_where_there_is_https():
    """(SES-10) `__Host-` there; plain names only on this machine."""
    assert portal_settings.BROWSER_COOKIE_NAME == portal_settings.COOKIE_PREFIX + COOKIE
