"""What players of the range try against the platform itself instead of the account they are to rob. Each attack
stands beside the owner's control: the honest form of the same call, which works."""

import json
import shutil
import socket
import threading
import time

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, ParamValidationError
from conftest import ACCOUNT, REGION, Cloud, Keys, eventually, needs, policy, refused, trust, unique, zipped

DENIED = ("AccessDenied", "AccessDeniedException", "AuthorizationError", "AWS.SimpleQueueService.AccessDenied")
UNKNOWN = ("UnrecognizedClientException", "InvalidClientTokenId")
JSON_10 = "application/x-amz-json-1.0"
SECRET = "not-for-players-81c2"


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    """An instance of their own: they try to bring it down."""
    box = Cloud(tmp_path_factory.mktemp("box"))
    yield box
    box.stop()


@pytest.fixture(autouse=True)
def the_box_stands(box):
    yield
    box.alive()


def prepared(keys, body, target, service, path="/", method="POST", headers=None):
    headers = {"Content-Type": JSON_10, "X-Amz-Target": target} | (headers or {})
    request = AWSRequest(method, keys.cloud.endpoint + path, data=body, headers=headers)
    SigV4Auth(Credentials(keys.key_id, keys.secret, keys.token), service, REGION).add_auth(request)
    return request.prepare()


def send(keys, request, *more):
    """`more` are further headers; one of the same name is sent besides, not instead."""
    arguments = ["-X", request.method, "--path-as-is", request.url]
    for name, value in request.headers.items():
        arguments += ["-H", f"{name}: {value.decode() if isinstance(value, bytes) else value}"]
    for header in more:
        arguments += ["-H", header]
    body = request.body.decode() if isinstance(request.body, bytes) else request.body
    return keys.curl(*arguments, *(["--data-binary", body] if body else []))


def table(box, name=None):
    name = name or unique("table")
    client = box.admin.client("dynamodb")
    client.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
    client.put_item(TableName=name, Item={"id": {"S": "1"}, "secret": {"S": SECRET}})
    return name


def arn_of(name):
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"


# Who signs, for what ----------------------------------------------------------------------------


@pytest.mark.parametrize("scope", ["sqs", "sts", "iam", "execute-api", "heist", "dynamodb2", "Dynamodb"])
def test_the_scope_names_the_service_that_the_target_names(box, scope):
    name = table(box)
    player = box.user(("*", "*"))
    body, target = json.dumps({"TableName": name}), "DynamoDB_20120810.Scan"
    honest = send(player, prepared(player, body, target, "dynamodb"))
    assert honest.status == 200 and SECRET in honest.body
    crooked = send(player, prepared(player, body, target, scope))
    assert crooked.status in (400, 403, 404) and SECRET not in crooked.body, crooked


def test_a_request_has_one_credential(box):
    queue = box.admin.client("sqs").create_queue(QueueName=unique("queue"))["QueueUrl"]
    body, target = json.dumps({"QueueName": queue.rsplit("/", 1)[1]}), "AmazonSQS.GetQueueUrl"
    player = box.user(("sts:*", "*"))
    own = prepared(player, body, target, "sqs")
    # The signature is the player's: it must not become the administrator's by naming him as well.
    held = own.headers["Authorization"]
    held = held.decode() if isinstance(held, bytes) else held
    kind, rest = held.split(" ", 1)
    credential, signed, signature = [part.strip() for part in rest.split(",")]
    boss = credential.replace(player.key_id, box.admin.key_id)
    for pieces in ([boss, credential, signed, signature], [credential, boss, signed, signature],
                   [credential, signed, signature, boss], [credential, signed, signature, "Signature=" + "0" * 64],
                   [credential, signed, "SignedHeaders=host", signature], [boss, signed, signature]):
        own.headers["Authorization"] = f"{kind} {', '.join(pieces)}"
        answer = send(player, own)
        assert answer.status in (400, 403), (pieces, answer)
    own.headers["Authorization"] = held
    twice = send(player, own, f"Authorization: {kind} {boss}, {signed}, {signature}")
    assert twice.status in (400, 403), twice
    assert send(player, own).status in (400, 403), "policies give the player no queue"
    control = send(box.admin, prepared(box.admin, body, target, "sqs"))
    assert control.status == 200 and queue in control.body


