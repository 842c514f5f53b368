//! What came of a step, and whether it is what should have come.

use crate::{
    names::{Names, text_of},
    query::find,
    scenario::{Expect, Refusal},
};
use client::CallError;
use serde_json::{Value, json};

/// The most of an answer that is shown.
const SHOWN_CHARS: usize = 400;

/// Codes of AWS errors that are refusals by policy, signature or rate.
const REFUSALS: [&str; 14] = [
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "Forbidden",
    "ForbiddenException",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "KMSAccessDeniedException",
    "MissingAuthenticationTokenException",
    "NotAuthorized",
    "UnauthorizedOperation",
    "UnrecognizedClientException",
];

/// HTTP statuses that are refusals.
pub(crate) const REFUSED: [u16; 3] = [401, 403, 429];

/// What came of a step.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The HTTP status; 0 when no answer came.
    status: u16,
    /// The error's code, if it is an error of AWS.
    code: String,
    /// What queries look at.
    pub view: Value,
    /// Whether it was waited for a message, and none came.
    absent: bool,
}

impl Seen {
    /// An answer of an AWS operation.
    pub fn call(answer: Result<Value, CallError>) -> Self {
        match answer {
            Ok(view) => Self { status: 200, view, ..Self::default() },
            Err(CallError { status, code, message }) => {
                Self { status, code, view: message.into(), absent: false }
            }
        }
    }

    /// An answer over HTTP.
    pub fn http(status: u16, text: &str) -> Self {
        let body: Value = serde_json::from_str(text).unwrap_or_default();
        let view = json!({"status": status, "text": text, "body": body});
        Self { status, view, ..Self::default() }
    }

    /// A message, or none.
    pub fn message(text: Option<String>) -> Self {
        let absent = text.is_none();
        Self { status: 200, view: text.into(), absent, ..Self::default() }
    }

    /// Where the reason of a failure is to be found that does not say it.
    pub fn hint(&self) -> &'static str {
        match self.status {
            502 => {
                ". The function behind it failed, or answered in another form than its API takes: \
                 look into its log group, /aws/lambda/ and its name (`aws logs filter-log-events`)"
            }
            _ => "",
        }
    }

    /// No answer, for this reason.
    pub fn nothing(why: impl Into<Value>) -> Self {
        Self { view: why.into(), ..Self::default() }
    }

    /// Whether this is as `expect` says, looking at what `query` finds; else why not.
    ///
    /// # Errors
    /// In words: what should have come and what came.
    pub fn check(&self, expect: &Expect, query: Option<&str>, names: &Names) -> Result<(), String> {
        if expect.absent != self.absent {
            return Err(if self.absent {
                "no message came".into()
            } else {
                format!("a message came: {}", self.shown())
            });
        }
        if let Some(status) = expect.status.filter(|status| *status != self.status) {
            return Err(format!("wanted status {status}, got {}", self.shown()));
        }
        if !expect.error.is_empty() && !expect.error.contains(&self.code) {
            return Err(format!("wanted {}, got {}", expect.error.join(" or "), self.shown()));
        }
        let told = expect.status.is_some() || !expect.error.is_empty();
        let well = if expect.anything { self.status != 0 } else { told || self.is_success() };
        if !well {
            return Err(format!("got {}", self.shown()));
        }
        self.check_view(expect, query, names)
    }

    fn check_view(
        &self,
        expect: &Expect,
        query: Option<&str>,
        names: &Names,
    ) -> Result<(), String> {
        let view = match query {
            Some(query) => find(&self.view, &names.fill(query)?)?,
            None => self.view.clone(),
        };
        let text = plain(&view);
        let wanted = |value: &Value| match value {
            Value::String(text) => names.fill(text).map(Value::from),
            other => Ok(other.clone()),
        };
        if let Some(value) = &expect.equals {
            let wanted = wanted(value)?;
            if view != wanted {
                return Err(format!("wanted {wanted}, got {}", short(&view.to_string())));
            }
        }
        if let Some(value) = &expect.differs
            && view == wanted(value)?
        {
            return Err(format!("it is still {}", short(&view.to_string())));
        }
        for part in &expect.contains {
            let part = names.fill(part)?;
            if !text.contains(&part) {
                return Err(format!("{part} is missing in {}", self.shown()));
            }
        }
        for part in &expect.lacks {
            let part = names.fill(part)?;
            if text.contains(&part) {
                return Err(format!("{part} is in {}", self.shown()));
            }
        }
        Ok(())
    }

    /// Whether this is a refusal: as `refused` says, or else by its status or code.
    ///
    /// # Errors
    /// In words, for a name that stands for nothing.
    pub fn is_refusal(&self, refused: Option<&Refusal>, names: &Names) -> Result<bool, String> {
        let Some(refused) = refused else {
            let by_status = self.code.is_empty() && REFUSED.contains(&self.status);
            return Ok(self.absent || by_status || REFUSALS.contains(&&*self.code));
        };
        let text = plain(&self.view);
        let parts = |parts: &[String]| -> Result<Vec<String>, String> {
            parts.iter().map(|part| names.fill(part)).collect()
        };
        Ok(refused.absent == self.absent
            && (refused.status.is_empty() || refused.status.contains(&self.status))
            && (refused.error.is_empty() || refused.error.contains(&self.code))
            && parts(&refused.contains)?.iter().all(|part| text.contains(part))
            && !parts(&refused.lacks)?.iter().any(|part| text.contains(part)))
    }

    fn is_success(&self) -> bool {
        self.code.is_empty() && (200..300).contains(&self.status)
    }

    /// The answer in a line, for a person.
    pub fn shown(&self) -> String {
        let text = short(&plain(&self.view));
        match (self.status, &*self.code) {
            _ if self.absent => "no message".into(),
            (0, _) => text,
            (status, "") => format!("{status} {text}"),
            (status, code) => format!("{status} {code} {text}"),
        }
    }
}

