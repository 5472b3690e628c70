"""What people read: no jargon anywhere, and sentences that are true."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.cognito.errors import DestinationTaken
from accounts.cognito.sign_in import Challenge
from accounts.doors.words import CHOICE, where_the_code_is
from portal.enrolment.channel_views import NOT_RIGHT, NOT_SENT
from portal.enrolment.totp.services import HELP, help_after
from portal.factors import sentences, words
from portal.factors.domain import (
    Factor,
    MfaPreference,
    MfaState,
    Next,
    NextChallenge,
    PoolPolicy,
    PreferenceRefused,
    Refusal,
)
from portal.factors.services import Factors, Record, foresee_without
from portal.factors.statuses import (
    NOT_OFFERED,
    NOT_USABLE,
    STATE_LABEL,
    FactorStatus,
    hints,
    statuses,
)
from tests.jargon import jargon_in, jargon_in_translation
from tests.unit.speech import sentences_of_code, template_files, words_of_template
from tests.unit.strategies import contact, policies, preferences, states

TOTP, SMS, EMAIL = Factor.TOTP, Factor.SMS, Factor.EMAIL


def plain(sentence: str) -> bool:
    return not jargon_in(sentence)


@pytest.mark.parametrize(
    "said",
    [
        "Token",
        "otp",
        "Mfa",
        "Webauthn",
        "two-factor",
        "SMS_MFA",
        "software_token",
        "OTPs",
        "cognito",
    ],
)
def test_jargon_is_found_however_it_is_written(said: str):
    """Design section 6: in capitals or not, in any sentence."""
    assert jargon_in(f"Your {said}.")


def test_jargon_is_a_whole_word():
    assert jargon_in("A factory at mfa.example.com stores it for each person.") == []
    assert jargon_in_translation("MFAをトークンで; ページの要素, tokenů") == [
        "MFA",
        "トークン",
        "token",
    ]


def test_no_sentence_in_the_code_uses_jargon():
    """Design section 6, as a list of what was found."""
    assert [(place, text) for place, text in sentences_of_code() if not plain(text)] == []


def test_no_page_uses_jargon():
    """Design section 6: the templates' own words."""
    found = {str(path): jargon_in(words_of_template(path)) for path in template_files()}
    assert {path: hit for path, hit in found.items() if hit} == {}


# "lasts", "lives", "expires", "is valid": other words for what `works for` says.
OTHERWISE = re.compile(
    r"\b(?:codes?|pass|passes|links?|it|they)\b (?:(?:only|then) )?"
    r"(?:lives?|lasts?|expires?|(?:is|are|stays?) (?:valid|good))\b",
    re.IGNORECASE,
)


def test_how_long_a_code_works_is_said_in_one_way():
    """By the same words wherever one is sent, shown or handed out; docs/words.md has them."""
    said = [text for _, text in sentences_of_code()]
    said += [words_of_template(path) for path in template_files()]
    assert [match for each in said for match in OTHERWISE.findall(each)] == []
    assert any("The code works for an hour." in each for each in said)


@given(preferences(), preferences())
def test_what_changed_is_said_in_plain_words_and_never_left_out(
    before: MfaPreference, after: MfaPreference
):
    """FAC-03: one sentence for each method that went on or off, one for the first one."""
    said = words.differences(before, after)
    switched = before.activated ^ after.activated
    assert len(said) == max(1, len(switched) + (before.preferred != after.preferred))
    assert all(plain(sentence) for sentence in said)
    for factor in switched:
        way = "on" if factor in after.activated else "off"
        assert f"{words.LABEL[factor]} was turned {way}." in said


def test_what_changed_names_the_new_first_one_or_that_there_is_none():
    """FAC-03."""
    both = frozenset({TOTP, SMS})
    first, none = MfaPreference(both, TOTP), MfaPreference(both)
    assert words.differences(none, first) == ["Authenticator app is now asked first."]
    assert words.differences(first, none) == ["No method is asked first any more."]
    contacts_only = words.differences(first, first)
    assert contacts_only == ["Your phone number or e-mail address was changed."]
    unreadable = words.differences(None, first)
    assert unreadable == ["Your sign-in methods were changed since this page was opened."]


@pytest.mark.parametrize(("refusal", "factor"), [*product(Refusal, [None, *Factor])])
def test_every_refusal_has_a_sentence_that_names_the_method(
    refusal: Refusal, factor: Factor | None
):
    """A11-07: errors are text."""
    said = words.refused(PreferenceRefused(refusal, factor))
    assert plain(said)
    assert "{" not in said
    if factor and refusal in sentences.REFUSED:
        assert words.LABEL[factor] in said


