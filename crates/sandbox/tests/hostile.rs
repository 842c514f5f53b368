//! Ways out that hostile code would try, besides those of `isolation.rs`: each must lead nowhere.
#![allow(clippy::unwrap_used)] // helpers of tests

mod common;

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

use common::{invocation, isolates, json, python};
use serde_json::{Value, json};

/// What every probe may use; `refused` gives why something fails, or `allowed`.
const HEAD: &str = r#"
import ctypes, errno, os, resource, signal, socket, stat, subprocess, sys, time
libc = ctypes.CDLL(None, use_errno=True)
def refused(call, *arguments):
    try:
        got = call(*arguments)
        return "allowed" if got is None or got == 0 else got
    except (OSError, ValueError) as error:
        return errno.errorcode.get(getattr(error, "errno", None), str(error))
def syscall(number, *arguments):
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), "")
def handler(e, c): return probe(e)
"#;

async fn probe(code: &str, event: Value) -> Value {
    json(&python(&format!("{HEAD}\n{code}")).run(&event.to_string()).await.0)
}

#[tokio::test]
async fn the_hosts_sockets_cannot_be_connected_to() {
    if !isolates() {
        return;
    }
    let name = format!("heist-test-{}", std::process::id());
    let abstract_name = SocketAddr::from_abstract_name(&name).unwrap();
    let _there = UnixListener::bind_addr(&abstract_name).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let _here = UnixListener::bind(&path).unwrap();
    let code = "def probe(e):\n    return [refused(socket.socket(socket.AF_UNIX, kind).connect, name) for name in e for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)]";
    let names = [
        &format!("\0{name}"),
        path.to_str().unwrap(),
        "/run/docker.sock",
        "/var/run/docker.sock",
        "/run/dbus/system_bus_socket",
        "/run/systemd/private",
        "/tmp/.X11-unix/X0",
    ];
    let seen = probe(code, json!(names)).await;
    let mut expected = vec![json!("ECONNREFUSED"); 2];
    expected.resize(2 * names.len(), json!("ENOENT"));
    assert_eq!(seen, Value::Array(expected));
}

#[tokio::test]
async fn functions_do_not_meet() {
    if !isolates() {
        return;
    }
    let code = r#"
kept = []
def probe(e):
    if e == "leave":
        for name in (b"\0meeting", "/tmp/meeting", "/dev/shm/meeting"):
            s = socket.socket(socket.AF_UNIX); s.bind(name); s.listen(); kept.append(s)
        s = socket.socket(); s.bind(("0.0.0.0", 8000)); s.listen(); kept.append(s)
        return libc.shmget(0x4865, 4096, 0o1666) >= 0 or refused(syscall, 29, 0x4865, 4096, 0o1666)
    found = [refused(socket.socket(socket.AF_UNIX).connect, name) for name in (b"\0meeting", "/tmp/meeting", "/dev/shm/meeting")]
    return found + [refused(syscall, 29, 0x4865, 4096, 0o666), os.listdir("/tmp"), os.listdir("/dev/shm")]
"#;
    let function = python(&format!("{HEAD}\n{code}"));
    let mut first = function.start().await.unwrap();
    let left = json(&first.invoke(invocation("a", "\"leave\"")).await.0);
    assert!(left == true || left == "EPERM", "{left}");
    let mut second = function.start().await.unwrap();
    let found = json(&second.invoke(invocation("b", "\"look\"")).await.0);
    let memory = if left == true { "ENOENT" } else { "EPERM" };
    assert_eq!(found, json!(["ECONNREFUSED", "ENOENT", "ENOENT", memory, [], []]));
    assert!(first.is_alive());
}

#[tokio::test]
async fn nothing_but_the_two_ports_listens() {
    if !isolates() {
        return;
    }
    let code = r#"
def probe(e):
    found = []
    few = (22, 80, 631, 4566, 8000, 9001)
    for address, ports in (("127.0.0.1", range(1, 20_000)), ("127.0.0.2", few), ("::1", few)):
        for port in ports:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            with socket.socket(family) as s:
                if s.connect_ex((address, port)) == 0: found.append([address, port])
    return found + [refused(socket.socket().connect, (a, 80)) for a in e]
"#;
    let elsewhere = json!(["169.254.169.254", "169.254.170.2", "192.168.0.1", "172.17.0.1"]);
    let mut expected = vec![json!(["127.0.0.1", 4566]), json!(["127.0.0.1", 9001])];
    expected.resize(6, json!("ENETUNREACH"));
    assert_eq!(probe(code, elsewhere).await, Value::Array(expected));
}

