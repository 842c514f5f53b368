//! What both ways of restoring a table share: the table to be made, and the start of its copy.

use crate::{
    backup::copy::{Copy, CopyRows, Made, Phase, Source, Undo},
    encryption::{self, Encryption, SSESpecification, vault::CarriedKey},
    error::{DynamoError, invalid},
    index::{
        Index, IndexKind, IndexStatus, Projected,
        index_description::{
            GlobalSecondaryIndex, LocalSecondaryIndex, check_included, global_index, local_index,
        },
    },
    table::{
        BillingMode, Table, TableRef, Throughput,
        description::{ProvisionedThroughput, TableDescription, TableStatus, definitions},
        on_demand::{Asked, OnDemandMaximum, OnDemandThroughput},
        quotas::{self, Reserved},
        statistics::Counts,
        warm::Warm,
    },
};
use service_kit::prelude::*;

/// The most tables of an account and region that are restored at once.
const MAX_AT_ONCE: usize = 50;
/// What whoever restores must be allowed on the new table: "Using IAM with DynamoDB backup and
/// restore".
const ON_TARGET: [&str; 7] = [
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
];

/// What a table is being restored from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Restore {
    /// The ARN of the backup, if it is one.
    pub backup: Option<String>,
    /// The ARN of the table.
    pub table: String,
    /// The moment that is restored.
    pub at: Timestamp,
}

/// What a table is being restored from.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct RestoreSummary {
    /// The backup, if it is one.
    pub source_backup_arn: Option<String>,
    /// The table.
    pub source_table_arn: Option<String>,
    /// The moment that is restored.
    pub restore_date_time: Timestamp,
    /// Whether it is not over.
    pub restore_in_progress: bool,
}

impl Restore {
    /// As descriptions tell it, which they do until it is over.
    pub(crate) fn summary(&self) -> RestoreSummary {
        RestoreSummary {
            source_backup_arn: self.backup.clone(),
            source_table_arn: Some(self.table.clone()),
            restore_date_time: self.at,
            restore_in_progress: true,
        }
    }
}

/// What is to be otherwise than it was.
#[derive(Clone, Copy)]
pub(crate) struct Overrides<'o> {
    /// How the table is paid for.
    pub(crate) billing: Option<BillingMode>,
    /// Its global indexes, from among those it had.
    pub(crate) global: Option<&'o [GlobalSecondaryIndex]>,
    /// Its local indexes, from among those it had.
    pub(crate) local: Option<&'o [LocalSecondaryIndex]>,
    /// Capacity to reserve.
    pub(crate) throughput: Option<&'o ProvisionedThroughput>,
    /// The most that it serves when paid by request.
    pub(crate) on_demand: Option<&'o OnDemandThroughput>,
    /// How it is encrypted.
    pub(crate) sse: Option<&'o SSESpecification>,
}

/// What restoring `source` with `action` into `target` needs.
pub(crate) fn access(
    action: &'static str,
    source: String,
    target: &str,
    at: &Scope,
) -> Vec<Access> {
    let target = TableRef(target.to_owned()).arn(at);
    let on_target = ON_TARGET.map(|action| Access::on_new(action, &*target));
    // What is restored from may be in another region.
    std::iter::once(Access::on(action, source).anywhere()).chain(on_target).collect()
}

fn refused(message: impl std::fmt::Display) -> DynamoError {
    invalid(format!("Invalid Request: {message}"))
}

