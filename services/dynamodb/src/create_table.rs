//! CreateTable: a new, empty table.

use crate::{
    description::{
        AttributeDefinition, KeySchemaElement, ProvisionedThroughput, TableDescription,
        TableStatus, check_used, key_attributes, throughput_for,
    },
    encryption::{Encryption, SSESpecification},
    error::DynamoError,
    index_description::{GlobalSecondaryIndex, LocalSecondaryIndex, indexes},
    on_demand::{Asked, OnDemandMaximum, OnDemandThroughput},
    statistics::Counts,
    table::{BillingMode, Table, TableRef},
    table_class::{Class, TableClass},
    tags::{TableTags, Tag, add},
    vault::Vault,
    warm::{Warm, WarmThroughput},
};
use service_kit::prelude::*;

pub(crate) enum CreateTable {}

/// What CreateTable takes.
#[derive(Debug, Shape)]
pub struct CreateTableInput {
    /// The types of the key attributes.
    pub attribute_definitions: Option<Vec<AttributeDefinition>>,
    /// The name.
    pub table_name: TableRef,
    /// The primary key.
    #[shape(length = 1..)]
    pub key_schema: Option<Vec<KeySchemaElement>>,
    /// Its local indexes.
    pub local_secondary_indexes: Option<Vec<LocalSecondaryIndex>>,
    /// Its global indexes.
    pub global_secondary_indexes: Option<Vec<GlobalSecondaryIndex>>,
    /// How it is paid for.
    pub billing_mode: Option<BillingMode>,
    /// Capacity to reserve.
    pub provisioned_throughput: Option<ProvisionedThroughput>,
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
    /// The most that it is to serve when paid by request.
    pub on_demand_throughput: Option<OnDemandThroughput>,
}

/// What CreateTable gives.
#[derive(Debug, Shape)]
pub struct CreateTableOutput {
    /// The table, as if still being made.
    pub table_description: Option<TableDescription>,
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
        Access::on("dynamodb:CreateTable", arn).and_tagging(tagging, tags)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let (scope, name) = input.table_name.resolve(cx.scope())?;
        let cx = cx.within(scope);
        let mut table = table(&cx, name, &input)?;
        let mut tags = TableTags::new(name);
        add(&mut tags, input.tags.unwrap_or_default())?;
        if let Some(wanted) = &input.sse_specification {
            table.encryption = Encryption::new(&cx, (&table.id, name), wanted).await?;
        }
        let made = cx.write(|tx| {
            if let Some(known) = tx.get::<Table>(name)? {
                return Err(DynamoError::ResourceInUse(match known.is_ready() {
                    true => format!("Table already exists: {name}"),
                    false => format!("Table is being used: {name}"),
                }));
            }
            tx.put(&table)?;
            if !tags.tags.is_empty() {
                tx.put(&tags)?;
            }
            Ok(())
        });
        if let Err(error) = made.await {
            if let Some(encryption) = &table.encryption {
                encryption.retire(&cx, name).await;
            }
            return Err(error);
        }
        let status = TableStatus::Creating;
        let mut description = TableDescription::of(&table, cx.scope(), status, &Counts::default());
        description.warm_throughput =
            input.warm_throughput.map(|_| table.warm.of_table(TableStatus::Updating));
        Ok(CreateTableOutput { table_description: Some(description) })
    }
}

/// The table that a request asks for.
fn table(cx: &Context, name: &str, input: &CreateTableInput) -> Result<Table, DynamoError> {
    let billing = input.billing_mode.unwrap_or(BillingMode::Provisioned);
    let throughput = throughput_for(billing, input.provisioned_throughput.as_ref())?;
    let schema = input.key_schema.as_deref().unwrap_or_default();
    let definitions = input.attribute_definitions.as_deref().unwrap_or_default();
    let asked = Asked { index: None, billing, is_new: true, region: &cx.scope().region };
    let on_demand = input.on_demand_throughput.as_ref();
    let warm = input.warm_throughput.as_ref();
    let now = cx.now();
    let mut table = Table {
        name: name.to_owned(),
        id: cx.entropy().uuid(),
        keys: key_attributes(schema, definitions)?,
        created: now,
        billing,
        on_demand_since: (billing == BillingMode::PayPerRequest).then_some(now),
        throughput,
        deletion_protection: input.deletion_protection_enabled.unwrap_or(false),
        indexes: Vec::new(),
        expiry: None,
        encryption: None,
        vault: Vault::default(),
        on_demand: OnDemandMaximum::default().changed(on_demand, asked)?,
        warm: Warm::default().with(&throughput).changed(warm, asked)?,
        class: Class::new(input.table_class),
        history: None,
        restore: None,
    };
    let local = input.local_secondary_indexes.as_deref();
    let global = input.global_secondary_indexes.as_deref();
    table.indexes = indexes(&table, definitions, local, global, asked, || cx.entropy().uuid())?;
    check_used(&table, definitions)?;
    Ok(table)
}
