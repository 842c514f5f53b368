//! Does actions on an instance, one after the other, until one does not hold.

use crate::{
    action::{Action, What, Who},
    expect::Answer,
    fill::{self, Unknown, Variables},
    instance::{Instance, Signer, Watcher},
    path::{self, Path},
};
use bytes::Bytes;
use client::{CallError, Cloud, Credentials};
use http::{Request, Uri, header};
use serde::Serialize;
use serde_json::{Value, json};
use service_kit::clock::Stopwatch;
use std::{collections::BTreeMap, future::poll_fn, pin::Pin, task::Poll, time::Duration};

/// Between two looks at what is waited for.
const PAUSE: Duration = Duration::from_millis(250);
/// How long a wait may be without a word.
const SILENCE: Duration = Duration::from_secs(1);
/// How long a message that was not the one stays hidden.
const HIDDEN_SECONDS: u32 = 5;

/// Why something did not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// What should have been seen.
    pub see: String,
    /// What of it was missing.
    pub wanted: String,
    /// What came instead.
    pub got: String,
    /// What to do.
    pub advice: String,
}

/// What came of some actions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What was seen to hold, in order.
    pub seen: Vec<String>,
    /// What did not hold.
    pub failure: Option<Failure>,
}

/// Whoever does actions.
pub(crate) struct Performer<'a, I> {
    instance: &'a I,
    /// What is known by name; grows by captures.
    pub(crate) known: Variables,
    sessions: BTreeMap<String, Credentials>,
}

impl<'a, I: Instance> Performer<'a, I> {
    /// One that knows `known` and what every instance can tell of itself.
    pub(crate) fn new(instance: &'a I, known: &Variables) -> Self {
        let mut known = known.clone();
        let person = instance.cloud(&Signer::Person);
        known.insert("AWS_REGION".into(), person.region().to_owned());
        known.insert("ACCOUNT_ID".into(), person.account().to_owned());
        known.insert("AWS_ENDPOINT_URL".into(), instance.endpoint().to_owned());
        known.insert("MARK".into(), instance.mark());
        Self { instance, known, sessions: BTreeMap::new() }
    }

    /// Does `actions` until one does not hold.
    pub(crate) async fn all(&mut self, actions: &[Action], watcher: &mut dyn Watcher) -> Report {
        let mut report = Report::default();
        for action in actions {
            let see = self.named(&action.see);
            match self.one(action, &see, watcher).await {
                Ok(()) => {
                    watcher.seen(&see);
                    report.seen.push(see);
                }
                Err(failure) => {
                    report.failure = Some(failure);
                    break;
                }
            }
        }
        report
    }

