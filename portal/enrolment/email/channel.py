from django.utils.translation import gettext_noop

from accounts.masking import mask_email
from portal.enrolment.channel import Channel
from portal.enrolment.email.forms import MailboxForm
from portal.factors.domain import Factor

EMAIL = Channel(
    factor=Factor.EMAIL,
    attribute="email",
    slug="email",
    event="email_enrolled",
    form=MailboxForm,
    mask=mask_email,
    thing="e-mail address",
    changed_notice=gettext_noop("The e-mail address for sign-in codes was changed."),
    replaced_notice=gettext_noop(
        "The e-mail address for sign-in codes was changed. The new one still has to be confirmed."
    ),
    added_notice=gettext_noop("Sign-in codes by e-mail were turned on."),
)
