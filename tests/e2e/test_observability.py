"""Logs, metrics, audit and traces: what is seen, at once, without anybody asking for it."""

import json
from datetime import datetime, timedelta, timezone

import pytest
from conftest import ACCOUNT, REGION, eventually, needs_aws2, refused, unique


def window():
    now = datetime.now(timezone.utc)
    return {"StartTime": now - timedelta(hours=1), "EndTime": now + timedelta(minutes=5)}


def millis():
    return int(datetime.now(timezone.utc).timestamp() * 1000)


@pytest.fixture(scope="module")
def logs(cloud):
    return cloud.admin.client("logs")


@pytest.fixture
def stream(logs):
    """A fresh group and stream."""
    at = {"logGroupName": unique("/group"), "logStreamName": "stream"}
    logs.create_log_group(logGroupName=at["logGroupName"])
    logs.create_log_stream(**at)
    return at


def put(logs, stream, *messages):
    now = millis()
    logs.put_log_events(**stream, logEvents=[
        {"timestamp": now + n, "message": message} for n, message in enumerate(messages)])


def test_events_come_back_in_pages(logs, stream):
    put(logs, stream, *[f"line {n}" for n in range(25)])
    got, token = [], {}
    while True:
        page = logs.get_log_events(**stream, startFromHead=True, limit=10, **token)
        if not page["events"]:
            break
        got += [event["message"] for event in page["events"]]
        token = {"nextToken": page["nextForwardToken"]}
    assert got == [f"line {n}" for n in range(25)]
    assert page["nextForwardToken"] == token["nextToken"], "the end repeats its token"
    last = logs.get_log_events(**stream, limit=3)["events"]
    assert [event["message"] for event in last] == ["line 22", "line 23", "line 24"]


@pytest.mark.parametrize("pattern, expected", [
    ("ERROR", ["ERROR one", "WARN ERROR two"]),
    ('"ERROR one"', ["ERROR one"]),
    ("?one ?three", ["ERROR one", '{"level": "three", "n": 3}']),
    ("ERROR -WARN", ["ERROR one"]),
    ("{ $.n > 2 }", ['{"level": "three", "n": 3}']),
    ('{ $.level = "three" }', ['{"level": "three", "n": 3}']),
    ("", ["ERROR one", "WARN ERROR two", '{"level": "three", "n": 3}']),
])
def test_filter_patterns(logs, stream, pattern, expected):
    put(logs, stream, "ERROR one", "WARN ERROR two", '{"level": "three", "n": 3}')
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=stream["logGroupName"], filterPattern=pattern)
    assert [event["message"] for page in pages for event in page["events"]] == expected


def test_log_mistakes(logs, stream):
    with refused("ResourceAlreadyExistsException", 400, "The specified log group already exists"):
        logs.create_log_group(logGroupName=stream["logGroupName"])
    with refused("ResourceNotFoundException", 400, "The specified log stream does not exist"):
        logs.get_log_events(logGroupName=stream["logGroupName"], logStreamName="none")
    with refused("ResourceNotFoundException", 400, "The specified log group does not exist"):
        logs.filter_log_events(logGroupName=unique("/none"))
    with refused("InvalidParameterException", 400):
        logs.filter_log_events(logGroupName=stream["logGroupName"], filterPattern="{ $.a = ")
    rejected = logs.put_log_events(**stream, logEvents=[
        {"timestamp": millis() - 15 * 86_400_000, "message": "old"}])
    assert rejected["rejectedLogEventsInfo"]["tooOldLogEventEndIndex"] == 1


@needs_aws2
def test_tail_follows(cloud, logs, stream):
    put(logs, stream, "first", "second")
    done = cloud.admin.aws2("logs", "tail", stream["logGroupName"], "--format", "short")
    assert [line.split(" ", 1)[1] for line in done.stdout.splitlines()] == ["first", "second"]


def test_own_metrics(cloud):
    client, namespace = cloud.admin.client("cloudwatch"), unique("App")
    for value in (1, 2, 9):
        client.put_metric_data(Namespace=namespace, MetricData=[{
            "MetricName": "Time", "Value": value, "Unit": "Milliseconds",
            "Dimensions": [{"Name": "Path", "Value": "/"}]}])
    (metric,) = client.list_metrics(Namespace=namespace)["Metrics"]
    assert metric["MetricName"] == "Time" and metric["Dimensions"] == [{"Name": "Path", "Value": "/"}]
    points = client.get_metric_statistics(
        Namespace=namespace, MetricName="Time", Dimensions=metric["Dimensions"], Period=7200,
        Statistics=["Sum", "Minimum", "Maximum", "Average", "SampleCount"], **window())["Datapoints"]
    total = sum(point["Sum"] for point in points)
    assert total == 12 and max(point["Maximum"] for point in points) == 9
    result = client.get_metric_data(MetricDataQueries=[
        {"Id": "sum", "MetricStat": {"Metric": metric, "Period": 7200, "Stat": "Sum"}, "ReturnData": False},
        {"Id": "double", "Expression": "sum * 2"}], **window())["MetricDataResults"]
    assert [(one["Id"], sum(one["Values"])) for one in result] == [("double", 24.0)]


