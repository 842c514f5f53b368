//! The host's handle on a sandbox's process tree: how much it uses, how it ends.

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::sync::{Arc, OnceLock, mpsc};

use rustix::process::{Pid, PidfdFlags, Signal, WaitId, WaitIdOptions};
use tokio::sync::oneshot;

use crate::cgroup::Cgroup;
use crate::watch::{self, Watched};

/// The most processes to look at when memory is added up; the process limit keeps it lower.
const PROCESSES: usize = 4096;

/// A running tree. Dropping it kills every process and cleans up behind them.
pub(crate) struct Tree {
    remains: Option<Remains>,
    init: i32,
    function: Option<File>,
    peak_kib: u64,
    watched: Option<Arc<Watched>>,
}

/// What must be collected after a tree's end.
struct Remains {
    init: OwnedFd,
    cgroup: Option<Arc<Cgroup>>,
    done: Option<oneshot::Sender<()>>,
}

impl Tree {
    /// Takes over the init, a child of this process that nobody has waited for yet.
    pub(crate) fn new(init: i32, cgroup: Option<Cgroup>) -> io::Result<Tree> {
        let pid = Pid::from_raw(init).ok_or(io::ErrorKind::InvalidInput)?;
        let handle = rustix::process::pidfd_open(pid, PidfdFlags::empty())?;
        let remains = Remains { init: handle, cgroup: cgroup.map(Arc::new), done: None };
        Ok(Tree { remains: Some(remains), init, function: None, peak_kib: 0, watched: None })
    }

    /// Has it watched together with all others: what it takes, and what its `folders` in memory do,
    /// counts for `share`, or for itself.
    pub(crate) fn watch(&mut self, folders: Vec<OwnedFd>, share: &str) {
        let Some(remains) = &self.remains else { return };
        let share = if share.is_empty() { self.init.to_string() } else { share.to_owned() };
        let cgroup = remains.cgroup.clone();
        self.watched = Some(watch::begin(Watched::new(self.init, cgroup, folders, share)));
    }

    /// Whether it was ended for what all take together.
    pub(crate) fn was_ended(&self) -> bool {
        self.watched.as_ref().is_some_and(|watched| watched.was_ended())
    }

    pub(crate) fn cgroup(&self) -> Option<&Cgroup> {
        self.remains.as_ref()?.cgroup.as_deref()
    }

    /// Kills every process; they are collected in the background.
    pub(crate) fn kill(&mut self) -> Option<oneshot::Receiver<()>> {
        let mut remains = self.remains.take()?;
        if let Some(watched) = &self.watched {
            watched.leave();
        }
        let _ = rustix::process::pidfd_send_signal(&remains.init, Signal::KILL);
        let (sender, receiver) = oneshot::channel();
        remains.done = Some(sender);
        collect_later(remains);
        Some(receiver)
    }

    /// Samples memory after an invocation: cheap, and exact for a function of one process.
    pub(crate) fn sample(&mut self) {
        if self.function.is_none() {
            self.function = children(self.init)
                .first()
                .and_then(|function| File::open(format!("/proc/{function}/status")).ok());
        }
        let mut text = [0; 2048];
        let Some(Ok(length)) = self.function.as_ref().map(|file| file.read_at(&mut text, 0)) else {
            return;
        };
        let text = std::str::from_utf8(&text[..length]).unwrap_or_default();
        self.saw(kib(text, "VmHWM:").unwrap_or(0));
    }

    /// Samples the whole tree; whether its private memory is above a limit in bytes.
    pub(crate) fn exceeds(&mut self, limit: u64) -> bool {
        let processes = descendants(self.init);
        if let Some(exact) = self.cgroup().and_then(Cgroup::private_bytes) {
            let (resident, _) = sums(&processes);
            self.saw(resident.min((exact >> 10).max(self.peak_kib))); // forks share what they count
            return exact > limit;
        }
        let (resident, private) = shared_sums(&processes, limit);
        self.saw(resident);
        private << 10 > limit
    }

