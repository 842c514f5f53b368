"""IAM: users, keys, roles, groups, managed policies, and that what they say holds at once."""

import json

import pytest
from conftest import ACCOUNT, policy, refused, trust, unique, zipped
from botocore.exceptions import ClientError


@pytest.fixture
def iam(admin):
    return admin.client("iam")


def test_a_user_has_the_parts_that_clients_read(iam):
    name = unique("user")
    made = iam.create_user(UserName=name, Path="/team/", Tags=[{"Key": "a", "Value": "b"}])["User"]
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/team/{name}"
    assert made["UserId"].startswith("AIDA") and len(made["UserId"]) == 21
    got = iam.get_user(UserName=name)["User"]
    assert got["CreateDate"] == made["CreateDate"] and got["Tags"] == [{"Key": "a", "Value": "b"}]
    with refused("EntityAlreadyExists", 409, f"User with name {name} already exists."):
        iam.create_user(UserName=name)
    with refused("EntityAlreadyExists", 409):
        iam.create_user(UserName=name.upper())
    iam.delete_user(UserName=name)
    with refused("NoSuchEntity", 404, f"The user with name {name} cannot be found."):
        iam.get_user(UserName=name)


def test_lists_page(iam):
    prefix = f"/{unique('page')}/"
    names = [unique("user") for _ in range(5)]
    for name in names:
        iam.create_user(UserName=name, Path=prefix)
    pages = list(iam.get_paginator("list_users").paginate(
        PathPrefix=prefix, PaginationConfig={"PageSize": 2}))
    # Pages hold no more than asked for, and as on AWS may hold less.
    assert all(len(page["Users"]) <= 2 for page in pages) and len(pages) >= 3
    assert [page["IsTruncated"] for page in pages] == [True] * (len(pages) - 1) + [False]
    assert sorted(u["UserName"] for page in pages for u in page["Users"]) == sorted(names)


def test_two_access_keys_and_no_more(cloud, iam):
    user = cloud.user()
    iam.create_access_key(UserName=user.name)
    with refused("LimitExceeded", 409, "Cannot exceed quota for AccessKeysPerUser: 2"):
        iam.create_access_key(UserName=user.name)


def test_an_inactive_or_deleted_key_is_unknown(cloud, iam):
    user = cloud.user()
    who = user.client("sts").get_caller_identity
    assert who()["Arn"] == user.arn
    change = {"UserName": user.name, "AccessKeyId": user.key_id}
    iam.update_access_key(Status="Inactive", **change)
    with refused("InvalidClientTokenId", 403):
        who()
    iam.update_access_key(Status="Active", **change)
    assert who()["Arn"] == user.arn
    iam.delete_access_key(**change)
    with refused("InvalidClientTokenId", 403):
        who()


@pytest.mark.parametrize("document", [
    "", "{", "[]", "{}", '{"Version":"2012-10-17"}',
    '{"Version":"2020-01-01","Statement":[]}',
    '{"Statement":{"Effect":"Maybe","Action":"*","Resource":"*"}}',
    '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Extra":1}}',
    '{"Statement":{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}}',
    '{"Statement":{"Effect":"Allow","Resource":"*"}}',
    '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Nope":{"a":"b"}}}}',
    '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"}}',
])
def test_malformed_policies(cloud, iam, document):
    user = cloud.user()
    with refused(("MalformedPolicyDocument", "ValidationError"), 400):
        iam.put_user_policy(UserName=user.name, PolicyName="p", PolicyDocument=document or " ")
    assert iam.list_user_policies(UserName=user.name)["PolicyNames"] == []


def test_denials_in_aws_words(cloud):
    user = cloud.user()
    wanted = (rf"^User: {user.arn} is not authorized to perform: iam:ListUsers on resource: "
              rf"arn:aws:iam::{ACCOUNT}:user/ because no identity-based policy allows the "
              r"iam:ListUsers action$")
    with refused("AccessDenied", 403, wanted):
        user.client("iam").list_users()
    user = cloud.user(("iam:*", "*"), {"Effect": "Deny", "Action": "iam:List*", "Resource": "*"})
    with refused("AccessDenied", 403, "with an explicit deny in an identity-based policy"):
        user.client("iam").list_users()


def test_groups_give_and_take(cloud, iam):
    user, group = cloud.user(), unique("group")
    iam.create_group(GroupName=group)
    iam.put_group_policy(
        GroupName=group, PolicyName="p", PolicyDocument=policy(("iam:GetUser", "*")))
    with refused("AccessDenied", 403):
        user.client("iam").get_user(UserName=user.name)
    iam.add_user_to_group(GroupName=group, UserName=user.name)
    assert user.client("iam").get_user()["User"]["Arn"] == user.arn
    assert [g["GroupName"] for g in iam.list_groups_for_user(UserName=user.name)["Groups"]] == [group]
    with refused("DeleteConflict", 409):
        iam.delete_group(GroupName=group)
    iam.remove_user_from_group(GroupName=group, UserName=user.name)
    with refused("AccessDenied", 403):
        user.client("iam").get_user(UserName=user.name)


