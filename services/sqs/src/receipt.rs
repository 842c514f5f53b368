//! Receipt handles: what a receiver shows to say which receipt of which message it means.

use crate::{error::SqsError, message::MessageKey, queue::Queue};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use service_kit::prelude::*;

const PURPOSE: &str = "sqs.receipt";

/// What a receipt handle says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub key: MessageKey,
    /// Which receipt of the message it was.
    pub count: u32,
}

impl Receipt {
    /// The handle, good for this queue only.
    ///
    /// # Errors
    /// [`Fault::Internal`] when sealing fails.
    pub fn handle(&self, cx: &Context, queue: &Queue) -> Result<String, Fault> {
        let MessageKey { queue: uid, sent, index, id } = &self.key;
        let plain = format!("{uid} {} {index} {id} {}", sent.as_micros(), self.count);
        let bound_to = queue.arn();
        let sealed = cx.platform().seal().seal(PURPOSE, bound_to.as_bytes(), plain.as_bytes())?;
        Ok(STANDARD.encode(sealed))
    }

    /// Reads a handle that [`Receipt::handle`] made for this queue.
    ///
    /// # Errors
    /// [`SqsError::ReceiptHandleIsInvalid`].
    pub fn read(cx: &Context, queue: &Queue, handle: &str) -> Result<Self, SqsError> {
        let sealed = STANDARD.decode(handle).ok();
        sealed
            .and_then(|sealed| cx.platform().seal().open(PURPOSE, queue.arn().as_bytes(), &sealed))
            .and_then(|plain| Self::parse(std::str::from_utf8(&plain).ok()?))
            .ok_or_else(|| {
                SqsError::ReceiptHandleIsInvalid(format!(
                    "The input receipt handle \"{handle}\" is not a valid receipt handle."
                ))
            })
    }

    fn parse(plain: &str) -> Option<Self> {
        let mut parts = plain.split(' ');
        let queue = parts.next()?.to_owned();
        let sent = Timestamp::from_micros(parts.next()?.parse().ok()?);
        let index = parts.next()?.parse().ok()?;
        let id = parts.next()?.to_owned();
        let count = parts.next()?.parse().ok()?;
        Some(Self { key: MessageKey { queue, sent, index, id }, count })
    }
}
