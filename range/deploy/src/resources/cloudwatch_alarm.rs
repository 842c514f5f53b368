//! `AWS::CloudWatch::Alarm`: an alarm on a metric.

use crate::{
    form::{Form, Property, TAGS, TEXTS, optional, required},
    kind::{Cause, Made, Make, ResourceType, Unmake},
};
use serde_json::json;

pub(super) enum Alarm {}

const DIMENSIONS: Form =
    Form::List(&Form::Struct(&[required("Name", Form::Text), required("Value", Form::Text)]));
const METRIC: Form = Form::Struct(&[
    required("Id", Form::Text),
    optional("AccountId", Form::Text),
    optional("Expression", Form::Text),
    optional("Label", Form::Text),
    optional(
        "MetricStat",
        Form::Struct(&[
            required(
                "Metric",
                Form::Struct(&[
                    optional("Dimensions", DIMENSIONS),
                    optional("MetricName", Form::Text),
                    optional("Namespace", Form::Text),
                ]),
            ),
            required("Period", Form::Number),
            required("Stat", Form::Text),
            optional("Unit", Form::Text),
        ]),
    ),
    optional("Period", Form::Number),
    optional("ReturnData", Form::Flag),
]);

impl ResourceType for Alarm {
    const NAME: &'static str = "AWS::CloudWatch::Alarm";
    const PROPERTIES: &'static [Property] = &[
        required("ComparisonOperator", Form::Text),
        required("EvaluationPeriods", Form::Number),
        optional("ActionsEnabled", Form::Flag),
        optional("AlarmActions", TEXTS),
        optional("AlarmDescription", Form::Text),
        optional("AlarmName", Form::Text),
        optional("DatapointsToAlarm", Form::Number),
        optional("Dimensions", DIMENSIONS),
        optional("EvaluateLowSampleCountPercentile", Form::Text),
        optional("ExtendedStatistic", Form::Text),
        optional("InsufficientDataActions", TEXTS),
        optional("MetricName", Form::Text),
        optional("Metrics", Form::List(&METRIC)),
        optional("Namespace", Form::Text),
        optional("OKActions", TEXTS),
        optional("Period", Form::Number),
        optional("Statistic", Form::Text),
        optional("Tags", TAGS),
        optional("Threshold", Form::Number),
        optional("ThresholdMetricId", Form::Text),
        optional("TreatMissingData", Form::Text),
        optional("Unit", Form::Text),
    ];
    const ATTRIBUTES: &'static [&'static str] = &["Arn"];

    async fn create(it: &Make<'_>) -> Result<Made, Cause> {
        let name = it.name("AlarmName", 255);
        let mut input = it.properties.clone();
        input.insert("AlarmName".to_owned(), name.as_str().into());
        it.call("cloudwatch", "PutMetricAlarm", input).await?;
        it.begun(json!({"AlarmNames": [name]}));
        let arn = it.arn("cloudwatch", &format!("alarm:{name}"));
        Ok(Made::new(name).with("Arn", arn))
    }

    async fn delete(it: &Unmake<'_>) -> Result<(), Cause> {
        it.delete("cloudwatch", "DeleteAlarms").await
    }
}
