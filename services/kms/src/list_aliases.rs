//! ListAliases: the names of all keys, or of one.

use crate::{alias::Alias, error::KmsError, key_ref::KeyRef, list_keys::marker_fault};
use service_kit::prelude::*;

/// Lists aliases in the order of their names.
pub(crate) enum ListAliases {}

#[derive(Debug, Shape)]
pub struct ListAliasesInput {
    #[shape(length = 1..=2048)]
    pub key_id: Option<String>,
    #[shape(range = 1..=1000)]
    pub limit: Option<u32>,
    #[shape(length = 1..=1024, pattern = r"[\u0020-\u00FF]*")]
    pub marker: Option<String>,
}

#[derive(Debug, Shape)]
pub struct ListAliasesOutput {
    pub aliases: Option<Vec<AliasListEntry>>,
    #[shape(length = 1..=1024, pattern = r"[\u0020-\u00FF]*")]
    pub next_marker: Option<String>,
    pub truncated: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Shape)]
pub struct AliasListEntry {
    #[shape(length = 1..=256, pattern = "^[a-zA-Z0-9:/_-]+$")]
    pub alias_name: Option<String>,
    #[shape(length = 20..=2048)]
    pub alias_arn: Option<String>,
    #[shape(length = 1..=2048)]
    pub target_key_id: Option<String>,
    pub creation_date: Option<Timestamp>,
    pub last_updated_date: Option<Timestamp>,
}

impl Operation for ListAliases {
    const NAME: &'static str = "ListAliases";
    type Input = ListAliasesInput;
    type Output = ListAliasesOutput;
    type Error = KmsError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("kms:ListAliases").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let limit = input.limit.unwrap_or(50) as usize;
        let marker = input.marker.as_deref();
        let page = match &input.key_id {
            None => cx.read(|tx| tx.page::<Alias>((), marker, limit)).map_err(marker_fault)?,
            Some(key_id) => of_key(cx, key_id, marker, limit)?,
        };
        let entry = |alias: Alias| AliasListEntry {
            alias_arn: Some(cx.scope().arn("kms", &alias.name)),
            alias_name: Some(alias.name),
            target_key_id: Some(alias.key_id),
            creation_date: Some(alias.created),
            last_updated_date: Some(alias.updated),
        };
        Ok(ListAliasesOutput {
            aliases: Some(page.items.into_iter().map(entry).collect()),
            truncated: Some(page.next.is_some()),
            next_marker: page.next,
        })
    }
}

/// The aliases of a key of the caller's own account: what others have is not told, not even that
/// it is there. A key has few: they are sorted here, and the marker is the last name shown.
fn of_key(
    cx: &Context,
    key_id: &str,
    marker: Option<&str>,
    limit: usize,
) -> Result<Page<Alias>, KmsError> {
    let key_ref = KeyRef::of_own_key(key_id, cx.scope())?;
    cx.read(|tx| {
        let key = key_ref.get(tx)?;
        let mut names = key.aliases;
        names.sort_unstable();
        names.retain(|name| marker.is_none_or(|marker| name.as_str() > marker));
        let next = names.get(limit).and(names.get(limit.saturating_sub(1))).cloned();
        let mut items = Vec::new();
        for name in names.iter().take(limit) {
            items.extend(tx.get::<Alias>(name)?);
        }
        Ok(Page { items, next })
    })
}
