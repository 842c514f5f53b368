//! Values, their places, and what is refused.

use document::Document;
use proptest::prelude::*;
use serde_json::{Value, json};

fn value(text: &str) -> Value {
    Document::parse("t.yaml", text).unwrap_or_else(|error| panic!("{error}")).value().clone()
}

fn error(text: &str) -> String {
    Document::parse("t.yaml", text).expect_err("a complaint").to_string()
}

#[test]
fn scalars_are_of_the_core_schema() {
    let text = "{a: true, b: yes, c: on, d: 'true', e: 12, f: -3, g: 1.5, h: ~, i: 2012-10-17}";
    let expected = json!({"a": true, "b": "yes", "c": "on", "d": "true", "e": 12, "f": -3,
        "g": 1.5, "h": null, "i": "2012-10-17"});
    assert_eq!(value(text), expected);
    assert_eq!(
        value("[000000000000, 0x1F, 0o17, +7, 1e3, 1.2.3, .5]"),
        json!(["000000000000", 31, 15, 7, 1000.0, "1.2.3", 0.5])
    );
    assert_eq!(
        value("[18446744073709551615, 18446744073709551616, 1e999, .inf, a-]"),
        json!([18_446_744_073_709_551_615_u64, "18446744073709551616", "1e999", ".inf", "a-"])
    );
    assert_eq!(value("[!!str 12, !!int '12', !!bool true, ! 7]"), json!(["12", 12, true, "7"]));
    assert_eq!(
        value("a: |\n  one\n  two\nb: >-\n  one\n  two\n"),
        json!({
        "a": "one\ntwo\n", "b": "one two"})
    );
}

#[test]
fn short_forms_become_long_forms() {
    let text = "
a: !Ref Table
b: !GetAtt Table.Arn
c: !GetAtt Api.Nested.Id
d: !GetAtt [Table, Arn]
e: !Sub '${A}-b'
f: !Join ['-', [a, !Ref B]]
g: !If [C, !Ref D, !Ref 'AWS::NoValue']
h: !Condition Prod
";
    let expected = json!({
        "a": {"Ref": "Table"},
        "b": {"Fn::GetAtt": ["Table", "Arn"]},
        "c": {"Fn::GetAtt": ["Api", "Nested.Id"]},
        "d": {"Fn::GetAtt": ["Table", "Arn"]},
        "e": {"Fn::Sub": "${A}-b"},
        "f": {"Fn::Join": ["-", ["a", {"Ref": "B"}]]},
        "g": {"Fn::If": ["C", {"Ref": "D"}, {"Ref": "AWS::NoValue"}]},
        "h": {"Condition": "Prod"},
    });
    assert_eq!(value(text), expected);
}

#[test]
fn places_are_found_by_pointer() {
    let text = "a:\n  b:\n    - 1\n    - c: !Join\n      - x\n  d/e: 2\n";
    let document = Document::parse("t.yaml", text).unwrap();
    let lines = ["", "/a", "/a/b", "/a/b/1/c/Fn::Join/0", "/a/d~1e", "/a/b/9", "/a/b/0/x", "/z"]
        .map(|pointer| document.line(pointer));
    assert_eq!(lines, [1, 1, 2, 5, 6, 2, 3, 1]);
    assert_eq!(document.place("/a/b/1/c").column, 7);
    let fault = document.fault("/a/d~1e", "not a word: write one").to_string();
    assert_eq!(fault, "t.yaml:6:3: not a word: write one");
}

#[test]
fn aliases_repeat_and_stand_where_they_are_written() {
    let text = "a: &x {b: 1}\nc: *x\nd:\n  - *x\n";
    assert_eq!(value(text), json!({"a": {"b": 1}, "c": {"b": 1}, "d": [{"b": 1}]}));
    let document = Document::parse("t.yaml", text).unwrap();
    assert_eq!(document.line("/d/0/b"), 4);
}

#[test]
fn json_is_yaml() {
    let text = "{\n\t\"a\": [1, 2.5, -0.0, null],\n\t\"b\": \"\\u00e9\\n\\/\"\n}\n";
    assert_eq!(value(text), json!({"a": [1, 2.5, -0.0, null], "b": "é\n/"}));
    assert_eq!(value("\u{feff}{}"), json!({}));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let duplicate = "a: 1\nb: 2\na: 3\n";
    assert_eq!(
        error(duplicate),
        "t.yaml:3:1: the key \"a\" is already in line 1: remove or rename one"
    );
    assert!(error("a: !Reff B\n").starts_with("t.yaml:1:"), "{}", error("a: !Reff B\n"));
    assert!(error("a: !Reff B\n").contains("there is no tag !Reff: use one of !Ref,"));
    assert!(error("a: [1\nb: 2\n").contains("this is not YAML:"), "{}", error("a: [1\nb: 2\n"));
    assert_eq!(error(""), "t.yaml:1:1: there is nothing in it: write a mapping");
    assert!(error("a: 1\n---\nb: 2\n").contains("a second document begins"));
    assert!(error("a: &x [*x]\n").contains("contains itself"));
    assert!(error("<<: {a: 1}\n").contains("merge keys (<<) are not supported"));
    assert!(error("? [a]\n: 1\n").contains("a key is a list or mapping"));
    assert!(error("a: !!int b\n").contains("\"b\" is tagged as a number"));
    assert!(error("a: !!binary aGk=\n").contains("the type !!binary"));
    assert!(error("a: b: c\n").starts_with("t.yaml:1:"));
}

#[test]
fn limits_hold() {
    assert!(error(&"[".repeat(200)).contains("too deep"), "{}", error(&"[".repeat(200)));
    assert!(Document::parse("t", &"[".repeat(100_000)).is_err());
    assert!(Document::parse("t", &"- ".repeat(100_000)).is_err());
    assert!(error(&" ".repeat((1 << 20) + 1)).contains("too many"));
    let mut laughs = String::from("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for n in 1..9 {
        let items = vec![format!("*a{}", n - 1); 9].join(", ");
        laughs += &format!("a{n}: &a{n} [{items}]\n");
    }
    assert!(error(&laughs).contains("aliases repeat too much"));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[-+0-9.eExo~ntruefals: #]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map("[^\u{0}]{0,12}", inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn never_panics(text in any::<String>()) {
        let _ = Document::parse("t", &text);
    }

    #[test]
    fn never_panics_on_what_looks_like_yaml(
        text in "([ \n\t]|[-:?,{}&*!|>'\"%@#]|\\[|\\]|[a-c]|<<|: |- |!Ref |&a |\\*a|\r\n|---|\\.\\.\\.){0,40}"
    ) {
        if let Ok(document) = Document::parse("t", &text) {
            prop_assert!(document.line("/a/0/b") >= 1);
        }
    }

    #[test]
    fn json_comes_back(value in any_json()) {
        let text = value.to_string();
        let read = Document::parse("t", &text);
        prop_assert_eq!(read.map(|document| document.value().clone()), Ok(value.clone()));
        let text = serde_json::to_string_pretty(&value).unwrap();
        let read = Document::parse("t", &text);
        prop_assert_eq!(read.map(|document| document.value().clone()), Ok(value));
    }
}
