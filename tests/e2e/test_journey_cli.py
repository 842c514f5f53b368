"""The journey of a course on serverless AWS, with the stock AWS CLI 1 and 2 and curl.

Its steps build on each other: they run in this order on one instance for each CLI.
"""

import json
from datetime import datetime, timedelta, timezone

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session
from conftest import ACCOUNT, REGION, Cloud, eventually, needs_aws2, policy, trust, unique, zipped

HANDLER = '''
import json, uuid, boto3

table = boto3.resource("dynamodb", region_name="us-east-1").Table("StreamItems")
sns = boto3.client("sns", region_name="us-east-1")
TOPIC = "arn:aws:sns:us-east-1:000000000000:StreamUpdates"


def answer(status, body):
    return {"statusCode": status, "headers": {"Content-Type": "application/json"},
            "body": json.dumps(body)}


def lambda_handler(event, context):
    try:
        if event["httpMethod"] == "GET":
            return answer(200, table.scan()["Items"])
        item = {"id": str(uuid.uuid4()), **json.loads(event["body"] or '{"body": "null"}')}
        table.put_item(Item=item)
        sns.publish(TopicArn=TOPIC, Message=json.dumps(item))
        print("stored", item["id"])
        return answer(201, item)
    except Exception as error:
        print("ERROR", repr(error))
        return answer(500, {"error": type(error).__name__, "message": str(error)})
'''


class Course:
    """One instance, one CLI, and what earlier steps made."""

    def __init__(self, folder, version):
        self.cloud = Cloud(folder)
        self.keys, self.version = self.cloud.admin, version
        self.folder, self.role, self.api = folder, None, None

    def aws(self, *arguments, keys=None, **options):
        keys = keys or self.keys
        call = keys.aws if self.version == 1 else keys.aws2
        return call(*arguments, **options)

    def fails(self, code, *arguments, keys=None):
        """Runs what must be refused with `code`; gives what the CLI said."""
        done = self.aws(*arguments, keys=keys, check=False)
        assert not isinstance(done, (dict, list)) and done.returncode, f"not refused: {done}"
        assert f"({code})" in done.stderr, done.stderr
        return done.stderr

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def forms(self):
        """Every way to the stage: the curl arguments before the method's own, and the URL."""
        port, api, path = self.cloud.port, self.api, "prod/stream"
        host = f"{api}.execute-api.{REGION}.amazonaws.com"
        base = self.cloud.endpoint
        return {
            "localhost": ([], f"http://{api}.execute-api.localhost:{port}/{path}"),
            "host": (["-H", f"Host: {host}"], f"{base}/{path}"),
            "aws": ([], f"{base}/_aws/execute-api/{api}/{path}"),
            "restapis": ([], f"{base}/restapis/{api}/prod/_user_request_/stream"),
            "https": (
                ["--cacert", self.cloud.ca, "--connect-to", f"{host}:443:127.0.0.1:{port}"],
                f"https://{host}/{path}",
            ),
        }

    def call(self, *arguments, form="aws", keys=None, signed=None):
        before, url = self.forms()[form]
        return (keys or self.keys).curl(*before, *arguments, url, signed=signed)

    def post(self, item, **options):
        data = ["-X", "POST", "-H", "Content-Type: application/json", "-d", json.dumps(item)]
        return self.call(*data, **options)


@pytest.fixture(
    scope="module", params=[1, pytest.param(2, marks=needs_aws2)], ids=["aws1", "aws2"]
)
def course(request, tmp_path_factory):
    course = Course(tmp_path_factory.mktemp("course"), request.param)
    yield course
    course.cloud.stop()


def test_0_who_am_i(course):
    who = course.aws("sts", "get-caller-identity")
    assert who["Account"] == ACCOUNT
    assert who["Arn"].startswith(f"arn:aws:iam::{ACCOUNT}:")


