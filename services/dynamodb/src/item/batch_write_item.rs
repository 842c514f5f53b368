//! BatchWriteItem: up to 25 puts and deletes, in one or more tables.

use crate::{
    access::authorization::{Touched, on_table, table_of},
    capacity::{self, ConsumedCapacity, ReturnConsumedCapacity, Units},
    error::{DynamoError, invalid},
    index::{
        self,
        collection::{self, ItemCollectionMetrics},
    },
    item::{self, PUT_TOO_LARGE, Stored, guard::ReturnItemCollectionMetrics},
    table::{self, NAME_OR_ARN, Table, TableRef},
    throttle::{self, admission::Writing},
    value::{attribute::Attributes, key::ItemKey},
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
    /// What is to be sent again.
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
        let mut left = Left::admit(&parts)?;
        let written = loop {
            left.check(&parts)?;
            let written = cx.write(|tx| {
                let write = |(place, part): (usize, &Part)| {
                    part.write(tx, (&left, place), reads, wants_metrics)
                };
                parts.iter().enumerate().map(write).collect::<Result<Vec<_>, Stopped>>()
            });
            match written.await {
                Ok(written) => break written,
                // Each turn leaves out one more.
                Err(Stopped { at: Some(at), error }) => left.leave(&parts, at, error)?,
                Err(Stopped { at: None, error }) => return Err(error),
            }
        };
        let (mut consumed, mut collections) = (Vec::new(), BTreeMap::new());
        for (part, (units, metrics)) in parts.iter().zip(written) {
            capacity::count_write(&part.cx, &part.table, units.clone());
            consumed.extend(capacity::report(mode, &part.name, units));
            if !metrics.is_empty() {
                collections.insert(part.name.0.clone(), metrics);
            }
        }
        Ok(BatchWriteItemOutput {
            unprocessed_items: Some(left.requests(&parts)),
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

/// Where a write is: its part, and its place there.
type At = (usize, usize);

/// What is not written this time, and why not.
#[derive(Default)]
struct Left {
    writes: BTreeMap<At, DynamoError>,
}

/// What keeps a batch from being written, and which of its writes does.
struct Stopped {
    at: Option<At>,
    error: DynamoError,
}

impl From<Fault> for Stopped {
    fn from(fault: Fault) -> Self {
        Self { at: None, error: fault.into() }
    }
}

impl Left {
    /// Leaves out what capacity or transactions do not let in.
    fn admit(parts: &[Part]) -> Result<Self, DynamoError> {
        let mut left = Self::default();
        for (place, part) in parts.iter().enumerate() {
            let mut ahead = 0.0;
            for (index, write) in part.writes.iter().enumerate() {
                match part.writing(write).admit_part(ahead) {
                    Ok(()) => {
                        let size = write.new.as_ref().map_or(0, |new| new.size);
                        ahead += capacity::write_units(0, size);
                    }
                    Err(error) => left.keep((place, index), error)?,
                }
            }
        }
        Ok(left)
    }

    fn keep(&mut self, at: At, error: DynamoError) -> Result<(), DynamoError> {
        if throttle::reasons(&error).is_none() && !matches!(error, DynamoError::TransactionConflict)
        {
            return Err(error);
        }
        self.writes.insert(at, error);
        Ok(())
    }

    /// Leaves out the write that began and was stopped by `error`, if that is throttling.
    fn leave(&mut self, parts: &[Part], at: At, error: DynamoError) -> Result<(), DynamoError> {
        if let (Some(part), Some(reasons)) = (parts.get(at.0), throttle::reasons(&error)) {
            throttle::count_event(&part.cx, &part.table, reasons);
        }
        self.keep(at, error)
    }

    /// A batch of which nothing can be done for lack of capacity is refused.
    fn check(&mut self, parts: &[Part]) -> Result<(), DynamoError> {
        let all: usize = parts.iter().map(|part| part.writes.len()).sum();
        if self.writes.len() < all {
            return Ok(());
        }
        let lacks = |error: &DynamoError| throttle::reasons(error).is_some();
        let Some(at) = self.writes.iter().find(|(_, error)| lacks(error)).map(|(at, _)| *at) else {
            return Ok(());
        };
        let Some(error) = self.writes.remove(&at) else { return Ok(()) };
        let place = at.0;
        if let Some(part) = parts.get(place) {
            throttle::count_request(&part.cx, &part.table, BatchWriteItem::NAME);
        }
        Err(error)
    }

    /// The requests to be sent again.
    fn requests(&self, parts: &[Part]) -> BTreeMap<String, WriteRequests> {
        let mut requests: BTreeMap<String, WriteRequests> = BTreeMap::new();
        for (place, index) in self.writes.keys() {
            let Some(part) = parts.get(*place) else { continue };
            let Some(write) = part.writes.get(*index) else { continue };
            let name = part.name.0.clone();
            requests
                .entry(name)
                .or_insert_with(|| WriteRequests(Vec::new()))
                .0
                .push(write.request());
        }
        requests
    }
}

impl Write {
    /// The request that asked for it.
    fn request(&self) -> WriteRequest {
        let put = self.new.as_ref().map(|new| PutRequest { item: new.item.clone() });
        let delete = self.new.is_none().then(|| DeleteRequest { key: self.named.clone() });
        WriteRequest { put_request: put, delete_request: delete }
    }
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
            Asked::Delete(named) => Ok(Self { key: table.keys.of_key(&named)?, named, new: None }),
        }
    }
}

impl Part {
    fn writing<'p>(&'p self, write: &'p Write) -> Writing<'p> {
        let operation = BatchWriteItem::NAME;
        Writing { cx: &self.cx, operation, table: &self.table, key: &write.key }
    }

    /// Writes all of it that is not `left` out; gives the units consumed, which only an old item
    /// that is read makes exact, and the item collections written to.
    fn write(
        &self,
        tx: &mut Tx<'_>,
        (left, place): (&Left, usize),
        reads: bool,
        wants_metrics: bool,
    ) -> Result<(Units, Vec<ItemCollectionMetrics>), Stopped> {
        let mut tx = tx.within(self.cx.scope().clone());
        let (mut units, mut metrics) = (Units::default(), Vec::new());
        for (index, write) in self.writes.iter().enumerate() {
            let at = (place, index);
            if left.writes.contains_key(&at) {
                continue;
            }
            let Write { key, named, new } = write;
            let stopped = |error| Stopped { at: Some(at), error };
            let old = match reads || self.table.needs_old() {
                true => item::get(&tx.reader(), &self.table, key)?,
                false => None,
            };
            let consumed = item::replace(&mut tx, &self.table, key, old.as_ref(), new.as_ref());
            let consumed = consumed.map_err(stopped)?;
            self.writing(write).check(&consumed).map_err(stopped)?;
            units.add(&consumed);
            let told = collection::metrics(&mut tx, &self.table, key, named, wants_metrics)?;
            metrics.extend(told.filter(|told| !metrics.contains(told)));
        }
        Ok((units, metrics))
    }
}
