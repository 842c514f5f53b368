//! Landlock: a second wall around the file system, where the kernel has it.
#![allow(unsafe_code)] // the three system calls have no safe wrapper

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

// Not in libc yet; see "Landlock: unprivileged access control" in the kernel's documentation.
const CREATE_RULESET_VERSION: u32 = 1;
const RULE_PATH_BENEATH: u32 = 1;
const EXECUTE: u64 = 1;
const WRITE_FILE: u64 = 1 << 1;
const READ_FILE: u64 = 1 << 2;
const READ_DIR: u64 = 1 << 3;
/// Removing, making, linking: everything up to REFER, which version 2 added.
const CHANGE: u64 = 0x1ff0;
const REFER: u64 = 1 << 13;
const TRUNCATE: u64 = 1 << 14;

#[repr(C)]
struct Ruleset {
    handled_access_fs: u64,
}

#[repr(C, packed)]
struct PathBeneath {
    allowed_access: u64,
    parent: i32,
}

/// The kernel's Landlock version; 0 when it has none or it is turned off.
pub(crate) fn version() -> i64 {
    // SAFETY: with a null attribute and this flag the call only reports a number.
    let version = unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            std::ptr::null::<Ruleset>(),
            0,
            CREATE_RULESET_VERSION,
        )
    };
    version.max(0)
}

/// Lets this process read and run everything that it sees, and write below `/tmp` and `/dev/shm`
/// and to devices only; needs `no_new_privs`. Does nothing on kernels without Landlock.
pub(super) fn restrict() -> io::Result<()> {
    let version = version();
    if version < 3 {
        return Ok(()); // older ones cannot allow links or control truncation
    }
    let reading = EXECUTE | READ_FILE | READ_DIR;
    let writing = WRITE_FILE | CHANGE | REFER | TRUNCATE;
    let attribute = Ruleset { handled_access_fs: reading | writing };
    // SAFETY: the attribute outlives the call and its size is given; the result is checked.
    let ruleset = unsafe {
        libc::syscall(libc::SYS_landlock_create_ruleset, &attribute, size_of::<Ruleset>(), 0)
    };
    if ruleset < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: a new descriptor that nobody else owns.
    let ruleset = unsafe { OwnedFd::from_raw_fd(ruleset as i32) };
    allow(&ruleset, "/", reading)?;
    allow(&ruleset, "/tmp", reading | writing)?;
    allow(&ruleset, "/dev/shm", reading | writing)?;
    for device in ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"] {
        allow(&ruleset, device, READ_FILE | WRITE_FILE | TRUNCATE)?;
    }
    // SAFETY: takes an open descriptor and no pointer.
    let code = unsafe { libc::syscall(libc::SYS_landlock_restrict_self, ruleset.as_raw_fd(), 0) };
    if code == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn allow(ruleset: &OwnedFd, path: &str, allowed_access: u64) -> io::Result<()> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let rule = PathBeneath { allowed_access, parent: file.as_raw_fd() };
    // SAFETY: the rule outlives the call, which copies it.
    let code = unsafe {
        libc::syscall(libc::SYS_landlock_add_rule, ruleset.as_raw_fd(), RULE_PATH_BENEATH, &rule, 0)
    };
    if code == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
