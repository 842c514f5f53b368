//! Contributor insights: the setting of tables and indexes, and the names of rules.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Client, Cloud};

async fn ok(client: &Client<'_>, operation: &'static str, input: Value) -> Value {
    client.call("dynamodb", operation, input).await.unwrap()
}

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
