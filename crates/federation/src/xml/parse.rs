//! Text to tree. Whatever two readers could understand differently is refused: document types,
//! processing instructions, CDATA, comments where the caller says so.

use super::tree::{Attribute, Element, Node};

/// The deepest nesting of elements.
const MAX_DEPTH: usize = 48;
/// The most elements of a document, and the most attributes of one.
const MAX_ELEMENTS: usize = 50_000;
const MAX_ATTRIBUTES: usize = 100;

const XML_URI: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS_URI: &str = "http://www.w3.org/2000/xmlns/";

/// Why a text is no document that is taken, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

/// Whether comments may stand in the document; they are left out of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comments {
    /// They may.
    Skipped,
    /// The document is refused.
    Refused,
}

/// Reads a document; gives its root.
///
/// # Errors
/// [`Malformed`] for what is no well-formed document, or has parts that are not taken.
pub fn parse(text: &str, comments: Comments) -> Result<Element, Malformed> {
    let rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { rest, comments, elements: 0, scope: Vec::new() };
    reader.declaration()?;
    reader.document()
}

struct Reader<'a> {
    rest: &'a str,
    comments: Comments,
    elements: usize,
    /// The namespaces declared so far on the open elements, innermost last.
    scope: Vec<(String, String)>,
}

/// An open element and how many namespaces were in scope around it.
struct Open<'a> {
    element: Element,
    name: &'a str,
    outside: usize,
}

impl<'a> Reader<'a> {
    fn declaration(&mut self) -> Result<(), Malformed> {
        let Some(inside) = self.rest.strip_prefix("<?xml") else { return Ok(()) };
        let (inside, rest) = inside.split_once("?>").ok_or(Malformed("no end of declaration"))?;
        let encoding = inside.split_once("encoding").map(|(_, value)| value);
        let is_utf8 = |value: &str| {
            let value = value.trim_start_matches(|it: char| it.is_whitespace() || it == '=');
            let quoted = value.get(1..6).is_some_and(|name| name.eq_ignore_ascii_case("utf-8"));
            quoted && value.starts_with(['"', '\''])
        };
        if !encoding.is_none_or(is_utf8) || inside.contains('<') {
            return Err(Malformed("another encoding than UTF-8"));
        }
        self.rest = rest;
        Ok(())
    }

    fn document(&mut self) -> Result<Element, Malformed> {
        let mut open: Vec<Open<'a>> = Vec::new();
        let mut root = None;
        while !self.rest.is_empty() {
            if !self.rest.starts_with('<') {
                self.characters(open.last_mut())?;
            } else if self.rest.starts_with("<!--") {
                self.comment()?;
            } else if self.rest.starts_with("<!") || self.rest.starts_with("<?") {
                return Err(Malformed("a declaration, CDATA or instruction"));
            } else if let Some(rest) = self.rest.strip_prefix("</") {
                self.rest = rest;
                let closed = self.close(open.pop())?;
                match open.last_mut() {
                    Some(parent) => parent.element.children.push(Node::Element(closed)),
                    None => root = Some(closed),
                }
            } else {
                if root.is_some() || open.len() >= MAX_DEPTH {
                    return Err(Malformed("a second root, or too deep"));
                }
                let (opened, empty) = self.open()?;
                match (empty, open.last_mut()) {
                    (false, _) => open.push(opened),
                    (true, parent) => {
                        self.scope.truncate(opened.outside);
                        match parent {
                            Some(it) => it.element.children.push(Node::Element(opened.element)),
                            None => root = Some(opened.element),
                        }
                    }
                }
            }
        }
        match root {
            Some(root) if open.is_empty() => Ok(root),
            _ => Err(Malformed("an element is not closed")),
        }
    }

