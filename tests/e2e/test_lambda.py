"""Lambda: runtimes, errors, limits, isolation, versions, permissions."""

import base64
import datetime
import json
import textwrap

import pytest
from botocore.config import Config
from conftest import ACCOUNT, REGION, eventually, needs_node, refused, unique, zipped

SHELL = """#!/bin/sh
# A custom runtime in a shell: the Runtime API is plain HTTP.
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
while true; do
    event=$(curl -sS -D /tmp/head "$api/invocation/next")
    id=$(tr -d '\\r' </tmp/head | sed -n 's/^[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: //p')
    echo "event: $event" >&2
    curl -sS -o /dev/null -d "{\\"shell\\": $event, \\"handler\\": \\"$_HANDLER\\"}" "$api/invocation/$id/response"
done
"""


def python(body):
    return "def handler(event, context):\n" + textwrap.indent(textwrap.dedent(body).strip(), "    ")


def tail(answer):
    return base64.b64decode(answer["LogResult"]).decode()


def test_python(cloud):
    name = cloud.function(python("""
        print("seen", event)
        return {"event": event, "id": context.aws_request_id, "left": context.get_remaining_time_in_millis(),
                "arn": context.invoked_function_arn, "memory": context.memory_limit_in_mb}
    """), Timeout=10)
    payload, answer = cloud.invoke(name, {"a": ["ü", 1]}, LogType="Tail")
    assert payload["event"] == {"a": ["ü", 1]} and 0 < payload["left"] <= 10_000
    assert payload["arn"] == f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
    assert answer["StatusCode"] == 200 and answer["ExecutedVersion"] == "$LATEST"
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert payload["id"] == request_id
    log = tail(answer)
    for part in (f"START RequestId: {request_id} Version: $LATEST", "seen {'a'",
                 f"END RequestId: {request_id}", f"REPORT RequestId: {request_id}\tDuration: ",
                 "Billed Duration: ", "Memory Size: 128 MB", "Max Memory Used: ", "Init Duration: "):
        assert part in log, log
    _, answer = cloud.invoke(name, {}, LogType="Tail")
    assert "Init Duration" not in tail(answer), "a warm environment starts no second time"


@needs_node
def test_node(cloud):
    code = {"index.mjs": "export const handler = async (event, context) => {"
                         "console.log('seen', event); return {got: event, name: context.functionName}}"}
    name = cloud.function(code, runtime="nodejs20.x", handler="index.handler")
    payload, answer = cloud.invoke(name, {"n": 1}, LogType="Tail")
    assert payload == {"got": {"n": 1}, "name": name} and "seen" in tail(answer)
    code = {"index.js": "exports.handler = (event, context, callback) => callback(new Error('no'))"}
    name = cloud.function(code, runtime="nodejs20.x", handler="index.handler")
    payload, answer = cloud.invoke(name)
    assert answer["FunctionError"] == "Unhandled"
    assert payload["errorType"] == "Error" and payload["errorMessage"] == "no" and payload["trace"]


def test_custom_runtime(cloud):
    name = cloud.function({"bootstrap": SHELL}, runtime="provided.al2023", handler="my.handler")
    payload, answer = cloud.invoke(name, {"n": 1}, LogType="Tail")
    assert payload == {"shell": {"n": 1}, "handler": "my.handler"}
    assert 'event: {"n": 1}' in tail(answer)


def test_errors_as_lambda_reports_them(cloud):
    name = cloud.function(python("""
        if event == "raise": raise KeyError("gone")
        if event == "exit": import os; os._exit(3)
        if event == "unserializable": return object()
        return "fine"
    """))
    payload, answer = cloud.invoke(name, "raise")
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert payload["errorType"] == "KeyError" and payload["errorMessage"] == "'gone'"
    assert payload["stackTrace"] and payload["requestId"] == answer["ResponseMetadata"]["RequestId"]
    payload, answer = cloud.invoke(name, "exit")
    assert answer["FunctionError"] == "Unhandled" and payload["errorType"] == "Runtime.ExitError"
    assert "exit status 3" in payload["errorMessage"]
    payload, _ = cloud.invoke(name, "unserializable")
    assert payload["errorType"] == "Runtime.MarshalError"
    assert cloud.invoke(name)[0] == "fine", "the next invocation has a new environment"


