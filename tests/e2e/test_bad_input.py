"""Hostile and broken requests: a faithful error each time, the server lives, memory is bounded."""

import gzip
import http.client
import json
import struct
import threading
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from conftest import ACCOUNT, REGION, refused, unique, zipped

JSON_10, JSON_11 = "application/x-amz-json-1.0", "application/x-amz-json-1.1"
FORM = "application/x-www-form-urlencoded; charset=utf-8"


@pytest.fixture(autouse=True)
def the_server_lives(cloud):
    """After each of these tests the same server answers, and has not grown beyond measure."""
    pid = cloud.process.pid
    yield
    assert cloud.alive() and cloud.process.pid == pid
    assert cloud.memory_mib() < 700, "memory is not bounded"


def send(cloud, service, body=b"", headers=None, path="/", method="POST", keys=None, unsigned=None):
    """A signed request with exactly these bytes; gives status, headers and body.

    `unsigned` headers are added after signing, replacing signed ones of their name."""
    keys = keys or cloud.admin
    request = AWSRequest(method, cloud.endpoint + path, data=body, headers=dict(headers or {}))
    SigV4Auth(Credentials(keys.key_id, keys.secret, keys.token), service, REGION).add_auth(request)
    sent = {name: value for name, value in request.headers.items()}
    for name, value in (unsigned or {}).items():
        sent = {k: v for k, v in sent.items() if k.lower() != name.lower()}
        if value is not None:
            sent[name] = value
    connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=60)
    try:
        try:
            connection.request(method, path, body, sent)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it stopped reading; what it said is there all the same, or it hung up
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def dynamodb(cloud, operation, body, **more):
    headers = {"X-Amz-Target": f"DynamoDB_20120810.{operation}", "Content-Type": JSON_10}
    return send(cloud, "dynamodb", body, headers, **more)


def code(answer):
    """The error code of a JSON answer."""
    return json.loads(answer[2])["__type"].rsplit("#")[-1]


@pytest.mark.parametrize("body", [
    b"", b"{", b"null", b"[]", b'"text"', b"\xff\xfe", b'{"TableName": }', b"{" * 100_000,
    b'{"TableName": "a"} trailing', b'{"TableName":' * 5_000 + b"1" + b"}" * 5_000,
    b'{"TableName": "\\ud800"}', b"\0" * 100, b'{"TableName": 1e999999}',
])
def test_broken_json(cloud, body):
    answer = dynamodb(cloud, "DescribeTable", body)
    assert answer[0] == 400
    assert code(answer) in ("SerializationException", "ValidationException"), answer
    assert answer[1]["x-amzn-requestid"]


@pytest.mark.parametrize("body", [
    {"TableName": 7}, {"TableName": ["a"]}, {"TableName": {"a": 1}}, {"TableName": True},
])
def test_wrong_types(cloud, body):
    answer = dynamodb(cloud, "DescribeTable", json.dumps(body).encode())
    assert answer[0] == 400 and code(answer) == "SerializationException", answer


@pytest.mark.parametrize("value", [
    {"S": 1}, {"N": "abc"}, {"N": "1e999"}, {"B": "no base64!"}, {"S": "a", "N": "1"}, {}, {"X": "1"},
    {"NS": ["1", "1"]}, {"SS": []}, {"BOOL": "perhaps"}, {"NULL": False}, {"M": []}, {"L": {}}, "bare",
    {"N": "123456789012345678901234567890123456789"},
])
def test_bad_attribute_values(cloud, value):
    body = {"TableName": "any-table", "Item": {"pk": value}}
    answer = dynamodb(cloud, "PutItem", json.dumps(body).encode())
    # A type that nobody knows is an unknown member, which is refused by name.
    assert answer[0] == 400 or (answer[0] == 501 and b".X" in answer[2]), answer
    assert code(answer) in ("ValidationException", "SerializationException", "NotImplemented"), answer


def test_nesting_has_an_end(cloud):
    value = {"S": "x"}
    for _ in range(40):
        value = {"L": [value]}
    body = {"TableName": "any-table", "Item": {"pk": {"S": "a"}, "deep": value}}
    answer = dynamodb(cloud, "PutItem", json.dumps(body).encode())
    assert answer[0] == 400 and code(answer) in ("ValidationException", "SerializationException")


def test_unknown_operations_and_members_are_named(cloud):
    answer = dynamodb(cloud, "MakeCoffee", b"{}")
    assert answer[0] in (400, 501) and b"MakeCoffee" in answer[2]
    answer = dynamodb(cloud, "DescribeTable", b'{"TableName": "abc", "Surprise": 1}')
    assert answer[0] in (400, 501), answer
    if answer[0] == 501:
        assert b"Surprise" in answer[2]
    answer = send(cloud, "iam", b"Action=MakeCoffee&Version=2010-05-08", {"Content-Type": FORM})
    assert answer[0] in (400, 501) and b"<Code>" in answer[2] and b"MakeCoffee" in answer[2]
    answer = send(cloud, "lambda", b"", path="/2015-03-31/coffee", method="GET")
    assert answer[0] in (403, 404, 501)


