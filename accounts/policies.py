"""The policies of other people's middleware, for what they are for and no more than once.

django-csp composes the policy anew for every answer, django-cors-headers looks into every request:
here the first is kept where it is the usual one, and the second asked of the JSON room alone.
"""

from functools import cache

from corsheaders.middleware import CorsMiddleware
from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.http import HttpRequest, HttpResponseBase

API = "/api/v1/"
# What a view may set on its answer to have another policy than the usual one.
UNUSUAL = ("_csp_config", "_csp_update", "_csp_replace", "_csp_exempt")
# Stands for the nonce in the policy that is kept; no nonce holds such a sign.
STAND_IN = "{nonce}"


class PolicyMiddleware(CSPMiddleware):
    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        nonce = getattr(request, "_csp_nonce", None)
        is_unusual = HEADER in response or any(hasattr(response, name) for name in UNUSUAL)
        if nonce is None or is_unusual:
            return super().process_response(request, response)
        response[HEADER] = _usual().replace(STAND_IN, nonce)
        return response


@cache
def _usual() -> str:
    return build_policy(nonce=STAND_IN)


class ApiCorsMiddleware(CorsMiddleware):
    """Other origins may ask for nothing else (WEB-09)."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(API):
            return self.get_response(request)  # type: ignore[return-value]
        return super().__call__(request)  # type: ignore[return-value]
