//! Unpacks code packages that it does not trust.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Cursor, Read};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};

use zip::ZipArchive;
use zip::read::ZipFile;

/// What a package may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnpackLimits {
    /// Bytes of all files together, unpacked.
    pub total_bytes: u64,
    /// Entries, folders included.
    pub entries: usize,
}

impl Default for UnpackLimits {
    /// AWS's limit of 262,144,000 bytes ("Lambda quotas"), and entries to match.
    fn default() -> UnpackLimits {
        UnpackLimits { total_bytes: 262_144_000, entries: 100_000 }
    }
}

/// What a package held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnpackedSizes {
    /// Bytes of all files together.
    pub bytes: u64,
    /// What files, folders and links take of a disk, in blocks of 4 KiB.
    pub on_disk: u64,
    /// Files and links, without folders.
    pub files: usize,
}

/// Why a package was refused; nothing can be said about what was unpacked before.
#[derive(Debug)]
pub enum UnpackError {
    /// Not a zip archive, or a damaged one.
    Malformed(String),
    /// An entry would land outside, or through a link.
    UnsafePath(String),
    /// Two entries have the same name.
    Duplicate(String),
    /// It holds more bytes than allowed.
    TooLarge {
        /// The limit that was passed.
        limit: u64,
    },
    /// It holds more entries than allowed.
    TooManyEntries {
        /// The limit that was passed.
        limit: usize,
    },
    /// An entry is encrypted, or neither file nor folder nor link.
    Unsupported(String),
    /// The folder could not be written.
    Io(io::Error),
}

impl std::fmt::Display for UnpackError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            UnpackError::Malformed(why) => write!(f, "not a valid zip archive: {why}"),
            UnpackError::UnsafePath(name) => write!(f, "entry {name:?} points outside"),
            UnpackError::Duplicate(name) => write!(f, "entry {name:?} occurs twice"),
            UnpackError::TooLarge { limit } => {
                write!(f, "Unzipped size must be smaller than {limit} bytes")
            }
            UnpackError::TooManyEntries { limit } => write!(f, "more than {limit} entries"),
            UnpackError::Unsupported(what) => write!(f, "entry {what} cannot be unpacked"),
            UnpackError::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for UnpackError {}

impl From<io::Error> for UnpackError {
    fn from(error: io::Error) -> UnpackError {
        UnpackError::Io(error)
    }
}

/// The longest link target, in bytes.
const TARGET_LIMIT: u64 = 4096;
const FOLDER_MODE: u32 = 0o755;
/// What the contents of a file are rounded up to, and what its entry counts, in bytes.
const BLOCK: u64 = 4096;

/// Unpacks an archive into an existing, empty folder.
///
/// Modes are kept as far as they concern the owner's and others' reading and running, so that
/// code which AWS could not read cannot be read here either; archives without modes get 0644.
/// Links may point only inside. The bytes counted are those written, whatever the archive claims.
pub fn unpack(
    archive: &[u8],
    into: &Path,
    limits: UnpackLimits,
) -> Result<UnpackedSizes, UnpackError> {
    let bytes = archive;
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(malformed)?;
    let listed = entries_listed(bytes, archive.central_directory_start());
    if listed > archive.len() {
        return Err(UnpackError::Duplicate(format!("{} of {listed}", listed - archive.len())));
    }
    if archive.len() > limits.entries {
        return Err(UnpackError::TooManyEntries { limit: limits.entries });
    }
    let mut state = Unpacking {
        into,
        limits,
        seen: HashSet::new(),
        links: Vec::new(),
        sizes: UnpackedSizes::default(),
    };
    for index in 0..archive.len() {
        state.entry(archive.by_index(index).map_err(malformed)?)?;
    }
    for (path, target) in state.links {
        // last, so that nothing was written through one
        symlink(target, into.join(&path)).map_err(|_| unsafe_path(&path))?;
    }
    Ok(state.sizes)
}

/// How many entries the central directory lists: the reader keeps one of several with one name.
fn entries_listed(bytes: &[u8], start: u64) -> usize {
    let mut rest = usize::try_from(start).ok().and_then(|start| bytes.get(start..));
    let mut count = 0;
    while let Some(record) = rest.filter(|rest| rest.starts_with(b"PK\x01\x02")) {
        count += 1;
        let field = |at: usize| {
            let pair = record.get(at..at + 2).unwrap_or(&[0, 0]);
            usize::from(u16::from_le_bytes([pair[0], pair[1]]))
        };
        rest = record.get(46 + field(28) + field(30) + field(32)..);
    }
    count
}

