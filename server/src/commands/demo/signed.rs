//! Chapter: the API is closed; only signed requests of those who may get in.

use super::{
    answer::{Answer, Problem},
    api::{self, Api, PATH},
    cloud::Cloud,
    roles,
    step::{Chapter, Report},
};
use http::Method;
use serde_json::json;
use sigv4::Credentials;

/// Plays the chapter.
pub async fn play(cloud: &Cloud, report: &mut Report, api: &Api) -> Chapter {
    report.chapter("Closing it");
    report
        .need("GET and POST want AWS_IAM; not live before a deployment", close(cloud, api))
        .await?;
    report.need("deploy", api::deploy(cloud, api)).await?;
    report.check("unsigned: 403 Missing Authentication Token", unsigned(cloud, api)).await;
    let member = report.need("a user with execute-api:Invoke", member(cloud, api)).await?;
    report.check("signed by that user: POST 201, GET 200", let_in(&member, api)).await;
    report.check("signed by one without: 403, and it says why", kept_out(cloud, api)).await;
    report.check("with a wrong secret: 403", forged(&member, api)).await;
    Ok(())
}

async fn close(cloud: &Cloud, api: &Api) -> Result<(), Problem> {
    let change = json!({"op": "replace", "path": "/authorizationType", "value": "AWS_IAM"});
    for method in ["GET", "POST"] {
        let path = format!("/resources/{}/methods/{method}", api.resource);
        let input = json!({"patchOperations": [change]});
        let answer = api::on(cloud, api, Method::PATCH, &path, input).await?.success()?;
        answer.has("/authorizationType", "AWS_IAM")?;
    }
    api::curl(cloud, api, Method::GET, "").await?.status(200)?;
    Ok(())
}

async fn unsigned(cloud: &Cloud, api: &Api) -> Result<(), Problem> {
    for method in [Method::GET, Method::POST] {
        let answer = api::curl(cloud, api, method, "").await?;
        let answer = answer.refused(403, "MissingAuthenticationTokenException")?;
        answer.has("", json!({"message": "Missing Authentication Token"}))?;
    }
    Ok(())
}

async fn member(cloud: &Cloud, api: &Api) -> Result<Cloud, Problem> {
    let resource = cloud.arn("execute-api", &format!("{}/prod/*/stream", api.id));
    roles::user(cloud, "member", &roles::allowing(&["execute-api:Invoke"], &resource)).await
}

/// Calls the API in the name of `who`.
pub async fn call(who: &Cloud, api: &Api, method: Method, body: &str) -> Result<Answer, Problem> {
    who.signed(method, &api.host, PATH, body).await
}

async fn let_in(member: &Cloud, api: &Api) -> Result<(), Problem> {
    let answer = call(member, api, Method::POST, "a signed safe").await?.status(201)?;
    answer.has("/body", "a signed safe")?;
    call(member, api, Method::GET, "").await?.status(200)?.says("a signed safe")?;
    Ok(())
}

async fn kept_out(cloud: &Cloud, api: &Api) -> Result<(), Problem> {
    let stranger = roles::user(cloud, "stranger", "").await?;
    let answer = call(&stranger, api, Method::GET, "").await?.status(403)?;
    let arn = cloud.iam_arn("user/stranger");
    let words = format!("User: {arn} is not authorized to perform: execute-api:Invoke");
    answer.says(&words)?;
    Ok(())
}

async fn forged(member: &Cloud, api: &Api) -> Result<(), Problem> {
    let known = member.credentials().ok_or_else(|| Problem::new("a member's key", "none"))?;
    let credentials = Credentials { secret_access_key: "guessed".into(), ..known.clone() };
    let forger = member.signing_as(credentials);
    let answer = call(&forger, api, Method::GET, "").await?;
    let answer = answer.refused(403, "InvalidSignatureException")?;
    answer.says("The request signature we calculated does not match")?;
    Ok(())
}
