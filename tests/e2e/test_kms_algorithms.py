"""KMS against somebody else's cryptography: what it signs, encrypts, agrees on and imports is checked
with Python's `cryptography`."""

import datetime
import hashlib
import hmac
import secrets

import pytest
from conftest import refused
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

DER, SPKI = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
PKCS8 = serialization.PrivateFormat.PKCS8
PLAIN = serialization.NoEncryption()
HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}


@pytest.fixture
def kms(admin):
    return admin.client("kms")


def make(kms, spec, usage, **more):
    return kms.create_key(KeySpec=spec, KeyUsage=usage, **more)["KeyMetadata"]


def public_key(kms, key):
    return serialization.load_der_public_key(kms.get_public_key(KeyId=key["KeyId"])["PublicKey"])


def holds(public, signature, message, algorithm, digested=False):
    """Verifies outside; `message` is a digest if `digested`."""
    hash = HASHES[algorithm[-3:]]
    used = utils.Prehashed(hash) if digested else hash
    if algorithm.startswith("ECDSA"):
        return public.verify(signature, message, ec.ECDSA(used))
    pss = padding.PSS(mgf=padding.MGF1(hash), salt_length=padding.PSS.DIGEST_LENGTH)
    return public.verify(signature, message, pss if "PSS" in algorithm else padding.PKCS1v15(), used)


RSA = [f"RSASSA_{kind}_SHA_{bits}" for kind in ("PSS", "PKCS1_V1_5") for bits in (256, 384, 512)]


@pytest.mark.parametrize("spec, algorithms", [
    ("RSA_2048", RSA), ("RSA_3072", RSA[:1]), ("RSA_4096", RSA[-1:]),
    ("ECC_NIST_P256", ["ECDSA_SHA_256"]), ("ECC_NIST_P384", ["ECDSA_SHA_384"]),
    ("ECC_NIST_P521", ["ECDSA_SHA_512"]), ("ECC_SECG_P256K1", ["ECDSA_SHA_256"]),
])
def test_signatures_hold_outside(kms, spec, algorithms):
    key = make(kms, spec, "SIGN_VERIFY")
    assert set(algorithms) <= set(key["SigningAlgorithms"])
    public, message = public_key(kms, key), secrets.token_bytes(1000)
    for algorithm in algorithms:
        ask = {"KeyId": key["KeyId"], "SigningAlgorithm": algorithm}
        signature = kms.sign(Message=message, **ask)["Signature"]
        holds(public, signature, message, algorithm)
        with pytest.raises(InvalidSignature):
            holds(public, signature, message + b"x", algorithm)
        digest = hashlib.new(f"sha{algorithm[-3:]}", message).digest()
        signature = kms.sign(Message=digest, MessageType="DIGEST", **ask)["Signature"]
        holds(public, signature, digest, algorithm, digested=True)
        assert kms.verify(Message=message, Signature=signature, **ask)["SignatureValid"] is True
        with refused("KMSInvalidSignatureException", 400):
            kms.verify(Message=message + b"x", Signature=signature, **ask)


def test_ed25519_holds_outside(kms):
    key = make(kms, "ECC_NIST_EDWARDS25519", "SIGN_VERIFY")
    public = public_key(kms, key)
    ask = {"KeyId": key["KeyId"], "SigningAlgorithm": "ED25519_SHA_512"}
    signature = kms.sign(Message=b"hello", **ask)["Signature"]
    public.verify(signature, b"hello")
    ask["SigningAlgorithm"] = "ED25519_PH_SHA_512"
    digest = hashlib.sha512(b"hello").digest()
    signature = kms.sign(Message=digest, MessageType="DIGEST", **ask)["Signature"]
    assert kms.verify(Message=digest, MessageType="DIGEST", Signature=signature, **ask)["SignatureValid"]
    with pytest.raises(InvalidSignature):
        public.verify(signature, b"hello")


@pytest.mark.parametrize("level", ["44", "65", "87"])
def test_ml_dsa_holds_outside(kms, level):
    key = make(kms, f"ML_DSA_{level}", "SIGN_VERIFY")
    spki = kms.get_public_key(KeyId=key["KeyId"])["PublicKey"]
    ask = {"KeyId": key["KeyId"], "SigningAlgorithm": "ML_DSA_SHAKE_256"}
    signature = kms.sign(Message=b"hello", **ask)["Signature"]
    # FIPS 204: mu stands for the public key, an empty context and the message.
    size = {"44": 1312, "65": 1952, "87": 2592}[level]
    tr = hashlib.shake_256(spki[-size:]).digest(64)
    mu = hashlib.shake_256(tr + b"\0\0" + b"hello").digest(64)
    assert kms.verify(Message=mu, MessageType="EXTERNAL_MU", Signature=signature, **ask)["SignatureValid"]
    signature = kms.sign(Message=mu, MessageType="EXTERNAL_MU", **ask)["Signature"]
    assert kms.verify(Message=b"hello", Signature=signature, **ask)["SignatureValid"]
    public = serialization.load_der_public_key(spki)
    public.verify(signature, b"hello")
    public.verify_mu(signature, mu)
    with pytest.raises(InvalidSignature):
        public.verify(signature, b"hellp")


