//! Fills `${NAME}` in texts and makes values of `$json`, `$base64`, `$number` and `$zip`.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What is known by name.
pub(crate) type Variables = BTreeMap<String, String>;

/// A name that stands for nothing yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unknown(pub(crate) String);

/// `text` with each `${NAME}` replaced.
///
/// # Errors
/// [`Unknown`] with the first name that is not known.
pub(crate) fn text(text: &str, known: &Variables) -> Result<String, Unknown> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        out.push_str(before);
        out.push_str(known.get(name).ok_or_else(|| Unknown(name.to_owned()))?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// `value` with its texts filled and its `$` functions applied.
///
/// # Errors
/// As [`text`].
pub(crate) fn value(value: &Value, known: &Variables) -> Result<Value, Unknown> {
    match value {
        Value::String(written) => Ok(text(written, known)?.into()),
        Value::Array(items) => items.iter().map(|item| self::value(item, known)).collect(),
        Value::Object(members) => {
            let filled = members
                .iter()
                .map(|(name, member)| Ok((text(name, known)?, self::value(member, known)?)));
            let filled: Map<String, Value> = filled.collect::<Result<_, Unknown>>()?;
            Ok(applied(filled))
        }
        other => Ok(other.clone()),
    }
}

/// What a mapping of one `$` function gives; any other mapping stays as it is.
fn applied(members: Map<String, Value>) -> Value {
    let mut pairs = members.iter();
    match (pairs.next(), pairs.next()) {
        (Some((name, inner)), None) if name == "$json" => inner.to_string().into(),
        (Some((name, Value::String(inner))), None) if name == "$base64" => {
            BASE64_STANDARD.encode(inner).into()
        }
        (Some((name, Value::String(inner))), None) if name == "$number" => {
            inner.parse::<i64>().map_or(Value::Null, Value::from)
        }
        (Some((name, Value::Object(files))), None) if name == "$zip" => {
            BASE64_STANDARD.encode(zipped(files)).into()
        }
        _ => members.into(),
    }
}

/// A zip archive of files with these names and texts.
fn zipped(files: &Map<String, Value>) -> Vec<u8> {
    let file = |(name, content): (&String, &Value)| {
        (name.clone(), content.as_str().unwrap_or_default().into())
    };
    // Writing to memory does not fail.
    deploy::archive(files.iter().map(file).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::io::Cursor;

    fn known() -> Variables {
        Variables::from([("A".into(), "1".into()), ("B".into(), "\"b\"".into())])
    }

    #[test]
    fn names_are_replaced_wherever_they_stand() {
        assert_eq!(text("${A}-${A} $A ${B}", &known()), Ok("1-1 $A \"b\"".into()));
        assert_eq!(text("${A} ${C}", &known()), Err(Unknown("C".into())));
        let filled = value(&json!({"k${A}": ["${A}", 2, null]}), &known());
        assert_eq!(filled, Ok(json!({"k1": ["1", 2, null]})));
    }

    #[test]
    fn functions_make_texts() {
        let filled = value(&json!({"p": {"$json": {"a": "${B}"}}}), &known()).unwrap();
        assert_eq!(filled["p"], r#"{"a":"\"b\""}"#);
        assert_eq!(value(&json!({"$base64": "a${A}"}), &known()), Ok(json!("YTE=")));
        assert_eq!(value(&json!({"$number": "${A}"}), &known()), Ok(json!(1)));
        let archive = value(&json!({"$zip": {"a.py": "x = ${A}"}}), &known()).unwrap();
        let bytes = BASE64_STANDARD.decode(archive.as_str().unwrap()).unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let file = archive.by_name("a.py").unwrap();
        assert_eq!(std::io::read_to_string(file).unwrap(), "x = 1");
    }
}
