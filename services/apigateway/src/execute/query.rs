//! Query strings, decoded as API Gateway decodes them.

use super::event::Fields;
use service_kit::front::decode_query;

/// The parameters of `query` in the order sent, repeated ones together; none if there are none.
pub fn parse(query: &str) -> Option<Fields<'_>> {
    let mut fields = Fields::default();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        fields.add(decode_query(name), decode_query(value));
    }
    (!fields.is_empty()).then_some(fields)
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
