//! Deletes events that are older than their group keeps them.

use crate::{event, group::LogGroup, stream::LogStream};
use service_kit::prelude::*;

/// How often a group with a retention policy is looked through.
const EVERY: Duration = Duration::from_secs(3_600);
/// The streams looked at in one transaction's list.
const STREAMS: usize = 500;

/// Deletes what a group keeps no longer, then waits for the next turn.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct ExpireEvents {
    pub group: String,
    /// [`LogGroup::retention_version`]; another one ends this job.
    pub version: u64,
}

impl Job for ExpireEvents {
    const KIND: &'static str = "logs.expire";

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        match expire(cx, self).await {
            Ok(()) => Outcome::Done,
            Err(_) => Outcome::Again(Duration::from_secs(60)),
        }
    }
}

async fn expire(cx: &Context, job: &ExpireEvents) -> Result<(), Fault> {
    let current =
        |group: &LogGroup| group.retention_days.is_some() && group.retention_version == job.version;
    let Some(group) = cx.read(|tx| tx.get::<LogGroup>(&job.group))?.filter(current) else {
        return Ok(());
    };
    // The next turn is counted from here: what grows too old meanwhile is not to wait for two.
    let now = cx.now();
    let horizon = group.horizon_ms(now);
    let mut token = None;
    loop {
        let page = cx.read(|tx| tx.page::<LogStream>(group.id, token.as_deref(), STREAMS))?;
        for stream in page.items {
            if stream.first_ms.is_some_and(|first| first < horizon) {
                expire_stream(cx, &stream, horizon).await?;
            }
        }
        token = page.next;
        if token.is_none() {
            break;
        }
    }
    cx.write(|tx| {
        let group = tx.get::<LogGroup>(&job.group)?.filter(current);
        if group.is_some() { tx.enqueue_at(now + EVERY, job) } else { Ok(()) }
    })
    .await
}

async fn expire_stream(cx: &Context, stream: &LogStream, horizon: i64) -> Result<(), Fault> {
    loop {
        let more = cx
            .write(|tx| {
                let deleted = event::delete(tx, stream.id, horizon)?;
                let key = (stream.group, &stream.name);
                let Some(mut known) = tx.get::<LogStream>(key)? else { return Ok(false) };
                if known.id == stream.id {
                    known.bytes = known.bytes.saturating_sub(deleted.bytes);
                    known.first_ms = known.first_ms.map(|first| first.max(horizon));
                    if known.last_ms.is_some_and(|last| last < horizon) && !deleted.more {
                        known.first_ms = None;
                        known.last_ms = None;
                    }
                    tx.put(&known)?;
                }
                Ok::<_, Fault>(deleted.more)
            })
            .await?;
        if !more {
            return Ok(());
        }
    }
}
