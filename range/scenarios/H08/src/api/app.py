"""The titles: customers list and add them, the staff sees the secret ones as well.

Who may call which path is the API's business. What gets here has been let in.
"""

import json
import os
import uuid

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, context):
    if event["resource"] == "/staff":
        return respond(200, table.scan()["Items"])
    if event["httpMethod"] == "GET":
        return respond(200, [item for item in table.scan()["Items"] if "secret" not in item])
    try:
        title = json.loads(event["body"] or "")["title"]
    except (ValueError, KeyError, TypeError):
        return respond(400, {"message": "send {\"title\": ...}"})
    item = {"id": str(uuid.uuid4()), "title": str(title)}
    table.put_item(Item=item)
    return respond(201, item)


def respond(status, body):
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(body),
    }
