//! What a role says about being assumed: its trust policy, which alone can let anybody in.

use policy::Arn;
use service_kit::{
    access::{Access, Facts, Scope},
    context::Caller,
    fault::Fault,
    identity::{Role, name_key},
    tx::ReadTx,
};

/// The trust policy and tags of the role that `access` wants to act on. A role that does not
/// exist trusts nobody, so that the refusal does not tell it from one that does.
pub(crate) fn facts(tx: &ReadTx<'_>, access: &Access, _: &Caller) -> Result<Facts, Fault> {
    let about_roles = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];
    let is_role = Arn::parse(&access.resource)
        .is_some_and(|arn| arn.service == "iam" && arn.type_and_id().0 == "role");
    let named = about_roles.iter().any(|action| access.action.eq_ignore_ascii_case(action));
    if !named || !(is_role || access.action.eq_ignore_ascii_case("sts:AssumeRole")) {
        return Ok(Facts::default());
    }
    let Some(role) = role(tx, &access.resource)? else {
        return Ok(Facts { exclusive: true, ..Facts::default() });
    };
    let mut keys = policy::Context::default();
    for (key, value) in &role.tags {
        keys.set(format!("iam:ResourceTag/{key}"), value.as_str());
    }
    Ok(Facts {
        policy: Some((access.resource.as_str().into(), role.trust.into())),
        exclusive: true,
        tags: role.tags,
        keys,
        ..Facts::default()
    })
}

/// The role with this ARN, in whatever account it is.
pub(crate) fn role(tx: &ReadTx<'_>, arn: &str) -> Result<Option<Role>, Fault> {
    let (Some(parsed), Some((_, name))) = (Arn::parse(arn), arn.rsplit_once('/')) else {
        return Ok(None);
    };
    let account = tx.within(Scope::new(parsed.account, tx.scope().region.clone()));
    let role = account.get::<Role>(name_key(name))?;
    Ok(role.filter(|role| role.arn(parsed.account) == arn))
}
