//! Pages of lists: `NextToken` and `MaxResults`.

use crate::{
    error::{InputReason, OrganizationsError},
    shapes::{MaxResults, NextToken},
};
use service_kit::{page, prelude::*};

/// The most entries of a page, which is also what it has when nothing is said.
const MAX_ITEMS: usize = 20;

/// The page of `items` in the order of their keys, which are unique, that a request asks for.
pub(crate) fn page<T>(
    mut items: Vec<T>,
    key: impl Fn(&T) -> String,
    token: Option<NextToken>,
    max_results: Option<MaxResults>,
) -> Result<(Vec<T>, Option<NextToken>), OrganizationsError> {
    let limit = max_results.map_or(MAX_ITEMS, |max| max.0 as usize);
    items.sort_by_cached_key(&key);
    if let Some(NextToken(token)) = token {
        let invalid = |_| {
            let message = "You provided an invalid value for the next token.";
            OrganizationsError::input(InputReason::InvalidNextToken, message)
        };
        let after = page::decode(&token).map_err(invalid)?;
        items.retain(|item| key(item).as_bytes() > after.as_slice());
    }
    let more = items.len() > limit;
    items.truncate(limit);
    let last = items.last().filter(|_| more);
    let next = last.map(|last| NextToken(page::encode(key(last).as_bytes())));
    Ok((items, next))
}

/// The newest first: what sorts by how long before the end of time it happened.
pub(crate) fn latest_first(at: Timestamp, id: &str) -> String {
    format!("{:020} {id}", i64::MAX - at.as_micros())
}
