//! Streams: their records, and how a table's stream is begun, opened and closed.

use crate::{
    streams::{
        change_log::{begin_shard, end_shards},
        error::StreamsError,
        position::Position,
        tend::TendStream,
    },
    table::{self, Table, id_bytes},
    value::key::KeyAttributes,
};
use service_kit::{key::Key, prelude::*};
use std::{ops::ControlFlow, sync::Arc};

/// How long records are kept, and a stream after it was closed.
pub(crate) const RETENTION: Duration = Duration::from_secs(24 * 3600);

/// What records hold of the items they are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub enum StreamViewType {
    /// The item after the change.
    NewImage,
    /// The item before the change.
    OldImage,
    /// Both.
    NewAndOldImages,
    /// Neither.
    KeysOnly,
}

impl StreamViewType {
    /// Whether records hold the item before the change.
    pub(crate) fn has_old(self) -> bool {
        matches!(self, Self::OldImage | Self::NewAndOldImages)
    }

    /// Whether records hold the item after the change.
    pub(crate) fn has_new(self) -> bool {
        matches!(self, Self::NewImage | Self::NewAndOldImages)
    }
}

/// What a table's latest stream is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StreamState {
    /// Changes are recorded, but not all: some requests do not know of it yet.
    Enabling,
    /// All changes are recorded.
    Enabled,
    /// None is.
    Disabled,
}

/// A table's latest stream, as its writes need it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LatestStream {
    /// A UUID: its rows start with it.
    pub id: String,
    /// Its name, unique in the table's.
    pub label: String,
    /// What its records hold.
    pub view: StreamViewType,
    /// What it is doing.
    pub state: StreamState,
}

impl LatestStream {
    /// Whether writes record what they change.
    pub(crate) fn is_on(&self) -> bool {
        self.state != StreamState::Disabled
    }
}

/// A stream.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Stream {
    /// Its table's name.
    pub(crate) table: String,
    /// When it was made, as text; unique in the table's name.
    pub(crate) label: String,
    /// A UUID: its rows start with it.
    pub(crate) id: String,
    /// Its table's id.
    pub(crate) table_id: String,
    /// Its table's primary key.
    pub(crate) keys: KeyAttributes,
    /// What its records hold.
    pub(crate) view: StreamViewType,
    /// When it was asked for.
    pub(crate) created: Timestamp,
    /// When it was switched off, or its table deleted.
    pub(crate) closed: Option<Timestamp>,
    /// What is before was removed.
    pub(crate) trimmed: Position,
    /// The table as it was when it was deleted: it knows the way to the key of its rows.
    pub(crate) orphan: Option<Table>,
}

impl Record for Stream {
    const TABLE: &'static str = "dynamodb.stream";

    fn key(&self) -> impl Key {
        (&self.table, &self.label)
    }
}

impl Stream {
    /// The id as its rows start with it.
    pub(crate) fn id_bytes(&self) -> [u8; 16] {
        id_bytes(&self.id)
    }

    /// The ARN, if it is in `at`.
    pub(crate) fn arn(&self, at: &Scope) -> String {
        arn(at, &self.table, &self.label)
    }

    /// Whether its time is over at `now`, even if it has not been removed yet.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        self.closed.is_some_and(|closed| now.since(closed) >= RETENTION)
    }

    /// The table whose key opens its records.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub(crate) fn table(&self, cx: &Context) -> Result<Option<Arc<Table>>, Fault> {
        if let Some(orphan) = &self.orphan {
            return Ok(Some(Arc::new(orphan.clone())));
        }
        Ok(table::find(cx, &self.table)?.filter(|table| table.id == self.table_id))
    }
}

/// A stream's ARN.
pub(crate) fn arn(at: &Scope, table: &str, label: &str) -> String {
    at.arn("dynamodb", format_args!("table/{table}/stream/{label}"))
}

/// The scope, table and label in a stream's ARN.
pub(crate) fn parse_arn(arn: &str) -> Option<(Scope, &str, &str)> {
    let (scope, resource) = Scope::of_arn("dynamodb", arn)?;
    let (table, label) = resource.strip_prefix("table/")?.split_once("/stream/")?;
    let is_name = |name: &str| !name.is_empty() && !name.contains('/');
    (is_name(table) && is_name(label)).then_some((scope, table, label))
}

/// A stream's ARN as requests give it.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(name = "StreamArn", length = 37..=1024)]
pub struct StreamArn(pub String);

