//! One warm environment, and all that starting one takes: the role's credentials, the unpacked
//! code, the interpreter and its libraries, the variables, the log stream.

use crate::{
    error::LambdaError,
    fleet::{Fleet, Slot},
    folders::Unpacked,
    output::{Output, Stream},
    report, role,
    target::Target,
    variables,
};
use sandbox::{Endpoint, Environment, Language, LogSink, Spec, StartError, StartFailure};
use service_kit::{identity::RoleSession, prelude::*};
use std::{path::PathBuf, sync::Arc};

/// How long an initialization may take at first; then it is begun anew, on the invocation's time
/// (AWS Lambda Developer Guide, "Execution environment lifecycle").
const INIT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long before its credentials end an environment is not used any more, besides the time
/// that an invocation may take.
const MARGIN: Duration = Duration::from_secs(60);

/// An environment that waits for an invocation, or runs one.
pub struct Warm {
    /// The processes.
    pub environment: Environment,
    /// The target's key.
    pub key: Arc<str>,
    /// The function's account.
    pub account: Arc<str>,
    /// Where logs and traces go.
    pub output: Output,
    /// When it was last used.
    pub idle_since: Timestamp,
    /// From when on it must not be used.
    spent_from: Timestamp,
    slot: Slot,
    _code: Unpacked,
}

impl Warm {
    /// Whether its credentials are too old for another invocation.
    pub fn is_spent(&self, now: Timestamp) -> bool {
        now >= self.spent_from
    }

    /// Ends it, and gives back the right to an environment.
    pub fn retire(self) -> Slot {
        tokio::spawn(self.environment.stop());
        self.slot
    }
}

/// What a start came to.
pub enum Cold {
    /// The environment waits for its first event; the second part is the invocation's time that
    /// a belated initialization took.
    Ready(Box<Warm>, Duration),
    /// The function did not start.
    Failed {
        /// What happened, and when.
        error: StartError,
        /// Where logs and traces go.
        output: Output,
    },
}

/// Starts an environment of `target`.
///
/// # Errors
/// [`LambdaError`] when something that it needs is missing: the role, the code, an interpreter.
pub async fn start(
    cx: &Context,
    fleet: &Fleet,
    target: &Target,
    slot: Slot,
) -> Result<Cold, LambdaError> {
    let configuration = &target.configuration;
    let session = role::assume(cx, &configuration.role, &target.arn, &target.name);
    let (session, code, interpreter) = tokio::try_join!(
        session,
        fleet.folders.of(cx, &configuration.code),
        configuration.runtime.interpreter(),
    )?;
    let stream = Stream {
        group: configuration.log_group(&target.name),
        name: stream_name(cx, &configuration.version),
        caller: session.caller.clone(),
    };
    let environment = environment(cx, target, &session, &stream)?;
    let background =
        Context::background(cx.platform().clone(), target.scope.clone(), crate::PRINCIPAL);
    let output = Output::start(background, stream);
    let version = configuration.runtime.running_version(interpreter.as_deref());
    let now = cx.now();
    let line = report::init_start(configuration.json_logs, &version, now);
    output.line(now.as_millis(), line);
    let runtime = match interpreter {
        None => sandbox::Runtime::Provided,
        Some(interpreter) if interpreter.language == Language::Python => {
            let libs = fleet.libraries.of(cx.platform(), &interpreter).await;
            sandbox::Runtime::Python { interpreter, libs }
        }
        Some(interpreter) => sandbox::Runtime::Node { interpreter },
    };
    let folder = code.get().map(|folder| folder.path().to_owned()).unwrap_or_default();
    let spec = Spec {
        runtime,
        code: folder,
        hidden: hidden(cx),
        layers: Vec::new(),
        handler: configuration.handler.clone(),
        environment,
        memory_mb: configuration.memory_mb,
        ephemeral_mb: configuration.ephemeral_mb,
        cpu_millis: None,
        cpu_share: Some(target.scope.account.clone()),
        init_timeout: INIT_TIMEOUT,
        endpoint: endpoint(cx),
        clock: clock(cx),
        log_sink: Some(sink(&output)),
    };
    let timeout = Duration::from_secs(configuration.timeout_secs.into());
    match initialize(cx, spec, timeout, &output, configuration.json_logs).await {
        Ok((environment, belated)) => {
            let warm = Warm {
                environment,
                key: target.key.clone(),
                account: target.scope.account.clone(),
                output,
                idle_since: now,
                spent_from: session.expires - timeout - MARGIN,
                slot,
                _code: code,
            };
            Ok(Cold::Ready(Box::new(warm), belated))
        }
        Err(error) => Ok(Cold::Failed { error, output }),
    }
}

