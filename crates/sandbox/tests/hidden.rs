//! What the host keeps for itself stays out of sight, whatever is shown to functions.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // helpers of tests, a child process

mod common;

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use common::{Function, isolates, json, python};
use sandbox::{Runtime, StartFailure, runtimes};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Everybody may read and open all of it, so that only the masks are in the way.
struct Host {
    folder: TempDir,
    _door: UnixListener,
}

impl Host {
    fn new() -> Host {
        let folder = tempfile::tempdir().unwrap();
        let prefix = folder.path();
        for folder in ["data/functions/code", "keys", "alias", "lib"] {
            fs::create_dir_all(prefix.join(folder)).unwrap();
        }
        for file in ["data/root.key", "data/access.json", "keys/own.key", "keys/other", "lib/seen"]
        {
            fs::write(prefix.join(file), "content").unwrap();
        }
        symlink("data", prefix.join("link")).unwrap();
        symlink("../keys/own.key", prefix.join("lib/key")).unwrap();
        let door = UnixListener::bind(prefix.join("data/admin.sock")).unwrap();
        open_up(prefix);
        Host { folder, _door: door }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// A function whose interpreter's views hold all this.
    fn function(&self, code: &str) -> Function {
        let mut function = python(code);
        show(&mut function, self.folder.path());
        function.spec.hidden = vec![self.at("data"), self.at("keys/own.key"), self.at("missing")];
        function
    }
}

fn show(function: &mut Function, path: &Path) {
    let Runtime::Python { interpreter, .. } = &mut function.spec.runtime else { unreachable!() };
    let mut changed = (**interpreter).clone();
    changed.binds.push(path.to_owned());
    *interpreter = Arc::new(changed);
}

fn open_up(path: &Path) {
    if !path.is_symlink() {
        fs::set_permissions(path, Permissions::from_mode(0o777)).unwrap();
    }
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        open_up(&entry.path());
    }
}

/// Tries each path as a folder, a file and a socket, also by the ways around that `/proc` has.
const PROBE: &str = r#"
import os, socket
def tries(path):
    yield lambda: os.listdir(path)
    yield lambda: open(path).read()
    def connect():
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(path)
            return ["connected"]
    yield connect
    def by_number():
        at = os.open(os.path.dirname(path), os.O_PATH)
        near = f"/proc/self/fd/{at}/{os.path.basename(path)}"
        return open(near).read() or os.listdir(near)
    yield by_number
def handler(paths, c):
    seen = []
    for path in paths:
        for way in (path, "/proc/self/root" + path, "/proc/1/root" + path, "/proc/self/cwd/../.." + path):
            for one in tries(way):
                try: got = one()
                except OSError: continue
                if got: seen.append([way, got])
    return seen
"#;

async fn seen(host: &Host, paths: &[&str]) -> Value {
    let event = json!(paths.iter().map(|path| host.at(path)).collect::<Vec<_>>());
    json(&host.function(PROBE).run(&event.to_string()).await.0)
}

const SECRETS: [&str; 10] = [
    "data",
    "data/root.key",
    "data/access.json",
    "data/admin.sock",
    "data/functions",
    "link",
    "link/root.key",
    "link/admin.sock",
    "keys/own.key",
    "lib/key",
];

#[tokio::test]
async fn the_hosts_secrets_are_masked_within_what_is_shown() {
    if !isolates() {
        return;
    }
    let host = Host::new();
    let others = seen(&host, &["lib/seen", "keys/other"]).await;
    assert!(others.to_string().contains("content"), "the rest is there: {others}");
    assert_eq!(seen(&host, &SECRETS).await, json!([]));
}

#[tokio::test]
async fn a_function_whose_code_is_kept_among_the_secrets_runs() {
    if !isolates() {
        return;
    }
    let host = Host::new();
    let code = host.at("data/functions/code");
    fs::write(code.join("main.py"), PROBE).unwrap();
    open_up(&code);
    let mut function = host.function("");
    function.spec.code = code;
    let around = json!(["/var/task/../root.key", "/var/task/../../root.key", host.at("data")]);
    assert_eq!(json(&function.run(&around.to_string()).await.0), json!([]));
}

#[tokio::test]
async fn what_lies_among_the_secrets_is_not_shown() {
    if !isolates() {
        return;
    }
    let host = Host::new();
    let mut function = host.function("def handler(e, c): pass");
    show(&mut function, &host.at("link/functions"));
    let error = function.start().await.err().unwrap();
    let StartFailure::Sandbox(message) = error.reason else { panic!("{error}") };
    assert!(message.contains("lies where the host keeps its secrets"), "{message}");
}

/// Runs itself again where the data folder is mounted at a second place, and that is shown.
#[tokio::test]
async fn bind_mounts_are_masked_too() {
    if !isolates() {
        return;
    }
    if std::env::var_os("HEIST_TEST_MOUNTED").is_none() {
        let test = std::env::current_exe().unwrap();
        let run = "exec \"$0\" --exact bind_mounts_are_masked_too --nocapture";
        let user = if rustix::process::geteuid().is_root() { "-m" } else { "-Urm" };
        let child = Command::new("unshare")
            .args([user, "sh", "-c", run])
            .arg(test)
            .env("HEIST_TEST_MOUNTED", "yes")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stdout);
        assert!(child.status.success() && said.contains("1 passed"), "{child:?}");
        return;
    }
    let host = Host::new();
    for (from, to) in [("data", "alias"), ("keys/own.key", "lib/seen")] {
        let mount = ["--bind".into(), host.at(from), host.at(to)];
        assert!(Command::new("mount").args(mount).status().unwrap().success());
    }
    let aliases = ["alias", "alias/root.key", "alias/admin.sock", "lib/seen"];
    assert_eq!(seen(&host, &aliases).await, json!([]));
}

#[test]
fn interpreters_show_their_libraries_alone() {
    let home = PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
    for interpreter in runtimes() {
        for bind in &interpreter.binds {
            assert_ne!(*bind, interpreter.prefix, "{interpreter:?}");
            assert!(!home.starts_with(bind), "{interpreter:?}");
        }
    }
}

#[test]
fn the_doctor_tells_of_secrets_in_sight() {
    let clear = sandbox::check_hidden(&["/var/lib/heist".into()]).unwrap();
    assert!(clear.ok, "{clear:?}");
    let seen = sandbox::check_hidden(&["/usr/lib".into()]).unwrap();
    assert!(!seen.ok && seen.detail.contains("/usr, which functions see"), "{seen:?}");
    assert!(seen.advice.contains("--data DIR"), "{seen:?}");
}
