//! Which series there are: found by skipping from one to the next in the table of points.

use service_kit::{
    key::Key,
    metrics::{Point, Series},
    prelude::*,
};
use std::ops::ControlFlow;

/// The first series with a key at or behind `from` and below `prefix`, and where to go on.
pub(crate) fn next(
    tx: &ReadTx<'_>,
    prefix: &[u8],
    from: &[u8],
) -> Result<Option<(Series, Vec<u8>)>, Fault> {
    let mut found = None;
    let from = from.max(prefix);
    tx.visit_bytes(Point::TABLE, (), (from, None), Order::Ascending, |key, _| {
        found = key.starts_with(prefix).then(|| parse(key)).flatten();
        ControlFlow::Break(())
    })?;
    Ok(found.map(|series| {
        let mut behind = series.bytes();
        // A series' key ends with a zero; names start with something greater.
        if let Some(last) = behind.last_mut() {
            *last = 1;
        }
        (series, behind)
    }))
}

/// What keys of this namespace, and if given of this name, start with.
pub(crate) fn prefix(namespace: Option<&str>, name: Option<&str>) -> Vec<u8> {
    match (namespace, name) {
        (None, _) => Vec::new(),
        (Some(namespace), None) => (namespace,).bytes(),
        (Some(namespace), Some(name)) => (namespace, name).bytes(),
    }
}

/// When the series got its last point.
pub(crate) fn last_point(tx: &ReadTx<'_>, series: &Series) -> Result<Option<Timestamp>, Fault> {
    let mut last = None;
    tx.visit::<Point>(series.clone(), Order::Descending, |point| {
        last = Some(point.at);
        ControlFlow::Break(())
    })?;
    Ok(last)
}

/// The series at the start of a point's key.
fn parse(key: &[u8]) -> Option<Series> {
    let (namespace, rest) = text(key)?;
    let (name, mut rest) = text(rest)?;
    let mut dimensions = Vec::new();
    while rest.first()? != &0 {
        let (name, after) = text(rest)?;
        let (value, after) = text(after)?;
        dimensions.push((name, value));
        rest = after;
    }
    Some(Series { namespace: namespace.into(), name: name.into(), dimensions })
}

/// A text of a key, and what comes behind it; see [`service_kit::key`].
fn text(key: &[u8]) -> Option<(String, &[u8])> {
    let mut bytes = Vec::new();
    let mut rest = key.iter().enumerate();
    while let Some((at, &byte)) = rest.next() {
        if byte != 0 {
            bytes.push(byte);
            continue;
        }
        match key.get(at + 1)? {
            0 => return Some((String::from_utf8(bytes).ok()?, key.get(at + 2..)?)),
            _ => {
                bytes.push(0);
                rest.next();
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_is_read_back_from_its_key() {
        for dimensions in [&[][..], &[("a", "1")], &[("a", "1"), ("b", "")]] {
            let series = Series::new("AWS/Lambda", "Errors", dimensions);
            let key = (series.clone(), Timestamp::from_secs(60), "Count").bytes();
            assert_eq!(parse(&key), Some(series));
        }
        assert_eq!(parse(b"junk"), None);
    }
}
