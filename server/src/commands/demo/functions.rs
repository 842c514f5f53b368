//! Chapter: a function.

use super::{
    answer::{Answer, Problem},
    cloud::Cloud,
    journey::{FUNCTION, ROLE, TABLE},
    messages, python, roles,
    step::{Chapter, Report},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::Method;
use serde_json::{Value, json};
use std::io::{Cursor, Write};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// The function's code, as a course teaches it: boto3 with a region and no endpoint.
const HANDLER: &str = include_str!("handler.py");

/// Plays the chapter.
pub async fn play(cloud: &Cloud, report: &mut Report) -> Chapter {
    report.chapter("A function");
    report.check("is refused before its role exists", no_role(cloud)).await;
    report.check("is refused with a role that Lambda cannot assume", not_lambda(cloud)).await;
    let prepared = python::prepare(&cloud.data);
    let runtime = report.need("find a Python for it, with boto3", prepared).await?;
    let title = format!("create StreamHandler from a zip ({runtime})");
    report.need(title, create(cloud, &runtime)).await?;
    report.check("a dry run checks permissions, and runs nothing", dry_run(cloud)).await;
    let refused = refused_inside(cloud);
    report.check("run it: the role may not use the key; the log says so", refused).await;
    report.need("let the role use the key", permit(cloud)).await?;
    let log = report.need("run it: 201, with the tail of its log", run(cloud)).await;
    report.check("the tail has START, print, END and REPORT", tail(log?)).await;
    report.check("run it as an event; the item appears", run_as_event(cloud)).await;
    report.check("an uncaught error is reported as Lambda does", crash(cloud)).await;
    report.check("update its code; the next run uses it", update_code(cloud)).await;
    report.check("update its configuration", update_configuration(cloud)).await;
    Ok(())
}

/// The function's ARN.
pub fn arn(cloud: &Cloud) -> String {
    cloud.arn("lambda", &format!("function:{FUNCTION}"))
}

/// Calls an operation on the function.
pub async fn on(
    cloud: &Cloud,
    method: Method,
    what: &str,
    input: Value,
) -> Result<Answer, Problem> {
    let path = format!("/2015-03-31/functions/{FUNCTION}{what}");
    cloud.rest("lambda", method, &path, input).await
}

/// Waits until the function can be invoked and its last update is done.
pub async fn settled(cloud: &Cloud) -> Result<Answer, Problem> {
    let look = async || {
        let answer = on(cloud, Method::GET, "/configuration", Value::Null).await?.success()?;
        answer.has("/State", "Active")?.has("/LastUpdateStatus", "Successful")
    };
    cloud.eventually(look).await
}

/// Sets the function's configuration and waits for it.
pub async fn configure(cloud: &Cloud, input: Value) -> Result<Answer, Problem> {
    on(cloud, Method::PUT, "/configuration", input).await?.success()?;
    settled(cloud).await
}

/// How many items the table has.
async fn items(cloud: &Cloud) -> Result<u64, Problem> {
    let input = json!({"TableName": TABLE, "Select": "COUNT"});
    let answer = cloud.json("dynamodb", "Scan", input).await?.success()?;
    answer.json()["Count"].as_u64().ok_or_else(|| answer.wrong("a count"))
}

/// A zip with the handler in it, in base64.
fn package(cloud: &Cloud, version: &str) -> Result<String, Problem> {
    let code = HANDLER
        .replace("{VERSION}", version)
        .replace("{REGION}", &cloud.region)
        .replace("{TOPIC}", &messages::topic(cloud));
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .unix_permissions(0o644);
    let wrong = |error: &dyn std::fmt::Display| Problem::new("a zip", error);
    zip.start_file("stream.py", stored).map_err(|error| wrong(&error))?;
    zip.write_all(code.as_bytes()).map_err(|error| wrong(&error))?;
    let bytes = zip.finish().map_err(|error| wrong(&error))?.into_inner();
    Ok(BASE64_STANDARD.encode(bytes))
}

async fn create_with(cloud: &Cloud, runtime: &str, role: &str) -> Result<Answer, Problem> {
    let input = json!({
        "FunctionName": FUNCTION,
        "Runtime": runtime,
        "Handler": "stream.handler",
        "Role": cloud.iam_arn(&format!("role/{role}")),
        "Code": {"ZipFile": package(cloud, "1")?},
        "Timeout": 60,
        "MemorySize": 256,
    });
    cloud.rest("lambda", Method::POST, "/2015-03-31/functions", input).await
}

async fn no_role(cloud: &Cloud) -> Result<(), Problem> {
    let answer = create_with(cloud, "python3.12", "Nobody").await?;
    let answer = answer.refused(400, "InvalidParameterValueException")?;
    answer.says("The role defined for the function cannot be assumed by Lambda.")?;
    Ok(())
}

async fn not_lambda(cloud: &Cloud) -> Result<(), Problem> {
    let trust = roles::trusting(&json!({"Service": "ec2.amazonaws.com"}));
    let input = [("RoleName", "Driver"), ("AssumeRolePolicyDocument", &*trust)];
    cloud.query("iam", "CreateRole", &input).await?.success()?;
    let answer = create_with(cloud, "python3.12", "Driver").await?;
    let answer = answer.refused(400, "InvalidParameterValueException")?;
    answer.says("The role defined for the function cannot be assumed by Lambda.")?;
    Ok(())
}

async fn create(cloud: &Cloud, runtime: &str) -> Result<(), Problem> {
    let answer = create_with(cloud, runtime, ROLE).await?.status(201)?;
    answer.has("/FunctionArn", arn(cloud))?;
    settled(cloud).await?.has("/Runtime", runtime)?.has("/MemorySize", 256)?;
    let path = "/2015-03-31/functions";
    let listed = cloud.rest("lambda", Method::GET, path, Value::Null).await?.success()?;
    listed.has("/Functions/0/FunctionName", FUNCTION)?;
    Ok(())
}

/// Invokes the function with the event of an HTTP request, with further headers.
async fn invoke(cloud: &Cloud, headers: &[(&str, &str)], event: Value) -> Result<Answer, Problem> {
    let path = format!("/2015-03-31/functions/{FUNCTION}/invocations");
    cloud.rest_with("lambda", Method::POST, &path, headers, event).await
}

async fn dry_run(cloud: &Cloud) -> Result<(), Problem> {
    let headers = [("x-amz-invocation-type", "DryRun")];
    invoke(cloud, &headers, json!({})).await?.status(204)?;
    Ok(())
}

async fn invoke_with_tail(cloud: &Cloud) -> Result<(Answer, String), Problem> {
    let event = json!({"httpMethod": "POST", "body": "from an invocation"});
    let answer = invoke(cloud, &[("x-amz-log-type", "Tail")], event).await?.status(200)?;
    let log = answer.decoded_header("x-amz-log-result")?;
    Ok((answer, log))
}

async fn refused_inside(cloud: &Cloud) -> Result<(), Problem> {
    let (answer, log) = invoke_with_tail(cloud).await?;
    answer.has("/statusCode", 500)?;
    let said = log.contains("failed:") && log.contains("kms:GenerateDataKey");
    if said { Ok(()) } else { Err(Problem::new("kms:GenerateDataKey in the log", log)) }
}

async fn permit(cloud: &Cloud) -> Result<(), Problem> {
    let policy = roles::allowing(&["kms:GenerateDataKey*", "kms:Decrypt"], "*");
    roles::role_policy(cloud, "cipher", &policy).await
}

async fn run(cloud: &Cloud) -> Result<String, Problem> {
    let (answer, log) = invoke_with_tail(cloud).await?;
    match answer.has("/statusCode", 201) {
        Ok(answer) => answer.has("/headers/X-Stream-Version", "1").map(|_| log),
        Err(problem) => Err(Problem { answer: format!("{} {log}", problem.answer), ..problem }),
    }
}

async fn tail(log: String) -> Result<(), Problem> {
    let wanted = ["START RequestId: ", "stored ", "END RequestId: ", "REPORT RequestId: "];
    let report = ["Billed Duration: ", "Memory Size: 256 MB", "Max Memory Used: "];
    match wanted.into_iter().chain(report).find(|part| !log.contains(part)) {
        None => Ok(()),
        Some(missing) => Err(Problem::new(format_args!("{missing:?} in the tail"), log)),
    }
}

async fn run_as_event(cloud: &Cloud) -> Result<(), Problem> {
    let before = items(cloud).await?;
    let event = json!({"httpMethod": "POST", "body": "from an event"});
    invoke(cloud, &[("x-amz-invocation-type", "Event")], event).await?.status(202)?;
    let arrived = async || match items(cloud).await? {
        now if now > before => Ok(()),
        now => Err(Problem::new("one item more", format_args!("{now} items, as before"))),
    };
    cloud.eventually(arrived).await
}

async fn crash(cloud: &Cloud) -> Result<(), Problem> {
    let answer = invoke(cloud, &[], json!({"no": "method"})).await?.status(200)?;
    let unhandled = answer.header("x-amz-function-error") == "Unhandled";
    let answer = answer.check(unhandled, "X-Amz-Function-Error: Unhandled")?;
    answer.has("/errorType", "KeyError")?.has("/errorMessage", "'httpMethod'")?;
    Ok(())
}

async fn update_code(cloud: &Cloud) -> Result<(), Problem> {
    let before = settled(cloud).await?.text("/CodeSha256")?;
    let input = json!({"ZipFile": package(cloud, "2")?});
    let answer = on(cloud, Method::PUT, "/code", input).await?.success()?;
    let after = answer.text("/CodeSha256")?;
    answer.check(before != after, "another CodeSha256")?;
    settled(cloud).await?;
    let answer = invoke(cloud, &[], json!({"httpMethod": "GET"})).await?.status(200)?;
    answer.has("/statusCode", 200)?.has("/headers/X-Stream-Version", "2")?;
    Ok(())
}

async fn update_configuration(cloud: &Cloud) -> Result<(), Problem> {
    let input = json!({"Description": "the stream", "Timeout": 30});
    configure(cloud, input).await?.has("/Timeout", 30)?.has("/Description", "the stream")?;
    Ok(())
}
