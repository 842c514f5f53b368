//! How tables describe themselves.

use crate::{
    backup::restore::{Restore, RestoreSummary},
    encryption::{Encryption, SSEDescription},
    error::{DynamoError, invalid, invalid_values},
    global::{
        actions::MultiRegionConsistency,
        description::{
            GlobalTableSettingsReplicationMode, GlobalTableSummary, GlobalTableWitnessDescription,
            ReplicaDescription,
        },
    },
    index::index_description::{GlobalSecondaryIndexDescription, LocalSecondaryIndexDescription},
    streams::{specification::StreamSpecification, stream},
    table::{
        BillingMode, Table, Throughput, on_demand::OnDemandThroughput, statistics::Counts,
        table_class::TableClassSummary, warm::TableWarmThroughputDescription,
    },
    value::key::{KeyAttribute, KeyAttributes, ScalarAttributeType},
};
use service_kit::prelude::*;
use std::collections::BTreeSet;

/// The name and type of a key attribute.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct AttributeDefinition {
    /// The attribute.
    #[shape(length = 1..=255)]
    pub attribute_name: String,
    /// Its type.
    pub attribute_type: ScalarAttributeType,
}

/// What a key attribute is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum KeyType {
    /// The partition key.
    Hash,
    /// The sort key.
    Range,
}

/// One attribute of a key.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct KeySchemaElement {
    /// The attribute.
    #[shape(length = 1..=255)]
    pub attribute_name: String,
    /// What it is for.
    pub key_type: KeyType,
}

/// Capacity to reserve.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ProvisionedThroughput {
    /// Reads a second.
    #[shape(range = 1..)]
    pub read_capacity_units: u64,
    /// Writes a second.
    #[shape(range = 1..)]
    pub write_capacity_units: u64,
}

/// Capacity reserved.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ProvisionedThroughputDescription {
    /// When it was last raised.
    pub last_increase_date_time: Option<Timestamp>,
    /// When it was last lowered.
    pub last_decrease_date_time: Option<Timestamp>,
    /// How often it was lowered today, in UTC.
    pub number_of_decreases_today: Option<u64>,
    /// Reads a second.
    pub read_capacity_units: Option<u64>,
    /// Writes a second.
    pub write_capacity_units: Option<u64>,
}

/// How a table is paid for.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct BillingModeSummary {
    /// The mode.
    pub billing_mode: Option<BillingMode>,
    /// When it was last put to payment by request.
    pub last_update_to_pay_per_request_date_time: Option<Timestamp>,
}

/// The most capacity units that can be asked for.
const MAX_UNITS: u64 = 1_000_000_000_000;

/// What a table is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum TableStatus {
    /// Being made.
    Creating,
    /// Being changed.
    Updating,
    /// Being deleted.
    Deleting,
    /// Ready.
    Active,
    /// Encrypted under a key that cannot be used.
    InaccessibleEncryptionCredentials,
}