#[tokio::test]
async fn no_privilege_comes_back() {
    if !isolates() {
        return;
    }
    let code = r#"
def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode and "failed"
def probe(e):
    return {
        "setuid": refused(os.setuid, 0), "setgid": refused(os.setgid, 0), "groups": refused(os.setgroups, [0]),
        "unshare": [run("unshare", *flags) for flags in (["-Ur"], ["-Urm"], ["-n"], ["-p"], ["-T"])],
        "mknod": refused(os.mknod, "/tmp/disk", 0o600 | stat.S_IFBLK, os.makedev(254, 0)),
        "nice": refused(os.setpriority, os.PRIO_PROCESS, 0, -20),
        "realtime": refused(os.sched_setscheduler, 0, os.SCHED_FIFO, os.sched_param(1)),
        "files": refused(resource.setrlimit, resource.RLIMIT_NOFILE, (4096, 4096)),
        "cores": [refused(resource.setrlimit, resource.RLIMIT_CORE, (0, 0)), refused(syscall, 302, 0, 4, 0, 0)],
        "oom": refused(lambda: open("/proc/self/oom_score_adj", "w").write("-1000")),
        "core pattern": refused(lambda: open("/proc/sys/kernel/core_pattern", "w").write("|/tmp/x")),
        "capabilities": refused(syscall, 126, (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)(~0, ~0, ~0, ~0, ~0, ~0)),
        "init": [refused(os.listdir, "/proc/1"), refused(os.readlink, "/proc/1/exe")],
        "terminal": [refused(__import__("fcntl").ioctl, fd, 0x5412, b"x") for fd in (0, 1, 2)],
    }
"#;
    let seen = probe(code, json!(null)).await;
    if cfg!(target_arch = "x86_64") {
        let terminal = json!(["EPERM", "EPERM", "EPERM"]);
        let expected = json!({
            "setuid": "EPERM", "setgid": "EPERM", "groups": "EPERM",
            "unshare": ["failed", "failed", "failed", "failed", "failed"], "mknod": "EPERM",
            "nice": "EACCES", "realtime": "EPERM", "files": "not allowed to raise maximum limit",
            "cores": ["not allowed to raise maximum limit", "EPERM"], "oom": "EROFS", "core pattern": "EROFS",
            "capabilities": "EPERM", "init": ["ENOENT", "ENOENT"], "terminal": terminal,
        });
        let difference: Vec<_> = expected
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, value)| seen[name.as_str()] != **value)
            .map(|(name, _)| (name, &seen[name.as_str()]))
            .collect();
        assert!(difference.is_empty(), "{difference:?}");
    }
}

#[tokio::test]
async fn newer_and_rarer_system_calls_are_refused() {
    if !isolates() {
        return;
    }
    let code = r#"
def probe(e):
    numbers = {"io_uring_setup": 425, "io_uring_enter": 426, "userfaultfd": 323, "open_tree": 428, "fsopen": 430,
               "quotactl_fd": 443, "process_mrelease": 448, "statmount": 457, "listmount": 458, "open_tree_attr": 467,
               "add_key": 248, "request_key": 249, "keyctl": 250, "process_vm_readv": 310, "kcmp": 312,
               "fanotify_init": 300, "pidfd_getfd": 438, "modify_ldt": 154, "iopl": 172}
    kinds = [(socket.AF_INET, socket.SOCK_STREAM, 132), (socket.AF_INET, socket.SOCK_STREAM, 262), (socket.AF_INET, 5, 33),
             (socket.AF_NETLINK, socket.SOCK_RAW, 12), (socket.AF_NETLINK, socket.SOCK_RAW, 16), (socket.AF_INET, socket.SOCK_RAW, 1)]
    return [sorted({name for name, number in numbers.items() if refused(syscall, number, 0, 0, 0, 0, 0, 0) != "EPERM"}),
            [refused(lambda k=k: socket.socket(*k).close()) for k in kinds],
            [n for _, n in socket.if_nameindex()]]
"#;
    let seen = probe(code, json!(null)).await;
    if cfg!(target_arch = "x86_64") {
        let no = "EPROTONOSUPPORT";
        assert_eq!(seen, json!([[], [no, no, no, no, no, "EPERM"], ["lo"]]));
    }
}

#[tokio::test]
async fn who_runs_out_of_files_does_not_take_those_of_others() {
    if !isolates() {
        return;
    }
    let code = r#"
held = []
def probe(e):
    for _ in range(16):
        if os.fork() == 0:
            while refused(lambda: held.append(os.open("/dev/null", os.O_RDONLY))) == "allowed": pass
            signal.pause()
    while refused(lambda: held.append(os.open("/dev/null", os.O_RDONLY))) == "allowed": pass
    for fd in held[-8:]: os.close(fd)
    return len(held)
"#;
    let function = python(&format!("{HEAD}\n{code}"));
    let mut greedy = function.start().await.unwrap();
    let held = json(&greedy.invoke(invocation("a", "0")).await.0).as_u64().unwrap();
    assert!((900..1024).contains(&held), "{held}");
    let other = python("def handler(e, c): return open('/dev/null').read()");
    assert_eq!(json(&other.run("0").await.0), "");
}

#[tokio::test]
async fn a_crash_leaves_no_dump() {
    if !isolates() {
        return;
    }
    let code = r#"
def probe(e):
    pid = os.fork()
    if pid == 0:
        os.chdir("/tmp"); os.kill(os.getpid(), signal.SIGSEGV)
    _, status = os.waitpid(pid, 0)
    return [os.WTERMSIG(status), os.WCOREDUMP(status), os.listdir("/tmp")]
"#;
    assert_eq!(probe(code, json!(null)).await, json!([11, false, []]));
}
