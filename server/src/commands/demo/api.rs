//! Chapter: an API over the function, open to everybody.

use super::{
    answer::{Answer, Problem},
    cloud::Cloud,
    functions,
    journey::API,
    step::{Chapter, Report},
};
use http::Method;
use serde_json::{Value, json};

/// The API, once it is made.
pub struct Api {
    /// Its id.
    pub id: String,
    /// The id of its resource `/stream`.
    pub resource: String,
    /// The host that AWS gives it.
    pub host: String,
}

/// The path of the deployed resource on the API's own host.
pub const PATH: &str = "/prod/stream";

/// Plays the chapter.
pub async fn play(cloud: &Cloud, report: &mut Report) -> Chapter<Api> {
    report.chapter("An API");
    let api = report.need("create StreamAPI with /stream; list it", create(cloud)).await?;
    for method in ["GET", "POST"] {
        let title = format!("{method} /stream, AWS_PROXY to the function");
        report.need(title, method_on(cloud, &api, method)).await?;
    }
    report.need("deploy it as prod", deploy(cloud, &api)).await?;
    let unpermitted = unpermitted(cloud, &api);
    report.check("API Gateway may not invoke the function yet: 500, explained", unpermitted).await;
    report.need("add the permission", permit(cloud, &api)).await?;
    let id = report.need("POST: 201 with the item", post(cloud, &api)).await?;
    report.check("GET: 200, the item is listed", lists(cloud, &api, &id)).await;
    report.check("PUT: 403 Missing Authentication Token", unknown(cloud, &api, Method::PUT)).await;
    for (host, path) in forms(cloud, &api) {
        let title = format!("http://{host}{path}");
        report.check(title, reached(cloud, &host, &path)).await;
    }
    let title = format!("https://{}{PATH}, its certificate checked", api.host);
    report.check(title, secure(cloud, &api)).await;
    report.check("an undeployed method is not live; deployed it is", undeployed(cloud, &api)).await;
    report.check("a POST without a body hands over null", bodiless(cloud, &api)).await;
    Ok(api)
}

/// Calls an operation on the API.
pub async fn on(
    cloud: &Cloud,
    api: &Api,
    method: Method,
    path: &str,
    input: Value,
) -> Result<Answer, Problem> {
    cloud.rest("apigateway", method, &format!("/restapis/{}{path}", api.id), input).await
}

/// Makes what the API is now the stage `prod`.
pub async fn deploy(cloud: &Cloud, api: &Api) -> Result<(), Problem> {
    let input = json!({"stageName": "prod"});
    on(cloud, api, Method::POST, "/deployments", input).await?.status(201)?;
    Ok(())
}

/// Whatever the stage answers to this method, unsigned.
pub async fn curl(cloud: &Cloud, api: &Api, method: Method, body: &str) -> Result<Answer, Problem> {
    cloud.plain(method, &api.host, PATH, body).await
}

async fn create(cloud: &Cloud) -> Result<Api, Problem> {
    let input = json!({"name": API});
    let answer = cloud.rest("apigateway", Method::POST, "/restapis", input).await?.status(201)?;
    let id = answer.text("/id")?;
    let listed = cloud.rest("apigateway", Method::GET, "/restapis", Value::Null).await?;
    listed.success()?.has("/item/0/id", id.as_str())?;
    let host = format!("{id}.execute-api.{}.amazonaws.com", cloud.region);
    let mut api = Api { id, resource: String::new(), host };
    let resources = on(cloud, &api, Method::GET, "/resources", Value::Null).await?.success()?;
    let root = resources.has("/item/0/path", "/")?.text("/item/0/id")?;
    let path = format!("/resources/{root}");
    let answer = on(cloud, &api, Method::POST, &path, json!({"pathPart": "stream"})).await?;
    api.resource = answer.status(201)?.has("/path", "/stream")?.text("/id")?;
    Ok(api)
}

