"""The press desk of our partner, which wants a token with each announcement."""

import base64
import json
import os

import boto3

functions = boto3.client("lambda")


def announce(title):
    call = {"token": base64.b64decode(os.environ["SETTINGS"]).decode(), "title": title}
    answer = functions.invoke(FunctionName=os.environ["DESK"], Payload=json.dumps(call))
    told = json.load(answer["Payload"])
    if "receipt" not in told:
        raise RuntimeError(f"the desk says {told}")
    return told
