//! Starts functions for the tests.
#![allow(dead_code)] // each test binary uses its part

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use sandbox::{
    Environment, Invocation, Language, Outcome, Runtime, Spec, StartError, Usage, nearest,
};
use serde_json::Value;
use tempfile::TempDir;

/// A function's code and settings; its folder goes when it is dropped.
pub struct Function {
    pub folder: TempDir,
    pub spec: Spec,
}

/// Whether this host can isolate at all; says why not.
pub fn isolates() -> bool {
    let checks = sandbox::check();
    let namespaces = &checks[0];
    if !namespaces.ok {
        eprintln!("skipped: {} ({})", namespaces.detail, namespaces.advice);
    }
    namespaces.ok
}

pub fn function(runtime: Runtime, file: &str, code: &str) -> Function {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(folder.path().join(file), code).unwrap();
    fs::set_permissions(folder.path().join(file), fs::Permissions::from_mode(0o755)).unwrap();
    let spec = Spec {
        runtime,
        code: folder.path().to_owned(),
        hidden: Vec::new(),
        layers: Vec::new(),
        handler: "main.handler".to_owned(),
        environment: vec![("AWS_LAMBDA_FUNCTION_NAME".to_owned(), "example".to_owned())],
        memory_mb: 256,
        ephemeral_mb: 64,
        cpu_millis: None,
        cpu_share: None,
        init_timeout: Duration::from_secs(10),
        endpoint: None,
        clock: Arc::new(|| 1_000),
        log_sink: None,
    };
    Function { folder, spec }
}

pub fn python(code: &str) -> Function {
    let interpreter = nearest(Language::Python, 3, 11).expect("the host has Python 3");
    function(Runtime::Python { interpreter, libs: None }, "main.py", code)
}

pub fn node(code: &str) -> Option<Function> {
    let interpreter = nearest(Language::Node, 20, 0)?;
    Some(function(Runtime::Node { interpreter }, "main.js", code))
}

pub fn provided(script: &str) -> Function {
    function(Runtime::Provided, "bootstrap", script)
}

impl Function {
    pub async fn start(&self) -> Result<Environment, StartError> {
        Environment::start(self.spec.clone()).await
    }

    /// Starts and invokes once.
    pub async fn run(&self, event: &str) -> (Outcome, Usage, String) {
        let mut environment = self.start().await.expect("starts");
        let (outcome, usage) = environment.invoke(invocation("r-1", event)).await;
        let log = log_text(&mut environment);
        environment.stop().await;
        (outcome, usage, log)
    }
}

pub fn log_text(environment: &mut Environment) -> String {
    let lines = environment.take_log();
    lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
}

pub fn invocation(request_id: &str, event: &str) -> Invocation {
    Invocation {
        request_id: request_id.to_owned(),
        function_arn: "arn:aws:lambda:eu-west-1:000000000000:function:example".to_owned(),
        payload: Bytes::copy_from_slice(event.as_bytes()),
        timeout: Duration::from_secs(10),
        ..Invocation::default()
    }
}

pub fn json(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Response(body) => serde_json::from_slice(body).unwrap(),
        Outcome::Error { body, .. } => serde_json::from_slice(body).unwrap(),
        other => panic!("no answer: {other:?}"),
    }
}
