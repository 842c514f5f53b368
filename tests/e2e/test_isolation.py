"""A thief with few rights in one account, and what he tries to reach another account's data. The owner's
own calls of the same kind are the control: they work, so that a refusal is one."""

import base64
import json

import boto3
import pytest
from botocore import UNSIGNED
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from conftest import ACCOUNT, CONFIG, REGION, Cloud, Keys, eventually, needs, policy, refused, trust, unique, zipped

pytestmark = needs("organizations", "CreateAccount")

SECRET = "the-owners-secret-4f1c"
DENIED = ("AccessDenied", "AccessDeniedException", "AuthorizationError", "AWS.SimpleQueueService.NonExistentQueue",
          "QueueDoesNotExist")
ALL = ("*", "*")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Two accounts: the owner's, a member with one of everything, and the thief's, another member."""
    cloud = Cloud(tmp_path_factory.mktemp("isolation"))
    yield World(cloud)
    cloud.stop()


def session(keys, arn, **more):
    held = keys.client("sts").assume_role(RoleArn=arn, RoleSessionName="session", **more)["Credentials"]
    return Keys(keys.cloud, held["AccessKeyId"], held["SecretAccessKey"], held["SessionToken"])


def member(cloud, name):
    """A new account and somebody who may do everything in it."""
    organizations = cloud.admin.client("organizations")
    status = organizations.create_account(AccountName=name, Email=f"{name}@example.com")["CreateAccountStatus"]
    assert status["State"] == "SUCCEEDED"
    account = status["AccountId"]
    inside = session(cloud.admin, f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole")
    return account, inside


def user(inside, name, *statements):
    iam = inside.client("iam")
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy(*statements))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Keys(inside.cloud, key["AccessKeyId"], key["SecretAccessKey"], arn=arn)


class World:
    def __init__(self, cloud):
        self.cloud = cloud
        cloud.admin.client("organizations").create_organization(FeatureSet="ALL")
        self.account, inside = member(cloud, "owner")
        self.thiefs, self.there = member(cloud, "thief")
        self.owner = user(inside, "owner", ALL)
        # What an attacker may have: much in his own account, on paper on everything everywhere.
        self.boss = user(self.there, "boss", ALL)
        # And one who may do little more than look at himself.
        self.low = user(self.there, "low", ("sts:*", "*"), ("sqs:*", f"arn:aws:sqs:*:{self.thiefs}:*"))
        self.settle()

    def settle(self):
        own = self.owner.client
        self.queue = own("sqs").create_queue(QueueName="vault")["QueueUrl"]
        self.queue_arn = f"arn:aws:sqs:{REGION}:{self.account}:vault"
        own("sqs").send_message(QueueUrl=self.queue, MessageBody=SECRET)
        own("dynamodb").create_table(
            TableName="vault", BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
        self.table = f"arn:aws:dynamodb:{REGION}:{self.account}:table/vault"
        own("dynamodb").put_item(TableName="vault", Item={"id": {"S": "1"}, "secret": {"S": SECRET}})
        self.key = own("kms").create_key()["KeyMetadata"]["Arn"]
        self.blob = own("kms").encrypt(KeyId=self.key, Plaintext=SECRET.encode())["CiphertextBlob"]
        self.topic = own("sns").create_topic(Name="vault")["TopicArn"]
        own("logs").create_log_group(logGroupName="/vault")
        own("logs").create_log_stream(logGroupName="/vault", logStreamName="s")
        self.role = own("iam").create_role(
            RoleName="vault", AssumeRolePolicyDocument=trust("lambda"))["Role"]["Arn"]
        own("iam").put_role_policy(RoleName="vault", PolicyName="own", PolicyDocument=policy(ALL))
        document = policy({"Effect": "Allow", "Principal": {"AWS": self.thiefs}, "Action": "sts:AssumeRole",
                           "Condition": {"StringEquals": {"sts:ExternalId": "7d0e5b1c-not-to-be-guessed"}}})
        self.partner = own("iam").create_role(
            RoleName="partner", AssumeRolePolicyDocument=document)["Role"]["Arn"]
        own("iam").put_role_policy(RoleName="partner", PolicyName="own", PolicyDocument=policy(ALL))
        tagged = policy({"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*",
                         "Condition": {"StringEquals": {"aws:PrincipalTag/team": "vault",
                                                        "aws:PrincipalAccount": self.account}}})
        self.tagged = own("sqs").create_queue(QueueName="tagged", Attributes={"Policy": tagged})["QueueUrl"]
        own("lambda").create_function(
            FunctionName="vault", Runtime="python3.11", Handler="main.handler", Role=self.role,
            Code={"ZipFile": zipped({"main.py": f"def handler(e, c): return {SECRET!r}"})})
        self.function = f"arn:aws:lambda:{REGION}:{self.account}:function:vault"
        own("lambda").get_waiter("function_active_v2").wait(
            FunctionName="vault", WaiterConfig={"Delay": 1, "MaxAttempts": 180})
        self.api = own("apigateway").create_rest_api(name="vault", description=SECRET)["id"]

    def thieves(self):
        return {"boss": self.boss, "low": self.low}


def fails(call, codes=DENIED):
    """The call is refused with one of `codes`, and its answer tells nothing."""
    with refused(codes) as refusal:
        call()
    assert SECRET not in json.dumps(refusal.error.response, default=str)


def message(world):
    """What the owner's queue holds; the owner may look."""
    got = world.owner.client("sqs").receive_message(QueueUrl=world.queue, VisibilityTimeout=0)
    return [one["Body"] for one in got.get("Messages", [])]


