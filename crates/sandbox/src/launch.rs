//! The host's side of a start: the plan, the re-executed binary, the handshake.

use std::fs;
use std::io::{self, Write};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::cgroup::{self, Cgroup};
use crate::control::{self, At, Bind, Failure, File, Identity, Limits, Message, Plan};
use crate::discover::Interpreter;
use crate::hide;
use crate::init::ARGUMENT;
use crate::spec::{ENDPOINT_URL, Runtime, Spec};
use crate::tree::Tree;

/// How long one step of the handshake may take.
const STEP_TIMEOUT: Duration = Duration::from_secs(20);
/// Numbers that no host's users or sub-user ranges have.
const UNUSED_IDS: std::ops::Range<u32> = 0x7000_0000..0x7001_0000;
/// What is used where those cannot be mapped, as inside another user namespace.
const NOBODY: u32 = 65534;
/// Files open at once in one process, and processes, as on AWS Lambda.
const OPEN_FILES: u64 = 1024;
const PROCESSES: u64 = 1024;

const PYTHON_CLIENT: &str = "/var/runtime/bootstrap.pyc";
const NODE_CLIENT: &str = "/var/runtime/bootstrap.mjs";
const PYTHON_LIBS: &str = "/var/runtime/lib";
const NODE_SOURCE: &str = include_str!("../runtimes/node/bootstrap.mjs");

/// A sandbox whose function is about to run.
pub(crate) struct Launched {
    pub tree: Tree,
    pub control: UnixStream,
    pub log: OwnedFd,
    pub api: TcpListener,
    pub endpoint: TcpListener,
}

/// Starts a sandbox (blocking, some milliseconds).
pub(crate) fn launch(spec: &Spec) -> Result<Launched, Failure> {
    let hierarchy = cgroup::hierarchy();
    let identity = identity();
    let plan = plan(spec, identity, hierarchy.is_some());
    let (log, log_writer) = io::pipe().at("log pipe")?;
    share_log(&log_writer, identity);
    let (mut control, theirs) = UnixStream::pair().at("control socket")?;
    control.set_read_timeout(Some(STEP_TIMEOUT)).at("control socket")?;
    control.set_write_timeout(Some(STEP_TIMEOUT)).at("control socket")?;
    let mut stage = Stage(spawn(theirs, log_writer)?);
    control::send_plan(&mut control, &plan, &contents(&spec.runtime)).at("send plan")?;
    let sizes = (spec.memory_mb, spec.ephemeral_mb);
    let share = spec.cpu_share.as_deref();
    let create = |hierarchy| Cgroup::create(hierarchy, sizes, spec.cpu_millis, share);
    let cgroup = hierarchy.map(create).transpose().at("create cgroup")?;
    let begun = handshake(&control, &stage, identity).inspect_err(|_| {
        let _ = cgroup.as_ref().map(Cgroup::remove);
    })?;
    let mut tree = Tree::new(begun.init, cgroup).at("pidfd")?;
    let _ = stage.0.wait();
    if let Some(cgroup) = tree.cgroup() {
        cgroup.attach(begun.init).at("enter cgroup")?;
    }
    let folders = begun.built.map_or_else(|| built(&control), Ok)?;
    tree.watch(folders, share.unwrap_or_default());
    control.write_all(b"g").at("go")?;
    let (api, endpoint) = listeners(begun.listeners).at("listeners")?;
    let log = OwnedFd::from(log);
    control.set_nonblocking(true).at("control socket")?;
    Ok(Launched { tree, control, log, api, endpoint })
}

/// The stage process; killed and waited for however the launch ends.
struct Stage(Child);

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn spawn(control: UnixStream, log: io::PipeWriter) -> Result<Child, Failure> {
    let errors = log.try_clone().at("log pipe")?;
    Command::new("/proc/self/exe")
        .arg(ARGUMENT)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::from(OwnedFd::from(control)))
        .stdout(log)
        .stderr(errors)
        .spawn()
        .at("start /proc/self/exe")
}

/// Lets the function open its own output by name (`/dev/stdout`): the pipe is made by the host.
fn share_log(log: &io::PipeWriter, identity: Identity) {
    if let Identity::Unused { id } = identity {
        let (user, group) = (rustix::fs::Uid::from_raw(id), rustix::fs::Gid::from_raw(id));
        let _ = rustix::fs::fchown(log, Some(user), Some(group)); // a convenience, not a need
    }
}

/// What is known once the first process exists.
struct Begun {
    init: i32,
    listeners: Vec<OwnedFd>,
    /// What [`built`] waits for, if that process was faster than the stage.
    built: Option<Vec<OwnedFd>>,
}

