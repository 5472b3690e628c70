"""The AWS CLI as a person types it, with only the endpoint set."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.session
from botocore.model import Shape

ROOT = Path(__file__).parents[2]
AWS = ROOT / ".clients/bin/aws"


class CliRefused(Exception):
    """The CLI ended with an error; str: what it printed."""


@dataclass(frozen=True)
class Cli:
    """`aws cognito-idp` against one endpoint."""

    endpoint: str

    def __call__(self, line: str, **values: Any) -> Any:
        """Run one command: `{name}` stands for one value; its output, parsed if JSON."""
        given = {name: _text(value) for name, value in values.items()}
        arguments: list[str] = []
        for word in shlex.split(line):
            said = word.format(**given)
            if said.startswith("-") and word.startswith("{"):
                # The ID of a passkey may begin so, and is no option.
                arguments[-1] += f"={said}"
            else:
                arguments.append(said)
        ended = subprocess.run(
            [str(AWS), "cognito-idp", *arguments],
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode != 0:
            raise CliRefused(ended.stderr.strip())
        return json.loads(ended.stdout) if ended.stdout.strip() else None

    def _environment(self) -> dict[str, str]:
        """No file of this machine, no retry, any credentials."""
        return {
            "PATH": os.environ["PATH"],
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": self.endpoint,
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "any",
            "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
        }


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


SAMPLES = {"UserPoolId": "eu-central-1_Nowhere00", "AccessToken": "no.such.token"}


def known_operations() -> list[str]:
    """Operations of the model that this CLI was built with; it may be older than boto3's."""
    (path,) = ROOT.glob(".clients/lib/python*/site-packages/awscli/**/cognito-idp/*/service-2.json")
    return sorted(json.loads(path.read_text())["operations"])


def least_input(operation: str) -> Any:
    """The smallest input that the CLI lets through: every required member, made up."""
    model = botocore.session.get_session().get_service_model("cognito-idp")
    shape = model.operation_model(operation).input_shape
    return _sample("", shape) if shape else {}


def _sample(name: str, shape: Any) -> Any:
    if name in SAMPLES:
        return SAMPLES[name]
    if shape.type_name == "structure":
        return {each: _sample(each, shape.members[each]) for each in shape.required_members}
    if shape.type_name == "list":
        return [_sample("", shape.member)]
    if shape.type_name == "map":
        return {}
    return _scalar(shape)


def _scalar(shape: Shape) -> Any:
    if shape.type_name in ("integer", "long"):
        return shape.metadata.get("min", 1)
    if shape.type_name == "boolean":
        return True
    return next(iter(getattr(shape, "enum", [])), "a" * max(1, shape.metadata.get("min", 1)))
