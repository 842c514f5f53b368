//! A change of the key that a table is encrypted under.

use crate::{
    backup::hold::holds,
    encryption::{Encryption, SSESpecification, reseal::SealRows},
    error::DynamoError,
    table::{self, Table, TableRef},
};
use service_kit::prelude::*;

/// What is to come in place of what.
pub(crate) struct Rekeying {
    old: Option<Encryption>,
    new: Option<Encryption>,
}

impl Rekeying {
    /// The change that `wanted`, if anything, asks for.
    ///
    /// # Errors
    /// As [`table::open`] and [`Encryption::changed`].
    pub(crate) async fn asked(
        cx: &Context,
        table: &TableRef,
        wanted: Option<&SSESpecification>,
    ) -> Result<Option<Self>, DynamoError> {
        let Some(wanted) = wanted else { return Ok(None) };
        let (cx, table) = table::open(cx, table).await?;
        let new = Encryption::changed(&cx, &table, wanted).await?;
        Ok(Some(Self { old: table.encryption.clone(), new }))
    }

    /// Makes the change; rows that were not sealed before will be.
    ///
    /// # Errors
    /// `ResourceInUseException` when somebody else made another change meanwhile, or when rows that
    /// would be sealed are being copied by who does not have the key.
    pub(crate) fn make(&self, tx: &mut Tx<'_>, table: &mut Table) -> Result<(), DynamoError> {
        let seals = self.old.is_none() && self.new.is_some();
        let is_copied = seals && !holds(&tx.reader(), &table.id)?.is_empty();
        if table.encryption != self.old || is_copied {
            let name = &table.name;
            let text = format!("Attempt to change a resource which is still in use: {name}");
            return Err(DynamoError::ResourceInUse(text));
        }
        table.encryption = self.new.clone();
        if seals {
            tx.enqueue(&SealRows::of(table))?;
        }
        Ok(())
    }

    /// Gives back the right to use the key that is no more needed: the old one, or the new one of
    /// a change that was not made.
    pub(crate) async fn finish(&self, cx: &Context, table: &str, made: bool) {
        let unneeded = if made { &self.old } else { &self.new };
        if let Some(encryption) = unneeded {
            encryption.retire(cx, table).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::backup::hold;
    use serde_json::json;
    use testkit::Cloud;

    #[tokio::test]
    async fn a_table_is_not_sealed_while_it_is_copied() {
        let cloud = Cloud::start(&[&crate::SERVICE, &kms::SERVICE]).await;
        let admin = cloud.admin();
        let table = json!({
            "TableName": "music", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        });
        let made = admin.call("dynamodb", "CreateTable", table).await.unwrap();
        let id = made["TableDescription"]["TableId"].as_str().unwrap();
        let (cx, now) = (cloud.context(), cloud.context().now());
        cx.write(|tx| hold::hold(tx, id, "a copy", now)).await.unwrap();
        let seal = json!({"TableName": "music", "SSESpecification": {"Enabled": true}});
        let refused = admin.call("dynamodb", "UpdateTable", seal.clone()).await.unwrap_err();
        assert_eq!(refused.code, "ResourceInUseException");
        let release = cx.write(|tx| {
            hold::release(tx, id, "a copy");
            Ok::<_, service_kit::fault::Fault>(())
        });
        release.await.unwrap();
        admin.call("dynamodb", "UpdateTable", seal).await.unwrap();
    }
}
