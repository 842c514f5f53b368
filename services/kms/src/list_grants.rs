//! ListGrants: who may use a key by grants.

use crate::{
    error::KmsError,
    grant::{Grant, GrantConstraints, GrantOperation},
    key_ref,
    list_keys::marker_fault,
};
use service_kit::prelude::*;
use shape::Value;

/// Lists the grants of a key.
pub(crate) enum ListGrants {}

#[derive(Debug, Shape)]
pub struct ListGrantsInput {
    #[shape(range = 1..=1000)]
    pub limit: Option<u32>,
    #[shape(length = 1..=1024, pattern = r"[\u0020-\u00FF]*")]
    pub marker: Option<String>,
    #[shape(length = 1..=2048)]
    pub key_id: String,
    #[shape(length = 1..=128)]
    pub grant_id: Option<String>,
    #[shape(length = 1..=256, pattern = r"^[\w+=,.@:/-]+$")]
    pub grantee_principal: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ListGrantsResponse {
    pub grants: Option<Vec<GrantListEntry>>,
    #[shape(length = 1..=1024, pattern = r"[\u0020-\u00FF]*")]
    pub next_marker: Option<String>,
    pub truncated: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Shape)]
pub struct GrantListEntry {
    #[shape(length = 1..=2048)]
    pub key_id: Option<String>,
    #[shape(length = 1..=128)]
    pub grant_id: Option<String>,
    #[shape(length = 1..=256, pattern = "^[a-zA-Z0-9:/_-]+$")]
    pub name: Option<String>,
    pub creation_date: Option<Timestamp>,
    #[shape(length = 1..=256, pattern = r"^[\w+=,.@:/-]+$")]
    pub grantee_principal: Option<String>,
    #[shape(length = 1..=256, pattern = r"^[\w+=,.@:/-]+$")]
    pub retiring_principal: Option<String>,
    #[shape(length = 1..=256, pattern = r"^[\w+=,.@:/-]+$")]
    pub issuing_account: Option<String>,
    pub operations: Option<Vec<GrantOperation>>,
    pub constraints: Option<GrantConstraints>,
}

impl Operation for ListGrants {
    const NAME: &'static str = "ListGrants";
    type Input = ListGrantsInput;
    type Output = ListGrantsResponse;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        key_ref::access("kms:ListGrants", &input.key_id, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let limit = input.limit.unwrap_or(50) as usize;
        let key = key_ref::by_id(cx, &input.key_id)?;
        let page = cx
            .read(|tx| {
                tx.within(key.scope()).page::<Grant>(&key.id, input.marker.as_deref(), limit)
            })
            .map_err(marker_fault)?;
        let wanted = |grant: &Grant| {
            input.grant_id.as_ref().is_none_or(|id| *id == grant.id)
                && input.grantee_principal.as_ref().is_none_or(|it| *it == grant.grantee)
        };
        let arn = key.arn();
        let grants = page.items.into_iter().filter(wanted).map(|grant| entry(&arn, grant));
        Ok(ListGrantsResponse {
            grants: Some(grants.collect()),
            truncated: Some(page.next.is_some()),
            next_marker: page.next,
        })
    }
}

/// What is shown of a grant on the key with that ARN.
pub fn entry(key_arn: &str, grant: Grant) -> GrantListEntry {
    let operation = |name: String| GrantOperation::read(Value::String(name)).ok();
    let constraints =
        (grant.subset.is_some() || grant.equals.is_some()).then_some(GrantConstraints {
            encryption_context_subset: grant.subset,
            encryption_context_equals: grant.equals,
        });
    GrantListEntry {
        key_id: Some(key_arn.into()),
        grant_id: Some(grant.id),
        name: grant.name,
        creation_date: Some(grant.created),
        grantee_principal: Some(grant.grantee),
        retiring_principal: grant.retiring,
        issuing_account: Some(grant.issuing_account),
        operations: Some(grant.operations.into_iter().filter_map(operation).collect()),
        constraints,
    }
}