def test_1_table(course):
    made = course.aws(
        "dynamodb", "create-table", "--table-name", "StreamItems",
        "--attribute-definitions", "AttributeName=id,AttributeType=S",
        "--key-schema", "AttributeName=id,KeyType=HASH",
        "--provisioned-throughput", "ReadCapacityUnits=5,WriteCapacityUnits=5",
    )["TableDescription"]
    assert made["TableName"] == "StreamItems"
    assert made["TableArn"] == f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/StreamItems"
    assert made["TableStatus"] in ("CREATING", "ACTIVE")
    assert made["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
    course.aws("dynamodb", "wait", "table-exists", "--table-name", "StreamItems")
    described = course.aws("dynamodb", "describe-table", "--table-name", "StreamItems")["Table"]
    assert described["TableStatus"] == "ACTIVE"
    assert course.aws("dynamodb", "list-tables")["TableNames"] == ["StreamItems"]
    course.fails(
        "ResourceInUseException", "dynamodb", "create-table", "--table-name", "StreamItems",
        "--attribute-definitions", "AttributeName=id,AttributeType=S",
        "--key-schema", "AttributeName=id,KeyType=HASH", "--billing-mode", "PAY_PER_REQUEST",
    )


def test_1_items(course):
    key = '{"id": {"S": "one"}}'
    table = ("--table-name", "StreamItems")
    item = '{"id": {"S": "one"}, "title": {"S": "Ünï"}, "n": {"N": "1"}}'
    course.aws("dynamodb", "put-item", *table, "--item", item)
    got = course.aws("dynamodb", "get-item", *table, "--key", key)["Item"]
    assert got == json.loads(item)
    updated = course.aws(
        "dynamodb", "update-item", *table, "--key", key,
        "--update-expression", "SET n = n + :by", "--return-values", "UPDATED_NEW",
        "--expression-attribute-values", '{":by": {"N": "41"}}',
    )
    assert updated["Attributes"] == {"n": {"N": "42"}}
    found = course.aws(
        "dynamodb", "query", *table, "--key-condition-expression", "id = :id",
        "--expression-attribute-values", '{":id": {"S": "one"}}',
    )
    assert (found["Count"], found["ScannedCount"]) == (1, 1)
    scanned = course.aws("dynamodb", "scan", *table, "--filter-expression", "n > :n",
                         "--expression-attribute-values", '{":n": {"N": "100"}}')
    assert (scanned["Count"], scanned["ScannedCount"], scanned["Items"]) == (0, 1, [])
    course.fails(
        "ConditionalCheckFailedException", "dynamodb", "put-item", *table, "--item", item,
        "--condition-expression", "attribute_not_exists(id)",
    )
    course.aws("dynamodb", "delete-item", *table, "--key", key)
    assert course.aws("dynamodb", "scan", *table, "--select", "COUNT")["Count"] == 0


def test_2_role(course):
    document = course.file("trust.json", trust("lambda"))
    role = course.aws(
        "iam", "create-role", "--role-name", "LambdaRole",
        "--assume-role-policy-document", f"file://{document}",
    )["Role"]
    assert role["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/LambdaRole"
    assert role["RoleId"].startswith("AROA")
    course.role = role["Arn"]
    allowed = policy((["logs:*", "dynamodb:PutItem", "dynamodb:Scan", "sns:Publish"], "*"))
    inline = ("--role-name", "LambdaRole", "--policy-name", "LambdaPolicy")
    course.aws("iam", "put-role-policy", *inline, "--policy-document", allowed)
    got = course.aws("iam", "get-role-policy", *inline)
    assert got["PolicyDocument"] == json.loads(allowed)
    names = course.aws("iam", "list-role-policies", "--role-name", "LambdaRole")["PolicyNames"]
    assert names == ["LambdaPolicy"]
    got = course.aws("iam", "get-role", "--role-name", "LambdaRole")["Role"]
    assert got["AssumeRolePolicyDocument"] == json.loads(trust("lambda"))
    assert "LambdaRole" in [r["RoleName"] for r in course.aws("iam", "list-roles")["Roles"]]
    # Removing both in the wrong order, then in the right one, on a role of no use.
    other = ("--role-name", "Other")
    course.aws("iam", "create-role", *other, "--assume-role-policy-document", trust("lambda"))
    named = (*other, "--policy-name", "p")
    course.aws("iam", "put-role-policy", *named, "--policy-document", allowed)
    course.fails("DeleteConflict", "iam", "delete-role", *other)
    course.aws("iam", "delete-role-policy", *named)
    course.aws("iam", "delete-role", *other)
    course.fails("NoSuchEntity", "iam", "get-role", *other)


def test_2_users_and_managed_policies(course):
    course.aws("iam", "create-user", "--user-name", "student")
    document = policy(("dynamodb:Scan", "*"))
    arn = course.aws(
        "iam", "create-policy", "--policy-name", "Scanner", "--policy-document", document
    )["Policy"]["Arn"]
    assert arn == f"arn:aws:iam::{ACCOUNT}:policy/Scanner"
    attach = ("--user-name", "student", "--policy-arn", arn)
    course.aws("iam", "attach-user-policy", *attach)
    listed = course.aws("iam", "list-attached-user-policies", "--user-name", "student")
    assert listed["AttachedPolicies"] == [{"PolicyName": "Scanner", "PolicyArn": arn}]
    key = course.aws("iam", "create-access-key", "--user-name", "student")["AccessKey"]
    assert key["AccessKeyId"].startswith("AKIA") and key["Status"] == "Active"
    env = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    scan = ("dynamodb", "scan", "--table-name", "StreamItems")
    assert course.aws(*scan, env=env)["Count"] == 0
    course.aws("iam", "detach-user-policy", *attach)
    done = course.aws(*scan, env=env, check=False)
    assert "(AccessDeniedException)" in done.stderr and "dynamodb:Scan" in done.stderr
    course.aws("iam", "delete-policy", "--policy-arn", arn)
    keys = course.aws("iam", "list-access-keys", "--user-name", "student")["AccessKeyMetadata"]
    assert [one["AccessKeyId"] for one in keys] == [key["AccessKeyId"]]
    course.aws("iam", "delete-access-key", "--user-name", "student",
               "--access-key-id", key["AccessKeyId"])
    done = course.aws(*scan, env=env, check=False)
    assert "(UnrecognizedClientException)" in done.stderr, done.stderr
    course.aws("iam", "delete-user", "--user-name", "student")


def receive(course):
    """The next message of the queue, deleted; waits for it as a client does, by long polling."""
    url = ("--queue-url", course.queue)
    got = course.aws("sqs", "receive-message", *url, "--wait-time-seconds", "20")
    message = got["Messages"][0]
    course.aws("sqs", "delete-message", *url, "--receipt-handle", message["ReceiptHandle"])
    return json.loads(message["Body"])


def test_3_topic_and_queue(course):
    course.topic = course.aws("sns", "create-topic", "--name", "StreamUpdates")["TopicArn"]
    assert course.topic == f"arn:aws:sns:{REGION}:{ACCOUNT}:StreamUpdates"
    course.queue = course.aws("sqs", "create-queue", "--queue-name", "Updates")["QueueUrl"]
    url = ("--queue-url", course.queue)
    course.queue_arn = course.aws(
        "sqs", "get-queue-attributes", *url, "--attribute-names", "QueueArn"
    )["Attributes"]["QueueArn"]
    subscription = course.aws(
        "sns", "subscribe", "--topic-arn", course.topic, "--protocol", "sqs",
        "--notification-endpoint", course.queue_arn,
    )["SubscriptionArn"]
    assert subscription.startswith(course.topic + ":")
    # Without a queue policy nothing arrives, as on AWS.
    publish = ("sns", "publish", "--topic-arn", course.topic)
    course.aws(*publish, "--message", "lost")
    allow = policy({
        "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage", "Resource": course.queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": course.topic}},
    })
    attributes = course.file("attributes.json", json.dumps({"Policy": allow}))
    course.aws("sqs", "set-queue-attributes", *url, "--attributes", f"file://{attributes}")
    sent = course.aws(*publish, "--message", "hello", "--subject", "greeting")["MessageId"]
    envelope = receive(course)
    assert envelope["Type"] == "Notification" and envelope["MessageId"] == sent
    assert envelope["TopicArn"] == course.topic
    assert (envelope["Message"], envelope["Subject"]) == ("hello", "greeting")
    for member in ("Timestamp", "SignatureVersion", "Signature", "SigningCertURL", "UnsubscribeURL"):
        assert member in envelope


def on_disk(course, marker):
    """Whether `marker` stands in any file of the data folder."""
    files = (path for path in course.cloud.data.rglob("*") if path.is_file())
    return any(marker.encode() in path.read_bytes() for path in files)


def test_4_keys(course):
    key = course.aws("kms", "create-key", "--description", "for the stream")["KeyMetadata"]
    second = course.aws("kms", "create-key")["KeyMetadata"]
    listed = course.aws("kms", "list-keys")["Keys"]
    assert [one["KeyId"] for one in listed] == [key["KeyId"], second["KeyId"]]
    course.aws("kms", "create-alias", "--alias-name", "alias/stream", "--target-key-id", key["KeyId"])
    aliases = course.aws("kms", "list-aliases")["Aliases"]
    assert {"alias/stream"} <= {one["AliasName"] for one in aliases}
    course.key = key


def test_4_encrypted_messages(course):
    marker = unique("plain")
    url = ("--queue-url", course.queue)
    item = ("--table-name", "StreamItems", "--item", json.dumps({"id": {"S": marker}}))
    course.aws("dynamodb", "put-item", *item)
    assert on_disk(course, marker), "the check itself finds nothing"
    key = course.key["KeyId"]
    course.aws(
        "sns", "set-topic-attributes", "--topic-arn", course.topic,
        "--attribute-name", "KmsMasterKeyId", "--attribute-value", key,
    )
    attributes = course.aws("sns", "get-topic-attributes", "--topic-arn", course.topic)
    assert attributes["Attributes"]["KmsMasterKeyId"] == key
    course.aws("sqs", "set-queue-attributes", *url, "--attributes", f"KmsMasterKeyId={key}")
    # A service needs to be named in the key's policy before it can use the key.
    document = policy(
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
         "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"},
         "Action": ["kms:GenerateDataKey*", "kms:Decrypt"], "Resource": "*"},
    )
    course.aws("kms", "put-key-policy", "--key-id", key, "--policy-name", "default",
               "--policy", document)
    marker = unique("secret")
    course.aws("sns", "publish", "--topic-arn", course.topic, "--message", marker)
    waiting = lambda: int(course.aws(
        "sqs", "get-queue-attributes", *url, "--attribute-names", "ApproximateNumberOfMessages",
    )["Attributes"]["ApproximateNumberOfMessages"])
    eventually(waiting, "the message's arrival")
    assert not on_disk(course, marker)
    assert receive(course)["Message"] == marker


