//! Create, list, switch and delete access keys.

use crate::{
    entity::find,
    error::IamError,
    names::{AccessKeyId, ExistingUserName, Marker, MaxItems},
    paging::Paging,
    user::named::{Named, named, optional_arn},
};
use service_kit::{
    identity::{AccessKey, LastUse, User, access_key_id, secret_access_key},
    prelude::*,
};

/// The most access keys of one user.
const MAX_KEYS: usize = 2;

/// Whether a key may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
#[shape(name = "statusType")]
pub enum Status {
    /// It may.
    #[shape(name = "Active")]
    Active,
    /// It may not.
    #[shape(name = "Inactive")]
    Inactive,
    /// For other kinds of keys.
    #[shape(name = "Expired")]
    Expired,
}

/// A new key with its secret.
#[derive(Debug, Shape)]
#[shape(name = "AccessKey")]
pub struct AccessKeyView {
    /// Whose it is.
    pub user_name: String,
    /// `AKIA…`.
    pub access_key_id: String,
    /// Active.
    pub status: Status,
    /// What requests are signed with; shown only this once.
    #[shape(sensitive)]
    pub secret_access_key: String,
    /// When it was made.
    pub create_date: Timestamp,
}

/// A key without its secret.
#[derive(Debug, Shape)]
pub struct AccessKeyMetadata {
    /// Whose it is.
    pub user_name: String,
    /// `AKIA…`.
    pub access_key_id: String,
    /// Whether it may be used.
    pub status: Status,
    /// When it was made.
    pub create_date: Timestamp,
}

/// Makes an access key: two a user at most.
pub(crate) enum CreateAccessKey {}

/// What CreateAccessKey takes.
#[derive(Debug, Shape)]
#[shape(name = "CreateAccessKeyRequest")]
pub struct CreateAccessKeyInput {
    /// The user; the caller if nobody is named.
    pub user_name: Option<ExistingUserName>,
}

/// What CreateAccessKey gives.
#[derive(Debug, Shape)]
#[shape(name = "CreateAccessKeyResponse")]
pub struct CreateAccessKeyOutput {
    /// The key.
    pub access_key: AccessKeyView,
}

impl Operation for CreateAccessKey {
    const NAME: &'static str = "CreateAccessKey";
    type Input = CreateAccessKeyInput;
    type Output = CreateAccessKeyOutput;
    type Error = IamError;

    fn access(input: &CreateAccessKeyInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:CreateAccessKey", optional_arn(at, input.user_name.as_ref())).only()
    }

    async fn run(
        cx: &Context,
        input: CreateAccessKeyInput,
    ) -> Result<CreateAccessKeyOutput, IamError> {
        let owner = named(cx, input.user_name)?;
        let secret = secret_access_key(cx.entropy());
        let key = fresh(cx, &secret)?;
        let key = cx.write(|tx| add(tx, &owner, key.clone())).await?;
        let access_key = AccessKeyView {
            user_name: key.user.unwrap_or_else(|| "root".into()),
            access_key_id: key.id,
            status: Status::Active,
            secret_access_key: secret,
            create_date: key.created,
        };
        Ok(CreateAccessKeyOutput { access_key })
    }
}

/// A key for nobody yet.
fn fresh(cx: &Context, secret: &str) -> Result<AccessKey, Fault> {
    let id = access_key_id("AKIA", cx.account(), cx.entropy());
    let seal = cx.platform().seal();
    Ok(AccessKey {
        sealed_secret: seal.seal(AccessKey::PURPOSE, id.as_bytes(), secret.as_bytes())?,
        id,
        account: cx.account().to_owned(),
        user: None,
        active: true,
        created: cx.now().whole_seconds(),
    })
}

/// Gives `key` to its owner.
fn add(tx: &mut Tx<'_>, owner: &Named, mut key: AccessKey) -> Result<AccessKey, IamError> {
    let held = match owner {
        Named::Root => AccessKey::of_root(&tx.reader())?.len(),
        Named::User(name) => {
            let mut user = find::<User>(&tx.reader(), name)?;
            let held = user.access_keys.len();
            user.access_keys.push(key.id.clone());
            key.user = Some(user.name.clone());
            tx.put(&user)?;
            held
        }
    };
    if held >= MAX_KEYS {
        return Err(IamError::quota("AccessKeysPerUser", MAX_KEYS));
    }
    tx.put(&key)?;
    Ok(key)
}

/// Lists a user's access keys without their secrets.
pub(crate) enum ListAccessKeys {}

