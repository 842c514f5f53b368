//! TagResource, UntagResource, ListTags: what people note on a function.

use crate::{
    error::LambdaError,
    function::{self, Tags},
    name::FunctionRef,
};
use service_kit::{
    prelude::*,
    tags::{MAX_TAGS, is_reserved, key_fits, value_fits},
};

/// The function that a request about tags names.
#[derive(Clone, Debug, Shape)]
#[shape(
    name = "TaggableResource",
    length = 1..=256,
    pattern = r"arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|capacity-provider:[a-zA-Z0-9-_]+)"
)]
pub struct TaggableResource(pub String);

/// What TagResource takes.
#[derive(Debug, Shape)]
pub struct TagResourceInput {
    #[shape(label)]
    pub resource: TaggableResource,
    pub tags: BTreeMap<String, String>,
}

/// What UntagResource takes.
#[derive(Debug, Shape)]
pub struct UntagResourceInput {
    #[shape(label)]
    pub resource: TaggableResource,
    #[shape(query = "tagKeys")]
    pub tag_keys: Vec<String>,
}

/// What ListTags takes.
#[derive(Debug, Shape)]
pub struct ListTagsInput {
    #[shape(label)]
    pub resource: TaggableResource,
}

/// What ListTags gives.
#[derive(Debug, Shape)]
pub struct ListTagsOutput {
    pub tags: Option<BTreeMap<String, String>>,
}

/// Whether a function may have these tags.
///
/// # Errors
/// [`LambdaError::InvalidParameterValueException`] when it may not.
pub fn check(tags: &BTreeMap<String, String>) -> Result<(), LambdaError> {
    if tags.len() > MAX_TAGS {
        let message = format!("Number of tags exceeds resource tag limit of {MAX_TAGS}.");
        return Err(LambdaError::invalid(message));
    }
    for (key, value) in tags {
        if !key_fits(key) || !value_fits(value) {
            let message = "Tag keys have 1 to 128 characters, tag values at most 256.";
            return Err(LambdaError::invalid(message));
        }
        if is_reserved(key) {
            let message = "Tag keys starting with aws: are reserved for system use.";
            return Err(LambdaError::invalid(message));
        }
    }
    Ok(())
}

/// The function that a tag operation names by ARN.
fn taggable(resource: &TaggableResource, at: &Scope) -> Result<FunctionRef, LambdaError> {
    let other = !resource.0.contains(":function:");
    if other {
        return Err(Fault::unsupported("tags on anything but functions").into());
    }
    let named = FunctionRef::parse(&resource.0, None, at)?;
    if named.qualifier.is_some() {
        return Err(LambdaError::invalid(
            "Tags on function aliases and versions are not supported. Please specify a function \
             ARN.",
        ));
    }
    Ok(named)
}

/// Changes the tags of a function.
async fn change(
    cx: &Context,
    resource: &TaggableResource,
    change: impl Fn(&mut BTreeMap<String, String>) + Sync,
) -> Result<Empty, LambdaError> {
    let named = taggable(resource, cx.scope())?;
    cx.within(named.scope.clone())
        .write(|tx| {
            let function = function::find(&tx.reader(), &named.name)?.name;
            let empty = || Tags { function, tags: BTreeMap::new() };
            let mut row = tx.get::<Tags>(&named.name)?.unwrap_or_else(empty);
            change(&mut row.tags);
            check(&row.tags)?;
            if row.tags.is_empty() {
                tx.delete::<Tags>(&named.name);
            } else {
                tx.put(&row)?;
            }
            Ok(Empty)
        })
        .await
}

/// Sets tags of a function and leaves the others.
pub(crate) enum TagResource {}

impl Operation for TagResource {
    const NAME: &'static str = "TagResource";
    const AUDITED_AS: &'static str = "TagResource20170331v2";
    const HTTP: Option<Http> = Some(Http::new("POST", "/2017-03-31/tags/{Resource}", 204));
    type Input = TagResourceInput;
    type Output = Empty;
    type Error = LambdaError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        let tags = input.tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        Access::on("lambda:TagResource", &input.resource.0).with_tags(tags).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        change(cx, &input.resource, |tags| tags.extend(input.tags.clone())).await
    }
}

/// Removes tags of a function.
pub(crate) enum UntagResource {}

impl Operation for UntagResource {
    const NAME: &'static str = "UntagResource";
    const AUDITED_AS: &'static str = "UntagResource20170331v2";
    const HTTP: Option<Http> = Some(Http::new("DELETE", "/2017-03-31/tags/{Resource}", 204));
    type Input = UntagResourceInput;
    type Output = Empty;
    type Error = LambdaError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("lambda:UntagResource", &input.resource.0)
            .with_many("aws:TagKeys", input.tag_keys.clone())
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        change(cx, &input.resource, |tags| tags.retain(|key, _| !input.tag_keys.contains(key)))
            .await
    }
}

/// Shows the tags of a function.
pub(crate) enum ListTags {}

impl Operation for ListTags {
    const NAME: &'static str = "ListTags";
    const AUDITED_AS: &'static str = "ListTags20170331";
    const HTTP: Option<Http> = Some(Http::new("GET", "/2017-03-31/tags/{Resource}", 200));
    type Input = ListTagsInput;
    type Output = ListTagsOutput;
    type Error = LambdaError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("lambda:ListTags", &input.resource.0).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = taggable(&input.resource, cx.scope())?;
        let tags = cx.within(named.scope.clone()).read(|tx| {
            function::find(tx, &named.name)?;
            Ok::<_, LambdaError>(tx.get::<Tags>(&named.name)?)
        })?;
        Ok(ListTagsOutput { tags: Some(tags.map(|row| row.tags).unwrap_or_default()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(key: &str, count: usize) -> bool {
        check(&(0..count).map(|index| (format!("{key}{index}"), String::new())).collect()).is_ok()
    }

    #[test]
    fn tags_are_few_and_not_aws_own() {
        assert!(allowed("team", 50));
        assert!(!allowed("team", 51));
        assert!(!allowed("AWS:team", 1));
        assert!(!allowed(&"k".repeat(128), 1));
    }
}
