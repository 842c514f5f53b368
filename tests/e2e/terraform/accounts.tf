# A member of the organization of organizations.tf.

resource "aws_organizations_account" "data" {
  name              = "data"
  email             = "data@example.com"
  parent_id         = var.changed ? local.root : aws_organizations_organizational_unit.deep.id
  role_name         = "Access"
  close_on_deletion = true
  tags              = local.tags

  # Only the making of an account takes it, and no answer tells it.
  lifecycle {
    ignore_changes = [role_name]
  }
}

resource "aws_organizations_policy_attachment" "account" {
  policy_id = aws_organizations_policy.service.id
  target_id = aws_organizations_account.data.id
}

resource "aws_organizations_delegated_administrator" "trails" {
  account_id        = aws_organizations_account.data.id
  service_principal = "cloudtrail.amazonaws.com"
  depends_on        = [aws_organizations_organization.this]
}

data "aws_organizations_organization" "this" {
  depends_on = [aws_organizations_account.data]
}

data "aws_organizations_policies_for_target" "account" {
  filter    = "SERVICE_CONTROL_POLICY"
  target_id = aws_organizations_policy_attachment.account.target_id
}

data "aws_organizations_delegated_services" "data" {
  account_id = aws_organizations_delegated_administrator.trails.account_id
}

data "aws_organizations_resource_tags" "data" {
  resource_id = aws_organizations_account.data.id
}

data "aws_organizations_organizational_unit_descendant_accounts" "all" {
  parent_id  = local.root
  depends_on = [aws_organizations_account.data]
}

output "accounts" {
  value = data.aws_organizations_organization.this.accounts[*].id
}

output "account" {
  value = aws_organizations_account.data.id
}

output "attached" {
  value = data.aws_organizations_policies_for_target.account.ids
}
