//! Packages, good and hostile.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // helpers of tests, measuring

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use sandbox::{UnpackError, UnpackLimits, UnpackedSizes, unpack};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

fn archive(build: impl FnOnce(&mut ZipWriter<std::io::Cursor<&mut Vec<u8>>>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = ZipWriter::new(std::io::Cursor::new(&mut bytes));
    build(&mut writer);
    writer.finish().unwrap();
    bytes
}

fn file(name: &str) -> Vec<u8> {
    archive(|zip| {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(b"x").unwrap();
    })
}

fn link(name: &str, target: &str) -> Vec<u8> {
    archive(|zip| zip.add_symlink(name, target, SimpleFileOptions::default()).unwrap())
}

fn try_unpack(bytes: &[u8]) -> Result<UnpackedSizes, UnpackError> {
    let folder = tempfile::tempdir().unwrap();
    unpack(bytes, folder.path(), UnpackLimits::default())
}

#[test]
fn files_keep_their_modes_and_links() {
    let bytes = archive(|zip| {
        let options = SimpleFileOptions::default();
        zip.start_file("bin/run", options.unix_permissions(0o4777)).unwrap();
        zip.write_all(b"#!").unwrap();
        zip.start_file("secret", options.unix_permissions(0o600)).unwrap();
        zip.add_symlink("bin/up", "../secret", options).unwrap();
        zip.add_directory("empty", options).unwrap();
    });
    let folder = tempfile::tempdir().unwrap();
    let sizes = unpack(&bytes, folder.path(), UnpackLimits::default()).unwrap();
    assert_eq!(sizes, UnpackedSizes { bytes: 2, files: 3, on_disk: 6 * 4096 });
    let mode =
        |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode("bin/run"), mode("secret"), mode("bin")), (0o755, 0o600, 0o755));
    assert_eq!(fs::read_link(folder.path().join("bin/up")).unwrap().to_str(), Some("../secret"));
    assert!(folder.path().join("empty").is_dir());
}

#[test]
fn entries_cannot_leave_the_folder() {
    for name in ["../x", "a/../../x", "/etc/x", "a\\..\\x", "..", ""] {
        let result = try_unpack(&file(name));
        assert!(matches!(result, Err(UnpackError::UnsafePath(_))), "{name}: {result:?}");
    }
    for (name, target) in
        [("l", "/etc/passwd"), ("l", "../x"), ("a/l", "../../x"), ("l", "a/../../x"), ("l", "a/..")]
    {
        let result = try_unpack(&link(name, target));
        assert!(matches!(result, Err(UnpackError::UnsafePath(_))), "{target}: {result:?}");
    }
}

#[test]
fn nothing_is_written_through_a_link() {
    let bytes = archive(|zip| {
        let options = SimpleFileOptions::default();
        zip.add_symlink("l", "d", options).unwrap();
        zip.start_file("l/x", options).unwrap();
    });
    assert!(matches!(try_unpack(&bytes), Err(UnpackError::UnsafePath(_))));
}

#[test]
fn bombs_are_stopped_by_what_they_write() {
    let bytes = archive(|zip| {
        zip.start_file("zeros", SimpleFileOptions::default()).unwrap();
        zip.write_all(&vec![0; 3_000_000]).unwrap();
    });
    assert!(bytes.len() < 10_000);
    let folder = tempfile::tempdir().unwrap();
    let limits = UnpackLimits { total_bytes: 1_000_000, entries: 10 };
    let result = unpack(&bytes, folder.path(), limits);
    assert!(matches!(result, Err(UnpackError::TooLarge { limit: 1_000_000 })), "{result:?}");
    assert!(fs::metadata(folder.path().join("zeros")).unwrap().len() <= 1_000_001);
    let limits = UnpackLimits { total_bytes: 1_000_000, entries: 0 };
    let result = unpack(&bytes, folder.path(), limits);
    assert!(matches!(result, Err(UnpackError::TooManyEntries { limit: 0 })), "{result:?}");
}

#[test]
fn names_are_unique_and_archives_whole() {
    let mut twice = file("aa");
    let renamed = replace(&archive_of(["aa", "ab"]), b"ab", b"aa");
    assert!(matches!(try_unpack(&renamed), Err(UnpackError::Duplicate(_))));
    assert!(matches!(try_unpack(&archive_of(["a/b", "a//b"])), Err(UnpackError::Duplicate(_))));
    twice.truncate(twice.len() / 2);
    assert!(matches!(try_unpack(&twice), Err(UnpackError::Malformed(_))));
    assert!(matches!(try_unpack(b"not a zip"), Err(UnpackError::Malformed(_))));
}

fn archive_of(names: [&str; 2]) -> Vec<u8> {
    archive(|zip| {
        for name in names {
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
        }
    })
}

fn replace(bytes: &[u8], from: &[u8; 2], to: &[u8; 2]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for at in 0..out.len() - 1 {
        if &out[at..at + 2] == from {
            out[at..at + 2].copy_from_slice(to);
        }
    }
    out
}
