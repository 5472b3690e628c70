"""What the helpdesk's pages call things, and why something is not allowed."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.languages import joined
from accounts.masking import mask_email, mask_phone
from portal.factors.domain import Factor, MfaState, Next, NextChallenge
from portal.helpdesk.caller_words import roles
from portal.helpdesk.matrix import Act, Strength, Tier, Why, roles_of

ACT: Mapping[Act, str] = {
    Act.FIND: gettext_noop("find people"),
    Act.READ_AUDIT: gettext_noop("read the audit"),
    Act.READ_NUMBERS: gettext_noop("see the numbers"),
    Act.READ_DOCTOR: gettext_noop("see what is wrong with the pool"),
    Act.PLAN_BULK: gettext_noop("plan a change for many people"),
    Act.APPROVE_BULK: gettext_noop("approve a change for many people"),
    Act.LOOK: gettext_noop("look at an account"),
    Act.CHECK_CALLER: gettext_noop("check a caller"),
    Act.REVEAL: gettext_noop("reveal a number or an address"),
    Act.CLOSE_CASE: gettext_noop("close a case"),
    Act.LIFT_FREEZE: gettext_noop("let changes be made again"),
    Act.APPROVE: gettext_noop("approve what somebody else asks for"),
    Act.ISSUE_PASS: gettext_noop("issue a recovery pass"),
    Act.END_SESSIONS: gettext_noop("end all sessions"),
    Act.FORGET_DEVICES: gettext_noop("forget all trusted devices"),
    Act.PREFER: gettext_noop("change the preferred method"),
    Act.TURN_OFF: gettext_noop("turn a method off"),
    Act.REMOVE_APP: gettext_noop("remove the authenticator app"),
    Act.RESET_PASSWORD: gettext_noop("send a password reset"),
    Act.DISABLE: gettext_noop("disable the account"),
    Act.ENABLE: gettext_noop("enable the account"),
    Act.CORRECT_CONTACT: gettext_noop("correct a phone number or an e-mail address"),
    Act.LOST_PHONE: gettext_noop("free somebody who lost a phone"),
    Act.TAKEOVER: gettext_noop("secure an account that somebody else may be in"),
    Act.LEAVER: gettext_noop("close the account of somebody who left"),
    Act.BREAK_GLASS: gettext_noop("act without the approval, in an emergency"),
}
STRENGTH: Mapping[Strength, str] = {
    # Translators: what a caller has proved, or must prove, for an act: nothing, or more.
    Strength.NONE: gettext_noop("none"),
    Strength.CHANNEL: gettext_noop("a code to a verified channel"),
    Strength.STRONG: gettext_noop("a phrase of their signed-in portal, a vouch, or in person"),
}
TIER: Mapping[Tier, str] = {
    # Translators: what kind of account it is, "an account that is ordinary".
    Tier.ORDINARY: gettext_noop("ordinary"),
    Tier.PRIVILEGED: gettext_noop("privileged"),
}
WHY: Mapping[Why, str] = {
    Why.SELF: gettext_noop("This is your own account. Ask a colleague."),
    Why.ROLE: gettext_noop("Your role does not do this for such an account."),
    Why.SCOPE: gettext_noop("This person is outside the groups you look after."),
    Why.RANK: gettext_noop(
        "This person has a role like yours or a higher one. Somebody above them must do it."
    ),
    Why.CHECK: gettext_noop("First make sure that the caller is this person."),
    Why.APPROVAL: gettext_noop("A second operator has to agree first."),
    Why.HOLD: gettext_noop("It has to wait first: ask for it. “Approvals” says from when on."),
}


def never(act: Act) -> str:
    """Why a page of this act is closed to somebody, whoever the person is."""
    said = _("Your role does not do this: {act}. It is for: {roles}.")
    return said.format(act=_(ACT[act]), roles=roles(roles_of(act)))


METHOD: Mapping[Factor, str] = {
    Factor.TOTP: gettext_noop("authenticator app"),
    Factor.SMS: gettext_noop("text message"),
    Factor.EMAIL: gettext_noop("e-mail"),
}
# What the pool calls the state of an account (contract 5.10).
STATUS: Mapping[str, str] = {
    "CONFIRMED": gettext_noop("In use"),
    "UNCONFIRMED": gettext_noop("Never confirmed"),
    "FORCE_CHANGE_PASSWORD": gettext_noop("Has a temporary password"),
    "RESET_REQUIRED": gettext_noop("Must choose a new password"),
    "EXTERNAL_PROVIDER": gettext_noop("Signs in elsewhere"),
    "ARCHIVED": gettext_noop("Archived"),
    "COMPROMISED": gettext_noop("Stopped: the password is known to others"),
    "UNKNOWN": gettext_noop("Not known"),
}


def status(status: str, *, is_enabled: bool) -> str:
    if not is_enabled:
        return _("Disabled")
    return _(STATUS[status]) if status in STATUS else status


def methods(factors: Iterable[Factor]) -> list[str]:
    return [_(METHOD[factor]) for factor in factors]


# The one method that is asked for.
ONE: Mapping[Factor, str] = {
    Factor.TOTP: gettext_noop("A code by authenticator app."),
    Factor.SMS: gettext_noop("A code by text message."),
    Factor.EMAIL: gettext_noop("A code by e-mail."),
}
DISABLED = gettext_noop("They cannot get in: the account is disabled.")
NOTHING_MORE = gettext_noop("Nothing more: the password alone lets them in.")
STUCK = gettext_noop("They cannot get in: no method is left, and none can be set up on the way.")


def next_sign_in(challenge: NextChallenge) -> str:
    """What the person will see after name and password, as one says it on the phone."""
    listed = joined(methods(challenge.factors), "or")
    match challenge.kind:
        case Next.NOTHING:
            return _(NOTHING_MORE)
        case Next.ONE:
            return _(ONE[challenge.factors[0]])
        case Next.CHOICE:
            return _("A choice: {methods}.").format(methods=listed)
        case Next.SET_UP:
            said = _("They must set up a second step first: {methods}.")
            return said.format(methods=listed)
    return _(STUCK)


def masked_target(factor: Factor, state: MfaState) -> str:
    value = state.contact(factor).value
    return mask_phone(value) if factor is Factor.SMS else mask_email(value)


DONE: Mapping[str, str] = {
    "done": gettext_noop("Done"),
    "refused": gettext_noop("Not done"),
    "unknown": gettext_noop("Not certain"),
}
TITLE: Mapping[str, str] = {
    Act.FIND.value: gettext_noop("Find people"),
    Act.READ_AUDIT.value: gettext_noop("Read the audit"),
    Act.READ_NUMBERS.value: gettext_noop("See the numbers"),
    Act.READ_DOCTOR.value: gettext_noop("See what is wrong with the pool"),
    Act.PLAN_BULK.value: gettext_noop("Plan a change for many people"),
    Act.APPROVE_BULK.value: gettext_noop("Approve a change for many people"),
    Act.LOOK.value: gettext_noop("Look at an account"),
    Act.CHECK_CALLER.value: gettext_noop("Check a caller"),
    Act.REVEAL.value: gettext_noop("Reveal a number or an address"),
    Act.CLOSE_CASE.value: gettext_noop("Close a case"),
    Act.LIFT_FREEZE.value: gettext_noop("Let changes be made again"),
    Act.APPROVE.value: gettext_noop("Approve what somebody else asks for"),
    Act.ISSUE_PASS.value: gettext_noop("Issue a recovery pass"),
    Act.END_SESSIONS.value: gettext_noop("End all sessions"),
    Act.FORGET_DEVICES.value: gettext_noop("Forget all trusted devices"),
    Act.PREFER.value: gettext_noop("Change the preferred method"),
    Act.TURN_OFF.value: gettext_noop("Turn a method off"),
    Act.REMOVE_APP.value: gettext_noop("Remove the authenticator app"),
    Act.RESET_PASSWORD.value: gettext_noop("Send a password reset"),
    Act.DISABLE.value: gettext_noop("Disable the account"),
    Act.ENABLE.value: gettext_noop("Enable the account"),
    Act.CORRECT_CONTACT.value: gettext_noop("Correct a phone number or an e‑mail address"),
    Act.LOST_PHONE.value: gettext_noop("Free somebody who lost a phone"),
    Act.TAKEOVER.value: gettext_noop("Secure an account that somebody else may be in"),
    Act.LEAVER.value: gettext_noop("Close the account of somebody who left"),
    Act.BREAK_GLASS.value: gettext_noop("Act without the approval, in an emergency"),
    "freeze": gettext_noop("Stop changes"),
    "revoke_passes": gettext_noop("Revoke recovery passes"),
    "open_case": gettext_noop("Open a case"),
}
KIND_OF_CASE: Mapping[str, str] = {
    "not_me": gettext_noop("“This was not me”"),
    "lost": gettext_noop("Lost phone"),
    "takeover": gettext_noop("Somebody else may be in"),
    "leaver": gettext_noop("Left"),
    "help": gettext_noop("Asks for help"),
    "alarm": gettext_noop("Alarm"),
}
# What an operator may compare a face with; its number is written down nowhere.
DOCUMENT: Mapping[str, str] = {
    "passport": gettext_noop("Passport"),
    "identity_card": gettext_noop("Identity card"),
    "driving_licence": gettext_noop("Driving licence"),
    "residence_permit": gettext_noop("Residence permit"),
    "staff_card": gettext_noop("Staff card with a picture"),
}
WAY: Mapping[str, str] = {
    "email": gettext_noop("a code by e-mail"),
    "sms": gettext_noop("a code by text message"),
    "phrase": gettext_noop("a phrase in their signed-in portal"),
    "vouch": gettext_noop("somebody who vouches for them"),
    "in_person": gettext_noop("in person, with a document"),
}
# What an alarm says, by its name in log and audit.
PATTERN: Mapping[str, str] = {
    "check-operator": gettext_noop("One operator checks unusually many callers."),
    "check-target": gettext_noop("Unusually many calls are about one person."),
    "check-failed-operator": gettext_noop(
        "Many callers of one operator could not prove who they are."
    ),
    "check-failed-target": gettext_noop(
        "Somebody claims to be one person, again and again, and cannot prove it."
    ),
    "call-denied": gettext_noop(
        "A person says that they are not the one who speaks with the helpdesk."
    ),
    "ask-operator": gettext_noop("One operator asks for unusually many approvals."),
    "glass-broken": gettext_noop(
        "An operator acts without the approval of a second one, in an emergency."
    ),
}
# What a history says to its owner, as an operator reads it of somebody else: done, and refused.
SEEN: Mapping[str, tuple[str, str]] = {
    "bulk_preferred": (
        gettext_noop("What is asked first was chosen, as for many people"),
        gettext_noop("What is asked first could not be chosen"),
    ),
    "bulk_app_removed": (
        gettext_noop("The authenticator app was removed, as for many people"),
        gettext_noop("The authenticator app could not be removed"),
    ),
    "bulk_sessions_ended": (
        gettext_noop("All sessions were ended, as for many people"),
        gettext_noop("The sessions could not be ended"),
    ),
    "bulk_devices_forgotten": (
        gettext_noop("All trusted devices were removed, as for many people"),
        gettext_noop("The trusted devices could not be removed"),
    ),
    "caller_check_begun": (
        gettext_noop("The check of a caller began"),
        gettext_noop("Checking a caller was refused"),
    ),
    "caller_proved": (
        gettext_noop("The caller proved to be this person"),
        gettext_noop("A caller could not prove who they are"),
    ),
    "caller_vouched": (
        gettext_noop("Somebody confirmed that the caller is this person"),
        gettext_noop("A confirmation was refused"),
    ),
    "call_denied": (
        gettext_noop("Said “I am not speaking with the helpdesk”"),
        gettext_noop("Saying “I am not speaking with the helpdesk” did not work"),
    ),
    "reauthenticated": (
        gettext_noop("Proved again who they are"),
        gettext_noop("A proof of who they are was refused"),
    ),
    "preference_changed": (
        gettext_noop("Changed how they are asked at sign-in"),
        gettext_noop("A change of how they are asked was refused"),
    ),
    "preference_kept": (
        gettext_noop("Saved how they are asked, without a change"),
        gettext_noop("Saving how they are asked was refused"),
    ),
    "preference_mismatch": (gettext_noop("The account did not say what was asked for"),) * 2,
    "preference_repaired": (
        gettext_noop("Put back how they are asked at sign-in"),
        gettext_noop("Putting back how they are asked was refused"),
    ),
    "sign_in_denied": (
        gettext_noop("Told the sign-in service that a sign-in was not theirs"),
        gettext_noop("The sign-in service could not be told that a sign-in was not theirs"),
    ),
}
NOT_RIGHT = gettext_noop(
    "That is not right. Ask the caller to look again, and type exactly what they say."
)
NO_MORE_TRIES = gettext_noop("That does not count any more. Ask for another proof.")
DECIDED = gettext_noop("Somebody was quicker, or its time is over. Nothing was changed.")
CHECK_OVER = gettext_noop("The check has ended. Begin another one.")
ASKED = gettext_noop("{portal}: somebody asks for your agreement")
ASKED_BY_EMAIL = gettext_noop(
    """{name} of the helpdesk needs a second operator: {doing}, ticket {ticket}.

