"""Reminders: POST /reminders notes a visitor for the next premiere, and tells the topic."""

import json
import os

import boto3

items = boto3.resource("dynamodb").Table(os.environ["TABLE"])
sns = boto3.client("sns")


def respond(status, body):
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(body),
    }


def handler(event, context):
    try:
        visitor = str(json.loads(event["body"] or "")["visitor"])
    except (ValueError, KeyError, TypeError):
        return respond(400, {"message": "send {\"visitor\": ...}"})
    premiere = items.get_item(Key={"id": "next"})["Item"]["title"]
    # The title is for the mailing house only, which writes to the visitor on the day.
    notice = {"visitor": visitor, "premiere": premiere}
    sns.publish(TopicArn=os.environ["TOPIC"], Message=json.dumps(notice))
    return respond(201, {"visitor": visitor})
