//! Memory, process and CPU limits of a whole process tree, where a cgroup tree is writable.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// The most threads and processes of one environment, as on AWS Lambda.
const PROCESSES: u32 = 1024;
/// Room for what counts besides the function's memory and files: page tables, sockets, `/dev/shm`.
const OVERHEAD_MB: u64 = 96;
const PERIOD_MICROS: u64 = 100_000;
const PREFIX: &str = "heist-";

/// Which hierarchy of this host the limits can go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hierarchy {
    /// cgroup v2: one folder.
    Unified(PathBuf),
    /// cgroup v1: the memory controller's folder, and the CPU's.
    Split { memory: PathBuf, cpu: Option<PathBuf> },
}

/// The group of one environment; removed by [`Cgroup::remove`] once it is empty.
#[derive(Debug)]
pub(crate) struct Cgroup {
    memory: PathBuf,
    cpu: Option<PathBuf>,
    /// The group around it, which all environments with the same share of the CPU are in.
    shared: Option<PathBuf>,
    unified: bool,
}

/// The host's hierarchy, found and tried once; `None` where none is writable.
pub(crate) fn hierarchy() -> Option<&'static Hierarchy> {
    static FOUND: OnceLock<Option<Hierarchy>> = OnceLock::new();
    FOUND.get_or_init(|| find().inspect(sweep)).as_ref()
}

fn find() -> Option<Hierarchy> {
    let own = fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = |controller: &str| {
        own.lines().find_map(|line| {
            let mut parts = line.splitn(3, ':').skip(1);
            let names = parts.next()?;
            let path = parts.next()?.trim_start_matches('/');
            names.split(',').any(|name| name == controller).then(|| path.to_owned())
        })
    };
    if let Some(own) = path("") {
        for root in ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] {
            if let Some(base) = unified(&Path::new(root).join(&own)) {
                return Some(Hierarchy::Unified(base));
            }
        }
    }
    let memory = Path::new("/sys/fs/cgroup/memory").join(path("memory")?);
    let cpu = path("cpu").map(|own| Path::new("/sys/fs/cgroup/cpu").join(own));
    writable(&memory).then(|| Hierarchy::Split { memory, cpu: cpu.filter(|cpu| writable(cpu)) })
}

/// Turns the memory controller on for groups below our own. The kernel wants a group to hold
/// either processes or groups, so this process moves into one of its own first.
fn unified(base: &Path) -> Option<PathBuf> {
    let available = fs::read_to_string(base.join("cgroup.controllers")).ok()?;
    if !available.split_whitespace().any(|name| name == "memory") {
        return None;
    }
    let enabled = || fs::read_to_string(base.join("cgroup.subtree_control")).unwrap_or_default();
    if !enabled().split_whitespace().any(|name| name == "memory") {
        let host = base.join("heist");
        fs::create_dir(&host).or_else(exists).ok()?;
        fs::write(host.join("cgroup.procs"), std::process::id().to_string()).ok()?;
        for controller in ["+memory", "+pids", "+cpu"] {
            let _ = fs::write(base.join("cgroup.subtree_control"), controller);
        }
    }
    let ready = enabled().split_whitespace().any(|name| name == "memory");
    (ready && writable(base)).then(|| base.to_owned())
}

fn exists(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::AlreadyExists { Ok(()) } else { Err(error) }
}

fn writable(base: &Path) -> bool {
    let probe = base.join(format!("{PREFIX}{}-probe", std::process::id()));
    fs::create_dir(&probe).and_then(|()| fs::remove_dir(&probe)).is_ok()
}

/// Removes the empty groups that a killed host process has left.
fn sweep(hierarchy: &Hierarchy) {
    let bases = match hierarchy {
        Hierarchy::Unified(base) => vec![base],
        Hierarchy::Split { memory, cpu } => std::iter::once(memory).chain(cpu).collect(),
    };
    bases.into_iter().for_each(|base| sweep_below(base));
}

fn sweep_below(base: &Path) {
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.split('-').next());
        if owner.is_some_and(|owner| !Path::new("/proc").join(owner).exists()) {
            sweep_below(&entry.path());
            let _ = fs::remove_dir(entry.path());
        }
    }
}

