"""Denials explained, and the least that would do: heist explain, heist policy generate, and the
APIs behind them, on the built binary."""

import json

import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT, BINARY, REGION, Keys, policy, refused, trust, unique


def denied(call):
    """The request id and the message of a refusal."""
    with pytest.raises(ClientError) as error:
        call()
    response = error.value.response
    assert response["Error"]["Code"].startswith("AccessDenied"), response
    return response["ResponseMetadata"]["RequestId"], response["Error"]["Message"]


def told(cloud, *arguments):
    (refusal,) = json.loads(cloud.heist("explain", *arguments, "--json").stdout)
    return refusal


def test_a_deny_is_named_with_its_text(cloud):
    deny = {"Sid": "NoUsers", "Effect": "Deny", "Action": "iam:List*", "Resource": "*"}
    user = cloud.user(("iam:*", "*"), deny)
    request, message = denied(user.client("iam").list_users)
    assert message.endswith("with an explicit deny in an identity-based policy")
    said = cloud.heist("explain", request).stdout
    assert "\x1b" not in said, "colours go to terminals only"
    assert "Deny, statement NoUsers: decided" in said and "change what denies" in said
    refusal = told(cloud, request)
    assert refusal["message"] == message and refusal["effect"] == "ExplicitDeny"
    (decided,) = [statement for one in refusal["policies"] for statement in one["statements"]
                  if statement["decided"]]
    assert json.loads(decided["text"]) == deny
    # As it was then: what the policy says now is another matter.
    cloud.admin.client("iam").delete_user_policy(UserName=user.name, PolicyName="inline")
    assert told(cloud, request)["policies"] == refusal["policies"]


def test_a_managed_policys_arn_is_part_of_the_message(cloud):
    iam, user = cloud.admin.client("iam"), cloud.user(("iam:*", "*"))
    deny = policy({"Effect": "Deny", "Action": "iam:ListRoles", "Resource": "*"})
    arn = iam.create_policy(PolicyName=unique("deny"), PolicyDocument=deny)["Policy"]["Arn"]
    iam.attach_user_policy(UserName=user.name, PolicyArn=arn)
    _, message = denied(user.client("iam").list_roles)
    assert message.endswith(f"with an explicit deny in an identity-based policy: {arn}")


def test_what_is_missing_can_be_pasted_in(cloud):
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    user = cloud.user({"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*",
                       "Condition": condition})
    request, _ = denied(user.client("iam").list_users)
    said = cloud.heist("explain", request).stdout
    assert "its condition Bool on aws:MultiFactorAuthPresent does not hold" in said
    assert "Missing key aws:MultiFactorAuthPresent" in said
    (remedy,) = told(cloud, request)["remedies"]
    assert remedy["policy_type"] == "identity-based policy"
    cloud.admin.client("iam").put_user_policy(
        UserName=user.name, PolicyName="inline", PolicyDocument=policy(json.loads(remedy["statement"])))
    assert user.client("iam").list_users()["Users"]


def test_the_last_one_is_explained_by_default(fresh):
    user = fresh.user()
    denied(user.client("iam").list_users)
    request, _ = denied(user.client("sqs").list_queues)
    for arguments in ((), ("--last",), ("--last", "1")):
        assert told(fresh, *arguments)["request_id"] == request
    rows = json.loads(fresh.heist("explain", "--last", "2", "--json").stdout)
    assert [row["action"] for row in rows] == ["sqs:ListQueues", "iam:ListUsers"]
    assert fresh.heist("explain", "no-such-id", check=False).returncode == 1


