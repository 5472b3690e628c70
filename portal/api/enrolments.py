"""Adding a method as JSON: a start, a proof from it, and only then a change."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from ninja import Router

from accounts import guards, limits
from accounts.api.documented import changes
from accounts.api.gate import person_of
from accounts.api.idempotency import once, once_in_secret
from accounts.envelope import failure, success
from accounts.sessions import SignedInPerson
from accounts.totp import TotpKey
from portal.api import schemas
from portal.api.preconditions import check, drawn_from
from portal.api.schemas import AppProofIn, CodeIn, DrawnFromIn, MailboxIn, PhoneIn
from portal.api.views import saved_as
from portal.enrolment import channel as channels
from portal.enrolment import offers
from portal.enrolment.channel import Channel
from portal.enrolment.email.channel import EMAIL
from portal.enrolment.seen import Seen
from portal.enrolment.sms.channel import SMS
from portal.enrolment.totp import services as totp
from portal.factors import services
from portal.factors.domain import Factor, PreferenceRefused, Refusal

router = Router(tags=["Adding a method"])


def _begin(request: HttpRequest, factor: Factor) -> SignedInPerson:
    person = person_of(request)
    guards.require_changeable(person)
    if not offers.is_offered(factor):
        raise PreferenceRefused(Refusal.NOT_OFFERED, factor)
    check(request, person)
    return person


@router.post("/totp", url_name="totp", **changes(schemas.AppStarted))
@once_in_secret
def start_app(request: HttpRequest) -> HttpResponse:
    """Ask for the key of an authenticator app; one that is in use works until the new one does."""
    person = _begin(request, Factor.TOTP)
    limits.spend(limits.ENROL_PERSON, person.sub)
    key = TotpKey(totp.new_secret(person), person.username)
    return success({"secret": key.secret, "otpauth_uri": key.uri})


@router.post("/totp/verify", url_name="totp_verify", **changes(schemas.Saved))
@once
def prove_app(request: HttpRequest, proof: AppProofIn) -> HttpResponse:
    """A code from the new app turns it on."""
    person = _begin(request, Factor.TOTP)
    saved = totp.prove(person, proof.code, Seen.now(person))
    if proof.name:
        services.rename(person, Factor.TOTP, proof.name)
    return saved_as(person, saved)


@router.post("/sms", url_name="sms", **changes(schemas.CodeSent))
@once
def start_phone(request: HttpRequest, wanted: PhoneIn) -> HttpResponse:
    """Send a code to a phone number."""
    return _send(request, SMS, {"number": wanted.phone_number}, "phone_number")


@router.post("/email", url_name="email", **changes(schemas.CodeSent))
@once
def start_mailbox(request: HttpRequest, wanted: MailboxIn) -> HttpResponse:
    """Send a code to an e-mail address."""
    return _send(request, EMAIL, {"email": wanted.email}, "email")


def _send(
    request: HttpRequest, channel: Channel, typed: Mapping[str, str], member: str
) -> HttpResponse:
    person = _begin(request, channel.factor)
    form = channel.form(typed)
    if not form.is_valid():
        words = next(iter(form.errors.values()))[0]
        return failure(
            "VALIDATION_ERROR", "Invalid request parameters", 422, {"fields": {member: words}}
        )
    sent = channels.send_code(person, channel, form.value)
    return success({"destination": sent.destination, "replaced": bool(sent.previous)})


@router.post("/sms/verify", url_name="sms_verify", **changes(schemas.Saved))
@once
def prove_phone(request: HttpRequest, proof: CodeIn) -> HttpResponse:
    """The code of the text message turns the method on."""
    return _prove(request, SMS, proof.code)


@router.post("/email/verify", url_name="email_verify", **changes(schemas.Saved))
@once
def prove_mailbox(request: HttpRequest, proof: CodeIn) -> HttpResponse:
    """The code of the e-mail turns the method on."""
    return _prove(request, EMAIL, proof.code)


def _prove(request: HttpRequest, channel: Channel, code: str) -> HttpResponse:
    person = _begin(request, channel.factor)
    return saved_as(person, channels.confirm(person, channel, code))


@router.post("/sms/activate", url_name="sms_activate", **changes(schemas.Saved))
@once
def turn_on_phone(request: HttpRequest, wanted: DrawnFromIn) -> HttpResponse:
    """Turn on a number that is confirmed already."""
    return _turn_on(request, SMS, wanted.digest)


@router.post("/email/activate", url_name="email_activate", **changes(schemas.Saved))
@once
def turn_on_mailbox(request: HttpRequest, wanted: DrawnFromIn) -> HttpResponse:
    """Turn on an address that is confirmed already."""
    return _turn_on(request, EMAIL, wanted.digest)


def _turn_on(request: HttpRequest, channel: Channel, digest: str | None) -> HttpResponse:
    person = person_of(request)
    guards.require_changeable(person)
    seen = drawn_from(request, person, digest)
    return saved_as(person, channels.turn_on(person, channel, drawn_from=seen))
