//! Transactions at work: which items they write or check, so that others keep off.
//!
//! The store would let others wait; AWS refuses them: "Transaction conflict handling in DynamoDB".

use crate::{error::DynamoError, table::Table, value::key::ItemKey};
use parking_lot::Mutex;
use service_kit::prelude::*;
use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// An item: its table's id and its key.
type Item = ([u8; 16], ItemKey);

/// What all transactions at work hold.
#[derive(Default)]
pub(crate) struct Ongoing {
    /// How many items are held: others look no further where there are none.
    count: AtomicUsize,
    held: Mutex<Held>,
}

impl Live for Ongoing {
    fn forget(&self, _: &str) {
        // Given back by the transactions that hold them, which end.
    }
}

#[derive(Default)]
struct Held {
    items: HashSet<Item>,
    /// Client request tokens.
    tokens: HashSet<(Scope, String)>,
}

/// What one transaction holds, until this is dropped.
pub(crate) struct Hold {
    ongoing: Arc<Ongoing>,
    items: Vec<Item>,
    token: Option<(Scope, String)>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut held = self.ongoing.held.lock();
        for item in &self.items {
            held.items.remove(item);
        }
        if let Some(token) = &self.token {
            held.tokens.remove(token);
        }
        self.ongoing.count.fetch_sub(self.items.len(), Ordering::Release);
    }
}

/// Which of a transaction's items others hold, in their order.
pub(crate) type Conflicts = Vec<bool>;

/// Holds all `items` for a transaction with this client request token; or none, when others hold
/// some.
///
/// # Errors
/// `TransactionInProgressException` when a transaction with the same token is at work.
pub(crate) fn hold<'i>(
    cx: &Context,
    token: Option<&str>,
    items: impl Iterator<Item = (&'i Table, &'i ItemKey)>,
) -> Result<Result<Hold, Conflicts>, DynamoError> {
    let ongoing = cx.platform().live::<Ongoing>();
    let items: Vec<Item> = items.map(|(table, key)| (table.id_bytes(), key.clone())).collect();
    let token = token.map(|token| (cx.scope().clone(), token.to_owned()));
    let mut held = ongoing.held.lock();
    if token.as_ref().is_some_and(|token| held.tokens.contains(token)) {
        return Err(DynamoError::TransactionInProgress);
    }
    let conflicts: Conflicts = items.iter().map(|item| held.items.contains(item)).collect();
    if conflicts.contains(&true) {
        return Ok(Err(conflicts));
    }
    held.items.extend(items.iter().cloned());
    held.tokens.extend(token.clone());
    ongoing.count.fetch_add(items.len(), Ordering::Release);
    drop(held);
    Ok(Ok(Hold { ongoing: ongoing.clone(), items, token }))
}

