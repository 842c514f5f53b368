//! Sessions for the holders of SAML assertions.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use federation::xml::{Comments, canonical, parse};
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::{Value, json};
use service_kit::prelude::*;
use shape::Failure;
use testkit::{ACCOUNT, Client, Cloud};

const KEY: &[u8] = include_bytes!("../../../crates/federation/tests/data/provider.pk8");
const METADATA: &str = include_str!("../../../crates/federation/tests/data/metadata.xml");
/// Signed by another implementation, at the moment at which the clock stands.
const RESPONSE: &str = include_str!("../../../crates/federation/tests/data/assertion-signed.xml");

/// The response with other content, signed anew.
fn resigned(change: impl Fn(&str) -> String) -> String {
    let start = RESPONSE.find("<ds:Signature ").expect("a response");
    let end = RESPONSE.find("</ds:Signature>").expect("a response") + "</ds:Signature>".len();
    let bare = change(&format!("{}<!>{}", &RESPONSE[..start], &RESPONSE[end..]));
    let root = parse(&bare.replace("<!>", ""), Comments::Refused).expect("a response");
    let assertion = root.elements().find(|it| it.local == "Assertion").expect("a response");
    let form = canonical(assertion, &[&root], &[], None);
    let hash = STANDARD.encode(digest(&SHA256, form.as_bytes()));
    let ds = "http://www.w3.org/2000/09/xmldsig#";
    let c14n = "http://www.w3.org/2001/10/xml-exc-c14n#";
    let info = format!(
        "<ds:SignedInfo xmlns:ds=\"{ds}\"><ds:CanonicalizationMethod Algorithm=\"{c14n}\">\
         </ds:CanonicalizationMethod><ds:SignatureMethod \
         Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"></ds:SignatureMethod>\
         <ds:Reference URI=\"#_a1\"><ds:Transforms><ds:Transform \
         Algorithm=\"{ds}enveloped-signature\"></ds:Transform><ds:Transform \
         Algorithm=\"{c14n}\"></ds:Transform></ds:Transforms><ds:DigestMethod \
         Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod>\
         <ds:DigestValue>{hash}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    );
    let key = RsaKeyPair::from_pkcs8(KEY).expect("a response");
    let mut value = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), info.as_bytes(), &mut value)
        .expect("a response");
    let seal = format!(
        "<ds:Signature xmlns:ds=\"{ds}\">{info}<ds:SignatureValue>{}</ds:SignatureValue>\
         </ds:Signature>",
        STANDARD.encode(value)
    );
    bare.replace("<!>", &seal)
}

fn role() -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/staff")
}

fn provider() -> String {
    format!("arn:aws:iam::{ACCOUNT}:saml-provider/Corp")
}

async fn trusting(actions: Value, condition: Value) -> Cloud {
    let cloud = Cloud::start(&[&iam::SERVICE, &sts::SERVICE]).await;
    let admin = cloud.admin();
    let create = json!({"Name": "Corp", "SAMLMetadataDocument": METADATA});
    admin.call("iam", "CreateSAMLProvider", create).await.expect("a response");
    let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Principal": {"Federated": provider()}, "Action": actions, "Condition": condition}});
    let role = json!({"RoleName": "staff", "AssumeRolePolicyDocument": trust.to_string()});
    admin.call("iam", "CreateRole", role).await.expect("a response");
    cloud
}

async fn open() -> Cloud {
    let condition = json!({"StringEquals": {"saml:aud": "https://signin.aws.amazon.com/saml",
        "saml:iss": "https://idp.example.com/saml", "saml:sub_type": "persistent",
        "saml:doc": format!("{ACCOUNT}/Corp"), "saml:sub": "ana & co",
        "aws:RequestTag/team": "red"}});
    trusting(json!(["sts:AssumeRoleWithSAML", "sts:TagSession"]), condition).await
}

/// As somebody without credentials.
async fn assume(cloud: &Cloud, response: &str) -> Result<Value, Failure> {
    let input = json!({"RoleArn": role(), "PrincipalArn": provider(),
        "SAMLAssertion": STANDARD.encode(response)});
    let caller = service_kit::context::Caller::new(policy::Principal::Anonymous);
    let scope = Scope::new(ACCOUNT, "us-east-1");
    let (service, operation) = ("sts", "AssumeRoleWithSAML");
    let call = service_kit::call::Call { service, operation, input, scope, caller, trace: None };
    cloud.platform().pipeline().expect("a response").call(call).await
}

async fn refusal(cloud: &Cloud, response: &str) -> (String, String) {
    let failure = assume(cloud, response).await.expect_err("a refusal");
    (failure.query_code().to_owned(), failure.message)
}

fn holder<'a>(cloud: &'a Cloud, answer: &Value) -> Client<'a> {
    let text = |member: &str| answer["Credentials"][member].as_str().expect(member);
    cloud.client(text("AccessKeyId"), text("SecretAccessKey"), Some(text("SessionToken")))
}

