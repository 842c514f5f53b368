//! CreateStage and its kin: the names under which deployments are served.

use crate::{
    api::{Api, check_tags},
    deployment::Deployment,
    error::{ApiGatewayError, Result, bad, unsupported},
    patch::{self, Change, Op, PatchOperation},
    permission,
    stage::{Stage, StageView, check_cache, check_name, check_quota, check_variable},
};
use service_kit::prelude::*;

const ALL: &str = "/restapis/{restapi_id}/stages";
const ONE: &str = "/restapis/{restapi_id}/stages/{stage_name}";
/// The settings of single methods that AWS knows and that have no effect here.
const METHOD_SETTINGS: [&str; 4] = ["metrics", "logging", "throttling", "caching"];
/// What AWS says may change, in its own words and punctuation.
const PATHS: &str = "[/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, \
    /clientCertificateId, /accessLogSettings, /accessLogSettings/destinationArn, \
    /accessLogSettings/format, /{resourcePath}/{httpMethod}/metrics/enabled, \
    /{resourcePath}/{httpMethod}/logging/dataTrace, \
    /{resourcePath}/{httpMethod}/logging/loglevel, \
    /{resourcePath}/{httpMethod}/throttling/burstLimit\
    /{resourcePath}/{httpMethod}/throttling/rateLimit\
    /{resourcePath}/{httpMethod}/caching/ttlInSeconds, \
    /{resourcePath}/{httpMethod}/caching/enabled, \
    /{resourcePath}/{httpMethod}/caching/dataEncrypted, \
    /{resourcePath}/{httpMethod}/caching/requireAuthorizationForCacheControl, \
    /{resourcePath}/{httpMethod}/caching/unauthorizedCacheControlHeaderStrategy, \
    /*/*/metrics/enabled, /*/*/logging/dataTrace, /*/*/logging/loglevel, \
    /*/*/throttling/burstLimit /*/*/throttling/rateLimit /*/*/caching/ttlInSeconds, \
    /*/*/caching/enabled, /*/*/caching/dataEncrypted, \
    /*/*/caching/requireAuthorizationForCacheControl, \
    /*/*/caching/unauthorizedCacheControlHeaderStrategy, /variables/{variable_name}, \
    /tracingEnabled]";

pub(crate) enum CreateStage {}
pub(crate) enum GetStages {}
pub(crate) enum GetStage {}
pub(crate) enum UpdateStage {}
pub(crate) enum DeleteStage {}

/// What CreateStage takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct CreateStageInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
    pub stage_name: String,
    pub deployment_id: String,
    pub description: Option<String>,
    pub cache_cluster_enabled: Option<bool>,
    pub variables: Option<BTreeMap<String, String>>,
    pub tracing_enabled: Option<bool>,
    pub tags: Option<BTreeMap<String, String>>,
}

/// What GetStages takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct GetStagesInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
    #[shape(query)]
    pub deployment_id: Option<String>,
}

/// What GetStages gives.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct GetStagesOutput {
    pub item: Vec<StageView>,
}

/// A stage, by its place.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct StageInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
    #[shape(label = "stage_name")]
    pub stage_name: String,
}

/// What UpdateStage takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct UpdateStageInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
    #[shape(label = "stage_name")]
    pub stage_name: String,
    pub patch_operations: Option<Vec<PatchOperation>>,
}

fn below(name: &str) -> String {
    format!("/stages/{name}")
}

impl Operation for CreateStage {
    const NAME: &'static str = "CreateStage";
    const HTTP: Option<Http> = Some(Http::new("POST", ALL, 201));
    type Input = CreateStageInput;
    type Output = StageView;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let tags = input.tags.iter().flatten().map(|(key, value)| (key.as_str(), value.as_str()));
        let path = format!("/restapis/{}/stages", input.rest_api_id);
        permission::on(permission::POST, at, path)
            .with_tags(tags)
            .with(permission::REQUEST_STAGE, input.stage_name.as_str())
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<StageView> {
        check(&input)?;
        let now = cx.now();
        cx.write(|tx| {
            let (api, name) = (&input.rest_api_id, &input.stage_name);
            Api::load(&tx.reader(), api)?;
            check_deployment(&tx.reader(), api, &input.deployment_id)?;
            if tx.get::<Stage>((api, name))?.is_some() {
                return Err(ApiGatewayError::ConflictException("Stage already exists".into()));
            }
            check_quota(&tx.reader(), api)?;
            let stage = Stage {
                description: input.description.clone(),
                variables: input.variables.clone().unwrap_or_default(),
                tracing: input.tracing_enabled.unwrap_or(false),
                tags: input.tags.clone().unwrap_or_default(),
                ..Stage::new(api, name, &input.deployment_id, now)
            };
            tx.put(&stage)?;
            Ok(stage.show())
        })
        .await
    }
}

