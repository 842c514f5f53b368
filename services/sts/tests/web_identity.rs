//! Sessions for the holders of OpenID Connect tokens, and tokens about callers.

mod issuer;

use bytes::Bytes;
use http::Request;
use issuer::{Issuer, encode};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};
use service_kit::{audit::AuditRecord, prelude::*};
use std::sync::Arc;
use testkit::{ACCOUNT, Client, Cloud, START};
use tokio_rustls::TlsAcceptor;

const SUBJECT: &str = "repo:heist/heist";

struct World {
    cloud: Cloud,
    issuer: Issuer,
}

async fn world() -> World {
    world_of(Issuer::start().await).await
}

async fn world_of(issuer: Issuer) -> World {
    let cloud = Cloud::with_private_issuers(&[&iam::SERVICE, &sts::SERVICE]).await;
    World { cloud, issuer }
}

/// An issuer with TLS at this URL, and the SHA-1 of the authority that vouches for `localhost`.
async fn issuer_with_tls(url: &str) -> (Issuer, String) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "An authority for tests");
    let (ca_key, key) =
        (KeyPair::generate().expect("an answer"), KeyPair::generate().expect("an answer"));
    let ca = params.self_signed(&ca_key).expect("an answer");
    let leaf = CertificateParams::new(vec!["localhost".to_owned()]).expect("an answer");
    let leaf = leaf.signed_by(&key, &rcgen::Issuer::new(params, ca_key)).expect("an answer");
    let chain = vec![leaf.der().clone(), ca.der().clone()];
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("an answer")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("an answer");
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, ca.der());
    let issuer = Issuer::with(url, Some(TlsAcceptor::from(Arc::new(config)))).await;
    (issuer, service_kit::entropy::hex(hash.as_ref()))
}

impl World {
    /// A provider for the issuer, and a role that trusts it under `condition`.
    async fn trusting(self, actions: Value, condition: Value) -> Self {
        let admin = self.cloud.admin();
        let create = json!({"Url": self.issuer.url, "ClientIDList": ["sts.amazonaws.com"]});
        admin.call("iam", "CreateOpenIDConnectProvider", create).await.expect("an answer");
        let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
            "Principal": {"Federated": self.provider()}, "Action": actions,
            "Condition": condition}});
        let role = json!({"RoleName": "ci", "AssumeRolePolicyDocument": trust.to_string()});
        admin.call("iam", "CreateRole", role).await.expect("an answer");
        let attach = json!({"RoleName": "ci",
            "PolicyArn": "arn:aws:iam::aws:policy/IAMReadOnlyAccess"});
        admin.call("iam", "AttachRolePolicy", attach).await.expect("an answer");
        self
    }

    async fn open() -> Self {
        world().await.trusting(json!("sts:AssumeRoleWithWebIdentity"), json!({})).await
    }

    fn provider(&self) -> String {
        format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{}", self.issuer.name())
    }

    fn key(&self, claim: &str) -> String {
        format!("{}:{claim}", self.issuer.name())
    }

    fn claims(&self) -> Value {
        let now = self.cloud.clock().now().as_secs();
        json!({"iss": self.issuer.url, "sub": SUBJECT, "aud": "sts.amazonaws.com",
            "iat": now, "exp": now + 600})
    }

    /// Claims with one of them changed; null takes it away.
    fn claiming(&self, name: &str, value: Value) -> Value {
        let mut claims = self.claims();
        match value {
            Value::Null => {
                claims.as_object_mut().expect("an answer").remove(name);
            }
            value => claims[name] = value,
        }
        claims
    }

    fn token(&self, claims: &Value) -> String {
        self.issuer.token(json!({"alg": "RS256", "kid": "r"}), claims)
    }

    /// As a client without any credentials, over the wire.
    async fn assume(&self, token: &str, more: &[(&str, &str)]) -> Result<String, (u16, String)> {
        let role = format!("arn:aws:iam::{ACCOUNT}:role/ci");
        let mut form = vec![
            ("Action", "AssumeRoleWithWebIdentity"),
            ("Version", "2011-06-15"),
            ("RoleSessionName", "run"),
            ("WebIdentityToken", token),
        ];
        if !more.iter().any(|(name, _)| *name == "RoleArn") {
            form.push(("RoleArn", &role));
        }
        form.extend(more);
        let pair = |(name, value): &(&str, &str)| format!("{name}={}", percent(value));
        let pairs: Vec<_> = form.iter().map(pair).collect();
        let request = Request::post("http://sts.amazonaws.com/")
            .header("host", "sts.amazonaws.com")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from(pairs.join("&")))
            .expect("an answer");
        let response = self.cloud.send(request).await;
        let status = response.status().as_u16();
        let body = String::from_utf8(response.into_body().to_vec()).expect("an answer");
        if status == 200 { Ok(body) } else { Err((status, body)) }
    }

    async fn refusal(&self, token: &str) -> (u16, String, String) {
        let (status, body) = self.assume(token, &[]).await.expect_err("a refusal");
        (status, element(&body, "Code"), element(&body, "Message"))
    }

    fn holder(&self, answer: &str) -> Client<'_> {
        let text = |name| element(answer, name);
        let token = text("SessionToken");
        self.cloud.client(&text("AccessKeyId"), &text("SecretAccessKey"), Some(&token))
    }
}

