//! The pinned models and what is drafted from them.

use xtask::{
    managed_policies,
    model::{Model, SERVICES},
    scaffold,
};

#[test]
fn every_model_is_whole() {
    for service in SERVICES {
        let model = Model::load(service).unwrap();
        assert!(!model.operations.is_empty() && model.source.starts_with("botocore "));
        let ends = model.operations.values().flat_map(|one| [&one.input, &one.output]).flatten();
        let errors = model.operations.values().flat_map(|one| &one.errors);
        let members = model.shapes.values().flat_map(|shape| {
            let parts = [&shape.member, &shape.key, &shape.value].into_iter().flatten();
            parts.chain(shape.members.iter().map(|(_, member)| member)).map(|used| &used.shape)
        });
        for name in ends.chain(errors).chain(members) {
            assert!(model.shapes.contains_key(name), "{service} lacks the shape {name}");
        }
    }
}

#[test]
fn the_binary_carries_the_table_of_managed_policies() {
    assert!(managed_policies::is_packed().unwrap(), "run cargo xtask managed-policies");
}

#[test]
fn a_draft_binds_and_limits_as_the_model_does() {
    let draft = scaffold::operation_draft("lambda", "Invoke").unwrap();
    for part in [
        "//! Invoke:",
        "Http::new(",
        "\"/2015-03-31/functions/{FunctionName}/invocations\"",
        "#[shape(header = \"X-Amz-Invocation-Type\")]",
        "#[shape(payload",
        "#[shape(status)]",
        "compile_error!",
        "ResourceNotFoundException (404)",
    ] {
        assert!(draft.contains(part), "{part} is missing in\n{draft}");
    }
}

#[test]
fn an_unknown_operation_names_its_neighbours() {
    let error = scaffold::shapes_draft("sqs", "Message").unwrap_err();
    assert!(error.contains("SendMessage"), "{error}");
    assert!(scaffold::shapes_draft("nothing", "X").unwrap_err().contains("cargo xtask models"));
}

#[test]
fn a_file_that_exists_is_not_overwritten() {
    let error = scaffold::new_operation("sqs", "lib").unwrap_err();
    assert!(error.contains("exists"), "{error}");
}
