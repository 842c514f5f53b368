//! Server and signing certificates, through the whole pipeline.

mod common;

use common::{cloud, code_of, fails, ok};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use serde_json::{Value, json};

const RSA: &str = include_str!("data/rsa.crt.pem");
const RSA_PKCS8: &str = include_str!("data/rsa.pk8.pem");
const RSA_PKCS1: &str = include_str!("data/rsa.pk1.pem");
const RSA_ENCRYPTED: &str = include_str!("data/rsa.encrypted.pem");
const P521: &str = include_str!("data/p521.crt.pem");
const P521_SEC1: &str = include_str!("data/p521.sec1.pem");

fn params(name: &str, is_ca: bool) -> CertificateParams {
    let mut params =
        CertificateParams::new(vec!["server.example".to_owned()]).expect("a certificate");
    params.distinguished_name.push(DnType::CommonName, name);
    if is_ca {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    params
}

/// A server's certificate and key, and the two certificates above it.
struct Chain {
    server: String,
    key: String,
    middle: String,
    root: String,
}

fn chain() -> Chain {
    let key = || KeyPair::generate().expect("a key");
    let (root_key, middle_key, server_key) = (key(), key(), key());
    let root = params("root", true).self_signed(&root_key).expect("a certificate").pem();
    let issuer = Issuer::new(params("root", true), root_key);
    let middle =
        params("middle", true).signed_by(&middle_key, &issuer).expect("a certificate").pem();
    let issuer = Issuer::new(params("middle", true), middle_key);
    let server =
        params("server", false).signed_by(&server_key, &issuer).expect("a certificate").pem();
    Chain { server, key: server_key.serialize_pem(), middle, root }
}

fn upload(name: &str, body: &str, key: &str) -> Value {
    json!({"ServerCertificateName": name, "CertificateBody": body, "PrivateKey": key})
}

fn named(name: &str) -> Value {
    json!({"ServerCertificateName": name})
}

#[tokio::test]
async fn a_server_certificate_is_kept_shown_moved_and_deleted() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let Chain { server, key, middle, root } = chain();
    let mut input = upload("web", &server, &key);
    input["Path"] = json!("/front/");
    input["CertificateChain"] = json!(format!("{middle}{root}"));
    input["Tags"] = json!([{"Key": "a", "Value": "b"}]);
    let made = ok(&admin, "UploadServerCertificate", input.clone()).await;
    let metadata = &made["ServerCertificateMetadata"];
    assert_eq!(metadata["Arn"], "arn:aws:iam::000000000000:server-certificate/front/web");
    assert!(metadata["ServerCertificateId"].as_str().unwrap().starts_with("ASCA"));
    assert_eq!(made["Tags"], json!([{"Key": "a", "Value": "b"}]));
    assert_eq!(code_of(&admin, "UploadServerCertificate", input).await, "EntityAlreadyExists");

    let got = ok(&admin, "GetServerCertificate", named("web")).await;
    assert_eq!(got["ServerCertificate"]["CertificateBody"], server.trim());
    let chain = format!("{middle}{root}");
    assert_eq!(got["ServerCertificate"]["CertificateChain"], chain.trim());
    assert!(!got.to_string().contains("PRIVATE KEY"));
    let moved = json!({"ServerCertificateName": "web", "NewPath": "/",
        "NewServerCertificateName": "www"});
    ok(&admin, "UpdateServerCertificate", moved).await;
    assert_eq!(
        fails(&admin, "GetServerCertificate", named("web")).await,
        ("NoSuchEntity".into(), "The Server Certificate with name web cannot be found.".into())
    );
    let listed = async |prefix: &str| {
        let all = ok(&admin, "ListServerCertificates", json!({"PathPrefix": prefix})).await;
        all["ServerCertificateMetadataList"].as_array().unwrap().len()
    };
    assert_eq!((listed("/front/").await, listed("/").await), (0, 1));
    ok(&admin, "UntagServerCertificate", json!({"ServerCertificateName": "www", "TagKeys": ["a"]}))
        .await;
    let tag = json!({"ServerCertificateName": "www", "Tags": [{"Key": "c", "Value": "d"}]});
    ok(&admin, "TagServerCertificate", tag).await;
    let tags = ok(&admin, "ListServerCertificateTags", named("www")).await;
    assert_eq!(tags["Tags"], json!([{"Key": "c", "Value": "d"}]));
    let summary = ok(&admin, "GetAccountSummary", json!({})).await;
    assert_eq!(summary["SummaryMap"]["ServerCertificates"], 1);
    ok(&admin, "DeleteServerCertificate", named("www")).await;
    assert_eq!(code_of(&admin, "DeleteServerCertificate", named("www")).await, "NoSuchEntity");
}

