"""The closed list of error codes: one source for the code, the document and the tests."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """statuses: every HTTP status it comes with. means: what happened, and what helps."""

    statuses: tuple[int, ...]
    means: str


CODES: Mapping[str, Code] = {
    "VALIDATION_ERROR": Code(
        (400, 422),
        "not JSON (400), or a member that cannot be (422): `details.fields`, or `details.reason` "
        "with `details.factor`",
    ),
    "UNAUTHENTICATED": Code(
        (401,), "no session, or a token that is expired, revoked, or not of a listed client"
    ),
    "REAUTHENTICATION_REQUIRED": Code(
        (403,),
        "the sign-in is older than five minutes, or came by a trusted device: sign in again (a "
        "page of the portal: `/confirm/?next=…`)",
    ),
    "CSRF_FAILED": Code(
        (403,), "the CSRF token is missing or wrong, or the request came from somewhere else"
    ),
    "FORBIDDEN": Code(
        (403,),
        "an operator at work asks for their own account: leave the helpdesk; or somebody asks the "
        "helpdesk without a role or a second step: `details.missing`",
    ),
    "NOT_ALLOWED": Code(
        (403,),
        "the rules of the helpdesk stand against it: `details.why`, the most lasting reason first",
    ),
    "NOT_FOUND": Code((404,), "nothing is there, or nothing of this person by that id"),
    "METHOD_NOT_ALLOWED": Code((405,), "the header `Allow` names the right ones"),
    "STALE_STATE": Code(
        (409, 412),
        "the pool moved since the digest (409) or the ETag in If-Match (412) was read: "
        "`details.changes`",
    ),
    "CONFLICT": Code((409,), "another change of this person, or this very one, is being made"),
    "FACTOR_NOT_READY": Code((409,), "the pool refused: nothing is enrolled for a factor"),
    "NOT_OFFERED": Code((409,), "the pool does not offer this"),
    "NOTHING_STARTED": Code((409,), "no set-up is under way: start it first"),
    "DESTINATION_TAKEN": Code((409,), "another account already uses this number or address"),
    "SIGNS_IN_ELSEWHERE": Code(
        (409,), "a federated person: `details.provider` keeps their methods"
    ),
    "PASSKEY_TOO_LATE": Code((409,), "it answers no open question: ask for new options"),
    "PASSKEY_WRONG_SITE": Code((409,), "the pool's passkeys belong to another domain"),
    "TOO_MANY_PASSKEYS": Code((409,), "there are as many as one can have"),
    "ONLY_WAY_IN": Code((409,), "without this passkey nobody could sign in to the account"),
    "NOT_AVAILABLE": Code((409,), "this pool has no such thing: it lists no sessions, say"),
    "NOT_POSSIBLE": Code((409,), "the account stands against it: `details.explanation`"),
    "NOT_NEEDED": Code((409,), "this act on this account needs no second operator"),
    "DECIDED": Code((409,), "somebody was quicker, or its time is over"),
    "CHECK_OVER": Code((409,), "no check of this caller is under way: begin one"),
    "ANSWER_NOT_KEPT": Code(
        (409,), "this key was used before; the answer held a secret, which is not kept"
    ),
    "REQUEST_TOO_LARGE": Code((413,), "the body is larger than 64 KiB"),
    "UNSUPPORTED_MEDIA_TYPE": Code((415,), "the body is not `application/json`"),
    "CODE_REJECTED": Code((422,), "a wrong code, or one that was used before"),
    "CODE_EXPIRED": Code((422,), "the code is too old, or a newer one was sent"),
    "NOT_PROVED": Code(
        (422,), "what the caller said is not right; `details.gone`: it cannot be tried again"
    ),
    "DESTINATION_REFUSED": Code((422,), "the pool can send no code there"),
    "PASSKEY_UNVERIFIED": Code((422,), "the passkey did not check who holds it"),
    "PASSKEY_UNSUPPORTED": Code((422,), "a kind of passkey that the pool does not take"),
    "PASSKEY_REFUSED": Code((422,), "what was sent is no passkey that the pool believes in"),
    "IDEMPOTENCY_KEY_REUSED": Code((422,), "this key was sent with another request before"),
    "CHANGES_FROZEN": Code(
        (423,), "somebody said that a change was not theirs: no changes for a time"
    ),
    "PRECONDITION_REQUIRED": Code((428,), "send the digest, or the ETag in If-Match"),
    "TOO_MANY_ATTEMPTS": Code(
        (429,),
        "the person's allowance at the pool, or here ([limits](limits.md)), is used up; "
        "`Retry-After` where it is ours",
    ),
    "INTERNAL_ERROR": Code((500,), "our mistake; the header `X-Request-Id` finds it in the logs"),
    "COGNITO_REFUSED": Code((502,), "Amazon Cognito refused; `details.operation`"),
    "DELIVERY_FAILED": Code((502,), "the pool could not send the code"),
    "TRY_LATER": Code(
        (503,),
        "Amazon Cognito is busy or away, or limits cannot be counted; nothing was changed; "
        "`Retry-After`",
    ),
    "STORE_AWAY": Code(
        (503,),
        "a store of the portal's own is away: read the state before trying again; `Retry-After`",
    ),
    "COGNITO_UNREACHABLE": Code(
        (504,),
        "no answer: read the state before trying again; `Retry-After`; of what was cut in the "
        "middle `details` say what was done, the `compound` with its steps or how many devices are "
        "`forgotten` (sessions: `ended`) and `left`, and the same request goes on",
    ),
}


def document() -> str:
    """The table of docs/api.md."""
    rows = [
        f"| `{name}` | {', '.join(map(str, code.statuses))} | {code.means} |"
        for name, code in CODES.items()
    ]
    return "\n".join(["| code | status | what it means |", "|---|---|---|", *rows])
