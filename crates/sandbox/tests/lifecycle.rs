//! Starting, custom runtimes, the endpoint, speed, and what is left afterwards.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // helpers of tests, measuring

mod common;

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::{invocation, isolates, json, log_text, node, provided, python};
use sandbox::{Environment, Outcome, StartFailure};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A custom runtime in a few lines: answers with the event it got.
const ECHO: &str = r#"#!/usr/bin/python3 -S
import _socket, os
host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
s = _socket.socket(); s.connect((host, int(port)))
def call(request):
    s.send(request)
    data = b""
    while b"\r\n\r\n" not in data: data += s.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    headers = dict(l.lower().split(b": ", 1) for l in head.split(b"\r\n")[1:])
    while len(body) < int(headers[b"content-length"]): body += s.recv(65536)
    return head.split(b" ")[1], headers, body
P = b" /2018-06-01/runtime/invocation/"
while True:
    _, headers, body = call(b"GET" + P + b"next HTTP/1.1\r\nHost: x\r\n\r\n")
    id = headers[b"lambda-runtime-aws-request-id"]
    wrong, _, _ = call(b"POST" + P + b"nobody/response HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    early, _, _ = call(b"GET" + P + b"next HTTP/1.1\r\nHost: x\r\n\r\n")
    body = b'[' + body + b',' + wrong + b',' + early + b']'
    status, _, _ = call(b"POST" + P + id + b"/response HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    print("status", status.decode(), flush=True)
"#;

fn isolated_python() -> bool {
    isolates() && fs::exists("/usr/bin/python3").unwrap_or(false)
}

#[tokio::test]
async fn custom_runtimes_bring_their_own_client() {
    if !isolated_python() {
        return;
    }
    let function = provided(ECHO);
    let mut environment = function.start().await.unwrap();
    for event in ["1", "{\"k\":2}"] {
        let (outcome, _) = environment.invoke(invocation(event, event)).await;
        let event: serde_json::Value = serde_json::from_str(event).unwrap();
        assert_eq!(json(&outcome), json!([event, 400, 403]));
    }
    environment.stop().await;
}

#[tokio::test]
async fn missing_and_broken_programs_are_named() {
    if !isolates() {
        return;
    }
    let function = provided("no program");
    let error = function.start().await.err().unwrap();
    assert_eq!(error.to_string(), "fork/exec /var/task/bootstrap: exec format error");
    fs::remove_file(function.folder.path().join("bootstrap")).unwrap();
    let error = function.start().await.err().unwrap();
    let StartFailure::InvalidEntrypoint(message) = &error.reason else { panic!("{error}") };
    assert!(message.starts_with("Couldn't find valid bootstrap(s): ["), "{message}");
}

#[tokio::test]
async fn a_runtime_that_ends_at_once_is_told() {
    if !isolates() {
        return;
    }
    let error = provided("#!/bin/sh\necho starting; exit 3\n").start().await.err().unwrap();
    let StartFailure::Exited(exit) = &error.reason else { panic!("{error}") };
    assert_eq!(exit.status, "Runtime exited with error: exit status 3");
    assert_eq!(error.log[0].text, "starting");
}

#[tokio::test]
async fn connections_to_the_endpoint_reach_the_host() {
    if !isolates() {
        return;
    }
    let mut function = python(
        "import os, socket\ndef handler(e, c):\n    s = socket.create_connection(('127.0.0.1', 4566))\n    s.sendall(b'ping')\n    return [s.recv(9).decode(), os.environ['AWS_ENDPOINT_URL']]",
    );
    function.spec.endpoint = Some(Arc::new(|mut stream| {
        Box::pin(async move {
            let mut ping = [0; 4];
            stream.read_exact(&mut ping).await.unwrap();
            stream.write_all(&[b"pong to ", &ping[..1]].concat()).await.unwrap();
        })
    }));
    let (outcome, _, _) = function.run("{}").await;
    assert_eq!(json(&outcome), json!(["pong to p", "http://127.0.0.1:4566"]));
}

#[tokio::test]
async fn node_functions_answer_fail_and_log() {
    if !isolates() {
        return;
    }
    let code = "let n = 0;\nexports.handler = async (event, context) => {\n  console.log('n', ++n, {a: 1});\n  if (event.fail) throw new TypeError('no');\n  return { n, event, left: context.getRemainingTimeInMillis() > 0, id: context.awsRequestId };\n};\nexports.callback = (event, context, callback) => { setTimeout(() => callback(null, 'called'), 10); };\nexports.nothing = () => 'ignored';";
    let Some(mut function) = node(code) else { return };
    let mut environment = function.start().await.unwrap();
    let (outcome, _) = environment.invoke(invocation("r-1", "{\"x\":\"ä\"}")).await;
    assert_eq!(json(&outcome), json!({"n": 1, "event": {"x": "ä"}, "left": true, "id": "r-1"}));
    let log = log_text(&mut environment);
    assert!(log.ends_with("Z\tr-1\tINFO\tn 1 { a: 1 }"), "{log}");
    let (outcome, _) = environment.invoke(invocation("r-2", "{\"fail\":true}")).await;
    let Outcome::Error { error_type, .. } = &outcome else { panic!("{outcome:?}") };
    assert_eq!(error_type, "TypeError");
    let document = json(&outcome);
    assert_eq!(
        (&document["errorMessage"], &document["errorType"]),
        (&json!("no"), &json!("TypeError"))
    );
    assert!(document["trace"][1].as_str().unwrap().contains("/var/task/main.js:4"), "{document}");
    assert!(log_text(&mut environment).contains("\tr-2\tERROR\tInvoke Error \t{\"errorType\""));
    for (handler, answer) in [("main.callback", json!("called")), ("main.nothing", json!(null))] {
        function.spec.handler = handler.to_owned();
        assert_eq!(json(&function.run("{}").await.0), answer, "{handler}");
    }
    for (handler, kind) in
        [("main.other", "Runtime.HandlerNotFound"), ("absent.handler", "Runtime.ImportModuleError")]
    {
        function.spec.handler = handler.to_owned();
        let error = function.start().await.err().unwrap();
        let StartFailure::Init { error_type, .. } = &error.reason else { panic!("{error}") };
        assert_eq!(error_type, kind);
    }
}

#[tokio::test]
async fn node_modules_can_be_esm() {
    if !isolates() {
        return;
    }
    let Some(function) = node("export const handler = async () => import.meta.url;") else {
        return;
    };
    fs::write(function.folder.path().join("package.json"), "{\"type\":\"module\"}").unwrap();
    assert_eq!(json(&function.run("{}").await.0), json!("file:///var/task/main.js"));
}

/// Whether anything of a sandbox of this process is left: processes and cgroups.
fn leftovers() -> Vec<String> {
    let own = std::process::id().to_string();
    let children = fs::read_dir("/proc/self/task")
        .unwrap()
        .flatten()
        .map(|task| fs::read_to_string(task.path().join("children")).unwrap_or_default());
    let mut left: Vec<String> = children.filter(|list| !list.trim().is_empty()).collect();
    let memory = fs::read_to_string("/proc/self/cgroup").unwrap();
    for line in memory.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controller, path) = (parts.next().unwrap(), parts.next().unwrap());
        let folder = format!("/sys/fs/cgroup/{controller}{path}");
        let groups = fs::read_dir(folder).into_iter().flatten().flatten();
        let names = groups.map(|group| group.file_name().to_string_lossy().into_owned());
        left.extend(names.filter(|name| name.starts_with(&format!("heist-{own}-"))));
    }
    left
}

