//! Backups and restores through the API: to any second, while writes go on.

use crate::support::{ok, refused};
use serde_json::{Value, json};
use service_kit::{key::Encoded, prelude::*};
use std::{
    ops::ControlFlow,
    sync::atomic::{AtomicUsize, Ordering},
};
use testkit::{Client, Cloud};

fn music() -> Value {
    json!({
        "TableName": "music",
        "AttributeDefinitions": [
            {"AttributeName": "artist", "AttributeType": "S"},
            {"AttributeName": "year", "AttributeType": "N"},
            {"AttributeName": "genre", "AttributeType": "S"},
            {"AttributeName": "plays", "AttributeType": "N"},
        ],
        "KeySchema": [
            {"AttributeName": "artist", "KeyType": "HASH"},
            {"AttributeName": "year", "KeyType": "RANGE"},
        ],
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-genre",
            "KeySchema": [
                {"AttributeName": "genre", "KeyType": "HASH"},
                {"AttributeName": "plays", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }],
        "LocalSecondaryIndexes": [{
            "IndexName": "by-plays",
            "KeySchema": [
                {"AttributeName": "artist", "KeyType": "HASH"},
                {"AttributeName": "plays", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }],
    })
}

async fn cloud() -> Cloud {
    let cloud = Cloud::start(&[&dynamodb::SERVICE, &iam::SERVICE, &kms::SERVICE]).await;
    ok(&cloud.admin(), "CreateTable", music()).await;
    cloud
}

async fn recovery(client: &Client<'_>, enabled: bool) -> Value {
    let wanted = json!({"PointInTimeRecoveryEnabled": enabled});
    let input = json!({"TableName": "music", "PointInTimeRecoverySpecification": wanted});
    ok(client, "UpdateContinuousBackups", input).await["ContinuousBackupsDescription"]
        ["PointInTimeRecoveryDescription"]
        .clone()
}

fn song(artist: &str, year: i64, genre: &str, plays: i64) -> Value {
    json!({
        "artist": {"S": artist}, "year": {"N": year.to_string()},
        "genre": {"S": genre}, "plays": {"N": plays.to_string()},
    })
}

async fn put(client: &Client<'_>, item: Value) {
    ok(client, "PutItem", json!({"TableName": "music", "Item": item})).await;
}

/// Puts `count` items, the same each time.
async fn fill(client: &Client<'_>, count: i64) {
    let years: Vec<i64> = (0..count).collect();
    for some in years.chunks(25) {
        let put = |year: &i64| json!({"PutRequest": {"Item": song("fill", *year, "rock", *year)}});
        let puts: Vec<Value> = some.iter().map(put).collect();
        ok(client, "BatchWriteItem", json!({"RequestItems": {"music": puts}})).await;
    }
}

/// An item as text that is the same for equal items.
fn canonical(item: &Value) -> String {
    let sorted: BTreeMap<&String, &Value> = item.as_object().unwrap().iter().collect();
    json!(sorted).to_string()
}

/// All that a scan of `table` or one of its indexes finds, sorted.
async fn scan(client: &Client<'_>, table: &str, index: Option<&str>) -> Vec<String> {
    let (mut found, mut start) = (Vec::new(), Value::Null);
    loop {
        let mut input = json!({"TableName": table});
        if let Some(index) = index {
            input["IndexName"] = index.into();
        }
        if !start.is_null() {
            input["ExclusiveStartKey"] = start;
        }
        let page = ok(client, "Scan", input).await;
        found.extend(page["Items"].as_array().unwrap().iter().map(canonical));
        start = page["LastEvaluatedKey"].clone();
        if start.is_null() {
            break;
        }
    }
    found.sort();
    found
}

/// The table and its indexes.
async fn whole(client: &Client<'_>, table: &str) -> [Vec<String>; 3] {
    [
        scan(client, table, None).await,
        scan(client, table, Some("by-genre")).await,
        scan(client, table, Some("by-plays")).await,
    ]
}

async fn described(client: &Client<'_>, table: &str) -> Value {
    ok(client, "DescribeTable", json!({"TableName": table})).await["Table"].clone()
}

/// Waits until `table` is there.
async fn active(cloud: &Cloud, client: &Client<'_>, table: &str) -> Value {
    cloud
        .eventually(async || {
            let table = described(client, table).await;
            (table["TableStatus"] == "ACTIVE").then_some(table)
        })
        .await
}

async fn backup(client: &Client<'_>, name: &str) -> String {
    let input = json!({"TableName": "music", "BackupName": name});
    let made = ok(client, "CreateBackup", input).await["BackupDetails"].clone();
    assert_eq!(made["BackupStatus"], "CREATING");
    made["BackupArn"].as_str().unwrap().to_owned()
}

async fn available(cloud: &Cloud, arn: &str) -> Value {
    cloud
        .eventually(async || {
            let input = json!({"BackupArn": arn});
            let found = ok(&cloud.admin(), "DescribeBackup", input).await;
            let found = found["BackupDescription"].clone();
            (found["BackupDetails"]["BackupStatus"] == "AVAILABLE").then_some(found)
        })
        .await
}

async fn restore_backup(client: &Client<'_>, arn: &str, to: &str) -> Value {
    let input = json!({"BackupArn": arn, "TargetTableName": to});
    ok(client, "RestoreTableFromBackup", input).await["TableDescription"].clone()
}

fn to_second(second: Option<i64>, to: &str) -> Value {
    let mut input = json!({"SourceTableName": "music", "TargetTableName": to});
    match second {
        Some(second) => input["RestoreDateTime"] = second.into(),
        None => input["UseLatestRestorableTime"] = true.into(),
    }
    input
}

/// How many rows there are in `table` of the store.
fn rows(cloud: &Cloud, table: &str) -> usize {
    let mut rows = 0;
    let read = cloud.context().read(|tx| {
        let all: (&[u8], Option<&[u8]>) = (&[], None);
        tx.visit_bytes(table, Encoded(&[]), all, Order::Ascending, |_, _| {
            rows += 1;
            ControlFlow::Continue(())
        })
    });
    let _: () = read.unwrap();
    rows
}

mod history {
    use super::*;
    use proptest::prelude::*;

    /// One write; the second begins anew after it, or not.
    #[derive(Clone, Debug)]
    struct Write {
        key: (u8, i64),
        item: Option<(Option<u8>, i64)>,
        how: u8,
        ticks: bool,
    }

    fn write() -> impl Strategy<Value = Write> {
        let item = prop::option::weighted(0.7, (prop::option::of(0..3_u8), -3..3_i64));
        ((0..3_u8, 0..4_i64), item, 0..3_u8, prop::bool::weighted(0.3))
            .prop_map(|(key, item, how, ticks)| Write { key, item, how, ticks })
    }

    async fn apply(client: &Client<'_>, write: &Write) {
        let (artist, year) = write.key;
        let key = json!({"artist": {"S": artist.to_string()}, "year": {"N": year.to_string()}});
        let (action, mut input) = match write.item {
            None => ("Delete", json!({"Key": key})),
            Some((genre, plays)) => {
                let mut item = key;
                item["plays"] = json!({"N": plays.to_string()});
                if let Some(genre) = genre {
                    item["genre"] = json!({"S": genre.to_string()});
                }
                ("Put", json!({"Item": item}))
            }
        };
        let (operation, input) = match (write.how, action) {
            (0, "Put") => ("PutItem", {
                input["TableName"] = "music".into();
                input
            }),
            (0, _) => ("DeleteItem", {
                input["TableName"] = "music".into();
                input
            }),
            (1, _) => {
                input["TableName"] = "music".into();
                ("TransactWriteItems", json!({"TransactItems": [{action: input}]}))
            }
            _ => {
                let request = json!({format!("{action}Request"): input});
                ("BatchWriteItem", json!({"RequestItems": {"music": [request]}}))
            }
        };
        ok(client, operation, input).await;
    }

    async fn restored_seconds_are_as_they_were(writes: Vec<Write>) {
        let cloud = cloud().await;
        let admin = cloud.admin();
        put(&admin, song("before", 1, "rock", 1)).await;
        recovery(&admin, true).await;
        let (mut known, mut arns) = (Vec::new(), Vec::new());
        for write in &writes {
            apply(&admin, write).await;
            if write.ticks {
                let was = whole(&admin, "music").await;
                if arns.len() < 3 {
                    arns.push((backup(&admin, "one").await, was.clone()));
                }
                known.push((cloud.clock().now().as_secs(), was));
                cloud.clock().advance(Duration::from_secs(1));
            }
        }
        known.push((cloud.clock().now().as_secs(), whole(&admin, "music").await));
        for (second, _) in &known {
            ok(
                &admin,
                "RestoreTableToPointInTime",
                to_second(Some(*second), &format!("t{second}")),
            )
            .await;
        }
        // What comes later is not in any of them.
        fill(&admin, 30).await;
        for (second, was) in &known {
            let name = format!("t{second}");
            active(&cloud, &admin, &name).await;
            assert_eq!(&whole(&admin, &name).await, was, "{second}");
        }
        for (number, (arn, was)) in arns.iter().enumerate() {
            available(&cloud, arn).await;
            let name = format!("backup{number}");
            restore_backup(&admin, arn, &name).await;
            active(&cloud, &admin, &name).await;
            assert_eq!(&whole(&admin, &name).await, was);
        }
        assert_eq!((rows(&cloud, "dynamodb.copy"), rows(&cloud, "dynamodb.hold")), (0, 0));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]
        #[test]
        fn each_second_is_restored(writes in prop::collection::vec(write(), 1..60)) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(restored_seconds_are_as_they_were(writes));
        }
    }
}

