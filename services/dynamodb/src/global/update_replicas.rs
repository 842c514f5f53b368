//! The part of UpdateTable that makes, changes and deletes replicas.

use super::{
    actions::{MultiRegionConsistency, UpdateReplicationGroupMemberAction},
    create_replica::{NewReplica, override_reads},
    description::{ReplicaStatus, WitnessStatus},
    fill::{Copying, FillReplica},
    group::{Group, Member, MemberState, Source, Version, require_idle},
    plan::{Plan, several},
    removal,
};
use crate::{
    error::{DynamoError, invalid, invalid_values},
    expiry::expire::ExpireItems,
    item::ITEMS,
    scaling,
    streams::stream::{self, LatestStream, StreamViewType},
    table::{
        BillingMode, Table,
        description::{TableDescription, TableStatus},
        require_any,
        statistics::{Counted, counted},
        update_table::UpdateTableInput,
    },
    value::key::Whole,
};
use service_kit::prelude::*;
use std::ops::ControlFlow;

/// What the caller needs to be allowed elsewhere: "DynamoDB global tables security". The role that
/// replicates on AWS is not needed here.
const CREATING: [&str; 9] = [
    "dynamodb:CreateTable",
    "dynamodb:CreateTableReplica",
    "dynamodb:Scan",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
    "dynamodb:PutItem",
    "dynamodb:GetItem",
    "dynamodb:DeleteItem",
    "dynamodb:BatchWriteItem",
];

/// The permissions that changes of replicas need in other regions than `at`.
pub(crate) fn access(input: &UpdateTableInput, at: &Scope) -> Vec<Access> {
    let Ok((scope, name)) = input.table_name.resolve(at) else { return Vec::new() };
    let arn = |region: &str| {
        let there = Scope::new(scope.account.clone(), region);
        there.arn("dynamodb", format_args!("table/{name}"))
    };
    let mut all = Vec::new();
    for update in input.replica_updates.iter().flatten() {
        if let Some(action) = &update.create {
            let arn = arn(&action.region_name);
            let needed = |action: &&'static str| Access::on_new(*action, arn.clone()).anywhere();
            all.extend(CREATING.iter().map(needed));
        }
        if let Some(action) = &update.update {
            all.push(Access::on("dynamodb:UpdateTable", arn(&action.region_name)).anywhere());
        }
        if let Some(action) = &update.delete {
            let arn = arn(&action.region_name);
            all.push(Access::on("dynamodb:DeleteTable", arn.clone()).anywhere());
            all.push(Access::on("dynamodb:DeleteTableReplica", arn).anywhere());
        }
    }
    for witness in input.global_table_witness_updates.iter().flatten() {
        let create = witness.create.as_ref().map(|action| &action.region_name);
        let create = create.map(|region| ("dynamodb:CreateGlobalTableWitness", region));
        let delete = witness.delete.as_ref().map(|action| &action.region_name);
        let delete = delete.map(|region| ("dynamodb:DeleteGlobalTableWitness", region));
        let needed = create.into_iter().chain(delete);
        all.extend(needed.map(|(action, region)| Access::on(action, arn(region)).anywhere()));
    }
    all
}

/// Does what `input` asks of the replicas of the table called `name`.
///
/// # Errors
/// AWS's `ValidationException` for what cannot be; `ResourceInUseException` while another change
/// is going on.
pub(crate) async fn update_replicas(
    cx: &Context,
    name: &str,
    input: &UpdateTableInput,
) -> Result<TableDescription, DynamoError> {
    let updates = input.replica_updates.as_deref().unwrap_or_default();
    let witnesses = input.global_table_witness_updates.as_deref();
    let here = cx.scope().region.clone();
    let plan = Plan::read(&here, updates, witnesses, input.multi_region_consistency)?;
    match plan {
        Plan::Create { .. } => create(cx, name, plan).await,
        Plan::Update(changes) => update(cx, name, &changes).await,
        Plan::Delete { regions, witness } => delete(cx, name, &regions, witness).await,
    }
}

