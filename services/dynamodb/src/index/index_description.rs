//! Secondary indexes as requests define them and as tables describe them.

use crate::{
    error::{DynamoError, invalid, invalid_values},
    index::{Index, IndexKeys, IndexKind, IndexStatus, Projected},
    table::{
        BillingMode, Table, Throughput,
        description::{
            AttributeDefinition, KeySchemaElement, KeyType, ProvisionedThroughput,
            ProvisionedThroughputDescription, throughput,
        },
        on_demand::{Asked, OnDemandMaximum, OnDemandThroughput},
        statistics::{Counted, Counts},
        warm::{GlobalSecondaryIndexWarmThroughputDescription, Warm, WarmThroughput},
    },
    value::key::KeyAttribute,
};
use service_kit::prelude::*;
use std::collections::BTreeSet;

/// The most global indexes of a table.
pub(crate) const MAX_GLOBAL: usize = 20;
/// The most local indexes of a table.
const MAX_LOCAL: usize = 5;
/// The most attributes that all indexes of a table include by name.
const MAX_INCLUDED: usize = 100;
/// The most attributes of each kind in the key of a global index.
const MAX_KEY_PARTS: usize = 4;

/// Which attributes an index holds beside keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum ProjectionType {
    /// All.
    All,
    /// Those named.
    Include,
    /// None.
    KeysOnly,
}

/// An attribute that an index includes.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(length = 1..=255)]
pub struct NonKeyAttributeName(pub String);

/// Which attributes an index holds beside keys.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct Projection {
    /// All, none, or some.
    pub projection_type: Option<ProjectionType>,
    /// Which, if some.
    #[shape(length = 1..=20)]
    pub non_key_attributes: Option<Vec<NonKeyAttributeName>>,
}

/// A global index to be made.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct GlobalSecondaryIndex {
    /// Its name.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub index_name: String,
    /// Its key.
    #[shape(length = 1..)]
    pub key_schema: Vec<KeySchemaElement>,
    /// What it holds.
    pub projection: Projection,
    /// Capacity to reserve.
    pub provisioned_throughput: Option<ProvisionedThroughput>,
    /// The most to serve when paid by request.
    pub on_demand_throughput: Option<OnDemandThroughput>,
    /// What to be able to serve at once.
    pub warm_throughput: Option<WarmThroughput>,
}

/// A local index to be made.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct LocalSecondaryIndex {
    /// Its name.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub index_name: String,
    /// Its key.
    #[shape(length = 1..)]
    pub key_schema: Vec<KeySchemaElement>,
    /// What it holds.
    pub projection: Projection,
}

/// A global index as its table describes it.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct GlobalSecondaryIndexDescription {
    /// Its name.
    pub index_name: Option<String>,
    /// Its key.
    pub key_schema: Option<Vec<KeySchemaElement>>,
    /// What it holds.
    pub projection: Option<Projection>,
    /// What it is doing.
    pub index_status: Option<IndexStatus>,
    /// Whether it is being filled.
    pub backfilling: Option<bool>,
    /// Capacity reserved.
    pub provisioned_throughput: Option<ProvisionedThroughputDescription>,
    /// Bytes of its entries.
    pub index_size_bytes: Option<i64>,
    /// How many entries it has.
    pub item_count: Option<i64>,
    /// Its ARN.
    pub index_arn: Option<String>,
    /// The most that it serves when paid by request, if that is limited.
    pub on_demand_throughput: Option<OnDemandThroughput>,
    /// What it can serve at once; CreateTable does not tell.
    pub warm_throughput: Option<GlobalSecondaryIndexWarmThroughputDescription>,
}

/// A local index as its table describes it.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct LocalSecondaryIndexDescription {
    /// Its name.
    pub index_name: Option<String>,
    /// Its key.
    pub key_schema: Option<Vec<KeySchemaElement>>,
    /// What it holds.
    pub projection: Option<Projection>,
    /// Bytes of its entries.
    pub index_size_bytes: Option<i64>,
    /// How many entries it has.
    pub item_count: Option<i64>,
    /// Its ARN.
    pub index_arn: Option<String>,
}

