//! DescribeTrails, ListTrails: the trails, of which there are none; the event history needs none.

use crate::error::CloudTrailError;
use service_kit::prelude::*;

/// Describes trails.
pub(crate) enum DescribeTrails {}

/// What DescribeTrails takes.
#[derive(Debug, Shape)]
#[shape(name = "DescribeTrailsRequest", camel)]
pub struct DescribeTrailsInput {
    /// Which ones.
    pub trail_name_list: Option<Vec<String>>,
    /// Whether other regions' trails count.
    pub include_shadow_trails: Option<bool>,
}

/// What DescribeTrails gives.
#[derive(Debug, Shape)]
#[shape(name = "DescribeTrailsResponse", camel)]
pub struct DescribeTrailsOutput {
    /// None.
    pub trail_list: Vec<Trail>,
}

/// A trail.
#[derive(Debug, Shape)]
pub struct Trail {
    /// Its name.
    pub name: String,
}

impl Operation for DescribeTrails {
    const NAME: &'static str = "DescribeTrails";
    type Input = DescribeTrailsInput;
    type Output = DescribeTrailsOutput;
    type Error = CloudTrailError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("cloudtrail:DescribeTrails").only()
    }

    async fn run(_: &Context, _: Self::Input) -> Result<Self::Output, CloudTrailError> {
        Ok(DescribeTrailsOutput { trail_list: Vec::new() })
    }
}

/// Lists trails.
pub(crate) enum ListTrails {}

/// What ListTrails takes.
#[derive(Debug, Shape)]
#[shape(name = "ListTrailsRequest")]
pub struct ListTrailsInput {}

/// What ListTrails gives.
#[derive(Debug, Shape)]
#[shape(name = "ListTrailsResponse")]
pub struct ListTrailsOutput {
    /// None.
    pub trails: Vec<TrailInfo>,
}

/// A trail in a list.
#[derive(Debug, Shape)]
pub struct TrailInfo {
    /// Its name.
    pub name: String,
}

impl Operation for ListTrails {
    const NAME: &'static str = "ListTrails";
    type Input = ListTrailsInput;
    type Output = ListTrailsOutput;
    type Error = CloudTrailError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("cloudtrail:ListTrails").only()
    }

    async fn run(_: &Context, _: Self::Input) -> Result<Self::Output, CloudTrailError> {
        Ok(ListTrailsOutput { trails: Vec::new() })
    }
}
