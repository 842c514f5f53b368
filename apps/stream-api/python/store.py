"""Items in a DynamoDB table with the key `id`."""

from contextlib import contextmanager
from decimal import Decimal

from botocore.exceptions import ClientError
from inputs import FIELDS
from problem import busy, conflict, missing

THROTTLED = (
    "ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException",
)
ATTRIBUTES = ("id", "version", "createdAt", "updatedAt", *FIELDS)


class Store:
    def __init__(self, table):
        self.table = table

    def create(self, item):
        """Puts a new item. Its id is random, so a condition would only refuse the SDK's retries."""
        with problems():
            self.table.put_item(Item=item)

    def get(self, id):
        """An item as of now: who has just written it finds what was written."""
        with problems():
            found = self.table.get_item(Key={"id": id}, ConsistentRead=True)
        if "Item" not in found:
            raise missing()
        return read(found["Item"])

    def list(self, limit, after):
        """A page in no particular order, and the id after which the next one starts."""
        start = {"ExclusiveStartKey": {"id": after}} if after else {}
        with problems():
            found = self.table.scan(Limit=limit, **start)
        return [read(item) for item in found["Items"]], found.get("LastEvaluatedKey", {}).get("id")

    def replace(self, id, version, draft, now):
        """Writes a draft over the version of an item that the client has seen, and no other."""
        fields = draft | {"version": version + 1, "updatedAt": now}
        gone = [name for name in FIELDS if name not in draft]
        update = "SET " + ", ".join(f"#{name} = :{name}" for name in fields)
        if gone:
            update += " REMOVE " + ", ".join(f"#{name}" for name in gone)
        values = {f":{name}": value for name, value in fields.items()}
        with problems():
            updated = self.table.update_item(
                Key={"id": id},
                UpdateExpression=update,
                ConditionExpression="#version = :seen",
                ExpressionAttributeNames={f"#{name}": name for name in [*fields, *gone]},
                ExpressionAttributeValues=values | {":seen": version},
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        return read(updated["Attributes"])

    def delete(self, id, version):
        """Deletes an item, only in `version` if there is one; gives it, or None if it is gone."""
        condition = {} if version is None else {
            "ConditionExpression": "attribute_not_exists(id) OR #version = :seen",
            "ExpressionAttributeNames": {"#version": "version"},
            "ExpressionAttributeValues": {":seen": version},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        with problems():
            found = self.table.delete_item(Key={"id": id}, ReturnValues="ALL_OLD", **condition)
        return read(found["Attributes"]) if "Attributes" in found else None


def read(found):
    """An item as clients see it: what is theirs to see, with numbers that JSON knows."""
    numbers = {name: int(value) for name, value in found.items() if isinstance(value, Decimal)}
    found = found | numbers
    return {name: found[name] for name in ATTRIBUTES if name in found}


@contextmanager
def problems():
    """Turns DynamoDB's errors that have a meaning for clients into theirs."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "ConditionalCheckFailedException":
            # The item that failed comes with the error, so that nobody needs to read again.
            raise (conflict() if error.response.get("Item") else missing()) from error
        if code in THROTTLED:
            raise busy() from error
        raise
