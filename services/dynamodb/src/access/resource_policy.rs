//! PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy: the policies of tables and streams.

use crate::{
    access::{
        policy_actions::Governed,
        policy_document::stored,
        table_access::{ResourcePolicy, StreamPolicy, TableAccess},
    },
    error::{DynamoError, invalid, invalid_values},
    streams::stream::Stream,
    table::{Table, require},
};
use policy::{Kind, Policy};
use service_kit::{
    identity::{may_still, show_principals},
    prelude::*,
};

/// The revision that a request expects where there is to be no policy yet.
const NO_POLICY: &str = "NO_POLICY";

/// A table or one of its streams.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    arn: &'a str,
    table: &'a str,
    stream: Option<&'a str>,
}

impl<'a> Target<'a> {
    /// What `arn` names, for a request that works in `at`.
    ///
    /// # Errors
    /// AWS's `ValidationException` for what can have no policy.
    fn parse(arn: &'a str, at: &Scope) -> Result<Self, DynamoError> {
        let parsed = policy::Arn::parse(arn).filter(|parsed| parsed.service == "dynamodb");
        let parsed = parsed.filter(|parsed| *parsed.region == *at.region);
        let parsed = parsed.ok_or_else(|| misnamed(arn))?;
        if *parsed.account != *at.account {
            return Err(invalid(
                "This action is only supported by accounts that match the resource owner\u{2019}s \
                 account.",
            ));
        }
        let mut parts = parsed.resource.splitn(4, '/');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("table"), Some(table), None, _) => Ok(Self { arn, table, stream: None }),
            (Some("table"), Some(table), Some("stream"), Some(label)) => {
                Ok(Self { arn, table, stream: Some(label) })
            }
            (Some("table"), Some(_), Some("index"), _) => Err(invalid_values(format_args!(
                "Invalid resource arn provided, only table or stream is accepted. Provided \
                 resource arn: {arn}"
            ))),
            _ => Err(other(arn)),
        }
    }

    fn governed(self) -> Governed {
        self.stream.map_or(Governed::Table, |_| Governed::Stream)
    }

    /// Its policy.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when it is not there.
    fn policy(self, tx: &ReadTx<'_>) -> Result<Option<ResourcePolicy>, DynamoError> {
        let table = require(tx, self.table)?;
        let Some(label) = self.stream else {
            return Ok(TableAccess::of(tx, self.table)?.policy);
        };
        if !has_stream(tx, &table, label)? {
            return Err(DynamoError::ResourceNotFound(format!(
                "Requested resource not found: Stream: {label} not found for Table: {}",
                self.table
            )));
        }
        Ok(tx.get::<StreamPolicy>((self.table, label))?.map(|found| found.policy))
    }

    fn set(self, tx: &mut Tx<'_>, policy: Option<ResourcePolicy>) -> Result<(), Fault> {
        match (self.stream, policy) {
            (None, policy) => {
                let mut access = TableAccess::of(&tx.reader(), self.table)?;
                access.policy = policy;
                access.keep(tx)
            }
            (Some(label), Some(policy)) => {
                let (table, label) = (self.table.to_owned(), label.to_owned());
                tx.put(&StreamPolicy { table, label, policy })
            }
            (Some(label), None) => {
                tx.delete::<StreamPolicy>((self.table, label));
                Ok(())
            }
        }
    }

    /// A request names the revision that it means to change, or that there is to be none.
    fn check_revision(
        self,
        known: Option<&ResourcePolicy>,
        expected: Option<&str>,
    ) -> Result<(), DynamoError> {
        let Some(expected) = expected else { return Ok(()) };
        let table = self.table;
        let known = known.map(|policy| policy.revision.to_string());
        let why = match (known, expected) {
            (None, NO_POLICY) => return Ok(()),
            (Some(known), expected) if known == expected => return Ok(()),
            (Some(known), NO_POLICY) => format!(
                "Requested policy update expecting none to be present for table {table}, but a \
                 policy exists with revision id {known}."
            ),
            (Some(known), _) => format!(
                "Requested update for policy with revision id {expected}, but the policy \
                 associated to target table {table} has revision id {known}."
            ),
            (None, _) => format!(
                "Requested update for policy with revision id {expected}, but table {table} has \
                 no associated policy."
            ),
        };
        Err(not_found(why))
    }
}

/// What is said of what is no ARN of this region.
pub(crate) fn misnamed(arn: &str) -> DynamoError {
    if !arn.starts_with("arn:") {
        return invalid_values(format_args!("ARNs must start with 'arn:': {arn}"));
    }
    match policy::Arn::split(arn).filter(|parsed| parsed.service == "dynamodb") {
        Some(_) => invalid_values(format_args!("Invalid resource Arn: {arn}")),
        None => other(arn),
    }
}

fn other(arn: &str) -> DynamoError {
    invalid_values(format_args!("Provided Arn is not a DynamoDB resource arn: {arn}"))
}

/// Whether `table` has, or had not long ago, the stream with this label.
fn has_stream(tx: &ReadTx<'_>, table: &Table, label: &str) -> Result<bool, Fault> {
    let stream: Option<Stream> = tx.get((&table.name, label))?;
    Ok(stream.is_some_and(|stream| stream.table_id == table.id))
}

fn not_found(what: impl std::fmt::Display) -> DynamoError {
    DynamoError::PolicyNotFound(format!(
        "Resource-based policy not found for the provided ResourceArn: {what}"
    ))
}