impl Overrides<'_> {
    /// The table called `name` that is made of `source`, in the place of `cx`.
    ///
    /// # Errors
    /// AWS's `ValidationException` for what does not go together, or was not there.
    pub(crate) fn table(
        self,
        cx: &Context,
        (source, restore): (&Table, Restore),
        name: &str,
    ) -> Result<Table, DynamoError> {
        let billing = self.billing.unwrap_or(source.billing);
        let throughput = self.reserved(source, billing)?;
        let region = &cx.scope().region;
        let asked = Asked { index: None, billing, is_new: true, region };
        let keys = source.keys.clone();
        let mut table = Table {
            on_demand: self.maximum(source, asked)?,
            warm: Warm::default().with(&throughput),
            restore: Some(restore),
            ..Table::new(cx, name, keys, (billing, throughput))
        };
        let local = match self.local {
            Some(given) => given.iter().map(|one| self.local(cx, source, one)).collect(),
            None => source.indexes.iter().filter(|index| index.is_local()).map(kept(cx)).collect(),
        };
        let global = match self.global {
            Some(given) => given.iter().map(|one| self.global(cx, source, one, asked)).collect(),
            None => {
                let kept = source.indexes.iter().filter(|one| one.is_kept() && !one.is_local());
                kept.map(|index| same_global(cx, index, billing)).collect()
            }
        };
        let (local, global): (Result<Vec<_>, _>, Result<Vec<_>, DynamoError>) = (local, global);
        for index in local?.into_iter().chain(global?) {
            if table.index(&index.name).is_some() {
                return Err(refused(format_args!("Duplicate index name: {}", index.name)));
            }
            table.indexes.push(index);
        }
        check_included(&table.indexes)?;
        Ok(table)
    }

    fn reserved(self, source: &Table, billing: BillingMode) -> Result<Throughput, DynamoError> {
        match (self.throughput, self.billing, billing) {
            (Some(_), Some(BillingMode::PayPerRequest), _) => Err(refused(
                "Cannot override ProvisionedThroughput if BillingMode is overridden to \
                 PAY_PER_REQUEST",
            )),
            (Some(_), _, BillingMode::PayPerRequest) => Err(refused(
                "Cannot override ProvisionedThroughput unless BillingMode is PROVISIONED",
            )),
            (None, Some(BillingMode::Provisioned), _) => Err(refused(
                "Must override ProvisionedThroughput if BillingMode is overridden to PROVISIONED",
            )),
            (Some(given), ..) => Ok(Throughput {
                read: given.read_capacity_units,
                write: given.write_capacity_units,
                ..Throughput::default()
            }),
            (None, _, BillingMode::PayPerRequest) => Ok(Throughput::default()),
            (None, _, BillingMode::Provisioned) => Ok(source.throughput.anew()),
        }
    }

    fn maximum(self, source: &Table, asked: Asked<'_>) -> Result<OnDemandMaximum, DynamoError> {
        let given = self.on_demand.copied().unwrap_or_default();
        let is_reserved = asked.billing == BillingMode::Provisioned;
        let kinds =
            [(given.max_read_request_units, "Read"), (given.max_write_request_units, "Write")];
        for (units, kind) in kinds {
            match units {
                Some(_) if is_reserved => {
                    return Err(refused(format_args!(
                        "Cannot override Max{kind}RequestUnits for OnDemandThroughput unless \
                         BillingModeOverride is PAY_PER_REQUEST"
                    )));
                }
                Some(..=0) => {
                    return Err(refused(format_args!(
                        "Requested Max{kind}RequestUnits for OnDemandThroughput is outside of \
                         valid range"
                    )));
                }
                _ => {}
            }
        }
        match is_reserved {
            true => Ok(OnDemandMaximum::default()),
            false => source.on_demand.changed(self.on_demand, asked),
        }
    }

    /// The local index of `source` that has what `given` asks for.
    fn local(
        self,
        cx: &Context,
        source: &Table,
        given: &LocalSecondaryIndex,
    ) -> Result<Index, DynamoError> {
        let wanted = local_index(source, &definitions(source), given, cx.entropy().uuid());
        matching(source, &given.index_name, wanted)
    }

    /// As [`Overrides::local`], of a global one.
    fn global(
        self,
        cx: &Context,
        source: &Table,
        given: &GlobalSecondaryIndex,
        asked: Asked<'_>,
    ) -> Result<Index, DynamoError> {
        let name = &given.index_name;
        match (asked.billing, &given.provisioned_throughput) {
            (BillingMode::Provisioned, None) => return Err(must_reserve(name)),
            (BillingMode::PayPerRequest, Some(_)) => {
                return Err(refused(format_args!(
                    "Cannot override ProvisionedThroughput if BillingMode is overridden to \
                     PAY_PER_REQUEST for index {name}"
                )));
            }
            _ => {}
        }
        let status = IndexStatus::Active;
        let id = cx.entropy().uuid();
        matching(source, name, global_index(&definitions(source), given, status, id, asked))
    }
}

fn must_reserve(index: &str) -> DynamoError {
    refused(format_args!("Must specify provisioned throughput for index {index}"))
}

/// An index with an id of its own for the new table.
fn kept(cx: &Context) -> impl Fn(&Index) -> Result<Index, DynamoError> {
    |index| Ok(Index { id: cx.entropy().uuid(), ..index.clone() })
}

/// A global index as it was, in a table paid for as `billing` says.
fn same_global(cx: &Context, index: &Index, billing: BillingMode) -> Result<Index, DynamoError> {
    let mut same = kept(cx)(index)?;
    let IndexKind::Global { throughput, status, on_demand, warm, insights } = &mut same.kind else {
        return Ok(same);
    };
    *status = IndexStatus::Active;
    *insights = None;
    match billing {
        BillingMode::PayPerRequest => *throughput = Throughput::default(),
        BillingMode::Provisioned if throughput.read == 0 => return Err(must_reserve(&index.name)),
        BillingMode::Provisioned => *on_demand = OnDemandMaximum::default(),
    }
    *throughput = throughput.anew();
    *warm = Warm::default().with(throughput);
    Ok(same)
}

