//! The system call filter: what no function needs and what has broken out of sandboxes before.
#![allow(unsafe_code)] // installing the filter is a raw prctl

use std::io;

/// System calls that fail with "operation not permitted".
const DENIED: &[libc::c_long] = &[
    // Mounts and roots.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    457, // statmount: tells of the host's mounts
    458, // listmount
    467, // open_tree_attr
    libc::SYS_swapon,
    libc::SYS_swapoff,
    // Namespaces and other processes.
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_process_mrelease,
    libc::SYS_kcmp,
    // The kernel itself.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_syslog,
    libc::SYS_acct,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_fanotify_init,
    libc::SYS_lookup_dcookie,
    libc::SYS_vhangup,
    // Wide kernel surface with a history of holes.
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_personality,
    libc::SYS_move_pages,
    libc::SYS_migrate_pages,
    libc::SYS_mbind,
    libc::SYS_set_mempolicy,
    libc::SYS_vmsplice,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_kexec_file_load,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_modify_ldt,
];

/// Denied too where no cgroup counts memory: shared memory that no resident set shows.
const HIDDEN_MEMORY: &[libc::c_long] =
    &[libc::SYS_memfd_create, libc::SYS_memfd_secret, libc::SYS_shmget];

/// Address families that stay inside the network namespace. VSOCK, for one, does not.
const FAMILIES: [libc::c_int; 4] = [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK];

/// Protocols of these families, by number: the default, ICMP, TCP, UDP and ICMPv6. Of netlink's the
/// first, which tells of the own network. Others load parts of the kernel that no function needs.
const PROTOCOLS: [libc::c_int; 5] = [0, 1, 6, 17, 58];

const NEW_NAMESPACES: libc::c_int = libc::CLONE_NEWUSER
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP
    | 0x80; // CLONE_NEWTIME

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: u32 = 0xC000_003E;
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: u32 = 0xC000_00B7;

/// The size of core dumps; the type of libc's constant differs between C libraries.
const RLIMIT_CORE: u32 = 4;

/// Numbers from here on are the x32 ABI's, which would slip past a list of plain numbers.
#[cfg(target_arch = "x86_64")]
const X32: u32 = 0x4000_0000;

// Where `struct seccomp_data` holds what the filter reads (all supported targets: little-endian).
const NUMBER: u32 = 0;
const ARCH: u32 = 4;
const FIRST_ARGUMENT: u32 = 16;
const SECOND_ARGUMENT: u32 = 24;
const THIRD_ARGUMENT: u32 = 32;

const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
const EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
const GREATER_OR_EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K) as u16;
const ANY_BIT: u16 = (libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K) as u16;
const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;

const KILL: u32 = libc::SECCOMP_RET_KILL_PROCESS;
const ALLOW: u32 = libc::SECCOMP_RET_ALLOW;

const fn refuse(errno: libc::c_int) -> u32 {
    libc::SECCOMP_RET_ERRNO | errno as u32
}

fn step(code: u16, k: u32, jt: u8, jf: u8) -> libc::sock_filter {
    libc::sock_filter { code, jt, jf, k }
}

/// The program: kill foreign ABIs, refuse what is listed, look into clone and socket, allow.
fn program(hidden_memory: bool) -> Vec<libc::sock_filter> {
    let mut program = vec![
        step(LOAD, ARCH, 0, 0),
        step(EQUAL, ARCHITECTURE, 1, 0),
        step(RETURN, KILL, 0, 0),
        step(LOAD, NUMBER, 0, 0),
    ];
    #[cfg(target_arch = "x86_64")]
    program.extend([step(GREATER_OR_EQUAL, X32, 0, 1), step(RETURN, refuse(libc::ENOSYS), 0, 0)]);
    let extra = if hidden_memory { HIDDEN_MEMORY } else { &[] };
    for number in DENIED.iter().chain(extra) {
        program.push(step(EQUAL, *number as u32, 0, 1));
        program.push(step(RETURN, refuse(libc::EPERM), 0, 0));
    }
    // clone3 keeps its flags in memory, where no filter can see them; libraries fall back.
    program.push(step(EQUAL, libc::SYS_clone3 as u32, 0, 1));
    program.push(step(RETURN, refuse(libc::ENOSYS), 0, 0));
    program.extend([
        step(EQUAL, libc::SYS_clone as u32, 0, 4),
        step(LOAD, FIRST_ARGUMENT, 0, 0),
        step(ANY_BIT, NEW_NAMESPACES as u32, 0, 1),
        step(RETURN, refuse(libc::EPERM), 0, 0),
        step(RETURN, ALLOW, 0, 0),
        step(EQUAL, libc::SYS_ioctl as u32, 0, 5),
        step(LOAD, SECOND_ARGUMENT, 0, 0),
        step(EQUAL, libc::TIOCSTI as u32, 1, 0), // types into a terminal
        step(EQUAL, 0x541C, 0, 1),               // TIOCLINUX, the same for consoles
        step(RETURN, refuse(libc::EPERM), 0, 0),
        step(RETURN, ALLOW, 0, 0),
    ]);
    program.extend(keep_core_limit(libc::SYS_setrlimit, FIRST_ARGUMENT));
    program.extend(keep_core_limit(libc::SYS_prlimit64, SECOND_ARGUMENT));
    program.push(step(EQUAL, libc::SYS_socket as u32, 1, 0));
    program.push(step(RETURN, ALLOW, 0, 0));
    program.extend(one_of(FIRST_ARGUMENT, &FAMILIES, libc::EAFNOSUPPORT));
    program.extend(one_of(THIRD_ARGUMENT, &PROTOCOLS, libc::EPROTONOSUPPORT));
    program.push(step(RETURN, ALLOW, 0, 0));
    program
}

/// Refuses a call about the size of core dumps: see [`super::privileges`] for why it must stay.
fn keep_core_limit(call: libc::c_long, argument: u32) -> [libc::sock_filter; 5] {
    [
        step(EQUAL, call as u32, 0, 4),
        step(LOAD, argument, 0, 0),
        step(EQUAL, RLIMIT_CORE, 0, 1),
        step(RETURN, refuse(libc::EPERM), 0, 0),
        step(RETURN, ALLOW, 0, 0),
    ]
}

/// Goes on if an argument is one of these, and fails with `errno` if not.
fn one_of(argument: u32, values: &[libc::c_int], errno: libc::c_int) -> Vec<libc::sock_filter> {
    let mut program = vec![step(LOAD, argument, 0, 0)];
    for (index, value) in values.iter().enumerate() {
        program.push(step(EQUAL, *value as u32, (values.len() - index) as u8, 0));
    }
    program.push(step(RETURN, refuse(errno), 0, 0));
    program
}

/// Filters this process and all that it starts from now on; needs `no_new_privs`.
pub(super) fn install(hidden_memory: bool) -> io::Result<()> {
    let mut program = program(hidden_memory);
    let filter = libc::sock_fprog { len: program.len() as u16, filter: program.as_mut_ptr() };
    // SAFETY: the kernel copies the program, whose length is given, during the call.
    let code =
        unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, 0, &filter) };
    if code == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Whether the kernel knows system call filters.
pub(crate) fn is_supported() -> bool {
    let action = libc::SECCOMP_RET_KILL_PROCESS;
    // SAFETY: the kernel reads one number; nothing is installed.
    unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0 }
}
