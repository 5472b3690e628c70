"""What every enrolment ends with: the proved factor is remembered and activated."""

from dataclasses import replace

from accounts.audit import Act
from accounts.cognito.errors import CognitoFailed, CognitoUnreachable, TryLater
from accounts.prepared import Ready
from accounts.sessions import SignedInPerson
from portal.enrolment.seen import Seen
from portal.factors import planner, services
from portal.factors.domain import Factor, MfaPreference
from portal.factors.services import Factors


def activate(
    person: SignedInPerson, factor: Factor, act: Act, proved: Ready, seen: Seen | None = None
) -> Factors:
    """Turn a just proved factor on; whichever is asked first stays first. Returns the state before.

    proved: forgives the tries that its proof took. seen: of an app, what was read when it began.
    Called inside the audit of the enrolment and under the person's lock. The record is written
    first: cut in between, the next visit finds a method that is set up and off, and offers it.
    What is proved stays proved where the pool does not turn it on: the page that follows reads
    the pool, says "not on yet" and offers it again (RES-06).
    """
    now = _remembered(person, factor, act, proved, seen)
    wanted = MfaPreference(now.preference.activated | {factor}, now.preference.preferred)
    act.detail.update(services.asked_detail(wanted))
    blocks = planner.plan(now.state, wanted, now.policy)
    if blocks:
        try:
            services.apply(person, blocks, wanted)
        except (TryLater, CognitoFailed, CognitoUnreachable) as trouble:
            act.detail["not_on"] = str(trouble)
    return now


def _remembered(
    person: SignedInPerson, factor: Factor, act: Act, proved: Ready, seen: Seen | None
) -> Factors:
    """Remember the factor, and say how the account stands.

    Read anew, unless what was seen still stands. A factor that was on then is always read anew:
    its block must say whether it comes first, which only this moment knows (contract 2.2, row 4).
    One that was off cannot come first.
    """
    if seen is None or not seen.lasts or seen.is_on(factor):
        services.remember(person, factor, proved)
    elif not services.remember_beside(person, factor, act, seen.at, proved):
        return replace(seen.factors, state=replace(seen.state, totp_enrolled=True))
    return services.factors_amid_change(person, app_proved=factor is Factor.TOTP)