@pytest.mark.parametrize("files, handler, kind", [
    ({"main.py": "x = 1"}, "main.handler", "Runtime.HandlerNotFound"),
    ({"main.py": "x = 1"}, "other.handler", "Runtime.ImportModuleError"),
    ({"main.py": "def ("}, "main.handler", "Runtime.UserCodeSyntaxError"),
    ({"main.py": "x = 1"}, "nodot", "Runtime.MalformedHandlerName"),
])
def test_code_that_does_not_load(cloud, files, handler, kind):
    payload, answer = cloud.invoke(cloud.function(files, handler=handler))
    assert answer["FunctionError"] == "Unhandled" and payload["errorType"] == kind, payload


def test_time_out(cloud):
    name = cloud.function(python("""
        import time
        if event: time.sleep(60)
        return "quick"
    """), Timeout=1)
    payload, answer = cloud.invoke(name, True)
    assert answer["FunctionError"] == "Unhandled"
    assert "Task timed out after 1.00 seconds" in payload["errorMessage"]
    assert cloud.invoke(name)[0] == "quick"


def test_memory_is_limited(cloud):
    name = cloud.function(python("""
        if event: held = bytearray(1 << 30); held[::4096] = bytes(len(held[::4096]))
        return "small"
    """), MemorySize=128, Timeout=20)
    payload, answer = cloud.invoke(name, True)
    assert answer["FunctionError"] == "Unhandled", payload
    assert payload["errorType"] in ("Runtime.OutOfMemory", "Runtime.ExitError", "MemoryError"), payload
    assert cloud.invoke(name)[0] == "small"


