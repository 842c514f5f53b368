//! GetAccessKeyInfo: which account an access key belongs to.

use crate::error::StsError;
use service_kit::{
    identity::{AccessKey, access_key_account},
    prelude::*,
};

/// Reads the account out of a key id, whether the key exists or not.
pub(crate) enum GetAccessKeyInfo {}

/// What GetAccessKeyInfo takes.
#[derive(Debug, Shape)]
#[shape(name = "GetAccessKeyInfoRequest")]
pub struct GetAccessKeyInfoInput {
    /// `AKIA…` or `ASIA…`.
    #[shape(length = 16..=128, pattern = r"[\w]*")]
    pub access_key_id: String,
}

/// What GetAccessKeyInfo gives.
#[derive(Debug, Shape)]
#[shape(name = "GetAccessKeyInfoResponse")]
pub struct GetAccessKeyInfoOutput {
    /// Twelve digits.
    pub account: String,
}

impl Operation for GetAccessKeyInfo {
    const NAME: &'static str = "GetAccessKeyInfo";
    type Input = GetAccessKeyInfoInput;
    type Output = GetAccessKeyInfoOutput;
    type Error = StsError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("sts:GetAccessKeyInfo").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, StsError> {
        let id = input.access_key_id;
        // Keys given by the operator are of any form; the stored account is the truth then.
        let stored = cx.read(|tx| tx.get::<AccessKey>(&id))?.map(|key| key.account);
        let account = stored.or_else(|| access_key_account(&id));
        match account {
            Some(account) => Ok(GetAccessKeyInfoOutput { account }),
            None => Err(StsError::invalid(format!("Invalid Access Key Id: {id}"))),
        }
    }
}
