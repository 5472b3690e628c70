"""The sandbox itself: its parts in one place, and how one operation runs."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.auth_events import Events
from sandbox.client_secrets import check_secret_hash
from sandbox.clock import Clock
from sandbox.database import Database
from sandbox.default_sender import DefaultSender
from sandbox.devices import Devices
from sandbox.domains import Domains
from sandbox.flows import Flows
from sandbox.groups import Groups
from sandbox.identities import Identities
from sandbox.inbox import Inbox
from sandbox.passkeys import Passkeys
from sandbox.passwords import Passwords
from sandbox.people import People, Person
from sandbox.pools import Client, Pool, Pools
from sandbox.protocol import refusal
from sandbox.quotas import Quotas
from sandbox.resource_servers import ResourceServers
from sandbox.sso import SsoSessions
from sandbox.switches import Switches
from sandbox.tokens import API_SCOPE, Bearer, SignIn, Tokens, Visit

ACCOUNT = "123456789012"


class Sandbox:
    """All state and machinery; operations reach everything from here."""

    def __init__(
        self,
        region: str,
        folder: Path | None,
        switches: Switches,
        issuer_base: str,
        domain_base: str,
    ) -> None:
        self.region = region
        self.switches = switches
        self.database = Database(folder)
        self.clock = Clock(float(self.meta("clock_offset") or 0))
        self.quotas = Quotas(self.clock)
        self.identities = Identities()
        self.quotas.provisioned = json.loads(self.meta("provisioned_limits") or "{}")
        sender = DefaultSender(self.database, self.clock, switches.default_sender_emails_per_day)
        self.inbox = Inbox(self.database, self.clock, sender)
        self.pools = Pools(self.database)
        self.people = People(self.database)
        self.devices = Devices(self.database, self.clock)
        self.passkeys = Passkeys(self.database)
        self.groups = Groups(self.database)
        self.domains = Domains(self.database, region, domain_base)
        self.resource_servers = ResourceServers(self.database)
        self.events = Events(self.database, self.clock)
        self.passwords = Passwords()
        self.flows = Flows(self.database, self.clock)
        self.sso = SsoSessions(self.database, self.clock)
        self.tokens = Tokens(self.database, self.clock, self.groups, issuer_base)

    def meta(self, name: str) -> str | None:
        """A stored fact about the sandbox as a whole."""
        row = self.database.row("SELECT value FROM meta WHERE name = ?", name)
        return row[0] if row else None

    def set_meta(self, name: str, value: str) -> None:
        """Store a fact about the sandbox as a whole."""
        self.database.write("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", name, value)

    def fake_seed(self) -> bytes:
        """What made-up people of unknown names are derived from; the same for ever."""
        seed = self.meta("fake_seed")
        if seed is None:
            seed = secrets.token_hex(32)
            self.set_meta("fake_seed", seed)
        return bytes.fromhex(seed)

    def move_clock(self, offset: float) -> None:
        """Set the clock's distance from real time, in seconds."""
        self.clock.offset = offset
        self.set_meta("clock_offset", str(offset))

    def empty(self) -> None:
        """Begin anew with nothing."""
        self.database.empty()
        self.reread()

    def reread(self) -> None:
        """Drop what is cached, when the database holds something else than before."""
        self.pools.forget()
        self.tokens.forget()
        self.clock.offset = float(self.meta("clock_offset") or 0)
        self.clock.run()
        self.quotas.provisioned = json.loads(self.meta("provisioned_limits") or "{}")

    def issue_tokens(
        self, pool: Pool, client: Client, person: Person, **details: Any
    ) -> dict[str, Any]:
        """Sign somebody in: the AuthenticationResult of a fresh sign-in."""
        sign_in, refresh_token = self.open_sign_in(pool, client, person, **details)
        return self.tokens.result(Bearer(pool, client, person, sign_in), refresh_token)

    def open_sign_in(
        self, pool: Pool, client: Client, person: Person, **details: Any
    ) -> tuple[SignIn, str]:
        """Begin a sign-in; where sessions are limited, the least recently used makes room."""
        if pool.tracks_sessions:
            going_on = self.tokens.active(person)
            surplus = max(0, len(going_on) + 1 - pool.most_sessions)
            for sign_in in going_on[:surplus]:
                self.tokens.revoke(sign_in)
        return self.tokens.open_sign_in(client, person, **details)


