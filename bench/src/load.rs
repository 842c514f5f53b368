//! Load: many connections send prepared requests for a while.

use crate::{Failure, http1::Connection};
use service_kit::clock::Stopwatch;
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// How many were answered, and how fast.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// Answers a second.
    pub per_second: f64,
    /// The median time of an answer.
    pub median: Duration,
    /// The time that one answer in a hundred exceeds.
    pub p99: Duration,
}

/// Sends `requests` round and round over `connections` connections for `span`.
///
/// # Errors
/// The first answer that is no success, and whatever breaks a connection.
pub async fn run(
    address: SocketAddr,
    requests: Arc<Vec<Vec<u8>>>,
    connections: usize,
    span: Duration,
) -> Result<Rate, Failure> {
    let next = Arc::new(AtomicUsize::new(0));
    let watch = Stopwatch::start();
    let tasks: Vec<_> = (0..connections)
        .map(|_| {
            let (requests, next) = (requests.clone(), next.clone());
            tokio::spawn(async move {
                let mut connection = Connection::to(address);
                let mut times = Vec::new();
                while watch.elapsed() < span {
                    let index = next.fetch_add(1, Ordering::Relaxed) % requests.len();
                    let one = Stopwatch::start();
                    let answer = connection.exchange(&requests[index]).await?;
                    times.push(one.elapsed());
                    if !(200..300).contains(&answer.status) {
                        let body = String::from_utf8_lossy(&answer.body).into_owned();
                        return Err(format!("status {}: {body}", answer.status).into());
                    }
                }
                Ok::<_, Failure>(times)
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    let elapsed = watch.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
    Ok(Rate { per_second: times.len() as f64 / elapsed, median: at(50), p99: at(99) })
}
