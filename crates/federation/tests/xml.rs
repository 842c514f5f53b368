//! Documents and their exclusive canonical form. The expected forms were made by libxml2.

use federation::xml::{Comments, Node, canonical, parse};
use proptest::prelude::*;

const IN: &str = include_str!("data/canonical-in.xml");
const OUT: &str = include_str!("data/canonical-out.xml");
const INNER: &str = include_str!("data/canonical-inner.xml");

#[test]
fn the_canonical_form_is_libxml2s() {
    let root = parse(IN, Comments::Refused).unwrap();
    assert_eq!(canonical(&root, &[], &[], None), OUT);
    let inner = root.elements().nth(1).unwrap();
    assert_eq!(canonical(inner, &[&root], &["b", "unused"], None), INNER);
}

#[test]
fn what_can_be_understood_in_two_ways_is_refused() {
    for bad in [
        "",
        "text",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a/>text",
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
        "<a><![CDATA[x]]></a>",
        "<a><?x y?></a>",
        "<a><!-- x --></a>",
        "<a>&nbsp;</a>",
        "<a>& </a>",
        "<a>&#0;</a>",
        "<a>&#xD800;</a>",
        "<a>&#+9;</a>",
        "<a>]]></a>",
        "<a x='1' x='2'/>",
        "<a xmlns:p='u' xmlns:q='u' p:x='1' q:x='2'/>",
        "<a x=1/>",
        "<a x='<'/>",
        "<a x='1'y='2'/>",
        "<p:a/>",
        "<a p:x='1'/>",
        "<a xmlns:p=''/>",
        "<a xmlns:xml='u'/>",
        "<a xmlns:xmlns='u'/>",
        "<a:b:c xmlns:a='u'/>",
        "<:a/>",
        "<a:/>",
        "<1/>",
        "< a/>",
        "<a\u{0}/>",
        "<a>\u{1}</a>",
        "<?xml version='1.0' encoding='UTF-16'?><a/>",
    ] {
        assert!(parse(bad, Comments::Refused).is_err(), "{bad}");
    }
    assert!(parse(&"<a>".repeat(10_000), Comments::Refused).is_err(), "too deep");
    let wide = format!("<a>{}</a>", "<b/>".repeat(60_000));
    assert!(parse(&wide, Comments::Refused).is_err(), "too much");
    assert!(
        parse("\u{feff}<?xml version=\"1.0\" encoding='utf-8'?>\n<a/>\n", Comments::Refused)
            .is_ok()
    );
}

#[test]
fn a_comment_that_may_be_there_does_not_cut_text() {
    let root = parse("<a>ad<!-- x -->min</a>", Comments::Skipped).unwrap();
    assert_eq!(root.children, [Node::Text("admin".into())]);
    assert!(parse("<a><!-- x -- y --></a>", Comments::Skipped).is_err());
}

/// A small document, spelled in an arbitrary way.
fn documents() -> impl Strategy<Value = String> {
    let text = "[a-z &<>\"\r\n\t]{0,6}"
        .prop_map(|text| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&#62;"));
    let element = move |inner: BoxedStrategy<String>| {
        let attributes = prop::collection::btree_map("(p:|q:)?[x-z]", "[a-z \n]{0,3}", 0..3);
        let children = prop::collection::vec(inner, 0..3);
        let spaces = " {0,2}";
        let declared = prop::option::of("u:[ab]");
        ("(p:|q:)?[ab]", attributes, children, spaces, declared).prop_map(
            |(name, attributes, children, space, declared)| {
                let attributes =
                    attributes.iter().map(|(name, value)| format!(" {name}='{value}'"));
                let attributes: String = attributes.collect();
                let declared = declared.map_or(String::new(), |uri| format!(" xmlns='{uri}'"));
                let inside: String = children.concat();
                format!("<{name}{declared}{attributes}{space}>{inside}</{name}{space}>")
            },
        )
    };
    let tree = text.boxed().prop_recursive(4, 24, 3, move |inner| element(inner).boxed());
    tree.prop_map(|inside| format!("<r xmlns:p='u:p' xmlns:q='u:q'>{inside}</r>"))
}

proptest! {
    #[test]
    fn the_canonical_form_is_its_own(document in documents()) {
        let root = parse(&document, Comments::Refused).unwrap();
        let once = canonical(&root, &[], &["p", "q"], None);
        let again = parse(&once, Comments::Refused).unwrap();
        prop_assert_eq!(&canonical(&again, &[], &["p", "q"], None), &once);
    }

    #[test]
    fn whatever_comes_is_answered(text in "[<>/a:= \"'&;#x0!\\[\\]?-]{0,40}") {
        // Most of it is no document; what is one has a canonical form that is one, too.
        if let Ok(root) = parse(&text, Comments::Skipped) {
            prop_assert!(parse(&canonical(&root, &[], &[], None), Comments::Refused).is_ok());
        }
    }
}
