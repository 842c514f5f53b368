"""The stream: POST stores a title and announces it, GET lists all titles."""

import json
import os
import uuid

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
sns = boto3.client("sns")


def respond(status, body):
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(body),
    }


def handler(event, context):
    if (event["queryStringParameters"] or {}).get("table"):
        return respond(400, {"message": "titles are in one place only"})
    if event["httpMethod"] == "GET":
        return respond(200, table.scan()["Items"])
    try:
        title = json.loads(event["body"] or "")["title"]
    except (ValueError, KeyError, TypeError):
        return respond(400, {"message": "send {\"title\": ...}"})
    item = {"id": str(uuid.uuid4()), "title": str(title)}
    table.put_item(Item=item)
    sns.publish(TopicArn=os.environ["TOPIC"], Message=f"Added: {item['title']}")
    return respond(201, item)
