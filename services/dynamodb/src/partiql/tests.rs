//! What statements mean and how they are refused, as tables.

use super::parse;
use crate::{error::DynamoError, value::attribute::AttributeValue};
use proptest::prelude::*;
use service_kit::fault::Fault;

fn refusal(statement: &str) -> String {
    match parse(statement, &[]) {
        Err(DynamoError::Common(Fault::Validation(text))) => text,
        other => panic!("{statement}: {other:?}"),
    }
}

#[test]
fn statements_that_are_none_are_refused_in_awss_words() {
    let opening = "Statement wasn't well formed, can't be processed: ";
    let cases = [
        ("SLECT * FROM music", "Expected data manipulation"),
        ("SELECT * FROM music WHERE pk = 1 foo", "Unexpected token after expression"),
        ("SELECT * FROM music WHERE pk = 1)", "Unexpected token after expression"),
        ("INSERT INTO music VALUE {'pk': 1} foo", "Unexpected token after expression"),
        ("INSERT INTO music t VALUE {'pk': 1}", "Unexpected token after expression"),
        ("DELETE FROM music WHERE pk = 1 ORDER BY pk", "Unexpected token after expression"),
        ("SELECT * FROM music ORDER BY pk WHERE pk = 1", "Unexpected token after expression"),
        ("FROM music SET c = 1 WHERE pk = 'x'", "Unexpected token after expression"),
        ("SELECT * FROM music WHERE", "Unexpected term"),
        ("SELECT * FROM music WHERE;", "Unexpected term"),
        ("SELECT * FROM music WHERE NOT", "Unexpected term"),
        ("SELECT * FROM music WHERE (", "Unexpected term"),
        ("UPDATE music SET a = 1 WHERE", "Unexpected term"),
        ("SELECT * FROM", "Unexpected term"),
        (
            "SELECT * FROM music WHERE pk = 'p' AND",
            "Missing right-hand side expression of infix operator",
        ),
        ("SELECT * FROM music WHERE ORDER BY pk", "Unexpected keyword"),
        ("SELECT * FROM music WHERE IS NULL", "Unexpected operator"),
        ("SELECT * FROM music WHERE pk = LIKE", "Unexpected operator"),
        ("SELECT * FROM music WHERE pk = 'a' AND x IS FOO", "Expected type name"),
        ("SELECT * FROM music WHERE attribute_exists(m.inner)", "Invalid path dot component"),
        ("DELETE FROM", "Expected identifier for simple path"),
        ("DELETE FROM WHERE pk = 'a'", "Expected identifier for simple path"),
        ("SELECT * FROM music WHERE pk = 1e2147483648", ""),
        ("SELECT * FROM music WHERE pk = 1 # note", ""),
        ("SELECT * FROM music WHERE pk = 1 /* note", ""),
    ];
    for (statement, text) in cases {
        assert_eq!(refusal(statement), format!("{opening}{text}"), "{statement}");
    }
}

