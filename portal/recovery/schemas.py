"""What the recovery room answers as JSON, inside the envelope."""

from datetime import datetime

from ninja import Schema

from accounts.api.schemas import Receipt


class CodesLeft(Schema):
    """left: null where there never were any. kept_at: when they said that they kept them."""

    left: int | None
    most: int
    made_at: datetime | None
    kept_at: datetime | None


class Codes(Receipt):
    """Shown once: each proves, beside the password, that a new method may be set up."""

    codes: list[str]
