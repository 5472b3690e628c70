"""How a TOTP secret is shown: QR code, key in groups of four, link for an app on this device.

The portal never computes a code; Cognito does (contract 3.3).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache, cached_property, lru_cache
from urllib.parse import quote

import qrcode
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from qrcode.constants import ERROR_CORRECT_L

from accounts.templatetags.times import day

# The key of an app has 52 characters; a fixed mask halves the time and reads as well.
QR_MASK = 3
# A screen is neither torn nor dirty: the least repair gives the fewest and largest squares.
QR_REPAIR = ERROR_CORRECT_L
QR_MARGIN = 4
# What size a link has hangs on how long its parts are, which is the same for most people of a pool.
SIZES: dict[tuple[tuple[int, int], ...], int] = {}
# Those of today, in each language.
DEVICE_NAMES = 32
# Some light modules, and the dark ones behind them.
DARK = re.compile(rb"\x00*\x01+")


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
        code = qrcode.QRCode(error_correction=QR_REPAIR, mask_pattern=QR_MASK)
        code.add_data(self.uri)
        # make() would look for the size, twice: an eighth of the whole each time.
        shape = tuple((part.mode, len(part)) for part in code.data_list)
        code.version = SIZES.get(shape) or SIZES.setdefault(shape, code.best_fit())
        code.make(fit=False)
        size = code.modules_count + 2 * QR_MARGIN
        path = "".join(_bars(row, y) for y, row in enumerate(code.modules, QR_MARGIN))
        # The picture is described where it stands: partials/qr.html.
        return format_html(
            '<svg viewBox="0 0 {0} {0}" aria-hidden="true" shape-rendering="crispEdges">'
            '<rect width="{0}" height="{0}" fill="#fff"/><path stroke="#000" d="{1}"/></svg>',
            size,
            path,
        )


def _bars(row: Iterable[bool | None], y: int) -> str:
    """Dark modules side by side are one stroke, along the middle of its row."""
    return f"M{QR_MARGIN} {y}.5" + "".join(map(_bar, DARK.findall(bytes(map(bool, row)))))


@cache
def _bar(modules: bytes) -> str:
    """Some light ones, and then dark ones: there are few such, and many in each picture."""
    width = modules.count(1)
    return f"m{len(modules) - width} 0h{width}"


def device_name_today() -> str:
    """What Cognito shows beside its question later (FRIENDLY_DEVICE_NAME)."""
    return _device_name(datetime.now(UTC).date(), get_language())


@lru_cache(DEVICE_NAMES)
def _device_name(today: date, language: str | None) -> str:
    """The same for everybody who speaks a language, for a day."""
    return _("added {date}").format(date=day(today))
