//! A point in time and its spellings on the wire.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, time::Duration};
use time::{OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description};

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// How a timestamp is spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampFormat {
    /// A number of seconds, with a fraction where there is one.
    EpochSeconds,
    /// `2026-11-23T15:00:00Z`.
    DateTime,
    /// `Mon, 23 Nov 2026 15:00:00 GMT`.
    HttpDate,
}

impl Timestamp {
    /// From microseconds since the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From milliseconds since the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// From seconds since the epoch.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000_000))
    }

    /// From a fractional number of seconds, saturating; not-a-number is the epoch.
    pub fn from_secs_f64(secs: f64) -> Self {
        Self((secs * 1e6).round() as i64)
    }

    /// Microseconds since the epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// Whole seconds since the epoch.
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Seconds since the epoch with their fraction.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// This moment with its fraction of a second cut off.
    pub const fn whole_seconds(self) -> Self {
        Self::from_secs(self.as_secs())
    }

    /// The time from `earlier` to this; zero if `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    fn civil(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// `2026-11-23T15:00:00Z`, with milliseconds only where there are some.
    pub fn date_time(self) -> String {
        let civil = self.civil();
        if self.0.rem_euclid(1_000_000) / 1_000 == 0 {
            let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
            return civil.format(format).unwrap_or_default();
        }
        self.date_time_millis()
    }

    /// `2026-11-23T15:00:00.000Z`.
    pub fn date_time_millis(self) -> String {
        let format = format_description!(
            "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"
        );
        self.civil().format(format).unwrap_or_default()
    }

    /// `Mon, 23 Nov 2026 15:00:00 GMT`.
    pub fn http_date(self) -> String {
        let format = format_description!(
            "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
        );
        self.civil().format(format).unwrap_or_default()
    }

    /// `Monday, November 23, 2026 at 3:00:00 PM Coordinated Universal Time`, as in messages.
    pub fn in_words(self) -> String {
        let format = format_description!(
            "[weekday], [month repr:long] [day padding:none], [year] at [hour repr:12 \
             padding:none]:[minute]:[second] [period] Coordinated Universal Time"
        );
        self.civil().format(format).unwrap_or_default()
    }

    /// `2026/11/23`, as in the name of a log stream.
    pub fn date_path(self) -> String {
        let format = format_description!("[year]/[month]/[day]");
        self.civil().format(format).unwrap_or_default()
    }

    /// `23/Nov/2026:15:00:00 +0000`, as in an access log.
    pub fn access_log(self) -> String {
        let format =
            format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");
        self.civil().format(format).unwrap_or_default()
    }

    /// The spelling `format` asks for, with epoch seconds as decimal text.
    pub fn format(self, format: TimestampFormat) -> String {
        match format {
            TimestampFormat::DateTime => self.date_time(),
            TimestampFormat::HttpDate => self.http_date(),
            TimestampFormat::EpochSeconds if self.0 % 1_000_000 == 0 => self.as_secs().to_string(),
            TimestampFormat::EpochSeconds => self.as_secs_f64().to_string(),
        }
    }

    /// Reads any of the spellings: SDKs and people mix them.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(secs) = text.parse::<f64>() {
            return secs.is_finite().then(|| Self::from_secs_f64(secs));
        }
        if let Ok(civil) = OffsetDateTime::parse(text, &Rfc3339) {
            return i64::try_from(civil.unix_timestamp_nanos() / 1_000).ok().map(Self);
        }
        let date = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
        let http = format_description!(
            "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
        );
        time::PrimitiveDateTime::parse(text, date)
            .or_else(|_| time::PrimitiveDateTime::parse(text, http))
            .ok()
            .map(|civil| Self::from_secs(civil.assume_utc().unix_timestamp()))
    }
}

impl std::ops::Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
    }
}

impl std::ops::Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.date_time())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        i64::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_spelling_is_read_back() {
        let moment = Timestamp::from_secs(1_795_446_000);
        for format in
            [TimestampFormat::DateTime, TimestampFormat::HttpDate, TimestampFormat::EpochSeconds]
        {
            assert_eq!(Timestamp::parse(&moment.format(format)), Some(moment), "{format:?}");
        }
        assert_eq!(moment.date_time(), "2026-11-23T15:00:00Z");
        assert_eq!(moment.http_date(), "Mon, 23 Nov 2026 15:00:00 GMT");
        assert_eq!(Timestamp::parse("yesterday"), None);
    }
}
