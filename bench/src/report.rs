//! What is printed: figures, ratios, and whether a ratio is what was wanted.

use crate::load::{Measured, Rate};
use std::fmt::Display;

/// What a ratio must be.
#[derive(Clone, Copy, Debug)]
pub enum Wanted {
    /// No less than this.
    Least(f64),
    /// No more than this.
    Most(f64),
}

/// Prints any figure.
pub fn figure(what: &str, value: impl Display, unit: &str) {
    println!("{what:<42} {value:>9} {unit}");
}

/// Prints how fast something was.
pub fn rate(what: &str, rate: Rate) {
    let Rate { per_second, median, p99 } = rate;
    println!("{what:<42} {per_second:>9.0} /s   median {median:>9.1?}   p99 {p99:>9.1?}");
}

/// Prints how fast a load was, and what an answer cost its server.
pub fn measured(what: &str, measured: &Measured) {
    let Rate { per_second, median, p99 } = measured.rate;
    let Measured { cpu, client, .. } = measured;
    println!(
        "{what:<42} {per_second:>9.0} /s   median {median:>9.1?}   p99 {p99:>9.1?}   \
         server {cpu:>7.1?}   client {client:>7.1?}"
    );
}

/// Prints a ratio, and whether it is what was wanted.
pub fn ratio(what: &str, ratio: f64, wanted: Wanted) {
    let (met, words) = match wanted {
        Wanted::Least(least) => (ratio >= least, format!("at least {least}")),
        Wanted::Most(most) => (ratio <= most, format!("at most {most}")),
    };
    let verdict = if met { "met" } else { "MISSED" };
    println!("{what:<42} {ratio:>9.2} x    wanted {words}: {verdict}");
}
