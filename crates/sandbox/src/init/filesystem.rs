//! The root file system that a function sees: read-only views of the host and its own `/tmp`.
#![allow(unsafe_code)] // mount_setattr has no safe wrapper

use std::ffi::CStr;
use std::fs;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::CWD;
use rustix::mount::{
    MountFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags, UnmountFlags,
};

use crate::control::{At, Failure, Plan};
use crate::hide;

/// The host's folders with programs and libraries; a link on the host stays a link inside.
pub(crate) const SYSTEM: [&str; 8] =
    ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store"];

/// The few parts of the host's `/etc` that programs need and that hold no secrets.
const CONFIGURATION: [&str; 10] = [
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/pki/ca-trust",
    "/etc/pki/tls/certs",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
];

const DEVICES: [&str; 5] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

const WRITTEN: [(&str, &str); 5] = [
    ("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nsbx_user1051:x:993:990::/tmp:/bin/sh\n"),
    ("etc/group", "root:x:0:\nsbx_user1051:x:993:\n"),
    ("etc/hosts", "127.0.0.1 localhost\n::1 localhost\n"),
    ("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
    ("etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"),
];

const LINKS: [(&str, &str); 4] = [
    ("dev/fd", "/proc/self/fd"),
    ("dev/stdin", "/proc/self/fd/0"),
    ("dev/stdout", "/proc/self/fd/1"),
    ("dev/stderr", "/proc/self/fd/2"),
];

/// What `/proc` tells about the host's kernel, beyond what programs need.
const HIDDEN: [&str; 6] = [
    "proc/interrupts",
    "proc/kallsyms",
    "proc/kcore",
    "proc/key-users",
    "proc/keys",
    "proc/timer_list",
];

/// An existing host folder, covered by the new root while that is being built.
const STAGING: &str = "/tmp";

/// Shared memory in `/dev/shm`, in MiB.
const SHARED_MB: u32 = 64;

/// A detached copy of a host mount and where it goes.
struct View {
    /// Its real path on the host.
    source: PathBuf,
    tree: OwnedFd,
    target: PathBuf,
    folder: bool,
}

/// Builds the root and moves into it; afterwards nothing of the host's is reachable by path. Gives
/// the folders whose files are in memory, for the host to measure.
pub(super) fn enter(plan: &Plan, contents: &[Vec<u8>]) -> Result<[OwnedFd; 2], Failure> {
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    rustix::mount::mount_change("/", private).at("private mounts")?;
    let hidden = hide::places(&plan.hidden).at("hidden folders")?;
    let views = views(plan, &hidden)?; // before the staging folder hides what lies below it
    let masks = masks(&views, &hidden);
    let layers = open_layers(&plan.layers)?;
    tmpfs(STAGING, "mode=755,size=16m,nr_inodes=4096")?;
    std::env::set_current_dir(STAGING).at("chdir")?;
    skeleton(plan, contents)?;
    for view in &views {
        place(view)?;
    }
    for (path, folder) in &masks {
        cover(path, *folder)?;
    }
    overlay(&layers)?;
    proc()?;
    drop((views, layers));
    rustix::process::pivot_root(".", ".").at("pivot_root")?;
    rustix::mount::unmount(".", UnmountFlags::DETACH).at("unmount the host")?;
    std::env::set_current_dir("/").at("chdir")?;
    let root = rustix::mount::open_tree(CWD, "/", OpenTreeFlags::empty()).at("root")?;
    set_attributes(&root, libc::MOUNT_ATTR_RDONLY, false).at("read-only root")?;
    Ok([folder("/tmp")?, folder("/dev/shm")?])
}

/// Takes detached, read-only copies of every host path that shall be seen.
fn views(plan: &Plan, hidden: &[PathBuf]) -> Result<Vec<View>, Failure> {
    let mut views = Vec::new();
    let system = SYSTEM.iter().filter(|path| !Path::new(path).is_symlink());
    for path in system.chain(&CONFIGURATION) {
        views.extend(view(Path::new(path), Path::new(path), false)?);
    }
    for path in DEVICES {
        views.extend(view(Path::new(path), Path::new(path), true)?);
    }
    for bind in &plan.binds {
        let view = view(&bind.source, &bind.target, bind.required)?;
        let outside =
            |view: &View| bind.own || !hidden.iter().any(|it| view.source.starts_with(it));
        if !view.as_ref().is_none_or(outside) {
            let step = format!("{} lies where the host keeps its secrets", bind.source.display());
            return Err(rustix::io::Errno::ACCESS).at(step);
        }
        views.extend(view);
    }
    Ok(views)
}

/// What must be covered in the new root, and whether it is a folder: all that views show of
/// `hidden`. One that is itself inside is the function's own.
fn masks(views: &[View], hidden: &[PathBuf]) -> Vec<(PathBuf, bool)> {
    let inside_of = |view: &View, place: &PathBuf| {
        let rest = place.strip_prefix(&view.source).ok()?;
        (!rest.as_os_str().is_empty()).then(|| (view.target.join(rest), place.is_dir()))
    };
    let masks = |view| hidden.iter().filter_map(move |place| inside_of(view, place));
    views.iter().flat_map(masks).collect()
}

/// Puts something empty over a path of the new root. The kernel takes that away only with the
/// folder or file itself.
fn cover(path: &Path, folder: bool) -> Result<(), Failure> {
    let target = inside(path);
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC | MountFlags::RDONLY;
    let options = c"mode=555,size=4k,nr_inodes=2";
    let covered = match folder {
        true => rustix::mount::mount("tmpfs", &target, "tmpfs", flags, options),
        false => rustix::mount::mount_bind("dev/null", &target),
    };
    match covered {
        // What cannot be reached now cannot be by the function, which may less.
        Err(rustix::io::Errno::NOENT | rustix::io::Errno::ACCESS) => Ok(()),
        covered => covered.at(format!("cover {}", path.display())),
    }
}

fn view(source: &Path, target: &Path, required: bool) -> Result<Option<View>, Failure> {
    let step = || format!("view of {}", source.display());
    let found = fs::metadata(source).and_then(|metadata| Ok((metadata, source.canonicalize()?)));
    let Ok((metadata, real)) = found else {
        return if required { Err(rustix::io::Errno::NOENT).at(step()) } else { Ok(None) };
    };
    let flags = OpenTreeFlags::OPEN_TREE_CLONE
        | OpenTreeFlags::OPEN_TREE_CLOEXEC
        | OpenTreeFlags::AT_RECURSIVE;
    let tree = rustix::mount::open_tree(CWD, source, flags).at(step())?;
    let mut attributes = libc::MOUNT_ATTR_NOSUID;
    if !metadata.file_type().is_char_device() {
        attributes |= libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NODEV;
    }
    set_attributes(&tree, attributes, true).at(step())?;
    Ok(Some(View { source: real, tree, target: target.to_owned(), folder: metadata.is_dir() }))
}

/// Adds mount attributes; unlike a remount it keeps those that the host has set.
fn set_attributes(mount: &OwnedFd, attributes: u64, recursive: bool) -> std::io::Result<()> {
    let change =
        libc::mount_attr { attr_set: attributes, attr_clr: 0, propagation: 0, userns_fd: 0 };
    let empty: &CStr = c"";
    let flags = libc::AT_EMPTY_PATH | if recursive { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: the path and the structure outlive the call and the size is the structure's.
    let code = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            empty.as_ptr(),
            flags,
            &change,
            size_of::<libc::mount_attr>(),
        )
    };
    if code == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
}

