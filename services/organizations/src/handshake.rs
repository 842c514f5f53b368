//! Handshakes as stored and shown: what one account asks of another, until it is answered.

use crate::{
    authority,
    error::OrganizationsError,
    shapes::{HandshakeArn, HandshakeId, HandshakePartyId},
};
use service_kit::{
    access::Facts,
    organization::{Account, Organization},
    prelude::*,
};

/// How long a handshake that is over is still shown, in days.
const KEPT_DAYS: i64 = 30;

/// The seconds of so many days.
pub(crate) fn days(days: i64) -> Duration {
    Duration::from_secs(u64::try_from(days).unwrap_or(0) * 24 * 3_600)
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub enum ActionType {
    /// That an account joins.
    Invite,
    /// That all features are enabled, once all invited members approve.
    EnableAllFeatures,
    /// That a member approves of that.
    ApproveAllFeatures,
    /// That a member lets services in; here services need no role of their own.
    AddOrganizationsServiceLinkedRole,
    /// That an account takes over responsibilities, which is not there: nothing asks for it.
    TransferResponsibility,
}

impl ActionType {
    /// The name in ARNs.
    fn arn_name(self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::EnableAllFeatures => "enable_all_features",
            Self::ApproveAllFeatures => "approve_all_features",
            Self::AddOrganizationsServiceLinkedRole => "add_organizations_service_linked_role",
            Self::TransferResponsibility => "transfer_responsibility",
        }
    }
}

/// How it stands with a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub enum HandshakeState {
    /// Others have to answer first.
    Requested,
    /// It can be answered.
    Open,
    /// Who asked does not want it any more.
    Canceled,
    /// Yes.
    Accepted,
    /// No.
    Declined,
    /// Nobody answered in time.
    Expired,
}

/// A handshake as stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct HandshakeRecord {
    pub id: String,
    /// `o-…`.
    pub organization: String,
    /// The management account, which asks.
    pub management: String,
    /// The account that is asked.
    pub account: String,
    /// The address by which it was found, if it was invited by that.
    pub email: Option<String>,
    pub action: ActionType,
    /// The handshake that this is a part of.
    pub parent: Option<String>,
    pub notes: Option<String>,
    /// Tags for the account when it joins.
    pub tags: Vec<(String, String)>,
    pub state: HandshakeState,
    pub requested: Timestamp,
    pub expires: Timestamp,
    /// When the state changed last.
    pub changed: Timestamp,
}

impl Record for HandshakeRecord {
    const TABLE: &'static str = "organizations.handshake";
    const REACH: Reach = Reach::Instance;
    const OWNER: Option<fn(&Self) -> Owner> = Some(Self::owner);

    fn key(&self) -> impl service_kit::key::Key {
        &self.id
    }
}

impl HandshakeRecord {
    fn owner(&self) -> Owner {
        let organization = self.organization.clone();
        match self.account == self.management {
            true => Owner::Organization(organization),
            false => Owner::Member { organization, account: self.account.clone() },
        }
    }

    pub(crate) fn arn(&self) -> String {
        let Self { id, organization, management, action, .. } = self;
        let action = action.arn_name();
        format!("arn:aws:organizations::{management}:handshake/{organization}/{action}/{id}")
    }

    /// Whether `account` has anything to do with it.
    pub(crate) fn is_of(&self, account: &str) -> bool {
        self.management == account || self.account == account
    }

    /// The state at `now`: what nobody answered in time is over.
    pub(crate) fn state_at(&self, now: Timestamp) -> HandshakeState {
        match self.state {
            HandshakeState::Open | HandshakeState::Requested if self.expires <= now => {
                HandshakeState::Expired
            }
            state => state,
        }
    }

    /// Whether it waits for an answer.
    pub(crate) fn is_pending(&self, now: Timestamp) -> bool {
        matches!(self.state_at(now), HandshakeState::Open | HandshakeState::Requested)
    }

    /// Whether it is still shown.
    pub(crate) fn is_kept(&self, now: Timestamp) -> bool {
        let over = self.changed.max(self.expires.min(now));
        self.is_pending(now) || now.since(over) < days(KEPT_DAYS)
    }

    /// Who may do something with it: the account that is asked may answer.
    pub(crate) fn facts(&self, caller: &str) -> Result<Facts, Fault> {
        let mut facts = Facts::default();
        if caller == self.account && caller != self.management {
            let actions = ["AcceptHandshake", "DeclineHandshake", "DescribeHandshake"]
                .map(|action| format!("organizations:{action}"));
            let actions = actions.each_ref().map(String::as_str);
            facts.grants.push(authority::grant("handshake", caller, &actions)?);
        }
        Ok(facts)
    }
}

