//! The API over a table and a topic in memory: the contract that both implementations keep, and
//! what happens when something else fails.

use crate::{
    api::Api,
    item::{Draft, Item},
    message::{Answer, Request},
    problem::Problem,
    store::{Page, Store},
    topic::Topic,
};
use serde_json::{Value, json};
use std::{cell::RefCell, collections::BTreeMap, rc::Rc};
use uuid::Uuid;

const RONIN: &str = "00000000-0000-4000-8000-000000000001";

/// A table that holds Ronin, in order of ids; every call fails with `fails` if there is one.
struct Memory {
    items: RefCell<BTreeMap<String, Item>>,
    fails: Option<Problem>,
}

impl Memory {
    fn new(fails: Option<Problem>) -> Self {
        let item = Item {
            id: RONIN.to_owned(),
            version: 3,
            created_at: "2026-01-01T00:00:00Z".to_owned(),
            updated_at: "2026-01-03T00:00:00Z".to_owned(),
            draft: Draft { title: "Ronin".to_owned(), description: None, duration_seconds: None },
        };
        Self { items: RefCell::new(BTreeMap::from([(RONIN.to_owned(), item)])), fails }
    }

    fn seen(&self, id: &str, version: Option<u64>) -> Result<Item, Problem> {
        self.fails.clone().map_or(Ok(()), Err)?;
        let item = self.items.borrow().get(id).cloned().ok_or_else(Problem::missing)?;
        let same = version.is_none_or(|version| version == item.version);
        if same { Ok(item) } else { Err(Problem::conflict()) }
    }
}

impl Store for Memory {
    async fn create(&self, item: &Item) -> Result<(), Problem> {
        self.fails.clone().map_or(Ok(()), Err)?;
        self.items.borrow_mut().insert(item.id.clone(), item.clone());
        Ok(())
    }

    async fn get(&self, id: &str) -> Result<Item, Problem> {
        self.seen(id, None)
    }

    async fn list(&self, limit: i32, after: Option<String>) -> Result<Page, Problem> {
        let items = self.items.borrow();
        let rest = items.values().filter(|item| after.as_ref().is_none_or(|id| &item.id > id));
        let page: Vec<Item> = rest.take(limit as usize).cloned().collect();
        let last = page.last().filter(|_| page.len() == limit as usize).map(|item| item.id.clone());
        Ok((page, last))
    }

    async fn replace(
        &self,
        id: &str,
        version: u64,
        draft: &Draft,
        now: String,
    ) -> Result<Item, Problem> {
        let old = self.seen(id, Some(version))?;
        let new = Item { version: version + 1, updated_at: now, draft: draft.clone(), ..old };
        self.items.borrow_mut().insert(id.to_owned(), new.clone());
        Ok(new)
    }

    async fn delete(&self, id: &str, version: Option<u64>) -> Result<Option<Item>, Problem> {
        match self.seen(id, version) {
            Err(problem) if problem == Problem::missing() => Ok(None),
            seen => seen.map(|_| self.items.borrow_mut().remove(id)),
        }
    }
}

/// A topic that remembers, or fails with `fails`.
struct Listener {
    heard: RefCell<Vec<String>>,
    fails: Option<Problem>,
}

impl Topic for Listener {
    async fn announce(&self, change: &str, _: &Item) -> Result<(), Problem> {
        self.fails.clone().map_or(Ok(()), Err)?;
        self.heard.borrow_mut().push(change.to_owned());
        Ok(())
    }
}

/// An API of which everything can be seen.
struct Bench {
    api: Api<Memory, Listener>,
    lines: Rc<RefCell<Vec<Value>>>,
}

impl Bench {
    fn new(store_fails: Option<Problem>, topic_fails: Option<Problem>) -> Self {
        let lines = Rc::new(RefCell::new(Vec::new()));
        let log = Rc::clone(&lines);
        let api = Api {
            store: Memory::new(store_fails),
            topic: Listener { heard: RefCell::default(), fails: topic_fails },
            log_requests: true,
            write_line: Box::new(move |line| log.borrow_mut().push(line.clone())),
        };
        Self { api, lines }
    }

    /// Asks for what a case of the contract asks for.
    async fn ask(&self, case: &Value) -> (Answer, Value) {
        let (method, resource) = case["request"].as_str().unwrap().split_once(' ').unwrap();
        let request: Request = serde_json::from_value(json!({
            "httpMethod": method, "resource": resource, "headers": case["headers_in"],
            "pathParameters": case.get("id").map(|id| json!({"id": id})),
            "queryStringParameters": case["query"], "body": body_of(case),
            "requestContext": {"requestId": "request-1", "stage": "prod"}, "path": "/stream",
        }))
        .unwrap();
        let answer = self.api.answer(&request, "invocation-1", None).await;
        let body = serde_json::from_str(&answer.body).unwrap_or_default();
        (answer, body)
    }

    async fn create(&self) -> (Answer, Value) {
        self.ask(&json!({"request": "POST /stream", "body": {"title": "a secret title"}})).await
    }

    async fn get(&self) -> (Answer, Value) {
        self.ask(&json!({"request": "GET /stream/{id}", "id": RONIN})).await
    }
}

