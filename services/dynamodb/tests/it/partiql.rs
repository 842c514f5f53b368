//! PartiQL through the API: statements, batches, pages, permissions.

use serde_json::{Value, json};
use shape::Failure;
use testkit::{Client, Cloud};

async fn execute(client: &Client<'_>, statement: &str) -> Result<Value, (&'static str, String)> {
    execute_with(client, statement, json!({})).await
}

async fn execute_with(
    client: &Client<'_>,
    statement: &str,
    mut input: Value,
) -> Result<Value, (&'static str, String)> {
    input["Statement"] = statement.into();
    let answer = client.call("dynamodb", "ExecuteStatement", input).await;
    answer.map_err(|failure| (failure.code, failure.message))
}

/// The items that a statement answers with.
async fn items(client: &Client<'_>, statement: &str) -> Vec<Value> {
    execute(client, statement).await.unwrap()["Items"].as_array().unwrap().clone()
}

async fn years(client: &Client<'_>, statement: &str) -> Vec<String> {
    let year = |item: Value| item["year"]["N"].as_str().unwrap().to_owned();
    items(client, statement).await.into_iter().map(year).collect()
}

/// A cloud with a table of songs: five by `a`, one by `b`.
async fn cloud() -> Cloud {
    let cloud = Cloud::start(&[&dynamodb::SERVICE, &iam::SERVICE]).await;
    let table = json!({
        "TableName": "music",
        "AttributeDefinitions": [
            {"AttributeName": "artist", "AttributeType": "S"},
            {"AttributeName": "year", "AttributeType": "N"},
            {"AttributeName": "title", "AttributeType": "S"},
        ],
        "KeySchema": [
            {"AttributeName": "artist", "KeyType": "HASH"},
            {"AttributeName": "year", "KeyType": "RANGE"},
        ],
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-title",
            "KeySchema": [{"AttributeName": "title", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }],
        "BillingMode": "PAY_PER_REQUEST",
    });
    let admin = cloud.admin();
    admin.call("dynamodb", "CreateTable", table).await.unwrap();
    for (artist, year) in [("a", 1), ("a", 2), ("a", 3), ("a", 4), ("a", 5), ("b", 1)] {
        let statement = format!(
            "INSERT INTO music VALUE {{'artist': '{artist}', 'year': {year}, 'title': ?, \
             'label': {{'name': 'x', 'tags': ['p', 'q']}}, 'moods': <<'calm', 'm{year}'>>}}"
        );
        let title = json!({"Parameters": [{"S": format!("song {year}")}]});
        let answer = execute_with(&admin, &statement, title).await.unwrap();
        assert_eq!(answer, json!({"Items": []}));
    }
    cloud
}

#[tokio::test]
async fn selects_query_partitions_and_scan_otherwise() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let cases: [(&str, &[&str]); 13] = [
        ("artist = 'a' AND \"year\" > 3", &["4", "5"]),
        ("artist = 'a' AND \"year\" BETWEEN 2 AND 3", &["2", "3"]),
        ("artist = 'a' AND \"year\" IN [1, 5, 9]", &["1", "5"]),
        ("artist = 'a' ORDER BY \"year\" DESC", &["5", "4", "3", "2", "1"]),
        ("artist IN ['b', 'a'] AND \"year\" = 1", &["1", "1"]),
        ("(artist = 'a' OR artist = 'b') AND \"year\" <= 1", &["1", "1"]),
        ("artist = 'a' AND NOT title = 'song 1' AND \"year\" <> 2", &["3", "4", "5"]),
        ("artist = 'a' AND contains(moods, 'm4')", &["4"]),
        ("artist = 'a' AND begins_with(title, 'song 2')", &["2"]),
        ("artist = 'a' AND size(moods) >= 2 AND \"year\" < 2", &["1"]),
        ("artist = 'a' AND label.name = 'x' AND label.tags[1] = 'q' AND \"year\" = 1", &["1"]),
        ("artist = 'a' AND label IS STRUCT AND more IS MISSING AND \"year\" = 2", &["2"]),
        (
            "artist = 'a' AND title IS NOT MISSING AND attribute_type(title, 'S') AND \"year\" = 3",
            &["3"],
        ),
    ];
    for (condition, wanted) in cases {
        let statement = format!("SELECT * FROM music WHERE {condition}");
        assert_eq!(years(&admin, &statement).await, wanted, "{condition}");
    }
    assert_eq!(years(&admin, "SELECT * FROM \"music\" WHERE title = 'song 5'").await, ["5"]);
    assert_eq!(items(&admin, "SELECT * FROM music;").await.len(), 6);
    let columns = "SELECT title, label.name, label.tags[1] FROM music WHERE artist = 'a' AND \
                   \"year\" = 1";
    let wanted = json!({"title": {"S": "song 1"}, "name": {"S": "x"}, "tags[1]": {"S": "q"}});
    assert_eq!(items(&admin, columns).await, [wanted]);
    let index = "SELECT artist, \"year\" FROM \"music\".\"by-title\" WHERE title = 'song 3'";
    assert_eq!(items(&admin, index).await, [json!({"artist": {"S": "a"}, "year": {"N": "3"}})]);
}

