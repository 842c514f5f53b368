//! Organizations: say in one sentence what it is for.

mod error;

use service_kit::{prelude::*, service::Speaks};

/// The service's table.
pub static SERVICE: Service = Service {
    speaks: &[Speaks::AwsJson11 { target: "AWSOrganizationsV20161128" }],
    operations: &[],
    ..Service::new("organizations", "organizations.amazonaws.com")
};
