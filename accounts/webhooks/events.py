"""What is told: a closed list of events, and which rows of the audit are one. Standard library."""

from collections.abc import Mapping
from enum import StrEnum


class Event(StrEnum):
    """The `type` of a message. New ones may come; none changes its meaning."""

    FACTOR_CHANGED = "factor.changed"
    SESSIONS_ENDED = "sessions.ended"
    PASSWORD_RESET = "password.reset"  # noqa: S105  (no password)
    ACCOUNT_FROZEN = "account.frozen"
    ACCOUNT_UNFROZEN = "account.unfrozen"
    ACCOUNT_DISABLED = "account.disabled"
    ACCOUNT_ENABLED = "account.enabled"
    RECOVERY_BEGUN = "recovery.begun"
    RECOVERY_FINISHED = "recovery.finished"
    PASS_ISSUED = "pass.issued"  # noqa: S105  (no password)
    CASE_OPENED = "case.opened"
    CASE_CLOSED = "case.closed"
    ALARM_RAISED = "alarm.raised"
    # By `manage.py webhooks test`, to one endpoint.
    TEST = "webhook.test"


MEANS: Mapping[Event, str] = {
    Event.FACTOR_CHANGED: "how an account signs in was changed; `change` names how",
    Event.SESSIONS_ENDED: "all other sign-ins of an account were ended",
    Event.PASSWORD_RESET: (
        "the password of before opens nothing any more: the helpdesk had it reset, or the person "
        "came in with a new one; `change` names which"
    ),
    Event.ACCOUNT_FROZEN: "nobody changes how an account signs in, `until`",
    Event.ACCOUNT_UNFROZEN: "the helpdesk ended that before its time; an end in time is not told",
    Event.ACCOUNT_DISABLED: "nobody gets in with an account any more",
    Event.ACCOUNT_ENABLED: "an account can be used again",
    Event.RECOVERY_BEGUN: "somebody came back in without a method; the old ones are gone",
    Event.RECOVERY_FINISHED: "and set up a new one",
    Event.PASS_ISSUED: "a recovery pass opens, `opens_at`, in one browser",
    Event.CASE_OPENED: "the helpdesk has something to look at: `case`, `kind`",
    Event.CASE_CLOSED: "and has looked",
    Event.ALARM_RAISED: "something unusual: `pattern`",
    Event.TEST: "sent by `manage.py webhooks test`",
}
_CHANGES = (
    "preference_changed", "preference_repaired", "totp_enrolled", "sms_enrolled", "email_enrolled",
    "phone_number_changed", "email_address_changed", "passkey_added", "passkey_deleted",
    "passkey_instead_of_code", "passkey_not_instead_of_code", "recovery_codes_made",
    "helpdesk_remove_app", "helpdesk_turn_off", "helpdesk_prefer", "helpdesk_correct_contact",
    "bulk_preferred", "bulk_turned_off", "bulk_app_removed", "drift_found",
)  # fmt: skip
_SESSIONS = (
    "signed_out_everywhere", "other_sessions_ended", "helpdesk_end_sessions", "bulk_sessions_ended",
)  # fmt: skip
# Rows of the audit that are told, once they are done. Cases and passes are told where they are
# made, since they have rows of their own.
OF_AUDIT: Mapping[str, Event] = {
    **dict.fromkeys(_CHANGES, Event.FACTOR_CHANGED),
    **dict.fromkeys(_SESSIONS, Event.SESSIONS_ENDED),
    "password_was_reset": Event.PASSWORD_RESET,
    "helpdesk_reset_password": Event.PASSWORD_RESET,
    "not_me_said": Event.ACCOUNT_FROZEN,
    "helpdesk_freeze": Event.ACCOUNT_FROZEN,
    "helpdesk_lift_freeze": Event.ACCOUNT_UNFROZEN,
    "helpdesk_disable": Event.ACCOUNT_DISABLED,
    "helpdesk_enable": Event.ACCOUNT_ENABLED,
    "recovery_begun": Event.RECOVERY_BEGUN,
    "recovery_finished": Event.RECOVERY_FINISHED,
    "alarm_raised": Event.ALARM_RAISED,
}


def table() -> str:
    """The table of docs/webhooks.md."""
    rows = [f"| `{event}` | {means} |" for event, means in MEANS.items()]
    return "\n".join(["| type | what happened |", "|---|---|", *rows])