#[tokio::test]
async fn the_key_must_be_the_certificates_and_the_chain_must_hold() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let (one, other) = (chain(), chain());
    let outcome = async |body: &str, key: &str, above: Option<&str>| {
        let mut input = upload("web", body, key);
        if let Some(above) = above {
            input["CertificateChain"] = json!(above);
        }
        match admin.call("iam", "UploadServerCertificate", input).await {
            Ok(_) => {
                ok(&admin, "DeleteServerCertificate", named("web")).await;
                String::new()
            }
            Err(failure) => failure.query_code().to_owned(),
        }
    };
    assert_eq!(outcome(&one.server, &one.key, None).await, "");
    assert_eq!(outcome(&one.server, &other.key, None).await, "KeyPairMismatch");
    assert_eq!(outcome(&one.server, RSA_PKCS8, None).await, "KeyPairMismatch");
    for key in [RSA_PKCS8, RSA_PKCS1] {
        assert_eq!(outcome(RSA, key, None).await, "");
    }
    assert_eq!(outcome(RSA, &one.key, None).await, "KeyPairMismatch");
    assert_eq!(outcome(P521, P521_SEC1, None).await, "");
    assert_eq!(outcome(P521, &one.key, None).await, "KeyPairMismatch");
    let malformed = "MalformedCertificate";
    assert_eq!(outcome(RSA, RSA_ENCRYPTED, None).await, malformed);
    assert_eq!(outcome(RSA, RSA, None).await, malformed);
    assert_eq!(outcome(RSA_PKCS8, RSA_PKCS8, None).await, malformed);
    assert_eq!(outcome("no certificate", RSA_PKCS8, None).await, malformed);
    let two = format!("{}{}", one.server, one.middle);
    assert_eq!(outcome(&two, &one.key, None).await, malformed);

    let above = |certificates: &[&String]| certificates.iter().map(|it| it.as_str()).collect();
    let chains: [(String, &str); 6] = [
        (above(&[&one.middle]), ""),
        (above(&[&one.middle, &one.root]), ""),
        (above(&[&one.root]), malformed),
        (above(&[&one.root, &one.middle]), malformed),
        (above(&[&other.middle]), malformed),
        ("nothing".to_owned(), malformed),
    ];
    for (above, expected) in &chains {
        assert_eq!(outcome(&one.server, &one.key, Some(above)).await, *expected, "{above}");
    }
    let mut input = upload("web", &one.server, &one.key);
    input["CertificateChain"] = json!(format!("{}{}", one.middle, other.root));
    let (_, message) = fails(&admin, "UploadServerCertificate", input).await;
    assert!(message.ends_with("The index within the chain of the invalid certificate is: 1"));
}

#[tokio::test]
async fn users_have_two_signing_certificates_of_their_own() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    cloud.user("ana", None).await;
    cloud.user("bob", None).await;
    let made =
        |name: &str| params(name, false).self_signed(&KeyPair::generate().unwrap()).unwrap().pem();
    let of = |user: &str, body: &str| json!({"UserName": user, "CertificateBody": body});
    let one = made("one");
    let answer = ok(&admin, "UploadSigningCertificate", of("ana", &one)).await;
    let id = answer["Certificate"]["CertificateId"].clone();
    assert_eq!(answer["Certificate"]["Status"], "Active");
    let upload = "UploadSigningCertificate";
    assert_eq!(code_of(&admin, upload, of("bob", &one)).await, "DuplicateCertificate");
    assert_eq!(code_of(&admin, upload, of("bob", "none")).await, "MalformedCertificate");
    let mut expired = params("old", false);
    expired.not_after = date_time_ymd(2020, 1, 1);
    let expired = expired.self_signed(&KeyPair::generate().unwrap()).unwrap().pem();
    assert_eq!(code_of(&admin, upload, of("bob", &expired)).await, "InvalidCertificate");
    ok(&admin, upload, of("ana", &made("two"))).await;
    assert_eq!(
        fails(&admin, upload, of("ana", &made("three"))).await,
        ("LimitExceeded".into(), "Cannot exceed quota for SigningCertificatesPerUser: 2".into())
    );
    let off = json!({"UserName": "ana", "CertificateId": id, "Status": "Inactive"});
    ok(&admin, "UpdateSigningCertificate", off).await;
    let report = common::report(&cloud).await;
    let ana = report.iter().find(|line| line[0] == "ana").unwrap();
    let mut active = [ana[18].as_str(), ana[20].as_str()];
    active.sort_unstable();
    assert_eq!(active, ["false", "true"]);
    ok(&admin, "DeleteSigningCertificate", json!({"UserName": "ana", "CertificateId": id})).await;
    let listed = ok(&admin, "ListSigningCertificates", json!({"UserName": "ana"})).await;
    let left = listed["Certificates"].as_array().unwrap();
    assert!(left.len() == 1 && left[0]["CertificateId"] != id);
    let gone = json!({"UserName": "ana", "CertificateId": id});
    assert_eq!(code_of(&admin, "DeleteSigningCertificate", gone).await, "NoSuchEntity");
}