async fn described(cx: &Context, table: &Table) -> Result<TableDescription, DynamoError> {
    let counted = counted(cx, table).await?;
    Ok(TableDescription::of(table, cx.scope(), TableStatus::Updating, &counted))
}

async fn create(cx: &Context, name: &str, plan: Plan<'_>) -> Result<TableDescription, DynamoError> {
    let Plan::Create { replicas, witness, consistency } = plan else {
        return Err(several());
    };
    let source = cx.read(|tx| require_idle(tx, name))?;
    let mut new = Vec::with_capacity(replicas.len());
    for asked in replicas {
        new.push(NewReplica::prepare(cx, &source, asked).await?);
    }
    let group_id = cx.entropy().uuid();
    let consistency_of_new = consistency.unwrap_or(MultiRegionConsistency::Eventual);
    let stream_id = cx.entropy().uuid();
    let made = cx.write(|tx| {
        let mut source = require_idle(&tx.reader(), name)?;
        check_create(tx, &source, &new, consistency)?;
        let has_stream = source.stream.as_ref().is_some_and(LatestStream::is_on);
        if !has_stream && !is_strong(consistency) {
            let view = StreamViewType::NewAndOldImages;
            stream::begin(tx, &mut source, view, &stream_id, false)?;
            tx.put(&source)?;
        }
        let mut group = source.replication.group.clone().unwrap_or_else(|| Group {
            id: group_id.clone(),
            version: Version::Current,
            consistency: consistency_of_new,
            witness: witness.map(str::to_owned),
            members: vec![Member {
                region: cx.region().to_owned(),
                table_id: source.id.clone(),
                state: MemberState::Active,
                source: None,
            }],
        });
        add(tx, cx, (&source, &new), &mut group)
    });
    if let Err(error) = made.await {
        for replica in &new {
            if let Some(encryption) = &replica.encryption {
                encryption.retire(&cx.within(replica.at.clone()), name).await;
            }
        }
        return Err(error);
    }
    // Most often nothing has to be waited for; otherwise a job goes on.
    stream::open(cx, (name, &source.id), &stream_id).await?;
    let mut description = described(cx, &cx.read(|tx| require_any(tx, name))?).await?;
    // What was begun is answered, however soon it is done.
    let regions: Vec<&str> = new.iter().map(|replica| &*replica.at.region).collect();
    mark(&mut description, &regions, ReplicaStatus::Creating);
    Ok(description)
}

