"""What people are told of the helpdesk's acts, each in their own language."""

from collections.abc import Mapping

from django.utils.translation import gettext_noop

from portal.helpdesk.matrix import Act

# What the person is told at once, at every address.
TOLD: Mapping[Act, str] = {
    Act.ISSUE_PASS: gettext_noop("The helpdesk let you set up a new sign-in method."),
    Act.REMOVE_APP: gettext_noop("The helpdesk removed your authenticator app."),
    Act.TURN_OFF: gettext_noop("The helpdesk turned a sign-in method off."),
    Act.PREFER: gettext_noop("The helpdesk changed which sign-in method is asked for first."),
    Act.FORGET_DEVICES: gettext_noop("The helpdesk removed all your trusted devices."),
    Act.END_SESSIONS: gettext_noop("The helpdesk ended all your sessions."),
    Act.RESET_PASSWORD: gettext_noop("The helpdesk asked for a new password of your account."),
    Act.DISABLE: gettext_noop("The helpdesk disabled your account."),
    Act.ENABLE: gettext_noop("The helpdesk enabled your account again."),
    Act.CORRECT_CONTACT: gettext_noop("The helpdesk replaced a phone number or an e-mail address."),
    Act.LIFT_FREEZE: gettext_noop("The helpdesk lets changes of your account be made again."),
    Act.REVEAL: gettext_noop("The helpdesk looked at your whole phone number or e-mail address."),
    Act.LOST_PHONE: gettext_noop("The helpdesk helps you after a lost phone."),
    Act.TAKEOVER: gettext_noop("The helpdesk secured your account."),
    Act.LEAVER: gettext_noop("The helpdesk closed your account."),
}
CHECKED = gettext_noop("The helpdesk made sure that it was speaking with you.")
AGREED = gettext_noop("A second operator of the helpdesk agreed to a change of your account.")
BROKEN = gettext_noop("An operator acts without the approval of a second one, in an emergency.")
BY_TEXT = gettext_noop("{portal}: {happened} It was not you? {url}")
BY_TEXT_WITH_TICKET = gettext_noop("{portal}: {happened} Ticket {ticket}. It was not you? {url}")
