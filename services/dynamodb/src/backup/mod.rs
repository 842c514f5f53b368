//! Backups: what is stored of them, and the ARNs that requests name them by.

pub(crate) mod backup_description;
pub(crate) mod batch;
pub(crate) mod continuous_backups;
pub(crate) mod copy;
pub(crate) mod create_backup;
pub(crate) mod delete_backup;
pub(crate) mod describe_backup;
pub(crate) mod export;
pub(crate) mod history;
pub(crate) mod hold;
pub(crate) mod import;
pub(crate) mod list_backups;
pub(crate) mod restore;
pub(crate) mod restore_table_from_backup;
pub(crate) mod restore_table_to_point_in_time;
pub(crate) mod trim;

use crate::{
    error::{DynamoError, invalid},
    table::{Table, purge::PurgeItems, statistics::Counted},
};
use service_kit::{key::Key, prelude::*};

/// How long a backup is kept that the deletion of a table made.
pub(crate) const KEPT: Duration = Duration::from_secs(35 * 24 * 3600);
/// How long to wait for restores from a backup that is to go, and after a failure.
const RETRY: Duration = Duration::from_secs(3600);

/// What a backup is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub enum BackupStatus {
    /// Being made.
    Creating,
    /// Gone.
    Deleted,
    /// Ready.
    Available,
}

/// Who made a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub enum BackupType {
    /// A request.
    User,
    /// The deletion of a table with point-in-time recovery.
    System,
}

/// A backup. Its rows stand among the tables' items, under an id of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Backup {
    /// Its id: the millisecond of its request, and a number. Backups sort by it.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// Who made it.
    pub(crate) kind: BackupType,
    /// What it is doing.
    pub(crate) status: BackupStatus,
    /// When it was asked for.
    pub(crate) created: Timestamp,
    /// When it goes by itself, if ever.
    pub(crate) expires: Option<Timestamp>,
    /// The id of its rows.
    pub(crate) rows: String,
    /// The table as it was.
    pub(crate) table: Table,
    /// What the table held, as it was last counted.
    pub(crate) counted: Counted,
}

impl Record for Backup {
    const TABLE: &'static str = "dynamodb.backup";

    fn key(&self) -> impl Key {
        (&self.id, &self.table.name)
    }
}

impl Backup {
    /// A backup of `table`, asked for at this moment, whose id ends with `number`.
    pub(crate) fn new(table: Table, name: String, now: Timestamp, number: u32) -> Self {
        Self {
            id: format!("{:014}-{number:08x}", now.as_millis()),
            name,
            kind: BackupType::User,
            status: BackupStatus::Creating,
            created: Timestamp::from_millis(now.as_millis()),
            expires: None,
            rows: String::new(),
            table,
            counted: Counted::default(),
        }
    }

    /// Its ARN, as it stands in `at`.
    pub(crate) fn arn(&self, at: &Scope) -> String {
        let Self { id, table, .. } = self;
        at.arn("dynamodb", format_args!("table/{}/backup/{id}", table.name))
    }

    /// Removes it with all its rows.
    ///
    /// # Errors
    /// [`Fault::Internal`] when that cannot be stored.
    pub(crate) fn remove(&self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        tx.delete::<Self>((&self.id, &self.table.name));
        tx.enqueue(&PurgeItems { table_id: self.rows.clone() })
    }
}

/// A backup as requests name it.
#[derive(Clone, Debug, PartialEq, Eq, Shape)]
#[shape(length = 37..=1024)]
pub struct BackupArn(pub String);

/// Where a backup is, the name of its table, and its id.
pub(crate) type Place<'a> = (Scope, &'a str, &'a str);

impl BackupArn {
    /// Where it says that a backup is.
    ///
    /// # Errors
    /// AWS's `ValidationException` for what is no backup's ARN.
    pub(crate) fn resolve(&self) -> Result<Place<'_>, DynamoError> {
        let malformed = || invalid("Invalid Backup ARN");
        policy::Arn::split(&self.0).ok_or_else(malformed)?;
        let (scope, resource) = Scope::of_arn("dynamodb", &self.0)
            .ok_or_else(|| invalid("Invalid Request: BackupArn is not valid"))?;
        let mut parts = resource.split('/');
        match [(); 5].map(|()| parts.next()) {
            [Some("table"), Some(table), Some("backup"), Some(id), None] => Ok((scope, table, id)),
            _ => Err(malformed()),
        }
    }

    /// The backup that it names, if that is where the transaction works.
    ///
    /// # Errors
    /// `BackupNotFoundException` when there is none; as [`BackupArn::resolve`].
    pub(crate) fn find(&self, tx: &ReadTx<'_>) -> Result<Backup, DynamoError> {
        let (scope, table, id) = self.resolve()?;
        let here = (scope == *tx.scope()).then(|| tx.get((&id.to_owned(), &table.to_owned())));
        here.transpose()?.flatten().ok_or_else(|| missing(&self.0))
    }
}

fn missing(arn: &str) -> DynamoError {
    DynamoError::BackupNotFound(format!("Backup not found: {arn}"))
}

/// What is said of what is no ARN of this region.
pub(crate) fn misnamed(arn: &str) -> DynamoError {
    match policy::Arn::parse(arn).filter(|parsed| parsed.service == "dynamodb") {
        Some(_) => missing(arn),
        None => invalid("Invalid Request: BackupArn is not valid"),
    }
}

/// Removes a backup that nobody asked for when its time is over.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ExpireBackup {
    /// Its id.
    pub(crate) id: String,
    /// The name of its table.
    pub(crate) table: String,
}

impl Job for ExpireBackup {
    const KIND: &'static str = "dynamodb.backup.expire";

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        let removed = cx.write(|tx| match tx.get::<Backup>((&self.id, &self.table))? {
            Some(backup) => backup.remove(tx),
            None => Ok(()),
        });
        match removed.await {
            Ok(()) => Outcome::Done,
            Err(_) => Outcome::Again(RETRY),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backups_are_named_by_arn() {
        let arn = |text: &str| BackupArn(text.into());
        let right = "arn:aws:dynamodb:eu-west-1:111122223333:table/music/backup/017-0a";
        let there = Scope::new("111122223333", "eu-west-1");
        assert_eq!(arn(right).resolve().unwrap(), (there, "music", "017-0a"));
        for wrong in [
            "arn:aws:dynamodb:eu-west-1:111122223333:table/music",
            "arn:aws:dynamodb:eu-west-1:111122223333:table/music/index/017-0a",
            "arn:aws:dynamodb:eu-west-1:111122223333:table/music/backup/017-0a/x",
            "arn:aws:sqs:eu-west-1:111122223333:table/music/backup/017-0a",
            "something else altogether, long enough",
        ] {
            assert!(arn(wrong).resolve().is_err(), "{wrong}");
        }
    }
}
