"""Every operation of every service, from the binary's own tables: unsigned, with an unknown key,
without a policy and with an explicit deny it is refused, in the words of its protocol."""

import re

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from conftest import ACCOUNT, BINARY, REGION, Keys, policy, tables, trust, unique, zipped

# The operations that policies cannot refuse, and why. A new one belongs here only with its reason.
OPEN = {
    ("kms", "RetireGrant"): "the grant itself says who may retire it",
    ("sts", "GetCallerIdentity"): "AWS allows it to all who can sign, whatever policies say",
    ("sts", "GetSessionToken"): "AWS allows it to every user, whatever policies say",
}
# The operations that need no signature, and why.
ANONYMOUS = {
    ("sns", "ConfirmSubscription"): "the token that the endpoint was sent is the credential",
}
# The operations that clients never sign, and why.
NEVER_SIGNED = {
    ("sts", "AssumeRoleWithSAML"): "the identity provider's assertion is the credential",
    ("sts", "AssumeRoleWithWebIdentity"): "the identity provider's token is the credential",
}
ANONYMOUS |= NEVER_SIGNED
# Members that no model requires, without which an operation names no resource.
ALSO = {("kms", "Decrypt"): ["CiphertextBlob"]}
# What a refusal is called.
DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError"}
UNSIGNED_CODES = {"MissingAuthenticationToken", "MissingAuthenticationTokenException"}
UNKNOWN_CODES = {"InvalidClientTokenId", "UnrecognizedClientException"}


SERVICES = tables() if BINARY.exists() else {}
TABLES = list(SERVICES.values())
ALL = [(table["service"], operation["name"]) for table in TABLES for operation in table["operations"]]
INPUTS = {(table["service"], operation["name"]): operation["input"]
          for table in TABLES for operation in table["operations"]}


@pytest.fixture(scope="module")
def things(cloud):
    """Real resources, so that a refusal is one, and not a missing resource."""
    admin = cloud.admin
    made = {}
    if "kms" in SERVICES:
        key = admin.client("kms").create_key()["KeyMetadata"]["Arn"]
        blob = admin.client("kms").encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
        alias = f"alias/{unique('authorization')}"
        admin.client("kms").create_alias(AliasName=alias, TargetKeyId=key)
        made |= {"KeyId": key, "TargetKeyId": key, "DestinationKeyId": key, "CiphertextBlob": blob}
        made |= {"AliasName": alias, "GranteePrincipal": admin.arn or f"arn:aws:iam::{ACCOUNT}:root"}
    if "sqs" in SERVICES:
        made["QueueUrl"] = admin.client("sqs").create_queue(QueueName=unique("authorization"))["QueueUrl"]
    if "sns" in SERVICES:
        made["TopicArn"] = admin.client("sns").create_topic(Name=unique("authorization"))["TopicArn"]
        made["SubscriptionArn"] = f"{made['TopicArn']}:00000000-0000-0000-0000-000000000000"
    document = policy(("sqs:*", "*"))
    made |= {
        "PolicyDocument": document, "AssumeRolePolicyDocument": trust("lambda"), "Policy": document,
        "PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/x", "VersionId": "v1", "TrailName": "trail",
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/x", "Role": f"arn:aws:iam::{ACCOUNT}:role/x",
        "PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/x", "StartTime": 0, "EndTime": 60,
        "Code": {"ZipFile": zipped({"a.py": "b = 1"})}, "Runtime": "python3.11", "Handler": "a.b",
        "AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "filterPattern": "", "Period": 60,
        "Message": "x", "NotificationEndpoint": "x", "Namespace": "App",
        "AWSAccountIds": [ACCOUNT], "Actions": ["SendMessage"], "ActionName": ["Publish"],
        "TaskPolicyArn": {"arn": "arn:aws:iam::aws:policy/root-task/SQSUnlockQueuePolicy"},
        "AWSAccountId": [ACCOUNT], "TraceIds": ["1-581cf771-a006649127e371903a2de979"],
        "TraceSegmentDocuments": ["{}"], "Protocol": "sqs", "type": "MOCK",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "Attributes": {}, "Version": "1", "Statement": 'SELECT * FROM "test"',
        "OpenIDConnectProviderArn": f"arn:aws:iam::{ACCOUNT}:oidc-provider/x",
        "SAMLProviderArn": f"arn:aws:iam::{ACCOUNT}:saml-provider/x",
        "PolicySourceArn": f"arn:aws:iam::{ACCOUNT}:user/x", "Arn": f"arn:aws:iam::{ACCOUNT}:user/x",
        "RetiringPrincipal": f"arn:aws:iam::{ACCOUNT}:user/x",
        "ShardIterator":
            f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/test/stream/2026-01-01T00:00:00.000|x",
    }
    for kind, service in (("ResourceARN", "dynamodb"), ("ResourceName", "lambda")):
        made[kind] = f"arn:aws:{service}:{REGION}:{ACCOUNT}:table/x"
    return made


CANDIDATES = [
    "test", "GET", "200", "v1", "name", "abcdefgh", "user", "1", "000000000000", "/", "s", "lambda:InvokeFunction",
    "2026-01-01T00:00:00Z", "AKIAIOSFODNN7EXAMPLE", f"arn:aws:iam::{ACCOUNT}:role/test",
    f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:test", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:test",
    "00000000-0000-0000-0000-000000000000", "x" * 40, "1-581cf771-a006649127e371903a2de979", "eu-west-1",
    "123456", f"arn:aws:access-analyzer:{REGION}:{ACCOUNT}:analyzer/test",
    "r-abcd", "ou-abcd-abcdefgh", "p-abcdefgh", "h-abcdefgh", "car-abcdefgh", "ana@example.com",
]


