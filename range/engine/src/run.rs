//! Runs steps and checks against the public API.

use crate::{
    accounts::Keys,
    cast::Cast,
    names::{Names, text_of},
    query::find,
    scenario::{Check, Expect, Kind, Source, Step},
    seen::Seen,
};
use bytes::Bytes;
use client::{Cloud, Remote};
use http::{Request, header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use service_kit::clock::Stopwatch;
use std::time::Duration;

/// How long a message is waited for unless the step says.
const MESSAGE_SECS: u32 = 5;
/// The most a step may wait.
const MAX_WAIT_SECS: u32 = 60;
/// The most times that one step is done.
const MAX_ITEMS: usize = 100;
/// How long to wait between two looks.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Legitimate traffic works, or the configuration is right.
    Passed,
    /// It does not, or is not.
    Failed,
    /// The attack was turned away.
    Refused,
    /// The attack worked.
    Succeeded,
    /// The attack neither worked nor was turned away: something is broken.
    Broken,
}

impl Verdict {
    /// Whether it is what the defender wants.
    pub fn is_good(self) -> bool {
        matches!(self, Self::Passed | Self::Refused)
    }
}

/// A check with how it went.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CheckResult {
    /// Its name.
    pub name: String,
    /// What is checked.
    pub text: String,
    /// How it went.
    pub verdict: Verdict,
    /// Why, in words; empty when it went well.
    pub detail: String,
}

/// Runs steps for one cast.
pub struct Runner<'a> {
    /// The scenario.
    pub source: &'a Source,
    /// Who does them.
    pub cast: &'a Cast,
    /// What their texts may name; captures are added.
    pub names: Names,
    /// What clients call themselves in this round.
    pub user_agent: &'static str,
}

