//! A request's path, seen from outside, with a service that exists only here.
#![allow(clippy::unwrap_used)] // helpers of tests

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};
use service_kit::{
    audit::{AuditRecord, Refusal},
    identity::{User, name_key},
    key::Key,
    prelude::*,
    service::Speaks,
};
use store::Order;
use testkit::{Client, Cloud};

#[derive(Serialize, Deserialize)]
struct Note {
    name: String,
    text: String,
}

impl Record for Note {
    const TABLE: &'static str = "notes.note";

    fn key(&self) -> impl Key {
        &self.name
    }
}

#[derive(ErrorShape)]
enum NoteError {
    /// There is no such note.
    #[error(message = "There is no such note.")]
    NoteNotFound,
    #[error(transparent)]
    Common(Fault),
}

#[derive(Shape)]
#[shape(camel)]
struct PutNoteInput {
    #[shape(length = 1..=10)]
    name: String,
    #[shape(sensitive)]
    text: String,
}

enum PutNote {}

impl Operation for PutNote {
    const NAME: &'static str = "PutNote";
    type Input = PutNoteInput;
    type Output = Empty;
    type Error = NoteError;

    fn access(input: &PutNoteInput, at: &Scope) -> Vec<Access> {
        Access::on("notes:PutNote", at.arn("notes", format_args!("note/{}", input.name))).only()
    }

    async fn run(cx: &Context, input: PutNoteInput) -> Result<Empty, NoteError> {
        assert_ne!(input.text, "panic", "the test wants a defect");
        let note = Note { name: input.name, text: input.text };
        cx.write(|tx| tx.put(&note)).await.map_err(|fault: Fault| NoteError::Common(fault))?;
        Ok(Empty)
    }
}

#[derive(Shape)]
#[shape(camel)]
struct GetNoteInput {
    name: String,
}

#[derive(Shape)]
#[shape(camel)]
struct GetNoteOutput {
    text: String,
}

enum GetNote {}

impl Operation for GetNote {
    const NAME: &'static str = "GetNote";
    type Input = GetNoteInput;
    type Output = GetNoteOutput;
    type Error = NoteError;

    fn access(input: &GetNoteInput, at: &Scope) -> Vec<Access> {
        Access::on("notes:GetNote", at.arn("notes", format_args!("note/{}", input.name))).only()
    }

    async fn run(cx: &Context, input: GetNoteInput) -> Result<GetNoteOutput, NoteError> {
        let note = cx.read(|tx| tx.get::<Note>(&input.name))?;
        let note = note.ok_or(NoteError::NoteNotFound)?;
        Ok(GetNoteOutput { text: note.text })
    }
}

enum Forgetful {}

impl Operation for Forgetful {
    const NAME: &'static str = "Forgetful";
    type Input = Empty;
    type Output = Empty;
    type Error = NoteError;

    fn access(_: &Empty, _: &Scope) -> Vec<Access> {
        Vec::new()
    }

    async fn run(_: &Context, _: Empty) -> Result<Empty, NoteError> {
        Ok(Empty)
    }
}

static NOTES: Service = Service {
    speaks: &[
        Speaks::AwsJson10 { target: "Notes" },
        Speaks::AwsQuery { version: "2026-11-23", namespace: "https://notes/" },
    ],
    operations: &[operation::<Forgetful>(), operation::<GetNote>(), operation::<PutNote>()],
    ..Service::new("notes", "notes.amazonaws.com")
};

async fn cloud() -> Cloud {
    Cloud::start(&[&NOTES]).await
}

fn request(operation: &str, body: &Value) -> Request<Bytes> {
    Request::post("/")
        .header("host", "notes.us-east-1.amazonaws.com")
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", format!("Notes.{operation}"))
        .body(Bytes::from(body.to_string()))
        .unwrap()
}

fn code(response: &Response<Bytes>) -> (u16, String) {
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    let code = body["__type"].as_str().unwrap_or("").to_owned();
    (response.status().as_u16(), code)
}

fn message(response: &Response<Bytes>) -> String {
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    let text = body.get("message").or(body.get("Message"));
    text.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A user of the default account with this inline policy.
async fn user<'a>(cloud: &'a Cloud, name: &str, policy: &str) -> Client<'a> {
    let (platform, scope) = (cloud.platform(), Scope::new(testkit::ACCOUNT, ""));
    let key_id = format!("AKIAQAAAAAAAAAAA{}", &name.to_uppercase()[..4]);
    let key = service_kit::identity::AccessKey {
        id: key_id.clone(),
        account: testkit::ACCOUNT.into(),
        user: Some(name.into()),
        sealed_secret: platform
            .seal()
            .seal(service_kit::identity::AccessKey::PURPOSE, key_id.as_bytes(), b"secret")
            .unwrap(),
        active: true,
        created: testkit::START,
    };
    let id = format!("AIDA{name}");
    let mut user = User::new(name.into(), "/".into(), id, testkit::START);
    user.inline.insert("own".into(), policy.into());
    platform
        .write(&scope, |tx| {
            tx.put(&user)?;
            tx.put(&key)
        })
        .await
        .map_err(|fault: Fault| fault)
        .unwrap();
    cloud.client(&key_id, "secret", None)
}

