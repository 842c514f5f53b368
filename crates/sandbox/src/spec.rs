//! What a caller gives to start and invoke a function, and what it gets back.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;

use crate::discover::Interpreter;

/// Serves one connection that function code opened to `127.0.0.1:4566`; the connection counts
/// against the environment's limit until the future ends, and is cut when the environment goes.
pub type Endpoint =
    Arc<dyn Fn(TcpStream) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// Gives the time for log lines, in milliseconds since 1970.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Receives log lines as they arrive. It runs on the thread that reads them: it must be quick.
pub type LogSink = Arc<dyn Fn(&LogLine) + Send + Sync>;

/// The address of the host's endpoint as function code sees it.
pub const ENDPOINT_URL: &str = "http://127.0.0.1:4566";

/// What runs the function's code.
#[derive(Clone, Debug)]
pub enum Runtime {
    /// Our Python client on an interpreter of the host.
    Python {
        /// From [`crate::runtimes`].
        interpreter: Arc<Interpreter>,
        /// A folder with libraries that AWS's runtime has built in (boto3), when the interpreter
        /// lacks them; see [`crate::prepare_python_libs`].
        libs: Option<PathBuf>,
    },
    /// Our Node.js client on an interpreter of the host.
    Node {
        /// From [`crate::runtimes`].
        interpreter: Arc<Interpreter>,
    },
    /// The package's own `bootstrap`, in `/var/task` or `/opt`.
    Provided,
}

/// Everything that one function environment is made of.
#[derive(Clone)]
pub struct Spec {
    /// What runs the code.
    pub runtime: Runtime,
    /// The unpacked package, seen at `/var/task`.
    pub code: PathBuf,
    /// Files and folders of the host that are masked wherever functions would see them: where it
    /// keeps its keys and data. `code`, `layers` and libraries may be below; what else is shown may
    /// not.
    pub hidden: Vec<PathBuf>,
    /// Unpacked layers, merged at `/opt`, later ones above earlier ones.
    pub layers: Vec<PathBuf>,
    /// As in the function's configuration: `file.function`.
    pub handler: String,
    /// The caller's variables: the function's own, and those that name region, credentials,
    /// function, version and log stream. They override the defaults.
    pub environment: Vec<(String, String)>,
    /// The limit of the whole tree's private memory, in MiB.
    pub memory_mb: u32,
    /// The size of `/tmp` in MiB; AWS's default is 512.
    pub ephemeral_mb: u32,
    /// CPU time in thousandths of one core; `None` leaves it to the host's scheduler.
    pub cpu_millis: Option<u32>,
    /// Whose share of the CPU it uses: all environments of one share together get as much as those
    /// of any other, where cgroups can be made. `None` for a share of its own.
    pub cpu_share: Option<Arc<str>>,
    /// How long the initialization may take; AWS gives 10 seconds.
    pub init_timeout: Duration,
    /// Serves `127.0.0.1:4566` inside; without it that port accepts and closes.
    pub endpoint: Option<Endpoint>,
    /// Time for log lines.
    pub clock: Clock,
    /// Live delivery of log lines, besides [`crate::Environment::take_log`].
    pub log_sink: Option<LogSink>,
}

/// One invocation.
#[derive(Clone, Debug, Default)]
pub struct Invocation {
    /// The request id, unique among the environment's invocations.
    pub request_id: String,
    /// The ARN it was invoked by, with version or alias.
    pub function_arn: String,
    /// The X-Ray trace header.
    pub trace_id: Option<String>,
    /// The event, JSON for the managed runtimes.
    pub payload: Bytes,
    /// How long the function may take.
    pub timeout: Duration,
    /// The client context as JSON.
    pub client_context: Option<String>,
    /// The Cognito identity as JSON.
    pub cognito_identity: Option<String>,
}

/// How an invocation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The function's answer.
    Response(Bytes),
    /// The function reported an error.
    Error {
        /// Such as `Unhandled`, `Runtime.MarshalError` or an exception's name.
        error_type: String,
        /// The JSON document with `errorMessage`, `errorType` and mostly `stackTrace`.
        body: Bytes,
    },
    /// The time was over; the environment is gone.
    TimedOut,
    /// The function's process ended; the environment is gone.
    Exited(Exit),
}

/// How the function's process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    /// In AWS's words, such as `Runtime exited with error: exit status 1`.
    pub status: String,
    /// It was killed for using more memory than it has.
    pub out_of_memory: bool,
}

/// What an invocation used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// From handing the event over until the answer.
    pub duration: Duration,
    /// Given with the environment's first invocation: what the initialization took.
    pub init_duration: Option<Duration>,
    /// The most memory resident at once so far, in MiB, rounded up.
    pub max_memory_mb: u32,
}

/// One line that the function wrote, or one event of its logging library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Milliseconds since 1970.
    pub timestamp_ms: i64,
    /// Without its line end; invalid UTF-8 is replaced.
    pub text: String,
}

/// Why an environment did not start, and what the function had written.
#[derive(Debug)]
pub struct StartError {
    /// What happened.
    pub reason: StartFailure,
    /// The lines written before.
    pub log: Vec<LogLine>,
    /// How long it took.
    pub duration: Duration,
    /// As in [`Usage::max_memory_mb`].
    pub max_memory_mb: u32,
}

/// What kept an environment from starting.
#[derive(Debug)]
pub enum StartFailure {
    /// The runtime reported an initialization error, as [`Outcome::Error`].
    Init {
        /// Such as `Runtime.ImportModuleError`.
        error_type: String,
        /// The JSON error document.
        body: Bytes,
    },
    /// The program could not be run, such as a missing `bootstrap`; in AWS's words.
    InvalidEntrypoint(String),
    /// The runtime ended before it asked for an event.
    Exited(Exit),
    /// The initialization took longer than allowed.
    TimedOut,
    /// The host could not isolate; `heist doctor` says more.
    Sandbox(String),
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.reason {
            StartFailure::Init { error_type, body } => {
                write!(f, "{error_type}: {}", String::from_utf8_lossy(body))
            }
            StartFailure::InvalidEntrypoint(message) => f.write_str(message),
            StartFailure::Exited(exit) => f.write_str(&exit.status),
            StartFailure::TimedOut => f.write_str("the initialization timed out"),
            StartFailure::Sandbox(message) => write!(f, "cannot isolate: {message}"),
        }
    }
}

impl std::error::Error for StartError {}
