//! CreateOpenIDConnectProvider: an issuer whose tokens roles may trust.

use super::{ClientId, Thumbprint, check_client_ids, thumbprints};
use crate::{
    error::IamError,
    shapes::{TagView, tags_view},
    tags,
};
use service_kit::{
    identity::{Issuer, OidcProvider},
    prelude::*,
};

/// The most OpenID Connect providers of an account (IAM User Guide, "IAM and AWS STS quotas").
const MAX_PROVIDERS: usize = 100;

/// Makes an OpenID Connect provider. The issuer is not asked for its certificate: without
/// thumbprints its host is trusted by what the machine trusts.
pub(crate) enum CreateOpenIDConnectProvider {}

/// What CreateOpenIDConnectProvider takes.
#[derive(Debug, Shape)]
#[shape(name = "CreateOpenIDConnectProviderRequest")]
pub struct CreateOpenIDConnectProviderInput {
    /// The issuer, as its tokens name it.
    #[shape(length = 1..=255)]
    pub url: String,
    /// The audiences whose tokens are taken.
    #[shape(name = "ClientIDList", default)]
    pub client_id_list: Vec<ClientId>,
    /// The SHA-1 of certificates that vouch for the issuer's host.
    #[shape(default)]
    pub thumbprint_list: Vec<Thumbprint>,
    /// Tags.
    #[shape(default, length = 0..=50)]
    pub tags: Vec<TagView>,
}

/// What CreateOpenIDConnectProvider gives.
#[derive(Debug, Shape)]
#[shape(name = "CreateOpenIDConnectProviderResponse")]
pub struct CreateOpenIDConnectProviderOutput {
    /// The provider.
    #[shape(name = "OpenIDConnectProviderArn", length = 20..=2048)]
    pub open_id_connect_provider_arn: String,
    /// Its tags.
    pub tags: Option<Vec<TagView>>,
}

impl Operation for CreateOpenIDConnectProvider {
    const NAME: &'static str = "CreateOpenIDConnectProvider";
    type Input = CreateOpenIDConnectProviderInput;
    type Output = CreateOpenIDConnectProviderOutput;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let name = input.url.split_once("://").map_or(&*input.url, |(_, name)| name);
        let arn = at.global_arn("iam", format_args!("oidc-provider/{name}"));
        Access::on("iam:CreateOpenIDConnectProvider", arn)
            .with_tags(tags::pairs(&input.tags))
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let mut client_ids: Vec<String> = input.client_id_list.into_iter().map(|id| id.0).collect();
        let mut seen = std::collections::BTreeSet::new();
        client_ids.retain(|id| seen.insert(id.clone()));
        check_client_ids(&client_ids)?;
        let provider = OidcProvider {
            issuer: issuer(cx, &input.url)?,
            client_ids,
            thumbprints: thumbprints(&input.thumbprint_list)?,
            created: cx.now().whole_seconds(),
            tags: tags::fresh(&input.tags)?,
        };
        if cx.read(|tx| tx.list::<OidcProvider>(()))?.len() >= MAX_PROVIDERS {
            return Err(IamError::quota("OpenIdConnectProvidersPerAccount", MAX_PROVIDERS));
        }
        cx.write(|tx| {
            if tx.get::<OidcProvider>(provider.issuer.name.as_str())?.is_some() {
                let message = format!("Provider with url {} already exists.", input.url);
                return Err(IamError::EntityAlreadyExistsException(message));
            }
            Ok(tx.put(&provider)?)
        })
        .await?;
        Ok(CreateOpenIDConnectProviderOutput {
            open_id_connect_provider_arn: provider.arn(cx.account()),
            tags: tags_view(&provider.tags),
        })
    }
}

/// The issuer at `url`. AWS takes `https` without a port alone; where the operator lets issuers be
/// at private addresses, ports and `http` on this machine are good too.
fn issuer(cx: &Context, url: &str) -> Result<Issuer, IamError> {
    let private = cx.platform().settings().private_issuers;
    let has_port = |name: &str| name.split('/').next().is_some_and(|host| host.contains(':'));
    let public = |issuer: &Issuer| issuer.secure && !has_port(&issuer.name);
    Issuer::parse(url)
        .filter(|issuer| public(issuer) || private && (issuer.secure || issuer.is_loopback()))
        .ok_or_else(|| Fault::invalid("Invalid Open ID Connect Provider URL").into())
}
