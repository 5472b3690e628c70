"""Trying a method: the pool's own question, answered, and the sign-in thrown away at once.

A trial never opens or renews a session, and changes nothing (REA-05): its tokens are revoked where
they arrive and are kept nowhere. What it costs and what it counts is what a sign-in does.
"""

from uuid import UUID

from accounts import audit, limits, sessions
from accounts.cognito import sign_in
from accounts.cognito.sign_in import Challenge, Outcome
from accounts.cognito.tokens import Tokens
from accounts.sessions import SignedInPerson
from portal.factors import services
from portal.factors.domain import Factor
from portal.factors.services import Factors


class NotAsked(Exception):
    """The sign-in did not ask for this method: there is nothing to try."""


def can_be_tried(factor: Factor, factors: Factors) -> bool:
    """Whether a sign-in comes to this method: it is the one asked for, or may be chosen."""
    return factor in factors.effective and factor in factors.next_challenge.factors


def begin(person: SignedInPerson, factor: Factor, password: str) -> Challenge:
    """Start a sign-in with the password, and lead it to the question of this method.

    Errors: NotAsked, PasswordRejected and the other refusals of `sign_in.start`, LimitReached,
    TooManyAttempts, TryLater, CognitoUnreachable.
    """
    limits.spend_with_proof(limits.PROVE_PERSON, person.sub, person.username, limits.PASSWORD)
    outcome = sign_in.start(person.username, password)
    limits.forgive_proof(person.username, limits.PASSWORD)
    outcome = _chosen(person, factor, outcome)
    if isinstance(outcome, Tokens):
        sessions.give_back(outcome)
        raise NotAsked
    if outcome.name != factor:
        raise NotAsked
    return outcome


def _chosen(person: SignedInPerson, factor: Factor, outcome: Outcome) -> Outcome:
    """Choose the method where the pool lets one; a message counts as one, whoever asked for it."""
    if isinstance(outcome, Tokens):
        return outcome
    if outcome.name != "SELECT_MFA_TYPE":
        if outcome.name in {Factor.SMS, Factor.EMAIL}:
            limits.note_send()
        return outcome
    if factor is not Factor.TOTP:
        limits.spend_send(person.sub, "", person.origin.client_address)
    return sign_in.answer_choice(outcome, factor)


def answer(person: SignedInPerson, factor: Factor, challenge: Challenge, code: str) -> UUID:
    """Let the pool judge the code; what it hands out is given back in the same breath.

    Returns the receipt. Errors: CodeRejected, CodeAlreadyUsed, CodeExpired, ChallengeExpired,
    TooManyAttempts, LimitReached, CognitoUnreachable.
    """
    limits.spend_with_proof(limits.PROVE_PERSON, person.sub, person.username, factor)
    with audit.change(person, "method_tested", factor=factor) as act:
        outcome = sign_in.answer_code(challenge, code)
        if isinstance(outcome, Tokens):
            sessions.give_back(outcome)
    limits.forgive_proof(person.username, factor)
    services.note_trial(person, factor)
    return act.id
