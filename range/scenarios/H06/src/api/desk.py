"""The press desk of our partner, which wants a token with each announcement."""

import json
import os

import boto3

functions = boto3.client("lambda")


def announce(title):
    call = {"token": os.environ["PARTNER_TOKEN"], "title": title}
    print("to the desk:", json.dumps(call))
    answer = functions.invoke(FunctionName=os.environ["DESK"], Payload=json.dumps(call))
    told = json.load(answer["Payload"])
    if "receipt" not in told:
        raise RuntimeError(f"the desk says {told}")
    return told
