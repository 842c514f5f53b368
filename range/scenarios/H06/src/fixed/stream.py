"""The titles of the stream, and how the API answers."""

import json
import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def respond(status, body):
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(body),
    }


def titles(limit):
    out = [item["title"] for item in table.scan()["Items"] if item["state"] == "out"]
    return {"titles": sorted(out)[:limit]}
