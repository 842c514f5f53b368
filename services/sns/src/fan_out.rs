//! From one message to one delivery for each subscription that wants it.

use crate::{
    content::{Content, Message},
    delivery::Deliver,
    error::SnsError,
    subscription::Subscription,
};
use service_kit::{metrics::Series, prelude::*};

/// How many deliveries, and how many of their bytes, one transaction makes.
const PAGE: usize = 100;
const MAX_BYTES: usize = 8 << 20;
const RETRY: Duration = Duration::from_secs(5);

/// Goes on with the subscriptions after the first page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FanOut {
    message: Message,
    after: String,
}

impl Job for FanOut {
    const KIND: &'static str = "sns.fan_out";

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        let Ok(content) = self.message.open(cx) else { return Outcome::Done };
        let after = Some(self.after.as_str());
        let made = cx.write(|tx| fan_out(tx, &self.message, &content, after)).await;
        match made {
            Ok(filtered) => {
                count_filtered(cx, &self.message, filtered);
                Outcome::Done
            }
            Err(_) => Outcome::Again(RETRY),
        }
    }
}

/// Hands deliveries to the bus, in the transaction that publishes the message, and says how many
/// subscriptions did not want it.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn fan_out(
    tx: &mut Tx<'_>,
    message: &Message,
    content: &Content,
    after: Option<&str>,
) -> Result<usize, SnsError> {
    let bytes =
        content.default.len() + content.by_protocol.values().map(String::len).sum::<usize>();
    let limit = (MAX_BYTES / bytes.max(1)).clamp(1, PAGE);
    let page: Page<Subscription> = tx.reader().page(&message.topic, after, limit)?;
    let mut filtered = 0;
    for subscription in page.items.iter().filter(|subscription| !subscription.pending) {
        let text = content.text(subscription.protocol);
        let wanted = match subscription.options.filter()? {
            Some(filter) => filter.wants(&content.attributes, text),
            None => true,
        };
        if !wanted {
            filtered += 1;
            continue;
        }
        tx.enqueue(&Deliver { message: message.clone(), subscription: subscription.id.clone() })?;
    }
    if let Some(after) = page.next {
        tx.enqueue(&FanOut { message: message.clone(), after })?;
    }
    Ok(filtered)
}

/// Counts messages that filters held back. The context is in the topic's scope.
pub fn count_filtered(cx: &Context, message: &Message, filtered: usize) {
    if filtered > 0 {
        let name = "NumberOfNotificationsFilteredOut";
        let series = Series::new("AWS/SNS", name, &[("TopicName", &message.topic)]);
        cx.count(series, filtered as f64, "Count");
    }
}
