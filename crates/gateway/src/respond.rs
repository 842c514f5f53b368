//! Answers: outputs and failures in the words of the service and the protocol.

use crate::{catalog::Api, detect::TARGET, pipeline::Inbound};
use bytes::Bytes;
use http::{Response, header::CONTENT_TYPE};
use service_kit::{
    fault::Fault,
    operation::Entry,
    service::{Service, Speaks},
};
use shape::{ErrorShape, Failure, Value};
use sigv4::Dialect;
use std::sync::Arc;
use wire::{Answering, Protocol};

/// How signature failures are worded for this API.
pub fn dialect(api: Api) -> Dialect {
    match api.protocol {
        Protocol::AwsQuery => Dialect::Query,
        Protocol::AwsJson10 | Protocol::AwsJson11 | Protocol::RpcV2Cbor => Dialect::Json,
        Protocol::RestJson => Dialect::RestJson,
        Protocol::RestXml => Dialect::S3,
    }
}

/// Encodes the answers of one request.
#[derive(Clone)]
pub struct Responder {
    api: Api,
    request_id: Arc<str>,
}

impl Responder {
    /// For the request with this id to `api`.
    pub fn new(api: Api, request_id: &Arc<str>) -> Self {
        Self { api, request_id: request_id.clone() }
    }

    fn answering(&self) -> Answering<'_> {
        let service = self.api.service;
        Answering {
            request_id: &self.request_id,
            xml_namespace: namespace(service),
            query_compatible: service.query_compatible,
            error_namespace: Some(service.error_namespace).filter(|name| !name.is_empty()),
        }
    }

    /// A success.
    pub fn output(&self, entry: &Entry, output: &Value) -> Response<Bytes> {
        self.api.protocol.encode(&entry.signature, output, &self.answering())
    }

    /// A failure.
    pub fn failure(&self, failure: Failure) -> Response<Bytes> {
        let failure = in_words_of(self.api.service, failure);
        if let Some(cause) = &failure.cause {
            let service = self.api.service.name;
            eprintln!("heist: request {} to {service} failed: {cause:?}", self.request_id);
        }
        let mut answer = self.api.protocol.encode_failure(&failure, &self.answering());
        if failure.code == self.api.service.access_denied_code
            && matches!(self.api.protocol, Protocol::RestJson | Protocol::AwsQuery)
        {
            // AWS answers refusals with 403 on these protocols and with 400 on the JSON ones.
            *answer.status_mut() = http::StatusCode::FORBIDDEN;
        }
        answer
    }
}

fn namespace(service: &Service) -> &'static str {
    let namespace = |speaks: &Speaks| match *speaks {
        Speaks::AwsQuery { namespace, .. } | Speaks::RestXml { namespace } => Some(namespace),
        _ => None,
    };
    service.speaks.iter().find_map(namespace).unwrap_or("")
}

/// The platform's own codes replaced by what `service` calls them.
pub fn in_words_of(service: &Service, mut failure: Failure) -> Failure {
    if failure.code == Fault::VALIDATION {
        failure.code = service.validation_code;
    } else if failure.code == Fault::ACCESS_DENIED {
        failure.code = service.access_denied_code;
    }
    failure
}

/// What an unsigned caller is told where a signature is needed.
pub fn unsigned(service: &'static Service) -> Failure {
    unproven(service, &sigv4::Failure::MissingAuthenticationToken)
}

/// What a caller is told whose signature is no proof, in the words of the service's protocol.
pub fn unproven(service: &'static Service, failure: &sigv4::Failure) -> Failure {
    let protocol = match service.speaks.first() {
        Some(Speaks::AwsQuery { .. }) => Protocol::AwsQuery,
        Some(Speaks::RestJson) => Protocol::RestJson,
        _ => Protocol::AwsJson10,
    };
    let dialect = dialect(Api { service, protocol, operation: None });
    let status = failure.status(dialect).as_u16();
    Failure::new(failure.code(dialect), status, failure.message(dialect))
}

/// A service that Heist has, an operation that it has not.
pub fn unknown_operation(api: Api, inbound: &Inbound) -> Failure {
    let named = wire::operation_name(api.protocol, &inbound.incoming());
    let name = named.map_or_else(
        || format!("{} {}", inbound.parts.method, inbound.path()),
        std::borrow::Cow::into_owned,
    );
    let what = format!("the operation {name} of {}", api.service.name);
    Fault::unsupported(what).into_failure()
}

/// A request for a service that Heist does not have, or for nothing at all.
pub fn unknown(inbound: &Inbound, name: &str, request_id: &str) -> Response<Bytes> {
    let failure = if name.is_empty() {
        let message = "This is Heist, which speaks the AWS APIs: sign the request, or ask for \
                       /_heist/health. Nothing is served at this path.";
        Failure::new("UnknownOperationException", 404, message)
    } else {
        Fault::unsupported(format!("the service {name}")).into_failure()
    };
    let protocol = match inbound.header(CONTENT_TYPE) {
        Some(form) if form.starts_with("application/x-www-form-urlencoded") => Protocol::AwsQuery,
        _ if inbound.header(&TARGET).is_some() => Protocol::AwsJson10,
        _ => Protocol::RestJson,
    };
    let answering =
        Answering { request_id, xml_namespace: "", query_compatible: false, error_namespace: None };
    protocol.encode_failure(&failure, &answering)
}

/// The answer to a request that nobody has time for.
pub fn crowded() -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from_static(br#"{"message":"Too Many Requests"}"#));
    *answer.status_mut() = http::StatusCode::TOO_MANY_REQUESTS;
    let json = http::HeaderValue::from_static("application/json");
    answer.headers_mut().insert(CONTENT_TYPE, json);
    answer
}
