//! AWS CloudTrail: the event history of the last 90 days.

mod error;
mod history;
mod keep;
mod lookup_events;
mod record;
mod resource;
mod trails;

use service_kit::{
    job::job,
    prelude::*,
    retention::{self, Forget},
    service::Speaks,
};

/// The service's table.
pub static SERVICE: Service = Service {
    speaks: &[Speaks::AwsJson11 {
        target: "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101",
    }],
    operations: &[
        operation::<trails::DescribeTrails>(),
        operation::<trails::ListTrails>(),
        operation::<lookup_events::LookupEvents>(),
    ],
    jobs: &[job::<Forget<keep::Events>>()],
    shared: &[retention::keeper::<keep::Events>()],
    start: Some(retention::start::<keep::Events>),
    ..Service::new("cloudtrail", "cloudtrail.amazonaws.com")
};
