//! UpdateContributorInsights, DescribeContributorInsights, ListContributorInsights: the rules that
//! tell the most used keys of a table or of one of its global indexes.

use crate::{
    error::{DynamoError, invalid},
    index::{Index, IndexKind, IndexStatus},
    insights::{ContributorInsightsMode, ContributorInsightsStatus, Insights, keep_rules},
    table::{Table, TableRef, require},
};
use service_kit::{key::Key, page, prelude::*};

/// The longest list, and the usual one.
const MAX_RESULTS: u32 = 100;

/// A permission on a table, or on its index if one is named.
fn access(action: &'static str, table: &TableRef, index: Option<&str>, at: &Scope) -> Access {
    match index {
        Some(index) => Access::on(action, format!("{}/index/{index}", table.arn(at))),
        None => Access::on(action, table.arn(at)),
    }
}

/// The global index called `name` that is ready.
fn ready<'t>(table: &'t Table, name: &str) -> Result<&'t Index, DynamoError> {
    let index = table.index(name).filter(|index| !index.is_local());
    index.filter(|index| index.status() == IndexStatus::Active).ok_or_else(|| {
        DynamoError::ResourceNotFound(format!(
            "Requested resource not found: Index: {name} not found for table: {}",
            table.name
        ))
    })
}

/// What to do with rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum ContributorInsightsAction {
    /// Make them.
    Enable,
    /// Delete them.
    Disable,
}

pub(crate) enum UpdateContributorInsights {}

/// What UpdateContributorInsights takes.
#[derive(Debug, Shape)]
pub struct UpdateContributorInsightsInput {
    /// The table.
    pub table_name: TableRef,
    /// Its index, if that is meant.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub index_name: Option<String>,
    /// What to do.
    pub contributor_insights_action: ContributorInsightsAction,
    /// What rules are to tell; of keys used and throttled without it.
    pub contributor_insights_mode: Option<ContributorInsightsMode>,
}

/// What UpdateContributorInsights gives.
#[derive(Debug, Shape)]
pub struct UpdateContributorInsightsOutput {
    /// The table's name.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub table_name: Option<String>,
    /// The index's name.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub index_name: Option<String>,
    /// How far it is.
    pub contributor_insights_status: Option<ContributorInsightsStatus>,
    /// What rules tell.
    pub contributor_insights_mode: Option<ContributorInsightsMode>,
}

impl UpdateContributorInsightsInput {
    /// The setting after the request, and what is answered.
    fn applied(
        &self,
        old: Option<Insights>,
        now: Timestamp,
    ) -> (Option<Insights>, ContributorInsightsStatus) {
        let mode = self.contributor_insights_mode.unwrap_or_default();
        match (self.contributor_insights_action, old) {
            (ContributorInsightsAction::Enable, old) => {
                let (new, status) = Insights::enable(old, mode, now);
                (Some(new), status)
            }
            (ContributorInsightsAction::Disable, Some(old)) => {
                let (new, status) = old.disable(now);
                (Some(new), status)
            }
            (ContributorInsightsAction::Disable, None) => {
                (None, ContributorInsightsStatus::Disabled)
            }
        }
    }
}

impl Operation for UpdateContributorInsights {
    const NAME: &'static str = "UpdateContributorInsights";
    type Input = UpdateContributorInsightsInput;
    type Output = UpdateContributorInsightsOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let action = "dynamodb:UpdateContributorInsights";
        access(action, &input.table_name, input.index_name.as_deref(), at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let (scope, name) = input.table_name.resolve(cx.scope())?;
        let (cx, now) = (cx.within(scope), cx.now());
        let (new, status) = cx
            .write(|tx| {
                let mut table = require(&tx.reader(), name)?;
                let setting = match &input.index_name {
                    None => &mut table.insights,
                    Some(index) => {
                        ready(&table, index)?;
                        match table.index_mut(index).map(|index| &mut index.kind) {
                            Some(IndexKind::Global { insights, .. }) => insights,
                            _ => return Err(Fault::internal("an index was lost").into()),
                        }
                    }
                };
                let old = *setting;
                let (new, status) = input.applied(old, now);
                if old != new {
                    *setting = new;
                    tx.put(&table)?;
                    let index = input.index_name.as_deref().and_then(|name| table.index(name));
                    keep_rules(tx, (&table, index), old, new)?;
                }
                Ok::<_, DynamoError>((new, status))
            })
            .await?;
        Ok(UpdateContributorInsightsOutput {
            table_name: Some(name.to_owned()),
            index_name: input.index_name.clone(),
            contributor_insights_status: Some(status),
            contributor_insights_mode: new.map(|new| new.mode),
        })
    }
}

pub(crate) enum DescribeContributorInsights {}

/// What DescribeContributorInsights takes.
#[derive(Debug, Shape)]
pub struct DescribeContributorInsightsInput {
    /// The table.
    pub table_name: TableRef,
    /// Its index, if that is meant.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub index_name: Option<String>,
}

/// The name of a rule.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(pattern = r"[A-Za-z0-9][A-Za-z0-9\-\_\.]{0,126}[A-Za-z0-9]")]
pub struct ContributorInsightsRule(pub String);

