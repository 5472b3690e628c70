"""Which test runs which command of the documents: every one of them, and nothing that is not there.

A command is known by its words as they stand, or, where a document has one test for its commands,
by how it begins there.
"""

import re
from dataclasses import dataclass
from functools import cache

from tests.documents import Command, commands, named_in_passing

HERE = "tests/commands"
CI = f"{HERE}/test_make.py::test_ci_makes_it"
IN_A_COPY = f"{HERE}/test_make.py::test_in_a_copy_of_the_repository"
SHORTER = f"{HERE}/test_make.py::test_a_shorter_one_is_part_of_make_test"
IN_A_SHELL = f"{HERE}/test_portal.py::test_typed_into_a_shell"
EXPORT = f"{HERE}/test_portal.py::test_the_export_is_in_the_file"
GOES_ON = f"{HERE}/test_portal.py::test_what_goes_on_until_it_is_ended"
CLI = f"{HERE}/test_cli.py::test_by_the_portal_s_own_command_line"
PROGRAM = f"{HERE}/test_programs.py::test_other_programs"
DEMO = "tests/site/test_demo.py::test_the_demo_starts_as_the_documents_say"
ELEMENT = "tests/clients/test_element_package.py::test_its_commands_build_what_is_committed"
RAW = "tests/clients/test_documents.py::test_the_raw_operation_answers_as_printed"
CURL = "tests/clients/test_documents.py::test_curl_reaches_cognito_or_says_why_not"
ROLES = "tests/journeys/test_setup_document.py::test_the_commands_make_three_roles_and_profiles"
SCENE = "tests/clients/test_documents.py::test_a_scene_is_taken_along_as_printed"
BACKUP = "tests/ship/test_backup.py::test_a_restored_backup_holds_the_audit_and_lets_people_in"
LESS_TO_DO = "tests/typed/test_make.py::test_with_less_to_do"
TYPED = "tests/typed/test_programs.py::test_other_programs"
DESK = "tests/clients/test_api_document.py::test_curl_at_the_desk"

