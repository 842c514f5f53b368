//! One warm function environment: start, invoke, log, stop.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::net::RecvFlags;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, UnixStream};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::{AbortHandle, JoinSet};

use crate::control::{MESSAGE_LIMIT, Message};
use crate::exit;
use crate::launch::{self, Launched};
use crate::log::Log;
use crate::runtime_api::{Initialized, RuntimeApi};
use crate::spec::{
    Endpoint, Exit, Invocation, LogLine, Outcome, Spec, StartError, StartFailure, Usage,
};
use crate::tree::Tree;

/// How often memory is looked at while a function runs.
const MEMORY_CHECK: Duration = Duration::from_millis(50);
/// Connections at once from one environment to the host's endpoint.
const ENDPOINT_CONNECTIONS: usize = 256;

/// A function environment, alive until it is stopped or dropped or its process ends.
pub struct Environment {
    tree: Tree,
    control: Control,
    api: Arc<RuntimeApi>,
    log: Arc<Log>,
    tasks: Vec<AbortHandle>,
    memory_limit: u64,
    init_duration: Option<Duration>,
    alive: bool,
}

/// The host's end of the control socket, and what has been read of a message.
struct Control {
    socket: UnixStream,
    partial: Vec<u8>,
}

/// Why the wait for something else was over.
enum Interrupted {
    Exited { status: String, killed: bool },
    OutOfMemory,
    Failed(StartFailure),
    TimedOut,
}

impl Environment {
    /// Starts the function and waits until its runtime asks for the first event.
    ///
    /// Fails with [`StartFailure::Init`] when the runtime reports an error, and otherwise when it
    /// ends, takes longer than `init_timeout`, or when the host cannot isolate. Cancel-safe: when
    /// the future is dropped, everything that was started ends.
    pub async fn start(spec: Spec) -> Result<Environment, StartError> {
        let started = now();
        let failed = |reason| StartError {
            reason,
            log: Vec::new(),
            duration: started.elapsed(),
            max_memory_mb: 0,
        };
        let sandbox = |error: String| failed(StartFailure::Sandbox(error));
        let given = spec.clone();
        let launched = tokio::task::spawn_blocking(move || launch::launch(&given))
            .await
            .map_err(|error| sandbox(error.to_string()))?
            .map_err(|failure| sandbox(failure.to_string()))?;
        let (mut environment, initialized) =
            Environment::host(&spec, launched).map_err(|error| sandbox(error.to_string()))?;
        let limit = spec.init_timeout;
        let outcome = match environment.until(initialized, limit).await {
            Ok(Initialized::Ready) => Ok(()),
            Ok(Initialized::Failed { error_type, body }) => {
                Err(StartFailure::Init { error_type, body })
            }
            Err(interrupted) => Err(environment.start_failure(interrupted)),
        };
        let duration = started.elapsed();
        environment.tree.sample();
        environment.log.drain();
        match outcome {
            Ok(()) => {
                environment.init_duration = Some(duration);
                Ok(environment)
            }
            Err(reason) => Err(StartError {
                reason,
                log: environment.log.take(true),
                duration,
                max_memory_mb: environment.tree.peak_mb(),
            }),
        }
    }

    /// Puts the host's side around a launched sandbox.
    fn host(
        spec: &Spec,
        launched: Launched,
    ) -> std::io::Result<(Environment, oneshot::Receiver<Initialized>)> {
        let (api, initialized) = RuntimeApi::new();
        let log = Log::new(launched.log, spec.clock.clone(), spec.log_sink.clone())?;
        let socket = UnixStream::from_std(launched.control)?;
        let listener = TcpListener::from_std(launched.api)?;
        let endpoint = TcpListener::from_std(launched.endpoint)?;
        let tasks = vec![
            tokio::spawn(Arc::clone(&api).serve(listener)).abort_handle(),
            tokio::spawn(Arc::clone(&log).follow()).abort_handle(),
            tokio::spawn(serve_endpoint(endpoint, spec.endpoint.clone())).abort_handle(),
        ];
        let environment = Environment {
            tree: launched.tree,
            control: Control { socket, partial: Vec::new() },
            api,
            log,
            tasks,
            memory_limit: u64::from(spec.memory_mb) << 20,
            init_duration: None,
            alive: true,
        };
        Ok((environment, initialized))
    }

