"""moto's own server, with a pool full of people; runs where moto is installed.

Filled from inside, as its API needs minutes for a hundred thousand people.
"""

from __future__ import annotations

import json
import sys

from moto import server
from moto.cognitoidp.models import CognitoIdpUser, UserStatus, cognitoidp_backends
from moto.core import DEFAULT_ACCOUNT_ID


def main() -> None:
    """Arguments: port, and a JSON file with region, password and the people's attributes."""
    port, plan_path = sys.argv[1:]
    with open(plan_path, encoding="utf-8") as file:
        plan = json.load(file)
    backend = cognitoidp_backends[DEFAULT_ACCOUNT_ID][plan["region"]]
    pool = backend.create_user_pool("bench", {})
    client = backend.create_user_pool_client(
        pool.id, False, {"ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]}
    )
    for username, attributes in plan["people"].items():
        listed = [{"Name": name, "Value": value} for name, value in attributes.items()]
        person = CognitoIdpUser(pool.id, username, plan["password"], UserStatus.CONFIRMED, listed)
        pool.users[username] = person
    sys.stdout.write(json.dumps({"pool": pool.id, "client": client.id}) + "\n")
    sys.stdout.flush()
    server.main(["-p", port])


main()