    fn comment(&mut self) -> Result<(), Malformed> {
        let inside = self.rest.get(4..).unwrap_or_default();
        let (comment, rest) = inside.split_once("--").ok_or(Malformed("no end of comment"))?;
        let rest = rest.strip_prefix('>').ok_or(Malformed("two dashes in a comment"))?;
        if self.comments == Comments::Refused || comment.chars().any(|it| !is_char(it)) {
            return Err(Malformed("a comment"));
        }
        self.rest = rest;
        Ok(())
    }

    fn characters(&mut self, into: Option<&mut Open<'a>>) -> Result<(), Malformed> {
        let end = self.rest.find('<').unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        match into {
            None if text.chars().all(is_space) => Ok(()),
            None => Err(Malformed("text outside of the root")),
            Some(_) if text.contains("]]>") => Err(Malformed("the end of CDATA")),
            Some(parent) => {
                let text = resolve(text, false)?;
                // Text on both sides of a comment is one text.
                match parent.element.children.last_mut() {
                    Some(Node::Text(before)) => before.push_str(&text),
                    _ => parent.element.children.push(Node::Text(text)),
                }
                Ok(())
            }
        }
    }

    fn close(&mut self, open: Option<Open<'a>>) -> Result<Element, Malformed> {
        let open = open.ok_or(Malformed("an end without a beginning"))?;
        let name = self.name()?;
        self.space();
        self.rest = self.rest.strip_prefix('>').ok_or(Malformed("no end of an end tag"))?;
        if name != open.name {
            return Err(Malformed("an end tag of another element"));
        }
        self.scope.truncate(open.outside);
        Ok(open.element)
    }

    /// A start tag, and whether the element ends with it.
    fn open(&mut self) -> Result<(Open<'a>, bool), Malformed> {
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            return Err(Malformed("too many elements"));
        }
        self.rest = self.rest.get(1..).unwrap_or_default();
        let name = self.name()?;
        let mut written: Vec<(&'a str, String)> = Vec::new();
        let empty = loop {
            let spaced = self.space();
            if let Some(rest) = self.rest.strip_prefix('>') {
                self.rest = rest;
                break false;
            }
            if let Some(rest) = self.rest.strip_prefix("/>") {
                self.rest = rest;
                break true;
            }
            if !spaced || written.len() >= MAX_ATTRIBUTES {
                return Err(Malformed("attributes that are not apart, or too many"));
            }
            written.push(self.attribute()?);
        };
        let outside = self.scope.len();
        let element = self.element(name, written)?;
        Ok((Open { element, name, outside }, empty))
    }

    fn attribute(&mut self) -> Result<(&'a str, String), Malformed> {
        let name = self.name()?;
        self.space();
        self.rest = self.rest.strip_prefix('=').ok_or(Malformed("an attribute without value"))?;
        self.space();
        let quote = self.rest.chars().next().filter(|it| matches!(it, '"' | '\''));
        let quote = quote.ok_or(Malformed("a value without quotes"))?;
        let inside = self.rest.get(1..).unwrap_or_default();
        let (value, rest) = inside.split_once(quote).ok_or(Malformed("no end of a value"))?;
        if value.contains('<') {
            return Err(Malformed("a tag in a value"));
        }
        self.rest = rest;
        Ok((name, resolve(value, true)?))
    }

    /// Resolves the names of an element and its attributes.
    fn element(&mut self, name: &str, written: Vec<(&str, String)>) -> Result<Element, Malformed> {
        let mut element = Element::default();
        let mut plain = Vec::new();
        for (name, value) in written {
            let (prefix, local) = split(name)?;
            let declared = match (prefix, local) {
                ("", "xmlns") => "",
                ("xmlns", declared) => declared,
                _ => {
                    plain.push((prefix, local, value));
                    continue;
                }
            };
            let reserved = matches!(declared, "xml" | "xmlns")
                || value == XML_URI
                || value == XMLNS_URI
                || (value.is_empty() && !declared.is_empty());
            if reserved || element.namespaces.iter().any(|(known, _)| known == declared) {
                return Err(Malformed("a namespace that cannot be declared"));
            }
            element.namespaces.push((declared.to_owned(), value));
        }
        self.scope.extend(element.namespaces.iter().cloned());
        let (prefix, local) = split(name)?;
        (element.prefix, element.local) = (prefix.to_owned(), local.to_owned());
        element.uri = self.uri(prefix)?;
        for (prefix, local, value) in plain {
            let uri = if prefix.is_empty() { String::new() } else { self.uri(prefix)? };
            if element.attributes.iter().any(|it| it.local == local && it.uri == uri) {
                return Err(Malformed("an attribute twice"));
            }
            let (prefix, local) = (prefix.to_owned(), local.to_owned());
            element.attributes.push(Attribute { prefix, local, uri, value });
        }
        Ok(element)
    }

