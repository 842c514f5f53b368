//! One record of a stream: made by a change, stored, and shown.
//!
//! Stored, a record is a version, what happened, when, and the key and images that the stream's
//! view asks for, each in the form that items have: sealed if the table is encrypted, with their
//! sizes in the clear.

use crate::{
    item::{
        Stored,
        change::{Cause, Change},
    },
    streams::{
        change_log::RECORDS,
        position::Position,
        stream::{LatestStream, Stream, StreamViewType},
    },
    table::{Table, id_bytes},
    value::{attribute::Attributes, codec, key::Whole},
};
use service_kit::prelude::*;

const VERSION: u8 = 1;
/// Set where time to live removed the item.
const EXPIRED: u8 = 1;
/// Set where the item before the change is there.
const OLD: u8 = 2;
/// Set where the item after the change is there.
const NEW: u8 = 4;

/// What happened to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum OperationType {
    /// It was made.
    Insert,
    /// It was changed.
    Modify,
    /// It was removed.
    Remove,
}

const EVENTS: [OperationType; 3] =
    [OperationType::Insert, OperationType::Modify, OperationType::Remove];

/// Who made a change that no request made.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct Identity {
    /// The service.
    pub principal_id: Option<String>,
    /// `Service`.
    pub r#type: Option<String>,
}

/// A change as a stream shows it.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct StreamRecord {
    /// When it happened, to the second.
    pub approximate_creation_date_time: Option<Timestamp>,
    /// The item's primary key.
    pub keys: Option<Attributes>,
    /// The item after the change.
    pub new_image: Option<Attributes>,
    /// The item before the change.
    pub old_image: Option<Attributes>,
    /// Its place in the shard.
    pub sequence_number: Option<String>,
    /// The bytes of key and images.
    pub size_bytes: Option<u64>,
    /// What it holds.
    pub stream_view_type: Option<StreamViewType>,
}

/// A record as clients get it.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(name = "Record", camel)]
pub struct ChangeRecord {
    /// Unique to the record.
    #[shape(name = "eventID")]
    pub event_id: Option<String>,
    /// What happened.
    pub event_name: Option<OperationType>,
    /// The version of this form.
    pub event_version: Option<String>,
    /// `aws:dynamodb`.
    pub event_source: Option<String>,
    /// The stream's region.
    pub aws_region: Option<String>,
    /// The change.
    pub dynamodb: Option<StreamRecord>,
    /// Who made it, if no request did.
    pub user_identity: Option<Identity>,
}

/// Appends the record of `change` to the `stream` of `table`, if the change changes anything.
///
/// # Errors
/// As [`Table::seal`].
pub(crate) fn append(
    tx: &mut Tx<'_>,
    (table, stream): (&Table, &LatestStream),
    change: &Change<'_>,
) -> Result<(), Fault> {
    let (event, item) = match (change.old, change.new) {
        (None, None) => return Ok(()),
        (Some(old), Some(new)) if old.item == new.item => return Ok(()),
        (None, Some(new)) => (0, new),
        (Some(_), Some(new)) => (1, new),
        (Some(old), None) => (2, old),
    };
    let keys = table.keys.extract(&item.item);
    let keys = Stored { size: keys.size(), item: keys };
    let old = change.old.filter(|_| stream.view.has_old());
    let new = change.new.filter(|_| stream.view.has_new());
    let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
    let flags = flag(change.cause == Cause::Expiry, EXPIRED)
        | flag(old.is_some(), OLD)
        | flag(new.is_some(), NEW);
    let mut row = vec![VERSION, event, flags];
    row.extend(tx.now().as_micros().to_be_bytes());
    for part in [Some(&keys), old, new].into_iter().flatten() {
        let part = table.seal(codec::encode(&part.item, part.size))?;
        row.extend((part.len() as u32).to_be_bytes());
        row.extend(part);
    }
    tx.append_bytes(RECORDS, Whole(id_bytes(&stream.id)), row);
    Ok(())
}

/// A record as it is stored, its parts still sealed.
pub(crate) struct StoredRecord<'r> {
    event: OperationType,
    flags: u8,
    /// When it happened.
    pub(crate) at: Timestamp,
    keys: &'r [u8],
    old: Option<&'r [u8]>,
    new: Option<&'r [u8]>,
    /// The bytes of key and images, as AWS counts them.
    pub(crate) size: usize,
}

impl<'r> StoredRecord<'r> {
    /// Reads a stored `row`.
    ///
    /// # Errors
    /// [`Fault::Internal`] when it is damaged.
    pub(crate) fn read(row: &'r [u8]) -> Result<Self, Fault> {
        Self::parts(row).ok_or_else(|| Fault::internal("dynamodb.stream.record: damaged"))
    }

    fn parts(row: &'r [u8]) -> Option<Self> {
        let (&[version, event, flags], rest) = row.split_first_chunk()?;
        let (micros, mut rest) = rest.split_first_chunk()?;
        let event = *EVENTS.get(usize::from(event)).filter(|_| version == VERSION)?;
        let at = Timestamp::from_micros(i64::from_be_bytes(*micros));
        let mut size = 0;
        let mut part = |is_there: bool| {
            if !is_there {
                return Some(None);
            }
            let (length, more) = rest.split_first_chunk()?;
            let (part, more) = more.split_at_checked(u32::from_be_bytes(*length) as usize)?;
            rest = more;
            size += codec::size(part).ok()?;
            Some(Some(part))
        };
        let (keys, old, new) = (part(true)??, part(flags & OLD > 0)?, part(flags & NEW > 0)?);
        Some(Self { event, flags, at, keys, old, new, size })
    }

    /// The record at `position` of `stream`, opened with the key of `table`.
    ///
    /// # Errors
    /// As [`Table::decode`].
    pub(crate) fn show(
        &self,
        (table, stream): (&Table, &Stream),
        position: Position,
        region: &str,
    ) -> Result<ChangeRecord, Fault> {
        let open = |part: Option<&[u8]>| part.map(|part| table.decode(part)).transpose();
        let identity = || Identity {
            principal_id: Some("dynamodb.amazonaws.com".into()),
            r#type: Some("Service".into()),
        };
        let mut id = service_kit::blob_key(&[&stream.id_bytes()[..], &position.bytes()].concat());
        id.truncate(32);
        Ok(ChangeRecord {
            event_id: Some(id),
            event_name: Some(self.event),
            event_version: Some("1.1".into()),
            event_source: Some("aws:dynamodb".into()),
            aws_region: Some(region.to_owned()),
            dynamodb: Some(StreamRecord {
                approximate_creation_date_time: Some(self.at.whole_seconds()),
                keys: Some(table.decode(self.keys)?),
                new_image: open(self.new)?,
                old_image: open(self.old)?,
                sequence_number: Some(position.sequence_number()),
                size_bytes: Some(self.size as u64),
                stream_view_type: Some(stream.view),
            }),
            user_identity: (self.flags & EXPIRED > 0).then(identity),
        })
    }
}
