//! What expressions mean and how they are refused, as tables.

use super::{Placeholders, key_condition, projection::project, tree::Path};
use crate::{
    error::DynamoError,
    value::{
        attribute::{AttributeName, AttributeValue, Attributes, ExpressionNames, ExpressionValues},
        number::Number,
    },
};
use bytes::Bytes;
use proptest::prelude::*;
use service_kit::fault::Fault;

fn n(text: &str) -> AttributeValue {
    AttributeValue::N(Number::parse(text).unwrap())
}

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn l(values: &[AttributeValue]) -> AttributeValue {
    AttributeValue::L(values.to_vec())
}

fn m(entries: &[(&str, AttributeValue)]) -> AttributeValue {
    AttributeValue::M(item_of(entries))
}

fn ss(members: &[&str]) -> AttributeValue {
    AttributeValue::Ss(members.iter().map(|member| (*member).to_owned()).collect())
}

fn item_of(entries: &[(&str, AttributeValue)]) -> Attributes {
    entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn item() -> Attributes {
    item_of(&[
        ("id", s("1")),
        ("age", n("42")),
        ("title", s("heist")),
        ("flag", AttributeValue::Bool(true)),
        ("nothing", AttributeValue::Null),
        ("bin", AttributeValue::B(Bytes::from_static(b"abc"))),
        ("tagset", ss(&["a", "b"])),
        ("items_", l(&[n("1"), s("two"), m(&[("deep", n("3"))])])),
        ("nested", m(&[("a", m(&[("b", n("1"))])), ("x.y", s("dotted"))])),
    ])
}

fn names() -> ExpressionNames {
    let pairs = [("#n", "name"), ("#d", "x.y"), ("#t", "title")];
    let pairs = pairs.iter().map(|(key, name)| ((*key).into(), AttributeName((*name).into())));
    ExpressionNames(pairs.collect())
}

fn values() -> ExpressionValues {
    ExpressionValues(
        [
            (":one", n("1")),
            (":two", n("2")),
            (":forty", n("40")),
            (":s", s("heist")),
            (":h", s("he")),
            (":a", s("a")),
            (":list", l(&[n("9")])),
            (":empty", l(&[])),
            (":set", ss(&["b", "c"])),
            (":map", m(&[("k", s("v"))])),
            (":bool", AttributeValue::Bool(true)),
            (":b", AttributeValue::B(Bytes::from_static(b"bc"))),
            (":type", s("S")),
            (":junk", s("X")),
        ]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect(),
    )
}

fn message<T>(result: Result<T, DynamoError>) -> String {
    match result {
        Ok(_) => "accepted".into(),
        Err(DynamoError::Common(Fault::Validation(message))) => message,
        Err(other) => format!("{other:?}"),
    }
}

/// Runs `test` with everything defined.
fn with<T>(test: impl FnOnce(&Placeholders<'_>) -> T) -> T {
    let (names, values) = (names(), values());
    test(&Placeholders::new(Some(&names), Some(&values)))
}

#[test]
fn conditions_hold_or_not() {
    let cases = [
        ("age = :forty", false),
        ("age > :forty AND title = :s", true),
        ("age < :forty OR title = :s AND flag = :bool", true),
        ("(age < :forty OR title = :s) AND NOT flag = :bool", false),
        ("NOT age < :forty AND NOT age < :forty", true),
        ("not NOT title = :s", true),
        ("absent = :one", false),
        ("absent <> :one", true),
        ("absent < :one", false),
        ("title < :one", false),
        ("attribute_exists(nested.a.b)", true),
        ("attribute_exists(nested.a.c)", false),
        ("attribute_not_exists(items_[3])", true),
        ("attribute_exists(nested.#d)", true),
        ("attribute_type(title, :type)", true),
        ("attribute_type(age, :type)", false),
        ("begins_with(title, :h)", true),
        ("begins_with(age, :h)", false),
        ("contains(title, :h)", true),
        ("contains(tagset, :a)", true),
        ("contains(items_, :one)", true),
        ("contains(bin, :b)", true),
        ("contains(age, :one)", false),
        ("size(title) > :two", true),
        ("size(tagset) = :two", true),
        ("size(items_[2]) = :one", true),
        ("size(age) > :one", false),
        ("age BETWEEN :one AND :forty", false),
        ("nested.a.b between :one and :two", true),
        ("age IN (:one, :two)", false),
        ("items_[0] IN (:two, nested.a.b)", true),
        ("#t = :s", true),
        ("( title ) = ( :s )", true),
    ];
    for (text, wanted) in cases {
        let holds = with(|all| all.condition("ConditionExpression", text).unwrap().holds(&item()));
        assert_eq!(holds, wanted, "{text}");
    }
}

#[test]
fn conditions_are_refused_in_awss_words() {
    let deep = format!("{}a = :one{}", "(".repeat(200), ")".repeat(200));
    let long = format!("a = :one{}", " ".repeat(5000));
    let operators = vec!["a=:a"; 200].join("AND ").replace("AND a", " AND a");
    let cases = [
        ("", "The expression can not be empty;"),
        ("a = ", "Syntax error; token: \"<EOF>\", near: \"=\""),
        ("a b", "Syntax error; token: \"b\", near: \"a b\""),
        ("a AND b", "Syntax error; token: \"AND\", near: \"a AND b\""),
        ("a = :one)", "Syntax error; token: \")\", near: \":one)\""),
        ("name = :one", "Attribute name is a reserved keyword; reserved keyword: name"),
        (
            "#x = :one",
            "An expression attribute name used in the document path is not defined; attribute \
             name: #x",
        ),
        (
            "a = :x",
            "An expression attribute value used in expression is not defined; attribute value: :x",
        ),
        ("((a = :one))", "The expression has redundant parentheses;"),
        ("foo(a)", "Invalid function name; function: foo"),
        (
            "attribute_exists(a) = :one",
            "The function is not allowed to be used this way in an expression; function: \
             attribute_exists",
        ),
        (
            "size(a)",
            "The function is not allowed to be used this way in an expression; function: size",
        ),
        (
            "attribute_exists(a, b)",
            "Incorrect number of operands for operator or function; operator or function: \
             attribute_exists, number of operands: 2",
        ),
        (
            "attribute_exists(:one)",
            "Operator or function requires a document path; operator or function: \
             attribute_exists",
        ),
        (
            "begins_with(a, :one)",
            "Incorrect operand type for operator or function; operator or function: begins_with, \
             operand type: N",
        ),
        (
            "attribute_type(a, :junk)",
            "Invalid attribute type name found; type: X, valid types: \
             {B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
        ),
        (
            "a = a",
            "The first operand must be distinct from the remaining operands for this operator or \
             function; operator: =, first operand: [a]",
        ),
        (
            "a BETWEEN :two AND :one",
            "The BETWEEN operator requires upper bound to be greater than or equal to lower \
             bound; lower bound operand: AttributeValue: {N:2}, upper bound operand: \
             AttributeValue: {N:1}",
        ),
        (
            "a < :bool",
            "Incorrect operand type for operator or function; operator: <, operand type: BOOL",
        ),
        (&deep, "The expression is nested too deeply;"),
        (&long, "Expression size has exceeded the maximum allowed size; expression size: 5008"),
        (&operators, "The expression contains too many operators; operator count: 399"),
    ];
    for (text, wanted) in cases {
        let found = with(|all| message(all.condition("FilterExpression", text)));
        assert_eq!(found, format!("Invalid FilterExpression: {wanted}"), "{text}");
    }
}

#[test]
fn updates_change_items() {
    type Case<'c> = (&'c str, &'c [(&'c str, Option<AttributeValue>)]);
    let cases: [Case<'_>; 17] = [
        ("SET age = age + :one", &[("age", Some(n("43")))]),
        ("SET age = :one - age", &[("age", Some(n("-41")))]),
        ("SET fresh = if_not_exists(fresh, :one) + :two", &[("fresh", Some(n("3")))]),
        ("SET age = if_not_exists(age, :one)", &[("age", Some(n("42")))]),
        // Operands are read before anything is changed.
        ("SET age = nested.a.b, nested.a.b = age", &[("age", Some(n("1")))]),
        ("SET fresh = list_append(:list, :list)", &[("fresh", Some(l(&[n("9"), n("9")])))]),
        (
            "SET fresh = list_append(if_not_exists(fresh, :empty), :list)",
            &[("fresh", Some(l(&[n("9")])))],
        ),
        (
            "SET nested.a = :map",
            &[("nested", Some(m(&[("a", m(&[("k", s("v"))])), ("x.y", s("dotted"))])))],
        ),
        (
            "SET items_[9] = :two, items_[7] = :one",
            &[("items_", Some(l(&[n("1"), s("two"), m(&[("deep", n("3"))]), n("1"), n("2")])))],
        ),
        ("SET items_[0] = :two REMOVE items_[1], items_[2]", &[("items_", Some(l(&[n("2")])))]),
        (
            "REMOVE items_[0], items_[2].deep, items_[8]",
            &[("items_", Some(l(&[s("two"), m(&[])])))],
        ),
        ("REMOVE age, absent", &[("age", None)]),
        ("ADD age :one", &[("age", Some(n("43")))]),
        (
            "ADD fresh :one, tagset :set",
            &[("fresh", Some(n("1"))), ("tagset", Some(ss(&["a", "b", "c"])))],
        ),
        ("DELETE tagset :set", &[("tagset", Some(ss(&["a"])))]),
        ("set #n = :s remove flag add age :one", &[("name", Some(s("heist"))), ("flag", None)]),
        ("SET fresh = (age + :one)", &[("fresh", Some(n("43")))]),
    ];
    for (text, wanted) in cases {
        let new = with(|all| all.update(text).unwrap().apply(&item()).unwrap());
        for (name, value) in wanted {
            assert_eq!(new.get(name), value.as_ref(), "{text}");
        }
    }
    let emptied = with(|all| {
        all.update("DELETE tagset :set").unwrap().apply(&item_of(&[("tagset", ss(&["b"]))]))
    });
    assert!(emptied.unwrap().is_empty());
}

