"""A form that waits for a proof: without its secrets, for a while, and only once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path

from accounts import held_forms, vault
from accounts.codes import CodeField, CodeForm
from accounts.doors.forms import (
    ConfirmPasswordForm,
    NewPasswordForm,
    PasswordForm,
    PasswordStepForm,
    ResetForm,
)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def held(request: HttpRequest) -> Any:
    return vault.unseal(request.session[held_forms.HELD])


def test_a_form_waits_with_every_value_of_every_field(ask: Any):
    """RES-05, REA-01: nothing that was chosen has to be chosen again."""
    request = ask("post", "/preference/", {"activated": ["SMS_MFA", "EMAIL_OTP"], "preferred": ""})
    held_forms.hold(request)
    assert held(request)["path"] == "/preference/"
    assert held(request)["fields"] == [
        ["activated", "SMS_MFA"],
        ["activated", "EMAIL_OTP"],
        ["preferred", ""],
    ]


def test_secrets_are_never_held(ask: Any):
    """SES-11, OTP-10: neither in clear nor sealed."""
    secrets = dict.fromkeys(held_forms.SECRETS, "canary")
    request = ask("post", "/enrolment/totp/", {**secrets, "afresh": "1"})
    held_forms.hold(request)
    assert held(request)["fields"] == [["afresh", "1"]]
    assert "canary" not in str(held(request))


def test_every_field_that_takes_a_secret_is_on_the_list():
    """SES-11: a new form with a password or a code cannot be forgotten here."""
    made: list[Any] = [
        CodeForm(),
        ConfirmPasswordForm(),
        NewPasswordForm(policy={}),
        PasswordForm(),
        PasswordStepForm(),
        ResetForm(policy={}),
    ]
    secret = {
        name
        for form in made
        for name, field in form.fields.items()
        if isinstance(field, CodeField) or isinstance(field.widget, forms.PasswordInput)
    }
    assert secret
    assert secret <= held_forms.SECRETS


def test_what_waits_is_sealed(ask: Any):
    """SES-11, DAT-02: a dump of the store shows no number."""
    request = ask("post", "/enrolment/sms/", {"number": "07400 123456"})
    held_forms.hold(request)
    assert "07400" not in str(dict(request.session))


def test_a_form_is_released_once(ask: Any):
    """RES-05, AUZ-07."""
    request = ask("post", "/preference/", {"preferred": ""})
    held_forms.hold(request)
    released = held_forms.release(request)
    assert released is not None
    assert released["path"] == "/preference/"
    assert held_forms.release(request) is None


def test_a_newer_form_replaces_an_older_one(ask: Any):
    """AUZ-07: one form waits, the last one."""
    request = ask("post", "/preference/", {"preferred": ""})
    held_forms.hold(request)
    request.path = "/turn-off/sms/"
    held_forms.hold(request)
    released = held_forms.release(request)
    assert released is not None
    assert released["path"] == "/turn-off/sms/"
    assert held_forms.release(request) is None


@pytest.mark.parametrize(("waited", "kept"), [(599, True), (600, False), (86_400, False)])
def test_a_form_waits_ten_minutes(waited: int, kept: bool, ask: Any):
    """AUZ-07: then what was chosen is forgotten."""
    request = ask("post", "/preference/", {"preferred": ""})
    with time_machine.travel(NOON, tick=False):
        held_forms.hold(request)
    with time_machine.travel(NOON + timedelta(seconds=waited), tick=False):
        assert (held_forms.release(request) is not None) == kept


def test_a_form_whose_seal_is_broken_is_lost(ask: Any):
    """RES-02, DAT-02."""
    request = ask("post", "/preference/", {"preferred": ""})
    request.session[held_forms.HELD] = "no seal"
    assert held_forms.release(request) is None
    assert held_forms.HELD not in request.session


def _receive(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    answer = HttpResponse()
    answer.seen = (request, kwargs)  # type: ignore[attr-defined]
    return answer


class _Urls:
    urlpatterns = (path("turn-off/<slug:slug>/", _receive),)


def test_a_form_is_carried_out_by_the_view_it_was_meant_for(ask: Any, settings: Any):
    """REA-01: in the request that brought the proof, as the POST it was."""
    settings.ROOT_URLCONF = _Urls
    request = ask("post", "/turn-off/sms/", {"preferred": ["", "x&y=z"], "code": "123456"})
    held_forms.hold(request)
    proof = ask("get", "/confirm/")
    answer: Any = held_forms.carry_out(proof, held(request))
    seen, kwargs = answer.seen
    assert kwargs == {"slug": "sms"}
    assert (seen.method, seen.path, seen.path_info) == ("POST", "/turn-off/sms/", "/turn-off/sms/")
    assert seen.POST.getlist("preferred") == ["", "x&y=z"]
    assert "code" not in seen.POST
    assert seen.resolver_match.kwargs == kwargs