def test_unknown_services_are_named(cloud):
    answer = send(cloud, "rekognition", b"{}", {
        "X-Amz-Target": "RekognitionService.DetectFaces", "Content-Type": JSON_11})
    assert answer[0] == 501 and b"NotImplemented" in answer[2] and b"Rekognition" in answer[2]
    answer = send(cloud, "ec2", b"Action=DescribeInstances&Version=2016-11-15", {"Content-Type": FORM})
    assert answer[0] == 501 and b"<Code>NotImplemented</Code>" in answer[2] and b"ec2" in answer[2]


@pytest.mark.parametrize("body", [
    b"Action=CreateUser", b"Action=CreateUser&UserName=", b"Action=CreateUser&UserName=%zz",
    b"Action=CreateUser&UserName=%ff%fe", b"Action=CreateUser&UserName=a b", b"=&=&=",
    b"Action=CreateUser&UserName=" + b"x" * 65, b"&" * 200_000,
    b"Action=CreateUser&UserName=forms-1&Tags.member.999999999.Key=a",
    b"Action=CreateUser&UserName=forms-2&Tags.member.x.Key=a",
    b"Action=CreateUser&" + b"&".join(b"Tags.member.%d.Key=k" % n for n in range(2000)),
])
def test_broken_forms(cloud, body):
    status, headers, text = send(cloud, "iam", body + b"&Version=2010-05-08", {"Content-Type": FORM})
    assert 400 <= status < 500 or status == 501, (status, text)
    assert b"<Code>" in text and b"<RequestId>" in text, text


@pytest.mark.parametrize("body", [
    b"", b"\xff", b"\xa1", b"\xbf" * 10_000, b"\x9f" * 10_000, b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\xa1\x69Namespace\x01", b"\xa1\x69Namespace\xf9\x7e\x00", b"\xc1" * 5_000, b"{}",
    b"\xbb" + struct.pack(">Q", 1 << 60),
])
def test_broken_cbor(cloud, body):
    status, _, text = send(
        cloud, "monitoring", body, path="/service/GraniteServiceVersion20100801/operation/PutMetricData",
        headers={"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor", "Accept": "application/cbor"})
    assert status == 400 and text, (status, text)


@pytest.mark.parametrize("body", [
    b"no gzip", gzip.compress(b"{}", mtime=0)[:-6], gzip.compress(b"{", mtime=0),
])
def test_broken_gzip(cloud, body):
    headers = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": JSON_10,
               "Content-Encoding": "gzip"}
    answer = send(cloud, "dynamodb", body, headers)
    assert answer[0] == 400, answer


def test_a_gzip_bomb_is_not_blown_up(cloud):
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = b"".join(bomb.compress(b" " * (1 << 20)) for _ in range(512)) + bomb.flush()
    assert len(body) < 1 << 20
    headers = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": JSON_10,
               "Content-Encoding": "gzip"}
    with ThreadPoolExecutor(4) as pool:
        for answer in pool.map(lambda _: send(cloud, "dynamodb", body, headers), range(8)):
            assert answer[0] in (400, 413), answer


def test_huge_bodies_are_refused_before_they_are_read(cloud):
    with cloud.connect() as socket:
        socket.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
        assert b" 413 " in socket.recv(4096)
    try:
        answer = dynamodb(cloud, "PutItem", b" " * (17 << 20))
    except ConnectionError:
        return  # it hung up while we were still pushing, which is as good
    assert answer[0] == 413, answer[:2]


def test_chunked_bodies_have_the_same_limit(cloud):
    with cloud.connect() as socket:
        socket.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"100000\r\n" + b"x" * (1 << 20) + b"\r\n"
        try:
            for _ in range(40):
                socket.sendall(chunk)
            answer = socket.recv(4096)
        except (BrokenPipeError, ConnectionResetError):
            return  # it hung up while we were still pushing, which is as good
        assert b" 413 " in answer


@pytest.mark.parametrize("raw", [
    b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x00\x05hello", b"\0" * 1000,
    b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"".join(b"H%d: x\r\n" % n for n in range(5_000)) + b"\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    b"GET /%00%ff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"GET /" + b"../" * 2_000 + b"etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
])
def test_broken_http(cloud, raw):
    with cloud.connect() as socket:
        try:
            socket.sendall(raw)
            socket.shutdown(1)
            answer = socket.recv(65536)
        except OSError:
            return  # it hung up, which is an answer
        assert not answer or not answer.startswith(b"HTTP/1.1 2"), answer
        assert b"root:" not in answer


