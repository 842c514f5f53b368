# Everything of IAM's that the provider and Heist both have.

variable "changed" {
  type = bool
}

variable "certificate" {
  type = string
}

variable "private_key" {
  type      = string
  sensitive = true
}

variable "metadata" {
  type = string
}

variable "ssh_key" {
  type = string
}

locals {
  tags = var.changed ? { stage = "live", owner = "me" } : { stage = "test" }
}

data "aws_caller_identity" "me" {}

data "aws_partition" "current" {}

data "aws_iam_policy_document" "read" {
  statement {
    sid       = "Read"
    actions   = ["dynamodb:GetItem", var.changed ? "dynamodb:Scan" : "dynamodb:Query"]
    resources = ["arn:${data.aws_partition.current.partition}:dynamodb:*:${data.aws_caller_identity.me.account_id}:table/a"]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = ["us-east-1", "us-west-2"]
    }
  }
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = [aws_iam_user.ann.arn, data.aws_caller_identity.me.account_id]
    }
  }

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.tokens.arn]
    }
  }
}

# Policies ---------------------------------------------------------------------------------------

resource "aws_iam_policy" "read" {
  name        = "read"
  path        = "/team/"
  description = "Reads one table"
  policy      = data.aws_iam_policy_document.read.json
  tags        = local.tags
}

resource "aws_iam_policy" "shared" {
  name_prefix = "shared"
  policy      = data.aws_iam_policy_document.read.json
}

resource "aws_iam_policy_attachment" "shared" {
  name       = "shared"
  policy_arn = aws_iam_policy.shared.arn
  users      = [aws_iam_user.bob.name]
  groups     = [aws_iam_group.writers.name]
  roles      = var.changed ? [] : [aws_iam_role.worker.name]
}

data "aws_iam_policy" "read" {
  arn = aws_iam_policy.read.arn
}

data "aws_iam_policy" "everything" {
  name = "ReadOnlyAccess"
}

data "aws_iam_policy_document" "merged" {
  source_policy_documents = [data.aws_iam_policy.read.policy]
}

# Users and what is theirs -----------------------------------------------------------------------

resource "aws_iam_user" "ann" {
  name                 = "ann"
  path                 = "/people/"
  permissions_boundary = var.changed ? null : aws_iam_policy.read.arn
  force_destroy        = true
  tags                 = local.tags
}

resource "aws_iam_user" "bob" {
  name = var.changed ? "bert" : "bob"
}

resource "aws_iam_user_policy" "inline" {
  name   = "inline"
  user   = aws_iam_user.ann.name
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_user_policy_attachment" "read" {
  user       = aws_iam_user.ann.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_access_key" "ann" {
  user   = aws_iam_user.ann.name
  status = var.changed ? "Inactive" : "Active"
}

resource "aws_iam_user_login_profile" "ann" {
  user                    = aws_iam_user.ann.name
  password_length         = 24
  password_reset_required = true
}

resource "aws_iam_user_ssh_key" "ann" {
  username   = aws_iam_user.ann.name
  encoding   = "SSH"
  public_key = trimspace(file(var.ssh_key))
  status     = var.changed ? "Inactive" : "Active"
}

resource "aws_iam_signing_certificate" "ann" {
  user_name        = aws_iam_user.ann.name
  certificate_body = file(var.certificate)
  status           = var.changed ? "Inactive" : "Active"
}

resource "aws_iam_service_specific_credential" "ann" {
  user_name    = aws_iam_user.ann.name
  service_name = "codecommit.amazonaws.com"
  status       = var.changed ? "Inactive" : "Active"
}

resource "aws_iam_virtual_mfa_device" "phone" {
  virtual_mfa_device_name = "phone"
  path                    = "/people/"
  tags                    = local.tags
}

data "aws_iam_user" "ann" {
  user_name = aws_iam_user.ann.name
}

data "aws_iam_access_keys" "ann" {
  user = aws_iam_access_key.ann.user
}

data "aws_iam_user_ssh_key" "ann" {
  username          = aws_iam_user.ann.name
  ssh_public_key_id = aws_iam_user_ssh_key.ann.ssh_public_key_id
  encoding          = "SSH"
}

data "aws_iam_users" "people" {
  path_prefix = aws_iam_user.ann.path
}

# Groups -----------------------------------------------------------------------------------------

resource "aws_iam_group" "readers" {
  name = var.changed ? "viewers" : "readers"
  path = var.changed ? "/other/" : "/groups/"
}

resource "aws_iam_group" "writers" {
  name = "writers"
}

resource "aws_iam_group_membership" "readers" {
  name  = "readers"
  group = aws_iam_group.readers.name
  users = var.changed ? [aws_iam_user.bob.name] : [aws_iam_user.ann.name]
}

