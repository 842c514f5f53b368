//! ARNs as attackers write them. A resource has one ARN; a second spelling that led to it would get
//! past every statement about it, and one that led nowhere would make a place that is nobody's.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

#[path = "../../../server/src/services.rs"]
mod services;
mod twists;
mod world;

use serde_json::Value;
use service_kit::{
    platform::Platform,
    shape::{Kind, Schema},
};
use std::collections::{BTreeMap, BTreeSet};
use testkit::{Client, Cloud};
use twists::{elsewhere, names, twisted};
use world::{TEAM, World};

/// A request of `cases.txt`.
struct Case {
    service: &'static str,
    operation: &'static str,
    about: &'static str,
    /// Whether the request only refers to what it is about.
    refers: bool,
    input: &'static str,
}

fn cases() -> Vec<Case> {
    let lines = include_str!("cases.txt").lines();
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let case = |line: &'static str| {
        let mut parts = line.splitn(4, ' ');
        let mut next = || parts.next().unwrap();
        let (service, operation, about, input) = (next(), next(), next(), next());
        let refers = about.starts_with('&');
        Case { service, operation, about: about.trim_start_matches('&'), refers, input }
    };
    lines.map(case).collect()
}

/// Tables that requests change whatever they ask for, or the instance by itself.
const UNHEEDED: [&str; 7] = [
    "bus.",
    "cloudtrail.keeper",
    "cloudwatch.keeper",
    "identity.use",
    "platform.",
    "store.",
    "xray.keeper",
];

/// What services have stored.
fn stored(platform: &Platform) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let all = store::Range::all();
    let rows = platform.store().read(|raw| raw.scan(all, store::Order::Ascending, usize::MAX));
    let rows: Vec<_> = rows.map_err(|error: store::StoreError| error).unwrap();
    let unheeded = |key: &[u8]| UNHEEDED.iter().any(|table| key.starts_with(table.as_bytes()));
    let rows = rows.into_iter().filter(|(key, _)| !unheeded(key));
    rows.map(|(key, value)| (key.to_vec(), value.to_vec())).collect()
}

/// Whether an answer says of its only part that it failed, or nothing where that is usual.
fn failed(operation: &str, answer: &Value) -> bool {
    let is_silent =
        SILENT.contains(&operation) && answer.as_object().is_some_and(|it| it.is_empty());
    is_silent || answer["Responses"][0]["Error"].is_object()
}

/// Requires that `client` gets nothing for `case` when what it is about is called `name`.
async fn refused(client: &Client<'_>, who: &str, world: &World, case: &Case, name: &str) {
    let input = world.input(case.input, (case.about, name));
    let answer = client.call(case.service, case.operation, input).await;
    let Case { service, operation, .. } = case;
    match answer {
        Ok(answer) => {
            assert!(
                failed(operation, &answer),
                "{who} may {service}:{operation} on {name}: {answer}"
            );
        }
        Err(failure) => {
            let defect = failure.code == "InternalFailure";
            assert!(!defect, "{operation} on {name}: {failure:?}");
        }
    }
}

/// Operations that say nothing where there is nothing to remove. That nothing was is seen by what is
/// stored.
const SILENT: [&str; 3] = ["DeleteOpenIDConnectProvider", "DeleteTopic", "Unsubscribe"];