def test_the_operator_sees_all_accounts_and_nobody_else_does(fresh):
    organizations = fresh.admin.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    made = organizations.create_account(AccountName="member", Email="member@example.com")
    member = made["CreateAccountStatus"]["AccountId"]
    session = fresh.admin.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{member}:role/OrganizationAccountAccessRole", RoleSessionName="them",
        Policy=policy({"Effect": "Allow", "Action": "iam:GetRequestAuthorizationDetails",
                       "Resource": "*"}))["Credentials"]
    theirs = Keys(fresh, session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])
    request, _ = denied(theirs.client("iam").list_users)
    own, _ = denied(fresh.user().client("iam").list_roles)
    said = fresh.heist("explain", request).stdout
    assert f"Account     {member}" in said and request in said, said
    rows = json.loads(fresh.heist("explain", "--last", "2", "--json").stdout)
    assert [row["account"] for row in rows] == [ACCOUNT, member]
    message = fresh.heist("explain", request, "--encoded").stdout.strip()
    assert told(fresh, message)["account"] == member
    # Whoever asks in his own name is told of his own account.
    for keys, seen, hidden in ((fresh.admin, own, request), (theirs, request, own)):
        mine = json.loads(keys.run(
            BINARY, "explain", "--mine", "--last", "100", "--json", "--data", fresh.data).stdout)
        assert mine[0]["request_id"] == seen
        assert hidden not in [row["request_id"] for row in mine]
        assert keys.run(BINARY, "explain", "--mine", hidden, "--data", fresh.data,
                        check=False).returncode == 1
    # Without the data folder there is no other way to ask.
    elsewhere = theirs.run(BINARY, "explain", "--json", "--data", "/nonexistent/heist")
    assert [row["request_id"] for row in json.loads(elsewhere.stdout)] == [request]