async fn method_on(cloud: &Cloud, api: &Api, method: &str) -> Result<(), Problem> {
    let path = format!("/resources/{}/methods/{method}", api.resource);
    let input = json!({"authorizationType": "NONE"});
    on(cloud, api, Method::PUT, &path, input).await?.status(201)?.has("/httpMethod", method)?;
    let arn = functions::arn(cloud);
    let input = json!({
        "type": "AWS_PROXY",
        "httpMethod": "POST",
        "uri": format!(
            "arn:aws:apigateway:{}:lambda:path/2015-03-31/functions/{arn}/invocations",
            cloud.region,
        ),
    });
    let answer = on(cloud, api, Method::PUT, &format!("{path}/integration"), input).await?;
    answer.status(201)?.has("/type", "AWS_PROXY")?;
    Ok(())
}

async fn unpermitted(cloud: &Cloud, api: &Api) -> Result<(), Problem> {
    let answer = curl(cloud, api, Method::GET, "").await?.status(500)?;
    let answer = answer.has("/message", "Internal server error")?;
    let refusals = cloud.rest("heist", Method::GET, "/_heist/refusals", Value::Null).await?;
    let refusals = refusals.success()?;
    let arn = functions::arn(cloud);
    let explained = refusals.list("/refusals")?.iter().any(|refusal| {
        refusal["action"] == "lambda:InvokeFunction"
            && refusal["resource"] == arn.as_str()
            && refusal["remedies"].as_array().is_some_and(|all| !all.is_empty())
    });
    refusals.check(explained, format_args!("a refusal of lambda:InvokeFunction on {arn}"))?;
    let request = answer.header("x-amzn-requestid").to_owned();
    answer.check(!request.is_empty(), "a header x-amzn-RequestId")?;
    Ok(())
}

async fn permit(cloud: &Cloud, api: &Api) -> Result<(), Problem> {
    let input = json!({
        "StatementId": "stream-api",
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": cloud.arn("execute-api", &format!("{}/*/*/stream", api.id)),
    });
    functions::on(cloud, Method::POST, "/policy", input).await?.status(201)?;
    let policy = functions::on(cloud, Method::GET, "/policy", Value::Null).await?.success()?;
    policy.says("stream-api")?;
    Ok(())
}

async fn post(cloud: &Cloud, api: &Api) -> Result<String, Problem> {
    let answer = curl(cloud, api, Method::POST, "a safe").await?.status(201)?;
    answer.has("/body", "a safe")?.text("/id")
}

async fn lists(cloud: &Cloud, api: &Api, id: &str) -> Result<(), Problem> {
    curl(cloud, api, Method::GET, "").await?.status(200)?.says(id)?;
    Ok(())
}

/// The stage has no such method.
async fn unknown(cloud: &Cloud, api: &Api, method: Method) -> Result<(), Problem> {
    let answer = curl(cloud, api, method, "").await?;
    let answer = answer.refused(403, "MissingAuthenticationTokenException")?;
    answer.has("", json!({"message": "Missing Authentication Token"}))?;
    Ok(())
}

/// The hosts and paths under which the resource is reached, besides AWS's.
fn forms(cloud: &Cloud, api: &Api) -> Vec<(String, String)> {
    let (id, here) = (&api.id, cloud.authority());
    let port = here.rsplit(':').next().unwrap_or("");
    vec![
        (api.host.clone(), PATH.into()),
        (format!("{id}.execute-api.localhost:{port}"), PATH.into()),
        (here.into(), format!("/_aws/execute-api/{id}{PATH}")),
        (here.into(), format!("/restapis/{id}/prod/_user_request_/stream")),
    ]
}

async fn reached(cloud: &Cloud, host: &str, path: &str) -> Result<(), Problem> {
    let answer = cloud.plain(Method::GET, host, path, "").await?.status(200)?;
    answer.says("a safe")?;
    Ok(())
}

async fn secure(cloud: &Cloud, api: &Api) -> Result<(), Problem> {
    cloud.secure(&api.host, PATH).await?.status(200)?.says("a safe")?;
    Ok(())
}

async fn undeployed(cloud: &Cloud, api: &Api) -> Result<(), Problem> {
    method_on(cloud, api, "DELETE").await?;
    unknown(cloud, api, Method::DELETE).await?;
    deploy(cloud, api).await?;
    curl(cloud, api, Method::DELETE, "").await?.status(405)?.says("knows GET and POST")?;
    Ok(())
}

async fn bodiless(cloud: &Cloud, api: &Api) -> Result<(), Problem> {
    curl(cloud, api, Method::POST, "").await?.status(201)?.has("/body", Value::Null)?;
    Ok(())
}
