//! Work that goes through all accounts and regions: who has rows in a table.

use crate::{access::Scope, fault::Fault, platform::Platform};
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
        let base = [table.as_bytes(), &[0]].concat();
        self.store().read(|raw| {
            let mut scopes: Vec<Scope> = Vec::new();
            let mut range = Range::prefix(base.clone());
            while scopes.len() < MAX_SCOPES {
                let mut found = None;
                raw.visit(range.clone(), Order::Ascending, |key, _| {
                    found = key.get(base.len()..).and_then(scope_of);
                    ControlFlow::Break(())
                })?;
                let Some(scope) = found else { break };
                let prefix = crate::key::Key::bytes(&(&scope.account, &scope.region));
                let passed = Range::prefix([base.as_slice(), &prefix].concat());
                let Some(end) = passed.end() else { break };
                // `after` goes on behind a key; no key is just the end of a prefix.
                range = range.after(end);
                scopes.push(scope);
            }
            Ok(scopes)
        })
    }
}

/// The account and region that a key starts with.
fn scope_of(key: &[u8]) -> Option<Scope> {
    let part = |from: usize| {
        let rest = key.get(from..)?;
        let length = rest.windows(2).position(|pair| pair == [0, 0])?;
        Some((std::str::from_utf8(rest.get(..length)?).ok()?, from + length + 2))
    };
    let (account, after) = part(0)?;
    let (region, _) = part(after)?;
    Some(Scope::new(account, region))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;

    #[test]
    fn the_scope_is_read_from_a_key() {
        let key = (&"000000000000".to_owned(), &"eu-west-1".to_owned(), 7_u64).bytes();
        assert_eq!(scope_of(&key), Some(Scope::new("000000000000", "eu-west-1")));
        assert!(scope_of(b"junk").is_none());
    }
}
