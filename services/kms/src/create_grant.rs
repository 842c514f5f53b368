//! CreateGrant: let one principal use a key.

use crate::{
    encrypt::{check_dry_run, with_context},
    error::KmsError,
    grant::{self, Grant, GrantConstraints, GrantOperation, MAX_GRANTS},
    key::Key,
    key_ref,
    shapes::GrantTokenType,
    spec::grantable,
};
use policy::{Arn, Kind, Policy};
use serde_json::json;
use service_kit::{
    identity::{role_by_arn, user_by_arn},
    prelude::*,
};

/// Makes a grant, effective at once.
pub(crate) enum CreateGrant {}

#[derive(Debug, Shape)]
pub struct CreateGrantInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
    #[shape(length = 1..=256, pattern = r"^[\w+=,.@:/-]+$")]
    pub grantee_principal: String,
    #[shape(length = 1..=256, pattern = r"^[\w+=,.@:/-]+$")]
    pub retiring_principal: Option<String>,
    pub operations: Vec<GrantOperation>,
    pub constraints: Option<GrantConstraints>,
    #[shape(length = 0..=10)]
    pub grant_tokens: Option<Vec<GrantTokenType>>,
    #[shape(length = 1..=256, pattern = "^[a-zA-Z0-9:/_-]+$")]
    pub name: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Shape)]
pub struct CreateGrantOutput {
    #[shape(length = 1..=8192)]
    pub grant_token: Option<String>,
    #[shape(length = 1..=128)]
    pub grant_id: Option<String>,
}

impl Operation for CreateGrant {
    const NAME: &'static str = "CreateGrant";
    type Input = CreateGrantInput;
    type Output = CreateGrantOutput;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let operations = input.operations.iter().map(|operation| operation.as_str());
        let mut access = key_ref::access("kms:CreateGrant", &input.key_id, at)
            .with_many("kms:GrantOperations", operations)
            .with("kms:GranteePrincipal", &input.grantee_principal)
            .with_some("kms:RetiringPrincipal", input.retiring_principal.as_deref());
        let [equals, subset] = constraints(input);
        let kinds = [("EncryptionContextEquals", equals), ("EncryptionContextSubset", subset)];
        if let Some((kind, context)) = kinds.into_iter().find(|(_, context)| context.is_some()) {
            access = with_context(access, context, None).with("kms:GrantConstraintType", kind);
        }
        access.only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        grant::check_tokens(cx, input.grant_tokens.as_deref())?;
        check(&input)?;
        let key = key_ref::by_id(cx, &input.key_id)?;
        key.require_enabled(cx.now())?;
        check_kind(&key, &input)?;
        check_dry_run(input.dry_run)?;
        let [equals, subset] = constraints(&input).map(Option::<&_>::cloned);
        let operations = input.operations.iter().map(|it| it.as_str().to_owned()).collect();
        let made = Grant {
            key_id: key.id.clone(),
            id: cx.entropy().hex(64),
            created: cx.now(),
            name: input.name,
            grantee_id: cx.read(|tx| unique_id(tx, &input.grantee_principal))?,
            grantee: input.grantee_principal,
            retiring: input.retiring_principal,
            issuing_account: format!("arn:aws:iam::{}:root", cx.caller().account().unwrap_or("")),
            operations,
            subset,
            equals,
        };
        let kept = cx.write(|tx| {
            let mut tx = tx.within(key.scope());
            let grants = tx.list::<Grant>(&key.id)?;
            if let Some(same) = grants.iter().find(|known| is_same(known, &made)) {
                return Ok(same.clone());
            }
            if grants.len() >= MAX_GRANTS {
                let message = format!("Too many grants on {}", key.arn());
                return Err(KmsError::LimitExceededException(message));
            }
            tx.put(&made)?;
            Ok(made.clone())
        });
        let kept = kept.await?;
        Ok(CreateGrantOutput { grant_token: Some(kept.token(cx)?), grant_id: Some(kept.id) })
    }
}

/// The encryption contexts that a grant requires, whole or as a part; an empty one says nothing.
fn constraints(input: &CreateGrantInput) -> [Option<&BTreeMap<String, String>>; 2] {
    let Some(GrantConstraints {
        encryption_context_equals: equals,
        encryption_context_subset: subset,
    }) = &input.constraints
    else {
        return [None, None];
    };
    [equals, subset].map(|context| context.as_ref().filter(|context| !context.is_empty()))
}

/// A named grant is made once, however often it is asked for.
fn is_same(known: &Grant, made: &Grant) -> bool {
    let parts = |grant: &Grant| {
        let Grant { name, grantee_id, retiring, operations, subset, equals, .. } = grant.clone();
        (name, (grant.grantee.clone(), grantee_id), retiring, operations, subset, equals)
    };
    made.name.is_some() && parts(known) == parts(made)
}

/// The unique id of the user or role with this ARN; none for other kinds of principals.
fn unique_id(tx: &ReadTx<'_>, arn: &str) -> Result<Option<String>, KmsError> {
    let id = match Arn::parse(arn).filter(|arn| arn.service == "iam").map(|arn| arn.type_and_id().0)
    {
        Some("user") => user_by_arn(tx, arn)?.map(|user| user.id),
        Some("role") => role_by_arn(tx, arn)?.map(|role| role.id),
        _ => return Ok(None),
    };
    let unknown = || format!("ARN does not refer to a valid principal: {arn}");
    id.ok_or_else(|| KmsError::InvalidArnException(unknown())).map(Some)
}

fn check(input: &CreateGrantInput) -> Result<(), KmsError> {
    for principal in std::iter::once(&input.grantee_principal).chain(&input.retiring_principal) {
        let known = principal.starts_with("arn:") || principal.ends_with(".amazonaws.com");
        let named = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": { "AWS": principal }, "Action": "kms:Decrypt",
            "Resource": "*",
        }] });
        let parses = principal.ends_with(".amazonaws.com")
            || Policy::parse(&named.to_string(), Kind::Key).is_ok();
        if !known || !parses {
            let message = format!("The principal {principal} is not valid.");
            return Err(KmsError::InvalidArnException(message));
        }
    }
    if input.operations.is_empty() {
        return Err(KmsError::invalid("Operations must not be empty."));
    }
    match constraints(input) {
        [Some(_), Some(_)] => {
            Err(KmsError::invalid("Only one type of constraint may be specified."))
        }
        _ => Ok(()),
    }
}

/// A grant permits only what the key can do, and constrains only what has an encryption context.
fn check_kind(key: &Key, input: &CreateGrantInput) -> Result<(), KmsError> {
    let possible = grantable(key.spec, key.usage);
    if let Some(other) = input.operations.iter().find(|it| !possible.contains(it)) {
        let (name, spec, usage) = (other.as_str(), key.spec.as_str(), key.usage.as_str());
        let message =
            format!("Operation {name} is not supported by key spec {spec} and usage {usage}.");
        return Err(KmsError::invalid(message));
    }
    if constraints(input) != [None, None] && key.require_symmetric("CreateGrant").is_err() {
        let message = "Grant constraints are supported only on symmetric encryption KMS keys.";
        return Err(KmsError::invalid(message));
    }
    Ok(())
}
