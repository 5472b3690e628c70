from django.utils.translation import gettext_noop

from accounts.masking import mask_phone
from portal.enrolment.channel import Channel
from portal.enrolment.sms.forms import PhoneForm
from portal.factors.domain import Factor

SMS = Channel(
    factor=Factor.SMS,
    attribute="phone_number",
    slug="sms",
    event="sms_enrolled",
    form=PhoneForm,
    mask=mask_phone,
    thing="phone number",
    changed_notice=gettext_noop("The phone number for sign-in codes was changed."),
    replaced_notice=gettext_noop(
        "The phone number for sign-in codes was changed. The new one still has to be confirmed."
    ),
    added_notice=gettext_noop("Sign-in codes by text message were turned on."),
)
