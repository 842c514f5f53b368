//! The execution role: whether Lambda may assume it, and sessions of it.

use crate::{PRINCIPAL, error::LambdaError};
use serde_json::json;
use service_kit::{
    context::Caller,
    identity::{Role, role_by_arn},
    prelude::*,
};
use shape::Failure;

/// The longest session that Lambda asks for, in seconds.
const MAX_SESSION_SECS: u32 = 43_200;

/// The shortest session that STS gives, in seconds; enough to see whether it gives one.
const MIN_SESSION_SECS: u32 = 900;

/// What is said of a role that does not trust Lambda, or is not there.
pub const NOT_ASSUMABLE: &str = "The role defined for the function cannot be assumed by Lambda.";

/// Temporary credentials of a function's role.
pub struct RoleSession {
    /// `ASIA…`.
    pub access_key_id: String,
    /// What requests are signed with.
    pub secret_access_key: String,
    /// What they carry besides.
    pub token: String,
    /// Who signs with them.
    pub caller: Caller,
    /// When they end.
    pub expires: Timestamp,
}

/// Whether `role` lets Lambda assume it for the function at `function_arn`.
///
/// # Errors
/// [`LambdaError::InvalidParameterValueException`] when it does not.
pub async fn check(cx: &Context, role: &str, function_arn: &str) -> Result<(), LambdaError> {
    let own = policy::Arn::parse(role).is_some_and(|arn| arn.account == cx.account());
    if !own {
        return Err(LambdaError::invalid("Cross-account pass role is not allowed."));
    }
    match call_sts(cx, role, function_arn, "awslambda-check", MIN_SESSION_SECS).await {
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
    let answer = call_sts(cx, role, function_arn, &name, longest.min(MAX_SESSION_SECS)).await;
    let answer = answer.map_err(|failure| match failure.status {
        500.. => Fault::Downstream(failure),
        _ => Fault::AccessDenied(NOT_ASSUMABLE.to_owned()),
    })?;
    let text = |name: &str| answer["Credentials"][name].as_str().unwrap_or_default().to_owned();
    let (access_key_id, token) = (text("AccessKeyId"), text("SessionToken"));
    let directory = cx.platform().directory();
    let credential = directory
        .credential(cx.platform(), &access_key_id, Some(&token))
        .map_err(|fault| Fault::internal(format!("a fresh session is not known: {fault:?}")))?;
    let caller = Caller { user_agent: "AWS_Lambda".into(), ..credential.caller.clone() };
    let expires = caller.session.as_ref().map_or(cx.now(), |session| session.expires);
    let secret_access_key = text("SecretAccessKey");
    Ok(RoleSession { access_key_id, secret_access_key, token, caller, expires })
}

async fn call_sts(
    cx: &Context,
    role: &str,
    function_arn: &str,
    session: &str,
    seconds: u32,
) -> Result<serde_json::Value, Failure> {
    let input = json!({
        "RoleArn": role,
        "RoleSessionName": session,
        "DurationSeconds": seconds,
    });
    let name = As::Service {
        principal: PRINCIPAL,
        source_arn: function_arn.to_owned(),
        source_account: cx.account().to_owned(),
    };
    cx.call("sts", "AssumeRole", input, name).await
}