# What works for the owner ---------------------------------------------------------------------


def test_the_owner_reaches_it_all(world):
    own = world.owner.client
    assert message(world) == [SECRET]
    item = own("dynamodb").get_item(TableName=world.table, Key={"id": {"S": "1"}})["Item"]
    assert item["secret"] == {"S": SECRET}
    assert own("kms").decrypt(CiphertextBlob=world.blob)["Plaintext"] == SECRET.encode()
    assert world.cloud.invoke(world.function, keys=world.owner)[0] == SECRET
    assert own("apigateway").get_rest_api(restApiId=world.api)["description"] == SECRET
    own("sqs").get_queue_attributes(QueueUrl=world.queue, AttributeNames=["All"])
    own("sns").publish(TopicArn=world.topic, Message="x")
    own("logs").describe_log_streams(logGroupIdentifier=f"arn:aws:logs:{REGION}:{world.account}:log-group:/vault")


# 1 to 11: by ARN and by name ------------------------------------------------------------------


@pytest.mark.parametrize("who", ["boss", "low"])
@pytest.mark.parametrize("service, operation, given", [
    ("sqs", "receive_message", lambda w: {"QueueUrl": w.queue}),
    ("sqs", "purge_queue", lambda w: {"QueueUrl": w.queue}),
    ("sqs", "set_queue_attributes", lambda w: {"QueueUrl": w.queue, "Attributes": {"Policy": policy(
        {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"})}}),
    ("sqs", "add_permission", lambda w: {"QueueUrl": w.queue, "Label": "x", "AWSAccountIds": [w.thiefs],
                                         "Actions": ["*"]}),
    ("dynamodb", "get_item", lambda w: {"TableName": w.table, "Key": {"id": {"S": "1"}}}),
    ("dynamodb", "scan", lambda w: {"TableName": w.table}),
    ("dynamodb", "execute_statement", lambda w: {"Statement": f'SELECT * FROM "{w.table}"'}),
    ("dynamodb", "batch_get_item", lambda w: {"RequestItems": {w.table: {"Keys": [{"id": {"S": "1"}}]}}}),
    ("dynamodb", "transact_get_items", lambda w: {"TransactItems": [
        {"Get": {"TableName": w.table, "Key": {"id": {"S": "1"}}}}]}),
    ("dynamodb", "put_resource_policy", lambda w: {"ResourceArn": w.table, "Policy": policy(
        {"Effect": "Allow", "Principal": {"AWS": w.thiefs}, "Action": "dynamodb:*", "Resource": "*"})}),
    ("dynamodb", "create_backup", lambda w: {"TableName": w.table, "BackupName": "mine"}),
    ("kms", "decrypt", lambda w: {"CiphertextBlob": w.blob}),
    ("kms", "decrypt", lambda w: {"CiphertextBlob": w.blob, "KeyId": w.key}),
    ("kms", "re_encrypt", lambda w: {"CiphertextBlob": w.blob, "DestinationKeyId": w.key}),
    ("kms", "put_key_policy", lambda w: {"KeyId": w.key, "Policy": policy(
        {"Effect": "Allow", "Principal": {"AWS": w.thiefs}, "Action": "kms:*", "Resource": "*"})}),
    ("kms", "create_grant", lambda w: {"KeyId": w.key, "Operations": ["Decrypt"],
                                       "GranteePrincipal": f"arn:aws:iam::{w.thiefs}:root"}),
    ("lambda", "invoke", lambda w: {"FunctionName": w.function}),
    ("lambda", "get_function", lambda w: {"FunctionName": w.function}),
    ("lambda", "get_function", lambda w: {"FunctionName": f"{w.account}:function:vault"}),
    ("lambda", "update_function_code", lambda w: {"FunctionName": w.function,
                                                  "ZipFile": zipped({"main.py": "x = 1"})}),
    ("lambda", "add_permission", lambda w: {"FunctionName": w.function, "StatementId": "x",
                                            "Principal": w.thiefs, "Action": "lambda:InvokeFunction"}),
    ("sns", "subscribe", lambda w: {"TopicArn": w.topic, "Protocol": "sqs",
                                    "Endpoint": f"arn:aws:sqs:{REGION}:{w.thiefs}:loot"}),
    ("sns", "add_permission", lambda w: {"TopicArn": w.topic, "Label": "x", "AWSAccountId": [w.thiefs],
                                         "ActionName": ["Subscribe"]}),
    ("logs", "filter_log_events", lambda w: {
        "logGroupIdentifier": f"arn:aws:logs:{REGION}:{w.account}:log-group:/vault"}),
], ids=lambda value: value if isinstance(value, str) else "")
def test_naming_it_is_not_enough(world, who, service, operation, given):
    thief = world.thieves()[who].client(service)
    codes = DENIED + ("ResourceNotFoundException", "NotFoundException", "ValidationException", "InvalidParameter")
    fails(lambda: getattr(thief, operation)(**given(world)), codes)
    assert message(world) == [SECRET]


def test_names_mean_ones_own(world):
    """12: the same names in the thief's account are other things, or nothing."""
    thief = world.boss.client
    with refused("ResourceNotFoundException"):
        thief("dynamodb").get_item(TableName="vault", Key={"id": {"S": "1"}})
    with refused("ResourceNotFoundException"):
        thief("lambda").invoke(FunctionName="vault")
    with refused("NotFoundException"):
        thief("apigateway").get_rest_api(restApiId=world.api)
    thief("sqs").create_queue(QueueName="vault")
    assert "Messages" not in thief("sqs").receive_message(
        QueueUrl=world.queue.replace(world.account, world.thiefs))
    for service, operation, key in [("sqs", "list_queues", "QueueUrls"), ("dynamodb", "list_tables", "TableNames"),
                                    ("lambda", "list_functions", "Functions"), ("sns", "list_topics", "Topics"),
                                    ("kms", "list_keys", "Keys"), ("iam", "list_roles", "Roles"),
                                    ("logs", "describe_log_groups", "logGroups"),
                                    ("apigateway", "get_rest_apis", "items")]:
        told = json.dumps(getattr(thief(service), operation)().get(key, []), default=str)
        assert world.account not in told and SECRET not in told, told


# 13 to 19: identities ---------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["boss", "low"])
def test_roles_of_others_are_not_assumed(world, who):
    """13: a role that trusts a service; 14: the management account's way in; 15: a role of nobody."""
    sts = world.thieves()[who].client("sts")
    for arn in (world.role, f"arn:aws:iam::{world.account}:role/OrganizationAccountAccessRole",
                f"arn:aws:iam::{world.account}:role/nobody", f"arn:aws:iam::{ACCOUNT}:role/admin"):
        fails(lambda: sts.assume_role(RoleArn=arn, RoleSessionName="thief"))


@pytest.mark.parametrize("guess", [None, "x1", "vault", "7d0e5b1c*", "7D0E5B1C-NOT-TO-BE-GUESSED", "*not-to-be*"])
def test_external_ids_are_not_guessed(world, guess):
    """16"""
    more = {"ExternalId": guess} if guess else {}
    try:
        session(world.boss, world.partner, **more)
    except ClientError as error:
        assert error.response["Error"]["Code"] in ("AccessDenied", "ValidationError"), error
    else:
        raise AssertionError(f"{guess} opened it")
    assert session(world.boss, world.partner, ExternalId="7d0e5b1c-not-to-be-guessed")


def test_chains_do_not_lead_further(world):
    """17: from a role of one's own; its session policy and tags count for nothing elsewhere."""
    iam = world.there.client("iam")
    document = policy({"Effect": "Allow", "Principal": {"AWS": world.thiefs},
                       "Action": ["sts:AssumeRole", "sts:TagSession"]})
    own = iam.create_role(RoleName="step", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    iam.put_role_policy(RoleName="step", PolicyName="own", PolicyDocument=policy(ALL))
    step = session(world.boss, own, Tags=[{"Key": "team", "Value": "vault"}], Policy=policy(ALL))
    fails(lambda: step.client("sts").assume_role(RoleArn=world.role, RoleSessionName="thief"))
    fails(lambda: step.client("sqs").receive_message(QueueUrl=world.queue))
    # 18: a tag that the owner's policy asks for, worn by a stranger
    fails(lambda: step.client("sqs").send_message(QueueUrl=world.tagged, MessageBody="x"))
    wearer = user(world.owner, unique("wearer"))
    world.owner.client("iam").tag_user(
        UserName=wearer.arn.split("/")[-1], Tags=[{"Key": "team", "Value": "vault"}])
    wearer.client("sqs").send_message(QueueUrl=world.tagged, MessageBody="x")


def test_tokens_are_not_forged(world):
    """19: cut, altered, another's, another key's, none, doubled, replayed for another secret."""
    given = world.low.client("sts").get_session_token()["Credentials"]
    key_id, secret, token = given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]
    owners = world.owner.client("sts").get_session_token()["Credentials"]
    raw = bytearray(base64.b64decode(token))
    raw[len(raw) // 2] ^= 1
    flipped = base64.b64encode(bytes(raw)).decode()
    whole = Keys(world.cloud, key_id, secret, token)
    assert whole.client("sts").get_caller_identity()["Account"] == world.thiefs
    for forged in [
        (key_id, secret, token[:-8]), (key_id, secret, token[8:]), (key_id, secret, flipped),
        (key_id, secret, token + token), (key_id, secret, None), (key_id, secret, owners["SessionToken"]),
        (owners["AccessKeyId"], secret, token), (owners["AccessKeyId"], secret, owners["SessionToken"]),
        (owners["AccessKeyId"], owners["SecretAccessKey"], token), (world.owner.key_id, secret, token),
        (world.owner.key_id, world.low.secret, None),
    ]:
        held = Keys(world.cloud, *forged).client("sts")
        codes = ("InvalidClientTokenId", "SignatureDoesNotMatch", "UnrecognizedClientException")
        fails(held.get_caller_identity, codes)
    wrong = Keys(world.cloud, owners["AccessKeyId"], owners["SecretAccessKey"], owners["SessionToken"])
    assert wrong.client("sts").get_caller_identity()["Account"] == world.account


# 20 to 26: requests ----------------------------------------------------------------------------


def signed(keys, method, path, body, headers, service="sqs", how=SigV4Auth, **more):
    request = AWSRequest(method, keys.cloud.endpoint + path, data=body, headers=headers)
    how(Credentials(keys.key_id, keys.secret, keys.token), service, REGION, **more).add_auth(request)
    return request.prepare()


def send(keys, prepared, headers=None, body=None):
    arguments = ["-X", prepared.method, "--path-as-is", prepared.url]
    for name, value in {**prepared.headers, **(headers or {})}.items():
        value = value.decode() if isinstance(value, bytes) else value
        arguments += ["-H", f"{name}: {value}"]
    body = prepared.body if body is None else body
    body = body.decode() if isinstance(body, bytes) else body
    return keys.curl(*arguments, *(["--data-binary", body] if body else []))


TARGET = {"X-Amz-Target": "AmazonSQS.ReceiveMessage", "Content-Type": "application/x-amz-json-1.0"}


def test_hosts_and_paths_change_nothing(world):
    """20: another account in the path, in the host, both; dots, doubled slashes and codes in the path."""
    body = json.dumps({"QueueUrl": world.queue, "VisibilityTimeout": 0})
    path = "/" + world.queue.split("/", 3)[3]
    for place in ("/", path, f"/{world.account}/vault", f"//{world.account}/vault",
                  f"/{world.thiefs}/../{world.account}/vault", f"/{world.thiefs}/%2e%2e/{world.account}/vault"):
        for host in (f"sqs.{REGION}.amazonaws.com", f"{world.account}.sqs.{REGION}.amazonaws.com", "localhost"):
            answer = send(world.low, signed(world.low, "POST", place, body, TARGET | {"Host": host}))
            assert answer.status >= 400 and SECRET not in answer.body, (place, host, answer)
    own = send(world.owner, signed(world.owner, "POST", "/", body, TARGET))
    assert own.status == 200 and SECRET in own.body


def test_what_is_signed_is_what_counts(world):
    """21: body, target, host and account changed after signing; 22: the owner's scope in another's signature."""
    own = json.dumps({"QueueUrl": world.queue.replace(world.account, world.thiefs)})
    prepared = signed(world.low, "POST", "/", own, TARGET)
    swapped = send(world.low, prepared, body=json.dumps({"QueueUrl": world.queue, "VisibilityTimeout": 0}))
    assert swapped.status in (400, 403) and SECRET not in swapped.body
    moved = send(world.low, prepared, {"X-Amz-Target": "AmazonSQS.DeleteQueue"})
    assert moved.status in (400, 403)
    prepared = signed(world.low, "POST", "/", json.dumps({"QueueUrl": world.queue, "VisibilityTimeout": 0}), TARGET)
    for name in (world.owner.key_id, world.cloud.admin.key_id):
        forged = prepared.headers["Authorization"].replace(world.low.key_id, name)
        answer = send(world.low, prepared, {"Authorization": forged})
        assert answer.status in (400, 403) and SECRET not in answer.body
    other = signed(world.low, "POST", "/", json.dumps({"TableName": world.table}),
                   {"X-Amz-Target": "DynamoDB_20120810.Scan", "Content-Type": "application/x-amz-json-1.0"}, "sqs")
    assert send(world.low, other).status in (400, 403)


def test_presigned_urls_carry_their_signer_only(world):
    """23: for another's queue; 24: one that was made for one's own, changed."""
    path = f"/?Action=ReceiveMessage&Version=2012-11-05&VisibilityTimeout=0&QueueUrl={world.queue}"
    for thief in world.thieves().values():
        answer = send(thief, signed(thief, "GET", path, None, {}, how=SigV4QueryAuth, expires=60))
        assert answer.status in (400, 403) and SECRET not in answer.body
    own = send(world.owner, signed(world.owner, "GET", path, None, {}, how=SigV4QueryAuth, expires=60))
    assert own.status == 200 and SECRET in own.body
    mine = signed(world.boss, "GET", path.replace(world.account, world.thiefs), None, {}, how=SigV4QueryAuth, expires=60)
    mine.url = mine.url.replace(world.thiefs, world.account)
    answer = send(world.boss, mine)
    assert answer.status in (400, 403) and SECRET not in answer.body


def test_nobody_unsigned_comes_in(world):
    """25"""
    config = CONFIG.merge(Config(signature_version=UNSIGNED))
    for service, operation, given in [("sqs", "receive_message", {"QueueUrl": world.queue}),
                                      ("sns", "publish", {"TopicArn": world.topic, "Message": "x"}),
                                      ("dynamodb", "scan", {"TableName": world.table}),
                                      ("lambda", "invoke", {"FunctionName": world.function})]:
        client = boto3.client(service, region_name=REGION, endpoint_url=world.cloud.endpoint, config=config)
        fails(lambda: getattr(client, operation)(**given),
              DENIED + ("MissingAuthenticationToken", "MissingAuthenticationTokenException"))


# 26 to 33: others who do it for the thief -----------------------------------------------------------


def test_roles_of_others_are_not_passed(world):
    """26: a function of one's own with the owner's role."""
    fails(lambda: world.boss.client("lambda").create_function(
        FunctionName="mine", Runtime="python3.11", Handler="main.handler", Role=world.role,
        Code={"ZipFile": zipped({"main.py": "def handler(e, c): return 1"})}),
        DENIED + ("InvalidParameterValueException",))


CODE = """
import boto3
def handler(event, context):
    client = boto3.client(event["service"], region_name="us-east-1")
    try:
        return str(getattr(client, event["operation"])(**event["input"]))
    except Exception as error:
        return "refused: " + str(error)
"""


def test_a_function_is_no_deputy(world):
    """27: code with a role that may do everything on paper."""
    iam = world.there.client("iam")
    role = iam.create_role(RoleName="runner", AssumeRolePolicyDocument=trust("lambda"))["Role"]["Arn"]
    iam.put_role_policy(RoleName="runner", PolicyName="own", PolicyDocument=policy(ALL))
    client = world.boss.client("lambda")
    client.create_function(FunctionName="runner", Runtime="python3.11", Handler="main.handler", Role=role,
                           Code={"ZipFile": zipped({"main.py": CODE})}, Timeout=30)
    client.get_waiter("function_active_v2").wait(
        FunctionName="runner", WaiterConfig={"Delay": 1, "MaxAttempts": 180})
    for service, operation, given in [
        ("sqs", "receive_message", {"QueueUrl": world.queue}),
        ("dynamodb", "scan", {"TableName": world.table}),
        ("lambda", "invoke", {"FunctionName": world.function}),
        ("sts", "assume_role", {"RoleArn": world.role, "RoleSessionName": "thief"}),
    ]:
        event = {"service": service, "operation": operation, "input": given}
        told, _ = world.cloud.invoke("runner", event, keys=world.boss)
        assert SECRET not in told and told.startswith("refused: "), told
        assert "is not authorized to perform" in told or "explicitly" in told, told
    event = {"service": "sts", "operation": "get_caller_identity", "input": {}}
    told, _ = world.cloud.invoke("runner", event, keys=world.boss)
    assert world.thiefs in told, told


def test_a_topic_is_no_deputy(world):
    """28: SNS as messenger into the owner's queue, which does not let it in."""
    sns = world.boss.client("sns")
    topic = sns.create_topic(Name="mine")["TopicArn"]
    try:
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=world.queue_arn)
        sns.publish(TopicArn=topic, Message="planted")
    except ClientError as error:
        assert error.response["Error"]["Code"] in DENIED + ("InvalidParameter",), error
    world.owner.client("sns").publish(TopicArn=world.topic, Message="x")
    # The owner's own topic comes through once his queue lets it in.
    own = world.owner.client("sqs").create_queue(QueueName="letters", Attributes={"Policy": policy({
        "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Resource": "*", "Condition": {"ArnEquals": {"aws:SourceArn": world.topic}}})})["QueueUrl"]
    letters = f"arn:aws:sqs:{REGION}:{world.account}:letters"
    world.owner.client("sns").subscribe(TopicArn=world.topic, Protocol="sqs", Endpoint=letters)
    try:
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=letters)
        sns.publish(TopicArn=topic, Message="planted")
    except ClientError as error:
        assert error.response["Error"]["Code"] in DENIED + ("InvalidParameter",), error
    world.owner.client("sns").publish(TopicArn=world.topic, Message="a letter")
    came = eventually(lambda: world.owner.client("sqs").receive_message(
        QueueUrl=own, MaxNumberOfMessages=10).get("Messages"))
    assert "a letter" in came[0]["Body"] and "planted" not in json.dumps(came)
    assert message(world) == [SECRET]


def test_an_event_source_is_no_deputy(world):
    """29: redrive to and from the owner's queue."""
    sqs = world.boss.client("sqs")
    own = sqs.create_queue(QueueName="loot")["QueueUrl"]
    redrive = json.dumps({"deadLetterTargetArn": world.queue_arn, "maxReceiveCount": 1})
    try:
        sqs.set_queue_attributes(QueueUrl=own, Attributes={"RedrivePolicy": redrive})
        sqs.send_message(QueueUrl=own, MessageBody="planted")
        for _ in range(3):
            sqs.receive_message(QueueUrl=own, VisibilityTimeout=0)
    except ClientError as error:
        assert "planted" not in str(error)
    assert message(world) == [SECRET]


def test_an_api_is_no_deputy(world):
    """30: API Gateway in front of the owner's function: its permission names no such API."""
    client = world.boss.client("apigateway")
    api = client.create_rest_api(name="mine")["id"]
    root = client.get_resources(restApiId=api)["items"][0]["id"]
    client.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{world.function}/invocations"
    client.put_integration(restApiId=api, resourceId=root, httpMethod="GET", type="AWS_PROXY",
                           integrationHttpMethod="POST", uri=uri)
    client.create_deployment(restApiId=api, stageName="prod")
    answer = world.boss.curl(f"{world.cloud.endpoint}/_aws/execute-api/{api}/prod/")
    assert answer.status == 500 and SECRET not in answer.body, answer


def test_permission_for_a_service_names_its_source(world):
    """31: the owner lets API Gateway in for one API; another's does not fit."""
    own = world.owner.client("lambda")
    own.add_permission(FunctionName="vault", StatementId="api", Principal="apigateway.amazonaws.com",
                       Action="lambda:InvokeFunction",
                       SourceArn=f"arn:aws:execute-api:{REGION}:{world.account}:*/*/GET/")
    test_an_api_is_no_deputy(world)


# 32 to 38: policies and organizations ----------------------------------------------------------------


def test_policies_do_not_grant_across(world):
    """32: ones own identity policy on the owner's ARNs; 33: a boundary, a managed policy of the owner's."""
    iam = world.there.client("iam")
    iam.put_user_policy(UserName="low", PolicyName="more", PolicyDocument=policy(
        ("*", [world.queue_arn, world.table, f"arn:aws:*:*:{world.account}:*"])))
    fails(lambda: world.low.client("sqs").receive_message(QueueUrl=world.queue))
    fails(lambda: world.low.client("dynamodb").scan(TableName=world.table))
    iam.delete_user_policy(UserName="low", PolicyName="more")
    theirs = world.owner.client("iam").create_policy(
        PolicyName=unique("p"), PolicyDocument=policy(ALL))["Policy"]["Arn"]
    for call in (lambda: iam.attach_user_policy(UserName="low", PolicyArn=theirs),
                 lambda: iam.get_policy(PolicyArn=theirs)):
        fails(call, DENIED + ("NoSuchEntity", "InvalidInput"))


def test_odd_policies_are_not_read_twice(world):
    """34: elements that stand twice, wildcards in account ids, half principals: refused when written."""
    own = world.owner.client("sqs")
    for statement in (
        '{"Effect":"Deny","Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"}',
        '{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::*:root"},"Action":"sqs:*","Resource":"*"}',
        '{"Effect":"Allow","Principal":{"AWS":"1111*"},"Action":"sqs:*","Resource":"*"}',
    ):
        document = '{"Version":"2012-10-17","Statement":[' + statement + "]}"
        with refused(("InvalidAttributeValue", "InvalidParameterValue", "InvalidAttributeValueException")):
            own.set_queue_attributes(QueueUrl=world.queue, Attributes={"Policy": document})
    fails(lambda: world.boss.client("sqs").receive_message(QueueUrl=world.queue))


def test_who_comes_after_is_not_who_was(world):
    """35: a user of the thief's whom the owner trusted, deleted and made again."""
    friend = user(world.there, "friend", ALL)
    document = policy({"Effect": "Allow", "Principal": {"AWS": friend.arn}, "Action": "sqs:*", "Resource": "*"})
    url = world.owner.client("sqs").create_queue(
        QueueName="shared", Attributes={"Policy": document})["QueueUrl"]
    world.owner.client("sqs").send_message(QueueUrl=url, MessageBody=SECRET)
    assert friend.client("sqs").receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"]
    fails(lambda: world.boss.client("sqs").receive_message(QueueUrl=url))
    iam = world.there.client("iam")
    iam.delete_access_key(UserName="friend", AccessKeyId=friend.key_id)
    iam.delete_user_policy(UserName="friend", PolicyName="own")
    iam.delete_user(UserName="friend")
    again = user(world.there, "friend", ALL)
    fails(lambda: again.client("sqs").receive_message(QueueUrl=url))


def test_members_do_not_manage_each_other(world):
    """36: the organization's own operations, from a member's administrator."""
    organizations = world.boss.client("organizations")
    for call in (
        lambda: organizations.list_accounts(), lambda: organizations.list_roots(),
        lambda: organizations.describe_account(AccountId=world.account),
        lambda: organizations.close_account(AccountId=world.account),
        lambda: organizations.remove_account_from_organization(AccountId=world.account),
        lambda: organizations.detach_policy(PolicyId="p-FullAWSAccess", TargetId=world.account),
        lambda: organizations.list_targets_for_policy(PolicyId="p-FullAWSAccess"),
        lambda: organizations.create_account(AccountName="x", Email="x@example.com"),
        lambda: organizations.put_resource_policy(Content=policy(
            {"Effect": "Allow", "Principal": "*", "Action": "organizations:List*", "Resource": "*"})),
        lambda: organizations.register_delegated_administrator(
            AccountId=world.thiefs, ServicePrincipal="iam.amazonaws.com"),
        lambda: organizations.enable_aws_service_access(ServicePrincipal="iam.amazonaws.com"),
    ):
        fails(call)
    fails(lambda: world.low.client("organizations").describe_organization())
    managed = world.cloud.admin.client("organizations")
    assert len(managed.list_accounts()["Accounts"]) == 3


def test_a_closed_account_is_closed(world):
    """37: keys and sessions of a closed account; its neighbours do not notice."""
    account, inside = member(world.cloud, unique("short"))
    held = user(inside, "ana", ALL)
    assert held.client("sts").get_caller_identity()["Account"] == account
    world.cloud.admin.client("organizations").close_account(AccountId=account)
    for keys in (held, inside):
        fails(keys.client("sts").get_caller_identity, ("InvalidClientTokenId",))
    fails(lambda: world.boss.client("sqs").receive_message(QueueUrl=world.queue))
    assert message(world) == [SECRET]


def test_guardrails_hold_what_policies_open(world):
    """38: the owner opens a queue to all; a resource control policy of the organization keeps strangers out."""
    managed = world.cloud.admin.client("organizations")
    root = managed.list_roots()["Roots"][0]["Id"]
    organization = managed.describe_organization()["Organization"]["Id"]
    document = policy({"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"})
    url = world.owner.client("sqs").create_queue(QueueName="open", Attributes={"Policy": document})["QueueUrl"]
    config = CONFIG.merge(Config(signature_version=UNSIGNED))
    anybody = boto3.client("sqs", region_name=REGION, endpoint_url=world.cloud.endpoint, config=config)
    anybody.send_message(QueueUrl=url, MessageBody="x")
    for kind in ("RESOURCE_CONTROL_POLICY", "SERVICE_CONTROL_POLICY"):
        managed.enable_policy_type(RootId=root, PolicyType=kind)
    perimeter = policy({"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*", "Condition": {
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": organization},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}})
    made = managed.create_policy(Name="perimeter", Description="", Type="RESOURCE_CONTROL_POLICY",
                                 Content=perimeter)["Policy"]["PolicySummary"]["Id"]
    managed.attach_policy(PolicyId=made, TargetId=root)
    fails(lambda: anybody.send_message(QueueUrl=url, MessageBody="x"))
    world.boss.client("sqs").send_message(QueueUrl=url, MessageBody="a member may")
    # A service control policy keeps even the owner's root-like administrator from closing it again.
    deny = managed.create_policy(
        Name="no edits", Description="", Type="SERVICE_CONTROL_POLICY",
        Content=policy({"Effect": "Deny", "Action": "sqs:SetQueueAttributes", "Resource": "*"}))
    managed.attach_policy(PolicyId=deny["Policy"]["PolicySummary"]["Id"], TargetId=world.account)
    with refused(DENIED, text="explicit deny in a service control policy"):
        world.owner.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
    managed.detach_policy(PolicyId=deny["Policy"]["PolicySummary"]["Id"], TargetId=world.account)


def test_nothing_was_taken(world):
    """At the end: everything is where it was."""
    test_the_owner_reaches_it_all(world)
    records = json.dumps(world.boss.client("cloudtrail").lookup_events(), default=str)
    assert SECRET not in records
