//! The caller of a request: what it is called and which condition keys describe it.
use std::sync::Arc;

use crate::Context;

/// Who makes a request. Cloning costs a few reference counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Principal {
    /// The root user of an account.
    Root {
        /// Twelve digits.
        account: Arc<str>,
    },
    /// An IAM user.
    User {
        /// Twelve digits.
        account: Arc<str>,
        /// With slashes at both ends; `/` at least.
        path: Arc<str>,
        /// The user's name.
        name: Arc<str>,
        /// The unique id, `AIDA…`.
        id: Arc<str>,
    },
    /// A session of a role, from any of the AssumeRole calls.
    Role {
        /// Twelve digits.
        account: Arc<str>,
        /// The role's path, with slashes at both ends.
        path: Arc<str>,
        /// The role's name.
        name: Arc<str>,
        /// The role's unique id, `AROA…`.
        id: Arc<str>,
        /// The session's name.
        session: Arc<str>,
    },
    /// A session from GetFederationToken.
    Federated {
        /// Twelve digits.
        account: Arc<str>,
        /// The name given to GetFederationToken.
        name: Arc<str>,
        /// The user who asked for the token; none when the root user did.
        user: Option<Arc<Principal>>,
    },
    /// A caller known only by its identity provider, as AssumeRoleWithWebIdentity and
    /// AssumeRoleWithSAML see it.
    WebIdentity {
        /// The provider as trust policies name it: its ARN in IAM, or its host name.
        provider: Arc<str>,
        /// The subject that the provider vouches for.
        subject: Arc<str>,
    },
    /// An AWS service acting for itself.
    Service {
        /// Such as `lambda.amazonaws.com`.
        name: Arc<str>,
        /// The account on whose behalf the service acts, if any.
        account: Option<Arc<str>>,
    },
    /// An unsigned request.
    Anonymous,
}

use Principal::{Anonymous, Federated, Role, Root, Service, User, WebIdentity};

impl Principal {
    /// The name in messages and audit records. Role sessions show the session, without path.
    pub fn arn(&self) -> String {
        match self {
            Role { account, name, session, .. } => {
                format!("arn:aws:sts::{account}:assumed-role/{name}/{session}")
            }
            WebIdentity { provider, subject } => format!("{provider}:{subject}"),
            Service { name, .. } => name.to_string(),
            Anonymous => "anonymous".to_owned(),
            Root { .. } | User { .. } | Federated { .. } => {
                self.principal_arn().unwrap_or_default()
            }
        }
    }

    /// The value of `aws:PrincipalArn`: the *role's* ARN, with path, for a role session; none for
    /// services, identity providers and anonymous callers.
    pub fn principal_arn(&self) -> Option<String> {
        match self {
            Root { account } => Some(format!("arn:aws:iam::{account}:root")),
            User { account, path, name, .. } => {
                Some(format!("arn:aws:iam::{account}:user{path}{name}"))
            }
            Role { account, path, name, .. } => {
                Some(format!("arn:aws:iam::{account}:role{path}{name}"))
            }
            Federated { account, name, .. } => {
                Some(format!("arn:aws:sts::{account}:federated-user/{name}"))
            }
            WebIdentity { .. } | Service { .. } | Anonymous => None,
        }
    }

    /// The value of `aws:userid`, as GetCallerIdentity's UserId; none for services.
    pub fn user_id(&self) -> Option<String> {
        match self {
            Root { account } => Some(account.to_string()),
            User { id, .. } => Some(id.to_string()),
            Role { id, session, .. } => Some(format!("{id}:{session}")),
            Federated { account, name, .. } => Some(format!("{account}:{name}")),
            WebIdentity { provider, subject } => Some(format!("{provider}:{subject}")),
            Service { .. } => None,
            Anonymous => Some("anonymous".to_owned()),
        }
    }

    /// The account that the caller belongs to. None for services, whose permissions come from
    /// the resource alone, for identity providers and for anonymous callers.
    pub fn account(&self) -> Option<&str> {
        match self {
            Root { account }
            | User { account, .. }
            | Role { account, .. }
            | Federated { account, .. } => Some(account),
            WebIdentity { .. } | Service { .. } | Anonymous => None,
        }
    }

    /// The value of `aws:PrincipalType`; none for services and identity providers.
    pub fn kind(&self) -> Option<&'static str> {
        match self {
            Root { .. } => Some("Account"),
            User { .. } => Some("User"),
            Role { .. } => Some("AssumedRole"),
            Federated { .. } => Some("FederatedUser"),
            WebIdentity { .. } | Service { .. } => None,
            Anonymous => Some("Anonymous"),
        }
    }

    /// Whether this is a session of a role that belongs to a service. Organizations' policies do
    /// not bind those.
    pub fn is_service_linked(&self) -> bool {
        matches!(self, Role { path, .. } if path.starts_with("/aws-service-role/"))
    }

    /// Sets the keys that follow from who calls: `aws:PrincipalArn`, `PrincipalAccount`,
    /// `PrincipalType`, `PrincipalIsAWSService`, `PrincipalServiceName`,
    /// `PrincipalServiceNamesList`, `userid` and `username`. Tags, organisation, session and
    /// multi-factor keys are the caller's to add.
    pub fn context_keys(&self, into: &mut Context) {
        if let Some(arn) = self.principal_arn() {
            into.set("aws:PrincipalArn", arn);
        }
        if let Some(kind) = self.kind() {
            into.set("aws:PrincipalType", kind);
        }
        if let Some(id) = self.user_id() {
            into.set("aws:userid", id);
        }
        match self {
            User { name, .. } => into.set("aws:username", &**name),
            Service { name, .. } => {
                into.set("aws:PrincipalServiceName", &**name);
                into.set_many("aws:PrincipalServiceNamesList", [name.to_string()]);
            }
            Anonymous => into.set("aws:PrincipalAccount", "anonymous"),
            _ => {}
        }
        if let Some(account) = self.account() {
            into.set("aws:PrincipalAccount", account);
        }
        let service = matches!(self, Service { .. });
        into.set("aws:PrincipalIsAWSService", if service { "true" } else { "false" });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Keys;

    #[test]
    fn a_role_session_is_named_differently_in_messages_and_conditions() {
        let session = Role {
            account: "111122223333".into(),
            path: "/team/".into(),
            name: "dev".into(),
            id: "AROAEXAMPLE".into(),
            session: "ana".into(),
        };
        let mut context = Context::default();
        session.context_keys(&mut context);
        assert_eq!(session.arn(), "arn:aws:sts::111122223333:assumed-role/dev/ana");
        let values = |key| context.get(key).map(|values| values[0].as_str());
        assert_eq!(values("aws:PrincipalArn"), Some("arn:aws:iam::111122223333:role/team/dev"));
        assert_eq!(values("aws:userid"), Some("AROAEXAMPLE:ana"));
        assert_eq!(values("aws:username"), None);
        assert_eq!(values("aws:PrincipalIsAWSService"), Some("false"));
    }

    #[test]
    fn a_service_has_neither_account_nor_arn() {
        let mut context = Context::default();
        let service = Service { name: "sns.amazonaws.com".into(), account: None };
        service.context_keys(&mut context);
        assert_eq!(service.arn(), "sns.amazonaws.com");
        assert!(context.get("aws:PrincipalAccount").is_none());
        assert!(context.entry("aws:PrincipalServiceNamesList").unwrap().multi_valued);
    }
}
