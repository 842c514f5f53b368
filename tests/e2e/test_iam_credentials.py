"""IAM's credentials as clients use them: devices, passwords, certificates, keys, reports."""

import base64
import csv
import hashlib
import hmac
import io
import struct
import time

import pytest
from conftest import ACCOUNT, ROOT, Keys, eventually, policy, refused, unique

DATA = ROOT / "services/iam/tests/data"
STEP = 30


@pytest.fixture
def iam(admin):
    return admin.client("iam")


def this_step():
    return int(time.time()) // STEP


def totp(seed, step=None):
    """What an authenticator app shows now, or in `step` (RFC 6238)."""
    key = base64.b32decode(seed)
    count = struct.pack(">q", this_step() if step is None else step)
    digest = hmac.new(key, count, hashlib.sha1).digest()
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset:offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def enabled(iam, user):
    """A device of the user's: its serial number and seed. The code of now is still unused."""
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=unique("phone"))["VirtualMFADevice"]
    seed, now = device["Base32StringSeed"], this_step()
    iam.enable_mfa_device(
        UserName=user.name, SerialNumber=device["SerialNumber"],
        AuthenticationCode1=totp(seed, now - 2), AuthenticationCode2=totp(seed, now - 1))
    return device["SerialNumber"], seed


def held(cloud, answer):
    given = answer["Credentials"]
    return Keys(cloud, given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def test_a_device_lets_a_user_in(cloud, iam):
    user = cloud.user({"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*",
                       "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}})
    serial, seed = enabled(iam, user)
    sts = user.client("sts")
    with refused("AccessDenied", 403, "invalid MFA one time pass code"):
        sts.get_session_token(SerialNumber=serial, TokenCode="000000")
    code = totp(seed)
    session = held(cloud, sts.get_session_token(SerialNumber=serial, TokenCode=code))
    session.client("iam").list_users()
    with refused("AccessDenied", 403, "invalid MFA one time pass code"):
        sts.get_session_token(SerialNumber=serial, TokenCode=code)
    with refused("AccessDenied", 403):
        user.client("iam").list_users()
    assert iam.list_mfa_devices(UserName=user.name)["MFADevices"][0]["SerialNumber"] == serial
    iam.deactivate_mfa_device(UserName=user.name, SerialNumber=serial)
    iam.delete_virtual_mfa_device(SerialNumber=serial)


def test_a_role_asks_for_a_device(cloud, iam):
    user = cloud.user(("sts:AssumeRole", "*"))
    serial, seed = enabled(iam, user)
    trust = policy({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole",
                    "Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": "10"}}})
    role = iam.create_role(RoleName=unique("role"), AssumeRolePolicyDocument=trust)["Role"]
    assume = {"RoleArn": role["Arn"], "RoleSessionName": "one"}
    sts = user.client("sts")
    with refused("AccessDenied", 403, "sts:AssumeRole"):
        sts.assume_role(**assume)
    with refused("AccessDenied", 403, "serial number is valid and associated with this user"):
        cloud.user().client("sts").assume_role(
            **assume, SerialNumber=serial, TokenCode=totp(seed))
    session = held(cloud, sts.assume_role(**assume, SerialNumber=serial, TokenCode=totp(seed)))
    assert session.client("sts").get_caller_identity()["Arn"].endswith("/one")
    used = iam.get_role(RoleName=role["RoleName"])["Role"]["RoleLastUsed"]
    assert used["Region"] == "us-east-1"


def test_the_cli_saves_the_picture(cloud, admin, tmp_path):
    picture, name = tmp_path / "code.png", unique("phone")
    made = admin.aws("iam", "create-virtual-mfa-device", "--virtual-mfa-device-name", name,
                     "--outfile", str(picture), "--bootstrap-method", "QRCodePNG")
    assert made["VirtualMFADevice"]["SerialNumber"] == f"arn:aws:iam::{ACCOUNT}:mfa/{name}"
    assert picture.read_bytes().startswith(b"\x89PNG\r\n")


def test_a_user_changes_the_password(cloud, iam):
    user = cloud.user(("iam:ChangePassword", "arn:aws:iam::*:user/${aws:username}"))
    with refused("PasswordPolicyViolation", 400, "minimum length of 8"):
        iam.create_login_profile(UserName=user.name, Password="short")
    made = iam.create_login_profile(
        UserName=user.name, Password="first-Word-1", PasswordResetRequired=True)["LoginProfile"]
    assert made["PasswordResetRequired"] is True
    own = user.client("iam")
    with refused("AccessDenied", 403, "The old password was incorrect."):
        own.change_password(OldPassword="other-Word-1", NewPassword="second-Word-2")
    own.change_password(OldPassword="first-Word-1", NewPassword="second-Word-2")
    got = iam.get_login_profile(UserName=user.name)["LoginProfile"]
    assert got["PasswordResetRequired"] is False and got["CreateDate"] == made["CreateDate"]
    iam.delete_login_profile(UserName=user.name)
    with refused("NoSuchEntity", 404, f"Login Profile for User {user.name} cannot be found."):
        iam.get_login_profile(UserName=user.name)


def test_the_password_policy_reads_as_written(iam):
    with refused("NoSuchEntity", 404):
        iam.get_account_password_policy()
    iam.update_account_password_policy(MinimumPasswordLength=12, RequireNumbers=True,
                                       PasswordReusePrevention=5)
    shown = iam.get_account_password_policy()["PasswordPolicy"]
    iam.delete_account_password_policy()
    assert shown["MinimumPasswordLength"] == 12 and shown["RequireNumbers"] is True
    assert shown["PasswordReusePrevention"] == 5 and shown["ExpirePasswords"] is False


def test_a_server_certificate(iam):
    body, key = (DATA / "rsa.crt.pem").read_text(), (DATA / "rsa.pk8.pem").read_text()
    other, name = (DATA / "p521.sec1.pem").read_text(), unique("web")
    with refused("KeyPairMismatch", 400):
        iam.upload_server_certificate(
            ServerCertificateName=name, CertificateBody=body, PrivateKey=other)
    iam.upload_server_certificate(
        ServerCertificateName=name, CertificateBody=body, PrivateKey=key,
        Tags=[{"Key": "a", "Value": "b"}])
    got = iam.get_server_certificate(ServerCertificateName=name)["ServerCertificate"]
    assert got["CertificateBody"].strip() == body.strip() and got["Tags"][0]["Value"] == "b"
    assert got["ServerCertificateMetadata"]["Expiration"].year > 2100
    iam.delete_server_certificate(ServerCertificateName=name)


def test_an_ssh_key(cloud, iam):
    user = cloud.user()
    key = iam.upload_ssh_public_key(
        UserName=user.name, SSHPublicKeyBody=(DATA / "ssh.pub").read_text())["SSHPublicKey"]
    assert key["Fingerprint"] == (DATA / "ssh.md5").read_text().strip()
    pem = iam.get_ssh_public_key(
        UserName=user.name, SSHPublicKeyId=key["SSHPublicKeyId"], Encoding="PEM")
    assert pem["SSHPublicKey"]["SSHPublicKeyBody"].strip() == (
        DATA / "ssh.pub.pem").read_text().strip()
    with refused("DeleteConflict", 409):
        iam.delete_user(UserName=user.name)


def test_keys_tell_when_they_were_used(cloud, iam):
    user = cloud.user(("sqs:*", "*"))
    never = iam.get_access_key_last_used(AccessKeyId=user.key_id)
    assert never["AccessKeyLastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}
    user.client("sqs", region_name="eu-west-1").list_queues()
    used = iam.get_access_key_last_used(AccessKeyId=user.key_id)
    assert used["UserName"] == user.name
    assert used["AccessKeyLastUsed"]["ServiceName"] == "sqs"
    assert used["AccessKeyLastUsed"]["Region"] == "eu-west-1"
    assert abs(used["AccessKeyLastUsed"]["LastUsedDate"].timestamp() - time.time()) < 60


def test_the_credential_report(cloud, iam):
    user = cloud.user()
    assert iam.generate_credential_report()["State"] in ("STARTED", "INPROGRESS", "COMPLETE")
    report = eventually(iam.get_credential_report)
    assert report["ReportFormat"] == "text/csv"
    rows = list(csv.DictReader(io.StringIO(report["Content"].decode())))
    assert rows[0]["user"] == "<root_account>" and len(rows[0]) == 22
    own = [row for row in rows if row["user"] == user.name]
    assert own and own[0]["access_key_1_active"] == "true" and own[0]["mfa_active"] == "false"
