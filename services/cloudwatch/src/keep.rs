//! Forgets points that are older than CloudWatch keeps them.

use crate::series;
use service_kit::{
    key::{Encoded, Key},
    metrics::Point,
    platform::Platform,
    prelude::*,
};
use std::ops::ControlFlow;

/// The rows that one transaction forgets.
const FORGET_ROWS: usize = 2_000;
/// How long points are kept ("CloudWatch metrics retention": 15 months).
pub(crate) const KEPT: Duration = Duration::from_secs(455 * 86_400);
/// How often old points are forgotten.
const EVERY: Duration = Duration::from_secs(6 * 3_600);

/// The one chain of jobs that goes on: that of the latest start.
#[derive(Default, Serialize, Deserialize)]
struct Keeper {
    version: u64,
}

impl Record for Keeper {
    const TABLE: &'static str = "cloudwatch.keeper";
    const REACH: Reach = Reach::Instance;

    fn key(&self) -> impl Key {}
}

/// Forgets, then waits for the next turn.
#[derive(Serialize, Deserialize)]
pub(crate) struct ForgetPoints {
    version: u64,
}

impl Job for ForgetPoints {
    const KIND: &'static str = "cloudwatch.forget";

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        match forget(cx, self).await {
            Ok(()) => Outcome::Done,
            Err(_) => Outcome::Again(Duration::from_secs(60)),
        }
    }
}

async fn forget(cx: &Context, job: &ForgetPoints) -> Result<(), Fault> {
    let until = (cx.now() - KEPT).bytes();
    for scope in cx.platform().scopes_of(Point::TABLE)? {
        forget_in(&cx.within(scope), &until).await?;
    }
    let next = cx.now() + EVERY;
    cx.write(|tx| match tx.get::<Keeper>(())? {
        Some(keeper) if keeper.version == job.version => tx.enqueue_at(next, job),
        _ => Ok(()),
    })
    .await
}

async fn forget_in(cx: &Context, until: &[u8]) -> Result<(), Fault> {
    let mut from = Vec::new();
    while let Some((series, behind)) = cx.read(|tx| series::next(tx, &[], &from))? {
        while cx.write(|tx| forget_some(tx, &series.bytes(), until)).await? {}
        from = behind;
    }
    Ok(())
}

/// Forgets some old points of a series; says whether there may be more.
fn forget_some(tx: &mut Tx<'_>, series: &[u8], until: &[u8]) -> Result<bool, Fault> {
    let mut keys = Vec::new();
    let (prefix, old) = (Encoded(series), (&[][..], Some(until)));
    tx.reader().visit_bytes(Point::TABLE, prefix, old, Order::Ascending, |key, _| {
        keys.push([series, key].concat());
        if keys.len() < FORGET_ROWS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    for key in &keys {
        tx.delete_bytes(Point::TABLE, Encoded(key));
    }
    Ok(keys.len() == FORGET_ROWS)
}

/// Begins a new chain of jobs; an earlier start's ends.
pub(crate) fn start(platform: &Platform) {
    let platform = platform.clone();
    tokio::spawn(async move {
        let settings = platform.settings();
        let scope = Scope::new(settings.account.as_str(), settings.region.as_str());
        let begun = platform.write(&scope, |tx| {
            let mut keeper = tx.get::<Keeper>(())?.unwrap_or_default();
            keeper.version += 1;
            tx.put(&keeper)?;
            tx.enqueue(&ForgetPoints { version: keeper.version })
        });
        if let Err(fault) = begun.await {
            eprintln!("heist: old points will not be removed: {fault:?}");
        }
    });
}
