//! TagResource, UntagResource, GetTags: tags of APIs and stages.

use crate::{
    api::{Api, check_tags},
    error::{ApiGatewayError, Result, bad},
    permission,
    stage::Stage,
};
use service_kit::prelude::*;

const PATH: &str = "/tags/{resource_arn}";

pub(crate) enum TagResource {}
pub(crate) enum UntagResource {}
pub(crate) enum GetTags {}

/// What TagResource takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct TagResourceInput {
    #[shape(label = "resource_arn")]
    pub resource_arn: String,
    pub tags: BTreeMap<String, String>,
}

/// What UntagResource takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct UntagResourceInput {
    #[shape(label = "resource_arn")]
    pub resource_arn: String,
    #[shape(query)]
    pub tag_keys: Vec<String>,
}

/// What GetTags takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct GetTagsInput {
    #[shape(label = "resource_arn")]
    pub resource_arn: String,
}

/// What GetTags gives.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct GetTagsOutput {
    pub tags: BTreeMap<String, String>,
}

/// Tags are reached at `/tags/` and the ARN of what they are on, escaped.
fn access(verb: &'static str, at: &Scope, arn: &str) -> Access {
    let escaped = arn.replace('%', "%25").replace(':', "%3A").replace('/', "%2F");
    permission::on(verb, at, format_args!("/tags/{escaped}"))
}

/// What carries tags.
enum Tagged {
    Api(Api),
    Stage(Stage),
}

impl Tagged {
    fn load(tx: &ReadTx<'_>, arn: &str) -> Result<Self> {
        // Permissions are on the ARN as it is given, so only the one that the thing has will do.
        let is = |path: std::fmt::Arguments<'_>| permission::arn(&tx.scope().region, path) == arn;
        match permission::named(arn) {
            Some((api, Some(stage))) if is(format_args!("/restapis/{api}/stages/{stage}")) => {
                Ok(Self::Stage(Stage::load(tx, api, stage)?))
            }
            Some((api, None)) if is(format_args!("/restapis/{api}")) => {
                Ok(Self::Api(Api::load(tx, api)?))
            }
            _ => Err(bad("Invalid ARN specified in the request")),
        }
    }

    fn tags(&mut self) -> &mut BTreeMap<String, String> {
        match self {
            Self::Api(api) => &mut api.tags,
            Self::Stage(stage) => &mut stage.tags,
        }
    }

    fn store(&self, tx: &mut Tx<'_>) -> Result<()> {
        match self {
            Self::Api(api) => tx.put(api)?,
            Self::Stage(stage) => tx.put(stage)?,
        }
        Ok(())
    }
}

impl Operation for TagResource {
    const NAME: &'static str = "TagResource";
    const HTTP: Option<Http> = Some(Http::new("PUT", PATH, 204));
    type Input = TagResourceInput;
    type Output = Empty;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let tags = input.tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        access(permission::PUT, at, &input.resource_arn).with_tags(tags).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty> {
        cx.write(|tx| {
            let mut tagged = Tagged::load(&tx.reader(), &input.resource_arn)?;
            tagged.tags().extend(input.tags.clone());
            check_tags(tagged.tags())?;
            tagged.store(tx)?;
            Ok(Empty)
        })
        .await
    }
}

impl Operation for UntagResource {
    const NAME: &'static str = "UntagResource";
    const HTTP: Option<Http> = Some(Http::new("DELETE", PATH, 204));
    type Input = UntagResourceInput;
    type Output = Empty;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        access(permission::DELETE, at, &input.resource_arn)
            .with_many("aws:TagKeys", input.tag_keys.iter().map(String::as_str))
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty> {
        cx.write(|tx| {
            let mut tagged = Tagged::load(&tx.reader(), &input.resource_arn)?;
            tagged.tags().retain(|key, _| !input.tag_keys.contains(key));
            tagged.store(tx)?;
            Ok(Empty)
        })
        .await
    }
}

impl Operation for GetTags {
    const NAME: &'static str = "GetTags";
    const HTTP: Option<Http> = Some(Http::new("GET", PATH, 200));
    type Input = GetTagsInput;
    type Output = GetTagsOutput;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        access(permission::GET, at, &input.resource_arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<GetTagsOutput> {
        cx.read(|tx| {
            let mut tagged = Tagged::load(tx, &input.resource_arn)?;
            Ok(GetTagsOutput { tags: std::mem::take(tagged.tags()) })
        })
    }
}
