//! CreateTable: a new, empty table.

use crate::{
    access::{
        policy_actions::Governed,
        resource_policy::check,
        table_access::{ResourcePolicy, TableAccess},
    },
    encryption::{Encryption, SSESpecification},
    error::{DynamoError, invalid},
    index::index_description::{GlobalSecondaryIndex, LocalSecondaryIndex, indexes},
    streams::{specification::StreamSpecification, stream},
    table::{
        BillingMode, Table, TableRef,
        description::{
            AttributeDefinition, KeySchemaElement, ProvisionedThroughput, TableDescription,
            TableStatus, check_used, key_attributes, throughput_for,
        },
        on_demand::{Asked, OnDemandMaximum, OnDemandThroughput},
        quotas::{self, Reserved},
        statistics::Counts,
        table_class::{Class, TableClass},
        tags::{Tag, add},
        warm::{Warm, WarmThroughput},
    },
};
use service_kit::prelude::*;
use shape::{Violation, validation_message};

pub(crate) enum CreateTable {}

/// What CreateTable takes.
#[derive(Debug, Default, Shape)]
pub struct CreateTableInput {
    /// The types of the key attributes.
    pub attribute_definitions: Option<Vec<AttributeDefinition>>,
    /// The name.
    #[shape(absent = "The parameter 'TableName' is required but was not present in the request")]
    pub table_name: TableRef,
    /// The primary key.
    #[shape(length = 1..=2)]
    pub key_schema: Option<Vec<KeySchemaElement>>,
    /// Its local indexes.
    pub local_secondary_indexes: Option<Vec<LocalSecondaryIndex>>,
    /// Its global indexes.
    pub global_secondary_indexes: Option<Vec<GlobalSecondaryIndex>>,
    /// How it is paid for.
    pub billing_mode: Option<BillingMode>,
    /// Capacity to reserve.
    pub provisioned_throughput: Option<ProvisionedThroughput>,
    /// Whether what changes is to be recorded, and how.
    pub stream_specification: Option<StreamSpecification>,
    /// How it is to be encrypted.
    #[shape(name = "SSESpecification")]
    pub sse_specification: Option<SSESpecification>,
    /// Its first tags.
    pub tags: Option<Vec<Tag>>,
    /// Its class.
    pub table_class: Option<TableClass>,
    /// Whether it is to refuse to be deleted.
    pub deletion_protection_enabled: Option<bool>,
    /// What it is to be able to serve at once.
    pub warm_throughput: Option<WarmThroughput>,
    /// Its policy.
    pub resource_policy: Option<String>,
    /// The most that it is to serve when paid by request.
    pub on_demand_throughput: Option<OnDemandThroughput>,
}

/// What CreateTable gives.
#[derive(Debug, Shape)]
pub struct CreateTableOutput {
    /// The table, as if still being made.
    pub table_description: Option<TableDescription>,
}

/// What the model leaves open, AWS asks for all the same.
fn check_given(input: &CreateTableInput) -> Result<(), DynamoError> {
    let given = [
        ("attributeDefinitions", input.attribute_definitions.is_some()),
        ("keySchema", input.key_schema.is_some()),
    ];
    let violation = |path: &str| Violation {
        path: path.into(),
        value: "null".into(),
        constraint: "Member must not be null".into(),
    };
    let missing = given.iter().filter(|(_, given)| !given);
    let missing: Vec<Violation> = missing.map(|(path, _)| violation(path)).collect();
    if missing.is_empty() { Ok(()) } else { Err(invalid(validation_message(&missing))) }
}

