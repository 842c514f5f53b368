//! Upload, get, list, switch and delete SSH public keys.

use super::{SshKey, public_key::PublicKey};
use crate::{
    credential::{self, find, status},
    error::IamError,
    names::{Marker, MaxItems, UserName, arn},
    paging::Paging,
    user::{
        access_keys::Status,
        named::{Named, Owner, named, optional_arn},
    },
};
use service_kit::{identity::unique_id, prelude::*};

/// The most keys of one user.
const MAX_KEYS: usize = 5;

/// The id of a key.
#[derive(Clone, Debug, Shape)]
#[shape(name = "publicKeyIdType", length = 20..=128, pattern = r"[\w]+")]
pub struct PublicKeyId(pub String);

/// How a key is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
#[shape(name = "encodingType")]
pub enum Encoding {
    /// As in SSH's key files.
    #[shape(name = "SSH")]
    Ssh,
    /// As in PEM files.
    #[shape(name = "PEM")]
    Pem,
}

/// A key.
#[derive(Clone, Debug, Shape)]
#[shape(name = "SSHPublicKey")]
pub struct SshPublicKeyView {
    /// Whose it is.
    pub user_name: String,
    /// `APKA…`.
    #[shape(name = "SSHPublicKeyId")]
    pub ssh_public_key_id: String,
    /// MD5, in pairs of digits.
    pub fingerprint: String,
    /// The key.
    #[shape(name = "SSHPublicKeyBody")]
    pub ssh_public_key_body: String,
    /// Whether it may be used.
    pub status: Status,
    /// When it was uploaded.
    pub upload_date: Option<Timestamp>,
}

impl SshPublicKeyView {
    fn of(owner: Owner, key: &SshKey, encoding: Encoding) -> Result<Self, Fault> {
        let public = PublicKey::from_blob(&key.blob)
            .ok_or_else(|| Fault::internal("a stored SSH key is none"))?;
        Ok(Self {
            user_name: owner.name,
            ssh_public_key_id: key.id.clone(),
            fingerprint: public.fingerprint(),
            ssh_public_key_body: match encoding {
                Encoding::Ssh => public.ssh(),
                Encoding::Pem => public.pem(),
            },
            status: status(key.active),
            upload_date: Some(key.uploaded),
        })
    }
}

/// A key without itself.
#[derive(Clone, Debug, Shape)]
#[shape(name = "SSHPublicKeyMetadata")]
pub struct SshPublicKeyMetadata {
    /// Whose it is.
    pub user_name: String,
    /// `APKA…`.
    #[shape(name = "SSHPublicKeyId")]
    pub ssh_public_key_id: String,
    /// Whether it may be used.
    pub status: Status,
    /// When it was uploaded.
    pub upload_date: Timestamp,
}

/// Gives a user an SSH key.
pub(crate) enum UploadSshPublicKey {}

/// What UploadSSHPublicKey takes.
#[derive(Debug, Shape)]
#[shape(name = "UploadSSHPublicKeyRequest")]
pub struct UploadSshPublicKeyInput {
    /// The user.
    pub user_name: UserName,
    /// The key, in either form.
    #[shape(
        name = "SSHPublicKeyBody",
        length = 1..=16_384,
        pattern = r"[\u0009\u000A\u000D\u0020-\u00FF]+"
    )]
    pub ssh_public_key_body: String,
}

/// What UploadSSHPublicKey gives.
#[derive(Debug, Shape)]
#[shape(name = "UploadSSHPublicKeyResponse")]
pub struct UploadSshPublicKeyOutput {
    /// The key.
    #[shape(name = "SSHPublicKey")]
    pub ssh_public_key: SshPublicKeyView,
}

impl Operation for UploadSshPublicKey {
    const NAME: &'static str = "UploadSSHPublicKey";
    type Input = UploadSshPublicKeyInput;
    type Output = UploadSshPublicKeyOutput;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("iam:UploadSSHPublicKey", arn(at, "user", &input.user_name.0)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let blob = PublicKey::parse(&input.ssh_public_key_body)?.blob();
        let user = Named::User(input.user_name.0);
        let id = unique_id("APKA", cx.entropy());
        let ssh_public_key = cx.write(|tx| {
            let owner = user.owner(&tx.reader())?;
            let known = tx.list::<SshKey>(&owner.id)?;
            if known.iter().any(|key| key.blob == blob) {
                return Err(IamError::DuplicateSSHPublicKeyException(
                    "The SSH public key is already associated with this user.".into(),
                ));
            }
            if known.len() >= MAX_KEYS {
                return Err(IamError::quota("SSHPublicKeysPerUser", MAX_KEYS));
            }
            let (user_id, id, blob) = (owner.id.clone(), id.clone(), blob.clone());
            let uploaded = cx.now().whole_seconds();
            let key = SshKey { user_id, id, blob, active: true, uploaded };
            tx.put(&key)?;
            Ok(SshPublicKeyView::of(owner, &key, Encoding::Ssh)?)
        });
        Ok(UploadSshPublicKeyOutput { ssh_public_key: ssh_public_key.await? })
    }
}

