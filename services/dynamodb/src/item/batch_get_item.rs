//! BatchGetItem: up to 100 items by their keys, of one or more tables.

use crate::{
    access::authorization::{Touched, fault, on_table, table_of},
    capacity::{self, ConsumedCapacity, ReturnConsumedCapacity, Units},
    error::{DynamoError, invalid},
    expression::tree::Path,
    item::{
        self,
        get_item::{check_projection, choose, read_projection, selecting},
    },
    read::page::check_scalars,
    table::{self, NAME_OR_ARN, Table, TableRef},
    throttle,
    value::{
        attribute::{AttributeName, Attributes, ExpressionNames},
        key::ItemKey,
    },
};
use service_kit::prelude::*;
use std::{collections::HashSet, sync::Arc};

/// The most keys of one request.
const MAX_KEYS: usize = 100;
/// What does not fit into so many bytes is left unprocessed.
const MAX_ANSWER_BYTES: usize = 16 << 20;

pub(crate) enum BatchGetItem {}

/// What BatchGetItem takes.
#[derive(Debug, Shape)]
pub struct BatchGetItemInput {
    /// What to read, by table.
    #[shape(
        length = 1..=100,
        keys = NAME_OR_ARN,
        empty = "The requestItems parameter is required for BatchGetItem"
    )]
    pub request_items: BTreeMap<String, KeysAndAttributes>,
    /// Whether to tell the consumption.
    pub return_consumed_capacity: Option<ReturnConsumedCapacity>,
}

/// What to read of one table.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct KeysAndAttributes {
    /// Primary keys.
    #[shape(length = 1..=100, terse)]
    pub keys: Vec<Attributes>,
    /// Which attributes to answer with, in the form from before expressions.
    #[shape(length = 1..)]
    pub attributes_to_get: Option<Vec<AttributeName>>,
    /// Whether the answer must not be old. None ever is; only the price differs.
    pub consistent_read: Option<bool>,
    /// Which part of the items to answer with.
    pub projection_expression: Option<String>,
    /// Names by placeholder.
    pub expression_attribute_names: Option<ExpressionNames>,
}

/// What BatchGetItem gives.
#[derive(Debug, Shape)]
pub struct BatchGetItemOutput {
    /// The items found, by table.
    pub responses: Option<BTreeMap<String, Vec<Attributes>>>,
    /// What is to be asked for again.
    pub unprocessed_keys: Option<BTreeMap<String, KeysAndAttributes>>,
    /// What was consumed, by table.
    pub consumed_capacity: Option<Vec<ConsumedCapacity>>,
}

impl KeysAndAttributes {
    fn projection(&self) -> Result<Option<Vec<Path>>, DynamoError> {
        let names = self.expression_attribute_names.as_ref();
        let attributes = self.attributes_to_get.as_deref();
        check_projection(self.projection_expression.as_deref(), names, attributes)?;
        read_projection(self.projection_expression.as_deref(), names, attributes)
    }
}

/// What to read of one table, understood.
struct Part {
    name: TableRef,
    cx: Context,
    table: Arc<Table>,
    keys: Vec<ItemKey>,
    paths: Option<Vec<Path>>,
}

impl Operation for BatchGetItem {
    const NAME: &'static str = "BatchGetItem";
    const DATA_EVENT: bool = true;
    type Input = BatchGetItemInput;
    type Output = BatchGetItemOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let consumed = input.return_consumed_capacity;
        let one = |(name, part): (&String, &KeysAndAttributes)| {
            let access = on_table("dynamodb:BatchGetItem", &TableRef(name.clone()), at, consumed);
            let projected = part.projection_expression.is_some();
            selecting(access, projected || part.attributes_to_get.is_some())
        };
        input.request_items.iter().map(one).collect()
    }

    fn conditions(
        input: &Self::Input,
        tx: &ReadTx<'_>,
        access: &mut [Access],
    ) -> Result<(), Fault> {
        for ((name, part), access) in input.request_items.iter().zip(access) {
            let table = table_of(tx, &TableRef(name.clone()))?;
            let mut touched = Touched::default();
            part.keys.iter().for_each(|key| touched.item(key, table.as_ref()));
            touched.paths(part.projection().map_err(fault)?.iter().flatten());
            touched.complete(access);
        }
        Ok(())
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let keys: usize = input.request_items.values().map(|part| part.keys.len()).sum();
        if keys > MAX_KEYS {
            return Err(invalid("Too many items requested for the BatchGetItem call"));
        }
        let mut parts = Vec::with_capacity(input.request_items.len());
        for (name, part) in &input.request_items {
            parts.push(understand(cx, name, part).await?);
        }
        let mut answer = Answer::default();
        for (part, given) in parts.iter().zip(input.request_items.values()) {
            answer.read(part, given, input.return_consumed_capacity)?;
        }
        if let Some((part, error)) = answer.throttled.filter(|_| answer.processed == 0) {
            throttle::count_request(&part.cx, &part.table, Self::NAME);
            return Err(error);
        }
        Ok(BatchGetItemOutput {
            responses: Some(answer.responses),
            unprocessed_keys: Some(answer.unprocessed),
            consumed_capacity: ReturnConsumedCapacity::wanted(input.return_consumed_capacity)
                .then_some(answer.consumed),
        })
    }
}