/// `wanted`, if `source` has an index with its key and its projection.
fn matching(
    source: &Table,
    name: &str,
    wanted: Result<Index, DynamoError>,
) -> Result<Index, DynamoError> {
    let same = |wanted: &Index| {
        let mut kept = source.indexes.iter().filter(|index| index.is_kept());
        kept.any(|index| {
            index.is_local() == wanted.is_local()
                && index.keys == wanted.keys
                && projects_same(&index.projection, &wanted.projection)
        })
    };
    match wanted {
        Ok(wanted) if same(&wanted) => Ok(wanted),
        Err(limit @ DynamoError::LimitExceeded(_)) => Err(limit),
        _ => Err(refused(format_args!(
            "Index {name} does not match a secondary index that existed in the source table and \
             cannot be created during the restore operation"
        ))),
    }
}

fn projects_same(a: &Projected, b: &Projected) -> bool {
    match (a, b) {
        (Projected::Include(a), Projected::Include(b)) => {
            a.len() == b.len() && a.iter().all(|name| b.contains(name))
        }
        _ => a == b,
    }
}

/// No table called `name` may be there.
///
/// # Errors
/// `TableAlreadyExistsException` or `TableInUseException` when there is one.
pub(crate) fn check_free(tx: &ReadTx<'_>, name: &str) -> Result<(), DynamoError> {
    let Some(table) = tx.get::<Table>(name)? else { return Ok(()) };
    Err(match table.restore {
        None => DynamoError::TableAlreadyExists(format!("Table already exists: {name}")),
        Some(Restore { backup: Some(backup), .. }) => DynamoError::TableInUse(format!(
            "Table: {name} is already being restored from backup: {backup}"
        )),
        Some(Restore { table, .. }) => DynamoError::TableInUse(format!(
            "Table: {name} is already being restored from table: {table}"
        )),
    })
}

/// Rows to restore from, and what is put back of them, as the moment of the request has it.
pub(crate) type Claimed = (String, Option<Undo>);

/// Begins to make `table` of `source`, each in the place of its context. `claim` looks, in the
/// transaction that does, whether that can be, and keeps for `table` what it needs.
///
/// # Errors
/// Those of `claim` and [`check_free`]; `LimitExceededException` when too much is restored; what
/// KMS refuses the caller.
pub(crate) async fn begin(
    (from, source): (&Context, &Table),
    (cx, mut table): (&Context, Table),
    sse: Option<&SSESpecification>,
    claim: impl Fn(&mut Tx<'_>, &str) -> Result<Claimed, DynamoError> + Sync,
) -> Result<TableDescription, DynamoError> {
    let is_restore = |copy: &Copy| matches!(copy.made, Made::Table { .. });
    let copies: Vec<Copy> = cx.read(|tx| tx.list(()))?;
    if copies.iter().filter(|copy| is_restore(copy)).count() >= MAX_AT_ONCE {
        return Err(DynamoError::LimitExceeded(format!(
            "Subscriber limit exceeded: Only {MAX_AT_ONCE} restore operations can be done \
             simultaneously"
        )));
    }
    if from.scope() != cx.scope() && sse.is_none() {
        return Err(refused("sseSpecificationOverride must be provided for cross-region restores"));
    }
    encryption::unlock(from, source).await?;
    let key = CarriedKey::new(from, source, &table.id)?;
    let inherited = source.encryption.as_ref().and_then(Encryption::specification);
    if let Some(wanted) = sse.or(inherited.as_ref()) {
        table.encryption = Encryption::new(cx, (&table.id, &table.name), wanted).await?;
    }
    let elsewhere = Reserved::elsewhere(cx, &table.name)?;
    let begun = cx.write(|tx| {
        let (rows, undo) = claim(tx, &table.id)?;
        quotas::check(None, &table, elsewhere, cx.scope(), table.created)?;
        let Scope { account, region } = from.scope();
        let (account, region) = (account.to_string(), region.to_string());
        let from = Source { account, region, rows, undo, key: key.clone() };
        let made = Made::Table { name: table.name.clone() };
        let phase = Phase::Rows { after: Vec::new() };
        tx.put(&Copy { to: table.id.clone(), made, from, phase })?;
        tx.put(&table)?;
        tx.enqueue(&CopyRows { to: table.id.clone() })?;
        Ok::<_, DynamoError>(())
    });
    if let Err(error) = begun.await {
        if let Some(encryption) = &table.encryption {
            encryption.retire(cx, &table.name).await;
        }
        return Err(error);
    }
    Ok(TableDescription::of(&table, cx.scope(), TableStatus::Creating, &Counts::default()))
}
