"""STS: who calls, sessions that end, and what sessions may do."""

import pytest
from conftest import ACCOUNT, Keys, policy, refused, unique


def role_for(cloud, trusted, *statements, **more):
    iam, name = cloud.admin.client("iam"), unique("role")
    document = policy({"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"],
                       "Principal": trusted, **more})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=policy(*statements))
    return role


def session(keys, role, **more):
    given = keys.client("sts").assume_role(
        RoleArn=role["Arn"], RoleSessionName=more.pop("RoleSessionName", "session"), **more)
    held = given["Credentials"]
    return Keys(keys.cloud, held["AccessKeyId"], held["SecretAccessKey"], held["SessionToken"],
                arn=given["AssumedRoleUser"]["Arn"])


@pytest.fixture
def everyone():
    return {"AWS": ACCOUNT}


def test_caller_identity_needs_no_permission(cloud):
    user = cloud.user({"Effect": "Deny", "Action": "*", "Resource": "*"})
    who = user.client("sts").get_caller_identity()
    assert (who["Account"], who["Arn"]) == (ACCOUNT, user.arn) and who["UserId"].startswith("AIDA")


def test_a_session_is_the_role(cloud, everyone):
    user = cloud.user(("sts:AssumeRole", "*"))
    role = role_for(cloud, everyone, ("sqs:ListQueues", "*"))
    held = session(user, role, RoleSessionName="me")
    assert held.key_id.startswith("ASIA")
    who = held.client("sts").get_caller_identity()
    assert who["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{role['RoleName']}/me"
    assert who["UserId"] == f"{role['RoleId']}:me"
    assert "QueueUrls" not in held.client("sqs").list_queues(QueueNamePrefix=unique("none"))
    with refused("AccessDenied", 403, f"User: {held.arn} is not authorized to perform: iam:ListUsers"):
        held.client("iam").list_users()


def test_both_sides_must_agree(cloud, everyone):
    nobody = cloud.user()
    role = role_for(cloud, everyone)
    wanted = f"User: {nobody.arn} is not authorized to perform: sts:AssumeRole on resource: {role['Arn']}"
    with refused("AccessDenied", 403, wanted):
        session(nobody, role)
    named = role_for(cloud, {"AWS": nobody.arn})
    assert session(nobody, named).arn  # named itself: no identity policy needed
    with refused("AccessDenied", 403):
        session(cloud.admin, role_for(cloud, {"Service": "lambda.amazonaws.com"}))


def test_an_unknown_role_reads_like_an_untrusting_one(cloud):
    arn = f"arn:aws:iam::{ACCOUNT}:role/{unique('none')}"
    with refused("AccessDenied", 403, f"sts:AssumeRole on resource: {arn}"):
        session(cloud.admin, {"Arn": arn})


def test_external_id(cloud, everyone):
    role = role_for(cloud, everyone, Condition={"StringEquals": {"sts:ExternalId": "secret"}})
    with refused("AccessDenied", 403):
        session(cloud.admin, role)
    with refused("AccessDenied", 403):
        session(cloud.admin, role, ExternalId="wrong")
    assert session(cloud.admin, role, ExternalId="secret").arn


def test_a_session_policy_narrows(cloud, everyone):
    role = role_for(cloud, everyone, ("*", "*"))
    held = session(cloud.admin, role, Policy=policy(("sqs:ListQueues", "*")))
    held.client("sqs").list_queues()
    with refused("AccessDenied", 403, "no session policy allows the iam:ListUsers action"):
        held.client("iam").list_users()


def test_session_tags_reach_conditions(cloud, everyone):
    role = role_for(cloud, everyone, {
        "Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/team": "blue"}}})
    with refused(("AccessDenied", "AccessDeniedException"), None):
        session(cloud.admin, role).client("sqs").list_queues()
    session(cloud.admin, role, Tags=[{"Key": "team", "Value": "blue"}]).client("sqs").list_queues()


@pytest.mark.parametrize("change, code", [
    ({"RoleSessionName": "x"}, "ValidationError"),
    ({"RoleSessionName": "no spaces"}, "ValidationError"),
    ({"DurationSeconds": 899}, "ValidationError"),
    ({"DurationSeconds": 7200}, "ValidationError"),
    ({"Policy": "{"}, "MalformedPolicyDocument"),
])
def test_limits(cloud, everyone, change, code):
    # boto3 checks some limits itself; AWS's answers are wanted here.
    from botocore.config import Config
    role = role_for(cloud, everyone)
    client = cloud.admin.client("sts", config=Config(parameter_validation=False))
    with refused(code, 400):
        client.assume_role(**({"RoleArn": role["Arn"], "RoleSessionName": "session"} | change))


def test_a_token_belongs_to_its_key(cloud, everyone):
    role = role_for(cloud, everyone)
    one, other = session(cloud.admin, role), session(cloud.admin, role)
    for token in (None, other.token, one.token[:-4] + "AAAA"):
        keys = Keys(cloud, one.key_id, one.secret, token)
        with refused("InvalidClientTokenId", 403):
            keys.client("sts").get_caller_identity()


def test_session_token_and_federation_token(cloud):
    user = cloud.user(("sts:*", "*"), ("sqs:*", "*"))
    given = user.client("sts").get_session_token()["Credentials"]
    held = Keys(cloud, given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    assert held.client("sts").get_caller_identity()["Arn"] == user.arn
    held.client("sqs").list_queues()
    with refused(("InvalidClientTokenId", "AccessDenied"), 403):
        held.client("iam").list_users()
    given = user.client("sts").get_federation_token(
        Name="guest", Policy=policy(("sqs:ListQueues", "*")))
    assert given["FederatedUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:federated-user/guest"


def test_the_account_is_in_the_key(cloud):
    answer = cloud.admin.client("sts").get_access_key_info(AccessKeyId=cloud.user().key_id)
    assert answer["Account"] == ACCOUNT
