"""What a client was told is written survives SIGKILL; what belongs together is there whole or not
at all."""

import threading
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from conftest import CONFIG, Cloud, eventually, needs, unique

ROUNDS = 5
WRITERS = 6
WRITES_BEFORE_KILL = 150
EXPIRED = 4000
TRANSACTIONS = not needs("dynamodb", "TransactWriteItems").args[0]


@pytest.fixture
def instance(tmp_path):
    cloud = Cloud(tmp_path)
    yield cloud
    cloud.stop()


class Load:
    """Writers that note only what was acknowledged, until the server goes away."""

    def __init__(self, cloud, table, queue):
        self.cloud, self.table, self.queue = cloud, table, queue
        self.items, self.pairs, self.messages, self.counted = set(), set(), set(), 0
        self.lock, self.enough = threading.Lock(), threading.Event()

    def note(self, add):
        with self.lock:
            add()
            if len(self.items) + len(self.pairs) + len(self.messages) + self.counted >= WRITES_BEFORE_KILL:
                self.enough.set()

    def item(self, client):
        key = unique("item")
        client.put_item(TableName=self.table, Item={
            "pk": {"S": key}, "kind": {"S": key[-1]}, "fill": {"S": "x" * 500}})
        self.note(lambda: self.items.add(key))

    def pair(self, client):
        pair = unique("pair")
        items = [{"pk": {"S": f"{pair}-{side}"}, "kind": {"S": side}} for side in ("left", "right")]
        if TRANSACTIONS:
            client.transact_write_items(TransactItems=[
                {"Put": {"TableName": self.table, "Item": item}} for item in items])
        else:
            client.batch_write_item(RequestItems={
                self.table: [{"PutRequest": {"Item": item}} for item in items]})
        self.note(lambda: self.pairs.add(pair))

    def count(self, client):
        # The counter moves from place to place in the index.
        client.update_item(TableName=self.table, Key={"pk": {"S": "counter"}},
                           UpdateExpression="SET kind = :kind ADD n :one", ExpressionAttributeValues={
                               ":one": {"N": "1"}, ":kind": {"S": unique("kind")[-1]}})
        self.note(lambda: setattr(self, "counted", self.counted + 1))

    def message(self, client):
        body = unique("message")
        client.send_message(QueueUrl=self.queue, MessageBody=body)
        self.note(lambda: self.messages.add(body))

    def run(self, number):
        kind = (self.item, self.pair, self.count, self.message)[number % 4]
        client = self.cloud.admin.session.client(
            "sqs" if kind == self.message else "dynamodb", endpoint_url=self.cloud.endpoint,
            config=CONFIG)
        try:
            while True:
                kind(client)
        except (BotoCoreError, ClientError):
            self.enough.set()  # the server is gone, or never worked: the checks will tell

    def until_killed(self):
        threads = [threading.Thread(target=self.run, args=(n,)) for n in range(WRITERS)]
        for thread in threads:
            thread.start()
        assert self.enough.wait(120), "the writers are stuck"
        self.cloud.kill()
        for thread in threads:
            thread.join()


def all_keys(client, table, **more):
    pages = client.get_paginator("scan").paginate(TableName=table, **more)
    return {item["pk"]["S"]: item for page in pages for item in page["Items"]}


def make(client, table):
    """A table with an index of everything that has a kind."""
    client.create_table(
        TableName=table, KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "kind")],
        BillingMode="PAY_PER_REQUEST", GlobalSecondaryIndexes=[{
            "IndexName": "by-kind", "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"}}])


def whole(client, table):
    """All items by key; the index has an entry for each, as it is, and no other. Items may go
    meanwhile."""
    before = all_keys(client, table)
    index, after = all_keys(client, table, IndexName="by-kind"), all_keys(client, table)
    assert after.items() <= index.items(), "an entry is missing"
    assert index.items() <= before.items(), "an entry is a phantom"
    return after