/// Starts the processes; an initialization that takes too long gets a second chance, on the
/// invocation's time, which is given then.
async fn initialize(
    cx: &Context,
    spec: Spec,
    timeout: Duration,
    output: &Output,
    json: bool,
) -> Result<(Environment, Duration), StartError> {
    let error = match Environment::start(spec.clone()).await {
        Ok(environment) => return Ok((environment, Duration::ZERO)),
        Err(error) => error,
    };
    let now = cx.now();
    let line = report::init_report(json, error.duration, &error.reason, now);
    output.line(now.as_millis(), line);
    if !matches!(error.reason, StartFailure::TimedOut) {
        return Err(error);
    }
    let watch = service_kit::clock::Stopwatch::start();
    let again = Environment::start(Spec { init_timeout: timeout, ..spec }).await?;
    Ok((again, watch.elapsed()))
}

/// `2026/11/23/[$LATEST]{32 digits}`.
fn stream_name(cx: &Context, version: &str) -> String {
    let date = cx.now().date_time();
    let date = date.get(..10).unwrap_or_default().replace('-', "/");
    format!("{date}/[{version}]{}", cx.entropy().hex(32))
}

/// The function's own variables, and those that Lambda sets.
fn environment(
    cx: &Context,
    target: &Target,
    session: &RoleSession,
    stream: &Stream,
) -> Result<Vec<(String, String)>, Fault> {
    let configuration = &target.configuration;
    let sealed = configuration.sealed_variables.as_deref();
    let own = variables::open(cx.platform(), &target.scope, &target.name, sealed)?;
    let memory = configuration.memory_mb.to_string();
    let given: [(&str, &str); 12] = [
        ("AWS_ACCESS_KEY_ID", &session.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", &session.secret_access_key),
        ("AWS_SESSION_TOKEN", &session.token),
        ("AWS_REGION", &target.scope.region),
        ("AWS_DEFAULT_REGION", &target.scope.region),
        ("AWS_LAMBDA_FUNCTION_NAME", &target.name),
        ("AWS_LAMBDA_FUNCTION_VERSION", &configuration.version),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", &stream.group),
        ("AWS_LAMBDA_LOG_STREAM_NAME", &stream.name),
        ("AWS_LAMBDA_LOG_FORMAT", if configuration.json_logs { "JSON" } else { "Text" }),
    ];
    let mut all: Vec<(String, String)> = own.into_iter().collect();
    all.extend(given.map(|(name, value)| (name.to_owned(), value.to_owned())));
    if configuration.runtime.language().is_some() {
        let name = format!("AWS_Lambda_{}", configuration.runtime.as_str());
        all.push(("AWS_EXECUTION_ENV".to_owned(), name));
    }
    Ok(all)
}

/// What no function sees of the instance.
fn hidden(cx: &Context) -> Vec<PathBuf> {
    let settings = cx.platform().settings();
    std::iter::once(&settings.data).chain(&settings.secrets).cloned().collect()
}

/// Connections to the endpoint inside go the way of all requests.
fn endpoint(cx: &Context) -> Option<Endpoint> {
    let pipeline = cx.platform().pipeline()?.clone();
    let account = cx.scope().account.clone();
    Some(Arc::new(move |stream| {
        pipeline.serve(stream, &account);
        Box::pin(std::future::ready(()))
    }))
}

fn clock(cx: &Context) -> sandbox::Clock {
    let clock = cx.clock().clone();
    Arc::new(move || clock.now().as_millis())
}

fn sink(output: &Output) -> LogSink {
    let output = output.clone();
    Arc::new(move |line| output.line(line.timestamp_ms, line.text.as_str()))
}
