//! Deployment packages: checked, kept as blobs within what an account may store, and removed when
//! nothing refers to them any more.

use crate::{
    error::LambdaError,
    fleet::Fleet,
    function::{Code, Function, MAX_STORED_BYTES, Version},
};
use parking_lot::Mutex;
use service_kit::{clock::Stopwatch, platform::Platform, prelude::*};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
    sync::Arc,
};

/// The largest package in a request, in bytes ("Lambda quotas").
const MAX_ZIPPED_BYTES: usize = 52_428_800;
/// How long a package is kept after its last row is gone: whoever waits for an environment was
/// told of it before.
const GRACE: Duration = Duration::from_secs(15);
/// Blobs looked at together.
const BATCH: usize = 1_000;

/// Packages of rows that are gone.
#[derive(Default)]
pub struct Discarded(Mutex<Waste>);

#[derive(Default)]
struct Waste {
    all: Vec<Discard>,
    /// Whether somebody is at it.
    is_swept: bool,
}

struct Discard {
    account: Arc<str>,
    code: Code,
    age: Stopwatch,
}

/// Notes that rows of the caller's account do not refer to `code` any more; others may. It is
/// removed after a while if they do not.
pub fn discard(cx: &Context, code: impl IntoIterator<Item = Code>) {
    let (platform, fleet) = (cx.platform().clone(), cx.platform().live::<Fleet>().clone());
    {
        let mut waste = fleet.discarded.0.lock();
        let account = &cx.scope().account;
        let discard = |code| Discard { account: account.clone(), code, age: Stopwatch::start() };
        waste.all.extend(code.into_iter().map(discard));
        if std::mem::replace(&mut waste.is_swept, true) {
            return;
        }
    }
    tokio::spawn(async move {
        let mut is_done = false;
        while !is_done {
            tokio::time::sleep(GRACE).await;
            is_done = fleet.discarded.sweep(&platform).await;
        }
    });
}

impl Discarded {
    /// Removes what has been here for long enough; whether that was all.
    async fn sweep(&self, platform: &Platform) -> bool {
        let is_due = |discard: &mut Discard| discard.age.elapsed() >= GRACE;
        let due: Vec<Discard> = self.0.lock().all.extract_if(.., is_due).collect();
        let blobs = due.iter().map(|discard| discard.code.blob.clone()).collect();
        let removed = platform.remove_blobs(&blobs).await;
        let mut waste = self.0.lock();
        if removed.is_err() {
            waste.all.extend(due); // is tried again
        }
        waste.is_swept = !waste.all.is_empty();
        !waste.is_swept
    }

    fn of(&self, account: &str) -> Vec<Code> {
        let waste = self.0.lock();
        let own = waste.all.iter().filter(|discard| *discard.account == *account);
        own.map(|discard| discard.code.clone()).collect()
    }
}

/// Removes the packages that no row refers to, which an earlier run of the instance has left.
///
/// # Errors
/// [`Fault::Internal`] when storage fails.
pub async fn clean(platform: &Platform) -> Result<(), Fault> {
    if platform.services().is_empty() {
        return Err(Fault::internal("nobody could say what is referred to"));
    }
    let mut last: Option<String> = None;
    loop {
        let (store, after) = (platform.store().clone(), last.clone());
        let list = move || store.blobs().list(after.as_deref(), BATCH);
        let listed = tokio::task::spawn_blocking(list).await.map_err(Fault::internal)??;
        let Some(end) = listed.last().cloned() else { return Ok(()) };
        platform.remove_blobs(&listed.into_iter().collect()).await?;
        last = Some(end);
    }
}

/// The packages of all versions of all functions, of one account or of all.
///
/// # Errors
/// [`Fault::Internal`] when storage fails.
pub fn blobs(platform: &Platform, account: Option<&str>) -> Result<BTreeSet<String>, Fault> {
    let mut blobs = BTreeSet::new();
    visit(platform, account, |code| blobs.extend([code.blob]))?;
    Ok(blobs)
}

/// Shows `each` the code of all functions' versions, of one account or of all.
fn visit(
    platform: &Platform,
    account: Option<&str>,
    mut each: impl FnMut(Code),
) -> Result<(), Fault> {
    for scope in platform.scopes_of(Function::TABLE)? {
        if account.is_some_and(|account| *scope.account != *account) {
            continue;
        }
        platform.read(&scope, |tx| {
            tx.visit::<Function>((), Order::Ascending, |function| {
                each(function.latest.code);
                ControlFlow::Continue(())
            })?;
            tx.visit::<Version>((), Order::Ascending, |version| {
                each(version.configuration.code);
                ControlFlow::Continue(())
            })
        })?;
    }
    Ok(())
}

/// How many bytes of code an account may have, packed and unpacked, in all regions: as much as it
/// may store of anything, and no more than on AWS.
pub fn limit(platform: &Platform) -> u64 {
    platform.storage_limit().min(MAX_STORED_BYTES)
}

/// Whether the caller's account may have `code`, too. Each version's packed code counts, as on AWS;
/// what is the same is unpacked once.
///
/// # Errors
/// [`LambdaError::CodeStorageExceededException`] when it may not.
pub fn check_room(cx: &Context, code: &Code) -> Result<(), LambdaError> {
    let account = &cx.scope().account;
    let (mut packed, mut unpacked) = (0_u64, BTreeMap::new());
    let mut count = |code: Code| {
        packed = packed.saturating_add(code.bytes);
        unpacked.insert(code.blob, code.unpacked_bytes);
    };
    visit(cx.platform(), Some(account), &mut count)?;
    cx.platform().live::<Fleet>().discarded.of(account).into_iter().for_each(&mut count);
    count(code.clone());
    let all = unpacked.into_values().fold(packed, u64::saturating_add);
    if all > limit(cx.platform()) { Err(LambdaError::storage_exceeded()) } else { Ok(()) }
}

/// Checks a package by unpacking it.
///
/// # Errors
/// [`LambdaError::InvalidParameterValueException`], in AWS's words, when it is too large or no
/// archive.
pub async fn check(cx: &Context, package: &Bytes) -> Result<Code, LambdaError> {
    if package.len() > MAX_ZIPPED_BYTES {
        return Err(Fault::invalid(format!(
            "1 validation error detected: Value at 'zipFile' failed to satisfy constraint: Member \
             must have length less than or equal to {MAX_ZIPPED_BYTES}"
        ))
        .into());
    }
    let blob = service_kit::blob_key(package);
    let fleet = cx.platform().live::<Fleet>();
    let folder = fleet.folders.unpacked(cx, &blob, || async { Ok(package.clone()) }).await?;
    let unpacked_bytes = folder.get().map_or(0, crate::folders::Folder::bytes);
    Ok(Code { blob, bytes: package.len() as u64, unpacked_bytes })
}

/// Stores a package and has `write` write the row that refers to it, if the account has room.
///
/// # Errors
/// [`LambdaError::CodeStorageExceededException`] when it has not, or those of `write`.
pub async fn deploy<T>(
    cx: &Context,
    code: &Code,
    package: &Bytes,
    write: impl Future<Output = Result<T, LambdaError>>,
) -> Result<T, LambdaError> {
    check_room(cx, code)?;
    let fleet = cx.platform().live::<Fleet>();
    let _kept = cx.platform().keep_blobs().await;
    cx.platform().store().put_blob(package.clone()).await.map_err(Fault::from)?;
    let written = async {
        let _turn = fleet.deploying.lock().await;
        check_room(cx, code)?; // now nobody else comes in between
        write.await
    };
    let written = written.await;
    if written.is_err() {
        discard(cx, [code.clone()]);
    }
    written
}
