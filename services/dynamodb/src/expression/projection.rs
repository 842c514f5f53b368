//! The part of an item that paths choose.

use super::tree::{Path, Step};
use crate::value::attribute::{AttributeValue, Attributes};

/// The part of `item` that `paths`, of which none is inside another, lead to: maps keep only what
/// was chosen, lists only the chosen elements, in order.
pub(crate) fn project(item: &Attributes, paths: &[&Path]) -> Attributes {
    let mut sorted: Vec<&[Step]> = paths.iter().map(|path| path.0.as_slice()).collect();
    sorted.sort_unstable();
    choose(item, &sorted)
}

fn choose(map: &Attributes, sorted: &[&[Step]]) -> Attributes {
    groups(sorted)
        .filter_map(|(step, group)| {
            let Step::Name(name) = step else { return None };
            Some((name.clone(), part(map.get(name)?, group)?))
        })
        .collect()
}

/// The part of one value that the rest of the paths in `group` lead to; none if to nothing.
fn part(value: &AttributeValue, group: &[&[Step]]) -> Option<AttributeValue> {
    let rest: Vec<&[Step]> = group.iter().filter_map(|steps| steps.get(1..)).collect();
    if rest.iter().any(|steps| steps.is_empty()) {
        return Some(value.clone());
    }
    match value {
        AttributeValue::M(map) => {
            let chosen = choose(map, &rest);
            (!chosen.is_empty()).then_some(AttributeValue::M(chosen))
        }
        AttributeValue::L(list) => {
            let chosen: Vec<AttributeValue> = groups(&rest)
                .filter_map(|(step, group)| {
                    let Step::Index(index) = step else { return None };
                    part(list.get(*index)?, group)
                })
                .collect();
            (!chosen.is_empty()).then_some(AttributeValue::L(chosen))
        }
        _ => None,
    }
}

/// Runs of paths that start with the same step.
fn groups<'p>(sorted: &'p [&'p [Step]]) -> impl Iterator<Item = (&'p Step, &'p [&'p [Step]])> {
    sorted
        .chunk_by(|a, b| a.first() == b.first())
        .filter_map(|group| Some((group.first()?.first()?, group)))
}