/// A table as its operations describe it.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct TableDescription {
    /// The types of the key attributes.
    pub attribute_definitions: Option<Vec<AttributeDefinition>>,
    /// The name.
    pub table_name: Option<String>,
    /// The primary key.
    pub key_schema: Option<Vec<KeySchemaElement>>,
    /// What it is doing.
    pub table_status: Option<TableStatus>,
    /// When it was made.
    pub creation_date_time: Option<Timestamp>,
    /// Capacity reserved.
    pub provisioned_throughput: Option<ProvisionedThroughputDescription>,
    /// Bytes of all items.
    pub table_size_bytes: Option<i64>,
    /// How many items there are.
    pub item_count: Option<i64>,
    /// The ARN.
    pub table_arn: Option<String>,
    /// The id.
    pub table_id: Option<String>,
    /// How it is paid for, where that is or was by request.
    pub billing_mode_summary: Option<BillingModeSummary>,
    /// Its local indexes, if there are any.
    pub local_secondary_indexes: Option<Vec<LocalSecondaryIndexDescription>>,
    /// Its global indexes, if there are any.
    pub global_secondary_indexes: Option<Vec<GlobalSecondaryIndexDescription>>,
    /// What its stream's records hold, if the stream is switched on.
    pub stream_specification: Option<StreamSpecification>,
    /// The label of its latest stream, on or off.
    pub latest_stream_label: Option<String>,
    /// The ARN of its latest stream, on or off.
    pub latest_stream_arn: Option<String>,
    /// What it is being restored from, if it is.
    pub restore_summary: Option<RestoreSummary>,
    /// The version of global tables, if it is a replica of one.
    pub global_table_version: Option<String>,
    /// The other replicas.
    pub replicas: Option<Vec<ReplicaDescription>>,
    /// The witness.
    pub global_table_witnesses: Option<Vec<GlobalTableWitnessDescription>>,
    /// Whether all replicas share their settings.
    pub global_table_settings_replication_mode: Option<GlobalTableSettingsReplicationMode>,
    /// How it is encrypted, if under a key of KMS.
    #[shape(name = "SSEDescription")]
    pub sse_description: Option<SSEDescription>,
    /// Its class, if it was ever given one.
    pub table_class_summary: Option<TableClassSummary>,
    /// Whether it refuses to be deleted.
    pub deletion_protection_enabled: Option<bool>,
    /// The most that it serves when paid by request, if that is limited.
    pub on_demand_throughput: Option<OnDemandThroughput>,
    /// What it can serve at once; CreateTable does not tell.
    pub warm_throughput: Option<TableWarmThroughputDescription>,
    /// How consistent the global table is, if strongly.
    pub multi_region_consistency: Option<MultiRegionConsistency>,
}

impl TableDescription {
    /// `table`, which stands in `at` and holds what was `counted`.
    pub(crate) fn of(table: &Table, at: &Scope, status: TableStatus, counted: &Counts) -> Self {
        let signed = |count: u64| Some(i64::try_from(count).unwrap_or(i64::MAX));
        let arn = at.arn("dynamodb", format_args!("table/{}", table.name));
        let is_new = status == TableStatus::Creating;
        let local =
            table.indexes.iter().filter(|index| index.is_local()).map(|index| {
                LocalSecondaryIndexDescription::of(index, &arn, counted.of(&index.id))
            });
        let global = table
            .indexes
            .iter()
            .filter_map(|index| GlobalSecondaryIndexDescription::of(index, &arn, counted, is_new));
        let of_table = counted.of(&table.id);
        let latest = table.stream.as_ref();
        let global_table = GlobalTableSummary::of(table);
        Self {
            attribute_definitions: Some(definitions(table)),
            table_name: Some(table.name.clone()),
            key_schema: Some(schema(&table.keys)),
            table_status: Some(status),
            creation_date_time: Some(table.created),
            provisioned_throughput: Some(throughput(&table.throughput, counted.at)),
            table_size_bytes: signed(of_table.bytes),
            item_count: signed(of_table.items),
            table_id: Some(table.id.clone()),
            billing_mode_summary: summary(table, is_new),
            local_secondary_indexes: Some(local.collect()).filter(|all: &Vec<_>| !all.is_empty()),
            global_secondary_indexes: Some(global.collect()).filter(|all: &Vec<_>| !all.is_empty()),
            stream_specification: StreamSpecification::of(latest),
            latest_stream_label: latest.map(|latest| latest.label.clone()),
            latest_stream_arn: latest.map(|latest| stream::arn(at, &table.name, &latest.label)),
            restore_summary: table.restore.as_ref().map(Restore::summary),
            global_table_version: global_table.version,
            replicas: global_table.replicas,
            global_table_witnesses: global_table.witnesses,
            global_table_settings_replication_mode: global_table.mode,
            sse_description: table.encryption.as_ref().and_then(Encryption::description),
            table_class_summary: table.class.summary(),
            deletion_protection_enabled: Some(table.deletion_protection),
            on_demand_throughput: OnDemandThroughput::of(table.on_demand),
            warm_throughput: (!is_new)
                .then(|| table.warm.with(&table.throughput).of_table(TableStatus::Active)),
            multi_region_consistency: global_table.consistency,
            table_arn: Some(arn),
        }
    }
}