/// Makes the folders, files and links of the new root, which is the current folder.
fn skeleton(plan: &Plan, contents: &[Vec<u8>]) -> Result<(), Failure> {
    for folder in ["dev", "etc", "opt", "proc", "tmp", "var/runtime", "var/task", "dev/shm"] {
        fs::create_dir_all(folder).at(folder)?;
    }
    for path in SYSTEM {
        if let Ok(target) = fs::read_link(path) {
            symlink(target, inside(Path::new(path))).at(path)?;
        }
    }
    for (path, target) in LINKS {
        symlink(target, path).at(path)?;
    }
    for (path, target) in &plan.links {
        let link = inside(path);
        fs::create_dir_all(link.parent().unwrap_or(Path::new("."))).at("link")?;
        symlink(target, link).at("link")?;
    }
    for (path, content) in WRITTEN {
        fs::write(path, content).at(path)?;
    }
    for (file, content) in plan.files.iter().zip(contents) {
        fs::write(inside(&file.path), content).at("file")?;
    }
    let inodes = u64::from(plan.tmp_mb) * 128 + 32 * 1024;
    tmpfs("tmp", &format!("mode=1777,size={}m,nr_inodes={inodes}", plan.tmp_mb))?;
    tmpfs("dev/shm", &format!("mode=1777,size={SHARED_MB}m,nr_inodes=4096"))
}

