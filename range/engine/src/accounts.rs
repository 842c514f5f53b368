//! The accounts of a game: members of the instance's organization, held by a guardrail.

use client::{CallError, Cloud, Connection, Credentials, Remote};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The name of the organizational unit of all accounts that are played in.
const UNIT: &str = "heist-range";
/// The policy that binds them.
const GUARDRAIL: &str = "heist-range-guardrail";
/// The role that lets the range into an account.
pub const ENTRY_ROLE: &str = "OrganizationAccountAccessRole";
/// The role that checks read with.
const AUDITOR_ROLE: &str = "RangeAuditor";
/// The path of the range's own roles.
const PATH: &str = "/range/";

/// Where the range works: the management account of the instance's organization.
#[derive(Clone)]
pub struct Office {
    /// The APIs in the administrator's name.
    pub admin: Remote,
}

/// The organizational unit of all accounts that are played in.
pub struct Unit {
    id: String,
    /// The organization's root, in which accounts are made.
    root: String,
}

/// A principal's keys, as they are kept.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub struct Keys {
    /// The access key's id.
    pub id: String,
    /// The secret.
    pub secret: String,
    /// The session token of temporary keys.
    pub token: Option<String>,
}

impl Keys {
    /// Reads `Credentials` or `AccessKey` of an answer.
    fn read(answer: &Value, member: &str) -> Result<Self, CallError> {
        let text = |name: &str| answer[member][name].as_str().map(str::to_owned);
        match (text("AccessKeyId"), text("SecretAccessKey")) {
            (Some(id), Some(secret)) => Ok(Self { id, secret, token: text("SessionToken") }),
            _ => Err(CallError::unanswered(format!("an answer without {member}"))),
        }
    }

    /// What requests are signed with.
    pub fn credentials(&self) -> Credentials {
        Credentials {
            access_key_id: self.id.clone(),
            secret_access_key: self.secret.clone(),
            session_token: self.token.clone(),
        }
    }
}

impl Office {
    /// Makes what all games share, as far as it is missing: the organization, the unit, the
    /// guardrail.
    ///
    /// # Errors
    /// What Organizations refuses.
    pub async fn prepare(&self) -> Result<Unit, CallError> {
        let (org, call) = ("organizations", &self.admin);
        match call.call(org, "CreateOrganization", json!({"FeatureSet": "ALL"})).await {
            Err(error) if error.code != "AlreadyInOrganizationException" => return Err(error),
            _ => {}
        }
        let roots = call.call(org, "ListRoots", json!({})).await?;
        let root = text(&roots["Roots"][0]["Id"]);
        let kind = json!({"RootId": root, "PolicyType": "SERVICE_CONTROL_POLICY"});
        match call.call(org, "EnablePolicyType", kind).await {
            Err(error) if error.code != "PolicyTypeAlreadyEnabledException" => return Err(error),
            _ => {}
        }
        let within = json!({"ParentId": root});
        let units = call.call(org, "ListOrganizationalUnitsForParent", within).await?;
        let unit = named(&units["OrganizationalUnits"], UNIT);
        if let Some(id) = unit {
            return Ok(Unit { id, root });
        }
        let input = json!({"ParentId": root, "Name": UNIT});
        let unit = call.call(org, "CreateOrganizationalUnit", input).await?;
        let id = text(&unit["OrganizationalUnit"]["Id"]);
        let policy = json!({
            "Name": GUARDRAIL,
            "Type": "SERVICE_CONTROL_POLICY",
            "Description": "What nobody may do in an account that is played in",
            "Content": guardrail(self.admin.region()).to_string(),
        });
        let policy = match call.call(org, "CreatePolicy", policy).await {
            Ok(policy) => text(&policy["Policy"]["PolicySummary"]["Id"]),
            Err(error) if error.code == "DuplicatePolicyException" => {
                let filter = json!({"Filter": "SERVICE_CONTROL_POLICY"});
                let policies = call.call(org, "ListPolicies", filter).await?;
                named(&policies["Policies"], GUARDRAIL).unwrap_or_default()
            }
            Err(error) => return Err(error),
        };
        let input = json!({"PolicyId": policy, "TargetId": id});
        call.call(org, "AttachPolicy", input).await?;
        Ok(Unit { id, root })
    }

    /// The accounts in the unit.
    ///
    /// # Errors
    /// What Organizations refuses.
    pub async fn members(&self, unit: &Unit) -> Result<Vec<String>, CallError> {
        let (mut members, mut token) = (Vec::new(), None::<Value>);
        loop {
            let mut input = json!({"ParentId": unit.id});
            if let Some(token) = token {
                input["NextToken"] = token;
            }
            let page = self.admin.call("organizations", "ListAccountsForParent", input).await?;
            let accounts = page["Accounts"].as_array().into_iter().flatten();
            members.extend(accounts.map(|account| text(&account["Id"])));
            token = page.get("NextToken").filter(|token| token.is_string()).cloned();
            if token.is_none() {
                return Ok(members);
            }
        }
    }

    /// Makes an account for one part in a game, and gives its number. `unique` keeps its address
    /// apart from those of others.
    ///
    /// # Errors
    /// What a service refuses.
    pub async fn open(&self, unit: &Unit, part: &str, unique: &str) -> Result<String, CallError> {
        let org = "organizations";
        let input = json!({
            "AccountName": format!("range {part}"),
            "Email": format!("{part}-{unique}@range.invalid"),
        });
        let made = self.admin.call(org, "CreateAccount", input).await?;
        let status = &made["CreateAccountStatus"];
        let Some(account) = status["AccountId"].as_str() else {
            let why = text(&status["FailureReason"]);
            return Err(CallError::unanswered(format!("no account for the {part}: {why}")));
        };
        let input = json!({
            "AccountId": account,
            "SourceParentId": unit.root,
            "DestinationParentId": unit.id,
        });
        self.admin.call(org, "MoveAccount", input).await?;
        Ok(account.to_owned())
    }

