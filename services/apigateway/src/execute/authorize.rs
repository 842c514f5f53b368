//! May this caller invoke this method? ("How API Gateway resource policies affect authorization
//! workflow")

use super::{Call, reply::Refusal};
use policy::{Effect, Principal};
use service_kit::{
    access::Access,
    call::Denied,
    context::{Caller, Context},
    journal::JournalAccess,
};

/// How many digits of an account a refusal shows.
const SHOWN_DIGITS: usize = 4;

/// Judges the caller of `call`; gives the one who signed, where the method wants a signature.
///
/// A method that asks for nothing is open, unless the API has a resource policy: then that must
/// allow everybody, since nobody has said who he is.
///
/// # Errors
/// [`Refusal`] in API Gateway's words.
pub fn authorize(cx: &Context, call: &Call<'_>) -> Result<Option<Caller>, Refusal> {
    if call.route.iam {
        let caller =
            cx.authenticate(call.request, "execute-api").map_err(|failure| {
                match failure.status {
                    500.. => Refusal::internal(500),
                    _ => Refusal::unsigned(failure.code, failure.message),
                }
            })?;
        if caller.principal == Principal::Anonymous {
            return Err(Refusal::missing_token());
        }
        judge(&cx.made_by(caller.clone()), call)?;
        return Ok(Some(caller));
    }
    match call.snapshot.guarded {
        true => judge(cx, call)?,
        false => cx.open(|| open(call)),
    }
    Ok(None)
}

/// What the journal is told of a method that is open.
fn open(call: &Call<'_>) -> JournalAccess {
    let (method, path) = (&call.request.method, &call.route.resource_path);
    let why = format!("not authenticated: method {method} {path} has authorizationType NONE");
    JournalAccess::open("execute-api:Invoke", &resource(call), &call.snapshot.scope.account, why)
}

fn judge(cx: &Context, call: &Call<'_>) -> Result<(), Refusal> {
    let access = Access::on("execute-api:Invoke", resource(call));
    cx.authorize(&[access]).map_err(|denied| Refusal::denied(message(&denied, call)))
}

/// The ARN invoked: the path as asked for, since policies may be about it. A trailing slash leads
/// to the same method, so it must lead to the same statement.
fn resource(call: &Call<'_>) -> String {
    let snapshot = call.snapshot;
    let (method, path) = (call.request.method.as_str(), call.target.path);
    let path = path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path);
    let (api, stage) = (&snapshot.api, &snapshot.stage);
    snapshot.scope.arn("execute-api", format_args!("{api}/{stage}/{method}{path}"))
}

fn message(denied: &Denied, call: &Call<'_>) -> String {
    let account = &call.snapshot.scope.account;
    let shown = account.get(account.len().saturating_sub(SHOWN_DIGITS)..).unwrap_or_default();
    let hidden = "*".repeat(account.len() - shown.len());
    let resource =
        resource(call).replacen(&format!(":{account}:"), &format!(":{hidden}{shown}:"), 1);
    let explicit = match denied.effect {
        Effect::ExplicitDeny => " with an explicit deny",
        _ => "",
    };
    let principal = &denied.principal;
    format!(
        "User: {principal} is not authorized to perform: execute-api:Invoke on resource: \
         {resource}{explicit}"
    )
}
