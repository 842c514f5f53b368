"""Terraform with HashiCorp's AWS provider: what IAM, KMS, Organizations and Access Analyzer have is
made, found without drift, changed, found without drift again, and destroyed."""

from datetime import datetime, timedelta, timezone

import pytest
from conftest import ACCOUNT, ROOT, refused
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from terraform import Terraform, needs_terraform

DATA = ROOT / "services/iam/tests/data"
FILES = {
    "certificate": DATA / "rsa.crt.pem",
    "private_key": DATA / "rsa.pk8.pem",
    "ssh_key": DATA / "ssh.pub",
    "metadata": ROOT / "crates/federation/tests/data/metadata.xml",
}

pytestmark = [*needs_terraform, pytest.mark.slow]


@pytest.fixture
def terraform(fresh, tmp_path):
    return Terraform(fresh, tmp_path)


def tags(pairs):
    return {tag["Key"]: tag["Value"] for tag in pairs}


def test_identities(terraform, fresh):
    iam = fresh.admin.client("iam")
    users = {user["UserName"] for user in iam.list_users()["Users"]}
    terraform.use("iam")
    assert terraform.apply(changed="false", **FILES) == (31, 0, 0)
    assert terraform.output("decisions") == {
        "dynamodb:GetItem": "allowed", "dynamodb:PutItem": "implicitDeny"}
    ann, worker = iam.get_user(UserName="ann")["User"], iam.get_role(RoleName="worker")["Role"]
    assert ann["PermissionsBoundary"]["PermissionsBoundaryArn"].endswith(":policy/team/read")
    assert worker["MaxSessionDuration"] == 7200 and tags(worker["Tags"]) == {"stage": "test"}

    # The account's alias and what names a renamed user or group are made anew.
    assert terraform.apply(changed="true") == (4, 23, 4)
    ann, worker = iam.get_user(UserName="ann")["User"], iam.get_role(RoleName="worker")["Role"]
    assert "PermissionsBoundary" not in ann
    assert worker["MaxSessionDuration"] == 3600
    assert tags(worker["Tags"]) == {"stage": "live", "owner": "me"}
    read = f"arn:aws:iam::{ACCOUNT}:policy/team/read"
    assert iam.get_policy(PolicyArn=read)["Policy"]["DefaultVersionId"] == "v2"
    members = iam.get_group(GroupName="viewers")["Users"]
    assert [user["UserName"] for user in members] == ["bert"]
    assert iam.list_account_aliases()["AccountAliases"] == ["my-other"]

    assert terraform.destroy() == 31
    assert {user["UserName"] for user in iam.list_users()["Users"]} == users
    assert iam.list_policies(Scope="Local")["Policies"] == []
    assert iam.list_server_certificates()["ServerCertificateMetadataList"] == []


def test_keys(terraform, fresh):
    kms = fresh.admin.client("kms")
    ends = datetime.now(timezone.utc) + timedelta(days=100)
    terraform.use("kms")
    made = terraform.apply(changed="false", ends=ends.strftime("%Y-%m-%dT00:00:00Z"))
    assert made == (20, 0, 0)
    assert terraform.output("greeting") == "hello"
    assert terraform.output("replicas") == ["us-west-2"]
    assert load_pem_public_key(terraform.output("public_key").encode()).key_size == 2048
    main = kms.describe_key(KeyId="alias/main")["KeyMetadata"]
    rotation = kms.get_key_rotation_status(KeyId=main["KeyId"])
    assert rotation["KeyRotationEnabled"] and rotation["RotationPeriodInDays"] == 180

    # A grant with other operations is another grant.
    assert terraform.apply(changed="true") == (1, 6, 1)
    rotation = kms.get_key_rotation_status(KeyId=main["KeyId"])
    assert rotation["RotationPeriodInDays"] == 365
    assert kms.describe_key(KeyId=main["KeyId"])["KeyMetadata"]["Description"] == "Main key"
    assert kms.describe_key(KeyId="alias/main")["KeyMetadata"]["KeyState"] == "Disabled"
    grants = kms.list_grants(KeyId=main["KeyId"])["Grants"]
    assert {tuple(grant["Operations"]) for grant in grants} == {("Decrypt",), ("DescribeKey",)}

    assert terraform.destroy() == 20
    keys = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
    states = {key["KeyState"] for key in keys}
    assert states == {"PendingDeletion", "PendingReplicaDeletion"}
    own = [alias for alias in kms.list_aliases()["Aliases"] if not alias["AliasName"].startswith("alias/aws/")]
    assert own == []


def test_organizations(terraform, fresh):
    organizations = fresh.admin.client("organizations")
    terraform.use("organizations")
    assert terraform.apply(changed="false") == (10, 0, 0)
    root = organizations.list_roots()["Roots"][0]
    assert {kind["Type"] for kind in root["PolicyTypes"]} == {
        "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"}

    # What is attached elsewhere is another attachment.
    assert terraform.apply(changed="true") == (1, 6, 1)
    unit = organizations.list_organizational_units_for_parent(ParentId=root["Id"])["OrganizationalUnits"][0]
    assert unit["Name"] == "work"
    assert tags(organizations.list_tags_for_resource(ResourceId=unit["Id"])["Tags"]) == {
        "stage": "live", "owner": "me"}
    trusted = organizations.list_aws_service_access_for_organization()["EnabledServicePrincipals"]
    assert len(trusted) == 3

    assert terraform.destroy() == 10
    with refused("AWSOrganizationsNotInUseException"):
        organizations.describe_organization()
    assert fresh.admin.client("accessanalyzer").list_analyzers()["analyzers"] == []


def test_an_account(terraform, fresh):
    """An organization keeps the accounts that it closed, as AWS's do, and so stays itself."""
    organizations = fresh.admin.client("organizations")
    terraform.use("organizations", "accounts")
    assert terraform.apply(changed="false") == (13, 0, 0)
    account = terraform.output("account")
    assert terraform.output("accounts") == [ACCOUNT, account]
    assert "p-FullAWSAccess" in terraform.output("attached")
    before = organizations.list_parents(ChildId=account)["Parents"][0]
    assert before["Type"] == "ORGANIZATIONAL_UNIT"

    assert terraform.apply(changed="true") == (1, 7, 1)
    assert organizations.list_parents(ChildId=account)["Parents"][0]["Type"] == "ROOT"

    terraform.use("organizations")
    assert terraform.apply() == (0, 0, 3)
    assert organizations.describe_account(AccountId=account)["Account"]["Status"] == "SUSPENDED"
