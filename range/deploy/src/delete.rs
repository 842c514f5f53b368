//! Deletes a stack: the last made first.

use crate::{
    Event, Status,
    kind::{Calls, Cause, Unmake},
    resources,
    stack::{Stack, StackResource},
};
use client::Cloud;
use std::{cmp::Reverse, collections::BTreeMap, fmt};

/// A resource that could not be deleted, and why.
#[derive(Clone, Debug)]
pub struct Undeleted {
    /// The resource's name in the template.
    pub logical_id: String,
    /// Its type.
    pub kind: String,
    /// What `Ref` gave, if it was made whole.
    pub physical_id: String,
    /// Why it is still there.
    pub cause: Cause,
}

impl fmt::Display for Undeleted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { logical_id, kind, physical_id, cause } = self;
        write!(f, "{logical_id} ({kind}) {physical_id}: {cause}")
    }
}

/// What could not be deleted of a stack; all else is.
#[derive(Clone, Debug)]
pub struct DeleteError(pub Vec<Undeleted>);

impl fmt::Display for DeleteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not deleted:")?;
        self.0.iter().try_for_each(|left| write!(f, "\n{left}"))
    }
}

impl std::error::Error for DeleteError {}

/// Deletes what `stack` made, but what its template retains. What is gone already is no error.
///
/// # Errors
/// [`DeleteError`] with all that is still there.
pub async fn delete(
    stack: &Stack,
    cloud: &impl Cloud,
    progress: &(dyn Fn(Event<'_>) + Sync),
) -> Result<(), DeleteError> {
    let left = all(&stack.resources, cloud, progress).await;
    if left.is_empty() { Ok(()) } else { Err(DeleteError(left)) }
}

/// Deletes `made`; gives what could not be.
pub(crate) async fn all(
    made: &BTreeMap<String, StackResource>,
    calls: &dyn Calls,
    progress: &(dyn Fn(Event<'_>) + Sync),
) -> Vec<Undeleted> {
    let mut last_first: Vec<_> = made.iter().filter(|(_, resource)| !resource.retain).collect();
    last_first.sort_by_key(|(_, resource)| Reverse(resource.order));
    let mut left = Vec::new();
    for (logical_id, resource) in last_first {
        let tell = |status| progress(Event { logical_id, kind: &resource.kind, status });
        tell(Status::Deleting);
        match one(resource, calls).await {
            Ok(()) => tell(Status::Deleted),
            Err(cause) => {
                tell(Status::Failed);
                left.push(Undeleted {
                    logical_id: logical_id.clone(),
                    kind: resource.kind.clone(),
                    physical_id: resource.physical_id.clone(),
                    cause,
                });
            }
        }
    }
    left
}

async fn one(resource: &StackResource, calls: &dyn Calls) -> Result<(), Cause> {
    match resources::find(&resource.kind) {
        Some(kind) => (kind.delete)(&Unmake { calls, handle: &resource.handle }).await,
        None => {
            let what = format!(
                "there is no resource type {}: use the program that made it",
                resource.kind
            );
            Err(Cause::Template { pointer: String::new(), what })
        }
    }
}
