"""DynamoDB through boto3's table layer: items, conditions, pages, batches, transactions, indexes."""

from decimal import Decimal

import pytest
from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.types import Binary
from conftest import ACCOUNT, REGION, needs, refused, unique


@pytest.fixture(scope="module")
def tables(cloud):
    return cloud.admin.resource("dynamodb")


def make(tables, *, sort=None, number=False, **more):
    """A fresh table with the hash key `pk` and, if told, a sort key."""
    keys = [{"AttributeName": "pk", "KeyType": "HASH"}]
    attributes = [{"AttributeName": "pk", "AttributeType": "S"}]
    if sort:
        keys.append({"AttributeName": sort, "KeyType": "RANGE"})
        attributes.append({"AttributeName": sort, "AttributeType": "N" if number else "S"})
    attributes += more.pop("attributes", [])
    table = tables.create_table(
        TableName=unique("table"), KeySchema=keys, AttributeDefinitions=attributes,
        BillingMode="PAY_PER_REQUEST", **more)
    table.meta.client.get_waiter("table_exists").wait(
        TableName=table.name, WaiterConfig={"Delay": 1})
    return table


@pytest.fixture(scope="module")
def table(tables):
    return make(tables)


@pytest.fixture(scope="module")
def sorted_table(tables):
    return make(tables, sort="sk", number=True)


def test_every_type_comes_back(table):
    item = {
        "pk": unique("types"), "s": "text", "n": Decimal("-12.50"), "b": Binary(b"\0\xff"),
        "yes": True, "no": False, "nothing": None, "list": [Decimal(1), "two", [None]],
        "map": {"deep": {"er": Decimal("1E+20")}}, "empty": "", "ss": {"a", "b"},
        "ns": {Decimal(1), Decimal("2.5")}, "bs": {Binary(b"x")},
        "large": Decimal("99999999999999999999999999999999999999"),
        "small": Decimal("1E-130"),
    }
    table.put_item(Item=item)
    assert table.get_item(Key={"pk": item["pk"]}, ConsistentRead=True)["Item"] == item


def test_a_missing_item_is_no_error(table):
    assert "Item" not in table.get_item(Key={"pk": unique("missing")})


def test_put_gives_the_old_item_when_asked(table):
    key = unique("old")
    table.put_item(Item={"pk": key, "v": 1})
    old = table.put_item(Item={"pk": key, "v": 2}, ReturnValues="ALL_OLD")
    assert old["Attributes"] == {"pk": key, "v": 1}


def test_update_expressions(table):
    key = {"pk": unique("update")}

    def update(expression, values=None, names=None, **more):
        if values:
            more["ExpressionAttributeValues"] = values
        if names:
            more["ExpressionAttributeNames"] = names
        return table.update_item(
            Key=key, UpdateExpression=expression, ReturnValues="ALL_NEW", **more)["Attributes"]

    assert update("SET a = :a, l = :l, m = :m", {":a": 1, ":l": [1], ":m": {"x": 1}})["a"] == 1
    assert update("SET a = a + :one", {":one": 1})["a"] == 2
    assert update("SET a = if_not_exists(b, :none)", {":none": 9})["a"] == 9
    assert update("SET l = list_append(l, :more)", {":more": [2, 3]})["l"] == [1, 2, 3]
    assert update("SET #m.#y = :v REMOVE l[0]", {":v": 5}, {"#m": "m", "#y": "y"})["m"] == {"x": 1, "y": 5}
    got = update("ADD n :three, tags :tags", {":three": 3, ":tags": {"t"}})
    assert (got["n"], got["tags"]) == (3, {"t"})
    assert "tags" not in update("DELETE tags :tags", {":tags": {"t"}})
    assert update("REMOVE a, m.x")["m"] == {"y": 5}


