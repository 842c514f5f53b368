//! EnableKinesisStreamingDestination, DisableKinesisStreamingDestination,
//! UpdateKinesisStreamingDestination, DescribeKinesisStreamingDestination: tables that write into
//! data streams of Kinesis. Heist has no Kinesis, so that no table has a destination.

use crate::{
    error::{DynamoError, invalid},
    table::{TableRef, require},
};
use service_kit::prelude::*;

/// How exactly records tell when a change was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum ApproximateCreationDateTimePrecision {
    /// To the millisecond.
    Millisecond,
    /// To the microsecond.
    Microsecond,
}

/// How records are to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub struct EnableKinesisStreamingConfiguration {
    /// Their precision.
    pub approximate_creation_date_time_precision: Option<ApproximateCreationDateTimePrecision>,
}

/// How records are to be written from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub struct UpdateKinesisStreamingConfiguration {
    /// Their precision.
    pub approximate_creation_date_time_precision: Option<ApproximateCreationDateTimePrecision>,
}

/// What the operations on one destination take.
#[derive(Debug, Shape)]
pub struct KinesisStreamingDestinationInput {
    /// The table.
    pub table_name: TableRef,
    /// The data stream's ARN.
    #[shape(length = 37..=1024)]
    pub stream_arn: String,
    /// How records are to be written.
    pub enable_kinesis_streaming_configuration: Option<EnableKinesisStreamingConfiguration>,
}

/// `action` on the table, and what DynamoDB does with the data stream in the caller's name.
fn access(action: &'static str, table: &TableRef, stream: &str, at: &Scope) -> Vec<Access> {
    vec![
        Access::on(action, table.arn(at)),
        Access::on("kinesis:DescribeStream", stream),
        Access::on("kinesis:PutRecords", stream),
    ]
}

/// The table's name.
///
/// # Errors
/// `ResourceNotFoundException` when there is none.
fn there<'a>(cx: &Context, table: &'a TableRef) -> Result<&'a str, DynamoError> {
    let (scope, name) = table.resolve(cx.scope())?;
    cx.within(scope).read(|tx| require(tx, name))?;
    Ok(name)
}

fn not_active(what: impl std::fmt::Display) -> DynamoError {
    invalid(format!(
        "Table is not in a valid state to enable Kinesis Streaming Destination: {what}"
    ))
}

pub(crate) enum EnableKinesisStreamingDestination {}

impl Operation for EnableKinesisStreamingDestination {
    const NAME: &'static str = "EnableKinesisStreamingDestination";
    type Input = KinesisStreamingDestinationInput;
    type Output = Empty;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let action = "dynamodb:EnableKinesisStreamingDestination";
        access(action, &input.table_name, &input.stream_arn, at)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, DynamoError> {
        there(cx, &input.table_name)?;
        // What AWS describes a destination with whose stream is not there.
        Err(invalid("User does not have a permission to use kinesis stream"))
    }
}

pub(crate) enum DisableKinesisStreamingDestination {}

impl Operation for DisableKinesisStreamingDestination {
    const NAME: &'static str = "DisableKinesisStreamingDestination";
    type Input = KinesisStreamingDestinationInput;
    type Output = Empty;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let action = "dynamodb:DisableKinesisStreamingDestination";
        Access::on(action, input.table_name.arn(at)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, DynamoError> {
        if input.enable_kinesis_streaming_configuration.is_some() {
            return Err(invalid(
                "Stream cannot be disabled using EnableKinesisStreamingConfiguration parameters",
            ));
        }
        there(cx, &input.table_name)?;
        Err(not_active("KinesisStreamingDestination must be ACTIVE to perform DISABLE operation."))
    }
}

pub(crate) enum UpdateKinesisStreamingDestination {}

/// What UpdateKinesisStreamingDestination takes.
#[derive(Debug, Shape)]
pub struct UpdateKinesisStreamingDestinationInput {
    /// The table.
    pub table_name: TableRef,
    /// The data stream's ARN.
    #[shape(length = 37..=1024)]
    pub stream_arn: String,
    /// How records are to be written from now on.
    pub update_kinesis_streaming_configuration: Option<UpdateKinesisStreamingConfiguration>,
}

impl Operation for UpdateKinesisStreamingDestination {
    const NAME: &'static str = "UpdateKinesisStreamingDestination";
    type Input = UpdateKinesisStreamingDestinationInput;
    type Output = Empty;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let action = "dynamodb:UpdateKinesisStreamingDestination";
        access(action, &input.table_name, &input.stream_arn, at)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, DynamoError> {
        let asked = input
            .update_kinesis_streaming_configuration
            .and_then(|configuration| configuration.approximate_creation_date_time_precision);
        if asked.is_none() {
            return Err(invalid(
                "Streaming destination cannot be updated with given parameters: \
                 UpdateKinesisStreamingConfiguration cannot be null or contain only null values",
            ));
        }
        let name = there(cx, &input.table_name)?;
        Err(not_active(format_args!(
            "Kinesis streaming is not in ACTIVE state. Updates are only allowed in ACTIVE state. \
             TableName: {name}, kdsArn: {}",
            input.stream_arn
        )))
    }
}

pub(crate) enum DescribeKinesisStreamingDestination {}

/// What DescribeKinesisStreamingDestination takes.
#[derive(Debug, Shape)]
pub struct DescribeKinesisStreamingDestinationInput {
    /// The table.
    pub table_name: TableRef,
}

/// What DescribeKinesisStreamingDestination gives.
#[derive(Debug, Shape)]
pub struct DescribeKinesisStreamingDestinationOutput {
    /// The table's name.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub table_name: Option<String>,
    /// Its destinations: none.
    pub kinesis_data_stream_destinations: Option<Vec<KinesisDataStreamDestination>>,
}

/// A destination.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct KinesisDataStreamDestination {
    /// The data stream's ARN.
    #[shape(length = 37..=1024)]
    pub stream_arn: Option<String>,
}

impl Operation for DescribeKinesisStreamingDestination {
    const NAME: &'static str = "DescribeKinesisStreamingDestination";
    type Input = DescribeKinesisStreamingDestinationInput;
    type Output = DescribeKinesisStreamingDestinationOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let action = "dynamodb:DescribeKinesisStreamingDestination";
        Access::on(action, input.table_name.arn(at)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let name = there(cx, &input.table_name)?;
        Ok(DescribeKinesisStreamingDestinationOutput {
            table_name: Some(name.to_owned()),
            kinesis_data_stream_destinations: Some(Vec::new()),
        })
    }
}
