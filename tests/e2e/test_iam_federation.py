"""Identity providers outside, the sessions they vouch for, and what else belongs to roles."""

import base64
import hashlib
import json
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from conftest import ACCOUNT, REGION, ROOT, Cloud, Keys, policy, refused, trust, unique
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

DATA = ROOT / "crates/federation/tests/data"
AUDIENCE = "sts.amazonaws.com"


def encode(data):
    data = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value):
    return encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))


class Issuer:
    """An OpenID Connect issuer on a free port of this machine."""

    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                body = json.dumps(issuer.pages.get(self.path, {})).encode()
                self.send_response(200 if self.path in issuer.pages else 404)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        numbers = self.key.public_key().public_numbers()
        key = {"kty": "RSA", "kid": "k", "n": number(numbers.n), "e": number(numbers.e)}
        self.pages = {
            "/.well-known/openid-configuration": {"issuer": self.url, "jwks_uri": f"{self.url}/k"},
            "/k": {"keys": [key]},
        }
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def token(self, **claims):
        now = int(time.time())
        claims = {"iss": self.url, "sub": "repo:heist", "aud": AUDIENCE, "iat": now, "exp": now + 300} | claims
        signed = f"{encode({'alg': 'RS256', 'kid': 'k'})}.{encode(claims)}"
        signature = self.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{encode(signature)}"


@pytest.fixture(scope="module")
def open_cloud(tmp_path_factory):
    """An instance that lets issuers be on this machine."""
    cloud = Cloud(tmp_path_factory.mktemp("federation"), HEIST_PRIVATE_ISSUERS="on")
    yield cloud
    cloud.stop()


@pytest.fixture(scope="module")
def issuer():
    issuer = Issuer()
    yield issuer
    issuer.server.shutdown()


def stranger(cloud):
    """STS as somebody without credentials."""
    config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
    return boto3.client("sts", region_name=REGION, endpoint_url=cloud.endpoint, config=config)


def federated_role(cloud, provider, action, condition=None, *statements):
    iam, name = cloud.admin.client("iam"), unique("role")
    statement = {"Effect": "Allow", "Principal": {"Federated": provider}, "Action": action}
    document = policy(statement | ({"Condition": condition} if condition else {}))
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy(*statements or [("iam:ListUsers", "*")]))
    return arn


def holder(cloud, answer):
    held = answer["Credentials"]
    return Keys(cloud, held["AccessKeyId"], held["SecretAccessKey"], held["SessionToken"])


def test_a_web_identity_becomes_a_session(open_cloud, issuer):
    iam = open_cloud.admin.client("iam")
    provider = iam.create_open_id_connect_provider(Url=issuer.url, ClientIDList=[AUDIENCE])
    provider = provider["OpenIDConnectProviderArn"]
    name = issuer.url.removeprefix("http://")
    condition = {"StringEquals": {f"{name}:aud": AUDIENCE}, "StringLike": {f"{name}:sub": "repo:*"}}
    role = federated_role(open_cloud, provider, "sts:AssumeRoleWithWebIdentity", condition)
    sts = stranger(open_cloud)

    def assume(token, **more):
        return sts.assume_role_with_web_identity(
            RoleArn=role, RoleSessionName="ci", WebIdentityToken=token, **more)

    answer = assume(issuer.token(), DurationSeconds=900)
    assert (answer["Provider"], answer["Audience"]) == (provider, AUDIENCE)
    assert answer["SubjectFromWebIdentityToken"] == "repo:heist"
    held = holder(open_cloud, answer)
    assert held.client("iam").list_users()["Users"]
    with refused("AccessDenied", 403, "is not authorized to perform: iam:ListRoles"):
        held.client("iam").list_roles()

    with refused("AccessDenied", 403, "^Not authorized to perform sts:AssumeRoleWithWebIdentity$"):
        assume(issuer.token(sub="group:heist"))
    with refused("InvalidIdentityToken", 400, "^Incorrect token audience$"):
        assume(issuer.token(aud="other"))
    with refused("ExpiredTokenException", 400, "^Token expired: current date/time"):
        assume(issuer.token(exp=int(time.time()) - 1))
    forged = issuer.token().split(".")
    forged[1] = encode({"iss": issuer.url, "sub": "repo:evil", "aud": AUDIENCE,
                        "iat": int(time.time()), "exp": int(time.time()) + 60})
    with refused("InvalidIdentityToken", 400, "signature"):
        assume(".".join(forged))
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=provider)
    with refused("InvalidIdentityToken", 400, f"^No OpenIDConnect provider found in your account for {issuer.url}$"):
        assume(issuer.token())


