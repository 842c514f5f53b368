//! Forgets events that are older than the event history is long.

use service_kit::{key::Key, platform::Platform, prelude::*};

/// How long events are kept ("Viewing event history").
pub(crate) const KEPT: Duration = Duration::from_secs(90 * 86_400);
/// How often old events are forgotten.
const EVERY: Duration = Duration::from_secs(6 * 3_600);

/// The one chain of jobs that goes on: that of the latest start.
#[derive(Default, Serialize, Deserialize)]
struct Keeper {
    version: u64,
}

impl Record for Keeper {
    const TABLE: &'static str = "cloudtrail.keeper";
    const REACH: Reach = Reach::Instance;

    fn key(&self) -> impl Key {}
}

/// Forgets, then waits for the next turn.
#[derive(Serialize, Deserialize)]
pub(crate) struct ForgetEvents {
    version: u64,
}

impl Job for ForgetEvents {
    const KIND: &'static str = "cloudtrail.forget";

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        match forget(cx, self).await {
            Ok(()) => Outcome::Done,
            Err(_) => Outcome::Again(Duration::from_secs(60)),
        }
    }
}

async fn forget(cx: &Context, job: &ForgetEvents) -> Result<(), Fault> {
    use service_kit::audit::{AuditRecord, Refusal};
    let until = (cx.now() - KEPT).bytes();
    cx.platform().forget_before(AuditRecord::TABLE, &until).await?;
    cx.platform().forget_before(Refusal::TABLE, &until).await?;
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
            tx.enqueue(&ForgetEvents { version: keeper.version })
        });
        if let Err(fault) = begun.await {
            eprintln!("heist: old audit records will not be removed: {fault:?}");
        }
    });
}