#[test]
fn statements_that_ask_too_much_are_refused_in_awss_words() {
    let overflow = "Number overflow. Attempting to store a number with magnitude larger than \
                    supported range under ";
    let cases: [(&str, &str); 26] = [
        ("SELECT * FROM music t WHERE pk = 'x'", "Aliasing is not supported"),
        ("SELECT a AS b FROM music", "Aliasing is not supported"),
        ("SELECT a, a FROM music", "Duplicate identifiers in select clause: a"),
        ("SELECT id FROM music LIMIT 5", "Unsupported clause: LIMIT at 1:28:1"),
        (
            "SELECT l[-1] FROM music",
            "List index is not within the allowable range; index: [-1] at 1:10:1",
        ),
        ("SELECT attribute_exists(a) FROM music", "Unexpected path component at 1:8:16"),
        (
            "SELECT * FROM x WHERE a = 1",
            "Table name should be within the length [3, 255] and only contain 'a-z', 'A-Z', '0-9', '-', '_', '.'.",
        ),
        ("SELECT * FROM music WHERE a = MISSING", "MISSING must be compared using IS operator"),
        (
            "SELECT * FROM music WHERE a",
            "WHERE clause must contain an expression that resolves to a boolean",
        ),
        ("SELECT * FROM music WHERE EXISTS(ss)", "Unrecognized function: exists at 1:27:6"),
        (
            "SELECT * FROM music WHERE attribute_exists('a')",
            "Operator or function requires a document path; operator or function: attribute_exists",
        ),
        (
            "SELECT * FROM music WHERE attribute_exists()",
            "Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 0",
        ),
        (
            "SELECT * FROM music WHERE attribute_exists(a, b)",
            "Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2",
        ),
        (
            "SELECT * FROM music WHERE pk = ?",
            "Number of parameters in request and statement don't match.",
        ),
        (
            "UPDATE music SET t = set_add(ss, <<'x'>>)",
            "The first argument to SET_ADD must equal the assignment value at 1:22:7",
        ),
        (
            "UPDATE music SET ss = set_add(ss, 'x')",
            "The second argument to SET_ADD must be a value with type SET at 1:31:2",
        ),
        ("UPDATE music SET ss = set_add(ss)", "SET_ADD must have exactly two arguments at 1:23:7"),
        ("UPDATE music SET ss = set_add(ss, <<>>)", "Empty bags are not supported"),
        (
            "UPDATE music SET ss = set_add(ss, <<'x', 'x'>>)",
            "One or more parameter values were invalid: Input collection [x, x] contains duplicates.",
        ),
        (
            "UPDATE music SET ss = <<1, 'x'>>",
            "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags",
        ),
        (
            "INSERT INTO music VALUE {'pk': 1, 'ss': set_add(a)}",
            "Unsupported data type: set_add under key root at 1:41:7",
        ),
        ("INSERT INTO music VALUE {'a': 1, 'a': 2}", "Duplicate keys in tuple. Key: a under root"),
        (
            "INSERT INTO music VALUE {'a': 1} RETURNING ALL OLD *",
            "RETURNING is not supported in INSERT",
        ),
        (
            "INSERT INTO music VALUES ({'a': 1})",
            "Unsupported operation: Inserting multiple items in a single statement is not supported, use \"INSERT INTO tableName VALUE item\" instead",
        ),
        (
            "DELETE FROM music WHERE pk = 'a' RETURNING MODIFIED OLD *",
            "Invalid returning clause: RETURNING MODIFIED OLD *. Only RETURNING ALL OLD * is allowed in DELETE statements.",
        ),
        ("SELECT * FROM a.b.c", "A path may contain at most 2 components in the FROM clause"),
    ];
    for (statement, text) in cases {
        assert_eq!(refusal(statement), text, "{statement}");
    }
    for (value, place) in [("1e126", "root"), ("{'x': 1e126}", "root.x"), ("[1, 1e126]", "root[1]")]
    {
        let statement = format!("INSERT INTO music VALUE {{'pk': {value}}}");
        assert_eq!(refusal(&statement), format!("{overflow}{place}"));
    }
}

#[test]
fn nesting_is_bounded() {
    for (open, close) in [("(", ")"), ("NOT ", ""), ("[", "]"), ("size(", ")")] {
        let text = format!("{}1{}", open.repeat(1500), close.repeat(1500));
        let statement = format!("SELECT * FROM music WHERE a = 1 AND {text}");
        assert!(refusal(&statement).ends_with("nested too deeply"), "{open}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,200}") {
        parse(&text, &[]).ok();
    }

    #[test]
    fn no_order_of_words_makes_the_parser_panic(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "SELECT", "*", "FROM", "music", "\"t a\"", "WHERE", "pk", "=", "'x'", "AND", "OR",
                "NOT", "(", ")", "[", "]", "{", "}", "<<", ">>", ",", ".", ":", "?", "1", "-",
                "IN", "BETWEEN", "IS", "MISSING", "NULL", "INSERT INTO", "VALUE", "UPDATE", "SET",
                "REMOVE", "DELETE", "RETURNING", "ALL", "OLD", "ORDER BY", "DESC", "size(",
                "contains(", "set_add(", "list_append(", "EXISTS(", "+", ";", "--", "/*", "*/",
            ]),
            0..40,
        ),
    ) {
        parse(&words.join(" "), &[AttributeValue::Null]).ok();
    }
}
