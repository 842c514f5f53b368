"""SQS and SNS: queues, visibility, FIFO, dead letters, fan-out, filters, policies."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import ACCOUNT, REGION, eventually, policy, refused, unique


@pytest.fixture
def sqs(admin):
    return admin.client("sqs")


@pytest.fixture
def sns(admin):
    return admin.client("sns")


def queue(sqs, fifo=False, **attributes):
    """A fresh queue's URL and ARN."""
    name = unique("queue") + (".fifo" if fifo else "")
    if fifo:
        attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"} | attributes
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def receive(sqs, url, wait=5, **more):
    more.setdefault("MaxNumberOfMessages", 10)
    return sqs.receive_message(QueueUrl=url, WaitTimeSeconds=wait, **more).get("Messages", [])


def test_a_message_goes_through(cloud, sqs):
    url, arn = queue(sqs)
    assert url.endswith(f"/{ACCOUNT}/{arn.rsplit(':', 1)[1]}")
    sent = sqs.send_message(QueueUrl=url, MessageBody="hellö", MessageAttributes={
        "kind": {"DataType": "String", "StringValue": "test"}})
    assert sent["MD5OfMessageBody"] == hashlib.md5("hellö".encode()).hexdigest()
    (message,) = receive(sqs, url, MessageAttributeNames=["All"], AttributeNames=["All"])
    assert (message["Body"], message["MessageId"]) == ("hellö", sent["MessageId"])
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert message["MessageAttributes"]["kind"]["StringValue"] == "test"
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert message["Attributes"]["SenderId"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert receive(sqs, url, wait=0) == []


def test_a_waiting_receiver_gets_the_message_at_once(sqs):
    url, _ = queue(sqs)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(receive, sqs, url, 20)
        sqs.send_message(QueueUrl=url, MessageBody="now")
        assert waiting.result(timeout=10)[0]["Body"] == "now"


def test_visibility(sqs):
    url, _ = queue(sqs, VisibilityTimeout="600")
    sqs.send_message(QueueUrl=url, MessageBody="x")
    (message,) = receive(sqs, url)
    assert receive(sqs, url, wait=0) == []
    handle = message["ReceiptHandle"]
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    (again,) = receive(sqs, url, AttributeNames=["ApproximateReceiveCount"])
    assert again["Attributes"]["ApproximateReceiveCount"] == "2"
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert counts["ApproximateNumberOfMessagesNotVisible"] == "1"


def test_delays(sqs):
    url, _ = queue(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=2)
    assert receive(sqs, url, wait=0) == []
    assert eventually(lambda: receive(sqs, url, wait=5))[0]["Body"] == "later"


def test_dead_letters(sqs):
    dead, dead_arn = queue(sqs)
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    url, _ = queue(sqs, VisibilityTimeout="0", RedrivePolicy=redrive)
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    for _ in range(2):
        assert receive(sqs, url)
    assert receive(sqs, url, wait=0) == []
    assert receive(sqs, dead)[0]["Body"] == "poison"
    sources = sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"]
    assert sources == [url]


def test_batches(sqs):
    url, _ = queue(sqs)
    entries = [{"Id": str(n), "MessageBody": f"m{n}"} for n in range(10)]
    assert len(sqs.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]) == 10
    got = {}
    while len(got) < 10:
        got |= {m["Body"]: m["ReceiptHandle"] for m in receive(sqs, url)}
    done = sqs.delete_message_batch(QueueUrl=url, Entries=[
        {"Id": str(n), "ReceiptHandle": handle} for n, handle in enumerate(got.values())])
    assert len(done["Successful"]) == 10
    with refused("AWS.SimpleQueueService.TooManyEntriesInBatchRequest", 400):
        sqs.send_message_batch(QueueUrl=url, Entries=[*entries, {"Id": "x", "MessageBody": "x"}])
    with refused("AWS.SimpleQueueService.BatchEntryIdsNotDistinct", 400):
        sqs.send_message_batch(QueueUrl=url, Entries=[entries[0], entries[0]])
    with refused("AWS.SimpleQueueService.EmptyBatchRequest", 400):
        sqs.send_message_batch(QueueUrl=url, Entries=[])