#[tokio::test(flavor = "multi_thread")]
async fn twisted_arns_lead_nowhere() {
    let cloud = Cloud::start(&services::all()).await;
    let world = World::make(&cloud).await;
    let boss = world.boss(&cloud);
    let denied = cloud.user_of(TEAM, "mallory", world.everything_denied()).await;
    let before = stored(cloud.platform());
    for case in cases() {
        let name = world.name(case.about);
        // What is only referred to, as a role is that is passed, need not be there: another name
        // is another thing's.
        let may_lack = case.refers || case.operation == "PutIntegration";
        let resource = name.splitn(6, ':').last().unwrap();
        for twist in twisted(name) {
            if may_lack && !twist.ends_with(resource) {
                continue;
            }
            refused(&boss, "whoever may do everything", &world, &case, &twist).await;
            refused(&denied, "whoever is denied", &world, &case, &twist).await;
        }
        if !case.refers {
            for other in elsewhere(name) {
                refused(&boss, "whoever may do everything", &world, &case, &other).await;
                refused(&denied, "whoever is denied", &world, &case, &other).await;
            }
            for other in names(name) {
                refused(&denied, "whoever is denied", &world, &case, &other).await;
            }
        }
        let after = stored(cloud.platform());
        let changed = after.iter().find(|(key, value)| before.get(*key) != Some(*value));
        let changed = changed.map(|(key, _)| String::from_utf8_lossy(key));
        assert!(before == after, "{}:{} changed {changed:?}", case.service, case.operation);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cases_are_requests_that_work() {
    let cloud = Cloud::start(&services::all()).await;
    let world = World::make(&cloud).await;
    let boss = world.boss(&cloud);
    let denied = cloud.user_of(TEAM, "mallory", world.everything_denied()).await;
    let mut wrong = Vec::new();
    for case in cases() {
        let input = || world.input(case.input, (case.about, world.name(case.about)));
        if !case.refers {
            let answer = denied.call(case.service, case.operation, input()).await;
            let said = answer.map_err(|failure| failure.message);
            if !said.as_ref().is_err_and(|said| said.contains("explicit deny")) {
                wrong.push(format!("denied {}:{}: {said:?}", case.service, case.operation));
            }
        }
        if let Err(failure) = boss.call(case.service, case.operation, input()).await
            && failure.code != "NotImplemented"
        {
            wrong.push(format!("{}:{} {}: {failure:?}", case.service, case.operation, case.about));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Operations with members that look like ARNs and lead to nothing by them.
const WITHOUT: &[(&str, &str)] = &[
    // Lists and filters of the account's own, whatever the member says.
    ("accessanalyzer", "ListPolicyGenerations"),
    ("dynamodb", "ListExports"),
    ("dynamodb", "ListImports"),
    ("dynamodbstreams", "ListStreams"),
    // There are none of these here.
    ("dynamodb", "DescribeExport"),
    ("dynamodb", "DescribeImport"),
    ("dynamodb", "DisableKinesisStreamingDestination"),
    ("dynamodb", "EnableKinesisStreamingDestination"),
    ("dynamodb", "UpdateKinesisStreamingDestination"),
    ("dynamodb", "UpdateTableReplicaAutoScaling"),
    // Need codes, material or a provider's word besides; they read ARNs as their neighbours do.
    ("iam", "DeactivateMFADevice"),
    ("iam", "EnableMFADevice"),
    ("iam", "GetMFADevice"),
    ("iam", "ResyncMFADevice"),
    ("kms", "DeleteImportedKeyMaterial"),
    ("kms", "DeriveSharedSecret"),
    ("kms", "ImportKeyMaterial"),
    ("sns", "ConfirmSubscription"),
    ("sts", "AssumeRoleWithSAML"),
    ("sts", "AssumeRoleWithWebIdentity"),
    ("sts", "AssumeRoot"),
    ("sts", "GetSessionToken"),
    // Tells what policies would say of any text.
    ("iam", "SimulateCustomPolicy"),
];

/// Whether `schema`, at some depth, has a member that names a resource by ARN.
fn takes_arn(schema: &'static Schema, seen: &mut BTreeSet<&'static str>) -> bool {
    const NAMES: [&str; 9] = [
        "FunctionName",
        "KeyId",
        "TargetKeyId",
        "SourceKeyId",
        "DestinationKeyId",
        "Role",
        "logGroupIdentifier",
        "PermissionsBoundary",
        "SerialNumber",
    ];
    let is_text = |schema: &Schema| matches!(schema.kind, Kind::String | Kind::List(_));
    match schema.kind {
        Kind::Structure(_) | Kind::Union(_) if !seen.insert(schema.name) => false,
        Kind::Structure(members) | Kind::Union(members) => members.iter().any(|member| {
            let (name, of) = (member.name, member.schema());
            let named = NAMES.contains(&name) || name.to_ascii_lowercase().ends_with("arn");
            named && is_text(of) || of.name == "TableArn" || takes_arn(of, seen)
        }),
        Kind::List(item) | Kind::Map(item) => takes_arn(item(), seen),
        _ => schema.name == "TableArn",
    }
}

#[test]
fn every_operation_that_takes_an_arn_is_tried() {
    let tried: BTreeSet<(&str, &str)> =
        cases().iter().map(|case| (case.service, case.operation)).collect();
    let mut missing = Vec::new();
    for service in services::all() {
        for entry in service.operations {
            let name = (service.name, entry.signature.name);
            let takes = takes_arn((entry.signature.input)(), &mut BTreeSet::new());
            if takes && !tried.contains(&name) && !WITHOUT.contains(&name) {
                missing.push(name);
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_outlives_the_account_that_made_it() {
    let cloud = Cloud::start(&services::all()).await;
    let before = stored(cloud.platform());
    let world = World::make(&cloud).await;
    let boss = world.boss(&cloud);
    for case in cases() {
        let name = world.name(case.about);
        for name in twisted(name).into_iter().chain(elsewhere(name)) {
            let input = world.input(case.input, (case.about, &name));
            boss.call(case.service, case.operation, input).await.ok();
        }
        let input: Value = world.input(case.input, (case.about, name));
        boss.call(case.service, case.operation, input).await.ok();
    }
    cloud.platform().flush().await.unwrap();
    cloud.platform().erase_account(TEAM).await.unwrap();
    cloud.platform().flush().await.unwrap();
    let left: Vec<_> = stored(cloud.platform()).into_keys().collect();
    let left = left.iter().filter(|key| !before.contains_key(*key));
    let left: Vec<_> = left.map(|key| String::from_utf8_lossy(key)).collect();
    assert!(left.is_empty(), "{left:#?}");
}
