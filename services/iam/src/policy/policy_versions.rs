//! Create, get, list, delete and choose the versions of a managed policy.

use crate::{
    document,
    error::IamError,
    managed,
    names::{ArnText, Document, Marker, MaxItems, VersionId},
    paging::Paging,
    shapes::VersionView,
};
use service_kit::{
    identity::{ManagedPolicy, PolicyVersion},
    prelude::*,
};

/// The most versions of one policy.
const MAX_VERSIONS: usize = 5;

/// Adds a version to a policy, in force only if asked for.
pub(crate) enum CreatePolicyVersion {}

/// What CreatePolicyVersion takes.
#[derive(Debug, Shape)]
#[shape(name = "CreatePolicyVersionRequest")]
pub struct CreatePolicyVersionInput {
    /// The policy's ARN.
    pub policy_arn: ArnText,
    /// The document.
    pub policy_document: Document,
    /// Whether it is to be in force.
    #[shape(default)]
    pub set_as_default: bool,
}

/// What CreatePolicyVersion gives.
#[derive(Debug, Shape)]
#[shape(name = "CreatePolicyVersionResponse")]
pub struct CreatePolicyVersionOutput {
    /// The version, without its document.
    pub policy_version: VersionView,
}

impl Operation for CreatePolicyVersion {
    const NAME: &'static str = "CreatePolicyVersion";
    type Input = CreatePolicyVersionInput;
    type Output = CreatePolicyVersionOutput;
    type Error = IamError;

    fn access(input: &CreatePolicyVersionInput, _: &Scope) -> Vec<Access> {
        Access::on("iam:CreatePolicyVersion", input.policy_arn.0.as_str()).only()
    }

    async fn run(
        cx: &Context,
        input: CreatePolicyVersionInput,
    ) -> Result<CreatePolicyVersionOutput, IamError> {
        let document = &input.policy_document.0;
        document::check_managed(document)?;
        let created = cx.now().whole_seconds();
        let policy_version = cx
            .write(|tx| {
                let mut policy = managed::find_own(&tx.reader(), &input.policy_arn.0)?;
                add(&mut policy, document, created)?;
                let id = format!("v{}", policy.last_version);
                if input.set_as_default {
                    policy.default_version = id.clone();
                }
                tx.put(&policy)?;
                Ok::<_, IamError>(VersionView {
                    document: None,
                    version_id: id,
                    is_default_version: input.set_as_default,
                    create_date: created,
                })
            })
            .await?;
        Ok(CreatePolicyVersionOutput { policy_version })
    }
}

fn add(policy: &mut ManagedPolicy, document: &str, created: Timestamp) -> Result<(), IamError> {
    if policy.versions.len() >= MAX_VERSIONS {
        return Err(IamError::LimitExceededException(format!(
            "A managed policy can have up to {MAX_VERSIONS} versions. Before you create a new \
             version, you must delete an existing version."
        )));
    }
    policy.last_version += 1;
    policy.updated = created;
    let id = format!("v{}", policy.last_version);
    policy.versions.push(PolicyVersion { id, document: document.to_owned(), created });
    Ok(())
}

/// Shows a version of a policy with its document.
pub(crate) enum GetPolicyVersion {}

/// What GetPolicyVersion takes.
#[derive(Debug, Shape)]
#[shape(name = "GetPolicyVersionRequest")]
pub struct GetPolicyVersionInput {
    /// The policy's ARN.
    pub policy_arn: ArnText,
    /// The version.
    pub version_id: VersionId,
}

/// What GetPolicyVersion gives.
#[derive(Debug, Shape)]
#[shape(name = "GetPolicyVersionResponse")]
pub struct GetPolicyVersionOutput {
    /// The version.
    pub policy_version: VersionView,
}

impl Operation for GetPolicyVersion {
    const NAME: &'static str = "GetPolicyVersion";
    type Input = GetPolicyVersionInput;
    type Output = GetPolicyVersionOutput;
    type Error = IamError;

    fn access(input: &GetPolicyVersionInput, _: &Scope) -> Vec<Access> {
        Access::on("iam:GetPolicyVersion", input.policy_arn.0.as_str()).only()
    }

    async fn run(
        cx: &Context,
        input: GetPolicyVersionInput,
    ) -> Result<GetPolicyVersionOutput, IamError> {
        let (arn, id) = (&input.policy_arn.0, &input.version_id.0);
        let policy_version =
            cx.read(|tx| managed::find(tx, arn)?.version(id).ok_or_else(|| missing(arn, id)))?;
        Ok(GetPolicyVersionOutput { policy_version })
    }
}

/// Lists the versions of a policy, the newest first, without their documents.
pub(crate) enum ListPolicyVersions {}

