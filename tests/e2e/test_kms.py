"""KMS: real encryption, contexts, grants, key policies, life of a key."""

import json

import pytest
from conftest import ACCOUNT, policy, refused, unique


@pytest.fixture
def kms(admin):
    return admin.client("kms")


@pytest.fixture
def key(kms):
    return kms.create_key(Description="test")["KeyMetadata"]


def test_a_round_trip_and_what_breaks_it(kms, key):
    context = {"purpose": "test"}
    sealed = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"secret", EncryptionContext=context)
    blob = sealed["CiphertextBlob"]
    assert sealed["KeyId"] == key["Arn"] and b"secret" not in blob
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"] == b"secret"
    broken = bytes([*blob[:-1], blob[-1] ^ 1])
    for attempt in (
        {"CiphertextBlob": blob},
        {"CiphertextBlob": blob, "EncryptionContext": {"purpose": "other"}},
        {"CiphertextBlob": broken, "EncryptionContext": context},
        {"CiphertextBlob": b"nonsense"},
    ):
        with refused("InvalidCiphertextException", 400):
            kms.decrypt(**attempt)
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    with refused("IncorrectKeyException", 400):
        kms.decrypt(CiphertextBlob=blob, EncryptionContext=context, KeyId=other)


def test_aliases(kms, key):
    alias = f"alias/{unique('alias')}"
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    assert kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"] == key["Arn"]
    blob = kms.encrypt(KeyId=alias, Plaintext=b"x")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["KeyId"] == key["Arn"]
    with refused("AlreadyExistsException", 400):
        kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    with refused(("NotAuthorizedException", "AccessDeniedException"), 400):
        kms.create_alias(AliasName="alias/aws/mine", TargetKeyId=key["KeyId"])
    kms.delete_alias(AliasName=alias)
    with refused("NotFoundException", 400, "is not found"):
        kms.describe_key(KeyId=alias)


def test_data_keys(kms, key):
    made = kms.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256")
    assert len(made["Plaintext"]) == 32
    assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == made["Plaintext"]
    blind = kms.generate_data_key_without_plaintext(KeyId=key["KeyId"], NumberOfBytes=20)
    assert "Plaintext" not in blind
    assert len(kms.decrypt(CiphertextBlob=blind["CiphertextBlob"])["Plaintext"]) == 20
    assert kms.generate_random(NumberOfBytes=8)["Plaintext"] != kms.generate_random(NumberOfBytes=8)["Plaintext"]


def test_reencrypting_and_rotating(kms, key):
    other = kms.create_key()["KeyMetadata"]
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"move")["CiphertextBlob"]
    moved = kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=other["KeyId"])
    assert (moved["SourceKeyId"], moved["KeyId"]) == (key["Arn"], other["Arn"])
    assert kms.decrypt(CiphertextBlob=moved["CiphertextBlob"])["Plaintext"] == b"move"
    kms.enable_key_rotation(KeyId=key["KeyId"])
    assert kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"] is True
    kms.rotate_key_on_demand(KeyId=key["KeyId"])
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"move"


def test_the_life_of_a_key(kms, key):
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    kms.disable_key(KeyId=key["KeyId"])
    with refused("DisabledException", 400, f"{key['Arn']} is disabled"):
        kms.decrypt(CiphertextBlob=blob)
    kms.enable_key(KeyId=key["KeyId"])
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    with refused("ValidationException", 400):
        kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=6)
    kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    with refused("KMSInvalidStateException", 400, "is pending deletion"):
        kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")
    kms.cancel_key_deletion(KeyId=key["KeyId"])
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Disabled"


def test_the_key_policy_decides(cloud, kms):
    user = cloud.user(("kms:*", "*"))
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    me = {"AWS": cloud.admin.client("sts").get_caller_identity()["Arn"]}
    manage = {"Effect": "Allow", "Principal": me, "Action": "kms:*", "Resource": "*"}
    closed = kms.create_key(Policy=policy(manage))["KeyMetadata"]["KeyId"]
    with refused("AccessDeniedException", 400, "no resource-based policy allows the kms:Encrypt action"):
        user.client("kms").encrypt(KeyId=closed, Plaintext=b"x")
    enabled = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    kms.put_key_policy(KeyId=closed, Policy=policy(manage, enabled))
    assert user.client("kms").encrypt(KeyId=closed, Plaintext=b"x")
    got = json.loads(kms.get_key_policy(KeyId=closed)["Policy"])
    assert got == json.loads(policy(manage, enabled))
    nobody = {"Effect": "Allow", "Principal": {"AWS": user.arn}, "Action": "kms:Decrypt", "Resource": "*"}
    with refused("MalformedPolicyDocumentException", 400):
        kms.put_key_policy(KeyId=closed, Policy=policy(nobody))


def test_grants(cloud, kms, key):
    user = cloud.user()
    mine = user.client("kms")
    with refused("AccessDeniedException", 400):
        mine.encrypt(KeyId=key["Arn"], Plaintext=b"x")
    grant = kms.create_grant(
        KeyId=key["KeyId"], GranteePrincipal=user.arn, Operations=["Encrypt", "Decrypt"],
        Constraints={"EncryptionContextSubset": {"for": "user"}})
    context = {"for": "user", "more": "x"}
    blob = mine.encrypt(KeyId=key["Arn"], Plaintext=b"x", EncryptionContext=context)["CiphertextBlob"]
    assert mine.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"] == b"x"
    with refused("AccessDeniedException", 400):
        mine.encrypt(KeyId=key["Arn"], Plaintext=b"x")
    listed = kms.list_grants(KeyId=key["KeyId"])["Grants"]
    assert [one["GrantId"] for one in listed] == [grant["GrantId"]]
    kms.revoke_grant(KeyId=key["KeyId"], GrantId=grant["GrantId"])
    with refused("AccessDeniedException", 400):
        mine.encrypt(KeyId=key["Arn"], Plaintext=b"x", EncryptionContext=context)


def test_lists_keep_the_order_of_creation(kms):
    made = [kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(5)]
    pages = kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 3})
    listed = [one["KeyId"] for page in pages for one in page["Keys"]]
    assert [one for one in listed if one in made] == made


@pytest.mark.parametrize("call, code", [
    (lambda c: c.describe_key(KeyId="nonsense"), "NotFoundException"),
    (lambda c: c.describe_key(KeyId=f"arn:aws:kms:us-east-1:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000"),
     "NotFoundException"),
    (lambda c: c.encrypt(KeyId="alias/none", Plaintext=b"x"), "NotFoundException"),
    (lambda c: c.create_key(Policy="{"), "MalformedPolicyDocumentException"),
    (lambda c: c.generate_random(NumberOfBytes=1025), "ValidationException"),
])
def test_mistakes(kms, call, code):
    with refused(code, 400):
        call(kms)


def test_too_much_to_encrypt(kms, key):
    with refused("ValidationException", 400, "less than or equal to 4096"):
        kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x" * 4097)
