"""docs/cognito-setup.md, deploy/iam and deploy/cloudformation: carried out, linted, compared."""

import ast
import json
import os
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import boto3
import botocore.session
import cfnlint.decode
import pytest
import yaml
from botocore import UNSIGNED, xform_name
from botocore.config import Config
from cfnlint.api import lint_file
from django.conf import settings as portal
from django.core.management import call_command

from accounts.cognito.rights import RIGHT_OF, SETTING, Right
from tests.conftest import serve
from tests.sandbox_process import Sandbox

pytestmark = pytest.mark.usefixtures("by_srp")

ROOT = Path(portal.BASE_DIR)
DOCUMENT = (ROOT / "docs/cognito-setup.md").read_text()
TEMPLATE = ROOT / "deploy/cloudformation/pool.yaml"
ARNS = {
    "SENDER_ARN": "arn:aws:ses:eu-central-1:123456789012:identity/example.com",
    "SMS_ROLE_ARN": "arn:aws:iam::123456789012:role/sms",
}
MODEL = boto3.client(
    "cognito-idp", region_name="eu-central-1", config=Config(signature_version=UNSIGNED)
).meta.service_model


# --- the commands -----------------------------------------------------------------------------


def _commands() -> list[list[str]]:
    """The words of each `aws cognito-idp` command of the document, variables filled in."""
    blocks = re.findall(r"^```sh\n(aws cognito-idp .*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
    return [shlex.split(block.replace("\\\n", " "))[2:] for block in blocks]


def _parameters(words: list[str], shape: Any, variables: dict[str, str]) -> dict[str, Any]:
    """What the CLI would make of the options, by botocore's own model of the operation."""
    members = {xform_name(name, "-"): name for name in shape.members}
    given: dict[str, list[str]] = {}
    for word in words:
        if word.startswith("--"):
            given[word.removeprefix("--")] = []
        else:
            given[list(given)[-1]].append(_filled(word, variables))
    return {
        members[option]: _value(shape.members[members[option]], values)
        for option, values in given.items()
    }


def _filled(word: str, variables: dict[str, str]) -> str:
    return re.sub(r"\$([A-Z_]+)", lambda found: variables[found[1]], word)


def _value(shape: Any, values: list[str]) -> Any:
    if shape.type_name == "boolean":
        assert values == []
        return True
    if shape.type_name == "list":
        return values
    (value,) = values
    if shape.type_name in {"structure", "map"}:
        return json.loads(value)
    return int(value) if shape.type_name == "integer" else value


def test_the_commands_make_a_pool_that_the_doctor_likes(
    sandbox: Sandbox, settings: Any, db: None, capsys: Any
):
    """(SUP-03) what one reads there is what works: carried out, in order, then looked at."""
    admin, variables = sandbox.admin(), dict(ARNS)
    for name, *words in _commands():
        operation = MODEL.operation_model(_operation(name))
        reply = getattr(admin, name.replace("-", "_"))(
            **_parameters(words, operation.input_shape, variables)
        )
        variables["POOL_ID"] = reply.get("UserPool", {}).get("Id") or variables["POOL_ID"]
        if "UserPoolClient" in reply:
            serve(sandbox, settings, variables["POOL_ID"], reply["UserPoolClient"]["ClientId"])
    call_command("doctor", strict=True)
    assert capsys.readouterr().out.startswith("Nothing to say")


def _operation(command: str) -> str:
    return next(name for name in MODEL.operation_names if xform_name(name, "-") == command)


def test_every_command_of_the_document_is_seen():
    """Three of them; the test above would be empty if it found none."""
    assert [words[0] for words in _commands()] == [
        "create-user-pool",
        "set-user-pool-mfa-config",
        "create-user-pool-client",
    ]


# --- the template -----------------------------------------------------------------------------


def test_the_template_lints():
    """(SUP-03)"""
    assert [str(problem) for problem in lint_file(TEMPLATE)] == []


def _properties(resource: str) -> dict[str, Any]:
    template, problems = cfnlint.decode.decode(str(TEMPLATE))
    assert not problems
    assert template is not None
    plain: dict[str, Any] = json.loads(json.dumps(template["Resources"][resource]["Properties"]))
    return _resolved(plain)


def _resolved(value: Any) -> Any:
    """Fill in what CloudFormation would: names and addresses, whatever they are."""
    if isinstance(value, list):
        return [_resolved(each) for each in value]
    if not isinstance(value, dict):
        return value
    if set(value) <= {"Ref", "Fn::GetAtt", "Fn::Sub"}:
        about = json.dumps(value)
        for name, filled in (
            ("Role", ARNS["SMS_ROLE_ARN"]),
            ("SenderIdentityArn", ARNS["SENDER_ARN"]),
            ("Region", "eu-central-1"),
            ("Address", "no-reply@example.com"),
        ):
            if name in about:
                return filled
        return "people"
    return {key: _resolved(each) for key, each in value.items()}


def test_the_template_makes_a_pool_that_the_doctor_likes(
    sandbox: Sandbox, settings: Any, db: None, capsys: Any
):
    """(SUP-03) as CloudFormation itself does it: the same members, by the same operations."""
    admin = sandbox.admin()
    pool, client = _properties("Pool"), _properties("Client")
    name, mfa, on = pool.pop("UserPoolName"), pool.pop("MfaConfiguration"), pool.pop("EnabledMfas")
    made = admin.create_user_pool(PoolName=name, **pool)["UserPool"]["Id"]
    blocks = {
        "SOFTWARE_TOKEN_MFA": {"SoftwareTokenMfaConfiguration": {"Enabled": True}},
        "SMS_MFA": {"SmsMfaConfiguration": {"SmsConfiguration": pool["SmsConfiguration"]}},
        "EMAIL_OTP": {"EmailMfaConfiguration": {}},
    }
    methods = {key: block for factor in on for key, block in blocks[factor].items()}
    admin.set_user_pool_mfa_config(UserPoolId=made, MfaConfiguration=mfa, **methods)
    reply = admin.create_user_pool_client(**{**client, "UserPoolId": made})
    serve(sandbox, settings, made, reply["UserPoolClient"]["ClientId"])
    call_command("doctor", strict=True)
    assert capsys.readouterr().out.startswith("Nothing to say")


# --- rights -----------------------------------------------------------------------------------


def _called_with_iam(*modules: str) -> set[str]:
    """The operations that code asks of the client that signs, read from its source."""
    called = set()
    for module in modules:
        for node in ast.walk(ast.parse((ROOT / module).read_text())):
            if isinstance(node, ast.Attribute) and _is_administration(node.value):
                called.add(node.attr)
    by_method = {xform_name(name): name for name in MODEL.operation_names}
    return {f"cognito-idp:{by_method[method]}" for method in called}


def _is_administration(node: ast.expr) -> bool:
    """`client.administration()` or its like, as every call with IAM is written."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "cast":
        return _is_administration(node.args[1])
    return isinstance(node, ast.Call) and ast.unparse(node.func) in SIGNING


def _asked_of_people() -> set[str]:
    """The operations on people: each named once, with the call below that it names."""
    asked = set()
    for node in ast.walk(ast.parse((ROOT / PEOPLE).read_text())):
        if not isinstance(node, ast.With):
            continue
        for item in node.items:
            if isinstance(item.context_expr, ast.Call) and item.optional_vars is not None:
                (operation, *_) = item.context_expr.args
                assert isinstance(operation, ast.Constant)
                assert _methods_below(node) == {xform_name(str(operation.value))}
                asked.add(str(operation.value))
    return asked


def _methods_below(node: ast.With) -> set[str]:
    """What is asked of `cognito`, whatever it is cast to."""
    return {
        each.attr
        for each in ast.walk(node)
        if isinstance(each, ast.Attribute)
        and ast.unparse(each.value) in {"cognito", "cast(Any, cognito)"}
    }


def _allowed(statement: dict[str, Any]) -> set[str]:
    assert statement["Effect"] == "Allow"
    return set(statement["Action"])


def _policy(name: str) -> dict[str, Any]:
    statements: list[dict[str, Any]] = json.loads((ROOT / f"deploy/iam/{name}.json").read_text())[
        "Statement"
    ]
    (only,) = statements
    return only


def _modules_with_iam() -> Iterator[str]:
    for path in sorted((ROOT / "accounts").rglob("*.py")) + sorted((ROOT / "portal").rglob("*.py")):
        if any(name in path.read_text() for name in (*SIGNING, *BY_RIGHT)):
            yield path.relative_to(ROOT).as_posix()


PORTAL, DOCTOR = "accounts/cognito/administration.py", "accounts/cognito/configuration.py"
PEOPLE, TRIED = "accounts/cognito/people.py", "accounts/cognito/identities.py"
SIGNING = ("client.administration", "client.administration_once")
BY_RIGHT = ("client.for_operation(", "client.identity(", "client.session(")
# Contract 11.3: read, recover, senior.
HELPDESK = ("helpdesk-read", "helpdesk-recover", "helpdesk-senior")


def test_the_portal_may_do_what_its_code_calls_and_nothing_else():
    """(AUZ-04) operation by operation; a new call needs its right, and a right its call."""
    assert _allowed(_policy("portal")) == _called_with_iam(PORTAL)


def test_the_doctor_may_do_what_its_code_calls_and_nothing_else():
    """(AUZ-04)"""
    assert _allowed(_policy("doctor")) == _called_with_iam(DOCTOR)


def test_no_other_code_signs_its_calls():
    """(AUZ-04) another module would need a policy of its own; the last tries those of people."""
    assert set(_modules_with_iam()) == {PORTAL, DOCTOR, PEOPLE, TRIED}


def test_the_rights_of_the_helpdesk_are_split_in_three():
    """(AUZ-04) together what the code calls, none of them twice, and as the code splits them."""
    assert set(RIGHT_OF) == _asked_of_people()
    for right, name in zip(Right, HELPDESK, strict=True):
        mine = {operation for operation, needed in RIGHT_OF.items() if needed is right}
        assert _allowed(_policy(name)) == {f"cognito-idp:{operation}" for operation in mine}


def test_code_that_reads_people_asks_for_no_change():
    """(AUZ-04) the right to read holds nothing that changes: by the names that Cognito gives."""
    for operation, right in RIGHT_OF.items():
        reads = operation.startswith(("AdminGet", "AdminList", "List"))
        assert reads is (right is Right.READ), operation


@pytest.mark.parametrize("name", ["portal", "doctor", *HELPDESK])
def test_rights_are_for_one_pool(name: str):
    """(AUZ-04) no wildcard in operation or resource."""
    policy = _policy(name)
    assert policy["Resource"] == "arn:aws:cognito-idp:REGION:ACCOUNT:userpool/POOL_ID"
    assert "*" not in json.dumps(policy)


IN_TEMPLATE = {
    "portal": ("PortalRights", None),
    "doctor": ("DoctorRights", "ReadsPeople"),
    "helpdesk-read": ("HelpdeskReadRights", "ReadsPeople"),
    "helpdesk-recover": ("HelpdeskRecoverRights", "FreesPeople"),
    "helpdesk-senior": ("HelpdeskSeniorRights", "ChangesPeople"),
}


@pytest.mark.parametrize("name", ["portal", "doctor", *HELPDESK])
def test_the_template_gives_the_same_rights(name: str):
    """(AUZ-04) and those over people only to a portal whose helpdesk was asked for."""
    resource, condition = IN_TEMPLATE[name]
    (statement,) = _properties(resource)["PolicyDocument"]["Statement"]
    assert _allowed(statement) == _allowed(_policy(name))
    template, _ = cfnlint.decode.decode(str(TEMPLATE))
    assert template is not None
    made = template["Resources"][resource]
    assert made.get("Condition") == condition
    assert made["Properties"]["PolicyDocument"]["Statement"][0]["Resource"] == {
        "Fn::GetAtt": ["Pool", "Arn"]
    }


def test_the_template_knows_every_file():
    """(AUZ-04)"""
    files = {path.stem for path in (ROOT / "deploy/iam").iterdir()}
    assert files == {"portal", "doctor", *HELPDESK} == set(IN_TEMPLATE)


def test_the_commands_give_the_rights_of_each_file():
    """(AUZ-04) run as they stand, with an `aws` that only writes down what it is asked."""
    loop = re.search(r"^```sh\n(for name in .*?^done\n)```", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert loop
    with TemporaryDirectory() as folder:
        os.symlink(ROOT / "deploy", Path(folder) / "deploy")
        said = subprocess.run(
            ["/bin/sh", "-ec", f'aws() {{ echo "$@"; }}\n{loop[1]}'],
            cwd=folder,
            env={
                "REGION": "eu-central-1",
                "ACCOUNT": "123",
                "POOL_ID": "p_1",
                "PORTAL_ROLE": "r",
                "PATH": os.environ["PATH"],
            },
            capture_output=True,
            check=True,
            text=True,
        ).stdout.splitlines()
        assert said == [
            f"iam put-role-policy --role-name r --policy-name {name} "
            f"--policy-document file://{name}.json"
            for name in IN_TEMPLATE
        ]
        for name in IN_TEMPLATE:
            (given,) = json.loads((Path(folder) / f"{name}.json").read_text())["Statement"]
            assert _allowed(given) == _allowed(_policy(name))
            assert given["Resource"] == "arn:aws:cognito-idp:eu-central-1:123:userpool/p_1"


@pytest.fixture
def roles(tmp_path: Path) -> Callable[[str], list[str]]:
    """Run a block of the document in a folder, with an `aws` that writes down what it is asked."""
    os.symlink(ROOT / "deploy", tmp_path / "deploy")
    given = {"REGION": "eu-central-1", "ACCOUNT": "123456789012", "POOL_ID": "p_1"}

    def run(block: str) -> list[str]:
        return subprocess.run(
            ["/bin/sh", "-euc", f'aws() {{ echo "$@"; }}\n{block}'],
            cwd=tmp_path,
            env={**given, "PORTAL_ROLE": "portal", "PATH": os.environ["PATH"]},
            capture_output=True,
            check=True,
            text=True,
        ).stdout.splitlines()

    return run


ARN = "arn:aws:iam::123456789012:role/"
THREE = [f"mfa-portal-{right}" for right in Right]


def test_the_commands_make_three_roles_and_profiles(
    roles: Callable[[str], list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """(AUZ-04) each with its file, trusting the portal's role alone; boto3 reads the profiles."""
    (block,) = re.findall(r"^```sh\n(fill=.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
    expected = []
    for right, role in zip(Right, THREE, strict=True):
        trust = "--assume-role-policy-document file://trust.json"
        policy = f"helpdesk-{right} --policy-document file://helpdesk-{right}.json"
        expected.append(f"iam create-role --role-name {role} {trust}")
        expected.append(f"iam put-role-policy --role-name {role} --policy-name {policy}")
    lends = "--role-name portal --policy-name assume --policy-document file://assume.json"
    assert roles(block) == [*expected, f"iam put-role-policy {lends}"]
    for name in ("trust.json", "assume.json", "aws.config", "helpdesk-senior.json"):
        assert not re.search("ACCOUNT|PORTAL_ROLE|POOL_ID|REGION", (tmp_path / name).read_text())
    (trusted,) = json.loads((tmp_path / "trust.json").read_text())["Statement"]
    assert (trusted["Principal"], trusted["Action"]) == ({"AWS": f"{ARN}portal"}, "sts:AssumeRole")
    (taken,) = json.loads((tmp_path / "assume.json").read_text())["Statement"]
    assert (taken["Resource"], taken["Action"]) == (
        [ARN + role for role in THREE],
        "sts:AssumeRole",
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws.config"))
    assert _role_arns() == {role: ARN + role for role in THREE}


def _role_arns() -> dict[str, str]:
    """The profiles of the AWS config that take a role on, as boto3 reads them."""
    profiles = botocore.session.get_session().full_config["profiles"]
    return {name: each["role_arn"] for name, each in profiles.items() if "role_arn" in each}


def test_the_commands_take_the_rights_from_the_portals_own_role(roles: Any):
    """(AUZ-04) those that another profile is for, and no others."""
    (block,) = re.findall(r"^```sh\n(for right in .*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert roles(block) == [
        f"iam delete-role-policy --role-name portal --policy-name {name}" for name in HELPDESK
    ]


def test_the_settings_of_the_document_name_the_profiles():
    """As .env.example names them; and each is a profile of the file, in Kubernetes, too."""
    (block,) = re.findall(r"^```ini\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
    given = dict(line.split("=", 1) for line in block.splitlines())
    assert {given[SETTING[right]]: right for right in Right} == dict(zip(THREE, Right, strict=True))
    example = (ROOT / ".env.example").read_text()
    in_a_cluster = (ROOT / "deploy/kubernetes/settings.yaml").read_text()
    for right, role in zip(Right, THREE, strict=True):
        assert f"#{SETTING[right]}=" in example
        assert f"# {SETTING[right]}: {role}\n" in in_a_cluster


def test_the_profiles_of_kubernetes_are_read_by_boto3(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """(AUZ-04) roles that the service account's own takes on; the file lies where it is mounted."""
    made = yaml.safe_load((ROOT / "deploy/kubernetes/identities.yaml").read_text())
    (name,) = made["data"]
    (tmp_path / name).write_text(made["data"][name])
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / name))
    assert _role_arns() == {role: ARN + role for role in ("mfa-portal", *THREE)}
    for part in ("web", "worker"):
        pod = next(yaml.safe_load_all((ROOT / f"deploy/kubernetes/{part}.yaml").read_text()))
        pod = pod["spec"]["template"]["spec"]
        (volume,) = [each for each in pod["volumes"] if each["name"] == "aws"]
        assert volume["configMap"] == {"name": made["metadata"]["name"], "optional": True}
        (mount,) = [each for each in pod["containers"][0]["volumeMounts"] if each["name"] == "aws"]
        settings = (ROOT / "deploy/kubernetes/settings.yaml").read_text()
        assert f"AWS_CONFIG_FILE: {mount['mountPath']}/{name}\n" in settings


ROLE_OF = {"HelpdeskReadRights": "Read", "HelpdeskRecoverRights": "Recover"} | {
    "HelpdeskSeniorRights": "Senior"
}


@pytest.mark.parametrize(("rights", "right"), ROLE_OF.items())
def test_the_template_can_give_each_kind_of_right_a_role(rights: str, right: str):
    """(AUZ-04) that the portal's role alone may take on; otherwise to the portal's own."""
    template, _ = cfnlint.decode.decode(str(TEMPLATE))
    assert template is not None
    made = json.loads(json.dumps(template["Resources"]))
    apart, role, own = made[rights]["Properties"]["RoleName"]["Fn::If"]
    assert (role, own) == ({"Ref": f"{right}Role"}, {"Ref": "PortalRoleName"})
    assert made[f"{right}Role"]["Condition"] == apart
    (trusted,) = made[f"{right}Role"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trusted["Action"] == "sts:AssumeRole"
    assert trusted["Principal"]["AWS"]["Fn::Sub"].endswith(":role/${PortalRoleName}")
    (taken,) = made["AssumeRights"]["Properties"]["PolicyDocument"]["Statement"]
    assert {"Fn::GetAtt": [f"{right}Role", "Arn"]} in [
        each.get("Fn::If", [None, each])[1] for each in taken["Resource"]
    ]


def test_the_document_names_every_file():
    for path in (*(ROOT / "deploy/iam").iterdir(), TEMPLATE):
        assert f"({Path('..') / path.relative_to(ROOT)})" in DOCUMENT