def test_conditions(table):
    item = {"pk": unique("condition"), "v": 1, "name": "Ada"}
    table.put_item(Item=item, ConditionExpression=Attr("pk").not_exists())
    with refused("ConditionalCheckFailedException", 400, "The conditional request failed") as no:
        table.put_item(Item=item, ConditionExpression=Attr("pk").not_exists(),
                       ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert no.error.response["Item"]["name"] == {"S": "Ada"}
    held = [
        Attr("v").eq(1), Attr("v").ne(2), Attr("v").between(0, 1), Attr("v").is_in([1, 5]),
        Attr("name").begins_with("A"), Attr("name").contains("d"), Attr("name").attribute_type("S"),
        Attr("name").size().eq(3), Attr("v").lt(2) & Attr("v").gte(1), ~Attr("gone").exists(),
        Attr("v").eq(7) | Attr("name").eq("Ada"),
    ]
    for condition in held:
        table.put_item(Item=item, ConditionExpression=condition)
        with refused("ConditionalCheckFailedException"):
            table.put_item(Item=item, ConditionExpression=~condition)


def test_query_in_order_with_limits_and_pages(sorted_table):
    pk = unique("query")
    with sorted_table.batch_writer() as batch:
        for n in range(30):
            batch.put_item(Item={"pk": pk, "sk": n - 10, "even": n % 2 == 0})
    found = sorted_table.query(KeyConditionExpression=Key("pk").eq(pk))
    assert [item["sk"] for item in found["Items"]] == list(range(-10, 20))
    found = sorted_table.query(
        KeyConditionExpression=Key("pk").eq(pk) & Key("sk").between(-1, 3), ScanIndexForward=False)
    assert [item["sk"] for item in found["Items"]] == [3, 2, 1, 0, -1]
    found = sorted_table.query(KeyConditionExpression=Key("pk").eq(pk),
                               FilterExpression=Attr("even").eq(True), Limit=10)
    assert (found["Count"], found["ScannedCount"]) == (5, 10)
    assert found["LastEvaluatedKey"] == {"pk": pk, "sk": -1}
    client, seen = sorted_table.meta.client, []
    for page in client.get_paginator("query").paginate(
            TableName=sorted_table.name, KeyConditionExpression=Key("pk").eq(pk),
            ProjectionExpression="sk", PaginationConfig={"PageSize": 7}):
        assert len(page["Items"]) <= 7
        seen += [item["sk"] for item in page["Items"]]
    assert seen == list(range(-10, 20))


def test_scan_in_segments_and_pages_sees_all_once(tables):
    table = make(tables)
    with table.batch_writer() as batch:
        for n in range(60):
            batch.put_item(Item={"pk": f"item-{n}"})
    seen = []
    for segment in range(4):
        for page in table.meta.client.get_paginator("scan").paginate(
                TableName=table.name, Segment=segment, TotalSegments=4,
                PaginationConfig={"PageSize": 4}):
            seen += [item["pk"] for item in page["Items"]]
    assert sorted(seen) == sorted(f"item-{n}" for n in range(60))


def test_a_page_ends_at_one_megabyte(tables):
    table = make(tables)
    for n in range(5):
        table.put_item(Item={"pk": str(n), "fill": "x" * 300_000})
    page = table.scan()
    assert page["Count"] == 4 and "LastEvaluatedKey" in page
    rest = table.scan(ExclusiveStartKey=page["LastEvaluatedKey"])
    assert rest["Count"] == 1 and "LastEvaluatedKey" not in rest


@needs("dynamodb", "CreateTable", "GlobalSecondaryIndexes")
def test_indexes(tables):
    table = make(
        tables, attributes=[{"AttributeName": "kind", "AttributeType": "S"},
                            {"AttributeName": "at", "AttributeType": "N"}],
        GlobalSecondaryIndexes=[{
            "IndexName": "by-kind", "Projection": {"ProjectionType": "KEYS_ONLY"},
            "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"},
                          {"AttributeName": "at", "KeyType": "RANGE"}]}])
    for n in range(6):
        table.put_item(Item={"pk": str(n), "kind": "ab"[n % 2], "at": n, "more": "x"})
    table.put_item(Item={"pk": "sparse", "kind": "a"})
    query = {"IndexName": "by-kind", "KeyConditionExpression": Key("kind").eq("a")}
    found = table.query(**query)["Items"]
    assert found == [{"pk": str(n), "kind": "a", "at": n} for n in (0, 2, 4)]
    table.update_item(Key={"pk": "2"}, UpdateExpression="SET kind = :b",
                      ExpressionAttributeValues={":b": "b"})
    table.delete_item(Key={"pk": "4"})
    assert [item["pk"] for item in table.query(**query)["Items"]] == ["0"]
    with refused("ValidationException", 400, "index"):
        table.query(IndexName="none", KeyConditionExpression=Key("kind").eq("a"))
    with refused("ValidationException", 400, "[Cc]onsistent"):
        table.query(ConsistentRead=True, **query)