/// The definitions of all attributes that keys of the table and its indexes use, by name.
pub(crate) fn definitions(table: &Table) -> Vec<AttributeDefinition> {
    let indexes = table.indexes.iter().flat_map(|index| index.keys.iter());
    let all = table.keys.iter().chain(indexes);
    let kinds: BTreeMap<&str, ScalarAttributeType> =
        all.map(|attribute| (attribute.name.as_str(), attribute.kind)).collect();
    let definition = |(name, kind): (&str, _)| AttributeDefinition {
        attribute_name: name.to_owned(),
        attribute_type: kind,
    };
    kinds.into_iter().map(definition).collect()
}

/// A table's key as descriptions tell it.
pub(crate) fn schema(keys: &KeyAttributes) -> Vec<KeySchemaElement> {
    keys.iter()
        .zip([KeyType::Hash, KeyType::Range])
        .map(|(attribute, key_type)| KeySchemaElement {
            attribute_name: attribute.name.clone(),
            key_type,
        })
        .collect()
}

pub(crate) fn throughput(
    throughput: &Throughput,
    now: Timestamp,
) -> ProvisionedThroughputDescription {
    ProvisionedThroughputDescription {
        last_increase_date_time: throughput.increased,
        last_decrease_date_time: throughput.decreased,
        number_of_decreases_today: Some(throughput.decreases_on(now).into()),
        read_capacity_units: Some(throughput.read),
        write_capacity_units: Some(throughput.write),
    }
}

/// How a table is paid for, where that is or was by request.
pub(crate) fn summary(table: &Table, is_new: bool) -> Option<BillingModeSummary> {
    table.on_demand_since.map(|since| BillingModeSummary {
        billing_mode: Some(table.billing),
        last_update_to_pay_per_request_date_time: (!is_new).then_some(since),
    })
}

/// The primary key that a schema and its definitions describe; see [`check_used`].
///
/// # Errors
/// AWS's `ValidationException` for schemas that make no key.
pub(crate) fn key_attributes(
    schema: &[KeySchemaElement],
    definitions: &[AttributeDefinition],
) -> Result<KeyAttributes, DynamoError> {
    let refuse = |message: &str| Err(invalid(message));
    let attribute = |element: &KeySchemaElement| {
        let name = &element.attribute_name;
        definitions
            .iter()
            .find(|definition| definition.attribute_name == *name)
            .map(|definition| KeyAttribute { name: name.clone(), kind: definition.attribute_type })
    };
    if schema.len() > definitions.len() {
        return refuse("Invalid KeySchema: Some index key attribute have no definition");
    }
    let (first, second) = match schema {
        [first] => (first, None),
        [first, second] => (first, Some(second)),
        _ => return refuse("Invalid KeySchema: A key has one or two attributes"),
    };
    if second.is_some_and(|second| second.attribute_name == first.attribute_name) {
        let text = "Both the Hash Key and the Range Key element in the KeySchema have the same \
                    name";
        return refuse(text);
    }
    if first.key_type != KeyType::Hash {
        let text = "Invalid KeySchema: The first KeySchemaElement is not a HASH key type";
        return refuse(text);
    }
    if second.is_some_and(|second| second.key_type != KeyType::Range) {
        let text = "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type";
        return refuse(text);
    }
    let keys: Option<Vec<KeyAttribute>> = schema.iter().map(attribute).collect();
    let mut keys = keys.ok_or_else(|| undefined(schema, definitions))?.into_iter();
    let Some(hash) = keys.next() else { return Err(undefined(schema, definitions)) };
    Ok(KeyAttributes { hash, range: keys.next() })
}

