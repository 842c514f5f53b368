//! The MOCK integration: answers from templates, without asking anybody.
//!
//! There is no VTL here: templates that need it are refused when they are stored, so those that
//! are here stand as they are.

use super::reply::{Refusal, Reply, json_headers};
use crate::integration::{Integration, fixed_text, header_of, selects};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{ACCEPT, CONTENT_TYPE},
};

const JSON: &str = "application/json";

/// A mock integration, ready to answer.
#[derive(Debug)]
pub struct Mock {
    /// The status that each media type's request template gives; none where it gives none.
    requests: Vec<(String, Option<u16>)>,
    passthrough: String,
    responses: Vec<MockResponse>,
}

#[derive(Debug)]
struct MockResponse {
    pattern: Option<String>,
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// By media type.
    templates: Vec<(String, String)>,
}

impl Mock {
    /// Prepares an integration of type MOCK.
    pub fn new(integration: &Integration) -> Self {
        let requests = integration.request_templates.iter().flatten();
        let responses = integration.integration_responses.iter().flatten();
        Self {
            requests: requests.map(|(kind, text)| (kind.clone(), status_in(text))).collect(),
            passthrough: integration.passthrough_behavior.clone(),
            responses: responses
                .map(|(status, response)| MockResponse {
                    pattern: response.selection_pattern.clone().filter(|text| !text.is_empty()),
                    status: status.parse().unwrap_or(StatusCode::OK),
                    headers: response
                        .response_parameters
                        .iter()
                        .flatten()
                        .filter_map(|(name, value)| header(name, value))
                        .collect(),
                    templates: response
                        .response_templates
                        .iter()
                        .flatten()
                        .map(|(kind, text)| (kind.clone(), text.clone()))
                        .collect(),
                })
                .collect(),
        }
    }

    /// The answer to a request with these headers and this body.
    pub fn answer(&self, headers: &HeaderMap, body: &[u8]) -> Reply {
        let response = self
            .status(headers, body)
            .and_then(|status| self.response(status).ok_or_else(|| Refusal::internal(500)));
        match response {
            Ok(response) => response.reply(headers),
            Err(refusal) => refusal.into(),
        }
    }

    /// The status that the request asks for, by its template or by itself.
    fn status(&self, headers: &HeaderMap, body: &[u8]) -> Result<u16, Refusal> {
        let kind = media_type(headers, &CONTENT_TYPE).unwrap_or(JSON);
        let template = self.requests.iter().find(|(known, _)| known.eq_ignore_ascii_case(kind));
        let status = match (template, self.passthrough.as_str()) {
            (Some((_, status)), _) => *status,
            (None, "WHEN_NO_MATCH") => std::str::from_utf8(body).ok().and_then(status_in),
            (None, "WHEN_NO_TEMPLATES") if self.requests.is_empty() => {
                std::str::from_utf8(body).ok().and_then(status_in)
            }
            (None, _) => return Err(Refusal::unsupported_media_type()),
        };
        status.ok_or_else(|| Refusal::internal(500))
    }

    fn response(&self, status: u16) -> Option<&MockResponse> {
        let status = status.to_string();
        let selected = |one: &&MockResponse| {
            one.pattern.as_deref().is_some_and(|pattern| selects(pattern, &status))
        };
        let mut responses = self.responses.iter();
        responses.find(selected).or_else(|| self.responses.iter().find(|one| one.pattern.is_none()))
    }
}

impl MockResponse {
    fn reply(&self, request: &HeaderMap) -> Reply {
        let accepted = media_type(request, &ACCEPT).unwrap_or(JSON);
        let template = self
            .templates
            .iter()
            .find(|(kind, _)| kind.eq_ignore_ascii_case(accepted))
            .or_else(|| self.templates.first());
        let mut headers = json_headers();
        if let Some(kind) = template.and_then(|(kind, _)| HeaderValue::from_str(kind).ok()) {
            headers.insert(CONTENT_TYPE, kind);
        }
        for (name, value) in &self.headers {
            headers.insert(name.clone(), value.clone());
        }
        let body = template.map(|(_, text)| Bytes::from(text.clone())).unwrap_or_default();
        Reply { status: self.status, headers, body, error: None }
    }
}

fn header(parameter: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::from_bytes(header_of(parameter)?.as_bytes()).ok()?;
    Some((name, HeaderValue::from_str(fixed_text(value)?).ok()?))
}

/// The first media type of a header, without its parameters.
fn media_type<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let first = headers.get(name)?.to_str().ok()?.split([',', ';']).next()?;
    Some(first.trim()).filter(|kind| !kind.is_empty())
}

/// The number after `statusCode` in a template, quoted or not.
fn status_in(template: &str) -> Option<u16> {
    let (_, rest) = template.split_once("statusCode")?;
    let rest = rest.trim_start_matches(['"', '\'', ' ', '\t', '\r', '\n']).strip_prefix(':')?;
    let rest = rest.trim_start_matches(['"', ' ', '\t', '\r', '\n']);
    let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    rest.get(..digits)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integration::{IntegrationResponse, IntegrationType};

    fn mock(passthrough: &str) -> Mock {
        let pair = |key: &str, value: &str| Some([(key.to_owned(), value.to_owned())].into());
        let response = |status: &str, pattern: Option<&str>, body: &str| IntegrationResponse {
            status_code: status.into(),
            selection_pattern: pattern.map(str::to_owned),
            response_parameters: pair("method.response.header.Access-Control-Allow-Origin", "'*'"),
            response_templates: pair(JSON, body),
        };
        let responses = [response("200", None, "{}"), response("404", Some("4.."), "gone")];
        Mock::new(&Integration {
            r#type: IntegrationType::Mock,
            http_method: None,
            uri: None,
            credentials: None,
            request_parameters: None,
            request_templates: pair(JSON, "{statusCode: 404}"),
            passthrough_behavior: passthrough.into(),
            timeout_in_millis: 29_000,
            cache_namespace: String::new(),
            cache_key_parameters: Vec::new(),
            integration_responses: Some(responses.map(|one| (one.status_code.clone(), one)).into()),
        })
    }

    #[test]
    fn the_template_chooses_and_the_pattern_selects() {
        let reply = mock("WHEN_NO_MATCH").answer(&HeaderMap::new(), b"");
        assert_eq!((reply.status.as_u16(), &*reply.body), (404, &b"gone"[..]));
        assert_eq!(reply.headers["access-control-allow-origin"], "*");
    }

    #[test]
    fn other_types_pass_through_or_are_refused() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=x"));
        let reply = mock("WHEN_NO_MATCH").answer(&headers, b"{\"statusCode\": 200}");
        assert_eq!((reply.status.as_u16(), &*reply.body), (200, &b"{}"[..]));
        assert_eq!(mock("WHEN_NO_MATCH").answer(&headers, b"hi").status.as_u16(), 500);
        assert_eq!(mock("WHEN_NO_TEMPLATES").answer(&headers, b"{}").status.as_u16(), 415);
        assert_eq!(mock("NEVER").answer(&headers, b"{}").status.as_u16(), 415);
    }
}