def test_batches(tables, table):
    client, keys = table.meta.client, [unique("batch") for _ in range(3)]
    with table.batch_writer() as batch:
        for key in keys:
            batch.put_item(Item={"pk": key})
    got = tables.batch_get_item(RequestItems={table.name: {"Keys": [{"pk": k} for k in keys]}})
    assert sorted(item["pk"] for item in got["Responses"][table.name]) == sorted(keys)
    assert got["UnprocessedKeys"] == {}
    with refused("ValidationException", 400, "duplicates"):
        client.batch_write_item(RequestItems={table.name: [
            {"PutRequest": {"Item": {"pk": "same"}}}, {"PutRequest": {"Item": {"pk": "same"}}}]})
    with refused("ValidationException", 400):
        client.batch_write_item(RequestItems={table.name: [
            {"PutRequest": {"Item": {"pk": str(n)}}} for n in range(26)]})


@needs("dynamodb", "TransactWriteItems")
def test_transactions_are_all_or_nothing(table):
    client, one, other = table.meta.client, unique("tx"), unique("tx")
    put = lambda key, **more: {"Put": {"TableName": table.name, "Item": {"pk": key}, **more}}
    client.transact_write_items(TransactItems=[put(one)])
    with refused("TransactionCanceledException", 400, r"\[None, ConditionalCheckFailed\]") as no:
        client.transact_write_items(TransactItems=[
            put(other), put(one, ConditionExpression="attribute_not_exists(pk)")])
    codes = [reason["Code"] for reason in no.error.response["CancellationReasons"]]
    assert codes == ["None", "ConditionalCheckFailed"]
    got = client.transact_get_items(TransactItems=[
        {"Get": {"TableName": table.name, "Key": {"pk": key}}} for key in (one, other)])
    assert got["Responses"][0]["Item"]["pk"] == one and "Item" not in got["Responses"][1]
    with refused("ValidationException", 400, "multiple operations on one item"):
        client.transact_write_items(TransactItems=[put(one), put(one)])


@needs("dynamodb", "TransactWriteItems")
def test_a_request_token_makes_a_transaction_idempotent(table):
    key, token = {"pk": unique("token")}, unique("token")
    add = {"Update": {"TableName": table.name, "Key": key, "UpdateExpression": "ADD n :one",
                      "ExpressionAttributeValues": {":one": 1}}}
    for _ in range(3):
        table.meta.client.transact_write_items(TransactItems=[add], ClientRequestToken=token)
    assert table.get_item(Key=key)["Item"]["n"] == 1
    add["Update"]["ExpressionAttributeValues"] = {":one": 2}
    with refused("IdempotentParameterMismatchException", 400):
        table.meta.client.transact_write_items(TransactItems=[add], ClientRequestToken=token)


def test_counting_up_at_once_loses_nothing(cloud, table):
    from concurrent.futures import ThreadPoolExecutor
    key = {"pk": {"S": unique("count")}}

    def add(_):
        cloud.admin.client("dynamodb").update_item(
            TableName=table.name, Key=key, UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(80)))
    got = cloud.admin.client("dynamodb").get_item(TableName=table.name, Key=key)
    assert got["Item"]["n"] == {"N": "80"}


