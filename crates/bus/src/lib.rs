//! Runs durable background jobs, at least once, and brings telemetry into the store.
//!
//! A job is a row that the transaction causing it wrote. One loop takes due rows in order, runs
//! each on a task of its own, and removes the row when the job says it is done. A crash in between
//! leaves the row, so the job runs again after the restart.

use service_kit::{
    access::Scope,
    context::Context,
    fault::Fault,
    job::{JobEntry, JobRecord, Outcome},
    platform::Platform,
    record::{Reach, Record, full_key},
    service::Service,
};
use shape::Timestamp;
use std::{
    collections::{HashMap, HashSet},
    ops::ControlFlow,
    time::Duration,
};
use store::Order;
use tokio::task::JoinSet;

/// The most jobs running at once.
const MAX_RUNNING: usize = 256;
/// How long telemetry may stay in memory.
const FLUSH_EVERY: Duration = Duration::from_millis(200);
/// How long to leave a job that failed in a way it did not foresee, and how often.
const AFTER_DEFECT: Duration = Duration::from_secs(30);
const MAX_DEFECTS: u32 = 10;
/// How long to leave the loop alone when storage fails.
const AFTER_STORAGE_FAULT: Duration = Duration::from_secs(1);

/// The name of a job's row.
type Id = (Timestamp, u64);

/// Runs the jobs of `services` and flushes telemetry until it is dropped.
pub struct Bus(JoinSet<()>);

impl Bus {
    /// Starts the loops.
    pub fn start(platform: &Platform, services: &[&'static Service]) -> Self {
        let mut kinds = HashMap::new();
        for service in services {
            for job in service.jobs {
                kinds.insert(job.kind, (*job, service.principal));
            }
        }
        let mut loops = JoinSet::new();
        loops.spawn(run_jobs(platform.clone(), kinds));
        loops.spawn(flush(platform.clone()));
        Self(loops)
    }

    /// Stops the loops; jobs in the middle of their work run again after the next start.
    pub fn stop(mut self) {
        self.0.abort_all();
    }
}

async fn flush(platform: Platform) {
    loop {
        tokio::time::sleep(FLUSH_EVERY).await;
        if let Err(fault) = platform.flush().await {
            eprintln!("heist: telemetry was lost: {fault:?}");
        }
    }
}

type Kinds = HashMap<&'static str, (JobEntry, &'static str)>;

async fn run_jobs(platform: Platform, kinds: Kinds) {
    let everywhere = Scope::new("", "");
    let prefix = full_key(JobRecord::TABLE, Reach::Instance, &everywhere, &());
    let mut watch = platform.store().watch(&prefix);
    let mut running: HashSet<Id> = HashSet::new();
    let mut tasks = JoinSet::new();
    loop {
        let next = match due(&platform, &running) {
            Ok(Due { jobs, next }) => {
                for record in jobs {
                    running.insert((record.due, record.id));
                    tasks.spawn(run_job(
                        platform.clone(),
                        kinds.get(&*record.kind).copied(),
                        record,
                    ));
                }
                next
            }
            Err(fault) => {
                eprintln!("heist: the job queue cannot be read: {fault:?}");
                Some(platform.clock().now() + AFTER_STORAGE_FAULT)
            }
        };
        tokio::select! {
            () = watch.changed() => {}
            Some(finished) = tasks.join_next() => if let Ok(id) = finished {
                running.remove(&id);
            },
            () = sleep_until(&platform, next) => {}
        }
    }
}

async fn sleep_until(platform: &Platform, wake: Option<Timestamp>) {
    match wake {
        Some(wake) => platform.clock().sleep_until(wake).await,
        None => std::future::pending().await,
    }
}

/// What the queue holds now.
struct Due {
    jobs: Vec<JobRecord>,
    /// When to look again; none if only a commit or a finished job can change anything.
    next: Option<Timestamp>,
}

fn due(platform: &Platform, running: &HashSet<Id>) -> Result<Due, Fault> {
    let now = platform.clock().now();
    let room = MAX_RUNNING.saturating_sub(running.len());
    let mut found = Due { jobs: Vec::new(), next: None };
    if room == 0 {
        return Ok(found);
    }
    platform.read(&Scope::new("", ""), |tx| {
        tx.visit::<JobRecord>((), Order::Ascending, |record| {
            if record.due > now {
                found.next = Some(record.due);
                return ControlFlow::Break(());
            }
            if !running.contains(&(record.due, record.id)) {
                found.jobs.push(record);
            }
            if found.jobs.len() < room { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })
    })?;
    Ok(found)
}

/// Runs one attempt on a task of its own, so that a panic is that job's only, and settles its row.
async fn run_job(
    platform: Platform,
    kind: Option<(JobEntry, &'static str)>,
    record: JobRecord,
) -> Id {
    let id = (record.due, record.id);
    let attempt = record.attempts + 1;
    let outcome = match kind {
        Some((entry, principal)) => {
            let scope = Scope::new(&*record.account, &*record.region);
            let cx = Context::background(platform.clone(), scope, principal);
            let body = record.body.clone();
            let task = tokio::spawn(async move { (entry.run)(&body, &cx, attempt).await });
            task.await.unwrap_or_else(|defect| Err(Fault::internal(defect)))
        }
        None => Err(Fault::internal("no service of this build runs such jobs")),
    };
    let (outcome, defects) = match outcome {
        Ok(outcome) => (outcome, 0),
        Err(fault) => {
            eprintln!("heist: job {} failed, attempt {attempt}: {fault:?}", record.kind);
            after_defect(record.defects + 1)
        }
    };
    settle(&platform, JobRecord { attempts: attempt, defects, ..record }, outcome).await;
    id
}

/// Jobs that run for ever may fail now and then; one that fails each time is given up.
fn after_defect(defects: u32) -> (Outcome, u32) {
    let again = Outcome::Again(AFTER_DEFECT * defects);
    (if defects < MAX_DEFECTS { again } else { Outcome::Done }, defects)
}

async fn settle(platform: &Platform, record: JobRecord, outcome: Outcome) {
    let now = platform.clock().now();
    let everywhere = Scope::new("", "");
    let settled = platform.write(&everywhere, |tx| {
        // A job whose row is gone was taken away with its account.
        if tx.get::<JobRecord>((record.due, record.id))?.is_none() {
            return Ok(());
        }
        tx.delete::<JobRecord>((record.due, record.id));
        match outcome {
            Outcome::Done => Ok::<_, Fault>(()),
            Outcome::Again(after) => tx.put(&JobRecord { due: now + after, ..record.clone() }),
        }
    });
    if let Err(fault) = settled.await
        && !matches!(fault, Fault::Erased)
    {
        eprintln!("heist: job {} will run again: {fault:?}", record.kind);
    }
}
