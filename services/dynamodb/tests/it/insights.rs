//! Contributor insights: the setting of tables and indexes, and the names of rules.

use crate::support::ok;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Client, Cloud};

async fn make(client: &Client<'_>, name: &str) {
    let table = json!({
        "TableName": name,
        "AttributeDefinitions": [
            {"AttributeName": "player", "AttributeType": "S"},
            {"AttributeName": "round", "AttributeType": "N"},
            {"AttributeName": "team", "AttributeType": "S"},
        ],
        "KeySchema": [
            {"AttributeName": "player", "KeyType": "HASH"},
            {"AttributeName": "round", "KeyType": "RANGE"},
        ],
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-team",
            "KeySchema": [{"AttributeName": "team", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }],
        "BillingMode": "PAY_PER_REQUEST",
    });
    ok(client, "CreateTable", table).await;
}

async fn update(client: &Client<'_>, more: Value) -> (Value, Value) {
    let mut input = json!({"TableName": "games"});
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    let answer = ok(client, "UpdateContributorInsights", input).await;
    let part = |name: &str| answer.get(name).cloned().unwrap_or_default();
    (part("ContributorInsightsStatus"), part("ContributorInsightsMode"))
}

async fn described(client: &Client<'_>, index: Option<&str>) -> Value {
    let mut input = json!({"TableName": "games"});
    if let Some(index) = index {
        input["IndexName"] = index.into();
    }
    ok(client, "DescribeContributorInsights", input).await
}

#[tokio::test]
async fn rules_come_and_go() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    let admin = cloud.admin();
    make(&admin, "games").await;
    let never = json!({"TableName": "games", "ContributorInsightsStatus": "DISABLED"});
    assert_eq!(described(&admin, None).await, never);
    let off = json!({"ContributorInsightsAction": "DISABLE"});
    assert_eq!(update(&admin, off.clone()).await, (json!("DISABLED"), Value::Null));
    assert_eq!(described(&admin, None).await, never);

    let on = json!({"ContributorInsightsAction": "ENABLE"});
    let both = json!("ACCESSED_AND_THROTTLED_KEYS");
    assert_eq!(update(&admin, on.clone()).await, (json!("ENABLING"), both.clone()));
    let there = described(&admin, None).await;
    assert_eq!(there["ContributorInsightsStatus"], "ENABLED");
    let since = testkit::START.as_secs() * 1_000;
    let rule = |kind: &str, of: &str| format!("DynamoDBContributorInsights-{kind}-{of}-{since}");
    let rules = ["PKC", "SKC", "PKT", "SKT"].map(|kind| rule(kind, "games"));
    assert_eq!(there["ContributorInsightsRuleList"], json!(rules));
    assert_eq!(update(&admin, on.clone()).await, (json!("ENABLED"), both), "nothing changes");

    cloud.clock().advance(Duration::from_secs(60));
    let throttled = json!({
        "ContributorInsightsAction": "ENABLE", "ContributorInsightsMode": "THROTTLED_KEYS",
    });
    let answer = update(&admin, throttled).await;
    assert_eq!(answer, (json!("ENABLING"), json!("THROTTLED_KEYS")));
    let there = described(&admin, None).await;
    let rules = ["PKT", "SKT"].map(|kind| rule(kind, "games"));
    assert_eq!(there["ContributorInsightsRuleList"], json!(rules), "the rules keep their names");

    let index = json!({"IndexName": "by-team", "ContributorInsightsAction": "ENABLE"});
    cloud.clock().advance(Duration::from_secs(60));
    assert_eq!(update(&admin, index).await.0, "ENABLING");
    let there = described(&admin, Some("by-team")).await;
    let rules = there["ContributorInsightsRuleList"].as_array().unwrap();
    assert_eq!(rules.len(), 2, "it has no sort key");
    assert!(rules[0].as_str().unwrap().contains("-PKC-games-by-team-"), "{rules:?}");

    assert_eq!(update(&admin, off).await, (json!("DISABLING"), json!("THROTTLED_KEYS")));
    let there = described(&admin, None).await;
    assert_eq!(there["ContributorInsightsStatus"], "DISABLED");
    assert!(there.get("ContributorInsightsRuleList").is_none());
    assert_eq!(described(&admin, Some("by-team")).await["ContributorInsightsStatus"], "ENABLED");
}

