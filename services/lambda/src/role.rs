//! The execution role: whether Lambda may assume it, and sessions of it.

use crate::{PRINCIPAL, error::LambdaError};
use service_kit::{
    context::Caller,
    identity::{Role, RoleSession, assume_role, role_by_arn},
    prelude::*,
};

/// The longest session that Lambda asks for, in seconds.
const MAX_SESSION_SECS: u32 = 43_200;

/// The shortest session that STS gives, in seconds; enough to see whether it gives one.
const MIN_SESSION_SECS: u32 = 900;

/// What is said of a role that does not trust Lambda, or is not there.
pub const NOT_ASSUMABLE: &str = "The role defined for the function cannot be assumed by Lambda.";

/// Whether `role` lets Lambda assume it for the function at `function_arn`.
///
/// # Errors
/// [`LambdaError::InvalidParameterValueException`] when it does not.
pub async fn check(cx: &Context, role: &str, function_arn: &str) -> Result<(), LambdaError> {
    let own = policy::Arn::parse(role)
        .is_some_and(|arn| arn.service == "iam" && arn.account == cx.account());
    if !own {
        return Err(LambdaError::invalid("Cross-account pass role is not allowed."));
    }
    let name = named(cx, function_arn);
    match assume_role(cx, role, name, "awslambda-check", MIN_SESSION_SECS).await {
        Ok(_) => Ok(()),
        Err(failure) if failure.status >= 500 => Err(Fault::Downstream(failure).into()),
        Err(_) => Err(LambdaError::invalid(NOT_ASSUMABLE)),
    }
}

/// A session of `role` for code of the function at `function_arn`, as long as the role allows.
///
/// # Errors
/// [`Fault::AccessDenied`] when the role cannot be assumed any more.
pub async fn assume(
    cx: &Context,
    role: &str,
    function_arn: &str,
    function: &str,
) -> Result<RoleSession, LambdaError> {
    let known: Option<Role> = cx.read(|tx| role_by_arn(tx, role))?;
    let longest = known.map_or(MIN_SESSION_SECS, |role| role.max_session_secs);
    let name = if function.len() < 2 { format!("{function}-") } else { function.to_owned() };
    let seconds = longest.min(MAX_SESSION_SECS);
    let session = assume_role(cx, role, named(cx, function_arn), &name, seconds).await;
    let session = session.map_err(|failure| match failure.status {
        500.. => Fault::Downstream(failure),
        _ => Fault::AccessDenied(NOT_ASSUMABLE.to_owned()),
    })?;
    let caller = Caller { user_agent: "AWS_Lambda".into(), ..session.caller };
    Ok(RoleSession { caller, ..session })
}

/// Lambda, for the function at `function_arn`.
fn named(cx: &Context, function_arn: &str) -> As {
    As::Service {
        principal: PRINCIPAL,
        source_arn: function_arn.to_owned(),
        source_account: cx.account().to_owned(),
    }
}
