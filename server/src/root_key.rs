//! The root key, under which every secret in the store is sealed: kept apart from the data.
//!
//! It is a file, comes with the environment, or is derived from a passphrase. The data folder notes
//! how, with a text sealed under the key, so that a start with another key is refused before
//! anything is read or written with it.

use crate::data::Folder;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::{
    pbkdf2,
    rand::{SecureRandom, SystemRandom},
};
use serde::{Deserialize, Serialize};
use service_kit::{
    entropy::Entropy,
    seal::{ROOT_KEY_BYTES, Seal},
};
use std::{
    fmt, fs, io,
    num::NonZeroU32,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// What the note of a data folder is called.
const NOTE: &str = "root.json";
/// What the key's file is called, unless it is elsewhere.
const FILE: &str = "root.key";
/// What is sealed to know the key again.
const CHECK: (&str, &[u8]) = ("heist.root_key", b"this is the key");
/// OWASP's Password Storage Cheat Sheet asks for 210,000 rounds of PBKDF2-HMAC-SHA512.
const ROUNDS: u32 = 600_000;
const MIN_PASSPHRASE_CHARACTERS: usize = 12;

/// A text that is never printed.
#[derive(Clone)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Where the root key comes from.
#[derive(Clone, Debug)]
pub enum RootKey {
    /// A file of 32 bytes, made at first; none is `root.key` in the data folder.
    File(Option<PathBuf>),
    /// 32 bytes in base64.
    Given(Secret),
    /// A passphrase, from which it is derived, slowly.
    Passphrase(Secret),
}

/// What a data folder says of its root key.
#[derive(Serialize, Deserialize)]
struct Note {
    /// For a key that is derived from a passphrase.
    derivation: Option<Derivation>,
    /// [`CHECK`], sealed under the key, in base64.
    check: String,
}

/// PBKDF2-HMAC-SHA512.
#[derive(Clone, Serialize, Deserialize)]
struct Derivation {
    /// In base64.
    salt: String,
    rounds: NonZeroU32,
}

type Key = [u8; ROOT_KEY_BYTES];

impl RootKey {
    /// The key for the data in `folder`.
    ///
    /// # Errors
    /// Words for the person who starts the server: no key, or not the one that the data is sealed
    /// under.
    pub fn open(&self, folder: &Folder) -> Result<Key, String> {
        let note = read_note(folder)?;
        let derivation = self.derivation(folder, note.as_ref())?;
        let key = match self {
            Self::File(path) => {
                let path = path.clone().unwrap_or_else(|| folder.path().join(FILE));
                read_file(folder, path, note.is_some())?
            }
            Self::Given(text) => read_text(text)?,
            Self::Passphrase(text) => derive(text, derivation.as_ref())?,
        };
        let seal = Seal::new(&key, Entropy::system());
        let Some(note) = note else {
            write_note(folder, &seal, derivation)?;
            return Ok(key);
        };
        let check = STANDARD.decode(&note.check).unwrap_or_default();
        match seal.open(CHECK.0, b"", &check).as_deref() == Some(CHECK.1) {
            true => Ok(key),
            false => Err(format!(
                "{self} is not the one that the data in {} is sealed under",
                folder.path().display()
            )),
        }
    }

    /// The file of the key, where it is not in the data folder.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => path.as_deref(),
            Self::Given(_) | Self::Passphrase(_) => None,
        }
    }

    /// How the key is derived, which must be as it was when the data folder was made.
    fn derivation(
        &self,
        folder: &Folder,
        note: Option<&Note>,
    ) -> Result<Option<Derivation>, String> {
        let place = folder.path().display();
        match (self, note) {
            (Self::Passphrase(_), Some(Note { derivation: None, .. })) => {
                Err(format!("the data in {place} is sealed under a key, not under a passphrase"))
            }
            (Self::Passphrase(_), Some(note)) => Ok(note.derivation.clone()),
            (Self::Passphrase(_), None) if folder.path().join(FILE).exists() => {
                Err(format!("the data in {place} is sealed under {FILE}, not under a passphrase"))
            }
            (Self::Passphrase(text), None) => {
                if text.0.chars().count() < MIN_PASSPHRASE_CHARACTERS {
                    return Err(format!(
                        "a passphrase has at least {MIN_PASSPHRASE_CHARACTERS} characters"
                    ));
                }
                let rounds = NonZeroU32::new(ROUNDS).unwrap_or(NonZeroU32::MAX);
                let salt = STANDARD.encode(random::<16>().map_err(|error| error.to_string())?);
                Ok(Some(Derivation { salt, rounds }))
            }
            (_, Some(Note { derivation: Some(_), .. })) => Err(format!(
                "the data in {place} is sealed under a passphrase: give it as HEIST_PASSPHRASE"
            )),
            _ => Ok(None),
        }
    }
}

impl fmt::Display for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(None) => write!(f, "the root key in {FILE}"),
            Self::File(Some(path)) => write!(f, "the root key in {}", path.display()),
            Self::Given(_) => f.write_str("the given root key"),
            Self::Passphrase(_) => f.write_str("the passphrase"),
        }
    }
}

fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map(|()| bytes).map_err(|_| io::Error::other("no randomness"))
}

