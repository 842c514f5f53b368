//! Small courses on a whole cloud in this process: checks, proofs, hints, clearing up.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use bytes::Bytes;
use client::CallError;
use http::{Request, Response, header};
use lab::{Course, Guide, Instance, Progress, Signer, Unwatched, Watcher};
use serde_json::{Value, json};
use service_kit::clock::Clock;
use std::sync::atomic::{AtomicUsize, Ordering};
use testkit::{ACCOUNT, Client, REGION};

/// A cloud, and how often a mark was asked for.
struct Bench<'a>(&'a testkit::Cloud, AtomicUsize);

/// It, as somebody sees it.
struct Seen<'a>(Client<'a>);

async fn cloud() -> testkit::Cloud {
    let services = [
        &apigateway::EXECUTE_API,
        &apigateway::SERVICE,
        &dynamodb::SERVICE,
        &iam::SERVICE,
        &kms::SERVICE,
        &sns::SERVICE,
        &sqs::SERVICE,
        &sts::SERVICE,
    ];
    testkit::Cloud::with_clock(&services, Clock::system()).await
}

impl<'a> Bench<'a> {
    fn new(cloud: &'a testkit::Cloud) -> Self {
        Self(cloud, AtomicUsize::new(0))
    }

    fn client(&self, signer: &Signer) -> Client<'a> {
        match signer {
            Signer::Holder(keys) => self.0.client(
                &keys.access_key_id,
                &keys.secret_access_key,
                keys.session_token.as_deref(),
            ),
            Signer::Person | Signer::Nobody => self.0.admin(),
        }
    }
}

impl<'a> Instance for Bench<'a> {
    type Cloud = Seen<'a>;

    fn cloud(&self, signer: &Signer) -> Seen<'a> {
        Seen(self.client(signer))
    }

    async fn send(
        &self,
        signer: &Signer,
        mut request: Request<Bytes>,
    ) -> Result<Response<Bytes>, String> {
        request.headers_mut().insert(header::HOST, "localhost:4566".parse().unwrap());
        let request = match signer {
            Signer::Nobody => request,
            signer => self.client(signer).sign("execute-api", request),
        };
        Ok(self.0.send(request).await)
    }

    fn endpoint(&self) -> &str {
        "http://localhost:4566"
    }

    fn mark(&self) -> String {
        format!("mark{}", self.1.fetch_add(1, Ordering::Relaxed))
    }
}

impl client::Cloud for Seen<'_> {
    async fn call(&self, service: &str, operation: &str, input: Value) -> Result<Value, CallError> {
        let (service, operation) = (service.to_owned().leak(), operation.to_owned().leak());
        self.0.call(service, operation, input).await.map_err(|failure| CallError {
            status: failure.status,
            code: failure.code.to_owned(),
            message: failure.message,
        })
    }

    fn account(&self) -> &str {
        ACCOUNT
    }

    fn region(&self) -> &str {
        REGION
    }
}

/// Remembers what it is told.
#[derive(Default)]
struct Told(Vec<String>);

impl Watcher for Told {
    fn seen(&mut self, what: &str) {
        self.0.push(what.to_owned());
    }

    fn waiting(&mut self, what: &str) {
        self.0.push(format!("waiting: {what}"));
    }
}

fn course(steps: &str) -> Course {
    Course::read(&[("test.yaml", &format!("chapter: Test\nsteps:\n{steps}"))]).unwrap()
}

const TABLE: &str = r#"
  - id: table
    title: A table
    theory: One.
    run: aws dynamodb create-table
    hints: [a nudge, the answer]
    check:
      - see: The table is there
        call: dynamodb.DescribeTable
        input: {TableName: Vault}
        expect:
          Table.TableStatus: ACTIVE
          "Table.KeySchema[KeyType=HASH][0].AttributeName": id
        capture: {TABLE_ARN: Table.TableArn}
        set: {TABLE_NAME: "Vault in ${AWS_REGION}"}
        within: 5
        when:
          - error: ResourceNotFoundException
            advice: "There is no table in ${ACCOUNT_ID}."
        else: It has another key.
    cleanup:
      - see: the table Vault
        call: dynamodb.DeleteTable
        input: {TableName: Vault}
"#;

async fn make_table(cloud: &testkit::Cloud, key: &str) {
    let input = json!({
        "TableName": "Vault",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
    });
    cloud.admin().call("dynamodb", "CreateTable", input).await.unwrap();
}

