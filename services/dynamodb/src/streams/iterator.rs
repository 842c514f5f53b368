//! Shard iterators: a place in a shard and a time, sealed, so that nothing is kept for them.
//!
//! The stream's ARN stands in front, as on AWS: policies are asked about it before anything else.

use crate::streams::{
    error::StreamsError,
    position::Position,
    stream::{StreamArn, parse_arn},
};
use service_kit::{STAMP_BYTES, page, prelude::*};

/// How long an iterator may be used.
const LIFETIME: Duration = Duration::from_secs(15 * 60);
/// What iterators are sealed for.
const PURPOSE: &str = "dynamodb.stream.iterator";
/// Between the parts of an iterator.
const SEPARATOR: &str = "|1|";

/// An iterator as requests give it.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(length = 1..=2048)]
pub struct ShardIterator(pub String);

/// What an iterator says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reading {
    /// Where the shard begins.
    pub(crate) shard: Position,
    /// Where reading goes on.
    pub(crate) from: Position,
}

impl ShardIterator {
    /// The ARN of the stream; as much as there is of it in text that is no iterator.
    pub(crate) fn stream(&self) -> StreamArn {
        StreamArn(self.0.split('|').next().unwrap_or_default().to_owned())
    }

    /// An iterator over the stream called `arn` that goes on as `reading` says.
    ///
    /// # Errors
    /// [`Fault::Internal`] when it cannot be sealed.
    pub(crate) fn new(cx: &Context, arn: &str, reading: Reading) -> Result<Self, Fault> {
        let mut plain = cx.now().as_micros().to_be_bytes().to_vec();
        plain.extend(reading.shard.bytes());
        plain.extend(reading.from.bytes());
        let sealed = cx.platform().seal().seal(PURPOSE, arn.as_bytes(), &plain)?;
        Ok(Self(format!("{arn}{SEPARATOR}{}", page::encode(&sealed))))
    }

    /// What it says.
    ///
    /// # Errors
    /// `ExpiredIteratorException`, or a `ValidationException` for what is none of ours.
    pub(crate) fn open(&self, cx: &Context) -> Result<Reading, StreamsError> {
        let (made, reading) =
            self.unsealed(cx).ok_or_else(|| Fault::invalid("Invalid ShardIterator"))?;
        if cx.now().since(made) > LIFETIME {
            return Err(StreamsError::ExpiredIteratorException);
        }
        Ok(reading)
    }

    fn unsealed(&self, cx: &Context) -> Option<(Timestamp, Reading)> {
        let (arn, sealed) = self.0.split_once(SEPARATOR)?;
        parse_arn(arn)?;
        let sealed = page::decode(sealed).ok()?;
        let plain = cx.platform().seal().open(PURPOSE, arn.as_bytes(), &sealed)?;
        let (micros, rest) = plain.split_first_chunk()?;
        let (shard, from) = rest.split_at_checked(STAMP_BYTES)?;
        let reading = Reading { shard: Position::of_key(shard)?, from: Position::of_key(from)? };
        Some((Timestamp::from_micros(i64::from_be_bytes(*micros)), reading))
    }
}
