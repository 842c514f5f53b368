//! Actions: what a check or a proof does on the instance, and what it expects of the answer.

use crate::{expect::Expectation, path::Path, read::Node};
use document::DocumentError;
use serde_json::Value;

/// The longest that an action may wait for what it expects.
const MAX_SECONDS: u32 = 120;
/// The most calls that are made at once.
const MAX_TOGETHER: u32 = 16;

/// One request and what must come of it.
#[derive(Clone, Debug)]
pub struct Action {
    /// What it shows, in words.
    pub see: String,
    /// In whose name it is done.
    pub(crate) who: Who,
    pub(crate) what: What,
    pub(crate) expect: Expectation,
    /// Names to keep, and where in the answer they are.
    pub(crate) capture: Vec<(String, String)>,
    /// Names to make of others.
    pub(crate) set: Vec<(String, String)>,
    /// How long the answer may take to become what is expected, in seconds.
    pub(crate) within: u32,
    /// What to do when it does not hold, by what was answered.
    pub(crate) when: Vec<Symptom>,
    /// What to do when it does not hold and no symptom fits.
    pub(crate) advice: Option<String>,
}

/// In whose name something is done.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    /// Of whoever does the lab.
    Person,
    /// In nobody's: unsigned.
    Nobody,
    /// In that of a role of the account, which trusts the person.
    Role(String),
}

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) enum What {
    /// An operation of an API, this many times at once; then the answer is a list.
    Call { service: String, operation: String, input: Value, together: u32 },
    /// An HTTP request to a stage of an API.
    Http { method: String, url: String, body: Option<String> },
    /// A message in the queue of this URL that contains the text; the message is taken.
    Hear { queue: String, text: String },
}

/// An answer by which it is known what is wrong.
#[derive(Clone, Debug)]
pub(crate) struct Symptom {
    pub(crate) error: Option<String>,
    pub(crate) status: Option<u16>,
    pub(crate) says: Option<String>,
    pub(crate) advice: String,
}

/// What can be asked, and the members that go with each alone.
const KINDS: [(&str, &[&str]); 3] =
    [("call", &["input", "together"]), ("http", &["body"]), ("hear", &["text"])];
/// What every action may have.
const MEMBERS: [&str; 11] =
    ["see", "as", "expect", "error", "status", "says", "capture", "set", "within", "when", "else"];

impl Action {
    pub(crate) fn read(node: &Node<'_>) -> Result<Self, DocumentError> {
        let asked = KINDS.iter().flat_map(|(kind, own)| [&[*kind][..], own].concat());
        node.only(&MEMBERS.into_iter().chain(asked).collect::<Vec<_>>())?;
        let path = |name: &str, path: &Node<'_>| {
            let text = path.value().as_str().unwrap_or_default();
            Path::parse(text).map_err(|why| path.fault(why))?;
            Ok((name.to_owned(), text.to_owned()))
        };
        let within = node.get("within").map(|within| within.as_number(MAX_SECONDS));
        Ok(Self {
            see: node.text("see")?,
            who: who(node)?,
            what: What::read(node)?,
            expect: Expectation::read(node)?,
            capture: node.map("capture", path)?,
            set: node.map("set", |name, text| Ok((name.to_owned(), text.as_text()?)))?,
            within: within.transpose()?.unwrap_or(0),
            when: node.list("when", Symptom::read)?,
            advice: node.text_if("else")?,
        })
    }

    /// A bare request, of which success is expected.
    pub(crate) fn removing(node: &Node<'_>) -> Result<Self, DocumentError> {
        Ok(Self {
            see: node.text_if("see")?.unwrap_or_default(),
            who: Who::Person,
            what: What::read(node)?,
            expect: Expectation::default(),
            capture: Vec::new(),
            set: Vec::new(),
            within: 0,
            when: Vec::new(),
            advice: None,
        })
    }
}

fn who(node: &Node<'_>) -> Result<Who, DocumentError> {
    Ok(match node.text_if("as")? {
        None => Who::Person,
        Some(nobody) if nobody == "nobody" => Who::Nobody,
        Some(role) => Who::Role(role),
    })
}

impl What {
    fn read(node: &Node<'_>) -> Result<Self, DocumentError> {
        let given = KINDS.iter().filter_map(|(kind, _)| Some((*kind, node.get(kind)?)));
        let [(kind, request)] = &given.collect::<Vec<_>>()[..] else {
            return Err(node.fault("give exactly one of call, http, hear"));
        };
        for (other, own) in KINDS.iter().filter(|(other, _)| other != kind) {
            if let Some(member) = own.iter().find_map(|name| node.get(name)) {
                return Err(member.fault(format!("this goes with {other} alone")));
            }
        }
        let text = request.as_text()?;
        let pair = |by: char, form: &str| {
            let parts = text.split_once(by).map(|(a, b)| (a.to_owned(), b.to_owned()));
            parts.ok_or_else(|| request.fault(format!("write it as {form}")))
        };
        Ok(match *kind {
            "call" => {
                let (service, operation) = pair('.', "service.Operation")?;
                let input = node.get("input").map_or_else(empty, |input| input.value().clone());
                let together = node.get("together").map(|times| times.as_number(MAX_TOGETHER));
                let together = together.transpose()?.unwrap_or(1);
                Self::Call { service, operation, input, together }
            }
            "http" => {
                let (method, url) = pair(' ', "METHOD URL")?;
                Self::Http { method, url, body: node.text_if("body")? }
            }
            _ => Self::Hear { queue: text, text: node.text("text")? },
        })
    }
}

fn empty() -> Value {
    Value::Object(serde_json::Map::new())
}

impl Symptom {
    fn read(node: &Node<'_>) -> Result<Self, DocumentError> {
        node.only(&["error", "status", "says", "advice"])?;
        let status = node.get("status").map(|status| status.as_number(599));
        let symptom = Self {
            error: node.text_if("error")?,
            status: status.transpose()?.and_then(|status| u16::try_from(status).ok()),
            says: node.text_if("says")?,
            advice: node.text("advice")?,
        };
        if symptom.error.is_none() && symptom.status.is_none() && symptom.says.is_none() {
            return Err(node.fault("give at least one of error, status, says"));
        }
        Ok(symptom)
    }
}
