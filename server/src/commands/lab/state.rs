//! How far the person is, kept in the data folder, and the way to the instance.

use crate::{
    config::{Config, Given, Serving},
    data::{Access, Folder},
    services,
};
use client::Apis;
use lab::{Course, Guide, Progress, Running, Step};
use service_kit::clock::Clock;
use std::{error::Error, fs, io, path::PathBuf};

/// All that the commands share.
pub struct State<'a> {
    /// The course.
    pub course: &'a Course,
    /// How far the person is on this instance.
    pub progress: Progress,
    /// How to reach the instance.
    pub access: Access,
    folder: Folder,
    running: Running,
}

/// The time, in seconds since 1970.
pub fn now() -> i64 {
    Clock::system().now().as_secs()
}

impl<'a> State<'a> {
    /// What is kept for the instance in the data folder.
    ///
    /// # Errors
    /// In words for the person: no instance has run there, or the file is broken.
    pub fn open(given: &Given, course: &'a Course) -> Result<Self, Box<dyn Error>> {
        let config = Config::decide(given, &Serving::default())?;
        let (folder, access) = config.last_run()?;
        let apis = Apis::new(services::all());
        let running = Running::new(apis, access.connection(), access.account.clone());
        let kept = kept(&folder)?;
        let begun = kept.is_some();
        let progress = kept.unwrap_or_else(|| Progress::begin(now()));
        let state = Self { course, progress, access, folder, running };
        if !begun {
            state.store()?;
        }
        Ok(state)
    }

    /// Looks around on the instance, once: what is there before the first step is not the lab's.
    ///
    /// # Errors
    /// The system's.
    pub async fn look_around(&mut self) -> io::Result<()> {
        if self.progress.found.is_none()
            && let Ok(mut guide) = self.guide().await
        {
            guide.look_around().await;
            self.progress = guide.progress;
            self.store()?;
        }
        Ok(())
    }

    /// The step to do now.
    pub fn current(&self) -> Option<&'a Step> {
        self.progress.current(self.course).map(|index| &self.course.steps[index])
    }

    /// A guide on the instance.
    ///
    /// # Errors
    /// In words for the person: the instance does not answer.
    pub async fn guide(&self) -> Result<Guide<'_, Running>, Box<dyn Error>> {
        self.access.connection().unsigned().get("heist", "/_heist/health").await?;
        Ok(Guide::new(self.course, self.progress.clone(), &self.running))
    }

    /// Keeps the progress.
    ///
    /// # Errors
    /// The system's.
    pub fn store(&self) -> io::Result<()> {
        let bytes = serde_json::to_vec_pretty(&self.progress)?;
        self.folder.write(&path(&self.folder), &bytes)
    }

    /// Begins again, without the files that commands have made.
    ///
    /// # Errors
    /// The system's.
    pub fn forget(&self) -> io::Result<()> {
        match fs::remove_dir_all(self.work_folder()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        self.store()
    }

    /// Where commands are run.
    pub fn work_folder(&self) -> PathBuf {
        self.folder.path().join("lab")
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().to_owned()
    }
}

/// The progress so far, if there is any.
fn kept(folder: &Folder) -> Result<Option<Progress>, String> {
    let path = path(folder);
    match fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|why| format!("{}: {why}; remove it to begin again", path.display())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

fn path(folder: &Folder) -> PathBuf {
    folder.path().join("lab.json")
}