fn audit(cloud: &Cloud) -> Vec<AuditRecord> {
    let mut found = Vec::new();
    cloud
        .context()
        .read(|tx| {
            tx.visit::<AuditRecord>((), Order::Ascending, |record| {
                found.push(record);
                std::ops::ControlFlow::Continue(())
            })
        })
        .map_err(|fault: Fault| fault)
        .unwrap();
    found
}

const ALLOW_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

#[tokio::test]
async fn a_signed_and_allowed_call_works_on_both_protocols() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let put = request("PutNote", &json!({"name": "a", "text": "hello"}));
    assert_eq!(cloud.send(admin.sign("notes", put)).await.status(), 200);
    let query = Request::post("/")
        .header("host", "localhost")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from("Action=GetNote&Version=2026-11-23&name=a"))
        .unwrap();
    let answer = cloud.send(admin.sign("notes", query)).await;
    let text = String::from_utf8(answer.body().to_vec()).unwrap();
    assert!(text.contains("<text>hello</text>"), "{text}");
}

#[tokio::test]
async fn whoever_is_not_known_or_not_allowed_is_refused() {
    let cloud = cloud().await;
    let body = json!({"name": "a", "text": "b"});
    let answer = cloud.send(request("PutNote", &body)).await;
    assert_eq!(code(&answer), (400, "MissingAuthenticationTokenException".into()));
    let stranger = cloud.client("AKIAQAAAAAAAAAAAAAAA", "x", None);
    let answer = cloud.send(stranger.sign("notes", request("PutNote", &body))).await;
    assert_eq!(code(&answer), (400, "UnrecognizedClientException".into()));
    let forger = cloud.client("AKIAQAAAAAAAAAADMIN1", "wrong", None);
    let answer = cloud.send(forger.sign("notes", request("PutNote", &body))).await;
    assert_eq!(code(&answer), (400, "InvalidSignatureException".into()));
    let answer = cloud.send(cloud.admin().sign("sqs", request("PutNote", &body))).await;
    assert_eq!(code(&answer).1, "InvalidSignatureException");
    let nobody = user(&cloud, "nobody", r#"{"Statement":[]}"#).await;
    let answer = cloud.send(nobody.sign("notes", request("PutNote", &body))).await;
    assert_eq!(code(&answer), (400, "AccessDeniedException".into()));
    assert_eq!(
        message(&answer),
        "User: arn:aws:iam::000000000000:user/nobody is not authorized to perform: notes:PutNote \
         on resource: arn:aws:notes:us-east-1:000000000000:note/a because no identity-based \
         policy allows the notes:PutNote action"
    );
}

#[tokio::test]
async fn a_refusal_is_explained_and_audited() {
    let cloud = cloud().await;
    let nobody = user(&cloud, "nobody", r#"{"Statement":[]}"#).await;
    let failure = nobody.call("notes", "PutNote", json!({"name": "a", "text": "b"})).await;
    assert_eq!(failure.unwrap_err().code, "AccessDeniedException");
    cloud.platform().flush().await.unwrap();
    let refusals = cloud.context().read(|tx| tx.list::<Refusal>(())).unwrap();
    assert_eq!(refusals.len(), 1);
    assert_eq!(refusals[0].action, "notes:PutNote");
    let remedies = &refusals[0].remedies;
    assert_eq!((remedies.len(), &*remedies[0].policy_type), (1, "identity-based policy"));
    assert!(remedies[0].statement.contains("notes:PutNote"), "{remedies:?}");
    let records = audit(&cloud);
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].error_code.as_deref(), Some("AccessDeniedException"));
    let parameters = records[0].request_parameters.as_deref().unwrap();
    assert!(parameters.contains("HIDDEN_DUE_TO_SECURITY_REASONS"), "{parameters}");
}

