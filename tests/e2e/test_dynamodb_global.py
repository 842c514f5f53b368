"""Global tables through boto3: one table in two regions, written to from both."""

import pytest
from conftest import eventually, refused, unique

HOME, AWAY = "us-east-1", "eu-west-1"
STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}


@pytest.fixture
def regions(cloud):
    return {name: cloud.admin.client("dynamodb", region_name=name) for name in (HOME, AWAY)}


def make(client, name, **more):
    client.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}], **more)


def item(pk, text="x"):
    return {"pk": {"S": pk}, "text": {"S": text}}


def items(client, name):
    found = client.scan(TableName=name, ConsistentRead=True)["Items"]
    return sorted(found, key=lambda one: one["pk"]["S"])


def test_a_replica_is_made_used_and_deleted(regions):
    home, away, name = regions[HOME], regions[AWAY], unique("global")
    make(home, name)
    for number in range(25):
        home.put_item(TableName=name, Item=item(f"old{number}"))
    home.update_table(TableName=name, ReplicaUpdates=[{"Create": {"RegionName": AWAY}}])
    eventually(lambda: home.describe_table(TableName=name)["Table"]["Replicas"][0]["ReplicaStatus"]
               == "ACTIVE", "a replica")
    away.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    away.put_item(TableName=name, Item=item("new", "from away"))
    home.update_item(
        TableName=name, Key={"pk": {"S": "old1"}}, UpdateExpression="SET #t = :t",
        ExpressionAttributeNames={"#t": "text"}, ExpressionAttributeValues={":t": {"S": "y"}})
    found = items(home, name)
    assert len(found) == 26 and found == items(away, name)
    table = away.describe_table(TableName=name)["Table"]
    assert table["GlobalTableVersion"] == "2019.11.21"
    assert table["Replicas"][0]["RegionName"] == HOME
    assert table["StreamSpecification"] == STREAM
    with refused("ValidationException"):
        home.delete_table(TableName=name)
    home.update_table(TableName=name, ReplicaUpdates=[{"Delete": {"RegionName": AWAY}}])
    away.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    home.delete_table(TableName=name)


def test_tables_join_by_the_rules_of_2017(regions):
    name = unique("legacy")
    for client in regions.values():
        make(client, name, StreamSpecification=STREAM)
    home = regions[HOME]
    group = [{"RegionName": region} for region in regions]
    home.create_global_table(GlobalTableName=name, ReplicationGroup=group)
    with refused("GlobalTableAlreadyExistsException"):
        home.create_global_table(GlobalTableName=name, ReplicationGroup=group)
    regions[AWAY].put_item(TableName=name, Item=item("a"))
    assert items(home, name) == [item("a")]
    listed = home.list_global_tables()["GlobalTables"]
    assert {"GlobalTableName": name, "ReplicationGroup": group} in listed
