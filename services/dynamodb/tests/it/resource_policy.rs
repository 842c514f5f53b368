//! Resource policies: put, shown, deleted, and what they allow to whom.

use crate::support::{ok, refused};
use serde_json::{Value, json};
use testkit::{Client, Cloud};

const ARN: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/games";
const OTHER: &str = "111122223333";
const DENIED: &str = "AccessDeniedException";

async fn cloud() -> Cloud {
    let services = [&dynamodb::SERVICE, &dynamodb::STREAMS, &iam::SERVICE];
    let cloud = Cloud::start(&services).await;
    ok(&cloud.admin(), "CreateTable", table(&json!({}))).await;
    cloud
}

fn table(more: &Value) -> Value {
    let mut table = json!({
        "TableName": "games",
        "AttributeDefinitions": [
            {"AttributeName": "player", "AttributeType": "S"},
            {"AttributeName": "team", "AttributeType": "S"},
        ],
        "KeySchema": [{"AttributeName": "player", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-team",
            "KeySchema": [{"AttributeName": "team", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }],
        "BillingMode": "PAY_PER_REQUEST",
    });
    for (name, value) in more.as_object().unwrap() {
        table[name] = value.clone();
    }
    table
}

async fn code(client: &Client<'_>, operation: &'static str, input: Value) -> &'static str {
    client.call("dynamodb", operation, input).await.err().map_or("", |failure| failure.code)
}

fn statement(effect: &str, principal: Value, action: Value, resource: Value) -> Value {
    json!({"Effect": effect, "Principal": principal, "Action": action, "Resource": resource})
}

fn document(statements: &Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

/// Lets the account that owns the table do `action`.
fn own(action: &str) -> String {
    let principal = json!({"AWS": "000000000000"});
    document(&json!([statement("Allow", principal, action.into(), "*".into())]))
}

async fn put(client: &Client<'_>, statements: Value) -> &'static str {
    let policy = document(&statements);
    code(client, "PutResourcePolicy", json!({"ResourceArn": ARN, "Policy": policy})).await
}

#[tokio::test]
async fn policies_have_revisions() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let none = refused(&admin, "GetResourcePolicy", json!({"ResourceArn": ARN})).await;
    let absent = "Resource-based policy not found for the provided ResourceArn: ";
    assert_eq!(none, ("PolicyNotFoundException".into(), format!("{absent}{ARN}")));
    assert_eq!(ok(&admin, "DeleteResourcePolicy", json!({"ResourceArn": ARN})).await, json!({}));

    let put = |action: &str, expected: Option<&str>| {
        let mut input = json!({"ResourceArn": ARN, "Policy": own(action)});
        if let Some(expected) = expected {
            input["ExpectedRevisionId"] = expected.into();
        }
        input
    };
    let revision = async |action: &str, expected: Option<&str>| {
        let answer = ok(&admin, "PutResourcePolicy", put(action, expected)).await;
        answer["RevisionId"].as_str().unwrap().to_owned()
    };
    let early = refused(&admin, "PutResourcePolicy", put("dynamodb:*", Some("1"))).await;
    let text = format!(
        "{absent}Requested update for policy with revision id 1, but table games has no \
         associated policy."
    );
    assert_eq!(early, ("PolicyNotFoundException".into(), text));
    let first = revision("dynamodb:*", Some("NO_POLICY")).await;
    assert_eq!(revision("dynamodb:*", None).await, first, "it says the same");
    let second = revision("dynamodb:PutItem", Some(&first)).await;
    assert!(second > first);
    let late = refused(&admin, "PutResourcePolicy", put("dynamodb:GetItem", Some(&first))).await;
    let text = format!(
        "{absent}Requested update for policy with revision id {first}, but the policy associated \
         to target table games has revision id {second}."
    );
    assert_eq!(late, ("PolicyNotFoundException".into(), text));
    let there = refused(&admin, "PutResourcePolicy", put("dynamodb:*", Some("NO_POLICY"))).await;
    let text = format!(
        "{absent}Requested policy update expecting none to be present for table games, but a \
         policy exists with revision id {second}."
    );
    assert_eq!(there, ("PolicyNotFoundException".into(), text));

    let gone = json!({"ResourceArn": ARN, "ExpectedRevisionId": second});
    assert_eq!(ok(&admin, "DeleteResourcePolicy", gone).await, json!({"RevisionId": second}));
    let none = code(&admin, "GetResourcePolicy", json!({"ResourceArn": ARN})).await;
    assert_eq!(none, "PolicyNotFoundException");
}

#[tokio::test]
async fn policies_are_shown_in_one_form() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    cloud.user("ann", None).await;
    let ann = "arn:aws:iam::000000000000:user/ann";
    let loose = r#"{ "Statement": [ {"Action": ["dynamodb:GetItem"], "Resource": ["*"],
        "Principal": {"AWS": ["arn:aws:iam::000000000000:user/ann"]}, "Effect": "Allow"} ],
        "Version": "2012-10-17" }"#;
    let put = ok(&admin, "PutResourcePolicy", json!({"ResourceArn": ARN, "Policy": loose})).await;
    let shown = ok(&admin, "GetResourcePolicy", json!({"ResourceArn": ARN})).await;
    let strict = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{ann}"}},"Action":"dynamodb:GetItem","Resource":"*"}}]}}"#
    );
    assert_eq!(shown, json!({"Policy": strict, "RevisionId": put["RevisionId"]}));
    let again = json!({"ResourceArn": ARN, "Policy": strict});
    assert_eq!(ok(&admin, "PutResourcePolicy", again).await, put, "nothing is changed");
}