def test_nothing_acknowledged_is_lost(instance):
    cloud = instance
    table = "durable"
    make(cloud.admin.client("dynamodb"), table)
    queue = cloud.admin.client("sqs").create_queue(QueueName="durable")["QueueUrl"]
    items, pairs, messages, counted = set(), set(), set(), 0
    for _ in range(ROUNDS):
        load = Load(cloud, table, queue)
        load.until_killed()
        total = len(load.items) + len(load.pairs) + len(load.messages) + load.counted
        assert total >= WRITES_BEFORE_KILL, "the load stopped before the kill"
        items |= load.items
        pairs |= load.pairs
        messages |= load.messages
        counted += load.counted
        cloud.start()
        there = whole(cloud.admin.client("dynamodb"), table)
        assert items <= there.keys()
        assert {f"{pair}-{side}" for pair in pairs for side in ("left", "right")} <= there.keys()
        halves = {key.rsplit("-", 1)[0] for key in there if key.startswith("pair-")}
        torn = [half for half in halves if not {f"{half}-left", f"{half}-right"} <= there.keys()]
        # Only a transaction promises that one half never comes without the other.
        assert not torn or not TRANSACTIONS
        # A write in flight at the kill may be there without having been acknowledged.
        number = int(there["counter"]["n"]["N"])
        assert counted <= number <= counted + WRITERS * ROUNDS
    received, client = set(), cloud.admin.client("sqs")
    while messages - received:
        got = client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=2)
        assert got.get("Messages"), f"{len(messages - received)} messages are lost"
        received |= {message["Body"] for message in got["Messages"]}


def test_expiry_goes_on_after_kills_and_leaves_nothing_behind(instance):
    cloud, client = instance, instance.admin.client("dynamodb")
    make(client, "sessions")
    now = int(time.time())
    item = lambda key, ends: {"pk": {"S": key}, "kind": {"S": key[-1]}, "ends": {"N": str(ends)}}
    old = [item(f"old-{n}", now - 1 - n) for n in range(EXPIRED)]
    kept = {f"kept-{n}": item(f"kept-{n}", now + 3600) for n in range(20)}
    items = old + list(kept.values())
    for start in range(0, len(items), 25):
        client.batch_write_item(RequestItems={
            "sessions": [{"PutRequest": {"Item": one}} for one in items[start:start + 25]]})
    client.update_time_to_live(TableName="sessions", TimeToLiveSpecification={
        "Enabled": True, "AttributeName": "ends"})
    there = {one["pk"]["S"]: one for one in items}
    while there != kept:
        # The first to go is the one that expired first; once it is gone others are going.
        first = min(there.values(), key=lambda one: int(one["ends"]["N"]))
        gone = lambda: "Item" not in cloud.admin.client("dynamodb").get_item(
            TableName="sessions", Key={"pk": first["pk"]})
        eventually(gone, f"the end of {first}", 60, pause=0)
        cloud.kill()
        cloud.start()
        before, there = there, whole(cloud.admin.client("dynamodb"), "sessions")
        assert kept.items() <= there.items() <= before.items()


def test_everything_else_is_there_after_a_kill(instance):
    """One resource of each service, a kill, and all of them answer as before."""
    cloud, admin = instance, instance.admin
    user = cloud.user(("sqs:*", "*"))
    key = admin.client("kms").create_key()["KeyMetadata"]["KeyId"]
    blob = admin.client("kms").encrypt(KeyId=key, Plaintext=b"kept")["CiphertextBlob"]
    topic = admin.client("sns").create_topic(Name="kept")["TopicArn"]
    api = admin.client("apigateway").create_rest_api(name="kept")["id"]
    function = cloud.function("def handler(e, c): return 'kept'")
    cloud.invoke(function)
    admin.client("logs").create_log_group(logGroupName="kept")
    cloud.kill()
    cloud.start()
    admin = cloud.admin
    assert user.client("sqs").list_queues(), "a user's keys work"
    assert admin.client("kms").decrypt(CiphertextBlob=blob)["Plaintext"] == b"kept"
    assert admin.client("sns").get_topic_attributes(TopicArn=topic)
    assert admin.client("apigateway").get_rest_api(restApiId=api)["name"] == "kept"
    assert cloud.invoke(function)[0] == "kept"
    groups = admin.client("logs").describe_log_groups()["logGroups"]
    assert {"kept", f"/aws/lambda/{function}"} <= {group["logGroupName"] for group in groups}
    events = admin.client("cloudtrail").lookup_events(LookupAttributes=[
        {"AttributeKey": "EventName", "AttributeValue": "CreateRestApi"}])["Events"]
    assert len(events) == 1


def test_two_servers_do_not_share_a_folder(instance):
    import subprocess
    from conftest import BINARY
    second = subprocess.run([BINARY, "up", "--json", "--port", "0", "--data", instance.data],
                            capture_output=True, text=True, timeout=30)
    assert second.returncode != 0 and second.stderr, second
    assert instance.alive()
