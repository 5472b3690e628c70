"""Passwords: what a pool demands of them, how they are kept and how they are checked."""

from __future__ import annotations

import hmac
import secrets
import string

from sandbox import srp
from sandbox.people import FORCE_CHANGE_PASSWORD, Person
from sandbox.pools import Pool
from sandbox.protocol import refusal

DAY = 86400.0
SYMBOLS = frozenset("^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+- ")
REQUIREMENTS = (
    ("RequireUppercase", str.isupper, "Password must have uppercase characters"),
    ("RequireLowercase", str.islower, "Password must have lowercase characters"),
    ("RequireNumbers", str.isdigit, "Password must have numeric characters"),
    ("RequireSymbols", SYMBOLS.__contains__, "Password must have symbol characters"),
)
GROUPS = (string.ascii_uppercase, string.ascii_lowercase, string.digits, "!@#%&*?")
LEAST_TEMPORARY = 12


def check_policy(pool: Pool, password: str) -> None:
    """Refuse a password that the pool's policy does not allow."""
    policy = pool.password_policy
    if len(password) < policy.get("MinimumLength", 8):
        raise refusal("password_policy", reason="Password not long enough")
    for member, is_such, reason in REQUIREMENTS:
        if policy.get(member) and not any(is_such(letter) for letter in password):
            raise refusal("password_policy", reason=reason)


def temporary_password(pool: Pool) -> str:
    """A random password that meets every policy."""
    length = max(LEAST_TEMPORARY, pool.password_policy.get("MinimumLength", 8))
    letters = [secrets.choice(group) for group in GROUPS]
    letters += [secrets.choice("".join(GROUPS)) for _ in range(length - len(letters))]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)


class Passwords:
    """Sets and checks passwords through their SRP verifiers.

    A password that was right once is remembered as a keyed digest, in memory only: checking it
    again then costs microseconds instead of a modular exponentiation.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._known: dict[str, bytes] = {}

    def set(self, pool: Pool, person: Person, password: str) -> None:
        """Make `password` the person's own, after the policies allowed it."""
        self._remember_earlier(pool, person)
        salt = srp.new_salt()
        verifier = srp.verifier(pool.srp_name, person.username, password, salt)
        person.salt, person.verifier = f"{salt:x}", f"{verifier:x}"
        self._known[person.verifier] = self._digest(password)
        person.failures, person.locked_until = 0, 0.0

    def refuse_reused(self, pool: Pool, person: Person, password: str) -> None:
        """Refuse one of the last passwords, as many as the pool remembers."""
        size = pool.password_policy.get("PasswordHistorySize", 0)
        used = [*person.earlier_passwords, *_chosen(person)]
        for salt, verifier in used[-size:] if size else ():
            if self._matches(pool, person, password, salt, verifier):
                raise refusal("password_reused")

    def right(self, pool: Pool, person: Person, password: str) -> bool:
        """Whether this is the person's password."""
        if not person.verifier:
            return False
        known = self._known.get(person.verifier)
        if known and hmac.compare_digest(known, self._digest(password)):
            return True
        right = self._matches(pool, person, password, person.salt, person.verifier)
        if right:
            self._known[person.verifier] = self._digest(password)
        return right

    def _matches(self, pool: Pool, person: Person, password: str, salt: str, verifier: str) -> bool:
        computed = srp.verifier(pool.srp_name, person.username, password, int(salt, 16))
        return hmac.compare_digest(f"{computed:x}", verifier)

    def _remember_earlier(self, pool: Pool, person: Person) -> None:
        size = pool.password_policy.get("PasswordHistorySize", 0)
        used = [*person.earlier_passwords, *_chosen(person)]
        person.earlier_passwords = used[-size:] if size else []

    def _digest(self, password: str) -> bytes:
        return hmac.digest(self._key, password.encode(), "sha256")


def _chosen(person: Person) -> list[list[str]]:
    """The present password, unless it is a temporary one or none."""
    if not person.verifier or person.status == FORCE_CHANGE_PASSWORD:
        return []
    return [[person.salt, person.verifier]]


def temporary_until(pool: Pool, now: float) -> float:
    """When a temporary password set now stops working."""
    return now + int(pool.password_policy.get("TemporaryPasswordValidityDays", 7)) * DAY
