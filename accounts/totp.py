"""How a TOTP secret is shown: QR code, key in groups of four, link for an app on this device.

The portal never computes a code; Cognito does (contract 3.3).
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from urllib.parse import quote

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts import qr
from accounts.templatetags.times import day

QR_MARGIN = 4
DARK = re.compile(b"1+")
# By its width, up to that of the largest picture there is.
BAR = [f"h{width}v1h-{width}z" for width in range(178)]


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
        squares = qr.rows(self.uri)
        size = len(squares) + 2 * QR_MARGIN
        path = "".join(_bars(row, y) for y, row in enumerate(squares, QR_MARGIN))
        # The picture is described where it stands: partials/qr.html.
        return format_html(
            '<svg viewBox="0 0 {0} {0}" aria-hidden="true" shape-rendering="crispEdges">'
            '<rect width="{0}" height="{0}" fill="#fff"/><path fill="#000" d="{1}"/></svg>',
            size,
            path,
        )


def _bars(row: bytes, y: int) -> str:
    """Dark modules side by side are one bar: half the bytes of one square each."""
    bars = [bar.span() for bar in DARK.finditer(row)]
    return "".join([f"M{start + QR_MARGIN},{y}{BAR[end - start]}" for start, end in bars])


def device_name_today() -> str:
    """What Cognito shows beside its question later (FRIENDLY_DEVICE_NAME)."""
    return _("added {date}").format(date=day(datetime.now(UTC)))