def test_paths_of_another_service_need_its_signature(box):
    name = box.function("def handler(event, context): return 1")
    player = box.user(("sqs:*", "*"))
    paths = [f"/2015-03-31/functions/{name}", f"//2015-03-31/functions/{name}", f"/x/../2015-03-31/functions/{name}",
             f"/%32015-03-31/functions/{name}", "/restapis", "/2015-03-31/functions/"]
    for path in paths:
        for service in ("sqs", "lambda"):
            answer = send(player, prepared(player, None, "AmazonSQS.ListQueues", service, path, "GET"))
            assert answer.status >= 400 or "QueueUrls" in answer.body or answer.body == "{}", (path, service, answer)
            assert name not in answer.body or "not authorized" in answer.body, (path, service, answer)
    path = f"/2015-03-31/functions/{name}"
    request = AWSRequest("GET", box.endpoint + path)
    SigV4Auth(Credentials(box.admin.key_id, box.admin.secret), "lambda", REGION).add_auth(request)
    control = send(box.admin, request.prepare())
    assert control.status == 200 and name in control.body


def test_a_session_key_without_its_token_is_nobodys(box):
    role = unique("role")
    document = policy({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"})
    iam = box.admin.client("iam")
    arn = iam.create_role(RoleName=role, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    player = box.user(("sts:AssumeRole", "*"))
    held = player.client("sts").assume_role(RoleArn=arn, RoleSessionName="one")["Credentials"]
    other = player.client("sts").assume_role(RoleArn=arn, RoleSessionName="two")["Credentials"]
    token = held["SessionToken"]
    for wrong in (None, other["SessionToken"], token[:-4], token + "A", "x"):
        thief = Keys(box, held["AccessKeyId"], held["SecretAccessKey"], wrong)
        with refused(UNKNOWN + ("InvalidToken",)):
            thief.client("sts").get_caller_identity()
    control = Keys(box, held["AccessKeyId"], held["SecretAccessKey"], token)
    assert control.client("sts").get_caller_identity()["Arn"].endswith(f"{role}/one")
    # A token does not make a long-lived key another's, either.
    with refused(UNKNOWN + ("InvalidToken",)):
        Keys(box, player.key_id, player.secret, token).client("sts").get_caller_identity()


def test_an_inactive_key_is_good_for_nothing(box):
    player, iam = box.user(("*", "*")), box.admin.client("iam")
    token = player.client("sts").get_session_token()["Credentials"]
    for status, works in (("Inactive", False), ("Active", True)):
        iam.update_access_key(UserName=player.name, AccessKeyId=player.key_id, Status=status)
        for service, operation in (("sts", "get_caller_identity"), ("sqs", "list_queues"), ("dynamodb", "list_tables")):
            call = getattr(player.client(service), operation)
            if works:
                call()
            else:
                with refused(UNKNOWN):
                    call()
    iam.delete_access_key(UserName=player.name, AccessKeyId=player.key_id)
    with refused(UNKNOWN):
        player.client("sts").get_caller_identity()
    session = Keys(box, token["AccessKeyId"], token["SecretAccessKey"], token["SessionToken"])
    assert session.client("sts").get_caller_identity()["Arn"] == player.arn, "AWS lets sessions live on"


# What is judged ------------------------------------------------------------------------------------


def test_a_statement_is_judged_by_the_table_it_names(box):
    mine, other = table(box), table(box)
    player = box.user(("dynamodb:PartiQL*", arn_of(mine)))
    client = player.client("dynamodb")
    assert client.execute_statement(Statement=f'SELECT * FROM "{mine}"')["Items"]
    wanted = [f'SELECT * FROM "{other}"', f'SELECT * FROM "{other}" WHERE id = \'1\'', f'SELECT * FROM "{arn_of(other)}"',
              f'select secret from "{other}" -- "{mine}"', f'/* "{mine}" */ SELECT * FROM "{other}"',
              f'SELECT * FROM "{mine}", "{other}"', f'SELECT * FROM "{mine}" UNION SELECT * FROM "{other}"',
              f'DELETE FROM "{other}" WHERE id = \'1\'', f'UPDATE "{other}" SET secret = \'x\' WHERE id = \'1\'',
              f'INSERT INTO "{other}" VALUE {{\'id\': \'2\'}}']
    for statement in wanted:
        with refused(DENIED + ("ValidationException", "NotImplemented")) as refusal:
            client.execute_statement(Statement=statement)
        assert SECRET not in json.dumps(refusal.error.response, default=str)
    select = [{"Statement": f'SELECT * FROM "{name}" WHERE id = \'1\''} for name in (mine, other)]
    with refused(DENIED + ("TransactionCanceledException",)):
        client.execute_transaction(TransactStatements=select)
    try:
        answers = client.batch_execute_statement(Statements=select)["Responses"]
        assert answers[1]["Error"]["Code"] == "AccessDenied" and "Item" not in answers[1]
    except client.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] in DENIED
    assert box.admin.client("dynamodb").get_item(TableName=other, Key={"id": {"S": "1"}})["Item"]["secret"]["S"] == SECRET


def test_each_part_of_a_batch_is_judged(box):
    mine, other = table(box), table(box)
    player = box.user(("dynamodb:*", arn_of(mine)))
    client, key = player.client("dynamodb"), {"id": {"S": "1"}}
    get = lambda *names: {name: {"Keys": [key]} for name in names}
    put = lambda *names: {name: [{"PutRequest": {"Item": key}}] for name in names}
    assert client.batch_get_item(RequestItems=get(mine))["Responses"][mine]
    for order in ((mine, other), (other, mine)):
        with refused(DENIED):
            client.batch_get_item(RequestItems=get(*order))
        with refused(DENIED):
            client.batch_write_item(RequestItems=put(*order))
        with refused(DENIED):
            client.transact_get_items(TransactItems=[{"Get": {"TableName": name, "Key": key}} for name in order])
        with refused(DENIED):
            client.transact_write_items(TransactItems=[{"Put": {"TableName": name, "Item": key}} for name in order])
        with refused(DENIED):
            client.transact_write_items(TransactItems=[
                {"Put": {"TableName": mine, "Item": {"id": {"S": "9"}}}},
                {"ConditionCheck": {"TableName": other, "Key": key, "ConditionExpression": "attribute_exists(id)"}}])
    assert client.batch_write_item(RequestItems=put(mine))["UnprocessedItems"] == {}
    item = box.admin.client("dynamodb").get_item(TableName=other, Key=key)["Item"]
    assert item["secret"]["S"] == SECRET


def test_a_blob_is_opened_by_the_key_it_was_made_with(box):
    kms = box.admin.client("kms")
    mine, other = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    player = box.user((["kms:Decrypt", "kms:ReEncrypt*"], mine)).client("kms")
    own, foreign = (kms.encrypt(KeyId=key, Plaintext=SECRET.encode())["CiphertextBlob"] for key in (mine, other))
    assert player.decrypt(CiphertextBlob=own, KeyId=mine)["Plaintext"] == SECRET.encode()
    with refused("IncorrectKeyException"):
        player.decrypt(CiphertextBlob=foreign, KeyId=mine)
    with refused(DENIED):
        player.decrypt(CiphertextBlob=foreign)
    with refused(DENIED):
        player.decrypt(CiphertextBlob=foreign, KeyId=other)
    with refused("IncorrectKeyException"):
        player.re_encrypt(CiphertextBlob=foreign, SourceKeyId=mine, DestinationKeyId=mine)
    with refused(DENIED):
        player.re_encrypt(CiphertextBlob=foreign, DestinationKeyId=mine)
    with refused(DENIED):
        player.re_encrypt(CiphertextBlob=own, DestinationKeyId=other)
    assert kms.decrypt(CiphertextBlob=foreign)["KeyId"] == other


def test_tag_calls_are_judged_like_all_others(box):
    queue = unique("queue")
    url = box.admin.client("sqs").create_queue(QueueName=queue, tags={"team": "owner"})["QueueUrl"]
    role = box.role("lambda").rsplit("/", 1)[1]
    name, topic = table(box), box.admin.client("sns").create_topic(Name=unique("topic"))["TopicArn"]
    key = box.admin.client("kms").create_key()["KeyMetadata"]["KeyId"]
    function = box.function("def handler(event, context): return 1")
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"
    # Everything that bears his team's name is his; so he tries to put it on what is not.
    gate = {"Effect": "Allow", "Action": "*", "Resource": "*",
            "Condition": {"StringEquals": {"aws:ResourceTag/team": "player"}}}
    player = box.user(gate)
    tags, named = {"team": "player"}, [{"Key": "team", "Value": "player"}]
    calls = [
        ("sqs", "tag_queue", {"QueueUrl": url, "Tags": tags}), ("sqs", "untag_queue", {"QueueUrl": url, "TagKeys": ["team"]}),
        ("iam", "tag_role", {"RoleName": role, "Tags": named}), ("dynamodb", "tag_resource", {"ResourceArn": arn_of(name), "Tags": named}),
        ("sns", "tag_resource", {"ResourceArn": topic, "Tags": named}),
        ("kms", "tag_resource", {"KeyId": key, "Tags": [{"TagKey": "team", "TagValue": "player"}]}),
        ("lambda", "tag_resource", {"Resource": function, "Tags": tags}),
        ("lambda", "untag_resource", {"Resource": function, "TagKeys": ["team"]}),
    ]
    for service, operation, given in calls:
        with refused(DENIED):
            getattr(player.client(service), operation)(**given)
    with refused(DENIED + ("AWS.SimpleQueueService.NonExistentQueue",)):
        player.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    box.admin.client("sqs").tag_queue(QueueUrl=url, Tags=tags)
    player.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])


