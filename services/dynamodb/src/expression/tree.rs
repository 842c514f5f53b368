//! The typed tree that every expression becomes; evaluation knows no text.

use crate::value::attribute::{AttributeValue, Attributes};
use std::{borrow::Cow, fmt};

/// One step of a document path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// Into a map.
    Name(String),
    /// Into a list.
    Index(usize),
}

/// A document path; the first step is a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Path(pub(crate) Vec<Step>);

/// How two different places in a document stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    /// Both may be used.
    Apart,
    /// One is inside the other, or they are the same.
    Overlap,
    /// One wants a list where the other wants a map.
    Conflict,
}

impl Path {
    /// The top-level attribute it starts at.
    pub(crate) fn head(&self) -> &str {
        match self.0.first() {
            Some(Step::Name(name)) => name,
            _ => "",
        }
    }

    /// The name of the top-level attribute it is, if it is one.
    pub(crate) fn as_top(&self) -> Option<&str> {
        (self.0.len() == 1).then(|| self.head())
    }

    /// The value at this path of `item`.
    pub(crate) fn find<'i>(&self, item: &'i Attributes) -> Option<&'i AttributeValue> {
        let mut steps = self.0.iter();
        let mut found = match steps.next()? {
            Step::Name(name) => item.get(name)?,
            Step::Index(_) => return None,
        };
        for step in steps {
            found = match (step, found) {
                (Step::Name(name), AttributeValue::M(map)) => map.get(name)?,
                (Step::Index(index), AttributeValue::L(list)) => list.get(*index)?,
                _ => return None,
            };
        }
        Some(found)
    }

    /// How this path stands to `other`.
    pub(crate) fn relation(&self, other: &Self) -> Relation {
        for pair in self.0.iter().zip(&other.0) {
            match pair {
                (Step::Name(a), Step::Name(b)) if a == b => {}
                (Step::Index(a), Step::Index(b)) if a == b => {}
                (Step::Name(_), Step::Index(_)) | (Step::Index(_), Step::Name(_)) => {
                    return Relation::Conflict;
                }
                _ => return Relation::Apart,
            }
        }
        Relation::Overlap
    }

    /// Whether no two of `paths` overlap or conflict.
    pub(crate) fn are_apart(paths: &[&Self]) -> bool {
        let mut sorted = paths.to_vec();
        sorted.sort_unstable();
        // In order, what lies in a place follows on it, lists behind maps: if any two are not
        // apart, two neighbours are not.
        sorted.windows(2).all(|pair| pair[0].relation(pair[1]) == Relation::Apart)
    }
}

impl fmt::Display for Path {
    /// As AWS shows paths in messages: `[a, b, [0]]`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[")?;
        for (index, step) in self.0.iter().enumerate() {
            if index > 0 {
                formatter.write_str(", ")?;
            }
            match step {
                Step::Name(name) => formatter.write_str(name)?,
                Step::Index(index) => write!(formatter, "[{index}]")?,
            }
        }
        formatter.write_str("]")
    }
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparator {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Comparator {
    /// Its sign, or none if there is no such comparison.
    pub(crate) fn parse(sign: &str) -> Option<Self> {
        Some(match sign {
            "=" => Self::Equal,
            "<>" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            _ => return None,
        })
    }

    /// The same comparison with its operands exchanged.
    pub(crate) fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            same => same,
        }
    }

    /// Whether it asks for an order, not only for equality.
    pub(crate) fn orders(self) -> bool {
        !matches!(self, Self::Equal | Self::NotEqual)
    }
}