/// Writes numbers to items in turn until told to stop: after `n` writes, the items tell `n`.
struct Counting {
    begun: AtomicUsize,
    done: AtomicUsize,
    stop: std::sync::atomic::AtomicBool,
}

const COUNTED: usize = 7;
/// More than one step copies.
const FILLED: i64 = 1_500;

impl Counting {
    async fn run(&self, client: &Client<'_>) {
        while !self.stop.load(Ordering::SeqCst) {
            let n = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
            let item = |of: &str| song(of, (n % COUNTED) as i64, "count", n as i64);
            let put = |of: &str| json!({"Put": {"TableName": "music", "Item": item(of)}});
            let both = json!({"TransactItems": [put("left"), put("right")]});
            ok(client, "TransactWriteItems", both).await;
            self.done.store(n, Ordering::SeqCst);
        }
    }

    /// Whether `table` holds what some number of writes made, between these two.
    async fn check(client: &Client<'_>, table: &str, (least, most): (usize, usize)) {
        for side in ["left", "right"] {
            let input = json!({
                "TableName": table, "KeyConditionExpression": "artist = :a",
                "ExpressionAttributeValues": {":a": {"S": side}},
            });
            let found = ok(client, "Query", input).await["Items"].clone();
            let number = |item: &Value| item["plays"]["N"].as_str().unwrap().parse().unwrap();
            let mut numbers: Vec<usize> = found.as_array().unwrap().iter().map(number).collect();
            numbers.sort_unstable();
            let n = numbers.last().copied().unwrap_or(0);
            assert!((least..=most).contains(&n), "{table}: {n} is not in {least}..={most}");
            let wanted: Vec<usize> = (n.saturating_sub(COUNTED) + 1..=n).collect();
            assert_eq!(numbers, wanted, "{table} {side}");
        }
        let filled = json!({
            "TableName": table, "KeyConditionExpression": "artist = :a", "Select": "COUNT",
            "ExpressionAttributeValues": {":a": {"S": "fill"}},
        });
        assert_eq!(ok(client, "Query", filled).await["Count"], FILLED);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_go_on_while_tables_are_backed_up_and_restored() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    fill(&admin, FILLED).await;
    let counting = Counting {
        begun: 0.into(),
        done: 0.into(),
        stop: std::sync::atomic::AtomicBool::default(),
    };
    let writer = counting.run(&admin);
    let reader = async {
        let mut wanted = Vec::new();
        for round in 0..6 {
            let least = counting.done.load(Ordering::SeqCst);
            // The first backups find a table without a history, and end it.
            let name = format!("round{round}");
            let arn = (round < 4).then_some(backup(&admin, &name).await);
            if round == 4 {
                recovery(&admin, true).await;
            }
            if arn.is_none() {
                ok(&admin, "RestoreTableToPointInTime", to_second(None, &name)).await;
            }
            let most = counting.begun.load(Ordering::SeqCst);
            if round % 2 == 1 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            wanted.push((name, arn, (least, most)));
        }
        for (name, arn, _) in &wanted {
            if let Some(arn) = arn {
                available(&cloud, arn).await;
                restore_backup(&admin, arn, name).await;
            }
            active(&cloud, &admin, name).await;
        }
        counting.stop.store(true, Ordering::SeqCst);
        wanted
    };
    let ((), wanted) = tokio::join!(writer, reader);
    for (name, _, range) in wanted {
        Counting::check(&admin, &name, range).await;
    }
}

#[tokio::test]
async fn a_backup_tells_what_it_keeps_and_outlives_its_table() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    put(&admin, song("a", 1, "rock", 1)).await;
    let ttl = json!({"Enabled": true, "AttributeName": "until"});
    ok(&admin, "UpdateTimeToLive", json!({"TableName": "music", "TimeToLiveSpecification": ttl}))
        .await;
    let arn = backup(&admin, "first").await;
    let id = arn.split("/backup/").nth(1).unwrap();
    assert_eq!((id.len(), &id[..15]), (23, "01795446000000-"));
    let kept = available(&cloud, &arn).await;
    let details = &kept["BackupDetails"];
    assert_eq!((&details["BackupName"], &details["BackupType"]), (&"first".into(), &"USER".into()));
    assert_eq!(details.get("BackupExpiryDateTime"), None);
    let table = described(&admin, "music").await;
    let source = &kept["SourceTableDetails"];
    for name in ["TableId", "TableArn", "KeySchema", "ItemCount", "TableSizeBytes"] {
        assert_eq!(source[name], table[name], "{name}");
    }
    assert_eq!(source["ProvisionedThroughput"]["ReadCapacityUnits"], 0);
    assert_eq!(source["BillingMode"], "PAY_PER_REQUEST");
    let features = &kept["SourceTableFeatureDetails"];
    let expiry = json!({"TimeToLiveStatus": "ENABLED", "AttributeName": "until"});
    assert_eq!(features["TimeToLiveDescription"], expiry);
    assert_eq!(features["LocalSecondaryIndexes"][0]["IndexName"], "by-plays");
    assert_eq!(features["GlobalSecondaryIndexes"][0]["KeySchema"][0]["AttributeName"], "genre");
    // Nobody needs a history any more.
    cloud.clock().advance(Duration::from_secs(1));
    cloud.eventually(async || (rows(&cloud, "dynamodb.history") == 0).then_some(())).await;

