//! AcceptHandshake, DeclineHandshake, CancelHandshake.

use crate::{
    create_account::check_room,
    error::{HandshakeReason, OrganizationsError},
    handshake::{self, ActionType, Handshake, HandshakeRecord, HandshakeState},
    organization::fresh_membership,
    resource,
    shapes::HandshakeId,
    tree,
};
use service_kit::{
    organization::{Account, Organization},
    prelude::*,
};

macro_rules! answer {
    ($(#[$what:meta])* $name:ident, $input:ident, $output:ident, $state:ident) => {
        $(#[$what])*
        pub(crate) enum $name {}

        /// Which handshake.
        #[derive(Debug, Shape)]
        pub struct $input {
            /// Its id.
            pub handshake_id: HandshakeId,
        }

        /// What became of it.
        #[derive(Debug, Shape)]
        pub struct $output {
            /// The handshake.
            pub handshake: Option<Handshake>,
        }

        impl Operation for $name {
            const NAME: &'static str = stringify!($name);
            type Input = $input;
            type Output = $output;
            type Error = OrganizationsError;

            fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
                let action = concat!("organizations:", stringify!($name));
                resource::on(action, &input.handshake_id.0, at).only()
            }

            fn resources(
                _: &Self::Input,
                tx: &ReadTx<'_>,
                access: &mut [Access],
            ) -> Result<(), Fault> {
                resource::resolve(tx, access)
            }

            async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
                let handshake = settle(cx, &input.handshake_id.0, HandshakeState::$state).await?;
                Ok($output { handshake: Some(handshake) })
            }
        }
    };
}

answer! {
    /// Says yes: the account joins, approves, or finishes what was asked of itself.
    AcceptHandshake, AcceptHandshakeRequest, AcceptHandshakeResponse, Accepted
}
answer! {
    /// Says no.
    DeclineHandshake, DeclineHandshakeRequest, DeclineHandshakeResponse, Declined
}
answer! {
    /// Takes back what was asked.
    CancelHandshake, CancelHandshakeRequest, CancelHandshakeResponse, Canceled
}

/// Brings a handshake to its end, with all that follows.
async fn settle(
    cx: &Context,
    id: &str,
    state: HandshakeState,
) -> Result<Handshake, OrganizationsError> {
    cx.write(|tx| {
        let mut record = handshake::find(&tx.reader(), id, cx.account())?;
        check_turn(&record, cx.account(), state, tx.now())?;
        if state == HandshakeState::Accepted {
            match record.action {
                ActionType::Invite => join(tx, &record)?,
                ActionType::EnableAllFeatures => enable(tx, &record)?,
                // To approve is all there is to it.
                _ => {}
            }
        }
        record.state = state;
        record.changed = tx.now();
        tx.put(&record)?;
        match (record.action, state) {
            (ActionType::EnableAllFeatures, HandshakeState::Canceled) => cancel_parts(tx, id)?,
            (ActionType::ApproveAllFeatures, HandshakeState::Accepted) => open_parent(tx, &record)?,
            _ => {}
        }
        Ok(Handshake::of(&tx.reader(), record, tx.now())?)
    })
    .await
}

/// Only who asked takes back, only who was asked answers, and only once.
fn check_turn(
    record: &HandshakeRecord,
    account: &str,
    state: HandshakeState,
    now: Timestamp,
) -> Result<(), OrganizationsError> {
    let turn = match state {
        HandshakeState::Canceled => &record.management,
        _ => &record.account,
    };
    if turn != account {
        return Err(OrganizationsError::denied());
    }
    match record.state_at(now) {
        HandshakeState::Open | HandshakeState::Requested => Ok(()),
        same if same == state => Err(OrganizationsError::HandshakeAlreadyInStateException),
        _ => Err(OrganizationsError::InvalidHandshakeTransitionException),
    }
}

fn organization(
    tx: &ReadTx<'_>,
    record: &HandshakeRecord,
) -> Result<Organization, OrganizationsError> {
    let found = tx.get::<Organization>(&record.organization)?;
    found.ok_or(OrganizationsError::InvalidHandshakeTransitionException)
}

/// The account that was invited joins.
fn join(tx: &mut Tx<'_>, record: &HandshakeRecord) -> Result<(), OrganizationsError> {
    let organization = organization(&tx.reader(), record)?;
    let account = Account::find(&tx.reader(), &record.account)?;
    let account = account.unwrap_or_else(|| Account::unnamed(&record.account));
    if account.membership.is_some() {
        let message = "The account is already a member of an organization.";
        let reason = HandshakeReason::AlreadyInAnOrganization;
        return Err(OrganizationsError::handshake(reason, message));
    }
    check_room(&tx.reader(), &organization)?;
    let membership = fresh_membership(&organization, true, tx.now(), record.tags.clone());
    Ok(tx.put(&Account { membership: Some(membership), ..account })?)
}

/// All features are there once every invited member has approved that still is one.
fn enable(tx: &mut Tx<'_>, record: &HandshakeRecord) -> Result<(), OrganizationsError> {
    let organization = organization(&tx.reader(), record)?;
    for part in parts(&tx.reader(), record)? {
        let member = tree::member(&tx.reader(), &organization, &part.account)?;
        if part.state != HandshakeState::Accepted && member.is_some() {
            return Err(OrganizationsError::InvalidHandshakeTransitionException);
        }
    }
    Ok(tx.put(&Organization { all_features: true, ..organization })?)
}

fn parts(tx: &ReadTx<'_>, parent: &HandshakeRecord) -> Result<Vec<HandshakeRecord>, Fault> {
    let mut all = handshake::of_organization(tx, &parent.organization)?;
    all.retain(|handshake| handshake.parent.as_ref() == Some(&parent.id));
    Ok(all)
}

/// Takes back what was asked of members for the handshake `id`.
fn cancel_parts(tx: &mut Tx<'_>, id: &str) -> Result<(), Fault> {
    let Some(parent) = tx.get::<HandshakeRecord>(id)? else { return Ok(()) };
    for part in parts(&tx.reader(), &parent)? {
        if part.is_pending(tx.now()) {
            let changed = tx.now();
            tx.put(&HandshakeRecord { state: HandshakeState::Canceled, changed, ..part })?;
        }
    }
    Ok(())
}

/// After the last approval the management account may finish.
fn open_parent(tx: &mut Tx<'_>, part: &HandshakeRecord) -> Result<(), Fault> {
    let parent = part.parent.as_deref().map(|id| tx.get::<HandshakeRecord>(id)).transpose()?;
    let Some(parent) = parent.flatten().filter(|parent| parent.is_pending(tx.now())) else {
        return Ok(());
    };
    let all = parts(&tx.reader(), &parent)?;
    if all.iter().all(|part| part.state == HandshakeState::Accepted) {
        let changed = tx.now();
        tx.put(&HandshakeRecord { state: HandshakeState::Open, changed, ..parent })?;
    }
    Ok(())
}