fn check(input: &CreateStageInput) -> Result<()> {
    check_name(&input.stage_name)?;
    check_cache(input.cache_cluster_enabled)?;
    for (name, value) in input.variables.iter().flatten() {
        check_variable(name, value)?;
    }
    input.tags.as_ref().map_or(Ok(()), check_tags)
}

fn check_deployment(tx: &ReadTx<'_>, api: &str, id: &str) -> Result<()> {
    match tx.get::<Deployment>((api, id))? {
        Some(_) => Ok(()),
        None => Err(bad("Deployment id does not exist")),
    }
}

impl Operation for GetStages {
    const NAME: &'static str = "GetStages";
    const HTTP: Option<Http> = Some(Http::new("GET", ALL, 200));
    type Input = GetStagesInput;
    type Output = GetStagesOutput;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        permission::on_api(permission::GET, at, &input.rest_api_id, "/stages")
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<GetStagesOutput> {
        let wanted = input.deployment_id.as_deref();
        cx.read(|tx| {
            Api::load(tx, &input.rest_api_id)?;
            let stages = tx.list::<Stage>(&input.rest_api_id)?.into_iter();
            let stages = stages.filter(|stage| wanted.is_none_or(|id| stage.deployment_id == id));
            Ok(GetStagesOutput { item: stages.map(Stage::show).collect() })
        })
    }
}

impl Operation for GetStage {
    const NAME: &'static str = "GetStage";
    const HTTP: Option<Http> = Some(Http::new("GET", ONE, 200));
    type Input = StageInput;
    type Output = StageView;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let below = below(&input.stage_name);
        permission::on_api(permission::GET, at, &input.rest_api_id, below)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<StageView> {
        Ok(cx.read(|tx| Stage::load(tx, &input.rest_api_id, &input.stage_name))?.show())
    }
}

impl Operation for UpdateStage {
    const NAME: &'static str = "UpdateStage";
    const HTTP: Option<Http> = Some(Http::new("PATCH", ONE, 200));
    type Input = UpdateStageInput;
    type Output = StageView;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let below = below(&input.stage_name);
        permission::on_api(permission::PATCH, at, &input.rest_api_id, below)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<StageView> {
        let now = cx.now();
        cx.write(|tx| {
            let mut stage = Stage::load(&tx.reader(), &input.rest_api_id, &input.stage_name)?;
            patch::each(input.patch_operations.as_deref(), |change| {
                apply(&tx.reader(), &mut stage, change)
            })?;
            stage.updated = now;
            tx.put(&stage)?;
            Ok(stage.show())
        })
        .await
    }
}

fn apply(tx: &ReadTx<'_>, stage: &mut Stage, change: &Change<'_>) -> Result<()> {
    match change.parts()[..] {
        ["deploymentId"] => {
            let id = change.replacement()?;
            check_deployment(tx, &stage.api, id)?;
            stage.deployment_id = id.to_owned();
        }
        ["description"] => stage.description = change.text()?,
        ["tracingEnabled"] => stage.tracing = change.flag()?,
        ["variables", name] => {
            // AWS takes the removal of a variable that is not there.
            if change.op == Op::Remove {
                stage.variables.remove(name);
                return Ok(());
            }
            let absent = || bad(format!("Invalid stage variable {name}"));
            change.entry(&mut stage.variables, name, absent, |value| {
                check_variable(name, value)?;
                Ok(value.to_owned())
            })?;
        }
        ["cacheClusterEnabled"] => check_cache(Some(change.flag()?))?,
        ["cacheClusterSize" | "clientCertificateId" | "canarySettings", ..]
        | ["accessLogSettings", ..] => return Err(no_effect(change)),
        [.., kind, _] if METHOD_SETTINGS.contains(&kind) => return Err(no_effect(change)),
        _ => {
            let path = change.path;
            return Err(bad(format!(
                "Invalid method setting path: {path}. Must be one of: {PATHS}"
            )));
        }
    }
    Ok(())
}

fn no_effect(change: &Change<'_>) -> ApiGatewayError {
    unsupported(format_args!("UpdateStage of {}", change.path))
}

impl Operation for DeleteStage {
    const NAME: &'static str = "DeleteStage";
    const HTTP: Option<Http> = Some(Http::new("DELETE", ONE, 202));
    type Input = StageInput;
    type Output = Empty;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let below = below(&input.stage_name);
        permission::on_api(permission::DELETE, at, &input.rest_api_id, below)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty> {
        let (api, name) = (&input.rest_api_id, &input.stage_name);
        cx.write(|tx| {
            Stage::load(&tx.reader(), api, name)?;
            tx.delete::<Stage>((api, name));
            Ok(Empty)
        })
        .await
    }
}
