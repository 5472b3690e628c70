"""What the helpdesk's pages call things, and why something is not allowed."""

from collections.abc import Mapping

from accounts.masking import mask_email, mask_phone
from portal.factors.domain import Factor, MfaState, Next, NextChallenge
from portal.helpdesk.matrix import Act, Strength, Tier, Why, roles_of

ACT: Mapping[Act, str] = {
    Act.FIND: "find people",
    Act.READ_AUDIT: "read the audit",
    Act.READ_NUMBERS: "see the numbers",
    Act.READ_DOCTOR: "see what is wrong with the pool",
    Act.PLAN_BULK: "plan a change for many people",
    Act.APPROVE_BULK: "approve a change for many people",
    Act.LOOK: "look at an account",
    Act.CHECK_CALLER: "check a caller",
    Act.REVEAL: "reveal a number or an address",
    Act.CLOSE_CASE: "close a case",
    Act.LIFT_FREEZE: "let changes be made again",
    Act.APPROVE: "approve what somebody else asks for",
    Act.ISSUE_PASS: "issue a recovery pass",
    Act.END_SESSIONS: "end all sessions",
    Act.FORGET_DEVICES: "forget all trusted devices",
    Act.PREFER: "change the preferred method",
    Act.TURN_OFF: "turn a method off",
    Act.REMOVE_APP: "remove the authenticator app",
    Act.RESET_PASSWORD: "send a password reset",
    Act.DISABLE: "disable the account",
    Act.ENABLE: "enable the account",
    Act.CORRECT_CONTACT: "correct a phone number or an e-mail address",
    Act.LOST_PHONE: "free somebody who lost a phone",
    Act.TAKEOVER: "secure an account that somebody else may be in",
    Act.LEAVER: "close the account of somebody who left",
    Act.BREAK_GLASS: "act without the approval, in an emergency",
}
STRENGTH: Mapping[Strength, str] = {
    Strength.NONE: "none",
    Strength.CHANNEL: "a code to a verified channel",
    Strength.STRONG: "a phrase of their signed-in portal, a vouch, or in person",
}
TIER: Mapping[Tier, str] = {Tier.ORDINARY: "ordinary", Tier.PRIVILEGED: "privileged"}
WHY: Mapping[Why, str] = {
    Why.SELF: "This is your own account. Ask a colleague.",
    Why.ROLE: "Your role does not do this for such an account.",
    Why.SCOPE: "This person is outside the groups you look after.",
    Why.RANK: "This person has a role like yours or a higher one. Somebody above them must do it.",
    Why.CHECK: "First make sure that the caller is this person.",
    Why.APPROVAL: "A second operator has to agree first.",
}


def never(act: Act) -> str:
    """Why a page of this act is closed to somebody, whoever the person is."""
    who = ", ".join(sorted(roles_of(act)))
    return f"Your role does not do this: {ACT[act]}. It is for: {who}."


METHOD: Mapping[Factor, str] = {
    Factor.TOTP: "authenticator app",
    Factor.SMS: "text message",
    Factor.EMAIL: "e-mail",
}
# What the pool calls the state of an account (contract 5.10).
STATUS: Mapping[str, str] = {
    "CONFIRMED": "In use",
    "UNCONFIRMED": "Never confirmed",
    "FORCE_CHANGE_PASSWORD": "Has a temporary password",
    "RESET_REQUIRED": "Must choose a new password",
    "EXTERNAL_PROVIDER": "Signs in elsewhere",
    "ARCHIVED": "Archived",
    "COMPROMISED": "Stopped: the password is known to others",
    "UNKNOWN": "Not known",
}


def status(status: str, *, is_enabled: bool) -> str:
    return STATUS.get(status, status) if is_enabled else "Disabled"


def next_sign_in(challenge: NextChallenge) -> str:
    """What the person will see after name and password, as one says it on the phone."""
    names = [METHOD[factor] for factor in challenge.factors]
    listed = " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    return {
        Next.NOTHING: "Nothing more: the password alone lets them in.",
        Next.ONE: f"A code by {listed}.",
        Next.CHOICE: f"A choice: {listed}.",
        Next.SET_UP: f"They must set up a second step first: {listed}.",
        Next.STUCK: "They cannot get in: no method is left, and none can be set up on the way.",
    }[challenge.kind]


def masked_target(factor: Factor, state: MfaState) -> str:
    value = state.contact(factor).value
    return mask_phone(value) if factor is Factor.SMS else mask_email(value)


