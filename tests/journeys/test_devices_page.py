"""Trusted devices: what the pool knows of them, and how one ends the trust."""

from dataclasses import dataclass
from typing import Any

import pytest
from pycognito.aws_srp import generate_hash_device

from accounts import recovery_codes
from accounts.devices import OWN_NAME
from accounts.models import AuditRecord
from tests.clock import Clock
from tests.journeys.conftest import MakePool
from tests.journeys.steps import APP, CONFIRM, calls_counted, enrol_app, notices
from tests.journeys.way_back import NEXT, subject_of, use_code
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker


@pytest.fixture
def tracking(make_pool: MakePool) -> People:
    """A pool that tracks devices, and lets a trusted one stand for the second step."""
    return make_pool(
        DeviceConfiguration={
            "ChallengeRequiredOnNewDevice": True,
            "DeviceOnlyRememberedOnUserPrompt": True,
        }
    )


@dataclass
class Laptop:
    """A device of another client of the pool: its key, and a token it got."""

    key: str
    token: str


def laptop_of(
    people: People, somebody: Somebody, name: str = "Old laptop", *, trusted: bool = True
) -> Laptop:
    reply = people.admin.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=people.client_id(),
        AuthParameters={"USERNAME": somebody.username, "PASSWORD": somebody.password},
    )
    result = reply["AuthenticationResult"]
    metadata = result["NewDeviceMetadata"]
    key = metadata["DeviceKey"]
    _, verifier = generate_hash_device(metadata["DeviceGroupKey"], key)  # type: ignore[no-untyped-call]
    token = result["AccessToken"]
    people.admin.confirm_device(
        AccessToken=token, DeviceKey=key, DeviceName=name, DeviceSecretVerifierConfig=verifier
    )
    if trusted:
        people.admin.update_device_status(
            AccessToken=token, DeviceKey=key, DeviceRememberedStatus="remembered"
        )
    return Laptop(key, token)


def known(people: People, somebody: Somebody) -> dict[str, str]:
    """What the pool says: other apps' devices by name, and whether each is remembered."""
    reply = people.admin.admin_list_devices(UserPoolId=people.pool_id, Username=somebody.username)
    told = {}
    for device in reply.get("Devices", ()):
        attributes = {a["Name"]: a["Value"] for a in device["DeviceAttributes"]}
        if not attributes.get("device_name", OWN_NAME).startswith(OWN_NAME):
            told[attributes["device_name"]] = attributes["dev:device_remembered_status"]
    return told


def row(page: Page, name: str) -> str:
    rows = [each.get_text(" ", strip=True) for each in page.soup.select("li.factor")]
    return next(each for each in rows if each.startswith(name))


def test_every_device_is_listed_with_what_it_may(
    walker: Walker, tracking: People, sandbox: Sandbox
):
    """One call; name, trust, place and times; no address in full."""
    nora = tracking.make()
    laptop_of(tracking, nora)
    laptop_of(tracking, nora, "Phone", trusted=False)
    walker.sign_in(nora)
    with calls_counted(sandbox) as calls:
        page = walker.open("/activity/devices/")
    assert calls == {"ListDevices": 1}
    assert "Trusted" in row(page, "Old laptop")
    assert "Not trusted" in row(page, "Phone")
    assert "127.0.0.1" not in page.html


def test_ending_the_trust_and_giving_it_back(walker: Walker, tracking: People):
    nora = tracking.make()
    laptop_of(tracking, nora)
    walker.sign_in(nora)
    walker.open("/activity/devices/")
    page = walker.send("Stop trusting Old laptop")
    assert "That device is not trusted any more." in page.text
    assert known(tracking, nora) == {"Old laptop": "not_remembered"}
    page = walker.send("Trust Old laptop")
    assert "That device is trusted." in page.text
    assert known(tracking, nora) == {"Old laptop": "remembered"}


def test_a_forgotten_device_is_asked_everything_again(
    walker: Walker, tracking: People, deliver_notices: object
):
    """NOT-01: and the person is told."""
    nora = tracking.make(app=True)
    tracking.admin.admin_set_user_mfa_preference(
        UserPoolId=tracking.pool_id,
        Username=nora.username,
        SoftwareTokenMfaSettings={"Enabled": False},
    )
    laptop_of(tracking, nora)
    walker.sign_in(nora)
    walker.open("/activity/devices/")
    page = walker.send("Forget Old laptop")
    assert "It is asked everything again" in page.text
    assert known(tracking, nora) == {}
    assert callable(deliver_notices)
    deliver_notices()
    assert any("A trusted device was removed." in each for each in notices(tracking.sandbox, nora))


