//! What tests of credentials share.
#![allow(dead_code, reason = "each test file uses some of it")]

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use service_kit::identity::totp;
use testkit::{Client, Cloud};

pub async fn cloud() -> Cloud {
    Cloud::start(&[&iam::SERVICE, &sts::SERVICE]).await
}

fn service(operation: &str) -> &'static str {
    let is_sts = sts::SERVICE.operations.iter().any(|entry| entry.signature.name == operation);
    if is_sts { "sts" } else { "iam" }
}

pub async fn ok(client: &Client<'_>, operation: &'static str, input: Value) -> Value {
    client.call(service(operation), operation, input).await.unwrap_or_else(|failure| {
        panic!("{operation}: {} {}", failure.code, failure.message);
    })
}

pub async fn fails(client: &Client<'_>, operation: &'static str, input: Value) -> (String, String) {
    let failure = client.call(service(operation), operation, input).await.expect_err(operation);
    (failure.query_code().to_owned(), failure.message)
}

pub async fn code_of(client: &Client<'_>, operation: &'static str, input: Value) -> String {
    fails(client, operation, input).await.0
}

pub fn allow(action: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": "*"})
}

/// The bytes of a blob.
pub fn decoded(blob: &Value) -> Vec<u8> {
    STANDARD.decode(blob.as_str().expect("a blob")).expect("base64")
}

/// An authenticator app.
pub struct App {
    pub serial: String,
    seed: Vec<u8>,
}

impl App {
    /// Makes a virtual device and scans its code.
    pub async fn new(client: &Client<'_>, name: &str) -> Self {
        let made =
            ok(client, "CreateVirtualMFADevice", json!({"VirtualMFADeviceName": name})).await;
        let device = &made["VirtualMFADevice"];
        let text = decoded(&device["Base32StringSeed"]);
        let seed = data_encoding::BASE32_NOPAD.decode(&text).expect("base32");
        Self { serial: device["SerialNumber"].as_str().expect("a serial number").into(), seed }
    }

    /// What it shows, `steps` half minutes from now.
    pub fn code(&self, cloud: &Cloud, steps: i64) -> String {
        totp::code(&self.seed, totp::step_at(cloud.clock().now()) + steps)
    }

    /// The input that enables or synchronizes it with the codes of two steps in a row.
    pub fn pair(&self, cloud: &Cloud, user: &str, first: i64) -> Value {
        json!({"UserName": user, "SerialNumber": self.serial,
            "AuthenticationCode1": self.code(cloud, first),
            "AuthenticationCode2": self.code(cloud, first + 1)})
    }

    /// The proof that STS takes.
    pub fn proof(&self, cloud: &Cloud, steps: i64) -> Value {
        json!({"SerialNumber": self.serial, "TokenCode": self.code(cloud, steps)})
    }
}

/// Whoever holds the credentials in `answer`.
pub fn holder<'a>(cloud: &'a Cloud, answer: &Value) -> Client<'a> {
    let text = |member: &str| answer["Credentials"][member].as_str().expect(member);
    cloud.client(text("AccessKeyId"), text("SecretAccessKey"), Some(text("SessionToken")))
}

/// The lines of the account's credential report, made now.
pub async fn report(cloud: &Cloud) -> Vec<Vec<String>> {
    let admin = cloud.admin();
    let started = ok(&admin, "GenerateCredentialReport", json!({})).await;
    assert_eq!(started["State"], "STARTED");
    let got = cloud
        .eventually(async || admin.call("iam", "GetCredentialReport", json!({})).await.ok())
        .await;
    assert_eq!(got["ReportFormat"], "text/csv");
    let text = String::from_utf8(decoded(&got["Content"])).expect("text");
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}
