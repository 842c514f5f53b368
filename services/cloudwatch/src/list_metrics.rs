//! ListMetrics: which metrics have data.

use crate::{error::CloudWatchError, series, shapes::Metric};
use service_kit::{metrics::Series, page, prelude::*};

/// The metrics of one page.
const PAGE: usize = 500;
/// The most series that one answer looks at.
const MAX_EXAMINED: usize = 5_000;
/// How long metrics without new data are listed.
const LISTED: Duration = Duration::from_secs(14 * 86_400);
/// How long ago `PT3H` is, with the delay that AWS adds.
const RECENT: Duration = Duration::from_secs(3 * 3_600);

/// Lists metrics.
pub(crate) enum ListMetrics {}

/// What ListMetrics takes.
#[derive(Debug, Shape)]
pub struct ListMetricsInput {
    /// Only of this namespace.
    #[shape(length = 1..=255, pattern = "[^:].*")]
    pub namespace: Option<String>,
    /// Only with this name.
    #[shape(length = 1..=255)]
    pub metric_name: Option<String>,
    /// Only with all of these dimensions.
    #[shape(length = 0..=10)]
    pub dimensions: Option<Vec<DimensionFilter>>,
    /// Where to go on.
    pub next_token: Option<String>,
    /// Only with data in the last three hours.
    pub recently_active: Option<RecentlyActive>,
}

/// A dimension that metrics must have.
#[derive(Debug, Shape)]
pub struct DimensionFilter {
    /// Its name.
    #[shape(length = 1..=255)]
    pub name: String,
    /// Its value; none means any.
    #[shape(length = 1..=1024)]
    pub value: Option<String>,
}

/// How recent data must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum RecentlyActive {
    /// Three hours.
    #[shape(name = "PT3H")]
    ThreeHours,
}

/// What ListMetrics gives.
#[derive(Debug, Shape)]
pub struct ListMetricsOutput {
    /// The metrics.
    pub metrics: Vec<Metric>,
    /// Where to go on.
    pub next_token: Option<String>,
}

impl Operation for ListMetrics {
    const NAME: &'static str = "ListMetrics";
    const DATA_EVENT: bool = true;
    type Input = ListMetricsInput;
    type Output = ListMetricsOutput;
    type Error = CloudWatchError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("cloudwatch:ListMetrics").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, CloudWatchError> {
        let mut from = match &input.next_token {
            Some(token) => page::decode(token).map_err(|_| {
                CloudWatchError::value("The value for parameter NextToken is invalid.")
            })?,
            None => Vec::new(),
        };
        let kept = if input.recently_active.is_some() { RECENT } else { LISTED };
        let since = cx.now() - kept;
        let prefix = series::prefix(input.namespace.as_deref(), input.metric_name.as_deref());
        cx.platform().flush().await?;
        cx.read(|tx| {
            let mut metrics = Vec::new();
            for _ in 0..MAX_EXAMINED {
                let Some((series, behind)) = series::next(tx, &prefix, &from)? else {
                    return Ok(ListMetricsOutput { metrics, next_token: None });
                };
                if metrics.len() == PAGE {
                    break;
                }
                from = behind;
                let wanted = matches(&input, &series);
                if wanted && series::last_point(tx, &series)?.is_some_and(|last| last >= since) {
                    metrics.push(Metric::of(series));
                }
            }
            Ok(ListMetricsOutput { metrics, next_token: Some(page::encode(&from)) })
        })
    }
}

fn matches(input: &ListMetricsInput, series: &Series) -> bool {
    let named = input.metric_name.as_ref().is_none_or(|name| *name == series.name);
    let has = |filter: &DimensionFilter| {
        series.dimensions.iter().any(|(name, value)| {
            *name == filter.name && filter.value.as_ref().is_none_or(|wanted| wanted == value)
        })
    };
    named && input.dimensions.iter().flatten().all(has)
}