/// Shows a key in the form wanted.
pub(crate) enum GetSshPublicKey {}

/// What GetSSHPublicKey takes.
#[derive(Debug, Shape)]
#[shape(name = "GetSSHPublicKeyRequest")]
pub struct GetSshPublicKeyInput {
    /// The user.
    pub user_name: UserName,
    /// The key's id.
    #[shape(name = "SSHPublicKeyId")]
    pub ssh_public_key_id: PublicKeyId,
    /// How to write it.
    pub encoding: Encoding,
}

/// What GetSSHPublicKey gives.
#[derive(Debug, Shape)]
#[shape(name = "GetSSHPublicKeyResponse")]
pub struct GetSshPublicKeyOutput {
    /// The key.
    #[shape(name = "SSHPublicKey")]
    pub ssh_public_key: SshPublicKeyView,
}

impl Operation for GetSshPublicKey {
    const NAME: &'static str = "GetSSHPublicKey";
    type Input = GetSshPublicKeyInput;
    type Output = GetSshPublicKeyOutput;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("iam:GetSSHPublicKey", arn(at, "user", &input.user_name.0)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let user = Named::User(input.user_name.0);
        cx.read(|tx| {
            let owner = user.owner(tx)?;
            let key = find::<SshKey>(tx, &owner.id, &input.ssh_public_key_id.0)?;
            let ssh_public_key = SshPublicKeyView::of(owner, &key, input.encoding)?;
            Ok(GetSshPublicKeyOutput { ssh_public_key })
        })
    }
}

/// Lists the keys of a user.
pub(crate) enum ListSshPublicKeys {}

/// What ListSSHPublicKeys takes.
#[derive(Debug, Shape)]
#[shape(name = "ListSSHPublicKeysRequest")]
pub struct ListSshPublicKeysInput {
    /// The user; the caller if nobody is named.
    pub user_name: Option<UserName>,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListSSHPublicKeys gives.
#[derive(Debug, Shape)]
#[shape(name = "ListSSHPublicKeysResponse")]
pub struct ListSshPublicKeysOutput {
    /// The keys.
    #[shape(name = "SSHPublicKeys")]
    pub ssh_public_keys: Vec<SshPublicKeyMetadata>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListSshPublicKeys {
    const NAME: &'static str = "ListSSHPublicKeys";
    type Input = ListSshPublicKeysInput;
    type Output = ListSshPublicKeysOutput;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("iam:ListSSHPublicKeys", optional_arn(at, input.user_name.as_ref())).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        let user = named(cx, input.user_name)?;
        cx.read(|tx| {
            let owner = user.owner(tx)?;
            let page = paging.of(tx.list::<SshKey>(&owner.id)?, |key| key.id.clone())?;
            let view = |key: SshKey| SshPublicKeyMetadata {
                user_name: owner.name.clone(),
                ssh_public_key_id: key.id,
                status: status(key.active),
                upload_date: key.uploaded,
            };
            Ok(ListSshPublicKeysOutput {
                ssh_public_keys: page.items.into_iter().map(view).collect(),
                is_truncated: page.next.is_some(),
                marker: page.next,
            })
        })
    }
}

/// Switches a key on or off.
pub(crate) enum UpdateSshPublicKey {}

/// What UpdateSSHPublicKey takes.
#[derive(Debug, Shape)]
#[shape(name = "UpdateSSHPublicKeyRequest")]
pub struct UpdateSshPublicKeyInput {
    /// The user.
    pub user_name: UserName,
    /// The key's id.
    #[shape(name = "SSHPublicKeyId")]
    pub ssh_public_key_id: PublicKeyId,
    /// Active or inactive.
    pub status: Status,
}

impl Operation for UpdateSshPublicKey {
    const NAME: &'static str = "UpdateSSHPublicKey";
    type Input = UpdateSshPublicKeyInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("iam:UpdateSSHPublicKey", arn(at, "user", &input.user_name.0)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        let user = Named::User(input.user_name.0);
        credential::set_status::<SshKey>(cx, &user, &input.ssh_public_key_id.0, input.status).await
    }
}

/// Deletes a key.
pub(crate) enum DeleteSshPublicKey {}

/// What DeleteSSHPublicKey takes.
#[derive(Debug, Shape)]
#[shape(name = "DeleteSSHPublicKeyRequest")]
pub struct DeleteSshPublicKeyInput {
    /// The user.
    pub user_name: UserName,
    /// The key's id.
    #[shape(name = "SSHPublicKeyId")]
    pub ssh_public_key_id: PublicKeyId,
}

impl Operation for DeleteSshPublicKey {
    const NAME: &'static str = "DeleteSSHPublicKey";
    type Input = DeleteSshPublicKeyInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("iam:DeleteSSHPublicKey", arn(at, "user", &input.user_name.0)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        let user = Named::User(input.user_name.0);
        credential::delete::<SshKey>(cx, &user, &input.ssh_public_key_id.0).await
    }
}
