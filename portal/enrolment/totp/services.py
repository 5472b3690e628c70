"""Enrolling an authenticator app: a secret, a proof from it, and only then a change."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import audit, guards, limits, notices
from accounts.cognito.errors import CognitoUnreachable, NothingToProve
from accounts.locks import locked
from accounts.sessions import SignedInPerson
from accounts.totp import device_name_today
from portal.enrolment.seen import Seen
from portal.enrolment.services import activate
from portal.factors import services
from portal.factors.domain import Factor
from portal.factors.services import Saved, lock_name

# What helps, in the order people need it: most wrong codes are only old ones.
HELP = (
    gettext_noop("That code is not right. Wait until your app shows a new one, then enter that."),
    gettext_noop(
        "That code is not right. Codes depend on the time: check that your phone sets its clock "
        "by itself, then enter the next code."
    ),
    gettext_noop(
        "That code is not right. Check that you read the code of the entry you have just added. "
        "If your app shows several, remove them and scan the QR code once more."
    ),
)


APP_ADDED = gettext_noop("An authenticator app was added.")
APP_REPLACED = gettext_noop("An authenticator app was replaced.")
TOO_MANY = gettext_noop(
    "There were too many wrong codes. Wait a minute, then enter the code your app shows then."
)


def new_secret(person: SignedInPerson) -> str:
    """Ask the pool for a secret. An app that is in use keeps working until the new one is proved.

    Errors: ReauthenticationNeeded, FactorNotOffered, SignInExpired, TryLater, CognitoUnreachable.
    """
    guards.require_enrolling(person)
    return person.self_service.associate_totp()


def prove(person: SignedInPerson, code: str, seen: Seen) -> Saved:
    """Check a code from the new app and turn the app on.

    seen: what was read when this set-up began; another app may have been asked for then.
    Errors: CodeRejected, CodeAlreadyUsed, NothingToProve, TooManyAttempts, LimitReached,
    ReauthenticationNeeded, SignInExpired, TryLater, CognitoUnreachable.
    """
    guards.require_proof_to_enrol(person)
    limits.spend_unless_frozen(person, limits.PROVE_PERSON, limits.NEW_APP)
    guards.require_enrolling(person)
    with (
        locked(lock_name(person)),
        audit.change(person, "totp_enrolled", factor=Factor.TOTP) as act,
    ):
        _verify(person, code)
        proved = limits.forgiving(person.username, limits.NEW_APP, also=Factor.TOTP)
        before = activate(person, Factor.TOTP, act, proved, seen)
        happened = APP_REPLACED if seen.is_on(Factor.TOTP) else APP_ADDED
        notices.announce(person, before.addresses, happened, about=act)
    return Saved(act.id, act.created_at, changed=True)


def _verify(person: SignedInPerson, code: str) -> None:
    """Have the pool check the code; after silence, see whether there is an app now (RES-04).

    Where an app was there before, nobody can tell the old from the new: the silence stays.
    Nothing to prove where there is an app: an earlier try got so far, and goes on here (RES-06).
    """
    try:
        person.self_service.verify_totp(code, device_name=device_name_today())
    except NothingToProve:
        if not services.has_app(person):
            raise
    except CognitoUnreachable:
        now = services.factors_of(person)
        had_one = Factor.TOTP in now.state.stored.activated or Factor.TOTP in now.records
        if had_one or not services.has_app(person):
            raise


def help_after(attempts: int) -> str:
    """What to say after the nth wrong code, the first being 1."""
    return _(HELP[min(attempts, len(HELP)) - 1])
