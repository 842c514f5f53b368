//! Organizations, accounts, units and their policies as stored.

use crate::{
    access::Scope,
    fault::Fault,
    identity::{Role, Tag, User},
    key::Key,
    owner::Owner,
    record::{Reach, Record},
    tx::ReadTx,
};
use policy::Kind;
use serde::{Deserialize, Serialize};
use shape::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// FullAWSAccess, as AWS spaces it.
const FULL_ACCESS: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "*",
      "Resource": "*"
    }
  ]
}"#;

/// RCPFullAWSAccess.
const FULL_ACCESS_TO_RESOURCES: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": "*",
      "Action": "*",
      "Resource": "*"
    }
  ]
}"#;

/// The kinds of policies that bound what may be done in an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ControlType {
    /// SCP: bounds what people of an account may do.
    Service,
    /// RCP: bounds what may be done to resources of an account.
    Resource,
}

impl ControlType {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Service, Self::Resource];

    /// The name in requests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Service => "SERVICE_CONTROL_POLICY",
            Self::Resource => "RESOURCE_CONTROL_POLICY",
        }
    }

    /// The grammar of its documents.
    pub fn kind(self) -> Kind {
        match self {
            Self::Service => Kind::ServiceControl,
            Self::Resource => Kind::ResourceControl,
        }
    }

    /// The id of the policy of this type that AWS keeps, which allows everything.
    pub fn full_access(self) -> &'static str {
        match self {
            Self::Service => "p-FullAWSAccess",
            Self::Resource => "p-RCPFullAWSAccess",
        }
    }

    /// The document of that policy.
    pub fn full_access_document(self) -> &'static str {
        match self {
            Self::Service => FULL_ACCESS,
            Self::Resource => FULL_ACCESS_TO_RESOURCES,
        }
    }

    /// The type whose full access the policy `id` gives, if it is one that AWS keeps.
    pub fn of_full_access(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|control| control.full_access() == id)
    }
}

/// What the management account may do with the root users of members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RootFeature {
    /// Keep them without credentials, and take away those they have.
    CredentialsManagement,
    /// Act as them for single tasks.
    Sessions,
}

/// Something that policies are attached to: the root, a unit, an account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Target {
    /// Ids of attached policies of all types, in the order attached.
    pub attached: Vec<String>,
    /// Tags.
    pub tags: Vec<Tag>,
}

/// The policy by which the management account lets members manage.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ResourcePolicy {
    /// `rp-…`.
    pub id: String,
    /// The document, naming users and roles by unique id.
    pub content: String,
    /// Tags.
    pub tags: Vec<Tag>,
}

/// An organization.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Organization {
    /// `o-…`.
    pub id: String,
    /// The management account.
    pub management: String,
    /// Whether it has all features, not only those of consolidated billing.
    pub all_features: bool,
    /// The root's id, `r-…`.
    pub root_id: String,
    /// What is attached to the root.
    pub root: Target,
    /// The types of policies in force.
    pub enabled: BTreeSet<ControlType>,
    /// Services that may work in all accounts, with when that was allowed.
    pub services: BTreeMap<String, Timestamp>,
    /// What is allowed with the root users of members.
    pub root_features: BTreeSet<RootFeature>,
    /// Its resource policy.
    pub resource_policy: Option<ResourcePolicy>,
}

impl Organization {
    /// The ARN of something of this organization: its kind, and its id with what comes before.
    pub fn arn(&self, kind: &str, id: &str) -> String {
        format!("arn:aws:organizations::{}:{kind}/{}/{id}", self.management, self.id)
    }

    /// The organization that the account `id` belongs to.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub fn of_account(tx: &ReadTx<'_>, id: &str) -> Result<Option<Self>, Fault> {
        let membership = tx.get::<Account>(id)?.and_then(|account| account.membership);
        match membership {
            Some(membership) => tx.get::<Self>(&membership.organization),
            None => Ok(None),
        }
    }

    /// Whether the account `id` manages this organization or administers `service` in it.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub fn is_administered_by(
        &self,
        tx: &ReadTx<'_>,
        service: &str,
        id: &str,
    ) -> Result<bool, Fault> {
        let membership = tx.get::<Account>(id)?.and_then(|account| account.membership);
        let membership = membership.filter(|it| it.organization == self.id);
        let administers = membership.is_some_and(|it| it.delegations.contains_key(service));
        Ok(administers || self.management == id)
    }
}

impl Record for Organization {
    const TABLE: &'static str = "organization.organization";
    const REACH: Reach = Reach::Instance;
    const OWNER: Option<fn(&Self) -> Owner> = Some(|it| Owner::Account(it.management.clone()));

