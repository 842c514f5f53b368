//! The event that a function gets: a request in the form of a Lambda proxy integration, version
//! 1.0 ("Input format of a Lambda function for proxy integration").

use super::{
    Call,
    headers::{self, Added},
    query,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, header::CONTENT_TYPE};
use serde::{Serialize, Serializer};
use service_kit::context::{Caller, Context};
use std::{borrow::Cow, collections::BTreeMap};

/// Names with their values, in the order in which they came.
#[derive(Debug, Default)]
pub struct Fields<'a>(Vec<(Cow<'a, str>, Vec<Cow<'a, str>>)>);

impl<'a> Fields<'a> {
    /// No fields, with room for `count`.
    pub fn with_capacity(count: usize) -> Self {
        Self(Vec::with_capacity(count))
    }

    /// Adds a value to those of `name`.
    pub fn add(&mut self, name: Cow<'a, str>, value: Cow<'a, str>) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.push(value),
            None => self.0.push((name, vec![value])),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is one called `name`.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// As a map to the last value of each name.
    pub fn single(&self) -> Single<'_> {
        Single(&self.0)
    }

    /// As a map to all values of each name.
    pub fn multi(&self) -> Multi<'_> {
        Multi(&self.0)
    }
}

/// [`Fields::single`].
pub struct Single<'a>(&'a [(Cow<'a, str>, Vec<Cow<'a, str>>)]);

impl Serialize for Single<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, values)| (name, values.last())))
    }
}

/// [`Fields::multi`].
pub struct Multi<'a>(&'a [(Cow<'a, str>, Vec<Cow<'a, str>>)]);

impl Serialize for Multi<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, values)| (name, values)))
    }
}

/// Path parameters, as sent.
struct Pairs<'a>(&'a [(&'a str, &'a str)]);

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    resource: &'a str,
    path: &'a str,
    http_method: &'a str,
    headers: Single<'a>,
    multi_value_headers: Multi<'a>,
    query_string_parameters: Option<Single<'a>>,
    multi_value_query_string_parameters: Option<Multi<'a>>,
    path_parameters: Option<Pairs<'a>>,
    stage_variables: Option<&'a BTreeMap<String, String>>,
    request_context: RequestContext<'a>,
    body: Option<Cow<'a, str>>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    resource_id: &'a str,
    resource_path: &'a str,
    http_method: &'a str,
    extended_request_id: &'a str,
    request_time: String,
    path: String,
    account_id: &'a str,
    protocol: &'a str,
    stage: &'a str,
    domain_prefix: &'a str,
    request_time_epoch: i64,
    request_id: &'a str,
    identity: Identity<'a>,
    domain_name: &'a str,
    deployment_id: &'a str,
    api_id: &'a str,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    cognito_identity_pool_id: Option<&'a str>,
    account_id: Option<&'a str>,
    cognito_identity_id: Option<&'a str>,
    caller: Option<String>,
    source_ip: Option<&'a str>,
    principal_org_id: Option<&'a str>,
    access_key: Option<&'a str>,
    cognito_authentication_type: Option<&'a str>,
    cognito_authentication_provider: Option<&'a str>,
    user_arn: Option<String>,
    user_agent: Option<&'a str>,
    user: Option<String>,
}

/// The event for `call`, which `caller` signed if its method wants that, as JSON.
pub fn build(cx: &Context, call: &Call<'_>, caller: Option<&Caller>) -> Vec<u8> {
    let Call { snapshot, route, request, target, path_parameters, exchange } = call;
    let ip = request.source_ip.map(|ip| ip.to_canonical().to_string());
    let (port, protocol) = if request.secure { ("443", "https") } else { ("80", "http") };
    let added = Added {
        client: ip.as_deref(),
        port,
        protocol,
        trace: exchange.tracing.header(),
        signed: caller.is_some(),
    };
    let headers = headers::fields(&request.headers, &added);
    let query = query::parse(&request.query);
    let (body, is_base64_encoded) = body(call);
    let domain = domain(call);
    let event = Event {
        resource: &route.resource_path,
        path: target.path,
        http_method: request.method.as_str(),
        headers: headers.single(),
        multi_value_headers: headers.multi(),
        query_string_parameters: query.as_ref().map(Fields::single),
        multi_value_query_string_parameters: query.as_ref().map(Fields::multi),
        path_parameters: (!path_parameters.is_empty()).then(|| Pairs(path_parameters)),
        stage_variables: Some(&snapshot.variables).filter(|variables| !variables.is_empty()),
        request_context: RequestContext {
            resource_id: &route.resource_id,
            resource_path: &route.resource_path,
            http_method: request.method.as_str(),
            extended_request_id: &exchange.extended_id,
            request_time: exchange.start.access_log(),
            path: format!("/{}{}", target.stage, target.raw),
            account_id: cx.account(),
            protocol: "HTTP/1.1",
            stage: &snapshot.stage,
            domain_prefix: domain.split('.').next().unwrap_or_default(),
            request_time_epoch: exchange.start.as_millis(),
            request_id: cx.request_id(),
            identity: identity(&request.headers, caller, ip.as_deref()),
            domain_name: &domain,
            deployment_id: &snapshot.deployment,
            api_id: &snapshot.api,
        },
        body,
        is_base64_encoded,
    };
    serde_json::to_vec(&event).unwrap_or_default()
}

fn body<'a>(call: &Call<'a>) -> (Option<Cow<'a, str>>, bool) {
    let body = &call.request.body;
    if body.is_empty() {
        return (None, false);
    }
    let kind = call.request.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    match call.snapshot.binary.is_binary(kind) {
        true => (Some(STANDARD.encode(body).into()), true),
        false => (Some(String::from_utf8_lossy(body)), false),
    }
}

/// The host asked for; for the path forms the one that the API has on AWS.
fn domain<'a>(call: &Call<'a>) -> Cow<'a, str> {
    let (host, snapshot) = (&call.request.host, call.snapshot);
    match host.split_once('.') {
        Some((api, _)) if *api == *snapshot.api => Cow::Borrowed(host),
        _ => {
            let region = &snapshot.scope.region;
            format!("{}.execute-api.{region}.amazonaws.com", snapshot.api).into()
        }
    }
}

fn identity<'a>(
    headers: &'a HeaderMap,
    caller: Option<&'a Caller>,
    ip: Option<&'a str>,
) -> Identity<'a> {
    let user = caller.and_then(|caller| caller.principal.user_id());
    Identity {
        source_ip: ip,
        user_agent: headers.get("user-agent").and_then(|agent| agent.to_str().ok()),
        account_id: caller.and_then(Caller::account),
        access_key: caller.and_then(|caller| caller.access_key_id.as_deref()),
        user_arn: caller.map(|caller| caller.principal.arn()),
        caller: user.clone(),
        user,
        ..Identity::default()
    }
}
