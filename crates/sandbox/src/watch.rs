//! The memory that all environments take together, their files in `/tmp` and `/dev/shm` included:
//! each has its own limits, but many at once could exhaust the host. Who takes the most goes first.

use std::collections::HashMap;
use std::fs;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use rustix::process::{Pid, PidfdFlags, Signal};

use crate::cgroup::Cgroup;
use crate::tree;

/// How often is looked: memory can be filled with some gigabytes in a second.
const PERIOD: Duration = Duration::from_millis(100);
/// Each how many times processes are looked at, which costs more than files.
const THOROUGH: u64 = 5;
/// From this on, in bytes, it matters that processes hold pages together.
const MATTERS: u64 = 64 << 20;
/// What a process counts besides its memory where no cgroup does, in bytes: what the kernel keeps
/// for it in stacks, tables and buffers.
const PROCESS: u64 = 1 << 20;

/// What all may take together in bytes; zero for three quarters of the host's memory.
static LIMIT: AtomicU64 = AtomicU64::new(0);

/// Says how many bytes of memory all environments of this process may take together, files in
/// memory included; three quarters of the host's if nobody does. Those of one
/// [`share`](crate::Spec::cpu_share) get at most two thirds of that.
pub fn limit_memory(bytes: u64) {
    LIMIT.store(bytes, Ordering::Release);
}

/// One environment that is watched.
#[derive(Debug)]
pub(crate) struct Watched {
    init: i32,
    /// Ends it; gone when it has ended.
    process: Mutex<Option<OwnedFd>>,
    cgroup: Option<Arc<Cgroup>>,
    /// What holds its files in memory; gone when it has ended, lest they stay.
    folders: Mutex<Vec<OwnedFd>>,
    share: String,
    private: AtomicU64,
    /// Files in memory that the cgroup knows of, which may be in no folder.
    shared: AtomicU64,
    ended: AtomicBool,
}

impl Watched {
    pub(crate) fn new(
        init: i32,
        cgroup: Option<Arc<Cgroup>>,
        folders: Vec<OwnedFd>,
        share: String,
    ) -> Watched {
        // The init is a child that nobody has waited for: the number is still its own.
        let process = Pid::from_raw(init)
            .and_then(|pid| rustix::process::pidfd_open(pid, PidfdFlags::empty()).ok());
        Watched {
            init,
            process: Mutex::new(process),
            cgroup,
            folders: Mutex::new(folders),
            share,
            private: AtomicU64::new(0),
            shared: AtomicU64::new(0),
            ended: AtomicBool::new(false),
        }
    }

    /// Whether it was ended here.
    pub(crate) fn was_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// It ends for another reason.
    pub(crate) fn leave(&self) {
        self.process.lock().take();
        self.folders.lock().clear();
    }

    fn is_there(&self) -> bool {
        self.process.lock().is_some()
    }

    /// What it takes in bytes; of its processes what was found last, unless it is to be `thorough`.
    fn bytes(&self, thorough: bool) -> u64 {
        if thorough {
            let exact = self.cgroup.as_ref().and_then(|cgroup| cgroup.held_bytes());
            let (private, shared) =
                exact.unwrap_or_else(|| (tree::private_bytes(self.init, MATTERS, PROCESS), 0));
            self.private.store(private, Ordering::Release);
            self.shared.store(shared, Ordering::Release);
        }
        let used = |folder: &OwnedFd| {
            let sizes = rustix::fs::fstatfs(folder).ok()?;
            let blocks = sizes.f_blocks.saturating_sub(sizes.f_bfree);
            Some(blocks * u64::try_from(sizes.f_bsize).ok()?)
        };
        let files: u64 = self.folders.lock().iter().filter_map(used).sum();
        self.private.load(Ordering::Acquire) + files.max(self.shared.load(Ordering::Acquire))
    }

    fn end(&self) {
        if let Some(process) = self.process.lock().take() {
            self.ended.store(true, Ordering::Release);
            let _ = rustix::process::pidfd_send_signal(&process, Signal::KILL);
        }
        self.folders.lock().clear();
    }
}

/// All that are there, and what wakes the thread that watches when there is one again.
#[derive(Default)]
struct Crowd {
    all: Mutex<Vec<Arc<Watched>>>,
    more: Condvar,
}

