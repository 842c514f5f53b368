//! Filter patterns ("Filter pattern syntax for metric filters, subscription filters, filter log
//! events, and Live Tail"): terms, JSON conditions and space-delimited fields.

mod cursor;
mod fields;
mod json;
mod operand;
mod terms;

use cursor::Cursor;

/// The most regular expressions in one pattern.
const MAX_REGEXES: usize = 2;
/// The deepest nesting of parentheses.
const MAX_DEPTH: usize = 32;

/// A parsed filter pattern.
#[derive(Debug)]
pub(crate) enum Pattern {
    /// Everything matches.
    All,
    /// Words that must, may or must not be there.
    Terms(terms::Terms),
    /// `{ $.x = 1 }`.
    Json(json::Condition),
    /// `[ip, user, status = 4*]`.
    Fields(fields::Fields),
}

impl Pattern {
    /// Reads a pattern; the error says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut cursor = Cursor::new(text);
        cursor.skip_space();
        match cursor.peek() {
            None => Ok(Self::All),
            Some('{') => json::parse(&mut cursor).map(Self::Json),
            Some('[') => fields::parse(&mut cursor).map(Self::Fields),
            Some(_) => terms::parse(&mut cursor).map(Self::Terms),
        }
    }

    /// Whether a log event's message matches.
    pub(crate) fn matches(&self, message: &str) -> bool {
        match self {
            Self::All => true,
            Self::Terms(terms) => terms.matches(message),
            Self::Json(condition) => serde_json::from_str::<serde_json::Value>(message)
                .is_ok_and(|value| value.is_object() && condition.matches(&value)),
            Self::Fields(fields) => fields.matches(message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, message: &str) -> bool {
        Pattern::parse(pattern).unwrap_or_else(|why| panic!("{pattern}: {why}")).matches(message)
    }

    #[test]
    fn terms_are_required_optional_or_excluded() {
        for (pattern, message, expected) in [
            ("", "anything", true),
            ("ERROR", "[ERROR] 401", true),
            ("ERROR", "error", false),
            ("ERROR ARGUMENTS", "[ERROR] UNAUTHORIZED", false),
            ("ERROR ARGUMENTS", "[ERROR] INVALID ARGUMENTS", true),
            ("?ERROR ?ARGUMENTS", "ARGUMENTS missing", true),
            ("?ERROR ?ARGUMENTS", "fine", false),
            ("ERROR -ARGUMENTS", "ERROR: no ARGUMENTS", false),
            ("ERROR -ARGUMENTS", "ERROR: other", true),
            ("\"INTERNAL SERVER ERROR\"", "500 INTERNAL SERVER ERROR", true),
            ("\"[ERROR]\"", "[ERROR] x", true),
            ("-\"a b\"", "a b", false),
            ("%AUTH[A-Z]+%", "UNAUTHORIZED", true),
            ("%^ERR%", "no ERR", false),
        ] {
            assert_eq!(matches(pattern, message), expected, "{pattern} on {message}");
        }
    }

    #[test]
    fn json_conditions_select_properties() {
        let event = r#"{"eventType":"UpdateTrail","sourceIPAddress":"111.111.111.111",
            "arrayKey":["value","another"],"objectList":[{"name":"a","id":1},{"name":"b","id":2}],
            "SomeObject":null,"flag":true,"latency":50.5,"a.b":{"c":"x y"},"errorCode":400,"n":-1}"#;
        for (pattern, expected) in [
            (r#"{ $.eventType = "UpdateTrail" }"#, true),
            (r"{ $.eventType = Update* }", true),
            (r"{ $.eventType != Update* }", false),
            (r"{ $.eventType = %Trail$% }", true),
            (r"{ $.sourceIPAddress != 123.123.* }", true),
            (r#"{ $.arrayKey[0] = "value" }"#, true),
            (r"{ $.objectList[1].id = 2 }", true),
            (r"{ $.SomeObject IS NULL }", true),
            (r"{ $.SomeOtherObject NOT EXISTS }", true),
            (r"{ $.SomeObject NOT EXISTS }", false),
            (r"{ $.flag IS TRUE }", true),
            (r"{ $.flag IS FALSE }", false),
            (r"{ $.latency > 50 && $.latency <= 5.05e1 }", true),
            (r"{ $.n < 0 }", true),
            (r#"{ $.["a.b"].c = "x y" }"#, true),
            (r"{ ($.errorCode = 400 || $.errorCode = 500) && ($.missing = 1) }", false),
            (r"{ $.missing = 1 || $.errorCode = 400 && $.flag IS TRUE }", true),
            (r#"{ $.missing != "x" }"#, false),
        ] {
            assert_eq!(matches(pattern, event), expected, "{pattern}");
        }
        assert!(!matches("{ $.a = 1 }", "no json"));
    }

    #[test]
    fn space_delimited_fields_are_counted_and_compared() {
        let line =
            r#"127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534"#;
        for (pattern, expected) in [
            ("[ip, user, username, timestamp, request, status_code, bytes > 1000]", true),
            ("[ip, user, username, timestamp, request, status_code = 4*, bytes]", true),
            ("[..., status_code = 404, bytes]", true),
            ("[ip = 127.*, ...]", true),
            ("[ip, user]", false),
            ("[..., request = *html*, status_code = 4*,]", true),
            ("[ip, user, username = frank && username != bob, ...]", true),
            ("[ip, user, username = bob || username = frank, ..., bytes < 2000]", true),
            ("[..., s = 200, bytes]", false),
        ] {
            assert_eq!(matches(pattern, line), expected, "{pattern}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_named() {
        for pattern in ["{ $.a }", "{ $.a = }", "{ $.a[*] = 1 }", "[a, a b]", "\"open", "{ a = 1 }"]
        {
            assert!(Pattern::parse(pattern).is_err(), "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(
            pattern in r#"[\{\[ $.a-c="'%*()&|!<>0-9\]\},?ISNOT-]{0,40}"#, message in ".{0,40}",
        ) {
            if let Ok(pattern) = Pattern::parse(&pattern) {
                pattern.matches(&message);
            }
        }
    }
}
