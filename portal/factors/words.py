"""What the pages say. No jargon: the code keeps Cognito's terms, people get these.

Tables are written in English, the functions speak the language of the request. Sentences about
one method or another are in `sentences`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.languages import joined
from portal.factors import sentences
from portal.factors.domain import (
    Factor,
    MfaPreference,
    Next,
    NextChallenge,
    PasskeyUse,
    PreferenceRefused,
    Refusal,
)
from portal.factors.readiness import Finding, Gap, Step
from portal.factors.sentences import Act, PerMethod

LABEL: PerMethod = {
    Factor.TOTP: gettext_noop("Authenticator app"),
    Factor.SMS: gettext_noop("Text message"),
    Factor.EMAIL: gettext_noop("E-mail"),
}
# As people list what they may be asked for.
IN_SENTENCE: PerMethod = {
    Factor.TOTP: gettext_noop("your authenticator app"),
    Factor.SMS: gettext_noop("a text message"),
    Factor.EMAIL: gettext_noop("an e-mail"),
}
DESCRIPTION: PerMethod = {
    Factor.TOTP: gettext_noop(
        "An app on your phone shows a new code every 30 seconds. Works without network."
    ),
    Factor.SMS: gettext_noop("We text a code to your phone each time you sign in."),
    Factor.EMAIL: gettext_noop("We e-mail a code to you each time you sign in."),
}
ICON = {Factor.TOTP: "app", Factor.SMS: "message", Factor.EMAIL: "email"}
SLUG = {Factor.TOTP: "totp", Factor.SMS: "sms", Factor.EMAIL: "email"}
FACTOR_OF = {slug: factor for factor, slug in SLUG.items()}

ASK_EACH_TIME = gettext_noop("Ask me each time")

# Where no method is named.
REFUSED = {
    Refusal.NOT_ENROLLED: gettext_noop(
        "This method is not set up yet. Set it up first, then it can be turned on."
    ),
    Refusal.NOT_OFFERED: gettext_noop("This method is not offered here."),
    Refusal.NOT_USABLE: gettext_noop(
        "This method is how you get back in when you forget your password, so it cannot also be "
        "asked for at sign-in."
    ),
    Refusal.PREFERRED_IS_OFF: gettext_noop(
        "This method is off. Turn it on before you choose it as the first one."
    ),
    Refusal.REQUIRED: gettext_noop(
        "Everybody here signs in with a second step, so This method stays on."
    ),
    Refusal.LAST_FACTOR: gettext_noop(
        "This method is your only way to confirm a sign-in, and everybody here needs one. Set up "
        "another method first."
    ),
    Refusal.WHICH_NEXT: gettext_noop("Choose which method shall be asked for first from now on."),
    Refusal.PASSKEY_NOT_ALLOWED: gettext_noop("Passkeys cannot be used instead of a code here."),
    Refusal.PASSKEY_NEEDS_ANOTHER: gettext_noop(
        "You use a passkey instead of a code, and that needs another method that is on, in case "
        "you lose the passkey. This method stays on: set up another method first, or stop using "
        "the passkey instead of a code."
    ),
}


NOT_ASKED_HERE = gettext_noop("Signing in here does not ask for passkeys.")
PASSKEY_USE = {
    PasskeyUse.OFFERED: gettext_noop(
        "At sign-in you can choose your passkey instead of your password."
    ),
    PasskeyUse.INSTEAD_OF_CODE: gettext_noop(
        "At sign-in you can choose your passkey. It takes the place of your password and of the "
        "code."
    ),
    PasskeyUse.SWITCH_IS_OFF: gettext_noop(
        "Sign-in does not offer your passkey while a second step is on, unless you let the "
        "passkey take the place of the code."
    ),
    PasskeyUse.NOT_ALLOWED: gettext_noop(
        "Sign-in does not offer your passkey, because you have a second step and passkeys cannot "
        "take its place here."
    ),
    PasskeyUse.NOT_HERE: gettext_noop(
        "Signing in here does not ask for passkeys. Other apps of your account may."
    ),
    PasskeyUse.NOWHERE: NOT_ASKED_HERE,
}

PASSKEY_ALONE = gettext_noop(
    "A passkey can be used instead of a code only beside another method that is on, in case you "
    "lose the passkey. Set up an authenticator app first."
)


def label(factor: Factor) -> str:
    """The name of a method, as it stands alone."""
    return _(LABEL[factor])


def act(what: Act, factor: Factor) -> str:
    """What a button does, with the method: `Turn off text message`."""
    return _(sentences.ACT[what][factor])


def passkey_use(use: PasskeyUse) -> str:
    return _(PASSKEY_USE[use])


def refused(problem: PreferenceRefused) -> str:
    by_method = sentences.REFUSED.get(problem.refusal)
    if by_method and problem.factor:
        return _(by_method[problem.factor])
    return _(REFUSED[problem.refusal])


def refused_passkeys(problem: PreferenceRefused) -> str:
    """Why a passkey cannot stand for the code."""
    if problem.refusal is Refusal.PASSKEY_NEEDS_ANOTHER:
        return _(PASSKEY_ALONE)
    return _(REFUSED[problem.refusal])


@dataclass(frozen=True)
class NextSignIn:
    """The sentence of the overview: what will happen, and what it means."""

    headline: str
    details: tuple[str, ...] = ()
    tone: str = "calm"


def either(factors: Sequence[Factor]) -> str:
    """`your authenticator app, a text message or an e-mail`."""
    return joined([_(IN_SENTENCE[factor]) for factor in factors], "or")


def next_sign_in(challenge: NextChallenge) -> NextSignIn:
    """Say what the person will be asked the next time, after name and password."""
    return {
        Next.NOTHING: _nothing,
        Next.ONE: _one,
        Next.CHOICE: _choice,
        Next.SET_UP: _set_up,
        Next.STUCK: _stuck,
    }[challenge.kind](challenge.factors)


def _nothing(factors: Sequence[Factor]) -> NextSignIn:
    return NextSignIn(
        _("Your password alone will let you in."),
        (_("Anyone who learns your password could sign in as you."),),
        "warning",
    )


def _one(factors: Sequence[Factor]) -> NextSignIn:
    return NextSignIn(_(sentences.ASKED_AFTER_PASSWORD[factors[0]]))


def _choice(factors: Sequence[Factor]) -> NextSignIn:
    said = _("After your password, we will let you choose: {methods}.")
    return NextSignIn(said.format(methods=either(factors)))


def _set_up(factors: Sequence[Factor]) -> NextSignIn:
    return NextSignIn(
        _("After your password, you will be asked to set up a second step."),
        (_("Set it up now, while you have time for it."),),
        "warning",
    )


def _stuck(factors: Sequence[Factor]) -> NextSignIn:
    return NextSignIn(
        _("As things are, you may not be able to sign in."),
        (_("Set up an authenticator app now, or ask the people who run your account for help."),),
        "warning",
    )


class WhyNot(StrEnum):
    """Why sign-in does not ask for a method that is on."""

    NOT_OFFERED = "not_offered"
    RECOVERY = "recovery"
    NOWHERE = "nowhere"


WHY_NOT = {
    # Translators: “it” is a sign-in method; “… but sign-in does not use it:” stands before.
    WhyNot.NOT_OFFERED: gettext_noop("it is not offered here any more."),
    # Translators: “it” is a sign-in method; “… but sign-in does not use it:” stands before.
    WhyNot.RECOVERY: gettext_noop("it is how you get back in when you forget your password."),
    # Translators: “it” is a code; “… but sign-in does not use this method:” stands before.
    WhyNot.NOWHERE: gettext_noop("your account has nowhere to send it."),
}


def will_not_work(factor: Factor, why: WhyNot, *, was_first: bool) -> str:
    """`E-mail comes first in your account, but sign-in does not use it: it is not offered …`."""
    said = sentences.FIRST_BUT_NOT_USED if was_first else sentences.ON_BUT_NOT_USED
    return _(said[factor]).format(why=_(WHY_NOT[why]))


def not_offered_beside(others: Sequence[Factor]) -> str:
    """Cognito asks for the first one and lets nobody choose another (contract 5.4, D06, D11)."""
    return _(sentences.NOT_OFFERED_BESIDE[tuple(others)]).format(choice=_(ASK_EACH_TIME))


GAP = {
    Gap.ONE_PHONE: gettext_noop(
        "All your methods need a phone. If it is one and the same, you could not sign in "
        "without it."
    ),
    Gap.NO_CODES: gettext_noop(
        "You have no recovery codes. They open the way back in when a method is lost."
    ),
    Gap.FEW_CODES: gettext_noop("You have few recovery codes left."),
}
STEP = {
    Step.ADD_PASSKEY: gettext_noop("Add a passkey"),
    Step.CHOOSE: gettext_noop("Choose what we ask for"),
    Step.CONFIRM: gettext_noop("Confirm it"),
    Step.GET_CODES: gettext_noop("Get recovery codes"),
}
STILL_YOURS: PerMethod = {
    Factor.TOTP: gettext_noop("Is your authenticator app still on a phone that you have?"),
    Factor.SMS: gettext_noop("Is this still your phone number?"),
    Factor.EMAIL: gettext_noop("Is this still your e-mail address?"),
}
OLD_CODES = gettext_noop("Is the list of your recovery codes still where you can find it?")


def gap(finding: Finding) -> str:
    """What would happen tonight."""
    if finding.about is None:
        return _(GAP[finding.gap])
    return _(sentences.GAP[finding.gap][finding.about])


def step(finding: Finding) -> str:
    """What the link to the next step says; empty where there is none."""
    return _(STEP[finding.step]) if finding.step in STEP else ""


def differences(before: MfaPreference | None, after: MfaPreference) -> list[str]:
    """Say what changed between two readings, for a person whose page had grown old."""
    if before is None:
        return [_("Your sign-in methods were changed since this page was opened.")]
    changed = [
        _((sentences.TURNED_ON if factor in after.activated else sentences.TURNED_OFF)[factor])
        for factor in Factor
        if (factor in before.activated) != (factor in after.activated)
    ]
    if before.preferred != after.preferred:
        changed.append(_first_now(after.preferred))
    return changed or [_("Your phone number or e-mail address was changed.")]


def _first_now(factor: Factor | None) -> str:
    if factor is None:
        return _("No method is asked first any more.")
    return _(sentences.NOW_FIRST[factor])


# Of an app and of passkeys: gone, and there.
ELSEWHERE = {
    "app": (
        gettext_noop("The authenticator app was removed."),
        gettext_noop("An authenticator app was set up."),
    ),
    "passkey": (
        gettext_noop("The last passkey was deleted."),
        gettext_noop("A passkey was added."),
    ),
}


def there_or_gone(name: str, *, is_there: bool) -> str:
    """What became of the app, or of passkeys."""
    return _(ELSEWHERE[name][is_there])


# Of a number and an address: what may become of it.
CONTACT = {
    "phone": {
        "added": gettext_noop("A phone number was added."),
        "removed": gettext_noop("The phone number was removed."),
        "changed": gettext_noop("The phone number was changed."),
        "unconfirmed": gettext_noop("The phone number is not confirmed any more."),
    },
    "email": {
        "added": gettext_noop("An e-mail address was added."),
        "removed": gettext_noop("The e-mail address was removed."),
        "changed": gettext_noop("The e-mail address was changed."),
        "unconfirmed": gettext_noop("The e-mail address is not confirmed any more."),
    },
}


def contact_elsewhere(name: str, before: str, after: str, *, replaced: bool) -> str:
    """What became of a number or an address. before, after: none, unconfirmed or confirmed."""
    became = "changed" if replaced else "unconfirmed"
    if before == "none":
        became = "added"
    elif after == "none":
        became = "removed"
    return _(CONTACT[name][became])