/// An index's key as descriptions tell it.
pub(crate) fn schema(keys: &IndexKeys) -> Vec<KeySchemaElement> {
    let element = |key_type| {
        move |attribute: &KeyAttribute| KeySchemaElement {
            attribute_name: attribute.name.clone(),
            key_type,
        }
    };
    let hash = keys.hash.iter().map(element(KeyType::Hash));
    hash.chain(keys.range.iter().map(element(KeyType::Range))).collect()
}

impl From<&Projected> for Projection {
    fn from(projected: &Projected) -> Self {
        let (projection_type, names) = match projected {
            Projected::All => (ProjectionType::All, None),
            Projected::KeysOnly => (ProjectionType::KeysOnly, None),
            Projected::Include(names) => {
                let names = names.iter().cloned().map(NonKeyAttributeName).collect();
                (ProjectionType::Include, Some(names))
            }
        };
        Self { projection_type: Some(projection_type), non_key_attributes: names }
    }
}

fn signed(count: u64) -> Option<i64> {
    Some(i64::try_from(count).unwrap_or(i64::MAX))
}

impl LocalSecondaryIndexDescription {
    /// `index` of the table with `arn`, which holds what was `counted`.
    pub(crate) fn of(index: &Index, arn: &str, counted: Counted) -> Self {
        Self {
            index_name: Some(index.name.clone()),
            key_schema: Some(schema(&index.keys)),
            projection: Some((&index.projection).into()),
            index_size_bytes: signed(counted.bytes),
            item_count: signed(counted.items),
            index_arn: Some(format!("{arn}/index/{}", index.name)),
        }
    }
}

impl GlobalSecondaryIndexDescription {
    /// As [`LocalSecondaryIndexDescription::of`]; none for a local index. An index of a table
    /// that is just being made is being made too.
    pub(crate) fn of(index: &Index, arn: &str, counts: &Counts, is_new: bool) -> Option<Self> {
        let IndexKind::Global { throughput: reserved, status, on_demand, warm, .. } = &index.kind
        else {
            return None;
        };
        let counted = counts.of(&index.id);
        Some(Self {
            index_name: Some(index.name.clone()),
            key_schema: Some(schema(&index.keys)),
            projection: Some((&index.projection).into()),
            index_status: Some(if is_new { IndexStatus::Creating } else { *status }),
            backfilling: (*status == IndexStatus::Creating).then_some(true),
            provisioned_throughput: Some(throughput(reserved, counts.at)),
            index_size_bytes: signed(counted.bytes),
            item_count: signed(counted.items),
            index_arn: Some(format!("{arn}/index/{}", index.name)),
            on_demand_throughput: OnDemandThroughput::of(*on_demand),
            warm_throughput: (!is_new).then(|| warm.with(reserved).of_index(IndexStatus::Active)),
        })
    }
}

/// The indexes that CreateTable asks for; `table` is the table without them, `id` makes UUIDs.
///
/// # Errors
/// AWS's `ValidationException` for indexes that cannot be.
pub(crate) fn indexes(
    table: &Table,
    definitions: &[AttributeDefinition],
    local: Option<&[LocalSecondaryIndex]>,
    global: Option<&[GlobalSecondaryIndex]>,
    asked: Asked<'_>,
    id: impl Fn() -> String,
) -> Result<Vec<Index>, DynamoError> {
    let mut all = Vec::new();
    if let Some(given) = local {
        if given.is_empty() {
            return Err(invalid_values("List of LocalSecondaryIndexes is empty"));
        }
        for index in given {
            let index = local_index(table, definitions, index, id())?;
            add(&mut all, index)?;
        }
        if given.len() > MAX_LOCAL {
            return Err(invalid_values(format_args!(
                "Number of LocalSecondaryIndexes exceeds per-table limit of {MAX_LOCAL}"
            )));
        }
    }
    if let Some(given) = global {
        if given.is_empty() {
            return Err(invalid_values("List of GlobalSecondaryIndexes is empty"));
        }
        for index in given {
            let status = IndexStatus::Active;
            let index = global_index(definitions, index, status, id(), asked)?;
            add(&mut all, index)?;
        }
        if given.len() > MAX_GLOBAL {
            return Err(invalid_values(format_args!(
                "GlobalSecondaryIndex count exceeds the per-table limit of {MAX_GLOBAL}"
            )));
        }
    }
    check_included(&all)?;
    Ok(all)
}

