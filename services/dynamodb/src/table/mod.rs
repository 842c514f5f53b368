//! Tables: their records, the names requests give them, and the cache that spares reading them.

pub(crate) mod create_table;
pub(crate) mod delete_table;
pub(crate) mod describe_endpoints;
pub(crate) mod describe_limits;
pub(crate) mod describe_table;
pub(crate) mod description;
pub(crate) mod list_tables;
pub(crate) mod on_demand;
pub(crate) mod purge;
pub(crate) mod quotas;
pub(crate) mod statistics;
pub(crate) mod table_class;
pub(crate) mod tags;
pub(crate) mod update_table;
pub(crate) mod warm;

use crate::{
    access::resource_policy,
    backup::{self, history::History, restore::Restore},
    encryption::{self, Encryption, vault::Vault},
    error::{DynamoError, invalid},
    expiry::Expiry,
    global::{
        group::{self, Replication},
        replicate,
    },
    index::Index,
    insights::Insights,
    streams::stream::{LatestStream, StreamState},
    table::{on_demand::OnDemandMaximum, table_class::Class, warm::Warm},
    value::key::KeyAttributes,
};
use foldhash::HashMap;
use parking_lot::{Mutex, RwLock};
use service_kit::{Version, key::Key, prelude::*};
use shape::{Constraints, Failure, Kind, Mismatch, Schema, Value};
use std::sync::{Arc, OnceLock, Weak};

/// The most tables kept in the cache of one account and region.
const MAX_CACHED: usize = 2_500;

/// How a table is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub enum BillingMode {
    /// By capacity reserved.
    Provisioned,
    /// By request.
    PayPerRequest,
}

/// Capacity reserved, in units a second; zeros for tables paid by request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throughput {
    /// Reads.
    pub read: u64,
    /// Writes.
    pub write: u64,
    /// When either was last raised.
    pub increased: Option<Timestamp>,
    /// When either was last lowered.
    pub decreased: Option<Timestamp>,
    /// How often either was lowered on the day of the last time.
    #[serde(default)]
    pub decreases: u32,
}

impl Throughput {
    /// As much, reserved for the first time.
    pub(crate) fn anew(self) -> Self {
        Self { read: self.read, write: self.write, ..Self::default() }
    }

    /// What is reserved after a change to `new` that happens `now`.
    pub(crate) fn changed_to(self, new: Self, now: Timestamp) -> Self {
        let raised = new.read > self.read || new.write > self.write;
        let lowered = self.is_lowered_by(&new);
        Self {
            increased: if raised { Some(now) } else { self.increased },
            decreased: if lowered { Some(now) } else { self.decreased },
            decreases: if lowered { self.decreases_on(now) + 1 } else { self.decreases },
            ..new
        }
    }

    /// Whether `new` reserves less of either, and not nothing: to pay by request is no decrease.
    pub(crate) fn is_lowered_by(&self, new: &Self) -> bool {
        new.read > 0 && (new.read < self.read || new.write < self.write)
    }

    /// How often it was lowered on the day of `now`, in UTC.
    pub(crate) fn decreases_on(&self, now: Timestamp) -> u32 {
        let day = |at: Timestamp| at.as_secs().div_euclid(24 * 3600);
        let is_today = self.decreased.is_some_and(|last| day(last) == day(now));
        if is_today { self.decreases } else { 0 }
    }
}