# Of all documents, by the words as they stand there; the order is the one in which they are run.
AS_IT_STANDS = {
    CI: (
        "make alerts",
        "make clients",
        "make docs",
        "make licences",
        "make lint-deploy",
        "make quick",
        "make sbom",
        "make test",
        "make test-commands",
        "make test-docs",
        "make test-postgresql",
        "make test-rq",
        "make test-walks",
        "make wheel",
    ),
    IN_A_COPY: (
        "make messages",
        "make released-element",
        "make released-migrations",
        "make secrets",
    ),
    SHORTER: (
        "make api-documents",
        "make fuzz-sandbox",
        "make walk-account",
        ".venv/bin/python -m pytest tests/journeys/test_overview.py",
        ".venv/bin/python -m pytest tests/unit/test_catalogues.py",
        "WRITE_DOCUMENTS=1 .venv/bin/python -m pytest tests/unit/test_deck.py -n 0",
    ),
    DEMO: ("make demo", "make demo PORTAL_PORT=8100", "make demo-embed", "make demo-reset"),
    ELEMENT: ("npm ci --ignore-scripts", "npm test", "npm run build", "make element"),
    IN_A_SHELL: (
        ".venv/bin/python manage.py prepare",
        "mfa-portal prepare",
        ".venv/bin/python manage.py",
        "mfa-portal settings",
        "mfa-portal settings > .env",
        "mfa-portal check --deploy",
        ".venv/bin/python manage.py check --deploy",
        "manage.py check --deploy",
        ".venv/bin/python manage.py doctor",
        "mfa-portal doctor",
        "manage.py doctor",
        "mfa-portal migrate",
        "mfa-portal collectstatic --no-input",
        'DATABASE_URL="$RESTORED_URL" mfa-portal audit verify',
        'DATABASE_URL="$RESTORED_URL" mfa-portal migrate --check',
    ),
    EXPORT: ("manage.py audit export --since 2026-03-01 --until 2026-04-01 > march.jsonl",),
    GOES_ON: (
        ".venv/bin/gunicorn --config python:portal.server portal.wsgi",
        "mfa-portal run",
        "mfa-portal worker",
        ".venv/bin/python manage.py worker",
        "manage.py worker",
        "TASKS_URL= mfa-portal worker",
        "manage.py audit stream",
        "mfa-portal audit stream",
    ),
    CLI: (
        ".venv/bin/python manage.py purge",
        "mfa-portal purge",
        "manage.py purge",
        "mfa-portal audit verify",
        "manage.py audit verify",
        "manage.py audit anchor",
        "manage.py audit verify --anchor eu-central-1_AbCdEfGhI 1234:0e8c…",
        "manage.py audit verify --anchor",
        "mfa-portal audit seal",
        "manage.py audit seal",
        "manage.py embed client",
        "manage.py embed client add acme "
        "--origin https://app.example.com --app-client 1h57kf5cpq17m0eml12EXAMPLE",
        "manage.py embed client add acme --origin https://app.acme.com "
        "--app-client 1example23456789 --page overview --page add-app",
        "manage.py embed client list",
        "manage.py embed client rotate acme",
        "manage.py embed client rotate acme --end-older",
        "manage.py embed client remove acme",
        "manage.py embed snippet",
        "manage.py embed snippet CLIENT",
        "manage.py embed snippet acme",
        "mfa-portal helpdesk",
        "manage.py helpdesk",
        "manage.py helpdesk --events",
        "mfa-portal limits",
        "manage.py limits",
        "manage.py limits --release USERNAME",
        "mfa-portal rotate_keys",
        "manage.py webhooks",
        "manage.py webhooks events",
        "manage.py webhooks list",
        "manage.py webhooks redeliver NAME",
        "manage.py webhooks test",
        "manage.py webhooks test NAME",
        "mfa-portal --help",
        "mfa-portal check",
    ),
    PROGRAM: (
        "git describe --always",
        "grep -r OTP-03 tests",
        "pybabel compile",
        "python -m sandbox",
        "python -m sandbox destinations",
        "python -m sandbox operations",
        "python -m sandbox quotas",
        "python -m sandbox switches",
        'python3 -c "import base64, secrets; '
        "print('whsec_' + base64.b64encode(secrets.token_bytes(32)).decode())\"",
    ),
    LESS_TO_DO: (
        "make accessibility",
        "make bench",
        "make bench-helpdesk",
        "make bench-sandbox",
        "make fuzz-api",
        "make mutation",
        "make scale-simulation",
        "make scan",
        "make screenshots",
        "make soak",
        "make test-backup",
        "make test-cluster",
        "make test-engines",
        "make test-faults",
        "make test-pooler",
        "make test-rollout",
        "make test-wheel",
    ),
    TYPED: (
        "apt-get install chromium",
        "apt-get install python3 python3-venv make",
        "make lock",
        "nginx -t",
        "nox",
        "pip install 'cognito-mfa-portal[tracing]'",
        'pip install "$(ls dist/cognito_mfa_portal-*.whl)[postgresql,redis]"',
        "systemd-analyze verify",
    ),
    SCENE: ("python -m sandbox scene export", "python -m sandbox scene import"),
    "tests/ship/test_wheel.py::test_the_sandbox_has_a_wheel_of_its_own": ("mfa-portal sandbox",),
    CURL: ("curl -v https://cognito-idp.REGION.amazonaws.com",),
    "tests/sandbox/test_process.py::test_kill_9_again_and_again_loses_no_acknowledged_change": (
        "kill -9",
    ),
}

