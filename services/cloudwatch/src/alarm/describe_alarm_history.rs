//! DescribeAlarmHistory: what happened to alarms.

use super::describe_alarms::AlarmType;
use super::history::{HistoryItem, HistoryItemType};
use crate::{error::CloudWatchError, get_metric_data::ScanBy};
use service_kit::{page, prelude::*};

/// The entries of a page unless told.
const PAGE: u32 = 50;

/// Lists what happened.
pub(crate) enum DescribeAlarmHistory {}

/// What DescribeAlarmHistory takes.
#[derive(Debug, Shape)]
pub struct DescribeAlarmHistoryInput {
    /// The alarm; all unless told.
    #[shape(length = 1..=255)]
    pub alarm_name: Option<String>,
    /// The kinds of alarms.
    pub alarm_types: Option<Vec<AlarmType>>,
    /// The kind of thing that happened.
    pub history_item_type: Option<HistoryItemType>,
    /// From when.
    pub start_date: Option<Timestamp>,
    /// Until when.
    pub end_date: Option<Timestamp>,
    /// The most of a page.
    #[shape(range = 1..=100)]
    pub max_records: Option<u32>,
    /// Where to go on.
    pub next_token: Option<String>,
    /// Whether the newest come first, as they do unless told.
    pub scan_by: Option<ScanBy>,
}

/// What DescribeAlarmHistory gives.
#[derive(Debug, Shape)]
pub struct DescribeAlarmHistoryOutput {
    /// What happened.
    pub alarm_history_items: Option<Vec<AlarmHistoryItem>>,
    /// Where to go on.
    pub next_token: Option<String>,
}

/// Something that happened.
#[derive(Clone, Debug, Shape)]
pub struct AlarmHistoryItem {
    /// To which alarm.
    #[shape(length = 1..=255)]
    pub alarm_name: Option<String>,
    /// Its kind.
    pub alarm_type: Option<AlarmType>,
    /// When.
    pub timestamp: Option<Timestamp>,
    /// What kind of thing.
    pub history_item_type: Option<HistoryItemType>,
    /// In words.
    #[shape(length = 1..=255)]
    pub history_summary: Option<String>,
    /// As JSON.
    #[shape(length = 1..=4095)]
    pub history_data: Option<String>,
}

impl Operation for DescribeAlarmHistory {
    const NAME: &'static str = "DescribeAlarmHistory";
    type Input = DescribeAlarmHistoryInput;
    type Output = DescribeAlarmHistoryOutput;
    type Error = CloudWatchError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let name = input.alarm_name.as_deref().unwrap_or("*");
        Access::on("cloudwatch:DescribeAlarmHistory", super::arn(at, name)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, CloudWatchError> {
        let skip = input.next_token.as_deref().map_or(Some(0), |token| {
            let text = String::from_utf8(page::decode(token).ok()?).ok()?;
            text.parse::<usize>().ok()
        });
        let skip = skip.ok_or_else(|| {
            CloudWatchError::InvalidNextToken("The NextToken is not valid.".into())
        })?;
        let mut items = cx.read(|tx| match &input.alarm_name {
            Some(name) => tx.list::<HistoryItem>(&**name),
            None => tx.list::<HistoryItem>(()),
        })?;
        items.retain(|item| {
            input.history_item_type.is_none_or(|kind| kind == item.kind)
                && input.start_date.is_none_or(|start| item.at >= start)
                && input.end_date.is_none_or(|end| item.at <= end)
        });
        items.sort_by_key(|item| item.at);
        if input.scan_by != Some(ScanBy::TimestampAscending) {
            items.reverse();
        }
        let most = input.max_records.unwrap_or(PAGE) as usize;
        let more = items.len() > skip + most;
        let view = |item: HistoryItem| AlarmHistoryItem {
            alarm_name: Some(item.alarm),
            alarm_type: Some(AlarmType::MetricAlarm),
            timestamp: Some(item.at),
            history_item_type: Some(item.kind),
            history_summary: Some(item.summary),
            history_data: Some(item.data),
        };
        let items = items.into_iter().skip(skip).take(most).map(view);
        Ok(DescribeAlarmHistoryOutput {
            alarm_history_items: Some(items.collect()),
            next_token: more.then(|| page::encode((skip + most).to_string().as_bytes())),
        })
    }
}
