//! The files of a data folder that are not the store's: keys, certificates, where to find the
//! running instance.

use client::{Connection, Credentials};
use gateway::Authority;
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// What `heist env` and the other commands need to reach the running instance.
#[derive(Clone, Serialize, Deserialize)]
pub struct Access {
    /// `http://127.0.0.1:4566`.
    pub endpoint: String,
    /// The administrator's access key id.
    pub access_key_id: String,
    /// The administrator's secret access key.
    pub secret_access_key: String,
    /// The default region.
    pub region: String,
    /// The default account.
    pub account: String,
}

impl Access {
    /// The way to the instance, in the administrator's name.
    pub fn connection(&self) -> Connection {
        Connection::new(&self.endpoint, &*self.region).signing_as(Credentials {
            access_key_id: self.access_key_id.clone(),
            secret_access_key: self.secret_access_key.clone(),
            session_token: None,
        })
    }
}

/// A data folder.
pub struct Folder(PathBuf);

impl Folder {
    /// The folder at `path`, made with access for its owner only if it is not there.
    ///
    /// # Errors
    /// The system's.
    pub fn open(path: &Path) -> io::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        Ok(Self(path.canonicalize()?))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where the certificate of the local authority is.
    pub fn certificate(&self) -> PathBuf {
        self.0.join("ca.pem")
    }

    /// The local certificate authority, made at first, for a start in `year`.
    ///
    /// # Errors
    /// The system's, or [`io::ErrorKind::InvalidData`] for a broken key.
    pub fn authority(&self, year: i32) -> io::Result<Authority> {
        let (certificate_path, key_path) = (self.certificate(), self.0.join("ca.key"));
        if !certificate_path.exists() || !key_path.exists() {
            let (certificate, key) = Authority::generate().map_err(io::Error::other)?;
            self.write(&key_path, key.as_bytes())?;
            self.write(&certificate_path, certificate.as_bytes())?;
        }
        let certificate = fs::read_to_string(&certificate_path)?;
        let key = fs::read_to_string(&key_path)?;
        Authority::open(certificate, &key, year).map_err(|error| invalid(&key_path, error))
    }

    /// How to reach the instance that last ran here.
    ///
    /// # Errors
    /// The system's; [`io::ErrorKind::NotFound`] when none ever ran.
    pub fn access(&self) -> io::Result<Access> {
        let path = self.0.join("access.json");
        let bytes = fs::read(&path)?;
        serde_json::from_slice(&bytes).map_err(|error| invalid(&path, error))
    }

    /// Notes how to reach the instance that runs here now.
    ///
    /// # Errors
    /// The system's.
    pub fn note_access(&self, access: &Access) -> io::Result<()> {
        self.write(&self.0.join("access.json"), &serde_json::to_vec_pretty(access)?)
    }

    /// What is in the file at `path`, which is made if it is not there.
    ///
    /// # Errors
    /// The system's, or those of `make`.
    pub fn keep(
        &self,
        path: &Path,
        make: impl FnOnce() -> io::Result<Vec<u8>>,
    ) -> io::Result<Vec<u8>> {
        match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let bytes = make()?;
                self.write(path, &bytes)?;
                Ok(bytes)
            }
            read => read,
        }
    }

    /// Writes a file for its owner only, whole or not at all, and durably.
    ///
    /// # Errors
    /// The system's.
    pub fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let partial = path.with_extension("partial");
        let mut options = OpenOptions::new();
        let mut file =
            options.write(true).create(true).truncate(true).mode(0o600).open(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, path)?;
        fs::File::open(path.parent().unwrap_or(&self.0))?.sync_all()
    }
}

fn invalid(path: &Path, why: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{}: {why}", path.display()))
}
