//! Attribute values and the named attributes that make an item.

use crate::value::number::Number;
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use shape::{Constraints, Kind, Member, Mismatch, Ref, Schema, Shape, Value};
use std::collections::{BTreeMap, HashSet};

/// How deep lists and maps may nest below an item.
pub(crate) const MAX_DEPTH: usize = 32;

/// One value, of any of DynamoDB's types.
#[derive(Clone, Debug)]
pub enum AttributeValue {
    /// Text.
    S(String),
    /// A number.
    N(Number),
    /// Bytes.
    B(Bytes),
    /// A set of texts.
    Ss(Vec<String>),
    /// A set of numbers.
    Ns(Vec<Number>),
    /// A set of bytes.
    Bs(Vec<Bytes>),
    /// Named values.
    M(Attributes),
    /// Values in order.
    L(Vec<AttributeValue>),
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
}

/// The names of the types as requests spell them, in the model's order.
pub(crate) const TYPES: [&str; 10] = ["S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"];

impl AttributeValue {
    /// Its type as requests spell it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::S(_) => "S",
            Self::N(_) => "N",
            Self::B(_) => "B",
            Self::Ss(_) => "SS",
            Self::Ns(_) => "NS",
            Self::Bs(_) => "BS",
            Self::M(_) => "M",
            Self::L(_) => "L",
            Self::Null => "NULL",
            Self::Bool(_) => "BOOL",
        }
    }

    /// Its bytes as AWS counts them ("DynamoDB item sizes and formats").
    pub fn size(&self) -> usize {
        match self {
            Self::S(text) => text.len(),
            Self::N(number) => number.as_bytes().len(),
            Self::B(bytes) => bytes.len(),
            Self::Ss(set) => set.iter().map(String::len).sum(),
            Self::Ns(set) => set.iter().map(|number| number.as_bytes().len()).sum(),
            Self::Bs(set) => set.iter().map(Bytes::len).sum(),
            Self::M(map) => 3 + map.size() + map.len(),
            Self::L(list) => 3 + list.iter().map(|value| 1 + value.size()).sum::<usize>(),
            Self::Null | Self::Bool(_) => 1,
        }
    }

    /// How many levels of lists and maps it has.
    pub(crate) fn depth(&self) -> usize {
        match self {
            Self::M(map) => 1 + map.depth(),
            Self::L(list) => 1 + list.iter().map(Self::depth).max().unwrap_or(0),
            _ => 0,
        }
    }
}

impl PartialEq for AttributeValue {
    /// As DynamoDB compares: sets and maps without regard to order, never across types.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::S(a), Self::S(b)) => a == b,
            (Self::N(a), Self::N(b)) => a == b,
            (Self::B(a), Self::B(b)) => a == b,
            (Self::Ss(a), Self::Ss(b)) => same_members(a, b),
            (Self::Ns(a), Self::Ns(b)) => same_members(a, b),
            (Self::Bs(a), Self::Bs(b)) => same_members(a, b),
            (Self::M(a), Self::M(b)) => a == b,
            (Self::L(a), Self::L(b)) => a == b,
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            _ => false,
        }
    }
}

/// Whether two sets, each without duplicates, have the same members.
fn same_members<T: Ord>(a: &[T], b: &[T]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let sorted = |set: &[T]| -> Vec<usize> {
        let mut order: Vec<usize> = (0..set.len()).collect();
        order.sort_unstable_by(|&x, &y| set[x].cmp(&set[y]));
        order
    };
    sorted(a).into_iter().zip(sorted(b)).all(|(x, y)| a[x] == b[y])
}

/// Attributes by name, sorted; an item, a key or a map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attributes(Vec<(String, AttributeValue)>);

impl Attributes {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value called `name`.
    pub fn get(&self, name: &str) -> Option<&AttributeValue> {
        self.0.get(self.place(name).ok()?).map(|(_, value)| value)
    }

    /// The value called `name`, to change it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut AttributeValue> {
        let place = self.place(name).ok()?;
        self.0.get_mut(place).map(|(_, value)| value)
    }

    /// Sets the value called `name`.
    pub fn insert(&mut self, name: impl Into<String> + AsRef<str>, value: AttributeValue) {
        match self.place(name.as_ref()) {
            Ok(place) => self.0[place].1 = value,
            Err(place) => self.0.insert(place, (name.into(), value)),
        }
    }

    /// Takes the value called `name` away.
    pub fn remove(&mut self, name: &str) -> Option<AttributeValue> {
        let place = self.place(name).ok()?;
        Some(self.0.remove(place).1)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &AttributeValue)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Bytes of names and values as AWS counts them.
    pub fn size(&self) -> usize {
        self.0.iter().map(|(name, value)| name.len() + value.size()).sum()
    }

    pub(crate) fn depth(&self) -> usize {
        self.0.iter().map(|(_, value)| value.depth()).max().unwrap_or(0)
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.as_str().cmp(name))
    }
}