    /// The APIs as the range sees them inside of `account`, by the role that lets it in.
    ///
    /// # Errors
    /// What STS refuses.
    pub async fn enter(&self, account: &str) -> Result<Remote, CallError> {
        let role = format!("arn:aws:iam::{account}:role/{ENTRY_ROLE}");
        let keys = assume(&self.admin, &role, "range").await?;
        Ok(self.signing(account, &keys))
    }

    /// The APIs in the name of whoever has `keys` in `account`.
    pub fn signing(&self, account: &str, keys: &Keys) -> Remote {
        let connection = self.connection().signing_as(keys.credentials());
        self.admin.on(connection, account)
    }

    /// The way to the instance, in nobody's name.
    pub fn connection(&self) -> Connection {
        self.admin.connection().unsigned()
    }
}

/// A session of the role.
///
/// # Errors
/// What STS refuses.
pub async fn assume(from: &Remote, role: &str, session: &str) -> Result<Keys, CallError> {
    let input = json!({"RoleArn": role, "RoleSessionName": session});
    Keys::read(&from.call("sts", "AssumeRole", input).await?, "Credentials")
}

/// Makes a user who may do everything, with a key.
///
/// # Errors
/// What IAM refuses.
pub async fn administrator(inside: &Remote, name: &str) -> Result<Keys, CallError> {
    inside.call("iam", "CreateUser", json!({"UserName": name})).await?;
    let all = "arn:aws:iam::aws:policy/AdministratorAccess";
    let input = json!({"UserName": name, "PolicyArn": all});
    inside.call("iam", "AttachUserPolicy", input).await?;
    key_of(inside, name).await
}

/// A key for the user.
///
/// # Errors
/// What IAM refuses.
pub async fn key_of(inside: &Remote, user: &str) -> Result<Keys, CallError> {
    Keys::read(
        &inside.call("iam", "CreateAccessKey", json!({"UserName": user})).await?,
        "AccessKey",
    )
}

/// Makes the role that checks of the configuration read with, and gives its ARN.
///
/// # Errors
/// What IAM refuses.
pub async fn auditor(inside: &Remote) -> Result<String, CallError> {
    let account = inside.account();
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"AWS": format!("arn:aws:iam::{account}:root")},
        "Action": "sts:AssumeRole",
        "Condition": {"ArnLike": {"aws:PrincipalArn": entry_arn("*")}},
    }]});
    let input = json!({
        "RoleName": AUDITOR_ROLE,
        "Path": PATH,
        "AssumeRolePolicyDocument": trust.to_string(),
    });
    let role = inside.call("iam", "CreateRole", input).await?;
    let reading = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Action": AUDITED.map(|action| action.to_owned()),
        "Resource": "*",
    }]});
    let input = json!({
        "RoleName": AUDITOR_ROLE,
        "PolicyName": "read",
        "PolicyDocument": reading.to_string(),
    });
    inside.call("iam", "PutRolePolicy", input).await?;
    Ok(text(&role["Role"]["Arn"]))
}

/// What the auditor may: read how things are set, and ask what policies mean; no data.
const AUDITED: [&str; 18] = [
    "access-analyzer:Check*",
    "access-analyzer:ValidatePolicy",
    "apigateway:GET",
    "cloudwatch:Describe*",
    "dynamodb:Describe*",
    "dynamodb:GetResourcePolicy",
    "dynamodb:List*",
    "iam:Get*",
    "iam:List*",
    "iam:Simulate*",
    "kms:Describe*",
    "kms:GetKey*",
    "kms:List*",
    "lambda:Get*",
    "lambda:List*",
    "logs:*LogEvents",
    "sns:Get*",
    "sns:List*",
];

fn entry_arn(account: &str) -> String {
    format!("arn:aws:iam::{account}:role/{ENTRY_ROLE}")
}

/// What nobody may do in an account that is played in, but the range itself: touch the range's
/// roles, leave the organization, work in other regions.
fn guardrail(region: &str) -> Value {
    let outsiders = json!({"ArnNotLike": {"aws:PrincipalArn": entry_arn("*")}});
    // Global services work in the first one.
    let regions = BTreeSet::from(["us-east-1", region]);
    json!({"Version": "2012-10-17", "Statement": [
        {
            "Sid": "RangeRolesStay",
            "Effect": "Deny",
            "NotAction": ["iam:Get*", "iam:List*"],
            "Resource": [entry_arn("*"), format!("arn:aws:iam::*:role{PATH}*")],
            "Condition": outsiders,
        },
        {
            "Sid": "AccountsStay",
            "Effect": "Deny",
            "Action": ["organizations:*", "account:*", "iam:*Organizations*"],
            "Resource": "*",
        },
        {
            "Sid": "OneRegion",
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {
                "StringNotEquals": {"aws:RequestedRegion": regions},
                // Every request has one; simulations of requests need not.
                "Null": {"aws:RequestedRegion": "false"},
            },
        },
    ]})
}

fn named(list: &Value, name: &str) -> Option<String> {
    let list = list.as_array()?;
    Some(text(&list.iter().find(|item| item["Name"] == name)?["Id"]))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
