# Keys of all kinds in two regions, and what hangs on them.

variable "changed" {
  type = bool
}

# The end of imported material, which is at most a year away.
variable "ends" {
  type = string
}

locals {
  material = "Wblj06fduthWggmsT0cLVoIMOkeLbc2kVfMud77i/JY="
  tags     = var.changed ? { stage = "live", owner = "me" } : { stage = "test" }

  kinds = {
    rsa        = { spec = "RSA_2048", usage = "SIGN_VERIFY" }
    encryption = { spec = "RSA_2048", usage = "ENCRYPT_DECRYPT" }
    ecc        = { spec = "ECC_NIST_P256", usage = "SIGN_VERIFY" }
    agreement  = { spec = "ECC_NIST_P384", usage = "KEY_AGREEMENT" }
    hmac       = { spec = "HMAC_256", usage = "GENERATE_VERIFY_MAC" }
  }
}

provider "aws" {}

provider "aws" {
  alias  = "west"
  region = "us-west-2"
}

data "aws_caller_identity" "me" {}

data "aws_iam_policy_document" "owner" {
  statement {
    sid       = var.changed ? "TheOwner" : "Owner"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.me.account_id}:root"]
    }
  }
}

# Keys -------------------------------------------------------------------------------------------

resource "aws_kms_key" "main" {
  description             = var.changed ? "Main key" : "Key"
  enable_key_rotation     = true
  rotation_period_in_days = var.changed ? 365 : 180
  deletion_window_in_days = 7
  policy                  = data.aws_iam_policy_document.owner.json
  tags                    = local.tags
}

resource "aws_kms_key" "plain" {
  is_enabled = !var.changed
}

resource "aws_kms_key" "kind" {
  for_each                 = local.kinds
  customer_master_key_spec = each.value.spec
  key_usage                = each.value.usage
  deletion_window_in_days  = 10
}

resource "aws_kms_key_policy" "plain" {
  key_id = aws_kms_key.plain.id
  policy = data.aws_iam_policy_document.owner.json
}

data "aws_kms_key" "main" {
  key_id = aws_kms_alias.main.name
}

data "aws_kms_public_key" "rsa" {
  key_id = aws_kms_key.kind["rsa"].key_id
}

# Many regions -----------------------------------------------------------------------------------

resource "aws_kms_key" "primary" {
  multi_region            = true
  deletion_window_in_days = 7
}

resource "aws_kms_replica_key" "west" {
  provider                = aws.west
  primary_key_arn         = aws_kms_key.primary.arn
  description             = var.changed ? "Western key" : "West"
  deletion_window_in_days = 7
  tags                    = local.tags
}

data "aws_kms_key" "primary" {
  key_id     = aws_kms_key.primary.arn
  depends_on = [aws_kms_replica_key.west]
}

# Imported material ------------------------------------------------------------------------------

resource "aws_kms_external_key" "imported" {
  description             = var.changed ? "Brought" : "Imported"
  key_material_base64     = local.material
  valid_to                = var.ends
  deletion_window_in_days = 7
  tags                    = local.tags
}

resource "aws_kms_external_key" "pending" {
  deletion_window_in_days = 7
}

resource "aws_kms_external_key" "primary" {
  multi_region            = true
  enabled                 = true
  key_material_base64     = local.material
  deletion_window_in_days = 7
}

resource "aws_kms_replica_external_key" "west" {
  provider                = aws.west
  primary_key_arn         = aws_kms_external_key.primary.arn
  key_material_base64     = local.material
  deletion_window_in_days = 7
}

# Names, grants, ciphertext ----------------------------------------------------------------------

resource "aws_kms_alias" "main" {
  name          = "alias/main"
  target_key_id = var.changed ? aws_kms_key.plain.key_id : aws_kms_key.main.key_id
}

resource "aws_kms_alias" "signer" {
  name_prefix   = "alias/signer"
  target_key_id = aws_kms_key.kind["ecc"].arn
}

data "aws_kms_alias" "main" {
  name = aws_kms_alias.main.name
}

resource "aws_iam_role" "grantee" {
  name = "grantee"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_kms_grant" "role" {
  name              = "role"
  key_id            = aws_kms_key.main.key_id
  grantee_principal = aws_iam_role.grantee.arn
  operations        = var.changed ? ["Decrypt"] : ["Decrypt", "Encrypt", "GenerateDataKey"]

  constraints {
    encryption_context_equals = { department = "finance" }
  }
}

resource "aws_kms_grant" "retired" {
  key_id            = aws_kms_key.main.key_id
  grantee_principal = aws_iam_role.grantee.arn
  operations        = ["DescribeKey"]
  retire_on_delete  = true
}

resource "aws_kms_ciphertext" "secret" {
  key_id    = aws_kms_key.main.key_id
  plaintext = "hello"
  context   = { of = "terraform" }
}

data "aws_kms_secrets" "opened" {
  secret {
    name    = "greeting"
    payload = aws_kms_ciphertext.secret.ciphertext_blob
    context = { of = "terraform" }
  }
}

output "greeting" {
  value = nonsensitive(data.aws_kms_secrets.opened.plaintext["greeting"])
}

output "replicas" {
  value = data.aws_kms_key.primary.multi_region_configuration[0].replica_keys[*].region
}

output "public_key" {
  value = data.aws_kms_public_key.rsa.public_key_pem
}
