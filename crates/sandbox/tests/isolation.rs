//! Escapes that must fail, and limits that must hold.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // helpers of tests, measuring

mod common;

use std::fs;
use std::net::TcpListener;
use std::time::Duration;

use common::{invocation, isolates, json, log_text, python};
use sandbox::{Outcome, StartFailure};
use serde_json::{Value, json};

/// Runs `probe(e)` inside, which may raise; gives its result or the error's class and text.
async fn inside(code: &str, event: &str) -> Value {
    let code = format!(
        "import os, sys, ctypes, socket\nlibc = ctypes.CDLL(None, use_errno=True)\n{code}\n\
         def handler(e, c):\n    try:\n        return probe(e)\n    except OSError as x:\n        return os.strerror(x.errno) if x.errno else str(x)\n"
    );
    json(&python(&code).run(event).await.0)
}

#[tokio::test]
async fn the_hosts_files_are_out_of_sight() {
    if !isolates() {
        return;
    }
    let other = tempfile::tempdir().unwrap();
    fs::write(other.path().join("secret"), "x").unwrap();
    let code = "def probe(e):\n    seen = []\n    for p in e:\n        try:\n            seen.append([p, os.listdir(p) if os.path.isdir(p) else open(p).read(1)])\n        except FileNotFoundError: pass\n        except PermissionError: pass\n    return seen";
    let secret = other.path().join("secret");
    let home = std::env::var("HOME").unwrap_or_default();
    let paths = json!([
        "/etc/shadow",
        "/work",
        "/home",
        "/boot",
        "/sys",
        "/run",
        "/mnt",
        "/srv",
        "/etc/ssh",
        "/var/log",
        "/proc/1/environ",
        "/proc/1/root/etc",
        "/proc/1/mem",
        format!("{home}/.bashrc"),
        format!("{home}/.ssh"),
        secret,
        env!("CARGO_MANIFEST_DIR"),
    ]);
    assert_eq!(inside(code, &paths.to_string()).await, json!([]));
    let code = "def probe(e):\n    return [sorted(os.listdir('/')), os.listdir('/tmp'), os.listdir('/var')]";
    let seen = inside(code, "0").await;
    let root: Vec<&str> = seen[0].as_array().unwrap().iter().flat_map(Value::as_str).collect();
    for expected in ["bin", "dev", "etc", "lib", "opt", "proc", "tmp", "usr", "var"] {
        assert!(root.contains(&expected), "{root:?}");
    }
    assert_eq!(seen[1], json!([]));
}

#[tokio::test]
async fn only_own_processes_exist() {
    if !isolates() {
        return;
    }
    let code = "def probe(e):\n    pids = [p for p in os.listdir('/proc') if p.isdigit()]\n    try: os.kill(1, 9)\n    except PermissionError: pass\n    return [os.getpid(), pids, os.getuid(), os.getgid(), os.getgroups(), open('/proc/self/status').read()]";
    let seen = inside(code, "0").await;
    assert_eq!(seen[0], 2);
    assert_eq!(seen[1], json!(["2"]), "hidepid hides the init");
    assert_eq!((&seen[2], &seen[3]), (&json!(993), &json!(993)));
    let status = seen[5].as_str().unwrap();
    for line in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
        assert!(status.contains(&format!("{line}:\t0000000000000000")), "{status}");
    }
    assert!(status.contains("NoNewPrivs:\t1") && status.contains("Seccomp:\t2"));
}

#[tokio::test]
async fn no_open_file_leaks_in() {
    if !isolates() {
        return;
    }
    let code = "def probe(e):\n    seen = set()\n    for fd in os.listdir('/proc/self/fd'):\n        try: seen.add(os.readlink('/proc/self/fd/' + fd).split('[')[0])\n        except FileNotFoundError: pass\n    return sorted(seen) + [open('/proc/keys').read()]";
    assert_eq!(inside(code, "0").await, json!(["/dev/null", "pipe:", "socket:", ""]));
}

#[tokio::test]
async fn output_can_be_opened_by_name() {
    if !isolates() {
        return;
    }
    let function = python(
        "def handler(e, c):\n    with open('/dev/stdout', 'w') as f: f.write('by name\\n')\n    open('/dev/null', 'w').write('x')",
    );
    let (outcome, _, log) = function.run("0").await;
    assert_eq!((json(&outcome), log.as_str()), (json!(null), "by name"));
}

