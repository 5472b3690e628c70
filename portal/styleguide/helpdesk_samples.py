"""An operator of the helpdesk who may do everything, and the account of nobody before them."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest

from accounts.cognito.people import Someone
from accounts.cognito.self_service import Account
from accounts.roles import Role
from accounts.subjects import Subject
from portal.factors.services import Factors
from portal.helpdesk.dossier import Dossier
from portal.helpdesk.matrix import Operator, Target, Tier
from portal.helpdesk.targets import Whom
from portal.styleguide.rows import LONG_AGO, NOBODYS
from portal.styleguide.samples import APP, PHONE, account, as_passed_on
from portal.styleguide.states import made_by

OPERATOR = Operator("operator", frozenset(Role))
AGENT = Operator("agent", frozenset({Role.AGENT}))
TARGET = Target(NOBODYS, Tier.ORDINARY, frozenset({"staff"}))
TICKET = "HD-2042"
FEDERATED = "Google"


def page(room: str, name: str, template: str, make: Callable[[], Mapping[str, Any]]) -> None:
    """One that an operator sees, with the menu of all roles."""

    @made_by(room, name, f"helpdesk/{template}.html")
    def values(request: HttpRequest) -> Mapping[str, Any]:
        seen = as_passed_on(request, operator=OPERATOR, waiting=2)
        return {"request": seen, "operator": OPERATOR, **make()}


def someone(*, is_enabled: bool = True, federated_by: str = "") -> Someone:
    return Someone(
        account=Account(
            username="nobody",
            listed=frozenset({APP, PHONE}),
            preferred=APP,
            phone="+15550100456",
            phone_verified=True,
            email="nobody@example.com",
            federated_by=federated_by,
        ),
        sub=NOBODYS,
        status="CONFIRMED",
        is_enabled=is_enabled,
        created_at=LONG_AGO,
        modified_at=LONG_AGO,
        name="Nobody Sample",
    )


def whom() -> Whom:
    return Whom(someone(), TARGET)


def dossier(*, who: Someone | None = None, factors: Factors | None = None, **known: Any) -> Dossier:
    """known: what the portal itself keeps of them, which a real one asks the database for."""
    found = who or someone()
    methods = None if found.account.federated_by else factors or account(APP, PHONE, first=APP)
    made = Dossier(found, Subject("pool", NOBODYS), known.pop("target", TARGET), methods)
    kept: dict[str, Any] = {"frozen_until": None, "open_cases": [], "passes": [], "way_back": None}
    vars(made).update({**kept, "codes_left": 8, **known})
    return made
