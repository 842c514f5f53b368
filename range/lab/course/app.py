"""StreamAPI: keeps items in a table and announces each new one on a topic."""

import json
import os
import uuid

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
sns = boto3.client("sns")


def answer(status, body):
    headers = {"Content-Type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}


def all_items():
    return answer(200, table.scan()["Items"])


def add(title):
    item = {"id": str(uuid.uuid4()), "title": title}
    table.put_item(Item=item)
    sns.publish(TopicArn=os.environ["TOPIC"], Message=f"Added: {title}")
    return answer(201, item)


def one(key):
    item = table.get_item(Key=key).get("Item")
    return answer(200, item) if item else answer(404, {"error": "NotFound"})


def rename(key, title):
    changed = table.update_item(
        Key=key,
        UpdateExpression="SET title = :title",
        ConditionExpression="attribute_exists(id)",
        ExpressionAttributeValues={":title": title},
        ReturnValues="ALL_NEW",
    )
    return answer(200, changed["Attributes"])


def remove(key):
    table.delete_item(Key=key)
    return answer(200, key)


def handle(event):
    method = event["httpMethod"]
    key = event.get("pathParameters")
    title = json.loads(event.get("body") or "{}").get("title")
    if method in ("POST", "PUT") and not isinstance(title, str):
        return answer(400, {"error": "TitleMissing"})
    if key:
        return {"GET": one, "DELETE": remove}[method](key) if method != "PUT" else rename(key, title)
    return add(title) if method == "POST" else all_items()


def lambda_handler(event, context):
    try:
        return handle(event)
    except Exception as error:
        # The caller learns the kind of error; the details are for the log alone.
        print("ERROR", error)
        code = getattr(error, "response", {}).get("Error", {}).get("Code")
        return answer(500, {"error": code or type(error).__name__})
