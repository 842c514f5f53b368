//! Queries into answers: JMESPath, and functions for the documents that answers carry as text.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use jmespath::{
    Expression, JmespathError, Rcvar, Runtime, Variable,
    functions::{ArgumentType, CustomFunction, Signature},
};
use serde_json::{Value, json};
use std::sync::LazyLock;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut runtime = Runtime::new();
    runtime.register_builtin_functions();
    for (name, of_text) in FUNCTIONS {
        let text = ArgumentType::Union(vec![ArgumentType::String, ArgumentType::Null]);
        let call = move |args: &[Rcvar], _: &mut jmespath::Context<'_>| {
            let value = args.first().and_then(|arg| arg.as_string()).map(|text| of_text(text));
            Ok(Rcvar::new(Variable::from_serializable(value.unwrap_or_default())?))
        };
        let function = CustomFunction::new(Signature::new(vec![text], None), Box::new(call));
        runtime.register_function(name, Box::new(function));
    }
    runtime
});

/// What is made of a text.
type OfText = fn(&str) -> Value;

/// What queries can do with a text beside what JMESPath can; each gives null where it makes no
/// sense, and for null.
const FUNCTIONS: [(&str, OfText); 3] = [
    // IAM's documents come with percent escapes.
    ("parse", |text| {
        let plain = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
        let read = serde_json::from_str(text).or_else(|_| serde_json::from_str(&plain));
        read.unwrap_or_default()
    }),
    ("base64", |text| BASE64_STANDARD.encode(text).into()),
    ("unbase64", |text| {
        let bytes = BASE64_STANDARD.decode(text).ok();
        bytes.and_then(|bytes| String::from_utf8(bytes).ok()).into()
    }),
];

/// `query` as JMESPath.
///
/// # Errors
/// In words, when it is none.
pub fn compile(query: &str) -> Result<Expression<'static>, JmespathError> {
    RUNTIME.compile(query)
}

/// What `query`, JMESPath, finds in `value`; null if nothing.
///
/// # Errors
/// In words, when it is not JMESPath.
pub fn find(value: &Value, query: &str) -> Result<Value, String> {
    let wrong = |error: JmespathError| format!("{query}: {error}");
    let found = compile(query).map_err(wrong)?.search(value).map_err(wrong)?;
    Ok(serde_json::to_value(&*found).unwrap_or(json!(null)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_find() {
        let value = json!({"items": [{"id": 1}, {"id": 2}]});
        assert_eq!(find(&value, "items[1].id").unwrap(), json!(2));
        assert_eq!(find(&value, "nothing").unwrap(), json!(null));
        assert!(find(&value, "items[").is_err());
    }

    #[test]
    fn documents_are_looked_into() {
        let plain = json!({"Policy": r#"{"Statement": [{"Sid": "A"}]}"#});
        assert_eq!(find(&plain, "parse(Policy).Statement[].Sid").unwrap(), json!(["A"]));
        let escaped = json!({"Document": "%7B%22Version%22%3A%202%7D"});
        assert_eq!(find(&escaped, "parse(Document).Version").unwrap(), json!(2));
        assert_eq!(find(&escaped, "parse(nothing)").unwrap(), json!(null));
    }

    #[test]
    fn blobs_are_looked_into() {
        let answer = json!({"Payload": "eyJjb2RlcyI6IDF9"});
        assert_eq!(find(&answer, "parse(unbase64(Payload)).codes").unwrap(), json!(1));
        assert_eq!(find(&json!("key"), "base64(@)").unwrap(), json!("a2V5"));
    }
}