    /// Gives the event to the function and waits for its answer.
    ///
    /// After [`Outcome::TimedOut`] and [`Outcome::Exited`] the environment is no longer alive.
    /// Dropping the future leaves the function running with an event that nobody waits for; the
    /// caller should then drop the environment.
    pub async fn invoke(&mut self, invocation: Invocation) -> (Outcome, Usage) {
        let started = now();
        let timeout = invocation.timeout;
        let outcome = if self.alive {
            let answer = self.api.offer(invocation);
            match self.until(answer, timeout).await {
                Ok(outcome) => outcome,
                Err(interrupted) => self.interrupted(interrupted),
            }
        } else {
            let status = "Runtime exited without providing a reason".to_owned();
            Outcome::Exited(Exit { status, out_of_memory: false })
        };
        let duration = started.elapsed();
        self.tree.sample();
        self.log.drain();
        let init_duration = self.init_duration.take();
        let max_memory_mb = self.tree.peak_mb();
        (outcome, Usage { duration, init_duration, max_memory_mb })
    }

    /// The lines written since the last call, oldest first, at most 8 MiB; a note stands for
    /// more. An unfinished line is given when the environment is no longer alive.
    pub fn take_log(&mut self) -> Vec<LogLine> {
        self.log.drain();
        self.log.take(!self.alive)
    }

    /// Whether it can take another invocation, as far as is known without asking it.
    pub fn is_alive(&mut self) -> bool {
        if self.alive {
            // Anything that comes between invocations is the news of an end.
            let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
            let news = rustix::net::recv(&self.control.socket, &mut [0; 1], flags);
            if news != Err(rustix::io::Errno::AGAIN) {
                self.end();
            }
        }
        self.alive
    }

    /// Ends every process and waits until nothing is left of them.
    pub async fn stop(mut self) {
        self.alive = false;
        if let Some(collected) = self.tree.kill() {
            let _ = collected.await;
        }
    }

    /// Waits for something that the runtime does, watching its life, its memory and the time.
    async fn until<T>(
        &mut self,
        mut wanted: oneshot::Receiver<T>,
        limit: Duration,
    ) -> Result<T, Interrupted> {
        let mut check = tokio::time::interval(MEMORY_CHECK);
        check.reset();
        check.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let deadline = tokio::time::sleep(limit);
        tokio::pin!(deadline);
        loop {
            tokio::select! {
                biased;
                wanted = &mut wanted => if let Ok(wanted) = wanted {
                    return Ok(wanted);
                } else {
                    return Err(self.control.ended().await);
                },
                ended = self.control.ended() => return Err(ended),
                () = &mut deadline => return Err(Interrupted::TimedOut),
                _ = check.tick() => if self.tree.exceeds(self.memory_limit) {
                    return Err(Interrupted::OutOfMemory);
                },
            }
        }
    }

    fn interrupted(&mut self, interrupted: Interrupted) -> Outcome {
        let outcome = match interrupted {
            Interrupted::TimedOut => Outcome::TimedOut,
            Interrupted::OutOfMemory => Outcome::Exited(out_of_memory()),
            Interrupted::Exited { status, killed } => Outcome::Exited(self.exit(status, killed)),
            Interrupted::Failed(_) => {
                let status = "Runtime exited without providing a reason".to_owned();
                Outcome::Exited(Exit { status, out_of_memory: false })
            }
        };
        self.end();
        outcome
    }

    fn start_failure(&mut self, interrupted: Interrupted) -> StartFailure {
        let failure = match interrupted {
            Interrupted::TimedOut => StartFailure::TimedOut,
            Interrupted::OutOfMemory => StartFailure::Exited(out_of_memory()),
            Interrupted::Exited { status, killed } => {
                StartFailure::Exited(self.exit(status, killed))
            }
            Interrupted::Failed(failure) => failure,
        };
        self.end();
        failure
    }

