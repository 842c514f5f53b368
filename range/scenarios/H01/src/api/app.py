"""The stream: POST stores a title, GET lists all titles."""

import json
import os
import uuid

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def respond(status, body):
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(body),
    }


def handler(event, context):
    if event["httpMethod"] == "GET":
        return respond(200, table.scan()["Items"])
    try:
        title = json.loads(event["body"] or "")["title"]
    except (ValueError, KeyError, TypeError):
        return respond(400, {"message": "send {\"title\": ...}"})
    item = {"id": str(uuid.uuid4()), "title": str(title)}
    table.put_item(Item=item)
    return respond(201, item)
