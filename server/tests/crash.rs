//! The built binary under load, killed again and again: what it did before and after has an order.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

#[path = "../../services/dynamodb/tests/it/accounts/mod.rs"]
mod accounts;

use accounts::{Accounts, Answer, BY_BALANCE, BY_HOLDER, Call, Outcome, StreamReader, TABLE};
use bytes::Bytes;
use http::{Request, header};
use serde_json::{Value, json};
use service_kit::{
    clock::Clock,
    entropy::Entropy,
    platform::{Platform, Settings, Throttling},
};
use std::{
    hash::BuildHasher,
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, mpsc},
};
use store::Store;
use store_local::LocalEngine;
use testkit::linearizability::{History, Verdict, check};

/// How often the server is killed, and after how many answers.
const KILLS: u64 = 8;
const ANSWERS: usize = 120;
/// Calls at once.
const CALLERS: u64 = 6;
/// The most that is tried to explain the history.
const BUDGET: usize = 2_000_000;
const KEY_ID: &str = "AKIAQAAAAAAAAAACRASH";
const SECRET: &str = "crash-test-secret-access-key-00000000000";

/// A running server, killed when dropped.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(data: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_heist"))
            .args(["up", "--json", "--port", "0", "--access-key-id", KEY_ID])
            .args(["--secret-access-key", SECRET, "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let endpoint = ready["endpoint"].as_str().unwrap();
        Self { child, address: endpoint.trim_start_matches("http://").parse().unwrap() }
    }
}

impl Server {
    /// SIGKILL, whatever it is doing.
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// One connection, on which calls are made one after the other, and the id of the last one answered.
struct Connection(BufReader<TcpStream>, String);

impl Connection {
    fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream), String::new()))
    }

    /// The status and the body of the answer.
    fn call(&mut self, target: &str, input: &Value) -> io::Result<(u16, Value)> {
        let host = self.0.get_ref().peer_addr()?.to_string();
        let request = Request::post("/")
            .header(header::HOST, &host)
            .header(header::CONTENT_TYPE, "application/x-amz-json-1.0")
            .header("x-amz-target", target);
        let body = Bytes::from(input.to_string());
        let (mut parts, body) = request.body(body).unwrap().into_parts();
        let credentials = sigv4::Credentials {
            access_key_id: KEY_ID.into(),
            secret_access_key: SECRET.into(),
            session_token: None,
        };
        let now = Clock::system().now().as_secs();
        sigv4::sign(&mut parts, &body, &credentials, "us-east-1", "dynamodb", now).unwrap();
        let mut bytes = b"POST / HTTP/1.1\r\n".to_vec();
        for (name, value) in &parts.headers {
            bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
        bytes.extend(format!("content-length: {}\r\n\r\n", body.len()).bytes());
        bytes.extend(&body);
        self.0.get_mut().write_all(&bytes)?;
        self.answer()
    }

    fn answer(&mut self) -> io::Result<(u16, Value)> {
        let (mut status, mut length) = (0, 0);
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let line = line.trim().to_ascii_lowercase();
            if let Some(rest) = line.strip_prefix("http/1.1 ") {
                status = rest.get(..3).and_then(|code| code.parse().ok()).unwrap_or(0);
            } else if let Some(rest) = line.strip_prefix("content-length:") {
                length = rest.trim().parse().map_err(io::Error::other)?;
            } else if let Some(id) = line.strip_prefix("x-amzn-requestid:") {
                self.1 = id.trim().to_owned();
            } else if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok((status, serde_json::from_slice(&body)?))
    }
}

/// What callers share.
#[derive(Default)]
struct Load {
    history: History<Call, Answer>,
    /// Calls whose answer was lost, with the times at which they were made first, which are to be
    /// sent again.
    lost: Mutex<Vec<(u64, Call)>>,
}

impl Load {
    /// Calls until the server is gone.
    fn call(&self, address: SocketAddr, random: &Entropy, answered: &mpsc::Sender<()>) {
        let Ok(mut connection) = Connection::open(address) else { return };
        loop {
            let lost = self.lost.lock().unwrap().pop();
            let (called, call) = lost.unwrap_or_else(|| {
                let now = self.history.now();
                (now, Call::random(random, now))
            });
            if !self.one(&mut connection, called, call) {
                return;
            }
            answered.send(()).ok();
        }
    }

    /// Makes `call`, which was made first at `called`; gives whether the server is there.
    fn one(&self, connection: &mut Connection, called: u64, call: Call) -> bool {
        let (operation, input) = call.request();
        let Ok((status, body)) = connection.call(&table_target(operation), &input) else {
            if matches!(call, Call::WriteAll(_, Some(_))) {
                // With its token it may be sent again.
                self.lost.lock().unwrap().push((called, call));
            } else {
                self.history.record(called, call, None);
            }
            return false;
        };
        let text = |name: &str| body[name].as_str().unwrap_or("");
        let answer = match status {
            200 => Ok(&body),
            _ => Err((
                text("__type").rsplit('#').next().unwrap_or(""),
                if body.get("message").is_some() { text("message") } else { text("Message") },
            )),
        };
        match call.outcome(answer) {
            Outcome::Answered(answer) => self.history.record(called, call, Some(answer)),
            // It may have been done when it was sent first, before a kill: only an answer tells.
            Outcome::NotDone if matches!(call, Call::WriteAll(_, Some(_))) => {
                self.lost.lock().unwrap().push((called, call));
            }
            Outcome::NotDone => {}
        }
        true
    }
}

