"""Our own files, and the one of them that pages of other origins may load."""

import re
from wsgiref.headers import Headers

from whitenoise.middleware import WhiteNoiseMiddleware

# With the hash that collectstatic gives it, or without.
EMBED_SCRIPT = re.compile(r"/static/embed/mfa-portal-[0-9]+\.[0-9]+\.[0-9]+(\.[0-9a-f]{12})?\.js")


class FilesMiddleware(WhiteNoiseMiddleware):
    """Serve static files; CORS and CORP are open for the element alone (WEB-07, WEB-09).

    A page that embeds us compares its bytes with a hash (SRI), which needs CORS.
    """

    def add_cache_headers(self, headers: Headers, path: str, url: str) -> None:
        super().add_cache_headers(headers, path, url)  # type: ignore[no-untyped-call]
        if EMBED_SCRIPT.fullmatch(url):
            headers["Access-Control-Allow-Origin"] = "*"
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
