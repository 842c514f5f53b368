"""What a thief has a function do that wears the right role."""

import boto3

vault = boto3.resource("dynamodb").Table("Vault")


def handler(event, context):
    return vault.scan()["Items"]
