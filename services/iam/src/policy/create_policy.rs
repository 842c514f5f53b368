//! CreatePolicy: a managed policy of the account's.

use crate::{
    document,
    error::IamError,
    managed::{Usage, own_view},
    names::{Document, PolicyName, PolicyPath, ROOT_PATH, new_arn},
    shapes::{PolicyView, TagView},
    tags,
};
use service_kit::{
    identity::{ManagedPolicy, PolicyVersion, name_key, unique_id},
    prelude::*,
};

/// The most policies of an account.
const MAX_POLICIES: usize = 1_500;

/// Makes a managed policy; its document is version `v1`.
pub(crate) enum CreatePolicy {}

/// What CreatePolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "CreatePolicyRequest")]
pub struct CreatePolicyInput {
    /// The name, unique ignoring case.
    pub policy_name: PolicyName,
    /// The path.
    pub path: Option<PolicyPath>,
    /// The document.
    pub policy_document: Document,
    /// A description, which stays.
    #[shape(length = 0..=1000)]
    pub description: Option<String>,
    /// Tags.
    #[shape(default, length = 0..=50)]
    pub tags: Vec<TagView>,
}

/// What CreatePolicy gives.
#[derive(Debug, Shape)]
#[shape(name = "CreatePolicyResponse")]
pub struct CreatePolicyOutput {
    /// The policy.
    pub policy: PolicyView,
}

impl Operation for CreatePolicy {
    const NAME: &'static str = "CreatePolicy";
    type Input = CreatePolicyInput;
    type Output = CreatePolicyOutput;
    type Error = IamError;

    fn access(input: &CreatePolicyInput, at: &Scope) -> Vec<Access> {
        let path = input.path.as_ref().map(|path| &*path.0);
        Access::on("iam:CreatePolicy", new_arn(at, "policy", path, &input.policy_name.0))
            .with_tags(tags::pairs(&input.tags))
            .only()
    }

    async fn run(cx: &Context, input: CreatePolicyInput) -> Result<CreatePolicyOutput, IamError> {
        let policy = policy(cx, input)?;
        // Counted apart, so that creations do not conflict with each other.
        if cx.read(|tx| tx.list::<ManagedPolicy>(()))?.len() >= MAX_POLICIES {
            return Err(IamError::quota("PoliciesPerAccount", MAX_POLICIES));
        }
        cx.write(|tx| match tx.get::<ManagedPolicy>(name_key(&policy.name))? {
            None => Ok(tx.put(&policy)?),
            Some(_) => Err(IamError::EntityAlreadyExistsException(format!(
                "A policy called {} already exists. Duplicate names are not allowed.",
                policy.name
            ))),
        })
        .await?;
        let policy = own_view(&policy, cx.account(), &Usage::default());
        Ok(CreatePolicyOutput { policy })
    }
}

fn policy(cx: &Context, input: CreatePolicyInput) -> Result<ManagedPolicy, IamError> {
    document::check_managed(&input.policy_document.0)?;
    let created = cx.now().whole_seconds();
    let first = "v1".to_owned();
    Ok(ManagedPolicy {
        name: input.policy_name.0,
        path: input.path.map_or_else(|| ROOT_PATH.to_owned(), |path| path.0),
        id: unique_id("ANPA", cx.entropy()),
        created,
        updated: created,
        description: input.description,
        tags: tags::fresh(&input.tags)?,
        versions: vec![PolicyVersion {
            id: first.clone(),
            document: input.policy_document.0,
            created,
        }],
        default_version: first,
        last_version: 1,
    })
}
