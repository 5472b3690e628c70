"""A user pool's side of SetUserMFAPreference, written from contract 2.2 and 2.3 alone.

It shares no code with the portal: names are Cognito's own texts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

NAME_OF = {
    "SoftwareTokenMfaSettings": "SOFTWARE_TOKEN_MFA",
    "SMSMfaSettings": "SMS_MFA",
    "EmailMfaSettings": "EMAIL_OTP",
}
Request = Mapping[str, Mapping[str, bool]]


class PoolRefuses(Exception):
    """InvalidParameterException: nothing was stored."""


@dataclass(frozen=True)
class PoolModel:
    """What a pool keeps of one person. `ready`: names whose token or attribute exists."""

    listed: frozenset[str] = frozenset()
    preferred: str | None = None
    ready: frozenset[str] = frozenset()

    def apply(self, request: Request) -> "PoolModel":
        """Validate all blocks, then store them (2.3, last line). An absent flag means false."""
        flags = {
            NAME_OF[key]: (block.get("Enabled", False), block.get("PreferredMfa", False))
            for key, block in request.items()
        }
        if sum(preferred for _, preferred in flags.values()) > 1:
            raise PoolRefuses("two preferred (2.2 row 8)")
        if any(preferred and not enabled for enabled, preferred in flags.values()):
            raise PoolRefuses("preferred and off (2.2 row 9)")
        if any(enabled and name not in self.ready for name, (enabled, _) in flags.items()):
            raise PoolRefuses("User does not have delivery config set to turn on (2.3)")
        return self._store(flags)

    def _store(self, flags: Mapping[str, tuple[bool, bool]]) -> "PoolModel":
        on = {name for name, (enabled, _) in flags.items() if enabled}
        prefers = [name for name, (_, preferred) in flags.items() if preferred]
        kept = None if self.preferred in flags else self.preferred
        return replace(
            self,
            listed=(self.listed - flags.keys()) | on,
            preferred=prefers[0] if prefers else kept,
        )
