"""The pool's own sign-in pages: where they are, and how one leaves them.

Source: contract 13.
"""

from urllib.parse import urlencode

from django.conf import settings

API_SCOPE = "aws.cognito.signin.user.admin"
SCOPES = ("openid", API_SCOPE)


def sign_out_address(return_to: str) -> str:
    """Where the browser ends the session of the pool's pages; then it comes back.

    return_to: an address of ours that the client's LogoutURLs names exactly.
    """
    query = urlencode({"client_id": settings.COGNITO_CLIENT_ID, "logout_uri": return_to})
    return f"{settings.COGNITO_DOMAIN}/logout?{query}"
