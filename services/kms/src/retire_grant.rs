//! RetireGrant: give a grant back, as those it names may.

use crate::{
    encrypt::check_dry_run,
    error::KmsError,
    grant::{self, Grant},
    key::Key,
    key_ref,
};
use policy::Principal;
use service_kit::prelude::*;

/// Deletes a grant; it stops to hold at once.
pub(crate) enum RetireGrant {}

#[derive(Debug, Shape)]
pub struct RetireGrantInput {
    #[shape(length = 1..=8192)]
    pub grant_token: Option<String>,
    #[shape(length = 1..=2048)]
    pub key_id: Option<String>,
    #[shape(length = 1..=128)]
    pub grant_id: Option<String>,
    pub dry_run: Option<bool>,
}

impl Operation for RetireGrant {
    const NAME: &'static str = "RetireGrant";
    type Input = RetireGrantInput;
    type Output = Empty;
    type Error = KmsError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::signed_only("kms:RetireGrant", "the grant itself says who may retire it")
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let (key_id, grant_id) = match (&input.grant_token, &input.key_id, &input.grant_id) {
            (Some(token), None, None) => grant::named_by(cx, token)?,
            (None, Some(key), Some(grant)) => (key.clone(), grant.clone()),
            _ => {
                return Err(KmsError::invalid(
                    "Either a grant token, or a key and a grant id must be given.",
                ));
            }
        };
        let key = key_ref::by_id(cx, &key_id)?;
        let found = cx.read(|tx| {
            let found = tx.within(key.scope()).get::<Grant>((&key.id, &grant_id))?;
            found.ok_or_else(|| {
                KmsError::InvalidGrantIdException(format!("Grant ID {grant_id} not found"))
            })
        })?;
        check_caller(cx, &key, &found)?;
        check_dry_run(input.dry_run)?;
        cx.write(|tx| {
            tx.within(key.scope()).delete::<Grant>((&key.id, &grant_id));
            Ok(Empty)
        })
        .await
    }
}

/// Whom a grant lets retire it: its retiring principal, its grantee if it grants just that, the
/// account that made it, and whoever a policy on the key allows ("Retiring and revoking grants").
fn check_caller(cx: &Context, key: &Key, grant: &Grant) -> Result<(), KmsError> {
    let caller = &cx.caller().principal;
    let is = |named: &str| match caller {
        Principal::Service { name, .. } => **name == *named,
        other => other.principal_arn().is_some_and(|arn| arn == named),
    };
    // A user or role of the grantee's name, made later, is somebody else.
    let id = match caller {
        Principal::User { id, .. } | Principal::Role { id, .. } => Some(&**id),
        _ => None,
    };
    let is_grantee =
        grant.grantee_id.as_deref().map_or_else(|| is(&grant.grantee), |known| id == Some(known));
    let may_retire = grant.operations.iter().any(|operation| operation == "RetireGrant");
    if grant.retiring.as_deref().is_some_and(is)
        || may_retire && is_grantee
        || is(&grant.issuing_account)
    {
        return Ok(());
    }
    let access = Access::on("kms:RetireGrant", key.arn()).only();
    cx.authorize(&access).map_err(|refused| Fault::AccessDenied(refused.message).into())
}
