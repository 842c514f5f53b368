//! BatchWriteItem: up to 25 puts and deletes, in one or more tables.

use crate::{
    attribute::Attributes,
    authorization::{Touched, on_table, table_of},
    capacity::{self, ConsumedCapacity, ReturnConsumedCapacity, Units},
    collection::{self, ItemCollectionMetrics},
    error::{DynamoError, invalid},
    guard::ReturnItemCollectionMetrics,
    index,
    item::{self, PUT_TOO_LARGE, Stored},
    key::ItemKey,
    table::{self, NAME_OR_ARN, Table, TableRef},
};
use service_kit::prelude::*;
use std::{collections::HashSet, sync::Arc};

/// The most writes of one request.
const MAX_WRITES: usize = 25;

pub(crate) enum BatchWriteItem {}

/// What BatchWriteItem takes.
#[derive(Debug, Shape)]
pub struct BatchWriteItemInput {
    /// What to write, by table.
    #[shape(
        length = 1..=25,
        keys = NAME_OR_ARN,
        empty = "The requestItems parameter is required for BatchWriteItem"
    )]
    pub request_items: BTreeMap<String, WriteRequests>,
    /// Whether to tell the consumption.
    pub return_consumed_capacity: Option<ReturnConsumedCapacity>,
    /// Whether to tell of item collections.
    pub return_item_collection_metrics: Option<ReturnItemCollectionMetrics>,
}

/// What to write to one table.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(length = 1..=25)]
pub struct WriteRequests(pub Vec<WriteRequest>);

/// One write: a put or a delete.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct WriteRequest {
    /// The put.
    pub put_request: Option<PutRequest>,
    /// The delete.
    pub delete_request: Option<DeleteRequest>,
}

/// A put.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct PutRequest {
    /// The item.
    pub item: Attributes,
}

/// A delete.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct DeleteRequest {
    /// The item's primary key.
    pub key: Attributes,
}

/// What BatchWriteItem gives.
#[derive(Debug, Shape)]
pub struct BatchWriteItemOutput {
    /// What is to be sent again: nothing, since all is written at once.
    pub unprocessed_items: Option<BTreeMap<String, WriteRequests>>,
    /// The item collections written to, by table.
    pub item_collection_metrics: Option<BTreeMap<String, Vec<ItemCollectionMetrics>>>,
    /// What was consumed, by table.
    pub consumed_capacity: Option<Vec<ConsumedCapacity>>,
}

/// What to write to one table, understood.
struct Part {
    name: TableRef,
    cx: Context,
    table: Arc<Table>,
    writes: Vec<Write>,
}

/// One write, whose table is not known yet.
enum Asked {
    Put(Stored),
    Delete(Attributes),
}

/// One write, understood: an item to put, or none to delete.
struct Write {
    key: ItemKey,
    /// Has the key's attributes.
    named: Attributes,
    new: Option<Stored>,
}

