"""The example application, deployed from its template: both implementations, by the same tests."""

import importlib.util
import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import (
    ACCOUNT, BINARY, REGION, ROOT, VENV, eventually, policy, refused, tables, unique,
)

APP = ROOT / "apps/stream-api"
# Unoptimized: the same code, in a fraction of the time.
BUILDS = {"python": ["python"], "rust": ["rust", "--profile", "dev"]}
NOBODY = "00000000-0000-4000-8000-000000000000"


def deployer():
    spec = importlib.util.spec_from_file_location("deploy", APP / "deploy.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class App:
    """A deployed copy, a queue that hears of its changes, and a customer who may call it."""

    def __init__(self, cloud, implementation):
        subprocess.run([APP / "build", *BUILDS[implementation]], check=True)
        self.cloud, self.admin, self.prefix = cloud, cloud.admin, unique(implementation.title())
        self.stack = deployer().Stack(
            cloud.admin.client, str(APP / f"dist/{implementation}.zip"), REGION,
            Implementation=implementation, Prefix=self.prefix)
        self.outputs = self.stack.deploy()
        self.api, self.topic = self.outputs["ApiId"], self.outputs["TopicArn"]
        self.queue = self.subscribed(self.topic)
        self.pager = self.subscribed(self.outputs["AlarmsArn"])
        self.url = f"{cloud.endpoint}/_aws/execute-api/{self.api}/prod/stream"
        stage = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{self.api}/prod/*/stream"
        self.customer = cloud.user(("execute-api:Invoke", [stage, f"{stage}/*"]))
        # The first Python function may wait for boto3 longer than the gateway waits for it.
        context = {"requestId": "first"}
        event = {"httpMethod": "GET", "resource": "/", "requestContext": context}
        assert cloud.invoke(self.outputs["FunctionName"], event)[0]["statusCode"] == 404

    def subscribed(self, topic):
        """A queue that hears what a topic says."""
        sqs = self.admin.client("sqs")
        queue = sqs.create_queue(QueueName=unique("heard"))["QueueUrl"]
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue.rsplit('/', 1)[1]}"
        open_to = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"},
                   "Action": "sqs:SendMessage", "Resource": arn,
                   "Condition": {"ArnEquals": {"aws:SourceArn": topic}}}
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy(open_to)})
        self.admin.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        return queue

    def ask(self, method, path="", body=None, if_match=None, keys=None, signed="execute-api"):
        arguments = ["-X", method]
        if body is not None:
            body = body if isinstance(body, str) else json.dumps(body)
            arguments += ["-H", "Content-Type: application/json", "-d", body]
        if if_match:
            arguments += ["-H", f"If-Match: {if_match}"]
        return (keys or self.customer).curl(*arguments, self.url + path, signed=signed)

    def create(self, **fields):
        answer = self.ask("POST", body={"title": unique("title")} | fields)
        assert answer.status == 201, answer
        return answer.json

    def heard(self, queue, wanted):
        """What was told that is `wanted`, and its notice; other messages are forgotten."""
        sqs = self.admin.client("sqs")

        def receive():
            found = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1)
            for message in found.get("Messages", []):
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
                notice = json.loads(message["Body"])
                told = json.loads(notice["Message"])
                if wanted(told):
                    return told, notice
            return None

        return eventually(receive, "the message")

    def announced(self, id, change):
        """The item of an announcement, and its notice."""
        told, notice = self.heard(
            self.queue, lambda told: (told["item"]["id"], told["change"]) == (id, change))
        return told["item"], notice

    def logged(self, request_id):
        """The lines about a request, once they are there."""
        found = self.admin.client("logs").filter_log_events(
            logGroupName=f"/aws/lambda/{self.prefix}API", filterPattern=f'"{request_id}"')
        messages = [event["message"] for event in found["events"]]
        return [json.loads(message) for message in messages if message.startswith("{")]


@pytest.fixture(scope="module", params=["python", "rust"])
def app(request, cloud):
    return App(cloud, request.param)


def test_an_items_life(app):
    made = app.ask("POST", body={"title": "Hëat 🎬", "durationSeconds": 10200})
    assert made.status == 201 and made.headers["etag"] == '"1"', made
    item = made.json
    assert item["version"] == 1 and item["title"] == "Hëat 🎬" and item["durationSeconds"] == 10200
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", item["createdAt"])
    assert made.headers["location"] == f"stream/{item['id']}"
    path = f"/{item['id']}"
    got = app.ask("GET", path)
    assert got.status == 200 and got.json == item and got.headers["etag"] == '"1"'
    put = app.ask("PUT", path, {"title": "Heat", "description": "Two\ncrews"}, if_match='"1"')
    assert put.status == 200 and put.headers["etag"] == '"2"', put
    wanted = {"title": "Heat", "description": "Two\ncrews", "version": 2}
    kept = {name: item[name] for name in ("id", "createdAt")}
    assert put.json == wanted | kept | {"updatedAt": put.json["updatedAt"]}
    assert app.ask("GET", path).json == put.json
    put = app.ask("PUT", path, {"title": "Heat"}, if_match='"2"')
    assert put.status == 200 and "description" not in put.json
    gone = app.ask("DELETE", path, if_match='"3"')
    assert (gone.status, gone.body) == (204, "")
    assert app.ask("DELETE", path).status == 204, "a second time changes nothing"
    assert app.ask("DELETE", path, if_match='"3"').status == 204
    answer = app.ask("GET", path)
    assert answer.status == 404 and answer.json["error"]["code"] == "NotFound"
    assert app.ask("PUT", path, {"title": "Heat"}, if_match='"3"').status == 404


def test_pages(app):
    made = {app.create()["id"] for _ in range(7)}
    found, path, pages = [], "?limit=3", 0
    while path:
        page = app.ask("GET", path).json
        assert len(page["items"]) <= 3
        found, pages = found + [item["id"] for item in page["items"]], pages + 1
        path = f"?limit=3&nextToken={page['nextToken']}" if "nextToken" in page else None
    assert made <= set(found) and len(found) == len(set(found)) and pages >= 3
    for wrong in ("?limit=0", "?limit=101", "?limit=many", "?nextToken=AAAA"):
        answer = app.ask("GET", wrong)
        assert answer.status == 400 and answer.json["error"]["code"] == "InvalidRequest"


def test_no_update_is_lost(app):
    item = app.create()
    path = f"/{item['id']}"

    def put(number):
        return app.ask("PUT", path, {"title": f"title {number}"}, if_match='"1"')

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(put, range(8)))
    won = [answer for answer in answers if answer.status == 200]
    lost = [answer for answer in answers if answer.status == 412]
    assert len(won) == 1 and len(lost) == 7, answers
    assert lost[0].json["error"]["code"] == "VersionConflict"
    assert app.ask("GET", path).json == won[0].json
    assert app.ask("DELETE", path, if_match='"1"').status == 412
    assert app.ask("DELETE", path, if_match='"2"').status == 204


def test_wrong_requests(app):
    for body, code in (
        ("{", 400), ({"title": ""}, 400), ({"title": "x", "version": 9}, 400),
        ({"title": "x", "description": "y" * 17000}, 413),
    ):
        answer = app.ask("POST", body=body)
        assert answer.status == code, answer
        assert answer.json["error"]["requestId"] == answer.headers["x-amzn-requestid"]
    # The gateway asks for what its validator requires, and the function is not started.
    answer = app.ask("PUT", f"/{NOBODY}", {"title": "x"})
    assert answer.status == 400 and "If-Match" in answer.json["message"]
    assert app.ask("PATCH", f"/{NOBODY}", {"title": "x"}).status == 403
    assert app.ask("GET", "/1").status == 404


def test_only_customers_get_in(app):
    stranger = app.cloud.user()
    one = f"/{NOBODY}"
    for method, path in (("GET", ""), ("POST", ""), ("GET", one), ("PUT", one), ("DELETE", one)):
        answer = app.ask(method, path, signed=None)
        assert answer.status == 403 and answer.json == {"message": "Missing Authentication Token"}
        answer = app.ask(method, path, keys=stranger)
        assert answer.status == 403 and "execute-api:Invoke" in str(answer.json)


def test_changes_are_announced(app):
    item = app.create(title="Premiere")
    path = f"/{item['id']}"
    told, notice = app.announced(item["id"], "created")
    assert told == item
    assert notice["MessageAttributes"]["change"] == {"Type": "String", "Value": "created"}
    updated = app.ask("PUT", path, {"title": "Premiere!"}, if_match='"1"').json
    assert app.announced(item["id"], "updated")[0] == updated
    app.ask("DELETE", path)
    assert app.announced(item["id"], "deleted")[0] == updated


def test_alarms_reach_who_is_on_duty(app):
    """Each has its metric's name right, and CloudWatch may publish to the encrypted topic."""
    cloudwatch, name = app.admin.client("cloudwatch"), f"{app.prefix}-function-errors"
    alarms = cloudwatch.describe_alarms(AlarmNamePrefix=f"{app.prefix}-")["MetricAlarms"]
    assert len(alarms) == 5
    assert all(alarm["AlarmActions"] == [app.outputs["AlarmsArn"]] for alarm in alarms)
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a drill")
    told, _ = app.heard(app.pager, lambda told: told["AlarmName"] == name)
    assert told["NewStateValue"] == "ALARM" and told["NewStateReason"] == "a drill"


def test_one_line_is_logged_for_a_request(app):
    answer = app.ask("POST", body={"title": "a secret title"})
    (line,) = eventually(lambda: app.logged(answer.headers["x-amzn-requestid"]))
    assert (line["level"], line["route"], line["status"]) == ("INFO", "POST /stream", 201)
    assert line["durationMs"] > 0 and line["invocationId"] and "secret" not in str(line)
    assert answer.headers["x-amzn-trace-id"].split(";")[0] in line["traceId"]


def test_the_trace_reaches_the_table_and_the_topic(app):
    answer = app.ask("POST", body={"title": "traced"})
    trace = answer.headers["x-amzn-trace-id"].partition("Root=")[2].split(";")[0]
    xray = app.admin.client("xray")
    wanted = {"AWS::Lambda::Function", "AWS::DynamoDB::Table", "AWS::SNS::Topic"}

    def origins():
        traces = xray.batch_get_traces(TraceIds=[trace])["Traces"]
        segments = [json.loads(one["Document"]) for found in traces for one in found["Segments"]]
        return wanted <= {segment.get("origin") for segment in segments}

    eventually(origins, "the trace")


def test_the_role_may_do_what_is_needed_and_no_more(app):
    table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{app.prefix}Items"
    log = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/{app.prefix}API:log-stream:x"

    def decided(action, resource):
        found = app.admin.client("iam").simulate_principal_policy(
            PolicySourceArn=app.outputs["RoleArn"], ActionNames=[action], ResourceArns=[resource])
        return found["EvaluationResults"][0]["EvalDecision"]

    for action, resource in (
        ("dynamodb:PutItem", table), ("dynamodb:Scan", table), ("sns:Publish", app.topic),
        ("logs:PutLogEvents", log),
    ):
        assert decided(action, resource) == "allowed", action
    for action, resource in (
        ("dynamodb:PutItem", f"{table}2"), ("dynamodb:Scan", f"{table}/index/x"),
        ("dynamodb:DeleteTable", table), ("dynamodb:Query", table), ("sns:Subscribe", app.topic),
        ("sns:Publish", app.outputs["AlarmsArn"]), ("kms:Decrypt", app.outputs["KeyArn"]),
        ("logs:PutLogEvents", log.replace("API", "API2")), ("logs:CreateLogGroup", log),
        ("iam:PassRole", app.outputs["RoleArn"]),
    ):
        assert decided(action, resource) == "implicitDeny", action


def test_the_topic_and_the_key_are_closed(app):
    sns, kms = app.admin.client("sns"), app.admin.client("kms")
    assert sns.get_topic_attributes(TopicArn=app.topic)["Attributes"]["KmsMasterKeyId"]
    with refused(("AuthorizationError", "AccessDenied"), 403):
        sns.publish(TopicArn=app.topic, Message="forged")
    with refused("AccessDeniedException", 400):
        kms.encrypt(KeyId=app.outputs["KeyArn"], Plaintext=b"x")
    with refused("AccessDeniedException", 400):
        kms.create_grant(KeyId=app.outputs["KeyArn"], GranteePrincipal=app.customer.arn,
                         Operations=["Decrypt"])
    assert kms.get_key_rotation_status(KeyId=app.outputs["KeyArn"])["KeyRotationEnabled"]


def test_only_the_stages_own_routes_may_invoke(app):
    found = app.admin.client("lambda").get_policy(FunctionName=app.outputs["FunctionName"])
    statements = json.loads(found["Policy"])["Statement"]
    arns = {one["Condition"]["ArnLike"]["AWS:SourceArn"] for one in statements}
    stage = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{app.api}/prod/*/stream"
    assert arns == {stage, f"{stage}/*"}


def test_the_table_is_kept_well(app):
    client, name = app.admin.client("dynamodb"), app.outputs["TableName"]
    table = client.describe_table(TableName=name)["Table"]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["SSEDescription"]["Status"] == "ENABLED"
    backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_a_missing_setting_is_told(app):
    client, name = app.admin.client("lambda"), unique("unset")
    made = client.get_function_configuration(FunctionName=f"{app.prefix}API")
    client.create_function(
        FunctionName=name, Role=made["Role"], Handler=made["Handler"], Runtime=made["Runtime"],
        Environment={"Variables": {"TOPIC_ARN": app.topic}},
        LoggingConfig={"LogGroup": f"/aws/lambda/{app.prefix}API"},
        Code={"ZipFile": (APP / app.stack.zip_file).read_bytes()})
    client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
    _, answer = app.cloud.invoke(name, {})
    assert answer["FunctionError"] == "Unhandled"

    def told():
        return app.admin.client("logs").filter_log_events(
            logGroupName=f"/aws/lambda/{app.prefix}API",
            filterPattern='"the environment variable TABLE_NAME is not set"')["events"]

    eventually(told, "the line about it")


def test_a_write_stands_though_nobody_hears_of_it(app):
    deny = {"Effect": "Deny", "Action": "sns:Publish", "Resource": "*"}
    at = {"RoleName": f"{app.prefix}Role-{REGION}", "PolicyName": "silence"}
    app.admin.client("iam").put_role_policy(PolicyDocument=policy(deny), **at)
    answer = app.ask("POST", body={"title": "unheard"})
    app.admin.client("iam").delete_role_policy(**at)
    assert answer.status == 201
    assert app.ask("GET", f"/{answer.json['id']}").json == answer.json

    def failure():
        lines = app.logged(answer.headers["x-amzn-requestid"])
        return [line for line in lines if line.get("failure") == "announcement"]

    (line,) = eventually(failure, "the line about it")
    assert line["level"] == "ERROR" and line["id"] == answer.json["id"]
    assert "not authorized to perform: SNS:Publish" in line["error"]


def test_a_missing_table_is_no_ones_business_but_ours(app):
    client, name = app.admin.client("dynamodb"), app.outputs["TableName"]
    client.delete_table(TableName=name)
    client.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    answer = app.ask("GET", f"/{NOBODY}")
    assert answer.status == 500 and answer.json["error"]["code"] == "InternalError"
    assert name not in answer.body
    (line,) = eventually(lambda: app.logged(answer.headers["x-amzn-requestid"]))
    assert "ResourceNotFoundException" in line["error"]


def test_the_readme_works_as_written(fresh):
    section = (APP / "README.md").read_text().split("## Run it on Heist")[1]
    script = re.search(r"^```sh\n(.*?)^```", section, re.M | re.S)[1]
    (fresh.home / "heist").symlink_to(BINARY.resolve())
    env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "HEIST_"))}
    env |= {"HEIST_DATA": str(fresh.data), "PATH": f"{fresh.home}:{VENV}:{env['PATH']}"}
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], env=env, cwd=APP,
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["title"] == "Heat"


def test_what_is_left_out_is_what_heist_lacks():
    """When Heist learns one of these, the template's condition goes."""
    deploy = deployer()
    resources = deploy.yaml.load(deploy.TEMPLATE.read_text(), deploy.Loader)["Resources"]
    left_out = {name for name, one in resources.items() if "Condition" in one}
    assert left_out == {"FailedAnnouncements", "FailedAnnouncementsAlarm"}
    assert "PutMetricFilter" not in [one["name"] for one in tables()["logs"]["operations"]]