impl FromIterator<(String, AttributeValue)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (String, AttributeValue)>>(entries: I) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        // Stable, so that of a name given twice the last one is kept, as JSON readers do.
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        if entries.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            entries.reverse();
            entries.dedup_by(|(a, _), (b, _)| a == b);
            entries.reverse();
        }
        Self(entries)
    }
}

impl Shape for Attributes {
    fn schema() -> &'static Schema {
        static SCHEMA: Schema = Schema {
            name: "AttributeMap",
            kind: Kind::Map(AttributeValue::schema),
            constraints: Constraints { keys: Some(&ATTRIBUTE_NAME), ..Constraints::NONE },
        };
        &SCHEMA
    }

    fn read(value: Value) -> Result<Self, Mismatch> {
        let Value::Map(entries) = value else { return Err(Mismatch::kind("map", &value)) };
        let entries: Result<Vec<_>, Mismatch> = entries
            .into_iter()
            .map(|(name, value)| {
                check_name(&name)?;
                Ok((name, AttributeValue::read(value)?))
            })
            .collect();
        entries.map(Self::from_iter)
    }

    fn write(self) -> Value {
        Value::Map(self.0.into_iter().map(|(name, value)| (name, value.write())).collect())
    }
}

/// A member of the union: its name and its shape.
const fn member(name: &'static str, target: Ref) -> Member {
    Member { required: false, ..Member::new(name, target) }
}

static MEMBERS: [Member; 10] = [
    member(TYPES[0], String::schema),
    member(TYPES[1], String::schema),
    member(TYPES[2], Bytes::schema),
    member(TYPES[3], Vec::<String>::schema),
    member(TYPES[4], Vec::<String>::schema),
    member(TYPES[5], Vec::<Bytes>::schema),
    member(TYPES[6], Attributes::schema),
    member(TYPES[7], Vec::<AttributeValue>::schema),
    member(TYPES[8], bool::schema),
    member(TYPES[9], bool::schema),
];

impl Shape for AttributeValue {
    fn schema() -> &'static Schema {
        static SCHEMA: Schema = Schema::new("AttributeValue", Kind::Union(&MEMBERS));
        &SCHEMA
    }

    fn read(value: Value) -> Result<Self, Mismatch> {
        let (index, inner) = match value {
            Value::Union(index, inner) => (index, inner),
            Value::Structure(slots) => return Err(not_one(slots)),
            other => return Err(Mismatch::kind("AttributeValue", &other)),
        };
        match index {
            0 => String::read(*inner).map(Self::S),
            1 => read_number(&String::read(*inner)?).map(Self::N),
            2 => Bytes::read(*inner).map(Self::B),
            3 => read_texts(Vec::read(*inner)?),
            4 => read_numbers(Vec::read(*inner)?),
            5 => read_binaries(Vec::read(*inner)?),
            6 => Attributes::read(*inner).map(Self::M),
            7 => Vec::read(*inner).map(Self::L),
            8 => match bool::read(*inner)? {
                true => Ok(Self::Null),
                false => Err(wrong("Null attribute value types must have the value of true")),
            },
            _ => bool::read(*inner).map(Self::Bool),
        }
    }

    fn write(self) -> Value {
        let texts = |texts: Vec<Number>| {
            Value::List(texts.iter().map(|number| Value::String(number.to_string())).collect())
        };
        let (index, value) = match self {
            Self::S(text) => (0, text.write()),
            Self::N(number) => (1, Value::String(number.to_string())),
            Self::B(bytes) => (2, bytes.write()),
            Self::Ss(set) => (3, set.write()),
            Self::Ns(set) => (4, texts(set)),
            Self::Bs(set) => (5, set.write()),
            Self::M(map) => (6, map.write()),
            Self::L(list) => (7, list.write()),
            Self::Null => (8, Value::Boolean(true)),
            Self::Bool(truth) => (9, Value::Boolean(truth)),
        };
        Value::Union(index, Box::new(value))
    }
}

/// What is wrong with none or several types given: what any of them is refused for comes first.
fn not_one(slots: Vec<Option<Value>>) -> Mismatch {
    let known = Value::Structure(slots.clone());
    let each = slots.into_iter().enumerate().filter_map(|(index, slot)| Some((index, slot?)));
    let read = |(index, value)| AttributeValue::read(Value::Union(index, Box::new(value))).err();
    let first = each.filter_map(read).next();
    first.unwrap_or_else(|| Mismatch::union("AttributeValue", &known))
}