fn add(all: &mut Vec<Index>, index: Index) -> Result<(), DynamoError> {
    if all.iter().any(|known| known.name == index.name) {
        return Err(invalid_values(format_args!("Duplicate index name: {}", index.name)));
    }
    all.push(index);
    Ok(())
}

/// All indexes of a table together include only so many attributes by name.
///
/// # Errors
/// AWS's `ValidationException` when there are more.
pub(crate) fn check_included(indexes: &[Index]) -> Result<(), DynamoError> {
    let included = |index: &Index| match &index.projection {
        Projected::Include(names) => names.len(),
        _ => 0,
    };
    if indexes.iter().map(included).sum::<usize>() > MAX_INCLUDED {
        return Err(invalid_values(
            "Number of attributes specified through NonKeyAttributes parameter for all indexes \
             exceeds the limit of 100",
        ));
    }
    Ok(())
}

/// The local index that a request asks for.
///
/// # Errors
/// AWS's `ValidationException` when it cannot be.
pub(crate) fn local_index(
    table: &Table,
    definitions: &[AttributeDefinition],
    given: &LocalSecondaryIndex,
    id: String,
) -> Result<Index, DynamoError> {
    let name = given.index_name.clone();
    if table.keys.range.is_none() {
        return Err(invalid_values(
            "Table KeySchema does not have a range key, which is required when specifying a \
             LocalSecondaryIndex",
        ));
    }
    let keys = keys(&given.key_schema, definitions, 1)?;
    if keys.range.is_empty() {
        return Err(invalid_values(format_args!(
            "Index KeySchema does not have a range key for index: {name}"
        )));
    }
    let (hash, wanted) = (keys.hash.first().map_or("", |hash| &hash.name), &table.keys.hash.name);
    if hash != wanted {
        return Err(invalid_values(format_args!(
            "Index KeySchema does not have the same leading hash key as table KeySchema for \
             index: {name}. index hash key: {hash}, table hash key: {wanted}"
        )));
    }
    let projection = projected(&given.projection)?;
    Ok(Index { name, id, keys, projection, kind: IndexKind::Local })
}

/// The global index that a request asks for; `asked` tells of the table.
///
/// # Errors
/// AWS's `ValidationException` when it cannot be.
pub(crate) fn global_index(
    definitions: &[AttributeDefinition],
    given: &GlobalSecondaryIndex,
    status: IndexStatus,
    id: String,
    asked: Asked<'_>,
) -> Result<Index, DynamoError> {
    let name = given.index_name.clone();
    let keys = keys(&given.key_schema, definitions, MAX_KEY_PARTS)?;
    let projection = projected(&given.projection)?;
    let throughput = index_throughput(asked, &name, given.provisioned_throughput.as_ref())?;
    let asked = Asked { index: Some(&name), is_new: true, ..asked };
    let on_demand =
        OnDemandMaximum::default().changed(given.on_demand_throughput.as_ref(), asked)?;
    let warm = Warm::default().with(&throughput).changed(given.warm_throughput.as_ref(), asked)?;
    let kind = IndexKind::Global { throughput, status, on_demand, warm, insights: None };
    Ok(Index { name, id, keys, projection, kind })
}

