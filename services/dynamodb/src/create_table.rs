//! CreateTable: a new, empty table.

use crate::{
    description::{
        AttributeDefinition, KeySchemaElement, ProvisionedThroughput, TableDescription,
        TableStatus, check_used, key_attributes, throughput_for,
    },
    error::DynamoError,
    index_description::{GlobalSecondaryIndex, LocalSecondaryIndex, indexes},
    statistics::Counts,
    table::{BillingMode, Table, TableRef},
    tags::{TableTags, Tag, add},
};
use service_kit::prelude::*;

pub(crate) enum CreateTable {}

/// What CreateTable takes.
#[derive(Debug, Shape)]
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
    /// Its first tags.
    pub tags: Option<Vec<Tag>>,
    /// Whether it is to refuse to be deleted.
    pub deletion_protection_enabled: Option<bool>,
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
        let billing = input.billing_mode.unwrap_or(BillingMode::Provisioned);
        let throughput = throughput_for(billing, input.provisioned_throughput.as_ref())?;
        let schema = input.key_schema.as_deref().unwrap_or_default();
        let definitions = input.attribute_definitions.as_deref().unwrap_or_default();
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
        };
        let local = input.local_secondary_indexes.as_deref();
        let global = input.global_secondary_indexes.as_deref();
        table.indexes = indexes(&table, definitions, local, global, || cx.entropy().uuid())?;
        check_used(&table, definitions)?;
        let mut tags = TableTags::new(name);
        add(&mut tags, input.tags.unwrap_or_default())?;
        cx.write(|tx| {
            if tx.get::<Table>(name)?.is_some() {
                return Err(DynamoError::ResourceInUse(format!("Table already exists: {name}")));
            }
            tx.put(&table)?;
            if !tags.tags.is_empty() {
                tx.put(&tags)?;
            }
            Ok(())
        })
        .await?;
        let status = TableStatus::Creating;
        let description = TableDescription::of(&table, cx.scope(), status, &Counts::default());
        Ok(CreateTableOutput { table_description: Some(description) })
    }
}
