//! A policy generation: what was asked for, and what came of it.

use crate::error::AnalyzerError;
use service_kit::{key::Key, prelude::*};

/// How long generated policies are kept ("Generate policies based on access activity").
pub(crate) const KEPT: Duration = Duration::from_secs(7 * 86_400);
/// The most generations that are kept.
pub(crate) const MAX_GENERATIONS: usize = 1_000;

/// A generation as stored. It is done when it is asked for: usage is at hand, no logs are read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Generation {
    pub job_id: String,
    pub principal_arn: String,
    /// What the client asked with, so that asking again gives the same job.
    pub token: Option<String>,
    pub started: Timestamp,
    /// Documents, each small enough for a managed policy.
    pub policies: Vec<String>,
}

impl Record for Generation {
    const TABLE: &'static str = "accessanalyzer.generation";

    fn key(&self) -> impl Key {
        &self.job_id
    }
}

impl Generation {
    /// Those that are kept still, the latest first.
    pub fn all(tx: &ReadTx<'_>, now: Timestamp) -> Result<Vec<Self>, Fault> {
        let mut all = tx.list::<Self>(())?;
        all.retain(|generation| generation.started + KEPT > now);
        all.sort_by(|one, other| (other.started, &other.job_id).cmp(&(one.started, &one.job_id)));
        Ok(all)
    }

    /// The one of this id, if it is kept still.
    pub fn get(tx: &ReadTx<'_>, job_id: &str, now: Timestamp) -> Result<Self, AnalyzerError> {
        let found = tx.get::<Self>(job_id)?.filter(|found| found.started + KEPT > now);
        found.ok_or_else(|| AnalyzerError::invalid(format!("There is no job {job_id}.")))
    }
}

/// How a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum JobStatus {
    /// It goes on.
    InProgress,
    /// It is done.
    Succeeded,
    /// It could not be done.
    Failed,
    /// It was stopped.
    Canceled,
}
