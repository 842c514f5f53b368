//! Deployment packages: checked, kept as blobs, unpacked once for all environments that run them.

use crate::{error::LambdaError, function::Code};
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

/// The largest package in a request, in bytes ("Lambda quotas").
const MAX_ZIPPED_BYTES: usize = 52_428_800;

/// How long an unpacked package is kept after it was last run.
const KEPT: Duration = Duration::from_secs(3600);

/// Unpacked packages of this instance, by blob key.
#[derive(Default)]
pub struct Folders(Mutex<HashMap<String, Entry>>);

struct Entry {
    folder: Arc<OnceCell<Folder>>,
    used: Timestamp,
}

/// An unpacked package; the files go with the last of its users.
pub struct Folder(PathBuf);

impl Folder {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
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

/// Checks a package, stores it and unpacks it.
///
/// # Errors
/// [`LambdaError::InvalidParameterValueException`], in AWS's words, when it is too large or no
/// archive.
pub async fn store(cx: &Context, folders: &Folders, package: &Bytes) -> Result<Code, LambdaError> {
    let code = check(cx, folders, package).await?;
    cx.platform().store().put_blob(package.clone()).await.map_err(Fault::from)?;
    Ok(code)
}

/// As [`store`], without storing.
///
/// # Errors
/// As [`store`].
pub async fn check(cx: &Context, folders: &Folders, package: &Bytes) -> Result<Code, LambdaError> {
    if package.len() > MAX_ZIPPED_BYTES {
        return Err(Fault::invalid(format!(
            "1 validation error detected: Value at 'zipFile' failed to satisfy constraint: Member \
             must have length less than or equal to {MAX_ZIPPED_BYTES}"
        ))
        .into());
    }
    let code = Code { blob: service_kit::blob_key(package), bytes: package.len() as u64 };
    folders.unpacked(cx, &code, || async { Ok(package.clone()) }).await?;
    Ok(code)
}

impl Folders {
    /// The unpacked package of a stored function.
    ///
    /// # Errors
    /// [`Fault::Internal`] when its blob is gone or damaged.
    pub async fn of(
        &self,
        cx: &Context,
        code: &Code,
    ) -> Result<Arc<OnceCell<Folder>>, LambdaError> {
        let stored = || async {
            let blob = cx.platform().store().get_blob(code.blob.clone()).await;
            let blob = blob.map_err(Fault::from)?;
            Ok(blob.ok_or_else(|| Fault::internal(format!("blob {} is gone", code.blob)))?)
        };
        self.unpacked(cx, code, stored).await
    }

    /// The package's folder, which is filled now if this is the first use of it.
    async fn unpacked<F>(
        &self,
        cx: &Context,
        code: &Code,
        package: impl FnOnce() -> F,
    ) -> Result<Arc<OnceCell<Folder>>, LambdaError>
    where
        F: Future<Output = Result<Bytes, LambdaError>>,
    {
        let now = cx.now();
        let cell = {
            let mut folders = self.0.lock();
            let fresh = || Entry { folder: Arc::default(), used: now };
            let entry = folders.entry(code.blob.clone()).or_insert_with(fresh);
            entry.used = now;
            entry.folder.clone()
        };
        let unpack = || async {
            let into = home(cx.platform()).join(format!("{}.{}", code.blob, cx.entropy().hex(8)));
            let package = package().await?;
            tokio::task::spawn_blocking(move || unpack(&package, into))
                .await
                .map_err(|error| LambdaError::from(Fault::internal(error)))?
        };
        cell.get_or_try_init(unpack).await?;
        Ok(cell)
    }

    /// Gives up folders that nobody has used for a while. Those in use stay until they are not.
    pub fn sweep(&self, now: Timestamp) {
        let mut unused = Vec::new();
        self.0.lock().retain(|_, entry| {
            let keep = Arc::strong_count(&entry.folder) > 1 || now.since(entry.used) < KEPT;
            if !keep {
                unused.push(entry.folder.clone());
            }
            keep
        });
        // Removing files takes a moment; not under the lock.
        drop(unused);
    }
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
    let folder = Folder(into);
    sandbox::unpack(package, folder.path(), UnpackLimits::default()).map_err(refusal)?;
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
