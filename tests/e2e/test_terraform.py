"""Terraform with HashiCorp's AWS provider: a table is made, found without drift, changed, destroyed."""

import json
import shutil
from pathlib import Path

import pytest

# Providers on this machine, in the layout that `terraform providers mirror` makes.
MIRROR = Path("/opt/tf-plugins")
PROVIDER, VERSION = "hashicorp/aws", "5.100.0"

pytestmark = [
    pytest.mark.skipif(not shutil.which("terraform"), reason="Terraform is not installed"),
    pytest.mark.skipif(not (MIRROR / "registry.terraform.io" / PROVIDER / VERSION).exists(),
                       reason=f"the provider {PROVIDER} {VERSION} is not in {MIRROR}"),
]

TABLE = """
terraform {
  required_providers {
    aws = {
      source  = "%(provider)s"
      version = "%(version)s"
    }
  }
}

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


class Terraform:
    """A working folder of Terraform's that talks to one instance."""

    def __init__(self, cloud, folder):
        self.cloud, self.folder = cloud, folder
        (folder / "rc").write_text(f'provider_installation {{\n  filesystem_mirror {{\n'
                                   f'    path = "{MIRROR}"\n  }}\n}}\n')
        # Of its time, most goes into the garbage of the provider's description of itself.
        self.env = {"TF_CLI_CONFIG_FILE": str(folder / "rc"), "TF_IN_AUTOMATION": "1", "GOGC": "400"}

    def write(self, **parts):
        parts = {"provider": PROVIDER, "version": VERSION} | parts
        (self.folder / "main.tf").write_text(TABLE % parts)

    def run(self, command, *arguments, check=True):
        return self.cloud.admin.run(
            "terraform", f"-chdir={self.folder}", command, "-no-color", *arguments,
            env=self.env, check=check, timeout=300)


@pytest.mark.slow
def test_a_table_is_made_changed_and_destroyed(fresh, tmp_path):
    terraform, client = Terraform(fresh, tmp_path), fresh.admin.client("dynamodb")
    terraform.write(indexes="", expires="true", view="NEW_AND_OLD_IMAGES", tags='{ stage = "test" }')
    terraform.run("init", "-input=false")
    made = terraform.run("apply", "-auto-approve").stdout
    assert "1 added, 0 changed, 0 destroyed" in made, made
    table = client.describe_table(TableName="music")["Table"]
    assert [one["IndexName"] for one in table["LocalSecondaryIndexes"]] == ["by-plays"]
    ttl = client.describe_time_to_live(TableName="music")["TimeToLiveDescription"]
    assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ends"}
    assert table["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    backups = client.describe_continuous_backups(TableName="music")["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    client.put_item(TableName="music", Item={
        "artist": {"S": "a"}, "year": {"N": "1"}, "label": {"S": "l"}})

    terraform.write(indexes=BY_LABEL, expires="false", view="KEYS_ONLY", tags='{ stage = "live", owner = "me" }')
    changed = terraform.run("apply", "-auto-approve").stdout
    assert "0 added, 1 changed, 0 destroyed" in changed, changed
    table = client.describe_table(TableName="music")["Table"]
    assert {one["IndexName"] for one in table["GlobalSecondaryIndexes"]} == {"by-genre", "by-label"}
    assert client.scan(TableName="music", IndexName="by-label")["Count"] == 1
    assert table["StreamSpecification"]["StreamViewType"] == "KEYS_ONLY"
    tags = client.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"stage": "live", "owner": "me"}

    plan = terraform.run("plan", "-detailed-exitcode", check=False)
    assert plan.returncode == 0, plan.stdout  # 2 would be a difference
    resources = json.loads((tmp_path / "terraform.tfstate").read_text())["resources"]
    assert resources[0]["instances"][0]["attributes"]["arn"] == table["TableArn"]

    gone = terraform.run("destroy", "-auto-approve").stdout
    assert "1 destroyed" in gone, gone
    assert client.list_tables()["TableNames"] == []
