"""Authenticators that Chromium pretends to have: one built in, one on a cable, each as asked."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import CDPSession, Page

BUILT_IN = {"transport": "internal", "defaultBackupEligibility": True, "defaultBackupState": True}
ON_A_CABLE = {"transport": "usb"}


@dataclass
class Authenticator:
    """One virtual authenticator of one page (Chrome DevTools Protocol, WebAuthn domain)."""

    devtools: CDPSession
    id: str

    def has(self) -> int:
        """How many passkeys it holds."""
        found = self.devtools.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        return len(found["credentials"])

    def signatures(self) -> int:
        """How often its passkeys have signed."""
        found = self.devtools.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        return sum(int(each["signCount"]) for each in found["credentials"])

    def unplug(self) -> None:
        self.devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": self.id})


def plug_in(
    page: Page, kind: dict[str, Any], *, can_verify: bool = True, agrees: bool = True
) -> Authenticator:
    """Give the page an authenticator.

    can_verify: whether it has a fingerprint, face or PIN; agrees: whether its person passes.
    """
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "ctap2Version": "ctap2_1",
        "hasResidentKey": True,
        "hasUserVerification": can_verify,
        "isUserVerified": can_verify and agrees,
        "automaticPresenceSimulation": True,
        **kind,
    }
    added = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return Authenticator(devtools, added["authenticatorId"])


def nobody_touches(authenticator: Authenticator) -> None:
    """Let it wait for a touch that never comes."""
    authenticator.devtools.send(
        "WebAuthn.setAutomaticPresenceSimulation",
        {"authenticatorId": authenticator.id, "enabled": False},
    )