#[tokio::test]
async fn policies_take_effect_at_once() {
    let cloud = cloud().await;
    let client = user(&cloud, "nobody", r#"{"Statement":[]}"#).await;
    let input = json!({"name": "a", "text": "b"});
    assert!(client.call("notes", "PutNote", input.clone()).await.is_err());
    let scope = Scope::new(testkit::ACCOUNT, "");
    cloud
        .platform()
        .write(&scope, |tx| {
            let mut user = tx.get::<User>(name_key("nobody"))?.expect("the user");
            user.inline.insert("own".into(), ALLOW_ALL.into());
            tx.put(&user)
        })
        .await
        .map_err(|fault: Fault| fault)
        .unwrap();
    assert!(client.call("notes", "PutNote", input).await.is_ok());
}

#[tokio::test]
async fn what_is_wrong_or_missing_is_named() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let send = async |operation: &str, body: Value| {
        cloud.send(admin.sign("notes", request(operation, &body))).await
    };
    let answer = send("PutNote", json!({"name": "far too long a name"})).await;
    assert_eq!(code(&answer), (400, "ValidationException".into()));
    assert!(message(&answer).starts_with("2 validation errors detected: "), "{}", message(&answer));
    let answer = send("PutNote", json!({"name": "a", "text": "b", "colour": 1})).await;
    assert_eq!(code(&answer), (501, "NotImplemented".into()));
    assert!(message(&answer).contains("colour"), "{}", message(&answer));
    let answer = send("BurnNote", json!({})).await;
    assert_eq!(code(&answer), (501, "NotImplemented".into()));
    assert!(message(&answer).contains("BurnNote"), "{}", message(&answer));
    let answer = send("GetNote", json!({"name": "none"})).await;
    assert_eq!(code(&answer), (400, "NoteNotFound".into()));
}

#[tokio::test]
async fn an_operation_that_declares_no_access_is_closed() {
    let cloud = cloud().await;
    let failure = cloud.admin().call("notes", "Forgetful", json!({})).await.unwrap_err();
    assert_eq!(failure.status, 500);
}

#[tokio::test]
async fn a_defect_ends_one_request_only() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let failure = admin.call("notes", "PutNote", json!({"name": "a", "text": "panic"})).await;
    assert_eq!(failure.unwrap_err().status, 500);
    assert!(admin.call("notes", "PutNote", json!({"name": "a", "text": "fine"})).await.is_ok());
}

#[tokio::test]
async fn who_hangs_up_is_audited_all_the_same() {
    let cloud = cloud().await;
    // Sometimes the store is done before it is asked a second time, so that nobody hangs up.
    let mut sent = 0;
    let hung_up = loop {
        let name = format!("note-{sent}");
        sent += 1;
        let put = request("PutNote", &json!({"name": name, "text": "b"}));
        let signed = cloud.admin().sign("notes", put);
        tokio::select! {
            biased;
            _ = cloud.send(signed) => assert!(sent < 1_000, "nothing ever waits"),
            () = std::future::ready(()) => break name,
        }
    };
    let all = async || Some(audit(&cloud)).filter(|records| records.len() == sent);
    let records = cloud.eventually(all).await;
    assert!(records.iter().all(|record| &*record.event_name == "PutNote"));
    assert!(cloud.context().read(|tx| tx.get::<Note>(&*hung_up)).unwrap().is_some());
}

#[tokio::test]
async fn a_defect_is_audited_as_a_failure() {
    let cloud = cloud().await;
    let panics = json!({"name": "a", "text": "panic"});
    cloud.admin().call("notes", "PutNote", panics).await.unwrap_err();
    let codes: Vec<_> = audit(&cloud).into_iter().map(|record| record.error_code).collect();
    assert_eq!(codes, [Some("InternalFailure".to_owned())]);
}

#[tokio::test]
async fn strangers_write_nothing_and_agents_are_cut() {
    let cloud = cloud().await;
    let body = json!({"name": "a", "text": "b"});
    assert_eq!(cloud.send(request("PutNote", &body)).await.status(), 400);
    assert!(audit(&cloud).is_empty());
    let mut talkative = request("PutNote", &body);
    talkative.headers_mut().insert("user-agent", "x".repeat(9_000).parse().unwrap());
    assert_eq!(cloud.send(cloud.admin().sign("notes", talkative)).await.status(), 200);
    assert_eq!(audit(&cloud)[0].user_agent.len(), 1_024);
}

/// A region stands in ARNs, which policies split at colons.
#[tokio::test]
async fn a_region_cannot_smuggle_parts_of_an_arn() {
    let cloud = cloud().await;
    for region in ["us-east-1:111122223333:note", "*", "a.b", &"r".repeat(33)] {
        let admin = cloud.admin().in_region(region);
        let put = request("PutNote", &json!({"name": "a", "text": "b"}));
        let answer = cloud.send(admin.sign("notes", put)).await;
        assert_eq!(code(&answer), (400, "InvalidSignatureException".into()), "{region}");
        assert!(message(&answer).contains("valid region"), "{}", message(&answer));
    }
}

