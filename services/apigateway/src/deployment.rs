//! Deployments: an API as it was at one moment.

use crate::{
    api::Api,
    error::{Result, bad, unknown},
    resource::Resource,
    validator::Validator,
};
use service_kit::{key::Key, prelude::*};

/// What one deployment keeps of its API, beside the resources.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Deployment {
    pub api: String,
    pub id: String,
    pub description: Option<String>,
    pub created: Timestamp,
    /// The API's resource policy then.
    pub policy: Option<String>,
    pub binary_media_types: Vec<String>,
    pub disable_execute_api_endpoint: bool,
    /// Ids of request validators that asked for required parameters.
    pub parameter_validators: Vec<String>,
}

impl Record for Deployment {
    const TABLE: &'static str = "apigateway.deployment";

    fn key(&self) -> impl Key {
        (&self.api, &self.id)
    }
}

/// A resource as it was when it was deployed. Apart from the deployment, which is read more often.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Deployed {
    pub deployment: String,
    pub resource: Resource,
}

impl Record for Deployed {
    const TABLE: &'static str = "apigateway.deployed";

    fn key(&self) -> impl Key {
        (&self.resource.api, &self.deployment, &self.resource.id)
    }
}

/// A deployment as operations show it.
#[derive(Clone, Debug, Shape)]
#[shape(name = "Deployment", camel)]
pub struct DeploymentView {
    pub id: String,
    pub description: Option<String>,
    pub created_date: Timestamp,
    pub api_summary: Option<BTreeMap<String, BTreeMap<String, MethodSnapshot>>>,
}

/// A deployed method in a summary.
#[derive(Clone, Debug, Shape)]
#[shape(camel)]
pub struct MethodSnapshot {
    pub authorization_type: Option<String>,
    pub api_key_required: Option<bool>,
}

impl Deployment {
    /// The deployment `id` of `api`.
    ///
    /// # Errors
    /// `NotFoundException`.
    pub fn load(tx: &ReadTx<'_>, api: &str, id: &str) -> Result<Self> {
        tx.get((api, id))?.ok_or_else(|| unknown("Deployment"))
    }

    /// Captures `api` as it is now.
    ///
    /// # Errors
    /// `BadRequestException` when it has no method, or a method without integration.
    pub fn capture(
        tx: &mut Tx<'_>,
        api: &Api,
        id: &str,
        description: Option<String>,
        now: Timestamp,
    ) -> Result<Self> {
        let resources = tx.list::<Resource>(&api.id)?;
        check(&resources)?;
        let validators = tx.list::<Validator>(&api.id)?;
        let parameter_validators = validators.into_iter().filter(|one| one.parameters);
        let deployment = Self {
            api: api.id.clone(),
            id: id.to_owned(),
            description,
            created: now,
            policy: api.policy.clone(),
            binary_media_types: api.binary_media_types.clone(),
            disable_execute_api_endpoint: api.disable_execute_api_endpoint,
            parameter_validators: parameter_validators.map(|one| one.id).collect(),
        };
        for resource in resources {
            tx.put(&Deployed { deployment: id.to_owned(), resource })?;
        }
        tx.put(&deployment)?;
        Ok(deployment)
    }

    /// Removes the deployment and what it kept.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub fn remove(&self, tx: &mut Tx<'_>) -> Result<()> {
        for deployed in tx.list::<Deployed>((&self.api, &self.id))? {
            tx.delete::<Deployed>((&self.api, &self.id, &deployed.resource.id));
        }
        tx.delete::<Self>((&self.api, &self.id));
        Ok(())
    }

    /// The shape that operations answer with.
    pub fn show(self) -> DeploymentView {
        DeploymentView {
            id: self.id,
            description: self.description,
            created_date: self.created.whole_seconds(),
            api_summary: None,
        }
    }
}

fn check(resources: &[Resource]) -> Result<()> {
    let mut methods = resources.iter().flat_map(|resource| resource.methods.values()).peekable();
    if methods.peek().is_none() {
        return Err(bad("The REST API doesn't contain any methods"));
    }
    match methods.all(|method| method.method_integration.is_some()) {
        true => Ok(()),
        false => Err(bad("No integration defined for method")),
    }
}

/// The paths and methods of what was deployed.
pub fn summary(deployed: Vec<Deployed>) -> BTreeMap<String, BTreeMap<String, MethodSnapshot>> {
    let mut summary = BTreeMap::new();
    for Deployed { resource, .. } in deployed {
        if resource.methods.is_empty() {
            continue;
        }
        let methods = resource.methods.into_iter().map(|(name, method)| {
            let authorization_type = method.authorization_type;
            (name, MethodSnapshot { authorization_type, api_key_required: Some(false) })
        });
        summary.insert(resource.path, methods.collect());
    }
    summary
}