#[tokio::test]
async fn a_check_looks_at_the_instance_and_keeps_what_it_finds() {
    let cloud = cloud().await;
    let (bench, course) = (Bench::new(&cloud), course(TABLE));
    let mut guide = Guide::new(&course, Progress::begin(7), &bench);

    let failure = guide.check(&mut Unwatched).await.unwrap().failure.unwrap();
    assert_eq!(failure.advice, "There is no table in 000000000000.");
    assert!(failure.got.starts_with("ResourceNotFoundException (400)"), "{}", failure.got);
    assert_eq!(guide.current().unwrap().id, "table");

    make_table(&cloud, "key").await;
    let failure = guide.check(&mut Unwatched).await.unwrap().failure.unwrap();
    assert_eq!(failure.advice, "It has another key.");
    assert!(failure.wanted.ends_with("AttributeName = id, not key"), "{}", failure.wanted);
    let delete = json!({"TableName": "Vault"});
    cloud.admin().call("dynamodb", "DeleteTable", delete).await.unwrap();
    let gone = json!({"TableName": "Vault"});
    cloud
        .eventually(async || {
            cloud.admin().call("dynamodb", "DescribeTable", gone.clone()).await.err()
        })
        .await;

    make_table(&cloud, "id").await;
    let mut told = Told::default();
    let report = guide.check(&mut told).await.unwrap();
    assert_eq!((report.failure, report.seen), (None, vec!["The table is there".to_owned()]));
    assert_eq!(told.0.last().unwrap(), "The table is there");
    assert!(guide.current().is_none());

    let kept = serde_json::to_string(&guide.progress).unwrap();
    let kept: Progress = serde_json::from_str(&kept).unwrap();
    assert_eq!(kept, guide.progress);
    assert_eq!(kept.since, 7);
    assert_eq!(
        kept.variables["TABLE_ARN"],
        format!("arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/Vault")
    );
    assert_eq!(kept.variables["TABLE_NAME"], "Vault in us-east-1");
    assert!(!kept.variables.contains_key("MARK"), "{kept:?}");

    let removed = guide.reset(9, &mut told).await;
    assert_eq!(removed[0].what, "the table Vault");
    assert_eq!(guide.progress, Progress::begin(9));
    cloud
        .eventually(async || {
            cloud.admin().call("dynamodb", "DescribeTable", gone.clone()).await.err()
        })
        .await;
}

#[tokio::test]
async fn what_waits_says_so() {
    let cloud = cloud().await;
    let bench = Bench::new(&cloud);
    let course =
        course(&TABLE.replace("within: 5", "within: 2").replace("error: Res", "error: Tes"));
    let mut guide = Guide::new(&course, Progress::begin(0), &bench);
    let mut told = Told::default();
    assert!(guide.check(&mut told).await.unwrap().failure.is_some());
    assert_eq!(told.0, ["waiting: The table is there"]);
}

#[tokio::test]
async fn hints_come_one_by_one() {
    let course = course(TABLE);
    let mut progress = Progress::begin(0);
    assert_eq!(progress.hint(&course.steps[0]), ["a nudge"]);
    assert_eq!(progress.hint(&course.steps[0]), ["a nudge", "the answer"]);
    assert_eq!(progress.hint(&course.steps[0]), ["a nudge", "the answer"]);
}

#[tokio::test]
async fn a_name_that_no_check_found_leads_back() {
    let cloud = cloud().await;
    let bench = Bench::new(&cloud);
    let course = course(&TABLE.replace("TableName: Vault", "TableName: \"${VAULT}\""));
    let mut guide = Guide::new(&course, Progress::begin(0), &bench);
    let failure = guide.check(&mut Unwatched).await.unwrap().failure.unwrap();
    assert_eq!(failure.wanted, "a value for VAULT");
    assert!(failure.advice.contains("earlier steps"));
}

const QUESTION: &str = r#"
  - id: torn
    title: Torn
    theory: One.
    ask: Which?
    choices:
      a: {text: This., why: It is not.}
      b: {text: That., why: It is.}
    answer: b
    prove:
      - see: A role
        call: iam.CreateRole
        input:
          RoleName: Torn
          AssumeRolePolicyDocument:
            $json:
              Version: "2012-10-17"
              Statement:
                {Effect: Allow, Principal: {AWS: "${ACCOUNT_ID}"}, Action: "sts:AssumeRole"}
      - see: A queue
        call: sqs.CreateQueue
        input: {QueueName: "Box-${MARK}"}
        capture: {BOX: QueueUrl}
      - see: The role is kept out
        call: sqs.SendMessage
        as: Torn
        input: {QueueUrl: "${BOX}", MessageBody: no}
        error: AccessDeniedException
        says: sqs:SendMessage
      - see: Four at once
        call: sqs.SendMessage
        together: 4
        input: {QueueUrl: "${BOX}", MessageBody: "${MARK}"}
        expect: {"MessageId|distinct": 4, "|count": {at_least: 4}}
      - see: One is heard
        hear: "${BOX}"
        text: "${MARK}"
        expect: {Body: "${MARK}"}
        within: 3
      - see: Another is not
        hear: "${BOX}"
        text: other
        error: NoMessage
      - see: Strangers have no way in
        http: GET ${AWS_ENDPOINT_URL}/_aws/execute-api/none/prod/
        as: nobody
        status: 403
    cleanup:
      - each:
          call: sqs.ListQueues
          input: {QueueNamePrefix: Box-}
          path: QueueUrls
        see: the queue ${EACH}
        call: sqs.DeleteQueue
        input: {QueueUrl: "${EACH}"}
      - see: the role Torn
        call: iam.DeleteRole
        input: {RoleName: Torn}