See the evidence, and agree or refuse: {url}

{portal}"""
)
ANSWERED = gettext_noop("{portal}: somebody answered what you asked for")
ANSWERED_BY_EMAIL = gettext_noop(
    """{answer}: {doing}, ticket {ticket}.

What they say: {url}

{portal}"""
)
APPROVAL_STATE: Mapping[str, str] = {
    "open": gettext_noop("Waits for an answer"),
    "granted": gettext_noop("Agreed to"),
    "refused": gettext_noop("Refused"),
    "withdrawn": gettext_noop("No longer asked for"),
    "spent": gettext_noop("Done"),
    "expired": gettext_noop("Its time is over"),
}
# How it looks while something may still come of it.
APPROVAL_BADGE: Mapping[str, str] = {"open": "needs_confirming", "granted": "on"}
# What an act does, as whoever has to agree reads it.
EFFECT: Mapping[Act, str] = {
    Act.LOOK: gettext_noop("Nothing changes."),
    Act.CHECK_CALLER: gettext_noop("Nothing changes."),
    Act.REVEAL: gettext_noop("One number or address is shown to the operator in full."),
    Act.CLOSE_CASE: gettext_noop("A case is closed."),
    Act.LIFT_FREEZE: gettext_noop("Changes of how the account signs in can be made again."),
    Act.APPROVE: gettext_noop("Another operator may do what they asked for."),
    Act.ISSUE_PASS: gettext_noop(
        "The person may set up a new method in one browser. Nothing is turned off."
    ),
    Act.END_SESSIONS: gettext_noop("Every session ends. They sign in again everywhere."),
    Act.FORGET_DEVICES: gettext_noop("Every trusted device is forgotten."),
    Act.PREFER: gettext_noop("Another of their methods is asked for first."),
    Act.TURN_OFF: gettext_noop("One of their methods is not asked for any more."),
    Act.REMOVE_APP: gettext_noop("The authenticator app is removed. Its codes count no more."),
    Act.RESET_PASSWORD: gettext_noop(
        "The old password lets nobody in, and a code for a new one is sent."
    ),
    Act.DISABLE: gettext_noop("Nobody gets in with this account."),
    Act.ENABLE: gettext_noop("The account can be used again."),
    Act.CORRECT_CONTACT: gettext_noop("A phone number or an e-mail address is replaced."),
    Act.LOST_PHONE: gettext_noop(
        "Sessions end, devices are forgotten, and a recovery pass is issued."
    ),
    Act.TAKEOVER: gettext_noop(
        "Changes stop, sessions end, devices are forgotten, the password is reset."
    ),
    Act.LEAVER: gettext_noop("The account is disabled, and everything that is open ends."),
    Act.BREAK_GLASS: gettext_noop("An act is done without a second operator."),
}
