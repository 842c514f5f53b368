//! What OpenID Connect and SAML providers have in common: requests name them by their ARN.

use crate::error::IamError;
use policy::Arn;
use service_kit::{
    identity::{OidcProvider, SamlProvider, Tag, name_key},
    prelude::*,
};

/// An identity provider.
pub(crate) trait Provider: Record {
    /// Its kind in ARNs.
    const KIND: &'static str;
    /// What cannot be found, at the start of AWS's sentence.
    const MISSING: &'static str;

    /// The key of the one with this name in its ARN.
    fn key_of(name: &str) -> String;
    /// Its ARN in `account`.
    fn arn_in(&self, account: &str) -> String;
    /// Its tags.
    fn tags(&self) -> &[Tag];

    /// The provider with this ARN, if the account of `tx` has it.
    fn look_up(tx: &ReadTx<'_>, arn: &str) -> Result<Option<Self>, IamError> {
        let parsed = Arn::parse(arn).filter(|arn| arn.service == "iam" && arn.region.is_empty());
        let name = parsed.as_ref().and_then(|arn| arn.resource.split_once('/'));
        let Some((_, name)) = name.filter(|(kind, name)| *kind == Self::KIND && !name.is_empty())
        else {
            return Err(IamError::invalid_arn(arn));
        };
        let found = tx.get::<Self>(Self::key_of(name))?;
        Ok(found.filter(|provider| provider.arn_in(&tx.scope().account) == arn))
    }

    /// As [`Provider::look_up`], for one that must be there.
    fn find(tx: &ReadTx<'_>, arn: &str) -> Result<Self, IamError> {
        Self::look_up(tx, arn)?.ok_or_else(|| {
            IamError::NoSuchEntityException(format!("{} not found for arn {arn}", Self::MISSING))
        })
    }

    /// Changes the provider with this ARN, which keeps its name.
    async fn change(
        cx: &Context,
        arn: &str,
        mut change: impl FnMut(&mut Self) -> Result<(), IamError> + Send,
    ) -> Result<(), IamError> {
        cx.write(|tx| {
            let mut provider = Self::find(&tx.reader(), arn)?;
            change(&mut provider)?;
            Ok(tx.put(&provider)?)
        })
        .await
    }
}

impl Provider for OidcProvider {
    const KIND: &'static str = "oidc-provider";
    const MISSING: &'static str = "OpenIDConnect Provider";

    fn key_of(name: &str) -> String {
        name.to_owned()
    }

    fn arn_in(&self, account: &str) -> String {
        self.arn(account)
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

impl Provider for SamlProvider {
    const KIND: &'static str = "saml-provider";
    const MISSING: &'static str = "Manifest";

    fn key_of(name: &str) -> String {
        name_key(name)
    }

    fn arn_in(&self, account: &str) -> String {
        self.arn(account)
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}