#[tokio::test]
async fn documents_that_will_not_do_are_refused() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let own = json!({"AWS": "000000000000"});
    let allow = |action: Value| statement("Allow", own.clone(), action, "*".into());
    let mut aimless = allow("dynamodb:GetItem".into());
    aimless.as_object_mut().unwrap().remove("Resource");
    let twice = |sid: &str| {
        let mut statement = allow("dynamodb:GetItem".into());
        statement["Sid"] = sid.into();
        statement
    };
    let stranger = json!({"AWS": "arn:aws:iam::000000000000:user/nobody"});
    let stream = json!(["dynamodb:GetRecords", "s3:GetObject", "dynamodb:Get*"]);
    let open = "Resource-based policy grants unbounded access in one or more elements. Please \
                revise the policy to ensure least-privilege form of access";
    let all = "One or more parameter values were invalid: ";
    let malformed = "One or more parameter values were invalid: Invalid policy document: ";
    for (policy, opening, message) in [
        ("{not json".to_owned(), malformed, "This policy contains invalid Json"),
        (String::new(), malformed, "This policy contains invalid Json"),
        (document(&json!([])), malformed, "Could not parse the policy: Statement is empty!"),
        (document(&json!([aimless])), malformed, "Missing required field Resource"),
        (
            document(&json!([twice("a"), twice("a")])),
            malformed,
            "The Statement Ids in the policy are not unique",
        ),
        (
            document(&json!([allow(stream)])),
            malformed,
            "The following action names are invalid: \"dynamodb:GetRecords\", \"s3:GetObject\"",
        ),
        (
            document(&json!([statement("Allow", "*".into(), "dynamodb:*".into(), "*".into())])),
            "",
            open,
        ),
        (
            document(&json!([statement("Allow", stranger, "dynamodb:*".into(), "*".into())])),
            all,
            "Invalid principal in policy document.",
        ),
        (" ".repeat(20_481), all, "Maximum policy size of 20480 bytes exceeded"),
    ] {
        let input = json!({"ResourceArn": ARN, "Policy": policy});
        let found = refused(&admin, "PutResourcePolicy", input).await;
        assert_eq!(found, ("ValidationException".into(), format!("{opening}{message}")));
    }
    let padded = format!("{}{}", own_document(), " ".repeat(19_000));
    ok(&admin, "PutResourcePolicy", json!({"ResourceArn": ARN, "Policy": padded})).await;
}

fn own_document() -> String {
    own("dynamodb:GetItem")
}

#[tokio::test]
async fn arns_that_have_no_policy_are_refused() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let invalid = "One or more parameter values were invalid: ";
    let at = |rest: &str| format!("arn:aws:dynamodb:us-east-1:000000000000:{rest}");
    let elsewhere = ARN.replace("us-east-1", "eu-west-1");
    let index = at("table/games/index/by-team");
    let backup = at("table/games/backup/01");
    for (arn, message) in [
        ("games".to_owned(), format!("{invalid}ARNs must start with 'arn:': games")),
        (elsewhere.clone(), format!("{invalid}Invalid resource Arn: {elsewhere}")),
        (
            index.clone(),
            format!(
                "{invalid}Invalid resource arn provided, only table or stream is accepted. \
                 Provided resource arn: {index}"
            ),
        ),
        (backup.clone(), format!("{invalid}Provided Arn is not a DynamoDB resource arn: {backup}")),
    ] {
        let found = refused(&admin, "GetResourcePolicy", json!({"ResourceArn": arn})).await;
        assert_eq!(found, ("ValidationException".into(), message));
    }
    for (arn, message) in [
        (at("table/chess"), "Table: chess not found"),
        (at("table/games/stream/2026"), "Stream: 2026 not found for Table: games"),
    ] {
        let found = refused(&admin, "GetResourcePolicy", json!({"ResourceArn": arn})).await;
        let message = format!("Requested resource not found: {message}");
        assert_eq!(found, ("ResourceNotFoundException".into(), message));
    }
}

