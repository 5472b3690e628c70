"""The part of an address that names a factor: totp, sms, email."""

from portal.factors.words import FACTOR_OF


class FactorConverter:
    regex = "|".join(FACTOR_OF)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value
