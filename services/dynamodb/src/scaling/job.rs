//! Looks each minute at what a table consumes, and reserves what fits.

use super::{
    Scaling, Target,
    track::{IN_MINUTES, wanted},
};
use crate::{
    error::DynamoError,
    global::mirror::mirror,
    index::IndexKind,
    table::{
        BillingMode, Table, Throughput,
        quotas::{self, Reserved},
        warm::Warm,
    },
    throttle::Direction,
};
use service_kit::{
    metrics::{Point, Series, minute},
    prelude::*,
};

/// How often a table is looked at.
const PERIOD: Duration = Duration::from_secs(60);

/// Scales a table, for as long as it has settings.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ScaleTable {
    /// The table.
    pub(super) table: String,
    /// The table's id.
    pub(super) table_id: String,
}

impl Job for ScaleTable {
    const KIND: &'static str = "dynamodb.scale";

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        match self.step(cx).await {
            Ok(true) => Outcome::Done,
            Ok(false) | Err(_) => Outcome::Again(PERIOD),
        }
    }
}

impl ScaleTable {
    /// Scales everything that should be; gives whether there is nothing to scale any more.
    async fn step(&self, cx: &Context) -> Result<bool, DynamoError> {
        // What was consumed is to be seen.
        cx.platform().flush().await?;
        let table: Option<Table> = cx.read(|tx| tx.get(&self.table))?;
        let Some(table) = table.filter(|table| table.id == self.table_id) else {
            return self.finish(cx, |_| true).await;
        };
        let scaling: Option<Scaling> = cx.read(|tx| tx.get(&self.table_id))?;
        let Some(scaling) = scaling.filter(|scaling| !scaling.targets.is_empty()) else {
            return self.finish(cx, |scaling| scaling.targets.is_empty()).await;
        };
        let elsewhere = Reserved::elsewhere(cx, &table.name)?;
        for target in &scaling.targets {
            let consumed = consumed(cx, &table.name, target)?;
            match self.follow(cx, target, &consumed, elsewhere).await {
                // What quotas forbid now they may allow later.
                Ok(()) | Err(DynamoError::LimitExceeded(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// Forgets settings that are `over`, and with them this job; gives whether they were.
    async fn finish(
        &self,
        cx: &Context,
        over: impl Fn(&Scaling) -> bool + Sync,
    ) -> Result<bool, DynamoError> {
        cx.write(|tx| {
            let scaling: Option<Scaling> = tx.get(&self.table_id)?;
            let is_over = scaling.as_ref().is_none_or(&over);
            if is_over {
                tx.delete::<Scaling>(&self.table_id);
            }
            Ok(is_over)
        })
        .await
    }

    /// Reserves what fits for one capacity.
    async fn follow(
        &self,
        cx: &Context,
        target: &Target,
        consumed: &[Option<f64>],
        elsewhere: Reserved,
    ) -> Result<(), DynamoError> {
        let now = cx.now();
        cx.write(|tx| {
            let table: Option<Table> = tx.get(&self.table)?;
            let scaling: Option<Scaling> = tx.get(&self.table_id)?;
            let (Some(old), Some(mut scaling)) = (table, scaling) else { return Ok(()) };
            if old.id != self.table_id || old.billing == BillingMode::PayPerRequest {
                return Ok(());
            }
            let mut table = old.clone();
            let index = target.index.as_deref();
            // The settings may have been changed since they were read.
            let stands = scaling.targets.iter_mut().find(|one| *one == target);
            let (Some(stands), Some((reserved, warm))) = (stands, reserved(&mut table, index))
            else {
                return Ok(());
            };
            let before = *reserved;
            let had = target.direction().of(before.read, before.write);
            let change = wanted(target, had, consumed, now);
            if let Some(units) = change {
                let new = match target.direction() {
                    Direction::Read => Throughput { read: units, ..before },
                    Direction::Write => Throughput { write: units, ..before },
                };
                *reserved = before.changed_to(new, now);
                *warm = warm.with(&before).with(reserved);
                quotas::check(Some(&old), &table, elsewhere, cx.scope(), now)?;
                tx.put(&table)?;
                if target.writes {
                    mirror(tx, &old, &table, cx)?;
                }
                let is_out = units > had;
                let last = if is_out { &mut stands.scaled_out } else { &mut stands.scaled_in };
                *last = Some(now);
            }
            if change.is_some() || stands.is_new {
                stands.is_new = false;
                tx.put(&scaling)?;
            }
            Ok(())
        })
        .await
    }
}

/// What is reserved for the table or its index, and the most that ever was.
fn reserved<'t>(
    table: &'t mut Table,
    index: Option<&str>,
) -> Option<(&'t mut Throughput, &'t mut Warm)> {
    let Some(name) = index else { return Some((&mut table.throughput, &mut table.warm)) };
    match &mut table.index_mut(name)?.kind {
        IndexKind::Global { throughput, warm, .. } => Some((throughput, warm)),
        IndexKind::Local => None,
    }
}

/// Units a second of the last minutes, the latest first.
fn consumed(cx: &Context, table: &str, target: &Target) -> Result<Vec<Option<f64>>, Fault> {
    let mut names = vec![("TableName", table)];
    names.extend(target.index.as_deref().map(|index| ("GlobalSecondaryIndexName", index)));
    let metric = format!("Consumed{}CapacityUnits", target.direction().as_str());
    let series = Series::new("AWS/DynamoDB", metric, &names);
    let this = minute(cx.now()).as_secs();
    let minutes = (1..).take(IN_MINUTES).map(|ago| Timestamp::from_secs(this - 60 * ago));
    let unit = "Count".to_owned();
    cx.read(|tx| {
        let one = |at| -> Result<Option<f64>, Fault> {
            let point: Option<Point> = tx.get((series.clone(), at, &unit))?;
            Ok(point.map(|point| point.sum / 60.0))
        };
        minutes.map(one).collect()
    })
}
