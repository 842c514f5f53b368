"""What Lambda starts: the API with its table and its topic, as the environment names them.

TABLE_NAME and TOPIC_ARN must be set. LOG_LEVEL is INFO, a line for each request, or ERROR, failures
only. Where it runs (region, credentials, endpoint) is the SDK's to find out.
"""

import os

import boto3
from api import Api
from botocore.config import Config
from store import Store
from topic import Topic

LOG_LEVELS = ("INFO", "ERROR")
# Far below the 29 seconds that API Gateway waits, so that a client hears of a failure from us.
SDK = Config(
    connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 3}
)


def setting(name):
    """An environment variable; without it the function does not start, and says so."""
    value = os.environ.get(name)
    if not value:
        raise RuntimeError(f"the environment variable {name} is not set")
    return value


def start():
    level = os.environ.get("LOG_LEVEL") or "INFO"
    if level not in LOG_LEVELS:
        raise RuntimeError(f"LOG_LEVEL is {level}; it must be one of {', '.join(LOG_LEVELS)}")
    table = boto3.resource("dynamodb", config=SDK).Table(setting("TABLE_NAME"))
    topic = Topic(boto3.client("sns", config=SDK), setting("TOPIC_ARN"))
    return Api(Store(table), topic, log_requests=level == "INFO")


# Once for each environment, outside of any request.
API = start()


def handler(event, context):
    return API.answer(event, context.aws_request_id)