impl StreamArn {
    /// The context the stream is in, its table and its label.
    ///
    /// # Errors
    /// AWS's `ValidationException` for what is no stream's ARN, or one's of another region.
    pub(crate) fn resolve(&self, cx: &Context) -> Result<(Context, &str, &str), StreamsError> {
        let named = parse_arn(&self.0).filter(|(scope, ..)| scope.region == cx.scope().region);
        let (scope, table, label) = named.ok_or_else(|| Fault::invalid("Invalid StreamArn"))?;
        let cx = if scope == *cx.scope() { cx.clone() } else { cx.within(scope) };
        Ok((cx, table, label))
    }
}

/// The stream of `table` with this `label`.
///
/// # Errors
/// `ResourceNotFoundException` when there is none, or none any more.
pub(crate) fn require(
    tx: &ReadTx<'_>,
    now: Timestamp,
    (table, label): (&str, &str),
) -> Result<Stream, StreamsError> {
    let found: Option<Stream> = tx.get((table, label))?;
    found.filter(|stream| !stream.is_over(now)).ok_or_else(|| {
        let arn = arn(tx.scope(), table, label);
        StreamsError::ResourceNotFoundException(format!(
            "Requested resource not found: Stream: {arn} not found"
        ))
    })
}

/// Begins a stream of `table`. That of a new table is open at once; another opens when all
/// requests in work know it, see [`open`].
///
/// # Errors
/// [`Fault`] when storage fails.
pub(crate) fn begin(
    tx: &mut Tx<'_>,
    table: &mut Table,
    view: StreamViewType,
    id: &str,
    is_new: bool,
) -> Result<(), Fault> {
    let created = creation(&tx.reader(), &table.name, tx.now())?;
    let stream = Stream {
        table: table.name.clone(),
        label: created.date_time_millis().trim_end_matches('Z').to_owned(),
        id: id.to_owned(),
        table_id: table.id.clone(),
        keys: table.keys.clone(),
        view,
        created,
        closed: None,
        trimmed: Position::default(),
        orphan: None,
    };
    tx.put(&stream)?;
    tx.enqueue(&TendStream { table: stream.table, label: stream.label.clone() })?;
    let state = if is_new { StreamState::Enabled } else { StreamState::Enabling };
    if is_new {
        begin_shard(tx, id, tx.now(), None);
    }
    table.stream = Some(LatestStream { id: stream.id, label: stream.label, view, state });
    Ok(())
}

/// When a stream begun `now` is said to be made: labels are unique to a table's name.
fn creation(tx: &ReadTx<'_>, table: &str, now: Timestamp) -> Result<Timestamp, Fault> {
    let mut last = None;
    tx.visit((table,), Order::Descending, |stream: Stream| {
        last = Some(stream.created);
        ControlFlow::Break(())
    })?;
    let now = Timestamp::from_millis(now.as_millis());
    Ok(last.map_or(now, |last| now.max(last + Duration::from_millis(1))))
}

/// Opens the latest stream of the table called `name`, if it is the one with `id` and all requests
/// in work know it: from here on, each change has its record. Gives whether there is nothing left
/// to wait for.
///
/// # Errors
/// [`Fault`] when storage fails.
pub(crate) async fn open(
    cx: &Context,
    (name, table_id): (&str, &str),
    id: &str,
) -> Result<bool, Fault> {
    let knows = |table: &Table| table.stream.as_ref().is_some_and(|stream| stream.id == id);
    if !table::settled(cx, name, table_id, knows)? {
        return Ok(false);
    }
    cx.write(|tx| {
        let Some(mut table) = tx.get::<Table>(name)? else { return Ok(true) };
        let stream = table.stream.as_mut().filter(|stream| stream.id == id);
        let Some(stream) = stream.filter(|stream| stream.state == StreamState::Enabling) else {
            return Ok(true);
        };
        stream.state = StreamState::Enabled;
        tx.put(&table)?;
        begin_shard(tx, id, tx.now(), None);
        Ok(true)
    })
    .await
}

/// Closes the stream of `table`, if it has one; `is_deleted` with its table.
///
/// # Errors
/// [`Fault`] when storage fails.
pub(crate) fn close(tx: &mut Tx<'_>, table: &mut Table, is_deleted: bool) -> Result<(), Fault> {
    let orphan = is_deleted.then(|| table.clone());
    if let Some(latest) = table.stream.as_mut().filter(|stream| stream.is_on()) {
        latest.state = StreamState::Disabled;
        end_shards(tx, &latest.id, tx.now());
    }
    let mut streams: Vec<Stream> = Vec::new();
    tx.reader().visit((&table.name,), Order::Ascending, |stream: Stream| {
        streams.push(stream);
        ControlFlow::Continue(())
    })?;
    for mut stream in streams.into_iter().filter(|stream| stream.table_id == table.id) {
        if stream.closed.is_some() && !is_deleted {
            continue;
        }
        stream.closed.get_or_insert(tx.now());
        stream.orphan = orphan.clone();
        tx.put(&stream)?;
    }
    Ok(())
}
