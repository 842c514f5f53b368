"""Numbers and keys as Python's own arithmetic and order have them, of random values. `HEIST_SEED`
repeats a failure."""

import os
import random
from decimal import Context, Decimal

import pytest
from botocore.exceptions import ClientError
from conftest import unique

WIDE = Context(prec=400)
LARGEST, SMALLEST = Decimal("1E126"), Decimal("1E-130")


@pytest.fixture
def chance():
    seed = int(os.environ.get("HEIST_SEED", random.randrange(2**32)))
    print(f"HEIST_SEED={seed}")
    return random.Random(seed)


def table(client, kind):
    name = unique("order")
    client.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"},
                              {"AttributeName": "sk", "AttributeType": kind}])
    return name


def number(chance):
    """Of any length and size, small differences and round ones among them."""
    digits = "".join(chance.choice("0123456789" if chance.random() < 0.7 else "09")
                     for _ in range(chance.choice((1, 2, 3, 19, 20, 37, 38))))
    most = 125 - len(digits)
    exponent = chance.choice((0, -1, -len(digits), chance.randint(-10, 10), chance.randint(-130, most)))
    value = Decimal(f"{chance.choice('+-')}{digits}E{exponent}")
    return value if not value or SMALLEST <= abs(value) < LARGEST else Decimal(0)


def fits(value):
    digits = WIDE.normalize(value).as_tuple().digits
    return not value or len(digits) <= 38 and SMALLEST <= abs(value) < LARGEST


def test_sums_and_differences_are_exact(fresh, chance):
    client = fresh.admin.client("dynamodb")
    name, refused = table(client, "S"), 0
    key = {"pk": {"S": "sums"}, "sk": {"S": "1"}}
    for _ in range(250):
        a, b, sign = number(chance), number(chance), chance.choice("+-")
        wanted = (WIDE.add if sign == "+" else WIDE.subtract)(a, b)
        client.put_item(TableName=name, Item=key | {"a": {"N": str(a)}})
        try:
            got = client.update_item(
                TableName=name, Key=key, UpdateExpression=f"SET a = a {sign} :b",
                ExpressionAttributeValues={":b": {"N": str(b)}}, ReturnValues="UPDATED_NEW")
            assert Decimal(got["Attributes"]["a"]["N"]) == wanted, (a, sign, b)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "ValidationException", (a, sign, b)
            assert not fits(wanted), (a, sign, b, error)
            refused += 1
    assert refused < 250


def text(chance):
    letters = "aAzZ09 ~\x01\x7f\u0080\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff"
    return "".join(chance.choices(letters, k=chance.randint(1, 4)))


def data(chance):
    return bytes(chance.choices((0, 1, 2, 127, 128, 254, 255), k=chance.randint(1, 4)))


@pytest.mark.parametrize("kind, random_key, place", [
    ("N", number, lambda sk: sk), ("S", text, str.encode), ("B", data, bytes)])
def test_keys_are_in_order(fresh, chance, kind, random_key, place):
    client = fresh.admin.client("dynamodb")
    name = table(client, kind)
    value = lambda sk: {kind: str(sk) if kind == "N" else sk}
    back = lambda item: Decimal(item["sk"]["N"]) if kind == "N" else item["sk"][kind]
    keys = sorted({random_key(chance) for _ in range(200)}, key=place)
    for start in range(0, len(keys), 25):
        client.batch_write_item(RequestItems={name: [
            {"PutRequest": {"Item": {"pk": {"S": "x"}, "sk": value(sk)}}} for sk in keys[start:start + 25]]})

    def query(condition="", *values, **more):
        named = {f":{n}": value(sk) for n, sk in enumerate(values)}
        found = client.query(
            TableName=name, KeyConditionExpression=f"pk = :x{condition}",
            ExpressionAttributeValues={":x": {"S": "x"}} | named, **more)
        return [back(item) for item in found["Items"]]

    assert query() == keys
    for _ in range(20):
        low, high = sorted(chance.choices(keys, k=2), key=place)
        inside = [sk for sk in keys if place(low) <= place(sk) <= place(high)]
        assert query(" AND sk BETWEEN :0 AND :1", low, high, ScanIndexForward=False) == inside[::-1]
        assert query(" AND sk > :0", high) == [sk for sk in keys if place(sk) > place(high)]
        after = keys.index(low) + 1
        start = {"pk": {"S": "x"}, "sk": value(low)}
        assert query(Limit=5, ExclusiveStartKey=start) == keys[after:after + 5]
        if kind != "N":
            begins = [sk for sk in keys if place(sk).startswith(place(low[:1]))]
            assert query(" AND begins_with(sk, :0)", low[:1]) == begins
