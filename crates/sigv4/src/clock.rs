//! The two date forms that a signed request may carry, to and from Unix seconds.

const DAY: i64 = 86_400;
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Reads `20261123T150405Z`, ISO 8601's basic form in UTC.
pub(crate) fn parse_basic(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if bytes.len() != 16 || bytes.get(8) != Some(&b'T') || bytes.get(15) != Some(&b'Z') {
        return None;
    }
    let date = (number(text, 0, 4)?, number(text, 4, 6)?, number(text, 6, 8)?);
    let time = (number(text, 9, 11)?, number(text, 11, 13)?, number(text, 13, 15)?);
    unix(date, time)
}

/// Reads `Mon, 23 Nov 2026 15:04:05 GMT`, the form of HTTP's `Date` header.
pub(crate) fn parse_http(text: &str) -> Option<i64> {
    let mut words = text.split_once(", ")?.1.split(' ');
    let day = words.next().and_then(|day| number(day, 0, day.len()))?;
    let month = words.next().and_then(|name| MONTHS.iter().position(|month| *month == name))?;
    let year = words.next().filter(|year| year.len() == 4).and_then(|y| number(y, 0, 4))?;
    let clock = words.next().filter(|clock| clock.len() == 8)?;
    if words.next() != Some("GMT") || words.next().is_some() || clock.matches(':').count() != 2 {
        return None;
    }
    let time = (number(clock, 0, 2)?, number(clock, 3, 5)?, number(clock, 6, 8)?);
    unix((year, i64::try_from(month).ok()? + 1, day), time)
}

/// Writes `20261123T150405Z`.
pub(crate) fn basic(unix: i64) -> String {
    basic_bytes(unix).iter().copied().map(char::from).collect()
}

/// As [`basic`], for what is written for every request.
pub(crate) fn basic_bytes(unix: i64) -> [u8; 16] {
    let ((year, month, day), (hour, minute, second)) = parts(unix);
    let mut text = *b"00000000T000000Z";
    let pairs = [(0, year / 100), (2, year), (4, month), (6, day)];
    for (start, number) in pairs.into_iter().chain([(9, hour), (11, minute), (13, second)]) {
        let pair = (number.unsigned_abs() % 100) as u8;
        text[start] = b'0' + pair / 10;
        text[start + 1] = b'0' + pair % 10;
    }
    text
}

/// Writes `2026-11-23T15:04:05Z`, the form in S3's error answers.
pub(crate) fn extended(unix: i64) -> String {
    let ((year, month, day), (hour, minute, second)) = parts(unix);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

fn number(text: &str, from: usize, to: usize) -> Option<i64> {
    let digits = text.get(from..to)?;
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

fn unix((year, month, day): (i64, i64, i64), (h, m, s): (i64, i64, i64)) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=last).contains(&day) || h > 23 || m > 59 || s > 59 {
        return None;
    }
    Some(days(year, month, day) * DAY + h * 3600 + m * 60 + s)
}

/// Days from 1970-01-01. Years are counted from March, so that the leap day comes last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn parts(unix: i64) -> ((i64, i64, i64), (i64, i64, i64)) {
    let days = unix.div_euclid(DAY) + 719_468;
    let second = unix.rem_euclid(DAY);
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    ((year, month, day), (second / 3600, second / 60 % 60, second % 60))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_forms_of_one_instant_agree() {
        assert_eq!(parse_basic("20150830T123600Z"), Some(1_440_938_160));
        assert_eq!(parse_http("Sun, 30 Aug 2015 12:36:00 GMT"), Some(1_440_938_160));
        assert_eq!(basic(1_440_938_160), "20150830T123600Z");
        assert_eq!(extended(0), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        assert_eq!(parse_basic("20240229T000000Z"), Some(1_709_164_800));
        for text in ["20230229T000000Z", "20261301T000000Z", "20260100T000000Z", "2026112"] {
            assert_eq!(parse_basic(text), None, "{text}");
        }
        for text in ["20260101T240000Z", "20260101T000060Z", "2026-1-1T000000Z", "+0260101T000000Z"]
        {
            assert_eq!(parse_basic(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(unix in -62_167_219_200_i64..253_402_300_800) {
            prop_assert_eq!(parse_basic(&basic(unix)), Some(unix));
        }

        #[test]
        fn any_text_and_any_number_is_safe(text in "\\PC{0,40}", unix in any::<i64>()) {
            let _ = (parse_basic(&text), parse_http(&text), basic(unix));
        }
    }
}
