//! What a request is for: one of Heist's own routes, a service's front, or an API operation.

use crate::{
    catalog::{Api, Catalog},
    pipeline::Inbound,
};
use http::HeaderName;
use service_kit::{
    front::Front,
    service::{Service, Speaks},
};
use sigv4::Presented;
use wire::Protocol;

/// Where the JSON protocols name the operation.
pub static TARGET: HeaderName = HeaderName::from_static("x-amz-target");
static SMITHY_PROTOCOL: HeaderName = HeaderName::from_static("smithy-protocol");

/// Where a request goes.
pub enum Destination {
    /// A route under `/_heist/`.
    Own,
    /// A host or path that a service serves itself.
    Front(&'static dyn Front),
    /// An API operation.
    Api(Api),
    /// A service that Heist does not have, or no AWS request at all; with the name it gave.
    Unknown(String),
}

/// Finds the destination of `inbound`, whose signature (not yet verified) is `presented`.
pub fn detect(catalog: &Catalog, inbound: &Inbound, presented: &Presented<'_>) -> Destination {
    if inbound.path().starts_with("/_heist/") {
        return Destination::Own;
    }
    let host = inbound.host();
    for service in catalog.services() {
        if let Some(front) = service.front
            && front.claims(host, inbound.path())
        {
            return Destination::Front(front);
        }
    }
    let signed_for = presented.signature().map(|signature| &*signature.scope.service);
    by_target(catalog, inbound)
        .or_else(|| by_cbor_path(catalog, inbound))
        .or_else(|| by_action(catalog, inbound, signed_for))
        .or_else(|| by_route(catalog, inbound, signed_for))
        .unwrap_or_else(|| Destination::Unknown(signed_for.unwrap_or_default().to_owned()))
}

fn by_target(catalog: &Catalog, inbound: &Inbound) -> Option<Destination> {
    let target = inbound.header(&TARGET)?;
    let (prefix, name) = target.rsplit_once('.').unwrap_or((target, ""));
    let api = catalog.by_target(prefix, name).map(Destination::Api);
    Some(api.unwrap_or_else(|| Destination::Unknown(prefix.to_owned())))
}

fn by_cbor_path(catalog: &Catalog, inbound: &Inbound) -> Option<Destination> {
    inbound.header(&SMITHY_PROTOCOL).filter(|protocol| *protocol == "rpc-v2-cbor")?;
    let mut segments = inbound.path().rsplit('/');
    let (name, _, service) = (segments.next()?, segments.next()?, segments.next()?);
    let api = catalog.by_cbor_name(service, name).map(Destination::Api);
    Some(api.unwrap_or_else(|| Destination::Unknown(service.to_owned())))
}

/// The query protocol: the credential scope names the service; without one, whichever service has
/// that operation in that version.
fn by_action(
    catalog: &Catalog,
    inbound: &Inbound,
    signed_for: Option<&str>,
) -> Option<Destination> {
    let incoming = inbound.incoming();
    let action = wire::operation_name(Protocol::AwsQuery, &incoming)?;
    let api = |service: &'static Service| {
        let operation = catalog.operation(service, &action);
        Api { service, protocol: Protocol::AwsQuery, operation }
    };
    let speaks = |service: &Service| {
        service.speaks.iter().any(|speaks| matches!(speaks, Speaks::AwsQuery { .. }))
    };
    let asked = wire::query_version(&incoming);
    let is_asked = |service: &Service| {
        service.speaks.iter().any(|speaks| match speaks {
            Speaks::AwsQuery { version, .. } => asked.as_ref().is_none_or(|asked| asked == version),
            _ => false,
        })
    };
    match signed_for {
        Some(name) => {
            let service = catalog.by_signing_name(name).filter(|service| speaks(service))?;
            Some(Destination::Api(api(service)))
        }
        None => catalog
            .query_services()
            .find(|service| is_asked(service) && catalog.operation(service, &action).is_some())
            .map(|service| Destination::Api(api(service))),
    }
}

fn by_route(catalog: &Catalog, inbound: &Inbound, signed_for: Option<&str>) -> Option<Destination> {
    let route = |service: &'static Service| {
        catalog.by_route(service, &inbound.parts.method, inbound.path(), inbound.query())
    };
    match signed_for {
        Some(name) => route(catalog.by_signing_name(name)?).map(Destination::Api),
        None => catalog
            .services()
            .iter()
            .filter_map(|service| route(service))
            .find(|api| api.operation.is_some())
            .map(Destination::Api),
    }
}
