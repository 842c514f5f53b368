//! Finds credentials and policies, remembering what it compiled until the records change.

use super::{
    AccessKey, Group, ManagedPolicy, PrincipalClaim, Role, Session, User, aws_managed, name_key,
};
use crate::{
    access::Scope, context::Caller, fault::Fault, organization::Account, platform::Platform,
    record::Record, tx::ReadTx,
};
use foldhash::HashMap;
use parking_lot::RwLock;
use policy::{Arn, Attached, Kind, Policy, Principal};
use std::sync::{Arc, OnceLock};
use store::Version;

/// The most entries each cache holds; it is emptied when full, which a busy instance does not
/// notice and a hostile one cannot exploit.
const MAX_CACHED: usize = 4_096;

/// What a key id stands for.
#[derive(Clone)]
pub struct Credential {
    /// What requests are signed with.
    pub secret: Arc<str>,
    /// Who signs with it; origin fields are for the gateway to fill.
    pub caller: Caller,
}

/// Why a credential is not good.
#[derive(Debug)]
pub enum CredentialFault {
    /// No such key, or it is inactive, or the token is not this key's, or the user or role whose
    /// session it is has been deleted, or the account is closed.
    Unknown,
    /// The session is over.
    Expired,
    /// Storage failed.
    Fault(Fault),
}

impl From<Fault> for CredentialFault {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// The policies on a principal's side of a decision.
#[derive(Clone, Default)]
pub struct IdentityPolicies {
    /// Inline, attached, and those of groups.
    pub identity: Vec<Attached>,
    /// The permissions boundary.
    pub boundary: Option<Attached>,
    /// What limits the session, if anything does.
    pub session: Option<Vec<Attached>>,
}

/// The state of the tables that an answer depends on.
type Versions = [u64; 6];

/// Policies by their text.
type Compiled = HashMap<Arc<str>, Arc<Policy>>;

/// Credentials and policies of everybody, cached.
#[derive(Default)]
pub struct Directory {
    tables: OnceLock<[Version; 6]>,
    /// By access key id.
    credentials: RwLock<HashMap<String, (Versions, Arc<Credential>)>>,
    /// By token.
    sessions: RwLock<HashMap<String, (Versions, Arc<Credential>)>>,
    policies: RwLock<HashMap<Principal, (Versions, Arc<IdentityPolicies>)>>,
    compiled: RwLock<HashMap<Kind, Compiled>>,
}

fn remember<K: std::hash::Hash + Eq, V>(cache: &RwLock<HashMap<K, V>>, key: K, value: V) {
    let mut cache = cache.write();
    if cache.len() >= MAX_CACHED {
        cache.clear();
    }
    cache.insert(key, value);
}

impl Directory {
    fn versions(&self, platform: &Platform) -> Versions {
        let follow = || {
            [
                User::TABLE,
                Group::TABLE,
                Role::TABLE,
                ManagedPolicy::TABLE,
                AccessKey::TABLE,
                Account::TABLE,
            ]
            .map(|table| platform.store().follow_table(table))
        };
        self.tables.get_or_init(follow).each_ref().map(Version::now)
    }

    /// Forgets who there is. Nothing is lost: after an account was erased all of it would be read
    /// anew, since its tables have changed.
    pub(crate) fn forget(&self) {
        self.credentials.write().clear();
        self.sessions.write().clear();
        self.policies.write().clear();
        self.compiled.write().clear();
    }

    /// What `access_key_id`, presented with `token`, stands for.
    ///
    /// # Errors
    /// [`CredentialFault`] when it is not good.
    pub fn credential(
        &self,
        platform: &Platform,
        access_key_id: &str,
        token: Option<&str>,
    ) -> Result<Arc<Credential>, CredentialFault> {
        if let Some(token) = token {
            return self.session(platform, access_key_id, token);
        }
        let versions = self.versions(platform);
        if let Some((then, credential)) = self.credentials.read().get(access_key_id)
            && *then == versions
        {
            return Ok(credential.clone());
        }
        let credential = Arc::new(long_lived(platform, access_key_id)?);
        remember(&self.credentials, access_key_id.to_owned(), (versions, credential.clone()));
        Ok(credential)
    }

    fn session(
        &self,
        platform: &Platform,
        access_key_id: &str,
        token: &str,
    ) -> Result<Arc<Credential>, CredentialFault> {
        let versions = self.versions(platform);
        let known = self.sessions.read().get(token).cloned();
        let credential = match known {
            Some((then, credential)) if then == versions => credential,
            known => {
                let opened = || Session::open(platform, access_key_id, token).map(temporary);
                let credential = known.map(|(_, credential)| credential);
                let credential = credential.or_else(|| opened().map(Arc::new));
                let credential = credential.ok_or(CredentialFault::Unknown)?;
                let session = credential.caller.session.as_ref();
                let claim = &session.ok_or(CredentialFault::Unknown)?.principal;
                let account = credential.caller.account().unwrap_or_default();
                if !exists(platform, claim)? || is_closed(platform, account)? {
                    return Err(CredentialFault::Unknown);
                }
                remember(&self.sessions, token.to_owned(), (versions, credential.clone()));
                credential
            }
        };
        let session = credential.caller.session.as_ref().ok_or(CredentialFault::Unknown)?;
        if session.access_key_id != access_key_id {
            return Err(CredentialFault::Unknown);
        }
        if session.expires <= platform.clock().now() {
            return Err(CredentialFault::Expired);
        }
        Ok(credential)
    }

