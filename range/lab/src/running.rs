//! An instance over the network, as everybody reaches it.

use crate::instance::{Instance, Signer};
use bytes::Bytes;
use client::{Apis, Connection, Remote};
use http::{Request, Response};
use service_kit::entropy::Entropy;

/// How many letters a mark has.
const MARK_LETTERS: usize = 10;

/// A running instance.
pub struct Running {
    apis: Apis,
    connection: Connection,
    account: String,
    endpoint: String,
    entropy: Entropy,
}

impl Running {
    /// The instance behind `connection`, which signs as a person of `account`.
    pub fn new(apis: Apis, connection: Connection, account: impl Into<String>) -> Self {
        let endpoint = format!("http://{}", connection.authority());
        let (account, entropy) = (account.into(), Entropy::system());
        Self { apis, connection, account, endpoint, entropy }
    }

    fn connection(&self, signer: &Signer) -> Connection {
        match signer {
            Signer::Person => self.connection.clone(),
            Signer::Nobody => self.connection.unsigned(),
            Signer::Holder(keys) => self.connection.signing_as(keys.clone()),
        }
    }
}

impl Instance for Running {
    type Cloud = Remote;

    fn cloud(&self, signer: &Signer) -> Remote {
        Remote::new(self.apis.clone(), self.connection(signer), &*self.account)
    }

    async fn send(
        &self,
        signer: &Signer,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, String> {
        let sent = self.connection(signer).send("execute-api", request).await;
        sent.map_err(|unanswered| unanswered.to_string())
    }

    fn endpoint(&self) -> &str {
        &self.endpoint
    }

    fn mark(&self) -> String {
        self.entropy.lower_id(MARK_LETTERS)
    }
}
