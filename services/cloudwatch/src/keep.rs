//! Forgets points and reports that are older than CloudWatch keeps them.

use crate::series;
use service_kit::{
    insights::Contributions,
    key::{Encoded, Key},
    metrics::Point,
    prelude::*,
    retention::Retention,
};
use std::ops::ControlFlow;

/// How long points are kept ("CloudWatch metrics retention": 15 months).
const KEPT: Duration = Duration::from_secs(455 * 86_400);
/// How long contributions to rules are kept: 15 days.
const REPORTS_KEPT: Duration = Duration::from_secs(15 * 86_400);

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
        let until = (cx.now() - REPORTS_KEPT).bytes();
        for scope in cx.platform().scopes_of(Contributions::TABLE)? {
            forget_reports_in(&cx.within(scope), &until).await?;
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

/// As [`forget_in`], contributions: rule by rule, those of rules that are gone too.
async fn forget_reports_in(cx: &Context, until: &[u8]) -> Result<(), Fault> {
    let mut from = Vec::new();
    while let Some(rule) = cx.read(|tx| next_rule(tx, &from))? {
        while cx.write(|tx| tx.forget_some(Contributions::TABLE, &*rule, until)).await? {}
        from = rule.bytes();
        // Names end with a zero, and hold only what is greater.
        if let Some(last) = from.last_mut() {
            *last = 1;
        }
    }
    Ok(())
}

/// The first rule with contributions whose key is at or behind `from`.
fn next_rule(tx: &ReadTx<'_>, from: &[u8]) -> Result<Option<String>, Fault> {
    let mut found = None;
    tx.visit_between::<Contributions>((), (from, None), Order::Ascending, |counted| {
        found = Some(counted.rule);
        ControlFlow::Break(())
    })?;
    Ok(found)
}
