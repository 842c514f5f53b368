//! The servers under measurement, and requests signed for them.

use crate::{Failure, http1::Connection};
use bytes::Bytes;
use http::Request;
use serde_json::Value;
use service_kit::clock::{Clock, Stopwatch};
use sigv4::Credentials;
use std::{
    env, fs,
    io::{BufRead, BufReader},
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

const KEY_ID: &str = "AKIAQAAAAAAAAAAABENCH";
const SECRET: &str = "benchmark-secret-access-key-000000000000";
/// How long a peer may take to start.
const PATIENCE: Duration = Duration::from_secs(60);
/// The unit of processor times in `/proc`, the same on every Linux.
const TICK: Duration = Duration::from_millis(10);

/// A process that ends with this value.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// From its start to its first answer.
    pub started_in: Duration,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Server {
    /// Starts `heist up` on the data folder `data`.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn heist(binary: &Path, data: &Path) -> Result<Self, Failure> {
        Self::heist_by(Command::new(binary), data).await
    }

    /// As [`Server::heist`], where `command` is one that runs the binary with what follows.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn heist_by(mut command: Command, data: &Path) -> Result<Self, Failure> {
        let watch = Stopwatch::start();
        let mut child = command
            .args(["up", "--json", "--port", "0"])
            .args(["--access-key-id", KEY_ID, "--secret-access-key", SECRET])
            .arg("--data")
            .arg(data)
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().ok_or("no standard output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let ready: Value = serde_json::from_str(&line)?;
        let endpoint = ready["endpoint"].as_str().unwrap_or_default();
        let address = endpoint.trim_start_matches("http://").parse()?;
        health(address, "/_heist/health").await?;
        Ok(Self { child, address, started_in: watch.elapsed() })
    }

    /// Starts the bare echo that is built beside this program.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn echo() -> Result<Self, Failure> {
        let watch = Stopwatch::start();
        let program = env::current_exe()?.with_file_name("echo");
        let mut child = Command::new(program).stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().ok_or("no standard output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        Ok(Self { child, address: line.trim().parse()?, started_in: watch.elapsed() })
    }

    /// Starts moto_server from the tests' Python environment.
    ///
    /// # Errors
    /// When it is not installed or does not start.
    pub async fn moto(program: &Path) -> Result<Self, Failure> {
        Self::peer(program, "/moto-api/data.json", |command, port| {
            command.args(["-p", port]);
        })
        .await
    }

    /// Starts dynalite on the data folder `data`, without its delays.
    ///
    /// # Errors
    /// When it is not installed or does not start.
    pub async fn dynalite(program: &Path, data: &Path) -> Result<Self, Failure> {
        Self::peer(program, "/", |command, port| {
            command.args(["--port", port, "--createTableMs", "0", "--path"]).arg(data);
        })
        .await
    }

    /// Starts ministack, which keeps everything in memory.
    ///
    /// # Errors
    /// When it is not installed or does not start.
    pub async fn ministack(program: &Path) -> Result<Self, Failure> {
        Self::peer(program, "/_ministack/health", |command, port| {
            command.env("GATEWAY_PORT", port);
        })
        .await
    }

    /// Starts fakecloud, which keeps everything in memory unless told otherwise.
    ///
    /// # Errors
    /// When it is not installed or does not start.
    pub async fn fakecloud(program: &Path) -> Result<Self, Failure> {
        Self::peer(program, "/_fakecloud/health", |command, port| {
            command.args(["--addr", &format!("127.0.0.1:{port}")]);
        })
        .await
    }

    /// Starts a peer that is told its port by `arrange` and answers at `path` once it is there.
    async fn peer(
        program: &Path,
        path: &str,
        arrange: impl FnOnce(&mut Command, &str),
    ) -> Result<Self, Failure> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let watch = Stopwatch::start();
        let mut command = Command::new(program);
        arrange(&mut command, &port.to_string());
        let child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut server = Self { child, address, started_in: Duration::ZERO };
        while health(address, path).await.is_err() {
            if watch.elapsed() > PATIENCE {
                return Err(format!("{} did not start", program.display()).into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        server.started_in = watch.elapsed();
        Ok(server)
    }

    /// Ends it as an operator does: a binary that counts what it runs then writes that down.
    ///
    /// # Errors
    /// When it cannot be told, or ends in any other way.
    pub fn stop(mut self) -> Result<(), Failure> {
        let told = Command::new("kill").arg(self.id().to_string()).status()?;
        if !told.success() {
            return Err(format!("it could not be told to end: {told}").into());
        }
        let status = self.child.wait()?;
        if status.success() { Ok(()) } else { Err(format!("it ended with {status}").into()) }
    }

    /// Its process's id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its resident memory in MiB.
    ///
    /// # Errors
    /// When it is gone.
    pub fn resident_mib(&self) -> Result<f64, Failure> {
        resident_mib(self.id())
    }

    /// The processor time that it has taken so far, user's and system's.
    ///
    /// # Errors
    /// When it is gone.
    pub fn cpu(&self) -> Result<Duration, Failure> {
        cpu(self.id())
    }

    /// The bytes that it has sent to the disk so far.
    ///
    /// # Errors
    /// When it is gone.
    pub fn written_bytes(&self) -> Result<u64, Failure> {
        written_bytes(self.id())
    }

    /// One signed request, answered with a success.
    ///
    /// # Errors
    /// When it is not.
    pub async fn ask(&self, service: &str, request: Request<Bytes>) -> Result<Value, Failure> {
        self.send(&signed(service, request)?).await
    }

    /// One request, answered with a success.
    ///
    /// # Errors
    /// When it is not.
    pub async fn send(&self, request: &[u8]) -> Result<Value, Failure> {
        let answer = Connection::to(self.address).exchange(request).await?;
        if !(200..300).contains(&answer.status) {
            return Err(String::from_utf8_lossy(&answer.body).into_owned().into());
        }
        Ok(serde_json::from_slice(&answer.body).unwrap_or(Value::Null))
    }
}

/// The resident memory of a process, in MiB.
///
/// # Errors
/// When there is none.
pub fn resident_mib(id: u32) -> Result<f64, Failure> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    Ok(kib.ok_or("no VmRSS")? / 1024.0)
}

/// The processor time that a process has taken so far, user's and system's.
///
/// # Errors
/// When there is none.
pub fn cpu(id: u32) -> Result<Duration, Failure> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
    // The name, in parentheses, may have spaces; of what follows, these are the 12th and 13th.
    let (_, rest) = stat.rsplit_once(')').ok_or("no stat")?;
    let ticks = rest.split_ascii_whitespace().skip(11).take(2);
    let ticks: u32 = ticks.filter_map(|ticks| ticks.parse::<u32>().ok()).sum();
    Ok(TICK * ticks)
}

