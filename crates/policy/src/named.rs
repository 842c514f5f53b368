//! The principals that a policy names, and how they bear on a caller.
use std::fmt;

use crate::{Principal, arn::is_account_id};

/// One principal in a Principal or NotPrincipal element. ARNs are kept as they were written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum NamedPrincipal {
    /// `*`, alone or as an `AWS` principal: everybody, services and anonymous callers too.
    Everyone,
    /// An account, by id or by its root user's ARN: whoever the account itself allows.
    Account(Box<str>),
    /// The ARN of a user.
    User(Box<str>),
    /// The ARN of a role: all its sessions.
    Role(Box<str>),
    /// The ARN of one session of a role.
    RoleSession(Box<str>),
    /// The ARN of a session from GetFederationToken.
    FederatedUser(Box<str>),
    /// The unique id of a user or role (`AIDA…`, `AROA…`), as stored policies hold them.
    UniqueId(Box<str>),
    /// The name of a service.
    Service(Box<str>),
    /// An identity provider: its ARN in IAM, or its host name.
    Federated(Box<str>),
}

use NamedPrincipal as Named;

impl fmt::Display for NamedPrincipal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Named::Everyone => f.write_str("*"),
            Named::Account(id) => write!(f, "arn:aws:iam::{id}:root"),
            Named::User(text)
            | Named::Role(text)
            | Named::RoleSession(text)
            | Named::FederatedUser(text)
            | Named::UniqueId(text)
            | Named::Service(text)
            | Named::Federated(text) => f.write_str(text),
        }
    }
}

impl NamedPrincipal {
    /// Reads one value of the `AWS`, `Service` or `Federated` list; none if it names nobody.
    /// Wildcards within a name are not allowed here (IAM User Guide, "AWS JSON policy elements:
    /// Principal").
    pub(crate) fn parse(list: &str, text: &str) -> Option<Self> {
        let plain = !text.is_empty()
            && !text.contains(|char: char| char == '*' || char == '?' || char.is_whitespace());
        match list {
            "AWS" if text == "*" => Some(Named::Everyone),
            "AWS" if plain => aws(text),
            "Service" if plain && text.contains('.') => Some(Named::Service(text.into())),
            "Federated" if plain => Some(Named::Federated(text.into())),
            _ => None,
        }
    }

    /// How this name covers the caller, if it does.
    pub(crate) fn covers(&self, caller: &Principal) -> Option<Cover> {
        let covered = match self {
            Named::Everyone => return Some(Cover::Everyone),
            Named::Account(id) => {
                return (caller.account() == Some(id)).then_some(Cover::Account);
            }
            Named::User(arn) => match caller {
                Principal::Federated { user: Some(user), .. } => {
                    return is_user(arn, user).then_some(Cover::Issuer);
                }
                _ => is_user(arn, caller),
            },
            Named::Role(arn) => return is_role(arn, caller).then_some(Cover::Issuer),
            Named::RoleSession(arn) => is_session(arn, caller),
            Named::FederatedUser(arn) => is_federated(arn, caller),
            Named::UniqueId(id) => return covers_id(id, caller),
            Named::Service(service) => {
                matches!(caller, Principal::Service { name, .. } if **name == **service)
            }
            Named::Federated(named) => {
                matches!(caller, Principal::WebIdentity { provider, .. } if **provider == **named)
            }
        };
        covered.then_some(Cover::Itself)
    }
}

/// Through what a caller is covered by a named principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cover {
    Everyone,
    Account,
    /// The role of a session, or the user of a federated session.
    Issuer,
    /// The very user, session, service or provider.
    Itself,
}

/// What an Allow of a resource's policy gives by itself to a caller of the same account, from
/// least to most (iam.md R6; IAM User Guide, "Policy evaluation for requests within a single
/// account").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grant {
    Nothing,
    /// The account may allow: identity, boundary and session policies all have to.
    Delegated,
    /// Boundary and session policies still have to allow.
    Limited,
    Full,
}

impl Cover {
    pub fn grant(self) -> Grant {
        match self {
            Cover::Account => Grant::Delegated,
            Cover::Issuer => Grant::Limited,
            Cover::Everyone | Cover::Itself => Grant::Full,
        }
    }
}