def test_managed_policies_have_versions(cloud, iam):
    name = unique("policy")
    arn = iam.create_policy(PolicyName=name, PolicyDocument=policy(("iam:GetUser", "*")))["Policy"]["Arn"]
    user = cloud.user()
    iam.attach_user_policy(UserName=user.name, PolicyArn=arn)
    assert user.client("iam").get_user()
    made = iam.create_policy_version(
        PolicyArn=arn, PolicyDocument=policy(("iam:ListUsers", "*")), SetAsDefault=True)
    assert made["PolicyVersion"]["VersionId"] == "v2"
    with refused("AccessDenied", 403):
        user.client("iam").get_user()
    assert user.client("iam").list_users()["Users"]
    with refused("DeleteConflict", 409):
        iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    assert user.client("iam").get_user()
    document = iam.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]["Document"]
    assert document["Statement"][0]["Action"] == "iam:ListUsers"
    for _ in range(3):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy(("iam:*", "*")))
    with refused("LimitExceeded", 409):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy(("iam:*", "*")))
    with refused("DeleteConflict", 409):
        iam.delete_policy(PolicyArn=arn)


def test_aws_managed_policies_are_there_and_fixed(iam):
    arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    found = iam.get_policy(PolicyArn=arn)["Policy"]
    assert found["PolicyName"] == "AWSLambdaBasicExecutionRole"
    with refused(("AccessDenied", "InvalidInput"), None):
        iam.delete_policy(PolicyArn=arn)


def test_a_boundary_bounds(cloud, iam):
    arn = iam.create_policy(
        PolicyName=unique("boundary"), PolicyDocument=policy(("sqs:*", "*")))["Policy"]["Arn"]
    user = cloud.user(("*", "*"))
    iam.put_user_permissions_boundary(UserName=user.name, PermissionsBoundary=arn)
    assert user.client("sqs").list_queues()
    with refused("AccessDenied", 403, "no permissions boundary allows the iam:ListUsers action"):
        user.client("iam").list_users()
    iam.delete_user_permissions_boundary(UserName=user.name)
    assert user.client("iam").list_users()["Users"]


def test_roles(iam):
    name = unique("role")
    role = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=trust("lambda"), MaxSessionDuration=7200)["Role"]
    assert role["RoleId"].startswith("AROA")
    got = iam.get_role(RoleName=name)["Role"]
    assert got["MaxSessionDuration"] == 7200
    assert got["AssumeRolePolicyDocument"] == json.loads(trust("lambda"))
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust("ec2"))
    assert "ec2" in json.dumps(iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"])
    with refused("MalformedPolicyDocument", 400):
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=policy(("s3:*", "*")))
    with refused("MalformedPolicyDocument", 400, "Invalid principal in policy"):
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=policy({
            "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/{unique('nobody')}"}}))
    iam.delete_role(RoleName=name)


def test_pass_role_is_needed_to_hand_over_a_role(cloud):
    role = cloud.role("lambda")
    user = cloud.user(("lambda:*", "*"))
    create = lambda: user.client("lambda").create_function(
        FunctionName=unique("f"), Runtime="python3.11", Handler="a.b", Role=role,
        Code={"ZipFile": zipped({"a.py": "b = lambda *_: 1"})})
    with refused("AccessDeniedException", 403, "iam:PassRole"):
        create()
    cloud.admin.client("iam").put_user_policy(
        UserName=user.name, PolicyName="pass", PolicyDocument=policy({
            "Effect": "Allow", "Action": "iam:PassRole", "Resource": role,
            "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}}))
    assert create()["FunctionArn"]


@pytest.mark.parametrize("condition, allowed", [
    ({"StringEquals": {"aws:username": "${aws:username}"}}, True),
    ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, True),
    ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, False),
    ({"Bool": {"aws:SecureTransport": "true"}}, False),
    ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, True),
    ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, False),
    ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, False),
    ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, True),
    ({"Null": {"aws:TokenIssueTime": "true"}}, True),
    ({"StringLike": {"aws:UserAgent": "Boto3*"}}, True),
])
def test_conditions(cloud, condition, allowed):
    user = cloud.user({
        "Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*", "Condition": condition})
    if allowed:
        assert user.client("sqs").list_queues()
    else:
        with refused(("AccessDenied", "AccessDeniedException")):
            user.client("sqs").list_queues()


def test_a_principal_made_anew_is_another_one(cloud, iam):
    """A role's trust names a user; a new user of the same name does not inherit it."""
    user = cloud.user(("sts:AssumeRole", "*"))
    document = policy({"Effect": "Allow", "Action": "sts:AssumeRole",
                       "Principal": {"AWS": user.arn}})
    role = iam.create_role(RoleName=unique("role"), AssumeRolePolicyDocument=document)["Role"]
    assume = lambda keys: keys.client("sts").assume_role(
        RoleArn=role["Arn"], RoleSessionName="session")
    assert assume(user)
    iam.delete_access_key(UserName=user.name, AccessKeyId=user.key_id)
    iam.delete_user_policy(UserName=user.name, PolicyName="inline")
    iam.delete_user(UserName=user.name)
    again = cloud.user(("sts:AssumeRole", "*"), name=user.name)
    with refused("AccessDenied", 403, "sts:AssumeRole"):
        assume(again)
    shown = iam.get_role(RoleName=role["RoleName"])["Role"]["AssumeRolePolicyDocument"]
    assert shown["Statement"][0]["Principal"]["AWS"].startswith("AIDA")


def test_explain_names_what_is_missing(cloud):
    user = cloud.user()
    with pytest.raises(ClientError) as error:
        user.client("iam").list_users()
    request_id = error.value.response["ResponseMetadata"]["RequestId"]
    said = cloud.heist("explain", request_id).stdout
    for part in ("iam:ListUsers", user.arn):
        assert part in said
    (row,) = json.loads(cloud.heist("explain", request_id, "--json").stdout)
    assert row["action"] == "iam:ListUsers" and row["principal"] == user.arn
