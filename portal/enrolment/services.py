"""What every enrolment ends with: the proved factor is remembered and activated."""

from accounts.audit import Act
from accounts.cognito.errors import CognitoFailed, CognitoUnreachable, TryLater
from accounts.prepared import Ready
from accounts.sessions import SignedInPerson
from portal.factors import planner, services
from portal.factors.domain import Factor, MfaPreference
from portal.factors.services import Factors


def activate(person: SignedInPerson, factor: Factor, act: Act, proved: Ready) -> Factors:
    """Turn a just proved factor on; whichever is asked first stays first. Returns the state before.

    proved: forgives the tries that its proof took.
    Called inside the audit of the enrolment and under the person's lock. The record is written
    first: cut in between, the next visit finds a method that is set up and off, and offers it.
    What is proved stays proved where the pool does not turn it on: the page that follows reads
    the pool, says "not on yet" and offers it again (RES-06).
    """
    services.remember(person, factor, proved)
    now = services.factors_amid_change(person, app_proved=factor is Factor.TOTP)
    wanted = MfaPreference(now.preference.activated | {factor}, now.preference.preferred)
    act.detail.update(services.asked_detail(wanted))
    blocks = planner.plan(now.state, wanted, now.policy)
    if blocks:
        try:
            services.apply(person, blocks, wanted)
        except (TryLater, CognitoFailed, CognitoUnreachable) as trouble:
            act.detail["not_on"] = str(trouble)
    return now
