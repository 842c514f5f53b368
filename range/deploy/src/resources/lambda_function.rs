//! `AWS::Lambda::Function`: a function, its code in place or in a folder beside the template.

use crate::{
    assets,
    form::{Form, Property, TAGS, TEXT_MAP, TEXTS, optional, required},
    kind::{Cause, Made, Make, ResourceType, Unmake},
};
use base64::Engine;
use serde_json::{Value, json};

pub(super) enum Function {}

impl ResourceType for Function {
    const NAME: &'static str = "AWS::Lambda::Function";
    const PROPERTIES: &'static [Property] = &[
        required("Code", Form::TextOr(&Form::Struct(&[required("ZipFile", Form::Text)]))),
        required("Role", Form::Text),
        optional("Architectures", TEXTS),
        optional("Description", Form::Text),
        optional("Environment", Form::Struct(&[optional("Variables", TEXT_MAP)])),
        optional("EphemeralStorage", Form::Struct(&[required("Size", Form::Number)])),
        optional("FunctionName", Form::Text),
        optional("Handler", Form::Text),
        optional(
            "LoggingConfig",
            Form::Struct(&[optional("LogFormat", Form::Text), optional("LogGroup", Form::Text)]),
        ),
        optional("MemorySize", Form::Number),
        optional("PackageType", Form::Text),
        optional("ReservedConcurrentExecutions", Form::Number),
        optional("Runtime", Form::Text),
        optional("Tags", TAGS),
        optional("Timeout", Form::Number),
        optional("TracingConfig", Form::Struct(&[required("Mode", Form::Text)])),
    ];
    const ATTRIBUTES: &'static [&'static str] = &["Arn"];

    async fn create(it: &Make<'_>) -> Result<Made, Cause> {
        let name = it.name("FunctionName", 64);
        let mut input = it.pick(&[
            "Role",
            "Architectures",
            "Description",
            "Environment",
            "EphemeralStorage",
            "Handler",
            "LoggingConfig",
            "MemorySize",
            "PackageType",
            "Runtime",
            "Timeout",
            "TracingConfig",
        ]);
        let package = base64::engine::general_purpose::STANDARD.encode(package(it)?);
        input.insert("Code".to_owned(), json!({"ZipFile": package}));
        input.insert("FunctionName".to_owned(), name.as_str().into());
        input.extend(it.tag_map().map(|tags| ("Tags".to_owned(), tags)));
        let made = it.call("lambda", "CreateFunction", input).await?;
        it.begun(json!({"FunctionName": name}));
        if let Some(reserved) = it.get("ReservedConcurrentExecutions") {
            let input = json!({"FunctionName": name, "ReservedConcurrentExecutions": reserved});
            it.call("lambda", "PutFunctionConcurrency", input).await?;
        }
        Ok(Made::new(name).with("Arn", made["FunctionArn"].clone()))
    }

    async fn delete(it: &Unmake<'_>) -> Result<(), Cause> {
        it.delete("lambda", "DeleteFunction").await
    }
}

/// The deployment package.
fn package(it: &Make<'_>) -> Result<Vec<u8>, Cause> {
    let files = match it.get("Code") {
        Some(Value::String(path)) => it.assets.files(path),
        code => {
            let source = code.and_then(|code| code["ZipFile"].as_str()).unwrap_or_default();
            source_name(it.text("Runtime")).map(|name| vec![(name.to_owned(), source.into())])
        }
    };
    files.and_then(assets::archive).map_err(|what| it.wrong("Code", what))
}

/// The file that CloudFormation puts a source in that stands in the template.
fn source_name(runtime: &str) -> Result<&'static str, String> {
    match runtime {
        runtime if runtime.starts_with("python") => Ok("index.py"),
        runtime if runtime.starts_with("nodejs") => Ok("index.js"),
        _ => Err(format!(
            "ZipFile is for Python and Node.js, not {runtime:?}: write the path of a folder as Code"
        )),
    }
}