def test_4_publisher_needs_the_key(course):
    publisher = course.cloud.user(("sns:Publish", "*"))
    publish = ("sns", "publish", "--topic-arn", course.topic, "--message", "x")
    said = course.fails("KMSAccessDenied", *publish, keys=publisher)
    assert "kms:" in said or "KMS" in said
    publisher = course.cloud.user(
        ("sns:Publish", "*"), (["kms:GenerateDataKey*", "kms:Decrypt"], "*")
    )
    course.aws(*publish, keys=publisher)
    assert receive(course)["Message"] == "x"


def test_5_role_must_be_assumable(course):
    package = course.file("function.zip", zipped({"app.py": HANDLER}))
    create = (
        "lambda", "create-function", "--function-name", "Stream", "--runtime", "python3.11",
        "--handler", "app.lambda_handler", "--zip-file", f"fileb://{package}", "--timeout", "30",
    )
    missing = f"arn:aws:iam::{ACCOUNT}:role/Missing"
    course.fails("InvalidParameterValueException", *create, "--role", missing)
    untrusted = ("--role-name", "Untrusted")
    document = trust("ec2")
    arn = course.aws("iam", "create-role", *untrusted,
                     "--assume-role-policy-document", document)["Role"]["Arn"]
    said = course.fails("InvalidParameterValueException", *create, "--role", arn)
    assert "The role defined for the function cannot be assumed by Lambda." in said
    made = course.aws(*create, "--role", course.role)
    assert made["FunctionArn"] == f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:Stream"
    assert made["Version"] == "$LATEST" and made["Role"] == course.role
    course.function = made["FunctionArn"]
    course.aws("lambda", "wait", "function-active-v2", "--function-name", "Stream")