/// A table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Its name, unique in its account and region.
    pub name: String,
    /// A UUID: a table made anew under an old name has another one.
    pub id: String,
    /// Its primary key.
    pub keys: KeyAttributes,
    /// When it was made.
    pub created: Timestamp,
    /// How it is paid for.
    pub billing: BillingMode,
    /// When it was last put to [`BillingMode::PayPerRequest`].
    pub on_demand_since: Option<Timestamp>,
    /// What is reserved.
    pub throughput: Throughput,
    /// Whether it refuses to be deleted.
    pub deletion_protection: bool,
    /// Its secondary indexes.
    #[serde(default)]
    pub indexes: Vec<Index>,
    /// How its items expire.
    #[serde(default)]
    pub expiry: Option<Expiry>,
    /// How its rows are encrypted, if they are.
    #[serde(default)]
    pub(crate) encryption: Option<Encryption>,
    /// The key to them, once known.
    #[serde(skip)]
    pub(crate) vault: Vault,
    /// The most that it serves when paid by request.
    #[serde(default)]
    pub on_demand: OnDemandMaximum,
    /// The highest that it could serve at once before its throughput last changed.
    #[serde(default)]
    pub warm: Warm,
    /// Its class.
    #[serde(default)]
    pub class: Class,
    /// Whether rules tell its most used keys.
    #[serde(default)]
    pub insights: Option<Insights>,
    /// Its part in a global table.
    #[serde(default)]
    pub replication: Replication,
    /// Its latest stream, on or off, if it ever had one.
    #[serde(default)]
    pub stream: Option<LatestStream>,
    /// The history that it keeps.
    #[serde(default)]
    pub history: Option<History>,
    /// What it is being restored from.
    #[serde(default)]
    pub restore: Option<Restore>,
}

impl Record for Table {
    const TABLE: &'static str = "dynamodb.table";

    fn key(&self) -> impl Key {
        &self.name
    }
}

impl Table {
    /// A table made now, with nothing but a key and what it is paid for.
    pub(crate) fn new(
        cx: &Context,
        name: &str,
        keys: KeyAttributes,
        (billing, throughput): (BillingMode, Throughput),
    ) -> Self {
        let now = cx.now();
        Self {
            name: name.to_owned(),
            id: cx.entropy().uuid(),
            keys,
            created: now,
            billing,
            on_demand_since: (billing == BillingMode::PayPerRequest).then_some(now),
            throughput,
            deletion_protection: false,
            indexes: Vec::new(),
            expiry: None,
            encryption: None,
            vault: Vault::default(),
            on_demand: OnDemandMaximum::default(),
            warm: Warm::default(),
            class: Class::default(),
            insights: None,
            stream: None,
            history: None,
            restore: None,
            replication: Replication::default(),
        }
    }

    /// The id as its rows start with it.
    pub(crate) fn id_bytes(&self) -> [u8; 16] {
        id_bytes(&self.id)
    }

    /// Whether a write has to know the item that was there, for the entries it has elsewhere and
    /// for what streams and histories tell of it.
    pub(crate) fn needs_old(&self) -> bool {
        self.expiry.is_some()
            || self.history.is_some()
            || self.stream.as_ref().is_some_and(LatestStream::is_on)
            || self.indexes.iter().any(Index::is_kept)
            || self.replication.peers.iter().any(|peer| peer.table.needs_old())
    }

    /// Whether its stream waits for requests that do not know of it yet.
    pub(crate) fn is_opening_stream(&self) -> bool {
        self.stream.as_ref().is_some_and(|stream| stream.state == StreamState::Enabling)
    }

    /// Whether it is there for anybody but those who describe it: it is neither being restored nor
    /// being made as a replica.
    pub(crate) fn is_ready(&self) -> bool {
        self.restore.is_none() && !self.replication.is_making(&self.id)
    }

    /// The index called `name`.
    pub(crate) fn index(&self, name: &str) -> Option<&Index> {
        self.indexes.iter().find(|index| index.name == name)
    }

    /// As [`Table::index`], to change it.
    pub(crate) fn index_mut(&mut self, name: &str) -> Option<&mut Index> {
        self.indexes.iter_mut().find(|index| index.name == name)
    }

    /// Whether it has local indexes, so that its partitions are item collections.
    pub(crate) fn has_collections(&self) -> bool {
        self.indexes.iter().any(Index::is_local)
    }
}

/// A UUID's sixteen bytes.
pub(crate) fn id_bytes(uuid: &str) -> [u8; 16] {
    let digits = uuid.bytes().filter_map(|byte| char::from(byte).to_digit(16));
    let number = digits.fold(0_u128, |number, digit| number << 4 | u128::from(digit));
    number.to_be_bytes()
}