def test_denials_of_every_kind(cloud):
    admin = cloud.admin
    user = cloud.user(("*", "*"))
    key = admin.client("kms").create_key(Policy=policy(
        {"Effect": "Allow", "Principal": {"AWS": admin.client("sts").get_caller_identity()["Arn"]},
         "Action": "kms:*", "Resource": "*"}))["KeyMetadata"]["Arn"]
    request, _ = denied(lambda: user.client("kms").describe_key(KeyId=key))
    refusal = told(cloud, request)
    assert refusal["decided_by"] == "resource-based policy" and refusal["resource"] == key
    (remedy,) = refusal["remedies"]
    assert json.loads(remedy["statement"])["Principal"] == {"AWS": user.arn}

    role = cloud.role("lambda")
    request, _ = denied(lambda: user.client("sts").assume_role(RoleArn=role, RoleSessionName="ss"))
    assert told(cloud, request)["resource"] == role

    iam, name = admin.client("iam"), unique("role")
    document = policy({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=policy(("*", "*")))
    assumed = user.client("sts").assume_role(
        RoleArn=arn, RoleSessionName="ss", Policy=policy(("sqs:*", "*")))["Credentials"]
    session = type(user)(cloud, assumed["AccessKeyId"], assumed["SecretAccessKey"],
                         token=assumed["SessionToken"])
    request, message = denied(session.client("iam").list_users)
    assert "no session policy allows" in message
    assert told(cloud, request)["remedies"][0]["policy_type"] == "session policy"

    iam.put_user_permissions_boundary(
        UserName=user.name, PermissionsBoundary="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    request, message = denied(user.client("sqs").list_queues)
    assert "no permissions boundary allows" in message
    assert told(cloud, request)["decided_by"] == "permissions boundary"

    # What no policy says: AWS-managed policies are nobody's to change.
    managed = "arn:aws:iam::aws:policy/AdministratorAccess"
    with pytest.raises(ClientError) as error:
        iam.delete_policy(PolicyArn=managed)
    request = error.value.response["ResponseMetadata"]["RequestId"]
    assert "no policy was asked" in cloud.heist("explain", request).stdout


def test_encoded_messages(cloud):
    user = cloud.user()
    request, _ = denied(user.client("iam").list_users)
    message = cloud.heist("explain", request, "--encoded").stdout.strip()
    assert len(message) <= 10_240
    assert told(cloud, message)["request_id"] == request
    sts = cloud.admin.client("sts")
    decoded = json.loads(sts.decode_authorization_message(EncodedMessage=message)["DecodedMessage"])
    assert decoded["allowed"] is False and decoded["explicitDeny"] is False
    assert decoded["context"]["action"] == "iam:ListUsers"
    assert decoded["context"]["principal"]["arn"] == user.arn
    with refused("InvalidAuthorizationMessageException", 400):
        sts.decode_authorization_message(EncodedMessage="A" * 100)
    with refused("AccessDenied", 403):
        user.client("sts").decode_authorization_message(EncodedMessage=message)


def test_a_generated_policy_does_the_same_work(cloud):
    user, name = cloud.user(("*", "*")), unique("queue")

    def work():
        sqs = user.client("sqs")
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="x")
        assert sqs.receive_message(QueueUrl=url)["Messages"]
        user.client("iam").get_user()
        return url

    url = work()
    said = cloud.heist("policy", "generate", "--principal", user.arn, "--since", "1h").stdout
    statements = json.loads(said)["Statement"]
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
    assert {"Effect": "Allow", "Resource": queue,
            "Action": ["sqs:CreateQueue", "sqs:ReceiveMessage", "sqs:SendMessage"]} in statements
    analyzer = cloud.admin.client("accessanalyzer")
    job = analyzer.start_policy_generation(policyGenerationDetails={"principalArn": user.arn})
    result = analyzer.get_generated_policy(jobId=job["jobId"])["generatedPolicyResult"]
    assert json.loads(result["generatedPolicies"][0]["policy"])["Statement"] == statements
    cloud.admin.client("iam").put_user_policy(
        UserName=user.name, PolicyName="inline", PolicyDocument=said)
    work()
    denied(lambda: user.client("sqs").delete_queue(QueueUrl=url))
    denied(user.client("iam").list_users)
    missing = cloud.heist("policy", "generate", "--principal", user.arn + "x", check=False)
    assert missing.returncode == 1 and "There is no user or role" in missing.stderr


def test_access_analyzer(fresh):
    client = fresh.admin.client("accessanalyzer")
    findings = client.validate_policy(
        policyType="IDENTITY_POLICY", policyDocument=policy(("iam:PassRole", "*")))["findings"]
    assert [finding["issueCode"] for finding in findings] == ["PASS_ROLE_WITH_STAR_IN_RESOURCE"]
    assert findings[0]["locations"][0]["path"][-1] == {"value": "Resource"}
    wide, narrow = policy(("sqs:*", "*")), policy(("sqs:SendMessage", "*"))
    for new, existing, result in ((narrow, wide, "PASS"), (wide, narrow, "FAIL")):
        answer = client.check_no_new_access(newPolicyDocument=new, existingPolicyDocument=existing,
                                            policyType="IDENTITY_POLICY")
        assert answer["result"] == result
    answer = client.check_no_public_access(
        resourceType="AWS::IAM::AssumeRolePolicyDocument", policyDocument=trust("lambda"))
    assert answer["result"] == "PASS"

    role = unique("role")
    fresh.admin.client("iam").create_role(RoleName=role, AssumeRolePolicyDocument=policy(
        {"Effect": "Allow", "Principal": {"AWS": "999988887777"}, "Action": "sts:AssumeRole"}))
    arn = client.create_analyzer(analyzerName="outside", type="ACCOUNT")["arn"]
    found = client.list_findings_v2(analyzerArn=arn)["findings"]
    assert [(one["resource"], one["findingType"]) for one in found] == [
        (f"arn:aws:iam::{ACCOUNT}:role/{role}", "ExternalAccess")]
    client.update_findings(analyzerArn=arn, status="ARCHIVED", ids=[found[0]["id"]])
    shown = client.get_finding(analyzerArn=arn, id=found[0]["id"])["finding"]
    assert shown["status"] == "ARCHIVED" and shown["principal"] == {"AWS": "999988887777"}
    client.tag_resource(resourceArn=arn, tags={"team": "red"})
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == {"team": "red"}
    client.delete_analyzer(analyzerName="outside")


def test_access_advisor(cloud):
    iam, user = cloud.admin.client("iam"), cloud.user(("sqs:*", "*"))
    user.client("sqs").list_queues()
    job = iam.generate_service_last_accessed_details(Arn=user.arn)["JobId"]
    report = iam.get_service_last_accessed_details(JobId=job)
    assert report["JobStatus"] == "COMPLETED"
    (sqs,) = [one for one in report["ServicesLastAccessed"] if one["ServiceNamespace"] == "sqs"]
    assert sqs["LastAuthenticatedEntity"] == user.arn
    granting = iam.list_policies_granting_service_access(Arn=user.arn, ServiceNamespaces=["sqs"])
    (entry,) = granting["PoliciesGrantingServiceAccess"]
    assert [one["PolicyName"] for one in entry["Policies"]] == ["inline"]