def test_slow_clients_hold_nobody_up(cloud):
    held = [cloud.connect() for _ in range(200)]
    try:
        for number, socket in enumerate(held):
            socket.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n" + b"X-Slow: %d\r\n" % number)
        for socket in held[:100]:
            socket.sendall(b"Content-Length: 100\r\n\r\nsome")
        assert cloud.admin.client("sts").get_caller_identity()["Account"] == ACCOUNT
        assert cloud.admin.client("dynamodb").list_tables()["TableNames"] is not None
    finally:
        for socket in held:
            socket.close()


def test_a_client_that_hangs_up_in_the_middle(cloud):
    table = unique("hangup")
    cloud.admin.client("dynamodb").create_table(
        TableName=table, KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST")
    for _ in range(50):
        with cloud.connect() as socket:
            socket.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf of it")
    assert cloud.admin.client("dynamodb").describe_table(TableName=table)


def signature(cloud, **unsigned):
    headers = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": JSON_10}
    return send(cloud, "dynamodb", b"{}", headers, unsigned=unsigned)


@pytest.mark.parametrize("authorization, expected", [
    (None, "MissingAuthenticationTokenException"),
    ("", ("MissingAuthenticationTokenException", "IncompleteSignatureException")),
    ("Basic YTpi", ("MissingAuthenticationTokenException", "IncompleteSignatureException")),
    ("AWS4-HMAC-SHA256 nonsense", "IncompleteSignatureException"),
    ("AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host, Signature=00", "IncompleteSignatureException"),
    ("AWS4-HMAC-SHA256 " + "x" * 30_000, "IncompleteSignatureException"),
    ("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/dynamodb/aws4_request",
     "IncompleteSignatureException"),
])
def test_bad_authorization_headers(cloud, authorization, expected):
    answer = signature(cloud, Authorization=authorization)
    assert answer[0] == 400
    assert code(answer) in (expected if isinstance(expected, tuple) else (expected,)), answer


def test_bad_signatures(cloud):
    keys = type(cloud.admin)(cloud, cloud.admin.key_id, "wrong" * 8)
    answer = dynamodb(cloud, "ListTables", b"{}", keys=keys)
    assert answer[0] == 400 and code(answer) == "InvalidSignatureException", answer
    assert b"The request signature we calculated does not match" in answer[2]
    keys = type(cloud.admin)(cloud, "AKIAIOSFODNN7EXAMPLE", "x")
    answer = dynamodb(cloud, "ListTables", b"{}", keys=keys)
    assert code(answer) == "UnrecognizedClientException"
    answer = send(cloud, "sqs", b"{}", {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": JSON_10})
    assert code(answer) == "InvalidSignatureException" and b"scoped to correct service" in answer[2]
    headers = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": JSON_10}
    answer = send(cloud, "dynamodb", b"{}", headers, unsigned={"X-Amz-Date": "20200101T000000Z"})
    assert code(answer) == "InvalidSignatureException", answer
    answer = send(cloud, "dynamodb", b"{}", headers,
                  unsigned={"X-Amz-Target": "DynamoDB_20120810.DescribeLimits"})
    assert answer[0] == 400 and code(answer) == "InvalidSignatureException"


def test_an_old_signature_has_expired(cloud, monkeypatch):
    import datetime as real
    import botocore.auth

    class Past(real.datetime):
        @classmethod
        def utcnow(cls):
            return real.datetime.now(real.timezone.utc).replace(tzinfo=None) - real.timedelta(minutes=6)

    past = Past.utcnow()
    if hasattr(botocore.auth, "get_current_datetime"):
        monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *a, **k: past)
    else:
        monkeypatch.setattr(botocore.auth.datetime, "datetime", Past)
    answer = dynamodb(cloud, "ListTables", b"{}")
    assert code(answer) == "InvalidSignatureException", answer
    assert b"Signature expired: " in answer[2] and b"is now earlier than" in answer[2]
    status, _, text = send(cloud, "iam", b"Action=ListUsers&Version=2010-05-08", {"Content-Type": FORM})
    assert status == 403 and b"<Code>SignatureDoesNotMatch</Code>" in text and b"Signature expired" in text


def create(cloud, package, **more):
    return cloud.admin.client("lambda").create_function(
        FunctionName=unique("bad"), Runtime=more.pop("Runtime", "python3.11"), Handler="main.handler",
        Role=cloud.role("lambda"), Code={"ZipFile": package}, **more)


def archive(*entries, compression=zipfile.ZIP_DEFLATED):
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as zip_file:
        for name, content, mode in entries:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            info.compress_type = compression
            zip_file.writestr(info, content)
    return buffer.getvalue()


HANDLER = "def handler(event, context): return open('/etc/hostname').read() if event else 1"


@pytest.mark.parametrize("name, mode", [
    ("../escaped.py", 0o100644), ("../../../../../tmp/escaped-heist", 0o100644),
    ("/tmp/escaped-heist", 0o100644), ("a/../../escaped.py", 0o100644),
    ("link", 0o120777), ("device", 0o020644),
])
def test_zips_stay_in_their_folder(cloud, name, mode, tmp_path):
    from pathlib import Path
    package = archive(("main.py", HANDLER, 0o100644), (name, "/etc/passwd", mode))
    try:
        function = create(cloud, package)["FunctionName"]
    except cloud.admin.client("lambda").exceptions.InvalidParameterValueException:
        function = None
    assert not Path("/tmp/escaped-heist").exists()
    assert not list(cloud.data.rglob("escaped*"))
    if function:
        payload, answer = cloud.invoke(function)
        assert payload == 1 or answer["FunctionError"], "what is refused late still runs nothing else"


def test_zip_bombs(cloud):
    bomb = archive(*[(f"{n}.bin", b"\0" * (64 << 20), 0o100644) for n in range(6)])
    assert len(bomb) < 1 << 20
    with refused("InvalidParameterValueException", 400, "must be smaller than 262144000 bytes"):
        create(cloud, bomb)
    lying = bytearray(archive(("main.py", b"\0" * (8 << 20), 0o100644)))
    at = lying.rfind(b"PK\x01\x02")
    lying[at + 24:at + 28] = struct.pack("<I", 10)
    try:
        create(cloud, bytes(lying))
    except cloud.admin.client("lambda").exceptions.InvalidParameterValueException:
        pass
    many = archive(*[(f"f{n}", b"", 0o100644) for n in range(120_000)], compression=zipfile.ZIP_STORED)
    try:
        create(cloud, many)
    except cloud.admin.client("lambda").exceptions.ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 413)


@pytest.mark.parametrize("damage", [
    lambda z: z[: len(z) // 2], lambda z: z[10:], lambda z: z[:-10], lambda z: b"PK\x05\x06" + b"\0" * 18,
    lambda z: z.replace(b"main.py", b"main\0py"), lambda z: b"",
])
def test_damaged_zips(cloud, damage):
    package = damage(zipped({"main.py": HANDLER}))
    with refused(("InvalidParameterValueException", "ValidationException")):
        create(cloud, package)


@pytest.mark.parametrize("arn", [
    "arn", "arn:aws", "arn:aws:iam::1:role/x", "arn:aws:iam::000000000000:role/" + "x" * 600,
    "arn:aws:iam::000000000000:user/x", "arn:aws:s3:::b", "arn:aws:iam::000000000000:role/\u0000",
])
def test_bad_role_arns(cloud, arn):
    client = cloud.admin.client("lambda")
    with refused(("ValidationException", "InvalidParameterValueException")):
        client.create_function(FunctionName=unique("bad"), Runtime="python3.11", Handler="a.b", Role=arn,
                               Code={"ZipFile": zipped({"a.py": "b = 1"})})


@pytest.mark.parametrize("arn", ["", "arn:aws:sns:us-east-1:000000000000", "arn:aws:sqs:x:y:z", "::::::"])
def test_bad_topic_arns(cloud, arn):
    with refused(("InvalidParameter", "NotFound", "ValidationError", "AuthorizationError")):
        cloud.admin.client("sns").subscribe(TopicArn=arn, Protocol="sqs", Endpoint=arn)


def test_policies_that_try_to_take_long(cloud):
    user = cloud.user()
    pattern = "sqs:" + "*a" * 60
    document = {"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": pattern, "Resource": "arn:aws:sqs:*:*:" + "*a" * 200}}
    cloud.admin.client("iam").put_user_policy(
        UserName=user.name, PolicyName="slow", PolicyDocument=json.dumps(document))
    outcome = []
    thread = threading.Thread(target=lambda: outcome.append(_refusal(user)))
    thread.start()
    thread.join(10)
    assert outcome and "AccessDenied" in outcome[0]


def _refusal(user):
    from botocore.exceptions import ClientError
    try:
        user.client("sqs").get_queue_url(QueueName="a" * 80)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "allowed"


def test_restjson_bodies(cloud):
    for body in (b"{", b"[]", b"\xff", b'{"name": 7}', b'{"name": {"a": 1}}'):
        answer = send(cloud, "apigateway", body, {"Content-Type": "application/json"}, path="/restapis")
        assert answer[0] == 400, (body, answer)
        assert answer[1]["x-amzn-errortype"], answer
    answer = send(cloud, "lambda", b"{", {"Content-Type": "application/json"}, path="/2015-03-31/functions")
    assert answer[0] == 400 and answer[1]["x-amzn-errortype"], answer
