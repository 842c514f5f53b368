//! Points in time as conditions write them: ISO 8601 or seconds since 1970.
use time::{Date, OffsetDateTime, PrimitiveDateTime, format_description::well_known::Iso8601};

/// Nanoseconds since 1970; none for what is no time. A date alone means its midnight, a time
/// without offset is in UTC.
pub(super) fn parse(text: &str) -> Option<i128> {
    if text.is_empty() {
        return None;
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds: i64 = text.parse().ok()?;
        return Some(i128::from(seconds) * 1_000_000_000);
    }
    if !text.contains(['T', 't']) {
        let date = Date::parse(text, &Iso8601::PARSING).ok()?;
        return Some(date.midnight().assume_utc().unix_timestamp_nanos());
    }
    let text = text.to_ascii_uppercase();
    let zoned = OffsetDateTime::parse(&text, &Iso8601::PARSING).ok();
    let instant = zoned.or_else(|| {
        PrimitiveDateTime::parse(&text, &Iso8601::PARSING).ok().map(PrimitiveDateTime::assume_utc)
    });
    instant.map(OffsetDateTime::unix_timestamp_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_notations_meet() {
        let second = 1_000_000_000;
        for (text, expected) in [
            ("1970-01-01T00:00:01Z", Some(second)),
            ("1970-01-01t00:00:01z", Some(second)),
            ("1970-01-01T01:00:01+01:00", Some(second)),
            ("1970-01-01T00:00:01", Some(second)),
            ("1970-01-01T00:00:01.500Z", Some(second + second / 2)),
            ("1970-01-02", Some(86_400 * second)),
            ("1", Some(second)),
            ("9007199254740993", Some(9_007_199_254_740_993 * second)),
            ("", None),
            ("yesterday", None),
            ("2020-13-01T00:00:00Z", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
