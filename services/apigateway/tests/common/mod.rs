//! An API in front of stand-ins for functions, and ways to ask it.
#![allow(dead_code, reason = "each test crate uses its part")]

use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::{Value, json};
use service_kit::{
    context::Caller,
    operation::operation,
    prelude::*,
    service::{Service, Speaks},
};
use testkit::Cloud;

/// The services that the tests run.
pub const SERVICES: [&Service; 5] =
    [&apigateway::SERVICE, &apigateway::EXECUTE_API, &FUNCTIONS, &iam::SERVICE, &sts::SERVICE];

/// A stand-in for Lambda: what a function does is told by its name.
static FUNCTIONS: Service = Service {
    speaks: &[Speaks::RestJson],
    operations: &[operation::<Invoke>()],
    facts: Some(facts),
    ..Service::new("lambda", "lambda.amazonaws.com")
};

enum Invoke {}

#[derive(Debug, Shape)]
struct InvokeInput {
    function_name: String,
    invocation_type: Option<String>,
    payload: Option<Bytes>,
}

#[derive(Debug, Shape)]
struct InvokeOutput {
    status_code: Option<u16>,
    function_error: Option<String>,
    payload: Option<Bytes>,
}

impl Operation for Invoke {
    const NAME: &'static str = "Invoke";
    const DATA_EVENT: bool = true;
    type Input = InvokeInput;
    type Output = InvokeOutput;
    type Error = Fault;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("lambda:InvokeFunction", input.function_name.as_str()).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<InvokeOutput, Fault> {
        assert_eq!(input.invocation_type.as_deref(), Some("RequestResponse"));
        let event = String::from_utf8(input.payload.unwrap_or_default().into()).unwrap();
        let name = input.function_name.rsplit(':').next().unwrap_or_default();
        let payload = match name {
            "slow" => {
                cx.clock().sleep(Duration::from_secs(3600)).await;
                String::new()
            }
            "malformed" => "[]".into(),
            "binary" => json!({"body": "aGk=", "isBase64Encoded": true}).to_string(),
            _ => json!({"statusCode": 200, "body": event}).to_string(),
        };
        Ok(InvokeOutput {
            status_code: Some(200),
            function_error: (name == "failing").then(|| "Unhandled".into()),
            payload: Some(payload.into()),
        })
    }
}

/// All functions but `closed` let the stage `prod` of any API in.
fn facts(tx: &ReadTx<'_>, access: &Access, _: &Caller) -> Result<Facts, Fault> {
    if access.resource.ends_with(":closed") {
        return Ok(Facts::default());
    }
    let policy = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "apigateway.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": access.resource,
        "Condition": {
            "ArnLike": {"aws:SourceArn": tx.scope().arn("execute-api", "*/prod/*")},
            "StringEquals": {"aws:SourceAccount": &*tx.scope().account},
        },
    }});
    let policy = Some((access.resource.as_str().into(), policy.to_string().into()));
    Ok(Facts { policy, ..Facts::default() })
}

/// The URI of an integration with the function `name`.
pub fn uri(name: &str) -> String {
    let function =
        format!("arn:aws:lambda:{}:{}:function:{name}", testkit::REGION, testkit::ACCOUNT);
    let region = testkit::REGION;
    format!("arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{function}/invocations")
}

/// An API being built and asked.
pub struct Api<'c> {
    pub cloud: &'c Cloud,
    pub id: String,
    pub root: String,
}

impl<'c> Api<'c> {
    /// A new API.
    pub async fn create(cloud: &'c Cloud) -> Self {
        let input = json!({"name": "shop", "endpointConfiguration": {"types": ["REGIONAL"]}});
        let made = cloud.admin().call("apigateway", "CreateRestApi", input).await.unwrap();
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        Self { cloud, id: text("id"), root: text("rootResourceId") }
    }

    /// Calls an operation about this API.
    pub async fn call(&self, operation: &'static str, mut input: Value) -> Value {
        input["restApiId"] = self.id.as_str().into();
        self.cloud.admin().call("apigateway", operation, input).await.unwrap()
    }

    /// The message of an operation that is refused.
    pub async fn refused(&self, operation: &'static str, mut input: Value) -> String {
        input["restApiId"] = self.id.as_str().into();
        let outcome = self.cloud.admin().call("apigateway", operation, input).await;
        outcome.unwrap_err().message
    }

    /// Adds a resource; gives its id.
    pub async fn resource(&self, parent: &str, part: &str) -> String {
        let input = json!({"parentId": parent, "pathPart": part});
        self.call("CreateResource", input).await["id"].as_str().unwrap().to_owned()
    }

    /// Adds a method in front of the function `name`.
    pub async fn method(&self, resource: &str, method: &str, authorization: &str, name: &str) {
        let input = json!({
            "resourceId": resource, "httpMethod": method, "authorizationType": authorization,
        });
        self.call("PutMethod", input).await;
        let input = json!({
            "resourceId": resource, "httpMethod": method, "type": "AWS_PROXY",
            "integrationHttpMethod": "POST", "uri": uri(name),
        });
        self.call("PutIntegration", input).await;
    }

    /// Deploys to `stage`.
    pub async fn deploy(&self, stage: &str) -> String {
        let deployed = self.call("CreateDeployment", json!({"stageName": stage})).await;
        deployed["id"].as_str().unwrap().to_owned()
    }

    /// A request to the API's own host.
    pub fn request(&self, method: Method, path: &str) -> Request<Bytes> {
        let host = format!("{}.execute-api.{}.amazonaws.com", self.id, testkit::REGION);
        let request = Request::builder().method(method).uri(path).header("host", host);
        request.header("user-agent", "test").body(Bytes::new()).unwrap()
    }

    /// Asks for `path` with GET.
    pub async fn get(&self, path: &str) -> Response<Bytes> {
        self.cloud.send(self.request(Method::GET, path)).await
    }

    /// The resource policy, with one statement, by patch.
    pub async fn set_policy(&self, statement: Value) {
        let policy = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
        let patch = json!([{"op": "replace", "path": "/policy", "value": policy}]);
        self.call("UpdateRestApi", json!({"patchOperations": patch})).await;
    }
}

/// A response's body as JSON.
pub fn body(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

/// A response's status and the error type it names.
pub fn kind(response: &Response<Bytes>) -> (u16, &str) {
    let kind = response.headers().get("x-amzn-errortype");
    (response.status().as_u16(), kind.map_or("", |kind| kind.to_str().unwrap()))
}