    let was = whole(&admin, "music").await;
    let second = backup(&admin, "second").await;
    ok(&admin, "DeleteTable", json!({"TableName": "music"})).await;
    cloud.clock().advance(Duration::from_secs(100));
    available(&cloud, &second).await;
    for (arn, name) in [(&arn, "one"), (&second, "two")] {
        let made = restore_backup(&admin, arn, name).await;
        assert_eq!(made["TableStatus"], "CREATING");
        let summary = &made["RestoreSummary"];
        assert_eq!(
            (&summary["SourceBackupArn"], &summary["RestoreInProgress"]),
            (&json!(arn), &json!(true))
        );
        let made = active(&cloud, &admin, name).await;
        assert_eq!(made.get("RestoreSummary"), None);
        assert_eq!(whole(&admin, name).await, was);
        let ttl = ok(&admin, "DescribeTimeToLive", json!({"TableName": name})).await;
        assert_eq!(ttl["TimeToLiveDescription"]["TimeToLiveStatus"], "DISABLED");
    }
    let gone = ok(&admin, "DeleteBackup", json!({"BackupArn": arn})).await;
    assert_eq!(gone["BackupDescription"]["BackupDetails"]["BackupStatus"], "DELETED");
    for operation in ["DeleteBackup", "DescribeBackup"] {
        let text = format!("Backup not found: {arn}");
        let found = refused(&admin, operation, json!({"BackupArn": arn})).await;
        assert_eq!(found, ("BackupNotFoundException".into(), text));
    }
    for name in ["one", "two"] {
        ok(&admin, "DeleteTable", json!({"TableName": name})).await;
    }
    ok(&admin, "DeleteBackup", json!({"BackupArn": second})).await;
    cloud
        .eventually(async || {
            cloud.clock().advance(Duration::from_secs(60));
            (rows(&cloud, "dynamodb.item") == 0).then_some(())
        })
        .await;
}