def respelled(arn):
    """`arn` as it is not written: another partition, region, account, or letters."""
    _, partition, service, region, account, resource = arn.split(":", 5)
    spell = lambda **parts: ":".join(
        {"arn": "arn", "partition": partition, "service": service, "region": region, "account": account,
         "resource": resource, **parts}.values())
    yield from (spell(partition=other) for other in ("aws-cn", "x", "", "AWS", "*"))
    yield from (spell(region=other) for other in ("eu-west-1", "nowhere", "range", "US-EAST-1", "*"))
    yield from (spell(account=other) for other in ("", "range", "aws", "1", "*", "999999999999"))
    yield from (arn.upper(), arn + "/", arn + "*", arn.replace(":", "%3A"))


def test_a_deny_holds_however_the_arn_is_spelled(box):
    admin, name = box.admin, table(box)
    topic = admin.client("sns").create_topic(Name=unique("topic"))["TopicArn"]
    key = admin.client("kms").create_key()["KeyMetadata"]["Arn"]
    function = admin.client("lambda").get_function(FunctionName=box.function("def handler(event, context): return 1"))
    function = function["Configuration"]["FunctionArn"]
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{unique('group')}"
    admin.client("logs").create_log_group(logGroupName=group.rsplit(":", 1)[1])
    document = policy(("sqs:*", "*"))
    managed = admin.client("iam").create_policy(PolicyName=unique("policy"), PolicyDocument=document)["Policy"]["Arn"]
    api = admin.client("apigateway").create_rest_api(name=unique("api"))["id"]
    api = f"arn:aws:apigateway:{REGION}::/restapis/{api}"
    tags = f"arn:aws:apigateway:{REGION}::/tags/{api.replace(':', '%3A').replace('/', '%2F')}"
    denied = [arn_of(name), topic, key, function, group, managed, tags]
    player = box.user(("*", "*"), {"Effect": "Deny", "Action": "*", "Resource": denied})
    calls = [
        (arn_of(name), "dynamodb", lambda client, arn: client.scan(TableName=arn)),
        (arn_of(name), "dynamodb", lambda client, arn: client.execute_statement(Statement=f'SELECT * FROM "{arn}"')),
        (arn_of(name), "dynamodb", lambda client, arn: client.batch_get_item(
            RequestItems={arn: {"Keys": [{"id": {"S": "1"}}]}})),
        (arn_of(name), "dynamodb", lambda client, arn: client.list_tags_of_resource(ResourceArn=arn)),
        (topic, "sns", lambda client, arn: client.publish(TopicArn=arn, Message="m")),
        (topic, "sns", lambda client, arn: client.list_tags_for_resource(ResourceArn=arn)),
        (key, "kms", lambda client, arn: client.encrypt(KeyId=arn, Plaintext=b"m")),
        (function, "lambda", lambda client, arn: client.invoke(FunctionName=arn)),
        (function, "lambda", lambda client, arn: client.list_tags(Resource=arn)),
        (group, "logs", lambda client, arn: client.list_tags_for_resource(resourceArn=arn)),
        (managed, "iam", lambda client, arn: client.get_policy(PolicyArn=arn)),
        (api, "apigateway", lambda client, arn: client.get_tags(resourceArn=arn)),
    ]
    for arn, service, call in calls:
        # The owner's control: the ARN leads to the thing, and whoever is denied it does not get it.
        call(admin.client(service), arn)
        for spelled in [arn, *respelled(arn)]:
            with pytest.raises((ClientError, ParamValidationError)) as refusal:
                call(player.client(service), spelled)
            assert SECRET not in str(getattr(refusal.value, "response", "")), spelled
            if spelled != arn:
                with pytest.raises((ClientError, ParamValidationError)):
                    call(admin.client(service), spelled)


