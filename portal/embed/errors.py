"""What is answered to programs, by the codes of docs/embedding.md: status and a sentence."""

from http import HTTPStatus

REFUSED = {
    "UNAUTHENTICATED": (HTTPStatus.UNAUTHORIZED, "Send the key of a registered embed client."),
    "TOKEN_NOT_ACCEPTED": (
        HTTPStatus.FORBIDDEN,
        "The pool does not honour this access token, or it is of another app client.",
    ),
    "ORIGIN_NOT_ALLOWED": (HTTPStatus.FORBIDDEN, "This origin is not one of the client's."),
    "PAGE_NOT_ALLOWED": (HTTPStatus.FORBIDDEN, "This page is not one of the client's."),
    "TICKET_REFUSED": (HTTPStatus.FORBIDDEN, "This ticket cannot be used."),
    "VALIDATION_ERROR": (HTTPStatus.BAD_REQUEST, "Invalid request parameters"),
    "TOO_MANY_ATTEMPTS": (HTTPStatus.TOO_MANY_REQUESTS, "Too many requests. Try again later."),
    "TRY_LATER": (HTTPStatus.SERVICE_UNAVAILABLE, "That cannot be done now. Try again later."),
}
