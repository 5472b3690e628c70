"""What the guided desk says: what is asked, and what is told to the person."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.helpdesk.guide import Hand, Situation
from portal.helpdesk.matrix import Strength


@dataclass(frozen=True)
class Said:
    """The words of one situation. ask: questions; say: read out to the person; beware: tricks."""

    title: str
    ask: tuple[str, ...]
    say: tuple[str, ...]
    beware: str


SAID: Mapping[Situation, Said] = {
    Situation.LOST_PHONE: Said(
        "They lost their phone",
        (
            "Is it lost, stolen or broken? If it was stolen, could somebody unlock it?",
            "Can they still read their e-mail, or sign in on a computer?",
        ),
        (
            "Your account stays protected while we do this. Nothing is turned off.",
            "Sign in with your password. The page shows a code: read it to me.",
            "Then set up the new phone on the page that opens. You have a day.",
        ),
        "Somebody with a new phone and much of a hurry is how accounts are stolen. Check first.",
    ),
    Situation.NEW_NUMBER: Said(
        "They have a new phone number",
        (
            "Do they still have the old number for a while? Then they can change it themselves.",
            "Do they still have the app on the phone?",
        ),
        (
            "I let you set up a new way of signing in. You enter the new number yourself.",
            "Sign in with your password. The page shows a code: read it to me.",
        ),
        "Never take a new number from a caller and send the code there.",
    ),
    Situation.TAKEOVER: Said(
        "Somebody else may be in the account",
        (
            "What did they see: a message they did not ask for, a change, money gone?",
            "Did they read a code to anybody, or type their password on a page they were sent?",
        ),
        (
            "I close the account to everybody first. You are signed out everywhere, too.",
            "You get a code for a new password. Choose one you have used nowhere else.",
            "Changes stay stopped until we have made sure that it is you.",
        ),
        "The caller may be the one who took it over: closing needs no check, opening needs the "
        "strongest.",
    ),
    Situation.WRONG_CODES: Said(
        "Their codes are refused",
        (
            "Does the clock of the phone set itself? An app with a wrong clock shows wrong codes.",
            "How long ago was the last try? After five, each one makes them wait longer.",
        ),
        (
            "Let the clock of your phone set itself, then wait an hour and try once.",
            "If the app is gone, I let you set up a new one.",
        ),
        "Somebody who guesses gets the same answer. Do not read out which code would be right.",
    ),
    Situation.NO_EMAIL: Said(
        "They cannot read their e-mail",
        (
            "Is the address wrong, or is the mailbox not theirs any more?",
            "Which other ways of signing in do they still have?",
        ),
        (
            "Two of us have to agree before an address is changed.",
            "The old address is told. You confirm the new one yourself before anything goes there.",
        ),
        "A new address brings a password back. It is the change that attackers want most.",
    ),
    Situation.FORGOT_PASSWORD: Said(
        "They forgot their password",
        ("Did they try “Forgot your password?” on the sign-in page? It needs nobody.",),
        (
            "You get a code from us now. Choose a new password with it.",
            "After that you are asked for your second step, as always.",
        ),
        "Never tell anybody a password, and never choose one for them.",
    ),
    Situation.LEAVER: Said(
        "Somebody leaves",
        ("Who says so? It comes from their manager or from the personnel office, by ticket.",),
        ("Their account is closed at once, on all devices. Nothing in it is deleted.",),
        "Closing the account of somebody who has not left is a trick, too. Look at the ticket.",
    ),
    Situation.HURRY: Said(
        "They are in a hurry, or very important",
        (
            "Ask for nothing but a proof, as from everybody.",
            "Write down who called, when, and what they wanted.",
        ),
        (
            "I help you as soon as I know that it is you. It takes two minutes.",
            "You can check me, too: I read you a code, and you look it up.",
            "If that is not possible now, I call back by the number we have.",
        ),
        "Hurry, rank and anger are the three oldest tricks. Nobody is ever blamed for a check.",
    ),
}
CHECK: Mapping[Strength, str] = {
    Strength.NONE: "It needs no check: it only makes the account safer.",
    Strength.CHANNEL: "A code to a channel that was confirmed is enough, or something stronger.",
    Strength.STRONG: (
        "A code is not enough: a phrase from their signed-in portal, a vouch, or in person."
    ),
}
HAND: Mapping[Hand, str] = {
    Hand.MINE: "You can do this.",
    Hand.WITH_APPROVAL: "You can do this with a second operator, or after a wait. Ask for it.",
    Hand.SOMEBODY_ELSE: "You cannot do this. Hand it to somebody whose role does.",
    Hand.NOBODY: "Nobody at the helpdesk does this.",
}
