//! Filter patterns ("Filter pattern syntax for metric filters, subscription filters, filter log
//! events, and Live Tail"): terms, JSON conditions and space-delimited fields.

mod cursor;
mod fields;
mod json;
mod operand;
mod regex;
mod terms;

use cursor::Cursor;

/// About how many nanoseconds each byte of a JSON message takes before conditions are asked.
const JSON_WEIGHT: usize = 12;
/// The same of messages with fields.
const FIELDS_WEIGHT: usize = 6;
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

    /// About how many nanoseconds each byte of a message takes.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::All => 0,
            Self::Terms(terms) => terms.weight(),
            Self::Json(condition) => JSON_WEIGHT + condition.weight(),
            Self::Fields(fields) => FIELDS_WEIGHT + fields.weight(),
        }
    }

    /// Whether a log event's message matches.
    pub(crate) fn matches(&self, message: &str) -> bool {
        match self {
            Self::All => true,
            Self::Terms(terms) => terms.matches(message),
            Self::Json(condition) => {
                // What is no object is not read at all.
                message.trim_start().starts_with('{')
                    && serde_json::from_str(message).is_ok_and(|value| condition.matches(&value))
            }
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
        for (pattern, why) in [
            ("%(a)%", "'(' is not supported"),
            ("%something!%", "'!' is not supported"),
            ("%é%", "is not supported"),
            ("%[a%", "no regular expression"),
            ("%a{1000}%", "repeats too much"),
            ("%[a-z]{100}{100}%", "repeats too much"),
            ("%a% %b% %c%", "at most 2"),
        ] {
            let said = Pattern::parse(pattern).unwrap_err();
            assert!(said.contains(why), "{pattern}: {said}");
        }
    }

    #[test]
    fn a_regular_expression_keeps_its_escapes() {
        for (pattern, message, expected) in [
            (r"%10\.1%", "10.1", true),
            (r"%10\.1%", "10x1", false),
            (r"%10\\.1%", r"10\x1", true),
            (r"%10\\.1%", "10.1", false),
            (r"%5\%$%", "5%", true),
            (r"%\d{1,3}\.\d{1,3}%", "from 10.1", true),
        ] {
            assert_eq!(matches(pattern, message), expected, "{pattern} on {message}");
        }
    }

    #[test]
    fn a_heavy_pattern_weighs_more_than_a_light_one() {
        let weight = |pattern| Pattern::parse(pattern).unwrap().weight();
        assert_eq!(weight(""), 0);
        assert!(weight("%a{100}|b{100}%") > 4 * weight("%ab%"));
        assert!(weight("a b c d") > weight("a"));
        assert!(weight("{ $.a = %[a-z]{50}% }") > weight("{ $.a = 1 }"));
        assert!(weight("[a=*b*||a=*c*, ...]") > weight("[a, ...]"));
    }

    #[test]
    fn brackets_that_nobody_closes_are_words() {
        assert!(matches("[a=\"[d\", b=e]", "[d e"));
        assert!(matches("[a=x, b=\"\\\"y\"]", "\"x\" \"y"));
        assert!(matches("[a=\"d e\", b=\"[f\"]", "[d e] [f"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(
            pattern in r#"[\{\[ $.a-c="'%*()&|!<>0-9\]\},?ISNOT\\é-]{0,40}"#, message in ".{0,40}",
        ) {
            if let Ok(pattern) = Pattern::parse(&pattern) {
                pattern.matches(&message);
            }
        }

        #[test]
        fn patterns_of_pieces_do_not_panic_and_weigh_within_bounds(
            open in r"[{\[]?",
            pieces in proptest::collection::vec(prop_oneof![
                r#" \$\.a|\.b\[0\]|x|=|!=|>1|\*a\*|"a b"|&&|\|\||\(|\)|,|\.\.\."#,
                " IS NULL| NOT EXISTS| -| \\?| ",
                r"%[a-c.*+?|^$]{1,6}%|%[ab]\{[0-9]{1,4}\}%",
            ], 0..40),
            close in r"[}\]]?",
            message in r#"[\[\]" ab]{0,60}|\{"a":(1|"aab"|null|\{"b":\[1\]\})\}"#,
        ) {
            let text = format!("{open}{}{close}", pieces.concat());
            if let Ok(pattern) = Pattern::parse(&text) {
                pattern.matches(&message);
                let bound = JSON_WEIGHT + text.len() + 2 * regex::MAX_WEIGHT;
                prop_assert!(pattern.weight() <= bound, "{text}");
            }
        }
    }
}
