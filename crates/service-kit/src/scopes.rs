//! Work that goes through all accounts and regions: who has rows in a table.

use crate::{access::Scope, fault::Fault, key::Key, platform::Platform};
use std::ops::ControlFlow;
use store::{Order, Range};

/// The most scopes that one call finds.
const MAX_SCOPES: usize = 10_000;

impl Platform {
    /// The accounts and regions that have rows in `table`, a table of
    /// [`crate::record::Reach::Region`]. Costs one seek for each, however many rows there are.
    ///
    /// # Errors
    /// [`Fault::Internal`] when storage fails.
    pub fn scopes_of(&self, table: &str) -> Result<Vec<Scope>, Fault> {
        self.owners(table, scope_of, |scope| (&scope.account, &scope.region).bytes())
    }

    /// The accounts that have rows in `table`, a table of [`crate::record::Reach::Account`]; as
    /// [`Platform::scopes_of`].
    ///
    /// # Errors
    /// [`Fault::Internal`] when storage fails.
    pub fn accounts_of(&self, table: &str) -> Result<Vec<String>, Fault> {
        let account = |key: &[u8]| Some(part_of(key, 0)?.0.to_owned());
        self.owners(table, account, Key::bytes)
    }

    /// What `owner` reads of the keys of `table`, each once; `prefix` is what its keys start with.
    fn owners<O>(
        &self,
        table: &str,
        owner: impl Fn(&[u8]) -> Option<O>,
        prefix: impl Fn(&O) -> Vec<u8>,
    ) -> Result<Vec<O>, Fault> {
        let base = [table.as_bytes(), &[0]].concat();
        self.store().read(|raw| {
            let mut owners = Vec::new();
            let mut range = Range::prefix(base.clone());
            while owners.len() < MAX_SCOPES {
                let mut found = None;
                raw.visit(range.clone(), Order::Ascending, |key, _| {
                    found = key.get(base.len()..).and_then(&owner);
                    ControlFlow::Break(())
                })?;
                let Some(found) = found else { break };
                let passed = Range::prefix([base.as_slice(), &prefix(&found)].concat());
                let Some(end) = passed.end() else { break };
                // `after` goes on behind a key; no key is just the end of a prefix.
                range = range.after(end);
                owners.push(found);
            }
            Ok(owners)
        })
    }
}

/// The account and region that a key starts with.
fn scope_of(key: &[u8]) -> Option<Scope> {
    let (account, after) = part_of(key, 0)?;
    let (region, _) = part_of(key, after)?;
    Some(Scope::new(account, region))
}

/// The text in `key` that begins at `from`, and where it ends.
fn part_of(key: &[u8], from: usize) -> Option<(&str, usize)> {
    let rest = key.get(from..)?;
    let length = rest.windows(2).position(|pair| pair == [0, 0])?;
    Some((std::str::from_utf8(rest.get(..length)?).ok()?, from + length + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scope_is_read_from_a_key() {
        let key = (&"000000000000".to_owned(), &"eu-west-1".to_owned(), 7_u64).bytes();
        assert_eq!(scope_of(&key), Some(Scope::new("000000000000", "eu-west-1")));
        assert!(scope_of(b"junk").is_none());
    }
}
