//! GetQueueAttributes: the settings of a queue, and how much is in it.

use crate::{attributes, error::SqsError, message::Place, queue::Queue, queue_ref};
use service_kit::prelude::*;

/// Rows counted at a time, and how many times: beyond that the count is the bound.
const COUNT_PAGE: usize = 10_000;
const COUNT_PAGES: usize = 100;

/// Tells the attributes that are asked for.
pub(crate) enum GetQueueAttributes {}

#[derive(Debug, Shape)]
pub struct GetQueueAttributesInput {
    pub queue_url: String,
    #[shape(flattened, item = "AttributeName")]
    pub attribute_names: Option<Vec<String>>,
}

#[derive(Debug, Shape)]
pub struct GetQueueAttributesOutput {
    #[shape(flattened, wire = "Attribute", item = "Name,Value")]
    pub attributes: Option<BTreeMap<String, String>>,
}

impl Operation for GetQueueAttributes {
    const NAME: &'static str = "GetQueueAttributes";
    type Input = GetQueueAttributesInput;
    type Output = GetQueueAttributesOutput;
    type Error = SqsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        queue_ref::access("sqs:GetQueueAttributes", &input.queue_url, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let queue = queue_ref::queue(cx, &input.queue_url)?;
        let names = input.attribute_names.unwrap_or_default();
        if let Some(name) = names.iter().find(|name| !attributes::NAMES.contains(&name.as_str())) {
            return Err(SqsError::InvalidAttributeName(format!("Unknown Attribute {name}.")));
        }
        let wanted = |name: &str| names.iter().any(|it| it == "All" || it == name);
        let mut shown = cx.read(|tx| attributes::shown(tx, &queue))?;
        if names.iter().any(|name| name == "All" || name.starts_with("Approximate")) {
            let counts = count(cx, &queue)?;
            let names = ["", "Delayed", "NotVisible"];
            for (suffix, count) in names.into_iter().zip(counts) {
                shown.insert(format!("ApproximateNumberOfMessages{suffix}"), count.to_string());
            }
        }
        shown.retain(|name, _| wanted(name));
        Ok(GetQueueAttributesOutput { attributes: Some(shown).filter(|it| !it.is_empty()) })
    }
}

/// Messages that are visible, delayed and in flight.
fn count(cx: &Context, queue: &Queue) -> Result<[u64; 3], SqsError> {
    let now = cx.now();
    let mut counts = [0; 3];
    cx.read(|tx| {
        let tx = tx.within(queue.scope());
        let mut token = None;
        for _ in 0..COUNT_PAGES {
            let page: Page<Place> = tx.page(&queue.uid, token.as_deref(), COUNT_PAGE)?;
            for place in &page.items {
                if place.key.sent + queue.retention() <= now {
                    continue;
                }
                let kind = match (place.visible > now, place.in_flight) {
                    (false, _) => 0,
                    (true, false) => 1,
                    (true, true) => 2,
                };
                counts[kind] += 1;
            }
            token = page.next;
            if token.is_none() {
                break;
            }
        }
        Ok(counts)
    })
}
