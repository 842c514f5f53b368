//! A cloud with Lambda and stand-ins for the services that it calls.
#![allow(dead_code, clippy::unwrap_used)] // each test binary uses its part

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use service_kit::{
    identity::{PrincipalClaim, PrincipalId, Role, Session},
    prelude::*,
    service::Speaks,
};
use std::io::Write as _;
use testkit::{ACCOUNT, Cloud};

/// A role that trusts Lambda.
pub const ROLE: &str = "arn:aws:iam::000000000000:role/runner";

/// What the stand-ins fail with.
#[derive(Debug, ErrorShape)]
pub enum StandInError {
    /// The role is not to be assumed.
    #[error(status = 403)]
    AccessDenied(String),
    /// There is no such group.
    ResourceNotFoundException(String),
    /// Anything else.
    #[error(transparent)]
    Common(Fault),
}

macro_rules! stand_in {
    ($operation:ident, $input:ty, $output:ty, |$cx:ident, $name:ident| $run:expr) => {
        enum $operation {}

        impl Operation for $operation {
            const NAME: &'static str = stringify!($operation);
            type Input = $input;
            type Output = $output;
            type Error = StandInError;

            fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
                Access::signed_only("test:Any", "a stand-in")
            }

            async fn run($cx: &Context, $name: $input) -> Result<$output, StandInError> {
                $run
            }
        }
    };
}

#[derive(Shape)]
struct AssumeRoleInput {
    role_arn: String,
    role_session_name: String,
    duration_seconds: u32,
}

#[derive(Shape)]
struct AssumeRoleOutput {
    credentials: Credentials,
}

#[derive(Shape)]
struct Credentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
}

stand_in!(AssumeRole, AssumeRoleInput, AssumeRoleOutput, |cx, input| {
    let Some(name) = input.role_arn.strip_prefix("arn:aws:iam::000000000000:role/runner") else {
        return Err(StandInError::AccessDenied("not this one".into()));
    };
    assert!(name.is_empty());
    let claim = PrincipalClaim::Role {
        account: ACCOUNT.into(),
        path: "/".into(),
        name: "runner".into(),
        id: "AROAQAAAAAAAAARUNNER1".into(),
        session: input.role_session_name,
    };
    let expires = cx.now() + Duration::from_secs(input.duration_seconds.into());
    let session = Session::begin(cx.platform(), ACCOUNT, claim, cx.now(), expires);
    Ok(AssumeRoleOutput {
        credentials: Credentials {
            access_key_id: session.access_key_id.clone(),
            secret_access_key: session.secret_access_key.clone(),
            session_token: session.token(cx.platform())?,
        },
    })
});

/// What has been written, instance by instance.
#[derive(Default)]
pub struct Written(std::sync::Mutex<(Vec<String>, Vec<Value>)>);

impl Live for Written {
    fn forget(&self, _: &str) {}
}

#[derive(Shape)]
#[shape(camel)]
struct LogInput {
    log_group_name: String,
    log_stream_name: Option<String>,
    log_events: Option<Vec<LogEvent>>,
}

#[derive(Shape)]
#[shape(camel)]
struct LogEvent {
    timestamp: i64,
    message: String,
}

stand_in!(CreateLogGroup, LogInput, Empty, |_cx, _input| Ok(Empty));
stand_in!(CreateLogStream, LogInput, Empty, |_cx, _input| Ok(Empty));
stand_in!(PutLogEvents, LogInput, Empty, |cx, input| {
    let group = input.log_group_name;
    let stream = input.log_stream_name.unwrap_or_default();
    assert!(stream.starts_with("2026/11/23/["), "{stream}");
    let events = input.log_events.unwrap_or_default().into_iter();
    let written = cx.platform().live::<Written>();
    written.0.lock().unwrap().0.extend(events.map(|it| format!("{group}: {}", it.message)));
    Ok(Empty)
});

#[derive(Shape)]
struct PutTraceSegmentsInput {
    trace_segment_documents: Vec<String>,
}