#[tokio::test]
async fn backups_are_listed_by_filters_and_pages() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let mut other = music();
    other["TableName"] = "other".into();
    ok(&admin, "CreateTable", other).await;
    let mut arns = Vec::new();
    for name in ["b-1", "b-2", "b-3"] {
        arns.push(backup(&admin, name).await);
        cloud.clock().advance(Duration::from_secs(10));
    }
    ok(&admin, "CreateBackup", json!({"TableName": "other", "BackupName": "b-4"})).await;
    let names = async |input: Value| {
        let page = ok(&admin, "ListBackups", input).await;
        let name = |one: &Value| one["BackupName"].as_str().unwrap().to_owned();
        let names = page["BackupSummaries"].as_array().unwrap().iter().map(name);
        (names.collect::<Vec<_>>().join(" "), page["LastEvaluatedBackupArn"].clone())
    };
    let none = Value::Null;
    assert_eq!(names(json!({})).await, ("b-1 b-2 b-3 b-4".into(), none.clone()));
    assert_eq!(names(json!({"TableName": "music"})).await, ("b-1 b-2 b-3".into(), none.clone()));
    assert_eq!(names(json!({"TableName": "nothing"})).await, (String::new(), none.clone()));
    assert_eq!(names(json!({"BackupType": "SYSTEM"})).await.0, "");
    assert_eq!(names(json!({"BackupType": "ALL"})).await.0, "b-1 b-2 b-3 b-4");
    let start = testkit::START.as_secs();
    let range = json!({"TimeRangeLowerBound": start + 10, "TimeRangeUpperBound": start + 20});
    assert_eq!(names(range).await.0, "b-2");
    let wrong = json!({"TimeRangeLowerBound": start + 10, "TimeRangeUpperBound": start});
    assert!(refused(&admin, "ListBackups", wrong).await.1.contains("lower bound must be less"));
    let (first, next) = names(json!({"Limit": 2, "TableName": "music"})).await;
    assert_eq!((first.as_str(), &next), ("b-1 b-2", &json!(arns[1])));
    // A cursor need not be there any more.
    available(&cloud, &arns[1]).await;
    ok(&admin, "DeleteBackup", json!({"BackupArn": arns[1]})).await;
    let rest = json!({"Limit": 1, "TableName": "music", "ExclusiveStartBackupArn": next});
    assert_eq!(names(rest).await, ("b-3".into(), none));
    let elsewhere = next.as_str().unwrap().replace("us-east-1", "eu-west-1");
    let elsewhere = json!({"ExclusiveStartBackupArn": elsewhere});
    assert!(refused(&admin, "ListBackups", elsewhere).await.1.ends_with("not match the region"));
}

