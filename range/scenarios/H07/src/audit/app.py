"""Each night: are all codes still in the vault?"""

import boto3

vault = boto3.resource("dynamodb").Table("Vault")


def handler(event, context):
    return {"codes": vault.scan(Select="COUNT")["Count"]}
