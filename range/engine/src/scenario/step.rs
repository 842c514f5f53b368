//! One step of a check, a fix or an attack: a request and what should come of it.

use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// One step: exactly one of `aws`, `http` and `message`. Texts may contain `{{names}}`.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// An AWS operation: `service.Operation`, the service as its folder is called.
    pub aws: Option<String>,
    /// What the operation takes, with the members of the API model. `{$zip: folder}` is the ZIP
    /// file of a folder of the scenario, or of a list of folders, each laid over those before it;
    /// `{$json: …}` is the JSON text of a document, `{$base64: text}` a blob.
    #[serde(default)]
    pub with: Map<String, Value>,
    /// An HTTP request: `GET https://…`.
    pub http: Option<String>,
    /// Headers of the HTTP request.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Its body: text, or a document that is sent as JSON.
    pub body: Option<Value>,
    /// The service that it is signed for; `execute-api` if it is signed.
    pub sign: Option<String>,
    /// The URL of a queue: waits for a message that contains the `text`, and takes it.
    pub message: Option<String>,
    /// What the message contains.
    pub text: Option<String>,
    /// How many seconds are waited for what should come; 5 for messages, none otherwise.
    pub within: Option<u32>,
    /// The name of a list that a step before captured: this one is done for each of its items,
    /// which is called `{{each}}`.
    pub each: Option<String>,
    /// In whose name; the owner if it is not said, and for `http` nobody.
    pub r#as: Option<String>,
    /// What of the answer is looked at, as JMESPath. The answer of `http` is an object with
    /// `status`, `text`, and `body`, the text as JSON; that of `message` is the message's text.
    /// Beside the functions of JMESPath there are `parse`, which makes a document of its text,
    /// `base64` and `unbase64`.
    pub query: Option<String>,
    /// Names for parts of the answer, each as JMESPath, for the steps after this one.
    #[serde(default)]
    pub capture: BTreeMap<String, String>,
    /// How the answer must be; success if it is not said.
    pub expect: Option<Expect>,
    /// For attacks: how the answer is when the attack succeeds. Whatever else comes must be a
    /// refusal, or the stack is broken rather than secure.
    pub succeeds: Option<Expect>,
    /// For attacks: what counts as a refusal, where it is not the usual.
    pub refused: Option<Refusal>,
}

impl Step {
    /// Whether the answer to this step says if an attack succeeds.
    pub fn decides(&self) -> bool {
        self.succeeds.is_some()
    }

    /// In whose name it is done.
    pub fn actor(&self) -> &str {
        match (&self.r#as, &self.http) {
            (Some(name), _) => name,
            (None, Some(_)) => "nobody",
            (None, None) => "owner",
        }
    }
}

/// How an answer must be. All that is said must hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The HTTP status.
    pub status: Option<u16>,
    /// The error's code, one of these.
    #[serde(default)]
    pub error: Vec<String>,
    /// What is looked at equals this.
    pub equals: Option<Value>,
    /// What is looked at is something else than this.
    pub differs: Option<Value>,
    /// What is looked at, as text, contains each of these.
    #[serde(default)]
    pub contains: Vec<String>,
    /// What is looked at, as text, contains none of these.
    #[serde(default)]
    pub lacks: Vec<String>,
    /// No message comes.
    #[serde(default)]
    pub absent: bool,
    /// Any answer will do, a refusal too: the steps after this one look at what came of it.
    #[serde(default)]
    pub anything: bool,
}

/// What counts as a refusal. All that is said must hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// The HTTP status, one of these.
    #[serde(default)]
    pub status: Vec<u16>,
    /// The error's code, one of these.
    #[serde(default)]
    pub error: Vec<String>,
    /// What the answer, as text, contains.
    #[serde(default)]
    pub contains: Vec<String>,
    /// What the answer, as text, lacks.
    #[serde(default)]
    pub lacks: Vec<String>,
    /// No message comes.
    #[serde(default)]
    pub absent: bool,
}