#[tokio::test]
async fn nobody_locks_himself_out_unless_he_says_so() {
    let cloud = cloud().await;
    let allowed = json!({"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"});
    let ann = cloud.user("ann", allowed).await;
    let deny =
        |action: &str| document(&json!([statement("Deny", "*".into(), action.into(), "*".into())]));
    let mut input = json!({"ResourceArn": ARN, "Policy": deny("dynamodb:PutResourcePolicy")});
    let found = refused(&ann, "PutResourcePolicy", input.clone()).await;
    let text = "The new resource policy will not allow you to update the resource policy in the \
                future.";
    assert_eq!(found, (DENIED.into(), text.into()));
    input["ConfirmRemoveSelfResourceAccess"] = true.into();
    ok(&ann, "PutResourcePolicy", input.clone()).await;
    assert_eq!(code(&ann, "PutResourcePolicy", input).await, DENIED);
    ok(&ann, "DeleteResourcePolicy", json!({"ResourceArn": ARN})).await;

    // Only putting is looked after, as on AWS.
    let input = json!({"ResourceArn": ARN, "Policy": deny("dynamodb:DeleteResourcePolicy")});
    ok(&ann, "PutResourcePolicy", input).await;
    assert_eq!(code(&ann, "DeleteResourcePolicy", json!({"ResourceArn": ARN})).await, DENIED);
}

#[tokio::test]
async fn a_policy_allows_and_denies_within_its_account() {
    let cloud = cloud().await;
    let (admin, ann) = (cloud.admin(), cloud.user("ann", None).await);
    let get = || json!({"TableName": "games", "Key": {"player": {"S": "bob"}}});
    let query = || {
        json!({
            "TableName": "games", "IndexName": "by-team", "KeyConditionExpression": "team = :t",
            "ExpressionAttributeValues": {":t": {"S": "red"}},
        })
    };
    assert_eq!(code(&ann, "GetItem", get()).await, DENIED);
    let principal = json!({"AWS": "arn:aws:iam::000000000000:user/ann"});
    let allow = |resource: &str| {
        json!([statement("Allow", principal.clone(), "dynamodb:*".into(), resource.into())])
    };
    assert_eq!(put(&admin, allow(ARN)).await, "");
    assert_eq!(code(&ann, "GetItem", get()).await, "");
    assert_eq!(code(&ann, "Query", query()).await, DENIED, "indexes are resources of their own");
    assert_eq!(code(&ann, "DescribeTimeToLive", json!({"TableName": "games"})).await, "");
    assert_eq!(put(&admin, allow(&format!("{ARN}/index/*"))).await, "");
    assert_eq!(code(&ann, "Query", query()).await, "");
    assert_eq!(code(&ann, "GetItem", get()).await, DENIED);

    // What the policy denies is denied to those whom their own policies allow it, too.
    let deny = json!([statement("Deny", "*".into(), "dynamodb:GetItem".into(), ARN.into())]);
    assert_eq!(put(&admin, deny).await, "");
    let statement = json!({"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"});
    let bob = cloud.user("bob", statement).await;
    let (code, message) = refused(&bob, "GetItem", get()).await;
    assert_eq!(code, DENIED);
    assert!(message.contains("with an explicit deny in a resource-based policy"), "{message}");
    ok(&bob, "Query", query()).await;

    // Nothing that is deleted lives on.
    ok(&admin, "DeleteTable", json!({"TableName": "games"})).await;
    ok(&admin, "CreateTable", table(&json!({}))).await;
    ok(&bob, "GetItem", get()).await;
}