    /// Tells a kill for memory from other kills.
    fn exit(&self, status: String, killed: bool) -> Exit {
        if self.tree.was_ended() {
            return out_of_memory();
        }
        let cgroup = self.tree.cgroup();
        let out_of_memory = killed && cgroup.is_some_and(|cgroup| cgroup.has_killed());
        Exit { status, out_of_memory }
    }

    fn end(&mut self) {
        self.alive = false;
        if let Some(peak) = self.control.peak_kib() {
            self.tree.saw(peak);
        }
        let _ = self.tree.kill();
    }
}

impl Drop for Environment {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

impl Control {
    /// Waits for the news that the function's process has ended.
    async fn ended(&mut self) -> Interrupted {
        loop {
            match self.message() {
                Some(Message::Exited { status, .. }) => {
                    let killed = exit::was_killed(status);
                    return Interrupted::Exited { status: exit::describe(status), killed };
                }
                Some(Message::NotRun { program, errno, missing }) => {
                    return Interrupted::Failed(not_run(&program, errno, missing));
                }
                Some(Message::Failed(failure)) => {
                    return Interrupted::Failed(StartFailure::Sandbox(failure.to_string()));
                }
                Some(_) | None => {}
            }
            let room = MESSAGE_LIMIT.saturating_sub(self.partial.len());
            let mut chunk = [0; 1024];
            let chunk = &mut chunk[..room.min(1024)];
            match self.socket.read(chunk).await {
                Ok(length) if length > 0 => self.partial.extend_from_slice(&chunk[..length]),
                _ => {
                    let status = "Runtime exited without providing a reason".to_owned();
                    return Interrupted::Exited { status, killed: false };
                }
            }
        }
    }

    /// The first message read so far; it stays, since what it says stays true.
    fn message(&self) -> Option<Message> {
        let (length, rest) = self.partial.split_first_chunk::<4>()?;
        let body = rest.get(..u32::from_le_bytes(*length) as usize)?;
        serde_json::from_slice(body).ok()
    }

    fn peak_kib(&self) -> Option<u64> {
        match self.message()? {
            Message::Exited { peak_kib, .. } => u64::try_from(peak_kib).ok(),
            _ => None,
        }
    }
}

fn out_of_memory() -> Exit {
    Exit { status: "Runtime exited with error: signal: killed".to_owned(), out_of_memory: true }
}

/// AWS's words for a program that cannot be run.
fn not_run(program: &std::path::Path, errno: i32, missing: bool) -> StartFailure {
    if missing && program.ends_with("bootstrap") {
        let tried = "[/var/task/bootstrap /opt/bootstrap]";
        return StartFailure::InvalidEntrypoint(format!(
            "Couldn't find valid bootstrap(s): {tried}"
        ));
    }
    let error = std::io::Error::from_raw_os_error(errno).to_string();
    let error = error.split(" (os error").next().unwrap_or_default().to_lowercase();
    StartFailure::InvalidEntrypoint(format!("fork/exec {}: {error}", program.display()))
}

/// Hands the connections that function code opens to the host's endpoint, a bounded number.
async fn serve_endpoint(listener: TcpListener, endpoint: Option<Endpoint>) {
    let permits = Arc::new(Semaphore::new(ENDPOINT_CONNECTIONS));
    let mut connections = JoinSet::new();
    while let Ok(permit) = Arc::clone(&permits).acquire_owned().await {
        if let (Ok((stream, _)), Some(endpoint)) = (listener.accept().await, &endpoint) {
            let _ = stream.set_nodelay(true);
            let served = endpoint(stream);
            connections.spawn(async move {
                served.await;
                drop(permit);
            });
        }
        while connections.try_join_next().is_some() {}
    }
}

#[allow(clippy::disallowed_methods)] // measures durations only
fn now() -> Instant {
    Instant::now()
}
