//! `AWS::KMS::Alias`: a name for a key.

use crate::{
    form::{Form, Property, required},
    kind::{Cause, Made, Make, ResourceType, Unmake},
};

pub(super) enum Alias {}

impl ResourceType for Alias {
    const NAME: &'static str = "AWS::KMS::Alias";
    const PROPERTIES: &'static [Property] =
        &[required("AliasName", Form::Text), required("TargetKeyId", Form::Text)];

    async fn create(it: &Make<'_>) -> Result<Made, Cause> {
        it.call("kms", "CreateAlias", it.pick(&["AliasName", "TargetKeyId"])).await?;
        it.begun(it.pick(&["AliasName"]).into());
        Ok(Made::new(it.text("AliasName")))
    }

    async fn delete(it: &Unmake<'_>) -> Result<(), Cause> {
        it.delete("kms", "DeleteAlias").await
    }
}
