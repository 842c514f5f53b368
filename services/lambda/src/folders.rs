//! Unpacked packages: each is on the disk once, for all environments that run it, and there is
//! only so much room for them, which accounts share.

use crate::{
    error::{LambdaError, Limit},
    function::Code,
};
use parking_lot::Mutex;
use sandbox::{UnpackError, UnpackLimits};
use service_kit::{platform::Platform, prelude::*};
use std::{
    collections::HashMap,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::sync::OnceCell;

/// How long an unpacked package is kept after it was last run.
const KEPT: Duration = Duration::from_secs(3600);
/// What all unpacked packages together may take of the disk, in bytes.
const ROOM: u64 = 8 << 30;
/// What those may take that nothing runs.
const ROOM_UNUSED: u64 = 2 << 30;
/// What a package may take at the most until it is known: its bytes, and for each of its entries
/// what the file system adds.
const UNKNOWN: u64 = 640 << 20;
/// How many times what is still free an account may have, as with environments.
const SHARE_OF_FREE: u64 = 3;

/// Unpacked packages of this instance, by blob key.
#[derive(Default)]
pub struct Folders(Mutex<HashMap<String, Entry>>);

struct Entry {
    folder: Unpacked,
    used: Timestamp,
    /// Whoever ran it first.
    account: Arc<str>,
    /// What it takes of the disk.
    bytes: u64,
}

impl Entry {
    fn is_unused(&self) -> bool {
        Arc::strong_count(&self.folder) == 1
    }
}

/// An unpacked package, for as long as it is held.
pub type Unpacked = Arc<OnceCell<Folder>>;

/// Where a package is unpacked; the files go with the last of its users.
pub struct Folder {
    path: PathBuf,
    bytes: u64,
}

impl Folder {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it takes of the disk.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.path).ok();
    }
}

/// Where packages are unpacked; nothing there survives a restart.
fn home(platform: &Platform) -> PathBuf {
    platform.settings().data.join("functions")
}

/// Removes what an earlier run of the instance left.
pub fn clean(platform: &Platform) {
    std::fs::remove_dir_all(home(platform)).ok();
}

impl Folders {
    /// The unpacked package of a stored function.
    ///
    /// # Errors
    /// [`Fault::Internal`] when its blob is gone or damaged, [`LambdaError::throttled`] when there
    /// is no room for it now.
    pub async fn of(&self, cx: &Context, code: &Code) -> Result<Unpacked, LambdaError> {
        let stored = || async {
            let blob = cx.platform().store().get_blob(code.blob.clone()).await;
            let blob = blob.map_err(Fault::from)?;
            Ok(blob.ok_or_else(|| Fault::internal(format!("blob {} is gone", code.blob)))?)
        };
        self.unpacked(cx, &code.blob, stored).await
    }

    /// The folder of the package in `blob`, which is filled now if this is the first use of it.
    ///
    /// # Errors
    /// Those of `package`, and what is wrong with it.
    pub async fn unpacked<F>(
        &self,
        cx: &Context,
        blob: &str,
        package: impl FnOnce() -> F,
    ) -> Result<Unpacked, LambdaError>
    where
        F: Future<Output = Result<Bytes, LambdaError>>,
    {
        let (cell, given_up) = self.place(blob, &cx.scope().account, cx.now())?;
        let unpack = || async {
            let into = home(cx.platform()).join(format!("{blob}.{}", cx.entropy().hex(8)));
            let package = package().await?;
            let work = move || {
                drop(given_up); // makes the room
                unpack(&package, into)
            };
            tokio::task::spawn_blocking(work)
                .await
                .map_err(|error| LambdaError::from(Fault::internal(error)))?
        };
        let unpacked = cell.get_or_try_init(unpack).await.map(Folder::bytes);
        self.settle(blob, &cell, unpacked.as_ref().ok().copied());
        unpacked.map(|_| cell)
    }

    /// The place for a package, and what has to go for it.
    fn place(
        &self,
        blob: &str,
        account: &Arc<str>,
        now: Timestamp,
    ) -> Result<(Unpacked, Vec<Unpacked>), LambdaError> {
        let mut folders = self.0.lock();
        if let Some(entry) = folders.get_mut(blob) {
            entry.used = now;
            return Ok((entry.folder.clone(), Vec::new()));
        }
        let mut given_up = Vec::new();
        while !has_room(&folders, account) {
            let Some(oldest) = oldest_unused(&folders) else {
                return Err(LambdaError::throttled(Limit::Account));
            };
            given_up.extend(folders.remove(&oldest).map(|entry| entry.folder));
        }
        let entry =
            Entry { folder: Arc::default(), used: now, account: account.clone(), bytes: UNKNOWN };
        let folder = entry.folder.clone();
        folders.insert(blob.to_owned(), entry);
        Ok((folder, given_up))
    }

    /// Notes what a package really takes; one that could not be unpacked takes nothing.
    fn settle(&self, blob: &str, cell: &Unpacked, bytes: Option<u64>) {
        let mut folders = self.0.lock();
        let Some(entry) = folders.get_mut(blob) else { return };
        match bytes {
            Some(bytes) => entry.bytes = bytes,
            // Nobody else tries it, besides the caller.
            None if Arc::strong_count(cell) == 2 => drop(folders.remove(blob)),
            None => {}
        }
    }

