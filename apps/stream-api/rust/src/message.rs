//! Requests and answers, as API Gateway's proxy integration writes and reads them.

use crate::{item::Item, problem::Problem};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};

/// What is read of a request; there is more in it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Request {
    pub http_method: String,
    /// The path with its parameters by name, such as `/stream/{id}`.
    pub resource: String,
    pub path_parameters: Option<HashMap<String, String>>,
    pub query_string_parameters: Option<HashMap<String, String>>,
    pub headers: Option<HashMap<String, String>>,
    pub body: Option<String>,
    pub request_context: RequestContext,
}

/// What API Gateway adds to a request.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RequestContext {
    pub request_id: String,
}

impl Request {
    /// A header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter().flatten();
        headers.find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// A parameter of the query string.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query_string_parameters.as_ref()?.get(name).map(String::as_str)
    }
}

/// An answer.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    pub status_code: u16,
    pub headers: BTreeMap<&'static str, String>,
    pub body: String,
}

impl Answer {
    /// An answer without a body.
    pub fn empty(status_code: u16) -> Self {
        Self { status_code, ..Self::default() }
    }

    /// An answer with a JSON body.
    pub fn json(status_code: u16, body: &impl ToString) -> Self {
        let answer = Self { body: body.to_string(), ..Self::empty(status_code) };
        answer.with("Content-Type", "application/json").with("Cache-Control", "no-store")
    }

    /// An answer with an item and its version.
    pub fn item(status_code: u16, item: &Item) -> Self {
        Self::json(status_code, &json!(item)).with("ETag", format!("\"{}\"", item.version))
    }

    /// The answer that tells of a problem.
    pub fn problem(problem: &Problem, request_id: &str) -> Self {
        let Problem { status, code, message, .. } = problem;
        let error = json!({"code": code, "message": message, "requestId": request_id});
        let answer = Self::json(*status, &json!({"error": error}));
        if *status == 503 { answer.with("Retry-After", "1") } else { answer }
    }

    /// The answer with one header more.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.insert(name, value.into());
        self
    }
}