async fn understand(
    cx: &Context,
    name: &str,
    given: &KeysAndAttributes,
) -> Result<Part, DynamoError> {
    let paths = given.projection()?;
    let name = TableRef(name.to_owned());
    let (cx, table) = table::open(cx, &name).await?;
    check_scalars(&table, paths.iter().flatten())?;
    let of_key = |key| table.keys.of_key(key);
    let keys = given.keys.iter().map(of_key).collect::<Result<Vec<_>, _>>()?;
    let mut seen = HashSet::with_capacity(keys.len());
    if !keys.iter().all(|key| seen.insert(key)) {
        return Err(invalid("Provided list of item keys contains duplicates"));
    }
    Ok(Part { name, cx, table, keys, paths })
}

#[derive(Default)]
struct Answer<'p> {
    responses: BTreeMap<String, Vec<Attributes>>,
    unprocessed: BTreeMap<String, KeysAndAttributes>,
    consumed: Vec<ConsumedCapacity>,
    bytes: usize,
    /// How many keys were read.
    processed: usize,
    /// Why some were not.
    throttled: Option<(&'p Part, DynamoError)>,
}

impl<'p> Answer<'p> {
    fn read(
        &mut self,
        part: &'p Part,
        given: &KeysAndAttributes,
        mode: Option<ReturnConsumedCapacity>,
    ) -> Result<(), DynamoError> {
        let consistent = given.consistent_read.unwrap_or(false);
        let (mut items, mut units, mut rest) = (Vec::new(), Units::default(), Vec::new());
        part.cx.read(|tx| {
            for (key, named) in part.keys.iter().zip(&given.keys) {
                if self.bytes >= MAX_ANSWER_BYTES || !self.admits(part, key, &units) {
                    rest.push(named.clone());
                    continue;
                }
                let found = item::get(tx, &part.table, key)?;
                let size = found.as_ref().map_or(0, |found| found.size);
                if self.bytes + size > MAX_ANSWER_BYTES {
                    self.bytes = MAX_ANSWER_BYTES;
                    rest.push(named.clone());
                    continue;
                }
                self.bytes += size;
                self.processed += 1;
                item::name(&part.cx, &part.table, || found.is_some().then(|| key.clone()));
                let consumed = capacity::read_units(size, consistent);
                units.add(&Units::of(&part.table, key, consumed));
                items.extend(found.map(|found| choose(found.item, part.paths.as_deref())));
            }
            Ok::<_, Fault>(())
        })?;
        if !rest.is_empty() {
            let rest = KeysAndAttributes { keys: rest, ..given.clone() };
            self.unprocessed.insert(part.name.0.clone(), rest);
        }
        capacity::count_read(&part.cx, &part.table, units.clone());
        self.consumed.extend(capacity::report(mode, &part.name, units));
        self.responses.insert(part.name.0.clone(), items);
        Ok(())
    }
    /// Whether the item at `key` may be read after what used `units`; keeps why not.
    fn admits(&mut self, part: &'p Part, key: &ItemKey, units: &Units) -> bool {
        let partition = Some(key.partition());
        let ahead = units.of_table();
        match throttle::admit_read(&part.cx, &part.table, None, partition, ahead) {
            Ok(()) => true,
            Err(error) => {
                let reasons = throttle::reasons(&error).unwrap_or_default();
                throttle::count_event(&part.cx, &part.table, reasons);
                self.throttled.get_or_insert((part, error));
                false
            }
        }
    }
}
