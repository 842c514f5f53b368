"""DynamoDB Streams through boto3 and the AWS CLI: records, iterators, and what a kill leaves."""

import datetime
import threading

import pytest
from boto3.dynamodb.types import TypeDeserializer
from botocore.exceptions import BotoCoreError, ClientError
from conftest import CONFIG, REGION, Cloud, needs, refused, unique

pytestmark = needs("dynamodbstreams", "GetRecords")

ROUNDS = 4
WRITERS = 4
WRITES_BEFORE_KILL = 120


def make(keys, view="NEW_AND_OLD_IMAGES"):
    """A fresh table with a stream; gives its name and the stream's ARN."""
    client, name = keys.client("dynamodb"), unique("streamed")
    made = client.create_table(
        TableName=name, KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": view})
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    return name, made["TableDescription"]["LatestStreamArn"]


def shards(client, arn):
    return client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]


def records(client, arn, limit=1000):
    """All records that are there, parents before their children."""
    found = []
    for shard in shards(client, arn):
        iterator = client.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while iterator:
            page = client.get_records(ShardIterator=iterator, Limit=limit)
            found += page["Records"]
            iterator = page.get("NextShardIterator") if page["Records"] else None
    return found


def plain(image):
    return {name: TypeDeserializer().deserialize(value) for name, value in image.items()}


def test_a_consumer_follows_a_table(cloud):
    name, arn = make(cloud.admin)
    table = cloud.admin.resource("dynamodb").Table(name)
    client = cloud.admin.client("dynamodbstreams")
    table.put_item(Item={"pk": "a", "n": 1})
    table.update_item(Key={"pk": "a"}, UpdateExpression="SET n = n + :one",
                      ExpressionAttributeValues={":one": 1})
    with table.batch_writer() as batch:
        batch.put_item(Item={"pk": "b", "data": b"\0\xff", "set": {"x", "y"}})
        batch.delete_item(Key={"pk": "a"})
    first, second, *batched = records(client, arn, limit=1)
    assert [first["eventName"], second["eventName"]] == ["INSERT", "MODIFY"]
    assert sorted(record["eventName"] for record in batched) == ["INSERT", "REMOVE"]
    change = second["dynamodb"]
    assert plain(change["Keys"]) == {"pk": "a"}
    assert plain(change["OldImage"]) == {"pk": "a", "n": 1}
    assert plain(change["NewImage"]) == {"pk": "a", "n": 2}
    assert (second["awsRegion"], second["eventSource"]) == (REGION, "aws:dynamodb")
    now = datetime.datetime.now(datetime.timezone.utc)
    assert abs(now - change["ApproximateCreationDateTime"]) < datetime.timedelta(minutes=5)
    assert first["dynamodb"]["SequenceNumber"] < change["SequenceNumber"]


def test_a_checkpoint_resumes(cloud):
    name, arn = make(cloud.admin, "KEYS_ONLY")
    table = cloud.admin.resource("dynamodb").Table(name)
    client = cloud.admin.client("dynamodbstreams")
    for key in "abc":
        table.put_item(Item={"pk": key})
    shard = shards(client, arn)[0]["ShardId"]
    checkpoint = records(client, arn)[0]["dynamodb"]["SequenceNumber"]
    for kind, wanted in (("AFTER_SEQUENCE_NUMBER", "bc"), ("AT_SEQUENCE_NUMBER", "abc")):
        iterator = client.get_shard_iterator(
            StreamArn=arn, ShardId=shard, ShardIteratorType=kind, SequenceNumber=checkpoint)
        found = client.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
        assert "".join(record["dynamodb"]["Keys"]["pk"]["S"] for record in found) == wanted


