//! Every operation of a set of services, called over the network by what their tables say.

use crate::{CallError, Cloud, Connection};
use serde_json::Value;
use service_kit::{
    operation::Entry,
    service::{Service, Speaks},
};
use std::sync::Arc;
use wire::{Protocol, json};

/// The services that can be called, by name.
#[derive(Clone)]
pub struct Apis(Arc<[&'static Service]>);

impl Apis {
    /// The APIs of `services`.
    pub fn new(services: Vec<&'static Service>) -> Self {
        Self(services.into())
    }

    /// The operation of that name, and the service whose it is.
    fn find(&self, service: &str, operation: &str) -> Option<(&'static Service, &'static Entry)> {
        let service = *self.0.iter().find(|known| known.name == service)?;
        let entry = service.operations.iter().find(|entry| entry.signature.name == operation)?;
        Some((service, entry))
    }

    /// Whether that operation can be called.
    pub fn has(&self, service: &str, operation: &str) -> bool {
        self.find(service, operation).is_some()
    }
}

/// The APIs of an instance, as one principal sees them.
#[derive(Clone)]
pub struct Remote {
    apis: Apis,
    connection: Connection,
    account: String,
}

impl Remote {
    /// The `apis` of the instance behind `connection`, for a principal of `account`.
    pub fn new(apis: Apis, connection: Connection, account: impl Into<String>) -> Self {
        Self { apis, connection, account: account.into() }
    }

    /// The same APIs behind another connection, for a principal of `account`.
    #[must_use]
    pub fn on(&self, connection: Connection, account: impl Into<String>) -> Self {
        Self { connection, account: account.into(), ..self.clone() }
    }

    /// The way to the instance.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }
}

impl Cloud for Remote {
    async fn call(&self, service: &str, operation: &str, input: Value) -> Result<Value, CallError> {
        let (service, entry) = self.apis.find(service, operation).ok_or_else(|| {
            CallError::unanswered(format!("Heist has no operation {service}:{operation} yet"))
        })?;
        let (protocol, called) = protocol(service);
        let signature = &entry.signature;
        let wrong = |error: wire::WireError| {
            CallError::unanswered(format!("{}:{operation}: {error}", service.name))
        };
        let input = json::from_json((signature.input)(), &input).map_err(wrong)?;
        let request = protocol.encode_input(signature, &input, called).map_err(wrong)?;
        // What has one endpoint for all regions is signed for the region of that.
        let connection = match service.global {
            true => &self.connection.within("us-east-1"),
            false => &self.connection,
        };
        let answer = connection.send(service.signing_name, request).await;
        let answer = answer.map_err(CallError::unanswered)?;
        if answer.status().is_success() {
            let output = protocol.decode_output(signature, &answer).map_err(wrong)?;
            return Ok(json::to_json((signature.output)(), &output));
        }
        let (code, message) = protocol.decode_failure(answer.headers(), answer.body());
        Err(CallError { status: answer.status().as_u16(), code, message })
    }

    fn account(&self) -> &str {
        &self.account
    }

    fn region(&self) -> &str {
        self.connection.region()
    }
}

/// The protocol that `service` prefers, and what it is called in that.
fn protocol(service: &'static Service) -> (Protocol, &'static str) {
    match service.speaks.first() {
        Some(Speaks::AwsJson10 { target }) => (Protocol::AwsJson10, target),
        Some(Speaks::AwsJson11 { target }) => (Protocol::AwsJson11, target),
        Some(Speaks::AwsQuery { version, .. }) => (Protocol::AwsQuery, version),
        Some(Speaks::RestXml { namespace }) => (Protocol::RestXml, namespace),
        Some(Speaks::RpcV2Cbor { service }) => (Protocol::RpcV2Cbor, service),
        Some(Speaks::RestJson) | None => (Protocol::RestJson, ""),
    }
}
