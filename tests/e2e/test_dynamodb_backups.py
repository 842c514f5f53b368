"""DynamoDB's backups and restores with boto3 and the AWS CLI, and through SIGKILL."""

import threading
import time
from datetime import datetime, timezone

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from conftest import CONFIG, Cloud, eventually, needs, refused, unique

pytestmark = needs("dynamodb", "RestoreTableToPointInTime")


@pytest.fixture
def instance(tmp_path):
    cloud = Cloud(tmp_path)
    yield cloud
    cloud.stop()


def make(client, recovery=False):
    """A fresh table with a global index, perhaps restorable."""
    name = unique("table")
    client.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"},
                              {"AttributeName": "n", "AttributeType": "N"}],
        GlobalSecondaryIndexes=[{
            "IndexName": "by-n", "Projection": {"ProjectionType": "ALL"},
            "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}]}])
    if recovery:
        client.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    return name


def put(client, table, key, n):
    client.put_item(TableName=table, Item={"pk": {"S": key}, "n": {"N": str(n)}})


def fill(client, table, count):
    for first in range(0, count, 25):
        items = [{"pk": {"S": f"fill-{n}"}, "n": {"N": str(n)}, "text": {"S": "x" * 300}}
                 for n in range(first, first + 25)]
        client.batch_write_item(RequestItems={
            table: [{"PutRequest": {"Item": item}} for item in items]})


def scan(client, table, **more):
    pages = client.get_paginator("scan").paginate(TableName=table, **more)
    return {item["pk"]["S"]: item for page in pages for item in page["Items"]}


def wait(client, table):
    """Until a table that is restored is there."""
    client.get_waiter("table_exists").wait(
        TableName=table, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    return client.describe_table(TableName=table)["Table"]


def available(client, arn):
    def done():
        found = client.describe_backup(BackupArn=arn)["BackupDescription"]
        return found if found["BackupDetails"]["BackupStatus"] == "AVAILABLE" else None
    return eventually(done, "the backup")


def test_a_table_comes_back_as_it_was(cloud):
    client = cloud.admin.client("dynamodb")
    table = make(client, recovery=True)
    put(client, table, "kept", 1)
    put(client, table, "lost", 1)
    time.sleep(1.1)  # the API knows seconds only
    moment = datetime.now(timezone.utc).replace(microsecond=0)
    time.sleep(1.1)
    client.delete_item(TableName=table, Key={"pk": {"S": "lost"}})
    put(client, table, "kept", 2)
    window = client.describe_continuous_backups(TableName=table)
    window = window["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert window["EarliestRestorableDateTime"] <= moment <= window["LatestRestorableDateTime"]
    then, now = unique("then"), unique("now")
    made = client.restore_table_to_point_in_time(
        SourceTableName=table, TargetTableName=then, RestoreDateTime=moment)["TableDescription"]
    assert made["TableStatus"] == "CREATING"
    assert made["RestoreSummary"]["RestoreInProgress"] is True
    assert made["RestoreSummary"]["RestoreDateTime"] == moment
    client.restore_table_to_point_in_time(
        SourceTableName=table, TargetTableName=now, UseLatestRestorableTime=True)
    wait(client, then)
    wait(client, now)
    assert {key: item["n"]["N"] for key, item in scan(client, then).items()} == {"kept": "1", "lost": "1"}
    assert {key: item["n"]["N"] for key, item in scan(client, now).items()} == {"kept": "2"}
    assert scan(client, then, IndexName="by-n") == scan(client, then)
    with refused("InvalidRestoreTimeException", 400, "must be within EarliestRestorableDateTime"):
        client.restore_table_to_point_in_time(
            SourceTableName=table, TargetTableName=unique("no"), RestoreDateTime=datetime(2020, 1, 1))


def test_backups_with_the_cli(cloud):
    aws, client = cloud.admin.aws, cloud.admin.client("dynamodb")
    table = make(client)
    fill(client, table, 50)
    made = aws("dynamodb", "create-backup", "--table-name", table, "--backup-name", "nightly")
    arn = made["BackupDetails"]["BackupArn"]
    available(client, arn)
    listed = aws("dynamodb", "list-backups", "--table-name", table)["BackupSummaries"]
    assert [one["BackupArn"] for one in listed] == [arn]
    client.delete_table(TableName=table)
    restored = unique("restored")
    aws("dynamodb", "restore-table-from-backup", "--backup-arn", arn, "--target-table-name", restored)
    aws("dynamodb", "wait", "table-exists", "--table-name", restored)
    eventually(lambda: len(scan(client, restored)) == 50, "the restored items")
    gone = aws("dynamodb", "delete-backup", "--backup-arn", arn)
    assert gone["BackupDescription"]["BackupDetails"]["BackupStatus"] == "DELETED"
    with refused("BackupNotFoundException", 400, "Backup not found: "):
        client.describe_backup(BackupArn=arn)


def test_backups_page_with_boto3(cloud):
    client = cloud.admin.client("dynamodb")
    table = make(client)
    names = [f"backup-{n}" for n in range(5)]
    arns = [client.create_backup(TableName=table, BackupName=name)["BackupDetails"]["BackupArn"]
            for name in names]
    pages = client.get_paginator("list_backups").paginate(
        TableName=table, PaginationConfig={"PageSize": 2})
    found = [one["BackupName"] for page in pages for one in page["BackupSummaries"]]
    assert sorted(found) == names
    for arn in arns:
        available(client, arn)


def test_a_deleted_table_is_not_lost(cloud):
    client = cloud.admin.client("dynamodb")
    table = make(client, recovery=True)
    fill(client, table, 25)
    was = scan(client, table)
    client.delete_table(TableName=table)
    [backup] = client.list_backups(TableName=table, BackupType="SYSTEM")["BackupSummaries"]
    assert backup["BackupName"] == f"{table}$DeletedTableBackup"
    kept = backup["BackupExpiryDateTime"] - backup["BackupCreationDateTime"]
    assert kept.days == 35
    available(client, backup["BackupArn"])
    client.restore_table_from_backup(BackupArn=backup["BackupArn"], TargetTableName=table)
    wait(client, table)
    assert scan(client, table) == was


class Writer(threading.Thread):
    """Changes items until the server goes away."""

    def __init__(self, cloud, table):
        super().__init__()
        self.cloud, self.table, self.stopped = cloud, table, threading.Event()

    def run(self):
        client = self.cloud.admin.session.client(
            "dynamodb", endpoint_url=self.cloud.endpoint, config=CONFIG)
        n = 0
        try:
            while not self.stopped.is_set():
                n += 1
                put(client, self.table, f"fill-{n % 3000}", -n)
        except (BotoCoreError, ClientError):
            pass


def test_restores_and_backups_go_on_after_a_kill(instance):
    client = instance.admin.client("dynamodb")
    table = make(client, recovery=True)
    fill(client, table, 3000)
    was = scan(client, table)
    restored, arn = [unique(f"restored-{n}") for n in range(3)], None
    client.restore_table_to_point_in_time(
        SourceTableName=table, TargetTableName=restored[0], UseLatestRestorableTime=True)
    arn = client.create_backup(TableName=table, BackupName="torn")["BackupDetails"]["BackupArn"]
    writer = Writer(instance, table)
    writer.start()
    for _ in range(3):
        time.sleep(0.05)
        instance.kill()
        writer.join()
        instance.start()
        writer = Writer(instance, table)
        writer.start()
    client = instance.admin.client("dynamodb")
    wait(client, restored[0])
    available(client, arn)
    client.restore_table_from_backup(BackupArn=arn, TargetTableName=restored[1])
    time.sleep(0.05)
    writer.stopped.set()
    instance.kill()
    writer.join()
    instance.start()
    client = instance.admin.client("dynamodb")
    wait(client, restored[1])
    for name in restored[:2]:
        assert scan(client, name) == was
        assert scan(client, name, IndexName="by-n") == was
    # What was killed left nothing that holds the backup.
    client.delete_backup(BackupArn=arn)