def test_a_stream_ends_when_it_is_switched_off(cloud):
    name, arn = make(cloud.admin)
    dynamodb, client = cloud.admin.client("dynamodb"), cloud.admin.client("dynamodbstreams")
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "a"}})
    with refused("ValidationException", 400, f"Table already has an enabled stream: TableName: {name}"):
        dynamodb.update_table(TableName=name, StreamSpecification={
            "StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    dynamodb.update_table(TableName=name, StreamSpecification={"StreamEnabled": False})
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "b"}})
    assert len(records(client, arn)) == 1
    described = dynamodb.describe_table(TableName=name)["Table"]
    assert "StreamSpecification" not in described and described["LatestStreamArn"] == arn
    made = dynamodb.update_table(TableName=name, StreamSpecification={
        "StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})["TableDescription"]
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    listed = client.list_streams(TableName=name)["Streams"]
    assert [stream["StreamArn"] for stream in listed] == [arn, made["LatestStreamArn"]]
    assert client.describe_stream(StreamArn=arn)["StreamDescription"]["StreamStatus"] == "DISABLED"


def test_only_who_may_reads(cloud):
    _, arn = make(cloud.admin)
    shard = shards(cloud.admin.client("dynamodbstreams"), arn)[0]["ShardId"]
    at = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "LATEST"}
    reader = cloud.user((["dynamodb:GetRecords", "dynamodb:GetShardIterator"], arn))
    client = reader.client("dynamodbstreams")
    iterator = client.get_shard_iterator(**at)["ShardIterator"]
    assert client.get_records(ShardIterator=iterator)["Records"] == []
    with refused("AccessDeniedException", 400, "dynamodb:DescribeStream"):
        client.describe_stream(StreamArn=arn)
    stranger = cloud.user(("dynamodb:*", arn.split("/stream/")[0])).client("dynamodbstreams")
    with refused("AccessDeniedException", 400, "dynamodb:GetRecords"):
        stranger.get_records(ShardIterator=iterator)


def test_the_command_line_reads(cloud):
    name, arn = make(cloud.admin)
    cloud.admin.client("dynamodb").put_item(TableName=name, Item={"pk": {"S": "a"}})
    listed = cloud.admin.aws("dynamodbstreams", "list-streams", "--table-name", name)
    assert [stream["StreamArn"] for stream in listed["Streams"]] == [arn]
    told = cloud.admin.aws("dynamodbstreams", "describe-stream", "--stream-arn", arn)
    shard = told["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = cloud.admin.aws(
        "dynamodbstreams", "get-shard-iterator", "--stream-arn", arn, "--shard-id", shard,
        "--shard-iterator-type", "TRIM_HORIZON")["ShardIterator"]
    found = cloud.admin.aws("dynamodbstreams", "get-records", "--shard-iterator", iterator)
    assert [record["eventName"] for record in found["Records"]] == ["INSERT"]


@pytest.fixture
def instance(tmp_path):
    cloud = Cloud(tmp_path)
    yield cloud
    cloud.stop()


def write_until_killed(cloud, name):
    """Writers of a few items each, until the server goes away."""
    enough, written = threading.Event(), []

    def write(client, keys):
        update = {"TableName": name, "UpdateExpression": "ADD n :one",
                  "ExpressionAttributeValues": {":one": {"N": "1"}}}
        try:
            client.transact_write_items(TransactItems=[{"Update": update | {"Key": key}} for key in keys])
        except ClientError as error:
            # Others may be at the same items.
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
        client.put_item(TableName=name, Item={"pk": {"S": unique("once")}})

    def run(number):
        client = cloud.admin.session.client(
            "dynamodb", endpoint_url=cloud.endpoint, config=CONFIG)
        try:
            while True:
                write(client, [{"pk": {"S": f"item-{(number + step) % 3}"}} for step in (0, 1)])
                written.append(number)
                if len(written) >= WRITES_BEFORE_KILL:
                    enough.set()
        except (BotoCoreError, ClientError):
            enough.set()  # the server is gone, or never worked: the checks will tell

    threads = [threading.Thread(target=run, args=(n,)) for n in range(WRITERS)]
    for thread in threads:
        thread.start()
    assert enough.wait(120), "the writers are stuck"
    cloud.kill()
    for thread in threads:
        thread.join()
    assert len(written) >= WRITES_BEFORE_KILL, "the load stopped before the kill"


def test_records_are_there_exactly_if_their_changes_are(instance):
    """Whatever is killed when: what the records tell, done in their order, is the table."""
    name, arn = make(instance.admin)
    for _ in range(ROUNDS):
        write_until_killed(instance, name)
        instance.start()
        told, numbers = {}, []
        for record in records(instance.admin.client("dynamodbstreams"), arn):
            change = record["dynamodb"]
            numbers.append(change["SequenceNumber"])
            key = change["Keys"]["pk"]["S"]
            assert told.get(key) == change.get("OldImage"), "a record is missing or doubled"
            told[key] = change.get("NewImage")
        assert numbers == sorted(set(numbers))
        pages = instance.admin.client("dynamodb").get_paginator("scan").paginate(TableName=name)
        there = {item["pk"]["S"]: item for page in pages for item in page["Items"]}
        assert told == there