#[tokio::test]
async fn pages_go_on_where_they_ended() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    for condition in ["", " WHERE artist = 'a' OR artist = 'b'", " WHERE begins_with(title, 's')"] {
        let statement = format!("SELECT * FROM music{condition}");
        let (mut input, mut found) = (json!({"Limit": 4}), 0);
        for _ in 0..9 {
            let page = execute_with(&admin, &statement, input.clone()).await.unwrap();
            found += page["Items"].as_array().unwrap().len();
            input["NextToken"] = page["NextToken"].clone();
            assert_eq!(page["NextToken"].is_null(), page["LastEvaluatedKey"].is_null());
            if page["NextToken"].is_null() {
                break;
            }
            let other = execute_with(&admin, "SELECT * FROM music WHERE x = 1", input.clone());
            let refusal = ("ValidationException", "NextToken does not match request".to_owned());
            assert_eq!(other.await.unwrap_err(), refusal);
        }
        assert_eq!(found, 6, "{condition}");
    }
    let junk = execute_with(&admin, "SELECT * FROM music", json!({"NextToken": "junk"})).await;
    assert_eq!(junk.unwrap_err().1, "Invalid NextToken");
    let cost = json!({"ReturnConsumedCapacity": "TOTAL", "ConsistentRead": true});
    let one = "SELECT * FROM music WHERE artist = 'a' AND \"year\" = 1";
    let answer = execute_with(&admin, one, cost).await.unwrap();
    assert_eq!(answer["ConsumedCapacity"], json!({"TableName": "music", "CapacityUnits": 1.0}));
}

#[tokio::test]
async fn writes_change_one_item_that_is_there() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let at = "WHERE artist = 'a' AND \"year\" = 1";
    let updates = [
        (
            "SET plays = 1, note = {'x': [1, true, NULL]}",
            json!({"plays": {"N": "1"}, "note":
            {"M": {"x": {"L": [{"N": "1"}, {"BOOL": true}, {"NULL": true}]}}}}),
        ),
        (
            "SET plays = plays + 2 SET label.tags = list_append(label.tags, ['r'])",
            json!({
                "plays": {"N": "3"},
                "label": {"M": {"tags": {"L": [{"S": "p"}, {"S": "q"}, {"S": "r"}]}}},
            }),
        ),
        (
            "SET moods = set_add(moods, <<'new'>>) REMOVE note",
            json!({
                "moods": {"SS": ["calm", "m1", "new"]},
            }),
        ),
        ("SET moods = set_delete(moods, <<'calm', 'new'>>)", json!({"moods": {"SS": ["m1"]}})),
    ];
    for (change, wanted) in updates {
        let statement = format!("UPDATE \"music\" {change} {at} RETURNING MODIFIED NEW *");
        assert_eq!(items(&admin, &statement).await, [wanted], "{change}");
    }
    let first = format!("FROM music {at} AND plays = 3 REMOVE plays RETURNING MODIFIED NEW *");
    assert_eq!(execute(&admin, &first).await.unwrap(), json!({"Items": []}));
    let failed = ("ConditionalCheckFailedException", "The conditional request failed".to_owned());
    let absent = "UPDATE music SET a = 1 WHERE artist = 'z' AND \"year\" = 1";
    assert_eq!(execute(&admin, absent).await.unwrap_err(), failed);
    let other = format!("DELETE FROM music {at} AND title = 'other'");
    assert_eq!(execute(&admin, &other).await.unwrap_err(), failed);
    let nothing = "DELETE FROM music WHERE artist = 'z' AND \"year\" = 1 AND title = 'other'";
    assert_eq!(execute(&admin, nothing).await.unwrap(), json!({"Items": []}));
    let delete = format!("DELETE FROM music {at} RETURNING ALL OLD *");
    assert_eq!(items(&admin, &delete).await[0]["title"], json!({"S": "song 1"}));
    let twice = "INSERT INTO music VALUE {'artist': 'b', 'year': 1}";
    let text = "Duplicate primary key exists in table".to_owned();
    assert_eq!(execute(&admin, twice).await.unwrap_err(), ("DuplicateItemException", text));
}

