//! Amazon CloudWatch: data points in, statistics out; alarms on them; reports of insight rules.

mod alarm;
mod describe_insight_rules;
mod error;
mod get_insight_rule_report;
mod get_metric_data;
mod get_metric_statistics;
mod keep;
mod list_metrics;
mod math;
mod put_metric_data;
mod series;
mod shapes;
mod statistic;
mod window;

use service_kit::{
    job::job,
    prelude::*,
    retention::{self, Forget},
    service::Speaks,
};

/// The service's table.
pub static SERVICE: Service = Service {
    signing_name: "monitoring",
    speaks: &[
        Speaks::RpcV2Cbor { service: "GraniteServiceVersion20100801" },
        Speaks::AwsJson10 { target: "GraniteServiceVersion20100801" },
        Speaks::AwsQuery {
            version: "2010-08-01",
            namespace: "http://monitoring.amazonaws.com/doc/2010-08-01/",
        },
    ],
    traced_as: ("CloudWatch", "AWS::CloudWatch"),
    validation_code: "ValidationError",
    access_denied_code: "AccessDenied",
    query_compatible: true,
    operations: &[
        operation::<alarm::delete_alarms::DeleteAlarms>(),
        operation::<alarm::describe_alarm_history::DescribeAlarmHistory>(),
        operation::<alarm::describe_alarms::DescribeAlarms>(),
        operation::<alarm::describe_alarms_for_metric::DescribeAlarmsForMetric>(),
        operation::<describe_insight_rules::DescribeInsightRules>(),
        operation::<alarm::enabled::DisableAlarmActions>(),
        operation::<alarm::enabled::EnableAlarmActions>(),
        operation::<get_insight_rule_report::GetInsightRuleReport>(),
        operation::<get_metric_data::GetMetricData>(),
        operation::<get_metric_statistics::GetMetricStatistics>(),
        operation::<list_metrics::ListMetrics>(),
        operation::<alarm::tags::ListTagsForResource>(),
        operation::<alarm::put_metric_alarm::PutMetricAlarm>(),
        operation::<put_metric_data::PutMetricData>(),
        operation::<alarm::set_alarm_state::SetAlarmState>(),
        operation::<alarm::tags::TagResource>(),
        operation::<alarm::tags::UntagResource>(),
    ],
    misnamed: alarm::tags::misnamed,
    jobs: &[
        job::<Forget<keep::Points>>(),
        job::<alarm::actions::Tell>(),
        job::<alarm::watch::Watch>(),
    ],
    shared: &[retention::keeper::<keep::Points>()],
    start: Some(retention::start::<keep::Points>),
    ..Service::new("cloudwatch", "monitoring.amazonaws.com")
};