fn handshake(control: &UnixStream, stage: &Stage, identity: Identity) -> Result<Begun, Failure> {
    let mut built = None;
    loop {
        match control::receive(control).at("wait for the stage")? {
            (Message::NeedsMaps, _) => {
                write_maps(stage.0.id(), identity)?;
                let mut control = control;
                control.write_all(b"m").at("maps")?;
            }
            (Message::Built, files) => built = Some(files),
            (Message::Ready { init }, listeners) => return Ok(Begun { init, listeners, built }),
            (Message::Failed(failure), _) => return Err(failure),
            (other, _) => return Err(unexpected(&other)),
        }
    }
}

/// Root stays root for the setup; the function gets an unused number.
fn write_maps(stage: u32, identity: Identity) -> Result<(), Failure> {
    let Identity::Unused { id } = identity else { return Ok(()) };
    let inside = crate::init::INSIDE_ID;
    for map in ["uid_map", "gid_map"] {
        fs::write(format!("/proc/{stage}/{map}"), format!("0 0 1\n{inside} {id} 1\n")).at(map)?;
    }
    Ok(())
}

/// The folders whose files are in memory, as soon as there are any.
fn built(control: &UnixStream) -> Result<Vec<OwnedFd>, Failure> {
    match control::receive(control).at("wait for the root")? {
        (Message::Built, files) => Ok(files),
        (Message::Failed(failure), _) => Err(failure),
        (other, _) => Err(unexpected(&other)),
    }
}

fn unexpected(message: &Message) -> Failure {
    Failure { step: format!("unexpected {message:?}"), errno: libc::EPROTO }
}

fn listeners(files: Vec<OwnedFd>) -> io::Result<(TcpListener, TcpListener)> {
    let [api, endpoint]: [OwnedFd; 2] =
        files.try_into().map_err(|_| io::Error::from_raw_os_error(libc::EPROTO))?;
    let (api, endpoint) = (TcpListener::from(api), TcpListener::from(endpoint));
    api.set_nonblocking(true)?;
    endpoint.set_nonblocking(true)?;
    Ok((api, endpoint))
}

/// Each environment of a privileged host gets its own number: kernel quotas are kept by number.
fn identity() -> Identity {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    if uid != 0 {
        return Identity::Own { uid, gid };
    }
    let next = NEXT.fetch_add(1, Ordering::Relaxed) % (UNUSED_IDS.end - UNUSED_IDS.start);
    for id in [UNUSED_IDS.start + next, NOBODY] {
        if maps(0, "uid_map") && maps(id, "uid_map") && maps(0, "gid_map") && maps(id, "gid_map") {
            return Identity::Unused { id };
        }
    }
    Identity::Own { uid, gid }
}

/// Whether a number exists in this process's own user namespace.
fn maps(id: u32, map: &str) -> bool {
    let text = fs::read_to_string(format!("/proc/self/{map}")).unwrap_or_default();
    text.lines().any(|line| {
        let numbers: Vec<u64> = line.split_whitespace().flat_map(str::parse).collect();
        matches!(numbers[..], [first, _, count] if (first..first + count).contains(&u64::from(id)))
    })
}

fn plan(spec: &Spec, identity: Identity, counted: bool) -> Plan {
    let mut plan = Plan {
        identity,
        binds: vec![own(&spec.code, "/var/task")],
        hidden: spec.hidden.iter().map(|path| hide::real(path)).collect(),
        layers: spec.layers.clone(),
        files: Vec::new(),
        links: Vec::new(),
        tmp_mb: spec.ephemeral_mb,
        programs: Vec::new(),
        arguments: Vec::new(),
        environment: environment(spec),
        limits: Limits {
            open_files: OPEN_FILES,
            processes: PROCESSES,
            // Between two looks of the host a process must not take the machine down.
            data_bytes: (!counted).then(|| (u64::from(spec.memory_mb) * 4 + 1024) << 20),
            hidden_memory: !counted,
        },
    };
    let contents = contents(&spec.runtime);
    let client = |path: &str| File {
        path: path.into(),
        length: contents.iter().map(|content| content.len()).sum(),
    };
    match &spec.runtime {
        Runtime::Python { interpreter, libs } => {
            plan.programs.push(interpreter.executable.clone());
            plan.files.push(client(PYTHON_CLIENT));
            plan.arguments = ["-s", "-S", PYTHON_CLIENT].map(str::to_owned).to_vec();
            if let Some(libs) = libs {
                plan.binds.push(own(libs, PYTHON_LIBS));
                plan.arguments.push(PYTHON_LIBS.to_owned());
            } else if interpreter.has_boto3 {
                let folders = interpreter.site_packages.iter();
                plan.arguments.extend(folders.map(|folder| folder.display().to_string()));
            }
            interpreter_views(&mut plan, interpreter);
        }
        Runtime::Node { interpreter } => {
            plan.programs.push(interpreter.executable.clone());
            plan.files.push(client(NODE_CLIENT));
            plan.arguments = vec![NODE_CLIENT.to_owned()];
            interpreter_views(&mut plan, interpreter);
        }
        Runtime::Provided => {
            plan.programs = ["/var/task/bootstrap", "/opt/bootstrap"].map(PathBuf::from).to_vec();
        }
    }
    plan
}

