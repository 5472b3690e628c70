"""What is written down and told of a change that one of many people had."""

from collections.abc import Mapping

from django.utils.translation import gettext_noop

from accounts.cognito.self_service import Account
from accounts.subjects import Subject
from portal.factors.domain import Factor
from portal.helpdesk import telling
from portal.helpdesk.bulk.models import BulkChange, BulkRow
from portal.helpdesk.bulk.planning import Kind

EVENT: Mapping[Kind, str] = {
    Kind.PREFER: "bulk_preferred",
    Kind.TURN_OFF: "bulk_turned_off",
    Kind.REMOVE_APP: "bulk_app_removed",
    Kind.END_SESSIONS: "bulk_sessions_ended",
    Kind.FORGET_DEVICES: "bulk_devices_forgotten",
}
HAPPENED: Mapping[Kind, str] = {
    Kind.REMOVE_APP: gettext_noop("The helpdesk removed your authenticator app."),
    Kind.END_SESSIONS: gettext_noop("The helpdesk signed you out everywhere."),
    Kind.FORGET_DEVICES: gettext_noop("The helpdesk removed all your trusted devices."),
}
HAPPENED_TO: Mapping[tuple[Kind, Factor], str] = {
    (Kind.PREFER, Factor.TOTP): gettext_noop(
        "The helpdesk chose what you are asked for first: authenticator app."
    ),
    (Kind.PREFER, Factor.SMS): gettext_noop(
        "The helpdesk chose what you are asked for first: text message."
    ),
    (Kind.PREFER, Factor.EMAIL): gettext_noop(
        "The helpdesk chose what you are asked for first: e-mail."
    ),
    (Kind.TURN_OFF, Factor.TOTP): gettext_noop(
        "The helpdesk turned off a sign-in method: authenticator app."
    ),
    (Kind.TURN_OFF, Factor.SMS): gettext_noop(
        "The helpdesk turned off a sign-in method: text message."
    ),
    (Kind.TURN_OFF, Factor.EMAIL): gettext_noop(
        "The helpdesk turned off a sign-in method: e-mail."
    ),
}
# Operations that change something, by Cognito's names.
WRITES = frozenset(
    {
        "AdminSetUserMFAPreference",
        "AdminDeleteSoftwareToken",
        "AdminUserGlobalSignOut",
        "AdminForgetDevice",
    }
)


def tell(change: BulkChange, row: BulkRow, account: Account) -> None:
    """Queue word to the person of a row, on every channel (HLP-08, NOT-01)."""
    kind = Kind(change.kind)
    happened = HAPPENED.get(kind) or HAPPENED_TO[kind, Factor(change.factor)]
    subject = Subject(change.pool_id, row.sub)
    telling.tell(subject, account, happened, about=row.receipt, ticket=change.ticket)
