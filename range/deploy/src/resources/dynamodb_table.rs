//! `AWS::DynamoDB::Table`: a table, with its indexes and settings.

use crate::{
    form::{Form, Property, TAGS, TEXTS, optional, required},
    kind::{Cause, Made, Make, ResourceType, Unmake},
};
use serde_json::{Value, json};

pub(super) enum Table {}

const KEY_SCHEMA: Form = Form::List(&Form::Struct(&[
    required("AttributeName", Form::Text),
    required("KeyType", Form::Text),
]));
const PROJECTION: Form =
    Form::Struct(&[optional("NonKeyAttributes", TEXTS), optional("ProjectionType", Form::Text)]);
const THROUGHPUT: Form = Form::Struct(&[
    required("ReadCapacityUnits", Form::Number),
    required("WriteCapacityUnits", Form::Number),
]);
const ON_DEMAND: Form = Form::Struct(&[
    optional("MaxReadRequestUnits", Form::Number),
    optional("MaxWriteRequestUnits", Form::Number),
]);

impl ResourceType for Table {
    const NAME: &'static str = "AWS::DynamoDB::Table";
    const PROPERTIES: &'static [Property] = &[
        required("KeySchema", KEY_SCHEMA),
        optional(
            "AttributeDefinitions",
            Form::List(&Form::Struct(&[
                required("AttributeName", Form::Text),
                required("AttributeType", Form::Text),
            ])),
        ),
        optional("BillingMode", Form::Text),
        optional("DeletionProtectionEnabled", Form::Flag),
        optional(
            "GlobalSecondaryIndexes",
            Form::List(&Form::Struct(&[
                required("IndexName", Form::Text),
                required("KeySchema", KEY_SCHEMA),
                required("Projection", PROJECTION),
                optional("OnDemandThroughput", ON_DEMAND),
                optional("ProvisionedThroughput", THROUGHPUT),
            ])),
        ),
        optional(
            "LocalSecondaryIndexes",
            Form::List(&Form::Struct(&[
                required("IndexName", Form::Text),
                required("KeySchema", KEY_SCHEMA),
                required("Projection", PROJECTION),
            ])),
        ),
        optional("OnDemandThroughput", ON_DEMAND),
        optional(
            "PointInTimeRecoverySpecification",
            Form::Struct(&[
                required("PointInTimeRecoveryEnabled", Form::Flag),
                optional("RecoveryPeriodInDays", Form::Number),
            ]),
        ),
        optional("ProvisionedThroughput", THROUGHPUT),
        optional("ResourcePolicy", Form::Struct(&[required("PolicyDocument", Form::Json)])),
        optional(
            "SSESpecification",
            Form::Struct(&[
                required("SSEEnabled", Form::Flag),
                optional("KMSMasterKeyId", Form::Text),
                optional("SSEType", Form::Text),
            ]),
        ),
        optional("StreamSpecification", Form::Struct(&[required("StreamViewType", Form::Text)])),
        optional("TableClass", Form::Text),
        optional("TableName", Form::Text),
        optional("Tags", TAGS),
        optional(
            "TimeToLiveSpecification",
            Form::Struct(&[required("Enabled", Form::Flag), optional("AttributeName", Form::Text)]),
        ),
    ];
    const ATTRIBUTES: &'static [&'static str] = &["Arn", "StreamArn"];

    async fn create(it: &Make<'_>) -> Result<Made, Cause> {
        let name = it.name("TableName", 255);
        let made = it.call("dynamodb", "CreateTable", creation(it, &name)).await?;
        it.begun(json!({"TableName": name}));
        let table = &made["TableDescription"];
        for (operation, property, switch) in [
            ("UpdateTimeToLive", "TimeToLiveSpecification", "Enabled"),
            (
                "UpdateContinuousBackups",
                "PointInTimeRecoverySpecification",
                "PointInTimeRecoveryEnabled",
            ),
        ] {
            let settings = it.get(property).filter(|settings| settings[switch] == true);
            if let Some(settings) = settings {
                let input = json!({"TableName": name, property: settings});
                it.call("dynamodb", operation, input).await?;
            }
        }
        Ok(Made::new(name)
            .with("Arn", table["TableArn"].clone())
            .with("StreamArn", table["LatestStreamArn"].clone()))
    }

    async fn delete(it: &Unmake<'_>) -> Result<(), Cause> {
        it.delete("dynamodb", "DeleteTable").await
    }
}

/// The input of `CreateTable`.
fn creation(it: &Make<'_>, name: &str) -> Value {
    let mut input = Value::Object(it.pick(&[
        "KeySchema",
        "AttributeDefinitions",
        "BillingMode",
        "DeletionProtectionEnabled",
        "GlobalSecondaryIndexes",
        "LocalSecondaryIndexes",
        "OnDemandThroughput",
        "ProvisionedThroughput",
        "TableClass",
        "Tags",
    ]));
    input["TableName"] = name.into();
    if let Some(encryption) = it.get("SSESpecification") {
        let mut given = encryption.clone();
        let enabled = given.as_object_mut().and_then(|given| given.remove("SSEEnabled"));
        given["Enabled"] = enabled.unwrap_or_default();
        input["SSESpecification"] = given;
    }
    if let Some(stream) = it.get("StreamSpecification") {
        let view = &stream["StreamViewType"];
        input["StreamSpecification"] = json!({"StreamEnabled": true, "StreamViewType": view});
    }
    if let Some(policy) = it.get("ResourcePolicy") {
        input["ResourcePolicy"] = policy["PolicyDocument"].clone();
    }
    input
}