/// The handshake `id`, which `account` has something to do with.
pub(crate) fn find(
    tx: &ReadTx<'_>,
    id: &str,
    account: &str,
) -> Result<HandshakeRecord, OrganizationsError> {
    let found = tx.get::<HandshakeRecord>(id)?.filter(|handshake| handshake.is_of(account));
    found.ok_or(OrganizationsError::HandshakeNotFoundException)
}

/// All handshakes of the organization `id`.
pub(crate) fn of_organization(tx: &ReadTx<'_>, id: &str) -> Result<Vec<HandshakeRecord>, Fault> {
    let all = tx.list::<HandshakeRecord>(())?.into_iter();
    Ok(all.filter(|handshake| handshake.organization == id).collect())
}

/// A handshake as answers show it.
#[derive(Debug, Shape)]
pub struct Handshake {
    /// `h-…`.
    pub id: Option<HandshakeId>,
    /// The ARN.
    pub arn: Option<HandshakeArn>,
    /// Who takes part.
    pub parties: Option<Vec<HandshakeParty>>,
    /// How it stands.
    pub state: Option<HandshakeState>,
    /// When it was made.
    pub requested_timestamp: Option<Timestamp>,
    /// Until when it can be answered.
    pub expiration_timestamp: Option<Timestamp>,
    /// What is asked for.
    pub action: Option<ActionType>,
    /// What it is about.
    pub resources: Option<Vec<HandshakeResource>>,
}

/// Somebody who takes part in a handshake.
#[derive(Clone, Debug, Shape)]
pub struct HandshakeParty {
    /// By what.
    #[shape(sensitive)]
    pub id: HandshakePartyId,
    /// What that is.
    #[shape(name = "Type")]
    pub party_type: HandshakePartyType,
}

/// What somebody goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum HandshakePartyType {
    /// The number of an account.
    Account,
    /// The id of an organization.
    Organization,
    /// The address of a root user.
    Email,
}

/// Something that a handshake is about.
#[derive(Clone, Debug, Shape)]
pub struct HandshakeResource {
    /// The value.
    #[shape(sensitive)]
    pub value: Option<String>,
    /// What it is.
    #[shape(name = "Type")]
    pub resource_type: Option<HandshakeResourceType>,
    /// More about it.
    pub resources: Option<Vec<HandshakeResource>>,
}

/// What a handshake can be about.
#[derive(Clone, Copy, Debug, Shape)]
pub enum HandshakeResourceType {
    Account,
    Organization,
    OrganizationFeatureSet,
    Email,
    MasterEmail,
    MasterName,
    Notes,
    ParentHandshake,
}

fn about(resource_type: HandshakeResourceType, value: impl Into<String>) -> HandshakeResource {
    let (value, resource_type) = (Some(value.into()), Some(resource_type));
    HandshakeResource { value, resource_type, resources: None }
}

impl Handshake {
    /// The handshake as it is shown at `now`.
    pub(crate) fn of(
        tx: &ReadTx<'_>,
        record: HandshakeRecord,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        let asked = match &record.email {
            Some(email) => (email.clone(), HandshakePartyType::Email),
            None => (record.account.clone(), HandshakePartyType::Account),
        };
        let organization = (record.organization.clone(), HandshakePartyType::Organization);
        let party = |(id, party_type)| HandshakeParty { id: HandshakePartyId(id), party_type };
        Ok(Self {
            arn: Some(HandshakeArn(record.arn())),
            parties: Some([asked, organization].map(party).into()),
            state: Some(record.state_at(now)),
            requested_timestamp: Some(record.requested),
            expiration_timestamp: Some(record.expires),
            action: Some(record.action),
            resources: Some(resources(tx, &record)?),
            id: Some(HandshakeId(record.id)),
        })
    }
}

fn resources(tx: &ReadTx<'_>, record: &HandshakeRecord) -> Result<Vec<HandshakeResource>, Fault> {
    let management = tx.get::<Account>(&record.management)?;
    let management = management.unwrap_or_else(|| Account::unnamed(&record.management));
    let organization = tx.get::<Organization>(&record.organization)?;
    let features = match organization.is_some_and(|it| it.all_features) {
        true => "ALL",
        false => "CONSOLIDATED_BILLING",
    };
    let inner = vec![
        about(HandshakeResourceType::MasterEmail, management.email),
        about(HandshakeResourceType::MasterName, management.name),
        about(HandshakeResourceType::OrganizationFeatureSet, features),
    ];
    let organization = about(HandshakeResourceType::Organization, &record.organization);
    let mut all = vec![HandshakeResource { resources: Some(inner), ..organization }];
    all.push(match &record.email {
        Some(email) => about(HandshakeResourceType::Email, email),
        None => about(HandshakeResourceType::Account, &record.account),
    });
    all.extend(record.notes.as_ref().map(|notes| about(HandshakeResourceType::Notes, notes)));
    let parent = record.parent.as_ref();
    all.extend(parent.map(|id| about(HandshakeResourceType::ParentHandshake, id)));
    Ok(all)
}
