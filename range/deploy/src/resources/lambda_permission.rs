//! `AWS::Lambda::Permission`: who else may use a function.

use crate::{
    form::{Form, Property, optional, required},
    kind::{Cause, Made, Make, ResourceType, Unmake},
    name,
};
use serde_json::json;

pub(super) enum Permission {}

impl ResourceType for Permission {
    const NAME: &'static str = "AWS::Lambda::Permission";
    const PROPERTIES: &'static [Property] = &[
        required("Action", Form::Text),
        required("FunctionName", Form::Text),
        required("Principal", Form::Text),
        optional("EventSourceToken", Form::Text),
        optional("FunctionUrlAuthType", Form::Text),
        optional("InvokedViaFunctionUrl", Form::Flag),
        optional("PrincipalOrgID", Form::Text),
        optional("SourceAccount", Form::Text),
        optional("SourceArn", Form::Text),
    ];
    const ATTRIBUTES: &'static [&'static str] = &["Id"];

    async fn create(it: &Make<'_>) -> Result<Made, Cause> {
        let id = name::generate(it.stack, it.logical_id, 100);
        let mut input = it.pick(&[
            "Action",
            "FunctionName",
            "Principal",
            "EventSourceToken",
            "FunctionUrlAuthType",
            "InvokedViaFunctionUrl",
            "PrincipalOrgID",
            "SourceAccount",
            "SourceArn",
        ]);
        input.insert("StatementId".to_owned(), id.as_str().into());
        it.call("lambda", "AddPermission", input).await?;
        it.begun(json!({"FunctionName": it.text("FunctionName"), "StatementId": id}));
        Ok(Made::new(&id).with("Id", id))
    }

    async fn delete(it: &Unmake<'_>) -> Result<(), Cause> {
        it.delete("lambda", "RemovePermission").await
    }
}
