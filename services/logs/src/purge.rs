//! Deletes the events of groups and streams that are gone, a piece at a time.

use crate::{event, stream::LogStream};
use service_kit::prelude::*;

/// The most pieces that one attempt deletes before others have their turn.
const MAX_PIECES: usize = 200;

/// Deletes the streams and events of a deleted group.
#[derive(Serialize, Deserialize)]
pub(crate) struct PurgeGroup {
    pub group: u64,
}

/// Deletes the events of a deleted stream.
#[derive(Serialize, Deserialize)]
pub(crate) struct PurgeStream {
    pub stream: u64,
}

impl Job for PurgeGroup {
    const KIND: &'static str = "logs.purge_group";

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        for _ in 0..MAX_PIECES {
            match cx.write(|tx| group_piece(tx, self.group)).await {
                Ok(true) => {}
                Ok(false) => return Outcome::Done,
                Err(_) => break,
            }
        }
        Outcome::Again(Duration::from_secs(1))
    }
}

impl Job for PurgeStream {
    const KIND: &'static str = "logs.purge_stream";

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        for _ in 0..MAX_PIECES {
            match cx.write(|tx| event::delete(tx, self.stream, i64::MAX)).await {
                Ok(deleted) if deleted.more => {}
                Ok(_) => return Outcome::Done,
                Err(_) => break,
            }
        }
        Outcome::Again(Duration::from_secs(1))
    }
}

/// Deletes a piece of the group's first stream; false when there is none left.
fn group_piece(tx: &mut Tx<'_>, group: u64) -> Result<bool, Fault> {
    let first = tx.reader().page::<LogStream>(group, None, 1)?.items.pop();
    let Some(stream) = first else { return Ok(false) };
    if !event::delete(tx, stream.id, i64::MAX)?.more {
        tx.delete::<LogStream>((group, &stream.name));
    }
    Ok(true)
}
