//! InviteAccountToOrganization: an account is asked to join.

use crate::{
    authority,
    error::{HandshakeReason, InputReason, OrganizationsError},
    handshake::{
        self, ActionType, Handshake, HandshakeParty, HandshakePartyType, HandshakeRecord,
        HandshakeState, days,
    },
    ids::new_id,
    limits::MAX_ACCOUNTS,
    shapes::{HandshakeNotes, Tag},
    tags, tree,
};
use policy::is_account_id;
use service_kit::{
    organization::{Account, Organization},
    prelude::*,
};

/// How long an invitation stands, in days.
const OPEN_DAYS: i64 = 15;

/// Asks an account of this instance to join.
pub(crate) enum InviteAccountToOrganization {}

/// What InviteAccountToOrganization takes.
#[derive(Debug, Shape)]
#[shape(name = "InviteAccountToOrganizationRequest")]
pub struct InviteAccountToOrganizationInput {
    /// The account, by its number or the address of its root user.
    pub target: HandshakeParty,
    /// Words to its owner.
    #[shape(sensitive)]
    pub notes: Option<HandshakeNotes>,
    /// Tags for the account when it joins.
    #[shape(default)]
    pub tags: Vec<Tag>,
}

/// What InviteAccountToOrganization gives.
#[derive(Debug, Shape)]
#[shape(name = "InviteAccountToOrganizationResponse")]
pub struct InviteAccountToOrganizationOutput {
    /// The invitation.
    pub handshake: Option<Handshake>,
}

impl Operation for InviteAccountToOrganization {
    const NAME: &'static str = "InviteAccountToOrganization";
    type Input = InviteAccountToOrganizationInput;
    type Output = InviteAccountToOrganizationOutput;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        let tags = tags::pairs(&input.tags);
        Access::any("organizations:InviteAccountToOrganization").with_tags(tags).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let given = tags::fresh(&input.tags)?;
        authority::open_to(cx, Self::access(&input, cx.scope()))?;
        let id = new_id(cx, "h-", 32);
        cx.write(|tx| {
            let organization = authority::organization(cx, &tx.reader())?;
            let account = invited(&tx.reader(), &input.target)?;
            check(&tx.reader(), tx.now(), &organization, &account)?;
            forget_old(tx, &organization)?;
            let by_email = input.target.party_type == HandshakePartyType::Email;
            let record = HandshakeRecord {
                id: id.clone(),
                organization: organization.id,
                management: organization.management,
                account: account.id,
                email: by_email.then_some(account.email),
                action: ActionType::Invite,
                parent: None,
                notes: input.notes.clone().map(|notes| notes.0),
                tags: given.clone(),
                state: HandshakeState::Open,
                requested: tx.now(),
                expires: tx.now() + days(OPEN_DAYS),
                changed: tx.now(),
            };
            tx.put(&record)?;
            let handshake = Some(Handshake::of(&tx.reader(), record, tx.now())?);
            Ok(InviteAccountToOrganizationOutput { handshake })
        })
        .await
    }
}

/// The account that is meant. There is no mail, so an address has to be one of an account that is
/// there.
fn invited(tx: &ReadTx<'_>, party: &HandshakeParty) -> Result<Account, OrganizationsError> {
    let named = party.id.0.as_str();
    let found = match party.party_type {
        HandshakePartyType::Account if is_account_id(named) => Account::find(tx, named)?,
        HandshakePartyType::Email => {
            let mut all = tx.list::<Account>(())?.into_iter();
            all.find(|account| account.email.eq_ignore_ascii_case(named))
        }
        _ => None,
    };
    let open = found.filter(|account| account.closed.is_none());
    open.ok_or_else(|| {
        let message = "You specified an account that doesn't exist.";
        OrganizationsError::input(InputReason::InvalidPartyTypeTarget, message)
    })
}

fn check(
    tx: &ReadTx<'_>,
    now: Timestamp,
    organization: &Organization,
    account: &Account,
) -> Result<(), OrganizationsError> {
    if account.membership.is_some() {
        let message = "The account is already a member of an organization.";
        let reason = HandshakeReason::AlreadyInAnOrganization;
        return Err(OrganizationsError::handshake(reason, message));
    }
    let mut pending = handshake::of_organization(tx, &organization.id)?;
    pending.retain(|handshake| handshake.is_pending(now));
    if pending.iter().any(|handshake| handshake.action == ActionType::EnableAllFeatures) {
        let message = "You can't invite accounts while all features are being enabled.";
        let reason = HandshakeReason::InviteDisabledDuringEnableAllFeatures;
        return Err(OrganizationsError::handshake(reason, message));
    }
    if pending.iter().any(|handshake| handshake.account == account.id) {
        return Err(OrganizationsError::DuplicateHandshakeException);
    }
    if tree::members(tx, organization)?.len() + pending.len() >= MAX_ACCOUNTS {
        let message = "You have exceeded the allowed number of AWS accounts.";
        let reason = HandshakeReason::AccountNumberLimitExceeded;
        return Err(OrganizationsError::handshake(reason, message));
    }
    Ok(())
}

/// Drops the organization's handshakes that are not shown any more.
fn forget_old(tx: &mut Tx<'_>, organization: &Organization) -> Result<(), Fault> {
    for handshake in handshake::of_organization(&tx.reader(), &organization.id)? {
        if !handshake.is_kept(tx.now()) {
            tx.delete::<HandshakeRecord>(&handshake.id);
        }
    }
    Ok(())
}
