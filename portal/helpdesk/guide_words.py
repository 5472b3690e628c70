"""What the guided desk says: what is asked, and what is told to the person."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.helpdesk.guide import Hand, Situation
from portal.helpdesk.matrix import Strength, Tier


@dataclass(frozen=True)
class Said:
    """The words of one situation. ask: questions; say: read out to the person; beware: tricks."""

    title: str
    ask: tuple[str, ...]
    say: tuple[str, ...]
    beware: str


SAID: Mapping[Situation, Said] = {
    Situation.LOST_PHONE: Said(
        gettext_noop("They lost their phone"),
        (
            gettext_noop(
                "Is it lost, stolen or broken? If it was stolen, could somebody unlock it?"
            ),
            gettext_noop("Can they still read their e-mail, or sign in on a computer?"),
        ),
        (
            gettext_noop("Your account stays protected while we do this. Nothing is turned off."),
            gettext_noop("Sign in with your password. The page shows a code: read it to me."),
            gettext_noop("Then set up the new phone on the page that opens. You have a day."),
        ),
        gettext_noop(
            "Somebody with a new phone and much of a hurry is how accounts are stolen. Check first."
        ),
    ),
    Situation.NEW_NUMBER: Said(
        gettext_noop("They have a new phone number"),
        (
            gettext_noop(
                "Do they still have the old number for a while? Then they can change it themselves."
            ),
            gettext_noop("Do they still have the app on the phone?"),
        ),
        (
            gettext_noop(
                "I let you set up a new way of signing in. You enter the new number yourself."
            ),
            gettext_noop("Sign in with your password. The page shows a code: read it to me."),
        ),
        gettext_noop("Never take a new number from a caller and send the code there."),
    ),
    Situation.TAKEOVER: Said(
        gettext_noop("Somebody else may be in the account"),
        (
            gettext_noop(
                "What did they see: a message they did not ask for, a change, money gone?"
            ),
            gettext_noop(
                "Did they read a code to anybody, or type their password on a page they were sent?"
            ),
        ),
        (
            gettext_noop(
                "I close the account to everybody first. You are signed out everywhere, too."
            ),
            gettext_noop(
                "If you get a code for a new password, choose one you have used nowhere else."
            ),
            gettext_noop("Changes stay stopped until we have made sure that it is you."),
        ),
        gettext_noop(
            "The caller may be the one who took it over: closing needs no check, opening needs the "
            "strongest."
        ),
    ),
    Situation.WRONG_CODES: Said(
        gettext_noop("Their codes are refused"),
        (
            gettext_noop(
                "Does the clock of the phone set itself? "
                "An app with a wrong clock shows wrong codes."
            ),
            gettext_noop(
                "How long ago was the last try? After five, each one makes them wait longer."
            ),
        ),
        (
            gettext_noop("Let the clock of your phone set itself, then wait an hour and try once."),
            gettext_noop("If the app is gone, I let you set up a new one."),
        ),
        gettext_noop(
            "Somebody who guesses gets the same answer. Do not read out which code would be right."
        ),
    ),
    Situation.NO_EMAIL: Said(
        gettext_noop("They cannot read their e-mail"),
        (
            gettext_noop("Is the address wrong, or is the mailbox not theirs any more?"),
            gettext_noop("Which other ways of signing in do they still have?"),
        ),
        (
            gettext_noop("Two of us have to agree before an address is changed."),
            gettext_noop(
                "The old address is told. "
                "You confirm the new one yourself before anything goes there."
            ),
        ),
        gettext_noop(
            "A new address brings a password back. It is the change that attackers want most."
        ),
    ),
    Situation.FORGOT_PASSWORD: Said(
        gettext_noop("They forgot their password"),
        (
            gettext_noop(
                "Did they try “Forgot your password?” on the sign-in page? It needs nobody."
            ),
        ),
        (
            gettext_noop("You get a code from us now. Choose a new password with it."),
            gettext_noop("After that you are asked for your second step, as always."),
        ),
        gettext_noop("Never tell anybody a password, and never choose one for them."),
    ),
    Situation.LEAVER: Said(
        gettext_noop("Somebody leaves"),
        (
            gettext_noop(
                "Who says so? It comes from their manager or from the personnel office, by ticket."
            ),
        ),
        (
            gettext_noop(
                "Their account is closed at once, on all devices. Nothing in it is deleted."
            ),
        ),
        gettext_noop(
            "Closing the account of somebody who has not left is a trick, too. Look at the ticket."
        ),
    ),
    Situation.HURRY: Said(
        gettext_noop("They are in a hurry, or very important"),
        (
            gettext_noop("Ask for nothing but a proof, as from everybody."),
            gettext_noop("Write down who called, when, and what they wanted."),
        ),
        (
            gettext_noop("I help you as soon as I know that it is you. It takes two minutes."),
            gettext_noop("You can check me, too: I read you a code, and you look it up."),
            gettext_noop("If that is not possible now, I call back by the number we have."),
        ),
        gettext_noop(
            "Hurry, rank and anger are the three oldest tricks. Nobody is ever blamed for a check."
        ),
    ),
}
FOR_TIER: Mapping[Tier, str] = {
    Tier.ORDINARY: gettext_noop("Check and press, for an account that is ordinary"),
    Tier.PRIVILEGED: gettext_noop("Check and press, for an account that is privileged"),
}
# Where the account stands against all that could be pressed: nothing is promised.
NOTHING_NOW = (
    gettext_noop("I cannot do that for your account just now. Let me see what else helps you."),
)
CHECK: Mapping[Strength, str] = {
    Strength.NONE: gettext_noop("It needs no check: it only makes the account safer."),
    Strength.CHANNEL: gettext_noop(
        "A code to a channel that was confirmed is enough, or something stronger."
    ),
    Strength.STRONG: gettext_noop(
        "A code is not enough: a phrase from their signed-in portal, a vouch, or in person."
    ),
}
HAND: Mapping[Hand, str] = {
    Hand.MINE: gettext_noop("You can do this."),
    Hand.WITH_APPROVAL: gettext_noop(
        "You can do this with a second operator, or after a wait. Ask for it."
    ),
    Hand.SOMEBODY_ELSE: gettext_noop("You cannot do this. Hand it to somebody whose role does."),
    Hand.NOBODY: gettext_noop("Nobody at the helpdesk does this."),
}


def said(situation: Situation) -> Said:
    """The words of a situation, in the language that is spoken."""
    found = SAID[situation]
    return Said(_(found.title), _all(found.ask), _all(found.say), _(found.beware))


def nothing_now() -> tuple[str, ...]:
    return _all(NOTHING_NOW)


def _all(sentences: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_(sentence) for sentence in sentences)
