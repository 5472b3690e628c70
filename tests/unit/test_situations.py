"""What is worked out once for all who stand alike, and that nothing of anybody is kept for it."""

import pickle

from django.utils import translation

from portal.factors import situations
from portal.factors.domain import Contact, Factor, MfaPreference, MfaState, Mode, PoolPolicy
from portal.factors.services import Factors
from portal.factors.statuses import statuses

RULES = PoolPolicy(Mode.OPTIONAL, frozenset(Factor))
NUMBER, ADDRESS = "+447400123456", "nora@example.com"


def _factors(number: str, address: str, *, confirmed: bool = True) -> Factors:
    stored = MfaPreference(frozenset({Factor.SMS}))
    phone, email = Contact(number, confirmed), Contact(address, verified=True)
    return Factors(MfaState(stored, phone=phone, email=email), RULES, {})


def test_two_who_stand_alike_share_one_that_knows_neither():
    nora, otto = _factors(NUMBER, ADDRESS), _factors("+49301234567", "otto@example.com")
    assert nora.situation is otto.situation
    kept = pickle.dumps(nora.situation)
    assert NUMBER.encode() not in kept
    assert ADDRESS.encode() not in kept
    assert statuses(nora)[1].said is statuses(otto)[1].said
    assert statuses(nora)[1].masked_target != statuses(otto)[1].masked_target


def test_who_stands_otherwise_has_another():
    confirmed = _factors(NUMBER, ADDRESS)
    others = (_factors("", ADDRESS), _factors(NUMBER, ADDRESS, confirmed=False))
    assert confirmed.situation not in {each.situation for each in others}
    assert situations.of(confirmed.state, PoolPolicy(Mode.OFF, RULES.offered)).effective == set()


def test_what_is_said_is_said_in_the_language_that_is_spoken():
    nora = _factors(NUMBER, ADDRESS)
    in_english = statuses(nora)[0].head.label
    with translation.override("de"):
        in_german = statuses(nora)[0].head.label
    assert (in_english, in_german) == ("Authenticator app", "Authenticator-App")
    assert statuses(nora)[0].head.label == in_english
