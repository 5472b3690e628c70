"""What the pages say. No jargon: the code keeps Cognito's terms, people get these."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

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

LABEL = {
    Factor.TOTP: "Authenticator app",
    Factor.SMS: "Text message",
    Factor.EMAIL: "E-mail",
}
IN_SENTENCE = {
    Factor.TOTP: "your authenticator app",
    Factor.SMS: "a text message",
    Factor.EMAIL: "an e-mail",
}
DESCRIPTION = {
    Factor.TOTP: "An app on your phone shows a new code every 30 seconds. Works without network.",
    Factor.SMS: "We text a code to your phone each time you sign in.",
    Factor.EMAIL: "We e-mail a code to you each time you sign in.",
}
ICON = {Factor.TOTP: "app", Factor.SMS: "message", Factor.EMAIL: "email"}
SLUG = {Factor.TOTP: "totp", Factor.SMS: "sms", Factor.EMAIL: "email"}
FACTOR_OF = {slug: factor for factor, slug in SLUG.items()}

ASK_EACH_TIME = "Ask me each time"

REFUSED = {
    Refusal.NOT_ENROLLED: "{label} is not set up yet. Set it up first, then it can be turned on.",
    Refusal.NOT_OFFERED: "{label} is not offered here.",
    Refusal.NOT_USABLE: (
        "{label} is how you get back in when you forget your password, "
        "so it cannot also be asked for at sign-in."
    ),
    Refusal.PREFERRED_IS_OFF: "{label} is off. Turn it on before you choose it as the first one.",
    Refusal.REQUIRED: "Everybody here signs in with a second step, so {label} stays on.",
    Refusal.LAST_FACTOR: (
        "{label} is your only way to confirm a sign-in, and everybody here needs one. "
        "Set up another method first."
    ),
    Refusal.WHICH_NEXT: "Choose which method shall be asked for first from now on.",
    Refusal.PASSKEY_NOT_ALLOWED: "Passkeys cannot be used instead of a code here.",
    Refusal.PASSKEY_NEEDS_ANOTHER: (
        "You use a passkey instead of a code, and that needs another method that is on, in case "
        "you lose the passkey. {label} stays on: set up another method first, or stop using the "
        "passkey instead of a code."
    ),
}


PASSKEY_USE = {
    PasskeyUse.OFFERED: "At sign-in you can choose your passkey instead of your password.",
    PasskeyUse.INSTEAD_OF_CODE: (
        "At sign-in you can choose your passkey. It takes the place of your password and of the "
        "code."
    ),
    PasskeyUse.SWITCH_IS_OFF: (
        "Sign-in does not offer your passkey while a second step is on, unless you let the "
        "passkey take the place of the code."
    ),
    PasskeyUse.NOT_ALLOWED: (
        "Sign-in does not offer your passkey, because you have a second step and passkeys cannot "
        "take its place here."
    ),
}

PASSKEY_ALONE = (
    "A passkey can be used instead of a code only beside another method that is on, in case you "
    "lose the passkey. Set up an authenticator app first."
)


def refused(problem: PreferenceRefused) -> str:
    label = LABEL[problem.factor] if problem.factor else "This method"
    return REFUSED[problem.refusal].format(label=label)


def refused_passkeys(problem: PreferenceRefused) -> str:
    """Why a passkey cannot stand for the code."""
    if problem.refusal is Refusal.PASSKEY_NEEDS_ANOTHER:
        return PASSKEY_ALONE
    return REFUSED[problem.refusal]


@dataclass(frozen=True)
class NextSignIn:
    """The sentence of the overview: what will happen, and what it means."""

    headline: str
    details: tuple[str, ...] = ()
    tone: str = "calm"


def either(factors: Sequence[Factor]) -> str:
    """`your authenticator app, a text message or an e-mail`."""
    names = [IN_SENTENCE[factor] for factor in factors]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def next_sign_in(challenge: NextChallenge) -> NextSignIn:
    """Say what the person will be asked the next time, after name and password."""
    return {
        Next.NOTHING: _nothing,
        Next.ONE: _one,
        Next.CHOICE: _choice,
        Next.SET_UP: _set_up,
        Next.STUCK: _stuck,
    }[challenge.kind](challenge.factors)


def _nothing(_: Sequence[Factor]) -> NextSignIn:
    return NextSignIn(
        "Your password alone will let you in.",
        ("Anyone who learns your password could sign in as you.",),
        "warning",
    )


def _one(factors: Sequence[Factor]) -> NextSignIn:
    return NextSignIn(
        {
            Factor.TOTP: "After your password, we will ask for a code from your authenticator app.",
            Factor.SMS: "After your password, we will text you a code and ask for it.",
            Factor.EMAIL: "After your password, we will e-mail you a code and ask for it.",
        }[factors[0]]
    )


def _choice(factors: Sequence[Factor]) -> NextSignIn:
    return NextSignIn(f"After your password, we will let you choose: {either(factors)}.")


def _set_up(_: Sequence[Factor]) -> NextSignIn:
    return NextSignIn(
        "After your password, you will be asked to set up a second step.",
        ("Set it up now, while you have time for it.",),
        "warning",
    )


def _stuck(_: Sequence[Factor]) -> NextSignIn:
    return NextSignIn(
        "As things are, you may not be able to sign in.",
        ("Set up an authenticator app now, or ask the people who run your account for help.",),
        "warning",
    )


class WhyNot(StrEnum):
    """Why sign-in does not ask for a method that is on."""

    NOT_OFFERED = "not_offered"
    RECOVERY = "recovery"
    NOWHERE = "nowhere"


WHY_NOT = {
    WhyNot.NOT_OFFERED: "it is not offered here any more.",
    WhyNot.RECOVERY: "it is how you get back in when you forget your password.",
    WhyNot.NOWHERE: "your account has nowhere to send it.",
}


def will_not_work(factor: Factor, why: WhyNot, *, was_first: bool) -> str:
    """`E-mail comes first in your account, but sign-in does not use it: it is not offered …`."""
    said = "comes first in your account" if was_first else "is on"
    return f"{LABEL[factor]} {said}, but sign-in does not use it: {WHY_NOT[why]}"


def not_offered_beside(first: Factor, others: Sequence[Factor]) -> str:
    """Cognito asks for the first one and lets nobody choose another (contract 5.4, D06, D11)."""
    rest = [LABEL[factor].lower() for factor in others]
    named = " and ".join(rest)
    verb = "is" if len(rest) == 1 else "are"
    return (
        f"{named[0].upper()}{named[1:]} {verb} on, too, but not offered then, "
        f"unless you choose “{ASK_EACH_TIME}”."
    )


HAVE = {
    Factor.TOTP: "authenticator app",
    Factor.SMS: "phone for text messages",
    Factor.EMAIL: "mailbox",
}
GAP = {
    Gap.ONLY_METHOD: "{label} is your only method. Without your {thing} you could not sign in.",
    Gap.FIRST_HIDES_OTHERS: (
        "Sign-in asks for {label} and offers nothing else. Without your {thing} you could not sign "
        "in, although other methods are on."
    ),
    Gap.ONE_PHONE: (
        "All your methods need a phone. If it is one and the same, you could not sign in "
        "without it."
    ),
    Gap.UNCONFIRMED: (
        "{label} is on, but you have never confirmed that codes reach you there. Do it now."
    ),
    Gap.ALSO_RECOVERY: (
        "{label} can also reset your password. Whoever has your {thing} would have both."
    ),
    Gap.NO_CODES: "You have no recovery codes. They open the way back in when a method is lost.",
    Gap.FEW_CODES: "You have few recovery codes left.",
}
STEP = {
    Step.SET_UP: "Set up {label}",
    Step.ADD_PASSKEY: "Add a passkey",
    Step.CHOOSE: "Choose what we ask for",
    Step.CONFIRM: "Confirm it",
    Step.GET_CODES: "Get new codes",
}
STILL_YOURS = {
    Factor.TOTP: "Is your authenticator app still on a phone that you have?",
    Factor.SMS: "Is this still your phone number?",
    Factor.EMAIL: "Is this still your e-mail address?",
}
OLD_CODES = "Do you still know where your recovery codes are?"


def gap(finding: Finding) -> str:
    """What would happen tonight."""
    about = finding.about
    if about is None:
        return GAP[finding.gap]
    named = IN_SENTENCE if finding.gap is Gap.FIRST_HIDES_OTHERS else LABEL
    return GAP[finding.gap].format(label=named[about], thing=HAVE[about])


def step(finding: Finding) -> str:
    """What the link to the next step says; empty where there is none."""
    if finding.step is Step.NONE:
        return ""
    label = LABEL[finding.with_factor].lower() if finding.with_factor else ""
    return STEP[finding.step].format(label=label)


def differences(before: MfaPreference | None, after: MfaPreference) -> list[str]:
    """Say what changed between two readings, for a person whose page had grown old."""
    if before is None:
        return ["Your sign-in methods were changed since this page was opened."]
    changed = [
        f"{LABEL[factor]} was turned {'on' if factor in after.activated else 'off'}."
        for factor in Factor
        if (factor in before.activated) != (factor in after.activated)
    ]
    if before.preferred != after.preferred:
        changed.append(
            f"{LABEL[after.preferred]} is now asked first."
            if after.preferred
            else "No method is asked first any more."
        )
    return changed or ["Your phone number or e-mail address was changed."]


# Of an app and of passkeys: gone, and there.
ELSEWHERE = {
    "app": ("The authenticator app was removed.", "An authenticator app was set up."),
    "passkey": ("The last passkey was deleted.", "A passkey was added."),
}
CONTACT = {"phone": "phone number", "email": "e-mail address"}


def contact_elsewhere(name: str, before: str, after: str, *, replaced: bool) -> str:
    """What became of a number or an address. before, after: none, unconfirmed or confirmed."""
    thing = CONTACT[name]
    if before == "none":
        return f"{'An' if thing[0] == 'e' else 'A'} {thing} was added."
    if after == "none":
        return f"The {thing} was removed."
    return f"The {thing} {'was changed' if replaced else 'is not confirmed any more'}."


def what_was_asked(wanted: MfaPreference) -> str:
    """One sentence for a notice or a success page."""
    if not wanted.activated:
        return "No sign-in method beyond the password is on."
    names = " and ".join(LABEL[factor] for factor in Factor if factor in wanted.activated)
    first = f"{LABEL[wanted.preferred]} is asked first" if wanted.preferred else "asked each time"
    return f"On: {names} ({first})." if len(wanted.activated) > 1 else f"On: {names}."