impl Operation for CreateTable {
    const NAME: &'static str = "CreateTable";
    type Input = CreateTableInput;
    type Output = CreateTableOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let arn = input.table_name.arn(at);
        let tags = input.tags.iter().flatten().map(|tag| (&*tag.key, &*tag.value));
        let tagging = Access::on("dynamodb:TagResource", &*arn);
        let governing = Access::on("dynamodb:PutResourcePolicy", &*arn);
        let mut needed = Access::on("dynamodb:CreateTable", arn).and_tagging(tagging, tags);
        needed.extend(input.resource_policy.iter().map(|_| governing.clone()));
        needed
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let (scope, name) = input.table_name.resolve(cx.scope())?;
        let cx = cx.within(scope);
        check_given(&input)?;
        let mut table = table(&cx, name, &input)?;
        let view = input.stream_specification.map_or(Ok(None), |wanted| wanted.of_new())?;
        let stream_id = cx.entropy().uuid();
        let access = access(&cx, &table, &input)?;
        if let Some(wanted) = &input.sse_specification {
            table.encryption = Encryption::new(&cx, (&table.id, name), wanted).await?;
        }
        let elsewhere = Reserved::elsewhere(&cx, name)?;
        let made = cx.write(|tx| {
            let mut table = table.clone();
            if let Some(known) = tx.get::<Table>(name)? {
                return Err(DynamoError::ResourceInUse(match known.is_ready() {
                    true => format!("Table already exists: {name}"),
                    false => format!("Table is being used: {name}"),
                }));
            }
            if let Some(view) = view {
                stream::begin(tx, &mut table, view, &stream_id, true)?;
            }
            quotas::check(None, &table, elsewhere, cx.scope(), table.created)?;
            tx.put(&table)?;
            access.keep(tx)?;
            Ok(table)
        });
        let table = match made.await {
            Ok(table) => table,
            Err(error) => {
                if let Some(encryption) = &table.encryption {
                    encryption.retire(&cx, name).await;
                }
                return Err(error);
            }
        };
        let status = TableStatus::Creating;
        let mut description = TableDescription::of(&table, cx.scope(), status, &Counts::default());
        description.warm_throughput =
            input.warm_throughput.map(|_| table.warm.of_table(TableStatus::Updating));
        Ok(CreateTableOutput { table_description: Some(description) })
    }
}

/// The tags and the policy that a request asks for.
fn access(
    cx: &Context,
    table: &Table,
    input: &CreateTableInput,
) -> Result<TableAccess, DynamoError> {
    let mut access = TableAccess::new(&table.name);
    add(&mut access, input.tags.iter().flatten())?;
    if let Some(document) = &input.resource_policy {
        let arn = input.table_name.arn(cx.scope());
        let document = check(cx, &arn, Governed::Table, document, false)?;
        access.policy = Some(ResourcePolicy::new(document, None, table.created));
    }
    Ok(access)
}

/// The table that a request asks for, in the scope of `cx`, still without its encryption.
///
/// # Errors
/// AWS's errors for tables that cannot be.
pub(crate) fn table(
    cx: &Context,
    name: &str,
    input: &CreateTableInput,
) -> Result<Table, DynamoError> {
    let billing = input.billing_mode.unwrap_or(BillingMode::Provisioned);
    let throughput = throughput_for(billing, input.provisioned_throughput.as_ref())?;
    let schema = input.key_schema.as_deref().unwrap_or_default();
    let definitions = input.attribute_definitions.as_deref().unwrap_or_default();
    let asked = Asked { index: None, billing, is_new: true, region: &cx.scope().region };
    let on_demand = input.on_demand_throughput.as_ref();
    let warm = input.warm_throughput.as_ref();
    let keys = key_attributes(schema, definitions)?;
    let mut table = Table {
        deletion_protection: input.deletion_protection_enabled.unwrap_or(false),
        on_demand: OnDemandMaximum::default().changed(on_demand, asked)?,
        warm: Warm::default().with(&throughput).changed(warm, asked)?,
        class: Class::new(input.table_class),
        ..Table::new(cx, name, keys, (billing, throughput))
    };
    let local = input.local_secondary_indexes.as_deref();
    let global = input.global_secondary_indexes.as_deref();
    table.indexes = indexes(&table, definitions, local, global, asked, || cx.entropy().uuid())?;
    check_used(&table, definitions)?;
    Ok(table)
}
