//! Chapter: what was seen of all this: logs, metrics, the audit trail and traces.

use super::{
    answer::{Answer, Problem},
    api::{self, Api},
    cloud::Cloud,
    functions,
    journey::{API, FUNCTION},
    roles, signed,
    step::{Chapter, Report},
};
use http::Method;
use serde_json::{Value, json};
use service_kit::clock::Clock;

/// How far back and ahead of now is looked.
const WINDOW_SECONDS: i64 = 600;

/// Plays the chapter.
pub async fn play(cloud: &Cloud, report: &mut Report, api: &Api) -> Chapter {
    report.chapter("Seeing it");
    report.check("Logs: group, stream, events", streams(cloud)).await;
    report.check("Logs: START, END, REPORT and what was printed", lines(cloud)).await;
    report.check("Metrics: the function's invocations and errors", invocations(cloud)).await;
    report.check("Metrics: the API's count", api_count(cloud)).await;
    report.check("Metrics: get-metric-data agrees", metric_data(cloud)).await;
    report.check("Audit: who created the function, from where, how", created(cloud)).await;
    report.check("Audit: the refused call, and its error code", refused(cloud)).await;
    report.need("switch tracing on, function and stage", trace_both(cloud, api)).await?;
    report.need("call the API, signed", traced_call(cloud, api)).await?;
    let trace = report.need("Traces: it has a summary", summary(cloud)).await?;
    report
        .check("Traces: from the gateway to the function to the table", whole(cloud, &trace))
        .await;
    Ok(())
}

/// Where the function logs.
fn group() -> String {
    format!("/aws/lambda/{FUNCTION}")
}

fn now() -> i64 {
    Clock::system().now().as_secs()
}

async fn streams(cloud: &Cloud) -> Result<(), Problem> {
    let input = json!({"logGroupNamePrefix": "/aws/lambda/"});
    let answer = cloud.json("logs", "DescribeLogGroups", input).await?.success()?;
    answer.has("/logGroups/0/logGroupName", group())?;
    let input = json!({"logGroupName": group(), "orderBy": "LastEventTime", "descending": true});
    let answer = cloud.json("logs", "DescribeLogStreams", input).await?.success()?;
    let stream = answer.text("/logStreams/0/logStreamName")?;
    let input = json!({"logGroupName": group(), "logStreamName": stream, "startFromHead": true});
    let answer = cloud.json("logs", "GetLogEvents", input).await?.success()?;
    let some = !answer.list("/events")?.is_empty();
    answer.check(some, "events")?;
    Ok(())
}

async fn lines(cloud: &Cloud) -> Result<(), Problem> {
    for pattern in ["START", "END", "REPORT", "stored", "failed"] {
        let look = async || {
            let input = json!({"logGroupName": group(), "filterPattern": pattern});
            let answer = cloud.json("logs", "FilterLogEvents", input).await?.success()?;
            let first = answer.text("/events/0/message")?;
            answer.check(first.contains(pattern), format_args!("an event with {pattern}"))
        };
        cloud.eventually(look).await?;
    }
    Ok(())
}

/// The sum of a metric over the window.
async fn sum(
    cloud: &Cloud,
    namespace: &str,
    metric: &str,
    dimension: (&str, &str),
) -> Result<f64, Problem> {
    let input = json!({
        "Namespace": namespace,
        "MetricName": metric,
        "Dimensions": [{"Name": dimension.0, "Value": dimension.1}],
        "StartTime": now() - WINDOW_SECONDS,
        "EndTime": now() + WINDOW_SECONDS,
        "Period": 60,
        "Statistics": ["Sum"],
    });
    let answer = cloud.json("cloudwatch", "GetMetricStatistics", input).await?.success()?;
    Ok(answer.list("/Datapoints")?.iter().filter_map(|point| point["Sum"].as_f64()).sum())
}

/// Waits until a metric is listed and has counted something.
async fn counted(
    cloud: &Cloud,
    namespace: &str,
    metric: &str,
    dimension: (&str, &str),
) -> Result<(), Problem> {
    let look = async || {
        let input = json!({"Namespace": namespace, "MetricName": metric});
        let answer = cloud.json("cloudwatch", "ListMetrics", input).await?.success()?;
        answer.says(dimension.1)?;
        let sum = sum(cloud, namespace, metric, dimension).await?;
        let problem = || Problem::new(format_args!("{namespace} {metric} of at least 1"), sum);
        if sum >= 1.0 { Ok(()) } else { Err(problem()) }
    };
    cloud.eventually(look).await
}

async fn invocations(cloud: &Cloud) -> Result<(), Problem> {
    for metric in ["Invocations", "Errors", "Duration"] {
        counted(cloud, "AWS/Lambda", metric, ("FunctionName", FUNCTION)).await?;
    }
    Ok(())
}

async fn api_count(cloud: &Cloud) -> Result<(), Problem> {
    counted(cloud, "AWS/ApiGateway", "Count", ("ApiName", API)).await?;
    counted(cloud, "AWS/ApiGateway", "4XXError", ("ApiName", API)).await
}

