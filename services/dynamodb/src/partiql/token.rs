//! `NextToken`: where the next page of one statement goes on.

use super::Understood;
use crate::{
    error::invalid,
    value::{
        attribute::{AttributeValue, Attributes},
        codec,
    },
};
use service_kit::page;

/// Where a page ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Position {
    /// The partition to go on with, counted among those that the statement names.
    pub(crate) partition: usize,
    /// The last item read of it.
    pub(crate) key: Option<Attributes>,
}

/// What a token begins with: it continues no other statement.
const DIGEST_BYTES: usize = 16;

fn digest(statement: &str, parameters: &[AttributeValue]) -> Vec<u8> {
    let mut all = codec::encode(&Attributes::default(), 0);
    for value in parameters {
        let value = [("v".to_owned(), value.clone())].into_iter().collect();
        all.extend(codec::encode(&value, 0));
    }
    all.extend(statement.as_bytes());
    service_kit::blob_key(&all).bytes().take(DIGEST_BYTES).collect()
}

/// The token of `position` in `statement`.
pub(crate) fn encode(
    statement: &str,
    parameters: &[AttributeValue],
    position: &Position,
) -> String {
    let mut bytes = digest(statement, parameters);
    bytes.extend((position.partition as u32).to_be_bytes());
    if let Some(key) = &position.key {
        bytes.extend(codec::encode(key, key.size()));
    }
    page::encode(&bytes)
}

/// The position in a token of `statement`.
///
/// # Errors
/// AWS's `ValidationException` for what is no token, or one of another statement.
pub(crate) fn decode(
    statement: &str,
    parameters: &[AttributeValue],
    token: &str,
) -> Understood<Position> {
    let wrong = || invalid("Invalid NextToken");
    let bytes = page::decode(token).map_err(|_| wrong())?;
    let (found, rest) = bytes.split_at_checked(DIGEST_BYTES).ok_or_else(wrong)?;
    let (partition, key) = rest.split_first_chunk::<4>().ok_or_else(wrong)?;
    if found != digest(statement, parameters) {
        return Err(invalid("NextToken does not match request"));
    }
    let key = match key {
        [] => None,
        key => Some(codec::decode(key).map_err(|_| wrong())?),
    };
    Ok(Position { partition: u32::from_be_bytes(*partition) as usize, key })
}
