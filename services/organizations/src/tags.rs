//! Tags of the root, units, accounts and policies.

use crate::{
    authority,
    error::{ConstraintReason, InputReason, OrganizationsError},
    paging::page,
    policy as view, resource,
    shapes::{NextToken, Tag, TagKey, TagValue, TaggableResourceId},
    targets::Place,
};
use service_kit::{
    organization::Organization,
    prelude::*,
    tags::{MAX_TAGS, is_reserved, is_tag_text, tag_text_message},
};
use std::collections::BTreeSet;

/// Keys and values for condition keys.
pub(crate) fn pairs(tags: &[Tag]) -> impl Iterator<Item = (&str, &str)> + Clone {
    tags.iter().map(|tag| (tag.key.0.as_str(), tag.value.0.as_str()))
}

/// The tags of something new.
pub(crate) fn fresh(tags: &[Tag]) -> Result<Vec<(String, String)>, OrganizationsError> {
    let mut all = Vec::new();
    add(&mut all, tags)?;
    Ok(all)
}

/// Sets `tags` among `all`.
fn add(all: &mut Vec<(String, String)>, tags: &[Tag]) -> Result<(), OrganizationsError> {
    let mut seen = BTreeSet::new();
    for (index, tag) in tags.iter().enumerate() {
        let (key, value) = (&tag.key.0, &tag.value.0);
        if !is_tag_text(key) || !is_tag_text(value) {
            return Err(Fault::invalid(tag_text_message(index, key, value)).into());
        }
        if is_reserved(key) {
            let message = "You can't use system tags in this request.";
            let reason = InputReason::InvalidSystemTagsParameter;
            return Err(OrganizationsError::input(reason, message));
        }
        if !seen.insert(key) {
            let message = "The request includes duplicate tag keys.";
            return Err(OrganizationsError::input(InputReason::DuplicateTagKey, message));
        }
        match all.iter_mut().find(|(known, _)| known == key) {
            Some((_, known)) => known.clone_from(value),
            None => all.push((key.clone(), value.clone())),
        }
    }
    if all.len() > MAX_TAGS {
        let message = "You have exceeded the number of tags allowed on this resource.";
        let reason = ConstraintReason::MaxTagLimitExceeded;
        return Err(OrganizationsError::constraint(reason, message));
    }
    Ok(())
}

/// Changes the tags of what has this id.
async fn change(
    cx: &Context,
    id: &str,
    mut change: impl FnMut(&mut Vec<(String, String)>) -> Result<(), OrganizationsError> + Send,
) -> Result<Empty, OrganizationsError> {
    cx.write(|tx| {
        let organization = authority::organization(cx, &tx.reader())?;
        if id.starts_with("p-") {
            let mut policy = view::find_own(&tx.reader(), &organization, id)
                .map_err(|_| OrganizationsError::TargetNotFoundException)?;
            change(&mut policy.tags)?;
            tx.put(&policy)?;
        } else if id.starts_with("rp-") {
            let mut policy = organization.resource_policy.clone().filter(|it| it.id == id);
            let found = policy.as_mut().ok_or(OrganizationsError::TargetNotFoundException)?;
            change(&mut found.tags)?;
            tx.put(&Organization { resource_policy: policy, ..organization })?;
        } else {
            let place = Place::find(&tx.reader(), &organization, id)?;
            let mut place = place.ok_or(OrganizationsError::TargetNotFoundException)?;
            change(&mut place.target_mut().tags)?;
            place.put(tx)?;
        }
        Ok(Empty)
    })
    .await
}

/// Sets tags.
pub(crate) enum TagResource {}

/// What TagResource takes.
#[derive(Debug, Shape)]
#[shape(name = "TagResourceRequest")]
pub struct TagResourceInput {
    /// What gets them.
    pub resource_id: TaggableResourceId,
    /// The tags.
    pub tags: Vec<Tag>,
}

impl Operation for TagResource {
    const NAME: &'static str = "TagResource";
    type Input = TagResourceInput;
    type Output = Empty;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        resource::on("organizations:TagResource", &input.resource_id.0, at)
            .with_tags(pairs(&input.tags))
            .only()
    }

    fn resources(_: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        resource::resolve(tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        change(cx, &input.resource_id.0, |all| add(all, &input.tags)).await
    }
}

/// Removes tags.
pub(crate) enum UntagResource {}

/// What UntagResource takes.
#[derive(Debug, Shape)]
#[shape(name = "UntagResourceRequest")]
pub struct UntagResourceInput {
    /// What loses them.
    pub resource_id: TaggableResourceId,
    /// Their keys.
    pub tag_keys: Vec<TagKey>,
}

impl Operation for UntagResource {
    const NAME: &'static str = "UntagResource";
    type Input = UntagResourceInput;
    type Output = Empty;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        resource::on("organizations:UntagResource", &input.resource_id.0, at)
            .with_many("aws:TagKeys", input.tag_keys.iter().map(|key| key.0.as_str()))
            .only()
    }

    fn resources(_: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        resource::resolve(tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        change(cx, &input.resource_id.0, |all| {
            all.retain(|(key, _)| !input.tag_keys.iter().any(|gone| gone.0 == *key));
            Ok(())
        })
        .await
    }
}

/// Lists tags.
pub(crate) enum ListTagsForResource {}

/// What ListTagsForResource takes.
#[derive(Debug, Shape)]
#[shape(name = "ListTagsForResourceRequest")]
pub struct ListTagsForResourceInput {
    /// What has them.
    pub resource_id: TaggableResourceId,
    /// Where to go on.
    pub next_token: Option<NextToken>,
}

/// What ListTagsForResource gives.
#[derive(Debug, Shape)]
#[shape(name = "ListTagsForResourceResponse")]
pub struct ListTagsForResourceOutput {
    /// The tags.
    pub tags: Option<Vec<Tag>>,
    /// Where to go on.
    pub next_token: Option<NextToken>,
}

impl Operation for ListTagsForResource {
    const NAME: &'static str = "ListTagsForResource";
    type Input = ListTagsForResourceInput;
    type Output = ListTagsForResourceOutput;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        resource::on("organizations:ListTagsForResource", &input.resource_id.0, at).only()
    }

    fn resources(_: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        resource::resolve(tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let found = cx.read(|tx| {
            let organization = authority::organization(cx, tx)?;
            let found = resource::tags(tx, &organization, &input.resource_id.0)?;
            found.ok_or(OrganizationsError::TargetNotFoundException)
        })?;
        let key = |(key, _): &(String, String)| key.clone();
        let (found, next_token) = page(found, key, input.next_token, None)?;
        let view = |(key, value)| Tag { key: TagKey(key), value: TagValue(value) };
        Ok(ListTagsForResourceOutput {
            tags: Some(found.into_iter().map(view).collect()),
            next_token,
        })
    }
}
