//! REST APIs: the record, how it shows, and the rules of its settings.

use crate::error::{ApiGatewayError, Result, bad, unsupported};
use policy::Kind;
use serde_json::Value;
use service_kit::{
    identity::{Unstorable, bind_principals, show_principals},
    key::Key,
    prelude::*,
    tags::{MAX_TAGS, key_fits, value_fits},
};

/// AWS's limit of a resource policy ("Amazon API Gateway quotas").
const MAX_POLICY_BYTES: usize = 8_192;

/// A REST API.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Api {
    /// Ten lower-case letters and digits.
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    pub version: Option<String>,
    pub created: Timestamp,
    pub root_resource_id: String,
    pub binary_media_types: Vec<String>,
    pub endpoint: EndpointType,
    pub disable_execute_api_endpoint: bool,
    /// With principals by unique id and full ARNs as resources.
    pub policy: Option<String>,
    pub tags: BTreeMap<String, String>,
}

impl Record for Api {
    const TABLE: &'static str = "apigateway.api";

    fn key(&self) -> impl Key {
        &self.id
    }
}

/// Where an API lives: requests to it name neither account nor, on a laptop, region.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ApiHome {
    pub api: String,
    pub account: String,
    pub region: String,
}

impl Record for ApiHome {
    const TABLE: &'static str = "apigateway.home";
    const REACH: Reach = Reach::Instance;
    const OWNER: Option<fn(&Self) -> Owner> = Some(|home| Owner::Account(home.account.clone()));

    fn key(&self) -> impl Key {
        &self.api
    }
}

/// How clients reach an API; here all reach it the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub enum EndpointType {
    /// From clients of its region.
    Regional,
    /// Through CloudFront.
    Edge,
    /// From a VPC only; not built.
    Private,
}

/// The kind of addresses an endpoint has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum IpAddressType {
    /// IPv4 only.
    #[shape(name = "ipv4")]
    Ipv4,
    /// Both; not built.
    #[shape(name = "dualstack")]
    Dualstack,
}

/// The endpoint's settings.
#[derive(Clone, Debug, Shape)]
#[shape(camel)]
pub struct EndpointConfiguration {
    pub types: Option<Vec<EndpointType>>,
    pub ip_address_type: Option<IpAddressType>,
}

/// Where clients put API keys; no method here asks for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum ApiKeySourceType {
    /// In `X-API-Key`.
    Header,
    /// A Lambda authorizer finds it; not built.
    Authorizer,
}

/// An API as operations show it.
#[derive(Clone, Debug, Shape)]
#[shape(camel)]
pub struct RestApi {
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    pub created_date: Timestamp,
    pub version: Option<String>,
    pub binary_media_types: Option<Vec<String>>,
    pub api_key_source: ApiKeySourceType,
    pub endpoint_configuration: EndpointConfiguration,
    pub policy: Option<String>,
    pub tags: Option<BTreeMap<String, String>>,
    pub disable_execute_api_endpoint: bool,
    pub root_resource_id: String,
}

impl Api {
    /// The API `id`.
    ///
    /// # Errors
    /// `NotFoundException`.
    pub fn load(tx: &ReadTx<'_>, id: &str) -> Result<Self> {
        tx.get(id)?.ok_or_else(|| {
            let account = &tx.scope().account;
            let message = format!("Invalid API identifier specified {account}:{id}");
            ApiGatewayError::NotFoundException(message)
        })
    }

    /// The shape that operations answer with.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub fn show(self, tx: &ReadTx<'_>) -> Result<RestApi> {
        let policy = match self.policy {
            Some(stored) => Some(escaped(&show_principals(tx, &stored, Kind::Resource)?)),
            None => None,
        };
        Ok(RestApi {
            id: self.id,
            name: self.name,
            description: self.description,
            created_date: self.created.whole_seconds(),
            version: self.version,
            binary_media_types: Some(self.binary_media_types).filter(|types| !types.is_empty()),
            api_key_source: ApiKeySourceType::Header,
            endpoint_configuration: EndpointConfiguration {
                types: Some(vec![self.endpoint]),
                ip_address_type: Some(IpAddressType::Ipv4),
            },
            policy,
            tags: Some(self.tags).filter(|tags| !tags.is_empty()),
            disable_execute_api_endpoint: self.disable_execute_api_endpoint,
            root_resource_id: self.root_resource_id,
        })
    }

    /// Sets the resource policy from what a client sent; an empty text removes it.
    ///
    /// # Errors
    /// `BadRequestException` when it is no resource policy.
    pub fn set_policy(&mut self, tx: &ReadTx<'_>, document: &str) -> Result<()> {
        self.policy = match document.trim() {
            "" => None,
            text => Some(storable(tx, &self.id, text)?),
        };
        Ok(())
    }
}

/// AWS gives the policy as the inside of a JSON string, quotes escaped; Terraform counts on it.
fn escaped(document: &str) -> String {
    let quoted = Value::String(document.to_owned()).to_string();
    quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned()
}

