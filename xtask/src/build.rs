//! Building the binary for those who use it: to be measured, and to be shipped.

use crate::workspace::root;
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The versions of LLVM whose tools read what this Rust's programs count, the best first.
const LLVM_VERSIONS: [u32; 4] = [22, 21, 20, 19];
/// How long each load of the benchmarks goes on while the profile is taken, in seconds.
const LOAD_SECONDS: &str = "2";

/// Builds with optimisation and runs the measurements, which print as they go.
///
/// # Errors
/// The step that failed.
pub fn bench() -> Result<String, String> {
    run(&mut cargo(&["build", "--release", "--bins", "-p", "heist", "-p", "bench"]))?;
    run(&mut cargo(&["run", "--release", "--quiet", "-p", "bench"]))?;
    Ok("docs/performance.md says what these figures are compared with".to_owned())
}

/// Builds the `heist` that is shipped, twice: the second time by a profile of what the first one
/// did. A request runs straight through several times as much code as the processor's first cache
/// holds. Told what of it is run, the compiler puts that together, and the rest, errors for the
/// most part, elsewhere. Says where the binary is.
///
/// # Errors
/// What is missing, or the step that failed.
pub fn release() -> Result<String, String> {
    let host = rustc(&["--print", "host-tuple"])?;
    let profdata = profdata(&host)?;
    let target = root().join("target");
    let (counts, profile) = (target.join("profile"), target.join("heist.profdata"));
    let built = target.join(&host).join("release/heist");
    println!("1 of 4: the benchmarks, and a binary that counts what it runs");
    run(cargo(&["build", "--release", "-p", "heist", "-p", "bench"]).args([
        "--bin=bench",
        "--bin=echo",
        "--bin=bootstrap",
    ]))?;
    let build = |flag: &str, path: &Path| {
        // One flag, whatever its path is like; for another target than that of build scripts.
        let flag = format!("-C{flag}={}", path.display());
        let build = ["build", "--release", "-p", "heist", "--bins", "--target", &host];
        run(cargo(&build).env("CARGO_ENCODED_RUSTFLAGS", flag))
    };
    build("profile-generate", &counts)?;
    println!("2 of 4: what the benchmarks and the demo run");
    // What an earlier version counted does not fit this one.
    if counts.exists() {
        fs::remove_dir_all(&counts).map_err(|error| format!("{}: {error}", counts.display()))?;
    }
    let bench = &mut Command::new(target.join("release/bench"));
    let bench = bench.args(["tables", "functions"]).env("HEIST_BENCH_SECONDS", LOAD_SECONDS);
    run(bench.env("HEIST_BIN", &built))?;
    run(Command::new(&built).arg("demo"))?;
    println!("3 of 4: the profile");
    run(Command::new(profdata).arg("merge").arg("--output").arg(&profile).arg(&counts))?;
    println!("4 of 4: the binary");
    build("profile-use", &profile)?;
    Ok(format!("{} is to be shipped; HEIST_BIN={0} measures it", built.display()))
}

/// The program that merges counts: one that `LLVM_PROFDATA` names, rustup's, or the system's.
fn profdata(host: &str) -> Result<PathBuf, String> {
    let rustup = Path::new(&rustc(&["--print", "sysroot"])?).join("lib/rustlib").join(host);
    let named = env::var_os("LLVM_PROFDATA").map(PathBuf::from);
    let system = LLVM_VERSIONS.map(|version| format!("llvm-profdata-{version}").into());
    let programs = named.into_iter().chain([rustup.join("bin/llvm-profdata")]).chain(system);
    programs.into_iter().find(|program| starts(program)).ok_or_else(|| {
        "llvm-profdata is missing: `rustup component add llvm-tools` has it, or Debian's llvm-19 \
         or later; LLVM_PROFDATA names one that is elsewhere"
            .to_owned()
    })
}

fn starts(program: &Path) -> bool {
    let mut asked = Command::new(program);
    let asked = asked.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    asked.status().is_ok_and(|status| status.success())
}

fn rustc(arguments: &[&str]) -> Result<String, String> {
    let told = Command::new("rustc").args(arguments).output();
    let told = told.map_err(|error| format!("rustc does not start: {error}"))?;
    if !told.status.success() {
        return Err(format!("rustc {} ended with {}", arguments.join(" "), told.status));
    }
    Ok(String::from_utf8_lossy(&told.stdout).trim().to_owned())
}

fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.args(arguments);
    cargo
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{name} ended with {status}")),
        Err(error) => Err(format!("{name} does not start: {error}")),
    }
}