#[tokio::test]
async fn the_window_moves_and_old_rows_go() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let start = testkit::START.as_secs();
    let window = async || {
        let told = ok(&admin, "DescribeContinuousBackups", json!({"TableName": "music"})).await;
        let told = &told["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"];
        let second = |name: &str| told[name].as_f64().map(|second| second as i64 - start);
        (second("EarliestRestorableDateTime"), second("LatestRestorableDateTime"))
    };
    assert_eq!(window().await, (None, None));
    let told = recovery(&admin, true).await;
    assert_eq!(
        (&told["PointInTimeRecoveryStatus"], &told["RecoveryPeriodInDays"]),
        (&json!("ENABLED"), &json!(35))
    );
    assert_eq!(window().await, (Some(0), Some(0)));
    const DAY: i64 = 24 * 3600;
    for day in 0..5 {
        put(&admin, song("a", 1, "rock", day)).await;
        cloud.clock().advance(Duration::from_secs(DAY as u64));
    }
    assert_eq!(window().await, (Some(0), Some(5 * DAY)));
    let shorter = json!({"PointInTimeRecoveryEnabled": true, "RecoveryPeriodInDays": 2});
    let shorter = json!({"TableName": "music", "PointInTimeRecoverySpecification": shorter});
    ok(&admin, "UpdateContinuousBackups", shorter).await;
    assert_eq!(window().await, (Some(3 * DAY), Some(5 * DAY)));
    // The writes of days 3 and 4 are still needed, and that of day 2 to undo them.
    cloud
        .eventually(async || {
            cloud.clock().advance(Duration::from_secs(60));
            (rows(&cloud, "dynamodb.history") == 2).then_some(())
        })
        .await;
    let (code, text) =
        refused(&admin, "RestoreTableToPointInTime", to_second(Some(start + DAY), "old")).await;
    assert_eq!(code, "InvalidRestoreTimeException");
    assert!(text.starts_with("RestoreDateTime '2026-11-24T15:00:00Z' must be within"), "{text}");
    let later = to_second(Some(start + 9 * DAY), "old");
    let (code, _) = refused(&admin, "RestoreTableToPointInTime", later).await;
    assert_eq!(code, "InvalidRestoreTimeException");
    let (earliest, _) = window().await;
    let earliest = to_second(earliest.map(|second| start + second), "old");
    ok(&admin, "RestoreTableToPointInTime", earliest).await;
    active(&cloud, &admin, "old").await;
    assert_eq!(scan(&admin, "old", None).await, [canonical(&song("a", 1, "rock", 3))]);
}

#[tokio::test]
async fn recovery_is_switched_off_and_begins_anew() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let latest = |name: &str| to_second(None, name);
    let unavailable = (
        "PointInTimeRecoveryUnavailableException".to_owned(),
        "Point in time recovery is not enabled for table 'music'".to_owned(),
    );
    assert_eq!(refused(&admin, "RestoreTableToPointInTime", latest("old")).await, unavailable);
    recovery(&admin, true).await;
    put(&admin, song("a", 1, "rock", 1)).await;
    cloud.clock().advance(Duration::from_secs(10));
    put(&admin, song("a", 1, "rock", 2)).await;
    let off = json!({"PointInTimeRecoveryStatus": "DISABLED"});
    assert_eq!(recovery(&admin, false).await, off);
    assert_eq!(refused(&admin, "RestoreTableToPointInTime", latest("old")).await, unavailable);
    let days = json!({"PointInTimeRecoveryEnabled": false, "RecoveryPeriodInDays": 3});
    let days = json!({"TableName": "music", "PointInTimeRecoverySpecification": days});
    let (_, text) = refused(&admin, "UpdateContinuousBackups", days).await;
    assert!(text.starts_with("Invalid Request: Cannot specify RecoveryPeriodInDays"), "{text}");
    cloud.eventually(async || (rows(&cloud, "dynamodb.history") == 0).then_some(())).await;
    let on = recovery(&admin, true).await;
    assert_eq!(on["EarliestRestorableDateTime"], testkit::START.as_secs() + 10);
    let before = to_second(Some(testkit::START.as_secs()), "old");
    let (code, _) = refused(&admin, "RestoreTableToPointInTime", before).await;
    assert_eq!(code, "InvalidRestoreTimeException");
    ok(&admin, "RestoreTableToPointInTime", latest("old")).await;
    // Switched off while it is restored: what is needed stays that long.
    recovery(&admin, false).await;
    active(&cloud, &admin, "old").await;
    assert_eq!(scan(&admin, "old", None).await, [canonical(&song("a", 1, "rock", 2))]);
    cloud
        .eventually(async || {
            cloud.clock().advance(Duration::from_secs(600));
            (rows(&cloud, "dynamodb.history") == 0).then_some(())
        })
        .await;
}