/// A path of the new root while that is the current folder.
fn inside(path: &Path) -> PathBuf {
    path.strip_prefix("/").unwrap_or(path).to_owned()
}

fn tmpfs(target: &str, options: &str) -> Result<(), Failure> {
    let options = std::ffi::CString::new(options).at("tmpfs")?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    rustix::mount::mount("tmpfs", target, "tmpfs", flags, options.as_c_str()).at("tmpfs")
}

fn place(view: &View) -> Result<(), Failure> {
    let target = inside(&view.target);
    let step = || format!("mount point {}", view.target.display());
    if view.folder {
        fs::create_dir_all(&target).at(step())?;
    } else {
        let parent = target.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(parent).at(step())?;
        if !target.exists() {
            fs::write(&target, "").at(step())?;
            fs::set_permissions(&target, fs::Permissions::from_mode(0o644)).at(step())?;
        }
    }
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH;
    rustix::mount::move_mount(view.tree.as_fd(), "", CWD, &target, flags).at(step())
}

fn open_layers(layers: &[PathBuf]) -> Result<Vec<OwnedFd>, Failure> {
    layers.iter().map(folder).collect()
}

/// A folder to look into from elsewhere.
fn folder(path: impl AsRef<Path>) -> Result<OwnedFd, Failure> {
    let path = path.as_ref();
    let flags =
        rustix::fs::OFlags::PATH | rustix::fs::OFlags::DIRECTORY | rustix::fs::OFlags::CLOEXEC;
    rustix::fs::open(path, flags, rustix::fs::Mode::empty())
        .at(format!("folder {}", path.display()))
}

/// Merges the layers at `/opt`, later ones above earlier ones.
fn overlay(layers: &[OwnedFd]) -> Result<(), Failure> {
    if layers.is_empty() {
        return Ok(());
    }
    let path = |layer: BorrowedFd<'_>| format!("/proc/self/fd/{}", layer.as_raw_fd());
    if let [only] = layers {
        let flags = OpenTreeFlags::OPEN_TREE_CLONE
            | OpenTreeFlags::OPEN_TREE_CLOEXEC
            | OpenTreeFlags::AT_RECURSIVE;
        let tree = rustix::mount::open_tree(CWD, path(only.as_fd()), flags).at("layer")?;
        let attributes = libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NODEV | libc::MOUNT_ATTR_NOSUID;
        set_attributes(&tree, attributes, true).at("layer")?;
        let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH;
        return rustix::mount::move_mount(tree.as_fd(), "", CWD, "opt", flags).at("layer");
    }
    let lower: Vec<String> = layers.iter().rev().map(|layer| path(layer.as_fd())).collect();
    let options = std::ffi::CString::new(format!("lowerdir={}", lower.join(":"))).at("layers")?;
    let flags = MountFlags::RDONLY | MountFlags::NOSUID | MountFlags::NODEV;
    rustix::mount::mount("overlay", "opt", "overlay", flags, options.as_c_str()).at("layers")
}

/// Mounts a `/proc` of the new PID namespace. Kernels refuse that where a container engine hides
/// parts of the host's own `/proc`; the function then goes without, rather than see the host's.
fn proc() -> Result<(), Failure> {
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC | MountFlags::RDONLY;
    match rustix::mount::mount("proc", "proc", "proc", flags, c"hidepid=invisible") {
        Err(rustix::io::Errno::PERM) => return Ok(()),
        other => other.at("proc")?,
    }
    for file in HIDDEN.iter().filter(|file| Path::new(file).exists()) {
        rustix::mount::mount_bind("dev/null", *file).at(*file)?;
    }
    Ok(())
}