#[test]
fn nothing_is_left_behind() {
    if !isolates() {
        return;
    }
    // Its own process, so that other tests' functions do not count.
    let this = std::env::current_exe().unwrap();
    let status = std::process::Command::new(this)
        .args(["--ignored", "--exact", "leaves_nothing"])
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
#[ignore = "run by nothing_is_left_behind in a process of its own"]
fn leaves_nothing() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mounts = || fs::read_to_string("/proc/self/mountinfo").unwrap();
    let before = mounts();
    runtime.block_on(async {
        let code = "import subprocess\nsubprocess.Popen(['sleep', '60'], start_new_session=True)\ndef handler(e, c): return 1";
        let mut environment = python(code).start().await.unwrap();
        let (outcome, _) = environment.invoke(invocation("r", "1")).await;
        assert_eq!(json(&outcome), json!(1));
        assert!(!leftovers().is_empty());
        environment.stop().await;
        assert_eq!(leftovers(), Vec::<String>::new());
        let dropped = python(code).start().await.unwrap();
        drop(dropped);
        let abandoned = tokio::time::timeout(Duration::from_millis(4), python(code).start()).await;
        drop(abandoned);
    });
    drop(runtime);
    let deadline = Instant::now() + Duration::from_secs(5);
    while !leftovers().is_empty() && Instant::now() < deadline {
        std::thread::yield_now();
    }
    assert_eq!(leftovers(), Vec::<String>::new());
    assert_eq!(mounts(), before);
}

