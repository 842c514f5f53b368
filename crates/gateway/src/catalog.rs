//! All services by what tells their requests apart, checked for clashes at start.

use foldhash::HashMap;
use service_kit::{
    operation::Entry,
    service::{Service, Speaks},
};
use std::fmt;
use wire::{Protocol, Router};

/// The services of an instance.
pub struct Catalog {
    services: Vec<&'static Service>,
    by_name: HashMap<&'static str, usize>,
    by_arn_name: HashMap<&'static str, usize>,
    by_signing_name: HashMap<&'static str, usize>,
    by_target: HashMap<&'static str, (usize, Protocol)>,
    by_cbor_name: HashMap<&'static str, usize>,
    routers: HashMap<usize, Router>,
    operations: Vec<HashMap<&'static str, usize>>,
}

/// Two services or operations that cannot be told apart.
#[derive(Debug)]
pub struct CatalogError(String);

impl fmt::Display for CatalogError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for CatalogError {}

/// One operation of one service in the protocol of one request.
#[derive(Clone, Copy)]
pub struct Api {
    /// The service.
    pub service: &'static Service,
    /// The protocol that the request speaks.
    pub protocol: Protocol,
    /// The operation asked for; none if the service has none of that name.
    pub operation: Option<&'static Entry>,
}

fn put<V>(
    map: &mut HashMap<&'static str, V>,
    key: &'static str,
    value: V,
) -> Result<(), CatalogError> {
    match map.insert(key, value) {
        None => Ok(()),
        Some(_) => Err(CatalogError(format!("two services or operations are called {key}"))),
    }
}

/// A target's prefix without its namespace: some SDKs send `CloudTrail_20131101`, others the same
/// after `com.amazonaws.cloudtrail.v20131101.`.
fn bare(target: &str) -> &str {
    target.rsplit('.').next().unwrap_or(target)
}

impl Catalog {
    /// Indexes `services`.
    ///
    /// # Errors
    /// [`CatalogError`] when two of them cannot be told apart.
    pub fn new(services: Vec<&'static Service>) -> Result<Self, CatalogError> {
        let mut catalog = Self {
            services: Vec::new(),
            by_name: HashMap::default(),
            by_arn_name: HashMap::default(),
            by_signing_name: HashMap::default(),
            by_target: HashMap::default(),
            by_cbor_name: HashMap::default(),
            routers: HashMap::default(),
            operations: Vec::new(),
        };
        for service in services {
            catalog.add(service)?;
        }
        Ok(catalog)
    }

    fn add(&mut self, service: &'static Service) -> Result<(), CatalogError> {
        let index = self.services.len();
        self.services.push(service);
        put(&mut self.by_name, service.name, index)?;
        if !service.shares_names {
            put(&mut self.by_arn_name, service.arn_name, index)?;
            put(&mut self.by_signing_name, service.signing_name, index)?;
        }
        for speaks in service.speaks {
            match *speaks {
                Speaks::AwsJson10 { target } => {
                    put(&mut self.by_target, bare(target), (index, Protocol::AwsJson10))?;
                }
                Speaks::AwsJson11 { target } => {
                    put(&mut self.by_target, bare(target), (index, Protocol::AwsJson11))?;
                }
                Speaks::RpcV2Cbor { service } => put(&mut self.by_cbor_name, service, index)?,
                Speaks::RestJson | Speaks::RestXml { .. } => {
                    let signatures = service.operations.iter().map(|entry| &entry.signature);
                    self.routers.insert(index, Router::new(signatures));
                }
                Speaks::AwsQuery { .. } => {}
            }
        }
        let mut operations = HashMap::default();
        for (index, entry) in service.operations.iter().enumerate() {
            put(&mut operations, entry.signature.name, index)?;
        }
        self.operations.push(operations);
        Ok(())
    }

    /// All services, in the order given.
    pub fn services(&self) -> &[&'static Service] {
        &self.services
    }

    /// The service of this folder name.
    pub fn service(&self, name: &str) -> Option<&'static Service> {
        self.by_name.get(name).map(|index| self.services[*index])
    }

    /// The service whose actions and ARNs start with this name.
    pub fn by_arn_name(&self, name: &str) -> Option<&'static Service> {
        self.by_arn_name.get(name).map(|index| self.services[*index])
    }

    /// The service that signs with this name.
    pub fn by_signing_name(&self, name: &str) -> Option<&'static Service> {
        self.by_signing_name.get(name).map(|index| self.services[*index])
    }

    /// The operation called `name` of `service`.
    pub fn operation(&self, service: &'static Service, name: &str) -> Option<&'static Entry> {
        let index = *self.by_name.get(service.name)?;
        let operation = *self.operations.get(index)?.get(name)?;
        service.operations.get(operation)
    }

    /// The operation behind `X-Amz-Target: {prefix}.{name}`.
    pub fn by_target(&self, prefix: &str, name: &str) -> Option<Api> {
        let &(index, protocol) = self.by_target.get(bare(prefix))?;
        let service = self.services[index];
        Some(Api { service, protocol, operation: self.operation(service, name) })
    }

    /// The operation behind `/service/{service}/operation/{name}`.
    pub fn by_cbor_name(&self, service: &str, name: &str) -> Option<Api> {
        let service = self.services[*self.by_cbor_name.get(service)?];
        let operation = self.operation(service, name);
        Some(Api { service, protocol: Protocol::RpcV2Cbor, operation })
    }

    /// The services that speak the query protocol.
    pub fn query_services(&self) -> impl Iterator<Item = &'static Service> {
        let speaks = |speaks: &Speaks| matches!(speaks, Speaks::AwsQuery { .. });
        self.services.iter().copied().filter(move |service| service.speaks.iter().any(speaks))
    }

    /// The operation that `service` has at this method and path, if it speaks REST.
    pub fn by_route(
        &self,
        service: &'static Service,
        method: &http::Method,
        path: &str,
        query: &str,
    ) -> Option<Api> {
        let router = self.routers.get(self.by_name.get(service.name)?)?;
        let xml = |speaks: &Speaks| matches!(speaks, Speaks::RestXml { .. });
        let protocol = match service.speaks.iter().any(xml) {
            true => Protocol::RestXml,
            false => Protocol::RestJson,
        };
        let route = router.route(method, path, query);
        let operation = route.and_then(|index| service.operations.get(index));
        Some(Api { service, protocol, operation })
    }
}
