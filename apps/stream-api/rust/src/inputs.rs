//! What clients send, checked: items, ids, versions, pages.

use crate::{item::Draft, message::Request, problem::Problem};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use uuid::Uuid;

const MAX_BODY_BYTES: usize = 16 * 1024;
const MAX_TITLE: usize = 200;
const MAX_DESCRIPTION: usize = 2000;
const MAX_DURATION_SECONDS: u64 = 24 * 60 * 60;
const DEFAULT_LIMIT: i32 = 25;
const MAX_LIMIT: i32 = 100;
const FIELDS: [&str; 3] = ["title", "description", "durationSeconds"];

/// The fields of an item that a client sets; null is the same as absent.
pub fn draft(request: &Request) -> Result<Draft, Problem> {
    let body = request.body.as_deref().unwrap_or_default();
    if body.len() > MAX_BODY_BYTES {
        let message = format!("The body may have {MAX_BODY_BYTES} bytes.");
        return Err(Problem::new(413, "BodyTooLarge", message));
    }
    let fields: Map<String, Value> = serde_json::from_str(body)
        .map_err(|_| Problem::invalid("The body must be a JSON object."))?;
    if fields.keys().any(|name| !FIELDS.contains(&name.as_str())) {
        let known = FIELDS.join(", ");
        return Err(Problem::invalid(format!("The body has an unknown field; known are {known}.")));
    }
    let title = text(&fields, "title", MAX_TITLE)?.unwrap_or_default();
    if title.trim().is_empty() || title.contains(char::is_control) {
        return Err(Problem::invalid("title must be one line that is not blank."));
    }
    let description = text(&fields, "description", MAX_DESCRIPTION)?;
    Ok(Draft { title, description, duration_seconds: duration(&fields)? })
}

fn text(fields: &Map<String, Value>, name: &str, most: usize) -> Result<Option<String>, Problem> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.chars().count() <= most => Ok(Some(text.clone())),
        _ => {
            let message = format!("{name} must be a string of at most {most} characters.");
            Err(Problem::invalid(message))
        }
    }
}

fn duration(fields: &Map<String, Value>) -> Result<Option<u64>, Problem> {
    let value = match fields.get("durationSeconds") {
        None | Some(Value::Null) => return Ok(None),
        Some(value) => {
            value.as_u64().filter(|seconds| (1..=MAX_DURATION_SECONDS).contains(seconds))
        }
    };
    let message = format!("durationSeconds must be an integer from 1 to {MAX_DURATION_SECONDS}.");
    value.map(Some).ok_or_else(|| Problem::invalid(message))
}

/// The id in the path. What is no id names no item.
pub fn item_id(request: &Request) -> Result<String, Problem> {
    let given = request.path_parameters.as_ref().and_then(|parameters| parameters.get("id"));
    let id = given.and_then(|given| Uuid::parse_str(given).ok()).map(|id| id.to_string());
    id.filter(|id| Some(id) == given).ok_or_else(Problem::missing)
}

/// The version that a client has seen, from If-Match; `None` without one.
pub fn if_match(request: &Request) -> Result<Option<u64>, Problem> {
    let Some(tag) = request.header("if-match") else { return Ok(None) };
    let digits = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
    let version = digits.filter(|digits| !digits.starts_with('0')).and_then(|it| number(it, 15));
    let message = "If-Match must be the ETag of an earlier answer, such as \"1\".";
    version.map(Some).ok_or_else(|| Problem::invalid(message))
}

/// A number that is written in no more than `most` digits and nothing else.
fn number(text: &str, most: usize) -> Option<u64> {
    let plain = text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// How many items are wanted, and the id after which.
pub fn page(request: &Request) -> Result<(i32, Option<String>), Problem> {
    let limit = match request.query("limit") {
        None => Some(DEFAULT_LIMIT),
        Some(limit) => number(limit, 3).and_then(|limit| i32::try_from(limit).ok()),
    };
    let limit = limit.filter(|limit| (1..=MAX_LIMIT).contains(limit)).ok_or_else(|| {
        Problem::invalid(format!("limit must be an integer from 1 to {MAX_LIMIT}."))
    })?;
    Ok((limit, request.query("nextToken").map(id_after).transpose()?))
}

/// Where the next page starts. Clients pass it back and need not know that it is an id.
pub fn next_token(last_id: &str) -> Option<String> {
    Uuid::parse_str(last_id).ok().map(|id| URL_SAFE_NO_PAD.encode(id))
}

fn id_after(token: &str) -> Result<String, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok();
    let id = bytes.and_then(|bytes| Uuid::from_slice(&bytes).ok()).map(|id| id.to_string());
    id.ok_or_else(|| Problem::invalid("nextToken must be that of an earlier answer."))
}
