//! Create, list, reset, switch and delete credentials for single services.

use super::ServiceCredential;
use crate::{
    credential::{self, find},
    error::IamError,
    names::{Marker, MaxItems, UserName, arn},
    paging::Paging,
    user::{
        access_keys::Status,
        named::{Named, named, optional_arn, user_by_id},
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::digest;
use service_kit::{identity::unique_id, prelude::*};

/// The most credentials of one user for one service.
const MAX_CREDENTIALS: usize = 2;
/// The random part of a secret.
const SECRET_BYTES: usize = 32;
const DAY_SECS: u64 = 86_400;

/// How a service wants its credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// User name and password.
    Password,
    /// One secret with an alias, which may end.
    ApiKey,
}

/// The services that have credentials of their own (IAM API Reference,
/// "CreateServiceSpecificCredential").
const SERVICES: [(&str, Kind); 3] = [
    ("bedrock.amazonaws.com", Kind::ApiKey),
    ("cassandra.amazonaws.com", Kind::Password),
    ("codecommit.amazonaws.com", Kind::Password),
];

fn kind(service: &str) -> Result<Kind, IamError> {
    let known = SERVICES.iter().find(|(name, _)| *name == service);
    known.map(|(_, kind)| *kind).ok_or_else(|| {
        IamError::ServiceNotSupportedException(format!(
            "No such service {service} is supported for Service Specific Credentials"
        ))
    })
}

/// The id of a credential.
#[derive(Clone, Debug, Shape)]
#[shape(name = "serviceSpecificCredentialId", length = 20..=128, pattern = r"[\w]+")]
pub struct CredentialId(pub String);

/// A credential with its secret.
#[derive(Clone, Debug, Shape)]
#[shape(name = "ServiceSpecificCredential")]
pub struct CredentialView {
    /// When it was made.
    pub create_date: Timestamp,
    /// When it ends.
    pub expiration_date: Option<Timestamp>,
    /// The service.
    pub service_name: String,
    /// The name that goes with the password.
    pub service_user_name: Option<String>,
    /// The password; shown only this once.
    #[shape(sensitive)]
    pub service_password: Option<String>,
    /// The name that goes with the secret.
    pub service_credential_alias: Option<String>,
    /// The secret; shown only this once.
    #[shape(sensitive)]
    pub service_credential_secret: Option<String>,
    /// `ACCA…`.
    pub service_specific_credential_id: String,
    /// Whose it is.
    pub user_name: String,
    /// Whether it may be used.
    pub status: Status,
}

impl CredentialView {
    fn of(
        cx: &Context,
        user: String,
        credential: &ServiceCredential,
        secret: String,
    ) -> Result<Self, IamError> {
        let is_key = kind(&credential.service)? == Kind::ApiKey;
        let name = credential.service_user.clone();
        Ok(Self {
            create_date: credential.created,
            expiration_date: credential.expires,
            service_name: credential.service.clone(),
            service_user_name: (!is_key).then(|| name.clone()),
            service_password: (!is_key).then(|| secret.clone()),
            service_credential_alias: is_key.then_some(name),
            service_credential_secret: is_key.then_some(secret),
            service_specific_credential_id: credential.id.clone(),
            user_name: user,
            status: credential.status(cx.now()),
        })
    }
}

/// A credential without its secret.
#[derive(Clone, Debug, Shape)]
#[shape(name = "ServiceSpecificCredentialMetadata")]
pub struct CredentialMetadata {
    /// Whose it is.
    pub user_name: String,
    /// Whether it may be used.
    pub status: Status,
    /// The name that goes with the password.
    pub service_user_name: Option<String>,
    /// The name that goes with the secret.
    pub service_credential_alias: Option<String>,
    /// When it was made.
    pub create_date: Timestamp,
    /// When it ends.
    pub expiration_date: Option<Timestamp>,
    /// `ACCA…`.
    pub service_specific_credential_id: String,
    /// The service.
    pub service_name: String,
}

/// A fresh secret, and what is kept of it.
fn fresh_secret(cx: &Context, kind: Kind, name: &str) -> (String, Vec<u8>) {
    let bytes = cx.entropy().bytes::<SECRET_BYTES>();
    let secret = match kind {
        Kind::Password => STANDARD.encode(bytes),
        // A key says itself whose it is.
        Kind::ApiKey => {
            let named = format!("{name}:{}", STANDARD.encode(bytes));
            format!("ABSK{}", STANDARD.encode(named))
        }
    };
    let digest = digest::digest(&digest::SHA256, secret.as_bytes());
    (secret, digest.as_ref().to_vec())
}

/// The name for a user's next credential: the first one free.
fn free_name(cx: &Context, user: &str, kind: Kind, known: &[ServiceCredential]) -> String {
    if kind == Kind::ApiKey {
        let suffix = cx.entropy().lower_id(4);
        return format!("BedrockAPIKey-{suffix}-at-{}", cx.account());
    }
    let name = |number: usize| match number {
        0 => format!("{user}-at-{}", cx.account()),
        _ => format!("{user}+{number}-at-{}", cx.account()),
    };
    let taken = |name: &String| known.iter().any(|other| other.service_user == *name);
    (0..MAX_CREDENTIALS).map(name).find(|name| !taken(name)).unwrap_or_default()
}

/// Makes a credential.
pub(crate) enum CreateServiceSpecificCredential {}

/// What CreateServiceSpecificCredential takes.
#[derive(Debug, Shape)]
#[shape(name = "CreateServiceSpecificCredentialRequest")]
pub struct CreateServiceSpecificCredentialInput {
    /// The user.
    pub user_name: UserName,
    /// The service.
    pub service_name: String,
    /// For how many days it is good; for ever if nothing is said.
    #[shape(range = 1..=36_600)]
    pub credential_age_days: Option<u32>,
}

/// What CreateServiceSpecificCredential gives.
#[derive(Debug, Shape)]
#[shape(name = "CreateServiceSpecificCredentialResponse")]
pub struct CreateServiceSpecificCredentialOutput {
    /// The credential.
    pub service_specific_credential: CredentialView,
}

impl Operation for CreateServiceSpecificCredential {
    const NAME: &'static str = "CreateServiceSpecificCredential";
    type Input = CreateServiceSpecificCredentialInput;
    type Output = CreateServiceSpecificCredentialOutput;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let age = input.credential_age_days.map(|days| days.to_string());
        Access::on("iam:CreateServiceSpecificCredential", arn(at, "user", &input.user_name.0))
            .with("iam:ServiceSpecificCredentialServiceName", input.service_name.as_str())
            .with_some("iam:ServiceSpecificCredentialAgeDays", age)
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let service = input.service_name;
        let kind = kind(&service)?;
        if input.credential_age_days.is_some() && kind != Kind::ApiKey {
            let message = format!("CredentialAgeDays is not supported for {service}");
            return Err(IamError::Common(Fault::invalid(message)));
        }
        let user = Named::User(input.user_name.0);
        let (id, created) = (unique_id("ACCA", cx.entropy()), cx.now().whole_seconds());
        let lasts = input.credential_age_days.map(|days| u64::from(days) * DAY_SECS);
        let service_specific_credential = cx.write(|tx| {
            let owner = user.owner(&tx.reader())?;
            let mut known = tx.list::<ServiceCredential>(&owner.id)?;
            known.retain(|other| other.service == service);
            if known.len() >= MAX_CREDENTIALS {
                let quota = "ServiceSpecificCredentialsPerUser";
                return Err(IamError::quota(quota, MAX_CREDENTIALS));
            }
            let service_user = free_name(cx, &owner.name, kind, &known);
            let (secret, digest) = fresh_secret(cx, kind, &service_user);
            let credential = ServiceCredential {
                user_id: owner.id,
                id: id.clone(),
                service: service.clone(),
                service_user,
                digest,
                active: true,
                created,
                expires: lasts.map(|secs| created + Duration::from_secs(secs)),
            };
            tx.put(&credential)?;
            CredentialView::of(cx, owner.name, &credential, secret)
        });
        let service_specific_credential = service_specific_credential.await?;
        Ok(CreateServiceSpecificCredentialOutput { service_specific_credential })
    }
}