#[tokio::test]
async fn only_what_is_there_has_rules() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    let admin = cloud.admin();
    make(&admin, "games").await;
    for (input, message) in [
        (json!({"TableName": "chess"}), "Table: chess not found"),
        (
            json!({"TableName": "games", "IndexName": "by-year"}),
            "Index: by-year not found for table: games",
        ),
    ] {
        let failure = admin.call("dynamodb", "DescribeContributorInsights", input).await;
        let failure = failure.unwrap_err();
        assert_eq!(failure.code, "ResourceNotFoundException");
        assert_eq!(failure.message, format!("Requested resource not found: {message}"));
    }
}

#[tokio::test]
async fn settings_are_listed_by_pages() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    let admin = cloud.admin();
    for name in ["chess", "games", "plain"] {
        make(&admin, name).await;
    }
    for (table, index) in [("chess", None), ("games", None), ("games", Some("by-team"))] {
        let mut input = json!({"TableName": table, "ContributorInsightsAction": "ENABLE"});
        if let Some(index) = index {
            input["IndexName"] = index.into();
        }
        ok(&admin, "UpdateContributorInsights", input).await;
    }
    let list = async |input: Value| ok(&admin, "ListContributorInsights", input).await;
    let first = list(json!({"MaxResults": 2})).await;
    let names = |page: &Value| -> Vec<(Value, Value)> {
        let all = page["ContributorInsightsSummaries"].as_array().unwrap();
        let part = |one: &Value, name: &str| one.get(name).cloned().unwrap_or_default();
        all.iter().map(|one| (part(one, "TableName"), part(one, "IndexName"))).collect()
    };
    let (chess, games) = (json!("chess"), json!("games"));
    assert_eq!(names(&first), [(chess, Value::Null), (games.clone(), Value::Null)]);
    let rest = list(json!({"MaxResults": 2, "NextToken": first["NextToken"]})).await;
    assert_eq!(names(&rest), [(games, json!("by-team"))]);
    assert!(rest.get("NextToken").is_none());
    assert_eq!(names(&list(json!({"TableName": "games"})).await).len(), 2);
    assert!(names(&list(json!({"TableName": "plain"})).await).is_empty());
    let wrong = admin.call("dynamodb", "ListContributorInsights", json!({"NextToken": "~"})).await;
    assert_eq!(wrong.unwrap_err().code, "ValidationException");
}

/// The keys and values of a rule's contributors, the largest first.
async fn report(client: &Client<'_>, rule: &str) -> Vec<(Value, f64)> {
    let start = testkit::START.as_secs();
    let input = json!({
        "RuleName": rule, "StartTime": start, "EndTime": start + 3_600, "Period": 60,
        "Metrics": ["UniqueContributors", "MaxContributorValue"],
    });
    let report = client.call("cloudwatch", "GetInsightRuleReport", input).await.unwrap();
    let all = report["Contributors"].as_array().unwrap();
    assert_eq!(report["ApproximateUniqueCount"], all.len());
    let value = |one: &Value| one["ApproximateAggregateValue"].as_f64().unwrap();
    all.iter().map(|one| (one["Keys"].clone(), value(one))).collect()
}

fn item(player: &str, round: u32, team: &str) -> Value {
    json!({"player": {"S": player}, "round": {"N": round.to_string()}, "team": {"S": team}})
}