fn interpreter_views(plan: &mut Plan, interpreter: &Interpreter) {
    let view = |path: &PathBuf| Bind { own: false, ..own(path, path) };
    plan.binds.extend(interpreter.binds.iter().map(view));
    plan.links.push(("/var/lang".into(), interpreter.prefix.clone()));
    plan.links.extend(interpreter.links());
}

/// A view of what is the function's own.
fn own(source: impl AsRef<Path>, target: impl AsRef<Path>) -> Bind {
    let (source, target) = (source.as_ref().to_owned(), target.as_ref().to_owned());
    Bind { source, target, required: true, own: true }
}

/// The files that the plan announces.
fn contents(runtime: &Runtime) -> Vec<&[u8]> {
    match runtime {
        Runtime::Python { interpreter, .. } => vec![&interpreter.client],
        Runtime::Node { .. } => vec![NODE_SOURCE.as_bytes()],
        Runtime::Provided => Vec::new(),
    }
}

/// The defaults of "Using Lambda environment variables", then the caller's over them.
fn environment(spec: &Spec) -> Vec<(String, String)> {
    let memory = spec.memory_mb.to_string();
    let defaults = [
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory.as_str()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"),
        ("AWS_ENDPOINT_URL", ENDPOINT_URL),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
        ("LAMBDA_TASK_ROOT", "/var/task"),
        ("LANG", "en_US.UTF-8"),
        (
            "LD_LIBRARY_PATH",
            "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:\
             /opt/lib",
        ),
        ("PATH", "/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin"),
        ("TZ", ":UTC"),
        ("_HANDLER", &spec.handler),
    ];
    let client = match spec.runtime {
        Runtime::Python { .. } => Some(("PYTHONPATH", "/var/runtime")),
        Runtime::Node { .. } => Some((
            "NODE_PATH",
            "/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task",
        )),
        Runtime::Provided => None,
    };
    let overridden = |name: &str| spec.environment.iter().any(|(given, _)| given == name);
    let defaults = defaults.into_iter().chain(client).filter(|(name, _)| !overridden(name));
    let mut all: Vec<(String, String)> =
        defaults.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    if spec.endpoint.is_none() {
        all.retain(|(name, _)| name != "AWS_ENDPOINT_URL");
    }
    all.extend(spec.environment.iter().cloned());
    all
}

/// Tries everything up to the function's own program, which it does not have.
pub(crate) fn probe() -> Result<(), Failure> {
    let spec = Spec {
        runtime: Runtime::Provided,
        code: "/usr".into(), // exists everywhere and holds no `bootstrap`
        hidden: Vec::new(),
        layers: Vec::new(),
        handler: String::new(),
        environment: Vec::new(),
        memory_mb: 128,
        ephemeral_mb: 1,
        cpu_millis: None,
        cpu_share: None,
        init_timeout: STEP_TIMEOUT,
        endpoint: None,
        clock: std::sync::Arc::new(|| 0),
        log_sink: None,
    };
    let launched = launch(&spec)?;
    launched.control.set_nonblocking(false).at("control socket")?;
    match control::receive(&launched.control).at("wait for the function")? {
        (Message::NotRun { missing: true, .. }, _) => Ok(()),
        (Message::Failed(failure), _) => Err(failure),
        (other, _) => Err(unexpected(&other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;

    #[test]
    fn the_first_process_may_be_faster_than_the_stage_that_tells_of_it() {
        let (host, inside) = UnixStream::pair().unwrap();
        let stage = Stage(Command::new("true").spawn().unwrap());
        let file = fs::File::open("/dev/null").unwrap();
        let files = [file.as_fd(), file.as_fd()];
        control::send_with_files(&inside, &Message::Built, &files).unwrap();
        control::send_with_files(&inside, &Message::Ready { init: 7 }, &files).unwrap();
        let begun = handshake(&host, &stage, Identity::Own { uid: 0, gid: 0 }).unwrap();
        assert_eq!((begun.init, begun.listeners.len()), (7, 2));
        assert_eq!(begun.built.map(|folders| folders.len()), Some(2));
    }
}
