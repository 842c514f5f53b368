//! What is expected of an answer, and how it differs.

use crate::{
    action::Symptom,
    fill::{self, Unknown, Variables},
    path::{self, Path},
    read::Node,
};
use client::CallError;
use document::DocumentError;
use serde_json::{Value, json};

/// The most of an answer that is shown.
const SHOWN_CHARS: usize = 400;

/// What came back for a request.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The HTTP status; 200 for an operation that succeeded.
    pub(crate) status: u16,
    /// The code of an operation's error.
    pub(crate) error: Option<String>,
    /// What was said: an error's message, or the whole body.
    pub(crate) text: String,
    /// The body as JSON, or null.
    pub(crate) value: Value,
}

impl Answer {
    /// An operation's outcome.
    pub(crate) fn of_call(outcome: Result<Value, CallError>) -> Self {
        match outcome {
            Ok(value) => Self { status: 200, error: None, text: value.to_string(), value },
            Err(error) => Self {
                status: error.status,
                error: Some(error.code),
                text: error.message,
                value: Value::Null,
            },
        }
    }

    /// A body that came with this status.
    pub(crate) fn of_http(status: u16, body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body).into_owned();
        let value = serde_json::from_slice(body).unwrap_or_default();
        Self { status, error: None, text, value }
    }

    /// What a person is shown of it.
    pub(crate) fn shown(&self) -> String {
        let text: String = self.text.chars().take(SHOWN_CHARS).collect();
        match (&self.error, self.status) {
            (Some(code), status) if !code.is_empty() => format!("{code} ({status}): {text}"),
            (_, 0) => text,
            (_, status) => format!("{status} {text}"),
        }
    }
}

/// What an answer should be; by default a success, whatever it says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expectation {
    error: Option<String>,
    status: Option<u16>,
    says: Vec<String>,
    members: Vec<(String, Wanted)>,
}

/// What should be at a path.
#[derive(Clone, Debug)]
enum Wanted {
    Equal(Value),
    Contains(String),
    AtLeast(u64),
    Absent,
}

impl Expectation {
    pub(crate) fn read(node: &Node<'_>) -> Result<Self, DocumentError> {
        let status = node.get("status").map(|status| status.as_number(599)).transpose()?;
        let says = match node.get("says") {
            Some(one) if one.value().is_string() => vec![one.as_text()?],
            _ => node.list("says", Node::as_text)?,
        };
        let members = node.map("expect", |name, wanted| {
            Path::parse(name).map_err(|why| wanted.fault(why))?;
            Ok((name.to_owned(), Wanted::read(wanted)?))
        })?;
        Ok(Self {
            error: node.text_if("error")?,
            status: status.and_then(|status| u16::try_from(status).ok()),
            says,
            members,
        })
    }

    /// How `answer` differs, in words, if it does.
    pub(crate) fn differs(
        &self,
        answer: &Answer,
        known: &Variables,
    ) -> Result<Option<String>, Unknown> {
        if answer.error != self.error {
            return Ok(Some(match &self.error {
                Some(error) => format!("the error {error}"),
                None => "success".into(),
            }));
        }
        if self.status.is_some_and(|status| status != answer.status) {
            return Ok(self.status.map(|status| format!("status {status}")));
        }
        for says in &self.says {
            let says = fill::text(says, known)?;
            if !answer.text.contains(&says) {
                return Ok(Some(format!("{says:?} in the answer")));
            }
        }
        for (path, wanted) in &self.members {
            let filled = fill::text(path, known)?;
            let found = Path::parse(&filled).ok().and_then(|path| path.find(&answer.value));
            if let Some(wanted) = wanted.missed(found.as_ref(), known)? {
                let found = found.map_or_else(|| "nothing".into(), |found| path::text(&found));
                return Ok(Some(format!("{filled} {wanted}, not {found}")));
            }
        }
        Ok(None)
    }
}

impl Wanted {
    fn read(node: &Node<'_>) -> Result<Self, DocumentError> {
        let Some(members) = node.value().as_object() else {
            return Ok(Self::Equal(node.value().clone()));
        };
        node.only(&["equal", "contains", "at_least", "absent"])?;
        let wrong = || node.fault("give one of equal, contains, at_least, absent: true");
        let members: Vec<_> = members.iter().map(|(name, value)| (name.as_str(), value)).collect();
        match members[..] {
            [("equal", value)] => Ok(Self::Equal(value.clone())),
            [("contains", Value::String(text))] => Ok(Self::Contains(text.clone())),
            [("at_least", number)] => Ok(Self::AtLeast(number.as_u64().ok_or_else(wrong)?)),
            [("absent", Value::Bool(true))] => Ok(Self::Absent),
            _ => Err(wrong()),
        }
    }

    /// What `found` should have been, if it is not.
    fn missed(&self, found: Option<&Value>, known: &Variables) -> Result<Option<String>, Unknown> {
        let (holds, wanted) = match self {
            Self::Equal(value) => {
                let value = fill::value(value, known)?;
                (found == Some(&value), format!("= {}", path::text(&value)))
            }
            Self::Contains(text) => {
                let text = fill::text(text, known)?;
                let holds = found.is_some_and(|found| path::text(found).contains(&text));
                (holds, format!("with {text:?}"))
            }
            Self::AtLeast(least) => {
                let holds = found.and_then(Value::as_u64).is_some_and(|number| number >= *least);
                (holds, format!("at least {least}"))
            }
            Self::Absent => (found.is_none_or(|found| *found == json!(null)), "absent".into()),
        };
        Ok((!holds).then_some(wanted))
    }
}

impl Symptom {
    /// Whether `answer` is it.
    pub(crate) fn fits(&self, answer: &Answer) -> bool {
        self.error.as_ref().is_none_or(|error| answer.error.as_ref() == Some(error))
            && self.status.is_none_or(|status| status == answer.status)
            && self.says.as_ref().is_none_or(|says| answer.text.contains(says.as_str()))
    }
}