def invoke(course, event, *arguments):
    raw = ("--cli-binary-format", "raw-in-base64-out") if course.version == 2 else ()
    out = course.folder / "answer.json"
    meta = course.aws(
        "lambda", "invoke", "--function-name", "Stream", "--payload", json.dumps(event),
        *raw, *arguments, str(out),
    )
    text = out.read_text()
    return meta, (json.loads(text) if text else None)


def test_5_invoke(course):
    # The role may not use the topic's key yet: the handler sees the refusal and prints it.
    event = {"httpMethod": "POST", "body": '{"title": "first"}'}
    meta, answer = invoke(course, event, "--log-type", "Tail")
    assert meta["StatusCode"] == 200 and "FunctionError" not in meta, answer
    assert answer["statusCode"] == 500 and "kms" in answer["body"].lower(), answer
    import base64
    tail = base64.b64decode(meta["LogResult"]).decode()
    assert "START RequestId: " in tail and "REPORT RequestId: " in tail and "ERROR" in tail
    allowed = policy((["logs:*", "dynamodb:PutItem", "dynamodb:Scan", "sns:Publish",
                       "kms:GenerateDataKey*", "kms:Decrypt"], "*"))
    course.aws("iam", "put-role-policy", "--role-name", "LambdaRole",
               "--policy-name", "LambdaPolicy", "--policy-document", allowed)
    meta, answer = invoke(course, event)
    assert answer["statusCode"] == 201, answer
    assert json.loads(receive(course)["Message"])["title"] == "first"
    meta, answer = invoke(course, event, "--invocation-type", "DryRun")
    assert meta["StatusCode"] == 204 and answer is None
    meta, answer = invoke(course, event, "--invocation-type", "Event")
    assert meta["StatusCode"] == 202
    assert json.loads(receive(course)["Message"])["title"] == "first"


