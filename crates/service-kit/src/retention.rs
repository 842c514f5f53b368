//! Retention: telemetry is kept for a while, and forgotten every few hours.

use crate::{
    access::Scope,
    context::Context,
    fault::Fault,
    job::{Job, Outcome},
    key::{Encoded, Key},
    owner::{Owner, SharedTable, shared_table},
    platform::Platform,
    record::{Reach, Record},
    tx::{Order, Tx},
};
use serde::{Deserialize, Serialize};
use std::{future::Future, marker::PhantomData, ops::ControlFlow, time::Duration};

/// How often old rows are forgotten.
const EVERY: Duration = Duration::from_secs(6 * 3_600);
/// How long to wait after a failure.
const RETRY: Duration = Duration::from_secs(60);
/// The rows that one transaction forgets.
const FORGET_ROWS: usize = 2_000;

/// What forgets a service's old rows. Its table lists [`Forget`] as a job and starts with
/// [`start`].
pub trait Retention: Send + Sync + 'static {
    /// The job's kind, `service.forget`; never changed once released.
    const KIND: &'static str;
    /// The table that holds which chain of jobs goes on, `service.keeper`.
    const TABLE: &'static str;
    /// What stays when this fails, for the log: `old traces`.
    const WHAT: &'static str;

    /// Forgets what is too old, in all accounts and regions.
    fn forget(cx: &Context) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// The entry of [`Retention::TABLE`] in its service's list of instance-wide tables.
pub const fn keeper<R: Retention>() -> SharedTable {
    shared_table::<Keeper<R>>()
}

/// The one chain of jobs that goes on: that of the latest start.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
struct Keeper<R> {
    version: u64,
    #[serde(skip)]
    of: PhantomData<fn() -> R>,
}

impl<R: Retention> Record for Keeper<R> {
    const TABLE: &'static str = R::TABLE;
    const REACH: Reach = Reach::Instance;
    const OWNER: Option<fn(&Self) -> Owner> = Some(|_| Owner::Instance);

    fn key(&self) -> impl Key {}
}

/// Forgets, then waits for the next turn.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Forget<R> {
    version: u64,
    #[serde(skip)]
    of: PhantomData<fn() -> R>,
}

impl<R: Retention> Job for Forget<R> {
    const KIND: &'static str = R::KIND;

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        match self.turn(cx).await {
            Ok(()) => Outcome::Done,
            Err(_) => Outcome::Again(RETRY),
        }
    }
}

impl<R: Retention> Forget<R> {
    async fn turn(&self, cx: &Context) -> Result<(), Fault> {
        R::forget(cx).await?;
        let next = cx.now() + EVERY;
        cx.write(|tx| match tx.get::<Keeper<R>>(())? {
            Some(keeper) if keeper.version == self.version => tx.enqueue_at(next, self),
            _ => Ok(()),
        })
        .await
    }
}

/// Begins a new chain of jobs; an earlier start's ends.
pub fn start<R: Retention>(platform: &Platform) {
    let platform = platform.clone();
    tokio::spawn(async move {
        let settings = platform.settings();
        let scope = Scope::new(settings.account.as_str(), settings.region.as_str());
        let begun = platform.write(&scope, |tx| {
            let version = tx.get::<Keeper<R>>(())?.map_or(0, |keeper| keeper.version) + 1;
            tx.put(&Keeper::<R> { version, of: PhantomData })?;
            tx.enqueue(&Forget::<R> { version, of: PhantomData })
        });
        if let Err(fault) = begun.await {
            eprintln!("heist: {} will not be removed: {fault:?}", R::WHAT);
        }
    });
}

impl Platform {
    /// Removes, in all accounts and regions, the rows of `table` whose keys sort before `until`:
    /// for tables whose keys begin with a time. A piece at a time, so that nobody waits.
    ///
    /// # Errors
    /// [`Fault`] when storage fails; what is gone by then stays so.
    pub async fn forget_before(&self, table: &str, until: &[u8]) -> Result<(), Fault> {
        for scope in self.scopes_of(table)? {
            while self.write(&scope, |tx| tx.forget_some(table, (), until)).await? {}
        }
        Ok(())
    }
}

impl Tx<'_> {
    /// Removes some raw rows of `table` under `prefix` whose key suffixes sort before `until`,
    /// and says whether there may be more.
    ///
    /// # Errors
    /// [`Fault::Internal`] when storage fails.
    pub fn forget_some(
        &mut self,
        table: &str,
        prefix: impl Key,
        until: &[u8],
    ) -> Result<bool, Fault> {
        let mut keys = Vec::new();
        let old = (&[][..], Some(until));
        self.reader().visit_bytes(table, &prefix, old, Order::Ascending, |key, _| {
            keys.push(key.to_vec());
            match keys.len() < FORGET_ROWS {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            }
        })?;
        for key in &keys {
            self.delete_bytes(table, (&prefix, Encoded(key)));
        }
        Ok(keys.len() == FORGET_ROWS)
    }
}
