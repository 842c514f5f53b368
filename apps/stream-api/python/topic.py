"""Changes, announced on an SNS topic."""

import json


class Topic:
    def __init__(self, sns, arn):
        self.sns, self.arn = sns, arn

    def announce(self, change, item):
        """Says that an item was created, updated or deleted; subscribers can filter by that."""
        self.sns.publish(
            TopicArn=self.arn,
            Message=json.dumps({"change": change, "item": item}),
            MessageAttributes={"change": {"DataType": "String", "StringValue": change}},
        )
