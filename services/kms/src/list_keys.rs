//! ListKeys: the account's keys in this region, oldest first.

use crate::{error::KmsError, key::Listed};
use service_kit::prelude::*;

/// Lists the account's keys, those that AWS manages included.
pub(crate) enum ListKeys {}

#[derive(Debug, Shape)]
pub struct ListKeysInput {
    #[shape(range = 1..=1000)]
    pub limit: Option<u32>,
    #[shape(length = 1..=1024, pattern = r"[\u0020-\u00FF]*")]
    pub marker: Option<String>,
}

#[derive(Debug, Shape)]
pub struct ListKeysOutput {
    pub keys: Option<Vec<KeyListEntry>>,
    #[shape(length = 1..=1024, pattern = r"[\u0020-\u00FF]*")]
    pub next_marker: Option<String>,
    pub truncated: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Shape)]
pub struct KeyListEntry {
    #[shape(length = 1..=2048)]
    pub key_id: Option<String>,
    #[shape(length = 20..=2048)]
    pub key_arn: Option<String>,
}

impl Operation for ListKeys {
    const NAME: &'static str = "ListKeys";
    type Input = ListKeysInput;
    type Output = ListKeysOutput;
    type Error = KmsError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("kms:ListKeys").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let limit = input.limit.unwrap_or(100) as usize;
        let page = cx
            .read(|tx| tx.page::<Listed>((), input.marker.as_deref(), limit))
            .map_err(marker_fault)?;
        let entry = |listed: Listed| KeyListEntry {
            key_arn: Some(cx.scope().arn("kms", format_args!("key/{}", listed.id))),
            key_id: Some(listed.id),
        };
        Ok(ListKeysOutput {
            keys: Some(page.items.into_iter().map(entry).collect()),
            truncated: Some(page.next.is_some()),
            next_marker: page.next,
        })
    }
}

/// A bad token is a bad marker here.
pub fn marker_fault(fault: Fault) -> KmsError {
    match fault {
        Fault::Validation(_) => KmsError::InvalidMarkerException,
        other => other.into(),
    }
}