@pytest.mark.parametrize("call, text", [
    (lambda t: t.put_item(Item={"no": "key"}), "Missing the key pk in the item"),
    (lambda t: t.put_item(Item={"pk": ""}), "empty string value"),
    (lambda t: t.put_item(Item={"pk": 1}), "Type mismatch for key pk"),
    (lambda t: t.get_item(Key={"pk": "a", "more": "b"}), "does not match the schema"),
    (lambda t: t.put_item(Item={"pk": "x", "fill": "x" * 409_600}), "Item size has exceeded"),
    (lambda t: t.query(KeyConditionExpression="nope = :x", ExpressionAttributeValues={":x": 1}),
     "Query condition missed key schema element: pk"),
    (lambda t: t.scan(FilterExpression="a ==== b"), "Invalid FilterExpression: Syntax error"),
    (lambda t: t.scan(FilterExpression="#a = :b", ExpressionAttributeValues={":b": 1}),
     "attribute name used in the document path is not defined; attribute name: #a"),
    (lambda t: t.scan(FilterExpression="a = :b"), "not defined; attribute value: :b"),
    (lambda t: t.scan(FilterExpression="a = :b", ExpressionAttributeValues={":b": 1, ":c": 1}),
     "unused in expressions: keys: {:c}"),
    (lambda t: t.update_item(Key={"pk": "x"}, UpdateExpression="SET pk = :v",
                             ExpressionAttributeValues={":v": "y"}), "This attribute is part of the key"),
    (lambda t: t.update_item(Key={"pk": "x"}, UpdateExpression="SET a = :v, a = :v",
                             ExpressionAttributeValues={":v": "y"}), "Two document paths overlap"),
    (lambda t: t.update_item(Key={"pk": unique("x")}, UpdateExpression="SET size = :v",
                             ExpressionAttributeValues={":v": 1}), "reserved keyword"),
])
def test_mistakes_are_named(table, call, text):
    with refused("ValidationException", 400, text):
        call(table)


def test_unknown_tables(cloud):
    with refused("ResourceNotFoundException", 400, "Requested resource not found"):
        cloud.admin.client("dynamodb").get_item(TableName="nothing-here", Key={"pk": {"S": "x"}})
    with refused("ResourceNotFoundException", 400, "Requested resource not found: Table: nothing-here not found"):
        cloud.admin.client("dynamodb").describe_table(TableName="nothing-here")


def test_permissions_on_leading_keys_and_attributes(cloud, table):
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table.name}"
    user = cloud.user({
        "Effect": "Allow", "Action": "dynamodb:*Item", "Resource": arn,
        "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["mine"]}}})
    mine = user.resource("dynamodb").Table(table.name)
    mine.put_item(Item={"pk": "mine", "v": 1})
    assert mine.get_item(Key={"pk": "mine"})["Item"]["v"] == 1
    with refused("AccessDeniedException", 400, f"dynamodb:GetItem on resource: {arn} because"):
        mine.get_item(Key={"pk": "theirs"})
    with refused("AccessDeniedException", 400, "dynamodb:Scan"):
        mine.scan()


def test_deleting_a_table(tables):
    table = make(tables)
    table.put_item(Item={"pk": "x"})
    table.delete()
    table.meta.client.get_waiter("table_not_exists").wait(
        TableName=table.name, WaiterConfig={"Delay": 1})
    with refused("ResourceNotFoundException", 400):
        table.scan()


def test_consumed_capacity(table):
    taken = table.put_item(Item={"pk": "capacity", "fill": "x" * 1500},
                           ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"]
    assert taken == {"TableName": table.name, "CapacityUnits": 2.0}
    taken = table.get_item(Key={"pk": "capacity"}, ReturnConsumedCapacity="TOTAL")
    assert taken["ConsumedCapacity"]["CapacityUnits"] == 0.5