/// What DescribeContributorInsights gives.
#[derive(Debug, Shape)]
pub struct DescribeContributorInsightsOutput {
    /// The table's name.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub table_name: Option<String>,
    /// The index's name.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub index_name: Option<String>,
    /// The names of rules, if there are any.
    pub contributor_insights_rule_list: Option<Vec<ContributorInsightsRule>>,
    /// Whether there are rules.
    pub contributor_insights_status: Option<ContributorInsightsStatus>,
    /// When that was last changed.
    pub last_update_date_time: Option<Timestamp>,
    /// What rules tell, or told.
    pub contributor_insights_mode: Option<ContributorInsightsMode>,
}

impl Operation for DescribeContributorInsights {
    const NAME: &'static str = "DescribeContributorInsights";
    type Input = DescribeContributorInsightsInput;
    type Output = DescribeContributorInsightsOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let action = "dynamodb:DescribeContributorInsights";
        access(action, &input.table_name, input.index_name.as_deref(), at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let (scope, name) = input.table_name.resolve(cx.scope())?;
        let table = cx.within(scope).read(|tx| require(tx, name))?;
        let index = input.index_name.as_deref().map(|name| ready(&table, name)).transpose()?;
        let setting = index.map_or(table.insights, Index::insights);
        let rules = setting.map(|setting| setting.rules(&table, index)).unwrap_or_default();
        let rules: Vec<_> =
            rules.into_iter().map(|rule| ContributorInsightsRule(rule.name)).collect();
        let status = setting.map_or(ContributorInsightsStatus::Disabled, |it| it.status());
        Ok(DescribeContributorInsightsOutput {
            table_name: Some(table.name.clone()),
            index_name: input.index_name,
            contributor_insights_rule_list: Some(rules).filter(|rules| !rules.is_empty()),
            contributor_insights_status: Some(status),
            last_update_date_time: setting.map(|setting| setting.changed),
            contributor_insights_mode: setting.map(|setting| setting.mode),
        })
    }
}

pub(crate) enum ListContributorInsights {}

/// What ListContributorInsights takes.
#[derive(Debug, Shape)]
pub struct ListContributorInsightsInput {
    /// The table; all tables without one.
    pub table_name: Option<TableRef>,
    /// Where to go on.
    pub next_token: Option<String>,
    /// How many at most.
    #[shape(range = ..=100)]
    pub max_results: Option<i32>,
}

/// What ListContributorInsights gives.
#[derive(Debug, Shape)]
pub struct ListContributorInsightsOutput {
    /// The tables and indexes whose setting was ever made.
    pub contributor_insights_summaries: Option<Vec<ContributorInsightsSummary>>,
    /// Where to go on, if there is more.
    pub next_token: Option<String>,
}

/// The setting of a table or index in a list.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ContributorInsightsSummary {
    /// The table's name.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub table_name: Option<String>,
    /// The index's name.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub index_name: Option<String>,
    /// Whether there are rules.
    pub contributor_insights_status: Option<ContributorInsightsStatus>,
    /// What rules tell, or told.
    pub contributor_insights_mode: Option<ContributorInsightsMode>,
}

/// The settings of one table and its indexes, each with its place in the list of all.
fn summaries(table: &Table) -> Vec<(Vec<u8>, ContributorInsightsSummary)> {
    let indexes = table.indexes.iter().map(|index| (Some(&index.name), index.insights()));
    let all = std::iter::once((None, table.insights)).chain(indexes);
    let mut all: Vec<_> = all
        .filter_map(|(index, setting)| {
            let setting = setting?;
            let place = (&table.name, index.map_or("", String::as_str)).bytes();
            let summary = ContributorInsightsSummary {
                table_name: Some(table.name.clone()),
                index_name: index.cloned(),
                contributor_insights_status: Some(setting.status()),
                contributor_insights_mode: Some(setting.mode),
            };
            Some((place, summary))
        })
        .collect();
    all.sort_by(|(one, _), (other, _)| one.cmp(other));
    all
}

impl Operation for ListContributorInsights {
    const NAME: &'static str = "ListContributorInsights";
    type Input = ListContributorInsightsInput;
    type Output = ListContributorInsightsOutput;
    type Error = DynamoError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("dynamodb:ListContributorInsights").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let most = input.max_results.filter(|most| *most > 0);
        let most = most.and_then(|most| usize::try_from(most).ok());
        let most = most.unwrap_or(MAX_RESULTS as usize);
        let after = match &input.next_token {
            Some(token) => {
                page::decode(token).map_err(|_| invalid("Invalid Request: Invalid NextToken"))?
            }
            None => Vec::new(),
        };
        let tables = match &input.table_name {
            Some(table) => {
                let name = table.resolve_own(cx.scope())?;
                vec![cx.read(|tx| require(tx, name))?]
            }
            None => cx.read(|tx| tx.list::<Table>(()))?,
        };
        let mut all = tables.iter().flat_map(summaries).filter(|(place, _)| *place > after);
        let (places, found): (Vec<_>, Vec<_>) = all.by_ref().take(most).unzip();
        let next = all.next().and_then(|_| places.last().map(|last| page::encode(last)));
        Ok(ListContributorInsightsOutput {
            contributor_insights_summaries: Some(found),
            next_token: next,
        })
    }
}
