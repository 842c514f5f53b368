//! Files that a template names: the folders of functions' code.

use std::{
    fs,
    io::{Cursor, Write},
    path::{Component, Path, PathBuf},
};
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

/// How many files a folder may have.
const MAX_FILES: usize = 2_000;
/// How large they may be together: as a function's unpacked code.
const MAX_BYTES: u64 = 250 << 20;

/// A file of a folder: its path in the folder, with `/` between names, and its content.
pub type File = (String, Vec<u8>);

/// Where the files are that a template names.
pub trait Assets: Sync {
    /// The files of the folder `path`, or the only file at it.
    ///
    /// # Errors
    /// Why they cannot be had, and what to do.
    fn files(&self, path: &str) -> Result<Vec<File>, String>;
}

/// No files at all.
impl Assets for () {
    fn files(&self, path: &str) -> Result<Vec<File>, String> {
        Err(format!("there are no files here to take {path} from: write the code in place"))
    }
}

/// The files in a folder of this machine, such as the one that the template is in.
#[derive(Clone, Debug)]
pub struct Folder(pub PathBuf);

impl Assets for Folder {
    fn files(&self, path: &str) -> Result<Vec<File>, String> {
        let inside = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        if !Path::new(path).components().all(inside) {
            return Err(format!("{path} leads out of the template's folder: move the files there"));
        }
        let whole = self.0.join(path);
        let mut found = Found::default();
        let read = |error| format!("{} cannot be read ({error}): correct it", whole.display());
        let status = fs::symlink_metadata(&whole).map_err(read)?;
        if status.is_dir() {
            found.walk(&whole, "")?;
        } else {
            let name = whole.file_name().unwrap_or_default().to_string_lossy().into_owned();
            found.take(&whole, name, &status)?;
        }
        Ok(found.files)
    }
}

#[derive(Default)]
struct Found {
    files: Vec<File>,
    bytes: u64,
}

impl Found {
    fn walk(&mut self, folder: &Path, prefix: &str) -> Result<(), String> {
        let read = |error| format!("{} cannot be read ({error}): correct it", folder.display());
        for entry in fs::read_dir(folder).map_err(read)? {
            let path = entry.map_err(read)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let name = format!("{prefix}{name}");
            let status = fs::symlink_metadata(&path).map_err(read)?;
            if status.is_dir() {
                self.walk(&path, &format!("{name}/"))?;
            } else {
                self.take(&path, name, &status)?;
            }
        }
        Ok(())
    }

    fn take(&mut self, path: &Path, name: String, status: &fs::Metadata) -> Result<(), String> {
        if !status.is_file() {
            return Err(format!("{} is no ordinary file: remove it", path.display()));
        }
        self.bytes += status.len();
        if self.files.len() == MAX_FILES || self.bytes > MAX_BYTES {
            return Err(format!("{} is one file too many: package less", path.display()));
        }
        let content = fs::read(path)
            .map_err(|error| format!("{} cannot be read ({error}): correct it", path.display()))?;
        self.files.push((name, content));
        Ok(())
    }
}

/// An archive of `files` that depends on nothing but their names and content.
pub fn archive(mut files: Vec<File>) -> Result<Vec<u8>, String> {
    files.sort();
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o755);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let write = |error: &dyn std::fmt::Display| format!("no archive ({error}): package less");
    for (name, content) in files {
        writer.start_file(name, options).map_err(|error| write(&error))?;
        writer.write_all(&content).map_err(|error| write(&error))?;
    }
    writer.finish().map(Cursor::into_inner).map_err(|error| write(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_depend_on_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("src/inner")).unwrap();
        fs::write(folder.path().join("src/b.py"), "b").unwrap();
        fs::write(folder.path().join("src/inner/a.py"), "a").unwrap();
        let files = Folder(folder.path().into()).files("./src").unwrap();
        let mut reversed = files.clone();
        reversed.reverse();
        assert_eq!(archive(files.clone()).unwrap(), archive(reversed).unwrap());
        let mut names: Vec<_> = files.into_iter().map(|(name, _)| name).collect();
        names.sort();
        assert_eq!(names, ["b.py", "inner/a.py"]);
    }

    #[test]
    fn paths_stay_inside() {
        let folder = tempfile::tempdir().unwrap();
        let refused = |path| Folder(folder.path().into()).files(path).unwrap_err();
        assert!(refused("../x").contains("leads out"));
        assert!(refused("/etc").contains("leads out"));
        assert!(refused("missing").contains("cannot be read"));
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("link")).unwrap();
        assert!(refused("link").contains("no ordinary file"));
    }
}