/// Replaces the secret of a credential.
pub(crate) enum ResetServiceSpecificCredential {}

/// What ResetServiceSpecificCredential takes.
#[derive(Debug, Shape)]
#[shape(name = "ResetServiceSpecificCredentialRequest")]
pub struct ResetServiceSpecificCredentialInput {
    /// The user; the caller if nobody is named.
    pub user_name: Option<UserName>,
    /// The credential's id.
    pub service_specific_credential_id: CredentialId,
}

/// What ResetServiceSpecificCredential gives.
#[derive(Debug, Shape)]
#[shape(name = "ResetServiceSpecificCredentialResponse")]
pub struct ResetServiceSpecificCredentialOutput {
    /// The credential with its new secret.
    pub service_specific_credential: CredentialView,
}

impl Operation for ResetServiceSpecificCredential {
    const NAME: &'static str = "ResetServiceSpecificCredential";
    type Input = ResetServiceSpecificCredentialInput;
    type Output = ResetServiceSpecificCredentialOutput;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let arn = optional_arn(at, input.user_name.as_ref());
        Access::on("iam:ResetServiceSpecificCredential", arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let user = named(cx, input.user_name)?;
        let id = &input.service_specific_credential_id.0;
        let service_specific_credential = cx.write(|tx| {
            let owner = user.owner(&tx.reader())?;
            let mut credential = find::<ServiceCredential>(&tx.reader(), &owner.id, id)?;
            let kind = kind(&credential.service)?;
            let (secret, digest) = fresh_secret(cx, kind, &credential.service_user);
            credential.digest = digest;
            tx.put(&credential)?;
            CredentialView::of(cx, owner.name, &credential, secret)
        });
        let service_specific_credential = service_specific_credential.await?;
        Ok(ResetServiceSpecificCredentialOutput { service_specific_credential })
    }
}

/// Lists credentials without their secrets.
pub(crate) enum ListServiceSpecificCredentials {}