#[tokio::test]
async fn statements_that_do_not_go_with_the_table_are_refused() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let cases = [
        (
            "UPDATE music SET x = 1 WHERE artist = 'a'",
            "Where clause does not contain a mandatory equality on all key attributes",
        ),
        (
            "FROM music SET x = 1",
            "Where clause does not contain a mandatory equality on all key attributes",
        ),
        (
            "DELETE FROM music WHERE artist = 'a' AND artist = 'b' AND \"year\" = 1",
            "Multiple conditions on same key artist. Only single item Update/Insert/Delete are \
             supported",
        ),
        (
            "SELECT * FROM music WHERE artist = 1",
            "Key attribute's data type should match its data type in table's schema: Key artist",
        ),
        (
            "INSERT INTO music VALUE {'artist': 'a'}",
            "Key attribute should be present in the item: Key year",
        ),
        (
            "SELECT * FROM music ORDER BY \"year\"",
            "Must have WHERE clause in the statement when using ORDER BY clause.",
        ),
        (
            "SELECT * FROM music WHERE artist = 'a' ORDER BY title",
            "Variable reference title in ORDER BY clause must be part of the primary key",
        ),
        (
            "DELETE FROM music.\"by-title\" WHERE artist = 'a' AND \"year\" = 1",
            "This operation is not supported on an index",
        ),
        ("SELECT * FROM music.absent", "The table does not have the specified index"),
        (
            "EXISTS(SELECT * FROM music WHERE artist = 'a' AND \"year\" = 1 AND x = 1)",
            "EXISTS can only be used in ExecuteTransaction write requests.",
        ),
        (
            "SELECT artist FROM music.\"by-title\" WHERE title = 'x' AND plays = 1",
            "One or more parameter values were invalid: Secondary index by-title does not project \
             one or more filter attributes: [plays]",
        ),
        ("SELECT * FROM \"\"", "Path component cannot be an empty string"),
        (
            "SELECT * FROM music WHERE artist = 'a' AND \"year\" BETWEEN 5 AND 2",
            "The BETWEEN operator requires upper bound to be greater than or equal to lower \
             bound; lower bound operand: AttributeValue: {N:5}, upper bound operand: \
             AttributeValue: {N:2}",
        ),
        (
            "SELECT * FROM music WHERE artist = 'a' AND x < TRUE",
            "Incorrect operand type for operator or function; operator or function: <, operand \
             type: BOOL",
        ),
        (
            "SELECT * FROM music WHERE artist = ?",
            "Number of parameters in request and statement don't match.",
        ),
    ];
    for (statement, text) in cases {
        let refusal = execute(&admin, statement).await.unwrap_err();
        assert_eq!(refusal, ("ValidationException", text.to_owned()), "{statement}");
    }
    let absent = execute(&admin, "SELECT * FROM absent").await.unwrap_err();
    let text = "Requested resource not found".to_owned();
    assert_eq!(absent, ("ResourceNotFoundException", text));
}