/// The form of `document` to store as the policy of what has the ARN `arn`. Refuses one under which
/// the caller could not change it again, unless he has `confirmed` that.
///
/// # Errors
/// AWS's `ValidationException` for documents that are no policy, `AccessDeniedException` when the
/// caller would lock himself out.
pub(crate) fn check(
    cx: &Context,
    arn: &str,
    governed: Governed,
    document: &str,
    confirmed: bool,
) -> Result<String, DynamoError> {
    let document = cx.read(|tx| stored(tx, document, governed))?;
    if confirmed {
        return Ok(document);
    }
    let parsed = Policy::parse(&document, Kind::Resource).map_err(Fault::internal)?;
    let keys = policy::Context::default();
    if may_still(cx, "dynamodb:PutResourcePolicy", arn, parsed, false, keys)? {
        return Ok(document);
    }
    let text = "The new resource policy will not allow you to update the resource policy in the \
                future.";
    Err(DynamoError::Common(Fault::AccessDenied(text.into())))
}

impl ResourcePolicy {
    /// A policy that is put at `now` in the place of `old`.
    pub(crate) fn new(document: String, old: Option<&Self>, now: Timestamp) -> Self {
        let now = u64::try_from(now.as_micros() / 1_000).unwrap_or(0);
        let revision = old.map_or(now, |old| now.max(old.revision + 1));
        Self { document, revision }
    }
}

pub(crate) enum PutResourcePolicy {}

/// What PutResourcePolicy takes.
#[derive(Debug, Shape)]
pub struct PutResourcePolicyInput {
    /// The table's or stream's ARN.
    #[shape(length = 1..=1283)]
    pub resource_arn: String,
    /// The document.
    pub policy: String,
    /// The revision to replace, or `NO_POLICY`.
    #[shape(length = 1..=255)]
    pub expected_revision_id: Option<String>,
    /// Whether the caller means to lock himself out, if he does.
    pub confirm_remove_self_resource_access: Option<bool>,
}

/// What PutResourcePolicy gives.
#[derive(Debug, Shape)]
pub struct PutResourcePolicyOutput {
    /// The policy's revision; the same as before if it says the same.
    #[shape(length = 1..=255)]
    pub revision_id: Option<String>,
}

impl Operation for PutResourcePolicy {
    const NAME: &'static str = "PutResourcePolicy";
    type Input = PutResourcePolicyInput;
    type Output = PutResourcePolicyOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("dynamodb:PutResourcePolicy", &input.resource_arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let target = Target::parse(&input.resource_arn, cx.scope())?;
        let confirmed = input.confirm_remove_self_resource_access.unwrap_or(false);
        let document = check(cx, target.arn, target.governed(), &input.policy, confirmed)?;
        let expected = input.expected_revision_id.as_deref();
        let now = cx.now();
        let revision = cx
            .write(|tx| {
                let known = target.policy(&tx.reader())?;
                target.check_revision(known.as_ref(), expected)?;
                if let Some(same) = known.as_ref().filter(|known| known.document == document) {
                    return Ok(same.revision);
                }
                let policy = ResourcePolicy::new(document.clone(), known.as_ref(), now);
                let revision = policy.revision;
                target.set(tx, Some(policy))?;
                Ok::<_, DynamoError>(revision)
            })
            .await?;
        Ok(PutResourcePolicyOutput { revision_id: Some(revision.to_string()) })
    }
}

pub(crate) enum GetResourcePolicy {}

/// What GetResourcePolicy takes.
#[derive(Debug, Shape)]
pub struct GetResourcePolicyInput {
    /// The table's or stream's ARN.
    #[shape(length = 1..=1283)]
    pub resource_arn: String,
}

/// What GetResourcePolicy gives.
#[derive(Debug, Shape)]
pub struct GetResourcePolicyOutput {
    /// The document.
    pub policy: Option<String>,
    /// Its revision.
    #[shape(length = 1..=255)]
    pub revision_id: Option<String>,
}

impl Operation for GetResourcePolicy {
    const NAME: &'static str = "GetResourcePolicy";
    type Input = GetResourcePolicyInput;
    type Output = GetResourcePolicyOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("dynamodb:GetResourcePolicy", &input.resource_arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let target = Target::parse(&input.resource_arn, cx.scope())?;
        cx.read(|tx| {
            let policy = target.policy(tx)?.ok_or_else(|| not_found(target.arn))?;
            Ok(GetResourcePolicyOutput {
                policy: Some(show_principals(tx, &policy.document, Kind::Resource)?),
                revision_id: Some(policy.revision.to_string()),
            })
        })
    }
}

pub(crate) enum DeleteResourcePolicy {}

/// What DeleteResourcePolicy takes.
#[derive(Debug, Shape)]
pub struct DeleteResourcePolicyInput {
    /// The table's or stream's ARN.
    #[shape(length = 1..=1283)]
    pub resource_arn: String,
    /// The revision to delete.
    #[shape(length = 1..=255)]
    pub expected_revision_id: Option<String>,
}

/// What DeleteResourcePolicy gives.
#[derive(Debug, Shape)]
pub struct DeleteResourcePolicyOutput {
    /// The revision deleted, if there was one.
    #[shape(length = 1..=255)]
    pub revision_id: Option<String>,
}

impl Operation for DeleteResourcePolicy {
    const NAME: &'static str = "DeleteResourcePolicy";
    type Input = DeleteResourcePolicyInput;
    type Output = DeleteResourcePolicyOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("dynamodb:DeleteResourcePolicy", &input.resource_arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let target = Target::parse(&input.resource_arn, cx.scope())?;
        let expected = input.expected_revision_id.as_deref();
        let known = cx
            .write(|tx| {
                let known = target.policy(&tx.reader())?;
                target.check_revision(known.as_ref(), expected)?;
                target.set(tx, None)?;
                Ok::<_, DynamoError>(known)
            })
            .await?;
        let revision_id = known.map(|policy| policy.revision.to_string());
        Ok(DeleteResourcePolicyOutput { revision_id })
    }
}
