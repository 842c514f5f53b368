//! Outbound web identity federation: whether the account issues tokens that others take, with
//! STS's GetWebIdentityToken.

use crate::error::IamError;
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair},
};
use service_kit::{identity::OutboundIssuer, prelude::*};

/// The key of the account's only issuer.
const KEY: &str = "outbound";

/// Lets the account issue tokens.
pub(crate) enum EnableOutboundWebIdentityFederation {}

/// What EnableOutboundWebIdentityFederation gives.
#[derive(Debug, Shape)]
#[shape(name = "EnableOutboundWebIdentityFederationResponse")]
pub struct EnableOutboundWebIdentityFederationOutput {
    /// The issuer that tokens name, whose keys are below that URL.
    pub issuer_identifier: String,
}

impl Operation for EnableOutboundWebIdentityFederation {
    const NAME: &'static str = "EnableOutboundWebIdentityFederation";
    type Input = Empty;
    type Output = EnableOutboundWebIdentityFederationOutput;
    type Error = IamError;

    fn access(_: &Empty, _: &Scope) -> Vec<Access> {
        Access::any("iam:EnableOutboundWebIdentityFederation").only()
    }

    async fn run(cx: &Context, _: Empty) -> Result<Self::Output, IamError> {
        let fresh = fresh(cx)?;
        let issuer = cx.write(|tx| {
            let known = tx.get::<OutboundIssuer>(KEY)?;
            if known.as_ref().is_some_and(|issuer| issuer.enabled) {
                return Err(IamError::FeatureEnabledException(
                    "Outbound Web Identity Federation is already enabled for your account.".into(),
                ));
            }
            // Switched on again it is the same issuer, with the same key.
            let known = known.unwrap_or_else(|| fresh.clone());
            let issuer = OutboundIssuer { enabled: true, ..known };
            tx.put(&issuer)?;
            Ok(issuer)
        });
        Ok(EnableOutboundWebIdentityFederationOutput { issuer_identifier: url(cx, &issuer.await?) })
    }
}

/// Lets the account issue no more tokens; those issued stay good until they end.
pub(crate) enum DisableOutboundWebIdentityFederation {}

impl Operation for DisableOutboundWebIdentityFederation {
    const NAME: &'static str = "DisableOutboundWebIdentityFederation";
    type Input = Empty;
    type Output = Empty;
    type Error = IamError;

    fn access(_: &Empty, _: &Scope) -> Vec<Access> {
        Access::any("iam:DisableOutboundWebIdentityFederation").only()
    }

    async fn run(cx: &Context, _: Empty) -> Result<Empty, IamError> {
        cx.write(|tx| {
            let issuer = enabled(tx.get::<OutboundIssuer>(KEY)?)?;
            Ok::<_, IamError>(tx.put(&OutboundIssuer { enabled: false, ..issuer })?)
        })
        .await?;
        Ok(Empty)
    }
}

/// Tells by what name the account issues tokens.
pub(crate) enum GetOutboundWebIdentityFederationInfo {}

/// What GetOutboundWebIdentityFederationInfo gives.
#[derive(Debug, Shape)]
#[shape(name = "GetOutboundWebIdentityFederationInfoResponse")]
pub struct GetOutboundWebIdentityFederationInfoOutput {
    /// The issuer that tokens name, whose keys are below that URL.
    pub issuer_identifier: String,
    /// Whether tokens are issued.
    pub jwt_vending_enabled: bool,
}

impl Operation for GetOutboundWebIdentityFederationInfo {
    const NAME: &'static str = "GetOutboundWebIdentityFederationInfo";
    type Input = Empty;
    type Output = GetOutboundWebIdentityFederationInfoOutput;
    type Error = IamError;

    fn access(_: &Empty, _: &Scope) -> Vec<Access> {
        Access::any("iam:GetOutboundWebIdentityFederationInfo").only()
    }

    async fn run(cx: &Context, _: Empty) -> Result<Self::Output, IamError> {
        let issuer = enabled(cx.read(|tx| tx.get::<OutboundIssuer>(KEY))?)?;
        Ok(GetOutboundWebIdentityFederationInfoOutput {
            issuer_identifier: url(cx, &issuer),
            jwt_vending_enabled: issuer.enabled,
        })
    }
}

fn url(cx: &Context, issuer: &OutboundIssuer) -> String {
    issuer.url(cx.platform().settings().port, cx.account())
}

fn enabled(issuer: Option<OutboundIssuer>) -> Result<OutboundIssuer, IamError> {
    issuer.filter(|issuer| issuer.enabled).ok_or_else(|| {
        IamError::FeatureDisabledException(
            "Outbound Web Identity Federation is disabled for your account.".into(),
        )
    })
}

/// An issuer with a key of its own. The key comes from the system's randomness, as all keys that
/// sign do.
fn fresh(cx: &Context) -> Result<OutboundIssuer, IamError> {
    let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &SystemRandom::new());
    let key = key.map_err(|_| Fault::internal("no key could be made"))?;
    let id = cx.entropy().uuid();
    let seal = cx.platform().seal();
    let sealed_key = seal.seal(OutboundIssuer::PURPOSE, id.as_bytes(), key.as_ref())?;
    Ok(OutboundIssuer { id, enabled: false, sealed_key })
}
