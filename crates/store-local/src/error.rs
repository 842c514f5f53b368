//! The tree's errors as the store's.
use std::{error::Error, io};
use store::StoreError;

/// Finds a full disk wherever the tree wrapped it.
pub(crate) fn from_tree(error: fjall::Error) -> StoreError {
    use fjall::Error as Tree;
    if let Some(kind) = io_kind(&error) {
        let message = error.to_string();
        return io::Error::new(kind, message).into();
    }
    match error {
        Tree::Poisoned => StoreError::io(
            "an earlier write or sync failed, so nothing more is written: see to the disk, then \
             restart",
        ),
        Tree::Locked => StoreError::io("another process uses this data folder"),
        Tree::KeyspaceDeleted => StoreError::io("the tree was deleted while in use"),
        other => StoreError::Corrupt(other.to_string()),
    }
}

fn io_kind(error: &fjall::Error) -> Option<io::ErrorKind> {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            return Some(io.kind());
        }
        next = error.source();
    }
    None
}

/// Says which file an operation failed on.
pub(crate) fn on(path: &std::path::Path) -> impl Fn(io::Error) -> StoreError {
    move |error| io::Error::new(error.kind(), format!("{}: {error}", path.display())).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_recognized() {
        let full = fjall::Error::Io(io::ErrorKind::StorageFull.into());
        assert!(matches!(from_tree(full), StoreError::Full));
        let other = fjall::Error::Io(io::ErrorKind::PermissionDenied.into());
        assert!(matches!(from_tree(other), StoreError::Io(_)));
        assert!(matches!(from_tree(fjall::Error::InvalidTrailer), StoreError::Corrupt(_)));
    }
}
