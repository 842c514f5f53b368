"""The stream: POST stores an item and announces it, GET lists all items."""

import json
import uuid

import boto3

VERSION = "{VERSION}"
REGION = "{REGION}"
TOPIC = "{TOPIC}"

table = boto3.resource("dynamodb", region_name=REGION).Table("StreamItems")
updates = boto3.client("sns", region_name=REGION)


def respond(status, body):
    headers = {"Content-Type": "application/json", "X-Stream-Version": VERSION}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}


def handler(event, context):
    method = event["httpMethod"]
    try:
        if method == "POST":
            item = {"id": str(uuid.uuid4()), "body": event["body"]}
            table.put_item(Item=item)
            updates.publish(TopicArn=TOPIC, Subject="News", Message=json.dumps(item))
            print("stored", item["id"])
            return respond(201, item)
        if method == "GET":
            return respond(200, table.scan()["Items"])
        return respond(405, {"message": "the stream knows GET and POST"})
    except Exception as error:
        print("failed:", error)
        return respond(500, {"message": "the stream is broken"})
