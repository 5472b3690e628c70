"""How addresses, numbers and names are shown: enough to recognise, not enough to use (FAC-10)."""

from uuid import UUID

DOTS = "•••"
SHORTEST_SHOWN_IN_PART = 8


def mask_email(address: str) -> str:
    """`nora@example.com` becomes `n•••@e•••`."""
    local, at, domain = address.partition("@")
    if not at:
        return DOTS if address else ""
    return f"{local[:1]}{DOTS}@{domain[:1]}{DOTS}"


def mask_phone(number: str) -> str:
    """`+447700900123` becomes `••• 0123`; of a very short number nothing is shown."""
    if len(number) < SHORTEST_SHOWN_IN_PART:
        return DOTS if number else ""
    return f"{DOTS}\N{NO-BREAK SPACE}{number[-4:]}"


def show_destination(masked: str) -> str:
    """Show Cognito's own `+*******0123` and `n***@e***` as this portal masks."""
    return mask_email(masked) if "@" in masked else mask_phone(masked)


def show_username(username: str) -> str:
    """Show a username as it may appear on a page: masked where it is an address or a number."""
    if "@" in username:
        return mask_email(username)
    if username.startswith("+") and username[1:].isdigit():
        return mask_phone(username)
    try:
        UUID(username)
    except ValueError:
        return username
    # A pool whose usernames are e-mail addresses names people by their sub: nothing to recognise.
    return ""


def mask_name(name: str) -> str:
    """`Nora Weber` becomes `Nora W•••`: enough to tell two apart."""
    first, *others = name.split()[:4] or [""]
    return " ".join([first, *(f"{part[:1]}{DOTS}" for part in others)])