def resource_arn(service):
    kinds = {"kms": "key/x", "lambda": "function:test", "logs": "log-group:test", "dynamodb": "table/test",
             "sns": "test", "sqs": "test", "cloudwatch": "alarm:test", "apigateway": "/restapis/test"}
    if service == "apigateway":
        return f"arn:aws:apigateway:{REGION}::/restapis/test"
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{kinds.get(service, 'test')}"


def minimal(service, schema, things, limits=None):
    """The smallest value that the schema takes; `things` gives members of known names."""
    limits = {k: v for k, v in (limits or {}).items() if v} | {
        k: v for k, v in (schema.get("limits") or {}).items() if v}
    kind = schema["kind"]
    if kind in ("structure", "union"):
        members = [m for m in schema["members"] if m["required"]]
        if kind == "union" and not members:
            members = schema["members"][:1]
        return {m["name"]: member(service, m, things) for m in members}
    if kind == "list":
        count = max(1, (limits.get("length") or [0])[0])
        return [minimal(service, schema["item"], things) for _ in range(count)]
    if kind == "map":
        return {"test": minimal(service, schema["item"], things)}
    if kind == "string":
        low, high = limits.get("length") or (0, 1 << 20)
        for text in CANDIDATES:
            if low <= len(text) <= high and re.fullmatch(limits.get("pattern") or ".*", text):
                return text
        return "x" * max(low, 1)
    if kind == "enum":
        return schema["values"][0]
    if kind in ("integer", "long", "double"):
        return (limits.get("range") or [1])[0] or 1
    return {"boolean": False, "blob": b"x" * max(1, (limits.get("length") or [1])[0]),
            "timestamp": 0, "document": {}}[kind]


def member(service, one, things):
    name, kind = one["name"], one["schema"]["kind"]
    if name in ("ResourceArn", "resourceArn", "ResourceARN", "Resource") and kind == "string":
        return resource_arn(service)
    fits = {"string": str, "list": list, "structure": dict, "blob": bytes, "map": dict,
            "integer": int, "long": int, "timestamp": int}
    if name in things and isinstance(things[name], fits.get(kind, ())):
        return things[name]
    return minimal(service, one["schema"], things, one["limits"])


def call(client, service, operation, things):
    """Calls with minimal input; gives the error, or None if it was allowed."""
    value = minimal(service, INPUTS[service, operation], things)
    for name in ALSO.get((service, operation), ()):
        value[name] = things[name]
    try:
        client._make_api_call(operation, value)
    except ClientError as error:
        return error
    return None


def answered(error):
    assert error is not None, "it was allowed"
    response = error.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"], response["Error"].get("Message", "")


def status(client, service):
    """403 on the XML and REST protocols, 400 on the JSON ones; SQS has been both."""
    protocol = client.meta.service_model.resolved_protocol
    if service == "sqs":
        return {400, 403}
    return {403} if protocol in ("query", "rest-json", "rest-xml") else {400}


NO_CHECKS = Config(parameter_validation=False, retries={"total_max_attempts": 1}, read_timeout=30)


def boto(service):
    return service


@pytest.fixture(scope="module")
def clients(cloud):
    """One client of a service for each kind of caller."""
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    callers = {
        "unsigned": None,
        "unknown": Keys(cloud, "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        "powerless": cloud.user(),
        "denied": cloud.user(allow, deny),
    }
    made = {}

    def client(caller, service):
        if (caller, service) not in made:
            keys = callers[caller]
            config = NO_CHECKS if keys else NO_CHECKS.merge(Config(signature_version=UNSIGNED))
            made[caller, service] = (keys or cloud.admin)._new(boto(service), config=config)
        return made[caller, service]

    return client


every_operation = pytest.mark.parametrize("service, operation", ALL, ids=[".".join(one) for one in ALL])


@every_operation
def test_unsigned(clients, things, service, operation):
    client = clients("unsigned", service)
    error = call(client, service, operation, things)
    if (service, operation) in ANONYMOUS:
        assert answered(error)[0] not in DENIED | UNSIGNED_CODES
        return
    code, http, _ = answered(error)
    # Queues and topics have policies that may let anybody in: there nobody is told to sign first.
    expected = UNSIGNED_CODES | (DENIED if service in ("sqs", "sns") else set())
    assert code in expected and http in status(client, service), (code, http)


@every_operation
def test_an_unknown_key(clients, things, service, operation):
    client = clients("unknown", service)
    code, http, text = answered(call(client, service, operation, things))
    if (service, operation) in NEVER_SIGNED:
        assert code not in DENIED | UNKNOWN_CODES
        return
    assert code in UNKNOWN_CODES and http in status(client, service), (code, http)
    assert text == "The security token included in the request is invalid."


@every_operation
def test_without_a_policy(clients, things, service, operation):
    client = clients("powerless", service)
    error = call(client, service, operation, things)
    if (service, operation) in OPEN | ANONYMOUS:
        assert error is None or answered(error)[0] not in DENIED
        return
    code, http, text = answered(error)
    assert code in DENIED and http in status(client, service), (code, http, text)
    assert "is not authorized to perform: " in text and "explicit deny" not in text


@every_operation
def test_with_an_explicit_deny(clients, things, service, operation):
    client = clients("denied", service)
    error = call(client, service, operation, things)
    if (service, operation) in OPEN | ANONYMOUS:
        assert error is None or answered(error)[0] not in DENIED
        return
    code, http, text = answered(error)
    assert code in DENIED and http in status(client, service), (code, http, text)
    assert text.endswith("with an explicit deny in an identity-based policy"), text


def test_the_open_operations_exist():
    assert not [one for one in OPEN | ANONYMOUS if one not in ALL and one[0] in SERVICES]
