//! Stages as requests see them: compiled once, kept while nothing is deployed.

use super::{
    binary::BinaryTypes,
    compile::{self, Route},
    metrics::Metrics,
    reply::Refusal,
    router::Router,
    target::Target,
};
use crate::{
    api::{Api, ApiHome},
    deployment::{Deployed, Deployment},
    stage::Stage,
};
use parking_lot::RwLock;
use service_kit::{context::Context, platform::Platform, prelude::*};
use std::{collections::HashMap, sync::Arc};

/// The most stages kept compiled.
const MAX_STAGES: usize = 4_096;

/// A stage with what is deployed to it.
pub struct Snapshot {
    /// The API's account and region.
    pub scope: Scope,
    /// The API's id.
    pub api: String,
    /// The API's name.
    pub api_name: String,
    /// The stage's name.
    pub stage: String,
    /// The deployment's id.
    pub deployment: String,
    /// The stage's variables.
    pub variables: BTreeMap<String, String>,
    /// Whether every request is traced.
    pub tracing: bool,
    /// Whether the execute-api host is turned off, and there is no other.
    pub disabled: bool,
    /// Whether a resource policy was deployed.
    pub guarded: bool,
    /// Which bodies are bytes.
    pub binary: BinaryTypes,
    /// The methods.
    pub router: Router<Route>,
    /// What is counted.
    pub metrics: Metrics,
}

/// The versions of the tables that snapshots are made of.
type Versions = [u64; 3];

fn versions(platform: &Platform) -> Versions {
    [Api::TABLE, Stage::TABLE, Deployment::TABLE].map(|table| platform.store().table_version(table))
}

/// The compiled stages of an instance.
#[derive(Default)]
pub struct Live(RwLock<HashMap<String, (Versions, Arc<Snapshot>)>>);

impl service_kit::live::Live for Live {
    fn forget(&self, account: &str) {
        self.0.write().retain(|_, (_, snapshot)| *snapshot.scope.account != *account);
    }
}

impl Live {
    /// The stage that `target` names, compiled anew if anything was deployed since.
    ///
    /// # Errors
    /// [`Refusal::forbidden`] when there is no such API or stage.
    pub fn find(&self, cx: &Context, target: &Target<'_>) -> Result<Arc<Snapshot>, Refusal> {
        let name = format!("{}/{}", target.api, target.stage);
        let now = versions(cx.platform());
        let known = self.0.read().get(&name).cloned();
        let snapshot = match known {
            Some((then, snapshot)) if then == now => snapshot,
            _ => self.load(cx, target, name, now)?,
        };
        match target.region.is_none_or(|region| *region == *snapshot.scope.region) {
            true => Ok(snapshot),
            false => Err(Refusal::forbidden()),
        }
    }

    fn load(
        &self,
        cx: &Context,
        target: &Target<'_>,
        name: String,
        now: Versions,
    ) -> Result<Arc<Snapshot>, Refusal> {
        let loaded = cx.read(|tx| load(tx, target)).map(Arc::new);
        let mut stages = self.0.write();
        match &loaded {
            Ok(snapshot) => {
                if stages.len() >= MAX_STAGES {
                    stages.clear();
                }
                stages.insert(name, (now, snapshot.clone()));
            }
            Err(_) => {
                stages.remove(&name);
            }
        }
        loaded
    }
}

fn load(tx: &ReadTx<'_>, target: &Target<'_>) -> Result<Snapshot, Refusal> {
    let home: ApiHome = tx.get(target.api)?.ok_or_else(Refusal::forbidden)?;
    let scope = Scope::new(home.account, home.region);
    let tx = tx.within(scope.clone());
    let api: Api = tx.get(target.api)?.ok_or_else(Refusal::forbidden)?;
    let stage: Stage = tx.get((target.api, target.stage))?.ok_or_else(Refusal::forbidden)?;
    let deployment: Deployment =
        tx.get((target.api, &stage.deployment_id))?.ok_or_else(Refusal::forbidden)?;
    let deployed = tx.list::<Deployed>((target.api, &deployment.id))?;
    Ok(Snapshot {
        router: compile::routes(&scope, &stage, &deployment, &deployed),
        metrics: Metrics::new(&api.name, &stage.name),
        binary: BinaryTypes::new(&deployment.binary_media_types),
        guarded: deployment.policy.is_some(),
        disabled: deployment.disable_execute_api_endpoint,
        tracing: stage.tracing,
        variables: stage.variables,
        deployment: deployment.id,
        stage: stage.name,
        api_name: api.name,
        api: api.id,
        scope,
    })
}