/// The text of an answer over HTTP, of a message or error, or else its JSON.
fn plain(view: &Value) -> String {
    match view.get("text").filter(|_| view.get("status").is_some()) {
        Some(text) => text_of(text),
        None => text_of(view),
    }
}

fn short(text: &str) -> String {
    cut(text, SHOWN_CHARS)
}

/// So many letters of `text`.
pub(crate) fn cut(text: &str, letters: usize) -> String {
    match text.char_indices().nth(letters) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied() -> Seen {
        let error = CallError {
            status: 400,
            code: "AccessDeniedException".into(),
            message: "User is not authorized".into(),
        };
        Seen::call(Err(error))
    }

    #[test]
    fn a_crash_is_not_a_refusal() {
        let names = Names::default();
        assert!(denied().is_refusal(None, &names).unwrap());
        assert!(Seen::http(403, "Forbidden").is_refusal(None, &names).unwrap());
        assert!(!Seen::http(500, "Internal server error").is_refusal(None, &names).unwrap());
        assert!(!Seen::nothing("timed out").is_refusal(None, &names).unwrap());
    }

    #[test]
    fn success_is_wanted_unless_something_else_is_said() {
        let names = Names::default();
        assert!(denied().check(&Expect::default(), None, &names).is_err());
        let expect = Expect { error: vec!["AccessDeniedException".into()], ..Expect::default() };
        assert!(denied().check(&expect, None, &names).is_ok());
        assert!(Seen::http(200, "{}").check(&Expect::default(), None, &names).is_ok());
    }

    #[test]
    fn any_answer_will_do_where_it_is_said_but_none_will_not() {
        let names = Names::default();
        let anything = Expect { anything: true, ..Expect::default() };
        assert!(denied().check(&anything, None, &names).is_ok());
        assert!(Seen::http(500, "Internal server error").check(&anything, None, &names).is_ok());
        assert!(Seen::nothing("timed out").check(&anything, None, &names).is_err());
    }

    #[test]
    fn bodies_are_looked_into() {
        let seen = Seen::http(200, r#"{"items": [{"title": "Heat"}]}"#);
        let expect = Expect { equals: Some(json!("Heat")), ..Expect::default() };
        assert!(seen.check(&expect, Some("body.items[0].title"), &Names::default()).is_ok());
        let expect = Expect { lacks: vec!["Heat".into()], ..Expect::default() };
        assert!(seen.check(&expect, None, &Names::default()).is_err());
    }
}
