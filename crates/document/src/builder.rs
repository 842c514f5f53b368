//! From the parser's events to a value, without recursion and within limits.

use crate::{
    Place, Spot,
    tag::{self, Meaning},
};
use saphyr_parser::{Event, ScalarStyle, Tag};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// How deep lists and mappings may stand in each other.
const MAX_DEPTH: usize = 64;
/// How much aliases may repeat: the characters of their text and one for each value.
const MAX_REPEATED: usize = 1 << 20;

/// What is wrong, and where.
pub(crate) type Fault = (Place, String);

/// A value that was read, and how much it would be to repeat it.
#[derive(Clone, Debug)]
struct Node {
    value: Value,
    spot: Spot,
    weight: usize,
}

#[derive(Debug)]
enum Kind {
    List(Vec<Value>),
    Mapping(Map<String, Value>, Option<(String, Place)>),
}

/// A list or mapping that has begun.
#[derive(Debug)]
struct Frame {
    kind: Kind,
    place: Place,
    anchor: usize,
    meaning: Meaning,
    children: Vec<Spot>,
    weight: usize,
}

/// Builds one document's value from its events.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    open: Vec<Frame>,
    anchors: HashMap<usize, Node>,
    repeated: usize,
    root: Option<Node>,
}

impl Builder {
    /// Takes the next event.
    pub(crate) fn take(&mut self, event: Event<'_>, place: Place) -> Result<(), Fault> {
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                let what = "a second document begins: keep one in each file";
                Err((place, what.to_owned()))
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(&text, style == ScalarStyle::Plain, anchor, tag.as_deref(), place)
            }
            Event::SequenceStart(anchor, tag) => {
                self.begin(Kind::List(Vec::new()), anchor, tag.as_deref(), place)
            }
            Event::MappingStart(anchor, tag) => {
                self.begin(Kind::Mapping(Map::new(), None), anchor, tag.as_deref(), place)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => self.alias(anchor, place),
            _ => Ok(()),
        }
    }

    /// The whole value.
    pub(crate) fn finish(self) -> Result<(Value, Spot), Fault> {
        let nothing = || (Place::START, "there is nothing in it: write a mapping".to_owned());
        self.root.map(|node| (node.value, node.spot)).ok_or_else(nothing)
    }

    fn scalar(
        &mut self,
        text: &str,
        plain: bool,
        anchor: usize,
        tag: Option<&Tag>,
        place: Place,
    ) -> Result<(), Fault> {
        if let Some(key) = self.awaited_key() {
            if plain && text == "<<" {
                let what = "merge keys (<<) are not supported: write the members out";
                return Err((place, what.to_owned()));
            }
            *key = Some((text.to_owned(), place));
            return self.refuse_duplicate(place);
        }
        let at = |what| (place, what);
        let meaning = tag::meaning(tag).map_err(at)?;
        let value = meaning.of_scalar(text, plain).map_err(at)?;
        let (value, spot) = meaning.apply(place, value, Spot { place, children: Vec::new() });
        self.add(Node { value, spot, weight: 1 + text.len() }, anchor);
        Ok(())
    }

    fn begin(
        &mut self,
        kind: Kind,
        anchor: usize,
        tag: Option<&Tag>,
        place: Place,
    ) -> Result<(), Fault> {
        if self.awaited_key().is_some() {
            return Err((place, "a key is a list or mapping: make it a word".to_owned()));
        }
        if self.open.len() == MAX_DEPTH {
            let what = format!("this stands too deep: keep it within {MAX_DEPTH} levels");
            return Err((place, what));
        }
        let meaning = tag::meaning(tag).map_err(|what| (place, what))?;
        if !matches!(meaning, Meaning::Nothing | Meaning::Text | Meaning::Function(..)) {
            return Err((place, "the tag is for a scalar: leave it out".to_owned()));
        }
        self.open.push(Frame { kind, place, anchor, meaning, children: Vec::new(), weight: 1 });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Fault> {
        let Some(frame) = self.open.pop() else { return Ok(()) };
        let value = match frame.kind {
            Kind::List(items) => Value::Array(items),
            Kind::Mapping(members, _) => Value::Object(members),
        };
        let spot = Spot { place: frame.place, children: frame.children };
        let (value, spot) = frame.meaning.apply(frame.place, value, spot);
        self.add(Node { value, spot, weight: frame.weight }, frame.anchor);
        Ok(())
    }

    fn alias(&mut self, anchor: usize, place: Place) -> Result<(), Fault> {
        if self.awaited_key().is_some() {
            return Err((place, "a key is an alias: write the word".to_owned()));
        }
        let Some(node) = self.anchors.get(&anchor) else {
            return Err((place, "a value contains itself: write the alias elsewhere".to_owned()));
        };
        self.repeated += node.weight;
        if self.repeated > MAX_REPEATED {
            return Err((place, "aliases repeat too much: write fewer".to_owned()));
        }
        let spot = Spot { place, children: Vec::new() };
        let node = Node { spot, ..node.clone() };
        self.add(node, 0);
        Ok(())
    }

    /// Puts a finished value where it belongs.
    fn add(&mut self, mut node: Node, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(frame) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        frame.weight += node.weight;
        match &mut frame.kind {
            Kind::List(items) => items.push(node.value),
            Kind::Mapping(members, key) => {
                let (key, place) = key.take().unwrap_or((String::new(), node.spot.place));
                frame.weight += key.len();
                node.spot.place = place;
                members.insert(key, node.value);
            }
        }
        frame.children.push(node.spot);
    }

    /// Where the next key belongs, if a key comes next.
    fn awaited_key(&mut self) -> Option<&mut Option<(String, Place)>> {
        match &mut self.open.last_mut()?.kind {
            Kind::Mapping(_, key @ None) => Some(key),
            _ => None,
        }
    }

    /// The key that was just read must be the first of its name.
    fn refuse_duplicate(&self, place: Place) -> Result<(), Fault> {
        let Some(frame) = self.open.last() else { return Ok(()) };
        let Kind::Mapping(members, Some((key, _))) = &frame.kind else { return Ok(()) };
        let Some(first) = members.keys().position(|other| other == key) else { return Ok(()) };
        let line = frame.children.get(first).map_or(0, |spot| spot.place.line);
        let what = format!("the key {key:?} is already in line {line}: remove or rename one");
        Err((place, what))
    }
}