/// Whether `source` can have the replicas `new`.
fn check_create(
    tx: &Tx<'_>,
    source: &Table,
    new: &[NewReplica<'_>],
    consistency: Option<MultiRegionConsistency>,
) -> Result<(), DynamoError> {
    if let Some(group) = &source.replication.group {
        if group.version == Version::Legacy {
            return Err(invalid_values(format_args!(
                "The table {} is a replica of a global table of version {}",
                source.name,
                group.version.name()
            )));
        }
        if consistency.is_some() && (group.is_strong() || is_strong(consistency)) {
            return Err(invalid(
                "MultiRegionConsistency parameter is unsupported on existing global table",
            ));
        }
        if group.is_strong() {
            return Err(invalid(
                "Cannot add replicas to a global table with strong MultiRegionConsistency",
            ));
        }
    }
    for replica in new {
        if tx.reader().within(replica.at.clone()).get::<Table>(&source.name)?.is_some() {
            return Err(invalid(format!(
                "Failed to create a the new replica of table with name: \u{2018}{}\u{2019} because \
                 one or more replicas already existed as tables.",
                source.name
            )));
        }
    }
    if source.billing == BillingMode::Provisioned {
        check_scaled(tx, source)?;
    }
    if is_strong(consistency) {
        check_strong(tx, source)?;
    }
    Ok(())
}

/// What writes reserve has to follow them, of the table and of each global index.
fn check_scaled(tx: &Tx<'_>, table: &Table) -> Result<(), DynamoError> {
    let globals = table.indexes.iter().filter(|index| !index.is_local());
    let names = globals.map(|index| Some(index.name.as_str()));
    for name in std::iter::once(None).chain(names) {
        if !scaling::scales_writes(&tx.reader(), table, name)? {
            let what = if name.is_none() { "Table" } else { "GSI" };
            return Err(invalid(format!(
                "{what} write capacity should either be Pay-Per-Request or AutoScaled."
            )));
        }
    }
    Ok(())
}

fn is_strong(consistency: Option<MultiRegionConsistency>) -> bool {
    consistency == Some(MultiRegionConsistency::Strong)
}

/// "Multi-Region strong consistency (MRSC)": what tables in such a global table do not have.
fn check_strong(tx: &Tx<'_>, table: &Table) -> Result<(), DynamoError> {
    let wrong = if !is_empty(&tx.reader(), table)? {
        "The table must be empty"
    } else if table.has_collections() {
        "Local secondary indexes are not supported"
    } else if table.expiry.is_some() {
        "Time to Live is not supported"
    } else {
        return Ok(());
    };
    Err(invalid_values(format_args!(
        "{wrong} for global tables with MultiRegionConsistency set to STRONG"
    )))
}

/// Whether `table` has no items.
///
/// # Errors
/// [`Fault`] when storage fails.
pub(crate) fn is_empty(tx: &ReadTx<'_>, table: &Table) -> Result<bool, Fault> {
    let mut is_empty = true;
    let all = (&[][..], None);
    tx.visit_bytes(ITEMS, Whole(table.id_bytes()), all, Order::Ascending, |_, _| {
        is_empty = false;
        ControlFlow::Break(())
    })?;
    Ok(is_empty)
}

/// Makes the tables of `new` and leaves it to a job to fill them.
fn add(
    tx: &mut Tx<'_>,
    cx: &Context,
    (source, new): (&Table, &[NewReplica<'_>]),
    group: &mut Group,
) -> Result<(), DynamoError> {
    let (now, here) = (tx.now(), tx.scope().region.to_string());
    let source_scaling: Option<scaling::Scaling> = tx.get(&source.id)?;
    let mut copies = Vec::with_capacity(new.len());
    for replica in new {
        let table = replica.table(cx, source)?;
        let mut tx = tx.within(replica.at.clone());
        if let Some(expiry) = &table.expiry {
            tx.enqueue(&ExpireItems { table: table.name.clone(), id: expiry.id.clone() })?;
        }
        tx.put(&table)?;
        scaling::copy_writes(&mut tx, source_scaling.as_ref(), &table)?;
        let region = replica.at.region.to_string();
        group.members.push(Member {
            region: region.clone(),
            table_id: table.id,
            state: MemberState::Creating,
            source: Some(Source { region: here.clone(), at: now }),
        });
        copies.push(Copying { from: here.clone(), to: region });
    }
    group.publish(tx, &source.name)?;
    let (table, group) = (source.name.clone(), group.id.clone());
    tx.enqueue(&FillReplica { table, group, copies, after: Vec::new() })?;
    Ok(())
}

/// What is said of `regions` whose `kind` are none of the global table.
fn strangers(kind: &str, regions: &[&str]) -> DynamoError {
    invalid(format!(
        "Update global table operation failed because one or more {kind} were not part of the \
         global table. Please retry the request without these {kind}: [{}].",
        regions.join(", ")
    ))
}

/// The global table of `table`, of which `regions` must have replicas.
fn group_with<'t>(table: &'t Table, regions: &[&str]) -> Result<&'t Group, DynamoError> {
    let group = table.replication.current();
    let is_member = |region: &str| group.is_some_and(|group| group.member(region).is_some());
    let others: Vec<&str> = regions.iter().copied().filter(|region| !is_member(region)).collect();
    group.filter(|_| others.is_empty()).ok_or_else(|| strangers("replicas", &others))
}

async fn update(
    cx: &Context,
    name: &str,
    changes: &[&UpdateReplicationGroupMemberAction],
) -> Result<TableDescription, DynamoError> {
    let regions: Vec<&str> = changes.iter().map(|change| change.region_name.as_str()).collect();
    let table = cx
        .write(|tx| {
            let table = require_idle(&tx.reader(), name)?;
            group_with(&table, &regions)?;
            for change in changes {
                if change.kms_master_key_id.is_some() {
                    let text = "KMSMasterKeyId must be specified for each replica.";
                    return Err(invalid_values(text));
                }
                let Some(peer) = table.replication.peer(&change.region_name) else { continue };
                let mut there = (*peer.table).clone();
                let overrides = change.overrides();
                override_reads(&mut there, overrides, &peer.at, tx.now())?;
                if let Some(class) = overrides.class {
                    there.class.change(class, tx.now())?;
                }
                tx.within(peer.at.clone()).put(&there)?;
            }
            Ok(table)
        })
        .await?;
    let mut description = described(cx, &table).await?;
    mark(&mut description, &regions, ReplicaStatus::Updating);
    Ok(description)
}

async fn delete(
    cx: &Context,
    name: &str,
    regions: &[&str],
    witness: Option<&str>,
) -> Result<TableDescription, DynamoError> {
    let mut counts = Vec::with_capacity(regions.len());
    for peer in &cx.read(|tx| require_any(tx, name))?.replication.peers {
        let counted = counted(&cx.within(peer.at.clone()), &peer.table).await?;
        counts.push((peer.at.region.clone(), counted.of(&peer.table.id)));
    }
    let counted = |region: &str| {
        let count = counts.iter().find(|(counted, _)| **counted == *region);
        count.map_or(Counted::default(), |(_, count)| *count)
    };
    let (table, deleted) = cx
        .write(|tx| {
            let table = require_idle(&tx.reader(), name)?;
            let mut group = group_with(&table, regions)?.clone();
            check_delete(&group, regions, witness, tx.now())?;
            let mut deleted = Vec::with_capacity(regions.len());
            for region in regions {
                deleted.extend(removal::delete(tx, &table, (region, counted(region)))?);
                group.leave(tx, name, region)?;
            }
            Ok::<_, DynamoError>((table, deleted))
        })
        .await?;
    for (region, table) in regions.iter().zip(&deleted) {
        if let Some(encryption) = &table.encryption {
            let at = Scope::new(cx.scope().account.clone(), *region);
            encryption.retire(&cx.within(at), name).await;
        }
    }
    let mut description = described(cx, &table).await?;
    mark(&mut description, regions, ReplicaStatus::Deleting);
    for witness in description.global_table_witnesses.iter_mut().flatten() {
        witness.witness_status = Some(WitnessStatus::Deleting);
    }
    Ok(description)
}

/// Whether the replicas in `regions` may go together.
fn check_delete(
    group: &Group,
    regions: &[&str],
    witness: Option<&str>,
    now: Timestamp,
) -> Result<(), DynamoError> {
    if let Some(witness) = witness.filter(|witness| group.witness.as_deref() != Some(*witness)) {
        return Err(strangers("witnesses", &[witness]));
    }
    if group.is_strong() {
        if group.witness.is_some() && witness.is_none() {
            return Err(invalid("Update table delete operation does not include all witnesses."));
        }
        // What is left is one table.
        return if regions.len() + 1 == group.members.len() {
            Ok(())
        } else {
            Err(removal::only_one())
        };
    }
    match regions {
        [region] => removal::check_source(group, region, now),
        _ => Err(several()),
    }
}

/// Says of the replicas in `regions` what they are doing.
fn mark(description: &mut TableDescription, regions: &[&str], status: ReplicaStatus) {
    for replica in description.replicas.iter_mut().flatten() {
        let region = replica.region_name.as_deref();
        if region.is_some_and(|region| regions.contains(&region)) {
            replica.replica_status = Some(status);
        }
    }
}