fn storable(tx: &ReadTx<'_>, api: &str, text: &str) -> Result<String> {
    if text.len() > MAX_POLICY_BYTES {
        return Err(bad(format!("Policy must be at most {MAX_POLICY_BYTES} bytes")));
    }
    let mut document: Value = serde_json::from_str(text).map_err(|_| malformed())?;
    expand(&mut document, tx.scope(), api);
    bind_principals(tx, &document.to_string(), Kind::Resource).map_err(|error| match error {
        Unstorable::Malformed(_) => malformed(),
        Unstorable::Fault(fault) => fault.into(),
    })
}

fn malformed() -> ApiGatewayError {
    let check = "Please check the policy syntax and ensure that Principals are valid.";
    bad(format!("Invalid policy document. {check}"))
}

/// Writes `execute-api:/stage/GET/path` out in full ("API Gateway resource policy examples": the
/// short form is expanded when the policy is saved).
fn expand(document: &mut Value, at: &Scope, api: &str) {
    let statements = match document.get_mut("Statement") {
        Some(Value::Array(statements)) => statements.iter_mut().collect(),
        Some(single) => vec![single],
        None => Vec::new(),
    };
    for statement in statements {
        for element in ["Resource", "NotResource"] {
            let resources = match statement.get_mut(element) {
                Some(Value::Array(resources)) => resources.iter_mut().collect(),
                Some(single) => vec![single],
                None => Vec::new(),
            };
            for resource in resources {
                if let Some(rest) = resource.as_str().and_then(|r| r.strip_prefix("execute-api:/"))
                {
                    *resource = at.arn("execute-api", format_args!("{api}/{rest}")).into();
                }
            }
        }
    }
}

/// The endpoint type asked for, `EDGE` if none is.
///
/// # Errors
/// `BadRequestException` for none or several, or a refusal of what is not built.
pub fn endpoint(configuration: Option<&EndpointConfiguration>) -> Result<EndpointType> {
    let Some(configuration) = configuration else { return Ok(EndpointType::Edge) };
    if configuration.ip_address_type == Some(IpAddressType::Dualstack) {
        return Err(unsupported("endpointConfiguration.ipAddressType dualstack"));
    }
    match configuration.types.as_deref() {
        None => Ok(EndpointType::Edge),
        Some([]) => {
            Err(bad("REGIONAL Configuration and EDGE Configuration cannot be both DISABLED."))
        }
        Some([EndpointType::Private]) => Err(unsupported("endpoints of type PRIVATE")),
        Some([one]) => Ok(*one),
        Some(_) => Err(bad("Cannot create an api with multiple Endpoint Types.")),
    }
}

/// Refuses what is no media type.
///
/// # Errors
/// `BadRequestException`.
pub fn check_media_type(name: &str) -> Result<()> {
    match name.is_empty() || name.len() > 256 {
        true => Err(bad("Invalid binary media type specified")),
        false => Ok(()),
    }
}

/// Refuses tags that AWS would not take.
///
/// # Errors
/// `BadRequestException`.
pub fn check_tags(tags: &BTreeMap<String, String>) -> Result<()> {
    if tags.len() > MAX_TAGS {
        return Err(bad(format!("Too many tags: at most {MAX_TAGS} are allowed")));
    }
    for (key, value) in tags {
        if !key_fits(key) || key.starts_with("aws:") {
            return Err(bad("Invalid tag key: 1 to 128 characters that do not start with aws:"));
        }
        if !value_fits(value) {
            return Err(bad("Invalid tag value: at most 256 characters"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_resources_are_written_out() {
        let mut document = serde_json::json!({"Statement": [
            {"Resource": "execute-api:/*"},
            {"NotResource": ["execute-api:/prod/GET/x", "arn:aws:execute-api:r:1:b/*"]},
        ]});
        expand(&mut document, &Scope::new("111122223333", "eu-west-1"), "abc");
        let text = document.to_string();
        assert!(text.contains("\"arn:aws:execute-api:eu-west-1:111122223333:abc/*\""), "{text}");
        assert!(text.contains("111122223333:abc/prod/GET/x\",\"arn:aws:execute-api:r:1:b/*"));
        assert_eq!(escaped(r#"{"a":1}"#), r#"{\"a\":1}"#);
    }

    #[test]
    fn one_endpoint_type_and_edge_by_default() {
        let of = |types: Option<Vec<EndpointType>>| {
            endpoint(Some(&EndpointConfiguration { types, ip_address_type: None }))
        };
        assert_eq!(endpoint(None).unwrap(), EndpointType::Edge);
        assert_eq!(of(Some(vec![EndpointType::Regional])).unwrap(), EndpointType::Regional);
        assert!(of(Some(vec![])).is_err());
        assert!(of(Some(vec![EndpointType::Private])).is_err());
        assert!(of(Some(vec![EndpointType::Regional, EndpointType::Edge])).is_err());
    }
}
