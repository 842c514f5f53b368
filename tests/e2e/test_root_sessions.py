"""AssumeRoot with boto3: one task as the root user of a member, and nothing else."""

import json

from conftest import Keys, refused

DENIED = ("AccessDenied", "AccessDeniedException")
TASK = "arn:aws:iam::aws:policy/root-task/SQSUnlockQueuePolicy"


def assume(cloud, account):
    given = cloud.admin.client("sts").assume_root(
        TargetPrincipal=account, TaskPolicyArn={"arn": TASK}, DurationSeconds=900)["Credentials"]
    return Keys(cloud, given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def test_a_locked_queue_is_unlocked_by_the_members_root_user(fresh):
    organizations, iam = (fresh.admin.client(name) for name in ("organizations", "iam"))
    organizations.create_organization(FeatureSet="ALL")
    made = organizations.create_account(AccountName="member", Email="member@example.com")
    account = made["CreateAccountStatus"]["AccountId"]
    with refused(DENIED):
        assume(fresh, account)
    organizations.enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
    assert iam.enable_organizations_root_sessions()["EnabledFeatures"] == ["RootSessions"]

    role = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
    given = fresh.admin.client("sts").assume_role(RoleArn=role, RoleSessionName="here")["Credentials"]
    inside = Keys(fresh, given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    sqs = inside.client("sqs")
    url = sqs.create_queue(QueueName="locked")["QueueUrl"]
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
    with refused(DENIED):
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})

    root = assume(fresh, account)
    assert root.client("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{account}:root"
    with refused(DENIED):
        root.client("iam").list_users()
    with refused(DENIED):
        root.client("sqs").purge_queue(QueueUrl=url)
    root.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    sqs.send_message(QueueUrl=url, MessageBody="free")
