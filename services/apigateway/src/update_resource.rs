//! UpdateResource: rename a path part or move it below another parent, children and all.

use crate::{
    error::{ApiGatewayError, Result, bad},
    patch::{self, Change, Op, PatchOperation},
    permission,
    resource::{Resource, ResourceView, check_place, repath, subtree},
};
use service_kit::prelude::*;

pub(crate) enum UpdateResource {}

/// What UpdateResource takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct UpdateResourceInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
    #[shape(label = "resource_id")]
    pub resource_id: String,
    pub patch_operations: Option<Vec<PatchOperation>>,
}

impl Operation for UpdateResource {
    const NAME: &'static str = "UpdateResource";
    const HTTP: Option<Http> =
        Some(Http::new("PATCH", "/restapis/{restapi_id}/resources/{resource_id}", 200));
    type Input = UpdateResourceInput;
    type Output = ResourceView;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let below = format!("/resources/{}", input.resource_id);
        permission::on_api(permission::PATCH, at, &input.rest_api_id, below)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<ResourceView> {
        let (api, id) = (&input.rest_api_id, &input.resource_id);
        cx.write(|tx| {
            let mut resource = Resource::load(&tx.reader(), api, id)?;
            let mut all = tx.list::<Resource>(api)?;
            patch::each(input.patch_operations.as_deref(), |change| {
                apply(&tx.reader(), &mut resource, &all, change)
            })?;
            if let Some(own) = all.iter_mut().find(|one| one.id == *id) {
                *own = resource;
            }
            repath(&mut all, id);
            for moved in subtree(&all, id) {
                if let Some(moved) = all.iter().find(|one| one.id == moved) {
                    tx.put(moved)?;
                }
            }
            Ok(Resource::load(&tx.reader(), api, id)?.show(None))
        })
        .await
    }
}

fn apply(
    tx: &ReadTx<'_>,
    resource: &mut Resource,
    all: &[Resource],
    change: &Change<'_>,
) -> Result<()> {
    let op = match change.op {
        Op::Add => "add",
        Op::Remove => "remove",
        Op::Replace => "replace",
        Op::Move | Op::Copy | Op::Test => "move",
    };
    let path = change.path;
    if change.op != Op::Replace {
        return Err(bad(format!(
            "Invalid patch path  '{path}' specified for op '{op}'. Please choose supported \
             operations"
        )));
    }
    let (part, parent) = match path {
        "/pathPart" => (change.replacement()?.to_owned(), resource.parent_id.clone()),
        "/parentId" => {
            let part = resource.path_part.clone().unwrap_or_default();
            (part, Some(change.replacement()?.to_owned()))
        }
        _ => {
            return Err(bad(format!(
                "Invalid patch path  '{path}' specified for op '{op}'. Must be one of: \
                 [/parentId, /pathPart]"
            )));
        }
    };
    if resource.parent_id.is_none() {
        let what = path.trim_start_matches('/');
        return Err(bad(format!("Root resource cannot update its {what}.")));
    }
    let parent = Resource::load(tx, &resource.api, parent.as_deref().unwrap_or_default())?;
    if subtree(all, &resource.id).contains(&parent.id) {
        return Err(bad("Resources cannot be cyclical."));
    }
    check_place(all, &parent, &part, &resource.id)?;
    resource.path_part = Some(part);
    resource.parent_id = Some(parent.id);
    Ok(())
}