def test_5_update(course):
    package = course.file("new.zip", zipped({"app.py": HANDLER.replace("stored", "kept")}))
    before = course.aws("lambda", "get-function-configuration", "--function-name", "Stream")
    after = course.aws("lambda", "update-function-code", "--function-name", "Stream",
                       "--zip-file", f"fileb://{package}")
    assert after["CodeSha256"] != before["CodeSha256"]
    course.aws("lambda", "wait", "function-updated-v2", "--function-name", "Stream")
    changed = course.aws(
        "lambda", "update-function-configuration", "--function-name", "Stream",
        "--memory-size", "256", "--environment", "Variables={STAGE=prod}",
    )
    assert changed["MemorySize"] == 256
    course.aws("lambda", "wait", "function-updated-v2", "--function-name", "Stream")
    meta, answer = invoke(course, {"httpMethod": "POST", "body": None}, "--log-type", "Tail")
    import base64
    assert "kept" in base64.b64decode(meta["LogResult"]).decode(), answer
    assert json.loads(answer["body"])["body"] == "null"
    receive(course)


def deploy(course):
    course.aws("apigateway", "create-deployment", "--rest-api-id", course.api,
               "--stage-name", "prod")


def test_6_api(course):
    course.api = course.aws("apigateway", "create-rest-api", "--name", "StreamAPI")["id"]
    listed = course.aws("apigateway", "get-rest-apis")["items"]
    assert [one["name"] for one in listed] == ["StreamAPI"]
    api = ("--rest-api-id", course.api)
    root = course.aws("apigateway", "get-resources", *api)["items"]
    assert [one["path"] for one in root] == ["/"]
    course.resource = course.aws(
        "apigateway", "create-resource", *api, "--parent-id", root[0]["id"], "--path-part", "stream"
    )["id"]
    course.fails("BadRequestException", "apigateway", "create-deployment", *api,
                 "--stage-name", "prod")
    uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{course.function}/invocations"
    for method in ("GET", "POST"):
        at = (*api, "--resource-id", course.resource, "--http-method", method)
        course.aws("apigateway", "put-method", *at, "--authorization-type", "NONE")
        course.aws("apigateway", "put-integration", *at, "--type", "AWS_PROXY",
                   "--integration-http-method", "POST", "--uri", uri)
    deploy(course)


