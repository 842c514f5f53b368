//! What the binary serves is as in AWS's own models: names, types, bindings, limits, error codes.

use std::{path::PathBuf, process::Command};
use xtask::{
    conformance::{self, Difference, Exception},
    coverage,
    model::Model,
    served::{self, Service},
};

/// The differences that are meant. One that is no longer true makes the test fail, too.
const EXCEPTIONS: &[Exception] = &[
    Exception {
        at: "accessanalyzer CreateAnalyzer.input.type",
        aspect: "enum",
        reason: "internal access is not analyzed; its types are refused",
    },
    Exception {
        at: "accessanalyzer ListAnalyzers.input.type",
        aspect: "enum",
        reason: "internal access is not analyzed; its types are refused",
    },
    Exception {
        at: "accessanalyzer ListAnalyzedResources.input.resourceType",
        aspect: "enum",
        reason: "only resources of services that are there; others are refused with the list",
    },
    Exception {
        at: "accessanalyzer ValidatePolicy.input.validatePolicyResourceType",
        aspect: "enum",
        reason: "only resources of services that are there; others are refused with the list",
    },
    Exception {
        at: "dynamodbstreams DescribeStream.input.Limit",
        aspect: "range",
        reason: "the upper limit is in the API Reference; the model has none",
    },
    Exception {
        at: "dynamodbstreams GetRecords.input.Limit",
        aspect: "range",
        reason: "the upper limit is in the API Reference; the model has none",
    },
    Exception {
        at: "dynamodbstreams ListStreams.input.Limit",
        aspect: "range",
        reason: "the upper limit is in the API Reference; the model has none",
    },
    Exception {
        at: "dynamodb CreateTable.input.KeySchema",
        aspect: "length",
        reason: "the model has no limit because indexes have longer keys; tables have up to two",
    },
    Exception {
        at: "kms error DryRunOperationException",
        aspect: "status",
        reason: "AWS answers with 412; botocore's models of JSON services leave statuses out",
    },
    Exception {
        at: "lambda CreateFunction.input.MemorySize",
        aspect: "range",
        reason: "above 10,240 MB is for managed instances, which are not there",
    },
    Exception {
        at: "lambda UpdateFunctionConfiguration.input.MemorySize",
        aspect: "range",
        reason: "above 10,240 MB is for managed instances, which are not there",
    },
    Exception {
        at: "lambda CreateFunction.input.Timeout",
        aspect: "range",
        reason: "900 seconds is the limit in the Lambda Developer Guide, \"Lambda quotas\"",
    },
    Exception {
        at: "lambda UpdateFunctionConfiguration.input.Timeout",
        aspect: "range",
        reason: "900 seconds is the limit in the Lambda Developer Guide, \"Lambda quotas\"",
    },
    Exception {
        at: "cloudwatch DescribeAlarmHistory.input.HistoryItemType",
        aspect: "enum",
        reason: "contributors are of alarms on queries, which are refused by name",
    },
    Exception {
        at: "cloudwatch PutMetricAlarm.input.ComparisonOperator",
        aspect: "enum",
        reason: "there is no anomaly detection; bands are refused by name",
    },
    Exception {
        at: "lambda CreateFunction.input.PackageType",
        aspect: "enum",
        reason: "container images cannot be run: there is no container engine",
    },
    Exception {
        at: "lambda CreateFunctionUrlConfig.input.InvokeMode",
        aspect: "enum",
        reason: "answers are not streamed; RESPONSE_STREAM is refused by name",
    },
    Exception {
        at: "lambda UpdateFunctionUrlConfig.input.InvokeMode",
        aspect: "enum",
        reason: "answers are not streamed; RESPONSE_STREAM is refused by name",
    },
    Exception {
        at: "lambda CreateFunction.input.Runtime",
        aspect: "enum",
        reason: "only what the host's interpreters can run; others are refused with the list",
    },
    Exception {
        at: "lambda UpdateFunctionConfiguration.input.Runtime",
        aspect: "enum",
        reason: "only what the host's interpreters can run; others are refused with the list",
    },
    Exception {
        at: "sqs *",
        aspect: "item name",
        reason: "botocore models the JSON protocol only; the query protocol has names of its own",
    },
    Exception {
        at: "sqs *",
        aspect: "wire name",
        reason: "botocore models the JSON protocol only; the query protocol has names of its own",
    },
    Exception {
        at: "sqs error *",
        aspect: "query code",
        reason: "clients see the query protocol's codes, which the model leaves out \
                 (SQS API Reference, x-amzn-query-error)",
    },
    Exception {
        at: "sqs error PurgeQueueInProgress",
        aspect: "status",
        reason: "the query protocol answers with 403",
    },
    Exception {
        at: "sqs error InvalidParameterValueException",
        aspect: "code",
        reason: "AWS answers with it; no operation of the model lists it",
    },
    Exception {
        at: "sqs error MissingRequiredParameterException",
        aspect: "code",
        reason: "AWS answers with it; no operation of the model lists it",
    },
    Exception {
        at: "sqs GetQueueAttributes.input.AttributeNames.*",
        aspect: "enum",
        reason: "an unknown name is refused as InvalidAttributeName, not as a violated constraint",
    },
    Exception {
        at: "sqs ReceiveMessage.input.AttributeNames.*",
        aspect: "enum",
        reason: "an unknown name is refused as InvalidAttributeName, not as a violated constraint",
    },
    Exception {
        at: "sqs ReceiveMessage.input.MessageSystemAttributeNames.*",
        aspect: "enum",
        reason: "an unknown name is refused as InvalidAttributeName, not as a violated constraint",
    },
    Exception {
        at: "sts *",
        aspect: "pattern",
        reason: "the pattern of ARNs excludes control characters only; a role or policy with them \
                 cannot exist, and what does not exist is refused",
    },
    Exception {
        at: "sts AssumeRole.input.TransitiveTagKeys.*",
        aspect: "length",
        reason: "each must be the key of a tag in the same request, which has this limit",
    },
];

/// The tables of the binary: of the one that `./test` built, or else of a new build.
fn services() -> Result<Vec<Service>, String> {
    let Some(binary) = std::env::var_os("HEIST_BIN").map(PathBuf::from) else {
        return coverage::served(None);
    };
    let output = Command::new(&binary)
        .arg("__coverage")
        .output()
        .map_err(|error| format!("{}: {error}", binary.display()))?;
    if !output.status.success() {
        return Err(format!("{} __coverage failed", binary.display()));
    }
    served::read(&String::from_utf8_lossy(&output.stdout))
}

#[test]
fn every_shape_is_as_in_its_model() {
    let services = services().unwrap();
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
