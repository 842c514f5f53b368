"""The partner's press desk: who comes with the token may announce, and sees the terms."""

import hmac
import json
import os
import secrets

import boto3

book = boto3.resource("dynamodb").Table(os.environ["BOOK"])


def read(name):
    return book.get_item(Key={"id": name}, ConsistentRead=True)["Item"]["value"]


def write(name, value):
    book.put_item(Item={"id": name, "value": value})


def knows_token(given):
    return hmac.compare_digest(str(given).encode(), read("token").encode())


def desk(event, context):
    if "requestContext" in event:
        return over_the_net(event["headers"].get("x-partner-token", ""))
    if not knows_token(event.get("token", "")):
        return {"message": "wrong token"}
    receipt = f"receipt-{secrets.token_hex(4)}"
    write(f"title {event['title']}", receipt)
    return {"receipt": receipt}


def over_the_net(token):
    if not knows_token(token):
        told = "wrong token" if token else "customers send their token in the header x-partner-token"
        return {"statusCode": 401, "body": json.dumps({"message": told})}
    return {"statusCode": 200, "body": json.dumps({"terms": read("terms")})}


def console(event, context):
    """What the partner does when its customer calls: a new token; the old one is void."""
    token = f"lobby-card-{secrets.token_hex(16)}"
    write("token", token)
    return {"token": token}
