//! The caller as audit records show it ("CloudTrail userIdentity element").

use policy::Principal;
use serde_json::{Value, json};
use service_kit::context::Caller;

/// CloudTrail's `userIdentity`.
pub fn user_identity(caller: &Caller) -> Value {
    let principal = &caller.principal;
    let mut identity = match principal {
        Principal::Root { account } => {
            json!({"type": "Root", "principalId": &**account, "accountId": &**account})
        }
        Principal::User { account, id, name, .. } => json!({
            "type": "IAMUser", "principalId": &**id, "accountId": &**account, "userName": &**name,
        }),
        Principal::Role { account, .. } => json!({
            "type": "AssumedRole", "principalId": principal.user_id(), "accountId": &**account,
        }),
        Principal::Federated { account, .. } => json!({
            "type": "FederatedUser", "principalId": principal.user_id(), "accountId": &**account,
        }),
        Principal::Service { name, .. } => {
            return json!({"type": "AWSService", "invokedBy": &**name});
        }
        Principal::WebIdentity { provider, subject } => {
            // An assertion's subject and a token's: both show what vouches and whom they name.
            let saml = provider.contains(":saml-provider/");
            let kind = if saml { "SAMLUser" } else { "WebIdentityUser" };
            return json!({
                "type": kind, "principalId": principal.arn(), "userName": &**subject,
                "identityProvider": &**provider,
            });
        }
        Principal::Anonymous => {
            let account = "ANONYMOUS_PRINCIPAL";
            return json!({"type": "AWSAccount", "principalId": "", "accountId": account});
        }
    };
    identity["arn"] = principal.arn().into();
    if let Some(key) = &caller.access_key_id {
        identity["accessKeyId"] = (&**key).into();
    }
    if let Some(context) = session_context(caller) {
        identity["sessionContext"] = context;
    }
    if let Some(via) = caller.via.last() {
        identity["invokedBy"] = (*via).into();
    }
    identity
}

/// A caller of another account, as the trail of who owns the resource shows him.
pub fn foreign(caller: &Caller) -> Value {
    json!({
        "type": "AWSAccount",
        "principalId": caller.principal.user_id(),
        "accountId": caller.account(),
    })
}

fn session_context(caller: &Caller) -> Option<Value> {
    let session = caller.session.as_ref()?;
    let mut context = json!({"attributes": {
        "creationDate": session.issued.date_time(),
        "mfaAuthenticated": session.mfa.to_string(),
    }});
    if let Principal::Role { account, id, name, .. } = &caller.principal {
        context["sessionIssuer"] = json!({
            "type": "Role", "principalId": &**id, "arn": caller.principal.principal_arn(),
            "accountId": &**account, "userName": &**name,
        });
    }
    if let Some(federation) = &session.federation {
        let attributes = json!({});
        context["webIdFederationData"] =
            json!({"federatedProvider": federation.provider, "attributes": attributes});
    }
    if session.task.is_some() {
        context["assumedRoot"] = "true".into();
    }
    if let Some(identity) = &session.source_identity {
        context["sourceIdentity"] = identity.as_str().into();
    }
    Some(context)
}

/// The short name that event history can be searched by.
pub fn username(caller: &Caller) -> Option<String> {
    match &caller.principal {
        Principal::Root { .. } => Some("root".into()),
        Principal::User { name, .. } => Some(name.to_string()),
        Principal::Role { session, .. } => Some(session.to_string()),
        Principal::Federated { name, .. } => Some(name.to_string()),
        Principal::WebIdentity { subject, .. } => Some(subject.to_string()),
        Principal::Service { .. } | Principal::Anonymous => None,
    }
}
