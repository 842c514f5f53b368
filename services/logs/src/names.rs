//! Names in requests, as AWS bounds them.

use shape::Shape;
use std::ops::Deref;

/// A log group's name.
#[derive(Clone, Debug, Shape)]
#[shape(length = 1..=512, pattern = r"[\.\-_/#A-Za-z0-9]+")]
pub struct LogGroupName(pub String);

/// A log group's name or ARN.
#[derive(Clone, Debug, Shape)]
#[shape(length = 1..=2048, pattern = r"[\w#+=/:,.@-]*")]
pub struct LogGroupIdentifier(pub String);

/// A log stream's name.
#[derive(Clone, Debug, Shape)]
#[shape(length = 1..=512, pattern = "[^:*]*")]
pub struct LogStreamName(pub String);

/// An ARN.
#[derive(Clone, Debug, Shape)]
#[shape(length = 1..=1011, pattern = r"[\w+=/:,.@-]*")]
pub struct AmazonResourceName(pub String);

macro_rules! text {
    ($($name:ident)*) => {$(
        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }
    )*};
}

text!(LogGroupName LogGroupIdentifier LogStreamName AmazonResourceName);
