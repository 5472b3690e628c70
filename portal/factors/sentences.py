"""Whole sentences for each sign-in method: no language puts a name into a gap as English does.

Written in English here; `words` says them in the language that is spoken.
"""

from collections.abc import Mapping
from enum import StrEnum

from django.utils.translation import gettext_noop

from portal.factors.domain import Factor, Refusal
from portal.factors.readiness import Gap

PerMethod = Mapping[Factor, str]


class Act(StrEnum):
    """What can be done with a method."""

    SET_UP = "set_up"
    TURN_ON = "turn_on"
    TURN_OFF = "turn_off"
    CHANGE = "change"
    CONFIRM = "confirm"
    TRY = "try"


ACT: Mapping[Act, PerMethod] = {
    Act.SET_UP: {
        Factor.TOTP: gettext_noop("Set up authenticator app"),
        Factor.SMS: gettext_noop("Set up text message"),
        Factor.EMAIL: gettext_noop("Set up e-mail"),
    },
    Act.TURN_ON: {
        Factor.TOTP: gettext_noop("Turn on authenticator app"),
        Factor.SMS: gettext_noop("Turn on text message"),
        Factor.EMAIL: gettext_noop("Turn on e-mail"),
    },
    Act.TURN_OFF: {
        Factor.TOTP: gettext_noop("Turn off authenticator app"),
        Factor.SMS: gettext_noop("Turn off text message"),
        Factor.EMAIL: gettext_noop("Turn off e-mail"),
    },
    Act.CHANGE: {
        Factor.TOTP: gettext_noop("Replace authenticator app"),
        Factor.SMS: gettext_noop("Change text message"),
        Factor.EMAIL: gettext_noop("Change e-mail"),
    },
    Act.CONFIRM: {
        Factor.SMS: gettext_noop("Confirm text message"),
        Factor.EMAIL: gettext_noop("Confirm e-mail"),
    },
    Act.TRY: {
        Factor.TOTP: gettext_noop("Try authenticator app"),
        Factor.SMS: gettext_noop("Try text message"),
        Factor.EMAIL: gettext_noop("Try e-mail"),
    },
}
TURN_OFF_QUESTION: PerMethod = {
    Factor.TOTP: gettext_noop("Turn off authenticator app?"),
    Factor.SMS: gettext_noop("Turn off text message?"),
    Factor.EMAIL: gettext_noop("Turn off e-mail?"),
}

IS_ON: PerMethod = {
    Factor.TOTP: gettext_noop("Authenticator app is on"),
    Factor.SMS: gettext_noop("Text message is on"),
    Factor.EMAIL: gettext_noop("E-mail is on"),
}
IS_NOT_ON: PerMethod = {
    Factor.TOTP: gettext_noop("Authenticator app is not on"),
    Factor.SMS: gettext_noop("Text message is not on"),
    Factor.EMAIL: gettext_noop("E-mail is not on"),
}
IS_NOT_ON_YET: PerMethod = {
    Factor.TOTP: gettext_noop("Authenticator app is not on yet"),
    Factor.SMS: gettext_noop("Text message is not on yet"),
    Factor.EMAIL: gettext_noop("E-mail is not on yet"),
}
IS_OFF: PerMethod = {
    Factor.TOTP: gettext_noop("Authenticator app is off."),
    Factor.SMS: gettext_noop("Text message is off."),
    Factor.EMAIL: gettext_noop("E-mail is off."),
}
CHOSEN_IS_OFF: PerMethod = {
    Factor.TOTP: gettext_noop("Authenticator app is off. Turn it on, or choose another."),
    Factor.SMS: gettext_noop("Text message is off. Turn it on, or choose another."),
    Factor.EMAIL: gettext_noop("E-mail is off. Turn it on, or choose another."),
}