def test_fifo(sqs):
    url, _ = queue(sqs, fifo=True)
    send = lambda body, group: sqs.send_message(
        QueueUrl=url, MessageBody=body, MessageGroupId=group)
    first = send("a1", "a")
    assert send("a1", "a")["MessageId"] == first["MessageId"], "a duplicate is no new message"
    send("a2", "a"), send("b1", "b")
    messages = receive(sqs, url)
    assert [m["Body"] for m in messages if m["Body"][0] == "a"] == ["a1", "a2"]
    assert "b1" in [m["Body"] for m in messages]
    send("a3", "a")
    assert receive(sqs, url, wait=0) == [], "a group waits for what is in flight"
    for message in messages:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert [m["Body"] for m in receive(sqs, url)] == ["a3"]
    with refused("MissingParameter", 400, "MessageGroupId"):
        sqs.send_message(QueueUrl=url, MessageBody="x")


def test_creating_a_queue_again(sqs):
    url, arn = queue(sqs, VisibilityTimeout="30")
    name = arn.rsplit(":", 1)[1]
    assert sqs.create_queue(QueueName=name)["QueueUrl"] == url
    with refused("QueueAlreadyExists", 400, "VisibilityTimeout"):
        sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "31"})
    assert sqs.get_queue_url(QueueName=name)["QueueUrl"] == url
    sqs.delete_queue(QueueUrl=url)
    gone = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
    with refused(gone, 400, "The specified queue does not exist"):
        sqs.get_queue_url(QueueName=name)
    with refused(gone, 400):
        sqs.send_message(QueueUrl=url, MessageBody="x")


def test_limits(sqs):
    url, _ = queue(sqs)
    with refused("InvalidParameterValue", 400, "must be shorter than"):
        sqs.send_message(QueueUrl=url, MessageBody="x" * (1024 * 1024 + 1))
    with refused("InvalidMessageContents", 400):
        sqs.send_message(QueueUrl=url, MessageBody="\0")
    with refused("InvalidParameterValue", 400):
        sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=11)
    with refused("InvalidAttributeName", 400):
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Nope": "1"})
    with refused("ReceiptHandleIsInvalid"):
        sqs.delete_message(QueueUrl=url, ReceiptHandle="nonsense")


def test_purge(sqs):
    url, _ = queue(sqs)
    for n in range(3):
        sqs.send_message(QueueUrl=url, MessageBody=str(n))
    sqs.purge_queue(QueueUrl=url)
    assert receive(sqs, url, wait=0) == []
    with refused("AWS.SimpleQueueService.PurgeQueueInProgress", text="every 60 seconds"):
        sqs.purge_queue(QueueUrl=url)


