//! Session tags: those asked for, those inherited through a chain of roles, those of the role.

use crate::error::StsError;
use service_kit::{
    identity::Session,
    prelude::*,
    tags::{is_tag_text, tag_text_message},
};

/// One session tag.
#[derive(Clone, Debug, Shape)]
pub struct Tag {
    /// Unique ignoring case.
    #[shape(length = 1..=128)]
    pub key: String,
    /// Any text.
    #[shape(length = 0..=256)]
    pub value: String,
}

/// The tags as [`Access::with_tags`] takes them.
pub(crate) fn pairs(tags: &[Tag]) -> impl Iterator<Item = (&str, &str)> + Clone {
    tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str()))
}

/// The tags of a new session.
pub(crate) struct SessionTags {
    /// Asked for in this request.
    pub asked: Vec<(String, String)>,
    /// Carried over from the calling session.
    pub inherited: Vec<(String, String)>,
    /// Names of those that the next session of a chain inherits.
    pub transitive: Vec<String>,
}

impl SessionTags {
    /// Checks a request's tags against each other and against the calling session's.
    pub(crate) fn check(
        tags: Vec<Tag>,
        transitive: Vec<String>,
        calling: Option<&Session>,
    ) -> Result<Self, StsError> {
        let asked: Vec<_> = tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
        let inherited = calling.map(inheritance).unwrap_or_default();
        for (index, (key, value)) in asked.iter().enumerate() {
            if !is_tag_text(key) || !is_tag_text(value) {
                return Err(StsError::invalid(tag_text_message(index, key, value)));
            }
            if holds(asked.get(..index).unwrap_or_default(), key) {
                return Err(StsError::InvalidParameterValue(
                    "Duplicate tag keys found. Please note that Tag keys are case insensitive."
                        .into(),
                ));
            }
        }
        if asked.iter().any(|(key, _)| holds(&inherited, key))
            || transitive.iter().any(|key| holds(&inherited, key))
        {
            return Err(StsError::InvalidParameterValue(
                "One of the specified transitive tag keys can't be set because it conflicts with \
                 a transitive tag key from the calling session."
                    .into(),
            ));
        }
        if !transitive.iter().all(|key| holds(&asked, key)) {
            return Err(StsError::InvalidParameterValue(
                "The specified transitive tag key must be included in the requested tags.".into(),
            ));
        }
        let transitive =
            transitive.into_iter().chain(inherited.iter().map(|(key, _)| key.clone())).collect();
        Ok(Self { asked, inherited, transitive })
    }

    /// All tags of the session: each of `principal`'s unless one of the session's own replaces it.
    pub(crate) fn over(&self, principal: &[(String, String)]) -> Vec<(String, String)> {
        let own = || self.inherited.iter().chain(&self.asked);
        let kept = principal
            .iter()
            .filter(|(key, _)| !own().any(|(name, _)| name.eq_ignore_ascii_case(key)));
        kept.chain(own()).cloned().collect()
    }
}

fn inheritance(session: &Session) -> Vec<(String, String)> {
    let is_transitive =
        |key: &str| session.transitive_tags.iter().any(|name| name.eq_ignore_ascii_case(key));
    session.tags.iter().filter(|(key, _)| is_transitive(key)).cloned().collect()
}

fn holds(tags: &[(String, String)], key: &str) -> bool {
    tags.iter().any(|(name, _)| name.eq_ignore_ascii_case(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(key: &str, value: &str) -> Tag {
        Tag { key: key.into(), value: value.into() }
    }

    #[test]
    fn keys_are_compared_ignoring_case() {
        let twice = vec![tag("team", "a"), tag("Team", "b")];
        assert!(SessionTags::check(twice, Vec::new(), None).is_err());
        let tags = SessionTags::check(vec![tag("Team", "b")], vec!["team".into()], None).unwrap();
        let role = [("team".into(), "a".into()), ("cost".into(), "1".into())];
        let expected = [("cost".into(), "1".into()), ("Team".into(), "b".into())];
        assert_eq!(tags.over(&role), expected);
    }

    #[test]
    fn only_tags_of_the_request_can_be_made_transitive() {
        assert!(SessionTags::check(vec![tag("a", "1")], vec!["b".into()], None).is_err());
    }
}