TURNED_ON: PerMethod = {
    Factor.TOTP: gettext_noop("Authenticator app was turned on."),
    Factor.SMS: gettext_noop("Text message was turned on."),
    Factor.EMAIL: gettext_noop("E-mail was turned on."),
}
TURNED_OFF: PerMethod = {
    Factor.TOTP: gettext_noop("Authenticator app was turned off."),
    Factor.SMS: gettext_noop("Text message was turned off."),
    Factor.EMAIL: gettext_noop("E-mail was turned off."),
}
NOW_FIRST: PerMethod = {
    Factor.TOTP: gettext_noop("Authenticator app is now asked first."),
    Factor.SMS: gettext_noop("Text message is now asked first."),
    Factor.EMAIL: gettext_noop("E-mail is now asked first."),
}

ASKED_AFTER_PASSWORD: PerMethod = {
    Factor.TOTP: gettext_noop(
        "After your password, we will ask for a code from your authenticator app."
    ),
    Factor.SMS: gettext_noop("After your password, we will text you a code and ask for it."),
    Factor.EMAIL: gettext_noop("After your password, we will e-mail you a code and ask for it."),
}
# why: one of WHY_NOT.
FIRST_BUT_NOT_USED: PerMethod = {
    Factor.TOTP: gettext_noop(
        "Authenticator app comes first in your account, but sign-in does not use it: {why}"
    ),
    Factor.SMS: gettext_noop(
        "Text message comes first in your account, but sign-in does not use it: {why}"
    ),
    Factor.EMAIL: gettext_noop(
        "E-mail comes first in your account, but sign-in does not use it: {why}"
    ),
}
ON_BUT_NOT_USED: PerMethod = {
    Factor.TOTP: gettext_noop("Authenticator app is on, but sign-in does not use it: {why}"),
    Factor.SMS: gettext_noop("Text message is on, but sign-in does not use it: {why}"),
    Factor.EMAIL: gettext_noop("E-mail is on, but sign-in does not use it: {why}"),
}
# By those that are on beside the first one, strongest first. choice: “Ask me each time”.
NOT_OFFERED_BESIDE: Mapping[tuple[Factor, ...], str] = {
    (Factor.TOTP,): gettext_noop(
        "Authenticator app is on, too, but not offered then, unless you choose “{choice}”."
    ),
    (Factor.SMS,): gettext_noop(
        "Text message is on, too, but not offered then, unless you choose “{choice}”."
    ),
    (Factor.EMAIL,): gettext_noop(
        "E-mail is on, too, but not offered then, unless you choose “{choice}”."
    ),
    (Factor.TOTP, Factor.SMS): gettext_noop(
        "Authenticator app and text message are on, too, but not offered then, unless you "
        "choose “{choice}”."
    ),
    (Factor.TOTP, Factor.EMAIL): gettext_noop(
        "Authenticator app and e-mail are on, too, but not offered then, unless you choose "
        "“{choice}”."
    ),
    (Factor.SMS, Factor.EMAIL): gettext_noop(
        "Text message and e-mail are on, too, but not offered then, unless you choose “{choice}”."
    ),
}

GAP: Mapping[Gap, PerMethod] = {
    Gap.ONLY_METHOD: {
        Factor.TOTP: gettext_noop(
            "Authenticator app is your only method. Without your authenticator app you could not "
            "sign in."
        ),
        Factor.SMS: gettext_noop(
            "Text message is your only method. Without your phone for text messages you could not "
            "sign in."
        ),
        Factor.EMAIL: gettext_noop(
            "E-mail is your only method. Without your mailbox you could not sign in."
        ),
    },
    Gap.FIRST_HIDES_OTHERS: {
        Factor.TOTP: gettext_noop(
            "Sign-in asks for your authenticator app and offers nothing else. Without your "
            "authenticator app you could not sign in, although other methods are on."
        ),
        Factor.SMS: gettext_noop(
            "Sign-in asks for a text message and offers nothing else. Without your phone for text "
            "messages you could not sign in, although other methods are on."
        ),
    },
    Gap.UNCONFIRMED: {
        Factor.SMS: gettext_noop(
            "Text message is on, but you have never confirmed that codes reach you there. Do it "
            "now."
        ),
        Factor.EMAIL: gettext_noop(
            "E-mail is on, but you have never confirmed that codes reach you there. Do it now."
        ),
    },
    Gap.ALSO_RECOVERY: {
        Factor.SMS: gettext_noop(
            "Text message can also reset your password. Whoever has your phone for text messages "
            "would have both."
        ),
        Factor.EMAIL: gettext_noop(
            "E-mail can also reset your password. Whoever has your mailbox would have both."
        ),
    },
}