/// What is reserved for an index of a table that is new or not. AWS words it so.
fn index_throughput(
    asked: Asked<'_>,
    index: &str,
    given: Option<&ProvisionedThroughput>,
) -> Result<Throughput, DynamoError> {
    match (asked.billing, given) {
        (BillingMode::PayPerRequest, None) => Ok(Throughput::default()),
        (BillingMode::PayPerRequest, Some(_)) => Err(invalid_values(match asked.is_new {
            true => format!(
                "ProvisionedThroughput should not be specified for index: {index} when \
                 BillingMode is PAY_PER_REQUEST"
            ),
            false => format!(
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: \
                 {index} when BillingMode is PAY_PER_REQUEST"
            ),
        })),
        (BillingMode::Provisioned, None) => Err(invalid_values(match asked.is_new {
            true => format!("ProvisionedThroughput is not specified for index: {index}"),
            false => format!(
                "Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: {index}"
            ),
        })),
        (BillingMode::Provisioned, Some(given)) => given.checked(),
    }
}

fn projected(given: &Projection) -> Result<Projected, DynamoError> {
    let Some(kind) = given.projection_type else {
        return Err(invalid_values("Unknown ProjectionType: null"));
    };
    let names = given.non_key_attributes.as_deref();
    match (kind, names) {
        (ProjectionType::All, None) => Ok(Projected::All),
        (ProjectionType::KeysOnly, None) => Ok(Projected::KeysOnly),
        (ProjectionType::Include, None) => {
            Err(invalid_values("ProjectionType is INCLUDE, but NonKeyAttributes is not specified"))
        }
        (ProjectionType::Include, Some(names)) => {
            let mut seen = BTreeSet::new();
            if let Some(twice) = names.iter().find(|name| !seen.insert(name.0.as_str())) {
                return Err(invalid_values(format_args!(
                    "Duplicate element in NonKeyAttributes: {}",
                    twice.0
                )));
            }
            Ok(Projected::Include(names.iter().map(|name| name.0.clone()).collect()))
        }
        (kind, Some(_)) => Err(invalid_values(format_args!(
            "ProjectionType is {}, but NonKeyAttributes is specified",
            kind.as_str()
        ))),
    }
}

/// The key that a schema of up to `most` attributes of each kind describes.
fn keys(
    schema: &[KeySchemaElement],
    definitions: &[AttributeDefinition],
    most: usize,
) -> Result<IndexKeys, DynamoError> {
    let attribute = |element: &KeySchemaElement| {
        let name = &element.attribute_name;
        let defined = definitions.iter().find(|definition| definition.attribute_name == *name);
        defined.map(|one| KeyAttribute { name: name.clone(), kind: one.attribute_type })
    };
    if schema.iter().any(|element| attribute(element).is_none()) {
        return Err(crate::table::description::undefined(schema, definitions));
    }
    if most == 1 && schema.len() > 2 {
        return Err(invalid_values(
            "The KeySchema of a local secondary index has at most 2 attributes",
        ));
    }
    let mut names = BTreeSet::new();
    if !schema.iter().all(|element| names.insert(element.attribute_name.as_str())) {
        return Err(invalid(match schema.len() {
            2 => "Both the Hash Key and the Range Key element in the KeySchema have the same name",
            _ => "The KeySchema contains multiple key attributes with the same name",
        }));
    }
    let Some(KeyType::Hash) = schema.first().map(|first| first.key_type) else {
        let text = "Invalid KeySchema: The first KeySchemaElement is not a HASH key type";
        return Err(invalid(text));
    };
    if most == 1 && schema.get(1).is_some_and(|second| second.key_type != KeyType::Range) {
        let text = "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type";
        return Err(invalid(text));
    }
    let hashes = schema.iter().take_while(|element| element.key_type == KeyType::Hash).count();
    let (hash, range) = schema.split_at(hashes);
    if range.iter().any(|element| element.key_type == KeyType::Hash) {
        return Err(invalid_values(
            "All HASH key attributes must precede RANGE key attributes in the KeySchema",
        ));
    }
    for (part, kind) in [(hash, "HASH"), (range, "RANGE")] {
        if part.len() > most {
            return Err(invalid_values(format_args!(
                "The KeySchema exceeds the maximum allowed number of {kind} key attributes"
            )));
        }
    }
    let attributes = |part: &[KeySchemaElement]| part.iter().filter_map(attribute).collect();
    Ok(IndexKeys { hash: attributes(hash), range: attributes(range) })
}
