"""DynamoDB's encryption at rest: what stands on the disk, and who may read it."""

from conftest import Cloud, refused, unique

SECRET = "a-title-that-nobody-may-read-on-the-disk"


def create(client, table, key=None):
    sse = {"Enabled": True, "SSEType": "KMS", **({"KMSMasterKeyId": key} if key else {})}
    client.create_table(
        TableName=table, KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST", SSESpecification=sse)
    client.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 1})


def test_nothing_legible_reaches_the_disk_and_all_of_it_survives(tmp_path):
    cloud = Cloud(tmp_path)
    try:
        client, kms = cloud.admin.client("dynamodb"), cloud.admin.client("kms")
        key = kms.create_key()["KeyMetadata"]["Arn"]
        create(client, "sealed", key)
        told = client.describe_table(TableName="sealed")["Table"]["SSEDescription"]
        assert told == {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": key}
        client.put_item(TableName="sealed", Item={"pk": {"S": "1"}, "title": {"S": SECRET}})
        cloud.kill()
        stored = [path.read_bytes() for path in cloud.data.rglob("*") if path.is_file()]
        assert stored and not any(SECRET.encode() in content for content in stored)
        cloud.start()
        client = cloud.admin.client("dynamodb")
        got = client.get_item(TableName="sealed", Key={"pk": {"S": "1"}})["Item"]
        assert got["title"]["S"] == SECRET
        cloud.admin.client("kms").disable_key(KeyId=key)
        table = client.describe_table(TableName="sealed")["Table"]
        assert table["TableStatus"] == "INACCESSIBLE_ENCRYPTION_CREDENTIALS"
    finally:
        cloud.stop()


def test_a_reader_needs_the_key_too(cloud):
    client, table = cloud.admin.client("dynamodb"), unique("sealed")
    create(client, table)
    client.put_item(TableName=table, Item={"pk": {"S": "1"}})
    # The managed key lets everybody in the account use it through DynamoDB.
    reader = cloud.user(("dynamodb:GetItem", "*")).client("dynamodb")
    assert reader.get_item(TableName=table, Key={"pk": {"S": "1"}})["Item"]
    key = cloud.admin.client("kms").create_key()["KeyMetadata"]["Arn"]
    client.update_table(TableName=table, SSESpecification={"Enabled": True, "KMSMasterKeyId": key})
    with refused("AccessDeniedException", 400, "KMS key access denied"):
        reader.get_item(TableName=table, Key={"pk": {"S": "1"}})
