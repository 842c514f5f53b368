//! DescribeHandshake, ListHandshakesForAccount, ListHandshakesForOrganization.

use crate::{
    authority,
    error::{InputReason, OrganizationsError},
    handshake::{self, ActionType, Handshake, HandshakeRecord},
    paging::{latest_first, page},
    resource,
    shapes::{HandshakeId, MaxResults, NextToken},
};
use service_kit::prelude::*;

/// Tells about one handshake, to those who take part.
pub(crate) enum DescribeHandshake {}

/// What DescribeHandshake takes.
#[derive(Debug, Shape)]
#[shape(name = "DescribeHandshakeRequest")]
pub struct DescribeHandshakeInput {
    /// The handshake.
    pub handshake_id: HandshakeId,
}

/// What DescribeHandshake gives.
#[derive(Debug, Shape)]
#[shape(name = "DescribeHandshakeResponse")]
pub struct DescribeHandshakeOutput {
    /// The handshake.
    pub handshake: Option<Handshake>,
}

impl Operation for DescribeHandshake {
    const NAME: &'static str = "DescribeHandshake";
    type Input = DescribeHandshakeInput;
    type Output = DescribeHandshakeOutput;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        resource::on("organizations:DescribeHandshake", &input.handshake_id.0, at).only()
    }

    fn resources(_: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        resource::resolve(tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        cx.read(|tx| {
            let record = handshake::find(tx, &input.handshake_id.0, cx.account())?;
            let handshake = Some(Handshake::of(tx, record, cx.now())?);
            Ok(DescribeHandshakeOutput { handshake })
        })
    }
}

/// Which handshakes are wanted.
#[derive(Debug, Shape)]
pub struct HandshakeFilter {
    /// Those that ask for this.
    pub action_type: Option<ActionType>,
    /// Those that are parts of this one.
    pub parent_handshake_id: Option<HandshakeId>,
}

impl HandshakeFilter {
    fn check(&self) -> Result<(), OrganizationsError> {
        if self.action_type.is_some() && self.parent_handshake_id.is_some() {
            let message = "You can specify only one filter parameter for the operation.";
            return Err(OrganizationsError::input(InputReason::MaxLimitExceededFilter, message));
        }
        Ok(())
    }

    fn wants(&self, record: &HandshakeRecord) -> bool {
        let parent = self.parent_handshake_id.as_ref().map(|id| &id.0);
        self.action_type.is_none_or(|action| action == record.action)
            && (parent.is_none() || parent == record.parent.as_ref())
    }
}

/// A page of `records`, the latest first.
fn listed(
    cx: &Context,
    tx: &ReadTx<'_>,
    mut records: Vec<HandshakeRecord>,
    filter: Option<&HandshakeFilter>,
    (next_token, max_results): (Option<NextToken>, Option<MaxResults>),
) -> Result<(Vec<Handshake>, Option<NextToken>), OrganizationsError> {
    if let Some(filter) = filter {
        filter.check()?;
        records.retain(|record| filter.wants(record));
    }
    records.retain(|record| record.is_kept(cx.now()));
    let key = |record: &HandshakeRecord| latest_first(record.requested, &record.id);
    let (records, next) = page(records, key, next_token, max_results)?;
    let views = records.into_iter().map(|record| Handshake::of(tx, record, cx.now()));
    Ok((views.collect::<Result<_, _>>()?, next))
}

/// Lists what is asked of the caller's account.
pub(crate) enum ListHandshakesForAccount {}

/// What ListHandshakesForAccount takes.
#[derive(Debug, Shape)]
#[shape(name = "ListHandshakesForAccountRequest")]
pub struct ListHandshakesForAccountInput {
    /// Only these.
    pub filter: Option<HandshakeFilter>,
    /// Where to go on.
    pub next_token: Option<NextToken>,
    /// The most entries.
    pub max_results: Option<MaxResults>,
}

/// What ListHandshakesForAccount gives.
#[derive(Debug, Shape)]
#[shape(name = "ListHandshakesForAccountResponse")]
pub struct ListHandshakesForAccountOutput {
    /// The handshakes.
    pub handshakes: Option<Vec<Handshake>>,
    /// Where to go on.
    pub next_token: Option<NextToken>,
}

impl Operation for ListHandshakesForAccount {
    const NAME: &'static str = "ListHandshakesForAccount";
    type Input = ListHandshakesForAccountInput;
    type Output = ListHandshakesForAccountOutput;
    type Error = OrganizationsError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("organizations:ListHandshakesForAccount").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        cx.read(|tx| {
            let mut records = tx.list::<HandshakeRecord>(())?;
            records.retain(|record| record.account == cx.account());
            let paging = (input.next_token, input.max_results);
            let (all, next_token) = listed(cx, tx, records, input.filter.as_ref(), paging)?;
            Ok(ListHandshakesForAccountOutput { handshakes: Some(all), next_token })
        })
    }
}

/// Lists what the organization asks of others and of itself.
pub(crate) enum ListHandshakesForOrganization {}

/// What ListHandshakesForOrganization takes.
#[derive(Debug, Shape)]
#[shape(name = "ListHandshakesForOrganizationRequest")]
pub struct ListHandshakesForOrganizationInput {
    /// Only these.
    pub filter: Option<HandshakeFilter>,
    /// Where to go on.
    pub next_token: Option<NextToken>,
    /// The most entries.
    pub max_results: Option<MaxResults>,
}

/// What ListHandshakesForOrganization gives.
#[derive(Debug, Shape)]
#[shape(name = "ListHandshakesForOrganizationResponse")]
pub struct ListHandshakesForOrganizationOutput {
    /// The handshakes.
    pub handshakes: Option<Vec<Handshake>>,
    /// Where to go on.
    pub next_token: Option<NextToken>,
}

impl Operation for ListHandshakesForOrganization {
    const NAME: &'static str = "ListHandshakesForOrganization";
    type Input = ListHandshakesForOrganizationInput;
    type Output = ListHandshakesForOrganizationOutput;
    type Error = OrganizationsError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("organizations:ListHandshakesForOrganization").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let organization = authority::open_to(cx, Self::access(&input, cx.scope()))?;
        cx.read(|tx| {
            let records = handshake::of_organization(tx, &organization.id)?;
            let paging = (input.next_token, input.max_results);
            let (all, next_token) = listed(cx, tx, records, input.filter.as_ref(), paging)?;
            Ok(ListHandshakesForOrganizationOutput { handshakes: Some(all), next_token })
        })
    }
}
