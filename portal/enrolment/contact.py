"""The phone number and the e-mail address of an account, changed as a task of their own.

The way is that of `channel`; here stands what a change brings along, said before the button.
"""

from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.enrolment.channel import Channel
from portal.enrolment.email.channel import EMAIL
from portal.enrolment.sms.channel import SMS
from portal.factors import policy
from portal.factors.domain import Contact, Factor
from portal.factors.services import Factors

PHONE_NUMBER = replace(
    SMS,
    slug="phone",
    event="phone_number_changed",
    activates=False,
    changed_notice=gettext_noop("The phone number of your account was changed."),
    replaced_notice=gettext_noop(
        "The phone number of your account was changed. The new one still has to be confirmed."
    ),
    added_notice=gettext_noop("A phone number was added to your account."),
)
EMAIL_ADDRESS = replace(
    EMAIL,
    slug="address",
    event="email_address_changed",
    activates=False,
    changed_notice=gettext_noop("The e-mail address of your account was changed."),
    replaced_notice=gettext_noop(
        "The e-mail address of your account was changed. The new one still has to be confirmed."
    ),
    added_notice=gettext_noop("An e-mail address was added to your account."),
)
CODES_GO_THERE = {
    Factor.SMS: gettext_noop("Your sign-in codes go to the new number from then on."),
    Factor.EMAIL: gettext_noop("Your sign-in codes go to the new address from then on."),
}
RECOVERS_BY_IT = {
    Factor.SMS: gettext_noop("If you forget your password, the new number is how you get back in."),
    Factor.EMAIL: gettext_noop(
        "If you forget your password, the new address is how you get back in."
    ),
}
# A method that becomes the way back in, and so is no method any more.
LOST = {
    Factor.SMS: gettext_noop(
        "Text message will not be asked for at sign-in any more: it becomes how you get back in "
        "when you forget your password."
    ),
    Factor.EMAIL: gettext_noop(
        "E-mail will not be asked for at sign-in any more: it becomes how you get back in when "
        "you forget your password."
    ),
}


def consequences(channel: Channel, factors: Factors) -> list[str]:
    """What a change means for methods, for a forgotten password, and who is told. Pure."""
    factor = channel.factor
    said = []
    if factor in factors.effective:
        said.append(_(CODES_GO_THERE[factor]))
    if factor in factors.policy.recovery:
        said.append(_(RECOVERS_BY_IT[factor]))
    said += [
        _(LOST[lost])
        for lost in policy.in_order(factors.effective - _effective_then(factor, factors))
    ]
    if factor is Factor.EMAIL:
        said.append(_("Messages about changes to your account go there. The old address is told."))
    return said or [_("Nothing changes about how you sign in.")]


def _effective_then(factor: Factor, factors: Factors) -> frozenset[Factor]:
    """What sign-in would use once the new one is confirmed (contract 4.5)."""
    confirmed = Contact("confirmed", verified=True)
    state = (
        replace(factors.state, phone=confirmed)
        if factor is Factor.SMS
        else replace(factors.state, email=confirmed)
    )
    return policy.effective(state, factors.policy)
