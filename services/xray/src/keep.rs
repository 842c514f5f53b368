//! Forgets traces that are older than X-Ray keeps them.

use crate::trace::first_key;
use service_kit::{key::Key, platform::Platform, prelude::*, trace::Segment};

/// How long traces are kept ("AWS X-Ray concepts").
pub(crate) const KEPT: Duration = Duration::from_secs(30 * 86_400);
/// How often old traces are forgotten.
const EVERY: Duration = Duration::from_secs(6 * 3_600);

/// The one chain of jobs that goes on: that of the latest start.
#[derive(Default, Serialize, Deserialize)]
struct Keeper {
    version: u64,
}

impl Record for Keeper {
    const TABLE: &'static str = "xray.keeper";
    const REACH: Reach = Reach::Instance;

    fn key(&self) -> impl Key {}
}

/// Forgets, then waits for the next turn.
#[derive(Serialize, Deserialize)]
pub(crate) struct ForgetSegments {
    version: u64,
}

impl Job for ForgetSegments {
    const KIND: &'static str = "xray.forget";

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        match forget(cx, self).await {
            Ok(()) => Outcome::Done,
            Err(_) => Outcome::Again(Duration::from_secs(60)),
        }
    }
}

async fn forget(cx: &Context, job: &ForgetSegments) -> Result<(), Fault> {
    // Trace ids begin with the second they were made in, so they sort by time.
    let until = first_key((cx.now() - KEPT).as_secs());
    cx.platform().forget_before(Segment::TABLE, &until).await?;
    let next = cx.now() + EVERY;
    cx.write(|tx| match tx.get::<Keeper>(())? {
        Some(keeper) if keeper.version == job.version => tx.enqueue_at(next, job),
        _ => Ok(()),
    })
    .await
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
            tx.enqueue(&ForgetSegments { version: keeper.version })
        });
        if let Err(fault) = begun.await {
            eprintln!("heist: old traces will not be removed: {fault:?}");
        }
    });
}
