//! Tells topics and functions that an alarm's state has changed.

use super::{Alarm, StateValue, history, history::HistoryItemType};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use policy::Arn;
use serde_json::{Value, json};
use service_kit::{call::As, prelude::*};

/// Who CloudWatch is to topics and to functions.
const TO_TOPICS: &str = "cloudwatch.amazonaws.com";
const TO_FUNCTIONS: &str = "lambda.alarms.cloudwatch.amazonaws.com";
/// How often telling is tried.
const MAX_ATTEMPTS: u32 = 3;
const RETRY: Duration = Duration::from_secs(1);
/// The most characters of a message's subject.
const MAX_SUBJECT_CHARS: usize = 100;

/// Tells one of those who are to know.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Tell {
    /// The alarm as it was then.
    pub(super) alarm: Alarm,
    pub(super) before: StateValue,
    /// The ARN of a topic or function.
    pub(super) to: String,
}

impl Job for Tell {
    const KIND: &'static str = "cloudwatch.tell";

    async fn run(&self, cx: &Context, attempt: u32) -> Outcome {
        let told = self.tell(cx).await;
        if told.is_err() && attempt < MAX_ATTEMPTS {
            return Outcome::Again(RETRY);
        }
        match self.note(cx, &told).await {
            Ok(()) => Outcome::Done,
            Err(_) => Outcome::Again(RETRY),
        }
    }
}

/// Whether an alarm can tell what has this ARN.
pub(super) fn can_tell(to: &str) -> bool {
    Arn::parse(to).is_some_and(|arn| matches!(arn.service, "sns" | "lambda"))
}

impl Tell {
    async fn tell(&self, cx: &Context) -> Result<(), String> {
        let arn = Arn::parse(&self.to).ok_or("that is no ARN")?;
        let scope = Scope::new(arn.account, arn.region);
        let account = cx.account().to_owned();
        let source_arn = self.alarm.arn(cx.scope());
        let name = |principal| As::Service {
            principal,
            source_arn: source_arn.clone(),
            source_account: account.clone(),
        };
        let (service, operation, input, name) = match arn.service {
            "sns" => ("sns", "Publish", self.message(cx), name(TO_TOPICS)),
            "lambda" => ("lambda", "Invoke", self.event(cx), name(TO_FUNCTIONS)),
            other => return Err(format!("alarms do not tell {other}")),
        };
        let told = cx.call_in(scope, service, operation, input, name).await;
        told.map(drop).map_err(|failure| failure.message)
    }

    /// What a topic is told ("Notify users on alarm changes").
    fn message(&self, cx: &Context) -> Value {
        let alarm = &self.alarm;
        let (rule, state) = (&alarm.rule, &alarm.state);
        let dimensions = rule.series.dimensions.iter();
        let dimensions = dimensions.map(|(name, value)| json!({"name": name, "value": value}));
        let arns =
            |list: &[super::ResourceName]| list.iter().map(|it| it.0.clone()).collect::<Vec<_>>();
        let text = json!({
            "AlarmName": alarm.name,
            "AlarmDescription": alarm.description,
            "AWSAccountId": cx.account(),
            "AlarmConfigurationUpdatedTimestamp": alarm.configured.date_time_millis(),
            "NewStateValue": state.value.as_str(),
            "NewStateReason": state.reason,
            "StateChangeTime": state.updated.date_time_millis(),
            "Region": cx.region(),
            "AlarmArn": alarm.arn(cx.scope()),
            "OldStateValue": self.before.as_str(),
            "OKActions": arns(&alarm.on_ok),
            "AlarmActions": arns(&alarm.on_alarm),
            "InsufficientDataActions": arns(&alarm.on_insufficient_data),
            "Trigger": {
                "MetricName": rule.series.name,
                "Namespace": rule.series.namespace,
                "StatisticType": "Statistic",
                "Statistic": rule.statistic.to_uppercase(),
                "Unit": rule.unit,
                "Dimensions": dimensions.collect::<Vec<_>>(),
                "Period": rule.period,
                "EvaluationPeriods": rule.periods,
                "DatapointsToAlarm": rule.to_alarm,
                "ComparisonOperator": rule.comparison.as_str(),
                "Threshold": rule.threshold,
                "TreatMissingData": rule.missing.unwrap_or_default().name(),
                "EvaluateLowSampleCountPercentile": rule.low_samples.as_deref().unwrap_or(""),
            },
        });
        let state = state.value.as_str();
        let subject = format!("{state}: \"{}\" in {}", alarm.name, cx.region());
        let subject: String =
            subject.chars().filter(|letter| !letter.is_control()).take(MAX_SUBJECT_CHARS).collect();
        json!({"TopicArn": self.to, "Subject": subject, "Message": text.to_string()})
    }

    /// What a function is told ("Invoke a Lambda function from an alarm").
    fn event(&self, cx: &Context) -> Value {
        let alarm = &self.alarm;
        let (rule, state) = (&alarm.rule, &alarm.state);
        let event = json!({
            "source": "aws.cloudwatch",
            "alarmArn": alarm.arn(cx.scope()),
            "accountId": cx.account(),
            "time": state.updated.date_time_millis(),
            "region": cx.region(),
            "alarmData": {
                "alarmName": alarm.name,
                "state": {
                    "value": state.value.as_str(),
                    "reason": state.reason,
                    "reasonData": state.data,
                    "timestamp": state.updated.date_time_millis(),
                },
                "previousState": {"value": self.before.as_str()},
                "configuration": {
                    "description": alarm.description,
                    "metrics": [{
                        "id": "m1",
                        "metricStat": {
                            "metric": {
                                "namespace": rule.series.namespace,
                                "name": rule.series.name,
                                "dimensions": rule.series.dimensions.iter().cloned()
                                    .map(|(name, value)| (name, Value::from(value)))
                                    .collect::<serde_json::Map<_, _>>(),
                            },
                            "period": rule.period,
                            "stat": rule.statistic,
                        },
                        "returnData": true,
                    }],
                },
            },
        });
        let payload = BASE64_STANDARD.encode(event.to_string());
        json!({"FunctionName": self.to, "InvocationType": "Event", "Payload": payload})
    }

    async fn note(&self, cx: &Context, told: &Result<(), String>) -> Result<(), Fault> {
        let (id, to) = (cx.entropy().uuid(), &self.to);
        let (summary, error) = match told {
            Ok(()) => (format!("Successfully executed action {to}"), None),
            Err(why) => {
                (format!("Failed to execute action {to}. Received error: \"{why}\""), { Some(why) })
            }
        };
        let summary: String = summary.chars().take(255).collect();
        let data = json!({
            "actionState": if error.is_none() { "Succeeded" } else { "Failed" },
            "notificationResource": to,
            "stateUpdateTimestamp": self.alarm.state.updated.date_time_millis(),
            "error": error,
        });
        cx.write(|tx| {
            let name = (&*self.alarm.name, id.clone());
            history::note(tx, name, HistoryItemType::Action, summary.clone(), &data)
        })
        .await
    }
}