#[tokio::test]
async fn nothing_outside_can_be_connected_to() {
    if !isolates() {
        return;
    }
    let host = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = host.local_addr().unwrap().port();
    let code = "def probe(e):\n    seen = []\n    for address in e:\n        s = socket.socket()\n        s.settimeout(2)\n        try: s.connect(tuple(address)); seen.append('connected')\n        except OSError as x: seen.append(os.strerror(x.errno) if x.errno else str(x))\n    try: socket.getaddrinfo('example.com', 80)\n    except socket.gaierror: seen.append('no name')\n    for family in (17, 40, 38):\n        try: socket.socket(family, socket.SOCK_DGRAM)\n        except OSError as x: seen.append(x.errno)\n    return seen + [sorted(n for _, n in socket.if_nameindex())]";
    let event =
        json!([["127.0.0.1", port], ["1.1.1.1", 443], ["169.254.169.254", 80], ["10.0.0.1", 22]]);
    let unreachable = "Network is unreachable";
    assert_eq!(
        inside(code, &event.to_string()).await,
        json!([
            "Connection refused",
            unreachable,
            unreachable,
            unreachable,
            "no name",
            97,
            97,
            97,
            ["lo"]
        ])
    );
}

#[tokio::test]
async fn privileged_calls_are_refused() {
    if !isolates() {
        return;
    }
    let code = "def call(n, *a):\n    r = libc.syscall(n, *a)\n    return ctypes.get_errno() if r < 0 else 'allowed'\ndef probe(e):\n    flags = [0x10000000, 0x20000, 0x20000000, 0x40000000]\n    return {\n        'mount': libc.mount(b'none', b'/tmp', b'tmpfs', 0, None) and ctypes.get_errno(),\n        'ptrace': call(101, 16, 1, 0, 0), 'unshare': [call(272, f) for f in flags],\n        'clone': [call(56, f | 17, 0, 0, 0, 0) for f in flags], 'clone3': call(435, 0, 0),\n        'setns': call(308, 0, 0), 'bpf': call(321, 0, 0, 0), 'keyctl': call(250, 0, 0),\n        'io_uring': call(425, 1, 0), 'x32 mount': call(0x40000000 + 165, 0, 0, 0, 0, 0),\n        'chroot': call(161, b'/tmp'), 'userfaultfd': call(323, 0), 'perf': call(298, 0, 0, 0, 0, 0),\n        'open_by_handle_at': call(304, 0, 0, 0)}";
    let seen = inside(code, "0").await;
    if cfg!(target_arch = "x86_64") {
        let expected = json!({
            "mount": 1, "ptrace": 1, "unshare": [1, 1, 1, 1], "clone": [1, 1, 1, 1], "clone3": 38,
            "setns": 1, "bpf": 1, "keyctl": 1, "io_uring": 1, "x32 mount": 38, "chroot": 1,
            "userfaultfd": 1, "perf": 1, "open_by_handle_at": 1,
        });
        assert_eq!(seen, expected);
    }
}

#[tokio::test]
async fn only_the_temporary_folder_is_writable() {
    if !isolates() {
        return;
    }
    let code = "def probe(e):\n    written = []\n    for folder in e:\n        try:\n            open(os.path.join(folder, 'new'), 'w').write('x'); written.append(folder)\n        except OSError: pass\n    try: os.chmod('/var/task/main.py', 0o777); written.append('chmod')\n    except OSError: pass\n    try: open('/proc/sys/kernel/hostname', 'w').write('x'); written.append('sysctl')\n    except OSError: pass\n    return written";
    let folders = json!([
        "/",
        "/usr",
        "/usr/lib",
        "/etc",
        "/var",
        "/var/task",
        "/var/runtime",
        "/opt",
        "/dev",
        "/proc",
        "/root",
        "/tmp",
        "/dev/shm"
    ]);
    assert_eq!(inside(code, &folders.to_string()).await, json!(["/tmp", "/dev/shm"]));
}

