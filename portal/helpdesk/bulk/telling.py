"""What is written down and told of a change that one of many people had."""

from collections.abc import Mapping

from accounts import notices
from accounts.subjects import Subject
from portal.factors.domain import Factor
from portal.factors.words import LABEL
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
    Kind.PREFER: "The helpdesk chose what you are asked for first: {method}.",
    Kind.TURN_OFF: "The helpdesk turned off a sign-in method: {method}.",
    Kind.REMOVE_APP: "The helpdesk removed your authenticator app.",
    Kind.END_SESSIONS: "The helpdesk signed you out everywhere.",
    Kind.FORGET_DEVICES: "The helpdesk removed all your trusted devices.",
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


def tell(change: BulkChange, row: BulkRow, email: str) -> None:
    """Queue the notice to the person of a row (HLP-08, NOT-01)."""
    method = LABEL[Factor(change.factor)].lower() if change.factor else ""
    happened = HAPPENED[Kind(change.kind)].format(method=method)
    subject = Subject(change.pool_id, row.sub)
    notices.announce_for(subject, {email}, happened, about=row.receipt, ticket=change.ticket)
