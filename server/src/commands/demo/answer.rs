//! What came back for a request, and the checks that steps make on it.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use client::Unanswered;
use http::Response;
use serde_json::Value;
use std::{error::Error, fmt::Display};

/// The most of an answer that is shown for a failed step.
const SHOWN_CHARS: usize = 800;

/// Why a step failed.
#[derive(Debug)]
pub struct Problem {
    /// What should have happened.
    pub expected: String,
    /// What was answered instead.
    pub answer: String,
}

impl Problem {
    /// A problem without an answer to show in full.
    pub fn new(expected: impl Display, answer: impl Display) -> Self {
        Self { expected: expected.to_string(), answer: answer.to_string() }
    }
}

impl From<Unanswered> for Problem {
    fn from(why: Unanswered) -> Self {
        Self::new("an answer", why)
    }
}

impl From<Box<dyn Error>> for Problem {
    fn from(error: Box<dyn Error>) -> Self {
        Self::new("an answer", error)
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status line's number.
    pub status: u16,
    response: Response<Bytes>,
}

impl From<Response<Bytes>> for Answer {
    fn from(response: Response<Bytes>) -> Self {
        Self { status: response.status().as_u16(), response }
    }
}

impl Answer {
    /// The body as text.
    pub fn body(&self) -> String {
        String::from_utf8_lossy(self.response.body()).into_owned()
    }

    /// The body as JSON, or null.
    pub fn json(&self) -> Value {
        serde_json::from_slice(self.response.body()).unwrap_or_default()
    }

    /// A header, or "".
    pub fn header(&self, name: &str) -> &str {
        self.response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// The problem that this answer is, where `expected` should have come.
    pub fn wrong(&self, expected: impl Display) -> Problem {
        let body: String = self.body().chars().take(SHOWN_CHARS).collect();
        let code = self.header("x-amzn-errortype");
        let code = if code.is_empty() { String::new() } else { format!(" {code}") };
        Problem::new(expected, format!("{}{code} {body}", self.status))
    }

    /// Goes on if `holds`.
    pub fn check(self, holds: bool, expected: impl Display) -> Result<Self, Problem> {
        if holds { Ok(self) } else { Err(self.wrong(expected)) }
    }

    /// Goes on if the status is `wanted`.
    pub fn status(self, wanted: u16) -> Result<Self, Problem> {
        let well = self.status == wanted;
        self.check(well, format_args!("status {wanted}"))
    }

    /// Goes on if the request succeeded.
    pub fn success(self) -> Result<Self, Problem> {
        let well = (200..300).contains(&self.status);
        self.check(well, "success")
    }

    /// Goes on if the request was refused with this status and code.
    pub fn refused(self, status: u16, code: &str) -> Result<Self, Problem> {
        let well = self.status == status && self.code() == code;
        self.check(well, format_args!("{status} {code}"))
    }

    /// Goes on if the body contains `text`.
    pub fn says(self, text: &str) -> Result<Self, Problem> {
        let well = self.body().contains(text);
        self.check(well, format_args!("an answer with: {text}"))
    }

    /// Goes on if the JSON at `pointer` (RFC 6901) is `wanted`.
    pub fn has(self, pointer: &str, wanted: impl Into<Value>) -> Result<Self, Problem> {
        let wanted = wanted.into();
        let well = self.json().pointer(pointer) == Some(&wanted);
        self.check(well, format_args!("{pointer} = {wanted}"))
    }

    /// The text at `pointer` in a JSON body.
    pub fn text(&self, pointer: &str) -> Result<String, Problem> {
        let found = self.json().pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        found.ok_or_else(|| self.wrong(format_args!("a text at {pointer}")))
    }

    /// The list at `pointer` in a JSON body.
    pub fn list(&self, pointer: &str) -> Result<Vec<Value>, Problem> {
        let found = self.json().pointer(pointer).and_then(Value::as_array).cloned();
        found.ok_or_else(|| self.wrong(format_args!("a list at {pointer}")))
    }

    /// The text of the first XML element of this name; what it holds needs no unescaping.
    pub fn xml(&self, element: &str) -> Result<String, Problem> {
        let body = self.body();
        let found = body
            .split_once(&format!("<{element}>"))
            .and_then(|(_, rest)| rest.split_once(&format!("</{element}>")));
        let found = found.map(|(text, _)| text.to_owned());
        found.ok_or_else(|| self.wrong(format_args!("an element {element}")))
    }

    /// A header in base64, such as the tail of a function's log.
    pub fn decoded_header(&self, name: &str) -> Result<String, Problem> {
        let decoded = BASE64_STANDARD.decode(self.header(name));
        let bytes = decoded.map_err(|_| self.wrong(format_args!("base64 in {name}")))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The error's code, wherever the protocol puts it.
    fn code(&self) -> String {
        let header = self.header("x-amzn-errortype").split(':').next().unwrap_or("").to_owned();
        if !header.is_empty() {
            return header;
        }
        let body = self.json();
        match body["__type"].as_str() {
            Some(code) => code.rsplit('#').next().unwrap_or(code).to_owned(),
            None => self.xml("Code").unwrap_or_default(),
        }
    }
}