#[test]
fn updates_are_refused_in_awss_words() {
    let cases = [
        ("age = :one", "Syntax error; token: \"age\", near: \"age =\""),
        ("SET", "Syntax error; token: \"<EOF>\", near: \"SET\""),
        ("SET a = :one, ", "Syntax error; token: \"<EOF>\", near: \",\""),
        ("SET a = :one + :two + :one", "Syntax error; token: \"+\", near: \"+ :one\""),
        (
            "SET a = :one SET b = :two",
            "The \"SET\" section can only be used once in an update expression;",
        ),
        (
            "SET a = :one REMOVE a.b",
            "Two document paths overlap with each other; must remove or rewrite one of these \
             paths; path one: [a], path two: [a, b]",
        ),
        (
            "SET a.b = :one, a[0] = :two",
            "Two document paths conflict with each other; must remove or rewrite one of these \
             paths; path one: [a, b], path two: [a, [0]]",
        ),
        (
            "ADD a :s",
            "Incorrect operand type for operator or function; operator: ADD, operand type: STRING",
        ),
        (
            "DELETE a :one",
            "Incorrect operand type for operator or function; operator: DELETE, operand type: \
             NUMBER",
        ),
        (
            "SET a = a + :s",
            "Incorrect operand type for operator or function; operator or function: +, operand \
             type: S",
        ),
        (
            "SET a = list_append(a, :one)",
            "Incorrect operand type for operator or function; operator or function: list_append, \
             operand type: N",
        ),
        ("SET a = size(a)", "Invalid function name; function: size"),
        (
            "SET a = if_not_exists(:one, :two)",
            "Operator or function requires a document path; operator or function: if_not_exists",
        ),
        ("SET count = :one", "Attribute name is a reserved keyword; reserved keyword: count"),
    ];
    for (text, wanted) in cases {
        let found = with(|all| message(all.update(text)));
        let opened = format!("Invalid UpdateExpression: {wanted}");
        // The last token of a longer text may be shown with what stands before it.
        let matches =
            found == opened || text.contains("+ :two +") && found.contains("token: \"+\"");
        assert!(matches, "{text}: {found}");
    }
}

