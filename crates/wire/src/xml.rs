//! Values as XML elements, for restXml both ways and for the answers of the query protocol.

use crate::{
    MAX_DEPTH, WireError,
    limits::Limits,
    text::{read_scalar, write_scalar},
};
use quick_xml::{Reader, events::Event};
use shape::{Kind, Location, Member, Schema, TimestampFormat, Value};
use std::fmt::Write as _;

/// The most elements in one document; completing an upload of S3's 10,000 parts needs 30,000.
const MAX_ELEMENTS: usize = 200_000;
/// Lists and maps add elements between the levels of values.
const MAX_NESTING: usize = 3 * MAX_DEPTH;

/// How the members of lists and maps are called where a member says nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names {
    /// The element of a list item, unless the list is flattened.
    pub(crate) item: &'static str,
    /// The element of a map entry's key.
    pub(crate) key: &'static str,
    /// The element of a map entry's value.
    pub(crate) value: &'static str,
    /// Whether items and entries stand where the list or map would.
    pub(crate) flattened: bool,
    /// How timestamps are spelled.
    pub(crate) format: TimestampFormat,
}

impl Names {
    /// Lists of `member`, maps of `entry` with `key` and `value`.
    pub(crate) const PLAIN: Self = Self {
        item: "member",
        key: "key",
        value: "value",
        flattened: false,
        format: TimestampFormat::DateTime,
    };

    /// What `member` says about its list or map. A map's `item_name` is `Key,Value`: the element
    /// names of its keys and values, as in the `Name,Value` of SQS's attributes.
    pub(crate) fn of(member: &Member) -> Self {
        let format = member.timestamp.unwrap_or(TimestampFormat::DateTime);
        let plain = Self { flattened: member.flattened, format, ..Self::PLAIN };
        match member.item_name.map(|names| (names, names.split_once(','))) {
            None => plain,
            Some((_, Some((key, value)))) => Self { key, value, ..plain },
            Some((item, None)) => Self { item, ..plain },
        }
    }

    /// The names inside of a list's item or a map's value.
    pub(crate) fn inner(self) -> Self {
        Self { format: self.format, ..Self::PLAIN }
    }
}

/// What a member is called: a flattened list's items stand in its place, and take the items' name
/// unless the member has one of its own.
pub(crate) fn element_name(member: &Member) -> &'static str {
    member.wire_name.or_else(|| flattened_item(member)).unwrap_or(member.name)
}

/// Whether `name` stands for `member`.
pub(crate) fn is_named(member: &Member, name: &str) -> bool {
    member.wire_name() == name || flattened_item(member) == Some(name)
}

fn flattened_item(member: &Member) -> Option<&'static str> {
    member.item_name.filter(|names| member.flattened && !names.contains(','))
}

/// One element of a document.
#[derive(Debug, Default)]
struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

fn malformed() -> WireError {
    WireError::Malformed(
        "The XML you provided was not well-formed or did not validate against our published schema"
            .into(),
    )
}

impl Element {
    /// The root of a document without declarations of its own: entities are how small documents
    /// become large ones.
    fn parse(text: &[u8], operation: &'static str) -> Result<Self, WireError> {
        let text = std::str::from_utf8(text).map_err(|_| malformed())?;
        let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
        let mut open = vec![Self::default()];
        for _ in 0..2 * MAX_ELEMENTS {
            match reader.read_event().map_err(|_| malformed())? {
                Event::Eof => break,
                Event::Start(tag) if open.len() <= MAX_NESTING => {
                    open.push(Self::opened(&tag, operation)?);
                }
                Event::Start(_) => return Err(WireError::TooDeep),
                Event::Empty(tag) => {
                    let element = Self::opened(&tag, operation)?;
                    open.last_mut().ok_or_else(malformed)?.children.push(element);
                }
                Event::End(_) => {
                    let closed = open.pop().ok_or_else(malformed)?;
                    open.last_mut().ok_or_else(malformed)?.children.push(closed);
                }
                Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
                Event::DocType(_) => return Err(malformed()),
                event => {
                    let element = open.last_mut().ok_or_else(malformed)?;
                    element.text.push_str(&Self::characters(&event)?);
                }
            }
        }
        match (open.pop(), open.is_empty()) {
            (Some(mut document), true) if document.children.len() == 1 => {
                document.no_text()?;
                document.children.pop().ok_or_else(malformed)
            }
            _ => Err(malformed()),
        }
    }

