"""The AWS CLI as a person types it, with only the endpoint set."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
AWS = ROOT / ".clients/bin/aws"


class CliRefused(Exception):
    """The CLI ended with an error; str: what it printed."""


@dataclass(frozen=True)
class Cli:
    """`aws cognito-idp` against one endpoint."""

    endpoint: str

    def __call__(self, line: str, **values: Any) -> Any:
        """Run one command: `{name}` stands for a quoted value; its output, parsed if JSON."""
        quoted = {name: shlex.quote(_text(value)) for name, value in values.items()}
        arguments = shlex.split(line.format(**quoted))
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