impl Cgroup {
    /// Makes a group with its limits; `files_mb` is what the tree may hold in memory as files. All
    /// groups of one `share` have as much of the CPU together as those of any other.
    pub(crate) fn create(
        hierarchy: &Hierarchy,
        (memory_mb, files_mb): (u32, u32),
        cpu_millis: Option<u32>,
        share: Option<&str>,
    ) -> io::Result<Cgroup> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{}-{number}", std::process::id());
        let bytes = (u64::from(memory_mb) + u64::from(files_mb) + OVERHEAD_MB) << 20;
        let quota = cpu_millis.map(|millis| (u64::from(millis) * PERIOD_MICROS / 1000).max(1000));
        let group = match hierarchy {
            Hierarchy::Unified(base) => {
                let shared = share.map(|share| base.join(shared_name(share)));
                let memory = shared.as_deref().unwrap_or(base).join(&name);
                Cgroup { memory, cpu: None, shared, unified: true }
            }
            Hierarchy::Split { memory, cpu } => {
                let cpu = cpu.as_ref().filter(|_| quota.is_some() || share.is_some());
                let shared = cpu.zip(share).map(|(cpu, share)| cpu.join(shared_name(share)));
                let cpu = cpu.map(|cpu| shared.as_ref().unwrap_or(cpu).join(&name));
                Cgroup { memory: memory.join(&name), cpu, shared, unified: false }
            }
        };
        group.make()?;
        group.configure(bytes, quota).inspect_err(|_| group.remove())?;
        Ok(group)
    }

    /// Makes the folders. The last one to leave the group around removes that, so it may be gone
    /// again before this one is in it.
    fn make(&self) -> io::Result<()> {
        const TRIES: usize = 10;
        let inner = if self.unified { Some(&self.memory) } else { self.cpu.as_ref() };
        for _ in 0..TRIES {
            if let Some(shared) = &self.shared {
                fs::create_dir(shared).or_else(exists)?;
                for controller in ["+memory", "+pids", "+cpu"].iter().filter(|_| self.unified) {
                    let _ = fs::write(shared.join("cgroup.subtree_control"), controller);
                }
            }
            match inner.map_or(Ok(()), fs::create_dir) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
                Ok(()) if self.unified => return Ok(()),
                Ok(()) => return fs::create_dir(&self.memory).inspect_err(|_| self.remove()),
            }
        }
        Err(io::Error::from(io::ErrorKind::NotFound))
    }

    fn configure(&self, bytes: u64, quota: Option<u64>) -> io::Result<()> {
        let write =
            |folder: &Path, file: &str, value: u64| fs::write(folder.join(file), value.to_string());
        if self.unified {
            write(&self.memory, "memory.max", bytes)?;
            let _ = write(&self.memory, "memory.swap.max", 0); // absent without swap accounting
            let _ = write(&self.memory, "pids.max", u64::from(PROCESSES));
            let _ = write(&self.memory, "memory.oom.group", 1);
            if let Some(quota) = quota {
                fs::write(self.memory.join("cpu.max"), format!("{quota} {PERIOD_MICROS}"))?;
            }
            return Ok(());
        }
        write(&self.memory, "memory.limit_in_bytes", bytes)?;
        if let (Some(cpu), Some(quota)) = (&self.cpu, quota) {
            write(cpu, "cpu.cfs_period_us", PERIOD_MICROS)?;
            write(cpu, "cpu.cfs_quota_us", quota)?;
        }
        Ok(())
    }

    /// Moves one process in; what it starts from then on follows.
    pub(crate) fn attach(&self, process: i32) -> io::Result<()> {
        for folder in std::iter::once(&self.memory).chain(&self.cpu) {
            fs::write(folder.join("cgroup.procs"), process.to_string())?;
        }
        Ok(())
    }

    /// The tree's private memory in bytes, without files that live in memory.
    pub(crate) fn private_bytes(&self) -> Option<u64> {
        self.held_bytes().map(|(private, _)| private)
    }

    /// As [`Cgroup::private_bytes`], and apart from it the files that live in memory, in folders
    /// or not.
    pub(crate) fn held_bytes(&self) -> Option<(u64, u64)> {
        let text = fs::read_to_string(self.memory.join("memory.stat")).ok()?;
        let private = field(&text, if self.unified { "anon" } else { "rss" })?;
        Some((private, field(&text, "shmem").unwrap_or(0)))
    }

    /// Whether the kernel has killed a process of the tree for its memory.
    pub(crate) fn has_killed(&self) -> bool {
        let file = if self.unified { "memory.events" } else { "memory.oom_control" };
        let text = fs::read_to_string(self.memory.join(file)).unwrap_or_default();
        field(&text, "oom_kill").is_some_and(|count| count > 0)
    }

    /// Removes the group; its processes must have ended.
    pub(crate) fn remove(&self) {
        // The one around goes with the last one in it.
        for folder in std::iter::once(&self.memory).chain(&self.cpu).chain(&self.shared) {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// The name of the group of all environments with this share.
fn shared_name(share: &str) -> String {
    let is_plain = |char: &char| char.is_ascii_alphanumeric();
    let share: String = share.chars().filter(is_plain).take(64).collect();
    format!("{PREFIX}{}-of-{share}", std::process::id())
}

/// The value of a `key value` line.
fn field(text: &str, key: &str) -> Option<u64> {
    let value = |line: &str| line.strip_prefix(key)?.strip_prefix(' ')?.trim().parse().ok();
    text.lines().find_map(value)
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn fields_are_whole_words() {
        let text = "rss_huge 7\nrss 42\noom_kill 1\n";
        assert_eq!(field(text, "rss"), Some(42));
        assert_eq!(field(text, "oom"), None);
    }
}
