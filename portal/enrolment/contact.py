"""The phone number and the e-mail address of an account, changed as a task of their own.

The way is that of `channel`; here stands what a change brings along, said before the button.
"""

from dataclasses import replace

from portal.enrolment.channel import Channel
from portal.enrolment.email.channel import EMAIL
from portal.enrolment.sms.channel import SMS
from portal.factors import policy, words
from portal.factors.domain import Contact, Factor
from portal.factors.services import Factors

PHONE_NUMBER = replace(
    SMS,
    slug="phone",
    event="phone_number_changed",
    activates=False,
    changed_notice="The phone number of your account was changed.",
    added_notice="A phone number was added to your account.",
)
EMAIL_ADDRESS = replace(
    EMAIL,
    slug="address",
    event="email_address_changed",
    activates=False,
    changed_notice="The e-mail address of your account was changed.",
    added_notice="An e-mail address was added to your account.",
)
NEW = {Factor.SMS: "new number", Factor.EMAIL: "new address"}


def consequences(channel: Channel, factors: Factors) -> list[str]:
    """What a change means for methods, for a forgotten password, and who is told. Pure."""
    factor, new = channel.factor, NEW[channel.factor]
    said = []
    if factor in factors.effective:
        said.append(f"Your sign-in codes go to the {new} from then on.")
    if factor in factors.policy.recovery:
        said.append(f"If you forget your password, the {new} is how you get back in.")
    said += [
        f"{words.LABEL[lost]} will not be asked for at sign-in any more: it becomes how you get "
        "back in when you forget your password."
        for lost in policy.in_order(factors.effective - _effective_then(factor, factors))
    ]
    if factor is Factor.EMAIL:
        said.append("Messages about changes to your account go there. The old address is told.")
    return said or ["Nothing changes about how you sign in."]


def _effective_then(factor: Factor, factors: Factors) -> frozenset[Factor]:
    """What sign-in would use once the new one is confirmed (contract 4.5)."""
    confirmed = Contact("confirmed", verified=True)
    state = (
        replace(factors.state, phone=confirmed)
        if factor is Factor.SMS
        else replace(factors.state, email=confirmed)
    )
    return policy.effective(state, factors.policy)
