//! What is measured, in order.

use crate::{
    Failure,
    http1::Connection,
    load::{self, Rate},
    server::{Server, dynamodb, query, rest, signed},
};
use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};
use service_kit::clock::Stopwatch;
use std::{
    env, fs,
    io::{Cursor, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use zip::{ZipWriter, write::SimpleFileOptions};

const SPAN: Duration = Duration::from_secs(5);
const CONNECTIONS: usize = 32;
/// How often two loads that are compared take turns.
const ROUNDS: usize = 5;
/// Requests prepared for each load; enough that no item is hot.
const PREPARED: usize = 2_000;
/// Items in the big table; `HEIST_BENCH_ITEMS` overrides.
const MANY_ITEMS: usize = 1_000_000;
const ROLE: &str = "arn:aws:iam::000000000000:role/BenchRole";

/// Runs the chapters named on the command line, or all of them.
///
/// # Errors
/// The first thing that fails.
pub async fn run() -> Result<(), Failure> {
    let named: Vec<String> = env::args().skip(1).collect();
    let wanted = |chapter: &str| named.is_empty() || named.iter().any(|name| name == chapter);
    let binary = PathBuf::from(env::var("HEIST_BIN").unwrap_or("target/release/heist".into()));
    let data = tempfile::tempdir()?;
    if wanted("start") {
        size_and_start(&binary, data.path()).await?;
    }
    let heist = Server::heist(&binary, data.path()).await?;
    println!("idle memory                     {:>9.1} MiB", heist.resident_mib()?);
    if wanted("tables") {
        beside_a_peer(&heist).await?;
    }
    if wanted("growth") {
        growth(&heist).await?;
    }
    if wanted("functions") {
        functions(&heist).await?;
    }
    println!("memory after all of this        {:>9.1} MiB", heist.resident_mib()?);
    Ok(())
}

async fn beside_a_peer(heist: &Server) -> Result<(), Failure> {
    let ours = tables(heist, "Heist").await?;
    match peer().await {
        Ok(moto) => {
            let theirs = tables(&moto, "moto_server").await?;
            ratio("PutItem, Heist to moto_server", ours.0, theirs.0);
            ratio("GetItem, Heist to moto_server", ours.1, theirs.1);
        }
        Err(why) => println!("moto_server was not measured: {why}"),
    }
    Ok(())
}

fn report(what: &str, rate: Rate) {
    let Rate { per_second, median, p99 } = rate;
    println!("{what:<31} {per_second:>9.0} /s   median {median:>9.1?}   p99 {p99:>9.1?}");
}

fn ratio(what: &str, ours: Rate, theirs: Rate) {
    println!("{what:<31} {:>9.1} times", ours.per_second / theirs.per_second);
}

async fn size_and_start(binary: &Path, data: &Path) -> Result<(), Failure> {
    let size = fs::metadata(binary)?.len() as f64 / (1 << 20) as f64;
    println!("binary                          {size:>9.1} MiB");
    // The first start makes keys and certificates; what counts is every other one.
    let mut starts = Vec::new();
    for _ in 0..6 {
        starts.push(Server::heist(binary, data).await?.started_in);
    }
    println!("first start to first answer     {:>9.1?}", starts.remove(0));
    println!("start to first answer, median   {:>9.1?}", middle(starts));
    Ok(())
}

/// moto_server out of the environment that `./test` prepares.
async fn peer() -> Result<Server, Failure> {
    let program = env::var("MOTO_SERVER").unwrap_or(".cache/venv/bin/moto_server".into());
    Server::moto(Path::new(&program)).await
}

fn item(index: usize) -> Value {
    json!({"id": {"S": format!("item-{index:09}")}, "body": {"S": "x".repeat(1000)}})
}

async fn create(server: &Server, table: &str) -> Result<(), Failure> {
    let input = json!({
        "TableName": table,
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    });
    server.ask("dynamodb", dynamodb("CreateTable", &input)).await.map(drop)
}

fn prepared(operation: &str, input: impl Fn(usize) -> Value) -> Result<Arc<Vec<Vec<u8>>>, Failure> {
    let all: Result<_, _> =
        (0..PREPARED).map(|index| signed("dynamodb", dynamodb(operation, &input(index)))).collect();
    Ok(Arc::new(all?))
}

/// Durable puts and gets of 1 KB items.
async fn tables(server: &Server, name: &str) -> Result<(Rate, Rate), Failure> {
    create(server, "Bench").await?;
    let puts =
        prepared("PutItem", |index| json!({"TableName": "Bench", "Item": item(index * 7919)}))?;
    let put = load::run(server.address, puts, CONNECTIONS, SPAN).await?;
    report(&format!("{name}: PutItem 1 KB, 32 conns"), put);
    let gets = prepared(
        "GetItem",
        |index| json!({"TableName": "Bench", "Key": {"id": item(index * 7919)["id"]}}),
    )?;
    let get = load::run(server.address, gets, CONNECTIONS, SPAN).await?;
    report(&format!("{name}: GetItem 1 KB, 32 conns"), get);
    Ok((put, get))
}

/// A put into a small table against one into a big table.
async fn growth(server: &Server) -> Result<(), Failure> {
    let many = env::var("HEIST_BENCH_ITEMS").ok().and_then(|text| text.parse().ok());
    let many: usize = many.unwrap_or(MANY_ITEMS);
    create(server, "Small").await?;
    create(server, "Big").await?;
    let watch = Stopwatch::start();
    fill(server, "Big", many).await?;
    println!("filling a table with {many} items took {:.0?}", watch.elapsed());
    let put = |table: &'static str, count: usize| {
        prepared(
            "PutItem",
            move |index| json!({"TableName": table, "Item": item(index * 7919 % count)}),
        )
    };
    let (small_puts, big_puts) = (put("Small", 10)?, put("Big", many)?);
    let (mut small, mut big) = (Vec::new(), Vec::new());
    // In turns, since what the fill left to compact slows down whoever comes first.
    for _ in 0..ROUNDS {
        small.push(load::run(server.address, small_puts.clone(), 1, SPAN).await?.median);
        big.push(load::run(server.address, big_puts.clone(), 1, SPAN).await?.median);
    }
    let (small, big) = (middle(small), middle(big));
    println!("PutItem, 10 items, 1 conn       {small:>9.1?} median");
    println!("PutItem, {many:>7} items, 1 conn  {big:>9.1?} median");
    let ratio = big.as_secs_f64() / small.as_secs_f64();
    println!("{:<31} {ratio:>9.2} times", "cost, big table to small table");
    Ok(())
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

async fn fill(server: &Server, table: &'static str, count: usize) -> Result<(), Failure> {
    let address = server.address;
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|lane| {
            tokio::spawn(async move {
                let mut connection = Connection::to(address);
                for start in (lane * 25..count).step_by(25 * CONNECTIONS) {
                    let puts = (start..(start + 25).min(count))
                        .map(|index| json!({"PutRequest": {"Item": item(index)}}));
                    let input = json!({"RequestItems": {table: puts.collect::<Vec<_>>()}});
                    let bytes = signed("dynamodb", dynamodb("BatchWriteItem", &input))?;
                    let answer = connection.exchange(&bytes).await?;
                    if answer.status != 200 {
                        return Err(String::from_utf8_lossy(&answer.body).into_owned().into());
                    }
                }
                Ok::<_, Failure>(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(())
}

const PYTHON: &[u8] =
    b"def handler(event, context):\n    return {'statusCode': 200, 'body': 'ok'}\n";

fn package(name: &str, content: &[u8]) -> Result<String, Failure> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(name, SimpleFileOptions::default().unix_permissions(0o755))?;
    zip.write_all(content)?;
    let bytes = zip.finish()?.into_inner();
    Ok(base64(&bytes))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, i| bits << 8 | u32::from(*chunk.get(i).unwrap_or(&0)));
        for i in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * i) & 63) as usize];
            text.push(if i <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

async fn function(server: &Server, name: &str, runtime: &str, zip: &str) -> Result<(), Failure> {
    let input = json!({
        "FunctionName": name, "Runtime": runtime, "Role": ROLE, "Handler": "app.handler",
        "MemorySize": 512, "Code": {"ZipFile": zip},
    });
    let request = rest(Method::POST, "/2015-03-31/functions", &input)?;
    server.ask("lambda", request).await.map(drop)
}

/// The smallest custom runtime, built beside this program.
fn bootstrap() -> Result<Vec<u8>, Failure> {
    Ok(fs::read(env::current_exe()?.with_file_name("bootstrap"))?)
}

/// Cold starts, and warm invokes through API Gateway.
async fn functions(server: &Server) -> Result<(), Failure> {
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let role = query(&[
        ("Action", "CreateRole"),
        ("Version", "2010-05-08"),
        ("RoleName", "BenchRole"),
        ("AssumeRolePolicyDocument", trust),
    ])?;
    server.ask("iam", role).await?;
    let logs = query(&[
        ("Action", "AttachRolePolicy"),
        ("Version", "2010-05-08"),
        ("RoleName", "BenchRole"),
        ("PolicyArn", "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"),
    ])?;
    server.ask("iam", logs).await?;
    cold(server, "python", "python3.11", &package("app.py", PYTHON)?).await?;
    cold(server, "provided", "provided.al2023", &package("bootstrap", &bootstrap()?)?).await?;
    let path = api(server, "provided-0").await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").into_bytes();
    let warm = load::run(server.address, Arc::new(vec![request]), 16, SPAN).await?;
    report("warm invoke through the API", warm);
    Ok(())
}

/// The first invoke of several fresh functions.
async fn cold(server: &Server, name: &str, runtime: &str, zip: &str) -> Result<(), Failure> {
    let mut times = Vec::new();
    for index in 0..9 {
        let name = format!("{name}-{index}");
        function(server, &name, runtime, zip).await?;
        let path = format!("/2015-03-31/functions/{name}/invocations");
        let watch = Stopwatch::start();
        server.ask("lambda", rest(Method::POST, &path, &json!({}))?).await?;
        times.push(watch.elapsed());
    }
    println!("cold invoke, {name:<18} {:>9.1?} median", middle(times));
    Ok(())
}

/// A deployed API in front of `function`; gives the path that invokes it.
async fn api(server: &Server, function: &str) -> Result<String, Failure> {
    let ask = async |method, path: &str, input: Value| {
        server.ask("apigateway", rest(method, path, &input)?).await
    };
    let api = ask(Method::POST, "/restapis", json!({"name": "bench"})).await?;
    let id = api["id"].as_str().ok_or("no id")?.to_owned();
    let root = api["rootResourceId"].as_str().ok_or("no root")?.to_owned();
    let method = format!("/restapis/{id}/resources/{root}/methods/GET");
    ask(Method::PUT, &method, json!({"authorizationType": "NONE"})).await?;
    let arn = format!("arn:aws:lambda:us-east-1:000000000000:function:{function}");
    let uri =
        format!("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations");
    let integration = json!({"type": "AWS_PROXY", "httpMethod": "POST", "uri": uri});
    ask(Method::PUT, &format!("{method}/integration"), integration).await?;
    let stage = json!({"stageName": "prod"});
    ask(Method::POST, &format!("/restapis/{id}/deployments"), stage).await?;
    let permission = json!({
        "StatementId": "api", "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
    });
    let path = format!("/2015-03-31/functions/{function}/policy");
    server.ask("lambda", rest(Method::POST, &path, &permission)?).await?;
    let path = format!("/_aws/execute-api/{id}/prod/");
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let answer = Connection::to(server.address).exchange(request.as_bytes()).await?;
    let body = Bytes::from(answer.body);
    if answer.status != 200 {
        return Err(format!("the API answers {}: {body:?}", answer.status).into());
    }
    Ok(path)
}
