//! Rules for Rust files: opening sentence, sizes, and calls that have one home.

use super::Finding;
use crate::tidy::lexer;

const FUNCTION_LINES_MAX: usize = 70;
const FILE_LINES_MAX: usize = 600;
const COLUMNS_MAX: usize = 100;

/// Sources of time and chance, and what to call instead.
const BANNED: &[(&str, &str)] = &[
    ("SystemTime::now", "take the time from Context::now or the Clock"),
    ("Instant::now", "measure with service_kit::Stopwatch, wait on the Clock"),
    ("OffsetDateTime::now_utc", "take the time from Context::now or the Clock"),
    ("thread_rng", "take randomness from the Context"),
    ("rand::random", "take randomness from the Context"),
    ("rand::rng(", "take randomness from the Context"),
    ("OsRng", "take randomness from the Context"),
];

/// Where those calls may be, and why.
const HOMES: &[(&str, &str)] = &[
    ("apps/", "it runs elsewhere, on that place's clock"),
    ("crates/service-kit/src/clock.rs", "it is the clock"),
    ("crates/service-kit/src/entropy.rs", "it is the source of randomness"),
    ("crates/sandbox/", "real processes have real deadlines"),
    ("crates/testkit/", "tests have deadlines"),
    ("server/", "it starts the clock and the seed"),
    ("tests/", "tests have deadlines"),
];

/// Every broken rule in one file.
pub fn findings(path: &str, text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    if !text.starts_with("//! ") {
        found.push(Finding::new(
            path,
            1,
            "open the file with a `//!` sentence that says what it is",
        ));
    }
    let code = lexer::code(text);
    let tests = lexer::tests(&code);
    let in_tests =
        |line: usize| is_test_file(path) || tests.iter().any(|range| range.contains(&line));
    for (line, (written, code)) in (1..).zip(text.lines().zip(code.lines())) {
        // Tests quote programs and answers whose lines are as long as they are.
        if !in_tests(line) {
            columns(path, line, written, &mut found);
        }
        calls(path, line, code, in_tests(line), &mut found);
    }
    for function in lexer::functions(&code) {
        let lines = function.last - function.first + 1;
        if lines > FUNCTION_LINES_MAX && !in_tests(function.first) {
            let name = function.name;
            let message = format!("`{name}` has {lines} lines; {FUNCTION_LINES_MAX} is the limit");
            found.push(Finding::new(path, function.first, message));
        }
    }
    let lines = (1..=text.lines().count()).filter(|line| !in_tests(*line)).count();
    if lines > FILE_LINES_MAX {
        let message = format!("{lines} lines without tests; split it below {FILE_LINES_MAX}");
        found.push(Finding::new(path, 0, message));
    }
    found
}

fn is_test_file(path: &str) -> bool {
    let folder =
        |name: &str| path.starts_with(&format!("{name}/")) || path.contains(&format!("/{name}/"));
    folder("tests") || folder("benches") || folder("examples") || path.ends_with("/tests.rs")
}

fn columns(path: &str, line: usize, written: &str, found: &mut Vec<Finding>) {
    let width = written.chars().count();
    // Patterns and addresses cannot be broken.
    let whole = ["pattern", "://"].iter().any(|part| written.contains(part));
    if width > COLUMNS_MAX && !whole {
        let message = format!("{width} columns; {COLUMNS_MAX} is the limit");
        found.push(Finding::new(path, line, message));
    }
}

fn calls(path: &str, line: usize, code: &str, in_tests: bool, found: &mut Vec<Finding>) {
    for call in ["todo!", "unimplemented!"] {
        if code.contains(call) {
            let message = format!("`{call}`: answer with an error that names what is missing");
            found.push(Finding::new(path, line, message));
        }
    }
    if in_tests || HOMES.iter().any(|(home, _)| path.starts_with(home)) {
        return;
    }
    for (call, instead) in BANNED {
        if code.contains(call) {
            found.push(Finding::new(path, line, format!("`{call}` has other homes; {instead}")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(path: &str, text: &str) -> Vec<String> {
        findings(path, text).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn a_file_in_order_passes() {
        let text = "//! Good.\n\n// SystemTime::now in a comment\nfn f() { g(\"todo!()\") }\n";
        assert!(messages("services/sqs/src/a.rs", text).is_empty());
    }

    #[test]
    fn each_rule_is_held() {
        let long = format!("//! Long.\nfn f() {{\n{}}}\n", "    g();\n".repeat(70));
        assert!(messages("services/a.rs", &long)[0].contains("`f` has 72 lines"));
        let wide = format!("//! Wide.\n// {}\n", "x".repeat(100));
        assert!(messages("services/a.rs", &wide)[0].contains("103 columns"));
        let many = format!("//! Many.\n{}", "static X: u8 = 1;\n".repeat(600));
        assert!(messages("services/a.rs", &many)[0].contains("601 lines"));
        assert!(messages("services/a.rs", "fn f() {}\n")[0].contains("open the file"));
        let clock = "//! Clock.\nfn f() { Instant::now(); }\n";
        assert!(messages("services/a.rs", clock)[0].contains("Stopwatch"));
        assert!(messages("server/src/a.rs", clock).is_empty());
        assert!(messages("services/a.rs", "//! A.\nfn f() { todo!() }\n")[0].contains("names"));
    }

    #[test]
    fn tests_may_be_long_and_use_the_real_clock() {
        let body = "    Instant::now();\n".repeat(700);
        let text = format!("//! A.\n#[cfg(test)]\nmod tests {{\n    fn f() {{\n{body}    }}\n}}\n");
        assert!(messages("services/a.rs", &text).is_empty());
    }
}