#[tokio::test]
async fn items_that_expired_are_restored() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    recovery(&admin, true).await;
    let ttl = json!({"Enabled": true, "AttributeName": "until"});
    ok(&admin, "UpdateTimeToLive", json!({"TableName": "music", "TimeToLiveSpecification": ttl}))
        .await;
    let start = testkit::START.as_secs();
    let mut item = song("a", 1, "rock", 1);
    item["until"] = json!({"N": (start + 50).to_string()});
    put(&admin, item).await;
    let was = whole(&admin, "music").await;
    cloud
        .eventually(async || {
            cloud.clock().advance(Duration::from_secs(60));
            scan(&admin, "music", None).await.is_empty().then_some(())
        })
        .await;
    ok(&admin, "RestoreTableToPointInTime", to_second(Some(start + 5), "old")).await;
    active(&cloud, &admin, "old").await;
    cloud.clock().advance(Duration::from_secs(3600));
    assert_eq!(whole(&admin, "old").await, was);
}

#[tokio::test]
async fn a_deleted_table_with_recovery_leaves_a_backup() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    recovery(&admin, true).await;
    fill(&admin, 60).await;
    let was = whole(&admin, "music").await;
    ok(&admin, "RestoreTableToPointInTime", to_second(None, "restored")).await;
    ok(&admin, "DeleteTable", json!({"TableName": "music"})).await;
    ok(&admin, "CreateTable", music()).await;
    let listed = json!({"TableName": "music", "BackupType": "SYSTEM"});
    let listed = ok(&admin, "ListBackups", listed).await["BackupSummaries"][0].clone();
    assert_eq!(listed["BackupName"], "music$DeletedTableBackup");
    let start = testkit::START.as_secs();
    assert_eq!(listed["BackupExpiryDateTime"], start + 35 * 24 * 3600);
    let arn = listed["BackupArn"].as_str().unwrap();
    assert!(arn.ends_with("-00000000"), "{arn}");
    available(&cloud, arn).await;
    active(&cloud, &admin, "restored").await;
    assert_eq!(whole(&admin, "restored").await, was);
    let (code, text) = refused(&admin, "DeleteBackup", json!({"BackupArn": arn})).await;
    assert_eq!(code, "ValidationException");
    assert!(text.ends_with("It will automatically expire on 2026-12-28T15:00:00Z"), "{text}");
    restore_backup(&admin, arn, "again").await;
    active(&cloud, &admin, "again").await;
    assert_eq!(whole(&admin, "again").await, was);
    for name in ["music", "restored", "again"] {
        ok(&admin, "DeleteTable", json!({"TableName": name})).await;
    }
    cloud
        .eventually(async || {
            cloud.clock().advance(Duration::from_secs(24 * 3600));
            let left = ["item", "history", "backup", "hold", "copy"];
            let left = left.map(|table| rows(&cloud, &format!("dynamodb.{table}")));
            (left == [0; 5]).then_some(())
        })
        .await;
    assert!(cloud.clock().now().as_secs() >= start + 35 * 24 * 3600);
}

#[tokio::test]
async fn a_table_being_restored_is_not_there_for_others() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    fill(&admin, 2_000).await;
    let arn = backup(&admin, "first").await;
    available(&cloud, &arn).await;
    let taken = json!({"BackupArn": arn, "TargetTableName": "music"});
    let taken = refused(&admin, "RestoreTableFromBackup", taken).await;
    let there =
        ("TableAlreadyExistsException".to_owned(), "Table already exists: music".to_owned());
    assert_eq!(taken, there);
    restore_backup(&admin, &arn, "new").await;
    let new = json!({"TableName": "new"});
    let code = async |operation, input| refused(&admin, operation, input).await.0;
    let restore = |name: &str| json!({"BackupArn": arn, "TargetTableName": name});
    let mut made = music();
    made["TableName"] = "new".into();
    // All at once, since it does not take long.
    let codes = tokio::join!(
        code("RestoreTableFromBackup", restore("new")),
        code("RestoreTableFromBackup", restore("other")),
        code("DeleteBackup", json!({"BackupArn": arn})),
        code("DeleteTable", new.clone()),
        code("Scan", new.clone()),
        code("DescribeTimeToLive", new.clone()),
        code("DescribeContinuousBackups", new),
        code("CreateTable", made),
        async { described(&admin, "new").await["TableStatus"].clone() },
    );
    let wanted = (
        "TableInUseException".into(),
        "BackupInUseException".into(),
        "BackupInUseException".into(),
        "ResourceInUseException".into(),
        "ResourceNotFoundException".into(),
        "ResourceNotFoundException".into(),
        "TableNotFoundException".into(),
        "ResourceInUseException".into(),
        json!("CREATING"),
    );
    assert_eq!(codes, wanted);
    active(&cloud, &admin, "new").await;
    assert_eq!(whole(&admin, "new").await, whole(&admin, "music").await);
}