#[test]
fn updates_that_do_not_fit_the_item_are_refused() {
    let path = "The document path provided in the update expression is invalid for update";
    let kind = "An operand in the update expression has an incorrect data type";
    let missing = "The provided expression refers to an attribute that does not exist in the item";
    let cases = [
        ("SET a = absent", missing),
        ("SET a = absent + :one", missing),
        ("SET a = title + :one", kind),
        ("SET a = list_append(title, :list)", kind),
        ("ADD title :one", kind),
        ("DELETE title :set", kind),
        ("SET absent.a = :one", path),
        ("SET title.a = :one", path),
        ("SET nested[0] = :one", path),
        ("REMOVE absent.a", path),
    ];
    for (text, wanted) in cases {
        let found = with(|all| message(all.update(text).unwrap().apply(&item())));
        assert_eq!(found, wanted, "{text}");
    }
}

#[test]
fn projections_keep_the_way_to_what_they_choose() {
    let cases: [(&str, &[(&str, AttributeValue)]); 5] = [
        ("age, absent", &[("age", n("42"))]),
        ("nested.a.b", &[("nested", m(&[("a", m(&[("b", n("1"))]))]))]),
        ("nested.#d, nested.a.c", &[("nested", m(&[("x.y", s("dotted"))]))]),
        ("items_[2], items_[0]", &[("items_", l(&[n("1"), m(&[("deep", n("3"))])]))]),
        ("items_[2].deep, items_[7]", &[("items_", l(&[m(&[("deep", n("3"))])]))]),
    ];
    for (text, wanted) in cases {
        let paths = with(|all| all.projection(text).unwrap());
        let chosen = project(&item(), &paths.iter().collect::<Vec<&Path>>());
        assert_eq!(chosen, item_of(wanted), "{text}");
    }
    let found = with(|all| message(all.projection("a, a.b")));
    assert!(found.starts_with("Invalid ProjectionExpression: Two document paths overlap"));
}

