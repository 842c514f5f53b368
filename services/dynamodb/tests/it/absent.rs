//! Operations that reach for services which Heist lacks: they check what they can, and say so.

use crate::support::refused;
use serde_json::{Value, json};
use testkit::Cloud;

const ARN: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/games";
const STREAM: &str = "arn:aws:kinesis:us-east-1:000000000000:stream/changes";

async fn cloud() -> Cloud {
    let cloud = Cloud::start(&[&dynamodb::SERVICE, &iam::SERVICE]).await;
    let table = json!({
        "TableName": "games",
        "AttributeDefinitions": [{"AttributeName": "player", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "player", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    });
    cloud.admin().call("dynamodb", "CreateTable", table).await.unwrap();
    cloud
}

fn with(base: &Value, more: &Value) -> Value {
    let mut input = base.clone();
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    input
}

#[tokio::test]
async fn no_table_has_a_kinesis_destination() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let named = json!({"TableName": ARN});
    let none = admin.call("dynamodb", "DescribeKinesisStreamingDestination", named).await.unwrap();
    assert_eq!(none, json!({"TableName": "games", "KinesisDataStreamDestinations": []}));

    let input = json!({"TableName": "games", "StreamArn": STREAM});
    let invalid = "ValidationException";
    let found = refused(&admin, "EnableKinesisStreamingDestination", input.clone()).await;
    let text = "User does not have a permission to use kinesis stream";
    assert_eq!(found, (invalid.into(), text.into()));
    let found = refused(&admin, "DisableKinesisStreamingDestination", input.clone()).await;
    let text = "Table is not in a valid state to enable Kinesis Streaming Destination: \
                KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.";
    assert_eq!(found, (invalid.into(), text.into()));
    let found = refused(&admin, "UpdateKinesisStreamingDestination", input.clone()).await;
    assert!(found.1.ends_with("cannot be null or contain only null values"), "{found:?}");
    let precision = json!({"ApproximateCreationDateTimePrecision": "MICROSECOND"});
    let change = with(&input, &json!({"UpdateKinesisStreamingConfiguration": precision}));
    let found = refused(&admin, "UpdateKinesisStreamingDestination", change).await;
    assert!(found.1.ends_with(&format!("TableName: games, kdsArn: {STREAM}")), "{found:?}");

    let other = json!({"TableName": "chess", "StreamArn": STREAM});
    let found = refused(&admin, "EnableKinesisStreamingDestination", other).await;
    let text = "Requested resource not found: Table: chess not found";
    assert_eq!(found, ("ResourceNotFoundException".into(), text.into()));

    // The stream is for the caller to use, too.
    let statement = json!({"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"});
    let ann = cloud.user("ann", statement).await;
    let found = refused(&ann, "EnableKinesisStreamingDestination", input).await;
    assert_eq!(found.0, "AccessDeniedException");
    assert!(found.1.contains("kinesis:DescribeStream"), "{found:?}");
}

#[tokio::test]
async fn exports_are_judged_and_refused() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let base = json!({"TableArn": ARN, "S3Bucket": "backups"});
    let invalid = "ValidationException";
    let span = |from: f64| json!({"ExportFromTime": from});
    let now = testkit::START.as_secs() as f64;
    let early = refused(&admin, "ExportTableToPointInTime", base.clone()).await;
    let text = "Point in time recovery is not enabled for table 'games'";
    assert_eq!(early, ("PointInTimeRecoveryUnavailableException".into(), text.into()));
    let on = json!({"PointInTimeRecoveryEnabled": true});
    let on = json!({"TableName": "games", "PointInTimeRecoverySpecification": on});
    admin.call("dynamodb", "UpdateContinuousBackups", on).await.unwrap();
    for (more, code, message) in [
        (json!({"TableArn": "games"}), invalid, "tableArn is not a valid ARN"),
        (json!({"TableArn": format!("{ARN}/index/x")}), invalid, "Table ARN is invalid."),
        (json!({"S3SseKmsKeyId": "k"}), invalid, "KMS Key Id is not supported for this"),
        (
            json!({"IncrementalExportSpecification": span(now)}),
            invalid,
            "Export Type expected to be Incremental Export",
        ),
        (json!({"ExportType": "INCREMENTAL_EXPORT"}), invalid, "Specification expected when"),
        (
            json!({"ExportType": "INCREMENTAL_EXPORT", "IncrementalExportSpecification": {}}),
            invalid,
            "ExportFromTime must be provided in IncrementalExportSpecification",
        ),
        (
            json!({
                "ExportType": "INCREMENTAL_EXPORT",
                "IncrementalExportSpecification": span(now),
            }),
            "InvalidExportTimeException",
            "is less than 15 minutes",
        ),
        (json!({"ExportTime": now + 60.0}), "InvalidExportTimeException", "Export Time is invalid"),
        (
            json!({"TableArn": ARN.replace("games", "chess")}),
            "TableNotFoundException",
            "Table not found: arn:aws:dynamodb:us-east-1:000000000000:table/chess",
        ),
        (json!({}), "NotImplemented", "exports to S3"),
    ] {
        let found = refused(&admin, "ExportTableToPointInTime", with(&base, &more)).await;
        assert_eq!(found.0, code, "{more} {found:?}");
        assert!(found.1.contains(message), "{more} {found:?}");
    }
    let list = admin.call("dynamodb", "ListExports", json!({"TableArn": ARN})).await.unwrap();
    assert_eq!(list, json!({"ExportSummaries": []}));
    let found = refused(&admin, "ListExports", json!({"NextToken": "abc"})).await;
    assert!(found.1.ends_with("Provided nextToken is invalid: abc"), "{found:?}");
    let arn = format!("{ARN}/export/0123");
    let found = refused(&admin, "DescribeExport", json!({"ExportArn": arn})).await;
    let text = format!("Export not found: Export not found: {arn}");
    assert_eq!(found, ("ExportNotFoundException".into(), text));
    let found = refused(&admin, "DescribeExport", json!({"ExportArn": ARN})).await;
    assert_eq!(found, (invalid.into(), "Invalid Export ARN".into()));
}