#[tokio::test]
async fn an_assertion_of_a_trusted_provider_gives_a_session() {
    let cloud = open().await;
    let answer = assume(&cloud, RESPONSE).await.unwrap();
    assert_eq!(answer["Subject"], "ana & co");
    assert_eq!(answer["SubjectType"], "persistent");
    assert_eq!(answer["Issuer"], "https://idp.example.com/saml");
    assert_eq!(answer["Audience"], "https://signin.aws.amazon.com/saml");
    let name = format!("https://idp.example.com/saml{ACCOUNT}/Corp");
    let hash = digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, name.as_bytes());
    assert_eq!(answer["NameQualifier"], STANDARD.encode(hash));
    let session = holder(&cloud, &answer);
    let me = session.call("sts", "GetCallerIdentity", json!({})).await.unwrap();
    assert_eq!(me["Arn"], format!("arn:aws:sts::{ACCOUNT}:assumed-role/staff/ana"));
    assert!(assume(&cloud, &resigned(str::to_owned)).await.is_ok());
    // A session of a role ends with the provider's own.
    let ending = |at: &str| {
        let statement = format!("<saml:AuthnStatement SessionNotOnOrAfter=\"{at}\"/>");
        resigned(|text| {
            text.replace(
                "<saml:AttributeStatement>",
                &format!("{statement}<saml:AttributeStatement>"),
            )
        })
    };
    let answer = assume(&cloud, &ending("2026-11-23T15:20:00Z")).await.unwrap();
    let seconds = answer["Credentials"]["Expiration"].as_f64().unwrap();
    assert_eq!(seconds, testkit::START.as_secs_f64() + 1_200.0);
    let over = refusal(&cloud, &ending("2026-11-23T15:00:00Z")).await;
    assert_eq!(over.0, "ExpiredTokenException");
}

#[tokio::test]
async fn what_is_wrong_with_an_assertion_is_said_in_awss_words() {
    let cloud = open().await;
    let swap = |from: &'static str, to: &'static str| {
        let changed = resigned(move |text| text.replace(from, to));
        assert_ne!(changed, resigned(str::to_owned), "{from}");
        changed
    };
    for (response, code, message) in [
        (
            RESPONSE.replace("ana &amp; co", "root"),
            "InvalidIdentityToken",
            "Response signature invalid",
        ),
        (
            RESPONSE.replace("<saml:Subject>", "<!-- --><saml:Subject>"),
            "InvalidIdentityToken",
            "Invalid SAML response: a comment",
        ),
        (
            swap("idp.example.com/saml</saml:Issuer>", "evil/saml</saml:Issuer>"),
            "InvalidIdentityToken",
            "Issuer not present in specified provider",
        ),
        (
            swap("status:Success", "status:Requester"),
            "IDPRejectedClaim",
            "The identity provider did not sign its user in.",
        ),
        (
            swap(
                "\" IssueInstant=\"2026-11-23T15:00:00Z\">",
                "\" IssueInstant=\"2026-11-23T14:55:00Z\">",
            ),
            "ExpiredTokenException",
            "Token must be redeemed within 5 minutes of issuance",
        ),
        (
            swap(
                "NotOnOrAfter=\"2026-11-23T15:05:00Z\">",
                "NotOnOrAfter=\"2026-11-23T15:00:00Z\">",
            ),
            "ExpiredTokenException",
            "Token must be redeemed within 5 minutes of issuance",
        ),
        (
            swap("NotBefore=\"2026-11-23T14:55:00Z\"", "NotBefore=\"2026-11-23T15:06:00Z\""),
            "InvalidIdentityToken",
            "The assertion is not valid yet.",
        ),
        (
            swap(
                "Recipient=\"https://signin.aws.amazon.com/saml\"",
                "Recipient=\"https://sp.example.com\"",
            ),
            "InvalidIdentityToken",
            "Invalid recipient in the assertion",
        ),
        (
            swap(
                "<saml:Audience>https://signin.aws.amazon.com/saml",
                "<saml:Audience>https://sp.example.com",
            ),
            "InvalidIdentityToken",
            "The assertion's audience is not AWS",
        ),
        (
            swap("role/staff,", "role/other,"),
            "AccessDenied",
            "Not authorized to perform sts:AssumeRoleWithSAML",
        ),
        (
            swap("RoleSessionName", "Other"),
            "InvalidIdentityToken",
            "RoleSessionName is required in AuthnResponse",
        ),
        (
            swap("xs:string\">ana<", "xs:string\">a b<"),
            "InvalidIdentityToken",
            "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}",
        ),
        (
            swap("ana &amp; co", "eve"),
            "AccessDenied",
            "Not authorized to perform sts:AssumeRoleWithSAML",
        ),
        (
            swap(">red<", ">blue<"),
            "AccessDenied",
            "Not authorized to perform sts:AssumeRoleWithSAML",
        ),
    ] {
        assert_eq!(refusal(&cloud, &response).await, (code.into(), message.into()));
    }
    assert!(assume(&cloud, RESPONSE).await.is_ok());
    // Five minutes later it is too late.
    cloud.clock().advance(Duration::from_secs(300));
    assert_eq!(refusal(&cloud, RESPONSE).await.0, "ExpiredTokenException");
}

#[tokio::test]
async fn tags_need_permission_and_the_provider_must_be_there() {
    let cloud = trusting(json!("sts:AssumeRoleWithSAML"), json!({})).await;
    let expected = ("AccessDenied".into(), "Not authorized to perform sts:TagSession".into());
    assert_eq!(refusal(&cloud, RESPONSE).await, expected);
    let gone = json!({"SAMLProviderArn": provider()});
    cloud.admin().call("iam", "DeleteSAMLProvider", gone).await.unwrap();
    let expected = ("InvalidIdentityToken".into(), "Specified provider doesn't exist".into());
    assert_eq!(refusal(&cloud, RESPONSE).await, expected);
}
