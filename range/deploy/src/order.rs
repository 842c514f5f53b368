//! What must come before what.

use std::collections::{BTreeMap, BTreeSet};

/// Names, each with the names that must come before it.
pub(crate) type Needs = BTreeMap<String, BTreeSet<String>>;

/// The names so that each comes after what it needs; needs that are no names are left aside.
///
/// # Errors
/// A circle: each name needs the next, the last the first.
pub(crate) fn order(needs: &Needs) -> Result<Vec<&str>, Vec<&str>> {
    let mut ordered = Vec::new();
    let mut done = BTreeSet::new();
    while ordered.len() < needs.len() {
        let ready: Vec<&str> = needs
            .iter()
            .filter(|(name, _)| !done.contains(name.as_str()))
            .filter(|(_, needed)| needed.iter().all(|name| settled(name, needs, &done)))
            .map(|(name, _)| name.as_str())
            .collect();
        if ready.is_empty() {
            return Err(circle(needs, &done));
        }
        done.extend(&ready);
        ordered.extend(ready);
    }
    Ok(ordered)
}

fn settled(name: &str, needs: &Needs, done: &BTreeSet<&str>) -> bool {
    done.contains(name) || !needs.contains_key(name)
}

/// A circle among the names that are not done, of which each needs another.
fn circle<'n>(needs: &'n Needs, done: &BTreeSet<&str>) -> Vec<&'n str> {
    let mut path: Vec<&str> = Vec::new();
    let mut next = needs.keys().map(String::as_str).find(|name| !done.contains(name));
    while let Some(name) = next {
        if let Some(start) = path.iter().position(|earlier| *earlier == name) {
            path.drain(..start);
            break;
        }
        path.push(name);
        let needed = needs.get(name).into_iter().flatten();
        next = needed.map(String::as_str).find(|name| !settled(name, needs, done));
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_needs() -> impl Strategy<Value = Needs> {
        let name = "[A-F]";
        let needed = prop::collection::btree_set(name, 0..3);
        prop::collection::btree_map(name, needed, 0..6)
    }

    proptest! {
        #[test]
        fn all_come_after_their_needs_or_there_is_a_circle(needs in any_needs()) {
            match order(&needs) {
                Ok(ordered) => {
                    prop_assert_eq!(ordered.len(), needs.len());
                    let place = |name: &str| ordered.iter().position(|other| *other == name);
                    for (name, needed) in &needs {
                        for other in needed.iter().filter(|other| needs.contains_key(*other)) {
                            prop_assert!(place(other) < place(name));
                        }
                    }
                }
                Err(circle) => {
                    prop_assert!(!circle.is_empty());
                    for (index, name) in circle.iter().enumerate() {
                        let next = circle[(index + 1) % circle.len()];
                        prop_assert!(needs[*name].contains(next));
                    }
                }
            }
        }
    }
}