def test_there_is_no_place_that_is_nobodys(box):
    player = box.user(("*", "*"))
    for region, account in (("range", "range"), (REGION, "range"), ("", ""), (REGION, ""), (REGION, "aws"), ("x", "x"),
                            ("eu-west-1", ACCOUNT), (REGION, "999999999999")):
        arn = f"arn:aws:dynamodb:{region}:{account}:table/shared"
        for client in (player.client("dynamodb"), box.admin.client("dynamodb")):
            with refused(DENIED + ("ValidationException",)):
                client.create_table(
                    TableName=arn, BillingMode="PAY_PER_REQUEST",
                    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
            with refused(DENIED + ("ValidationException", "ResourceNotFoundException")):
                client.put_item(TableName=arn, Item={"id": {"S": "1"}})


def test_patterns_do_not_take_exponential_time(box):
    client = box.admin.client("iam")

    def seconds(stars):
        document = policy({"Effect": "Allow", "Action": "sqs:" + "*a" * stars,
                           "Resource": "arn:aws:sqs:*:*:" + "*a" * stars + "b"})
        spent = []
        for _ in range(5):
            begun = time.perf_counter()
            answer = client.simulate_custom_policy(
                PolicyInputList=[document], ActionNames=["sqs:" + "a" * 100],
                ResourceArns=[f"arn:aws:sqs:{REGION}:{ACCOUNT}:" + "a" * 80])
            spent.append(time.perf_counter() - begun)
            assert answer["EvaluationResults"][0]["EvalDecision"] == "implicitDeny"
        return min(spent)

    # Backtracking over each star would double the work with each of them.
    assert seconds(48) < 20 * seconds(3)


# Functions -----------------------------------------------------------------------------------------


def create(box, keys=None, role=None, **change):
    role = box.role("lambda", ("logs:*", "*")) if role is None else role
    given = {"FunctionName": unique("function"), "Runtime": "python3.11", "Handler": "main.handler", "Role": role,
             "Code": {"ZipFile": zipped({"main.py": "def handler(event, context): return 1"})}}
    return (keys or box.admin).client("lambda").create_function(**given | change)


@pytest.mark.parametrize("role", ["", " ", "arn:aws:iam::000000000000:role/", "arn:aws:iam::000000000000:root",
                                  "arn:aws:iam::000000000000:user/administrator"])
def test_a_function_has_a_role_or_is_none(box, role):
    codes = ("ValidationException", "InvalidParameterValueException", "AccessDeniedException")
    with refused(codes):
        create(box, role=role)
    name = create(box)["FunctionName"]
    with refused(codes):
        box.admin.client("lambda").update_function_configuration(FunctionName=name, Role=role)


def test_a_function_whose_role_is_gone_runs_as_nobody(box):
    role = box.role("lambda", ("logs:*", "*"))
    name = box.function("import os\ndef handler(event, context): return os.environ['AWS_ACCESS_KEY_ID']", role=role)
    assert box.invoke(name)[0].startswith("ASIA")
    iam, role = box.admin.client("iam"), role.rsplit("/", 1)[1]
    iam.delete_role_policy(RoleName=role, PolicyName="inline")
    iam.delete_role(RoleName=role)
    box.admin.client("lambda").update_function_configuration(FunctionName=name, Timeout=7)
    with refused(("AccessDeniedException", "InvalidParameterValueException", "ServiceException", "AccessDenied",
                  "KMSAccessDeniedException")):
        box.invoke(name)


@pytest.mark.parametrize("variable", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION",
                                      "AWS_LAMBDA_RUNTIME_API", "_HANDLER", "LAMBDA_TASK_ROOT"])