#[tokio::test]
async fn a_batch_answers_for_each_statement() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let one = |statement: &str| json!({"Statement": statement});
    let batch = json!({"ReturnConsumedCapacity": "TOTAL", "Statements": [
        one("SELECT title FROM music WHERE artist = 'a' AND \"year\" = 1"),
        one("SELECT * FROM music WHERE artist = 'a'"),
        one("SLECT"),
        one("SELECT * FROM absent WHERE artist = 'a'"),
    ]});
    let answer = admin.call("dynamodb", "BatchExecuteStatement", batch).await.unwrap();
    let wanted = json!([
        {"TableName": "music", "Item": {"title": {"S": "song 1"}}},
        {"TableName": "music", "Error": {"Code": "ValidationError", "Message":
            "Select statements within BatchExecuteStatement must specify the primary key in the \
             where clause."}},
        {"Error": {"Code": "ValidationError", "Message":
            "Statement wasn't well formed, can't be processed: Expected data manipulation"}},
        {"Error": {"Code": "ResourceNotFound", "Message": "Requested resource not found"}},
    ]);
    assert_eq!(answer["Responses"], wanted);
    assert_eq!(answer["ConsumedCapacity"], json!([{"TableName": "music", "CapacityUnits": 0.5}]));
    let mut failing = one("UPDATE music SET x = 1 WHERE artist = 'b' AND \"year\" = 1 AND x = 2");
    failing["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD".into();
    let batch = json!({"Statements": [
        one("INSERT INTO music VALUE {'artist': 'b', 'year': 1}"),
        failing,
        one("DELETE FROM music WHERE artist = 'a' AND \"year\" = 2 RETURNING ALL OLD *"),
    ]});
    let answer = admin.call("dynamodb", "BatchExecuteStatement", batch).await.unwrap();
    let responses = answer["Responses"].as_array().unwrap();
    assert_eq!(responses[0]["Error"]["Code"], "DuplicateItem");
    assert_eq!(responses[1]["Error"]["Code"], "ConditionalCheckFailed");
    assert_eq!(responses[1]["Error"]["Item"]["artist"], json!({"S": "b"}));
    assert_eq!(responses[2]["Item"]["title"], json!({"S": "song 2"}));
}

async fn transact(client: &Client<'_>, statements: &[&str]) -> Result<Value, Failure> {
    let one = |statement: &&str| json!({"Statement": statement});
    let all: Vec<Value> = statements.iter().map(one).collect();
    client.call("dynamodb", "ExecuteTransaction", json!({"TransactStatements": all})).await
}

#[tokio::test]
async fn transactions_read_or_write_all_or_nothing() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let reads = [
        "SELECT title FROM music WHERE artist = 'a' AND \"year\" = 1",
        "SELECT * FROM music WHERE artist = 'z' AND \"year\" = 1",
    ];
    let answer = transact(&admin, &reads).await.unwrap();
    assert_eq!(answer, json!({"Responses": [{"Item": {"title": {"S": "song 1"}}}, {}]}));
    let writes = [
        "EXISTS(SELECT * FROM music WHERE artist = 'a' AND \"year\" = 1 AND plays IS MISSING)",
        "UPDATE music SET plays = 1 WHERE artist = 'a' AND \"year\" = 2",
        "DELETE FROM music WHERE artist = 'a' AND \"year\" = 3",
        "INSERT INTO music VALUE {'artist': 'c', 'year': 1}",
    ];
    assert_eq!(transact(&admin, &writes).await.unwrap(), json!({}));
    assert_eq!(years(&admin, "SELECT * FROM music WHERE plays = 1").await, ["2"]);
    let refused = transact(&admin, &writes).await.unwrap_err();
    assert_eq!(refused.code, "TransactionCanceledException");
    let text = "Transaction cancelled, please refer cancellation reasons for specific reasons \
                [None, None, None, DuplicateItem]";
    assert_eq!(refused.message, text);
    let none = [
        "EXISTS(SELECT * FROM music WHERE artist = 'a' AND \"year\" = 2 AND plays IS MISSING)",
        "DELETE FROM music WHERE artist = 'b' AND \"year\" = 1",
    ];
    let refused = transact(&admin, &none).await.unwrap_err();
    assert!(refused.message.ends_with("[ConditionalCheckFailed, None]"), "{}", refused.message);
    assert_eq!(years(&admin, "SELECT * FROM music WHERE artist = 'b'").await, ["1"]);
}