fn wrong(message: impl std::fmt::Display) -> Mismatch {
    Mismatch::new(format!("One or more parameter values were invalid: {message}"))
}

fn read_number(text: &str) -> Result<Number, Mismatch> {
    Number::parse(text).map_err(|fault| Mismatch::new(fault.to_string()))
}

fn read_texts(set: Vec<String>) -> Result<AttributeValue, Mismatch> {
    if set.is_empty() {
        return Err(wrong("An string set  may not be empty"));
    }
    if has_duplicates(&set) {
        let set = set.join(", ");
        return Err(wrong(format_args!("Input collection [{set}] contains duplicates.")));
    }
    Ok(AttributeValue::Ss(set))
}

fn read_numbers(set: Vec<String>) -> Result<AttributeValue, Mismatch> {
    if set.is_empty() {
        return Err(wrong("An number set  may not be empty"));
    }
    let set = set.iter().map(|text| read_number(text)).collect::<Result<Vec<_>, _>>()?;
    let bytes: Vec<&[u8]> = set.iter().map(Number::as_bytes).collect();
    if has_duplicates(&bytes) {
        return Err(Mismatch::new("Input collection contains duplicates"));
    }
    Ok(AttributeValue::Ns(set))
}

fn read_binaries(set: Vec<Bytes>) -> Result<AttributeValue, Mismatch> {
    if set.is_empty() {
        return Err(wrong("Binary sets should not be empty"));
    }
    if has_duplicates(&set) {
        let set: Vec<String> = set.iter().map(|bytes| BASE64.encode(bytes)).collect();
        let set = set.join(", ");
        // AWS leaves the space out.
        return Err(wrong(format_args!("Input collection [{set}]of type BS contains duplicates.")));
    }
    Ok(AttributeValue::Bs(set))
}

fn has_duplicates<T: Eq + std::hash::Hash>(members: &[T]) -> bool {
    let mut seen = HashSet::with_capacity(members.len());
    !members.iter().all(|member| seen.insert(member))
}

/// What an attribute's name may be.
pub(crate) const ATTRIBUTE_NAME: Constraints =
    Constraints { length: Some((0, 65_535)), ..Constraints::NONE };

/// Attributes have names.
///
/// # Errors
/// [`Mismatch`] in AWS's words.
pub(crate) fn check_name(name: &str) -> Result<(), Mismatch> {
    if name.is_empty() { Err(Mismatch::new("Empty attribute name")) } else { Ok(()) }
}

/// An attribute's name where requests define it.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributeName(pub String);

impl Shape for AttributeName {
    fn schema() -> &'static Schema {
        static SCHEMA: Schema =
            Schema { name: "AttributeName", kind: Kind::String, constraints: ATTRIBUTE_NAME };
        &SCHEMA
    }

    fn read(value: Value) -> Result<Self, Mismatch> {
        let name = String::read(value)?;
        check_name(&name)?;
        Ok(Self(name))
    }

    fn write(self) -> Value {
        self.0.write()
    }
}

/// `ExpressionAttributeNames`: names by placeholder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExpressionNames(pub BTreeMap<String, AttributeName>);

/// `ExpressionAttributeValues`: values by placeholder, whose faults name the placeholder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExpressionValues(pub BTreeMap<String, AttributeValue>);

/// The entries of a map of placeholders, which start with `sigil`.
fn placeholders(what: &str, sigil: char, value: Value) -> Result<Vec<(String, Value)>, Mismatch> {
    let Value::Map(entries) = value else { return Err(Mismatch::kind("map", &value)) };
    if entries.is_empty() {
        return Err(Mismatch::new(format!("{what} must not be empty")));
    }
    for (key, _) in &entries {
        let word = key.strip_prefix(sigil).unwrap_or("");
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if word.is_empty() || !word.bytes().all(is_part) {
            let text = format!("{what} contains invalid key: Syntax error; key: \"{key}\"");
            return Err(Mismatch::new(text));
        }
    }
    Ok(entries)
}

impl Shape for ExpressionNames {
    fn schema() -> &'static Schema {
        static SCHEMA: Schema =
            Schema::new("ExpressionAttributeNameMap", Kind::Map(AttributeName::schema));
        &SCHEMA
    }

    fn read(value: Value) -> Result<Self, Mismatch> {
        let entries = placeholders("ExpressionAttributeNames", '#', value)?;
        let read = |(key, name)| Ok((key, AttributeName::read(name)?));
        entries.into_iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    fn write(self) -> Value {
        self.0.write()
    }
}

