//! Virtual MFA devices: whose they are, and whether a code that somebody shows is theirs.

use super::totp::{STEP_SECS, is_code, step_at};
use crate::{
    access::Scope,
    context::Context,
    expiring::Expiring,
    fault::Fault,
    identity::Tag,
    key::Key,
    live::Live,
    platform::Platform,
    record::{Reach, Record},
    tx::ReadTx,
};
use policy::{Arn, Principal};
use serde::{Deserialize, Serialize};
use shape::Timestamp;
use std::time::Duration;

/// How many steps a device's clock may be off when a code is shown.
const SLACK_STEPS: i64 = 1;
/// How many steps a device's clock may be off when it is enabled or synchronized: an hour.
const SYNC_STEPS: i64 = 120;
/// How many wrong codes a device takes before it makes callers wait.
const FREE_FAILURES: u32 = 5;
/// The wait after that; it doubles with each further wrong code.
const FIRST_WAIT: Duration = Duration::from_secs(STEP_SECS.unsigned_abs());
/// The most doublings: an hour.
const MAX_DOUBLINGS: u32 = 7;
/// How long wrong codes are remembered.
const MEMORY: Duration = Duration::from_secs(2 * 3_600);

/// A virtual MFA device.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MfaDevice {
    /// Its ARN, which is its serial number.
    pub serial: String,
    /// The seed, sealed for [`MfaDevice::PURPOSE`] with the serial number as context.
    pub sealed_seed: Vec<u8>,
    /// When it was made.
    pub created: Timestamp,
    /// Tags.
    pub tags: Vec<Tag>,
    /// The unique id of the user it is enabled for; the account's for the root user.
    pub user_id: Option<String>,
    /// How many steps its clock is ahead.
    pub drift: i64,
    /// The step of the newest code that was used. No code counts twice, whoever has the device.
    pub last_step: i64,
}

impl MfaDevice {
    /// The purpose its seed is sealed for.
    pub const PURPOSE: &'static str = "mfa-seed";

    fn seed(&self, platform: &Platform) -> Result<Vec<u8>, Fault> {
        let opened = platform.seal().open(Self::PURPOSE, self.serial.as_bytes(), &self.sealed_seed);
        opened.ok_or_else(|| Fault::internal("an MFA seed was sealed under another root key"))
    }

    /// Sets the clock by two codes that the device showed one right after the other within the
    /// last or next hour, which are used up by that. A clock that is as right as codes have to be
    /// anyway is taken to be exact. False if the codes are not so.
    ///
    /// # Errors
    /// [`Fault`] when the seed cannot be opened.
    pub fn synchronize(
        &mut self,
        platform: &Platform,
        first: &str,
        second: &str,
    ) -> Result<bool, Fault> {
        let seed = self.seed(platform)?;
        let now = step_at(platform.clock().now());
        let nearest_first = (0..=SYNC_STEPS).flat_map(|off| [now - off, now + off]);
        let mut unused = nearest_first.filter(|step| *step > self.last_step);
        let shown =
            unused.find(|step| is_code(&seed, *step, second) && is_code(&seed, step - 1, first));
        let Some(step) = shown else { return Ok(false) };
        self.drift = if (step - now).abs() <= SLACK_STEPS { 0 } else { step - now };
        self.last_step = step;
        Ok(true)
    }
}

impl Record for MfaDevice {
    const TABLE: &'static str = "identity.mfa";
    const REACH: Reach = Reach::Account;

    fn key(&self) -> impl Key {
        &self.serial
    }
}

/// That a device is enabled for a user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MfaAssignment {
    /// The user's unique id; the account's for the root user.
    pub user_id: String,
    /// The device.
    pub serial: String,
    /// When it was enabled.
    pub enabled: Timestamp,
}

impl Record for MfaAssignment {
    const TABLE: &'static str = "identity.mfa_of";
    const REACH: Reach = Reach::Account;

    fn key(&self) -> impl Key {
        (&self.user_id, &self.serial)
    }
}

/// A device and a code that a request shows.
#[derive(Clone, Copy, Debug)]
pub struct MfaProof<'a> {
    /// The device's serial number.
    pub serial: &'a str,
    /// The code.
    pub code: &'a str,
}

