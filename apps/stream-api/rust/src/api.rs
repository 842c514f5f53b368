//! The API: routes, and what each does.

use crate::{
    inputs,
    item::Item,
    message::{Answer, Request},
    problem::Problem,
    store::Store,
    topic::Topic,
};
use aws_sdk_dynamodb::primitives::{DateTime, DateTimeFormat};
use serde_json::{Value, json};
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use uuid::Uuid;

/// The API over a table and a topic.
pub struct Api<S, T> {
    pub store: S,
    pub topic: T,
    /// Whether requests that went well are logged, too.
    pub log_requests: bool,
    pub write_line: Box<dyn Fn(&Value)>,
}

impl<S: Store, T: Topic> Api<S, T> {
    /// Answers one request and logs one line about it.
    pub async fn answer(&self, request: &Request, invocation: &str, trace: Option<&str>) -> Answer {
        let started = Instant::now();
        let route = (request.http_method.as_str(), request.resource.as_str());
        let request_id = &request.request_context.request_id;
        let mut line = json!({
            "requestId": request_id, "invocationId": invocation, "traceId": trace,
            "route": format!("{} {}", route.0, route.1),
        });
        let answer = match route {
            ("POST", "/stream") => self.create(request, &line).await,
            ("GET", "/stream") => self.list(request).await,
            ("GET", "/stream/{id}") => self.get(request).await,
            ("PUT", "/stream/{id}") => self.replace(request, &line).await,
            ("DELETE", "/stream/{id}") => self.delete(request, &line).await,
            _ => Err(Problem::new(404, "NotFound", "There is no such route.")),
        };
        let answer = answer.unwrap_or_else(|problem| {
            if let Some(cause) = &problem.cause {
                line["error"] = json!(cause);
            }
            Answer::problem(&problem, request_id)
        });
        line["status"] = json!(answer.status_code);
        line["durationMs"] = json!(started.elapsed().as_micros() as f64 / 1000.0);
        self.log(if answer.status_code >= 500 { "ERROR" } else { "INFO" }, line);
        answer
    }

    async fn create(&self, request: &Request, line: &Value) -> Result<Answer, Problem> {
        let (draft, now) = (inputs::draft(request)?, timestamp());
        let id = Uuid::new_v4().to_string();
        let item = Item { id, version: 1, created_at: now.clone(), updated_at: now, draft };
        self.store.create(&item).await?;
        self.announce("created", &item, line).await;
        // Relative to the request's own URL, so that it holds for every domain and stage.
        Ok(Answer::item(201, &item).with("Location", format!("stream/{}", item.id)))
    }

    async fn list(&self, request: &Request) -> Result<Answer, Problem> {
        let (limit, after) = inputs::page(request)?;
        let (items, last) = self.store.list(limit, after).await?;
        let mut body = json!({"items": items});
        if let Some(token) = last.as_deref().and_then(inputs::next_token) {
            body["nextToken"] = json!(token);
        }
        Ok(Answer::json(200, &body))
    }

    async fn get(&self, request: &Request) -> Result<Answer, Problem> {
        let item = self.store.get(&inputs::item_id(request)?).await?;
        Ok(Answer::item(200, &item))
    }

    async fn replace(&self, request: &Request, line: &Value) -> Result<Answer, Problem> {
        let (id, version) = (inputs::item_id(request)?, inputs::if_match(request)?);
        let message = "If-Match must say which version is replaced.";
        let version = version.ok_or_else(|| Problem::new(428, "VersionRequired", message))?;
        let draft = inputs::draft(request)?;
        let item = self.store.replace(&id, version, &draft, timestamp()).await?;
        self.announce("updated", &item, line).await;
        Ok(Answer::item(200, &item))
    }

    /// What is gone already is no error: a client that heard no answer can ask again.
    async fn delete(&self, request: &Request, line: &Value) -> Result<Answer, Problem> {
        let (id, version) = (inputs::item_id(request)?, inputs::if_match(request)?);
        if let Some(item) = self.store.delete(&id, version).await? {
            self.announce("deleted", &item, line).await;
        }
        Ok(Answer::empty(204))
    }

    /// Tells the topic, at most once. The item is written, so a failure is not the client's: it
    /// would try again, and create a second item. The alarm on this line is for us.
    async fn announce(&self, change: &str, item: &Item, line: &Value) {
        if let Err(problem) = self.topic.announce(change, item).await {
            let mut line = line.clone();
            line["failure"] = json!("announcement");
            line["change"] = json!(change);
            line["id"] = json!(item.id);
            line["error"] = json!(problem.cause.unwrap_or(problem.message));
            self.log("ERROR", line);
        }
    }

    fn log(&self, level: &str, mut line: Value) {
        if self.log_requests || level != "INFO" {
            line["level"] = json!(level);
            (self.write_line)(&line);
        }
    }
}

/// Now, in whole seconds.
fn timestamp() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    DateTime::from_secs(now as i64).fmt(DateTimeFormat::DateTime).unwrap_or_default()
}