def test_functions_are_measured(cloud):
    name = cloud.function("def handler(e, c):\n    if e: raise Exception('x')\n    return 1")
    cloud.invoke(name), cloud.invoke(name, 1)
    client = cloud.admin.client("cloudwatch")

    def total(metric):
        points = client.get_metric_statistics(
            Namespace="AWS/Lambda", MetricName=metric, Period=7200, Statistics=["Sum"],
            Dimensions=[{"Name": "FunctionName", "Value": name}], **window())["Datapoints"]
        return sum(point["Sum"] for point in points)

    assert (total("Invocations"), total("Errors")) == (2, 1) and total("Duration") > 0


def events(cloud, **attribute):
    (key, value), = attribute.items()
    found = cloud.admin.client("cloudtrail").get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}])
    return [event for page in found for event in page["Events"]]


def test_every_management_call_is_audited(cloud):
    name = unique("audited")
    cloud.admin.client("sqs").create_queue(QueueName=name)
    queue = eventually(lambda: [e for e in events(cloud, EventName="CreateQueue")
                                if name in e["CloudTrailEvent"]])[0]
    record = json.loads(queue["CloudTrailEvent"])
    assert queue["EventSource"] == record["eventSource"] == "sqs.amazonaws.com"
    assert record["requestParameters"]["queueName"] == name
    assert record["sourceIPAddress"] == "127.0.0.1" and "Boto3" in record["userAgent"]
    assert record["eventType"] == "AwsApiCall" and record["readOnly"] is False
    assert record["recipientAccountId"] == ACCOUNT and record["awsRegion"] == REGION
    assert record["userIdentity"]["accessKeyId"] == cloud.admin.key_id
    assert record["requestID"] and record["eventID"] == queue["EventId"]


def test_refused_calls_are_audited_with_their_reason(cloud):
    user = cloud.user()
    with refused("AccessDenied", 403):
        user.client("iam").list_roles()
    event = eventually(lambda: events(cloud, Username=user.name))[0]
    record = json.loads(event["CloudTrailEvent"])
    assert record["errorCode"] == "AccessDenied" and "iam:ListRoles" in record["errorMessage"]
    assert record["userIdentity"]["type"] == "IAMUser" and record["userIdentity"]["arn"] == user.arn
    assert events(cloud, AccessKeyId=user.key_id)


def test_secrets_are_not_in_the_audit(cloud):
    user = cloud.user()
    made = eventually(lambda: [e for e in events(cloud, EventName="CreateAccessKey")
                               if user.key_id in e["CloudTrailEvent"]])[0]
    assert user.secret not in made["CloudTrailEvent"]


def test_data_calls_are_not_management_events(cloud):
    url = cloud.admin.client("sqs").create_queue(QueueName=unique("data"))["QueueUrl"]
    cloud.admin.client("sqs").send_message(QueueUrl=url, MessageBody="x")
    assert events(cloud, EventName="SendMessage") == []


def test_own_segments(cloud):
    client = cloud.admin.client("xray")
    now = datetime.now(timezone.utc).timestamp()
    trace = f"1-{int(now):08x}-{unique('x').encode().hex()[:24]:0<24}"
    segment = {"trace_id": trace, "id": "53995c3f42cd8ad8", "name": "shop",
               "start_time": now - 1, "end_time": now, "http": {"response": {"status": 500}}, "fault": True}
    answer = client.put_trace_segments(TraceSegmentDocuments=[json.dumps(segment), "{"])
    assert len(answer["UnprocessedTraceSegments"]) == 1
    summaries = eventually(lambda: [
        s for s in client.get_trace_summaries(**window())["TraceSummaries"] if s["Id"] == trace])
    assert summaries[0]["HasFault"] is True
    (found,) = client.batch_get_traces(TraceIds=[trace])["Traces"]
    assert json.loads(found["Segments"][0]["Document"])["name"] == "shop"
