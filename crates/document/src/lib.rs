//! YAML and JSON documents that know in which line each value stands.
//!
//! [`Document::parse`] gives a [`Value`] and, by JSON pointer, the [`Place`] of each part of it,
//! so that whoever reads the value can complain with file, line and column. Scalars are read by
//! YAML 1.2's core schema, in which `yes`, `no`, `on` and `off` are words. The short forms of
//! CloudFormation's functions, such as `!Ref`, become their long forms.

mod builder;
mod error;
mod scalar;
mod tag;

pub use error::DocumentError;

use builder::Builder;
use saphyr_parser::{Event, Marker, Parser};
use serde_json::Value;

/// How large a document may be, in bytes: as large as a CloudFormation template may be.
const MAX_BYTES: usize = 1 << 20;

/// Where something stands. Lines and columns count from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

impl Place {
    const START: Self = Self { line: 1, column: 1 };

    fn of(marker: &Marker) -> Self {
        Self { line: marker.line(), column: marker.col() + 1 }
    }
}

/// Where a value stands, and its members or items in their order in the value.
#[derive(Clone, Debug)]
struct Spot {
    place: Place,
    children: Vec<Spot>,
}

/// A document that was read.
#[derive(Clone, Debug)]
pub struct Document {
    name: String,
    value: Value,
    spot: Spot,
}

impl Document {
    /// Reads `text`, YAML or JSON, that stands in the file `name`.
    ///
    /// # Errors
    /// [`DocumentError`] at the place that cannot be read.
    pub fn parse(name: &str, text: &str) -> Result<Self, DocumentError> {
        let fail = |place, what: String| DocumentError::new(name, place, what);
        if text.len() > MAX_BYTES {
            let size = text.len();
            let what = format!("{size} bytes are too many: divide it; the limit is {MAX_BYTES}");
            return Err(fail(Place::START, what));
        }
        let mut builder = Builder::default();
        let mut parser = Parser::new_from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
        while let Some(event) = parser.next_event() {
            let (event, span) = event.map_err(|error| {
                let what = format!("this is not YAML: {}; correct it here or before", error.info());
                fail(Place::of(error.marker()), what)
            })?;
            if event == Event::StreamEnd {
                break;
            }
            let place = Place::of(&span.start);
            builder.take(event, place).map_err(|(place, what)| fail(place, what))?;
        }
        let (value, spot) = builder.finish().map_err(|(place, what)| fail(place, what))?;
        Ok(Self { name: name.to_owned(), value, spot })
    }

    /// The file's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the document says.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Where the value at the JSON `pointer` stands, or the nearest that contains it. A member of
    /// a mapping stands where its key does.
    pub fn place(&self, pointer: &str) -> Place {
        let (mut value, mut spot) = (&self.value, &self.spot);
        for token in pointer.split('/').skip(1) {
            let token = token.replace("~1", "/").replace("~0", "~");
            let index = match value {
                Value::Object(map) => map.keys().position(|key| *key == token),
                Value::Array(_) => token.parse::<usize>().ok(),
                _ => None,
            };
            let Some((index, child)) = index.and_then(|at| Some((at, spot.children.get(at)?)))
            else {
                break;
            };
            let inner = match value {
                Value::Object(map) => map.values().nth(index),
                other => other.get(index),
            };
            let Some(inner) = inner else { break };
            (value, spot) = (inner, child);
        }
        spot.place
    }

    /// The line of the value at the JSON `pointer`, or of the nearest that contains it.
    pub fn line(&self, pointer: &str) -> usize {
        self.place(pointer).line
    }

    /// A complaint about the value at the JSON `pointer`: what is wrong and what to do.
    pub fn fault(&self, pointer: &str, what: impl Into<String>) -> DocumentError {
        DocumentError::new(&self.name, self.place(pointer), what.into())
    }
}
