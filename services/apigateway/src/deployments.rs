//! CreateDeployment and its kin: make what an API is now callable under a stage.

use crate::{
    api::Api,
    deployment::{Deployed, Deployment, DeploymentView, summary},
    error::{ApiGatewayError, Result, bad},
    paging,
    patch::{self, PatchOperation, invalid_path},
    permission,
    stage::{self, Stage},
};
use service_kit::prelude::*;

/// AWS's quota of deployments is of requests; this bounds what one API can keep.
const MAX_DEPLOYMENTS: usize = 1_000;
const ALL: &str = "/restapis/{restapi_id}/deployments";
const ONE: &str = "/restapis/{restapi_id}/deployments/{deployment_id}";

pub(crate) enum CreateDeployment {}
pub(crate) enum GetDeployments {}
pub(crate) enum GetDeployment {}
pub(crate) enum UpdateDeployment {}
pub(crate) enum DeleteDeployment {}

/// What CreateDeployment takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct CreateDeploymentInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
    pub stage_name: Option<String>,
    pub stage_description: Option<String>,
    pub description: Option<String>,
    pub cache_cluster_enabled: Option<bool>,
    pub variables: Option<BTreeMap<String, String>>,
    pub tracing_enabled: Option<bool>,
}

/// What GetDeployments takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct GetDeploymentsInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
    #[shape(query)]
    pub position: Option<String>,
    #[shape(query)]
    pub limit: Option<i32>,
}

/// What GetDeployments gives.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct GetDeploymentsOutput {
    pub position: Option<String>,
    #[shape(wire = "item")]
    pub items: Vec<DeploymentView>,
}

/// What GetDeployment takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct GetDeploymentInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
    #[shape(label = "deployment_id")]
    pub deployment_id: String,
    #[shape(query)]
    pub embed: Option<Vec<String>>,
}

/// What UpdateDeployment takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct UpdateDeploymentInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
    #[shape(label = "deployment_id")]
    pub deployment_id: String,
    pub patch_operations: Option<Vec<PatchOperation>>,
}

/// What DeleteDeployment takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct DeleteDeploymentInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
    #[shape(label = "deployment_id")]
    pub deployment_id: String,
}

fn below(id: &str) -> String {
    format!("/deployments/{id}")
}

impl Operation for CreateDeployment {
    const NAME: &'static str = "CreateDeployment";
    const HTTP: Option<Http> = Some(Http::new("POST", ALL, 201));
    type Input = CreateDeploymentInput;
    type Output = DeploymentView;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let path = format!("/restapis/{}/deployments", input.rest_api_id);
        permission::on(permission::POST, at, path)
            .with_some(permission::REQUEST_STAGE, input.stage_name.as_deref())
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<DeploymentView> {
        let stage_name = input.stage_name.as_deref().filter(|name| !name.is_empty());
        stage_name.map_or(Ok(()), stage::check_name)?;
        stage::check_cache(input.cache_cluster_enabled)?;
        for (name, value) in input.variables.iter().flatten() {
            stage::check_variable(name, value)?;
        }
        let (id, now) = (cx.entropy().lower_id(6), cx.now());
        cx.write(|tx| {
            let api = Api::load(&tx.reader(), &input.rest_api_id)?;
            if tx.list::<Deployment>(&api.id)?.len() >= MAX_DEPLOYMENTS {
                let message = "Maximum number of deployments for this API has been reached.";
                return Err(ApiGatewayError::LimitExceededException(message.into()));
            }
            let deployment = Deployment::capture(tx, &api, &id, input.description.clone(), now)?;
            if let Some(name) = stage_name {
                point(tx, &input, name, &id, now)?;
            }
            Ok(deployment.show())
        })
        .await
    }
}

