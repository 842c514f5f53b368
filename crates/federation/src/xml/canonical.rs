//! The exclusive canonical form without comments, which signatures are made over ("Exclusive XML
//! Canonicalization Version 1.0", W3C).

use super::tree::{Attribute, Element, Node};
use std::{collections::BTreeSet, ptr};

/// How signatures name this form.
pub const EXCLUSIVE_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

/// The form of `element`, which stands below `ancestors` (outermost first), without the element
/// `left_out`. `inclusive` are the prefixes whose declarations are kept although unused.
pub fn canonical(
    element: &Element,
    ancestors: &[&Element],
    inclusive: &[&str],
    left_out: Option<&Element>,
) -> String {
    let mut writer =
        Writer { out: String::new(), scope: Vec::new(), rendered: Vec::new(), inclusive, left_out };
    for ancestor in ancestors {
        writer.scope.extend(ancestor.namespaces.iter().map(pair));
    }
    writer.element(element);
    writer.out
}

struct Writer<'a> {
    out: String,
    /// The namespaces declared so far, innermost last.
    scope: Vec<(&'a str, &'a str)>,
    /// Those that have been written and are in force.
    rendered: Vec<(&'a str, &'a str)>,
    inclusive: &'a [&'a str],
    left_out: Option<&'a Element>,
}

fn pair((prefix, uri): &(String, String)) -> (&str, &str) {
    (prefix, uri)
}

fn in_force<'a>(declared: &[(&'a str, &'a str)], prefix: &str) -> Option<&'a str> {
    declared.iter().rev().find(|(known, _)| *known == prefix).map(|(_, uri)| *uri)
}

impl<'a> Writer<'a> {
    fn element(&mut self, element: &'a Element) {
        let (scope, rendered) = (self.scope.len(), self.rendered.len());
        self.scope.extend(element.namespaces.iter().map(pair));
        self.out.push('<');
        self.name(&element.prefix, &element.local);
        self.namespaces(element);
        let mut attributes: Vec<&Attribute> = element.attributes.iter().collect();
        attributes.sort_by(|a, b| (&a.uri, &a.local).cmp(&(&b.uri, &b.local)));
        for attribute in attributes {
            self.out.push(' ');
            self.name(&attribute.prefix, &attribute.local);
            self.out.push_str("=\"");
            self.escaped(&attribute.value, true);
            self.out.push('"');
        }
        self.out.push('>');
        for child in &element.children {
            match child {
                Node::Text(text) => self.escaped(text, false),
                Node::Element(child) => {
                    if !self.left_out.is_some_and(|left_out| ptr::eq(left_out, child)) {
                        self.element(child);
                    }
                }
            }
        }
        self.out.push_str("</");
        self.name(&element.prefix, &element.local);
        self.out.push('>');
        self.scope.truncate(scope);
        self.rendered.truncate(rendered);
    }

    fn namespaces(&mut self, element: &'a Element) {
        let attributes = element.attributes.iter().map(|it| it.prefix.as_str());
        let used = attributes.filter(|prefix| !prefix.is_empty());
        let mut prefixes: BTreeSet<&str> = used.chain([element.prefix.as_str()]).collect();
        for prefix in self.inclusive {
            let prefix = if *prefix == "#default" { "" } else { *prefix };
            if in_force(&self.scope, prefix).is_some() {
                prefixes.insert(prefix);
            }
        }
        prefixes.remove("xml");
        for prefix in prefixes {
            let uri = in_force(&self.scope, prefix).unwrap_or("");
            let known = in_force(&self.rendered, prefix).unwrap_or("");
            if uri == known {
                continue;
            }
            self.rendered.push((prefix, uri));
            self.out.push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
            self.out.push_str(prefix);
            self.out.push_str("=\"");
            self.escaped(uri, true);
            self.out.push('"');
        }
    }

    fn name(&mut self, prefix: &str, local: &str) {
        if !prefix.is_empty() {
            self.out.push_str(prefix);
            self.out.push(':');
        }
        self.out.push_str(local);
    }

    fn escaped(&mut self, text: &str, attribute: bool) {
        for letter in text.chars() {
            match letter {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' if !attribute => self.out.push_str("&gt;"),
                '"' if attribute => self.out.push_str("&quot;"),
                '\t' if attribute => self.out.push_str("&#x9;"),
                '\n' if attribute => self.out.push_str("&#xA;"),
                '\r' => self.out.push_str("&#xD;"),
                letter => self.out.push(letter),
            }
        }
    }
}
