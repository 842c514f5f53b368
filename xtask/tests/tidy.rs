//! Holds the house rules over the whole repository.

use xtask::{tidy, workspace};

#[test]
fn the_repository_is_tidy() {
    let found = tidy::findings(&workspace::root());
    let lines: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "\n{}", lines.join("\n"));
}