def test_all_are_forgotten_at_once(walker: Walker, tracking: People):
    nora = tracking.make()
    for name in ("One", "Two", "Three"):
        laptop_of(tracking, nora, name)
    walker.sign_in(nora)
    walker.open("/activity/devices/")
    page = walker.send("Forget all devices")
    assert "devices are forgotten" in page.text
    assert known(tracking, nora) == {}
    rows = AuditRecord.objects.filter(event="all_devices_forgotten").order_by("created_at")
    assert [each.outcome for each in rows] == ["intended", "done"]


def test_a_change_needs_a_fresh_proof(walker: Walker, tracking: People, clock: Clock):
    """REA-01."""
    nora = tracking.make()
    laptop_of(tracking, nora)
    walker.sign_in(nora)
    walker.open("/activity/devices/")
    clock.forward(minutes=6)
    page = walker.send("Forget Old laptop")
    assert page.heading == CONFIRM
    assert known(tracking, nora) == {"Old laptop": "remembered"}


@pytest.mark.parametrize("path", ["forget", "remember"])
def test_somebody_elses_device_looks_like_none(walker: Walker, tracking: People, path: str):
    """AUZ-02: the session goes on, and the other one's device is untouched."""
    tom, nora = tracking.make(), tracking.make()
    theirs = laptop_of(tracking, tom)
    walker.sign_in(nora)
    walker.open("/activity/devices/")
    walker.post(f"/activity/devices/{path}/", {"device": theirs.key, "remembered": "no"})
    assert walker.page.heading == "Trusted devices"
    assert known(tracking, tom) == {"Old laptop": "remembered"}
    missing = walker.post(
        f"/activity/devices/{path}/",
        {"device": "eu-central-1_00000000-0000-4000-8000-000000000000", "remembered": "no"},
    )
    assert missing.heading == "Trusted devices"


@pytest.mark.parametrize("given", ["", "x", "eu_<script>", "eu-central-1_0" * 9])
def test_nonsense_is_no_device(walker: Walker, tracking: People, given: str):
    walker.sign_in(tracking.make())
    walker.open("/activity/devices/")
    for path in ("forget", "remember"):
        page = walker.post(f"/activity/devices/{path}/", {"device": given, "remembered": "no"})
        assert "could not be found" in page.text


def test_a_pool_that_tracks_none_says_so_in_a_sentence(walker: Walker, pool: People):
    walker.sign_in(pool.make())
    page = walker.open("/activity/devices/")
    assert "Devices are not remembered here" in page.text
    assert not page.soup.select("main form[action*=devices]")
    for path in ("forget-all", "forget", "remember"):
        device = "eu-central-1_00000000-0000-4000-8000-000000000000"
        page = walker.post(f"/activity/devices/{path}/", {"device": device, "remembered": "yes"})
        assert page.heading == "Trusted devices"


def test_the_app_is_not_touched_by_any_of_this(walker: Walker, tracking: People):
    nora = tracking.make(phone=True)
    laptop_of(tracking, nora)
    walker.sign_in(nora)
    walker.open("/activity/devices/")
    walker.send("Forget all devices")
    assert APP not in tracking.on(nora)


def test_after_a_change_of_methods_one_is_offered_to_forget_them(walker: Walker, tracking: People):
    """(SES-06) Cognito goes on trusting them; said only where there are such devices."""
    nora = tracking.make()
    walker.sign_in(nora)
    for _ in ("added", "replaced"):
        _, page = enrol_app(walker)
        assert page.link("Forget your trusted devices") == "/activity/devices/"
    walker.open("/turn-off/totp/")
    page = walker.send("Turn off")
    assert page.link("Forget your trusted devices") == "/activity/devices/"


def test_a_way_back_forgets_them_all(walker: Walker, tracking: People, settings: Any):
    """(SES-06, REC-01) a lost phone, or who has the laptop: none skips the new second step."""
    settings.RECOVERY = True
    ella = tracking.make()
    laptop_of(tracking, ella)
    ella.app = tracking.give_app(ella)
    tracking.prefer(ella, (APP,), APP)
    code, *_ = recovery_codes.make(subject_of(tracking, ella))
    assert known(tracking, ella) == {"Old laptop": "remembered"}
    assert use_code(walker, ella, code).heading == NEXT
    assert known(tracking, ella) == {}