/// Watches `one` until it ends.
pub(crate) fn begin(one: Watched) -> Arc<Watched> {
    static CROWD: OnceLock<Arc<Crowd>> = OnceLock::new();
    let crowd = CROWD.get_or_init(|| {
        let crowd = Arc::<Crowd>::default();
        let run = {
            let crowd = crowd.clone();
            move || watch(&crowd)
        };
        // Without it there are still the limits that each has.
        let _ = std::thread::Builder::new().name("sandbox-watch".into()).spawn(run);
        crowd
    });
    let one = Arc::new(one);
    crowd.all.lock().push(one.clone());
    crowd.more.notify_one();
    one
}

fn watch(crowd: &Crowd) {
    let total = meminfo("MemTotal:").unwrap_or(u64::MAX);
    for round in 0_u64.. {
        let all = {
            let mut all = crowd.all.lock();
            all.retain(|one| one.is_there());
            if all.is_empty() {
                crowd.more.wait(&mut all);
            }
            all.clone()
        };
        let taken: Vec<u64> =
            all.iter().map(|one| one.bytes(round.is_multiple_of(THOROUGH))).collect();
        let taken: Vec<_> = all.iter().zip(taken).collect();
        if let Some(victim) = victim(&taken, Bounds::now(total)) {
            victim.end();
        }
        std::thread::sleep(PERIOD);
    }
}

/// What may be taken, in bytes.
#[derive(Clone, Copy)]
struct Bounds {
    all: u64,
    share: u64,
    /// How much of the host's memory is left, whoever has taken the rest.
    left: Left,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    Enough,
    /// Whoever has much gives way.
    Little,
    /// Whoever has most gives way, however little that is.
    Nothing,
}

impl Left {
    fn now(total: u64) -> Left {
        match meminfo("MemAvailable:") {
            Some(available) if available < total / 32 => Left::Nothing,
            Some(available) if available < total / 16 => Left::Little,
            _ => Left::Enough,
        }
    }
}

impl Bounds {
    fn now(total: u64) -> Bounds {
        let all = match LIMIT.load(Ordering::Acquire) {
            0 => total / 4 * 3,
            limit => limit,
        };
        Bounds { all, share: all / 3 * 2, left: Left::now(total) }
    }
}

/// The one to end: of the share that takes the most, the one that does, if that is too much.
fn victim<'a>(crowd: &[(&'a Arc<Watched>, u64)], bounds: Bounds) -> Option<&'a Arc<Watched>> {
    let mut shares: HashMap<&str, u64> = HashMap::new();
    for (one, bytes) in crowd {
        *shares.entry(&one.share).or_default() += bytes;
    }
    let all: u64 = shares.values().sum();
    let (share, taken) = shares.into_iter().max_by_key(|(_, bytes)| *bytes)?;
    let is_scarce = match bounds.left {
        Left::Enough => false,
        // Others may have taken it; then ending what is small helps nobody.
        Left::Little => taken > bounds.share / 8,
        Left::Nothing => true,
    };
    if taken <= bounds.share && all <= bounds.all && !is_scarce {
        return None;
    }
    let members = crowd.iter().filter(|(one, _)| one.share == share);
    members.max_by_key(|(_, bytes)| *bytes).map(|(one, _)| *one)
}

/// A number of `/proc/meminfo`, in bytes.
fn meminfo(key: &str) -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    tree::kib(&text, key).map(|kib| kib << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(share: &str) -> Arc<Watched> {
        Arc::new(Watched::new(i32::MAX, None, Vec::new(), share.to_owned()))
    }

    #[test]
    fn the_most_of_the_greediest_share_goes() {
        let (small, large, other) = (one("a"), one("a"), one("b"));
        let crowd = [(&small, 30), (&large, 40), (&other, 60)];
        let bounds = Bounds { all: 200, share: 100, left: Left::Enough };
        assert!(victim(&crowd, bounds).is_none());
        let goes = |bounds| victim(&crowd, bounds).is_some_and(|it| Arc::ptr_eq(it, &large));
        assert!(goes(Bounds { share: 69, ..bounds }));
        assert!(goes(Bounds { all: 129, ..bounds }));
        assert!(goes(Bounds { left: Left::Little, ..bounds }));
        let wide = Bounds { all: 2_000, share: 1_000, left: Left::Little };
        assert!(victim(&crowd, wide).is_none());
        assert!(goes(Bounds { left: Left::Nothing, ..wide }));
        assert!(victim(&[], bounds).is_none());
    }
}