impl Shape for ExpressionValues {
    fn schema() -> &'static Schema {
        static SCHEMA: Schema =
            Schema::new("ExpressionAttributeValueMap", Kind::Map(AttributeValue::schema));
        &SCHEMA
    }

    fn read(value: Value) -> Result<Self, Mismatch> {
        let entries = placeholders("ExpressionAttributeValues", ':', value)?;
        let read = |(key, value): (String, Value)| match AttributeValue::read(value) {
            Ok(value) => Ok((key, value)),
            Err(Mismatch { message }) => Err(Mismatch::new(format!(
                "ExpressionAttributeValues contains invalid value: {message} for key {key}"
            ))),
        };
        entries.into_iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    fn write(self) -> Value {
        self.0.write()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Any value, as requests may hold it.
    pub(crate) fn value() -> impl Strategy<Value = AttributeValue> {
        let number = || "-?[0-9]{1,12}(\\.[0-9]{1,9})?".prop_map(|x| Number::parse(&x).unwrap());
        let binary = || prop::collection::vec(any::<u8>(), 0..6).prop_map(Bytes::from);
        let leaf = prop_oneof![
            ".{0,6}".prop_map(AttributeValue::S),
            number().prop_map(AttributeValue::N),
            binary().prop_map(AttributeValue::B),
            prop::collection::btree_set(".{0,3}", 1..4)
                .prop_map(|set| AttributeValue::Ss(set.into_iter().collect())),
            prop::collection::btree_set(number(), 1..4)
                .prop_map(|set| AttributeValue::Ns(set.into_iter().collect())),
            prop::collection::btree_set(binary(), 1..4)
                .prop_map(|set| AttributeValue::Bs(set.into_iter().collect())),
            Just(AttributeValue::Null),
            any::<bool>().prop_map(AttributeValue::Bool),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(AttributeValue::L),
                prop::collection::vec((".{1,3}", inner), 0..4)
                    .prop_map(|entries| AttributeValue::M(entries.into_iter().collect())),
            ]
        })
    }

    /// Any item.
    pub(crate) fn item() -> impl Strategy<Value = Attributes> {
        prop::collection::vec((".{1,4}", value()), 0..6)
            .prop_map(|entries| entries.into_iter().collect())
    }

    proptest! {
        #[test]
        fn items_cross_the_wire_unchanged(item in item()) {
            prop_assert_eq!(Attributes::read(item.clone().write()), Ok(item));
        }
    }

    fn read(index: usize, value: Value) -> Result<AttributeValue, String> {
        AttributeValue::read(Value::Union(index, Box::new(value))).map_err(|x| x.message)
    }

    #[test]
    fn values_that_cannot_be_are_refused_in_awss_words() {
        let list = |texts: &[&str]| {
            Value::List(texts.iter().map(|text| Value::String((*text).into())).collect())
        };
        let opening = "One or more parameter values were invalid: ";
        let refusals = [
            (read(3, list(&[])), format!("{opening}An string set  may not be empty")),
            (
                read(3, list(&["a", "b", "a"])),
                format!("{opening}Input collection [a, b, a] contains duplicates."),
            ),
            (read(4, list(&["1", "1.0"])), "Input collection contains duplicates".into()),
            (
                read(8, Value::Boolean(false)),
                format!("{opening}Null attribute value types must have the value of true"),
            ),
            (
                read(1, Value::String("x".into())),
                "The parameter cannot be converted to a numeric value: x".into(),
            ),
        ];
        for (found, wanted) in refusals {
            assert_eq!(found, Err(wanted));
        }
    }

    #[test]
    fn the_last_of_two_values_of_a_name_is_kept() {
        let entry = |name: &str, text: &str| (name.to_owned(), AttributeValue::S(text.into()));
        let both: Attributes = [entry("b", "1"), entry("a", "2"), entry("b", "3"), entry("b", "4")]
            .into_iter()
            .collect();
        assert_eq!(both.len(), 2);
        assert_eq!(both.get("b"), Some(&AttributeValue::S("4".into())));
    }

    #[test]
    fn sizes_are_awss() {
        let text = |text: &str| AttributeValue::S(text.into());
        let item: Attributes = [
            ("id".to_owned(), text("é")),
            ("list".to_owned(), AttributeValue::L(vec![text("ab"), AttributeValue::Null])),
            (
                "map".to_owned(),
                AttributeValue::M([("k".to_owned(), text("v"))].into_iter().collect()),
            ),
        ]
        .into_iter()
        .collect();
        assert_eq!(item.size(), (2 + 2) + (4 + 3 + 1 + 2 + 1 + 1) + (3 + 3 + 1 + 1 + 1));
    }
}