def let_in(sqs, url, arn, topic):
    document = policy({
        "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage", "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}}})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})


def subscribed(sqs, sns, topic, **attributes):
    url, arn = queue(sqs)
    let_in(sqs, url, arn, topic)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes,
                  ReturnSubscriptionArn=True)
    return url


def test_fan_out_with_filters(sqs, sns):
    topic = sns.create_topic(Name=unique("topic"))["TopicArn"]
    every = subscribed(sqs, sns, topic)
    raw = subscribed(sqs, sns, topic, RawMessageDelivery="true")
    blue = subscribed(sqs, sns, topic, FilterPolicy=json.dumps({"colour": ["blue"]}))
    body = subscribed(sqs, sns, topic, FilterPolicy=json.dumps({"n": [{"numeric": [">", 5]}]}),
                      FilterPolicyScope="MessageBody")
    red = {"colour": {"DataType": "String", "StringValue": "red"}}
    sns.publish(TopicArn=topic, Message=json.dumps({"n": 1}), MessageAttributes=red)
    blue_one = {"colour": {"DataType": "String", "StringValue": "blue"}}
    sns.publish(TopicArn=topic, Message=json.dumps({"n": 9}), MessageAttributes=blue_one)
    got = []
    eventually(lambda: got.extend(receive(sqs, every)) or len(got) == 2)
    envelope = json.loads(got[0]["Body"])
    assert envelope["Type"] == "Notification" and envelope["TopicArn"] == topic
    assert envelope["MessageAttributes"]["colour"]["Type"] == "String"
    got = []
    eventually(lambda: got.extend(receive(sqs, raw, MessageAttributeNames=["All"])) or len(got) == 2)
    assert {m["Body"] for m in got} == {'{"n": 1}', '{"n": 9}'}
    assert got[0]["MessageAttributes"]["colour"]
    for url in (blue, body):
        (message,) = receive(sqs, url)
        assert json.loads(message["Body"])["Message"] == '{"n": 9}'
        assert receive(sqs, url, wait=0) == []


def test_topics(sns):
    name = unique("topic")
    arn = sns.create_topic(Name=name, Tags=[{"Key": "a", "Value": "b"}])["TopicArn"]
    assert arn == f"arn:aws:sns:{REGION}:{ACCOUNT}:{name}"
    assert sns.create_topic(Name=name, Tags=[{"Key": "a", "Value": "b"}])["TopicArn"] == arn
    attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert attributes["Owner"] == ACCOUNT
    document = json.loads(attributes["Policy"])
    assert document["Id"] == "__default_policy_ID"
    assert document["Statement"][0]["Sid"] == "__default_statement_ID"
    pages = sns.get_paginator("list_topics").paginate()
    assert arn in [topic["TopicArn"] for page in pages for topic in page["Topics"]]
    sns.delete_topic(TopicArn=arn)
    with refused("NotFound", 404, "Topic does not exist"):
        sns.publish(TopicArn=arn, Message="x")


def test_publishing_limits(sns):
    arn = sns.create_topic(Name=unique("topic"))["TopicArn"]
    with refused("InvalidParameter", 400, "Message too long"):
        sns.publish(TopicArn=arn, Message="x" * (256 * 1024 + 1))
    with refused("InvalidParameter", 400, "Empty message"):
        sns.publish(TopicArn=arn, Message="")
    with refused("InvalidParameter", 400):
        sns.publish(TopicArn="nonsense", Message="x")
    with refused("InvalidParameter", 400):
        sns.create_topic(Name="no spaces")


def test_refusals(cloud, sns, sqs):
    user = cloud.user()
    topic = sns.create_topic(Name=unique("topic"))["TopicArn"]
    # The default policy's aws:SourceOwner is for services: users need permission of their own.
    wanted = (f"User: {user.arn} is not authorized to perform: SNS:Publish on resource: {topic} "
              "because no identity-based policy allows the SNS:Publish action")
    with refused("AuthorizationError", 403, wanted):
        user.client("sns").publish(TopicArn=topic, Message="x")
    url, arn = queue(sqs)
    with refused(("AccessDenied", "AccessDeniedException"), None, "sqs:sendmessage|sqs:SendMessage"):
        user.client("sqs").send_message(QueueUrl=url, MessageBody="x")
    # A queue's own policy is enough within the account.
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy({
        "Effect": "Allow", "Principal": {"AWS": user.arn}, "Action": "sqs:SendMessage",
        "Resource": arn})})
    assert user.client("sqs").send_message(QueueUrl=url, MessageBody="x")["MessageId"]


def test_both_protocols_of_sqs(cloud, sqs):
    """Old clients speak the query protocol; both meet the same queue."""
    url, _ = queue(sqs)
    answer = cloud.admin.curl(
        "-d", f"Action=SendMessage&Version=2012-11-05&QueueUrl={url}&MessageBody=old",
        cloud.endpoint + "/", signed="sqs")
    assert answer.status == 200 and "<MD5OfMessageBody>" in answer.body, answer
    assert answer.headers["content-type"] == "text/xml"
    assert receive(sqs, url)[0]["Body"] == "old"
    answer = cloud.admin.curl(
        "-d", "Action=GetQueueUrl&Version=2012-11-05&QueueName=missing",
        cloud.endpoint + "/", signed="sqs")
    assert answer.status == 400 and "AWS.SimpleQueueService.NonExistentQueue" in answer.body