@pytest.mark.parametrize("bits", ["224", "256", "384", "512"])
def test_codes_with_imported_keys_are_the_same_outside(kms, bits):
    key = make(kms, f"HMAC_{bits}", "GENERATE_VERIFY_MAC", Origin="EXTERNAL")
    secret = secrets.token_bytes(int(bits) // 8)
    bring(kms, key, secret)
    ask = {"KeyId": key["KeyId"], "MacAlgorithm": f"HMAC_SHA_{bits}", "Message": b"hello"}
    mac = kms.generate_mac(**ask)["Mac"]
    assert mac == hmac.new(secret, b"hello", f"sha{bits}").digest()
    assert kms.verify_mac(Mac=mac, **ask)["MacValid"] is True
    with refused("KMSInvalidMacException", 400):
        kms.verify_mac(Mac=mac[::-1], **ask)


@pytest.mark.parametrize("algorithm", ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"])
def test_what_was_encrypted_outside_opens(kms, algorithm):
    key = make(kms, "RSA_2048", "ENCRYPT_DECRYPT")
    assert algorithm in key["EncryptionAlgorithms"]
    sealed = public_key(kms, key).encrypt(b"hello", oaep(algorithm))
    ask = {"KeyId": key["KeyId"], "EncryptionAlgorithm": algorithm}
    assert kms.decrypt(CiphertextBlob=sealed, **ask)["Plaintext"] == b"hello"
    broken = bytes([sealed[0] ^ 1, *sealed[1:]])
    with refused("InvalidCiphertextException", 400):
        kms.decrypt(CiphertextBlob=broken, **ask)


@pytest.mark.parametrize("spec, curve", [
    ("ECC_NIST_P256", ec.SECP256R1()), ("ECC_NIST_P384", ec.SECP384R1()), ("ECC_NIST_P521", ec.SECP521R1()),
])
def test_both_sides_agree(kms, spec, curve):
    key, mine = make(kms, spec, "KEY_AGREEMENT"), ec.generate_private_key(curve)
    der = mine.public_key().public_bytes(DER, SPKI)
    ask = {"KeyId": key["KeyId"], "KeyAgreementAlgorithm": "ECDH"}
    derived = kms.derive_shared_secret(PublicKey=der, **ask)
    assert derived["SharedSecret"] == mine.exchange(ec.ECDH(), public_key(kms, key))
    with refused("ValidationException", 400):
        kms.derive_shared_secret(PublicKey=der[:-1], **ask)


@pytest.mark.parametrize("spec", [
    "RSA_2048", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1",
    "ECC_NIST_EDWARDS25519",
])
def test_pairs_of_data_keys_are_pairs(kms, spec):
    key = kms.create_key()["KeyMetadata"]
    made = kms.generate_data_key_pair(KeyId=key["KeyId"], KeyPairSpec=spec)
    private = serialization.load_der_private_key(made["PrivateKeyPlaintext"], None)
    assert private.public_key().public_bytes(DER, SPKI) == made["PublicKey"]
    opened = kms.decrypt(CiphertextBlob=made["PrivateKeyCiphertextBlob"])
    assert opened["Plaintext"] == made["PrivateKeyPlaintext"]


def oaep(algorithm):
    hash = hashes.SHA256() if algorithm.endswith("256") else hashes.SHA1()
    return padding.OAEP(mgf=padding.MGF1(hash), algorithm=hash, label=None)


def bring(kms, key, material, algorithm="RSAES_OAEP_SHA_256", spec="RSA_2048", **more):
    """Imports `material`, wrapped as the algorithm says; gives ImportKeyMaterial's answer."""
    given = kms.get_parameters_for_import(
        KeyId=key["KeyId"], WrappingAlgorithm=algorithm, WrappingKeySpec=spec)
    public = serialization.load_der_public_key(given["PublicKey"])
    if algorithm.startswith("RSA_AES"):
        kek = secrets.token_bytes(32)
        wrapped = public.encrypt(kek, oaep(algorithm)) + keywrap.aes_key_wrap_with_padding(kek, material)
    else:
        wrapped = public.encrypt(material, oaep(algorithm))
    more = more or {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
    return kms.import_key_material(
        KeyId=key["KeyId"], ImportToken=given["ImportToken"], EncryptedKeyMaterial=wrapped, **more)


@pytest.mark.parametrize("algorithm, spec", [
    ("RSAES_OAEP_SHA_1", "RSA_2048"), ("RSAES_OAEP_SHA_256", "RSA_3072"),
    ("RSA_AES_KEY_WRAP_SHA_1", "RSA_2048"), ("RSA_AES_KEY_WRAP_SHA_256", "RSA_4096"),
])
def test_material_is_imported_expires_and_is_deleted(kms, algorithm, spec):
    key, material = kms.create_key(Origin="EXTERNAL")["KeyMetadata"], secrets.token_bytes(32)
    assert key["KeyState"] == "PendingImport"
    ends = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
    brought = bring(kms, key, material, algorithm, spec, ValidTo=ends)
    shown = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
    assert (shown["KeyState"], shown["ExpirationModel"]) == ("Enabled", "KEY_MATERIAL_EXPIRES")
    assert abs((shown["ValidTo"] - ends).total_seconds()) < 1
    assert shown["CurrentKeyMaterialId"] == brought["KeyMaterialId"]
    sealed = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    kms.delete_imported_key_material(KeyId=key["KeyId"])
    with refused("KMSInvalidStateException", 400, "is pending import"):
        kms.decrypt(CiphertextBlob=sealed)
    with refused("IncorrectKeyMaterialException", 400):
        bring(kms, key, secrets.token_bytes(32))
    bring(kms, key, material)
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"


def test_private_keys_are_imported(kms):
    for spec, mine in (
        ("ECC_SECG_P256K1", ec.generate_private_key(ec.SECP256K1())),
        ("ECC_NIST_P521", ec.generate_private_key(ec.SECP521R1())),
        ("ECC_NIST_EDWARDS25519", ed25519.Ed25519PrivateKey.generate()),
        ("RSA_2048", rsa.generate_private_key(65537, 2048)),
    ):
        key = make(kms, spec, "SIGN_VERIFY", Origin="EXTERNAL")
        bring(kms, key, mine.private_bytes(DER, PKCS8, PLAIN), "RSA_AES_KEY_WRAP_SHA_256")
        shown = kms.get_public_key(KeyId=key["KeyId"])["PublicKey"]
        assert shown == mine.public_key().public_bytes(DER, SPKI), spec
    with refused("IncorrectKeyMaterialException", 400):
        wrong = ec.generate_private_key(ec.SECP256R1()).private_bytes(DER, PKCS8, PLAIN)
        bring(kms, make(kms, "ECC_NIST_P384", "SIGN_VERIFY", Origin="EXTERNAL"), wrong)


def test_a_key_in_two_regions(admin, kms):
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]
    there = admin.client("kms", region_name="eu-west-1")
    made = kms.replicate_key(KeyId=key["KeyId"], ReplicaRegion="eu-west-1")["ReplicaKeyMetadata"]
    assert made["KeyId"] == key["KeyId"].removeprefix("arn:") and made["Arn"] != key["Arn"]
    context = {"a": "1"}
    sealed = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext=context)
    opened = there.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext=context)
    assert (opened["Plaintext"], opened["KeyId"]) == (b"x", made["Arn"])
    kms.update_primary_region(KeyId=key["KeyId"], PrimaryRegion="eu-west-1")
    shown = there.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["MultiRegionConfiguration"]
    assert shown["MultiRegionKeyType"] == "PRIMARY"
    there.rotate_key_on_demand(KeyId=key["KeyId"])
    assert len(kms.list_key_rotations(KeyId=key["KeyId"])["Rotations"]) == 1


@pytest.mark.parametrize("call, code", [
    (lambda c: c.create_key(KeySpec="RSA_2048"), "ValidationException"),
    (lambda c: c.create_key(KeySpec="SM2", KeyUsage="SIGN_VERIFY"), "UnsupportedOperationException"),
    (lambda c: c.create_custom_key_store(CustomKeyStoreName="mine"), ("UnknownOperationException", "NotImplemented")),
    (lambda c: c.describe_custom_key_stores(CustomKeyStoreName="x"), "CustomKeyStoreNotFoundException"),
])
def test_what_is_not_there_is_refused(kms, call, code):
    with refused(code):
        call(kms)
