//! EnableAllFeatures: an organization of one bill becomes one with policies.

use crate::{
    authority,
    error::{HandshakeReason, OrganizationsError},
    handshake::{self, ActionType, Handshake, HandshakeRecord, HandshakeState, days},
    ids::new_id,
    tree,
};
use service_kit::prelude::*;

/// How long members have to approve, in days.
const OPEN_DAYS: i64 = 90;

/// Asks all invited members to approve; accounts that the organization made are not asked. The
/// management account then accepts the handshake that is answered here.
pub(crate) enum EnableAllFeatures {}

/// What EnableAllFeatures gives.
#[derive(Debug, Shape)]
#[shape(name = "EnableAllFeaturesResponse")]
pub struct EnableAllFeaturesOutput {
    /// The handshake that the management account accepts in the end.
    pub handshake: Option<Handshake>,
}

impl Operation for EnableAllFeatures {
    const NAME: &'static str = "EnableAllFeatures";
    type Input = Empty;
    type Output = EnableAllFeaturesOutput;
    type Error = OrganizationsError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("organizations:EnableAllFeatures").only()
    }

    async fn run(cx: &Context, _: Self::Input) -> Result<Self::Output, Self::Error> {
        let id = new_id(cx, "h-", 32);
        cx.write(|tx| {
            let organization = authority::managed(cx, &tx.reader())?;
            let fault = |reason, message| Err(OrganizationsError::handshake(reason, message));
            if organization.all_features {
                let message = "The organization already has all features enabled.";
                return fault(HandshakeReason::OrganizationAlreadyHasAllFeatures, message);
            }
            let known = handshake::of_organization(&tx.reader(), &organization.id)?;
            let asks = |it: &HandshakeRecord| it.action == ActionType::EnableAllFeatures;
            if known.iter().any(|it| asks(it) && it.is_pending(tx.now())) {
                let message = "Enabling all features is already in progress.";
                let reason = HandshakeReason::OrganizationIsAlreadyPendingAllFeaturesMigration;
                return fault(reason, message);
            }
            let mut asked = tree::members(&tx.reader(), &organization)?;
            asked.retain(|(account, membership)| {
                membership.invited && account.id != organization.management
            });
            let state = match asked.is_empty() {
                true => HandshakeState::Open,
                false => HandshakeState::Requested,
            };
            let whole = HandshakeRecord {
                id: id.clone(),
                organization: organization.id.clone(),
                account: organization.management.clone(),
                management: organization.management,
                email: None,
                action: ActionType::EnableAllFeatures,
                parent: None,
                notes: None,
                tags: Vec::new(),
                state,
                requested: tx.now(),
                expires: tx.now() + days(OPEN_DAYS),
                changed: tx.now(),
            };
            for (account, _) in asked {
                tx.put(&HandshakeRecord {
                    id: new_id(cx, "h-", 32),
                    account: account.id,
                    action: ActionType::ApproveAllFeatures,
                    parent: Some(id.clone()),
                    state: HandshakeState::Open,
                    ..whole.clone()
                })?;
            }
            tx.put(&whole)?;
            let handshake = Some(Handshake::of(&tx.reader(), whole, tx.now())?);
            Ok(EnableAllFeaturesOutput { handshake })
        })
        .await
    }
}
