//! The instructions chapter: what single requests take of the processor, counted by valgrind on the
//! built binary. Unlike times, counts are the same on every machine and whatever else it does.

use crate::{
    Failure,
    http1::Connection,
    report,
    server::Server,
    tables::{self, furnish},
};
use std::{
    collections::HashSet,
    fs,
    path::Path,
    process::{Command, Stdio},
};

/// Requests before the counted ones, which fill caches, and the counted ones.
const WARMING: usize = 50;
const COUNTED: usize = 500;
/// The bytes of a cache line.
const LINE_BYTES: u64 = 64;

/// Counts instructions of PutItem, GetItem and Query, one request at a time, and how much code that
/// is: what does not fit into the first level of the cache is fetched anew for each request.
///
/// # Errors
/// The first thing that fails; a missing valgrind is none.
pub async fn instructions(binary: &Path) -> Result<(), Failure> {
    if let Err(why) = quiet("valgrind", &["--version"]) {
        println!("instructions are not counted: {why}");
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("counts");
    let mut command = Command::new("valgrind");
    command
        .args(["--quiet", "--tool=callgrind", "--instr-atstart=no"])
        .args(["--cache-sim=yes", "--dump-instr=yes"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(binary);
    let heist = Server::heist_by(command, &folder.path().join("data")).await?;
    furnish(&heist).await?;
    for (index, (operation, requests, _)) in tables::operations()?.into_iter().enumerate() {
        // A connection of its own would cost as much again.
        let mut connection = Connection::to(heist.address);
        for request in requests.iter().take(WARMING) {
            connection.exchange(request).await?;
        }
        control(&heist, &["--zero"])?;
        control(&heist, &["--instr=on"])?;
        for request in requests.iter().skip(WARMING).take(COUNTED) {
            let answer = connection.exchange(request).await?;
            if answer.status != 200 {
                return Err(format!("{operation}: status {}", answer.status).into());
            }
        }
        control(&heist, &["--instr=off"])?;
        control(&heist, &["--dump"])?;
        let counts = fs::read_to_string(out.with_extension((index + 1).to_string()))?;
        Counts::read(&counts).ok_or("valgrind's counts do not read")?.print(operation);
    }
    Ok(())
}

fn control(heist: &Server, arguments: &[&str]) -> Result<(), Failure> {
    let id = heist.id().to_string();
    quiet("callgrind_control", &[arguments, &[&*id]].concat())
}

fn quiet(program: &str, arguments: &[&str]) -> Result<(), Failure> {
    let done = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let done = done.map_err(|error| format!("{program}: {error}"))?;
    if done.status.success() {
        return Ok(());
    }
    Err(format!("{program}: {}: {}", done.status, String::from_utf8_lossy(&done.stderr)).into())
}

/// What one dump tells.
struct Counts {
    instructions: u64,
    /// Fetches of code that the first level of the cache had not.
    misses: u64,
    /// The cache lines of the code that most requests ran.
    lines: usize,
}

impl Counts {
    /// Reads a dump ("Callgrind Format Specification"): cost lines are an address, a line of source
    /// and counts; the one after `calls=` repeats what the called function has already.
    fn read(dump: &str) -> Option<Self> {
        let (mut address, mut lines, mut is_call) = (0, HashSet::new(), false);
        let mut totals = None;
        for line in dump.lines() {
            if let Some(all) = line.strip_prefix("totals: ") {
                let mut all = all.split(' ').map(str::parse::<u64>);
                // Instructions, data reads and writes, misses of code.
                totals = Some((all.next()?.ok()?, all.nth(2)?.ok()?));
            } else if line.starts_with("calls=") {
                is_call = true;
            } else if line.starts_with(|first: char| "+-*".contains(first))
                || line.starts_with("0x")
            {
                let mut fields = line.split(' ');
                address = moved(address, fields.next()?)?;
                let count: u64 = fields.nth(1).and_then(|count| count.parse().ok()).unwrap_or(0);
                if !std::mem::take(&mut is_call) && count >= COUNTED as u64 / 2 {
                    lines.insert(address / LINE_BYTES);
                }
            }
        }
        let (instructions, misses) = totals?;
        Some(Self { instructions, misses, lines: lines.len() })
    }

    fn print(&self, operation: &str) {
        let each = |all: u64| all / COUNTED as u64;
        report::figure(&format!("{operation}: instructions"), each(self.instructions), "");
        let kib = (self.lines as u64 * LINE_BYTES) >> 10;
        report::figure(&format!("{operation}: code"), kib, "KiB");
        report::figure(&format!("{operation}: misses of code, first level"), each(self.misses), "");
    }
}

/// An address after `step`: a new one, or so much further or back.
fn moved(address: u64, step: &str) -> Option<u64> {
    let number = |text: &str| match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    };
    match step.split_at_checked(1)? {
        ("*", _) => Some(address),
        ("+", by) => address.checked_add(number(by)?),
        ("-", by) => address.checked_sub(number(by)?),
        _ => number(step),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read() {
        let dump = "events: Ir Dr Dw I1mr\nfn=(1) main\n0x40 7 500 1 1 9\n+3 7 500\n+0x3d * 600\n\
            calls=500 0x200\n* 8 90000 1 1 1\n-64 * 10\n0x400 1\ntotals: 1610 2 2 10\n";
        let counts = Counts::read(dump).unwrap();
        assert_eq!((counts.instructions, counts.misses, counts.lines), (1_610, 10, 2));
        assert!(Counts::read("0x40 7 500\n").is_none());
    }
}