/// Why a proof proves nothing.
#[derive(Debug)]
pub enum MfaFault {
    /// The caller has no such device.
    NotTheirs,
    /// The device does not show this code now, or it was used before, or there were too many
    /// wrong ones.
    WrongCode,
    /// Storage failed.
    Fault(Fault),
}

impl From<Fault> for MfaFault {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Wrong codes by serial number: how many, and until when no further one is looked at.
#[derive(Default)]
struct Failures(Expiring<String, (u32, Timestamp)>);

impl Live for Failures {
    fn forget(&self, account: &str) {
        let owner = |serial: &str| Arn::parse(serial).is_some_and(|arn| arn.account == account);
        self.0.retain(|serial| !owner(serial));
    }
}

impl MfaProof<'_> {
    /// Whether this proves that the caller of `cx` holds a device of theirs. The code stays good.
    ///
    /// # Errors
    /// [`MfaFault`] when it does not.
    pub fn check(self, cx: &Context) -> Result<(), MfaFault> {
        let (user_id, home) = holder(cx)?;
        let found = cx.platform().read(&home, |tx| self.find(cx, tx, &user_id));
        self.count_failure(cx, &found);
        found.map(|_| ())
    }

    /// As [`MfaProof::check`], and the code is used up.
    ///
    /// # Errors
    /// [`MfaFault`] when it proves nothing.
    pub async fn redeem(self, cx: &Context) -> Result<(), MfaFault> {
        let (user_id, home) = holder(cx)?;
        let redeem = cx.platform().write(&home, |tx| {
            let device = self.find(cx, &tx.reader(), &user_id)?;
            Ok::<_, MfaFault>(tx.put(&device)?)
        });
        let redeemed = redeem.await;
        self.count_failure(cx, &redeemed);
        redeemed
    }

    /// The caller's device as it is after this code.
    fn find(self, cx: &Context, tx: &ReadTx<'_>, user_id: &str) -> Result<MfaDevice, MfaFault> {
        let device = tx.get::<MfaDevice>(self.serial)?;
        let theirs = device.filter(|device| device.user_id.as_deref() == Some(user_id));
        let mut device = theirs.ok_or(MfaFault::NotTheirs)?;
        let now = cx.now();
        let failures = cx.platform().live::<Failures>().0.get(&self.serial.to_owned(), now);
        if failures.is_some_and(|(_, blocked)| blocked > now) {
            return Err(MfaFault::WrongCode);
        }
        let seed = device.seed(cx.platform())?;
        let expected = step_at(now) + device.drift;
        let steps = expected - SLACK_STEPS..=expected + SLACK_STEPS;
        let mut unused = steps.filter(|step| *step > device.last_step);
        let shown = unused.rfind(|step| is_code(&seed, *step, self.code));
        device.last_step = shown.ok_or(MfaFault::WrongCode)?;
        Ok(device)
    }

    /// Six digits are soon guessed by somebody who may try without end.
    fn count_failure<T>(self, cx: &Context, outcome: &Result<T, MfaFault>) {
        let (failures, now) = (cx.platform().live::<Failures>(), cx.now());
        let serial = self.serial.to_owned();
        let (count, blocked) = failures.0.get(&serial, now).unwrap_or_default();
        match outcome {
            Ok(_) if count > 0 => failures.0.keep(serial, (0, now), now),
            Err(MfaFault::WrongCode) if blocked <= now => {
                let count = count.saturating_add(1);
                let doublings =
                    count.checked_sub(FREE_FAILURES).map(|over| over.min(MAX_DOUBLINGS));
                let wait = doublings.map_or(Duration::ZERO, |times| FIRST_WAIT * (1 << times));
                failures.0.keep(serial, (count, now + wait), now + MEMORY);
            }
            _ => {}
        }
    }
}

/// The unique id of the caller of `cx`, if devices can be theirs, and where they are kept.
fn holder(cx: &Context) -> Result<(String, Scope), MfaFault> {
    let (id, account) = match &cx.caller().principal {
        Principal::User { id, account, .. } => (id, account),
        Principal::Root { account } => (account, account),
        _ => return Err(MfaFault::NotTheirs),
    };
    Ok((id.to_string(), Scope::new(account.clone(), "")))
}
