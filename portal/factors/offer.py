"""A passkey for the device that one sits at, offered on the overview; and the answer "not now".

The answer is of one person and one browser: another device of theirs is asked, and so is whoever
else signs in here. So a cookie keeps it, as keyed hashes that tell nobody whose they are.
"""

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from accounts import keyed
from accounts.sessions import PersonRequest, SignedInPerson
from portal.factors import policy, readiness
from portal.factors.domain import Factor, PasskeyUse
from portal.factors.readiness import Gap, Step
from portal.factors.services import Factors

# How a form names the offer, beside the reminders.
PASSKEY = "passkey"
SALT = "portal.factors.offer"
HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
# So many people's answers are kept in one browser: the last ones.
MOST_PEOPLE = 8


def is_due(request: PersonRequest, factors: Factors, codes_left: int | None) -> bool:
    """Whether to offer one, should the browser be able to make it: that, only a script can ask."""
    person = request.person
    if person.is_embedded or person.frozen_until or not is_of_use(factors, codes_left):
        return False
    wanted = keyed.digests(SALT, _name(person))
    return not any(keyed.is_one_of(each, wanted) for each in _answered(request))


def is_of_use(factors: Factors, codes_left: int | None) -> bool:
    """Whether a first passkey would let them in, and nothing else has to be done before."""
    state, rules = factors.state, factors.policy
    if not (rules.passkeys and rules.passkeys_asked) or state.has_passkey:
        return False
    if policy.passkey_use(state, rules) is PasskeyUse.NOT_ALLOWED or _begins(factors):
        return False
    found = readiness.findings(state, rules, codes_left)
    # Codes that may reach nobody come first, and a passkey that is advised is not offered twice.
    return not any(each.gap is Gap.UNCONFIRMED or each.step is Step.ADD_PASSKEY for each in found)


def _begins(factors: Factors) -> bool:
    """Whether there is no second step yet, and the overview asks for one."""
    offered = any(policy.is_offered(each, factors.policy) for each in Factor)
    return offered and not factors.effective


def put_off(request: HttpRequest, response: HttpResponseBase, person: SignedInPerson) -> None:
    """Keep the offer away from this person in this browser."""
    ours = keyed.digests(SALT, _name(person))
    others = [each for each in _answered(request) if not keyed.is_one_of(each, ours)]
    kept = [keyed.digest(SALT, _name(person)), *others][:MOST_PEOPLE]
    response.set_cookie(
        settings.OFFER_COOKIE_NAME,
        ".".join(kept),
        max_age=settings.OFFER_COOKIE_AGE,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def _answered(request: HttpRequest) -> list[str]:
    """Hashes of those who answered here; whatever else the cookie may hold is none."""
    said = request.COOKIES.get(settings.OFFER_COOKIE_NAME, "").split(".")
    return [each for each in said[:MOST_PEOPLE] if HASH.fullmatch(each)]


def _name(person: SignedInPerson) -> str:
    return f"{person.pool_id}:{person.sub}"