#[tokio::test]
async fn restored_tables_are_set_up_as_asked() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    fill(&admin, 10).await;
    let arn = backup(&admin, "first").await;
    available(&cloud, &arn).await;
    let restore = |name: &str, more: Value| {
        let mut input = json!({"BackupArn": arn, "TargetTableName": name});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let bare = json!({"GlobalSecondaryIndexOverride": [], "LocalSecondaryIndexOverride": []});
    ok(&admin, "RestoreTableFromBackup", restore("bare", bare)).await;
    let bare = active(&cloud, &admin, "bare").await;
    assert_eq!(bare.get("GlobalSecondaryIndexes"), None);
    assert_eq!(bare["AttributeDefinitions"].as_array().unwrap().len(), 2);
    let mut renamed = music()["GlobalSecondaryIndexes"][0].clone();
    renamed["IndexName"] = "renamed".into();
    renamed["ProvisionedThroughput"] = json!({"ReadCapacityUnits": 3, "WriteCapacityUnits": 4});
    let reserved = json!({
        "BillingModeOverride": "PROVISIONED", "GlobalSecondaryIndexOverride": [renamed],
        "ProvisionedThroughputOverride": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 2},
    });
    ok(&admin, "RestoreTableFromBackup", restore("reserved", reserved)).await;
    let reserved = active(&cloud, &admin, "reserved").await;
    assert_eq!(reserved["ProvisionedThroughput"]["WriteCapacityUnits"], 2);
    let index = &reserved["GlobalSecondaryIndexes"][0];
    assert_eq!(
        (&index["IndexName"], &index["ProvisionedThroughput"]["ReadCapacityUnits"]),
        (&json!("renamed"), &json!(3))
    );
    assert_eq!(scan(&admin, "reserved", Some("renamed")).await.len(), 10);
    let maximum = json!({"OnDemandThroughputOverride": {"MaxReadRequestUnits": 50}});
    ok(&admin, "RestoreTableFromBackup", restore("maximum", maximum)).await;
    let maximum = active(&cloud, &admin, "maximum").await;
    assert_eq!(maximum["OnDemandThroughput"], json!({"MaxReadRequestUnits": 50}));

    let units = json!({"ReadCapacityUnits": 1, "WriteCapacityUnits": 2});
    let mut wrong = music()["LocalSecondaryIndexes"][0].clone();
    wrong["Projection"]["ProjectionType"] = "ALL".into();
    for (more, text) in [
        (json!({"ProvisionedThroughputOverride": units}), "unless BillingMode is PROVISIONED"),
        (json!({"BillingModeOverride": "PROVISIONED"}), "Must override ProvisionedThroughput if"),
        (
            json!({"BillingModeOverride": "PROVISIONED", "ProvisionedThroughputOverride": units}),
            "Must specify provisioned throughput for index by-genre",
        ),
        (json!({"LocalSecondaryIndexOverride": [wrong]}), "Index by-plays does not match"),
        (
            json!({"OnDemandThroughputOverride": {"MaxReadRequestUnits": 0}}),
            "Requested MaxReadRequestUnits for OnDemandThroughput is outside of valid range",
        ),
    ] {
        let (code, found) = refused(&admin, "RestoreTableFromBackup", restore("none", more)).await;
        assert_eq!(code, "ValidationException");
        assert!(found.starts_with("Invalid Request: ") && found.contains(text), "{found}");
    }
}

#[tokio::test]
async fn requests_that_name_too_little_or_too_much_are_refused() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let missing = json!({"TableName": "nothing", "BackupName": "first"});
    let text = "Table not found: nothing".to_owned();
    let found = refused(&admin, "CreateBackup", missing).await;
    assert_eq!(found, ("TableNotFoundException".into(), text));
    let table = "arn:aws:dynamodb:us-east-1:000000000000:table/music";
    let (_, text) = refused(&admin, "DescribeBackup", json!({"BackupArn": table})).await;
    assert_eq!(text, "Invalid Backup ARN");
    recovery(&admin, true).await;
    let mut both = to_second(None, "new");
    both["RestoreDateTime"] = 1.into();
    let mut neither = to_second(None, "new");
    neither["UseLatestRestorableTime"] = false.into();
    let mut two = to_second(None, "new");
    two["SourceTableArn"] = table.into();
    let mut unknown = to_second(None, "new");
    unknown["SourceTableName"] = "nothing".into();
    for (input, part) in [
        (both, "Both RestoreDateTime and UseLatestRestorableTime cannot be set"),
        (neither, "Either one of RestoreDateTime or UseLatestRestorableTime"),
        (two, "Must provide exactly one of: sourceTableArn, sourceTableName"),
        (unknown, "Table not found: nothing"),
        (to_second(None, "music"), "Table already exists: music"),
    ] {
        let (_, text) = refused(&admin, "RestoreTableToPointInTime", input).await;
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(rows(&cloud, "dynamodb.copy"), 0);
}

