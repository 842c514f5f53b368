//! Forgets traces that are older than X-Ray keeps them.

use crate::trace::first_key;
use service_kit::{prelude::*, retention::Retention, trace::Segment};

/// How long traces are kept ("AWS X-Ray concepts").
const KEPT: Duration = Duration::from_secs(30 * 86_400);

/// Segments of traces.
pub(crate) enum Segments {}

impl Retention for Segments {
    const KIND: &'static str = "xray.forget";
    const TABLE: &'static str = "xray.keeper";
    const WHAT: &'static str = "old traces";

    async fn forget(cx: &Context) -> Result<(), Fault> {
        // Trace ids begin with the second they were made in, so they sort by time.
        let until = first_key((cx.now() - KEPT).as_secs());
        cx.platform().forget_before(Segment::TABLE, &until).await
    }
}