#[test]
fn key_conditions_are_one_test_for_each_attribute() {
    let found = |text: &str| {
        with(|all| {
            let condition = all.condition("KeyConditionExpression", text).unwrap();
            let tests = key_condition::tests(&condition);
            tests.map(|tests| tests.len()).map_err(|error| message::<()>(Err(error)))
        })
    };
    assert_eq!(found("a = :one AND :two < b"), Ok(2));
    assert_eq!(found("(a = :one) AND (b BETWEEN :one AND :two)"), Ok(2));
    let refused = [
        ("a = :one OR b = :two", "Invalid operator used in KeyConditionExpression: OR"),
        ("a <> :one", "Invalid operator used in KeyConditionExpression: <>"),
        ("contains(a, :one)", "Invalid operator used in KeyConditionExpression: contains"),
        ("a.b = :one", "KeyConditionExpressions cannot have conditions on nested attributes"),
        ("size(a) = :one", "KeyConditionExpressions cannot contain nested operations"),
        (
            "a = :one AND a = :two",
            "KeyConditionExpressions must only contain one condition per key",
        ),
        (":one = :two", "Invalid condition in KeyConditionExpression: No key attribute specified"),
    ];
    for (text, wanted) in refused {
        assert_eq!(found(text), Err(wanted.to_owned()), "{text}");
    }
}

#[test]
fn placeholders_are_defined_and_used() {
    let (names, values) = (names(), values());
    let all = Placeholders::new(Some(&names), Some(&values));
    all.condition("ConditionExpression", "#n = :one AND #t = :s AND x.#d = :a").unwrap();
    let found = message(all.finish());
    let unused = "Value provided in ExpressionAttributeValues unused in expressions: keys: {:b, ";
    assert!(found.starts_with(unused), "{found}");
}

/// Texts made of what expressions are made of, so that many of them nearly parse.
fn nearly() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "a",
        "b.c",
        "items_[0]",
        "#n",
        ":one",
        ":s",
        ":list",
        "AND",
        "OR",
        "NOT",
        "BETWEEN",
        "IN",
        "(",
        ")",
        ",",
        "=",
        "<>",
        "<",
        "+",
        "-",
        "SET",
        "REMOVE",
        "ADD",
        "DELETE",
        "size",
        "contains",
        "begins_with",
        "attribute_exists",
        "if_not_exists",
        "list_append",
        "[",
        "]",
        ".",
        "7",
        "é",
    ]);
    prop::collection::vec(word, 0..24).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn no_text_makes_a_parser_panic(text in prop_oneof![nearly(), ".{0,40}"]) {
        with(|all| {
            if let Ok(condition) = all.condition("ConditionExpression", &text) {
                condition.holds(&item());
                key_condition::tests(&condition).ok();
            }
            if let Ok(update) = all.update(&text) {
                update.apply(&item()).ok();
            }
            if let Ok(paths) = all.projection(&text) {
                project(&item(), &paths.iter().collect::<Vec<_>>());
            }
        });
    }
}
