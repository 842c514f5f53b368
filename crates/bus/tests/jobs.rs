//! What becomes of background jobs.

use service_kit::{
    job::{JobRecord, job},
    prelude::*,
};
use std::sync::atomic::{AtomicU32, Ordering};
use testkit::Cloud;

/// How often each job of a test ran; shared through the platform's live state.
#[derive(Default)]
struct Runs(AtomicU32);

impl Live for Runs {
    fn forget(&self, _: &str) {}
}

/// Fails, without foreseeing it, in these runs; otherwise asks to run again in a minute, for ever.
#[derive(Serialize, Deserialize)]
struct Periodic {
    fails_from: u32,
    fails_to: u32,
}

impl Job for Periodic {
    const KIND: &'static str = "test.periodic";

    async fn run(&self, cx: &Context, attempt: u32) -> Outcome {
        cx.platform().live::<Runs>().0.fetch_add(1, Ordering::SeqCst);
        assert!(!(self.fails_from..self.fails_to).contains(&attempt), "the test wants a defect");
        Outcome::Again(Duration::from_secs(60))
    }
}

static SERVICE: Service =
    Service { jobs: &[job::<Periodic>()], ..Service::new("test", "test.local") };

/// Starts the job and moves the clock until it has run `times`, or is given up.
async fn runs(fails_from: u32, fails_to: u32, times: u32) -> u32 {
    let cloud = Cloud::start(&[&SERVICE]).await;
    let cx = cloud.context();
    cx.write(|tx| tx.enqueue(&Periodic { fails_from, fails_to })).await.expect("a queued job");
    let runs = cloud.platform().live::<Runs>();
    let queued = || cx.read(|tx| tx.list::<JobRecord>(())).expect("the queue");
    for done in 0..times {
        cloud
            .eventually(async || {
                let over = queued().is_empty() || runs.0.load(Ordering::SeqCst) > done;
                over.then_some(())
            })
            .await;
        // Settled: the row that asks for the next run is there, or none is.
        let settled = async || queued().iter().all(|job| job.attempts > done).then_some(());
        cloud.eventually(settled).await;
        cloud.clock().advance(Duration::from_secs(3600));
    }
    runs.0.load(Ordering::SeqCst)
}

#[tokio::test]
async fn one_defect_after_many_good_runs_does_not_end_a_job() {
    assert_eq!(runs(15, 16, 20).await, 20);
}

#[tokio::test]
async fn a_job_that_fails_each_time_is_given_up() {
    assert_eq!(runs(1, u32::MAX, 50).await, 10);
}