/// A request defines exactly the attributes that keys of `table` and its indexes use.
///
/// # Errors
/// AWS's `ValidationException` for others.
pub(crate) fn check_used(table: &Table, given: &[AttributeDefinition]) -> Result<(), DynamoError> {
    let mut names = BTreeSet::new();
    if let Some(twice) = given.iter().find(|one| !names.insert(one.attribute_name.as_str())) {
        let text = format!("Attribute Name is duplicated: {}", twice.attribute_name);
        return Err(invalid(text));
    }
    let used = definitions(table);
    let is_used = |name: &str| used.iter().any(|one| one.attribute_name == name);
    if names.iter().all(|name| is_used(name)) {
        return Ok(());
    }
    if table.indexes.is_empty() {
        return Err(invalid_values(
            "Number of attributes in KeySchema does not exactly match number of attributes \
             defined in AttributeDefinitions",
        ));
    }
    let used: Vec<&str> = used.iter().map(|one| one.attribute_name.as_str()).collect();
    let given: Vec<&str> = names.into_iter().collect();
    Err(invalid_values(format_args!(
        "Some AttributeDefinitions are not used. AttributeDefinitions: [{}], keys used: [{}]",
        given.join(", "),
        used.join(", ")
    )))
}

/// A request that repeats a table's definitions, as clients do, repeats them as they are.
///
/// # Errors
/// AWS's `ValidationException` for any that a key uses with another type.
pub(crate) fn check_types(table: &Table, given: &[AttributeDefinition]) -> Result<(), DynamoError> {
    let known = definitions(table);
    let changed = |one: &AttributeDefinition| {
        known.iter().any(|other| {
            other.attribute_name == one.attribute_name && other.attribute_type != one.attribute_type
        })
    };
    if given.iter().any(changed) {
        return Err(invalid_values(
            "Attributes cannot be redefined. Please check that your attribute has the same type \
             as previously defined.",
        ));
    }
    Ok(())
}

/// Says which attributes of a key have no definition.
pub(crate) fn undefined(
    schema: &[KeySchemaElement],
    definitions: &[AttributeDefinition],
) -> DynamoError {
    let keys: Vec<&str> = schema.iter().map(|key| key.attribute_name.as_str()).collect();
    let defined: Vec<&str> = definitions.iter().map(|one| one.attribute_name.as_str()).collect();
    invalid_values(format_args!(
        "Some index key attributes are not defined in AttributeDefinitions. Keys: [{}], \
         AttributeDefinitions: [{}]",
        keys.join(", "),
        defined.join(", ")
    ))
}

/// The throughput of a table in `mode`.
///
/// # Errors
/// AWS's `ValidationException` for a mode with what belongs to the other.
pub(crate) fn throughput_for(
    mode: BillingMode,
    given: Option<&ProvisionedThroughput>,
) -> Result<Throughput, DynamoError> {
    match (mode, given) {
        (BillingMode::PayPerRequest, None) => Ok(Throughput::default()),
        (BillingMode::PayPerRequest, Some(_)) => Err(invalid_values(
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode \
             is PAY_PER_REQUEST",
        )),
        (BillingMode::Provisioned, None) => Err(invalid_values(
            "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is \
             PROVISIONED",
        )),
        (BillingMode::Provisioned, Some(given)) => given.checked(),
    }
}

impl ProvisionedThroughput {
    /// What it reserves.
    ///
    /// # Errors
    /// AWS's `ValidationException` for more than can be.
    pub(crate) fn checked(&self) -> Result<Throughput, DynamoError> {
        let (read, write) = (self.read_capacity_units, self.write_capacity_units);
        for (units, name) in [(read, "ReadCapacityUnits"), (write, "WriteCapacityUnits")] {
            if units > MAX_UNITS {
                return Err(invalid(format!("Given value {units} for {name} is out of bounds")));
            }
        }
        Ok(Throughput { read, write, ..Throughput::default() })
    }
}
