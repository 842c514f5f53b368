//! DescribeEndpoints: where this region is reached.

use crate::error::DynamoError;
use service_kit::prelude::*;

pub(crate) enum DescribeEndpoints {}

/// What DescribeEndpoints gives.
#[derive(Debug, Shape)]
pub struct DescribeEndpointsResponse {
    /// The endpoints.
    pub endpoints: Vec<Endpoint>,
}

/// One endpoint.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct Endpoint {
    /// Its host.
    pub address: String,
    /// How long clients may remember it.
    pub cache_period_in_minutes: i64,
}

impl Operation for DescribeEndpoints {
    const NAME: &'static str = "DescribeEndpoints";
    type Input = Empty;
    type Output = DescribeEndpointsResponse;
    type Error = DynamoError;

    fn access(_: &Empty, _: &Scope) -> Vec<Access> {
        Access::any("dynamodb:DescribeEndpoints").only()
    }

    async fn run(cx: &Context, _: Empty) -> Result<Self::Output, DynamoError> {
        let address = format!("dynamodb.{}.amazonaws.com", cx.region());
        let endpoint = Endpoint { address, cache_period_in_minutes: 1440 };
        Ok(DescribeEndpointsResponse { endpoints: vec![endpoint] })
    }
}
