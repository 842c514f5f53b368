//! Requests to the instance, encoded as AWS's own clients encode them.

use super::{answer::Answer, answer::Problem, secure};
use crate::instance::Instance;
use bytes::Bytes;
use client::{Connection, Credentials};
use http::{Method, Request, header};
use serde_json::Value;
use std::{path::PathBuf, time::Duration};

/// Services that speak AWS JSON: endpoint prefix, signing name, target, version of JSON.
const JSON: [(&str, &str, &str, &str); 6] = [
    ("cloudtrail", "cloudtrail", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101", "1.1"),
    ("cloudwatch", "monitoring", "GraniteServiceVersion20100801", "1.0"),
    ("dynamodb", "dynamodb", "DynamoDB_20120810", "1.0"),
    ("kms", "kms", "TrentService", "1.1"),
    ("logs", "logs", "Logs_20140328", "1.1"),
    ("sqs", "sqs", "AmazonSQS", "1.0"),
];

/// Services that speak the query protocol, and their versions.
const QUERY: [(&str, &str); 3] =
    [("iam", "2010-05-08"), ("sns", "2010-03-31"), ("sts", "2011-06-15")];

/// How long to wait for what comes about by itself.
const PATIENCE: Duration = Duration::from_secs(20);
const BETWEEN_LOOKS: Duration = Duration::from_millis(25);

/// The instance, seen by one principal.
#[derive(Clone)]
pub struct Cloud {
    connection: Connection,
    /// The account's id.
    pub account: String,
    /// The region.
    pub region: String,
    /// The instance's data folder.
    pub data: PathBuf,
    certificate: PathBuf,
    verbose: bool,
}

impl Cloud {
    /// The instance, seen by its administrator.
    pub fn administered(instance: &Instance, verbose: bool) -> Self {
        let access = &instance.access;
        Self {
            connection: access.connection(),
            account: access.account.clone(),
            region: access.region.clone(),
            data: instance.folder.path().to_owned(),
            certificate: instance.folder.certificate(),
            verbose,
        }
    }

    /// The same instance, seen by another.
    pub fn signing_as(&self, credentials: Credentials) -> Self {
        Self { connection: self.connection.signing_as(credentials), ..self.clone() }
    }

    /// What requests are signed with.
    pub fn credentials(&self) -> Option<&Credentials> {
        self.connection.credentials()
    }

    /// The instance's `host:port`.
    pub fn authority(&self) -> &str {
        self.connection.authority()
    }

    /// An ARN in this account and region.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.account)
    }

    /// An ARN of IAM, which has no region.
    pub fn iam_arn(&self, resource: &str) -> String {
        format!("arn:aws:iam::{}:{resource}", self.account)
    }

    /// Calls an operation in AWS JSON.
    pub async fn json(
        &self,
        service: &str,
        operation: &str,
        input: Value,
    ) -> Result<Answer, Problem> {
        let known = JSON.iter().find(|known| known.0 == service);
        let (_, name, target, version) =
            known.ok_or_else(|| Problem::new("a service of AWS JSON", service))?;
        let request = Request::post("/")
            .header(header::CONTENT_TYPE, format!("application/x-amz-json-{version}"))
            .header("x-amz-target", format!("{target}.{operation}"));
        self.send(Some(name), operation, request, input.to_string()).await
    }

    /// Calls an operation in the query protocol.
    pub async fn query(
        &self,
        service: &str,
        operation: &str,
        input: &[(&str, &str)],
    ) -> Result<Answer, Problem> {
        let known = QUERY.iter().find(|known| known.0 == service);
        let (_, version) = known.ok_or_else(|| Problem::new("a service of queries", service))?;
        let mut body = format!("Action={operation}&Version={version}");
        for (name, value) in input {
            body.push_str(&format!("&{}={}", encoded(name), encoded(value)));
        }
        let request = Request::post("/")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8");
        self.send(Some(service), operation, request, body).await
    }

    /// Calls an operation of a REST service; a null `input` is an empty body.
    pub async fn rest(
        &self,
        service: &str,
        method: Method,
        path: &str,
        input: Value,
    ) -> Result<Answer, Problem> {
        self.rest_with(service, method, path, &[], input).await
    }

    /// As [`Cloud::rest`], with further headers.
    pub async fn rest_with(
        &self,
        service: &str,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        input: Value,
    ) -> Result<Answer, Problem> {
        let request = Request::builder().method(method).uri(path);
        let request =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let body = if input.is_null() { String::new() } else { input.to_string() };
        let request = request.header(header::CONTENT_TYPE, "application/json");
        self.send(Some(service), path, request, body).await
    }

    /// A plain request, as a browser or curl makes it, to `host` at this instance.
    pub async fn plain(
        &self,
        method: Method,
        host: &str,
        path: &str,
        body: &str,
    ) -> Result<Answer, Problem> {
        let request = Request::builder().method(method).uri(path).header(header::HOST, host);
        self.send(None, host, request, body.to_owned()).await
    }

    /// As [`Cloud::plain`], signed for `execute-api`.
    pub async fn signed(
        &self,
        method: Method,
        host: &str,
        path: &str,
        body: &str,
    ) -> Result<Answer, Problem> {
        let request = Request::builder().method(method).uri(path).header(header::HOST, host);
        self.send(Some("execute-api"), host, request, body.to_owned()).await
    }

    /// A `GET` over TLS, trusting the instance's own authority only and checking the name.
    pub async fn secure(&self, host: &str, path: &str) -> Result<Answer, Problem> {
        self.show(&format!("> GET https://{host}{path} (at {})", self.authority()));
        let answer = secure::get(self.authority(), &self.certificate, host, path).await?;
        Ok(self.shown(answer.into()))
    }

    /// What `look` finds, as soon as it finds it; its last problem after a while.
    pub async fn eventually<T>(
        &self,
        mut look: impl AsyncFnMut() -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let watch = service_kit::clock::Stopwatch::start();
        loop {
            match look().await {
                Err(_) if watch.elapsed() < PATIENCE => tokio::time::sleep(BETWEEN_LOOKS).await,
                outcome => return outcome,
            }
        }
    }

    async fn send(
        &self,
        service: Option<&str>,
        what: &str,
        request: http::request::Builder,
        body: String,
    ) -> Result<Answer, Problem> {
        let request = request.body(Bytes::from(body.clone()));
        let request = request.map_err(|error| Problem::new("a request", error))?;
        let (method, signed) = (request.method(), service.unwrap_or("unsigned"));
        self.show(&format!("> {method} {} ({signed}, {what}) {body}", request.uri()));
        let answer = match service {
            Some(service) => self.connection.send(service, request).await?,
            None => self.connection.unsigned().send("", request).await?,
        };
        Ok(self.shown(answer.into()))
    }

    fn shown(&self, answer: Answer) -> Answer {
        self.show(&format!("< {} {}", answer.status, answer.body()));
        answer
    }

    fn show(&self, line: &str) {
        if self.verbose {
            eprintln!("      {line}");
        }
    }
}

/// A name or value of a form.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
