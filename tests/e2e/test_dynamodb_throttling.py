"""Throttling of DynamoDB's tables as boto3 sees it: refused, tried again, left for later, switched off."""

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from conftest import Cloud, refused, unique

KILOBYTES_300 = "x" * (300 * 1024 - 100)


def make(client, units=1):
    name = unique("slow")
    client.create_table(
        TableName=name, KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        ProvisionedThroughput={"ReadCapacityUnits": units, "WriteCapacityUnits": units})
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    return name


def exhaust(client, name):
    """Uses the five minutes of writes that a new table of one unit has to burst."""
    client.put_item(TableName=name, Item={"pk": {"S": "large"}, "text": {"S": KILOBYTES_300}})


def test_what_exceeds_the_capacity_is_refused_and_says_why(cloud):
    client = cloud.admin.client("dynamodb")
    name = make(client)
    exhaust(client, name)
    client.put_item(TableName=name, Item={"pk": {"S": "debt"}, "text": {"S": "x" * 5000}})
    with refused("ProvisionedThroughputExceededException", 400, "UpdateTable API.") as caught:
        client.put_item(TableName=name, Item={"pk": {"S": "more"}})
    reason = caught.error.response["ThrottlingReasons"][0]
    assert reason["reason"] == "TableWriteProvisionedThroughputExceeded"
    assert reason["resource"].endswith(f":table/{name}")
    assert client.get_item(TableName=name, Key={"pk": {"S": "debt"}})["Item"]


def test_an_sdk_that_tries_again_gets_there(cloud):
    plain = cloud.admin.client("dynamodb")
    name = make(plain)
    exhaust(plain, name)
    patient = cloud.admin.client("dynamodb", config=Config(
        retries={"total_max_attempts": 12, "mode": "standard"}))
    for number in range(4):
        patient.put_item(TableName=name, Item={"pk": {"S": str(number)}})
    assert plain.scan(TableName=name, Select="COUNT")["Count"] == 5


def test_a_batch_writer_gets_everything_in(cloud):
    plain = cloud.admin.client("dynamodb")
    name = make(plain, units=20)
    with pytest.raises(ClientError, match="ProvisionedThroughputExceededException"):
        for _ in range(100):
            exhaust(plain, name)
    patient = Config(retries={"total_max_attempts": 12, "mode": "standard"})
    client = cloud.admin.client("dynamodb", config=patient)
    left = {name: [{"PutRequest": {"Item": {"pk": {"S": str(n)}, "text": {"S": "x" * 3000}}}}
                   for n in range(20)]}
    turns = 0
    while left:
        left = client.batch_write_item(RequestItems=left)["UnprocessedItems"]
        turns += 1
    assert plain.scan(TableName=name, Select="COUNT")["Count"] == 21
    assert turns < 100


def test_throttling_can_be_switched_off(tmp_path):
    cloud = Cloud(tmp_path, HEIST_DYNAMODB_THROTTLING="off")
    try:
        client = cloud.admin.client("dynamodb")
        name = make(client)
        for _ in range(5):
            exhaust(client, name)
    finally:
        cloud.stop()


def test_other_modes_are_refused(tmp_path):
    with pytest.raises(AssertionError, match="possible values: off, on, strict"):
        Cloud(tmp_path, HEIST_DYNAMODB_THROTTLING="sometimes")