REFUSED: Mapping[Refusal, PerMethod] = {
    Refusal.NOT_ENROLLED: {
        Factor.TOTP: gettext_noop(
            "Authenticator app is not set up yet. Set it up first, then it can be turned on."
        ),
        Factor.SMS: gettext_noop(
            "Text message is not set up yet. Set it up first, then it can be turned on."
        ),
        Factor.EMAIL: gettext_noop(
            "E-mail is not set up yet. Set it up first, then it can be turned on."
        ),
    },
    Refusal.NOT_OFFERED: {
        Factor.TOTP: gettext_noop("Authenticator app is not offered here."),
        Factor.SMS: gettext_noop("Text message is not offered here."),
        Factor.EMAIL: gettext_noop("E-mail is not offered here."),
    },
    Refusal.NOT_USABLE: {
        Factor.TOTP: gettext_noop(
            "Authenticator app is how you get back in when you forget your password, so it cannot "
            "also be asked for at sign-in."
        ),
        Factor.SMS: gettext_noop(
            "Text message is how you get back in when you forget your password, so it cannot also "
            "be asked for at sign-in."
        ),
        Factor.EMAIL: gettext_noop(
            "E-mail is how you get back in when you forget your password, so it cannot also be "
            "asked for at sign-in."
        ),
    },
    Refusal.PREFERRED_IS_OFF: {
        Factor.TOTP: gettext_noop(
            "Authenticator app is off. Turn it on before you choose it as the first one."
        ),
        Factor.SMS: gettext_noop(
            "Text message is off. Turn it on before you choose it as the first one."
        ),
        Factor.EMAIL: gettext_noop(
            "E-mail is off. Turn it on before you choose it as the first one."
        ),
    },
    Refusal.REQUIRED: {
        Factor.TOTP: gettext_noop(
            "Everybody here signs in with a second step, so Authenticator app stays on."
        ),
        Factor.SMS: gettext_noop(
            "Everybody here signs in with a second step, so Text message stays on."
        ),
        Factor.EMAIL: gettext_noop(
            "Everybody here signs in with a second step, so E-mail stays on."
        ),
    },
    Refusal.LAST_FACTOR: {
        Factor.TOTP: gettext_noop(
            "Authenticator app is your only way to confirm a sign-in, and everybody here needs "
            "one. Set up another method first."
        ),
        Factor.SMS: gettext_noop(
            "Text message is your only way to confirm a sign-in, and everybody here needs one. "
            "Set up another method first."
        ),
        Factor.EMAIL: gettext_noop(
            "E-mail is your only way to confirm a sign-in, and everybody here needs one. Set up "
            "another method first."
        ),
    },
    Refusal.PASSKEY_NEEDS_ANOTHER: {
        Factor.TOTP: gettext_noop(
            "You use a passkey instead of a code, and that needs another method that is on, in "
            "case you lose the passkey. Authenticator app stays on: set up another method first, "
            "or stop using the passkey instead of a code."
        ),
        Factor.SMS: gettext_noop(
            "You use a passkey instead of a code, and that needs another method that is on, in "
            "case you lose the passkey. Text message stays on: set up another method first, or "
            "stop using the passkey instead of a code."
        ),
        Factor.EMAIL: gettext_noop(
            "You use a passkey instead of a code, and that needs another method that is on, in "
            "case you lose the passkey. E-mail stays on: set up another method first, or stop "
            "using the passkey instead of a code."
        ),
    },
}