fn percent(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    let encode = |byte: u8| match plain(&byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

fn element(body: &str, name: &str) -> String {
    let (_, rest) = body.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("{body}"));
    let text = rest.split_once(&format!("</{name}>")).expect("an answer").0;
    text.replace("&apos;", "'").replace("&quot;", "\"").replace("&amp;", "&")
}

#[tokio::test]
async fn a_token_of_a_trusted_issuer_gives_a_session_without_any_credentials() {
    let world = World::open().await;
    let answer = world.assume(&world.token(&world.claims()), &[]).await.unwrap();
    assert_eq!(element(&answer, "Provider"), world.provider());
    assert_eq!(element(&answer, "Audience"), "sts.amazonaws.com");
    assert_eq!(element(&answer, "SubjectFromWebIdentityToken"), SUBJECT);
    let session = world.holder(&answer);
    let me = session.call("sts", "GetCallerIdentity", json!({})).await.unwrap();
    assert_eq!(me["Arn"], format!("arn:aws:sts::{ACCOUNT}:assumed-role/ci/run"));
    session.call("iam", "ListUsers", json!({})).await.unwrap();
    // Keys are fetched once, whatever comes after.
    let before = world.issuer.asked();
    assert_eq!(before, 2);
    let ec = world.issuer.token(json!({"alg": "ES256", "kid": "e"}), &world.claims());
    world.assume(&ec, &[]).await.unwrap();
    assert_eq!(world.issuer.asked(), before);
    // An hour later they are fetched again.
    world.cloud.clock().advance(Duration::from_secs(3_601));
    world.assume(&world.token(&world.claims()), &[]).await.unwrap();
    assert_eq!(world.issuer.asked(), 4);
    assert!(session.call("iam", "ListUsers", json!({})).await.is_err(), "the session has ended");
}

#[tokio::test]
async fn what_is_not_signed_by_the_issuer_is_refused() {
    let world = World::open().await;
    let claims = world.claims();
    let good = world.token(&claims);
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = signed.split_once('.').unwrap();
    let with_header =
        |header: Value| format!("{}.{payload}.{signature}", encode(header.to_string()));
    let secret = world.issuer.rsa_jwk()["n"].as_str().unwrap().to_owned();
    let mac = |key: &[u8]| {
        let head = encode(json!({"alg": "HS256", "kid": "r"}).to_string());
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key);
        let tag = ring::hmac::sign(&key, format!("{head}.{payload}").as_bytes());
        format!("{head}.{payload}.{}", encode(tag.as_ref()))
    };
    let other = encode(world.claiming("sub", json!("repo:evil/evil")).to_string());
    let twice = claims.to_string().replace('{', "{\"sub\":\"repo:evil/evil\",");
    let stranger = Issuer::start().await;
    for (what, token, message) in [
        ("none", format!("{}.{payload}.", encode(r#"{"alg":"none","kid":"r"}"#)), "algorithm"),
        ("None", with_header(json!({"alg": "None", "kid": "r"})), "algorithm"),
        ("a shared secret", mac(secret.as_bytes()), "algorithm"),
        ("another kind", with_header(json!({"alg": "ES256", "kid": "r"})), "signature"),
        ("another hash", with_header(json!({"alg": "RS512", "kid": "r"})), "signature"),
        ("no key", with_header(json!({"alg": "RS256"})), "which key"),
        ("an unknown key", with_header(json!({"alg": "RS256", "kid": "x"})), "verification key"),
        ("an extension", with_header(json!({"alg": "RS256", "kid": "r", "crit": ["b64"]})), "JWT"),
        ("other claims", format!("{header}.{other}.{signature}"), "signature"),
        ("a name twice", format!("{header}.{}.{signature}", encode(twice)), "JWT"),
        ("no signature", format!("{signed}."), "signature"),
        ("padding", format!("{good}="), "JWT"),
        ("cut", signed.to_owned(), "JWT"),
        ("the standard alphabet", good.replace(['-', '_'], "+"), "JWT"),
        ("another's", stranger.token(json!({"alg": "ES256", "kid": "e"}), &claims), "signature"),
    ] {
        let (status, code, said) = world.refusal(&token).await;
        assert_eq!((status, code.as_str()), (400, "InvalidIdentityToken"), "{what}: {said}");
        assert!(said.contains(message), "{what}: {said}");
    }
    world.assume(&good, &[]).await.unwrap();
}

#[tokio::test]
async fn claims_are_checked_in_awss_words() {
    let world = World::open().await;
    let now = START.as_secs();
    let url = &world.issuer.url;
    for (name, value, code, message) in [
        ("aud", json!("other"), "InvalidIdentityToken", "Incorrect token audience".into()),
        ("azp", json!("other"), "InvalidIdentityToken", "Incorrect token audience".into()),
        ("aud", json!(7), "InvalidIdentityToken", "Missing a required claim: aud".into()),
        ("sub", Value::Null, "InvalidIdentityToken", "Missing a required claim: sub".into()),
        ("iat", Value::Null, "InvalidIdentityToken", "Missing a required claim: iat".into()),
        ("exp", json!("soon"), "InvalidIdentityToken", "Missing a required claim: exp".into()),
        (
            "exp",
            json!(now),
            "ExpiredTokenException",
            format!(
                "Token expired: current date/time {now} must be before the expiration date/time \
                 {now}"
            ),
        ),
        (
            "nbf",
            json!(now + 301),
            "InvalidIdentityToken",
            format!("Token is not yet valid: current date/time {now} must be after {}", now + 301),
        ),
        (
            "iss",
            json!("https://elsewhere.example.com"),
            "InvalidIdentityToken",
            "No OpenIDConnect provider found in your account for https://elsewhere.example.com"
                .into(),
        ),
        (
            "iss",
            json!(url.replace("http:", "https:")),
            "InvalidIdentityToken",
            format!(
                "No OpenIDConnect provider found in your account for {}",
                url.replace("http:", "https:")
            ),
        ),
        (
            "https://aws.amazon.com/tags",
            json!({"principal_tags": {"a": ["1", "2"]}}),
            "InvalidIdentityToken",
            "The session tags in the token are not of the form that is expected.".into(),
        ),
    ] {
        let token = world.token(&world.claiming(name, value));
        assert_eq!(world.refusal(&token).await, (400, code.into(), message), "{name}");
    }
    assert_eq!(world.issuer.asked(), 0, "nobody is asked for the keys of a token that is no good");
    let many = world.claiming("aud", json!(["x", "sts.amazonaws.com"]));
    world.assume(&world.token(&many), &[]).await.unwrap();
}

#[tokio::test]
async fn trust_policies_ask_for_claims() {
    let world = world().await;
    let condition = json!({
        "StringEquals": {world.key("aud"): "sts.amazonaws.com"},
        "StringLike": {world.key("sub"): "repo:heist/*"},
        "ForAnyValue:StringEquals": {world.key("amr"): "authenticated"},
    });
    let world = world.trusting(json!("sts:AssumeRoleWithWebIdentity"), condition).await;
    let mut claims = world.claiming("amr", json!(["authenticated", "pwd"]));
    world.assume(&world.token(&claims), &[]).await.unwrap();
    claims["sub"] = json!("repo:evil/heist");
    let denied = (
        403,
        "AccessDenied".into(),
        "Not authorized to perform sts:AssumeRoleWithWebIdentity".into(),
    );
    assert_eq!(world.refusal(&world.token(&claims)).await, denied);
    let without = world.claims();
    assert_eq!(world.refusal(&world.token(&without)).await, denied);
    // A role that does not exist refuses alike.
    let nobody = format!("arn:aws:iam::{ACCOUNT}:role/nobody");
    let token = world.token(&world.claiming("amr", json!(["authenticated"])));
    let (status, body) = world.assume(&token, &[("RoleArn", &nobody)]).await.unwrap_err();
    assert_eq!((status, element(&body, "Code"), element(&body, "Message")), denied);
}

#[tokio::test]
async fn tags_and_the_source_identity_come_from_the_token_and_need_permission() {
    let only = World::open().await;
    let tags = json!({"principal_tags": {"team": ["red"], "cost": ["1"]},
        "transitive_tag_keys": ["team"]});
    let tagged = |world: &World| {
        let mut claims = world.claiming("https://aws.amazon.com/tags", tags.clone());
        claims["https://aws.amazon.com/source_identity"] = json!("ana");
        claims
    };
    let (_, code, message) = only.refusal(&only.token(&tagged(&only))).await;
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("AccessDenied", "Not authorized to perform sts:TagSession")
    );

    let actions =
        json!(["sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"]);
    let condition = json!({"StringEquals": {"aws:RequestTag/team": "red"}});
    let world = world().await.trusting(actions, condition).await;
    let answer = world.assume(&world.token(&tagged(&world)), &[]).await.unwrap();
    assert_eq!(element(&answer, "SourceIdentity"), "ana");
    // The session carries them, and what the provider said.
    let admin = world.cloud.admin();
    let condition = json!({"StringEquals": {"aws:PrincipalTag/team": "red",
        "aws:SourceIdentity": "ana", "aws:FederatedProvider": world.provider(),
        world.key("sub"): SUBJECT}});
    let policy = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Action": "iam:CreateGroup", "Resource": "*", "Condition": condition}});
    let put = json!({"RoleName": "ci", "PolicyName": "p", "PolicyDocument": policy.to_string()});
    admin.call("iam", "PutRolePolicy", put).await.unwrap();
    let session = world.holder(&answer);
    session.call("iam", "CreateGroup", json!({"GroupName": "g"})).await.unwrap();
}

#[tokio::test]
async fn the_audit_trail_shows_whom_the_provider_vouched_for() {
    let world = World::open().await;
    let token = world.token(&world.claims());
    world.assume(&token, &[]).await.unwrap();
    // Who is known and refused is recorded, too; a stranger is not.
    let nobody = format!("arn:aws:iam::{ACCOUNT}:role/nobody");
    world.assume(&token, &[("RoleArn", &nobody)]).await.unwrap_err();
    world.assume("a.b.c", &[]).await.unwrap_err();
    let records = world.cloud.context().read(|tx| tx.list::<AuditRecord>(())).unwrap();
    let name = "AssumeRoleWithWebIdentity";
    let records: Vec<_> = records.iter().filter(|record| record.event_name == name).collect();
    let codes: Vec<_> = records.iter().map(|record| record.error_code.as_deref()).collect();
    assert_eq!(codes, [None, Some("AccessDenied")]);
    for record in records {
        let identity: Value = serde_json::from_str(&record.user_identity).unwrap();
        assert_eq!(identity["type"], "WebIdentityUser");
        assert_eq!(identity["userName"], SUBJECT);
        assert_eq!(identity["identityProvider"], world.provider());
        let parameters = record.request_parameters.as_deref().unwrap();
        assert!(!parameters.contains(&token), "the token is a secret");
    }
}

#[tokio::test]
async fn sessions_are_limited_as_others_are() {
    let world = World::open().await;
    let token = world.token(&world.claims());
    let (status, body) = world.assume(&token, &[("DurationSeconds", "7200")]).await.unwrap_err();
    assert_eq!((status, element(&body, "Code")), (400, "ValidationError".into()));
    let nothing =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
    let answer = world.assume(&token, &[("Policy", nothing)]).await.unwrap();
    let refusal = world.holder(&answer).call("iam", "ListUsers", json!({})).await.unwrap_err();
    assert!(refusal.message.contains("no session policy allows"), "{}", refusal.message);
}

#[tokio::test]
async fn an_issuer_that_does_not_answer_right_is_not_asked_again_at_once() {
    let world = World::open().await;
    let token = world.token(&world.claims());
    let unusable = "Couldn't retrieve verification key from your identity provider,  please \
        reference AssumeRoleWithWebIdentity documentation for requirements";
    let later = || world.cloud.clock().advance(Duration::from_secs(31));
    let elsewhere = json!({"issuer": "http://elsewhere", "jwks_uri": world.issuer.url});
    let link_local = json!({"issuer": world.issuer.url, "jwks_uri": "http://169.254.169.254/keys"});
    let file = json!({"issuer": world.issuer.url, "jwks_uri": "file:///etc/passwd"});
    let discovery = "/.well-known/openid-configuration";
    for (status, body, code) in [
        (500, String::new(), "InvalidIdentityToken"),
        (302, String::new(), "InvalidIdentityToken"),
        (200, "<html>".into(), "InvalidIdentityToken"),
        (200, " ".repeat(300 << 10), "InvalidIdentityToken"),
        (200, elsewhere.to_string(), "InvalidIdentityToken"),
        (200, file.to_string(), "InvalidIdentityToken"),
        (200, link_local.to_string(), "IDPCommunicationError"),
    ] {
        world.issuer.show(discovery, status, body);
        let (_, said, message) = world.refusal(&token).await;
        assert_eq!(said, code, "{message}");
        assert!(code != "InvalidIdentityToken" || message == unusable, "{message}");
        let asked = world.issuer.asked();
        world.refusal(&token).await;
        assert_eq!(world.issuer.asked(), asked, "asked again at once");
        later();
    }
    // A key that is new at the issuer is found, but not more than once in a while.
    let keys =
        json!({"issuer": world.issuer.url, "jwks_uri": format!("{}/keys", world.issuer.url)});
    world.issuer.show(discovery, 200, keys.to_string());
    world.assume(&token, &[]).await.unwrap();
    let mut renamed = world.issuer.rsa_jwk();
    renamed["kid"] = json!("new");
    world.issuer.show("/keys", 200, json!({"keys": [renamed]}).to_string());
    let new = world.issuer.token(json!({"alg": "RS256", "kid": "new"}), &world.claims());
    assert_eq!(world.refusal(&new).await.2, unusable);
    later();
    world.assume(&new, &[]).await.unwrap();
}

#[tokio::test]
async fn over_tls_the_host_must_be_vouched_for() {
    let wrong = "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint";
    let (issuer, thumbprint) = issuer_with_tls("https://localhost").await;
    let world = world_of(issuer).await.trusting(json!("sts:AssumeRoleWithWebIdentity"), json!({}));
    let world = world.await;
    let token = world.token(&world.claims());
    let expected = (400, "InvalidIdentityToken".to_owned(), wrong.to_owned());
    assert_eq!(world.refusal(&token).await, expected);
    let update = async |thumbprint: &str| {
        let input = json!({"OpenIDConnectProviderArn": world.provider(),
            "ThumbprintList": [thumbprint]});
        let admin = world.cloud.admin();
        admin.call("iam", "UpdateOpenIDConnectProviderThumbprint", input).await.unwrap();
    };
    update(&"0".repeat(40)).await;
    assert_eq!(world.refusal(&token).await, expected);
    update(&thumbprint).await;
    world.assume(&token, &[]).await.unwrap();

    // The authority vouches for another name than the issuer's.
    let (issuer, thumbprint) = issuer_with_tls("https://127.0.0.1").await;
    let world = world_of(issuer).await.trusting(json!("sts:AssumeRoleWithWebIdentity"), json!({}));
    let world = world.await;
    let input = json!({"OpenIDConnectProviderArn": world.provider(),
        "ThumbprintList": [thumbprint]});
    let admin = world.cloud.admin();
    admin.call("iam", "UpdateOpenIDConnectProviderThumbprint", input).await.unwrap();
    assert_eq!(world.refusal(&world.token(&world.claims())).await, expected);
    assert_eq!(world.issuer.asked(), 0);
}

#[tokio::test]
async fn a_private_issuer_is_reached_only_where_the_operator_says_so() {
    let cloud = Cloud::start(&[&iam::SERVICE, &sts::SERVICE]).await;
    let world = World { cloud, issuer: Issuer::start().await };
    // The provider was made while that was on; its record is still there.
    let provider = service_kit::identity::OidcProvider {
        issuer: service_kit::identity::Issuer::parse(&world.issuer.url).unwrap(),
        client_ids: vec!["sts.amazonaws.com".into()],
        thumbprints: Vec::new(),
        created: START,
        tags: Vec::new(),
    };
    let scope = Scope::new(ACCOUNT, "us-east-1");
    world.cloud.platform().write(&scope, |tx| tx.put(&provider)).await.unwrap();
    let (_, code, _) = world.refusal(&world.token(&world.claims())).await;
    assert_eq!(code, "InvalidIdentityToken");
    assert_eq!(world.issuer.asked(), 0);
}

#[tokio::test]
async fn the_account_issues_tokens_that_others_verify() {
    let world = world().await;
    let admin = world.cloud.admin();
    let tagging = json!({"Effect": "Allow", "Action": "sts:TagGetWebIdentityToken",
        "Resource": "*"});
    let issue = json!({"Effect": "Allow", "Action": "sts:GetWebIdentityToken", "Resource": "*",
        "Condition": {
        "ForAllValues:StringEquals": {"sts:IdentityTokenAudience": ["https://api.example.com"]},
        "NumericLessThanEquals": {"sts:DurationSeconds": 600}}});
    let ana = world.cloud.user("ana", json!([issue, tagging])).await;
    let input = json!({"Audience": ["https://api.example.com"], "SigningAlgorithm": "ES384",
        "Tags": [{"Key": "job", "Value": "7"}]});
    let ask = async |input: &Value| ana.call("sts", "GetWebIdentityToken", input.clone()).await;
    let off = ask(&input).await.unwrap_err();
    assert_eq!(off.code, "OutboundWebIdentityFederationDisabledException");
    let on = admin.call("iam", "EnableOutboundWebIdentityFederation", json!({})).await.unwrap();
    let issuer = on["IssuerIdentifier"].as_str().unwrap();
    let answer = ask(&input).await.unwrap();
    let token = answer["WebIdentityToken"].as_str().unwrap();

    let get = async |url: &str| {
        let path = url.strip_prefix("http://localhost:4566").unwrap();
        let request = Request::get(path).header("host", "localhost:4566").body(Bytes::new());
        let response = world.cloud.send(request.unwrap()).await;
        assert_eq!(response.status(), 200, "{path}");
        response.into_body()
    };
    let discovery = get(&format!("{issuer}/.well-known/openid-configuration")).await;
    let discovery: Value = serde_json::from_slice(&discovery).unwrap();
    assert_eq!(discovery["issuer"], issuer);
    let keys = get(discovery["jwks_uri"].as_str().unwrap()).await;
    assert!(!String::from_utf8_lossy(&keys).contains("\"d\""), "the private half stays here");
    let keys = federation::jwt::KeySet::parse(&keys).unwrap();
    let token = federation::jwt::Token::parse(token).unwrap();
    keys.verify(&token).unwrap();
    assert_eq!(token.text("iss"), Some(issuer));
    assert_eq!(token.text("sub"), Some(&*format!("arn:aws:iam::{ACCOUNT}:user/ana")));
    assert_eq!(token.seconds("exp"), Some(START.as_secs() + 300));
    let about = &token.claims["https://sts.amazonaws.com/"];
    assert_eq!(about["aws_account"], ACCOUNT);
    assert_eq!(about["request_tags"], json!({"job": "7"}));

    for (member, value, code) in [
        ("Audience", json!(["https://other.example.com"]), "AccessDenied"),
        ("DurationSeconds", json!(601), "AccessDenied"),
        ("SigningAlgorithm", json!("RS256"), "NotImplemented"),
        ("SigningAlgorithm", json!("HS256"), "ValidationError"),
    ] {
        let mut other = input.clone();
        other[member] = value;
        let failure = ask(&other).await.unwrap_err();
        assert_eq!(failure.code, code, "{member}");
    }
}