def test_the_roles_variables_are_not_the_users_to_set(box, variable):
    with refused("InvalidParameterValueException", 400, "reserved"):
        create(box, Environment={"Variables": {variable: "x"}})
    name = create(box)["FunctionName"]
    with refused("InvalidParameterValueException", 400, "reserved"):
        box.admin.client("lambda").update_function_configuration(
            FunctionName=name, Environment={"Variables": {"FINE": "x", variable: "x"}})
    create(box, Environment={"Variables": {"FINE": "x"}})


ATTACKS = """
import ctypes, os, socket
def outcome(attempt):
    try:
        return attempt() or True
    except BaseException as error:
        return type(error).__name__
def reach(host, port):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as near:
        near.settimeout(2)
        near.connect((host, port))
        near.sendall(b"GET /_heist/health HTTP/1.0\\r\\n\\r\\n")
        return near.recv(100).decode() or "nothing"
def whole(path):
    with open(path, "rb") as file:
        return file.read(4096).decode(errors="replace")
def system(name, *arguments):
    done = ctypes.CDLL(None, use_errno=True)[name](*arguments)
    return "refused" if done == -1 else f"done {done}"
def handler(event, context):
    told = {"reach": {}, "read": {}, "call": {}}
    for host, port in event["reach"]:
        told["reach"][f"{host}:{port}"] = outcome(lambda: reach(host, port))
    for path in event["read"]:
        told["read"][path] = outcome(lambda: whole(path))
    told["call"]["unshare"] = outcome(lambda: system("unshare", 0x10000000))
    told["call"]["mount"] = outcome(lambda: system("mount", b"none", b"/tmp", b"tmpfs", 0, None))
    told["call"]["ptrace"] = outcome(lambda: system("ptrace", 16, 1, 0, 0))
    told["call"]["setuid"] = outcome(lambda: system("setuid", 0))
    told["call"]["chroot"] = outcome(lambda: system("chroot", b"/"))
    told["processes"] = [pid for pid in os.listdir("/proc") if pid.isdigit()]
    return told
"""