def test_a_function_sees_nothing_of_the_host(cloud, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("host secret")
    secret.chmod(0o644)
    name = cloud.function(python("""
        import os, socket, subprocess
        found = {}
        for path in event["paths"]:
            try:
                found[path] = os.listdir(path) if os.path.isdir(path) else open(path).read()
            except OSError as error:
                found[path] = None
        def reach(host, port):
            try:
                socket.create_connection((host, port), 2).close(); return True
            except OSError: return False
        return {"found": found, "env": dict(os.environ), "uid": os.getuid(),
                "processes": [p for p in os.listdir("/proc") if p.isdigit()],
                "reached": [reach(*target) for target in event["hosts"]],
                "write": os.access("/var/task", os.W_OK), "tmp": os.access("/tmp", os.W_OK)}
    """), Timeout=20)
    data = str(cloud.data)
    paths = [data, f"{data}/access.json", f"{data}/root.key", f"{data}/store", str(secret),
             "/root/.profile", "/root/.bashrc", "/root/.ssh", "/etc/shadow", "/home", "/proc/1/environ", f"/proc/{cloud.process.pid}/environ",
             str(cloud.home)]
    seen, _ = cloud.invoke(name, {"paths": paths, "hosts": [["127.0.0.1", 22], ["1.1.1.1", 443]]})
    leaked = {path: what for path, what in seen["found"].items() if what}
    assert not leaked
    assert seen["reached"] == [False, False]
    assert seen["uid"] != 0 and len(seen["processes"]) < 10
    assert seen["tmp"] and not seen["write"]
    text = json.dumps(seen["env"])
    assert cloud.admin.secret not in text and cloud.admin.key_id not in text
    assert seen["env"]["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert seen["env"]["AWS_LAMBDA_FUNCTION_NAME"] == name
    assert seen["env"]["AWS_REGION"] == REGION


def test_functions_do_not_see_each_other(cloud):
    writer = cloud.function(python("open('/tmp/mine', 'w').write('x'); return True"))
    reader = cloud.function(python("import os; return [os.listdir('/tmp'), os.listdir('/var/task')]"))
    assert cloud.invoke(writer)[0] is True
    assert cloud.invoke(reader)[0] == [[], ["main.py"]]


def test_the_role_decides(cloud):
    code = python("""
        import boto3
        who = boto3.client("sts", region_name="us-east-1").get_caller_identity()["Arn"]
        try:
            boto3.client("sqs", region_name="us-east-1").list_queues()
            return [who, "allowed"]
        except Exception as error:
            return [who, error.response["Error"]["Code"]]
    """)
    role = cloud.role("lambda", (["sqs:ListQueues", "logs:*"], "*"))
    name = cloud.function(code, role=role, Timeout=30)
    (who, outcome), _ = cloud.invoke(name)
    assert outcome == "allowed"
    assert who == f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.rsplit('/', 1)[1]}/{name}"
    name = cloud.function(code, Timeout=30)
    assert cloud.invoke(name)[0][1] in ("AccessDenied", "AccessDeniedException")


def test_without_permission_to_log_nothing_is_logged(cloud):
    name = cloud.function(python("print('x'); return 1"), role=cloud.role("lambda"))
    assert cloud.invoke(name)[0] == 1
    groups = cloud.admin.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")
    assert groups["logGroups"] == []


def test_versions_and_aliases(cloud):
    client = cloud.admin.client("lambda")
    name = cloud.function(python("return 1"))
    one = client.publish_version(FunctionName=name)
    assert one["Version"] == "1" and one["FunctionArn"].endswith(":1")
    client.update_function_code(
        FunctionName=name, ZipFile=zipped({"main.py": python("return 2")}))
    client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    assert cloud.invoke(f"{name}:live")[0] == 1
    assert cloud.invoke(name, Qualifier="live")[1]["ExecutedVersion"] == "1"
    assert cloud.invoke(name)[0] == 2
    client.publish_version(FunctionName=name)
    client.update_alias(FunctionName=name, Name="live", FunctionVersion="2")
    assert cloud.invoke(name, Qualifier="live")[0] == 2
    versions = client.list_versions_by_function(FunctionName=name)["Versions"]
    assert [v["Version"] for v in versions] == ["$LATEST", "1", "2"]
    listed = lambda **which: [
        f["FunctionArn"].split(":function:")[1]
        for page in client.get_paginator("list_functions").paginate(**which)
        for f in page["Functions"] if f["FunctionName"] == name]
    assert listed() == [name]
    assert listed(FunctionVersion="ALL") == [f"{name}:{v}" for v in ("$LATEST", "1", "2")]


def test_events_are_kept_until_they_have_run(cloud):
    queue = cloud.admin.client("sqs").create_queue(QueueName=unique("out"))["QueueUrl"]
    code = python(f"""
        import boto3, json
        boto3.client("sqs", region_name="us-east-1").send_message(
            QueueUrl={queue!r}, MessageBody=json.dumps(event))
    """)
    name = cloud.function(code, role=cloud.role("lambda", ("sqs:*", "*")), Timeout=30)
    _, answer = cloud.invoke(name, {"n": 1}, InvocationType="Event")
    assert answer["StatusCode"] == 202
    receive = lambda: cloud.admin.client("sqs").receive_message(
        QueueUrl=queue, WaitTimeSeconds=5).get("Messages")
    assert eventually(receive)[0]["Body"] == '{"n": 1}'


def test_reserved_concurrency_of_zero_stops_a_function(cloud):
    name, client = cloud.function(python("return 1")), cloud.admin.client("lambda")
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    with refused("TooManyRequestsException", 429, "Rate Exceeded"):
        cloud.invoke(name)
    client.delete_function_concurrency(FunctionName=name)
    assert cloud.invoke(name)[0] == 1


def test_resource_policy(cloud):
    name, client = cloud.function(python("return 1")), cloud.admin.client("lambda")
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
    user = cloud.user()
    with refused("AccessDeniedException", 403, f"lambda:InvokeFunction on resource: {arn} because"):
        cloud.invoke(name, keys=user)
    grant = {"FunctionName": name, "StatementId": "s", "Action": "lambda:InvokeFunction",
             "Principal": user.arn}
    statement = json.loads(client.add_permission(**grant)["Statement"])
    assert statement == {"Sid": "s", "Effect": "Allow", "Principal": {"AWS": user.arn},
                         "Action": "lambda:InvokeFunction", "Resource": arn}
    assert cloud.invoke(name, keys=user)[0] == 1
    with refused("ResourceConflictException", 409, "The statement id .s. provided already exists"):
        client.add_permission(**grant)
    assert json.loads(client.get_policy(FunctionName=name)["Policy"])["Id"] == "default"
    client.remove_permission(FunctionName=name, StatementId="s")
    with refused("ResourceNotFoundException", 404):
        client.get_policy(FunctionName=name)
    with refused("AccessDeniedException", 403):
        cloud.invoke(name, keys=user)


def create(cloud, **change):
    role = change.pop("Role", None) or cloud.role("lambda")
    client = cloud.admin.client("lambda", config=Config(parameter_validation=False))
    whole = {"FunctionName": unique("f"), "Runtime": "python3.11", "Handler": "a.b", "Role": role,
             "Code": {"ZipFile": zipped({"a.py": "b = lambda *_: 1"})}} | change
    return client.create_function(**whole)


@pytest.mark.parametrize("change, code", [
    ({"Runtime": "cobol85"}, ("ValidationException", "InvalidParameterValueException")),
    ({"Timeout": 901}, ("ValidationException", "InvalidParameterValueException")),
    ({"MemorySize": 64}, ("ValidationException", "InvalidParameterValueException")),
    ({"Role": "nonsense"}, ("ValidationException", "InvalidParameterValueException")),
    ({"Code": {"ZipFile": b"no zip at all"}}, "InvalidParameterValueException"),
    ({"Code": {}}, "InvalidParameterValueException"),
    ({"Environment": {"Variables": {"AWS_ACCESS_KEY_ID": "x"}}}, "InvalidParameterValueException"),
    ({"Environment": {"Variables": {"BIG": "x" * 4097}}}, "InvalidParameterValueException"),
])
def test_mistakes(cloud, change, code):
    with refused(code, 400):
        create(cloud, **change)


def test_conflicts_and_missing(cloud):
    name = unique("f")
    create(cloud, FunctionName=name)
    with refused("ResourceConflictException", 409, f"Function already exist: {name}"):
        create(cloud, FunctionName=name)
    client = cloud.admin.client("lambda")
    client.delete_function(FunctionName=name)
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
    with refused("ResourceNotFoundException", 404, f"Function not found: {arn}"):
        cloud.invoke(name)
    with refused("InvalidRequestContentException", 400, "Could not parse request body"):
        client.invoke(FunctionName=cloud.function(python("return 1")), Payload=b"{no json")


def test_large_payloads(cloud):
    name = cloud.function(python("return event if event != 'grow' else 'x' * (7 << 20)"))
    big = "x" * (5 << 20)
    assert cloud.invoke(name, big)[0] == big
    with refused("RequestTooLargeException", 413):
        cloud.invoke(name, "x" * (7 << 20))
    payload, answer = cloud.invoke(name, "grow")
    assert answer["FunctionError"] == "Unhandled"
    assert payload["errorType"] == "Function.ResponseSizeTooLarge", payload


def test_how_often_an_event_is_tried(cloud):
    name, client = cloud.function("def handler(event, context): raise ValueError('no')"), cloud.admin.client("lambda")
    made = client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    assert made["FunctionArn"].endswith(f":{name}:$LATEST") and made["MaximumRetryAttempts"] == 0
    assert made["LastModified"].year > 2000
    changed = client.update_function_event_invoke_config(FunctionName=name, MaximumEventAgeInSeconds=60)
    assert (changed["MaximumRetryAttempts"], changed["MaximumEventAgeInSeconds"]) == (0, 60)
    with refused(("ValidationException", "InvalidParameterValueException", "NotImplemented"), None, "DestinationConfig"):
        client.put_function_event_invoke_config(FunctionName=name, DestinationConfig={
            "OnFailure": {"Destination": f"arn:aws:sqs:{REGION}:{ACCOUNT}:failed"}})
    client.invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")
    now = datetime.datetime.now(datetime.timezone.utc)
    # Given up at once: a second try would come after a minute.
    eventually(lambda: [point["Sum"] for point in cloud.admin.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda", MetricName="AsyncEventsDropped", Period=60, Statistics=["Sum"],
        Dimensions=[{"Name": "FunctionName", "Value": name}],
        StartTime=now - datetime.timedelta(minutes=5), EndTime=now + datetime.timedelta(minutes=5),
    )["Datapoints"]] == [1.0], "the event is given up")
    client.delete_function_event_invoke_config(FunctionName=name)
    assert client.list_function_event_invoke_configs(FunctionName=name)["FunctionEventInvokeConfigs"] == []
