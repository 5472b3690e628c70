"""What a second operator reads of an act: what it does, and what the person sees then."""

from portal.helpdesk import dossier, foresight, words
from portal.helpdesk.matrix import Act, Operator


def sentences(act: Act, operator: Operator, sub: str) -> list[str]:
    """From the account as it is now. Errors: OutOfReach, PersonUnknown, TryLater, …."""
    seen = dossier.read(operator, sub)
    told = [words.EFFECT[act]]
    if seen.factors is None:
        return told
    state, pool = seen.factors.state, seen.factors.policy
    now = foresight.next_sign_in(None, state, pool)
    then = foresight.next_sign_in(act, state, pool)
    return [*told, f"Now, at sign-in: {now}", f"Then, at sign-in: {then}"]