"#;

#[tokio::test]
async fn a_right_answer_is_proved_and_the_proof_undone() {
    let cloud = cloud().await;
    let (bench, course) = (Bench::new(&cloud), course(QUESTION));
    let mut guide = Guide::new(&course, Progress::begin(0), &bench);
    assert!(guide.check(&mut Unwatched).await.is_none(), "a question is answered, not checked");
    assert!(guide.answer("c", &mut Unwatched).await.is_none());

    let wrong = guide.answer("a", &mut Unwatched).await.unwrap();
    assert_eq!((wrong.right, &*wrong.why, wrong.proof), (false, "It is not.", None));
    assert_eq!(guide.current().unwrap().id, "torn");

    let right = guide.answer(" B ", &mut Unwatched).await.unwrap();
    let proof = right.proof.unwrap();
    assert_eq!(proof.failure, None);
    assert_eq!((right.right, proof.seen.len()), (true, 7));
    assert!(guide.current().is_none());

    let queues = cloud.admin().call("sqs", "ListQueues", json!({})).await.unwrap();
    assert!(queues["QueueUrls"].as_array().is_none_or(Vec::is_empty), "{queues}");
    let role = cloud.admin().call("iam", "GetRole", json!({"RoleName": "Torn"})).await;
    assert_eq!(role.unwrap_err().code, "NoSuchEntityException");
}

#[tokio::test]
async fn a_proof_that_breaks_off_is_undone_and_does_not_count() {
    let cloud = cloud().await;
    let bench = Bench::new(&cloud);
    let course = course(&QUESTION.replace("error: AccessDeniedException", "error: Other"));
    let mut guide = Guide::new(&course, Progress::begin(0), &bench);
    let judged = guide.answer("b", &mut Unwatched).await.unwrap();
    let failure = judged.proof.unwrap().failure.unwrap();
    assert!(judged.right && failure.wanted == "the error Other", "{failure:?}");
    assert!(failure.advice.contains("earlier steps"), "{failure:?}");
    assert_eq!(guide.current().unwrap().id, "torn");
    let role = cloud.admin().call("iam", "GetRole", json!({"RoleName": "Torn"})).await;
    assert!(role.is_err());
}

#[tokio::test]
async fn what_cannot_be_removed_is_named_and_the_progress_kept() {
    let cloud = cloud().await;
    let (bench, course) = (Bench::new(&cloud), course(QUESTION));
    let trust = json!({"Version": "2012-10-17", "Statement": []}).to_string();
    let statement =
        json!({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"});
    let trust = trust.replace("[]", &format!("[{statement}]"));
    let role = json!({"RoleName": "Torn", "AssumeRolePolicyDocument": trust});
    cloud.admin().call("iam", "CreateRole", role).await.unwrap();
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]});
    let policy =
        json!({"RoleName": "Torn", "PolicyName": "mine", "PolicyDocument": policy.to_string()});
    cloud.admin().call("iam", "PutRolePolicy", policy).await.unwrap();

    let mut guide = Guide::new(&course, Progress::begin(1), &bench);
    let removed = guide.reset(2, &mut Unwatched).await;
    assert_eq!(removed.len(), 1, "{removed:?}");
    assert_eq!(removed[0].what, "the role Torn");
    assert!(removed[0].problem.as_ref().unwrap().starts_with("DeleteConflict"), "{removed:?}");
    assert_eq!(guide.progress.since, 1);

    let policy = json!({"RoleName": "Torn", "PolicyName": "mine"});
    cloud.admin().call("iam", "DeleteRolePolicy", policy).await.unwrap();
    let removed = guide.reset(2, &mut Unwatched).await;
    assert!(removed.len() == 1 && removed[0].problem.is_none(), "{removed:?}");
    assert_eq!(guide.progress.since, 2);
}