/// Makes the stage `name`, or points the one there is, to `deployment`.
fn point(
    tx: &mut Tx<'_>,
    input: &CreateDeploymentInput,
    name: &str,
    deployment: &str,
    now: Timestamp,
) -> Result<()> {
    let api = &input.rest_api_id;
    let mut stage = match tx.get::<Stage>((api, name))? {
        Some(stage) => stage,
        None => {
            stage::check_quota(&tx.reader(), api)?;
            Stage::new(api, name, deployment, now)
        }
    };
    stage.deployment_id = deployment.to_owned();
    stage.updated = now;
    if let Some(description) = &input.stage_description {
        stage.description = Some(description.clone());
    }
    if let Some(variables) = &input.variables {
        stage.variables = variables.clone();
    }
    if let Some(tracing) = input.tracing_enabled {
        stage.tracing = tracing;
    }
    tx.put(&stage)?;
    Ok(())
}

impl Operation for GetDeployments {
    const NAME: &'static str = "GetDeployments";
    const HTTP: Option<Http> = Some(Http::new("GET", ALL, 200));
    type Input = GetDeploymentsInput;
    type Output = GetDeploymentsOutput;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        permission::on_api(permission::GET, at, &input.rest_api_id, "/deployments")
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<GetDeploymentsOutput> {
        let id = &input.rest_api_id;
        cx.read(|tx| {
            Api::load(tx, id)?;
            let page = paging::page::<Deployment>(tx, id, input.position.as_deref(), input.limit)?;
            let items = page.items.into_iter().map(Deployment::show).collect();
            Ok(GetDeploymentsOutput { items, position: page.next })
        })
    }
}

impl Operation for GetDeployment {
    const NAME: &'static str = "GetDeployment";
    const HTTP: Option<Http> = Some(Http::new("GET", ONE, 200));
    type Input = GetDeploymentInput;
    type Output = DeploymentView;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let below = below(&input.deployment_id);
        permission::on_api(permission::GET, at, &input.rest_api_id, below)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<DeploymentView> {
        let (api, id) = (&input.rest_api_id, &input.deployment_id);
        let mut embed = input.embed.iter().flatten();
        let full = embed.any(|what| what == "apisummary");
        cx.read(|tx| {
            let mut shown = Deployment::load(tx, api, id)?.show();
            if full {
                shown.api_summary = Some(summary(tx.list::<Deployed>((api, id))?));
            }
            Ok(shown)
        })
    }
}

impl Operation for UpdateDeployment {
    const NAME: &'static str = "UpdateDeployment";
    const HTTP: Option<Http> = Some(Http::new("PATCH", ONE, 200));
    type Input = UpdateDeploymentInput;
    type Output = DeploymentView;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let below = below(&input.deployment_id);
        permission::on_api(permission::PATCH, at, &input.rest_api_id, below)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<DeploymentView> {
        let (api, id) = (&input.rest_api_id, &input.deployment_id);
        cx.write(|tx| {
            let mut deployment = Deployment::load(&tx.reader(), api, id)?;
            patch::each(input.patch_operations.as_deref(), |change| {
                if change.path != "/description" {
                    return Err(invalid_path(change.path));
                }
                deployment.description = change.text()?;
                Ok(())
            })?;
            tx.put(&deployment)?;
            Ok(deployment.show())
        })
        .await
    }
}

impl Operation for DeleteDeployment {
    const NAME: &'static str = "DeleteDeployment";
    const HTTP: Option<Http> = Some(Http::new("DELETE", ONE, 202));
    type Input = DeleteDeploymentInput;
    type Output = Empty;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let below = below(&input.deployment_id);
        permission::on_api(permission::DELETE, at, &input.rest_api_id, below)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty> {
        let (api, id) = (&input.rest_api_id, &input.deployment_id);
        cx.write(|tx| {
            let deployment = Deployment::load(&tx.reader(), api, id)?;
            if tx.list::<Stage>(api)?.iter().any(|stage| stage.deployment_id == *id) {
                let message = "Active stages pointing to this deployment must be moved or deleted";
                return Err(bad(message));
            }
            deployment.remove(tx)?;
            Ok(Empty)
        })
        .await
    }
}