# What the person is told at once, at every address.
TOLD: Mapping[Act, str] = {
    Act.ISSUE_PASS: "The helpdesk let you set up a new sign-in method.",
    Act.REMOVE_APP: "The helpdesk removed your authenticator app.",
    Act.TURN_OFF: "The helpdesk turned a sign-in method off.",
    Act.PREFER: "The helpdesk changed which sign-in method is asked for first.",
    Act.FORGET_DEVICES: "The helpdesk removed all your trusted devices.",
    Act.END_SESSIONS: "The helpdesk ended all your sessions.",
    Act.RESET_PASSWORD: "The helpdesk asked for a new password of your account.",
    Act.DISABLE: "The helpdesk disabled your account.",
    Act.ENABLE: "The helpdesk enabled your account again.",
    Act.CORRECT_CONTACT: "The helpdesk replaced a phone number or an e-mail address.",
    Act.LIFT_FREEZE: "The helpdesk lets changes of your account be made again.",
    Act.REVEAL: "The helpdesk looked at your whole phone number or e-mail address.",
    Act.LOST_PHONE: "The helpdesk helps you after a lost phone.",
    Act.TAKEOVER: "The helpdesk secured your account.",
    Act.LEAVER: "The helpdesk closed your account.",
}
# Why operators act. The first words of every reason, so that numbers can be told by them.
REASONS: tuple[str, ...] = (
    "Lost phone",
    "New phone",
    "Does not get codes",
    "Forgot the password",
    "Somebody else may be in the account",
    "Asked for by the person",
    "Asked for by their manager",
    "Left",
    "Came back",
    "Something else",
)
DONE: Mapping[str, str] = {
    "done": "Done",
    "refused": "Not done",
    "unknown": "Not certain",
}
TITLE: Mapping[str, str] = {act.value: ACT[act][:1].upper() + ACT[act][1:] for act in Act} | {
    "freeze": "Stop changes",
    "revoke_passes": "Revoke recovery passes",
    "open_case": "Open a case",
}
KIND_OF_CASE: Mapping[str, str] = {
    "not_me": "“This was not me”",
    "lost": "Lost phone",
    "takeover": "Somebody else may be in",
    "leaver": "Left",
    "help": "Asks for help",
    "alarm": "Alarm",
}
CHECKED = "The helpdesk made sure that it was speaking with you."
# What an operator may compare a face with; its number is written down nowhere.
DOCUMENT: Mapping[str, str] = {
    "passport": "Passport",
    "identity_card": "Identity card",
    "driving_licence": "Driving licence",
    "residence_permit": "Residence permit",
    "staff_card": "Staff card with a picture",
}
WAY: Mapping[str, str] = {
    "email": "a code by e-mail",
    "sms": "a code by text message",
    "phrase": "a phrase in their signed-in portal",
    "vouch": "somebody who vouches for them",
    "in_person": "in person, with a document",
}
# What an alarm says, by its name in log and audit.
PATTERN: Mapping[str, str] = {
    "check-operator": "One operator checks unusually many callers.",
    "check-target": "Unusually many calls are about one person.",
    "check-failed-operator": "Many callers of one operator could not prove who they are.",
    "check-failed-target": "Somebody says to be one person, again and again, and cannot prove it.",
    "call-denied": "A person says that they are not the one who speaks with the helpdesk.",
    "ask-operator": "One operator asks for unusually many approvals.",
    "glass-broken": "An operator acts without the approval of a second one, in an emergency.",
}
CODE_BY_TEXT = (
    "{code} is your code for the helpdesk: read it to {name}, ticket {ticket}. "
    "It signs nobody in. You did not call? Tell nobody."
)
CODE_BY_EMAIL = """Your code for the helpdesk: {code}

You are speaking with {name} of the helpdesk, about ticket {ticket}.
Read the code to them within ten minutes.
It signs nobody in; it only shows them that they speak with you.

Are you sure who is calling? The operator has a code for you, too. Look it up at {url}

If you are not speaking with the helpdesk, tell this code to nobody: somebody else says to be you.

{portal}"""
NOT_RIGHT = "That is not right. Ask the caller to look again, and type exactly what they say."
NO_MORE_TRIES = "That does not count any more. Ask for another proof."
CHECK_OVER = "The check has ended. Begin another one."
ASKED = "somebody asks for your agreement"
ASKED_BY_EMAIL = """{name} of the helpdesk needs a second operator: {doing}, ticket {ticket}.

See the evidence, and agree or refuse: {url}

{portal}"""
AGREED = "A second operator of the helpdesk agreed to a change of your account."
APPROVAL_STATE: Mapping[str, str] = {
    "open": "Waits for an answer",
    "granted": "Agreed to",
    "refused": "Refused",
    "withdrawn": "No longer asked for",
    "spent": "Done",
    "expired": "Its time is over",
}
# What an act does, as whoever has to agree reads it.
EFFECT: Mapping[Act, str] = {
    Act.LOOK: "Nothing changes.",
    Act.CHECK_CALLER: "Nothing changes.",
    Act.REVEAL: "One number or address is shown to the operator in full.",
    Act.CLOSE_CASE: "A case is closed.",
    Act.LIFT_FREEZE: "Changes of how the account signs in can be made again.",
    Act.APPROVE: "Another operator may do what they asked for.",
    Act.ISSUE_PASS: "The person may set up a new method in one browser. Nothing is turned off.",
    Act.END_SESSIONS: "Every session ends. They sign in again everywhere.",
    Act.FORGET_DEVICES: "Every trusted device is forgotten.",
    Act.PREFER: "Another of their methods is asked for first.",
    Act.TURN_OFF: "One of their methods is not asked for any more.",
    Act.REMOVE_APP: "The authenticator app is removed. Its codes count no more.",
    Act.RESET_PASSWORD: "The old password lets nobody in, and a code for a new one is sent.",
    Act.DISABLE: "Nobody gets in with this account.",
    Act.ENABLE: "The account can be used again.",
    Act.CORRECT_CONTACT: "A phone number or an e-mail address is replaced.",
    Act.LOST_PHONE: "Sessions end, devices are forgotten, and a recovery pass is issued.",
    Act.TAKEOVER: "Changes stop, sessions end, devices are forgotten, the password is reset.",
    Act.LEAVER: "The account is disabled, and everything that is open ends.",
    Act.BREAK_GLASS: "An act is done without a second operator.",
}
# What comes before the usual questions at the next sign-in, once an act is done.
FIRST_THEN: Mapping[Act, str] = {
    Act.ISSUE_PASS: "In the browser that shows them a code, they set up a new method. Elsewhere:",
    Act.LOST_PHONE: "In the browser that shows them a code, they set up a new method. Elsewhere:",
    Act.RESET_PASSWORD: "First a code that was sent to them, and a new password. Then:",
    Act.TAKEOVER: "First a code that was sent to them, and a new password. Then:",
}