PER_METHOD = [
    *(getattr(sentences, name) for name in ("IS_ON", "IS_NOT_ON", "IS_NOT_ON_YET", "IS_OFF")),
    *(getattr(sentences, name) for name in ("CHOSEN_IS_OFF", "TURNED_ON", "TURNED_OFF")),
    *(getattr(sentences, name) for name in ("NOW_FIRST", "TURN_OFF_QUESTION")),
    *(getattr(sentences, name) for name in ("FIRST_BUT_NOT_USED", "ON_BUT_NOT_USED")),
    *sentences.ACT.values(),
    *sentences.GAP.values(),
    *sentences.REFUSED.values(),
]


def test_each_sentence_about_a_method_is_about_the_right_one():
    """Three whole sentences in place of one with a gap: alike but for the method they name."""
    for table in PER_METHOD:
        assert len({*table.values()}) == len(table)
        for factor, said in table.items():
            names = {other for other in Factor if words.LABEL[other].lower() in said.lower()}
            assert names == {factor}, said
    for others, said in sentences.NOT_OFFERED_BESIDE.items():
        named = tuple(other for other in Factor if words.LABEL[other].lower() in said.lower())
        assert named == others


def challenges() -> Iterator[NextChallenge]:
    yield NextChallenge(Next.NOTHING)
    yield NextChallenge(Next.STUCK)
    yield from (NextChallenge(Next.ONE, (factor,)) for factor in Factor)
    for pair in [(TOTP, SMS), (TOTP, EMAIL), (SMS, EMAIL), (TOTP, SMS, EMAIL)]:
        yield NextChallenge(Next.CHOICE, pair)
        yield NextChallenge(Next.SET_UP, pair)


@pytest.mark.parametrize("challenge", [*challenges()], ids=str)
def test_every_next_sign_in_is_told_in_plain_words(challenge: NextChallenge):
    """Design law 3: what will happen, and a warning where the password alone decides."""
    said = words.next_sign_in(challenge)
    assert plain(" ".join([said.headline, *said.details]))
    calm = challenge.kind in {Next.ONE, Next.CHOICE}
    assert said.tone == ("calm" if calm else "warning")
    if challenge.kind is Next.CHOICE:
        assert all(words.IN_SENTENCE[factor] in said.headline for factor in challenge.factors)


def test_the_next_sign_in_tells_each_method_apart():
    """Design law 3."""
    said = [words.next_sign_in(NextChallenge(Next.ONE, (factor,))).headline for factor in Factor]
    assert "authenticator app" in said[0]
    assert "text you" in said[1]
    assert "e-mail you" in said[2]


def test_a_choice_is_listed_as_people_list_things():
    assert words.either((TOTP,)) == "your authenticator app"
    assert words.either((TOTP, SMS)) == "your authenticator app or a text message"
    assert words.either((TOTP, SMS, EMAIL)) == (
        "your authenticator app, a text message or an e-mail"
    )


def test_every_method_has_its_words():
    for table in (words.LABEL, words.IN_SENTENCE, words.DESCRIPTION, words.ICON, words.SLUG):
        assert table.keys() == set(Factor)
    assert set(CHOICE) == set(Factor)
    assert {slug: words.SLUG[factor] for slug, factor in words.FACTOR_OF.items()} == {
        slug: slug for slug in ("totp", "sms", "email")
    }
    assert all(words.REFUSED[refusal] for refusal in Refusal)


ADDED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def factors(state: MfaState, policy: PoolPolicy, records: Any = None) -> Factors:
    return Factors(state, policy, records or {})


def words_of(row: FactorStatus) -> str:
    said = row.said
    shown = [said.label, said.state_label, said.note, said.description, row.first_step_label]
    actions = [f"{action.label} {action.accessible_label}" for action in row.actions]
    return " ".join([*shown, *actions])


@given(states(), policies, st.sampled_from(Factor))
def test_every_row_of_the_overview_is_plain_and_masked(
    state: MfaState, policy: PoolPolicy, named: Factor
):
    """FAC-06, FAC-10: strongest first; no number and no address; no action without a name."""
    rows = statuses(factors(state, policy, {named: Record("My phone", ADDED)}))
    assert [row.factor for row in rows] == [
        each for each in Factor if each in {row.factor for row in rows}
    ]
    for row in rows:
        assert plain(words_of(row))
        assert row.state in STATE_LABEL
        contact_ = state.contact(row.factor).value
        assert not contact_ or contact_ not in row.masked_target
        label = row.said.label.lower()
        assert all(label in action.accessible_label.lower() for action in row.actions)


@given(states(), policies)
def test_what_tells_ones_methods_apart_is_a_name_or_masked(state: MfaState, policy: PoolPolicy):
    """FAC-10: beside a choice stands the name that was given, else what masking leaves."""
    named = hints(factors(state, policy, {SMS: Record("My phone", ADDED)}))
    assert named[SMS] == "My phone"
    unnamed = hints(factors(state, policy, {SMS: Record("", ADDED)}))
    for factor in Factor:
        value = state.contact(factor).value
        assert not value or value not in unnamed[factor]
    assert unnamed[TOTP] == ""


