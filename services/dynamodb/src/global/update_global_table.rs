//! UpdateGlobalTable: replicas join or leave a global table of version 2017.11.29.

use super::{
    group::MemberState,
    legacy::{
        Found, GlobalTableDescription, GlobalTableStatus, access, candidate, check_alike,
        check_empty, find, join, joining,
    },
};
use crate::{
    error::{DynamoError, invalid_values},
    table::Table,
};
use service_kit::prelude::*;

pub(crate) enum UpdateGlobalTable {}

/// A replica to add.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct CreateReplicaAction {
    /// Its region.
    pub region_name: String,
}

/// A replica to take out.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct DeleteReplicaAction {
    /// Its region.
    pub region_name: String,
}

/// One change of the replicas.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ReplicaUpdate {
    /// Add one.
    pub create: Option<CreateReplicaAction>,
    /// Take one out. Its table stays.
    pub delete: Option<DeleteReplicaAction>,
}

/// What UpdateGlobalTable takes.
#[derive(Debug, Shape)]
pub struct UpdateGlobalTableInput {
    /// The global table.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub global_table_name: String,
    /// The changes.
    pub replica_updates: Vec<ReplicaUpdate>,
}

/// What UpdateGlobalTable gives.
#[derive(Debug, Shape)]
pub struct UpdateGlobalTableOutput {
    /// The global table, as if still being changed.
    pub global_table_description: Option<GlobalTableDescription>,
}

impl ReplicaUpdate {
    fn regions(&self) -> impl Iterator<Item = &str> {
        let create = self.create.iter().map(|action| action.region_name.as_str());
        create.chain(self.delete.iter().map(|action| action.region_name.as_str()))
    }
}

impl Operation for UpdateGlobalTable {
    const NAME: &'static str = "UpdateGlobalTable";
    type Input = UpdateGlobalTableInput;
    type Output = UpdateGlobalTableOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let regions = input.replica_updates.iter().flat_map(ReplicaUpdate::regions);
        access("dynamodb:UpdateGlobalTable", &input.global_table_name, regions, at)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let name = input.global_table_name.as_str();
        let is_one = |update: &ReplicaUpdate| update.regions().count() == 1;
        if input.replica_updates.is_empty() || !input.replica_updates.iter().all(is_one) {
            return Err(invalid_values("Each ReplicaUpdate must have one action"));
        }
        let found = cx
            .write(|tx| {
                let mut found = find(&tx.reader(), name)?;
                for update in &input.replica_updates {
                    if let Some(action) = &update.create {
                        add(tx, &mut found, &action.region_name)?;
                    }
                    if let Some(action) = &update.delete {
                        remove(tx, &mut found, &action.region_name)?;
                    }
                }
                Ok::<_, DynamoError>(found)
            })
            .await?;
        let mut description = found.describe(cx.scope());
        description.global_table_status = Some(GlobalTableStatus::Updating);
        Ok(UpdateGlobalTableOutput { global_table_description: Some(description) })
    }
}

fn add(tx: &mut Tx<'_>, found: &mut Found, region: &str) -> Result<(), DynamoError> {
    let name = found.record.name.clone();
    if found.group.member(region).is_some() {
        return Err(DynamoError::ReplicaAlreadyExists(format!(
            "Global table with name: '{name}' already has a replica in region: '{region}'"
        )));
    }
    let (at, table) = candidate(&tx.reader(), &name, region)?;
    for (there, other) in &found.tables {
        check_alike(other, &table, region)?;
        check_empty(&tx.reader().within(there.clone()), other, &there.region)?;
    }
    found.group.members.push(joining(&at, &table));
    found.tables.push((at, table));
    join(tx, &name, &found.group, &[region.to_owned()])?;
    Ok(())
}

fn remove(tx: &mut Tx<'_>, found: &mut Found, region: &str) -> Result<(), DynamoError> {
    let name = found.record.name.clone();
    if found.group.member(region).is_none() {
        return Err(DynamoError::ReplicaNotFound(format!(
            "Global table with name: '{name}' has no replica in region: '{region}'"
        )));
    }
    // The job that brings replicas together may have lost its home.
    let members = found.group.members.iter_mut();
    members.for_each(|member| member.state = MemberState::Active);
    found.group.leave(tx, &name, region)?;
    let at = Scope::new(tx.scope().account.clone(), region);
    let mut tx = tx.within(at);
    if let Some(mut table) = tx.get::<Table>(&name)? {
        table.replication = super::group::Replication::default();
        tx.put(&table)?;
    }
    Ok(())
}
