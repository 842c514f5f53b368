//! What events are looked up by.

use crate::{lookup_events::LookupAttributeKey, resource::type_and_name};
use service_kit::audit::AuditRecord;

/// One attribute with the value asked for.
pub(crate) struct Wanted<'a> {
    pub key: LookupAttributeKey,
    pub value: &'a str,
}

impl Wanted<'_> {
    /// Whether the record has it.
    pub(crate) fn holds(&self, record: &AuditRecord) -> bool {
        let value = self.value;
        let mut resources = record.resources.iter();
        match self.key {
            LookupAttributeKey::EventId => record.event_id == value,
            LookupAttributeKey::EventName => record.event_name == value,
            LookupAttributeKey::ReadOnly => record.read_only.to_string() == value,
            LookupAttributeKey::Username => record.username.as_deref() == Some(value),
            LookupAttributeKey::EventSource => record.event_source == value,
            LookupAttributeKey::AccessKeyId => record.access_key_id.as_deref() == Some(value),
            LookupAttributeKey::ResourceType => {
                resources.any(|arn| type_and_name(arn).is_some_and(|(kind, _)| kind == value))
            }
            LookupAttributeKey::ResourceName => resources.any(|arn| {
                arn == value || type_and_name(arn).is_some_and(|(_, name)| name == value)
            }),
        }
    }
}