/// Whether a NotPrincipal list names the caller in every way that IAM looks at: account, role or
/// user behind a session, and the caller itself.
pub(crate) fn exempts<'a>(
    mut named: impl Iterator<Item = &'a NamedPrincipal>,
    caller: &Principal,
) -> bool {
    let is_root = matches!(caller, Principal::Root { .. });
    let mut account = caller.account().is_none();
    let mut issuer =
        !matches!(caller, Principal::Role { .. } | Principal::Federated { user: Some(_), .. });
    let mut itself = is_root;
    named.any(|name| {
        match name.covers(caller) {
            Some(Cover::Everyone) => return true,
            Some(Cover::Account) => account = true,
            Some(Cover::Issuer) => issuer = true,
            Some(Cover::Itself) => itself = true,
            None => {}
        }
        account && issuer && itself
    })
}

fn aws(text: &str) -> Option<Named> {
    if is_account_id(text) {
        return Some(Named::Account(text.into()));
    }
    if is_unique_id(text) {
        return Some(Named::UniqueId(text.into()));
    }
    let arn = crate::Arn::parse(text)?;
    if !arn.region.is_empty() || !is_account_id(arn.account) {
        return None;
    }
    let (kind, name) = arn.type_and_id();
    match (arn.service, kind) {
        ("iam", "") if arn.resource == "root" => Some(Named::Account(arn.account.into())),
        (_, _) if name.is_empty() => None,
        ("iam", "user") => Some(Named::User(text.into())),
        ("iam", "role") => Some(Named::Role(text.into())),
        ("sts", "assumed-role") if name.contains('/') => Some(Named::RoleSession(text.into())),
        ("sts", "federated-user") => Some(Named::FederatedUser(text.into())),
        _ => None,
    }
}

fn is_unique_id(text: &str) -> bool {
    text.len() >= 16
        && (text.starts_with("AIDA") || text.starts_with("AROA"))
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn is_user(arn: &str, caller: &Principal) -> bool {
    let Principal::User { account, path, name, .. } = caller else { return false };
    spells(arn, &["arn:aws:iam::", account, ":user", path, name])
}

fn is_role(arn: &str, caller: &Principal) -> bool {
    let Principal::Role { account, path, name, .. } = caller else { return false };
    spells(arn, &["arn:aws:iam::", account, ":role", path, name])
}

fn is_session(arn: &str, caller: &Principal) -> bool {
    let Principal::Role { account, name, session, .. } = caller else { return false };
    spells(arn, &["arn:aws:sts::", account, ":assumed-role/", name, "/", session])
}

fn is_federated(arn: &str, caller: &Principal) -> bool {
    let Principal::Federated { account, name, .. } = caller else { return false };
    spells(arn, &["arn:aws:sts::", account, ":federated-user/", name])
}

fn covers_id(wanted: &str, caller: &Principal) -> Option<Cover> {
    let is_user =
        |caller: &Principal| matches!(caller, Principal::User { id, .. } if **id == *wanted);
    match caller {
        Principal::Role { id, .. } => (**id == *wanted).then_some(Cover::Issuer),
        Principal::Federated { user: Some(user), .. } => is_user(user).then_some(Cover::Issuer),
        _ => is_user(caller).then_some(Cover::Itself),
    }
}

/// Whether `text` is the pieces in a row; saves building the ARN on each request.
fn spells(text: &str, pieces: &[&str]) -> bool {
    pieces.iter().try_fold(text, |rest, piece| rest.strip_prefix(piece)) == Some("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_only_what_can_call() {
        for (list, text) in [
            ("AWS", "arn:aws:iam::111122223333:user/*"),
            ("AWS", "arn:aws:iam::111122223333:group/g"),
            ("AWS", "arn:aws:iam::1:root"),
            ("AWS", "ana"),
            ("AWS", ""),
            ("Service", "*"),
            ("Service", "lambda"),
            ("Federated", ""),
            ("CanonicalUser", "79a59d"),
            ("Foo", "x"),
        ] {
            assert_eq!(Named::parse(list, text), None, "{list} {text}");
        }
        let account = Some(Named::Account("111122223333".into()));
        assert_eq!(Named::parse("AWS", "111122223333"), account);
        assert_eq!(Named::parse("AWS", "arn:aws:iam::111122223333:root"), account);
        let id = "AIDAJQABLZS4A3QDU576Q";
        assert_eq!(Named::parse("AWS", id), Some(Named::UniqueId(id.into())));
    }
}