def test_6_without_permission(course):
    before = started(course)
    answer = course.post({"title": "no"})
    assert answer.status == 500 and answer.json == {"message": "Internal server error"}
    said = course.cloud.heist("explain").stdout
    assert "lambda:InvokeFunction" in said and "apigateway.amazonaws.com" in said
    assert started(course) == before, "the function was invoked"


def started(course):
    """How many invocations the function's log has seen begin."""
    events = course.aws("logs", "filter-log-events", "--log-group-name", "/aws/lambda/Stream",
                        "--filter-pattern", '"START RequestId"')["events"]
    return len(events)


def test_6_call(course):
    course.aws(
        "lambda", "add-permission", "--function-name", "Stream", "--statement-id", "gateway",
        "--action", "lambda:InvokeFunction", "--principal", "apigateway.amazonaws.com",
        "--source-arn", f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{course.api}/*/*/stream",
    )
    for form in course.forms():
        answer = course.post({"title": form}, form=form)
        assert answer.status == 201 and answer.json["title"] == form, (form, answer)
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-amzn-requestid"] and answer.headers["x-amz-apigw-id"]
        assert json.loads(receive(course)["Message"])["title"] == form
        answer = course.call(form=form)
        assert answer.status == 200 and form in [item.get("title") for item in answer.json]


def test_6_no_body_is_null(course):
    answer = course.call("-X", "POST")
    assert answer.status == 201 and answer.json["body"] == "null", answer
    receive(course)


def test_6_other_methods_and_paths(course):
    for form in course.forms():
        for method in ("DELETE", "PUT"):
            answer = course.call("-X", method, form=form)
            assert answer.status == 403, answer
            assert answer.json == {"message": "Missing Authentication Token"}
            assert answer.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"
    base = f"{course.cloud.endpoint}/_aws/execute-api"
    answer = course.keys.curl(f"{base}/{course.api}/prod/nothing")
    assert answer.status == 403 and answer.json == {"message": "Missing Authentication Token"}
    answer = course.keys.curl(f"{base}/{course.api}/nothing/stream")
    assert answer.status == 403 and answer.json == {"message": "Forbidden"}


def test_7_closed(course):
    at = ("--rest-api-id", course.api, "--resource-id", course.resource)
    for method in ("GET", "POST"):
        done = course.aws(
            "apigateway", "update-method", *at, "--http-method", method,
            "--patch-operations", "op=replace,path=/authorizationType,value=AWS_IAM",
        )
        assert done["authorizationType"] == "AWS_IAM"
    assert course.call().status == 200, "a change is live before its deployment"
    deploy(course)
    for form in course.forms():
        answer = course.call(form=form)
        assert answer.status == 403, (form, answer)
        assert answer.json == {"message": "Missing Authentication Token"}
        assert answer.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"
        assert answer.headers["x-amzn-requestid"]