resource "aws_iam_user_group_membership" "bob" {
  user   = aws_iam_user.bob.name
  groups = [aws_iam_group.writers.name]
}

resource "aws_iam_group_policy" "inline" {
  name_prefix = "inline"
  group       = aws_iam_group.writers.name
  policy      = data.aws_iam_policy_document.read.json
}

resource "aws_iam_group_policy_attachment" "everything" {
  group      = aws_iam_group.readers.name
  policy_arn = data.aws_iam_policy.everything.arn
}

data "aws_iam_group" "writers" {
  group_name = aws_iam_user_group_membership.bob.groups == null ? "" : aws_iam_group.writers.name
}

# Roles ------------------------------------------------------------------------------------------

resource "aws_iam_role" "worker" {
  name                 = "worker"
  path                 = "/roles/"
  description          = var.changed ? "Works less" : "Works"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  max_session_duration = var.changed ? 3600 : 7200
  permissions_boundary = var.changed ? data.aws_iam_policy.everything.arn : aws_iam_policy.read.arn
  tags                 = local.tags
}

resource "aws_iam_role" "whole" {
  name_prefix           = "whole"
  assume_role_policy    = data.aws_iam_policy_document.trust.json
  force_detach_policies = true
  managed_policy_arns   = [data.aws_iam_policy.everything.arn]

  inline_policy {
    name   = var.changed ? "two" : "one"
    policy = data.aws_iam_policy_document.read.json
  }
}

resource "aws_iam_role_policy" "inline" {
  role   = aws_iam_role.worker.id
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_role_policy_attachment" "read" {
  role       = aws_iam_role.worker.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_instance_profile" "worker" {
  name = "worker"
  role = var.changed ? aws_iam_role.whole.name : aws_iam_role.worker.name
  tags = local.tags
}

resource "aws_iam_service_linked_role" "sso" {
  aws_service_name = "sso.amazonaws.com"
  description      = var.changed ? "Signs on" : "Signs in"
  tags             = local.tags
}

data "aws_iam_role" "worker" {
  name = aws_iam_role.worker.name
}

data "aws_iam_roles" "all" {
  path_prefix = aws_iam_role.worker.path
}

data "aws_iam_instance_profile" "worker" {
  name = aws_iam_instance_profile.worker.name
}

# The account ------------------------------------------------------------------------------------

resource "aws_iam_openid_connect_provider" "tokens" {
  url             = "https://tokens.example.com"
  client_id_list  = var.changed ? ["one", "three"] : ["one", "two"]
  thumbprint_list = [var.changed ? "0f23df2207d99a74fbe169e3eba035e633b65d94" : "cf23df2207d99a74fbe169e3eba035e633b65d94"]
  tags            = local.tags
}

resource "aws_iam_saml_provider" "directory" {
  name                   = "directory"
  saml_metadata_document = var.changed ? trimspace(file(var.metadata)) : file(var.metadata)
  tags                   = local.tags
}

resource "aws_iam_server_certificate" "web" {
  name             = "web"
  path             = "/web/"
  certificate_body = file(var.certificate)
  private_key      = file(var.private_key)
  tags             = local.tags
}

resource "aws_iam_account_password_policy" "strict" {
  minimum_password_length = var.changed ? 20 : 14
  require_symbols         = true
  max_password_age        = 90
}

resource "aws_iam_account_alias" "heist" {
  account_alias = var.changed ? "my-other" : "my-heist"
}

resource "aws_iam_security_token_service_preferences" "tokens" {
  global_endpoint_token_version = var.changed ? "v1Token" : "v2Token"
}

data "aws_iam_account_alias" "heist" {
  depends_on = [aws_iam_account_alias.heist]
}

data "aws_iam_server_certificate" "web" {
  name   = aws_iam_server_certificate.web.name
  latest = true
}

data "aws_iam_openid_connect_provider" "tokens" {
  arn = aws_iam_openid_connect_provider.tokens.arn
}

data "aws_iam_saml_provider" "directory" {
  arn = aws_iam_saml_provider.directory.arn
}

data "aws_iam_session_context" "me" {
  arn = data.aws_caller_identity.me.arn
}

data "aws_iam_principal_policy_simulation" "worker" {
  action_names      = ["dynamodb:GetItem", "dynamodb:PutItem"]
  policy_source_arn = aws_iam_role.worker.arn
  resource_arns     = ["arn:aws:dynamodb:us-east-1:${data.aws_caller_identity.me.account_id}:table/a"]

  context {
    key    = "aws:RequestedRegion"
    type   = "string"
    values = ["us-east-1"]
  }

  depends_on = [aws_iam_role_policy.inline, aws_iam_role_policy_attachment.read, aws_iam_policy_attachment.shared]
}

output "decisions" {
  value = { for one in data.aws_iam_principal_policy_simulation.worker.results : one.action_name => one.decision }
}