fn table_target(operation: &str) -> String {
    format!("DynamoDB_20120810.{operation}")
}

fn ok(server: &Server, target: &str, input: &Value) -> Value {
    let answer = Connection::open(server.address).unwrap().call(target, input).unwrap();
    assert_eq!(answer.0, 200, "{target}: {}", answer.1);
    answer.1
}

/// The table agrees with its indexes; gives what is in it.
fn assert_whole(server: &Server) -> Vec<Value> {
    let scan = |index: Option<&str>| {
        let mut input = json!({"TableName": TABLE});
        if let Some(index) = index {
            input["IndexName"] = index.into();
        }
        ok(server, &table_target("Scan"), &input)["Items"].as_array().unwrap().clone()
    };
    let table = scan(None);
    for index in [BY_HOLDER, BY_BALANCE] {
        accounts::assert_index_agrees(index, &table, &scan(Some(index)));
    }
    table
}

/// Each time another load; `HEIST_SEED` repeats its calls, though not when they meet.
#[test]
fn what_is_answered_outlives_kills_in_order() {
    let chosen = std::env::var("HEIST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = chosen.unwrap_or_else(|| std::hash::RandomState::new().hash_one(0) >> 8);
    println!("HEIST_SEED={seed}");
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start(data.path());
    ok(&server, &table_target("CreateTable"), &accounts::table());
    let load = Load::default();
    for kill in 0..KILLS {
        let address = server.address;
        std::thread::scope(|scope| {
            let (answered, answers) = mpsc::channel();
            for caller in 0..CALLERS {
                let random = Entropy::seeded(seed.wrapping_add(kill * CALLERS + caller));
                let (load, answered) = (&load, answered.clone());
                scope.spawn(move || load.call(address, &random, &answered));
            }
            drop(answered);
            let count = answers.iter().take(ANSWERS).count();
            server.kill();
            assert_eq!(count, ANSWERS, "the callers gave up");
        });
        load.history.crashed();
        server = Server::start(data.path());
        assert_whole(&server);
    }
    let mut connection = Connection::open(server.address).unwrap();
    let lost = std::mem::take(&mut *load.lost.lock().unwrap());
    for (called, call) in lost {
        load.one(&mut connection, called, call);
    }
    assert!(load.lost.lock().unwrap().is_empty(), "alone, each is answered");
    let operations = load.history.into_operations();
    let mut stream = StreamReader::default();
    while let Some((operation, input)) = stream.request() {
        stream.answer(&ok(&server, &format!("DynamoDBStreams_20120810.{operation}"), &input));
    }
    accounts::assert_stream_agrees(&operations, &stream.records, &assert_whole(&server));
    let verdict = check(&Accounts, operations, BUDGET);
    assert_eq!(verdict, Verdict::Linearizable);
}

/// The data of a server that is not running, for looking into its journal.
fn stopped(data: &Path) -> Platform {
    let settings = Settings {
        data: data.to_owned(),
        port: 0,
        account: testkit::ACCOUNT.into(),
        region: testkit::REGION.into(),
        throttling: Throttling::default(),
        private_issuers: false,
        secrets: Vec::new(),
    };
    let store = Store::open(Arc::new(LocalEngine::open(data.join("store")).unwrap())).unwrap();
    Platform::new(store, Clock::system(), Entropy::system(), &[0; 32], settings)
}

#[test]
fn what_is_answered_is_journaled() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start(data.path());
    ok(&server, &table_target("CreateTable"), &accounts::table());
    server.kill();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let watch = |platform: Platform| {
        runtime.block_on(async { platform.journal().watch(testkit::ACCOUNT).await })
    };
    watch(stopped(data.path())).unwrap();
    let mut all = 0;
    for _ in 0..2 {
        server = Server::start(data.path());
        let address = server.address;
        let (answered, answers) = mpsc::channel();
        let scan = json!({"TableName": TABLE});
        let known: Vec<String> = std::thread::scope(|scope| {
            for _ in 0..CALLERS {
                let (answered, scan) = (answered.clone(), &scan);
                scope.spawn(move || {
                    let Ok(mut connection) = Connection::open(address) else { return };
                    while connection.call(&table_target("Scan"), scan).is_ok() {
                        answered.send(connection.1.clone()).ok();
                    }
                });
            }
            drop(answered);
            let mut known: Vec<_> = answers.iter().take(ANSWERS).collect();
            server.kill();
            known.extend(answers.iter());
            known
        });
        assert!(known.len() >= ANSWERS, "the callers gave up");
        let platform = stopped(data.path());
        for id in &known {
            let entry = platform.journal().find(id).unwrap();
            assert_eq!(entry.unwrap().operation, "Scan");
        }
        all += known.len();
        let listed = platform.journal().entries(testkit::ACCOUNT, None, 1_000_000).unwrap();
        assert!(listed.len() >= all);
    }
}
