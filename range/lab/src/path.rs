//! Paths into an answer, such as `Keys[Alias=a][0].Id` or `Payload|base64|json.statusCode`.

use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// `.name`: a member; of a list, that member of each item that has it.
    Member(String),
    /// `[0]`: an item.
    Item(usize),
    /// `[name=text]`: the items whose member reads so.
    Equal(String, String),
    /// `[name~text]`: the items whose member contains that.
    Like(String, String),
    /// `|base64`: the text behind base64.
    Base64,
    /// `|json`: what the JSON in a text says.
    Json,
    /// `|url`: the text behind percent encoding.
    Url,
    /// `|flat`: the items of the lists in a list.
    Flat,
    /// `|count`: how many items a list has.
    Count,
    /// `|distinct`: how many different items a list has.
    Distinct,
}

/// A path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path(Vec<Part>);

impl Path {
    /// Reads a path; an empty one is the whole answer.
    ///
    /// # Errors
    /// What is wrong with it, for whoever wrote it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let (part, after) = match first {
                '[' => {
                    let (inner, after) =
                        rest[1..].split_once(']').ok_or(format!("{text:?} has a [ without ]"))?;
                    (item(inner).ok_or(format!("[{inner}] is no item of a list"))?, after)
                }
                '|' => {
                    let (name, after) = word(&rest[1..]);
                    (filter(name).ok_or(format!("there is no filter |{name}"))?, after)
                }
                _ => {
                    let (name, after) = word(rest.strip_prefix('.').unwrap_or(rest));
                    if name.is_empty() {
                        return Err(format!("{text:?} has an empty member"));
                    }
                    (Part::Member(name.to_owned()), after)
                }
            };
            parts.push(part);
            rest = after;
        }
        Ok(Self(parts))
    }

    /// What is there, if anything.
    pub(crate) fn find(&self, value: &Value) -> Option<Value> {
        self.0.iter().try_fold(value.clone(), |value, part| step(&value, part))
    }
}

/// The text up to the next part, and the rest.
fn word(text: &str) -> (&str, &str) {
    text.split_at(text.find(['.', '[', '|']).unwrap_or(text.len()))
}

fn item(inner: &str) -> Option<Part> {
    if let Ok(index) = inner.parse() {
        return Some(Part::Item(index));
    }
    let at = inner.find(['=', '~'])?;
    let (name, value) = (inner[..at].to_owned(), inner[at + 1..].to_owned());
    match &inner[at..=at] {
        "=" => Some(Part::Equal(name, value)),
        _ => Some(Part::Like(name, value)),
    }
}

fn filter(name: &str) -> Option<Part> {
    Some(match name {
        "base64" => Part::Base64,
        "json" => Part::Json,
        "url" => Part::Url,
        "flat" => Part::Flat,
        "count" => Part::Count,
        "distinct" => Part::Distinct,
        _ => return None,
    })
}

fn step(value: &Value, part: &Part) -> Option<Value> {
    let items = || value.as_array();
    match part {
        Part::Member(name) => match value {
            Value::Array(items) => {
                Some(items.iter().filter_map(|item| item.get(name)).cloned().collect())
            }
            _ => value.get(name).cloned(),
        },
        Part::Item(index) => value.get(index).cloned(),
        Part::Equal(name, wanted) => {
            let is = |item: &&Value| item.get(name).is_some_and(|member| text(member) == *wanted);
            Some(items()?.iter().filter(is).cloned().collect())
        }
        Part::Like(name, wanted) => {
            let has = |item: &&Value| {
                item.get(name).is_some_and(|member| text(member).contains(wanted.as_str()))
            };
            Some(items()?.iter().filter(has).cloned().collect())
        }
        Part::Base64 => each(value, |text| {
            let bytes = BASE64_STANDARD.decode(text).ok()?;
            Some(String::from_utf8_lossy(&bytes).into_owned().into())
        }),
        Part::Json => each(value, |text| serde_json::from_str(text).ok()),
        Part::Url => each(value, |text| {
            Some(percent_decode_str(text).decode_utf8_lossy().into_owned().into())
        }),
        Part::Flat => {
            Some(items()?.iter().filter_map(Value::as_array).flatten().cloned().collect())
        }
        Part::Count => Some(items()?.len().into()),
        Part::Distinct => {
            let mut texts: Vec<_> = items()?.iter().map(text).collect();
            texts.sort_unstable();
            texts.dedup();
            Some(texts.len().into())
        }
    }
}

/// What `read` makes of a text, or of each text in a list.
fn each(value: &Value, read: impl Fn(&str) -> Option<Value>) -> Option<Value> {
    match value {
        Value::String(text) => read(text),
        Value::Array(items) => items.iter().map(|item| read(item.as_str()?)).collect(),
        _ => None,
    }
}

/// A value as people read it: texts without quotes.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(path: &str, value: &Value) -> Option<Value> {
        Path::parse(path).unwrap().find(value)
    }

    #[test]
    fn a_path_leads_to_members_items_and_matches() {
        let value = json!({"Keys": [{"Id": "1", "Name": "a.b"}, {"Id": "2", "Name": "c"}, {}]});
        assert_eq!(found("", &value), Some(value.clone()));
        assert_eq!(found("Keys[1].Id", &value), Some(json!("2")));
        assert_eq!(found("Keys[Name=c][0].Id", &value), Some(json!("2")));
        assert_eq!(found("Keys[Name~.].Id", &value), Some(json!(["1"])));
        assert_eq!(found("Keys.Id|count", &value), Some(json!(2)));
        assert_eq!(found("Keys[Name=x]|count", &value), Some(json!(0)));
        assert_eq!(found("Keys[Name=x][0]", &value), None);
        let nested = json!([{"a": [1, 2]}, {"a": [3]}, {}]);
        assert_eq!(found("a|flat|count", &nested), Some(json!(3)));
        assert_eq!(found("Nothing.There", &value), None);
    }

    #[test]
    fn filters_look_behind_encodings() {
        let value =
            json!({"Payload": "eyJib2R5IjogIntcIm5cIjogMX0ifQ==", "Policy": "%7B%22a%22:2%7d%"});
        assert_eq!(found("Payload|base64|json.body|json.n", &value), Some(json!(1)));
        assert_eq!(found("Policy|url", &value), Some(json!("{\"a\":2}%")));
        assert_eq!(found("Payload|json", &value), None);
        let value = json!([{"n": "1"}, {"n": "1"}, {"n": "2"}]);
        assert_eq!(found("n|json|distinct", &value), Some(json!(2)));
    }

    #[test]
    fn a_broken_path_is_refused() {
        for (path, what) in [
            ("a[0", "without ]"),
            ("a[b]", "no item"),
            ("a|sort", "no filter |sort"),
            ("a..b", "empty member"),
        ] {
            let error = Path::parse(path).unwrap_err();
            assert!(error.contains(what), "{path}: {error}");
        }
    }
}
