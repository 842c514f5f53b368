//! The credential report: a table of all users with the state of their credentials.

pub(crate) mod credential_reports;
pub(crate) mod table;

use service_kit::{key::Key, prelude::*};

/// How long a report is shown, and no new one is made.
const GOOD_FOR: Duration = Duration::from_secs(4 * 3_600);

/// The account's latest report.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CredentialReport {
    /// When it was asked for.
    pub requested: Timestamp,
    /// When it was made; none while it is being made.
    pub generated: Option<Timestamp>,
    /// The table in CSV.
    pub content: String,
}

impl Record for CredentialReport {
    const TABLE: &'static str = "iam.credential_report";
    const REACH: Reach = Reach::Account;

    fn key(&self) -> impl Key {}
}

/// What has become of a report.
enum State {
    Absent,
    InProgress,
    Good(Timestamp),
    Expired,
}

impl State {
    fn of(report: Option<&CredentialReport>, now: Timestamp) -> Self {
        match report.map(|report| report.generated) {
            None => Self::Absent,
            Some(None) => Self::InProgress,
            Some(Some(at)) if now.since(at) < GOOD_FOR => Self::Good(at),
            Some(Some(_)) => Self::Expired,
        }
    }
}