#[tokio::test]
async fn reports_tell_the_keys_used_most() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE, &cloudwatch::SERVICE]).await;
    let admin = cloud.admin();
    make(&admin, "games").await;
    let put = async |player: &str, round: u32, team: &str| {
        let put = json!({"TableName": "games", "Item": item(player, round, team)});
        ok(&admin, "PutItem", put).await;
    };
    put("nobody", 1, "none").await;
    update(&admin, json!({"ContributorInsightsAction": "ENABLE"})).await;
    update(&admin, json!({"IndexName": "by-team", "ContributorInsightsAction": "ENABLE"})).await;
    let rules = admin.call("cloudwatch", "DescribeInsightRules", json!({})).await.unwrap();
    let rules = rules["InsightRules"].as_array().unwrap();
    assert_eq!(rules.len(), 6);
    assert!(rules.iter().all(|rule| rule["ManagedRule"] == true && rule["State"] == "ENABLED"));

    for round in 1..=3 {
        put("ann", round, "red").await;
    }
    put("bob", 1, "blue").await;
    cloud.clock().advance(Duration::from_secs(120));
    let key = json!({"player": {"S": "ann"}, "round": {"N": "2"}});
    let get = json!({"TableName": "games", "Key": key, "ConsistentRead": true});
    ok(&admin, "GetItem", get).await;
    let query = json!({
        "TableName": "games", "IndexName": "by-team", "KeyConditionExpression": "team = :t",
        "ExpressionAttributeValues": {":t": {"S": "red"}},
    });
    ok(&admin, "Query", query).await;

    let since = testkit::START.as_secs() * 1_000;
    let rule = |kind: &str, of: &str| format!("DynamoDBContributorInsights-{kind}-{of}-{since}");
    let by_player = report(&admin, &rule("PKC", "games")).await;
    assert_eq!(by_player, [(json!(["ann"]), 4.0), (json!(["bob"]), 1.0)]);
    let by_item = report(&admin, &rule("SKC", "games")).await;
    assert_eq!(by_item[0], (json!(["ann", "2"]), 2.0), "written and read");
    assert_eq!(by_item.len(), 4);
    let by_team = report(&admin, &rule("PKC", "games-by-team")).await;
    assert_eq!(by_team, [(json!(["red"]), 3.5), (json!(["blue"]), 1.0)]);
    assert!(report(&admin, &rule("PKT", "games")).await.is_empty());

    ok(&admin, "DeleteTable", json!({"TableName": "games"})).await;
    let rules = admin.call("cloudwatch", "DescribeInsightRules", json!({})).await.unwrap();
    assert_eq!(rules["InsightRules"], json!([]));
    let gone = json!({
        "RuleName": rule("PKC", "games"), "StartTime": 0, "EndTime": 60, "Period": 60,
    });
    let gone = admin.call("cloudwatch", "GetInsightRuleReport", gone).await.unwrap_err();
    assert_eq!(gone.code, "ResourceNotFoundException");
}

#[tokio::test]
async fn reports_tell_the_keys_throttled_most() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE, &cloudwatch::SERVICE]).await;
    let admin = cloud.admin();
    let table = json!({
        "TableName": "games",
        "AttributeDefinitions": [{"AttributeName": "player", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "player", "KeyType": "HASH"}],
        "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
    });
    ok(&admin, "CreateTable", table).await;
    let mode = json!({
        "ContributorInsightsAction": "ENABLE", "ContributorInsightsMode": "THROTTLED_KEYS",
    });
    update(&admin, mode).await;
    // Unused capacity of five minutes is there, and not more.
    let mut refused = 0;
    for _ in 0..310 {
        let put = json!({"TableName": "games", "Item": {"player": {"S": "ann"}}});
        refused += usize::from(admin.call("dynamodb", "PutItem", put).await.is_err());
    }
    let key = json!({"player": {"S": "ann"}});
    for _ in 0..310 {
        let get = json!({"TableName": "games", "Key": key, "ConsistentRead": true});
        refused += usize::from(admin.call("dynamodb", "GetItem", get).await.is_err());
    }
    assert!(refused > 10, "{refused}");
    let since = testkit::START.as_secs() * 1_000;
    let rule = |kind: &str| format!("DynamoDBContributorInsights-{kind}-games-{since}");
    assert_eq!(report(&admin, &rule("PKT")).await, [(json!(["ann"]), refused as f64)]);
    let used = json!({"RuleName": rule("PKC"), "StartTime": 0, "EndTime": 60, "Period": 60});
    let used = admin.call("cloudwatch", "GetInsightRuleReport", used).await.unwrap_err();
    assert_eq!(used.code, "ResourceNotFoundException");
}
