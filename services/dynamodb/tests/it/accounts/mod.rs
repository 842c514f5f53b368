//! A table of accounts: what callers do with it at once, and how it should answer.

use serde_json::{Value, json};
use service_kit::entropy::Entropy;
use std::collections::BTreeMap;
use testkit::linearizability::{Model, Operation};

/// The table.
pub const TABLE: &str = "accounts";
/// Its global index, by holder and balance; accounts without a holder are not in it.
pub const BY_HOLDER: &str = "by-holder";
/// Its local index, by team and balance.
pub const BY_BALANCE: &str = "by-balance";
/// So many accounts there are at most, in teams of two.
pub const ACCOUNTS: u8 = 4;

/// What CreateTable takes.
pub fn table() -> Value {
    let key = |hash: &str, range: &str| {
        json!([
            {"AttributeName": hash, "KeyType": "HASH"},
            {"AttributeName": range, "KeyType": "RANGE"},
        ])
    };
    let attribute = |name: &str, kind: &str| json!({"AttributeName": name, "AttributeType": kind});
    json!({
        "TableName": TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": key("team", "id"),
        "AttributeDefinitions": [
            attribute("team", "S"), attribute("id", "S"), attribute("balance", "N"),
            attribute("holder", "S"),
        ],
        "GlobalSecondaryIndexes": [{
            "IndexName": BY_HOLDER, "KeySchema": key("holder", "balance"),
            "Projection": {"ProjectionType": "ALL"},
        }],
        "LocalSecondaryIndexes": [{
            "IndexName": BY_BALANCE, "KeySchema": key("team", "balance"),
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }],
        "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    })
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Account {
    /// What is in it.
    pub balance: i64,
    /// The call that wrote it last.
    pub writer: u64,
    /// Who has it.
    pub holder: Option<u8>,
}

/// What a write asks of the account that is there.
#[derive(Clone, Debug)]
pub enum When {
    Exists,
    Absent,
    Above(i64),
}

/// What a write does.
#[derive(Clone, Debug)]
pub enum Change {
    /// Puts it in the account's place.
    Put(Account),
    /// Adds its balance; sets the rest.
    Add(Account),
    Delete,
    /// Only asks; in transactions.
    Check,
}

/// A write of one account.
#[derive(Clone, Debug)]
pub struct Write {
    key: u8,
    change: Change,
    when: Option<When>,
}

/// A request.
#[derive(Clone, Debug)]
pub enum Call {
    Get(u8),
    Write(Write),
    GetAll(Vec<u8>),
    /// With a token, it counts once however often it is sent.
    WriteAll(Vec<Write>, Option<u64>),
}

/// What a request is answered with.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The account read, before a put or delete, or after an addition.
    Account(Option<Account>),
    Accounts(Vec<Option<Account>>),
    /// The condition did not hold.
    Refused,
    /// Which conditions of a transaction did not hold.
    Cancelled(Vec<bool>),
    Done,
}

/// What is known after a request.
pub enum Outcome {
    Answered(Answer),
    /// It was turned away and not done.
    NotDone,
}

impl When {
    fn holds(&self, account: Option<&Account>) -> bool {
        match self {
            Self::Exists => account.is_some(),
            Self::Absent => account.is_none(),
            Self::Above(least) => account.is_some_and(|account| account.balance > *least),
        }
    }
}

impl Write {
    fn is_allowed(&self, state: &State) -> bool {
        self.when.as_ref().is_none_or(|when| when.holds(state.get(&self.key)))
    }

    /// Does it; gives what is answered.
    fn apply(&self, state: &mut State) -> Option<Account> {
        match &self.change {
            Change::Put(account) => state.insert(self.key, account.clone()),
            Change::Add(more) => {
                let before = state.get(&self.key).map_or(0, |account| account.balance);
                let account = Account { balance: before + more.balance, ..more.clone() };
                state.insert(self.key, account.clone());
                Some(account)
            }
            Change::Delete => state.remove(&self.key),
            Change::Check => None,
        }
    }

    /// The member of a transaction, or the operation, and its input.
    fn request(&self) -> (&'static str, Value) {
        let mut input = json!({"TableName": TABLE});
        let mut values = json!({});
        let named = match &self.change {
            Change::Put(account) => {
                input["Item"] = item(self.key, account);
                "Put"
            }
            Change::Add(more) => {
                input["Key"] = key(self.key);
                values = json!({
                    ":balance": {"N": more.balance.to_string()},
                    ":writer": {"N": more.writer.to_string()},
                });
                let holder = match more.holder {
                    Some(holder) => {
                        values[":holder"] = json!({"S": holder.to_string()});
                        ", holder = :holder"
                    }
                    None => " REMOVE holder",
                };
                let update = format!("SET writer = :writer{holder} ADD balance :balance");
                input["UpdateExpression"] = update.into();
                "Update"
            }
            Change::Delete | Change::Check => {
                input["Key"] = key(self.key);
                if matches!(self.change, Change::Delete) { "Delete" } else { "ConditionCheck" }
            }
        };
        if let Some(when) = &self.when {
            let condition = match when {
                When::Exists => "attribute_exists(id)",
                When::Absent => "attribute_not_exists(id)",
                When::Above(least) => {
                    values[":least"] = json!({"N": least.to_string()});
                    "balance > :least"
                }
            };
            input["ConditionExpression"] = condition.into();
        }
        if values != json!({}) {
            input["ExpressionAttributeValues"] = values;
        }
        (named, input)
    }
}

/// The primary key of an account.
pub fn key(account: u8) -> Value {
    json!({
        "team": {"S": format!("team-{}", account / 2)}, "id": {"S": format!("id-{}", account % 2)},
    })
}

fn item(account: u8, Account { balance, writer, holder }: &Account) -> Value {
    let mut item = key(account);
    item["balance"] = json!({"N": balance.to_string()});
    item["writer"] = json!({"N": writer.to_string()});
    if let Some(holder) = holder {
        item["holder"] = json!({"S": holder.to_string()});
    }
    item
}

fn account(item: &Value) -> Option<Account> {
    let read = |name: &str, kind: &str| item[name][kind].as_str()?.parse().ok();
    Some(Account {
        balance: read("balance", "N")?,
        writer: read("writer", "N")? as u64,
        holder: read("holder", "S").map(|holder| holder as u8),
    })
}

impl Call {
    /// A call like any other, by the caller's own number.
    pub fn random(random: &Entropy, number: u64) -> Self {
        let key = || random.below(ACCOUNTS.into()) as u8;
        let some_keys = || {
            let first = key();
            let rest = (0..ACCOUNTS).filter(|other| *other != first && random.below(2) == 0);
            std::iter::once(first).chain(rest).collect::<Vec<_>>()
        };
        match random.below(10) {
            0..2 => Self::Get(key()),
            2..6 => Self::Write(Write::random(random, key(), number, false)),
            6..8 => Self::GetAll(some_keys()),
            _ => {
                let write = |key: u8| Write::random(random, key, number, true);
                let token = number.is_multiple_of(2).then_some(number);
                Self::WriteAll(some_keys().into_iter().map(write).collect(), token)
            }
        }
    }

    /// The operation and its input.
    pub fn request(&self) -> (&'static str, Value) {
        match self {
            Self::Get(account) => {
                let get = json!({
                    "TableName": TABLE, "Key": key(*account), "ConsistentRead": true,
                });
                ("GetItem", get)
            }
            Self::Write(write) => {
                let (named, mut input) = write.request();
                let (operation, returned) = match named {
                    "Put" => ("PutItem", "ALL_OLD"),
                    "Update" => ("UpdateItem", "ALL_NEW"),
                    _ => ("DeleteItem", "ALL_OLD"),
                };
                input["ReturnValues"] = returned.into();
                (operation, input)
            }
            Self::GetAll(keys) => {
                let get = |account: &u8| json!({"Get": {"TableName": TABLE, "Key": key(*account)}});
                let gets: Value = keys.iter().map(get).collect();
                ("TransactGetItems", json!({"TransactItems": gets}))
            }
            Self::WriteAll(writes, token) => {
                let write = |write: &Write| {
                    let (named, input) = write.request();
                    json!({named: input})
                };
                let writes: Value = writes.iter().map(write).collect();
                let mut input = json!({"TransactItems": writes});
                if let Some(token) = token {
                    input["ClientRequestToken"] = format!("token-{token}").into();
                }
                ("TransactWriteItems", input)
            }
        }
    }

    /// What the answer, or the code and message of an error, says.
    ///
    /// # Panics
    /// When it says what nobody should hear.
    pub fn outcome(&self, answer: Result<&Value, (&str, &str)>) -> Outcome {
        Outcome::Answered(match (self, answer) {
            (Self::Get(_), Ok(answer)) => Answer::Account(account(&answer["Item"])),
            (Self::Write(_), Ok(answer)) => Answer::Account(account(&answer["Attributes"])),
            (Self::GetAll(_), Ok(answer)) => {
                let all = answer["Responses"].as_array().into_iter().flatten();
                Answer::Accounts(all.map(|one| account(&one["Item"])).collect())
            }
            (Self::WriteAll(..), Ok(_)) => Answer::Done,
            (_, Err(("ConditionalCheckFailedException", _))) => Answer::Refused,
            (_, Err(("TransactionCanceledException", message))) => {
                if message.contains("TransactionConflict") {
                    return Outcome::NotDone;
                }
                let reasons = message.split_once('[').map_or("", |(_, reasons)| reasons);
                let reasons = reasons.trim_end_matches(']').split(", ");
                Answer::Cancelled(reasons.map(|reason| reason != "None").collect())
            }
            (_, Err(("TransactionConflictException", _))) => return Outcome::NotDone,
            (call, Err(error)) => panic!("{call:?}: {error:?}"),
        })
    }
}

impl Write {
    fn random(random: &Entropy, key: u8, writer: u64, transact: bool) -> Self {
        let holder = random.below(3) as u8;
        let balance = random.below(9) as i64 - 4;
        let account = Account { balance, writer, holder: (holder > 0).then_some(holder) };
        let change = match random.below(if transact { 5 } else { 4 }) {
            0 => Change::Put(account),
            1 | 2 => Change::Add(account),
            3 => Change::Delete,
            _ => Change::Check,
        };
        let when = match random.below(5) {
            0 => Some(When::Exists),
            1 => Some(When::Absent),
            2 => Some(When::Above(balance)),
            _ if matches!(change, Change::Check) => Some(When::Exists),
            _ => None,
        };
        Self { key, change, when }
    }
}

/// The accounts that there are.
pub type State = BTreeMap<u8, Account>;

/// How accounts behave when calls come one after the other.
pub struct Accounts;

impl Model for Accounts {
    type State = State;
    type Call = Call;
    type Answer = Answer;

    fn start(&self) -> State {
        State::new()
    }

    fn step(&self, state: &State, call: &Call, answer: Option<&Answer>) -> Option<State> {
        let mut after = state.clone();
        let wanted = match call {
            Call::Get(key) => Answer::Account(state.get(key).cloned()),
            Call::GetAll(keys) => {
                Answer::Accounts(keys.iter().map(|key| state.get(key).cloned()).collect())
            }
            Call::Write(write) if write.is_allowed(state) => {
                Answer::Account(write.apply(&mut after))
            }
            Call::Write(_) => Answer::Refused,
            Call::WriteAll(writes, _) => {
                let refused: Vec<bool> = writes.iter().map(|one| !one.is_allowed(state)).collect();
                if refused.contains(&true) {
                    Answer::Cancelled(refused)
                } else {
                    for write in writes {
                        write.apply(&mut after);
                    }
                    Answer::Done
                }
            }
        };
        answer.is_none_or(|answer| *answer == wanted).then_some(after)
    }
}

/// An index holds an entry for each account that belongs into it, and no other.
///
/// # Panics
/// When it does not. `table` and `index` are what scans of both found.
pub fn assert_index_agrees(name: &str, table: &[Value], index: &[Value]) {
    let mut wanted: Vec<Value> = match name {
        BY_HOLDER => table.iter().filter(|item| item.get("holder").is_some()).cloned().collect(),
        _ => {
            let keys = |item: &Value| json!({"team": item["team"], "id": item["id"], "balance": item["balance"]});
            table.iter().map(keys).collect()
        }
    };
    let mut held = index.to_vec();
    for items in [&mut wanted, &mut held] {
        items.sort_by_key(|item| (item["team"].to_string(), item["id"].to_string()));
    }
    assert_eq!(held, wanted, "what {name} holds, and what it should hold");
}

/// Reads a whole stream, oldest record first: whoever has it asks what it wants to be asked.
#[derive(Default)]
pub struct StreamReader {
    arn: Value,
    shards: Vec<Value>,
    iterator: Value,
    /// What was read.
    pub records: Vec<Value>,
}

impl StreamReader {
    /// The next request, to the service of streams; none at the end.
    pub fn request(&self) -> Option<(&'static str, Value)> {
        if !self.iterator.is_null() {
            return Some(("GetRecords", json!({"ShardIterator": self.iterator})));
        }
        if let Some(shard) = self.shards.last() {
            let input = json!({
                "StreamArn": self.arn, "ShardId": shard["ShardId"],
                "ShardIteratorType": "TRIM_HORIZON",
            });
            return Some(("GetShardIterator", input));
        }
        match &self.arn {
            Value::Null => Some(("ListStreams", json!({"TableName": TABLE}))),
            Value::String(arn) => Some(("DescribeStream", json!({"StreamArn": arn}))),
            _ => None,
        }
    }

    /// Takes the answer to [`StreamReader::request`].
    pub fn answer(&mut self, answer: &Value) {
        if let Some(streams) = answer["Streams"].as_array() {
            self.arn = streams[0]["StreamArn"].clone();
        } else if let Some(shards) = answer["StreamDescription"]["Shards"].as_array() {
            self.shards = shards.iter().rev().cloned().collect();
        } else if answer["ShardIterator"].is_string() {
            self.iterator = answer["ShardIterator"].clone();
        } else {
            let records = answer["Records"].as_array().cloned().unwrap_or_default();
            let is_over = records.is_empty() || answer["NextShardIterator"].is_null();
            self.records.extend(records);
            self.iterator = answer["NextShardIterator"].clone();
            if is_over {
                self.iterator = Value::Null;
                self.shards.pop();
                if self.shards.is_empty() {
                    self.arn = Value::Bool(true);
                }
            }
        }
    }
}

/// A stream has one record for each change, and those of one account in order.
///
/// # Panics
/// When it has not. `table` is what a scan found at the end.
pub fn assert_stream_agrees(
    operations: &[Operation<Call, Answer>],
    records: &[Value],
    table: &[Value],
) {
    let (mut now, mut written, mut removed) = (State::new(), BTreeMap::new(), BTreeMap::new());
    for record in records {
        let change = &record["dynamodb"];
        let account_key = (0..ACCOUNTS).find(|one| change["Keys"] == key(*one)).unwrap();
        let (old, new) = (account(&change["OldImage"]), account(&change["NewImage"]));
        assert_eq!(old.as_ref(), now.get(&account_key), "the order of {record}");
        match (old, new) {
            (_, Some(new)) => {
                *written.entry((account_key, new.writer)).or_insert(0) += 1;
                now.insert(account_key, new);
            }
            (Some(old), None) => {
                *removed.entry((account_key, old.writer)).or_insert(0) += 1;
                now.remove(&account_key);
            }
            (None, None) => panic!("nothing happened in {record}"),
        }
    }
    let stored: State = (0..ACCOUNTS)
        .filter_map(|one| {
            let is_it =
                |item: &&Value| key(one)["team"] == item["team"] && key(one)["id"] == item["id"];
            Some((one, account(table.iter().find(is_it)?)?))
        })
        .collect();
    assert_eq!(now, stored, "what the stream leads to, and what is stored");
    for Operation { call, answer, .. } in operations {
        let writes = match call {
            Call::Write(write) => std::slice::from_ref(write),
            Call::WriteAll(writes, _) => writes,
            Call::Get(_) | Call::GetAll(_) => &[],
        };
        for write in writes {
            let done = match answer {
                Some(Answer::Account(_) | Answer::Done) => 1..=1,
                Some(_) => 0..=0,
                None => 0..=1,
            };
            let count = match (&write.change, answer) {
                (Change::Put(new) | Change::Add(new), _) => written.get(&(write.key, new.writer)),
                (Change::Delete, Some(Answer::Account(Some(old)))) => {
                    removed.get(&(write.key, old.writer))
                }
                _ => continue,
            };
            let count = count.copied().unwrap_or(0);
            assert!(done.contains(&count), "{count} records of {write:?}, answered {answer:?}");
        }
    }
}
