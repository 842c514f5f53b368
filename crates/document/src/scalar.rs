//! What a plain scalar means: YAML 1.2's core schema, as far as JSON can say it.

use serde_json::{Number, Value};

/// The value of an unquoted, untagged scalar.
///
/// A number that would not come out as it was written, because of leading zeros (an account id)
/// or because no JSON number holds it, is text.
pub(crate) fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::from(text), Value::Number),
    }
}

/// The number that `text` is, if it is one.
pub(crate) fn number(text: &str) -> Option<Number> {
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            let proper = digits.chars().all(|digit| digit.is_digit(radix));
            return proper
                .then(|| u64::from_str_radix(digits, radix).ok())
                .flatten()
                .map(Into::into);
        }
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !unsigned.is_empty() && digits(unsigned) {
        if unsigned.len() > 1 && unsigned.starts_with('0') {
            return None;
        }
        let text = text.strip_prefix('+').unwrap_or(text);
        let positive = text.parse::<u64>().ok().map(Number::from);
        return positive.or_else(|| text.parse::<i64>().ok().map(Number::from));
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.map(|text| text.strip_prefix(['-', '+']).unwrap_or(text));
    let proper = digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent));
    proper.then(|| text.parse().ok().and_then(Number::from_f64)).flatten()
}