#[tokio::test]
async fn the_temporary_folder_is_bounded() {
    if !isolates() {
        return;
    }
    let code = "def probe(e):\n    with open('/tmp/big', 'wb', 0) as f:\n        for _ in range(100): f.write(bytes(1 << 20))";
    assert_eq!(inside(code, "0").await, json!("No space left on device"));
}

#[tokio::test]
async fn a_fork_bomb_is_bounded() {
    if !isolates() {
        return;
    }
    let mut function = python(
        "import os, signal\ndef handler(e, c):\n    n = 0\n    while n < 3000:\n        try: pid = os.fork()\n        except BlockingIOError: break\n        if pid == 0:\n            signal.pause(); os._exit(0)\n        n += 1\n    return n",
    );
    function.spec.memory_mb = 2048;
    let forked = json(&function.run("0").await.0).as_u64().unwrap();
    assert!((500..1100).contains(&forked), "{forked}");
}

#[tokio::test]
async fn a_memory_hog_is_killed() {
    if !isolates() {
        return;
    }
    let mut function = python(
        "import os\ndef handler(e, c):\n    if e == 'child' and os.fork(): os.wait()\n    held = []\n    while True: held.append(b'x' * (1 << 20))",
    );
    function.spec.memory_mb = 64;
    for event in ["\"self\"", "\"child\""] {
        let (outcome, usage, _) = function.run(event).await;
        let Outcome::Exited(exit) = outcome else { panic!("{outcome:?}") };
        assert_eq!(exit.status, "Runtime exited with error: signal: killed");
        assert!(exit.out_of_memory && usage.max_memory_mb >= 64, "{event} {usage:?}");
    }
}

#[tokio::test]
async fn files_do_not_count_as_memory() {
    if !isolates() {
        return;
    }
    let mut function = python(
        "def handler(e, c):\n    with open('/tmp/f', 'wb', 0) as f:\n        for _ in range(150): f.write(bytes(1 << 20))\n    return 'fits'",
    );
    function.spec.memory_mb = 128;
    function.spec.ephemeral_mb = 200;
    assert_eq!(json(&function.run("{}").await.0), json!("fits"));
}

#[tokio::test]
async fn time_ends_loops_and_slow_starts() {
    if !isolates() {
        return;
    }
    let function = python("def handler(e, c):\n    print('spinning')\n    while True: pass");
    let mut environment = function.start().await.unwrap();
    let mut call = invocation("r", "{}");
    call.timeout = Duration::from_millis(200);
    let (outcome, usage) = environment.invoke(call).await;
    assert_eq!(outcome, Outcome::TimedOut);
    assert!(
        usage.duration >= Duration::from_millis(200) && usage.duration < Duration::from_secs(1)
    );
    assert!(!environment.is_alive());
    assert_eq!(log_text(&mut environment), "spinning");

    let mut slow = python("import time\ntime.sleep(30)\ndef handler(e, c): pass");
    slow.spec.init_timeout = Duration::from_millis(200);
    let error = slow.start().await.err().unwrap();
    assert!(matches!(error.reason, StartFailure::TimedOut), "{error}");
}

#[tokio::test]
async fn huge_outputs_and_answers_are_bounded() {
    if !isolates() {
        return;
    }
    let function = python(
        "def handler(e, c):\n    if e: return 'x' * (7 << 20)\n    for _ in range(300): print('y' * 100_000)\n    return 'z' * 6_000_000",
    );
    let mut environment = function.start().await.unwrap();
    let (outcome, _) = environment.invoke(invocation("a", "0")).await;
    assert_eq!(json(&outcome).as_str().unwrap().len(), 6_000_000);
    let lines = environment.take_log();
    assert!(lines.last().unwrap().text.ends_with("lines were dropped: too much output"));
    assert!(lines.iter().map(|line| line.text.len()).sum::<usize>() < 9 << 20);
    let (outcome, _) = environment.invoke(invocation("b", "1")).await;
    let message = "Response payload size (7340034 bytes) exceeded maximum allowed payload size (6291556 bytes).";
    assert_eq!(
        json(&outcome),
        json!({"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"})
    );
    let (outcome, _) = environment.invoke(invocation("c", "1")).await;
    assert_eq!(json(&outcome)["errorType"], "Function.ResponseSizeTooLarge", "still serves");
}