impl Runner<'_> {
    /// Runs `steps`, each of which must go as it says.
    ///
    /// # Errors
    /// In words: which step went wrong and how.
    pub async fn all(&mut self, steps: &[Step]) -> Result<(), String> {
        for step in steps {
            self.take(step).await.1.map_err(|why| format!("{}: {why}", self.described(step)))?;
        }
        Ok(())
    }

    /// Does `step`, as often as it says: the last answer, and whether all were as wanted.
    async fn take(&mut self, step: &Step) -> (Seen, Result<(), String>) {
        let wanted = wanted(step);
        let Some(list) = &step.each else {
            let seen = self.settle(step, &wanted).await;
            let well = self.judge(step, &seen, &wanted);
            return (seen, well);
        };
        let items = match self.items(list) {
            Ok(items) => items,
            Err(why) => return (Seen::nothing(why.clone()), Err(why)),
        };
        let mut last = Seen::default();
        for item in items {
            self.names.set("each", text_of(&item));
            last = self.settle(step, &wanted).await;
            if let Err(why) = self.judge(step, &last, &wanted) {
                return (last, Err(why));
            }
        }
        (last, Ok(()))
    }

    /// The list that a step before captured under that name.
    fn items(&self, name: &str) -> Result<Vec<Value>, String> {
        let text = self.names.get(name).ok_or_else(|| format!("nothing is called {name}"))?;
        match serde_json::from_str(text) {
            Ok(Value::Array(items)) if items.len() <= MAX_ITEMS => Ok(items),
            Ok(Value::Array(_)) => Err(format!("{name} has more than {MAX_ITEMS} items")),
            _ => Err(format!("{name} is no list")),
        }
    }

    /// Runs the check called `name`, and what tidies up after it.
    pub async fn check(&mut self, name: &str, check: &Check) -> CheckResult {
        let before = self.names.clone();
        let (verdict, detail) = self.decide(name, check).await;
        for step in &check.after {
            self.take(step).await.1.ok();
        }
        self.names = before;
        let text = self.names.fill(&check.text).unwrap_or_else(|_| check.text.clone());
        CheckResult { name: name.to_owned(), text, verdict, detail }
    }

    async fn decide(&mut self, name: &str, check: &Check) -> (Verdict, String) {
        let attack = Kind::Attack.has(name);
        let mut last = String::new();
        for step in &check.steps {
            let (seen, well) = self.take(step).await;
            let why = match well {
                Ok(()) => {
                    last = format!("{}: {}", self.described(step), seen.shown());
                    continue;
                }
                Err(why) => format!("{}: {why}", self.described(step)),
            };
            if !attack {
                return (Verdict::Failed, why + seen.hint());
            }
            let refused = step.decides()
                && seen.is_refusal(step.refused.as_ref(), &self.names).unwrap_or(false);
            return match refused {
                true => (Verdict::Refused, format!("{}: {}", self.described(step), seen.shown())),
                false => (Verdict::Broken, why),
            };
        }
        match attack {
            true => (Verdict::Succeeded, last),
            false => (Verdict::Passed, String::new()),
        }
    }

    /// Whether the answer is as wanted; then its parts are captured.
    fn judge(&mut self, step: &Step, seen: &Seen, wanted: &Expect) -> Result<(), String> {
        seen.check(wanted, step.query.as_deref(), &self.names)?;
        for (name, query) in &step.capture {
            let found = find(&seen.view, &self.names.fill(query)?)?;
            if found.is_null() {
                return Err(format!("{query} finds nothing in {}", seen.shown()));
            }
            self.names.set(name, text_of(&found));
        }
        Ok(())
    }

    /// The answer as wanted, as soon as it is that; else the last one after the time there is.
    async fn settle(&mut self, step: &Step, wanted: &Expect) -> Seen {
        let patience = match (step.within, &step.message) {
            (Some(_), None) => Duration::from_secs(waiting(step).into()),
            // Those wait by themselves.
            _ => Duration::ZERO,
        };
        let watch = Stopwatch::start();
        loop {
            let seen = self.once(step).await;
            let well = seen.check(wanted, step.query.as_deref(), &self.names).is_ok();
            if well || watch.elapsed() >= patience {
                return seen;
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    async fn once(&self, step: &Step) -> Seen {
        let outcome = match (&step.aws, &step.http, &step.message) {
            (Some(call), _, _) => self.call(step, call).await,
            (_, Some(line), _) => self.request(step, line).await,
            (_, _, Some(queue)) => self.receive(step, queue).await,
            _ => Err("the step does nothing".into()),
        };
        outcome.unwrap_or_else(Seen::nothing)
    }

    /// Who does `step`: one of the cast, or whoever has the keys that a step before found.
    fn actor(&self, step: &Step) -> Result<Remote, String> {
        let found = self.source.scenario.identities.get(step.actor());
        let actor = match found.and_then(|identity| identity.keys.as_ref()) {
            None => self.cast.actor(step.actor())?.clone(),
            Some(found) => self.cast.holder(&Keys {
                id: self.names.fill(&found.id)?,
                secret: self.names.fill(&found.secret)?,
                token: found.token.as_ref().map(|token| self.names.fill(token)).transpose()?,
            }),
        };
        let connection = actor.connection().calling_itself(self.user_agent);
        Ok(actor.on(connection, actor.account()))
    }

    async fn call(&self, step: &Step, call: &str) -> Result<Seen, String> {
        let (service, operation) = call.split_once('.').unwrap_or((call, ""));
        let input = self.names.fill_map(&step.with, self.source)?;
        let actor = self.actor(step)?;
        Ok(Seen::call(actor.call(service, operation, input.into()).await))
    }

    async fn request(&self, step: &Step, line: &str) -> Result<Seen, String> {
        let line = self.names.fill(line)?;
        let (method, url) = line.split_once(' ').unwrap_or(("GET", &line));
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let (host, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, "/"),
        };
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, host);
        for (name, text) in &step.headers {
            request = request.header(name, self.names.fill(text)?);
        }
        let body = match &step.body {
            None => Bytes::new(),
            Some(body) => text_of(&self.names.fill_value(body, self.source)?).into(),
        };
        let request = request.body(body).map_err(|error| error.to_string())?;
        let service = step.sign.as_deref().unwrap_or("execute-api");
        let actor = self.actor(step)?;
        let answer = actor.connection().send(service, request).await;
        let answer = answer.map_err(|why| why.to_string())?;
        let text = String::from_utf8_lossy(answer.body());
        Ok(Seen::http(answer.status().as_u16(), &text))
    }

    /// The step in few words.
    fn described(&self, step: &Step) -> String {
        let what = step.aws.as_ref().or(step.http.as_ref()).or(step.message.as_ref());
        let what = what.map_or("a step", String::as_str);
        let what = self.names.fill(what).unwrap_or_else(|_| what.to_owned());
        format!("{what} as {}", step.actor())
    }

    /// Takes messages off the queue until one has the text, or time is up.
    async fn receive(&self, step: &Step, queue: &str) -> Result<Seen, String> {
        let queue = self.names.fill(queue)?;
        let text = self.names.fill(step.text.as_deref().unwrap_or_default())?;
        let actor = self.actor(step)?;
        let patience = Duration::from_secs(waiting(step).into());
        let watch = Stopwatch::start();
        loop {
            let input = json!({
                "QueueUrl": queue, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1,
            });
            let answer = match actor.call("sqs", "ReceiveMessage", input).await {
                Ok(answer) => answer,
                Err(error) => return Ok(Seen::call(Err(error))),
            };
            let mut found = None;
            for message in answer["Messages"].as_array().into_iter().flatten() {
                let receipt = &message["ReceiptHandle"];
                let input = json!({"QueueUrl": queue, "ReceiptHandle": receipt});
                actor.call("sqs", "DeleteMessage", input).await.ok();
                let body = message["Body"].as_str().unwrap_or_default();
                if body.contains(&text) {
                    found = Some(body.to_owned());
                }
            }
            if found.is_some() || watch.elapsed() >= patience {
                return Ok(Seen::message(found));
            }
        }
    }
}

/// How long a step waits at most, in seconds.
fn waiting(step: &Step) -> u32 {
    step.within.unwrap_or(MESSAGE_SECS).min(MAX_WAIT_SECS)
}

fn wanted(step: &Step) -> Expect {
    step.succeeds.clone().or_else(|| step.expect.clone()).unwrap_or_default()
}
