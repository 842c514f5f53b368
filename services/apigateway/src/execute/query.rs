//! Query strings, decoded as API Gateway decodes them.

use super::event::Fields;
use std::borrow::Cow;

/// The parameters of `query` in the order sent, repeated ones together; none if there are none.
pub fn parse(query: &str) -> Option<Fields<'_>> {
    let mut fields = Fields::default();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        fields.add(decode(name), decode(value));
    }
    (!fields.is_empty()).then_some(fields)
}

/// `+` is a space, `%2B` a plus; what is no escape stays as it is.
fn decode(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| byte == b'%' || byte == b'+') {
        return Cow::Borrowed(text);
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => escape(after).map_or(b'%', |escaped| {
                rest = after.get(2..).unwrap_or_default();
                escaped
            }),
            other => other,
        });
    }
    String::from_utf8_lossy(&decoded).into_owned().into()
}

fn escape(rest: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*rest.get(at)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_grouped() {
        let query = "email=test%2Balias@gmail.com&plus=a+b&price=10&x&price=20&bad=%zz%4";
        let fields = parse(query).unwrap();
        let multi = serde_json::to_value(fields.multi()).unwrap();
        assert_eq!(
            multi,
            serde_json::json!({
                "email": ["test+alias@gmail.com"],
                "plus": ["a b"],
                "price": ["10", "20"],
                "x": [""],
                "bad": ["%zz%4"],
            })
        );
        assert_eq!(serde_json::to_value(fields.single()).unwrap()["price"], "20");
        assert!(parse("").is_none());
    }
}
