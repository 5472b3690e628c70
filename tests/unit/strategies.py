"""States of people, rules of pools and wishes, as hypothesis draws them."""

from hypothesis import strategies as st

from portal.factors.domain import Contact, Factor, MfaPreference, MfaState, Mode, PoolPolicy

some_factors = st.frozensets(st.sampled_from(Factor))
contacts = st.sampled_from(["verified", "unverified", ""])
recoveries = st.sampled_from(
    [(), (Factor.SMS,), (Factor.EMAIL,), (Factor.SMS, Factor.EMAIL), (Factor.EMAIL, Factor.SMS)]
)

# Often everything is allowed, so that many wishes come as far as a request.
policies = st.builds(
    PoolPolicy,
    mode=st.sampled_from(Mode),
    offered=st.just(frozenset(Factor)) | some_factors,
    recovery=recoveries,
    withheld=st.just(frozenset()) | st.frozensets(st.sampled_from([Factor.SMS, Factor.EMAIL])),
)


@st.composite
def preferences(draw: st.DrawFn) -> MfaPreference:
    """What a pool may store, or a person may ask in earnest: never preferred and off."""
    activated = draw(some_factors)
    preferred = draw(st.sampled_from([None, *(each for each in Factor if each in activated)]))
    return MfaPreference(activated, preferred)


# What anybody may post: also a preferred factor that is off.
wishes = st.builds(MfaPreference, some_factors, st.none() | st.sampled_from(Factor))


def contact(kind: str, value: str) -> Contact:
    return Contact(value, verified=kind == "verified") if kind else Contact()


@st.composite
def states(draw: st.DrawFn) -> MfaState:
    """What a pool can say of a person.

    A listed app is an enrolled one, since AdminDeleteSoftwareToken takes its flag along; a listed
    phone or mailbox may have lost its attribute (contract 5.4, D09).
    """
    stored = draw(preferences())
    return MfaState(
        stored=stored,
        totp_enrolled=Factor.TOTP in stored.activated or draw(st.booleans()),
        phone=contact(draw(contacts), "+447400123456"),
        email=contact(draw(contacts), "nora@example.com"),
    )
