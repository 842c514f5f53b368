//! Durable background work: written in the transaction that causes it, run at least once.

use crate::{
    access::Scope,
    context::Context,
    fault::Fault,
    key::Key,
    owner::Owner,
    record::{Reach, Record},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use shape::Timestamp;
use std::{future::Future, pin::Pin, time::Duration};

/// One kind of background work. What it does must bear being done twice.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// `service.verb`; never changed once released.
    const KIND: &'static str;

    /// Does the work. `attempt` counts from 1.
    fn run(&self, cx: &Context, attempt: u32) -> impl Future<Output = Outcome> + Send;
}

/// What became of one attempt at a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Over, well or given up.
    Done,
    /// To be tried again after this long.
    Again(Duration),
}

/// A job as stored: sorted by when it is due.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JobRecord {
    /// Not to be run before.
    pub due: Timestamp,
    /// Tells apart jobs of the same moment.
    pub id: u64,
    /// [`Job::KIND`].
    pub kind: String,
    /// The account it works in.
    pub account: String,
    /// The region it works in.
    pub region: String,
    /// Attempts made so far.
    pub attempts: u32,
    /// How many of the latest attempts in a row ended in a way that the job did not foresee.
    #[serde(default)]
    pub defects: u32,
    /// The job itself.
    #[serde(with = "crate::binary")]
    pub body: Vec<u8>,
}

impl Record for JobRecord {
    const TABLE: &'static str = "bus.job";
    const REACH: Reach = Reach::Instance;
    const OWNER: Option<fn(&Self) -> Owner> = Some(|job| Owner::Account(job.account.clone()));

    fn key(&self) -> impl Key {
        (self.due, self.id)
    }
}

impl JobRecord {
    /// The stored form of `job`.
    ///
    /// # Errors
    /// [`Fault::Internal`] when it cannot be encoded.
    pub fn new<J: Job>(due: Timestamp, id: u64, scope: &Scope, job: &J) -> Result<Self, Fault> {
        let body = rmp_serde::to_vec_named(job).map_err(Fault::internal)?;
        Ok(Self {
            due,
            id,
            kind: J::KIND.into(),
            account: scope.account.to_string(),
            region: scope.region.to_string(),
            attempts: 0,
            defects: 0,
            body,
        })
    }
}

/// How the bus runs one attempt of a job whose type it does not know.
pub type RunJob = for<'a> fn(
    &'a [u8],
    &'a Context,
    u32,
) -> Pin<Box<dyn Future<Output = Result<Outcome, Fault>> + Send + 'a>>;

/// A job as a service's table lists it.
#[derive(Clone, Copy)]
pub struct JobEntry {
    /// [`Job::KIND`].
    pub kind: &'static str,
    /// Runs one attempt.
    pub run: RunJob,
}

/// The table entry of `J`.
pub const fn job<J: Job>() -> JobEntry {
    JobEntry {
        kind: J::KIND,
        run: |body, cx, attempt| {
            Box::pin(async move {
                let job: J = rmp_serde::from_slice(body).map_err(Fault::internal)?;
                Ok(job.run(cx, attempt).await)
            })
        },
    }
}
