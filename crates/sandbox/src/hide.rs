//! Where the host's own secrets could be seen, whatever is mounted where: what functions see of
//! the host is masked there.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// One line of `/proc/self/mountinfo`.
#[derive(Debug)]
struct Mount {
    device: String,
    /// Which part of the file system is mounted.
    root: PathBuf,
    point: PathBuf,
}

/// All paths at which the real paths `hidden` can be seen, through bind mounts too; what does not
/// exist is nowhere.
pub(crate) fn places(hidden: &[PathBuf]) -> io::Result<Vec<PathBuf>> {
    let mut places = Vec::new();
    if hidden.is_empty() {
        return Ok(places);
    }
    let mounts = mounts(&fs::read_to_string("/proc/self/mountinfo")?);
    for path in hidden {
        match path.canonicalize() {
            Ok(path) => places.extend(places_of(&path, &mounts)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            // Below a folder that this process may not enter: where the host says that it is.
            Err(_) => places.extend(places_of(path, &mounts)),
        }
    }
    places.sort();
    places.dedup();
    Ok(places)
}

/// Where a path leads, as far as this process can tell.
pub(crate) fn real(path: &Path) -> PathBuf {
    path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}

fn places_of(path: &Path, mounts: &[Mount]) -> Vec<PathBuf> {
    let identity = |path: &Path| fs::metadata(path).map(|it| (it.dev(), it.ino())).ok();
    let itself = identity(path);
    let mut places = vec![path.to_owned()];
    // Of several mounts at one point the last one is on top.
    let holding = mounts.iter().filter(|mount| path.starts_with(&mount.point));
    let Some(own) = holding.max_by_key(|mount| mount.point.components().count()) else {
        return places;
    };
    let inner = join(&own.root, path, &own.point);
    for mount in mounts.iter().filter(|mount| mount.device == own.device) {
        if inner.starts_with(&mount.root) {
            let place = join(&mount.point, &inner, &mount.root);
            // Another mount may cover it.
            if identity(&place) == itself {
                places.push(place);
            }
        } else if mount.root.starts_with(&inner) {
            places.push(mount.point.clone());
        }
    }
    places
}

/// `path` with `base` in the place of `prefix`.
fn join(base: &Path, path: &Path, prefix: &Path) -> PathBuf {
    path.strip_prefix(prefix).unwrap_or(Path::new("")).iter().fold(
        base.to_owned(),
        |mut at, part| {
            at.push(part);
            at
        },
    )
}

fn mounts(text: &str) -> Vec<Mount> {
    let mount = |line: &str| {
        let mut fields = line.split(' ').skip(2);
        let device = fields.next()?.to_owned();
        let (root, point) = (unescaped(fields.next()?), unescaped(fields.next()?));
        Some(Mount { device, root, point })
    };
    text.lines().filter_map(mount).collect()
}

/// A path as the kernel writes it: blanks and backslashes as three octal digits.
fn unescaped(text: &str) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    let bytes = text.as_bytes();
    let (mut path, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(&byte) = bytes.get(at) {
        let digits = text.get(at + 1..at + 4).filter(|_| byte == b'\\');
        let octal = digits.and_then(|digits| u8::from_str_radix(digits, 8).ok());
        path.push(octal.unwrap_or(byte));
        at += if octal.is_some() { 4 } else { 1 };
    }
    std::ffi::OsString::from_vec(path).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_are_read_as_the_kernel_writes_them() {
        let text = "22 27 0:21 / /proc rw - proc proc rw\n\
                    40 27 254:0 /a\\040b /mnt/c\\134d rw,relatime shared:1 - ext4 /dev/vda rw\n";
        let read = mounts(text);
        assert_eq!(read.len(), 2);
        assert_eq!(read[1].device, "254:0");
        assert_eq!((&*read[1].root, &*read[1].point), (Path::new("/a b"), Path::new("/mnt/c\\d")));
    }

    #[test]
    fn a_folder_is_where_it_is_and_what_is_missing_is_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        fs::create_dir(folder.path().join("real")).unwrap();
        std::os::unix::fs::symlink("real", &link).unwrap();
        let real = folder.path().join("real").canonicalize().unwrap();
        assert!(places(&[link]).unwrap().contains(&real));
        assert!(places(&[folder.path().join("missing")]).unwrap().is_empty());
    }
}
