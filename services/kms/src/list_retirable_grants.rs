//! ListRetirableGrants: the grants that a principal may retire.

use crate::{
    error::KmsError,
    grant::Grant,
    list_grants::{ListGrantsResponse, entry},
    list_keys::marker_fault,
};
use service_kit::prelude::*;

/// Lists the grants on keys of this account and region that name a retiring principal.
pub(crate) enum ListRetirableGrants {}

#[derive(Debug, Shape)]
pub struct ListRetirableGrantsInput {
    #[shape(range = 1..=1000)]
    pub limit: Option<u32>,
    #[shape(length = 1..=1024, pattern = r"[\u0020-\u00FF]*")]
    pub marker: Option<String>,
    #[shape(length = 1..=256, pattern = r"^[\w+=,.@:/-]+$")]
    pub retiring_principal: String,
}

impl Operation for ListRetirableGrants {
    const NAME: &'static str = "ListRetirableGrants";
    type Input = ListRetirableGrantsInput;
    type Output = ListGrantsResponse;
    type Error = KmsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        // The principal is what is asked about, not any key (API Reference, "ListRetirableGrants").
        Access::on("kms:ListRetirableGrants", &input.retiring_principal).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let limit = input.limit.unwrap_or(50) as usize;
        let page = cx
            .read(|tx| tx.page::<Grant>((), input.marker.as_deref(), limit))
            .map_err(marker_fault)?;
        let is_meant = |grant: &Grant| grant.retiring.as_ref() == Some(&input.retiring_principal);
        let shown = page.items.into_iter().filter(is_meant).map(|grant| {
            let arn = cx.scope().arn("kms", format_args!("key/{}", grant.key_id));
            entry(&arn, grant)
        });
        Ok(ListGrantsResponse {
            grants: Some(shown.collect()),
            truncated: Some(page.next.is_some()),
            next_marker: page.next,
        })
    }
}