@dataclass
class Call:
    """One request for an operation, its input already valid.

    managed: it comes from the pool's own login pages, which know no client secret, may use every
    flow, and end with an authorization instead of tokens (contract 13).
    """

    sandbox: Sandbox
    operation: str
    input: dict[str, Any]
    visit: Visit = field(default_factory=Visit)
    managed: bool = False

    @property
    def now(self) -> float:
        """The sandbox's time."""
        return self.sandbox.clock.now()

    def check_secret(self, client: Client, username: str, given: str | None) -> None:
        """Refuse a missing or wrong SECRET_HASH; the login pages belong to Cognito itself."""
        if not self.managed:
            check_secret_hash(client, username, given)

    def session_seconds(self, client: Client) -> int:
        """How long one challenge may wait."""
        if self.managed:
            return self.sandbox.switches.login_challenge_seconds
        return client.session_seconds

    def pool(self) -> Pool:
        """The pool that UserPoolId names."""
        return self.sandbox.pools.get(self.input["UserPoolId"])

    def person(self) -> tuple[Pool, Person]:
        """The pool and person that UserPoolId and Username name."""
        pool = self.pool()
        person = self.sandbox.people.find(pool, self.input["Username"])
        if person is None:
            raise refusal("unknown_person")
        return pool, person

    def named(self, unknown: str | None) -> tuple[Client, Pool, Person | None]:
        """What ClientId and Username name, SecretHash checked.

        The person is None for an unknown name, if the client hides who exists.
        unknown: the refusal if it does not; None for a name that should be new.
        """
        client, username = self.sandbox.pools.client(self.input["ClientId"]), self.input["Username"]
        self.check_secret(client, username, self.input.get("SecretHash"))
        pool = self.sandbox.pools.get(client.pool_id)
        person = self.sandbox.people.find(pool, username)
        if person is None and unknown and not client.hides_people:
            raise refusal(unknown)
        return client, pool, person

    def bearer(self) -> Bearer:
        """Whom AccessToken stands for; refuses a token that is no longer good."""
        if "AccessToken" not in self.input:
            raise refusal("missing_parameter", name="AccessToken")
        return self.bearer_of(self.input["AccessToken"], API_SCOPE)

    def bearer_of(self, token: str, scope: str) -> Bearer:
        """Whom an access token stands for; refuses one that is over or lacks the scope."""
        claims = self.sandbox.tokens.verified(token)
        if "event_id" not in claims:  # a client's own token: it stands for nobody
            raise refusal("token_scope")
        sign_in = self.sandbox.tokens.sign_in(claims["event_id"])
        pool = self.sandbox.pools.get(claims["pool"])
        person = self.sandbox.people.by_sub(pool.id, claims["sub"])
        self._refuse_ended(sign_in, person)
        assert sign_in is not None  # noqa: S101 - for the type checker; refused above
        assert person is not None  # noqa: S101 - likewise
        if scope not in claims["scope"].split():
            raise refusal("token_scope")
        client = self.sandbox.pools.client(sign_in.client_id, pool.id)
        return Bearer(pool, client, person, sign_in)

    def _refuse_ended(self, sign_in: SignIn | None, person: Person | None) -> None:
        switches = self.sandbox.switches
        if person is None:
            raise refusal(switches.deleted_person_token)
        if not person.enabled:
            raise refusal(switches.disabled_person_token)
        if sign_in is None or sign_in.revoked:
            raise refusal("token_revoked")


def without_empty(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer as Cognito gives it: members without a value are left out."""
    return {name: value for name, value in answer.items() if value not in (None, [], {})}