#[tokio::test]
async fn transactions_refuse_what_they_cannot_hold() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let opening = "Validation failed in TransactStatements[0]: ";
    let cases = [
        (
            "SELECT * FROM music WHERE artist = 'a'",
            "Select statements within ExecuteTransaction must specify the primary key in the \
             where clause.",
        ),
        (
            "SELECT * FROM music.\"by-title\" WHERE title = 'a'",
            "Reads on indices are not supported within transactions.",
        ),
        (
            "DELETE FROM music WHERE artist = 'a' AND \"year\" = 1 RETURNING ALL OLD *",
            "RETURNING clause is not supported in ExecuteTransaction.",
        ),
        (
            "EXISTS(SELECT * FROM music WHERE artist = 'a' AND \"year\" = 1)",
            "EXISTS() must contain a single item read with additional condition",
        ),
        (
            "SELECT * FROM music WHERE",
            "Statement wasn't well formed, can't be processed: Unexpected term",
        ),
    ];
    for (statement, text) in cases {
        let refused = transact(&admin, &[statement]).await.unwrap_err();
        assert_eq!(refused.message, format!("{opening}{text}"), "{statement}");
    }
    let mixed = [
        "SELECT * FROM music WHERE artist = 'a' AND \"year\" = 1",
        "DELETE FROM music WHERE artist = 'a' AND \"year\" = 1",
    ];
    let text = "ExecuteTransaction API does not support both read and write operations in the \
                same request.";
    assert_eq!(transact(&admin, &mixed).await.unwrap_err().message, text);
    let twice = [mixed[1], "UPDATE music SET x = 1 WHERE artist = 'a' AND \"year\" = 1"];
    let text = "Transaction request cannot include multiple operations on one item";
    assert_eq!(transact(&admin, &twice).await.unwrap_err().message, text);
}

/// A user who may do what `statement` says.
async fn user<'c>(cloud: &'c Cloud, statement: Value) -> Client<'c> {
    let admin = cloud.admin();
    admin.call("iam", "CreateUser", json!({"UserName": "ann"})).await.unwrap();
    let policy = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
    let put = json!({"UserName": "ann", "PolicyName": "p", "PolicyDocument": policy});
    admin.call("iam", "PutUserPolicy", put).await.unwrap();
    let key = admin.call("iam", "CreateAccessKey", json!({"UserName": "ann"})).await.unwrap();
    let text = |name: &str| key["AccessKey"][name].as_str().unwrap().to_owned();
    cloud.client(&text("AccessKeyId"), &text("SecretAccessKey"), None)
}

#[tokio::test]
async fn permissions_are_those_of_the_table_in_the_statement() {
    let cloud = cloud().await;
    let music = "arn:aws:dynamodb:us-east-1:000000000000:table/music";
    let ann = user(
        &cloud,
        json!([
            {
                "Effect": "Allow", "Action": "dynamodb:PartiQL*", "Resource": music,
                "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["a"]}},
            },
            {
                "Effect": "Deny", "Action": "dynamodb:PartiQLSelect", "Resource": "*",
                "Condition": {"Bool": {"dynamodb:FullTableScan": ["true"]}},
            },
            {"Effect": "Deny", "Action": "dynamodb:PartiQLDelete", "Resource": "*"},
        ]),
    )
    .await;
    let cases = [
        ("SELECT * FROM music WHERE artist = 'a'", true),
        ("SELECT * FROM music WHERE artist = 'b'", false),
        ("SELECT * FROM music WHERE artist IN ['a', 'b']", false),
        ("SELECT * FROM music", false),
        ("SELECT * FROM music WHERE title = 'x'", false),
        ("SELECT * FROM music.\"by-title\" WHERE title = 'x'", false),
        ("SELECT * FROM other WHERE artist = 'a'", false),
        ("INSERT INTO music VALUE {'artist': 'a', 'year': 9}", true),
        ("INSERT INTO music VALUE {'artist': 'c', 'year': 9}", false),
        ("UPDATE music SET x = 1 WHERE artist = 'a' AND \"year\" = 9", true),
        ("UPDATE music SET x = 1 WHERE artist = 'b' AND \"year\" = 1", false),
        ("DELETE FROM music WHERE artist = 'a' AND \"year\" = 9", false),
    ];
    for (statement, allowed) in cases {
        let code = execute(&ann, statement).await.err().map_or("", |(code, _)| code);
        let wanted = if allowed { "" } else { "AccessDeniedException" };
        assert_eq!(code, wanted, "{statement}");
    }
    let batch = json!({"Statements": [{"Statement": cases[0].0}, {"Statement": cases[3].0}]});
    let refusal = ann.call("dynamodb", "BatchExecuteStatement", batch).await.unwrap_err();
    assert_eq!(refusal.code, "AccessDeniedException");
}