    fn uri(&self, prefix: &str) -> Result<String, Malformed> {
        match (prefix, self.scope.iter().rev().find(|(known, _)| known == prefix)) {
            ("xml", _) => Ok(XML_URI.to_owned()),
            (_, Some((_, uri))) => Ok(uri.clone()),
            ("", None) => Ok(String::new()),
            (_, None) => Err(Malformed("a prefix that nobody declared")),
        }
    }

    fn name(&mut self) -> Result<&'a str, Malformed> {
        let part = |it: char| it.is_alphanumeric() || matches!(it, '_' | '-' | '.' | ':');
        let end = self.rest.find(|it| !part(it)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if !name.starts_with(|it: char| it.is_alphabetic() || it == '_') {
            return Err(Malformed("no name"));
        }
        self.rest = rest;
        Ok(name)
    }

    /// Skips space; whether there was any.
    fn space(&mut self) -> bool {
        let before = self.rest.len();
        self.rest = self.rest.trim_start_matches(is_space);
        self.rest.len() < before
    }
}

fn is_space(it: char) -> bool {
    matches!(it, ' ' | '\t' | '\r' | '\n')
}

/// A character that XML 1.0 has.
fn is_char(it: char) -> bool {
    matches!(it, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

fn split(name: &str) -> Result<(&str, &str), Malformed> {
    let starts = |it: &str| it.starts_with(|it: char| it.is_alphabetic() || it == '_');
    match name.split_once(':') {
        None => Ok(("", name)),
        Some((prefix, local)) if starts(local) && !prefix.is_empty() && !local.contains(':') => {
            Ok((prefix, local))
        }
        Some(_) => Err(Malformed("a name with colons")),
    }
}

/// `text` with references resolved and line ends as XML has them; in attributes space is blank.
fn resolve(text: &str, attribute: bool) -> Result<String, Malformed> {
    let mut resolved = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        rest = rest.get(letter.len_utf8()..).unwrap_or_default();
        match letter {
            '&' => {
                let (name, after) = rest.split_once(';').ok_or(Malformed("a bare ampersand"))?;
                resolved.push(reference(name)?);
                rest = after;
            }
            '\r' => {
                rest = rest.strip_prefix('\n').unwrap_or(rest);
                resolved.push(if attribute { ' ' } else { '\n' });
            }
            '\t' | '\n' if attribute => resolved.push(' '),
            letter if is_char(letter) => resolved.push(letter),
            _ => return Err(Malformed("a character that XML lacks")),
        }
    }
    Ok(resolved)
}

fn reference(name: &str) -> Result<char, Malformed> {
    let number = |digits: &str, radix| {
        let digit = |it: char| it.is_digit(radix);
        let number = digits.chars().all(digit).then(|| u32::from_str_radix(digits, radix).ok());
        number.flatten().and_then(char::from_u32).filter(|it| is_char(*it))
    };
    let found = match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => match (name.strip_prefix("#x"), name.strip_prefix('#')) {
            (Some(digits), _) => number(digits, 16),
            (None, Some(digits)) => number(digits, 10),
            (None, None) => None,
        },
    };
    found.ok_or(Malformed("an unknown entity"))
}
