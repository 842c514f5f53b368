# An organization with units and guardrails, and an analyzer of what is shared.

variable "changed" {
  type = bool
}

locals {
  tags = var.changed ? { stage = "live", owner = "me" } : { stage = "test" }
  root = aws_organizations_organization.this.roots[0].id
}

resource "aws_organizations_organization" "this" {
  feature_set          = "ALL"
  enabled_policy_types = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"]

  aws_service_access_principals = concat(
    ["access-analyzer.amazonaws.com", "cloudtrail.amazonaws.com"],
    var.changed ? ["sso.amazonaws.com"] : [],
  )
}

resource "aws_organizations_organizational_unit" "work" {
  name      = var.changed ? "work" : "workloads"
  parent_id = local.root
  tags      = local.tags
}

resource "aws_organizations_organizational_unit" "deep" {
  name      = "deep"
  parent_id = aws_organizations_organizational_unit.work.id
}

resource "aws_organizations_policy" "service" {
  name        = "no-users"
  description = var.changed ? "No users, no groups" : "No users"
  tags        = local.tags

  content = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Deny"
      Action   = var.changed ? ["iam:CreateGroup", "iam:CreateUser"] : ["iam:CreateUser"]
      Resource = "*"
    }]
  })

  depends_on = [aws_organizations_organization.this]
}

resource "aws_organizations_policy" "resource" {
  name = "safe-transport"
  type = "RESOURCE_CONTROL_POLICY"

  content = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Principal = "*"
      Action    = "kms:Decrypt"
      Resource  = "*"
      Condition = { StringEquals = { "aws:PrincipalTag/blocked" = "yes" } }
    }]
  })

  depends_on = [aws_organizations_organization.this]
}

resource "aws_organizations_policy_attachment" "unit" {
  policy_id = aws_organizations_policy.service.id
  target_id = var.changed ? aws_organizations_organizational_unit.deep.id : aws_organizations_organizational_unit.work.id
}

resource "aws_organizations_policy_attachment" "root" {
  policy_id = aws_organizations_policy.resource.id
  target_id = local.root
}

resource "aws_organizations_resource_policy" "readers" {
  tags = local.tags

  content = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${aws_organizations_organization.this.master_account_id}:root" }
      Action    = concat(["organizations:ListAccounts"], var.changed ? ["organizations:ListRoots"] : [])
      Resource  = "*"
    }]
  })
}

resource "aws_accessanalyzer_analyzer" "account" {
  analyzer_name = "account"
  type          = "ACCOUNT"
  tags          = local.tags
}

resource "aws_accessanalyzer_archive_rule" "queues" {
  analyzer_name = aws_accessanalyzer_analyzer.account.analyzer_name
  rule_name     = "queues"

  filter {
    criteria = "resourceType"
    eq       = [var.changed ? "AWS::KMS::Key" : "AWS::SQS::Queue"]
  }

  filter {
    criteria = "isPublic"
    exists   = var.changed ? "true" : "false"
  }
}

data "aws_organizations_policy" "service" {
  policy_id = aws_organizations_policy.service.id
}

data "aws_organizations_organizational_unit" "work" {
  parent_id = local.root
  name      = aws_organizations_organizational_unit.work.name
}