    fn key(&self) -> impl Key {
        &self.id
    }
}

/// An account as its owner and its organization know it. One that neither was made by an
/// organization nor ever belonged to one has no record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Account {
    /// Twelve digits.
    pub id: String,
    /// The address of its root user.
    pub email: String,
    /// Its name.
    pub name: String,
    /// When it was closed.
    pub closed: Option<Timestamp>,
    /// The organization that it belongs to.
    pub membership: Option<Membership>,
}

/// An account's place in its organization.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Membership {
    /// `o-…`.
    pub organization: String,
    /// The id of the root or unit that it is in.
    pub parent: String,
    /// Whether it came by invitation; else the organization made it.
    pub invited: bool,
    /// Since when.
    pub joined: Timestamp,
    /// What is attached to it.
    pub target: Target,
    /// Services that it administers for the whole organization, with since when.
    pub delegations: BTreeMap<String, Timestamp>,
}

impl Account {
    /// The account `id`; one without a record goes by made-up names if there is somebody in it.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub fn find(tx: &ReadTx<'_>, id: &str) -> Result<Option<Self>, Fault> {
        if let Some(account) = tx.get::<Self>(id)? {
            return Ok(Some(account));
        }
        Ok(is_inhabited(tx, id)?.then(|| Self::unnamed(id)))
    }

    /// A member belongs to its organization, any other account to itself.
    fn owner(&self) -> Owner {
        let account = self.id.clone();
        match &self.membership {
            Some(Membership { organization, .. }) => {
                Owner::Member { organization: organization.clone(), account }
            }
            None => Owner::Account(account),
        }
    }

    /// An account of which nobody said more than its number.
    pub fn unnamed(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            email: format!("root@{id}.heist.internal"),
            name: format!("account {id}"),
            closed: None,
            membership: None,
        }
    }

    /// Whether the account `id` is closed, so that nobody of it may do anything.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub fn is_closed(tx: &ReadTx<'_>, id: &str) -> Result<bool, Fault> {
        Ok(tx.get::<Self>(id)?.is_some_and(|account| account.closed.is_some()))
    }
}

/// Whether anybody is in the account: whoever is, is a user or a role.
fn is_inhabited(tx: &ReadTx<'_>, id: &str) -> Result<bool, Fault> {
    let within = tx.within(Scope::new(id, ""));
    let users = within.page::<User>((), None, 1)?;
    Ok(!users.items.is_empty() || !within.page::<Role>((), None, 1)?.items.is_empty())
}

impl Record for Account {
    const TABLE: &'static str = "organization.account";
    const REACH: Reach = Reach::Instance;
    const OWNER: Option<fn(&Self) -> Owner> = Some(Account::owner);

    fn key(&self) -> impl Key {
        &self.id
    }
}

/// An organizational unit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Unit {
    /// `o-…`.
    pub organization: String,
    /// `ou-…`.
    pub id: String,
    /// The id of the root or unit that it is in.
    pub parent: String,
    /// Unique among the units of its parent.
    pub name: String,
    /// What is attached to it.
    pub target: Target,
}

impl Record for Unit {
    const TABLE: &'static str = "organization.unit";
    const REACH: Reach = Reach::Instance;
    const OWNER: Option<fn(&Self) -> Owner> =
        Some(|unit| Owner::Organization(unit.organization.clone()));

    fn key(&self) -> impl Key {
        (&self.organization, &self.id)
    }
}

/// A policy that bounds what may be done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ControlPolicy {
    /// `o-…`.
    pub organization: String,
    /// `p-…`.
    pub id: String,
    /// Its type.
    pub control: ControlType,
    /// Unique among those of its type.
    pub name: String,
    /// A description.
    pub description: String,
    /// The document.
    pub content: String,
    /// Tags.
    pub tags: Vec<Tag>,
}

impl ControlPolicy {
    /// The ARN of the policy `id` of type `control` in the organization `id` of `management`.
    pub fn arn(organization: &Organization, control: ControlType, id: &str) -> String {
        let control_name = control.name().to_ascii_lowercase();
        match ControlType::of_full_access(id) {
            Some(_) => format!("arn:aws:organizations::aws:policy/{control_name}/{id}"),
            None => organization.arn("policy", &format!("{control_name}/{id}")),
        }
    }
}

impl Record for ControlPolicy {
    const TABLE: &'static str = "organization.policy";
    const REACH: Reach = Reach::Instance;
    const OWNER: Option<fn(&Self) -> Owner> =
        Some(|it| Owner::Organization(it.organization.clone()));

    fn key(&self) -> impl Key {
        (&self.organization, &self.id)
    }
}
