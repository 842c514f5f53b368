"""The vault: `/backup` is for the mirrors, all of it is encrypted; `/open` is for the staff."""

import base64
import json
import os

import boto3
from botocore.exceptions import ClientError

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
kms = boto3.client("kms")


def handler(event, context):
    if event["resource"] == "/backup":
        lines = [f"{item['id']} app={item['id']} {item['blob']}" for item in table.scan()["Items"]]
        return respond(200, "\n".join(lines) + "\n")
    paper = (event["queryStringParameters"] or {}).get("id", "vault")
    item = table.get_item(Key={"id": paper}).get("Item")
    if item is None:
        return respond(404, json.dumps({"message": f"there is no {paper}"}))
    try:
        opened = kms.decrypt(
            CiphertextBlob=base64.b64decode(item["blob"]), EncryptionContext={"app": paper}
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDeniedException":
            raise
        return respond(403, json.dumps({"message": f"the key does not open {paper} for us"}))
    return respond(200, json.dumps({"id": paper, "text": opened["Plaintext"].decode()}))


def respond(status, body):
    return {"statusCode": status, "headers": {"Content-Type": "text/plain"}, "body": body}
