//! What this host can isolate, for `heist doctor`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::cgroup::{self, Hierarchy};
use crate::discover::{Language, runtimes};
use crate::hide;
use crate::init::SYSTEM;

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// Whether functions can run as designed.
    pub ok: bool,
    /// What was found.
    pub detail: String,
    /// What to do about it, or what it means; empty when nothing is to be done.
    pub advice: String,
}

/// Looks at everything that running functions relies on (blocking, tens of milliseconds).
pub fn check() -> Vec<Check> {
    vec![
        namespaces(),
        cgroups(),
        seccomp(),
        landlock(),
        interpreters("python", Language::Python),
        interpreters("node", Language::Node),
    ]
}

/// Looks whether what must be hidden from functions lies where they see the host's files. It is
/// masked there, but a wall that is not needed is better than one that holds.
pub fn check_hidden(hidden: &[PathBuf]) -> io::Result<Check> {
    let real: Vec<PathBuf> = hidden.iter().map(|path| hide::real(path)).collect();
    let binds = runtimes().iter().flat_map(|interpreter| &interpreter.binds);
    let shown: Vec<PathBuf> = binds.cloned().chain(SYSTEM.map(PathBuf::from)).collect();
    let places = hide::places(&real)?;
    let holds = |place: &PathBuf| {
        let shown = shown.iter().find(|shown| place.starts_with(hide::real(shown)))?;
        Some(format!("{} is in {}, which functions see", place.display(), shown.display()))
    };
    let found = places.iter().find_map(holds);
    let detail = found.clone().unwrap_or_else(|| "out of the functions' sight".to_owned());
    let advice = "it is masked for them, but keep it elsewhere: --data DIR, --root-key-file FILE";
    Ok(finding("secrets", found.is_none(), detail, advice))
}

fn finding(name: &'static str, ok: bool, detail: impl Into<String>, advice: &str) -> Check {
    let advice = if ok { "" } else { advice };
    Check { name, ok, detail: detail.into(), advice: advice.to_owned() }
}

/// Makes a user namespace with all that hang on it, in a process that ends at once.
fn namespaces() -> Check {
    let probe = crate::launch::probe();
    let detail = match &probe {
        Ok(()) => "namespaces, mounts and the network can be isolated".to_owned(),
        Err(failure) => failure.to_string(),
    };
    finding("user namespaces", probe.is_ok(), detail, namespace_advice())
}

fn namespace_advice() -> &'static str {
    let zero = |path: &str| fs::read_to_string(path).is_ok_and(|text| text.trim() == "0");
    if zero("/proc/sys/user/max_user_namespaces") {
        return "allow user namespaces: sysctl user.max_user_namespaces=15000";
    }
    if zero("/proc/sys/kernel/unprivileged_userns_clone") {
        return "allow user namespaces: sysctl kernel.unprivileged_userns_clone=1";
    }
    let apparmor = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns";
    if Path::new(apparmor).exists() && !zero(apparmor) {
        return "AppArmor restricts user namespaces: \
                sysctl kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile \
                for this binary that allows `userns`";
    }
    if Path::new("/.dockerenv").exists() {
        return "inside a container: allow unshare and mount in its seccomp and AppArmor \
                profiles, and leave its /proc unmasked";
    }
    "Linux 5.12 or later with user, mount, PID, network, IPC and UTS namespaces is needed"
}

fn cgroups() -> Check {
    let advice = "run in a delegated cgroup (systemd-run --user --scope -p Delegate=yes), or \
                  memory is only watched by sampling";
    match cgroup::hierarchy() {
        Some(Hierarchy::Unified(base)) => {
            finding("cgroup", true, format!("version 2, {}", base.display()), advice)
        }
        Some(Hierarchy::Split { memory, .. }) => {
            finding("cgroup", true, format!("version 1, {}", memory.display()), advice)
        }
        None => finding("cgroup", false, "no writable memory controller", advice),
    }
}

fn seccomp() -> Check {
    let ok = crate::init::seccomp_is_supported();
    let detail = if ok { "system call filters" } else { "no system call filters" };
    finding("seccomp", ok, detail, "the kernel needs CONFIG_SECCOMP_FILTER")
}

fn landlock() -> Check {
    match crate::init::landlock_version() {
        0 => finding("landlock", false, "not available", "a second wall only; not needed"),
        version => finding("landlock", true, format!("version {version}"), ""),
    }
}

fn interpreters(name: &'static str, language: Language) -> Check {
    let found = runtimes().iter().filter(|interpreter| interpreter.language == language);
    let list: Vec<String> = found
        .map(|interpreter| {
            let (major, minor, patch) = interpreter.version;
            format!("{major}.{minor}.{patch} ({})", interpreter.executable.display())
        })
        .collect();
    let detail = if list.is_empty() { "none found".to_owned() } else { list.join(", ") };
    finding(name, !list.is_empty(), detail, "install it, or deploy `provided` functions only")
}
