//! Forgets points that are older than CloudWatch keeps them.

use crate::series;
use service_kit::{
    key::{Encoded, Key},
    metrics::Point,
    prelude::*,
    retention::Retention,
};

/// How long points are kept ("CloudWatch metrics retention": 15 months).
const KEPT: Duration = Duration::from_secs(455 * 86_400);

/// Points of all series.
pub(crate) enum Points {}

impl Retention for Points {
    const KIND: &'static str = "cloudwatch.forget";
    const TABLE: &'static str = "cloudwatch.keeper";
    const WHAT: &'static str = "old points";

    async fn forget(cx: &Context) -> Result<(), Fault> {
        let until = (cx.now() - KEPT).bytes();
        for scope in cx.platform().scopes_of(Point::TABLE)? {
            forget_in(&cx.within(scope), &until).await?;
        }
        Ok(())
    }
}

async fn forget_in(cx: &Context, until: &[u8]) -> Result<(), Fault> {
    let mut from = Vec::new();
    while let Some((series, behind)) = cx.read(|tx| series::next(tx, &[], &from))? {
        let prefix = series.bytes();
        while cx.write(|tx| tx.forget_some(Point::TABLE, Encoded(&prefix), until)).await? {}
        from = behind;
    }
    Ok(())
}