def test_code_reaches_neither_host_nor_neighbour(box):
    neighbour = box.function(
        "import time\ndef handler(event, context):\n    time.sleep(event or 0); return 1", Timeout=60,
        Environment={"Variables": {"NEIGHBOURS_SECRET": SECRET}})
    attacker = box.function(ATTACKS, Timeout=60)
    listener = socket.create_server(("127.0.0.1", 0))
    met = []

    def wait():
        while True:
            try:
                met.append(listener.accept()[1])
            except OSError:
                return

    threading.Thread(target=wait, daemon=True).start()
    port = listener.getsockname()[1]
    warm = threading.Thread(target=box.invoke, args=(neighbour, 3))
    warm.start()
    hosts = [("169.254.169.254", 80), ("169.254.170.2", 80), ("127.0.0.1", port), ("127.0.0.1", box.port),
             ("127.0.0.1", 22), ("0.0.0.0", port), ("::1", port), ("10.0.0.1", 80), ("172.17.0.1", port)]
    files = [str(box.data / "access.json"), str(box.data / "root.key"), f"/proc/{box.process.pid}/environ",
             f"/proc/{box.process.pid}/root/etc/shadow", "/proc/1/environ", "/proc/kcore", "/dev/mem", "/etc/shadow"]
    told, answer = box.invoke(attacker, {"reach": hosts, "read": files})
    warm.join()
    listener.close()
    assert "FunctionError" not in answer, told
    reached = {where: what for where, what in told["reach"].items() if " 200 " in what or where.endswith(f":{port}")}
    assert not met and not any(" 200 " in what for where, what in reached.items() if f":{box.port}" not in where), told
    assert not any(box.admin.secret in str(what) or SECRET in str(what) for what in told["read"].values())
    read = {path: what for path, what in told["read"].items() if what.endswith("Error")}
    assert set(files[:4]) | {"/dev/mem"} <= set(read), told["read"]
    assert told["call"]["mount"] == "refused" and told["call"]["setuid"] == "refused", told["call"]
    assert len(told["processes"]) < 10


def test_a_role_of_ones_own_opens_nobody_elses_account(box):
    """Code that talks to the endpoint by hand, as whoever it likes to be."""
    code = """
import json, os, urllib.request, urllib.error
def handler(event, context):
    told = []
    for headers in event["headers"]:
        body = json.dumps({"TableName": event["table"]}).encode()
        target = {"X-Amz-Target": "DynamoDB_20120810.Scan", "Content-Type": "application/x-amz-json-1.0"}
        request = urllib.request.Request(os.environ["AWS_ENDPOINT_URL"], body, target | headers)
        try:
            told.append([200, urllib.request.urlopen(request, timeout=10).read().decode()])
        except urllib.error.HTTPError as error:
            told.append([error.code, error.read().decode()])
    return told
"""
    name, function = table(box), box.function(code, Timeout=60)
    scope = f"Credential={box.admin.key_id}/20260101/{REGION}/dynamodb/aws4_request"
    headers = [{}, {"Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature={'0' * 64}"},
               {"X-Forwarded-For": "127.0.0.1"}, {"X-Heist-Account": ACCOUNT}, {"Host": "127.0.0.1"}]
    told, _ = box.invoke(function, {"table": name, "headers": headers})
    assert all(status in (400, 403) and SECRET not in body for status, body in told), told


def quick(box, name):
    """The time that the honest function takes, the least of some."""
    spent = []
    for _ in range(5):
        begun = time.perf_counter()
        assert box.invoke(name)[0] == 1
        spent.append(time.perf_counter() - begun)
    return min(spent)


BOMBS = {
    "fork": """
import os, time
def handler(event, context):
    made = 0
    try:
        while made < 5000:
            if os.fork() == 0:
                time.sleep(60); os._exit(0)
            made += 1
    except OSError:
        pass
    return made
""",
    "memory": """
def handler(event, context):
    held = []
    while True:
        held.append(bytearray(16 << 20))
        held[-1][::4096] = bytes(len(held[-1][::4096]))
""",
    "disk": """
import os
def handler(event, context):
    written = 0
    try:
        with open("/tmp/full", "wb") as file:
            while written < 4 << 30:
                written += file.write(bytes(1 << 20)); file.flush()
    except OSError:
        pass
    return written
""",
}