    fn opened(
        tag: &quick_xml::events::BytesStart<'_>,
        operation: &'static str,
    ) -> Result<Self, WireError> {
        let name = String::from_utf8_lossy(tag.local_name().as_ref()).into_owned();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|_| malformed())?;
            let key = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
            if key != "xmlns" && !key.starts_with("xmlns:") {
                let path = format!("{name}.@{key}");
                return Err(WireError::UnknownMember { operation, path });
            }
        }
        Ok(Self { name, ..Self::default() })
    }

    fn characters(event: &Event<'_>) -> Result<String, WireError> {
        let text = match event {
            Event::Text(text) => text.decode().map_err(|_| malformed())?.into_owned(),
            Event::CData(data) => data.decode().map_err(|_| malformed())?.into_owned(),
            Event::GeneralRef(reference) => {
                if let Some(character) = reference.resolve_char_ref().map_err(|_| malformed())? {
                    return Ok(character.into());
                }
                let name = reference.decode().map_err(|_| malformed())?;
                quick_xml::escape::resolve_predefined_entity(&name).ok_or_else(malformed)?.into()
            }
            _ => return Err(malformed()),
        };
        Ok(text)
    }

    fn no_text(&self) -> Result<(), WireError> {
        if self.text.trim().is_empty() { Ok(()) } else { Err(malformed()) }
    }
}

/// The body members of `schema` in a document, whatever its root is called.
pub(crate) fn decode_body(
    operation: &'static str,
    schema: &'static Schema,
    text: &[u8],
) -> Result<Value, WireError> {
    let root = Element::parse(text, operation)?;
    let reader = Decoder { operation, limits: Limits::default() };
    reader.structure(schema.members(), &root, |member| member.location == Location::Body)
}

/// The members of `schema` in the child called `name` of a document's root.
pub(crate) fn decode_child(
    operation: &'static str,
    schema: &'static Schema,
    text: &[u8],
    name: &str,
) -> Result<Value, WireError> {
    let root = Element::parse(text, operation)?;
    let Some(child) = root.children.iter().find(|child| child.name == name) else {
        return Ok(Value::structure(schema));
    };
    Decoder { operation, limits: Limits::default() }.structure(schema.members(), child, |_| true)
}

/// The texts of the elements of these names, the first of each, wherever in a document; empty
/// for one that is not there.
///
/// # Errors
/// [`WireError`] when the document is malformed.
pub(crate) fn texts<const N: usize>(
    text: &[u8],
    names: &[&str; N],
) -> Result<[String; N], WireError> {
    fn find<'e>(element: &'e Element, name: &str) -> Option<&'e str> {
        match element.name == name {
            true => Some(&element.text),
            false => element.children.iter().find_map(|child| find(child, name)),
        }
    }
    let root = Element::parse(text, "")?;
    Ok(names.map(|name| find(&root, name).unwrap_or_default().to_owned()))
}

/// The payload `member` in a document whose root is its element.
pub(crate) fn decode_payload(
    operation: &'static str,
    member: &Member,
    text: &[u8],
) -> Result<Value, WireError> {
    let root = Element::parse(text, operation)?;
    let schema = member.schema();
    if root.name != schema.name && !is_named(member, &root.name) {
        return Err(malformed());
    }
    Decoder { operation, limits: Limits::default() }.value(schema, &root, Names::of(member))
}

struct Decoder {
    operation: &'static str,
    limits: Limits,
}

