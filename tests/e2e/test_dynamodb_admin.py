"""How tables are governed and watched, with boto3: resource policies, settings, contributor insights."""

import json
from datetime import datetime, timedelta, timezone

import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT, unique


@pytest.fixture(scope="module")
def dynamodb(fresh):
    return fresh.admin.client("dynamodb")


@pytest.fixture
def table(dynamodb):
    name = unique("table")
    dynamodb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])
    yield name
    dynamodb.delete_table(TableName=name)


def code(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


def test_a_resource_policy_is_put_read_and_deleted(dynamodb, table):
    arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
    assert code(dynamodb.get_resource_policy, ResourceArn=arn) == "PolicyNotFoundException"
    statement = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": ["dynamodb:GetItem"], "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    put = dynamodb.put_resource_policy(ResourceArn=arn, Policy=json.dumps(policy), ExpectedRevisionId="NO_POLICY")
    kept = dynamodb.get_resource_policy(ResourceArn=arn)
    assert kept["RevisionId"] == put["RevisionId"]
    shown = json.loads(kept["Policy"])["Statement"][0]
    assert shown["Action"] == "dynamodb:GetItem"
    assert shown["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    lockout = policy | {"Statement": [statement | {
        "Effect": "Deny", "Principal": "*", "Action": "dynamodb:PutResourcePolicy"}]}
    refusal = code(dynamodb.put_resource_policy, ResourceArn=arn, Policy=json.dumps(lockout))
    assert refusal == "AccessDeniedException"
    dynamodb.delete_resource_policy(ResourceArn=arn, ExpectedRevisionId=put["RevisionId"])
    assert code(dynamodb.get_resource_policy, ResourceArn=arn) == "PolicyNotFoundException"


def test_settings_are_described(dynamodb, table):
    dynamodb.update_table(TableName=table, OnDemandThroughput={"MaxReadRequestUnits": 50})
    dynamodb.update_table(TableName=table, WarmThroughput={"ReadUnitsPerSecond": 13000})
    dynamodb.update_table(TableName=table, TableClass="STANDARD_INFREQUENT_ACCESS")
    there = dynamodb.describe_table(TableName=table)["Table"]
    assert there["OnDemandThroughput"] == {"MaxReadRequestUnits": 50}
    assert there["WarmThroughput"] == {
        "ReadUnitsPerSecond": 13000, "WriteUnitsPerSecond": 4000, "Status": "ACTIVE"}
    assert there["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    destinations = dynamodb.describe_kinesis_streaming_destination(TableName=table)
    assert destinations["KinesisDataStreamDestinations"] == []
    assert dynamodb.list_exports()["ExportSummaries"] == []
    assert dynamodb.list_imports()["ImportSummaryList"] == []


def test_reports_tell_the_keys_used_most(dynamodb, fresh, table):
    dynamodb.update_contributor_insights(TableName=table, ContributorInsightsAction="ENABLE")
    insights = dynamodb.describe_contributor_insights(TableName=table)
    assert insights["ContributorInsightsStatus"] == "ENABLED"
    used = next(rule for rule in insights["ContributorInsightsRuleList"] if "-PKC-" in rule)
    for _ in range(3):
        dynamodb.put_item(TableName=table, Item={"pk": {"S": "hot"}})
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "cold"}})
    cloudwatch = fresh.admin.client("cloudwatch")
    rules = cloudwatch.describe_insight_rules()["InsightRules"]
    assert used in [rule["Name"] for rule in rules]
    now = datetime.now(timezone.utc)
    report = cloudwatch.get_insight_rule_report(
        RuleName=used, StartTime=now - timedelta(hours=1), EndTime=now + timedelta(hours=1), Period=60,
        Metrics=["UniqueContributors", "Sum"])
    assert report["KeyLabels"] == ["pk"]
    assert [contributor["Keys"] for contributor in report["Contributors"]] == [["hot"], ["cold"]]
    assert report["AggregateValue"] == 4
    listed = dynamodb.list_contributor_insights(TableName=table)["ContributorInsightsSummaries"]
    assert [one["ContributorInsightsStatus"] for one in listed] == ["ENABLED"]