    /// The policies on the side of `caller`.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub fn policies(
        &self,
        platform: &Platform,
        caller: &Caller,
    ) -> Result<Arc<IdentityPolicies>, Fault> {
        let stored = self.stored_policies(platform, &caller.principal)?;
        let Some(session) = &caller.session else { return Ok(stored) };
        if let Some(task) = &session.task {
            let identity = vec![self.task(task)?];
            return Ok(Arc::new(IdentityPolicies { identity, ..(*stored).clone() }));
        }
        if session.policies.is_none() && session.policy_arns.is_empty() {
            return Ok(stored);
        }
        let account = caller.account().unwrap_or_default();
        let mut limits = Vec::new();
        for document in session.policies.iter().flatten() {
            limits.extend(self.attached("session policy", document, Kind::Session));
        }
        let scope = Scope::new(account, "");
        platform.read(&scope, |tx| {
            for arn in &session.policy_arns {
                limits.extend(self.managed(tx, arn, Kind::Session)?);
            }
            Ok::<_, Fault>(())
        })?;
        Ok(Arc::new(IdentityPolicies { session: Some(limits), ..(*stored).clone() }))
    }

    /// The policy of a root session's task. It denies all else, and so is an identity policy: a
    /// session policy without an Allow would leave nothing.
    fn task(&self, arn: &str) -> Result<Attached, Fault> {
        let found = aws_managed(arn).and_then(|it| self.attached(arn, it.document, Kind::Identity));
        found.ok_or_else(|| Fault::internal(format!("the task policy {arn} is gone")))
    }

    fn stored_policies(
        &self,
        platform: &Platform,
        principal: &Principal,
    ) -> Result<Arc<IdentityPolicies>, Fault> {
        let versions = self.versions(platform);
        if let Some((then, policies)) = self.policies.read().get(principal)
            && *then == versions
        {
            return Ok(policies.clone());
        }
        let policies = Arc::new(self.load(platform, principal)?);
        remember(&self.policies, principal.clone(), (versions, policies.clone()));
        Ok(policies)
    }

    fn load(&self, platform: &Platform, principal: &Principal) -> Result<IdentityPolicies, Fault> {
        let Some(account) = principal.account() else { return Ok(IdentityPolicies::default()) };
        platform.read(&Scope::new(account, ""), |tx| match principal {
            Principal::User { name, id, .. } => self.of_user(tx, name, id),
            Principal::Role { name, id, .. } => self.of_role(tx, name, id),
            Principal::Federated { user: Some(user), .. } => match &**user {
                Principal::User { name, id, .. } => self.of_user(tx, name, id),
                _ => Ok(IdentityPolicies::default()),
            },
            _ => Ok(IdentityPolicies::default()),
        })
    }

    fn of_user(&self, tx: &ReadTx<'_>, name: &str, id: &str) -> Result<IdentityPolicies, Fault> {
        // A user deleted and created again is another user: the ids differ.
        let Some(user) = tx.get::<User>(name_key(name))?.filter(|user| user.id == id) else {
            return Ok(IdentityPolicies::default());
        };
        let mut identity = self.collect(tx, &user.inline, &user.attached)?;
        for group in &user.groups {
            if let Some(group) = tx.get::<Group>(group)? {
                identity.extend(self.collect(tx, &group.inline, &group.attached)?);
            }
        }
        let boundary = self.boundary(tx, user.boundary.as_deref())?;
        Ok(IdentityPolicies { identity, boundary, session: None })
    }

    fn of_role(&self, tx: &ReadTx<'_>, name: &str, id: &str) -> Result<IdentityPolicies, Fault> {
        let Some(role) = tx.get::<Role>(name_key(name))?.filter(|role| role.id == id) else {
            return Ok(IdentityPolicies::default());
        };
        let identity = self.collect(tx, &role.inline, &role.attached)?;
        let boundary = self.boundary(tx, role.boundary.as_deref())?;
        Ok(IdentityPolicies { identity, boundary, session: None })
    }

    fn collect(
        &self,
        tx: &ReadTx<'_>,
        inline: &super::InlinePolicies,
        attached: &[String],
    ) -> Result<Vec<Attached>, Fault> {
        let mut found = Vec::with_capacity(inline.len() + attached.len());
        for (name, document) in inline {
            found.extend(self.attached(name, document, Kind::Identity));
        }
        for arn in attached {
            found.extend(self.managed(tx, arn, Kind::Identity)?);
        }
        Ok(found)
    }