#[test]
fn a_killed_host_takes_its_functions_along() {
    if !isolates() {
        return;
    }
    use std::io::{BufRead, BufReader};
    let mut host = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "starts_and_waits", "--nocapture"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(host.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.ends_with("started")));
    let init = fs::read_dir(format!("/proc/{}/task", host.id()))
        .unwrap()
        .flatten()
        .filter_map(|task| fs::read_to_string(task.path().join("children")).ok())
        .find_map(|list| list.split_whitespace().next().map(str::to_owned))
        .unwrap();
    host.kill().unwrap();
    host.wait().unwrap();
    let alive = || {
        let status = fs::read_to_string(format!("/proc/{init}/status")).unwrap_or_default();
        !status.is_empty() && !status.contains("State:\tZ")
    };
    let deadline = Instant::now() + Duration::from_secs(5);
    while alive() && Instant::now() < deadline {
        std::thread::yield_now();
    }
    assert!(!alive());
}

#[tokio::test]
#[ignore = "run by a_killed_host_takes_its_functions_along in a process of its own"]
async fn starts_and_waits() {
    let function = python("def handler(e, c):\n    while True: pass");
    let mut environment = function.start().await.unwrap();
    println!("started");
    let _ = environment.invoke(invocation("r", "1")).await;
}

#[tokio::test]
async fn a_start_is_fast() {
    if !isolates() {
        return;
    }
    let function = python("def handler(e, c): return 1");
    drop(function.start().await.unwrap()); // the first finds interpreters and warms the page cache
    let mut starts = Vec::new();
    for _ in 0..10 {
        let mut environment = function.start().await.unwrap();
        let (_, usage) = environment.invoke(invocation("r", "1")).await;
        starts.push(usage.init_duration.unwrap());
        environment.stop().await;
    }
    starts.sort();
    eprintln!("python cold start: median {:?}, worst {:?}", starts[5], starts[9]);
    assert!(starts[5] < Duration::from_millis(240), "{starts:?}");

    let function = provided("#!/bin/sh\nexit 0\n");
    let mut starts = Vec::new();
    for _ in 0..10 {
        starts.push(function.start().await.err().unwrap().duration);
    }
    starts.sort();
    eprintln!("provided until /bin/sh has ended: median {:?}, worst {:?}", starts[5], starts[9]);
    if let Some(function) = node("exports.handler = async () => 1;") {
        let started = Instant::now();
        let environment = function.start().await.unwrap();
        eprintln!("node cold start: {:?}", started.elapsed());
        drop(environment);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cold_starts_do_not_wait_for_each_other() {
    if !isolates() {
        return;
    }
    let function = Arc::new(python("import time\ntime.sleep(0.4)\ndef handler(e, c): return 1"));
    let started = Instant::now();
    let starts: Vec<_> = (0..8)
        .map(|_| {
            let function = Arc::clone(&function);
            tokio::spawn(async move { function.start().await.unwrap() })
        })
        .collect();
    let mut environments: Vec<Environment> = Vec::new();
    for start in starts {
        environments.push(start.await.unwrap());
    }
    let took = started.elapsed();
    eprintln!("8 parallel cold starts that sleep 400 ms each: {took:?}");
    assert!(took < Duration::from_millis(2000), "{took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn warm_invocations_are_fast() {
    if !isolates() {
        return;
    }
    let function = python("def handler(e, c): return e");
    let mut environment = function.start().await.unwrap();
    const CALLS: u32 = 2_000;
    let started = Instant::now();
    for n in 0..CALLS {
        let (outcome, _) = environment.invoke(invocation(&format!("r-{n}"), "{\"a\":1}")).await;
        assert!(matches!(outcome, Outcome::Response(_)), "{outcome:?}");
    }
    let each = started.elapsed() / CALLS;
    eprintln!("warm invocation of Python, this build: {each:?} each");
    assert!(each < Duration::from_millis(2));
}