stand_in!(PutTraceSegments, PutTraceSegmentsInput, Empty, |cx, input| {
    let documents = input.trace_segment_documents.iter();
    let documents = documents.map(|it| serde_json::from_str(it).unwrap());
    cx.platform().live::<Written>().0.lock().unwrap().1.extend(documents);
    Ok(Empty)
});

static STS: Service = Service {
    speaks: &[Speaks::RpcV2Cbor { service: "Sts" }],
    operations: &[operation::<AssumeRole>()],
    ..Service::new("sts", "sts.amazonaws.com")
};

static LOGS: Service = Service {
    speaks: &[Speaks::RpcV2Cbor { service: "Logs" }],
    operations: &[
        operation::<CreateLogGroup>(),
        operation::<CreateLogStream>(),
        operation::<PutLogEvents>(),
    ],
    ..Service::new("logs", "logs.amazonaws.com")
};

static XRAY: Service = Service {
    speaks: &[Speaks::RpcV2Cbor { service: "Xray" }],
    operations: &[operation::<PutTraceSegments>()],
    ..Service::new("xray", "xray.amazonaws.com")
};

/// A cloud with one role.
pub async fn cloud() -> Cloud {
    cloud_with(&[]).await
}

/// As [`cloud`], with `more` services.
pub async fn cloud_with(more: &[&'static Service]) -> Cloud {
    let cloud = Cloud::start(&[&[&lambda::SERVICE, &STS, &LOGS, &XRAY], more].concat()).await;
    let role = Role {
        name: "runner".into(),
        path: "/".into(),
        id: "AROAQAAAAAAAAARUNNER1".into(),
        created: cloud.clock().now(),
        trust: String::new(),
        description: None,
        max_session_secs: 3600,
        tags: Vec::new(),
        boundary: None,
        attached: Vec::new(),
        inline: BTreeMap::new(),
    };
    let id = PrincipalId { id: role.id.clone(), arn: ROLE.into() };
    let cx = cloud.context();
    let written = cx.write(|tx| {
        tx.put(&role)?;
        tx.put(&id)
    });
    written.await.expect("a role");
    cloud
}

/// Log lines written so far, each with its group.
pub fn logs(cloud: &Cloud) -> Vec<String> {
    cloud.platform().live::<Written>().0.lock().unwrap().0.clone()
}

/// Segment documents written so far.
pub fn segments(cloud: &Cloud) -> Vec<Value> {
    cloud.platform().live::<Written>().0.lock().unwrap().1.clone()
}

/// A deployment package of one file, in base64.
pub fn package(file: &str, text: &str) -> String {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
    zip.start_file(file, options).unwrap();
    zip.write_all(text.as_bytes()).unwrap();
    STANDARD.encode(zip.finish().unwrap().into_inner())
}

/// What creates a Node.js function with this code.
pub fn node(name: &str, code: &str) -> Value {
    json!({
        "FunctionName": name, "Runtime": "nodejs20.x", "Role": ROLE, "Handler": "index.handler",
        "Code": {"ZipFile": package("index.js", code)},
    })
}

/// What creates a function with its own runtime.
pub fn provided(name: &str, script: &str) -> Value {
    json!({
        "FunctionName": name, "Runtime": "provided.al2023", "Role": ROLE, "Handler": "any",
        "Code": {"ZipFile": package("bootstrap", script)},
    })
}

/// Whether functions can run here at all; says why not.
pub fn isolates() -> bool {
    let checks = sandbox::check();
    if let Some(check) = checks.first().filter(|check| !check.ok) {
        eprintln!("skipped: {} ({})", check.detail, check.advice);
        return false;
    }
    sandbox::nearest(sandbox::Language::Node, 20, 0).is_some()
}

/// The JSON inside a blob.
pub fn blob(value: &Value) -> Value {
    let bytes = STANDARD.decode(value.as_str().unwrap_or_default()).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// An event as Invoke takes it.
pub fn event(value: &Value) -> String {
    STANDARD.encode(value.to_string())
}
