//! Work that goes through all accounts and regions: who has rows in a table, and forgetting the
//! old ones.

use crate::{access::Scope, fault::Fault, key::Encoded, platform::Platform};
use std::ops::ControlFlow;
use store::{Order, Range};

/// The most scopes that one call finds.
const MAX_SCOPES: usize = 10_000;
/// The rows that one transaction forgets.
const FORGET_ROWS: usize = 2_000;

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

    /// Removes, in all accounts and regions, the rows of `table` whose keys sort before `until`:
    /// for tables whose keys begin with a time. A piece at a time, so that nobody waits.
    ///
    /// # Errors
    /// [`Fault`] when storage fails; what is gone by then stays so.
    pub async fn forget_before(&self, table: &str, until: &[u8]) -> Result<(), Fault> {
        for scope in self.scopes_of(table)? {
            loop {
                let forgotten = self
                    .write(&scope, |tx| {
                        let mut keys = Vec::new();
                        let old = (&[][..], Some(until));
                        tx.reader().visit_bytes(table, (), old, Order::Ascending, |key, _| {
                            keys.push(key.to_vec());
                            match keys.len() < FORGET_ROWS {
                                true => ControlFlow::Continue(()),
                                false => ControlFlow::Break(()),
                            }
                        })?;
                        for key in &keys {
                            tx.delete_bytes(table, Encoded(key));
                        }
                        Ok::<_, Fault>(keys.len())
                    })
                    .await?;
                if forgotten < FORGET_ROWS {
                    break;
                }
            }
        }
        Ok(())
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
