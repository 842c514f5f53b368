//! What a request to change replicas asks for, as far as the request alone tells.

use super::{
    actions::{
        CreateReplicationGroupMemberAction, GlobalTableWitnessGroupUpdate, MultiRegionConsistency,
        ReplicationGroupUpdate, UpdateReplicationGroupMemberAction,
    },
    regions,
};
use crate::error::{DynamoError, invalid};

/// What is to be done; all of one kind.
#[derive(Debug, PartialEq)]
pub(crate) enum Plan<'r> {
    /// Replicas to make, and a witness to add.
    Create {
        replicas: Vec<&'r CreateReplicationGroupMemberAction>,
        witness: Option<&'r str>,
        consistency: Option<MultiRegionConsistency>,
    },
    /// Replicas to change.
    Update(Vec<&'r UpdateReplicationGroupMemberAction>),
    /// Regions to delete the replicas of, and that of a witness to remove.
    Delete { regions: Vec<&'r str>, witness: Option<&'r str> },
}

impl ReplicationGroupUpdate {
    /// The region that its only action is about.
    fn region(&self) -> Result<&str, DynamoError> {
        let create = self.create.iter().map(|action| &action.region_name);
        let update = self.update.iter().map(|action| &action.region_name);
        let delete = self.delete.iter().map(|action| &action.region_name);
        let mut regions = create.chain(update).chain(delete);
        match (regions.next(), regions.next()) {
            (Some(region), None) => Ok(region),
            (None, _) => Err(nothing()),
            _ => Err(mixed()),
        }
    }
}

fn nothing() -> DynamoError {
    invalid("There are no actions specified in the Replica Update Action of the request.")
}

fn mixed() -> DynamoError {
    invalid("Update table operation with more than one type of replica actions not allowed.")
}

/// The regions of the witness to add and of the one to remove.
fn witnesses(
    given: Option<&[GlobalTableWitnessGroupUpdate]>,
) -> Result<(Option<&str>, Option<&str>), DynamoError> {
    let Some([change]) = given else { return Ok((None, None)) };
    let create = change.create.as_ref().map(|action| action.region_name.as_str());
    let delete = change.delete.as_ref().map(|action| action.region_name.as_str());
    match (create, delete) {
        (None, None) => Err(nothing()),
        (Some(_), Some(_)) => Err(mixed()),
        some => Ok(some),
    }
}

impl<'r> Plan<'r> {
    /// What the members of a request to the table in `here` ask for.
    ///
    /// # Errors
    /// AWS's `ValidationException` for what no table could do.
    pub(crate) fn read(
        here: &str,
        updates: &'r [ReplicationGroupUpdate],
        witnesses_given: Option<&'r [GlobalTableWitnessGroupUpdate]>,
        consistency: Option<MultiRegionConsistency>,
    ) -> Result<Self, DynamoError> {
        // The same twice is once.
        let mut distinct: Vec<&ReplicationGroupUpdate> = Vec::new();
        for update in updates {
            let region = update.region()?;
            if region == here {
                let verbs = if update.update.is_some() {
                    "add, delete, or update"
                } else {
                    "add or delete"
                };
                return Err(invalid(format!(
                    "Cannot {verbs} the local region through ReplicaUpdates. Use CreateTable, \
                     DeleteTable, or UpdateTable as required."
                )));
            }
            regions::check(region)?;
            if !distinct.contains(&update) {
                distinct.push(update);
            }
        }
        let creates: Vec<_> = distinct.iter().filter_map(|update| update.create.as_ref()).collect();
        let changes: Vec<_> = distinct.iter().filter_map(|update| update.update.as_ref()).collect();
        let deletes = distinct.iter().filter_map(|update| update.delete.as_ref());
        let deletes: Vec<&str> = deletes.map(|action| action.region_name.as_str()).collect();
        let (added, removed) = witnesses(witnesses_given)?;
        for region in added.iter().chain(&removed) {
            regions::check(region)?;
        }
        let is_strong = consistency == Some(MultiRegionConsistency::Strong);
        match (creates.as_slice(), changes.as_slice(), deletes.as_slice()) {
            ([_, ..], [], []) => {}
            _ if is_strong => {
                return Err(invalid(
                    "Only Replica Create actions are supported when MultiRegionConsistency \
                     parameter is provided.",
                ));
            }
            ([], [_, ..], []) if added.or(removed).is_none() => {
                return Self::updates(changes);
            }
            ([], [], [_, ..]) if added.is_none() => {
                return Ok(Self::Delete { regions: deletes, witness: removed });
            }
            ([], [], []) => return Err(nothing()),
            _ => return Err(mixed()),
        }
        if removed.is_some() {
            return Err(mixed());
        }
        check_creates(here, &creates, added, is_strong)?;
        Ok(Self::Create { replicas: creates, witness: added, consistency })
    }

    fn updates(changes: Vec<&'r UpdateReplicationGroupMemberAction>) -> Result<Self, DynamoError> {
        match changes.iter().any(|change| change.is_empty()) {
            true => Err(nothing()),
            false => Ok(Self::Update(changes)),
        }
    }
}

fn check_creates(
    here: &str,
    creates: &[&CreateReplicationGroupMemberAction],
    witness: Option<&str>,
    is_strong: bool,
) -> Result<(), DynamoError> {
    let targets: Vec<&str> = creates.iter().map(|action| action.region_name.as_str()).collect();
    let twice = (1..targets.len()).any(|at| targets[..at].contains(&targets[at]));
    if !is_strong {
        return match witness {
            Some(_) => Err(invalid(
                "MultiRegionConsistency must be set as STRONG when GlobalTableWitnessUpdates \
                 parameter is present.",
            )),
            None if targets.len() > 1 => Err(several()),
            None => Ok(()),
        };
    }
    if twice || witness.is_some_and(|witness| targets.contains(&witness)) {
        return Err(invalid("Cannot target multiple regions with the same action"));
    }
    if witness == Some(here) {
        return Err(invalid(
            "Cannot add a witness in the same region as an existing replica when creating a \
             global table with MultiRegionConsistency set to STRONG.",
        ));
    }
    let all: Vec<&str> = [here].into_iter().chain(targets).chain(witness).collect();
    regions::check_strong(&all)?;
    if all.len() != 3 {
        return Err(invalid(
            "Unsupported replica count for global tables with MultiRegionConsistency set to \
             STRONG.",
        ));
    }
    Ok(())
}

/// What is said of more than one replica made or deleted at once.
pub(crate) fn several() -> DynamoError {
    invalid(
        "Update table operation with more than one create or delete replica actions not allowed",
    )
}