/// What ListServiceSpecificCredentials takes.
#[derive(Debug, Shape)]
#[shape(name = "ListServiceSpecificCredentialsRequest")]
pub struct ListServiceSpecificCredentialsInput {
    /// The user; the caller if nobody is named.
    pub user_name: Option<UserName>,
    /// Only those for this service.
    pub service_name: Option<String>,
    /// Those of all users; they must be for one service then.
    pub all_users: Option<bool>,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListServiceSpecificCredentials gives.
#[derive(Debug, Shape)]
#[shape(name = "ListServiceSpecificCredentialsResponse")]
pub struct ListServiceSpecificCredentialsOutput {
    /// The credentials.
    pub service_specific_credentials: Vec<CredentialMetadata>,
    /// Where to go on.
    pub marker: Option<String>,
    /// Whether there are more.
    pub is_truncated: bool,
}

impl Operation for ListServiceSpecificCredentials {
    const NAME: &'static str = "ListServiceSpecificCredentials";
    type Input = ListServiceSpecificCredentialsInput;
    type Output = ListServiceSpecificCredentialsOutput;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let arn = match input.all_users {
            // Everybody's: whoever may list them must be allowed on all users.
            Some(true) => arn(at, "user", "*"),
            _ => optional_arn(at, input.user_name.as_ref()),
        };
        Access::on("iam:ListServiceSpecificCredentials", arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        if let Some(service) = &input.service_name {
            kind(service)?;
        }
        let user = match (input.all_users, input.user_name) {
            (Some(true), Some(_)) => {
                let message = "UserName cannot be used together with AllUsers";
                return Err(IamError::Common(Fault::invalid(message)));
            }
            (Some(true), None) => None,
            (_, name) => Some(named(cx, name)?),
        };
        cx.read(|tx| {
            let mut credentials = match &user {
                Some(user) => tx.list::<ServiceCredential>(user.owner(tx)?.id)?,
                None => tx.list::<ServiceCredential>(())?,
            };
            if let Some(service) = &input.service_name {
                credentials.retain(|credential| credential.service == *service);
            }
            let page = paging.of(credentials, |credential| credential.id.clone())?;
            let views = page.items.into_iter().map(|credential| metadata(tx, credential, cx.now()));
            Ok(ListServiceSpecificCredentialsOutput {
                service_specific_credentials: views.collect::<Result<_, IamError>>()?,
                is_truncated: page.next.is_some(),
                marker: page.next,
            })
        })
    }
}

fn metadata(
    tx: &ReadTx<'_>,
    credential: ServiceCredential,
    now: Timestamp,
) -> Result<CredentialMetadata, IamError> {
    let user = user_by_id(tx, &credential.user_id)?;
    let is_key = kind(&credential.service)? == Kind::ApiKey;
    let (status, name) = (credential.status(now), credential.service_user);
    Ok(CredentialMetadata {
        user_name: user.map_or_else(|| "root".into(), |user| user.name),
        status,
        service_user_name: (!is_key).then(|| name.clone()),
        service_credential_alias: is_key.then_some(name),
        create_date: credential.created,
        expiration_date: credential.expires,
        service_specific_credential_id: credential.id,
        service_name: credential.service,
    })
}

/// Switches a credential on or off.
pub(crate) enum UpdateServiceSpecificCredential {}

/// What UpdateServiceSpecificCredential takes.
#[derive(Debug, Shape)]
#[shape(name = "UpdateServiceSpecificCredentialRequest")]
pub struct UpdateServiceSpecificCredentialInput {
    /// The user; the caller if nobody is named.
    pub user_name: Option<UserName>,
    /// The credential's id.
    pub service_specific_credential_id: CredentialId,
    /// Active or inactive.
    pub status: Status,
}

impl Operation for UpdateServiceSpecificCredential {
    const NAME: &'static str = "UpdateServiceSpecificCredential";
    type Input = UpdateServiceSpecificCredentialInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let arn = optional_arn(at, input.user_name.as_ref());
        Access::on("iam:UpdateServiceSpecificCredential", arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        let user = named(cx, input.user_name)?;
        let id = &input.service_specific_credential_id.0;
        credential::set_status::<ServiceCredential>(cx, &user, id, input.status).await
    }
}

/// Deletes a credential.
pub(crate) enum DeleteServiceSpecificCredential {}

/// What DeleteServiceSpecificCredential takes.
#[derive(Debug, Shape)]
#[shape(name = "DeleteServiceSpecificCredentialRequest")]
pub struct DeleteServiceSpecificCredentialInput {
    /// The user; the caller if nobody is named.
    pub user_name: Option<UserName>,
    /// The credential's id.
    pub service_specific_credential_id: CredentialId,
}

impl Operation for DeleteServiceSpecificCredential {
    const NAME: &'static str = "DeleteServiceSpecificCredential";
    type Input = DeleteServiceSpecificCredentialInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let arn = optional_arn(at, input.user_name.as_ref());
        Access::on("iam:DeleteServiceSpecificCredential", arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        let user = named(cx, input.user_name)?;
        let id = &input.service_specific_credential_id.0;
        credential::delete::<ServiceCredential>(cx, &user, id).await
    }
}
