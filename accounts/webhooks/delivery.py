"""One POST: to a public address by its own certificate, signed, and to nowhere else.

The name is looked up once, every address behind it must be public, and the connection goes to the
one that was looked at: a name that answers otherwise a moment later leads nowhere.
"""

import ipaddress
import socket
from datetime import UTC, datetime
from urllib.parse import urlsplit

import urllib3
from django.conf import settings
from urllib3.exceptions import HTTPError

from accounts.webhooks.endpoints import Endpoint

PATIENCE = urllib3.Timeout(connect=5, read=10)
AGENT = "cognito-mfa-portal"
# All that the Internet has of IPv6 so far. Python takes more than it for global: fec0::1, ::7f00:1.
ASSIGNED = ipaddress.IPv6Network("2000::/3")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class NotDelivered(Exception):
    """The receiver did not take it; the text is ours. is_away: nobody is there at all."""

    def __init__(self, says: str, *, is_away: bool = False) -> None:
        super().__init__(says)
        self.is_away = is_away


def post(endpoint: Endpoint, message_id: str, body: str) -> None:
    """Send a message. Errors: NotDelivered."""
    parts = urlsplit(endpoint.url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    pool = _pool(parts.scheme, host, _address_of(host, port), port)
    try:
        reply = pool.urlopen(
            "POST",
            parts.path or "/",
            body=body.encode(),
            headers={
                "Host": parts.netloc,
                **headers(endpoint, message_id, body),
            },
            redirect=False,
            retries=False,
            timeout=PATIENCE,
            # Nobody reads what a receiver says, however much it is.
            preload_content=False,
        )
        reply.close()
    except HTTPError as silence:
        raise NotDelivered(type(silence).__name__, is_away=True) from silence
    finally:
        pool.close()
    if not 200 <= reply.status < 300:
        raise NotDelivered(f"status {reply.status}")


def headers(endpoint: Endpoint, message_id: str, body: str) -> dict[str, str]:
    """Id, time and a signature by every secret that counts (standardwebhooks.com)."""
    now = datetime.now(UTC)
    signed = [key.sign(message_id, now, body) for key in endpoint.signers()]
    return {
        "Content-Type": "application/json",
        "User-Agent": AGENT,
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signed),
    }


def _pool(scheme: str, host: str, address: str, port: int) -> urllib3.HTTPConnectionPool:
    if scheme == "https":
        return urllib3.HTTPSConnectionPool(
            address, port, server_hostname=host, assert_hostname=host, cert_reqs="CERT_REQUIRED"
        )
    return urllib3.HTTPConnectionPool(address, port)


def _address_of(host: str, port: int) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as unknown:
        raise NotDelivered("no such host", is_away=True) from unknown
    addresses = [str(each[4][0]) for each in found]
    if not settings.WEBHOOKS_MAY_BE_PRIVATE and not all(_is_public(each) for each in addresses):
        raise NotDelivered("the address is not public", is_away=True)
    return addresses[0]


def _is_public(address: str) -> bool:
    """Whatever spells an address of IPv4 in one of IPv6 is that address."""
    known = ipaddress.ip_address(address)
    if isinstance(known, ipaddress.IPv6Address):
        inner = _ipv4_within(known)
        if inner is None:
            return known.is_global and known in ASSIGNED
        known = inner
    return known.is_global and not known.is_multicast


def _ipv4_within(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Mapped, of 6to4, or of a network that reaches IPv4 by NAT64 (RFC 4291, 3056, 6052)."""
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