def test_the_sdk_finds_the_session_by_itself(open_cloud, issuer, tmp_path):
    iam = open_cloud.admin.client("iam")
    url = issuer.url.replace("127.0.0.1", "localhost")
    issuer.pages["/.well-known/openid-configuration"]["issuer"] = url
    try:
        provider = iam.create_open_id_connect_provider(Url=url, ClientIDList=[AUDIENCE])
        arn = provider["OpenIDConnectProviderArn"]
        role = federated_role(open_cloud, arn, "sts:AssumeRoleWithWebIdentity")
        token = tmp_path / "token"
        token.write_text(issuer.token(iss=url))
        env = {"AWS_ROLE_ARN": role, "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
               "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_ROLE_SESSION_NAME": "sdk"}
        script = "import boto3, json; print(json.dumps(boto3.client('sts').get_caller_identity()['Arn']))"
        keys = open_cloud.admin
        clean = {k: v for k, v in keys.env.items() if not k.startswith("AWS_") or k == "AWS_ENDPOINT_URL"}
        clean |= {k: v for k, v in env.items() if v} | {"AWS_DEFAULT_REGION": REGION}
        done = subprocess.run([sys.executable, "-c", script], env=clean, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        name = role.rsplit("/", 1)[1]
        assert json.loads(done.stdout) == f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/sdk"
    finally:
        issuer.pages["/.well-known/openid-configuration"]["issuer"] = issuer.url


def test_private_issuers_are_the_operators_to_allow(cloud, issuer):
    with refused("ValidationError", 400, "Invalid Open ID Connect Provider URL"):
        cloud.admin.client("iam").create_open_id_connect_provider(Url=issuer.url, ClientIDList=["a"])


def saml_response(role, provider, name="ana"):
    """A signed response, written in canonical form, so that it is its own."""
    key = serialization.load_der_private_key((DATA / "provider.pk8").read_bytes(), None)
    now = datetime.now(timezone.utc)
    at = lambda minutes: (now + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
    saml, ds = "urn:oasis:names:tc:SAML:2.0:assertion", "http://www.w3.org/2000/09/xmldsig#"
    c14n = "http://www.w3.org/2001/10/xml-exc-c14n#"
    attribute = lambda name, value: (
        f'<saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/{name}">'
        f"<saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>")
    head = (f'<saml:Assertion xmlns:saml="{saml}" ID="_a" IssueInstant="{at(0)}" Version="2.0">'
            "<saml:Issuer>https://idp.example.com/saml</saml:Issuer>")
    tail = (
        f"<saml:Subject><saml:NameID>{name}</saml:NameID>"
        '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
        f'<saml:SubjectConfirmationData NotOnOrAfter="{at(5)}" Recipient="https://signin.aws.amazon.com/saml">'
        "</saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject>"
        f'<saml:Conditions NotBefore="{at(-1)}" NotOnOrAfter="{at(5)}"><saml:AudienceRestriction>'
        "<saml:Audience>urn:amazon:webservices</saml:Audience></saml:AudienceRestriction></saml:Conditions>"
        f"<saml:AttributeStatement>{attribute('Role', f'{provider},{role}')}"
        f"{attribute('RoleSessionName', name)}</saml:AttributeStatement></saml:Assertion>")
    hashed = base64.b64encode(hashlib.sha256((head + tail).encode()).digest()).decode()
    info = (
        f'<ds:SignedInfo xmlns:ds="{ds}"><ds:CanonicalizationMethod Algorithm="{c14n}"></ds:CanonicalizationMethod>'
        '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></ds:SignatureMethod>'
        f'<ds:Reference URI="#_a"><ds:Transforms><ds:Transform Algorithm="{ds}enveloped-signature"></ds:Transform>'
        f'<ds:Transform Algorithm="{c14n}"></ds:Transform></ds:Transforms>'
        '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod>'
        f"<ds:DigestValue>{hashed}</ds:DigestValue></ds:Reference></ds:SignedInfo>")
    value = base64.b64encode(key.sign(info.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()
    seal = (f'<ds:Signature xmlns:ds="{ds}">{info}<ds:SignatureValue>{value}</ds:SignatureValue></ds:Signature>')
    protocol = "urn:oasis:names:tc:SAML:2.0:protocol"
    return (f'<samlp:Response xmlns:samlp="{protocol}" ID="_r" Version="2.0" IssueInstant="{at(0)}"><samlp:Status>'
            '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>'
            f"{head}{seal}{tail}</samlp:Response>")


def test_a_saml_assertion_becomes_a_session(cloud):
    iam, name = cloud.admin.client("iam"), unique("corp")
    metadata = (DATA / "metadata.xml").read_text()
    provider = iam.create_saml_provider(Name=name, SAMLMetadataDocument=metadata)["SAMLProviderArn"]
    condition = {"StringEquals": {"saml:aud": "https://signin.aws.amazon.com/saml"}}
    role = federated_role(cloud, provider, "sts:AssumeRoleWithSAML", condition)
    response = saml_response(role, provider)

    def assume(text):
        encoded = base64.b64encode(text.encode()).decode()
        return stranger(cloud).assume_role_with_saml(RoleArn=role, PrincipalArn=provider, SAMLAssertion=encoded)

    answer = assume(response)
    assert (answer["Subject"], answer["Issuer"]) == ("ana", "https://idp.example.com/saml")
    assert holder(cloud, answer).client("iam").list_users()["Users"]
    with refused("InvalidIdentityToken", 400, "^Response signature invalid$"):
        assume(response.replace("NameID>ana<", "NameID>eve<"))
    got = iam.get_saml_provider(SAMLProviderArn=provider)
    assert got["SAMLMetadataDocument"] == metadata and got["ValidUntil"] > got["CreateDate"]
    iam.delete_saml_provider(SAMLProviderArn=provider)
    with refused("InvalidIdentityToken", 400, "^Specified provider doesn't exist$"):
        assume(response)


def test_the_account_issues_tokens(cloud):
    iam, sts = cloud.admin.client("iam"), cloud.admin.client("sts")
    issuer = iam.enable_outbound_web_identity_federation()["IssuerIdentifier"]
    assert issuer.startswith(f"{cloud.endpoint}/".replace("127.0.0.1", "localhost"))
    given = sts.get_web_identity_token(Audience=["https://api.example.com"], SigningAlgorithm="ES384")
    header, claims, signature = given["WebIdentityToken"].split(".")
    decode = lambda part: base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    claims_read = json.loads(decode(claims))
    assert claims_read["iss"] == issuer and claims_read["aud"] == "https://api.example.com"
    discovery = cloud.admin.curl(f"{issuer}/.well-known/openid-configuration").json
    key = cloud.admin.curl(discovery["jwks_uri"]).json["keys"][0]
    assert json.loads(decode(header)) == {"alg": "ES384", "kid": key["kid"], "typ": "JWT"}

    point = ec.EllipticCurvePublicNumbers(
        int.from_bytes(decode(key["x"]), "big"), int.from_bytes(decode(key["y"]), "big"), ec.SECP384R1())
    raw = decode(signature)
    der = utils.encode_dss_signature(int.from_bytes(raw[:48], "big"), int.from_bytes(raw[48:], "big"))
    point.public_key().verify(der, f"{header}.{claims}".encode(), ec.ECDSA(hashes.SHA384()))
    iam.disable_outbound_web_identity_federation()
    with refused("OutboundWebIdentityFederationDisabledException", 403):
        sts.get_web_identity_token(Audience=["a"], SigningAlgorithm="ES384")


def test_instance_profiles(cloud):
    iam, name = cloud.admin.client("iam"), unique("profile")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust("ec2"))
    iam.create_instance_profile(InstanceProfileName=name, Tags=[{"Key": "a", "Value": "1"}])
    iam.get_waiter("instance_profile_exists").wait(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    profile = iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
    assert [role["RoleName"] for role in profile["Roles"]] == [name]
    with refused("DeleteConflict", 409, "must remove roles from instance profile first"):
        iam.delete_role(RoleName=name)
    found = iam.get_paginator("list_instance_profiles_for_role").paginate(RoleName=name).build_full_result()
    assert len(found["InstanceProfiles"]) == 1
    iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=name)
    iam.delete_role(RoleName=name)
    iam.delete_instance_profile(InstanceProfileName=name)


def test_service_linked_roles(cloud):
    iam = cloud.admin.client("iam")
    role = iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com", CustomSuffix=unique("s"))["Role"]
    assert role["Path"] == "/aws-service-role/autoscaling.amazonaws.com/"
    name = role["RoleName"]
    with refused("UnmodifiableEntity", 400, "is only modifiable by AWS"):
        iam.delete_role(RoleName=name)
    task = iam.delete_service_linked_role(RoleName=name)["DeletionTaskId"]
    assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"


def test_awss_policies_have_their_documents(cloud):
    iam = cloud.admin.client("iam")
    pages = iam.get_paginator("list_policies").paginate(Scope="AWS")
    found = {one["PolicyName"]: one for page in pages for one in page["Policies"]}
    assert len(found) > 200
    for name in ["ReadOnlyAccess", "SecurityAudit", "ViewOnlyAccess", "AmazonS3FullAccess", "Billing"]:
        one = found[name]
        version = iam.get_policy_version(PolicyArn=one["Arn"], VersionId=one["DefaultVersionId"])
        assert version["PolicyVersion"]["Document"]["Version"] == "2012-10-17"
        assert one["PolicyId"].startswith("ANPA")