#[tokio::test]
async fn other_accounts_come_in_by_both_policies() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let allowed = json!({"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"});
    let eve = cloud.user_of(OTHER, "eve", allowed).await;
    let mallory = cloud.user_of(OTHER, "mallory", None).await;
    let get = || json!({"TableName": ARN, "Key": {"player": {"S": "bob"}}});
    assert_eq!(code(&eve, "GetItem", get()).await, DENIED);
    let principal = json!({"AWS": OTHER});
    let resources = json!([ARN, format!("{ARN}/index/*")]);
    let allow = json!([statement("Allow", principal, "dynamodb:*".into(), resources)]);
    assert_eq!(put(&admin, allow).await, "");

    let item = json!({"TableName": ARN, "Item": {"player": {"S": "bob"}, "team": {"S": "red"}}});
    ok(&eve, "PutItem", item).await;
    assert_eq!(ok(&eve, "GetItem", get()).await["Item"]["team"]["S"], "red");
    let batch = json!({"RequestItems": {ARN: {"Keys": [{"player": {"S": "bob"}}]}}});
    let found = ok(&eve, "BatchGetItem", batch).await;
    assert_eq!(found["Responses"][ARN][0]["player"]["S"], "bob");
    let query = json!({
        "TableName": ARN, "IndexName": "by-team", "KeyConditionExpression": "team = :t",
        "ExpressionAttributeValues": {":t": {"S": "red"}},
    });
    assert_eq!(ok(&eve, "Query", query).await["Count"], 1);
    let write = json!({"Put": {"TableName": ARN, "Item": {"player": {"S": "cat"}}}});
    ok(&eve, "TransactWriteItems", json!({"TransactItems": [write]})).await;
    ok(&eve, "DescribeTable", json!({"TableName": ARN})).await;

    // Their own account has to allow it as well.
    assert_eq!(code(&mallory, "GetItem", get()).await, DENIED);
    // Some operations are for the owner, whatever the policy says.
    let select = json!({"Statement": format!("SELECT * FROM \"{ARN}\"")});
    assert_eq!(code(&eve, "ExecuteStatement", select).await, DENIED);
    assert_eq!(code(&eve, "DescribeTimeToLive", json!({"TableName": ARN})).await, DENIED);
    assert_eq!(code(&eve, "GetResourcePolicy", json!({"ResourceArn": ARN})).await, DENIED);
}

#[tokio::test]
async fn a_table_is_made_with_its_policy() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE, &iam::SERVICE]).await;
    let making = json!({"Effect": "Allow", "Action": "dynamodb:CreateTable", "Resource": "*"});
    let ann = cloud.user("ann", making).await;
    let input = table(&json!({"ResourcePolicy": own_document()}));
    assert_eq!(code(&ann, "CreateTable", input.clone()).await, DENIED, "she may put no policy");
    let broken = table(&json!({"ResourcePolicy": "{}"}));
    let admin = cloud.admin();
    assert_eq!(code(&admin, "CreateTable", broken).await, "ValidationException");
    ok(&admin, "CreateTable", input).await;
    let shown = ok(&admin, "GetResourcePolicy", json!({"ResourceArn": ARN})).await;
    assert!(shown["Policy"].as_str().unwrap().contains("dynamodb:GetItem"));
    // Tags come and go beside it.
    let tags = json!([{"Key": "team", "Value": "red"}]);
    ok(&admin, "TagResource", json!({"ResourceArn": ARN, "Tags": tags})).await;
    ok(&admin, "UntagResource", json!({"ResourceArn": ARN, "TagKeys": ["team"]})).await;
    let again = ok(&admin, "GetResourcePolicy", json!({"ResourceArn": ARN})).await;
    assert_eq!(again, shown);
}

#[tokio::test]
async fn streams_have_policies_of_their_own() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let on = json!({"StreamEnabled": true, "StreamViewType": "KEYS_ONLY"});
    let made = json!({"TableName": "games", "StreamSpecification": on});
    let made = ok(&admin, "UpdateTable", made).await;
    let stream = made["TableDescription"]["LatestStreamArn"].as_str().unwrap().to_owned();
    let allowed = json!({"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"});
    let eve = cloud.user_of(OTHER, "eve", allowed).await;
    let describe = async || {
        let named = json!({"StreamArn": stream});
        eve.call("dynamodbstreams", "DescribeStream", named).await.err().map(|it| it.code)
    };
    assert_eq!(describe().await, Some(DENIED));
    let principal = json!({"AWS": OTHER});
    let of_table = statement("Allow", principal.clone(), "dynamodb:*".into(), "*".into());
    assert_eq!(put(&admin, json!([of_table])).await, "");
    assert_eq!(describe().await, Some(DENIED), "the table's policy is not the stream's");

    let action = json!(["dynamodb:DescribeStream", "dynamodb:GetRecords"]);
    let policy =
        document(&json!([statement("Allow", principal.clone(), action, (&*stream).into())]));
    let input = json!({"ResourceArn": stream, "Policy": policy});
    let put = ok(&admin, "PutResourcePolicy", input).await;
    assert_eq!(describe().await, None);
    let shown = ok(&admin, "GetResourcePolicy", json!({"ResourceArn": stream})).await;
    assert_eq!(shown["RevisionId"], put["RevisionId"]);
    let of_tables = statement("Allow", principal, "dynamodb:GetItem".into(), "*".into());
    let input = json!({"ResourceArn": stream, "Policy": document(&json!([of_tables]))});
    assert_eq!(code(&admin, "PutResourcePolicy", input).await, "ValidationException");
    ok(&admin, "DeleteResourcePolicy", json!({"ResourceArn": stream})).await;
    assert_eq!(describe().await, Some(DENIED));
}