    /// A boundary that cannot be found allows nothing: one for an action that is none stands in.
    fn boundary(&self, tx: &ReadTx<'_>, arn: Option<&str>) -> Result<Option<Attached>, Fault> {
        const NOTHING: &str =
            r#"{"Statement":{"Effect":"Allow","Action":"none:None","Resource":"*"}}"#;
        let Some(arn) = arn else { return Ok(None) };
        let found = self.managed(tx, arn, Kind::Boundary)?;
        Ok(found.or_else(|| self.attached(arn, NOTHING, Kind::Boundary)))
    }

    fn managed(&self, tx: &ReadTx<'_>, arn: &str, kind: Kind) -> Result<Option<Attached>, Fault> {
        if let Some(managed) = aws_managed(arn) {
            return Ok(self.attached(arn, managed.document, kind));
        }
        let Some((_, name)) = arn.rsplit_once('/') else { return Ok(None) };
        let owner = Arn::parse(arn).map(|arn| arn.account);
        if owner != Some(&*tx.scope().account) {
            return Ok(None);
        }
        let Some(managed) = tx.get::<ManagedPolicy>(name_key(name))? else { return Ok(None) };
        // The name alone is not the policy: its path belongs to it too.
        if managed.arn(&tx.scope().account) != arn {
            return Ok(None);
        }
        Ok(managed.document().and_then(|document| self.attached(arn, document, kind)))
    }

    fn attached(&self, id: &str, document: &str, kind: Kind) -> Option<Attached> {
        Some(Attached { id: id.into(), policy: self.compile(document, kind)? })
    }

    /// The compiled form of `document`, remembered by its text; none if it is malformed, which
    /// documents checked at writing are not.
    pub fn compile(&self, document: &str, kind: Kind) -> Option<Arc<Policy>> {
        if let Some(policy) = self.compiled.read().get(&kind).and_then(|known| known.get(document))
        {
            return Some(policy.clone());
        }
        let policy = Arc::new(Policy::parse(document, kind).ok()?);
        let mut compiled = self.compiled.write();
        let known = compiled.entry(kind).or_default();
        if known.len() >= MAX_CACHED {
            known.clear();
        }
        known.insert(document.into(), policy.clone());
        Some(policy)
    }
}

/// Whether a session's user or role is still there. One created again under the same name is
/// another: the ids differ.
fn exists(platform: &Platform, claim: &PrincipalClaim) -> Result<bool, Fault> {
    let at = |account: &String| Scope::new(account.as_str(), "");
    match claim {
        PrincipalClaim::Root { .. } | PrincipalClaim::Federated { user: None, .. } => Ok(true),
        PrincipalClaim::Federated { user: Some(user), .. } => exists(platform, user),
        PrincipalClaim::User { account, name, id, .. } => platform.read(&at(account), |tx| {
            Ok(tx.get::<User>(name_key(name))?.is_some_and(|user| user.id == *id))
        }),
        PrincipalClaim::Role { account, name, id, .. } => platform.read(&at(account), |tx| {
            Ok(tx.get::<Role>(name_key(name))?.is_some_and(|role| role.id == *id))
        }),
    }
}

/// Whether the keys of `account` are good for nothing any more.
fn is_closed(platform: &Platform, account: &str) -> Result<bool, Fault> {
    platform.read(&Scope::new("", ""), |tx| Account::is_closed(tx, account))
}

fn long_lived(platform: &Platform, access_key_id: &str) -> Result<Credential, CredentialFault> {
    let nowhere = Scope::new("", "");
    let key = platform.read(&nowhere, |tx| tx.get::<AccessKey>(access_key_id))?;
    let key = key.filter(|key| key.active).ok_or(CredentialFault::Unknown)?;
    if is_closed(platform, &key.account)? {
        return Err(CredentialFault::Unknown);
    }
    let secret = platform
        .seal()
        .open(AccessKey::PURPOSE, key.id.as_bytes(), &key.sealed_secret)
        .and_then(|secret| String::from_utf8(secret).ok())
        .ok_or_else(|| Fault::internal("an access key was sealed under another root key"))?;
    let account: Arc<str> = key.account.as_str().into();
    let (principal, tags) = match &key.user {
        None => (Principal::Root { account }, Vec::new()),
        Some(name) => {
            let scope = Scope::new(account.clone(), "");
            let user = platform.read(&scope, |tx| tx.get::<User>(name_key(name)))?;
            let user = user.ok_or(CredentialFault::Unknown)?;
            let (path, name, id) = (user.path.into(), user.name.into(), user.id.into());
            (Principal::User { account, path, name, id }, user.tags)
        }
    };
    let mut caller = Caller::new(principal);
    caller.access_key_id = Some(access_key_id.into());
    caller.tags = tags.into();
    Ok(Credential { secret: secret.into(), caller })
}

fn temporary(session: Session) -> Credential {
    let mut caller = Caller::new(Principal::from(&session.principal));
    caller.access_key_id = Some(session.access_key_id.as_str().into());
    caller.tags = session.tags.clone().into();
    let secret = session.secret_access_key.as_str().into();
    caller.session = Some(Arc::new(session));
    Credential { secret, caller }
}
