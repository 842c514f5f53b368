//! Load: many connections send prepared requests for a while.

use crate::{
    Failure,
    http1::Connection,
    server::{self, Server},
};
use service_kit::clock::Stopwatch;
use std::{
    env,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// How often loads that are compared take turns.
const ROUNDS: usize = 5;
/// The connections of a load that is to keep a server busy.
pub const CONNECTIONS: usize = 32;

/// Requests made beforehand, as the bytes of HTTP/1.1.
pub type Requests = Arc<Vec<Vec<u8>>>;

/// How long one load goes on: 5 s, or as many as `HEIST_BENCH_SECONDS` says.
pub fn span() -> Duration {
    let seconds = env::var("HEIST_BENCH_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(5))
}

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

/// What a load showed of a server.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// How fast it answered.
    pub rate: Rate,
    /// The processor time that each answer took of the server, user's and system's.
    pub cpu: Duration,
    /// The same of the load generator.
    pub client: Duration,
}

impl Measured {
    /// How many times as fast this was as `other`, if both had the processors for themselves: by
    /// the processor time of server and client, of which a busy machine takes nothing away.
    pub fn times(&self, other: &Self) -> f64 {
        let whole = |of: &Self| (of.cpu + of.client).as_secs_f64();
        whole(other) / whole(self)
    }
}

/// Sends `requests` round and round over `connections` connections for `span`.
///
/// # Errors
/// The first answer that is no success, and whatever breaks a connection.
pub async fn run(
    address: SocketAddr,
    requests: &Requests,
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

/// Runs each load in turn, several times, so that whatever else the machine does meets all alike;
/// gives the median of each.
///
/// # Errors
/// As [`run`].
pub async fn in_turns(
    loads: &[(&Server, Requests)],
    connections: usize,
) -> Result<Vec<Measured>, Failure> {
    let this = std::process::id();
    let mut rounds = vec![Vec::new(); loads.len()];
    for _ in 0..ROUNDS {
        for ((server, requests), seen) in loads.iter().zip(&mut rounds) {
            let before = (server.cpu()?, server::cpu(this)?);
            let watch = Stopwatch::start();
            let rate = run(server.address, requests, connections, span()).await?;
            let answers = rate.per_second * watch.elapsed().as_secs_f64();
            let each = |spent: Duration| spent.div_f64(answers.max(1.0));
            let cpu = each(server.cpu()? - before.0);
            seen.push(Measured { rate, cpu, client: each(server::cpu(this)? - before.1) });
        }
    }
    Ok(rounds.into_iter().filter_map(median).collect())
}

/// The median of each figure by itself.
fn median(rounds: Vec<Measured>) -> Option<Measured> {
    let time = |of: fn(&Measured) -> Duration| middle(rounds.iter().map(of).collect());
    let mut rates: Vec<_> = rounds.iter().map(|round| round.rate.per_second).collect();
    rates.sort_unstable_by(f64::total_cmp);
    let rate = Rate {
        per_second: *rates.get(rates.len() / 2)?,
        median: time(|round| round.rate.median),
        p99: time(|round| round.rate.p99),
    };
    Some(Measured { rate, cpu: time(|round| round.cpu), client: time(|round| round.client) })
}

/// The median of some times; zero of none.
pub fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