impl Decoder {
    fn value(
        &self,
        schema: &'static Schema,
        element: &Element,
        names: Names,
    ) -> Result<Value, WireError> {
        match schema.kind {
            Kind::Structure(members) => self.structure(members, element, |_| true),
            Kind::Union(members) => self.union(schema, members, element),
            Kind::List(item) => {
                let items = self.children(element, &[names.item])?;
                let read = |child: &&Element| self.value(item(), child, names.inner());
                items.iter().map(read).collect::<Result<_, _>>().map(Value::List)
            }
            Kind::Map(item) => {
                let entries = self.children(element, &["entry"])?;
                let read = |child: &&Element| self.entry(item(), child, names);
                entries.iter().map(read).collect::<Result<_, _>>().map(Value::Map)
            }
            _ if !element.children.is_empty() => Err(malformed()),
            _ => read_scalar(schema, element.text.as_str().into()),
        }
    }

    /// The children of an element that may only have children of these names.
    fn children<'e>(
        &self,
        element: &'e Element,
        names: &[&str],
    ) -> Result<Vec<&'e Element>, WireError> {
        element.no_text()?;
        match element.children.iter().find(|child| !names.contains(&child.name.as_str())) {
            Some(child) => Err(self.unknown(&child.name)),
            None => Ok(element.children.iter().collect()),
        }
    }

    fn unknown(&self, name: &str) -> WireError {
        WireError::UnknownMember { operation: self.operation, path: name.to_owned() }
    }

    fn entry(
        &self,
        item: &'static Schema,
        element: &Element,
        names: Names,
    ) -> Result<(String, Value), WireError> {
        match self.children(element, &[names.key, names.value])?.as_slice() {
            [key, value] if key.name == names.key && value.name == names.value => {
                Ok((key.text.clone(), self.value(item, value, names.inner())?))
            }
            _ => Err(malformed()),
        }
    }

    fn structure(
        &self,
        members: &'static [Member],
        element: &Element,
        has: impl Fn(&Member) -> bool,
    ) -> Result<Value, WireError> {
        element.no_text()?;
        let mut slots = self.limits.slots(members)?;
        for child in &element.children {
            let named = |member: &Member| is_named(member, &child.name) && has(member);
            let known = members.iter().zip(&mut slots).find(|(member, _)| named(member));
            let (member, slot) = known.ok_or_else(|| self.unknown(&child.name))?;
            self.member(member, child, slot).map_err(|error| error.within(&child.name))?;
        }
        Ok(Value::Structure(slots))
    }

    /// Reads one element of a member: all of it, or one item where it is flattened.
    fn member(
        &self,
        member: &Member,
        element: &Element,
        slot: &mut Option<Value>,
    ) -> Result<(), WireError> {
        let (schema, names) = (member.schema(), Names::of(member));
        match schema.kind {
            Kind::List(item) if member.flattened => {
                let value = self.value(item(), element, names.inner())?;
                match slot {
                    Some(Value::List(items)) => items.push(value),
                    _ => *slot = Some(Value::List(vec![value])),
                }
            }
            Kind::Map(item) if member.flattened => {
                let entry = self.entry(item(), element, names)?;
                match slot {
                    Some(Value::Map(entries)) => entries.push(entry),
                    _ => *slot = Some(Value::Map(vec![entry])),
                }
            }
            _ if slot.is_some() => return Err(malformed()),
            _ => *slot = Some(self.value(schema, element, names)?),
        }
        Ok(())
    }

    fn union(
        &self,
        schema: &'static Schema,
        members: &'static [Member],
        element: &Element,
    ) -> Result<Value, WireError> {
        let slots = match self.structure(members, element, |_| true)? {
            Value::Structure(slots) => slots,
            _ => Vec::new(),
        };
        one_member(schema, slots)
    }
}

/// The union that has the one member of `slots` that is there.
pub(crate) fn one_member(schema: &Schema, slots: Vec<Option<Value>>) -> Result<Value, WireError> {
    let mut present = slots.into_iter().enumerate().filter_map(|(i, slot)| Some((i, slot?)));
    match (present.next(), present.next()) {
        (Some((index, value)), None) => Ok(Value::Union(index, Box::new(value))),
        (_, second) => {
            Err(WireError::NotOneMember { shape: schema.name, several: second.is_some() })
        }
    }
}

