//! Client request tokens: a transaction sent again within ten minutes is not done again.

use crate::error::DynamoError;
use service_kit::{
    key::{Encoded, Key},
    prelude::*,
};

/// How long a token is remembered, at least.
const REMEMBERED: Duration = Duration::from_secs(600);

/// A token that was used. Rows sort by the span of time they were used in, so that old ones go by
/// the range.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Token {
    /// Spans of [`REMEMBERED`] since the epoch.
    span: u64,
    token: String,
    /// Of the request.
    digest: String,
    at: Timestamp,
}

impl Record for Token {
    const TABLE: &'static str = "dynamodb.token";

    fn key(&self) -> impl Key {
        (self.span, &self.token)
    }
}

/// That there is a [`ForgetTokens`] to come.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Sweeping;

impl Record for Sweeping {
    const TABLE: &'static str = "dynamodb.token.sweep";

    fn key(&self) -> impl Key {
        ""
    }
}

fn span(at: Timestamp) -> u64 {
    u64::try_from(at.as_secs()).unwrap_or(0) / REMEMBERED.as_secs()
}

/// Remembers that `token` was used `now` for the request with `digest`; gives whether it had been
/// used for it before.
///
/// # Errors
/// `IdempotentParameterMismatchException` when it was used for another request.
pub(crate) fn is_repeated(
    tx: &mut Tx<'_>,
    token: &str,
    digest: &str,
    now: Timestamp,
) -> Result<bool, DynamoError> {
    let span = span(now);
    for span in [span, span.saturating_sub(1)] {
        let known: Option<Token> = tx.get((span, &token.to_owned()))?;
        let Some(known) = known.filter(|known| now.since(known.at) < REMEMBERED) else { continue };
        if known.digest == digest {
            return Ok(true);
        }
        return Err(DynamoError::IdempotentParameterMismatch);
    }
    tx.put(&Token { span, token: token.to_owned(), digest: digest.to_owned(), at: now })?;
    if tx.get::<Sweeping>("")?.is_none() {
        tx.put(&Sweeping)?;
        tx.enqueue_at(now + 2 * REMEMBERED, &ForgetTokens {})?;
    }
    Ok(false)
}

/// Removes old tokens, as long as there are any.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ForgetTokens {}

impl Job for ForgetTokens {
    const KIND: &'static str = "dynamodb.token.forget";

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        let oldest = span(cx.now()).saturating_sub(1);
        if cx.platform().forget_before(Token::TABLE, &oldest.bytes()).await.is_err() {
            return Outcome::Again(REMEMBERED);
        }
        let done = cx.write(|tx| {
            let none: (&[u8], Option<&[u8]>) = (&[], None);
            let mut left = false;
            tx.reader().visit_bytes(
                Token::TABLE,
                Encoded(&[]),
                none,
                Order::Ascending,
                |_, _| {
                    left = true;
                    std::ops::ControlFlow::Break(())
                },
            )?;
            if !left {
                tx.delete::<Sweeping>("");
            }
            Ok::<_, Fault>(!left)
        });
        match done.await {
            Ok(true) => Outcome::Done,
            _ => Outcome::Again(REMEMBERED),
        }
    }
}
