"""Terraform with HashiCorp's AWS provider: a table is made, found without drift, changed, destroyed."""

import json

import pytest
from terraform import Terraform, needs_terraform

pytestmark = [*needs_terraform, pytest.mark.slow]

TABLE = """
resource "aws_dynamodb_table" "music" {
  name                        = "music"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "artist"
  range_key                   = "year"
  deletion_protection_enabled = false

  dynamic "attribute" {
    for_each = { artist = "S", year = "N", genre = "S", plays = "N" }
    content {
      name = attribute.key
      type = attribute.value
    }
  }

  local_secondary_index {
    name            = "by-plays"
    range_key       = "plays"
    projection_type = "KEYS_ONLY"
  }

  global_secondary_index {
    name               = "by-genre"
    hash_key           = "genre"
    range_key          = "plays"
    projection_type    = "INCLUDE"
    non_key_attributes = ["title"]
  }

  %(indexes)s

  ttl {
    attribute_name = "ends"
    enabled        = %(expires)s
  }

  point_in_time_recovery {
    enabled = true
  }

  stream_enabled   = true
  stream_view_type = "%(view)s"

  tags = %(tags)s
}
"""

BY_LABEL = """
  attribute {
    name = "label"
    type = "S"
  }

  global_secondary_index {
    name            = "by-label"
    hash_key        = "label"
    projection_type = "ALL"
  }
"""


def test_a_table_is_made_changed_and_destroyed(fresh, tmp_path):
    terraform, client = Terraform(fresh, tmp_path), fresh.admin.client("dynamodb")
    terraform.write(TABLE % {
        "indexes": "", "expires": "true", "view": "NEW_AND_OLD_IMAGES", "tags": '{ stage = "test" }'})
    assert terraform.apply() == (1, 0, 0)
    table = client.describe_table(TableName="music")["Table"]
    assert [one["IndexName"] for one in table["LocalSecondaryIndexes"]] == ["by-plays"]
    ttl = client.describe_time_to_live(TableName="music")["TimeToLiveDescription"]
    assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ends"}
    assert table["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    backups = client.describe_continuous_backups(TableName="music")["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    client.put_item(TableName="music", Item={
        "artist": {"S": "a"}, "year": {"N": "1"}, "label": {"S": "l"}})

    terraform.write(TABLE % {"indexes": BY_LABEL, "expires": "false", "view": "KEYS_ONLY",
                             "tags": '{ stage = "live", owner = "me" }'})
    assert terraform.apply() == (0, 1, 0)
    table = client.describe_table(TableName="music")["Table"]
    assert {one["IndexName"] for one in table["GlobalSecondaryIndexes"]} == {"by-genre", "by-label"}
    assert client.scan(TableName="music", IndexName="by-label")["Count"] == 1
    assert table["StreamSpecification"]["StreamViewType"] == "KEYS_ONLY"
    tags = client.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"stage": "live", "owner": "me"}

    resources = json.loads((tmp_path / "terraform.tfstate").read_text())["resources"]
    assert resources[0]["instances"][0]["attributes"]["arn"] == table["TableArn"]

    assert terraform.destroy() == 1
    assert client.list_tables()["TableNames"] == []