fn body_of(case: &Value) -> Option<String> {
    if let Some(depth) = case["nest"].as_u64() {
        return Some("[".repeat(depth as usize));
    }
    let mut body = case.get("body")?.clone();
    for (name, length) in case["fill"].as_object().into_iter().flatten() {
        body[name] = json!("é".repeat(length.as_u64().unwrap() as usize));
    }
    Some(body.as_str().map_or_else(|| body.to_string(), str::to_owned))
}

#[tokio::test]
async fn contract() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../../contract.json")).unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let bench = Bench::new(None, None);
        let (answer, body) = bench.ask(&case).await;
        let does = &case["does"];
        assert_eq!(case["status"], answer.status_code, "{does}: {body}");
        if case["code"].is_string() {
            assert_eq!(body["error"]["code"], case["code"], "{does}");
            assert_eq!(body["error"]["requestId"], "request-1", "{does}");
            assert_ne!(body["error"]["message"].as_str().unwrap(), "", "{does}");
        }
        for (name, value) in case["answer"].as_object().into_iter().flatten() {
            assert_eq!(&body[name], value, "{does}: {name}");
        }
        for (name, value) in case["headers"].as_object().into_iter().flatten() {
            assert_eq!(answer.headers[name.as_str()], value.as_str().unwrap(), "{does}: {name}");
        }
        let announced: Vec<&str> = case["announces"].as_str().into_iter().collect();
        assert_eq!(*bench.api.topic.heard.borrow(), announced, "{does}");
        if answer.status_code == 201 {
            let id = body["id"].as_str().unwrap();
            assert_eq!(Uuid::parse_str(id).unwrap().to_string(), id);
            assert!(bench.api.store.items.borrow().contains_key(id));
            assert_eq!(answer.headers["Location"], format!("stream/{id}"));
            assert!(!answer.body.contains("null"), "{does}");
            assert_eq!(body["createdAt"], body["updatedAt"]);
        }
    }
}

#[tokio::test]
async fn pages_lead_to_all_items() {
    let bench = Bench::new(None, None);
    for _ in 0..6 {
        bench.create().await;
    }
    let (mut found, mut query) = (Vec::new(), json!({"limit": "3"}));
    loop {
        let (_, page) = bench.ask(&json!({"request": "GET /stream", "query": query})).await;
        let items = page["items"].as_array().unwrap();
        found.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        let Some(token) = page.get("nextToken") else { break };
        query["nextToken"] = token.clone();
    }
    found.sort();
    assert_eq!(found, bench.api.store.items.borrow().keys().cloned().collect::<Vec<_>>());
}

#[tokio::test]
async fn one_line_for_each_request() {
    let bench = Bench::new(None, None);
    bench.create().await;
    let mut lines = bench.lines.take();
    assert!(lines[0]["durationMs"].take().as_f64().unwrap() >= 0.0);
    assert_eq!(
        lines,
        [json!({
            "level": "INFO", "requestId": "request-1", "invocationId": "invocation-1",
            "traceId": null, "route": "POST /stream", "status": 201, "durationMs": null,
        })]
    );
}

#[tokio::test]
async fn failures_alone() {
    let mut bench = Bench::new(Some(Problem::internal("x".to_owned())), None);
    bench.api.log_requests = false;
    bench.ask(&json!({"request": "GET /stream", "query": {"limit": "0"}})).await;
    bench.get().await;
    let lines = bench.lines.take();
    assert_eq!(lines.len(), 1);
    assert_eq!((&lines[0]["level"], &lines[0]["status"]), (&json!("ERROR"), &json!(500)));
}

#[tokio::test]
async fn what_is_wrong_here_is_not_told() {
    let bench = Bench::new(Some(Problem::internal("arn:aws:dynamodb is down".to_owned())), None);
    let (answer, body) = bench.get().await;
    assert_eq!((answer.status_code, &body["error"]["code"]), (500, &json!("InternalError")));
    assert!(!answer.body.contains("arn"));
    assert!(bench.lines.borrow()[0]["error"].as_str().unwrap().contains("arn"));
}

#[tokio::test]
async fn too_many_requests() {
    let (answer, body) = Bench::new(Some(Problem::busy()), None).get().await;
    assert_eq!((answer.status_code, &body["error"]["code"]), (503, &json!("Busy")));
    assert_eq!(answer.headers["Retry-After"], "1");
}

#[tokio::test]
async fn a_write_stands_though_nobody_hears_of_it() {
    let bench = Bench::new(None, Some(Problem::internal("the key is disabled".to_owned())));
    let (answer, body) = bench.create().await;
    assert_eq!(answer.status_code, 201);
    assert!(bench.api.store.items.borrow().contains_key(body["id"].as_str().unwrap()));
    let lines = bench.lines.take();
    assert_eq!(
        (&lines[0]["level"], &lines[0]["failure"]),
        (&json!("ERROR"), &json!("announcement"))
    );
    assert_eq!((&lines[0]["id"], &lines[0]["error"]), (&body["id"], &json!("the key is disabled")));
    assert_eq!(lines[1]["status"], 201);
    assert!(!json!(lines).to_string().contains("secret"));
}

#[tokio::test]
async fn nothing_is_announced_that_is_not_written() {
    let bench = Bench::new(Some(Problem::internal("x".to_owned())), None);
    bench.create().await;
    bench.ask(&json!({"request": "DELETE /stream/{id}", "id": RONIN})).await;
    assert!(bench.api.topic.heard.borrow().is_empty());
}
