//! May this caller use this URL? ("Control access to Lambda function URLs")

use super::{config::FunctionUrl, reply::Reply};
use crate::resource_policy::FunctionUrlAuthType;
use policy::Principal;
use service_kit::{context::Caller, front::Request, prelude::*};

/// Judges the caller of `request` to `url`, in whose owner's scope `cx` is; gives the one who
/// signed, where the URL wants a signature. A URL without is open only to what policies give to
/// everybody, whoever the caller says he is.
///
/// Two permissions are needed: to use the URL, and to invoke the function through it.
///
/// # Errors
/// [`Reply`] in Lambda's words; what was missing is in the journal of refusals.
pub fn authorize(
    cx: &Context,
    request: &Request,
    url: &FunctionUrl,
) -> Result<Option<Caller>, Reply> {
    let caller = match url.auth_type {
        FunctionUrlAuthType::None => None,
        FunctionUrlAuthType::AwsIam => Some(signed(cx, request)?),
    };
    let judged = match &caller {
        Some(caller) => cx.made_by(caller.clone()).authorize(&needed(cx, url)),
        None => cx.authorize(&needed(cx, url)),
    };
    judged.map_err(|_| Reply::forbidden())?;
    Ok(caller)
}

fn signed(cx: &Context, request: &Request) -> Result<Caller, Reply> {
    let caller = cx.authenticate(request, "lambda").map_err(Reply::unsigned)?;
    match caller.principal {
        Principal::Anonymous => Err(Reply::forbidden()),
        _ => Ok(caller),
    }
}

fn needed(cx: &Context, url: &FunctionUrl) -> [Access; 2] {
    let arn = url.target(cx.scope()).qualified_arn();
    [
        Access::on("lambda:InvokeFunctionUrl", arn.as_str())
            .with("lambda:FunctionUrlAuthType", url.auth_type.as_str()),
        Access::on("lambda:InvokeFunction", arn).with("lambda:InvokedViaFunctionUrl", "true"),
    ]
}