#[tokio::test]
async fn imports_are_judged_and_refused() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let table = json!({
        "TableName": "chess",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    });
    let base = json!({
        "S3BucketSource": {"S3Bucket": "backups"}, "InputFormat": "DYNAMODB_JSON",
        "TableCreationParameters": table,
    });
    let of = |more: &Value| json!({"TableCreationParameters": with(&table, more)});
    for (more, code, message) in [
        (
            json!({"InputFormatOptions": {"Csv": {"Delimiter": ";"}}}),
            "ValidationException",
            "Unsupported InputFormatOptions for the given input format: DYNAMODB_JSON.",
        ),
        (
            of(&json!({"BillingMode": "PROVISIONED"})),
            "ValidationException",
            "must both be specified when BillingMode is PROVISIONED",
        ),
        (of(&json!({"TableName": "games"})), "ResourceInUseException", "already exists: games"),
        (json!({}), "NotImplemented", "imports from S3"),
    ] {
        let found = refused(&admin, "ImportTable", with(&base, &more)).await;
        assert_eq!(found.0, code, "{more} {found:?}");
        assert!(found.1.contains(message), "{more} {found:?}");
    }
    let list = admin.call("dynamodb", "ListImports", json!({})).await.unwrap();
    assert_eq!(list, json!({"ImportSummaryList": []}));
    let arn = format!("{ARN}/import/0123");
    let found = refused(&admin, "DescribeImport", json!({"ImportArn": arn})).await;
    assert_eq!(found.0, "ImportNotFoundException");
    let found = refused(&admin, "DescribeImport", json!({"ImportArn": ARN})).await;
    assert_eq!(found, ("ValidationException".into(), "Invalid Import ARN".into()));
}