def botocore_signed(course, keys, method, body=None):
    """The status and body of a request signed by botocore."""
    url = course.forms()["aws"][1]
    request = AWSRequest(method, url, data=body)
    SigV4Auth(Credentials(keys.key_id, keys.secret), "execute-api", REGION).add_auth(request)
    answer = URLLib3Session().send(request.prepare())
    return answer.status_code, json.loads(answer.content)


def test_7_signed(course):
    arn = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{course.api}/prod/*/stream"
    allowed, other = course.cloud.user(("execute-api:Invoke", arn)), course.cloud.user()
    for form in course.forms():
        answer = course.call(form=form, keys=allowed, signed="execute-api")
        assert answer.status == 200, (form, answer)
        answer = course.post({"title": "signed"}, form=form, keys=allowed, signed="execute-api")
        assert answer.status == 201, (form, answer)
        assert json.loads(receive(course)["Message"])["title"] == "signed"
    assert botocore_signed(course, allowed, "GET")[0] == 200
    assert botocore_signed(course, allowed, "POST", '{"title": "botocore"}')[0] == 201
    receive(course)
    answer = course.call(keys=other, signed="execute-api")
    assert answer.status == 403
    resource = f"arn:aws:execute-api:{REGION}:********{ACCOUNT[-4:]}:{course.api}/prod/GET/stream"
    wanted = f"User: {other.arn} is not authorized to perform: execute-api:Invoke on resource: {resource}"
    (message,) = answer.json.values()
    assert message.startswith(wanted), answer
    assert answer.headers["x-amzn-errortype"] == "AccessDeniedException"
    status, body = botocore_signed(course, other, "POST", "{}")
    assert status == 403, body
    said = course.cloud.heist("explain").stdout
    assert "execute-api:Invoke" in said and other.arn in said


def test_8_logs(course):
    groups = course.aws("logs", "describe-log-groups")["logGroups"]
    assert "/aws/lambda/Stream" in [group["logGroupName"] for group in groups]
    group = ("--log-group-name", "/aws/lambda/Stream")
    streams = course.aws("logs", "describe-log-streams", *group)["logStreams"]
    text = ""
    for stream in streams:
        events = course.aws("logs", "get-log-events", *group, "--log-stream-name",
                            stream["logStreamName"], "--start-from-head")["events"]
        text += "".join(event["message"] for event in events)
    for line in ("START RequestId: ", "END RequestId: ", "REPORT RequestId: ", "kept "):
        assert line in text, text
    found = course.aws("logs", "filter-log-events", *group, "--filter-pattern", "ERROR")["events"]
    assert found and all("ERROR" in event["message"] for event in found)


@needs_aws2
def test_8_logs_tail(course):
    done = course.keys.aws2("logs", "tail", "/aws/lambda/Stream", "--since", "1h")
    assert "REPORT RequestId: " in done.stdout


def test_8_metrics(course):
    names = {one["MetricName"] for one in
             course.aws("cloudwatch", "list-metrics", "--namespace", "AWS/Lambda")["Metrics"]}
    assert {"Invocations", "Errors", "Duration"} <= names
    now = datetime.now(timezone.utc)
    since, until = now - timedelta(hours=1), now + timedelta(minutes=5)
    window = ("--start-time", since.isoformat(), "--end-time", until.isoformat())
    points = course.aws(
        "cloudwatch", "get-metric-statistics", "--namespace", "AWS/Lambda",
        "--metric-name", "Invocations", "--dimensions", "Name=FunctionName,Value=Stream",
        "--statistics", "Sum", "--period", "3600", *window,
    )["Datapoints"]
    assert sum(point["Sum"] for point in points) >= 10
    queries = course.file("queries.json", json.dumps([{
        "Id": "count", "MetricStat": {"Period": 60, "Stat": "Sum", "Metric": {
            "Namespace": "AWS/ApiGateway", "MetricName": "Count",
            "Dimensions": [{"Name": "ApiName", "Value": "StreamAPI"}]}}}]))
    results = course.aws("cloudwatch", "get-metric-data", "--metric-data-queries",
                         f"file://{queries}", *window)["MetricDataResults"]
    assert sum(results[0]["Values"]) >= 10


def test_8_audit(course):
    def looked_up(name):
        events = course.aws("cloudtrail", "lookup-events", "--lookup-attributes",
                            f"AttributeKey=EventName,AttributeValue={name}")["Events"]
        return [json.loads(event["CloudTrailEvent"]) for event in events]

    (created,) = [e for e in looked_up("CreateFunction20150331") if "errorCode" not in e]
    assert created["eventSource"] == "lambda.amazonaws.com"
    assert created["sourceIPAddress"] == "127.0.0.1"
    assert created["userIdentity"]["accountId"] == ACCOUNT
    assert created["requestParameters"]["functionName"] == "Stream"
    assert created["awsRegion"] == REGION and created["eventVersion"]
    assert [e for e in looked_up("CreateFunction20150331") if "errorCode" in e]
    (conflict,) = [e for e in looked_up("CreateTable") if e.get("errorCode")]
    assert conflict["errorCode"] in ("ResourceInUseException",)
    refused = course.cloud.user()
    course.fails("AccessDenied", "iam", "list-users", keys=refused)
    event = eventually(lambda: looked_up("ListUsers"))[0]
    assert event["errorCode"] == "AccessDenied" and "iam:ListUsers" in event["errorMessage"]
    assert event["userIdentity"]["userName"] == refused.name


def test_8_traces(course):
    policy_arn = "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"
    course.aws("iam", "attach-role-policy", "--role-name", "LambdaRole", "--policy-arn", policy_arn)
    course.aws("lambda", "update-function-configuration", "--function-name", "Stream",
               "--tracing-config", "Mode=Active")
    course.aws("lambda", "wait", "function-updated-v2", "--function-name", "Stream")
    course.aws("apigateway", "update-stage", "--rest-api-id", course.api, "--stage-name", "prod",
               "--patch-operations", "op=replace,path=/tracingEnabled,value=true")
    answer = course.post({"title": "traced"}, signed="execute-api")
    assert answer.status == 201, answer
    trace_id = answer.headers["x-amzn-trace-id"].partition("Root=")[2].split(";")[0]
    now = datetime.now(timezone.utc)
    window = ("--start-time", (now - timedelta(minutes=10)).isoformat(),
              "--end-time", (now + timedelta(minutes=1)).isoformat())
    eventually(lambda: trace_id in [
        one["Id"] for one in course.aws("xray", "get-trace-summaries", *window)["TraceSummaries"]
    ], "the trace's summary")
    traces = course.aws("xray", "batch-get-traces", "--trace-ids", trace_id)["Traces"]
    segments = [json.loads(segment["Document"]) for segment in traces[0]["Segments"]]
    origins = {segment.get("origin") for segment in segments}
    table = {"AWS::DynamoDB::Table"}
    assert {"AWS::ApiGateway::Stage", "AWS::Lambda", "AWS::Lambda::Function"} | table <= origins, origins


def test_8_assume_role(course):
    who = course.aws("sts", "get-caller-identity")["Arn"]
    document = policy({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"})
    arn = course.aws("iam", "create-role", "--role-name", "Visitor",
                     "--assume-role-policy-document", document)["Role"]["Arn"]
    given = course.aws("sts", "assume-role", "--role-arn", arn, "--role-session-name", "me")
    assert given["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/Visitor/me"
    keys = given["Credentials"]
    env = {"AWS_ACCESS_KEY_ID": keys["AccessKeyId"], "AWS_SESSION_TOKEN": keys["SessionToken"],
           "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"]}
    session = course.aws("sts", "get-caller-identity", env=env)
    assert session["Arn"].endswith("assumed-role/Visitor/me") and session["Arn"] != who


def test_9_it_all_survives_a_kill(course):
    course.cloud.kill()
    course.cloud.start()
    course.keys = course.cloud.admin
    answer = course.call(signed="execute-api")
    assert answer.status == 200 and "traced" in [item.get("title") for item in answer.json]