@given(states(), policies)
def test_a_row_says_on_exactly_where_sign_in_asks(state: MfaState, policy: PoolPolicy):
    """Design law 3: the state is what is effective, not what is stored."""
    seen = factors(state, policy)
    for row in statuses(seen):
        assert (row.state in {"on", "preferred"}) == (row.factor in seen.effective)
        if row.state == "preferred":
            assert seen.preference.preferred == row.factor


OPEN = PoolPolicy("OPTIONAL", frozenset(Factor))  # type: ignore[arg-type]
PHONE = contact("verified", "+447400123456")


def row_of(factor: Factor, state: MfaState, **policy: Any) -> FactorStatus:
    rules = PoolPolicy(**({"mode": OPEN.mode, "offered": OPEN.offered} | policy))
    return next(row for row in statuses(factors(state, rules)) if row.factor is factor)


def test_a_number_the_pool_no_longer_texts_is_not_blamed_on_recovery():
    """Contract 5.4 D10: two reasons not to be asked, two sentences."""
    on = MfaState(MfaPreference(frozenset({SMS})), phone=PHONE)
    gone = row_of(SMS, on, offered=frozenset({TOTP}))
    assert (gone.state, gone.said.note, gone.actions) == ("unavailable", NOT_OFFERED, ())
    recovers = row_of(SMS, on, recovery=(SMS,))
    assert (recovers.state, recovers.said.note) == ("unavailable", NOT_USABLE)


def test_a_method_that_also_recovers_the_password_says_so():
    """Contract 4.5, last row."""
    mail = contact("verified", "nora@example.com")
    state = MfaState(MfaPreference(frozenset({SMS})), phone=PHONE, email=mail)
    assert "reset your password" in row_of(SMS, state, recovery=(EMAIL, SMS)).said.note
    assert row_of(SMS, state).said.note == ""


def test_an_unconfirmed_number_that_is_asked_for_says_so():
    """FAC-05: the pool asks for it all the same."""
    typed = contact("unverified", "+447400123456")
    assert (
        "Not confirmed"
        in row_of(SMS, MfaState(MfaPreference(frozenset({SMS})), phone=typed)).said.note
    )
    waiting = row_of(SMS, MfaState(phone=typed))
    assert (waiting.state, waiting.actions[0].label) == ("needs_confirming", "Confirm")


def test_the_overview_foresees_what_turning_off_would_mean():
    """Design law 3: said before the button."""
    both = MfaPreference(frozenset({TOTP, SMS}), TOTP)
    seen = factors(MfaState(both, totp_enrolled=True, phone=PHONE), OPEN)
    assert "text you" in foresee_without(seen, TOTP).headline
    assert "authenticator app" in foresee_without(seen, SMS).headline
    only = factors(MfaState(MfaPreference(frozenset({TOTP})), totp_enrolled=True), OPEN)
    assert foresee_without(only, TOTP).tone == "warning"


def test_each_wrong_code_gets_the_next_piece_of_help():
    assert [help_after(attempt) for attempt in (1, 2, 3, 9)] == [*HELP, HELP[-1]]


@pytest.mark.parametrize(
    ("factor", "thing", "other"),
    [(SMS, "phone number", "e-mail address"), (EMAIL, "e-mail address", "phone number")],
)
def test_what_a_channel_refuses_names_the_thing(factor: Factor, thing: str, other: str):
    """A11-07."""
    for table in (NOT_SENT, NOT_RIGHT):
        assert thing in table[factor][DestinationTaken]
        assert all(other not in sentence for sentence in table[factor].values())


def question(name: str, **parameters: str) -> Challenge:
    return Challenge(name, "", "nora", parameters)


@pytest.mark.parametrize(
    ("challenge", "sentence", "detail"),
    [
        (
            question("SMS_MFA", CODE_DELIVERY_DESTINATION="+*******9934"),
            "We sent a text message to",
            "9934",
        ),
        (
            question("EMAIL_OTP", CODE_DELIVERY_DESTINATION="t***@t***"),
            "We sent an e-mail to",
            "t•••@t•••",
        ),
        (
            question("SOFTWARE_TOKEN_MFA", FRIENDLY_DEVICE_NAME="added 3 May 2026"),
            "Open your authenticator app",
            "(added 3 May 2026)",
        ),
        (question("SOFTWARE_TOKEN_MFA"), "Open your authenticator app", ""),
    ],
)
def test_a_question_says_where_its_code_is(challenge: Challenge, sentence: str, detail: str):
    """Contract 5.3; FAC-10: masked as everywhere else."""
    place = where_the_code_is(challenge)
    assert place.sentence == sentence
    assert place.detail.endswith(detail)
    assert "*" not in place.detail
