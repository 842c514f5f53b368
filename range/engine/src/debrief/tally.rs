//! The same things together, with how often they were done.

use super::words::{part, request_on, short, statement};
use crate::{game::Game, seen::REFUSED};
use serde::{Deserialize, Serialize};
use service_kit::journal::JournalEntry;

/// How many different things one list has.
const MAX_TALLIES: usize = 40;

/// Something that was done, and how often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Who did it.
    pub who: String,
    /// What.
    pub what: String,
    /// More about it: what it was done to, or why it did not work.
    pub detail: String,
    /// How many times.
    pub times: usize,
}

/// Things that were done, in the order in which they were first done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tallies {
    /// Those that are told.
    pub rows: Vec<Tally>,
    /// How many things more there were.
    pub more: usize,
}

impl FromIterator<(String, String, String)> for Tallies {
    fn from_iter<T: IntoIterator<Item = (String, String, String)>>(all: T) -> Self {
        let mut tallies = Self::default();
        for (who, what, detail) in all {
            let (what, detail) = (short(&what), short(&detail));
            let room = tallies.rows.len() < MAX_TALLIES;
            let mut known = tallies.rows.iter_mut();
            let same = known.find(|it| (&it.who, &it.what, &it.detail) == (&who, &what, &detail));
            match same {
                Some(tally) => tally.times += 1,
                None if room => tallies.rows.push(Tally { who, what, detail, times: 1 }),
                None => tallies.more += 1,
            }
        }
        tallies
    }
}

/// What somebody asked for and did not get, and why.
pub(super) fn held(game: &Game, entry: &JournalEntry) -> Option<(String, String, String)> {
    let refused = entry.accesses.iter().find(|access| access.is_refused());
    let why = match refused {
        Some(access) => match access.statements.first() {
            Some(first) => {
                format!("{} of {}", statement(&first.place.statement), first.place.policy)
            }
            None => format!("nothing allows {}", access.action),
        },
        None if REFUSED.contains(&entry.status) => {
            entry.error_code.clone().unwrap_or_else(|| entry.status.to_string())
        }
        None => return None,
    };
    Some((part(game, entry), request_on(entry), why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_no_room_for_is_counted() {
        let row = |what: usize| ("owner".to_owned(), what.to_string(), String::new());
        let tallies: Tallies = (0..MAX_TALLIES + 3).chain([0]).map(row).collect();
        assert_eq!((tallies.rows.len(), tallies.more), (MAX_TALLIES, 3));
        assert_eq!(tallies.rows[0].times, 2);
    }
}