/// Text with everything escaped that XML would read as markup or would not keep.
pub(crate) fn escape(to: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => to.push_str("&amp;"),
            '<' => to.push_str("&lt;"),
            '>' => to.push_str("&gt;"),
            '"' => to.push_str("&quot;"),
            '\t' | '\n' => to.push(character),
            // Parsers turn carriage returns into line feeds; the others AWS sends like this too.
            '\0'..'\u{20}' | '\u{fffe}' | '\u{ffff}' => {
                write!(to, "&#x{:x};", u32::from(character)).ok();
            }
            _ => to.push(character),
        }
    }
}

/// Writes `<name>...</name>`.
pub(crate) fn element(to: &mut String, name: &str, content: impl FnOnce(&mut String)) {
    to.push('<');
    to.push_str(name);
    to.push('>');
    content(to);
    to.push_str("</");
    to.push_str(name);
    to.push('>');
}

/// Writes `<name>text</name>`.
pub(crate) fn text_element(to: &mut String, name: &str, text: &str) {
    element(to, name, |to| escape(to, text));
}

/// Writes the start tag of a root element.
pub(crate) fn open_root(to: &mut String, name: &str, namespace: &str) {
    to.push('<');
    to.push_str(name);
    if !namespace.is_empty() {
        to.push_str(" xmlns=\"");
        escape(to, namespace);
        to.push('"');
    }
    to.push('>');
}

/// Writes the members of a structure that `has` picks, or the one of a union; for any other value
/// its content.
pub(crate) fn content(
    to: &mut String,
    schema: &'static Schema,
    value: &Value,
    has: impl Fn(&Member) -> bool,
) {
    match (value, &schema.kind) {
        (Value::Structure(slots), Kind::Structure(members)) => {
            for (member, slot) in members.iter().zip(slots) {
                if let Some(value) = slot.as_ref().filter(|_| has(member)) {
                    write_member(to, member, value);
                }
            }
        }
        _ => write(to, schema, value, Names::PLAIN),
    }
}

/// Writes one member with its element or, flattened, elements.
pub(crate) fn write_member(to: &mut String, member: &Member, value: &Value) {
    let (name, names, schema) = (element_name(member), Names::of(member), member.schema());
    match (value, &schema.kind) {
        (Value::Kept(kept), _) => write_member(to, member, &kept.value()),
        (Value::List(items), Kind::List(item)) if member.flattened => {
            for value in items {
                element(to, name, |to| write(to, item(), value, names.inner()));
            }
        }
        (Value::Map(entries), Kind::Map(item)) if member.flattened => {
            for (key, value) in entries {
                element(to, name, |to| write_entry(to, item(), key, value, names));
            }
        }
        _ => element(to, name, |to| write(to, schema, value, names)),
    }
}

fn write(to: &mut String, schema: &'static Schema, value: &Value, names: Names) {
    match (value, &schema.kind) {
        (Value::Kept(kept), _) => write(to, schema, &kept.value(), names),
        (Value::List(items), Kind::List(item)) => {
            for value in items {
                element(to, names.item, |to| write(to, item(), value, names.inner()));
            }
        }
        (Value::Map(entries), Kind::Map(item)) => {
            for (key, value) in entries {
                element(to, "entry", |to| write_entry(to, item(), key, value, names));
            }
        }
        (Value::Structure(_), _) => content(to, schema, value, |_| true),
        (Value::Union(index, value), Kind::Union(members)) => {
            if let Some(member) = members.get(*index) {
                write_member(to, member, value);
            }
        }
        _ => {
            if let Some(text) = write_scalar(value, names.format) {
                escape(to, &text);
            }
        }
    }
}

fn write_entry(to: &mut String, item: &'static Schema, key: &str, value: &Value, names: Names) {
    text_element(to, names.key, key);
    element(to, names.value, |to| write(to, item, value, names.inner()));
}