struct Unpacking<'a> {
    into: &'a Path,
    limits: UnpackLimits,
    seen: HashSet<PathBuf>,
    links: Vec<(PathBuf, PathBuf)>,
    sizes: UnpackedSizes,
}

impl Unpacking<'_> {
    fn entry<R: Read>(&mut self, mut entry: ZipFile<'_, R>) -> Result<(), UnpackError> {
        let name = entry.name().to_owned();
        let path = safe_path(&name).ok_or_else(|| UnpackError::UnsafePath(name.clone()))?;
        if entry.is_dir() {
            return Ok(self.folder(&path)?);
        }
        if path.as_os_str().is_empty() {
            return Err(UnpackError::UnsafePath(name));
        }
        if !self.seen.insert(path.clone()) {
            return Err(UnpackError::Duplicate(name));
        }
        if let Some(parent) = path.parent() {
            self.folder(parent)?;
        }
        self.sizes.files += 1;
        if entry.is_symlink() {
            return self.link(path, &mut entry);
        }
        let kind = entry.unix_mode().map_or(0, |mode| mode & 0o170_000);
        if kind != 0 && kind != 0o100_000 {
            return Err(UnpackError::Unsupported(format!("{name:?}, a special file,")));
        }
        self.file(&path, &mut entry)
    }

    fn folder(&mut self, path: &Path) -> io::Result<()> {
        let mut folder = self.into.to_owned();
        for part in path {
            folder.push(part);
            match fs::create_dir(&folder) {
                Ok(()) => {
                    self.sizes.on_disk += BLOCK;
                    fs::set_permissions(&folder, fs::Permissions::from_mode(FOLDER_MODE))?;
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn file<R: Read>(
        &mut self,
        path: &Path,
        entry: &mut ZipFile<'_, R>,
    ) -> Result<(), UnpackError> {
        let mode = entry.unix_mode().map_or(0o644, |mode| (mode & 0o755) | 0o600);
        let mut file =
            fs::OpenOptions::new().write(true).create_new(true).open(self.into.join(path))?;
        let left = self.limits.total_bytes - self.sizes.bytes;
        let written = io::copy(&mut entry.take(left + 1), &mut file).map_err(damaged)?;
        if written > left {
            return Err(UnpackError::TooLarge { limit: self.limits.total_bytes });
        }
        self.sizes.bytes += written;
        self.sizes.on_disk += written.next_multiple_of(BLOCK) + BLOCK;
        file.set_permissions(fs::Permissions::from_mode(mode))?;
        Ok(())
    }

    fn link<R: Read>(
        &mut self,
        path: PathBuf,
        entry: &mut ZipFile<'_, R>,
    ) -> Result<(), UnpackError> {
        let mut target = String::new();
        entry.take(TARGET_LIMIT).read_to_string(&mut target).map_err(damaged)?;
        if !stays_inside(&path, Path::new(&target)) {
            return Err(unsafe_path(&path));
        }
        self.sizes.on_disk += BLOCK;
        self.links.push((path, target.into()));
        Ok(())
    }
}

/// The relative path that a name means; `None` if it is absolute, climbs or holds odd characters.
fn safe_path(name: &str) -> Option<PathBuf> {
    if name.contains(['\0', '\\']) || name.len() > 4096 {
        return None;
    }
    let mut path = PathBuf::new();
    for component in Path::new(name).components() {
        match component {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            _ => return None,
        }
    }
    Some(path)
}

/// Whether a link cannot lead outside. Climbing is allowed only at a target's start: there it
/// counts real folders, while behind a name it could pass another link.
fn stays_inside(link: &Path, target: &Path) -> bool {
    let mut depth = link.components().count().saturating_sub(1);
    let mut named = false;
    !target.as_os_str().is_empty()
        && target.components().all(|component| match component {
            Component::Normal(_) => {
                named = true;
                true
            }
            Component::CurDir => true,
            Component::ParentDir if !named && depth > 0 => {
                depth -= 1;
                true
            }
            _ => false,
        })
}

fn unsafe_path(path: &Path) -> UnpackError {
    UnpackError::UnsafePath(path.display().to_string())
}

fn malformed(error: zip::result::ZipError) -> UnpackError {
    match error {
        zip::result::ZipError::UnsupportedArchive(why) => UnpackError::Unsupported(why.to_owned()),
        other => UnpackError::Malformed(other.to_string()),
    }
}

/// Errors while an entry is read: the archive's own, unless the disk says otherwise.
fn damaged(error: io::Error) -> UnpackError {
    match error.raw_os_error() {
        Some(_) => UnpackError::Io(error),
        None => UnpackError::Malformed(error.to_string()),
    }
}
