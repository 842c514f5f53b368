//! The functions chapter: cold starts, and warm invokes through API Gateway.

use crate::{
    Failure,
    http1::Connection,
    load::{self, middle},
    report,
    server::{Server, query, rest},
};
use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};
use service_kit::clock::Stopwatch;
use std::{
    env, fs,
    io::{Cursor, Write},
    sync::Arc,
};
use zip::{ZipWriter, write::SimpleFileOptions};

const ROLE: &str = "arn:aws:iam::000000000000:role/BenchRole";

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
///
/// # Errors
/// The first thing that fails.
pub async fn functions(server: &Server) -> Result<(), Failure> {
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
    let warm = load::run(server.address, &Arc::new(vec![request]), 16, load::span()).await?;
    report::rate("warm invoke through the API", warm);
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
    let median = format!("{:.1?}", middle(times));
    report::figure(&format!("cold invoke, {name}, median"), median, "");
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