/// Whether a transaction holds the item of `table` at `key`.
pub(crate) fn is_held(cx: &Context, table: &Table, key: &ItemKey) -> bool {
    let ongoing = cx.platform().live::<Ongoing>();
    ongoing.count.load(Ordering::Acquire) > 0
        && ongoing.held.lock().items.contains(&(table.id_bytes(), key.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use shape::Failure;
    use testkit::{Client, Cloud};

    async fn cloud() -> Cloud {
        let cloud = Cloud::start(&[&crate::SERVICE]).await;
        let table = json!({
            "TableName": "sums", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        });
        cloud.admin().call("dynamodb", "CreateTable", table).await.unwrap();
        cloud
    }

    fn key(id: &str) -> Value {
        json!({"id": {"S": id}})
    }

    /// As a transaction with `token` that is at work on the item `id`.
    fn at_work(cloud: &Cloud, token: Option<&str>, id: &str) -> Hold {
        let cx = cloud.context();
        let table = crate::table::find(&cx, "sums").unwrap().unwrap();
        let key = ItemKey { hash: id.into(), range: Vec::new() };
        hold(&cx, token, [(&*table, &key)].into_iter()).unwrap().ok().unwrap()
    }

    async fn call(
        client: &Client<'_>,
        operation: &'static str,
        input: Value,
    ) -> Result<Value, Failure> {
        client.call("dynamodb", operation, input).await
    }

    fn conflicts() -> [(&'static str, Value); 4] {
        let update = json!({
            "TableName": "sums", "Key": key("a"), "UpdateExpression": "SET x = :n",
            "ExpressionAttributeValues": {":n": {"N": "1"}},
        });
        [
            ("PutItem", json!({"TableName": "sums", "Item": key("a")})),
            ("UpdateItem", update),
            ("DeleteItem", json!({"TableName": "sums", "Key": key("a")})),
            ("ExecuteStatement", json!({"Statement": "INSERT INTO sums VALUE {'id': 'a'}"})),
        ]
    }

    #[tokio::test]
    async fn single_writes_keep_off() {
        let cloud = cloud().await;
        let admin = cloud.admin();
        let hold = at_work(&cloud, None, "a");
        for (operation, input) in conflicts() {
            let failure = call(&admin, operation, input).await.unwrap_err();
            assert_eq!(failure.code, "TransactionConflictException", "{operation}");
            assert_eq!(failure.message, "Transaction is ongoing for the item");
        }
        let statements = json!({"Statements": [
            {"Statement": "INSERT INTO sums VALUE {'id': 'a'}"},
            {"Statement": "INSERT INTO sums VALUE {'id': 'b'}"},
        ]});
        let answer = call(&admin, "BatchExecuteStatement", statements).await.unwrap();
        assert_eq!(answer["Responses"][0]["Error"]["Code"], "TransactionConflict");
        assert_eq!(answer["Responses"][1].get("Error"), None);
        let put = |id| json!({"PutRequest": {"Item": key(id)}});
        let batch = json!({"RequestItems": {"sums": [put("a"), put("c")]}});
        let answer = call(&admin, "BatchWriteItem", batch).await.unwrap();
        assert_eq!(answer["UnprocessedItems"], json!({"sums": [put("a")]}));
        let batch = json!({"RequestItems": {"sums": [put("a")]}});
        let answer = call(&admin, "BatchWriteItem", batch.clone()).await.unwrap();
        assert_eq!(answer["UnprocessedItems"], batch["RequestItems"]);
        // Single reads do not mind.
        let get = json!({"TableName": "sums", "Key": key("a")});
        call(&admin, "GetItem", get).await.unwrap();
        drop(hold);
        for (operation, input) in conflicts().into_iter().take(3) {
            call(&admin, operation, input).await.unwrap();
        }
    }

    #[tokio::test]
    async fn other_transactions_are_canceled() {
        let cloud = cloud().await;
        let admin = cloud.admin();
        let hold = at_work(&cloud, None, "a");
        let put = |id| json!({"Put": {"TableName": "sums", "Item": key(id)}});
        let get = |id| json!({"Get": {"TableName": "sums", "Key": key(id)}});
        let insert = |id| json!({"Statement": format!("INSERT INTO sums VALUE {{'id': '{id}'}}")});
        let select = |id| json!({"Statement": format!("SELECT * FROM sums WHERE id = '{id}'")});
        let all = [
            ("TransactWriteItems", json!({"TransactItems": [put("b"), put("a")]})),
            ("TransactGetItems", json!({"TransactItems": [get("b"), get("a")]})),
            ("ExecuteTransaction", json!({"TransactStatements": [insert("b"), insert("a")]})),
            ("ExecuteTransaction", json!({"TransactStatements": [select("b"), select("a")]})),
        ];
        for (operation, input) in &all {
            let failure = call(&admin, operation, input.clone()).await.unwrap_err();
            assert_eq!(failure.code, "TransactionCanceledException", "{operation}");
            let text = &failure.message;
            assert!(text.ends_with("[None, TransactionConflict]"), "{operation}: {text}");
        }
        drop(hold);
        // Those that were refused hold nothing.
        for (operation, input) in all.iter().take(2) {
            call(&admin, operation, input.clone()).await.unwrap();
        }
    }

    #[tokio::test]
    async fn the_same_transaction_is_not_begun_twice() {
        let cloud = cloud().await;
        let hold = at_work(&cloud, Some("token"), "a");
        let put = json!({"Put": {"TableName": "sums", "Item": key("b")}});
        let write = json!({"TransactItems": [put], "ClientRequestToken": "token"});
        let failure = call(&cloud.admin(), "TransactWriteItems", write.clone()).await.unwrap_err();
        assert_eq!(failure.code, "TransactionInProgressException");
        drop(hold);
        call(&cloud.admin(), "TransactWriteItems", write).await.unwrap();
    }
}
