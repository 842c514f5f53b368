"""boto3's resource layer for DynamoDB, as its guide uses it: tables as objects, conditions built in
Python, the batch writer, collections, paginators, waiters."""

from decimal import Decimal

import pytest
from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.types import Binary
from conftest import ACCOUNT, REGION, unique

POLL = {"Delay": 1, "MaxAttempts": 20}


@pytest.fixture(scope="module")
def dynamodb(fresh):
    return fresh.admin.resource("dynamodb")


def make(dynamodb, **more):
    table = dynamodb.create_table(
        TableName=unique("table"),
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"},
                              {"AttributeName": "sk", "AttributeType": "N"}],
        **({"BillingMode": "PAY_PER_REQUEST"} | more))
    table.wait_until_exists()
    return table


@pytest.fixture(scope="module")
def table(dynamodb):
    return make(dynamodb)


def test_a_table_is_an_object(dynamodb):
    table = make(dynamodb, BillingMode="PROVISIONED", Tags=[{"Key": "stage", "Value": "test"}],
                 ProvisionedThroughput={"ReadCapacityUnits": 3, "WriteCapacityUnits": 2})
    assert table.table_status == "CREATING"  # as it was answered
    table.reload()
    assert table.table_status == "ACTIVE" and table.item_count == 0 and table.table_size_bytes == 0
    assert [key["AttributeName"] for key in table.key_schema] == ["pk", "sk"]
    assert table.table_arn == f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table.name}"
    assert table.creation_date_time.tzinfo and table.table_id
    assert table.global_secondary_indexes is None and table.latest_stream_arn is None
    assert table.provisioned_throughput["ReadCapacityUnits"] == 3
    table = table.update(
        AttributeDefinitions=table.attribute_definitions + [{"AttributeName": "kind", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": {
            "IndexName": "by-kind", "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
            "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}}])
    waiter = table.meta.client.get_waiter("table_exists")
    waiter.wait(TableName=table.name, WaiterConfig=POLL)
    table.reload()
    assert [index["IndexName"] for index in table.global_secondary_indexes] == ["by-kind"]
    assert table.delete()["TableDescription"]["TableStatus"] == "DELETING"
    table.wait_until_not_exists()
    with pytest.raises(table.meta.client.exceptions.ResourceNotFoundException):
        table.load()


def test_collections_and_pages_of_tables(dynamodb):
    names = sorted(make(dynamodb).name for _ in range(5))
    assert set(names) <= {table.name for table in dynamodb.tables.all()}
    assert [len(page) for page in dynamodb.tables.limit(4).pages()] == [4]
    after = dynamodb.tables.filter(ExclusiveStartTableName=names[2]).page_size(1)
    assert set(names[3:]) <= {table.name for table in after}
    client = dynamodb.meta.client
    pages = client.get_paginator("list_tables").paginate(PaginationConfig={"PageSize": 2, "MaxItems": 3})
    result = pages.build_full_result()
    assert len(result["TableNames"]) == 3
    rest = client.get_paginator("list_tables").paginate(
        PaginationConfig={"StartingToken": result["NextToken"]}).build_full_result()
    assert set(names) <= set(result["TableNames"] + rest["TableNames"])


def test_the_batch_writer_sends_the_last_of_each_key(table):
    pk = unique("batch")
    with table.batch_writer(overwrite_by_pkeys=["pk", "sk"]) as batch:
        for sk in range(70):
            batch.put_item(Item={"pk": pk, "sk": sk % 40, "v": sk})
        for sk in range(0, 10):
            batch.delete_item(Key={"pk": pk, "sk": sk})
    found = table.query(KeyConditionExpression=Key("pk").eq(pk))["Items"]
    assert [(item["sk"], item["v"]) for item in found] == [
        (sk, sk + 40 if sk < 30 else sk) for sk in range(10, 40)]


def test_batch_get_of_many_goes_on_with_what_was_left(dynamodb, table):
    pk = unique("get")
    with table.batch_writer() as batch:
        for sk in range(60):
            batch.put_item(Item={"pk": pk, "sk": sk, "fill": "x" * 300_000})
    left = {table.name: {"Keys": [{"pk": pk, "sk": sk} for sk in range(60)]}}
    seen, rounds = set(), 0
    while left:
        got = dynamodb.batch_get_item(RequestItems=left)
        seen |= {int(item["sk"]) for item in got["Responses"].get(table.name, [])}
        left, rounds = got["UnprocessedKeys"], rounds + 1
    assert seen == set(range(60))
    assert rounds == 2  # 16 MB is the most that one answer holds


@pytest.mark.parametrize("condition, wanted", [
    (Key("sk").eq(3), [3]), (Key("sk").lt(2), [0, 1]), (Key("sk").lte(1), [0, 1]),
    (Key("sk").gt(7), [8, 9]), (Key("sk").gte(8), [8, 9]), (Key("sk").between(2, 4), [2, 3, 4]),
])
def test_key_conditions(table, condition, wanted):
    with table.batch_writer() as batch:
        for sk in range(10):
            batch.put_item(Item={"pk": "keys", "sk": sk})
    found = table.query(KeyConditionExpression=Key("pk").eq("keys") & condition)
    assert [item["sk"] for item in found["Items"]] == wanted
    found = table.query(KeyConditionExpression=condition & Key("pk").eq("keys"), Select="COUNT")
    assert found["Count"] == len(wanted) and "Items" not in found


@pytest.fixture(scope="module")
def filtered(dynamodb):
    table = make(dynamodb)  # its own: a scan's one page need not reach an item among megabytes of others
    items = [
        {"sk": 0, "n": 5, "s": "apple", "tags": {"red", "round"}, "m": {"deep": [1, {"x": "y"}]}},
        {"sk": 1, "n": Decimal("-0.5"), "s": "pear", "l": ["a", 2], "none": None},
        {"sk": 2, "s": "", "yes": True, "b": Binary(b"\x00\x01\x02"), "nums": {1, 2}},
    ]
    for item in items:
        table.put_item(Item={"pk": "filter"} | item)
    return table


@pytest.mark.parametrize("condition, wanted", [
    (Attr("n").eq(5), [0]), (Attr("n").ne(5), [1, 2]), (Attr("n").lt(0), [1]),
    (Attr("n").between(-1, 6), [0, 1]), (Attr("s").begins_with("p"), [1]),
    (Attr("s").eq(""), [2]), (Attr("s").is_in(["", "pear"]), [1, 2]),
    (Attr("s").contains("pp"), [0]), (Attr("tags").contains("red"), [0]),
    (Attr("l").contains(2), [1]), (Attr("nums").contains(2), [2]),
    (Attr("m.deep[1].x").eq("y"), [0]), (Attr("m.deep[7]").not_exists(), [0, 1, 2]),
    (Attr("l[0]").eq("a"), [1]), (Attr("m").exists(), [0]), (Attr("none").eq(None), [1]),
    (Attr("none").attribute_type("NULL"), [1]), (Attr("b").attribute_type("B"), [2]),
    (Attr("s").size().gte(4), [0, 1]), (Attr("tags").size().eq(2), [0]),
    (Attr("b").size().lt(4), [2]), (Attr("yes").eq(True), [2]),
    (Attr("b").begins_with(Binary(b"\x00\x01")), [2]),
    (Attr("tags").eq({"round", "red"}), [0]), (Attr("m").eq({"deep": [1, {"x": "y"}]}), [0]),
    ((Attr("n").exists() & ~Attr("s").eq("pear")) | Attr("yes").exists(), [0, 2]),
])
def test_conditions_as_filters(filtered, condition, wanted):
    found = filtered.query(KeyConditionExpression=Key("pk").eq("filter"), FilterExpression=condition)
    assert [item["sk"] for item in found["Items"]] == wanted
    assert found["ScannedCount"] == 3
    found = filtered.scan(FilterExpression=condition & Attr("pk").eq("filter"))
    assert sorted(item["sk"] for item in found["Items"]) == wanted


def test_pages_of_items_go_on_from_a_token(fresh, table):
    pk = unique("pages")
    with table.batch_writer() as batch:
        for sk in range(25):
            batch.put_item(Item={"pk": pk, "sk": sk})
    query = {"TableName": table.name, "KeyConditionExpression": "pk = :pk",
             "ExpressionAttributeValues": {":pk": {"S": pk}}}
    # Of numbers as decimals boto3 cannot make a token.
    paginator = fresh.admin.client("dynamodb").get_paginator("query")
    seen, token = [], None
    while True:
        pages = paginator.paginate(**query, PaginationConfig={
            "PageSize": 4, "MaxItems": 10, "StartingToken": token})
        result = pages.build_full_result()
        seen += [int(item["sk"]["N"]) for item in result["Items"]]
        token = result.get("NextToken")
        if not token:
            break
    assert seen == list(range(25))
    counted = table.meta.client.get_paginator("scan").paginate(
        TableName=table.name, FilterExpression=Attr("pk").eq(pk), Select="COUNT",
        PaginationConfig={"PageSize": 20})
    assert counted.build_full_result()["Count"] == 25


def test_return_values(table):
    key = {"pk": unique("return"), "sk": 1}
    update = lambda mode, **values: table.update_item(
        Key=key, ReturnValues=mode, UpdateExpression="SET #a.#b = :v" if values else "SET #a = :v",
        ExpressionAttributeNames={"#a": "a"} | ({"#b": "b"} if values else {}),
        ExpressionAttributeValues={":v": values.get("v", {"b": 0, "c": 0})}).get("Attributes")
    assert update("ALL_OLD") is None
    assert update("UPDATED_NEW", v=1) == {"a": {"b": 1}}
    assert update("UPDATED_OLD", v=2) == {"a": {"b": 1}}
    assert update("ALL_OLD", v=3) == key | {"a": {"b": 2, "c": 0}}
    assert update("ALL_NEW", v=4) == key | {"a": {"b": 4, "c": 0}}
    with pytest.raises(table.meta.client.exceptions.ConditionalCheckFailedException):
        table.delete_item(Key=key, ConditionExpression=Attr("a.b").gt(4))
    gone = table.delete_item(Key=key, ReturnValues="ALL_OLD", ConditionExpression=Attr("a.b").eq(4))
    assert gone["Attributes"]["a"]["b"] == 4
