//! ChangeMessageVisibility: keep a received message hidden for longer, or show it again now.

use crate::{
    error::SqsError,
    message::{State, reschedule},
    queue::Queue,
    queue_ref,
    receipt::Receipt,
};
use service_kit::prelude::*;

/// AWS's limit, in seconds.
const MAX_SECONDS: i32 = 43_200;

/// Sets when a message in flight becomes visible again, counted from now.
pub(crate) enum ChangeMessageVisibility {}

#[derive(Debug, Shape)]
pub struct ChangeMessageVisibilityInput {
    pub queue_url: String,
    pub receipt_handle: String,
    pub visibility_timeout: i32,
}

impl Operation for ChangeMessageVisibility {
    const NAME: &'static str = "ChangeMessageVisibility";
    const DATA_EVENT: bool = true;
    type Input = ChangeMessageVisibilityInput;
    type Output = Empty;
    type Error = SqsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        queue_ref::access("sqs:ChangeMessageVisibility", &input.queue_url, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let queue = queue_ref::queue(cx, &input.queue_url)?;
        change(cx, &queue, &input.receipt_handle, input.visibility_timeout).await?;
        Ok(Empty)
    }
}

/// Hides the message of that receipt for `seconds` from now.
///
/// # Errors
/// [`SqsError::MessageNotInflight`] when the receipt is over, and what is wrong with the request.
pub async fn change(
    cx: &Context,
    queue: &Queue,
    handle: &str,
    seconds: i32,
) -> Result<(), SqsError> {
    let timeout = u64::try_from(seconds).ok().filter(|_| seconds <= MAX_SECONDS);
    let timeout = timeout.ok_or_else(|| {
        let reason = "VisibilityTimeout must be an integer between 0 and 43200.";
        SqsError::parameter(seconds, "VisibilityTimeout", reason)
    })?;
    let Receipt { key, count } = Receipt::read(cx, queue, handle)?;
    let now = cx.now();
    let visible = now + Duration::from_secs(timeout);
    cx.write(|tx| {
        let mut tx = tx.within(queue.scope());
        let state = tx.get::<State>((&key.queue, &key.id))?;
        let held = |state: &State| state.receive_count == count && state.visible > now;
        let mut state = state.filter(held).ok_or(SqsError::MessageNotInflight)?;
        Ok(reschedule(&mut tx, &mut state, visible, timeout > 0)?)
    })
    .await
}