    /// Gives up folders that nobody has used for a while, and the oldest of too many. Those in use
    /// stay until they are not.
    pub fn sweep(&self, now: Timestamp) {
        self.drop_all(|entry| now.since(entry.used) >= KEPT);
        let mut given_up = Vec::new();
        let mut folders = self.0.lock();
        while unused(&folders) > ROOM_UNUSED {
            let Some(oldest) = oldest_unused(&folders) else { break };
            given_up.extend(folders.remove(&oldest));
        }
        drop(folders);
        drop(given_up);
    }

    /// Gives up all folders that nobody uses now.
    pub fn drop_unused(&self) {
        self.drop_all(|_| true);
    }

    /// Gives up folders that are not in use, if they are `spare`.
    fn drop_all(&self, spare: impl Fn(&Entry) -> bool) {
        let is_over = |_: &String, entry: &mut Entry| entry.is_unused() && spare(entry);
        let given_up: Vec<_> = self.0.lock().extract_if(is_over).collect();
        // Removing files takes a moment; not under the lock.
        drop(given_up);
    }
}

/// Whether `account` may have one more, of which nothing is known yet.
fn has_room(folders: &HashMap<String, Entry>, account: &str) -> bool {
    let all: u64 = folders.values().map(|entry| entry.bytes).sum();
    let own = folders.values().filter(|entry| *entry.account == *account);
    let own: u64 = own.map(|entry| entry.bytes).sum();
    let free = ROOM.saturating_sub(all);
    free >= UNKNOWN && own < SHARE_OF_FREE * (free - UNKNOWN)
}

fn unused(folders: &HashMap<String, Entry>) -> u64 {
    folders.values().filter(|entry| entry.is_unused()).map(|entry| entry.bytes).sum()
}

fn oldest_unused(folders: &HashMap<String, Entry>) -> Option<String> {
    let unused = folders.iter().filter(|(_, entry)| entry.is_unused());
    unused.min_by_key(|(_, entry)| entry.used).map(|(blob, _)| blob.clone())
}

/// Unpacks into a new folder that only the instance can enter.
fn unpack(package: &[u8], into: PathBuf) -> Result<Folder, LambdaError> {
    let made = into.parent().map(|home| {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(home)?;
        std::fs::create_dir(&into)?;
        // Sandboxes see this folder as another user.
        std::fs::set_permissions(&into, std::fs::Permissions::from_mode(0o755))
    });
    if let Some(Err(error)) = made {
        return Err(Fault::internal(format!("{}: {error}", into.display())).into());
    }
    let mut folder = Folder { path: into, bytes: 0 };
    let sizes = sandbox::unpack(package, folder.path(), UnpackLimits::default());
    folder.bytes = sizes.map_err(refusal)?.on_disk;
    if std::fs::read_dir(folder.path()).is_ok_and(|mut entries| entries.next().is_none()) {
        return Err(LambdaError::invalid("Uploaded file must be a non-empty zip"));
    }
    Ok(folder)
}

fn refusal(error: UnpackError) -> LambdaError {
    match error {
        UnpackError::TooLarge { limit } => {
            LambdaError::invalid(format!("Unzipped size must be smaller than {limit} bytes"))
        }
        UnpackError::Io(error) => Fault::internal(error).into(),
        UnpackError::UnsafePath(_)
        | UnpackError::TooManyEntries { .. }
        | UnpackError::Unsupported(_) => {
            LambdaError::invalid(format!("Could not unzip uploaded file: {error}."))
        }
        UnpackError::Malformed(_) | UnpackError::Duplicate(_) => LambdaError::invalid(
            "Could not unzip uploaded file. Please check your file, then try to upload again.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_000);

    fn take(folders: &Folders, account: &str, number: usize) -> Option<Unpacked> {
        let blob = format!("{account}{number}");
        let (cell, _) = folders.place(&blob, &account.into(), NOW).ok()?;
        Some(cell)
    }

    fn fill(folders: &Folders, account: &str) -> Vec<Unpacked> {
        (0..100).map_while(|number| take(folders, account, number)).collect()
    }

    #[test]
    fn what_runs_takes_no_more_than_the_room_and_no_account_all_of_it() {
        let folders = Folders::default();
        let many = fill(&folders, "a");
        assert_eq!(many.len(), 9);
        assert!(take(&folders, "b", 0).is_some(), "there is room for somebody else");
        assert!(take(&folders, "a", 200).is_none());
        drop(many);
        assert!(take(&folders, "a", 200).is_some(), "what nobody uses gives way");
    }

    #[test]
    fn the_oldest_unused_goes_first_and_only_so_much_stays() {
        let folders = Folders::default();
        for number in 0..8 {
            let now = NOW + Duration::from_secs(number);
            folders.place(&number.to_string(), &"a".into(), now).unwrap();
        }
        folders.sweep(NOW + Duration::from_secs(8));
        let mut left: Vec<_> = folders.0.lock().keys().cloned().collect();
        left.sort();
        assert_eq!(left, ["5", "6", "7"]);
        folders.sweep(NOW + KEPT + Duration::from_secs(6));
        assert_eq!(folders.0.lock().len(), 1);
    }

    #[test]
    fn what_could_not_be_unpacked_takes_no_room() {
        let folders = Folders::default();
        let cell = take(&folders, "a", 0).unwrap();
        folders.settle("a0", &cell, None);
        assert!(folders.0.lock().is_empty());
        let cell = take(&folders, "a", 1).unwrap();
        folders.settle("a1", &cell, Some(5));
        assert_eq!(folders.0.lock()["a1"].bytes, 5);
    }
}
