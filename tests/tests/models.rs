//! What the binary serves is as in AWS's own models: names, types, bindings, limits, error codes.

use std::{path::PathBuf, process::Command};
use xtask::{
    conformance::{self, Difference, Exception},
    coverage,
    model::Model,
    served::{self, Service},
};

/// The differences that are meant. One that is no longer true makes the test fail, too.
const EXCEPTIONS: &[Exception] = &[];

/// The tables of the binary: of the one that `./test` built, or else of a new build.
fn services() -> Vec<Service> {
    let Some(binary) = std::env::var_os("HEIST_BIN").map(PathBuf::from) else {
        return coverage::served(None).unwrap();
    };
    let output = Command::new(&binary).arg("__coverage").output().unwrap();
    assert!(output.status.success(), "{} __coverage failed", binary.display());
    served::read(&String::from_utf8(output.stdout).unwrap()).unwrap()
}

#[test]
fn every_shape_is_as_in_its_model() {
    let services = services();
    assert!(!services.is_empty(), "the binary serves nothing");
    let found: Vec<Difference> = services
        .iter()
        .flat_map(|service| {
            let model = Model::load(&service.service).unwrap();
            conformance::differences(service, &model)
        })
        .collect();
    let lines = conformance::unexplained(&found, EXCEPTIONS);
    assert!(lines.is_empty(), "{} differences:\n{}", lines.len(), lines.join("\n"));
}

#[test]
fn every_exception_has_a_reason() {
    for exception in EXCEPTIONS {
        assert!(exception.reason.len() > 10, "{}: say why", exception.at);
    }
}
