//! Scalars and parameters as text: what labels, headers, query strings, forms and XML share.

use crate::WireError;
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use shape::{Kind, Schema, Timestamp, TimestampFormat, Value};
use std::borrow::Cow;

/// The most parameters in one query string or form; CloudWatch's PutMetricData needs tens of
/// thousands.
const MAX_PARAMETERS: usize = 100_000;

/// A value that is not of the kind wanted, in the words of AWS's parser.
pub(crate) fn cannot_convert(found: &str, wanted: &Schema) -> WireError {
    let wanted = match wanted.kind {
        Kind::Boolean => "Boolean",
        Kind::Integer => "Integer",
        Kind::Long => "Long",
        Kind::Double => "Double",
        Kind::String | Kind::Enum(_) => "String",
        Kind::Blob => "ByteBuffer",
        Kind::Timestamp => "Date",
        Kind::Document => "Document",
        Kind::List(_) => "List",
        Kind::Map(_) => "Map",
        Kind::Structure(_) | Kind::Union(_) => wanted.name,
    };
    WireError::Malformed(format!("{found} cannot be converted to {wanted}"))
}

/// Reads a scalar of `schema`, which a list, map or structure is not.
pub(crate) fn read_scalar(schema: &Schema, text: Cow<'_, str>) -> Result<Value, WireError> {
    let wrong = || cannot_convert("STRING_VALUE", schema);
    Ok(match schema.kind {
        Kind::Boolean => match text.as_ref() {
            "true" => Value::Boolean(true),
            "false" => Value::Boolean(false),
            _ => return Err(wrong()),
        },
        Kind::Integer | Kind::Long => Value::Integer(text.parse().map_err(|_| wrong())?),
        Kind::Double => Value::Double(read_double(&text).ok_or_else(wrong)?),
        Kind::String | Kind::Enum(_) => Value::String(text.into_owned()),
        Kind::Blob => Value::Blob(read_base64(&text)?.into()),
        Kind::Timestamp => Value::Timestamp(Timestamp::parse(&text).ok_or_else(wrong)?),
        Kind::Document => Value::Document(serde_json::from_str(&text).map_err(|_| wrong())?),
        Kind::List(_) | Kind::Map(_) | Kind::Structure(_) | Kind::Union(_) => return Err(wrong()),
    })
}

/// The text of a scalar; none for a list, map or structure.
pub(crate) fn write_scalar(value: &Value, format: TimestampFormat) -> Option<Cow<'_, str>> {
    Some(match value {
        Value::Boolean(true) => "true".into(),
        Value::Boolean(false) => "false".into(),
        Value::Integer(number) => number.to_string().into(),
        Value::Double(number) => write_double(*number),
        Value::String(text) => text.into(),
        Value::Blob(bytes) => BASE64.encode(bytes).into(),
        Value::Timestamp(moment) => moment.format(format).into(),
        Value::Document(document) => document.to_string().into(),
        Value::List(_)
        | Value::Map(_)
        | Value::Structure(_)
        | Value::Union(..)
        | Value::Kept(_) => return None,
    })
}

/// A finite decimal, or one of the three names that the protocols have for the others.
pub(crate) fn read_double(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => text.parse().ok().filter(|number: &f64| number.is_finite()),
    }
}

/// The inverse of [`read_double`].
pub(crate) fn write_double(number: f64) -> Cow<'static, str> {
    match double_name(number) {
        Some(name) => name.into(),
        None => format!("{number:?}").into(),
    }
}

/// What the text protocols call a number that has no decimal form.
pub(crate) fn double_name(number: f64) -> Option<&'static str> {
    match number {
        _ if number.is_nan() => Some("NaN"),
        f64::INFINITY => Some("Infinity"),
        f64::NEG_INFINITY => Some("-Infinity"),
        _ => None,
    }
}

/// Bytes out of padded base64.
pub(crate) fn read_base64(text: &str) -> Result<Vec<u8>, WireError> {
    let length = text.len();
    BASE64.decode(text).map_err(|_| {
        WireError::Malformed(match length % 4 {
            // AWS's spelling.
            0 => "Invalid last non-pad Base64 character dectected".into(),
            _ => format!(
                "Base64 encoded length is expected a multiple of 4 bytes but found: {length}"
            ),
        })
    })
}

/// Text without its percent escapes; `+` stands for itself.
pub(crate) fn percent_decode(text: &str) -> Result<Cow<'_, str>, WireError> {
    unescape(text, false)
}

fn unescape(text: &str, plus_is_space: bool) -> Result<Cow<'_, str>, WireError> {
    let special = |byte: &u8| *byte == b'%' || (plus_is_space && *byte == b'+');
    if !text.as_bytes().iter().any(special) {
        return Ok(text.into());
    }
    let malformed = || WireError::Malformed(format!("{text:?} is not URL encoded UTF-8"));
    let mut plain = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                let high = digit().ok_or_else(malformed)?;
                let low = digit().ok_or_else(malformed)?;
                (high * 16 + low) as u8
            }
            b'+' if plus_is_space => b' ',
            other => other,
        });
    }
    String::from_utf8(plain).map(Cow::Owned).map_err(|_| malformed())
}

/// A pair of a query string or form.
pub(crate) type Parameter<'a> = (Cow<'a, str>, Cow<'a, str>);

/// The pairs of a query string or form, in order.
pub(crate) fn parameters(text: &str) -> Result<Vec<Parameter<'_>>, WireError> {
    let mut pairs = Vec::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        if pairs.len() == MAX_PARAMETERS {
            return Err(WireError::Malformed("The request has too many parameters".into()));
        }
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        pairs.push((unescape(name, true)?, unescape(value, true)?));
    }
    Ok(pairs)
}

/// Whether a query parameter belongs to request signing rather than to an operation.
pub(crate) fn is_signing(name: &str) -> bool {
    name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("x-amz-")) || name == "x-id"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_unescaped() {
        let pairs = parameters("a=1&b=x+y%2Bz&&c&d==%C3%A9").unwrap();
        let pairs: Vec<_> = pairs.iter().map(|(k, v)| (k.as_ref(), v.as_ref())).collect();
        assert_eq!(pairs, [("a", "1"), ("b", "x y+z"), ("c", ""), ("d", "=é")]);
        assert!(parameters("a=%").is_err());
        assert!(parameters("a=%zz").is_err());
        assert!(parameters("a=%FF").is_err());
        assert_eq!(percent_decode("a+b%2Fc"), Ok("a+b/c".into()));
    }

    #[test]
    fn doubles_have_names_for_what_is_not_a_number() {
        assert_eq!(read_double("-Infinity"), Some(f64::NEG_INFINITY));
        assert_eq!(read_double("inf"), None);
        assert_eq!(read_double("1e999"), None);
        assert_eq!(write_double(1.5), "1.5");
        assert!(read_double(&write_double(f64::NAN)).is_some_and(f64::is_nan));
    }
}