/// A table as requests name it: by name or ARN.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableRef(pub String);

/// What a table's or index's name may be.
const NAME: Constraints =
    Constraints { length: Some((3, 255)), pattern: Some("[a-zA-Z0-9_.-]+"), ..Constraints::NONE };

/// What may name a table.
pub(crate) const NAME_OR_ARN: Constraints =
    Constraints { length: Some((1, 1024)), otherwise: Some(("arn:", &NAME)), ..Constraints::NONE };

impl Shape for TableRef {
    fn schema() -> &'static Schema {
        static SCHEMA: Schema =
            Schema { name: "TableArn", kind: Kind::String, constraints: NAME_OR_ARN };
        &SCHEMA
    }

    fn read(value: Value) -> Result<Self, Mismatch> {
        String::read(value).map(Self)
    }

    fn write(self) -> Value {
        self.0.write()
    }
}

impl TableRef {
    /// Its ARN, for a request that works in `at`.
    pub fn arn(&self, at: &Scope) -> String {
        if self.0.starts_with("arn:") {
            return self.0.clone();
        }
        at.arn_below("dynamodb", "table/", &self.0)
    }

    /// Where it is and its name, for a request that works in `at`.
    ///
    /// # Errors
    /// AWS's `ValidationException` for what is neither a table's name nor its ARN, and for the ARN
    /// of a table of another region.
    pub fn resolve<'a>(&'a self, at: &Scope) -> Result<(Scope, &'a str), DynamoError> {
        match self.0.starts_with("arn:") {
            true => parse_arn_at(&self.0, at),
            false => Ok((at.clone(), self.0.as_str())),
        }
    }

    /// Its name, for a request whose permission is not on the table: one of the caller's account.
    ///
    /// # Errors
    /// As [`TableRef::resolve`], and for the ARN of a table of another account.
    pub fn resolve_own<'a>(&'a self, at: &Scope) -> Result<&'a str, DynamoError> {
        let (scope, name) = self.resolve(at)?;
        if scope.account == at.account {
            return Ok(name);
        }
        Err(invalid(
            "This action is only supported by accounts that match the resource owner\u{2019}s \
             account.",
        ))
    }
}

/// As [`parse_arn`], for a table of the region of `at`.
///
/// # Errors
/// As there, also for another region's.
pub(crate) fn parse_arn_at<'a>(arn: &'a str, at: &Scope) -> Result<(Scope, &'a str), DynamoError> {
    let named = parse_arn(arn)?;
    if named.0.region == at.region { Ok(named) } else { Err(invalid_arn(arn)) }
}

/// The scope and name in `arn:aws:dynamodb:REGION:ACCOUNT:table/NAME`.
///
/// # Errors
/// AWS's `ValidationException` for any other text.
pub(crate) fn parse_arn(arn: &str) -> Result<(Scope, &str), DynamoError> {
    let named = Scope::of_arn("dynamodb", arn).and_then(|(scope, resource)| {
        Some((scope, resource.strip_prefix("table/").filter(|name| is_name(name))?))
    });
    named.ok_or_else(|| invalid_arn(arn))
}

fn invalid_arn(arn: &str) -> DynamoError {
    invalid(format!("Invalid TableArn: Invalid ResourceArn provided as input {arn}"))
}

/// What is said of `arn` where a table's, an index's or a stream's is asked for, and it is none of
/// this region.
pub(crate) fn misnamed(access: &Access) -> Failure {
    let arn = &access.resource;
    let error = match access.action.strip_prefix("dynamodb:").unwrap_or_default() {
        "DescribeStream" | "GetShardIterator" => invalid("Invalid StreamArn"),
        "GetRecords" => invalid("Invalid ShardIterator"),
        "DescribeBackup" | "DeleteBackup" | "RestoreTableFromBackup" => backup::misnamed(arn),
        "PutResourcePolicy" | "GetResourcePolicy" | "DeleteResourcePolicy" => {
            resource_policy::misnamed(arn)
        }
        "DescribeExport" => invalid("Invalid Export ARN"),
        "DescribeImport" => invalid("Invalid Import ARN"),
        _ => invalid_arn(arn),
    };
    error.into_failure()
}