#[tokio::test]
async fn a_table_is_restored_in_another_region() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    recovery(&admin, true).await;
    fill(&admin, 30).await;
    let was = whole(&admin, "music").await;
    let arn = backup(&admin, "first").await;
    available(&cloud, &arn).await;
    let there = cloud.admin().in_region("eu-west-1");
    let (_, text) = refused(&there, "DescribeBackup", json!({"BackupArn": arn})).await;
    assert!(text.starts_with("Backup not found"), "{text}");
    let mut input = json!({"BackupArn": arn, "TargetTableName": "one"});
    let (_, text) = refused(&there, "RestoreTableFromBackup", input.clone()).await;
    assert!(text.contains("sseSpecificationOverride must be provided"), "{text}");
    input["SSESpecificationOverride"] = json!({"Enabled": false});
    ok(&there, "RestoreTableFromBackup", input).await;
    let table = "arn:aws:dynamodb:us-east-1:000000000000:table/music";
    let input = json!({
        "SourceTableArn": table, "TargetTableName": "two", "UseLatestRestorableTime": true,
        "SSESpecificationOverride": {"Enabled": true},
    });
    ok(&there, "RestoreTableToPointInTime", input).await;
    for name in ["one", "two"] {
        let made = active(&cloud, &there, name).await;
        assert!(made["TableArn"].as_str().unwrap().contains("eu-west-1"), "{made}");
        assert_eq!(whole(&there, name).await, was);
    }
    assert_eq!(described(&there, "two").await["SSEDescription"]["Status"], "ENABLED");
}

#[tokio::test]
async fn sealed_tables_stay_sealed() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE, &iam::SERVICE, &kms::SERVICE]).await;
    let admin = cloud.admin();
    let mut table = music();
    table["SSESpecification"] = json!({"Enabled": true});
    ok(&admin, "CreateTable", table).await;
    recovery(&admin, true).await;
    put(&admin, song("a", 1, "a secret genre", 1)).await;
    let was = whole(&admin, "music").await;
    let arn = backup(&admin, "first").await;
    available(&cloud, &arn).await;
    let second = cloud.clock().now().as_secs();
    cloud.clock().advance(Duration::from_secs(10));
    put(&admin, song("a", 1, "another", 1)).await;
    ok(&admin, "RestoreTableToPointInTime", to_second(Some(second), "one")).await;
    active(&cloud, &admin, "one").await;
    // The grant of a deleted table is gone; whoever restores may use the key.
    ok(&admin, "DeleteTable", json!({"TableName": "music"})).await;
    restore_backup(&admin, &arn, "two").await;
    active(&cloud, &admin, "two").await;
    for name in ["one", "two"] {
        assert_eq!(whole(&admin, name).await, was);
        assert_eq!(described(&admin, name).await["SSEDescription"]["SSEType"], "KMS");
    }
    let mut legible = 0;
    for table in ["dynamodb.item", "dynamodb.history", "dynamodb.copy"] {
        let read = cloud.context().read(|tx| {
            let all: (&[u8], Option<&[u8]>) = (&[], None);
            tx.visit_bytes(table, Encoded(&[]), all, Order::Ascending, |_, row| {
                legible += usize::from(row.windows(8).any(|part| part == b"a secret"));
                ControlFlow::Continue(())
            })
        });
        let _: () = read.unwrap();
    }
    assert_eq!(legible, 0);
}

#[tokio::test]
async fn restoring_needs_rights_on_both_tables() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let arn = backup(&admin, "first").await;
    available(&cloud, &arn).await;
    let on = |actions: &[&str], resource: &str| json!({"Effect": "Allow", "Action": actions, "Resource": resource});
    let source = on(&["dynamodb:RestoreTableFromBackup"], "*");
    let write = [
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:DeleteItem",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:Scan",
        "dynamodb:BatchWriteItem",
    ];
    let target = on(&write, "arn:aws:dynamodb:*:*:table/new");
    let ann = cloud.user("ann", json!([source])).await;
    let ben = cloud.user("ben", json!([source, target])).await;
    let restore = |name: &str| json!({"BackupArn": arn, "TargetTableName": name});
    let denied = "AccessDeniedException";
    assert_eq!(refused(&ann, "RestoreTableFromBackup", restore("new")).await.0, denied);
    assert_eq!(refused(&ben, "RestoreTableFromBackup", restore("old")).await.0, denied);
    ok(&ben, "RestoreTableFromBackup", restore("new")).await;
    let other = json!({
        "Effect": "Allow", "Action": "dynamodb:DescribeBackup",
        "Resource": "arn:aws:dynamodb:*:*:table/music/backup/*",
    });
    let eve = cloud.user("eve", json!([other])).await;
    ok(&eve, "DescribeBackup", json!({"BackupArn": arn})).await;
    assert_eq!(refused(&eve, "DeleteBackup", json!({"BackupArn": arn})).await.0, denied);
}