/// Something that has a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand<'v> {
    /// The value at a path.
    Path(Path),
    /// A value of the request.
    Value(Cow<'v, AttributeValue>),
    /// The size of an operand.
    Size(Box<Operand<'v>>),
}

/// Something that holds or not.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Condition<'v> {
    /// All of them: `AND`.
    All(Vec<Condition<'v>>),
    /// One of them: `OR`.
    Any(Vec<Condition<'v>>),
    /// Not it.
    Not(Box<Condition<'v>>),
    /// A comparison.
    Compare(Comparator, Operand<'v>, Operand<'v>),
    /// `BETWEEN low AND high`, both included.
    Between(Operand<'v>, Operand<'v>, Operand<'v>),
    /// `IN (...)`.
    In(Operand<'v>, Vec<Operand<'v>>),
    /// `attribute_exists` (true) and `attribute_not_exists` (false).
    Exists(Path, bool),
    /// `attribute_type`, with the type's name.
    Type(Operand<'v>, Operand<'v>),
    /// `begins_with`.
    BeginsWith(Operand<'v>, Operand<'v>),
    /// `contains`.
    Contains(Operand<'v>, Operand<'v>),
}

impl Operand<'_> {
    fn paths<'p>(&'p self, visit: &mut dyn FnMut(&'p Path)) {
        match self {
            Self::Path(path) => visit(path),
            Self::Value(_) => {}
            Self::Size(inner) => inner.paths(visit),
        }
    }
}

impl Condition<'_> {
    /// Shows `visit` every path in it.
    pub(crate) fn paths<'p>(&'p self, visit: &mut dyn FnMut(&'p Path)) {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().for_each(|part| part.paths(visit));
            }
            Self::Not(inner) => inner.paths(visit),
            Self::Between(value, low, high) => {
                [value, low, high].into_iter().for_each(|operand| operand.paths(visit));
            }
            Self::In(value, list) => {
                value.paths(visit);
                list.iter().for_each(|operand| operand.paths(visit));
            }
            Self::Exists(path, _) => visit(path),
            Self::Compare(_, a, b)
            | Self::Type(a, b)
            | Self::BeginsWith(a, b)
            | Self::Contains(a, b) => {
                a.paths(visit);
                b.paths(visit);
            }
        }
    }
}

/// The right side of `SET`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Term<'v> {
    /// The value at a path.
    Path(Path),
    /// A value of the request.
    Value(Cow<'v, AttributeValue>),
    /// `if_not_exists(path, term)`.
    IfNotExists(Path, Box<Term<'v>>),
    /// `list_append(a, b)`.
    ListAppend(Box<Term<'v>>, Box<Term<'v>>),
    /// `a + b`.
    Plus(Box<Term<'v>>, Box<Term<'v>>),
    /// `a - b`.
    Minus(Box<Term<'v>>, Box<Term<'v>>),
}

/// An `UpdateExpression`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Update<'v> {
    /// `SET path = term`.
    pub(crate) set: Vec<(Path, Term<'v>)>,
    /// `REMOVE path`.
    pub(crate) remove: Vec<Path>,
    /// `ADD path value`.
    pub(crate) add: Vec<(Path, Cow<'v, AttributeValue>)>,
    /// `DELETE path set`.
    pub(crate) delete: Vec<(Path, Cow<'v, AttributeValue>)>,
}

impl Update<'_> {
    /// The paths it changes.
    pub(crate) fn targets(&self) -> impl Iterator<Item = &Path> {
        let set = self.set.iter().map(|(path, _)| path);
        let add = self.add.iter().chain(&self.delete).map(|(path, _)| path);
        set.chain(&self.remove).chain(add)
    }

    /// Whether it takes something away and does nothing else.
    pub(crate) fn only_takes(&self) -> bool {
        let takes = !self.remove.is_empty() || !self.delete.is_empty();
        takes && self.set.is_empty() && self.add.is_empty()
    }

    /// Shows `visit` every path in it, changed or read.
    pub(crate) fn paths(&self, visit: &mut dyn FnMut(&Path)) {
        self.targets().for_each(&mut *visit);
        self.set.iter().for_each(|(_, term)| term.paths(visit));
    }
}

impl Term<'_> {
    /// Its type, where the expression alone tells it.
    pub(crate) fn kind(&self) -> Option<&'static str> {
        match self {
            Self::Path(_) => None,
            Self::Value(value) => Some(value.type_name()),
            Self::IfNotExists(_, other) => other.kind(),
            Self::ListAppend(..) => Some("L"),
            Self::Plus(..) | Self::Minus(..) => Some("N"),
        }
    }

    fn paths(&self, visit: &mut dyn FnMut(&Path)) {
        match self {
            Self::Path(path) => visit(path),
            Self::Value(_) => {}
            Self::IfNotExists(path, other) => {
                visit(path);
                other.paths(visit);
            }
            Self::ListAppend(a, b) | Self::Plus(a, b) | Self::Minus(a, b) => {
                a.paths(visit);
                b.paths(visit);
            }
        }
    }
}