fn is_name(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    (3..=255).contains(&text.len()) && text.bytes().all(is_part)
}

/// Tables read before, each good as long as no table's record has changed since.
#[derive(Default)]
struct Cache {
    version: OnceLock<Version>,
    known: RwLock<HashMap<Scope, Known>>,
    /// All tables that requests may still be working with.
    handed_out: Mutex<Vec<Weak<Table>>>,
}

impl Cache {
    /// The version of all tables' records.
    fn version(&self, cx: &Context) -> u64 {
        let follow = || cx.platform().store().follow_table(Table::TABLE);
        self.version.get_or_init(follow).now()
    }
}

impl Live for Cache {
    fn forget(&self, account: &str) {
        self.known.write().retain(|scope, _| *scope.account != *account);
    }
}

/// Tables of one account and region by name, each with the version it was read at.
type Known = HashMap<String, (u64, Arc<Table>)>;

/// The table called `name` in the scope of `cx`, if there is one.
///
/// # Errors
/// [`Fault`] when storage fails.
pub(crate) fn find(cx: &Context, name: &str) -> Result<Option<Arc<Table>>, Fault> {
    let cache = cx.platform().live::<Cache>();
    // Taken before the row is read: a change in between makes the entry stale, not wrong.
    let version = cache.version(cx);
    if let Some((known, table)) = cache.known.read().get(cx.scope()).and_then(|all| all.get(name))
        && *known == version
    {
        return Ok(Some(table.clone()));
    }
    let mut handed_out = cache.handed_out.lock();
    let Some(table) = cx.read(|tx| get(tx, name))?.map(Arc::new) else {
        // Else a deleted table would count as one that requests work with.
        cache.known.write().get_mut(cx.scope()).map(|all| all.remove(name));
        return Ok(None);
    };
    handed_out.retain(|table| table.strong_count() > 0);
    handed_out.push(Arc::downgrade(&table));
    handed_out.extend(table.replication.peers.iter().map(|peer| Arc::downgrade(&peer.table)));
    drop(handed_out);
    let mut all = cache.known.write();
    let all = all.entry(cx.scope().clone()).or_default();
    if all.len() >= MAX_CACHED {
        all.clear();
    }
    all.insert(name.to_owned(), (version, table.clone()));
    Ok(Some(table))
}

/// As [`find`] for background work, which may read and write the table's rows.
///
/// # Errors
/// [`Fault`] when storage fails, or when the table's key cannot be used.
pub(crate) async fn find_unlocked(cx: &Context, name: &str) -> Result<Option<Arc<Table>>, Fault> {
    let table = find(cx, name)?;
    if let Some(table) = &table {
        encryption::unlock(cx, table).await.map_err(crate::access::authorization::fault)?;
        replicate::unlock(cx, table).await;
    }
    Ok(table)
}

/// Whether all requests in work know the table called `name`, whose id is `id`, as `knows` tells.
/// Asked after a change is stored, the answer stays true: requests to come read the change.
///
/// # Errors
/// [`Fault`] when storage fails.
pub(crate) fn settled(
    cx: &Context,
    name: &str,
    id: &str,
    knows: impl Fn(&Table) -> bool,
) -> Result<bool, Fault> {
    // The cache itself forgets what it knew: of this table, and of others whose replica it is.
    find(cx, name)?;
    let cache = cx.platform().live::<Cache>();
    let version = cache.version(cx);
    cache.known.write().values_mut().for_each(|all| all.retain(|_, (known, _)| *known >= version));
    let handed_out = cache.handed_out.lock();
    let mut in_work = handed_out.iter().filter_map(Weak::upgrade);
    Ok(in_work.all(|table| table.id != id || knows(&table)))
}