    async fn one(
        &mut self,
        action: &Action,
        see: &str,
        watcher: &mut dyn Watcher,
    ) -> Result<(), Failure> {
        let watch = Stopwatch::start();
        let patience = Duration::from_secs(action.within.into());
        let mut silent = true;
        loop {
            let attempt = self.attempt(action).await;
            let (wanted, answer) = match attempt {
                Ok(None) => return Ok(()),
                Ok(Some(missed)) => missed,
                Err(Unknown(name)) => return Err(unknown(see, &name)),
            };
            let symptom = action.when.iter().find(|symptom| symptom.fits(&answer));
            // What is known to be wrong does not come right by itself.
            let patience = if symptom.is_some() { patience.min(SILENCE) } else { patience };
            if watch.elapsed() >= patience {
                let advice = symptom.map(|symptom| &symptom.advice).or(action.advice.as_ref());
                let advice = self.named(advice.map_or("", String::as_str));
                return Err(Failure { see: see.to_owned(), wanted, got: answer.shown(), advice });
            }
            if silent && watch.elapsed() >= SILENCE {
                watcher.waiting(see);
                silent = false;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// What came for a bare request.
    pub(crate) async fn answer(&mut self, action: &Action) -> Result<Answer, Unknown> {
        match self.signer(&action.who).await {
            Ok(signer) => self.ask(&signer, &action.what).await,
            Err(error) => Ok(Answer::of_call(Err(error))),
        }
    }

    /// The names at `path` in what `list` gives.
    pub(crate) async fn names(&mut self, list: &Action, path: &str) -> Result<Vec<String>, String> {
        let answer = self.answer(list).await.map_err(|Unknown(name)| format!("no {name}"))?;
        if answer.error.is_some() {
            return Err(answer.shown());
        }
        let found = Path::parse(&self.named(path))?.find(&answer.value).unwrap_or_default();
        Ok(found.as_array().into_iter().flatten().map(path::text).collect())
    }

    /// `text` with the names in it that are known.
    pub(crate) fn named(&self, text: &str) -> String {
        fill::text(text, &self.known).unwrap_or(text.to_owned())
    }

    /// What was missed and what came instead, if anything was missed.
    async fn attempt(&mut self, action: &Action) -> Result<Option<(String, Answer)>, Unknown> {
        let answer = self.answer(action).await?;
        if let Some(wanted) = action.expect.differs(&answer, &self.known)? {
            return Ok(Some((wanted, answer)));
        }
        if let Some(missing) = self.capture(action, &answer)? {
            return Ok(Some((format!("{missing} in the answer"), answer)));
        }
        for (name, text) in &action.set {
            let text = fill::text(text, &self.known)?;
            self.known.insert(name.clone(), text);
        }
        Ok(None)
    }

    /// Takes what the action captures of an answer; gives the first path that is not in it.
    fn capture(&mut self, action: &Action, answer: &Answer) -> Result<Option<String>, Unknown> {
        for (name, path) in &action.capture {
            let filled = fill::text(path, &self.known)?;
            let found = Path::parse(&filled).ok().and_then(|path| path.find(&answer.value));
            let Some(found) = found.filter(|found| found.is_string() || found.is_number()) else {
                return Ok(Some(filled));
            };
            self.known.insert(name.clone(), path::text(&found));
        }
        Ok(None)
    }

    /// Whether what the action looks for is there, be it as expected or not.
    pub(crate) async fn finds(&mut self, action: &Action) -> bool {
        let Ok(answer) = self.answer(action).await else { return false };
        answer.error.is_none() && matches!(self.capture(action, &answer), Ok(None))
    }

    async fn signer(&mut self, who: &Who) -> Result<Signer, CallError> {
        let role = match who {
            Who::Person => return Ok(Signer::Person),
            Who::Nobody => return Ok(Signer::Nobody),
            Who::Role(role) => role,
        };
        if let Some(keys) = self.sessions.get(role) {
            return Ok(Signer::Holder(keys.clone()));
        }
        let person = self.instance.cloud(&Signer::Person);
        let arn = format!("arn:aws:iam::{}:role/{role}", person.account());
        let input = json!({"RoleArn": arn, "RoleSessionName": "lab"});
        let given = person.call("sts", "AssumeRole", input).await?;
        let text = |name: &str| given["Credentials"][name].as_str().unwrap_or_default().to_owned();
        let keys = Credentials {
            access_key_id: text("AccessKeyId"),
            secret_access_key: text("SecretAccessKey"),
            session_token: Some(text("SessionToken")),
        };
        self.sessions.insert(role.clone(), keys.clone());
        Ok(Signer::Holder(keys))
    }

    async fn ask(&self, signer: &Signer, what: &What) -> Result<Answer, Unknown> {
        match what {
            What::Call { service, operation, input, together } => {
                let input = fill::value(input, &self.known)?;
                let cloud = self.instance.cloud(signer);
                if *together == 1 {
                    return Ok(Answer::of_call(cloud.call(service, operation, input).await));
                }
                let calls = (0..*together).map(|_| cloud.call(service, operation, input.clone()));
                let outcomes: Result<Vec<_>, _> = all(calls).await.into_iter().collect();
                Ok(Answer::of_call(outcomes.map(Value::from)))
            }
            What::Http { method, url, body } => {
                let url = fill::text(url, &self.known)?;
                let body = body.as_deref().map(|body| fill::text(body, &self.known));
                let body = body.transpose()?.unwrap_or_default();
                Ok(self.http(signer, method, &url, body).await.unwrap_or_else(unanswered))
            }
            What::Hear { queue, text } => {
                let queue = fill::text(queue, &self.known)?;
                let text = fill::text(text, &self.known)?;
                Ok(self.hear(signer, &queue, &text).await)
            }
        }
    }

    async fn http(
        &self,
        signer: &Signer,
        method: &str,
        url: &str,
        body: String,
    ) -> Result<Answer, String> {
        let uri: Uri = url.parse().map_err(|why| format!("{url}: {why}"))?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let request = Request::builder().method(method).uri(path);
        let request = request.header(header::CONTENT_TYPE, "application/json");
        let request = request.body(Bytes::from(body)).map_err(|why| why.to_string())?;
        let answer = self.instance.send(signer, request).await?;
        Ok(Answer::of_http(answer.status().as_u16(), answer.body()))
    }

    /// Takes the first message with `text` off the queue.
    async fn hear(&self, signer: &Signer, queue: &str, text: &str) -> Answer {
        let cloud = self.instance.cloud(signer);
        let input = json!({
            "QueueUrl": queue,
            "MaxNumberOfMessages": 10,
            "WaitTimeSeconds": 1,
            "VisibilityTimeout": HIDDEN_SECONDS,
        });
        let received = match cloud.call("sqs", "ReceiveMessage", input).await {
            Ok(received) => received,
            Err(error) => return Answer::of_call(Err(error)),
        };
        let messages = received["Messages"].as_array().map(Vec::as_slice).unwrap_or_default();
        let body = |message: &Value| message["Body"].as_str().unwrap_or_default().to_owned();
        let Some(message) = messages.iter().find(|message| body(message).contains(text)) else {
            let message = format!("no message with {text:?} came");
            return Answer::of_call(Err(CallError {
                status: 404,
                code: "NoMessage".into(),
                message,
            }));
        };
        let input = json!({"QueueUrl": queue, "ReceiptHandle": message["ReceiptHandle"]});
        let deleted = cloud.call("sqs", "DeleteMessage", input).await;
        Answer::of_call(deleted.map(|_| message.clone()))
    }
}

fn unanswered(why: String) -> Answer {
    Answer::of_call(Err(CallError::unanswered(why)))
}

fn unknown(see: &str, name: &str) -> Failure {
    Failure {
        see: see.to_owned(),
        wanted: format!("a value for {name}"),
        got: "none; an earlier step finds it".into(),
        advice: "Check the earlier steps on this instance first: heist lab list".into(),
    }
}

/// What all `futures` give, which wait at the same time.
async fn all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    type Running<F> = (Pin<Box<F>>, Option<<F as Future>::Output>);
    let mut running: Vec<Running<F>> = futures.map(|future| (Box::pin(future), None)).collect();
    poll_fn(|cx| {
        for (future, output) in &mut running {
            if output.is_none()
                && let Poll::Ready(value) = future.as_mut().poll(cx)
            {
                *output = Some(value);
            }
        }
        match running.iter().all(|(_, output)| output.is_some()) {
            true => {
                Poll::Ready(running.iter_mut().filter_map(|(_, output)| output.take()).collect())
            }
            false => Poll::Pending,
        }
    })
    .await
}
