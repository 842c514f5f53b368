//! Tags of users, roles and policies: fifty at most, names unique ignoring case.

use crate::{error::IamError, names::TagKey, paging::Paging, shapes::TagView};
use service_kit::{
    identity::Tag,
    prelude::*,
    tags::{MAX_TAGS, is_reserved, is_tag_text, tag_text_message},
};

/// The tags as [`Access::with_tags`] takes them.
pub(crate) fn pairs(tags: &[TagView]) -> impl Iterator<Item = (&str, &str)> {
    tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str()))
}

/// The tags of something new.
pub(crate) fn fresh(tags: &[TagView]) -> Result<Vec<Tag>, IamError> {
    let mut fresh = Vec::new();
    set(&mut fresh, tags)?;
    Ok(fresh)
}

/// Adds `new` to `tags`; names that are there already get the new value and spelling.
pub(crate) fn set(tags: &mut Vec<Tag>, new: &[TagView]) -> Result<(), IamError> {
    for (index, tag) in new.iter().enumerate() {
        let before = new.get(..index).unwrap_or_default();
        if before.iter().any(|other| other.key.eq_ignore_ascii_case(&tag.key)) {
            return Err(IamError::InvalidInputException(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.".into(),
            ));
        }
        if !is_tag_text(&tag.key) || !is_tag_text(&tag.value) {
            let message = tag_text_message(index, &tag.key, &tag.value);
            return Err(IamError::Common(Fault::invalid(message)));
        }
        if is_reserved(&tag.key) {
            return Err(IamError::InvalidInputException(
                "System tags cannot be added/updated by requester.".into(),
            ));
        }
        tags.retain(|(key, _)| !key.eq_ignore_ascii_case(&tag.key));
        tags.push((tag.key.clone(), tag.value.clone()));
    }
    if tags.len() > MAX_TAGS {
        let message = "The number of tags has reached the maximum limit.".into();
        return Err(IamError::LimitExceededException(message));
    }
    Ok(())
}

/// Removes the tags called `keys`; those that are not there do not matter.
pub(crate) fn unset(tags: &mut Vec<Tag>, keys: &[TagKey]) {
    tags.retain(|(name, _)| !keys.iter().any(|key| key.0.eq_ignore_ascii_case(name)));
}

/// A page of `tags`, by name.
pub(crate) fn list(tags: &[Tag], paging: &Paging) -> Result<Page<TagView>, IamError> {
    let view = |(key, value): &Tag| TagView { key: key.clone(), value: value.clone() };
    Ok(paging.of(tags.iter().map(view).collect(), |tag| tag.key.clone())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(key: &str, value: &str) -> TagView {
        TagView { key: key.into(), value: value.into() }
    }

    #[test]
    fn a_name_in_other_case_replaces_the_tag() {
        let mut tags = fresh(&[tag("Team", "a"), tag("cost", "1")]).unwrap();
        set(&mut tags, &[tag("team", "b")]).unwrap();
        let expected = [("cost".into(), "1".into()), ("team".into(), "b".into())];
        assert_eq!(tags, expected);
        unset(&mut tags, &[TagKey("COST".into()), TagKey("none".into())]);
        assert_eq!(tags.len(), 1);
    }

    #[test]
    fn refuses_duplicates_system_tags_and_too_many() {
        assert!(fresh(&[tag("a", "1"), tag("A", "2")]).is_err());
        assert!(fresh(&[tag("AWS:x", "1")]).is_err());
        assert!(fresh(&[tag("Größe 1", "a/b@c")]).is_ok());
        assert!(fresh(&[tag("a", "*")]).is_err());
        let many: Vec<_> = (0..51).map(|number| tag(&number.to_string(), "")).collect();
        assert!(matches!(fresh(&many), Err(IamError::LimitExceededException(_))));
    }
}