# Of one document, commands by how they begin, and the test that runs them from the document itself.
AS_IT_BEGINS = {
    ("docs/api.md", 'curl -s "$PORTAL/api/v1'): "tests/clients/test_api_document.py::test_curl",
    ("docs/api.md", 'curl -s -X PUT "$PORTAL'): "tests/clients/test_api_document.py::test_curl",
    ("docs/api.md", "COGNITO="): RAW,
    ("docs/api.md", "TOKEN="): RAW,
    ("docs/api.md", "curl -i -X POST $COGNITO"): RAW,
    ("docs/cognito-setup.md", "aws cognito-idp "): (
        "tests/clients/test_documents.py::test_the_aws_cli_sets_up_a_pool_as_printed"
    ),
    ("docs/cognito-setup.md", "for name in "): "tests/journeys/test_setup_document.py"
    "::test_the_commands_give_the_rights_of_each_file",
    ("docs/cognito-setup.md", "fill="): ROLES,
    ("docs/cognito-setup.md", "sed "): ROLES,
    ("docs/cognito-setup.md", "for right in "): ROLES,
    ("docs/cognito-setup.md", "aws iam "): ROLES,
    ("docs/embedding.md", 'curl --fail-with-body --silent "$PORTAL/embed/tickets"'): (
        "tests/clients/test_embed_document.py::test_curl"
    ),
    ("docs/helpdesk.md", "api() {"): DESK,
    ("docs/helpdesk.md", "SUB="): DESK,
    ("docs/helpdesk.md", "api "): DESK,
    ("docs/sandbox.md", "pytest -q -p sandbox.pytest_plugin"): (
        "tests/sandbox/test_plugin.py::test_example_of_the_documentation"
    ),
    ("docs/sandbox.md", "python -m sandbox scene"): SCENE,
    ("docs/sandbox.md", "python -m sandbox --scene"): SCENE,
    # Of its chapters "Use it"; the next test there runs those of all others.
    ("docs/sandbox.md", ""): "tests/clients/test_documents.py"
    "::test_c014_every_example_says_what_the_document_says",
    ("docs/upgrades.md", "pg_dump "): BACKUP,
    ("docs/upgrades.md", "createdb "): BACKUP,
    ("docs/upgrades.md", "pg_restore "): BACKUP,
}


@dataclass(frozen=True)
class NotRun:
    """Why no test runs a command as it stands, and the test that holds what can be held."""

    why: str
    held_by: str


PROGRAMS = f"{HERE}/test_programs.py::"

# By the words; in blocks by how they begin.
EXCEPTIONS = {
    "aws cloudformation deploy": NotRun(
        "AWS alone has it; what its template makes is made without it",
        "tests/journeys/test_setup_document.py"
        "::test_the_template_makes_a_pool_that_the_doctor_likes",
    ),
    "make test-measures": NotRun("it runs the others", LESS_TO_DO),
    "nox -s django6": NotRun(
        "needs Python 3.13, which CI has not",
        f"{PROGRAMS}test_nox_knows_it",
    ),
    "podman build -t mfa-portal .": NotRun(
        "needs a container engine; `make lint-deploy` reads the file",
        f"{PROGRAMS}test_lint_deploy_asks_it",
    ),
}


@cache
def every_command() -> tuple[Command, ...]:
    """What stands in blocks, and what is named in passing; once for each document."""
    return tuple(dict.fromkeys([*commands(), *named_in_passing()]))


# The portal's command line has three names: what is typed after them is the same.
NAMES = re.compile(r"(?:mfa-portal|(?:\.venv/bin/python |python )?manage\.py) ")


def words_of(text: str) -> str:
    return NAMES.sub("", text, count=1)


def once(runner: str) -> list[str]:
    """What a test of the portal's own commands runs: by another of its names it is no other one."""
    return list({words_of(text): text for text in reversed(AS_IT_STANDS[runner])}.values())[::-1]


def as_they_stand(runner: str) -> tuple[str, ...]:
    """What a test runs, word by word."""
    return AS_IT_STANDS[runner]


def runner_of(command: Command) -> str | None:
    """The test that runs a command: by its words, or else by the longest beginning that fits."""
    for runner, texts in AS_IT_STANDS.items():
        if command.text in texts:
            return runner
    key = beginning_of(command)
    return AS_IT_BEGINS[key] if key else None


@cache
def in_blocks() -> frozenset[Command]:
    return frozenset(commands())


def beginning_of(command: Command) -> tuple[str, str] | None:
    """Of what stands in a block: in passing nothing but the words themselves counts."""
    if command not in in_blocks():
        return None
    fitting = [
        (document, beginning)
        for document, beginning in AS_IT_BEGINS
        if document == command.document and command.text.startswith(beginning)
    ]
    return max(fitting, key=lambda each: len(each[1]), default=None)


def written() -> str:
    """The exceptions as docs/index.md has them, a reason a row."""
    by_reason: dict[str, list[str]] = {}
    for typed, each in EXCEPTIONS.items():
        by_reason.setdefault(each.why, []).append(f"`{typed}`")
    return "".join(f"| {', '.join(typed)} | {why} |\n" for why, typed in by_reason.items())


def exception_of(command: Command) -> str | None:
    """Its line among the exceptions: whole, or how a long one begins."""
    fitting = (each for each in EXCEPTIONS if f"{command.text} ".startswith(f"{each} "))
    return max(fitting, key=len, default=None)