#[tokio::test]
async fn explanations_are_for_those_whom_policies_allow() {
    let cloud = cloud().await;
    let ask =
        || Request::get("/_heist/refusals").header("host", "localhost").body(Bytes::new()).unwrap();
    let nobody = user(&cloud, "nobody", r#"{"Statement":[]}"#).await;
    assert_eq!(cloud.send(nobody.sign("heist", ask())).await.status(), 403);
    assert_eq!(cloud.send(ask()).await.status(), 403);
    assert_eq!(cloud.send(cloud.admin().sign("heist", ask())).await.status(), 200);
    let health = Request::get("/_heist/health").header("host", "x").body(Bytes::new()).unwrap();
    assert_eq!(cloud.send(health).await.status(), 200);
}

/// What the journal and the trail keep is bounded, however much a caller says.
#[tokio::test]
async fn records_of_refusals_are_cut() {
    let cloud = cloud().await;
    let nobody = user(&cloud, "nobody", r#"{"Statement":[]}"#).await;
    let input = json!({"name": "n".repeat(100_000)});
    nobody.call("notes", "GetNote", input).await.unwrap_err();
    cloud.platform().flush().await.unwrap();
    let refusals = cloud.context().read(|tx| tx.list::<Refusal>(())).unwrap();
    assert!(format!("{refusals:?}").len() < 10_000);
    let records = audit(&cloud);
    assert_eq!((records.len(), records[0].resources.len()), (1, 0));
    assert!(records[0].error_message.as_ref().is_some_and(|message| message.len() == 1_024));
}

#[tokio::test]
async fn policies_see_what_a_browser_says_of_itself() {
    let cloud = cloud().await;
    let policy = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "notes:PutNote", "Resource": "*",
        "Condition": {"StringLike": {"aws:referer": "https://notes.example/*"}}}});
    let user = user(&cloud, "page", &policy.to_string()).await;
    let put = || request("PutNote", &json!({"name": "a", "text": "hello"}));
    let from = |page: &str| {
        let mut put = put();
        put.headers_mut().insert("referer", page.parse().unwrap());
        put
    };
    assert_eq!(code(&cloud.send(user.sign("notes", put())).await).1, "AccessDeniedException");
    let elsewhere = user.sign("notes", from("https://evil.example/"));
    assert_eq!(code(&cloud.send(elsewhere).await).1, "AccessDeniedException");
    let own = user.sign("notes", from("https://notes.example/new"));
    assert_eq!(cloud.send(own).await.status(), 200);
}

#[tokio::test]
async fn an_instance_without_an_organization_looks_nothing_up() {
    let cloud = cloud().await;
    let guardrails = cloud.platform().guardrails();
    let standing = |account| guardrails.standing(cloud.platform(), account);
    assert!(standing(testkit::ACCOUNT).unwrap().is_none());
    // Accounts that join nothing leave the answer as it is; the first organization does not.
    let scope = Scope::new(testkit::ACCOUNT, "");
    let mut account = service_kit::organization::Account::unnamed("111122223333");
    cloud.platform().write(&scope, |tx| tx.put(&account)).await.unwrap_or_else(broken);
    assert!(standing("111122223333").unwrap().is_none());
    let organization = service_kit::organization::Organization {
        id: "o-0123456789".into(),
        management: testkit::ACCOUNT.into(),
        all_features: true,
        root_id: "r-0123".into(),
        root: service_kit::organization::Target::default(),
        enabled: [service_kit::organization::ControlType::Service].into(),
        services: Default::default(),
        root_features: Default::default(),
        resource_policy: None,
    };
    account.membership = Some(service_kit::organization::Membership {
        organization: organization.id.clone(),
        parent: organization.root_id.clone(),
        invited: true,
        joined: testkit::START,
        target: service_kit::organization::Target::default(),
        delegations: Default::default(),
    });
    let join = |tx: &mut Tx<'_>| {
        tx.put(&organization)?;
        tx.put(&account)
    };
    cloud.platform().write(&scope, join).await.unwrap_or_else(broken);
    let standing = standing("111122223333").unwrap().unwrap();
    assert_eq!(standing.path, "o-0123456789/r-0123/");
    // Levels to which nothing is attached allow nothing.
    assert_eq!(standing.service_control.iter().map(Vec::len).collect::<Vec<_>>(), [0, 0]);
}

fn broken(fault: Fault) {
    panic!("{fault:?}");
}
