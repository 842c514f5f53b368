"""The list of titles: customers come by the API, the cinemas' partner by the function's URL."""

import json
import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, context):
    if event.get("path") == "/stream" or event.get("rawPath") == "/stream":
        return respond(200, table.scan()["Items"])
    return respond(404, {"message": "there is only /stream"})


def respond(status, body):
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(body),
    }
