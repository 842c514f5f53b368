//! The policies of a principal as simulations see them.

use crate::{
    error::IamError,
    managed::{Managed, find, look_up},
};
use policy::{Arn, Principal};
use service_kit::{
    identity::{Group, InlinePolicies, name_key, role_by_arn, user_by_arn},
    prelude::*,
};

/// A user, role or group whose policies are simulated.
#[derive(Default)]
pub(crate) struct Source {
    /// Who would ask; none for a group, which cannot.
    pub principal: Option<Principal>,
    /// Name and document of each policy.
    pub policies: Vec<(String, String)>,
    /// The document of the boundary.
    pub boundary: Option<String>,
}

impl Source {
    /// The user, role or group with this ARN.
    ///
    /// # Errors
    /// No such entity; invalid input when the ARN is of another kind.
    pub(crate) fn of(tx: &ReadTx<'_>, arn: &str) -> Result<Self, IamError> {
        let parsed = Arn::parse(arn).filter(|arn| arn.service == "iam");
        let missing = || IamError::NoSuchEntityException(format!("{arn} cannot be found."));
        match parsed.map(|arn| arn.type_and_id().0) {
            Some("user") => Self::of_user(tx, arn)?.ok_or_else(missing),
            Some("role") => Self::of_role(tx, arn)?.ok_or_else(missing),
            Some("group") => {
                let name = arn.rsplit('/').next().unwrap_or_default();
                let group = tx.get::<Group>(name_key(name))?;
                let group = group.filter(|group| group.arn(&tx.scope().account) == arn);
                let mut source = Self::default();
                source.add_group(tx, &group.ok_or_else(missing)?)?;
                Ok(source)
            }
            _ => Err(IamError::invalid_arn(arn)),
        }
    }

    fn of_user(tx: &ReadTx<'_>, arn: &str) -> Result<Option<Self>, IamError> {
        let Some(user) = user_by_arn(tx, arn)? else { return Ok(None) };
        let mut source = Self::default();
        source.add(tx, &format!("user_{}", user.name), &user.inline, &user.attached)?;
        for key in &user.groups {
            if let Some(group) = tx.get::<Group>(key)? {
                source.add_group(tx, &group)?;
            }
        }
        source.boundary = boundary(tx, user.boundary.as_deref())?;
        source.principal = Some(Principal::User {
            account: tx.scope().account.clone(),
            path: user.path.into(),
            name: user.name.into(),
            id: user.id.into(),
        });
        Ok(Some(source))
    }

    fn of_role(tx: &ReadTx<'_>, arn: &str) -> Result<Option<Self>, IamError> {
        let Some(role) = role_by_arn(tx, arn)? else { return Ok(None) };
        let mut source = Self::default();
        source.add(tx, &format!("role_{}", role.name), &role.inline, &role.attached)?;
        source.boundary = boundary(tx, role.boundary.as_deref())?;
        source.principal = Some(Principal::Role {
            account: tx.scope().account.clone(),
            path: role.path.into(),
            name: role.name.into(),
            id: role.id.into(),
            session: "simulation".into(),
        });
        Ok(Some(source))
    }

    fn add_group(&mut self, tx: &ReadTx<'_>, group: &Group) -> Result<(), IamError> {
        self.add(tx, &format!("group_{}", group.name), &group.inline, &group.attached)
    }

    /// Inline policies go by owner and name, managed ones by name, as AWS calls them.
    fn add(
        &mut self,
        tx: &ReadTx<'_>,
        owner: &str,
        inline: &InlinePolicies,
        attached: &[String],
    ) -> Result<(), IamError> {
        for (name, document) in inline {
            self.policies.push((format!("{owner}_{name}"), document.clone()));
        }
        for arn in attached {
            if let Some(policy) = look_up(tx, arn)? {
                let name = arn.rsplit('/').next().unwrap_or(arn);
                self.policies.push((name.to_owned(), document(&policy).to_owned()));
            }
        }
        Ok(())
    }
}

fn boundary(tx: &ReadTx<'_>, arn: Option<&str>) -> Result<Option<String>, IamError> {
    arn.map(|arn| Ok(document(&find(tx, arn)?).to_owned())).transpose()
}

fn document(policy: &Managed) -> &str {
    match policy {
        Managed::Aws(managed) => managed.document,
        Managed::Own(policy) => policy.document().unwrap_or_default(),
    }
}