@pytest.mark.parametrize("kind", BOMBS)
def test_bombs_hurt_their_owner_only(box, kind):
    honest = box.function("def handler(event, context): return 1")
    box.invoke(honest)
    before, free = quick(box, honest), shutil.disk_usage(box.data).free
    bomb = box.function(BOMBS[kind], Timeout=20, MemorySize=256)
    told, answer = box.invoke(bomb)
    if kind == "fork":
        assert "FunctionError" in answer or told < 2000, told
    elif kind == "memory":
        assert answer["FunctionError"] == "Unhandled", told
    else:
        assert "FunctionError" in answer or told <= 600 << 20, told
    assert quick(box, honest) < max(20 * before, 2), "the neighbour is served as before"
    box.admin.client("lambda").delete_function(FunctionName=bomb)
    eventually(lambda: shutil.disk_usage(box.data).free > free - (300 << 20), "the bomb's files to go")


# Deputies that call out ------------------------------------------------------------------------------


INSIDE = ["http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://[::1]:{port}/", "http://0.0.0.0:{port}/",
          "http://2130706433:{port}/", "http://0x7f.1:{port}/", "http://[::ffff:127.0.0.1]:{port}/",
          "http://169.254.169.254/latest/meta-data/", "https://127.0.0.1:{port}/_heist/refusals"]


def knocks():
    """A listener of this host's, and who came."""
    listener, met = socket.create_server(("127.0.0.1", 0)), []

    def wait():
        while True:
            try:
                met.append(listener.accept()[1])
            except OSError:
                return

    threading.Thread(target=wait, daemon=True).start()
    return listener, met


@pytest.mark.parametrize("endpoint", INSIDE)
def test_topics_do_not_call_inside(box, endpoint):
    listener, met = knocks()
    endpoint = endpoint.format(port=listener.getsockname()[1])
    sns, sqs = box.admin.client("sns"), box.admin.client("sqs")
    topic = sns.create_topic(Name=unique("topic"))["TopicArn"]
    with refused(("InvalidParameter", "InvalidParameterException", "NotImplemented")):
        sns.subscribe(TopicArn=topic, Protocol=endpoint.split(":")[0], Endpoint=endpoint)
    queue = unique("queue")
    url = sqs.create_queue(QueueName=queue, Attributes={"Policy": policy({
        "Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"})})["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}")
    sns.publish(TopicArn=topic, Message="control")
    eventually(lambda: sqs.receive_message(QueueUrl=url).get("Messages"), "the honest subscriber's message")
    listener.close()
    assert not met


@pytest.mark.parametrize("kind", ["HTTP", "HTTP_PROXY"])
def test_apis_do_not_call_inside(box, kind):
    listener, met = knocks()
    client = box.admin.client("apigateway")
    api = client.create_rest_api(name=unique("api"))["id"]
    place = {"restApiId": api, "resourceId": client.get_resources(restApiId=api)["items"][0]["id"], "httpMethod": "GET"}
    client.put_method(**place, authorizationType="NONE")
    with refused(("BadRequestException", "NotImplemented")):
        client.put_integration(**place, type=kind, integrationHttpMethod="GET",
                               uri=f"http://127.0.0.1:{listener.getsockname()[1]}/")
    client.put_integration(**place, type="MOCK")
    listener.close()
    assert not met


def test_an_api_does_not_act_without_a_role_that_its_maker_may_pass(box):
    sqs = box.admin.client("sqs")
    queue = unique("queue")
    url = sqs.create_queue(QueueName=queue)["QueueUrl"]
    role = box.role("apigateway", ("sqs:*", "*"))
    player = box.user(("apigateway:*", "*"))
    client = player.client("apigateway")
    api = client.create_rest_api(name=unique("api"))["id"]
    place = {"restApiId": api, "resourceId": client.get_resources(restApiId=api)["items"][0]["id"], "httpMethod": "POST"}
    client.put_method(**place, authorizationType="NONE")
    uri = f"arn:aws:apigateway:{REGION}:sqs:path/{ACCOUNT}/{queue}"
    form = {"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"}
    body = {"application/json": "Action=SendMessage&MessageBody=stolen"}
    for more in ({}, {"credentials": role}, {"credentials": ""}, {"credentials": "arn:aws:iam::*:user/*"}):
        try:
            client.put_integration(**place, type="AWS", integrationHttpMethod="POST", uri=uri, requestParameters=form,
                                   requestTemplates=body, **more)
            client.create_deployment(restApiId=api, stageName="prod")
        except client.exceptions.ClientError as error:
            code = error.response["Error"]["Code"]
            assert code in DENIED + ("BadRequestException", "NotImplemented"), error
            continue
        answer = player.curl("-X", "POST", "-d", "{}", f"{box.endpoint}/restapis/{api}/prod/_user_request_/")
        assert answer.status >= 400, answer
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    client.put_integration(**place, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})


