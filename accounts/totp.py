"""How a TOTP secret is shown: QR code, key in groups of four, link for an app on this device.

The portal never computes a code; Cognito does (contract 3.3).
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from urllib.parse import quote

import qrcode
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString
from qrcode.constants import ERROR_CORRECT_M

# The key of an app has 52 characters; a fixed mask halves the time and reads as well.
QR_MASK = 3


@dataclass(frozen=True)
class TotpKey:
    """The secret of one enrolment, ready to be scanned, copied or opened. Never logged."""

    secret: str = field(repr=False)
    account: str = field(repr=False)

    @property
    def groups(self) -> list[str]:
        return [self.secret[start : start + 4] for start in range(0, len(self.secret), 4)]

    @cached_property
    def uri(self) -> str:
        """The otpauth link as Amplify builds it; SHA-1, six digits, 30 s are its defaults."""
        issuer = quote(settings.TOTP_ISSUER, safe="")
        account = quote(self.account, safe="")
        return f"otpauth://totp/{issuer}:{account}?secret={self.secret}&issuer={issuer}"

    @property
    def qr_svg(self) -> SafeString:
        """One SVG path without colours of its own; base32 and escaped names only."""
        code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, mask_pattern=QR_MASK)
        code.add_data(self.uri)
        code.make()
        size = code.modules_count + 8
        path = "".join(
            f"M{x + 4},{y + 4}h1v1h-1z"
            for y, row in enumerate(code.modules)
            for x, dark in enumerate(row)
            if dark
        )
        # The picture is described where it stands: partials/qr.html.
        return format_html(
            '<svg viewBox="0 0 {0} {0}" aria-hidden="true" shape-rendering="crispEdges">'
            '<rect width="{0}" height="{0}" fill="#fff"/><path fill="#000" d="{1}"/></svg>',
            size,
            path,
        )


def device_name_today() -> str:
    """What Cognito shows beside its question later (FRIENDLY_DEVICE_NAME)."""
    return f"added {datetime.now(UTC):%-d %B %Y}"