    /// Takes note of a peak that somebody else has measured.
    pub(crate) fn saw(&mut self, kib: u64) {
        self.peak_kib = self.peak_kib.max(kib);
    }

    /// The highest sample in MiB, rounded up.
    pub(crate) fn peak_mb(&self) -> u32 {
        u32::try_from(self.peak_kib.div_ceil(1024)).unwrap_or(u32::MAX)
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

/// What these processes have in memory, and what of it is private, in KiB.
fn sums(processes: &[i32]) -> (u64, u64) {
    let (mut resident, mut private) = (0, 0);
    for process in processes {
        let text = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        resident += kib(&text, "VmRSS:").unwrap_or(0);
        private += kib(&text, "RssAnon:").unwrap_or(0) + kib(&text, "RssShmem:").unwrap_or(0);
    }
    (resident, private)
}

/// As [`sums`]; when there is more than `matters` bytes of private memory, pages that several hold
/// count once, which takes longer to find out.
fn shared_sums(processes: &[i32], matters: u64) -> (u64, u64) {
    let (resident, private) = sums(processes);
    if processes.len() < 2 || private << 10 <= matters {
        return (resident, private);
    }
    let private = processes.iter().map(|process| share(*process)).sum();
    (resident.min(private), private)
}

/// The private memory of the tree below `init` in bytes, where no cgroup tells, with something for
/// `each` process. Pages that several hold count for each unless that matters.
pub(crate) fn private_bytes(init: i32, matters: u64, each: u64) -> u64 {
    let processes = descendants(init);
    let (_, private) = shared_sums(&processes, matters);
    (private << 10) + each * processes.len() as u64
}

/// Hands the remains to the one thread that waits for ended trees. It is a thread and not a task
/// so that it outlives any async runtime and never delays one.
fn collect_later(remains: Remains) {
    static COLLECTOR: OnceLock<Option<mpsc::Sender<Remains>>> = OnceLock::new();
    let start = || {
        let (sender, receiver) = mpsc::channel::<Remains>();
        let run = move || receiver.into_iter().for_each(collect);
        let thread = std::thread::Builder::new().name("sandbox-collector".into());
        thread.spawn(run).ok().map(|_| sender)
    };
    match COLLECTOR.get_or_init(start) {
        Some(collector) => {
            let _ = collector.send(remains);
        }
        None => collect(remains),
    }
}

fn collect(remains: Remains) {
    // The init's end comes last: the kernel ends and reaps the whole PID namespace before.
    while let Err(rustix::io::Errno::INTR) =
        rustix::process::waitid(WaitId::PidFd(remains.init.as_fd()), WaitIdOptions::EXITED)
    {}
    if let Some(cgroup) = &remains.cgroup {
        cgroup.remove();
    }
    if let Some(done) = remains.done {
        let _ = done.send(());
    }
}

/// The function's processes: everything below the init.
fn descendants(init: i32) -> Vec<i32> {
    let mut found = children(init);
    let mut next = 0;
    while next < found.len() && found.len() < PROCESSES {
        let more = children(found[next]);
        found.extend(more);
        next += 1;
    }
    found
}

fn children(process: i32) -> Vec<i32> {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().flat_map(str::parse).collect::<Vec<_>>())
        .collect()
}

/// A process's share of private memory in KiB: pages that several hold are divided. Costs more
/// than the plain counts, and a process can withhold it; then those stand.
fn share(process: i32) -> u64 {
    let read =
        |file: &str| fs::read_to_string(format!("/proc/{process}/{file}")).unwrap_or_default();
    let rollup = read("smaps_rollup");
    match (kib(&rollup, "Pss_Anon:"), kib(&rollup, "Pss_Shmem:")) {
        (Some(anonymous), Some(shared)) => anonymous + shared,
        _ => kib(&read("status"), "RssAnon:").unwrap_or(0),
    }
}

/// The value of a `key:   value kB` line.
pub(crate) fn kib(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