/// What ListAccessKeys takes.
#[derive(Debug, Shape)]
#[shape(name = "ListAccessKeysRequest")]
pub struct ListAccessKeysInput {
    /// The user; the caller if nobody is named.
    pub user_name: Option<ExistingUserName>,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListAccessKeys gives.
#[derive(Debug, Shape)]
#[shape(name = "ListAccessKeysResponse")]
pub struct ListAccessKeysOutput {
    /// The keys.
    pub access_key_metadata: Vec<AccessKeyMetadata>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListAccessKeys {
    const NAME: &'static str = "ListAccessKeys";
    type Input = ListAccessKeysInput;
    type Output = ListAccessKeysOutput;
    type Error = IamError;

    fn access(input: &ListAccessKeysInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:ListAccessKeys", optional_arn(at, input.user_name.as_ref())).only()
    }

    async fn run(
        cx: &Context,
        input: ListAccessKeysInput,
    ) -> Result<ListAccessKeysOutput, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        let owner = named(cx, input.user_name)?;
        let keys = cx.read(|tx| keys_of(tx, &owner))?;
        let page = paging.of(keys, |key| key.id.clone())?;
        let view = |key: AccessKey| AccessKeyMetadata {
            user_name: key.user.unwrap_or_else(|| "root".into()),
            access_key_id: key.id,
            status: if key.active { Status::Active } else { Status::Inactive },
            create_date: key.created,
        };
        Ok(ListAccessKeysOutput {
            access_key_metadata: page.items.into_iter().map(view).collect(),
            is_truncated: page.next.is_some(),
            marker: page.next,
        })
    }
}

fn keys_of(tx: &ReadTx<'_>, owner: &Named) -> Result<Vec<AccessKey>, IamError> {
    let Named::User(name) = owner else { return Ok(AccessKey::of_root(tx)?) };
    let user = find::<User>(tx, name)?;
    let mut keys = Vec::new();
    for id in &user.access_keys {
        keys.extend(tx.get::<AccessKey>(id)?);
    }
    Ok(keys)
}

/// Switches an access key on or off.
pub(crate) enum UpdateAccessKey {}

/// What UpdateAccessKey takes.
#[derive(Debug, Shape)]
#[shape(name = "UpdateAccessKeyRequest")]
pub struct UpdateAccessKeyInput {
    /// The user; the caller if nobody is named.
    pub user_name: Option<ExistingUserName>,
    /// The key's id.
    pub access_key_id: AccessKeyId,
    /// Active or inactive.
    pub status: Status,
}

impl Operation for UpdateAccessKey {
    const NAME: &'static str = "UpdateAccessKey";
    type Input = UpdateAccessKeyInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &UpdateAccessKeyInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:UpdateAccessKey", optional_arn(at, input.user_name.as_ref())).only()
    }

    async fn run(cx: &Context, input: UpdateAccessKeyInput) -> Result<Empty, IamError> {
        if input.status == Status::Expired {
            return Err(IamError::InvalidInputException(
                "Status must be Active or Inactive.".into(),
            ));
        }
        let owner = named(cx, input.user_name)?;
        let id = &input.access_key_id.0;
        cx.write(|tx| {
            let mut key = find_key(&tx.reader(), &owner, id)?;
            key.active = input.status == Status::Active;
            Ok::<_, IamError>(tx.put(&key)?)
        })
        .await?;
        Ok(Empty)
    }
}

/// Deletes an access key for good.
pub(crate) enum DeleteAccessKey {}

/// What DeleteAccessKey takes.
#[derive(Debug, Shape)]
#[shape(name = "DeleteAccessKeyRequest")]
pub struct DeleteAccessKeyInput {
    /// The user; the caller if nobody is named.
    pub user_name: Option<ExistingUserName>,
    /// The key's id.
    pub access_key_id: AccessKeyId,
}

impl Operation for DeleteAccessKey {
    const NAME: &'static str = "DeleteAccessKey";
    type Input = DeleteAccessKeyInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &DeleteAccessKeyInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:DeleteAccessKey", optional_arn(at, input.user_name.as_ref())).only()
    }

    async fn run(cx: &Context, input: DeleteAccessKeyInput) -> Result<Empty, IamError> {
        let owner = named(cx, input.user_name)?;
        let id = &input.access_key_id.0;
        cx.write(|tx| {
            find_key(&tx.reader(), &owner, id)?;
            if let Named::User(name) = &owner {
                let mut user = find::<User>(&tx.reader(), name)?;
                user.access_keys.retain(|known| known != id);
                tx.put(&user)?;
            }
            tx.delete::<AccessKey>(id);
            tx.delete::<LastUse>(id);
            Ok::<_, IamError>(())
        })
        .await?;
        Ok(Empty)
    }
}

/// The key called `id` if it is the owner's.
fn find_key(tx: &ReadTx<'_>, owner: &Named, id: &str) -> Result<AccessKey, IamError> {
    let keys = keys_of(tx, owner)?;
    let missing = || {
        let message = format!("The Access Key with id {id} cannot be found.");
        IamError::NoSuchEntityException(message)
    };
    keys.into_iter().find(|key| key.id == id).ok_or_else(missing)
}