# The wire ------------------------------------------------------------------------------------------------


def exchange(box, raw, answers=None, seconds=5):
    """All that the server says to these bytes, until it hangs up or falls silent, or until it has
    given so many answers: after the end of what is asked it need not answer all."""
    said = b""
    with box.connect() as near:
        near.settimeout(seconds)
        try:
            near.sendall(raw)
            if answers is None:
                near.shutdown(socket.SHUT_WR)
            while (answers is None or said.count(b"HTTP/1.1 ") < answers) and (chunk := near.recv(65536)):
                said += chunk
        except OSError:
            pass  # silence, or the server hung up before all was said
    return said


HIDDEN = b"GET /_heist/health HTTP/1.1\r\nHost: x\r\n\r\n"
SMUGGLED = {
    "two lengths": b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN,
    "two lengths in one": b"Content-Length: 0, %d\r\n\r\n" % len(HIDDEN) + HIDDEN,
    "a length with a sign": b"Content-Length: +0\r\n\r\n" + HIDDEN,
    "a length in hex": b"Content-Length: 0x0\r\n\r\n" + HIDDEN,
    "a space before the colon": b"Content-Length : 0\r\n\r\n" + HIDDEN,
    "a folded line": b"Content-Length:\r\n 0\r\n\r\n" + HIDDEN,
    "chunked and a length": b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "a length and chunked": b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n" + HIDDEN,
    "chunked that is not last": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + HIDDEN,
    "chunked misspelt": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "a chunk's size with a sign": b"Transfer-Encoding: chunked\r\n\r\n+0\r\n\r\n" + HIDDEN,
    "bare line feeds": b"Transfer-Encoding: chunked\n\r\n0\n\n" + HIDDEN,
}


@pytest.mark.parametrize("kind", SMUGGLED)
def test_no_request_hides_in_another(box, kind):
    said = exchange(box, b"POST / HTTP/1.1\r\nHost: x\r\n" + SMUGGLED[kind])
    assert b'"status":"ok"' not in said, said
    assert said.count(b"HTTP/1.1 ") <= 1, said
    control = exchange(box, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n" + HIDDEN, answers=2)
    assert control.count(b"HTTP/1.1 ") == 2 and b'"status":"ok"' in control, "one after the other is fine"


@pytest.mark.parametrize("head", [
    b"X-A: b\r\n" * 5000, b"X-" + b"a" * 100_000 + b": b\r\n", b"Cookie: " + b"a" * 1_000_000 + b"\r\n",
])
def test_heads_have_an_end(box, head):
    said = exchange(box, b"GET /_heist/health HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n")
    assert not said.startswith(b"HTTP/1.1 200"), said[:200]
    fine = exchange(box, b"GET /_heist/health HTTP/1.1\r\nHost: x\r\nX-A: b\r\n\r\n", answers=1)
    assert fine.startswith(b"HTTP/1.1 200"), fine


def test_bodies_that_do_not_come_take_nobodys_room(box):
    """More is promised than there is room for, from many connections, and nothing sent."""
    held = []
    try:
        for _ in range(64):
            near = box.connect()
            near.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 16000000\r\n\r\nx")
            held.append(near)
        begun = time.monotonic()
        box.admin.client("sqs").list_queues()
        name = table(box)
        box.admin.client("dynamodb").put_item(
            TableName=name, Item={"id": {"S": "2"}, "text": {"S": "x" * 300_000}})
        assert time.monotonic() - begun < 9, "nobody waits until the promises time out"
    finally:
        for near in held:
            near.close()


def test_operators_routes_are_not_the_players(box):
    victim, player = box.user(), box.user(("*", "*"), name=unique("player"))
    low = box.user(("sqs:*", "*"))
    with refused(DENIED):
        victim.client("dynamodb").list_tables()
    for path in ("/_heist/refusals", "//_heist/refusals", "/_heist//refusals", "/_heist/%72efusals",
                 "/x/../_heist/refusals", "/_heist/refusals/", "/_HEIST/refusals", "/_heist/refusals?request-id=x"):
        for keys in (None, low):
            signed = {"signed": "heist"} if keys else {}
            answer = (keys or box.admin).curl("--path-as-is", box.endpoint + path, **signed)
            assert answer.status >= 400 and victim.name not in answer.body, (path, answer)
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = low.curl("-X", method, f"{box.endpoint}/_heist/refusals", signed="heist")
        assert answer.status >= 400, (method, answer)
    own = player.curl(f"{box.endpoint}/_heist/refusals", signed="heist")
    assert own.status == 200 and victim.name in own.body, "who may see it, of the same account"