/// The bytes that a process has sent to the disk so far.
///
/// # Errors
/// When there is none.
pub fn written_bytes(id: u32) -> Result<u64, Failure> {
    let io = fs::read_to_string(format!("/proc/{id}/io"))?;
    let line = io.lines().find_map(|line| line.strip_prefix("write_bytes:"));
    Ok(line.and_then(|bytes| bytes.trim().parse().ok()).ok_or("no write_bytes")?)
}

async fn health(address: SocketAddr, path: &str) -> Result<(), Failure> {
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n");
    Connection::to(address).exchange(request.as_bytes()).await.map(drop)
}

/// `request`, signed for `service`, as the bytes of HTTP/1.1.
///
/// # Errors
/// When it cannot be signed.
pub fn signed(service: &str, request: Request<Bytes>) -> Result<Vec<u8>, Failure> {
    let (mut parts, body) = request.into_parts();
    parts.headers.insert("host", "localhost".parse()?);
    let credentials = Credentials {
        access_key_id: KEY_ID.into(),
        secret_access_key: SECRET.into(),
        session_token: None,
    };
    let now = Clock::system().now().as_secs();
    sigv4::sign(&mut parts, &body, &credentials, "us-east-1", service, now)
        .map_err(|failure| format!("{failure:?}"))?;
    let mut bytes = format!("{} {} HTTP/1.1\r\n", parts.method, parts.uri).into_bytes();
    for (name, value) in &parts.headers {
        bytes.extend(format!("{name}: ").bytes());
        bytes.extend(value.as_bytes());
        bytes.extend(b"\r\n");
    }
    bytes.extend(format!("content-length: {}\r\n\r\n", body.len()).bytes());
    bytes.extend(body);
    Ok(bytes)
}

/// An AWS JSON 1.0 request to DynamoDB.
pub fn dynamodb(operation: &str, input: &Value) -> Request<Bytes> {
    let mut request = Request::new(Bytes::from(input.to_string()));
    *request.method_mut() = http::Method::POST;
    let target = format!("DynamoDB_20120810.{operation}");
    for (name, value) in
        [("x-amz-target", &*target), ("content-type", "application/x-amz-json-1.0")]
    {
        if let Ok(value) = value.parse() {
            request.headers_mut().insert(name, value);
        }
    }
    request
}

/// A REST request with a JSON body.
pub fn rest(method: http::Method, path: &str, input: &Value) -> Result<Request<Bytes>, Failure> {
    let body = if input.is_null() { Bytes::new() } else { Bytes::from(input.to_string()) };
    Ok(Request::builder().method(method).uri(path).body(body)?)
}

/// A query request.
pub fn query(parameters: &[(&str, &str)]) -> Result<Request<Bytes>, Failure> {
    let encode = |text: &str| {
        text.bytes().fold(String::new(), |mut into, byte| {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                    into.push(char::from(byte));
                }
                _ => into.push_str(&format!("%{byte:02X}")),
            }
            into
        })
    };
    let pairs: Vec<_> =
        parameters.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    let form = "application/x-www-form-urlencoded";
    Ok(Request::post("/").header("content-type", form).body(Bytes::from(pairs.join("&")))?)
}
