//! A service as one table.

use crate::{
    access::{Access, Facts},
    context::Caller,
    fault::Fault,
    front::Front,
    job::JobEntry,
    operation::Entry,
    owner::SharedTable,
    platform::Platform,
    tx::ReadTx,
};
use shape::{ErrorShape as _, Failure};
use std::collections::BTreeSet;

/// A protocol that a service speaks, with what tells its requests apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    /// AWS JSON 1.0: `X-Amz-Target: {target}.{operation}`.
    AwsJson10 {
        /// The target's prefix.
        target: &'static str,
    },
    /// AWS JSON 1.1.
    AwsJson11 {
        /// The target's prefix.
        target: &'static str,
    },
    /// `Action={operation}&Version={version}` in a form or query, answered in XML.
    AwsQuery {
        /// The API's version.
        version: &'static str,
        /// The namespace of answers.
        namespace: &'static str,
    },
    /// JSON bodies on paths of their own.
    RestJson,
    /// XML bodies on paths of their own.
    RestXml {
        /// The namespace of answers.
        namespace: &'static str,
    },
    /// Smithy RPC v2 with CBOR: `/service/{service}/operation/{operation}`.
    RpcV2Cbor {
        /// The service's shape name in the path.
        service: &'static str,
    },
}

/// Looks up what the state says of the resource an [`Access`] names, for the given caller.
pub type FactsOf = fn(&ReadTx<'_>, &Access, &Caller) -> Result<Facts, Fault>;

/// Words the refusal of an [`Access`] on what is no ARN of a resource, or of one elsewhere.
pub type Misnamed = fn(&Access) -> Failure;

/// [`Misnamed`] where AWS has no words of its own.
fn misnamed(access: &Access) -> Failure {
    let Access { resource, action, .. } = access;
    let message = format!(
        "{resource} is not the ARN of a resource for {action} in this region: it begins with \
         arn:aws, then come the service, the region of the request and an account's 12 digits."
    );
    Fault::invalid(message).into_failure()
}

/// The keys of the blobs that rows refer to: of one account, or of all.
pub type BlobsOf = fn(&Platform, Option<&str>) -> Result<BTreeSet<String>, Fault>;

/// A service: everything the platform needs to know of it.
pub struct Service {
    /// Its folder's name and its name in calls from other services.
    pub name: &'static str,
    /// The service name in credential scopes.
    pub signing_name: &'static str,
    /// The prefix of its ARNs and IAM actions.
    pub arn_name: &'static str,
    /// Whether it is one more API of a service that has these two names already: what is found by
    /// them is that service.
    pub shares_names: bool,
    /// Such as `sqs.amazonaws.com`, in audit records.
    pub principal: &'static str,
    /// Its name in traces, such as `SQS`, and the type of its resources, such as `AWS::SQS::Queue`.
    pub traced_as: (&'static str, &'static str),
    /// The largest request body.
    pub max_body_bytes: usize,
    /// What it speaks, its preferred protocol first.
    pub speaks: &'static [Speaks],
    /// Whether it has one endpoint for all regions (`us-east-1`).
    pub global: bool,
    /// Whether resource policies may let unsigned callers in; elsewhere they are turned away before
    /// any policy is read.
    pub anonymous: bool,
    /// The code for [`Fault::Validation`].
    pub validation_code: &'static str,
    /// The code for [`Fault::AccessDenied`].
    pub access_denied_code: &'static str,
    /// What comes before `#` in the `__type` of JSON errors: `com.amazonaws.dynamodb.v20120810`.
    pub error_namespace: &'static str,
    /// Whether JSON answers carry the query protocol's error code in a header.
    pub query_compatible: bool,
    /// Its operations, in alphabetical order.
    pub operations: &'static [Entry],
    /// What its resources say about access to them.
    pub facts: Option<FactsOf>,
    /// How it refuses a request for something on what is no resource's ARN here.
    pub misnamed: Misnamed,
    /// Its background jobs.
    pub jobs: &'static [JobEntry],
    /// The hosts and paths it serves beside the API.
    pub front: Option<&'static dyn Front>,
    /// Its tables that are one for the whole instance.
    pub shared: &'static [SharedTable],
    /// The blobs that its rows refer to.
    pub blobs: Option<BlobsOf>,
    /// Starts what it keeps running; called once, when the instance is ready.
    pub start: Option<fn(&Platform)>,
}

impl Service {
    /// A service of this name with nothing in it, as the base of a table.
    pub const fn new(name: &'static str, principal: &'static str) -> Self {
        Self {
            name,
            signing_name: name,
            arn_name: name,
            shares_names: false,
            principal,
            traced_as: ("", ""),
            max_body_bytes: 16 << 20,
            speaks: &[],
            global: false,
            anonymous: false,
            validation_code: "ValidationException",
            access_denied_code: "AccessDeniedException",
            error_namespace: "",
            query_compatible: false,
            operations: &[],
            facts: None,
            misnamed,
            jobs: &[],
            front: None,
            shared: &[],
            blobs: None,
            start: None,
        }
    }
}
