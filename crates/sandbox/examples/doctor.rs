//! Prints what this host can isolate.

fn main() {
    sandbox::maybe_run();
    for check in sandbox::check() {
        println!("{} {}: {} {}", check.ok, check.name, check.detail, check.advice);
    }
}