/// A table, and the context of the account and region it is in.
pub(crate) type Opened = (Context, Arc<Table>);

/// The table that a data operation names, and the context of the account and region it is in.
///
/// # Errors
/// `ResourceNotFoundException` when there is none; `AccessDeniedException` when the table is
/// encrypted under a key that the caller may not use.
pub(crate) async fn open(cx: &Context, table: &TableRef) -> Result<Opened, DynamoError> {
    let (scope, name) = table.resolve(cx.scope())?;
    let cx = if scope == *cx.scope() { cx.clone() } else { cx.within(scope) };
    match find(&cx, name)?.filter(|table| table.is_ready()) {
        Some(table) => {
            encryption::unlock(&cx, &table).await?;
            replicate::unlock(&cx, &table).await;
            Ok((cx, table))
        }
        None => Err(DynamoError::ResourceNotFound("Requested resource not found".into())),
    }
}

/// As [`open`] for each of `tables` of a transaction, in their order.
///
/// # Errors
/// As [`open`] for the first that is not there; AWS's `ValidationException` for one that takes
/// part in no transactions.
pub(crate) async fn open_all(
    cx: &Context,
    tables: &[&TableRef],
) -> Result<Vec<Opened>, DynamoError> {
    let mut all = Vec::with_capacity(tables.len());
    for table in tables {
        let opened = open(cx, table).await?;
        replicate::check_transaction(&opened.1)?;
        all.push(opened);
    }
    Ok(all)
}

/// The table called `name` in a transaction of a table operation.
///
/// # Errors
/// `ResourceNotFoundException` when there is none, or only one that is not ready.
pub(crate) fn require(tx: &ReadTx<'_>, name: &str) -> Result<Table, DynamoError> {
    existing(get(tx, name)?.filter(Table::is_ready), name)
}

/// As [`require`], of a table that is not ready too.
///
/// # Errors
/// `ResourceNotFoundException` when there is none.
pub(crate) fn require_any(tx: &ReadTx<'_>, name: &str) -> Result<Table, DynamoError> {
    existing(get(tx, name)?, name)
}

/// The table called `name`, if there is one, with its other replicas.
fn get(tx: &ReadTx<'_>, name: &str) -> Result<Option<Table>, Fault> {
    let mut table: Option<Table> = tx.get(name)?;
    if let Some(table) = &mut table {
        group::attach(tx, table)?;
    }
    Ok(table)
}

fn existing(table: Option<Table>, name: &str) -> Result<Table, DynamoError> {
    table.ok_or_else(|| {
        DynamoError::ResourceNotFound(format!(
            "Requested resource not found: Table: {name} not found"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_named_by_name_or_arn() {
        let at = Scope::new("000000000000", "us-east-1");
        let arn = "arn:aws:dynamodb:us-east-1:111122223333:table/music";
        let named = |text: &str| TableRef(text.into());
        assert_eq!(named("music").arn(&at), "arn:aws:dynamodb:us-east-1:000000000000:table/music");
        assert_eq!(named(arn).arn(&at), arn);
        let there = Scope::new("111122223333", "us-east-1");
        assert_eq!(named(arn).resolve(&at).unwrap(), (there, "music"));
        assert!(named(arn).resolve_own(&at).is_err(), "another account's");
        let elsewhere = "arn:aws:dynamodb:eu-west-1:111122223333:table/music";
        let short = "arn:aws:dynamodb:us-east-1:111122223333:table/ab";
        let queue = "arn:aws:sqs:us-east-1:111122223333:table/music";
        for wrong in [short, elsewhere, queue, "arn:aws:dynamodb"] {
            assert!(named(wrong).resolve(&at).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ids_are_sixteen_bytes() {
        let bytes = id_bytes("00112233-4455-6677-8899-aabbccddeeff");
        assert_eq!((bytes[1], bytes[15]), (0x11, 0xff));
    }
}