/// The key in a file, which is made unless there is data that was sealed under it.
fn read_file(folder: &Folder, path: PathBuf, must_exist: bool) -> Result<Key, String> {
    let place = path.display();
    let wrong = |why: String| format!("the root key {place}: {why}");
    if must_exist && !path.exists() {
        return Err(wrong("it is gone, and the data cannot be read without it".into()));
    }
    let bytes = folder
        .keep(&path, || random::<ROOT_KEY_BYTES>().map(Vec::from))
        .map_err(|error| wrong(error.to_string()))?;
    let mode = fs::metadata(&path).map_err(|error| wrong(error.to_string()))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(wrong(format!("others may read it: chmod 600 {place}")));
    }
    bytes.try_into().map_err(|_| wrong(format!("a root key has {ROOT_KEY_BYTES} bytes")))
}

fn read_text(text: &Secret) -> Result<Key, String> {
    let bytes = STANDARD.decode(text.0.trim()).ok();
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| {
        format!("HEIST_ROOT_KEY must be {ROOT_KEY_BYTES} bytes in base64: openssl rand -base64 32")
    })
}

fn derive(text: &Secret, derivation: Option<&Derivation>) -> Result<Key, String> {
    let broken = || format!("{NOTE} does not say how the root key is derived");
    let derivation = derivation.ok_or_else(broken)?;
    let salt = STANDARD.decode(&derivation.salt).map_err(|_| broken())?;
    let mut key = [0; ROOT_KEY_BYTES];
    let (algorithm, rounds) = (pbkdf2::PBKDF2_HMAC_SHA512, derivation.rounds);
    pbkdf2::derive(algorithm, rounds, &salt, text.0.as_bytes(), &mut key);
    Ok(key)
}

fn read_note(folder: &Folder) -> Result<Option<Note>, String> {
    let path = folder.path().join(NOTE);
    let wrong = |error: &dyn fmt::Display| format!("{}: {error}", path.display());
    match fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| wrong(&error)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(wrong(&error)),
    }
}

fn write_note(folder: &Folder, seal: &Seal, derivation: Option<Derivation>) -> Result<(), String> {
    let check = seal.seal(CHECK.0, b"", CHECK.1).map_err(|fault| format!("{fault:?}"))?;
    let note = Note { derivation, check: STANDARD.encode(check) };
    let text = serde_json::to_vec_pretty(&note).map_err(|error| error.to_string())?;
    let path = folder.path().join(NOTE);
    folder.write(&path, &text).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Folder) {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Folder::open(temporary.path()).unwrap();
        (temporary, folder)
    }

    fn passphrase(text: &str) -> RootKey {
        RootKey::Passphrase(Secret(text.into()))
    }

    #[test]
    fn a_file_is_made_once_and_is_nobody_elses() {
        let (temporary, folder) = folder();
        let key = RootKey::File(None).open(&folder).unwrap();
        assert_eq!(RootKey::File(None).open(&folder).unwrap(), key);
        let path = temporary.path().join(FILE);
        // The same key may come another way.
        let given = RootKey::Given(Secret(STANDARD.encode(key)));
        assert_eq!(given.open(&folder).unwrap(), key);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = RootKey::File(None).open(&folder).unwrap_err();
        assert!(refused.contains("chmod 600"), "{refused}");
        fs::remove_file(&path).unwrap();
        let refused = RootKey::File(None).open(&folder).unwrap_err();
        assert!(refused.contains("it is gone"), "{refused}");
        assert!(!path.exists(), "no other key takes its place");
        let refused = RootKey::Given(Secret(STANDARD.encode([1; 32]))).open(&folder).unwrap_err();
        assert!(refused.contains("is not the one"), "{refused}");
        let refused = RootKey::Given(Secret("short".into())).open(&folder).unwrap_err();
        assert!(refused.contains("base64"), "{refused}");
    }

    #[test]
    fn only_the_same_passphrase_opens() {
        let (temporary, folder) = folder();
        let short = passphrase("too short").open(&folder).unwrap_err();
        assert!(short.contains("at least 12"), "{short}");
        let key = passphrase("correct horse battery staple").open(&folder).unwrap();
        assert_eq!(passphrase("correct horse battery staple").open(&folder).unwrap(), key);
        let wrong = passphrase("correct horse battery stable").open(&folder).unwrap_err();
        assert!(wrong.contains("the passphrase is not the one"), "{wrong}");
        let without = RootKey::File(None).open(&folder).unwrap_err();
        assert!(without.contains("HEIST_PASSPHRASE"), "{without}");
        assert!(!temporary.path().join(FILE).exists());
    }

    #[test]
    fn a_folder_under_a_key_takes_no_passphrase() {
        let (temporary, folder) = folder();
        RootKey::File(None).open(&folder).unwrap();
        let refused = passphrase("correct horse battery staple").open(&folder).unwrap_err();
        assert!(refused.contains("not under a passphrase"), "{refused}");
        // Nor does one of before there were notes.
        fs::remove_file(temporary.path().join(NOTE)).unwrap();
        let refused = passphrase("correct horse battery staple").open(&folder).unwrap_err();
        assert!(refused.contains("not under a passphrase"), "{refused}");
    }
}