async fn metric_data(cloud: &Cloud) -> Result<(), Problem> {
    let dimension = ("FunctionName", FUNCTION);
    let input = json!({
        "StartTime": now() - WINDOW_SECONDS,
        "EndTime": now() + WINDOW_SECONDS,
        "MetricDataQueries": [{"Id": "runs", "MetricStat": {
            "Metric": {
                "Namespace": "AWS/Lambda",
                "MetricName": "Invocations",
                "Dimensions": [{"Name": dimension.0, "Value": dimension.1}],
            },
            "Period": 60,
            "Stat": "Sum",
        }}],
    });
    let answer = cloud.json("cloudwatch", "GetMetricData", input).await?.success()?;
    let values = answer.list("/MetricDataResults/0/Values")?;
    let found: f64 = values.iter().filter_map(Value::as_f64).sum();
    let wanted = sum(cloud, "AWS/Lambda", "Invocations", dimension).await?;
    answer.check(found >= 1.0 && found <= wanted, format_args!("values that sum to {wanted}"))?;
    Ok(())
}

/// The CloudTrail record that `fits`, as soon as it is there.
async fn record(
    cloud: &Cloud,
    source: &str,
    wanted: &str,
    fits: impl Fn(&Value) -> bool,
) -> Result<Value, Problem> {
    let attribute = json!({"AttributeKey": "EventSource", "AttributeValue": source});
    let look = async || {
        let input = json!({"LookupAttributes": [attribute]});
        let answer = cloud.json("cloudtrail", "LookupEvents", input).await?.success()?;
        let records = answer.list("/Events")?.into_iter().filter_map(|event| {
            serde_json::from_str::<Value>(event["CloudTrailEvent"].as_str()?).ok()
        });
        records.into_iter().find(&fits).ok_or_else(|| answer.wrong(wanted))
    };
    cloud.eventually(look).await
}

async fn created(cloud: &Cloud) -> Result<(), Problem> {
    let fits = |record: &Value| {
        record["eventName"].as_str().is_some_and(|name| name.starts_with("CreateFunction"))
            && record["errorCode"].is_null()
    };
    let record = record(cloud, "lambda.amazonaws.com", "a record of CreateFunction", fits).await?;
    let account = record.pointer("/userIdentity/accountId") == Some(&json!(cloud.account));
    let named = record.pointer("/requestParameters/functionName") == Some(&json!(FUNCTION));
    let caller = record.pointer("/userIdentity/arn").is_some_and(Value::is_string);
    let from = record["sourceIPAddress"] == "127.0.0.1";
    if account && named && caller && from {
        return Ok(());
    }
    Err(Problem::new("caller, source address 127.0.0.1 and parameters", record))
}

async fn refused(cloud: &Cloud) -> Result<(), Problem> {
    let arn = cloud.iam_arn("user/lookout");
    let fits = |record: &Value| {
        record["eventName"] == "DeleteTable"
            && record["errorCode"].as_str().is_some_and(|code| code.starts_with("AccessDenied"))
            && record.pointer("/userIdentity/arn") == Some(&json!(arn))
    };
    record(cloud, "dynamodb.amazonaws.com", "a refused DeleteTable", fits).await?;
    Ok(())
}

async fn trace_both(cloud: &Cloud, api: &Api) -> Result<(), Problem> {
    let actions = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"];
    roles::role_policy(cloud, "trace", &roles::allowing(&actions, "*")).await?;
    let answer = functions::configure(cloud, json!({"TracingConfig": {"Mode": "Active"}})).await?;
    answer.has("/TracingConfig/Mode", "Active")?;
    let change = json!({"op": "replace", "path": "/tracingEnabled", "value": "true"});
    let input = json!({"patchOperations": [change]});
    let answer = api::on(cloud, api, Method::PATCH, "/stages/prod", input).await?.success()?;
    answer.has("/tracingEnabled", true)?;
    Ok(())
}

async fn traced_call(cloud: &Cloud, api: &Api) -> Result<(), Problem> {
    let answer = signed::call(cloud, api, Method::POST, "a traced safe").await?.status(201)?;
    answer.has("/body", "a traced safe")?;
    Ok(())
}

/// The id of the trace that the call left.
async fn summary(cloud: &Cloud) -> Result<String, Problem> {
    let look = async || {
        let input = json!({
            "StartTime": now() - WINDOW_SECONDS,
            "EndTime": now() + WINDOW_SECONDS,
        });
        let answer = cloud.rest("xray", Method::POST, "/TraceSummaries", input).await?.success()?;
        answer.text("/TraceSummaries/0/Id")
    };
    cloud.eventually(look).await
}

async fn whole(cloud: &Cloud, trace: &str) -> Result<(), Problem> {
    let look = async || {
        let input = json!({"TraceIds": [trace]});
        let answer = cloud.rest("xray", Method::POST, "/Traces", input).await?.success()?;
        leads_to_the_table(answer)
    };
    cloud.eventually(look).await
}

/// Checks that the trace leads from the stage to Lambda, the function and the table.
fn leads_to_the_table(answer: Answer) -> Result<(), Problem> {
    let segments = answer.list("/Traces/0/Segments")?;
    let documents: Vec<Value> = segments
        .iter()
        .filter_map(|segment| serde_json::from_str(segment["Document"].as_str()?).ok())
        .collect();
    let below = |parent: &Value, origin: &str| {
        let fits =
            |document: &&Value| document["origin"] == origin && document["parent_id"] == *parent;
        let expected = format_args!("a segment of {origin} below {parent}").to_string();
        documents.iter().find(fits).ok_or_else(|| answer.wrong(expected))
    };
    let stage = below(&Value::Null, "AWS::ApiGateway::Stage")?;
    let service = below(&stage["subsegments"][0]["id"], "AWS::Lambda")?;
    let function = below(&service["id"], "AWS::Lambda::Function")?;
    let table = below(&function["id"], "AWS::DynamoDB::Table")?;
    let operation = table.pointer("/aws/operation") == Some(&json!("PutItem"));
    answer.check(operation, "the table's PutItem")?;
    Ok(())
}
