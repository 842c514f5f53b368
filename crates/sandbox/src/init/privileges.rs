//! Gives up every privilege: numbers, capabilities, what an exec could win back, and limits.

use rustix::process::{Resource, Rlimit};
use rustix::thread::{CapabilitiesSecureBits, CapabilitySet, CapabilitySets, Gid, Uid};

use super::stage::INSIDE_ID;
use crate::control::{At, Failure, Limits};

/// The highest capability number to try; the kernel refuses those that it does not know.
const CAPABILITIES: u32 = 63;

/// Becomes the function's user without any capability, now and after any exec.
pub(super) fn drop_all() -> Result<(), Failure> {
    for number in 0..=CAPABILITIES {
        let capability = CapabilitySet::from_bits_retain(1 << number);
        if rustix::thread::remove_capability_from_bounding_set(capability).is_err() {
            break;
        }
    }
    let bits = CapabilitiesSecureBits::NO_ROOT
        | CapabilitiesSecureBits::NO_ROOT_LOCKED
        | CapabilitiesSecureBits::NO_SETUID_FIXUP_LOCKED
        | CapabilitiesSecureBits::KEEP_CAPS_LOCKED
        | CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE
        | CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE_LOCKED;
    rustix::thread::set_capabilities_secure_bits(bits).at("securebits")?;
    let (user, group) = (Uid::from_raw(INSIDE_ID), Gid::from_raw(INSIDE_ID));
    rustix::thread::set_thread_res_gid(group, group, group).at("setresgid")?;
    rustix::thread::set_thread_res_uid(user, user, user).at("setresuid")?;
    let none = CapabilitySets {
        effective: CapabilitySet::empty(),
        permitted: CapabilitySet::empty(),
        inheritable: CapabilitySet::empty(),
    };
    rustix::thread::set_capabilities(None, none).at("capset")?;
    rustix::thread::set_no_new_privs(true).at("no_new_privs")
}

/// How much functions give way to others on the host.
const NICE: i32 = 5;

/// Sets the limits that the kernel keeps for each process; never above what the host's own are.
pub(super) fn limit(limits: &Limits) -> Result<(), Failure> {
    let fixed = [
        // Zero still starts the host's program for dumps, if it has one, as root; one does not.
        (Resource::Core, Some(1)),
        (Resource::Nofile, Some(limits.open_files)),
        (Resource::Nproc, Some(limits.processes)),
        (Resource::Memlock, Some(64 * 1024)),
        (Resource::Msgqueue, Some(819_200)),
        (Resource::Sigpending, Some(1024)),
        (Resource::Rtprio, Some(0)),
        (Resource::Data, limits.data_bytes),
    ];
    for (resource, limit) in fixed {
        let Some(limit) = limit else { continue };
        let hard = rustix::process::getrlimit(resource).maximum.unwrap_or(u64::MAX);
        let limit = limit.min(hard);
        let limit = Rlimit { current: Some(limit), maximum: Some(limit) };
        rustix::process::setrlimit(resource, limit).at("setrlimit")?;
    }
    // Whoever serves the functions comes before them, with cgroups or without.
    rustix::process::nice(NICE).at("nice")?;
    Ok(())
}