/// What ListPolicyVersions takes.
#[derive(Debug, Shape)]
#[shape(name = "ListPolicyVersionsRequest")]
pub struct ListPolicyVersionsInput {
    /// The policy's ARN.
    pub policy_arn: ArnText,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListPolicyVersions gives.
#[derive(Debug, Shape)]
#[shape(name = "ListPolicyVersionsResponse")]
pub struct ListPolicyVersionsOutput {
    /// The versions.
    pub versions: Vec<VersionView>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListPolicyVersions {
    const NAME: &'static str = "ListPolicyVersions";
    type Input = ListPolicyVersionsInput;
    type Output = ListPolicyVersionsOutput;
    type Error = IamError;

    fn access(input: &ListPolicyVersionsInput, _: &Scope) -> Vec<Access> {
        Access::on("iam:ListPolicyVersions", input.policy_arn.0.as_str()).only()
    }

    async fn run(
        cx: &Context,
        input: ListPolicyVersionsInput,
    ) -> Result<ListPolicyVersionsOutput, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        let versions =
            cx.read(|tx| Ok::<_, IamError>(managed::find(tx, &input.policy_arn.0)?.versions()))?;
        let versions = versions.into_iter().map(|it| VersionView { document: None, ..it });
        // Keys that fall as the numbers rise, since pages go up.
        let page = paging.of(versions.collect(), |it| {
            let number: u32 = it.version_id.trim_start_matches('v').parse().unwrap_or(0);
            format!("{:010}", u32::MAX - number)
        })?;
        Ok(ListPolicyVersionsOutput {
            versions: page.items,
            is_truncated: page.next.is_some(),
            marker: page.next,
        })
    }
}

/// Puts a version of a policy in force.
pub(crate) enum SetDefaultPolicyVersion {}

/// What SetDefaultPolicyVersion takes.
#[derive(Debug, Shape)]
#[shape(name = "SetDefaultPolicyVersionRequest")]
pub struct SetDefaultPolicyVersionInput {
    /// The policy's ARN.
    pub policy_arn: ArnText,
    /// The version.
    pub version_id: VersionId,
}

impl Operation for SetDefaultPolicyVersion {
    const NAME: &'static str = "SetDefaultPolicyVersion";
    type Input = SetDefaultPolicyVersionInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &SetDefaultPolicyVersionInput, _: &Scope) -> Vec<Access> {
        Access::on("iam:SetDefaultPolicyVersion", input.policy_arn.0.as_str()).only()
    }

    async fn run(cx: &Context, input: SetDefaultPolicyVersionInput) -> Result<Empty, IamError> {
        let (arn, id) = (&input.policy_arn.0, &input.version_id.0);
        cx.write(|tx| {
            let mut policy = managed::find_own(&tx.reader(), arn)?;
            if !policy.versions.iter().any(|version| version.id == *id) {
                return Err(missing(arn, id));
            }
            policy.default_version = id.clone();
            Ok(tx.put(&policy)?)
        })
        .await?;
        Ok(Empty)
    }
}

/// Deletes a version of a policy that is not in force.
pub(crate) enum DeletePolicyVersion {}

/// What DeletePolicyVersion takes.
#[derive(Debug, Shape)]
#[shape(name = "DeletePolicyVersionRequest")]
pub struct DeletePolicyVersionInput {
    /// The policy's ARN.
    pub policy_arn: ArnText,
    /// The version.
    pub version_id: VersionId,
}

impl Operation for DeletePolicyVersion {
    const NAME: &'static str = "DeletePolicyVersion";
    type Input = DeletePolicyVersionInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &DeletePolicyVersionInput, _: &Scope) -> Vec<Access> {
        Access::on("iam:DeletePolicyVersion", input.policy_arn.0.as_str()).only()
    }

    async fn run(cx: &Context, input: DeletePolicyVersionInput) -> Result<Empty, IamError> {
        let (arn, id) = (&input.policy_arn.0, &input.version_id.0);
        cx.write(|tx| {
            let mut policy = managed::find_own(&tx.reader(), arn)?;
            if policy.default_version == *id {
                let message = "Cannot delete the default version of a policy.";
                return Err(IamError::DeleteConflictException(message.into()));
            }
            let at = policy.versions.iter().position(|version| version.id == *id);
            policy.versions.remove(at.ok_or_else(|| missing(arn, id))?);
            Ok(tx.put(&policy)?)
        })
        .await?;
        Ok(Empty)
    }
}

fn missing(arn: &str, id: &str) -> IamError {
    let message = format!("Policy {arn} version {id} does not exist or is not attachable.");
    IamError::NoSuchEntityException(message)
}
