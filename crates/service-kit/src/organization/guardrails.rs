//! What an account's organization says of a request, remembered until the records change.

use super::{Account, ControlPolicy, ControlType, Organization, Unit};
use crate::{access::Scope, fault::Fault, platform::Platform, record::Record, tx::ReadTx};
use foldhash::HashMap;
use parking_lot::RwLock;
use policy::Attached;
use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU64, Ordering},
};
use store::Version;

/// The most accounts remembered; all are forgotten when there are more.
const MAX_CACHED: usize = 4_096;

/// The deepest that an account can lie below the root; a longer way is a circle.
const MAX_DEPTH: usize = 16;

/// The services whose resources RCPs bound, by the prefix of their actions (AWS Organizations User
/// Guide, "Resource control policies (RCPs)").
const RESOURCE_CONTROLLED: [&str; 11] = [
    "aoss",
    "cognito-identity",
    "cognito-idp",
    "dynamodb",
    "ecr",
    "kms",
    "logs",
    "s3",
    "secretsmanager",
    "sqs",
    "sts",
];

/// Whether RCPs bound `action`.
pub fn is_resource_controlled(action: &str) -> bool {
    let service = action.split(':').next().unwrap_or_default();
    RESOURCE_CONTROLLED.iter().any(|known| known.eq_ignore_ascii_case(service))
}

/// An account's place in an organization and the policies that follow from it.
#[derive(Debug)]
pub struct Standing {
    /// The organization's id, `o-…`.
    pub organization: Arc<str>,
    /// Where the account is: `o-…/r-…/ou-…/`.
    pub path: String,
    /// Whether the account is closed. Its levels then allow nothing.
    pub closed: bool,
    /// SCPs by level, from the root down; none in the management account.
    pub service_control: Vec<Vec<Attached>>,
    /// RCPs likewise.
    pub resource_control: Vec<Vec<Attached>>,
}

/// The state of the tables that a standing depends on.
type Versions = [u64; 4];

/// None for an account outside of organizations.
type Found = Option<Arc<Standing>>;

/// The standing of all accounts, cached.
#[derive(Default)]
pub struct Guardrails {
    tables: OnceLock<[Version; 4]>,
    /// One more than the version of the first table at which there was no organization at all, so
    /// that an instance without one pays two atomic reads a decision.
    none_at: AtomicU64,
    /// By account.
    standings: RwLock<HashMap<String, (Versions, Found)>>,
}

impl Guardrails {
    fn tables(&self, platform: &Platform) -> &[Version; 4] {
        self.tables.get_or_init(|| {
            [Organization::TABLE, Account::TABLE, Unit::TABLE, ControlPolicy::TABLE]
                .map(|table| platform.store().follow_table(table))
        })
    }

    /// Forgets the standing of `account`.
    pub(crate) fn forget(&self, account: &str) {
        self.standings.write().remove(account);
    }

    /// The standing of `account`; none if it belongs to no organization.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub fn standing(&self, platform: &Platform, account: &str) -> Result<Found, Fault> {
        let tables = self.tables(platform);
        let first = tables[0].now().wrapping_add(1);
        if self.none_at.load(Ordering::Acquire) == first {
            return Ok(None);
        }
        let versions = tables.each_ref().map(Version::now);
        if let Some((then, standing)) = self.standings.read().get(account)
            && *then == versions
        {
            return Ok(standing.clone());
        }
        let scope = Scope::new(account, "");
        let (any, standing) = platform.read(&scope, |tx| {
            let any = !tx.page::<Organization>((), None, 1)?.items.is_empty();
            Ok::<_, Fault>((any, load(platform, tx, account)?.map(Arc::new)))
        })?;
        if !any {
            self.none_at.store(first, Ordering::Release);
        }
        let mut standings = self.standings.write();
        if standings.len() >= MAX_CACHED {
            standings.clear();
        }
        standings.insert(account.to_owned(), (versions, standing.clone()));
        Ok(standing)
    }
}

fn load(platform: &Platform, tx: &ReadTx<'_>, account: &str) -> Result<Option<Standing>, Fault> {
    let Some(account) = tx.get::<Account>(account)? else { return Ok(None) };
    let Some(membership) = account.membership else { return Ok(None) };
    let Some(organization) = tx.get::<Organization>(&membership.organization)? else {
        return Ok(None);
    };
    let mut way = vec![membership.target];
    let mut path = String::new();
    let mut parent = membership.parent;
    while parent != organization.root_id {
        let unit = tx.get::<Unit>((&organization.id, &parent))?;
        let unit = unit.filter(|_| way.len() < MAX_DEPTH);
        let unit = unit.ok_or_else(|| Fault::internal("an account hangs below no root"))?;
        path = format!("{}/{path}", unit.id);
        way.push(unit.target);
        parent = unit.parent;
    }
    way.push(organization.root.clone());
    way.reverse();
    let closed = account.closed.is_some();
    let levels = |control: ControlType| {
        if closed {
            return Ok(vec![Vec::new()]);
        }
        if organization.management == account.id || !organization.enabled.contains(&control) {
            return Ok(Vec::new());
        }
        let level = way
            .iter()
            .map(|target| of_type(platform, tx, &organization, control, &target.attached));
        level.collect::<Result<Vec<_>, Fault>>()
    };
    Ok(Some(Standing {
        closed,
        path: format!("{}/{}/{path}", organization.id, organization.root_id),
        service_control: levels(ControlType::Service)?,
        resource_control: levels(ControlType::Resource)?,
        organization: organization.id.as_str().into(),
    }))
}

/// Those of `ids` that are policies of type `control`, compiled.
fn of_type(
    platform: &Platform,
    tx: &ReadTx<'_>,
    organization: &Organization,
    control: ControlType,
    ids: &[String],
) -> Result<Vec<Attached>, Fault> {
    let compile = |document: &str| platform.directory().compile(document, control.kind());
    let mut found = Vec::new();
    for id in ids {
        let document = match ControlType::of_full_access(id) {
            Some(of) if of == control => control.full_access_document().to_owned(),
            Some(_) => continue,
            None => match tx.get::<ControlPolicy>((&organization.id, id))? {
                Some(policy) if policy.control == control => policy.content,
                _ => continue,
            },
        };
        // Documents are checked when they are written. One that cannot be read could have denied.
        let policy = compile(&document)
            .ok_or_else(|| Fault::internal(format!("the policy {id} is malformed")))?;
        let id = ControlPolicy::arn(organization, control, id);
        found.push(Attached { id: id.into(), policy });
    }
    Ok(found)
}
