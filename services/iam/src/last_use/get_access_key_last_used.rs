//! GetAccessKeyLastUsed: when, where and for what an access key was last used.

use super::namespace;
use crate::{error::IamError, names::AccessKeyId};
use service_kit::{
    identity::{AccessKey, LastUse, User, name_key},
    prelude::*,
};

/// What stands for what is not known.
const UNKNOWN: &str = "N/A";

/// A key's last use.
#[derive(Clone, Debug, Shape)]
#[shape(name = "AccessKeyLastUsed")]
pub struct AccessKeyLastUsed {
    /// When, once in fifteen minutes.
    pub last_used_date: Option<Timestamp>,
    /// The namespace of the service called.
    pub service_name: String,
    /// The region called.
    pub region: String,
}

/// Shows the last use of a key.
pub(crate) enum GetAccessKeyLastUsed {}

/// What GetAccessKeyLastUsed takes.
#[derive(Debug, Shape)]
#[shape(name = "GetAccessKeyLastUsedRequest")]
pub struct GetAccessKeyLastUsedInput {
    /// The key.
    pub access_key_id: AccessKeyId,
}

/// What GetAccessKeyLastUsed gives.
#[derive(Debug, Shape)]
#[shape(name = "GetAccessKeyLastUsedResponse")]
pub struct GetAccessKeyLastUsedOutput {
    /// Whose key it is.
    pub user_name: Option<String>,
    /// Its last use.
    pub access_key_last_used: Option<AccessKeyLastUsed>,
}

impl Operation for GetAccessKeyLastUsed {
    const NAME: &'static str = "GetAccessKeyLastUsed";
    type Input = GetAccessKeyLastUsedInput;
    type Output = GetAccessKeyLastUsedOutput;
    type Error = IamError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("iam:GetAccessKeyLastUsed").only()
    }

    /// The permission is one on the user whose key it is.
    fn resources(input: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        let user = find(tx, &input.access_key_id.0)?.and_then(|key| key.user);
        let Some(name) = user else { return Ok(()) };
        if let Some(user) = tx.get::<User>(name_key(&name))? {
            for access in access {
                access.resource = user.arn(&tx.scope().account);
            }
        }
        Ok(())
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let id = &input.access_key_id.0;
        cx.platform().flush_uses().await?;
        cx.read(|tx| {
            let key = find(tx, id)?.ok_or_else(|| {
                let message = format!("The Access Key with id {id} cannot be found.");
                IamError::NoSuchEntityException(message)
            })?;
            let used = tx.get::<LastUse>(id)?;
            let access_key_last_used = match used {
                Some(used) => AccessKeyLastUsed {
                    last_used_date: Some(used.at),
                    service_name: namespace(&used.service).to_owned(),
                    region: used.region,
                },
                None => AccessKeyLastUsed {
                    last_used_date: None,
                    service_name: UNKNOWN.into(),
                    region: UNKNOWN.into(),
                },
            };
            Ok(GetAccessKeyLastUsedOutput {
                user_name: Some(key.user.unwrap_or_else(|| "root".into())),
                access_key_last_used: Some(access_key_last_used),
            })
        })
    }
}

/// The key with this id, if it is one of the account's.
fn find(tx: &ReadTx<'_>, id: &str) -> Result<Option<AccessKey>, Fault> {
    let key = tx.get::<AccessKey>(id)?;
    Ok(key.filter(|key| *key.account == *tx.scope().account))
}