impl Operation for BatchWriteItem {
    const NAME: &'static str = "BatchWriteItem";
    const DATA_EVENT: bool = true;
    type Input = BatchWriteItemInput;
    type Output = BatchWriteItemOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let consumed = input.return_consumed_capacity;
        let one = |name: &String| {
            on_table("dynamodb:BatchWriteItem", &TableRef(name.clone()), at, consumed)
        };
        input.request_items.keys().map(one).collect()
    }

    fn conditions(
        input: &Self::Input,
        tx: &ReadTx<'_>,
        access: &mut [Access],
    ) -> Result<(), Fault> {
        for ((name, requests), access) in input.request_items.iter().zip(access) {
            let table = table_of(tx, &TableRef(name.clone()))?;
            let mut touched = Touched::default();
            for request in &requests.0 {
                let put = request.put_request.iter().map(|put| &put.item);
                let delete = request.delete_request.iter().map(|delete| &delete.key);
                put.chain(delete).for_each(|item| touched.item(item, table.as_ref()));
            }
            touched.complete(access);
        }
        Ok(())
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let writes: usize = input.request_items.values().map(|requests| requests.0.len()).sum();
        if writes > MAX_WRITES {
            return Err(invalid("Too many items requested for the BatchWriteItem call"));
        }
        let mode = input.return_consumed_capacity;
        let asked = |(name, requests): (String, WriteRequests)| {
            let requests: Result<Vec<_>, _> = requests.0.into_iter().map(Asked::read).collect();
            Ok((TableRef(name), requests?))
        };
        // What is wrong with any request comes before a table that is not there.
        let asked: Result<Vec<_>, DynamoError> =
            input.request_items.into_iter().map(asked).collect();
        let mut parts = Vec::new();
        for (name, requests) in asked? {
            parts.push(understand(cx, name, requests).await?);
        }
        let wants_metrics =
            ReturnItemCollectionMetrics::wanted(input.return_item_collection_metrics);
        let reads = ReturnConsumedCapacity::wanted(mode);
        let written = cx
            .write(|tx| {
                let write = |part: &Part| part.write(tx, reads, wants_metrics);
                parts.iter().map(write).collect::<Result<Vec<_>, DynamoError>>()
            })
            .await?;
        let (mut consumed, mut collections) = (Vec::new(), BTreeMap::new());
        for (part, (units, metrics)) in parts.iter().zip(written) {
            capacity::count_write(&part.cx, &part.table, units.clone());
            consumed.extend(capacity::report(mode, &part.name, units));
            if !metrics.is_empty() {
                collections.insert(part.name.0.clone(), metrics);
            }
        }
        Ok(BatchWriteItemOutput {
            unprocessed_items: Some(BTreeMap::new()),
            item_collection_metrics: (!collections.is_empty()).then_some(collections),
            consumed_capacity: reads.then_some(consumed),
        })
    }
}

async fn understand(
    cx: &Context,
    name: TableRef,
    requests: Vec<Asked>,
) -> Result<Part, DynamoError> {
    let (cx, table) = table::open(cx, &name).await?;
    let writes = requests
        .into_iter()
        .map(|request| Write::understand(request, &table))
        .collect::<Result<Vec<_>, _>>()?;
    let mut seen = HashSet::with_capacity(writes.len());
    if !writes.iter().all(|write| seen.insert(&write.key)) {
        return Err(invalid("Provided list of item keys contains duplicates"));
    }
    Ok(Part { name, cx, table, writes })
}

impl Asked {
    fn read(request: WriteRequest) -> Result<Self, DynamoError> {
        // AWS says it in these words, although no AttributeValue is meant.
        let wrong = |what: &str| {
            Err(invalid(format!(
                "Supplied AttributeValue {what}, must contain exactly one of the supported \
                 datatypes"
            )))
        };
        match (request.put_request, request.delete_request) {
            (Some(PutRequest { item }), None) => {
                let size = item::check(&item, PUT_TOO_LARGE)?;
                Ok(Self::Put(Stored { item, size }))
            }
            (None, Some(DeleteRequest { key })) => Ok(Self::Delete(key)),
            (None, None) => wrong("is empty"),
            (Some(_), Some(_)) => wrong("has more than one datatypes set"),
        }
    }
}

impl Write {
    fn understand(asked: Asked, table: &Table) -> Result<Self, DynamoError> {
        match asked {
            Asked::Put(new) => {
                let key = table.keys.of_batch_item(&new.item)?;
                index::check_put(table, &new.item)?;
                Ok(Self { key, named: table.keys.extract(&new.item), new: Some(new) })
            }
            Asked::Delete(named) => {
                Ok(Self { key: table.keys.of_key(&named)?, named, new: None })
            }
        }
    }
}

impl Part {
    /// Writes all of it; gives the units consumed, which only an old item that is read makes
    /// exact, and the item collections written to.
    fn write(
        &self,
        tx: &mut Tx<'_>,
        reads: bool,
        wants_metrics: bool,
    ) -> Result<(Units, Vec<ItemCollectionMetrics>), DynamoError> {
        let mut tx = tx.within(self.cx.scope().clone());
        let (mut units, mut metrics) = (Units::default(), Vec::new());
        for Write { key, named, new } in &self.writes {
            let old = match reads || self.table.needs_old() {
                true => item::get(&tx.reader(), &self.table, key)?,
                false => None,
            };
            units.add(&item::replace(&mut tx, &self.table, key, old.as_ref(), new.as_ref())?);
            let told = collection::metrics(&mut tx, &self.table, key, named, wants_metrics)?;
            metrics.extend(told.filter(|told| !metrics.contains(told)));
        }
        Ok((units, metrics))
    }
}
