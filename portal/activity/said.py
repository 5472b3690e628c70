"""The words of the history: in English here, in the reader's language where they are shown."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, pgettext

from accounts.languages import joined
from portal.factors.domain import Factor

EVERYTHING = "everything"
KINDS = {
    EVERYTHING: gettext_noop("Everything"),
    "sign_ins": gettext_noop("Signing in and out"),
    "changes": gettext_noop("Changes to how you sign in"),
    "helpdesk": gettext_noop("What the helpdesk did"),
    "problems": gettext_noop("What did not work"),
}
UNKNOWN_ENDING = gettext_noop("{done} – we are not certain that it happened")


@dataclass(frozen=True)
class Who:
    """Who did it: as the table names them, and as a line of the page says it."""

    name: str
    said: str

    def in_words(self, **values: str) -> "Who":
        """In the language that is spoken."""
        return Who(_(self.name).format(**values), _(self.said).format(**values))


# Actors that are no operators.
WHO: Mapping[str, Who] = {
    "portal": Who(gettext_noop("the portal"), gettext_noop("by the portal")),
    "anonymous": Who(
        gettext_noop("somebody not signed in"), gettext_noop("by somebody not signed in")
    ),
    "command": Who(
        gettext_noop("whoever runs the portal"), gettext_noop("by whoever runs the portal")
    ),
}
# Of one's own acts the page names nobody.
YOU = Who(gettext_noop("you"), "")
HELPDESK = Who(gettext_noop("the helpdesk"), gettext_noop("by the helpdesk"))
OPERATOR = Who(gettext_noop("{name} of the helpdesk"), gettext_noop("by {name} of the helpdesk"))
ELSEWHERE = Who(
    gettext_noop("somebody, by another way"), gettext_noop("by somebody, by another way")
)
SIGN_IN_SERVICE = Who(gettext_noop("the sign-in service"), gettext_noop("by the sign-in service"))

# What an operator looked at, by the names of the pages where its owner sees the same.
LOOKED_AT: Mapping[str, str] = {
    "devices": gettext_noop("Trusted devices"),
    "sessions": gettext_noop("Where you are signed in"),
    "history": gettext_noop("What happened"),
}

METHOD: Mapping[Factor, str] = {
    Factor.TOTP: gettext_noop("authenticator app"),
    Factor.SMS: gettext_noop("text message"),
    Factor.EMAIL: gettext_noop("e-mail"),
}
ASKED_FIRST: Mapping[Factor, str] = {
    Factor.TOTP: gettext_noop("first authenticator app"),
    Factor.SMS: gettext_noop("first text message"),
    Factor.EMAIL: gettext_noop("first e-mail"),
}


def columns() -> tuple[str, ...]:
    """Heads of the table."""
    return (
        pgettext("column", "time (UTC)"),
        pgettext("column", "what"),
        pgettext("column", "how it ended"),
        pgettext("column", "roughly where"),
        pgettext("column", "by"),
        pgettext("column", "reference"),
        pgettext("column", "why"),
        pgettext("column", "ticket"),
    )


def ending(outcome: str) -> str:
    """Below `how it ended`."""
    return {
        "done": pgettext("how it ended", "done"),
        "refused": pgettext("how it ended", "not done"),
        "unknown": pgettext("how it ended", "not certain"),
    }[outcome]


def preference(activated: list[Factor], first: Factor | None) -> str:
    """`authenticator app, text message; first text message`; a single one is asked for anyway."""
    if not activated:
        return _("no second step")
    methods = joined([_(METHOD[factor]) for factor in activated], "unit")
    if len(activated) == 1 and not first:
        # Between one and itself nobody is asked to choose.
        return methods
    asks = _(ASKED_FIRST[first]) if first else _("ask me each time")
    # Translators: the sign-in methods that are on, and which of them is asked for first.
    return _("{methods}; {first}").format(methods=methods, first=asks)


@dataclass(frozen=True)
class Said:
    """The words for one kind of event: as it was done, and as it was refused."""

    kind: str
    done: str
    refused: str


SAID: Mapping[str, Said] = {
    "signed_in": Said("sign_ins", gettext_noop("Signed in"), gettext_noop("A sign-in was refused")),
    "helpdesk_entered": Said(
        "sign_ins",
        gettext_noop("Began to work at the helpdesk"),
        gettext_noop("Entering the helpdesk was refused"),
    ),
    "audit_read": Said(
        "sign_ins", gettext_noop("Read the audit"), gettext_noop("Reading the audit was refused")
    ),
    "helpdesk_left": Said(
        "sign_ins",
        gettext_noop("Left the helpdesk"),
        gettext_noop("Leaving the helpdesk did not work"),
    ),
    "bulk_planned": Said(
        "changes",
        gettext_noop("Planned a change for many people"),
        gettext_noop("Planning a change for many was refused"),
    ),
    "bulk_approved": Said(
        "changes",
        gettext_noop("Approved a change for many people"),
        gettext_noop("Approving a change for many was refused"),
    ),
    "bulk_refused": Said(
        "changes",
        gettext_noop("Refused a change for many people"),
        gettext_noop("Refusing a change for many did not work"),
    ),
    "bulk_paused": Said(
        "changes",
        gettext_noop("Paused a change for many people"),
        gettext_noop("Pausing a change for many did not work"),
    ),
    "bulk_resumed": Said(
        "changes",
        gettext_noop("Went on with a change for many people"),
        gettext_noop("Going on with it did not work"),
    ),
    "bulk_cancelled": Said(
        "changes",
        gettext_noop("Cancelled a change for many people"),
        gettext_noop("Cancelling it did not work"),
    ),
    "bulk_preferred": Said(
        "helpdesk",
        gettext_noop("The helpdesk chose what we ask for first"),
        gettext_noop("The helpdesk could not choose what we ask for first"),
    ),
    "bulk_turned_off": Said(
        "helpdesk",
        gettext_noop("The helpdesk turned off a sign-in method"),
        gettext_noop("The helpdesk could not turn off a sign-in method"),
    ),
    "bulk_app_removed": Said(
        "helpdesk",
        gettext_noop("The helpdesk removed your authenticator app"),
        gettext_noop("The helpdesk could not remove your authenticator app"),
    ),
    "bulk_sessions_ended": Said(
        "helpdesk",
        gettext_noop("The helpdesk signed you out everywhere"),
        gettext_noop("The helpdesk could not sign you out everywhere"),
    ),
    "bulk_devices_forgotten": Said(
        "helpdesk",
        gettext_noop("The helpdesk removed all your trusted devices"),
        gettext_noop("The helpdesk could not remove all your trusted devices"),
    ),
    "helpdesk_searched": Said(
        "sign_ins",
        gettext_noop("Looked for somebody at the helpdesk"),
        gettext_noop("A search at the helpdesk was refused"),
    ),
    "helpdesk_looked": Said(
        "helpdesk",
        gettext_noop("Looked at the account"),
        gettext_noop("Looking at the account was refused"),
    ),
    "helpdesk_refused": Said(
        "helpdesk",
        gettext_noop("Asked for a change"),
        gettext_noop("A change that is not allowed was asked for"),
    ),
    "helpdesk_issue_pass": Said(
        "helpdesk",
        gettext_noop("A recovery pass was issued"),
        gettext_noop("Issuing a recovery pass was refused"),
    ),
    "helpdesk_remove_app": Said(
        "helpdesk",
        gettext_noop("The authenticator app was removed"),
        gettext_noop("Removing the authenticator app was refused"),
    ),
    "helpdesk_turn_off": Said(
        "helpdesk",
        gettext_noop("A sign-in method was turned off"),
        gettext_noop("Turning a sign-in method off was refused"),
    ),
    "helpdesk_prefer": Said(
        "helpdesk",
        gettext_noop("What is asked first was changed"),
        gettext_noop("A change of what is asked first was refused"),
    ),
    "helpdesk_forget_devices": Said(
        "helpdesk",
        gettext_noop("All trusted devices were removed"),
        gettext_noop("Removing all trusted devices was refused"),
    ),
    "helpdesk_end_sessions": Said(
        "helpdesk",
        gettext_noop("All sessions were ended"),
        gettext_noop("Ending all sessions was refused"),
    ),
    "helpdesk_reset_password": Said(
        "helpdesk",
        gettext_noop("A new password was asked for"),
        gettext_noop("Asking for a new password was refused"),
    ),
    "helpdesk_disable": Said(
        "helpdesk",
        gettext_noop("The account was disabled"),
        gettext_noop("Disabling the account was refused"),
    ),
    "helpdesk_enable": Said(
        "helpdesk",
        gettext_noop("The account was enabled"),
        gettext_noop("Enabling the account was refused"),
    ),
    "helpdesk_correct_contact": Said(
        "helpdesk",
        gettext_noop("A phone number or e-mail address was replaced"),
        gettext_noop("Replacing a number or address was refused"),
    ),
    "helpdesk_lift_freeze": Said(
        "helpdesk",
        gettext_noop("Changes were let again"),
        gettext_noop("Letting changes again was refused"),
    ),
    "helpdesk_reveal": Said(
        "helpdesk",
        gettext_noop("A whole number or address was looked at"),
        gettext_noop("Looking at a whole number was refused"),
    ),
    "helpdesk_close_case": Said(
        "helpdesk", gettext_noop("A case was closed"), gettext_noop("Closing a case was refused")
    ),
    "helpdesk_freeze": Said(
        "helpdesk",
        gettext_noop("Changes were stopped"),
        gettext_noop("Stopping changes was refused"),
    ),
    "helpdesk_revoke_passes": Said(
        "helpdesk",
        gettext_noop("Recovery passes were revoked"),
        gettext_noop("Revoking recovery passes was refused"),
    ),
    "helpdesk_lost_phone": Said(
        "helpdesk",
        gettext_noop("The helpdesk began to help after a lost phone"),
        gettext_noop("Help after a lost phone was refused"),
    ),
    "helpdesk_takeover": Said(
        "helpdesk",
        gettext_noop("The helpdesk began to secure the account against somebody else"),
        gettext_noop("Securing the account was refused"),
    ),
    "helpdesk_leaver": Said(
        "helpdesk",
        gettext_noop("The helpdesk began to close the account of somebody who left"),
        gettext_noop("Closing the account was refused"),
    ),
    "helpdesk_open_case": Said(
        "helpdesk", gettext_noop("A case was opened"), gettext_noop("Opening a case was refused")
    ),
    "caller_check_begun": Said(
        "helpdesk",
        gettext_noop("The helpdesk began to check a caller who said to be you"),
        gettext_noop("Checking a caller was refused"),
    ),
    "caller_check_closed": Said(
        "helpdesk",
        gettext_noop("The check of a caller ended"),
        gettext_noop("Ending the check of a caller did not work"),
    ),
    "caller_asked": Said(
        "helpdesk",
        gettext_noop("The helpdesk asked the caller for a proof"),
        gettext_noop("Asking a caller for a proof did not work"),
    ),
    "caller_proved": Said(
        "helpdesk",
        gettext_noop("The caller proved to be you"),
        gettext_noop("A caller who said to be you could not prove it"),
    ),
    "caller_vouched": Said(
        "helpdesk",
        gettext_noop("Somebody confirmed that the caller is you"),
        gettext_noop("A confirmation was refused"),
    ),
    "call_denied": Said(
        "helpdesk",
        gettext_noop("You told the helpdesk that the caller is not you"),
        gettext_noop("Telling the helpdesk that the caller is not you did not work"),
    ),
    "alarm_raised": Said(
        "helpdesk",
        gettext_noop("Something unusual was reported to the helpdesk"),
        gettext_noop("Something unusual could not be reported"),
    ),
    "approval_asked": Said(
        "helpdesk",
        gettext_noop("An operator asked a second one to agree to a change"),
        gettext_noop("Asking a second operator was refused"),
    ),
    "approval_given": Said(
        "helpdesk",
        gettext_noop("A second operator agreed to a change"),
        gettext_noop("A second operator did not agree to a change"),
    ),
    "approval_withdrawn": Said(
        "helpdesk",
        gettext_noop("An operator no longer asks for a change"),
        gettext_noop("Withdrawing a change did not work"),
    ),
    "glass_broken": Said(
        "helpdesk",
        gettext_noop("An operator acts without a second one, in an emergency"),
        gettext_noop("Acting without a second operator was refused"),
    ),
    "embed_ticket_issued": Said(
        "sign_ins",
        gettext_noop("Another application asked to show these pages"),
        gettext_noop("Another application could not show these pages"),
    ),
    "embed_opened": Said(
        "sign_ins",
        gettext_noop("These pages were opened within another application"),
        gettext_noop("Opening these pages within another application was refused"),
    ),
    "embed_closed": Said(
        "sign_ins",
        gettext_noop("Another application closed these pages"),
        gettext_noop("Closing these pages did not work"),
    ),
    "embed_client_added": Said(
        "changes",
        gettext_noop("Let an application show these pages"),
        gettext_noop("Letting an application show these pages was refused"),
    ),
    "embed_client_changed": Said(
        "changes",
        gettext_noop("Changed where an application may show these pages, or which"),
        gettext_noop("Changing where an application may show these pages did not work"),
    ),
    "embed_client_removed": Said(
        "changes",
        gettext_noop("Stopped an application from showing these pages"),
        gettext_noop("Stopping an application from showing these pages did not work"),
    ),
    "embed_key_made": Said(
        "changes",
        gettext_noop("Made a new key for an application that shows these pages"),
        gettext_noop("Making a new key for an application did not work"),
    ),
    "embed_keys_ended": Said(
        "changes",
        gettext_noop("Ended the older key of an application that shows these pages"),
        gettext_noop("Ending the older key of an application did not work"),
    ),
    "signed_out": Said(
        "sign_ins", gettext_noop("Signed out"), gettext_noop("Signing out did not work")
    ),
    "signed_out_everywhere": Said(
        "sign_ins",
        gettext_noop("Signed out everywhere"),
        gettext_noop("Signing out everywhere was refused"),
    ),
    "reauthenticated": Said(
        "sign_ins",
        gettext_noop("Confirmed that it was you"),
        gettext_noop("It was not confirmed that it was you"),
    ),
    "limit_reached": Said(
        "sign_ins",
        gettext_noop("There were too many tries"),
        gettext_noop("There were too many tries, so one was not taken"),
    ),
    "guard_refused": Said(
        "sign_ins",
        gettext_noop("Something was stopped"),
        gettext_noop("Something was stopped that was not allowed just then"),
    ),
    "foreign_request": Said(
        "sign_ins",
        gettext_noop("Another site was stopped"),
        gettext_noop("A request from another site was stopped"),
    ),
    "csrf_refused": Said(
        "sign_ins",
        gettext_noop("A form was stopped"),
        gettext_noop("A form was stopped that was too old or from elsewhere"),
    ),
    "code_sent": Said(
        "sign_ins", gettext_noop("A code was sent"), gettext_noop("A code could not be sent")
    ),
    "code_refused": Said(
        "sign_ins", gettext_noop("A code was checked"), gettext_noop("A wrong code was entered")
    ),
    "preference_changed": Said(
        "changes",
        gettext_noop("Changed what we ask for"),
        gettext_noop("A change of what we ask for was refused"),
    ),
    "preference_kept": Said(
        "changes",
        gettext_noop("Saved what we ask for, without a change"),
        gettext_noop("Saving what we ask for was refused"),
    ),
    "preference_mismatch": Said(
        "changes",
        gettext_noop("The account did not say what you had asked for"),
        gettext_noop("The account did not say what you had asked for"),
    ),
    "drift_found": Said(
        "changes",
        gettext_noop("Changed outside these pages"),
        gettext_noop("A change outside these pages was refused"),
    ),
    "preference_repaired": Said(
        "changes",
        gettext_noop("Put back what we ask for"),
        gettext_noop("Putting back what we ask for was refused"),
    ),
    "method_tested": Said(
        "sign_ins", gettext_noop("A method was tried"), gettext_noop("Trying a method did not work")
    ),
    "totp_enrolled": Said(
        "changes",
        gettext_noop("An authenticator app was added"),
        gettext_noop("Adding an authenticator app was refused"),
    ),
    "sms_enrolled": Said(
        "changes",
        gettext_noop("A phone for text messages was added"),
        gettext_noop("Adding a phone was refused"),
    ),
    "email_enrolled": Said(
        "changes",
        gettext_noop("An e-mail address for codes was added"),
        gettext_noop("Adding an e-mail address was refused"),
    ),
    "sms_change_asked": Said(
        "changes",
        gettext_noop("Another phone number was entered"),
        gettext_noop("Another phone number was refused"),
    ),
    "email_change_asked": Said(
        "changes",
        gettext_noop("Another e-mail address was entered"),
        gettext_noop("Another e-mail address was refused"),
    ),
    "phone_number_changed": Said(
        "changes",
        gettext_noop("The phone number was changed"),
        gettext_noop("A change of the phone number was refused"),
    ),
    "email_address_changed": Said(
        "changes",
        gettext_noop("The e-mail address was changed"),
        gettext_noop("A change of the e-mail address was refused"),
    ),
    "passkey_added": Said(
        "changes", gettext_noop("A passkey was added"), gettext_noop("Adding a passkey was refused")
    ),
    "passkey_named": Said(
        "changes",
        gettext_noop("A passkey was given a name"),
        gettext_noop("Naming a passkey was refused"),
    ),
    "passkey_deleted": Said(
        "changes",
        gettext_noop("A passkey was deleted"),
        gettext_noop("Deleting a passkey was refused"),
    ),
    "passkey_instead_of_code": Said(
        "changes",
        gettext_noop("A passkey may be used instead of a code"),
        gettext_noop("Using a passkey instead of a code was refused"),
    ),
    "passkey_not_instead_of_code": Said(
        "changes",
        gettext_noop("A passkey is not used instead of a code any more"),
        gettext_noop("No longer using a passkey instead of a code was refused"),
    ),
    "recovery_codes_made": Said(
        "changes",
        gettext_noop("New recovery codes were made"),
        gettext_noop("Making recovery codes was refused"),
    ),
    "recovery_begun": Said(
        "changes",
        gettext_noop("The way back in was begun, and the old sign-in methods were removed"),
        gettext_noop("Beginning the way back in was refused"),
    ),
    "recovery_asked": Said(
        "changes",
        gettext_noop("Asked to set up a new sign-in method without the old ones, after a wait"),
        gettext_noop("Asking for a new sign-in method was refused"),
    ),
    "recovery_finished": Said(
        "changes",
        gettext_noop("The way back in was finished"),
        gettext_noop("Finishing the way back in was refused"),
    ),
    "recovery_closed": Said(
        "changes",
        gettext_noop(
            "A way back in was not finished, and the account was closed to the password alone"
        ),
        gettext_noop("Closing the account to the password alone was refused"),
    ),
    "recovery_codes_kept": Said(
        "changes",
        gettext_noop("Said that the recovery codes are kept"),
        gettext_noop("Saying that the recovery codes are kept did not work"),
    ),
    "not_me_said": Said(
        "changes",
        gettext_noop("Said “this was not me”"),
        gettext_noop("Saying “this was not me” was refused"),
    ),
    "sign_in_denied": Said(
        "sign_ins",
        gettext_noop("Told the sign-in service that a sign-in was not yours"),
        gettext_noop("The sign-in service could not be told that a sign-in was not yours"),
    ),
    "session_ended": Said(
        "sign_ins", gettext_noop("Ended a session"), gettext_noop("Ending a session was refused")
    ),
    "browser_trusted": Said(
        "changes",
        gettext_noop("A browser was trusted"),
        gettext_noop("Trusting a browser was refused"),
    ),
    "password_was_reset": Said(
        "changes",
        gettext_noop("A new password was chosen"),
        gettext_noop("Choosing a new password was refused"),
    ),
    "device_forgotten": Said(
        "changes",
        gettext_noop("A device was forgotten"),
        gettext_noop("Forgetting a device was refused"),
    ),
    "all_devices_forgotten": Said(
        "changes",
        gettext_noop("All devices were forgotten"),
        gettext_noop("Forgetting all devices was refused"),
    ),
    "device_remembered": Said(
        "changes",
        gettext_noop("A device was trusted"),
        gettext_noop("Trusting a device was refused"),
    ),
    "device_not_remembered": Said(
        "changes",
        gettext_noop("A device is not trusted any more"),
        gettext_noop("Ending the trust in a device was refused"),
    ),
    "other_sessions_ended": Said(
        "sign_ins",
        gettext_noop("Ended all other sessions"),
        gettext_noop("Ending all other sessions was refused"),
    ),
}


def late(event: str, outcome: str) -> str:
    """What a notice says of a change whose end nobody saw when it was made."""
    done = _(SAID[event].done)
    return done if outcome == "done" else _(UNKNOWN_ENDING).format(done=done)
