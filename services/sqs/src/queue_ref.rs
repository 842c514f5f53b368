//! How requests name queues: by a URL that ends in account and name.

use crate::{error::SqsError, queue::Queue};
use service_kit::prelude::*;

/// A queue as a request names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueRef {
    pub scope: Scope,
    pub name: String,
}

impl QueueRef {
    /// Reads the last two segments of the URL's path; a URL without them finds nothing.
    pub fn parse(url: &str, at: &Scope) -> Self {
        let mut segments = url.trim_end_matches('/').rsplit('/');
        let name = segments.next().unwrap_or_default().to_owned();
        match segments.next().filter(|text| policy::is_account_id(text)) {
            Some(account) => Self { scope: Scope::new(account, at.region.clone()), name },
            None => Self { scope: at.clone(), name },
        }
    }

    /// Reads a queue's ARN.
    pub fn of_arn(text: &str) -> Option<Self> {
        let arn = policy::Arn::parse(text).filter(|arn| arn.service == "sqs")?;
        let fits = !arn.region.is_empty() && !arn.resource.contains([':', '/']);
        let scope = Scope::new(arn.owner()?, arn.region);
        fits.then(|| Self { scope, name: arn.resource.into() })
    }

    pub fn arn(&self) -> String {
        self.scope.arn("sqs", &self.name)
    }

    /// The queue.
    ///
    /// # Errors
    /// [`SqsError::QueueDoesNotExist`].
    pub fn get(&self, tx: &ReadTx<'_>) -> Result<Queue, SqsError> {
        let queue = tx.within(self.scope.clone()).get::<Queue>(&self.name)?;
        queue.ok_or(SqsError::QueueDoesNotExist)
    }
}

/// The permission `action` on the queue at `url`.
pub fn access(action: &'static str, url: &str, at: &Scope) -> Access {
    Access::on(action, QueueRef::parse(url, at).arn())
}

/// The queue at `url`.
///
/// # Errors
/// [`SqsError::QueueDoesNotExist`].
pub fn queue(cx: &Context, url: &str) -> Result<Queue, SqsError> {
    cx.read(|tx| QueueRef::parse(url, cx.scope()).get(tx))
}

/// The queue at `url` for operations that other accounts can never be allowed
/// (SQS Developer Guide, "Limitations of SQS custom policies").
///
/// # Errors
/// [`Fault::AccessDenied`] for a queue of another account.
pub fn own(cx: &Context, url: &str) -> Result<QueueRef, SqsError> {
    let named = QueueRef::parse(url, cx.scope());
    match cx.caller().account() {
        Some(account) if *account == *named.scope.account => Ok(named),
        _ => {
            let message = format!("Access to the resource {url} is denied.");
            Err(Fault::AccessDenied(message).into())
        }
    }
}

/// Reads the caller's own queue at `url`, changes it and writes it back.
///
/// # Errors
/// [`SqsError::QueueDoesNotExist`], [`Fault::AccessDenied`], or the change's.
pub async fn change<T: Send>(
    cx: &Context,
    url: &str,
    mut change: impl FnMut(&mut Tx<'_>, &mut Queue) -> Result<T, SqsError> + Send,
) -> Result<T, SqsError> {
    let named = own(cx, url)?;
    cx.write(|tx| {
        let mut tx = tx.within(named.scope.clone());
        let mut queue = named.get(&tx.reader())?;
        let answer = change(&mut tx, &mut queue)?;
        tx.put(&queue)?;
        Ok(answer)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_host_will_do() {
        let at = Scope::new("111122223333", "eu-west-1");
        for url in [
            "http://localhost:4566/444455556666/q",
            "https://sqs.eu-west-1.amazonaws.com/444455556666/q/",
            "https://queue.amazonaws.com/444455556666/q",
        ] {
            let arn = QueueRef::parse(url, &at).arn();
            assert_eq!(arn, "arn:aws:sqs:eu-west-1:444455556666:q");
        }
        assert_eq!(QueueRef::parse("q", &at).arn(), "arn:aws:sqs:eu-west-1:111122223333:q");
    }
}
