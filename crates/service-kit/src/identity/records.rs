//! Users, groups, roles, policies and keys as stored.

use crate::{
    fault::Fault,
    key::Key,
    owner::Owner,
    record::{Reach, Record},
    tx::ReadTx,
};
use serde::{Deserialize, Serialize};
use shape::Timestamp;
use std::{collections::BTreeMap, ops::ControlFlow};
use store::Order;

/// A tag's name and value.
pub type Tag = (String, String);

/// Inline policy documents by name.
pub type InlinePolicies = BTreeMap<String, String>;

/// The key of a named principal or policy: names are unique ignoring case.
pub fn name_key(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// An IAM user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct User {
    /// The name as created.
    pub name: String,
    /// With slashes at both ends.
    pub path: String,
    /// `AIDA…`.
    pub id: String,
    /// When it was created.
    pub created: Timestamp,
    /// Tags.
    pub tags: Vec<Tag>,
    /// The boundary policy's ARN.
    pub boundary: Option<String>,
    /// ARNs of attached policies, in the order attached.
    pub attached: Vec<String>,
    /// Inline policies.
    pub inline: InlinePolicies,
    /// Keys (see [`name_key`]) of the groups it is in.
    pub groups: Vec<String>,
    /// Ids of its access keys, oldest first.
    #[serde(default)]
    pub access_keys: Vec<String>,
}

impl User {
    /// A user with nothing but a name.
    pub fn new(name: String, path: String, id: String, created: Timestamp) -> Self {
        Self {
            name,
            path,
            id,
            created,
            tags: Vec::new(),
            boundary: None,
            attached: Vec::new(),
            inline: InlinePolicies::new(),
            groups: Vec::new(),
            access_keys: Vec::new(),
        }
    }

    /// The user's ARN in `account`.
    pub fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:user{}{}", self.path, self.name)
    }
}

impl Record for User {
    const TABLE: &'static str = "identity.user";
    const REACH: Reach = Reach::Account;

    fn key(&self) -> impl Key {
        name_key(&self.name)
    }
}

/// A group of users.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Group {
    /// The name as created.
    pub name: String,
    /// With slashes at both ends.
    pub path: String,
    /// `AGPA…`.
    pub id: String,
    /// When it was created.
    pub created: Timestamp,
    /// ARNs of attached policies.
    pub attached: Vec<String>,
    /// Inline policies.
    pub inline: InlinePolicies,
}

impl Group {
    /// The group's ARN in `account`.
    pub fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:group{}{}", self.path, self.name)
    }
}

impl Record for Group {
    const TABLE: &'static str = "identity.group";
    const REACH: Reach = Reach::Account;

    fn key(&self) -> impl Key {
        name_key(&self.name)
    }
}

/// A role.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Role {
    /// The name as created.
    pub name: String,
    /// With slashes at both ends.
    pub path: String,
    /// `AROA…`.
    pub id: String,
    /// When it was created.
    pub created: Timestamp,
    /// The trust policy's document, naming users and roles by unique id (see
    /// [`super::bind_principals`]).
    pub trust: String,
    /// A description.
    pub description: Option<String>,
    /// The longest session in seconds.
    pub max_session_secs: u32,
    /// Tags.
    pub tags: Vec<Tag>,
    /// The boundary policy's ARN.
    pub boundary: Option<String>,
    /// ARNs of attached policies, in the order attached.
    pub attached: Vec<String>,
    /// Inline policies.
    pub inline: InlinePolicies,
}

impl Role {
    /// The role's ARN in `account`.
    pub fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:role{}{}", self.path, self.name)
    }
}

impl Record for Role {
    const TABLE: &'static str = "identity.role";
    const REACH: Reach = Reach::Account;

    fn key(&self) -> impl Key {
        name_key(&self.name)
    }
}

/// A managed policy of the customer's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ManagedPolicy {
    /// The name as created.
    pub name: String,
    /// With slashes at both ends.
    pub path: String,
    /// `ANPA…`.
    pub id: String,
    /// When it was created.
    pub created: Timestamp,
    /// When a version was last added.
    pub updated: Timestamp,
    /// A description.
    pub description: Option<String>,
    /// Tags.
    pub tags: Vec<Tag>,
    /// Versions, oldest first, at most five.
    pub versions: Vec<PolicyVersion>,
    /// The version in force: `v1`.
    pub default_version: String,
    /// The number of the newest version ever made.
    pub last_version: u32,
}

impl ManagedPolicy {
    /// The document in force.
    pub fn document(&self) -> Option<&str> {
        let version = self.versions.iter().find(|version| version.id == self.default_version)?;
        Some(&version.document)
    }

    /// The policy's ARN in `account`.
    pub fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:policy{}{}", self.path, self.name)
    }
}

/// One version of a managed policy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// `v1`, `v2`, …
    pub id: String,
    /// The document.
    pub document: String,
    /// When it was made.
    pub created: Timestamp,
}

impl Record for ManagedPolicy {
    const TABLE: &'static str = "identity.policy";
    const REACH: Reach = Reach::Account;

    fn key(&self) -> impl Key {
        name_key(&self.name)
    }
}

/// A long-lived access key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccessKey {
    /// `AKIA…`.
    pub id: String,
    /// The account it belongs to.
    pub account: String,
    /// The user it belongs to, by name; none for the root user.
    pub user: Option<String>,
    /// The secret, sealed for the purpose `access-key` with the id as context.
    pub sealed_secret: Vec<u8>,
    /// Whether it may be used.
    pub active: bool,
    /// When it was created.
    pub created: Timestamp,
}

impl AccessKey {
    /// The purpose its secret is sealed for.
    pub const PURPOSE: &'static str = "access-key";

    /// The keys of the root user of the account that `tx` is scoped to. Walks all keys: only root
    /// users ask, and rarely.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub fn of_root(tx: &ReadTx<'_>) -> Result<Vec<Self>, Fault> {
        let account = &tx.scope().account;
        let mut keys = Vec::new();
        tx.visit::<Self>((), Order::Ascending, |key| {
            if key.user.is_none() && *key.account == **account {
                keys.push(key);
            }
            ControlFlow::Continue(())
        })?;
        Ok(keys)
    }
}

impl Record for AccessKey {
    const TABLE: &'static str = "identity.key";
    const REACH: Reach = Reach::Instance;
    const OWNER: Option<fn(&Self) -> Owner> = Some(|key| Owner::Account(key.account.clone()));

    fn key(&self) -> impl Key {
        &self.id
    }
}

/// The name that an account goes by besides its number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountAlias {
    /// Unique in the instance, as on AWS.
    pub alias: String,
    /// The account that has it.
    pub account: String,
}

impl Record for AccountAlias {
    const TABLE: &'static str = "identity.alias";
    const REACH: Reach = Reach::Instance;
    const OWNER: Option<fn(&Self) -> Owner> = Some(|alias| Owner::Account(alias.account.clone()));

    fn key(&self) -> impl Key {
        &self.alias
    }
}
