//! DeleteTable: a table and all its items, which go in the background.

use crate::{
    description::{TableDescription, TableStatus},
    error::{DynamoError, invalid},
    purge::PurgeItems,
    statistics::Counts,
    table::{Table, TableRef, require},
    tags::TableTags,
};
use service_kit::prelude::*;

/// Writes that found the table in the cache a moment ago are over by then, so that what they wrote
/// is removed too.
const PURGE_DELAY: Duration = Duration::from_secs(5);

pub(crate) enum DeleteTable {}

/// What DeleteTable takes.
#[derive(Debug, Shape)]
pub struct DeleteTableInput {
    /// The table.
    #[shape(absent = "The parameter 'TableName' is required but was not present in the request")]
    pub table_name: TableRef,
}

/// What DeleteTable gives.
#[derive(Debug, Shape)]
pub struct DeleteTableOutput {
    /// The table, as if still being deleted.
    pub table_description: Option<TableDescription>,
}

impl Operation for DeleteTable {
    const NAME: &'static str = "DeleteTable";
    type Input = DeleteTableInput;
    type Output = DeleteTableOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("dynamodb:DeleteTable", input.table_name.arn(at)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let (scope, name) = input.table_name.resolve(cx.scope())?;
        let cx = cx.within(scope);
        let due = cx.now() + PURGE_DELAY;
        let table = cx
            .write(|tx| {
                let table = require(&tx.reader(), name)?;
                if table.deletion_protection {
                    return Err(invalid(
                        "Resource cannot be deleted as it is currently protected against \
                         deletion. Disable deletion protection first.",
                    ));
                }
                tx.delete::<Table>(name);
                tx.delete::<TableTags>(name);
                let indexes = table.indexes.iter().map(|index| &index.id);
                let expiry = table.expiry.iter().map(|expiry| &expiry.id);
                for id in std::iter::once(&table.id).chain(indexes).chain(expiry) {
                    tx.enqueue_at(due, &PurgeItems { table_id: id.clone() })?;
                }
                Ok(table)
            })
            .await?;
        let status = TableStatus::Deleting;
        let description = TableDescription::of(&table, cx.scope(), status, &Counts::default());
        // Of a table that goes AWS tells less.
        let description = TableDescription {
            attribute_definitions: None,
            key_schema: None,
            creation_date_time: None,
            local_secondary_indexes: None,
            global_secondary_indexes: None,
            ..description
        };
        Ok(DeleteTableOutput { table_description: Some(description) })
    }
}
