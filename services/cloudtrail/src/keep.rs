//! Forgets events that are older than the event history is long.

use service_kit::{
    audit::{AuditRecord, Refusal},
    key::Key,
    prelude::*,
    retention::Retention,
    usage,
};

/// How long events are kept ("Viewing event history").
pub(crate) const KEPT: Duration = Duration::from_secs(90 * 86_400);

/// Events, refusals, and what was used long ago.
pub(crate) enum Events {}

impl Retention for Events {
    const KIND: &'static str = "cloudtrail.forget";
    const TABLE: &'static str = "cloudtrail.keeper";
    const WHAT: &'static str = "old audit records";

    async fn forget(cx: &Context) -> Result<(), Fault> {
        let until = (cx.now() - KEPT).bytes();
        cx.platform().forget_before(AuditRecord::TABLE, &until).await?;
        cx.platform().forget_before(Refusal::TABLE, &until).await?;
        cx.platform().forget_usage(cx.now() - usage::KEPT).await
    }
}
