//! Erasing an account that has something of every service of the binary.

use crate::{everything_allowed, ok, services};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use service_kit::{access::Scope, clock::Stopwatch, platform::Platform};
use std::{collections::BTreeSet, io::Write as _};
use testkit::{Client, Cloud, REGION};

const TEAM: &str = "111122223333";
const NEIGHBOUR: &str = "111122223334";

/// Services that keep nothing, or whose tables are the platform's, or another API's.
const WITHOUT_TABLES: [&str; 5] = ["cloudtrail", "cloudwatch", "execute-api", "sts", "xray"];

/// A deployment package of one file, in base64.
fn package(file: &str, text: &str) -> String {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
    zip.start_file(file, options).unwrap();
    zip.write_all(text.as_bytes()).unwrap();
    STANDARD.encode(zip.finish().unwrap().into_inner())
}

fn trusting(service: &str) -> String {
    let statement = json!({
        "Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole",
    });
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

async fn identities(team: &Client<'_>) {
    let call = async |name, input| ok(team, "iam", name, input).await;
    let policy = json!({"Version": "2012-10-17", "Statement": everything_allowed()}).to_string();
    call("CreateGroup", json!({"GroupName": "crew"})).await;
    call("AddUserToGroup", json!({"GroupName": "crew", "UserName": "boss"})).await;
    call("CreatePolicy", json!({"PolicyName": "all", "PolicyDocument": policy})).await;
    let trust = trusting("lambda.amazonaws.com");
    let role = json!({"RoleName": "runner", "AssumeRolePolicyDocument": trust});
    call("CreateRole", role).await;
    let inline = json!({"RoleName": "runner", "PolicyName": "p", "PolicyDocument": policy});
    call("PutRolePolicy", inline).await;
    call("CreateInstanceProfile", json!({"InstanceProfileName": "machine"})).await;
    call("CreateAccountAlias", json!({"AccountAlias": format!("team-{}", team.account())})).await;
    call("CreateLoginProfile", json!({"UserName": "boss", "Password": "a-Long-Pa55word!"})).await;
    let url = json!({"Url": "https://issuer.example.com", "ClientIDList": ["app"]});
    call("CreateOpenIDConnectProvider", url).await;
    call("CreateVirtualMFADevice", json!({"VirtualMFADeviceName": "phone"})).await;
    let service = json!({"UserName": "boss", "ServiceName": "codecommit.amazonaws.com"});
    call("CreateServiceSpecificCredential", service).await;
    call("UpdateAccountPasswordPolicy", json!({"MinimumPasswordLength": 12})).await;
    call("EnableOutboundWebIdentityFederation", json!({})).await;
    call("GenerateCredentialReport", json!({})).await;
    let boss = format!("arn:aws:iam::{}:user/boss", team.account());
    call("GenerateServiceLastAccessedDetails", json!({"Arn": boss})).await;
}

async fn keys_and_tables(team: &Client<'_>) {
    let key = ok(team, "kms", "CreateKey", json!({})).await["KeyMetadata"]["KeyId"].clone();
    let alias = json!({"AliasName": "alias/main", "TargetKeyId": key});
    ok(team, "kms", "CreateAlias", alias).await;
    let role = format!("arn:aws:iam::{}:role/runner", team.account());
    let grant = json!({"KeyId": key, "GranteePrincipal": role, "Operations": ["Decrypt"]});
    ok(team, "kms", "CreateGrant", grant).await;
    ok(team, "kms", "Encrypt", json!({"KeyId": key, "Plaintext": "c2VjcmV0"})).await;
    ok(team, "kms", "ScheduleKeyDeletion", json!({"KeyId": key})).await;
    let mut table = tests::songs();
    table["Tags"] = json!([{"Key": "team", "Value": "a"}]);
    ok(team, "dynamodb", "CreateTable", table).await;
    let call = async |name, input| ok(team, "dynamodb", name, input).await;
    let pitr = json!({"PointInTimeRecoveryEnabled": true});
    let pitr = json!({"TableName": "songs", "PointInTimeRecoverySpecification": pitr});
    call("UpdateContinuousBackups", pitr).await;
    let item = |id: &str| json!({"id": {"S": id}, "by": {"S": "them"}});
    let put = json!({"Put": {"TableName": "songs", "Item": item("1")}});
    call("TransactWriteItems", json!({"TransactItems": [put], "ClientRequestToken": "t"})).await;
    call("PutItem", json!({"TableName": "songs", "Item": item("2")})).await;
    call("CreateBackup", json!({"TableName": "songs", "BackupName": "backup"})).await;
    let insights = json!({"TableName": "songs", "ContributorInsightsAction": "ENABLE"});
    call("UpdateContributorInsights", insights).await;
    call("GetItem", json!({"TableName": "songs", "Key": {"id": {"S": "1"}}})).await;
}

async fn messages(team: &Client<'_>) {
    let at = format!("arn:aws:sns:{REGION}:{}:news", team.account());
    let queue = ok(team, "sqs", "CreateQueue", json!({"QueueName": "inbox"})).await;
    let url = queue["QueueUrl"].clone();
    let fifo = json!({"QueueName": "line.fifo", "Attributes": {"FifoQueue": "true"}});
    let fifo = ok(team, "sqs", "CreateQueue", fifo).await["QueueUrl"].clone();
    let message = json!({
        "QueueUrl": fifo, "MessageBody": "m", "MessageGroupId": "g", "MessageDeduplicationId": "d",
    });
    ok(team, "sqs", "SendMessage", message).await;
    ok(team, "sqs", "SendMessage", json!({"QueueUrl": url, "MessageBody": "m"})).await;
    ok(team, "sqs", "ReceiveMessage", json!({"QueueUrl": url})).await;
    ok(team, "sns", "CreateTopic", json!({"Name": "news"})).await;
    let endpoint = format!("arn:aws:sqs:{REGION}:{}:inbox", team.account());
    let subscribe = json!({"TopicArn": at, "Protocol": "sqs", "Endpoint": endpoint});
    ok(team, "sns", "Subscribe", subscribe).await;
    ok(team, "sns", "Publish", json!({"TopicArn": at, "Message": "m"})).await;
    ok(team, "logs", "CreateLogGroup", json!({"logGroupName": "g"})).await;
    let stream = json!({"logGroupName": "g", "logStreamName": "s"});
    ok(team, "logs", "CreateLogStream", stream).await;
    let events = json!([{"timestamp": testkit::START.as_millis(), "message": "line"}]);
    let put = json!({"logGroupName": "g", "logStreamName": "s", "logEvents": events});
    ok(team, "logs", "PutLogEvents", put).await;
    ok(team, "logs", "PutRetentionPolicy", json!({"logGroupName": "g", "retentionInDays": 1}))
        .await;
    let datum = json!([{"MetricName": "n", "Value": 1.0}]);
    ok(team, "cloudwatch", "PutMetricData", json!({"Namespace": "own", "MetricData": datum})).await;
    let start = testkit::START.as_secs();
    let segment = json!({
        "trace_id": format!("1-{start:08x}-0123456789abcdef01234567"), "id": "0123456789abcdef",
        "name": "app", "start_time": start, "end_time": start + 1,
    });
    let documents = json!({"TraceSegmentDocuments": [segment.to_string()]});
    ok(team, "xray", "PutTraceSegments", documents).await;
    let analyzer = json!({"analyzerName": "outsiders", "type": "ACCOUNT"});
    ok(team, "accessanalyzer", "CreateAnalyzer", analyzer).await;
}

fn function(team: &Client<'_>, name: &str, code: &str) -> Value {
    json!({
        "FunctionName": name, "Runtime": "nodejs20.x", "Handler": "index.handler",
        "Role": format!("arn:aws:iam::{}:role/runner", team.account()),
        "Code": {"ZipFile": package("index.js", code)}, "Timeout": 900,
        "Tags": {"team": "a"},
    })
}

async fn functions(team: &Client<'_>) {
    let call = async |name, input| ok(team, "lambda", name, input).await;
    let code = format!("exports.handler = async () => '{}'", team.account());
    call("CreateFunction", function(team, "own", &code)).await;
    call("CreateFunction", function(team, "same", "exports.handler = async () => 1")).await;
    call("PublishVersion", json!({"FunctionName": "own"})).await;
    let alias = json!({"FunctionName": "own", "Name": "live", "FunctionVersion": "1"});
    call("CreateAlias", alias).await;
    let permission = json!({
        "FunctionName": "own", "StatementId": "s", "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
    });
    call("AddPermission", permission).await;
    let reserved = json!({"FunctionName": "own", "ReservedConcurrentExecutions": 0});
    call("PutFunctionConcurrency", reserved).await;
    // Not to be run: it waits for its turn until it is erased.
    call("Invoke", json!({"FunctionName": "own", "InvocationType": "Event"})).await;
    let api = ok(team, "apigateway", "CreateRestApi", json!({"name": "front"})).await;
    let place = json!({
        "restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "GET",
    });
    let with = |more: Value| {
        let mut input = place.clone();
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let call = async |name, input| ok(team, "apigateway", name, input).await;
    call("PutMethod", with(json!({"authorizationType": "NONE"}))).await;
    call("PutIntegration", with(json!({"type": "MOCK"}))).await;
    let deploy = json!({"restApiId": api["id"], "stageName": "prod"});
    call("CreateDeployment", deploy).await;
    let validator = json!({"restApiId": api["id"], "name": "v", "validateRequestParameters": true});
    call("CreateRequestValidator", validator).await;
}

async fn fill(cloud: &Cloud, account: &str) {
    let team = cloud.user_of(account, "boss", everything_allowed()).await;
    identities(&team).await;
    keys_and_tables(&team).await;
    messages(&team).await;
    functions(&team).await;
    let elsewhere = cloud.user_of(account, "abroad", everything_allowed()).await;
    let elsewhere = elsewhere.in_region("eu-west-1");
    ok(&elsewhere, "sqs", "CreateQueue", json!({"QueueName": "far"})).await;
    let nobody = cloud.user_of(account, "nobody", None).await;
    nobody.call("sqs", "ListQueues", json!({})).await.unwrap_err();
    cloud.platform().flush().await.unwrap();
}

/// All rows in which the digits of `account` are, in key or value.
fn mentions(platform: &Platform, account: &str) -> BTreeSet<(Vec<u8>, Vec<u8>)> {
    let all = store::Range::all();
    let rows = platform.store().read(|raw| raw.scan(all, store::Order::Ascending, usize::MAX));
    let rows: Vec<_> = rows.map_err(|error: store::StoreError| error).unwrap();
    let has = |bytes: &[u8]| bytes.windows(12).any(|part| part == account.as_bytes());
    let named = rows.into_iter().filter(|(key, value)| has(key) || has(value));
    named.map(|(key, value)| (key.to_vec(), value.to_vec())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_account_with_something_of_every_service_nothing_is_left() {
    let cloud = Cloud::start(&services::all()).await;
    let platform = cloud.platform();
    for account in [TEAM, NEIGHBOUR] {
        fill(&cloud, account).await;
    }
    let found = platform.rows_of(TEAM).unwrap();
    for service in services::all() {
        let name = if service.name == "iam" { "identity" } else { service.name };
        let own = |table: &String| table.starts_with(&format!("{name}."));
        let has_tables = !WITHOUT_TABLES.contains(&name) && !service.shares_names;
        assert_eq!(found.keys().any(own), has_tables && name != "organizations", "{name}");
    }
    let neighbours = platform.rows_of(NEIGHBOUR).unwrap();
    let neighbour = mentions(platform, NEIGHBOUR);
    let begun = Stopwatch::start();
    let erased = platform.erase_account(TEAM).await.unwrap();
    println!("{} rows in {:?}", erased.rows.values().sum::<u64>(), begun.elapsed());
    platform.flush().await.unwrap();
    assert_eq!(erased.blobs, 1, "one package was theirs alone");
    assert!(platform.rows_of(TEAM).unwrap().is_empty());
    assert_eq!(mentions(platform, TEAM), BTreeSet::new());
    assert_eq!(platform.rows_of(NEIGHBOUR).unwrap(), neighbours);
    let kept = mentions(platform, NEIGHBOUR);
    assert!(kept == neighbour, "the neighbour's rows stay as they were");
    fill(&cloud, TEAM).await;
    let anew = platform.rows_of(TEAM).unwrap();
    assert!(anew.keys().eq(found.keys()), "{anew:?} {found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_an_erased_account_are_good_for_nothing() {
    let cloud = Cloud::start(&services::all()).await;
    let team = cloud.user_of(TEAM, "boss", everything_allowed()).await;
    ok(&team, "sqs", "CreateQueue", json!({"QueueName": "inbox"})).await;
    cloud.platform().erase_account(TEAM).await.unwrap();
    let failure = team.call("sqs", "ListQueues", json!({})).await.unwrap_err();
    assert_eq!(failure.code, "UnrecognizedClientException");
    let again = cloud.user_of(TEAM, "boss", everything_allowed()).await;
    let queues = ok(&again, "sqs", "ListQueues", json!({})).await;
    assert_eq!(queues, json!({}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_stays_a_member_until_it_is_dismissed() {
    let cloud = Cloud::start(&services::all()).await;
    let admin = cloud.admin();
    ok(&admin, "organizations", "CreateOrganization", json!({"FeatureSet": "ALL"})).await;
    let create = json!({"Email": "team@example.com", "AccountName": "team"});
    let made = ok(&admin, "organizations", "CreateAccount", create).await;
    let team = made["CreateAccountStatus"]["AccountId"].as_str().unwrap().to_owned();
    let inhabited = cloud.user_of(&team, "boss", everything_allowed()).await;
    ok(&inhabited, "sqs", "CreateQueue", json!({"QueueName": "inbox"})).await;
    let platform = cloud.platform();
    platform.erase_account(&team).await.unwrap();
    assert!(platform.rows_of(&team).unwrap().is_empty());
    let describe = async || {
        let input = json!({"AccountId": team});
        admin.call("organizations", "DescribeAccount", input).await
    };
    assert_eq!(describe().await.unwrap()["Account"]["Name"], "team");
    let refused = platform.erase_account(testkit::ACCOUNT).await;
    assert!(refused.is_err(), "the management account has a member");
    platform.dismiss_account(&team).await.unwrap();
    assert_eq!(describe().await.unwrap_err().code, "AccountNotFoundException");
    platform.dismiss_account(testkit::ACCOUNT).await.unwrap_err();
    // What is left is what the management account did: its own trail.
    let scope = Scope::new(testkit::ACCOUNT, REGION);
    for (key, _) in mentions(platform, &team) {
        let trail = format!("platform.audit\0{}\0\0{}\0\0", scope.account, scope.region);
        let usage = format!("platform.usage\0{}", scope.account);
        let own = [trail, usage].iter().any(|prefix| key.starts_with(prefix.as_bytes()));
        assert!(own, "{}", String::from_utf8_lossy(&key));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_runs_is_ended() {
    if sandbox::check().first().is_some_and(|check| !check.ok) {
        eprintln!("skipped: functions cannot be isolated here");
        return;
    }
    let cloud = Cloud::start(&services::all()).await;
    let team = cloud.user_of(TEAM, "boss", everything_allowed()).await;
    let trust = trusting("lambda.amazonaws.com");
    let role = json!({"RoleName": "runner", "AssumeRolePolicyDocument": trust});
    ok(&team, "iam", "CreateRole", role).await;
    let policy = json!({"Version": "2012-10-17", "Statement": everything_allowed()}).to_string();
    let inline = json!({"RoleName": "runner", "PolicyName": "p", "PolicyDocument": policy});
    ok(&team, "iam", "PutRolePolicy", inline).await;
    ok(&team, "lambda", "CreateFunction", function(&team, "f", FOREVER)).await;
    ok(&team, "lambda", "CreateFunction", function(&team, "g", QUICK)).await;
    ok(&team, "lambda", "Invoke", json!({"FunctionName": "g"})).await;
    let invocation = team.call("lambda", "Invoke", json!({"FunctionName": "f"}));
    let erase = async {
        let events = json!({"logGroupName": "/aws/lambda/f"});
        let begun = async || {
            let found = team.call("logs", "FilterLogEvents", events.clone()).await.ok()?;
            found.to_string().contains("begun").then_some(())
        };
        cloud.eventually(begun).await;
        assert!(children() > 0);
        cloud.platform().erase_account(TEAM).await.unwrap()
    };
    let (ended, _) = tokio::join!(invocation, erase);
    assert_eq!(ended.unwrap_err().code, "AccessDeniedException");
    cloud.eventually(async || (children() == 0).then_some(())).await;
    cloud.platform().flush().await.unwrap();
    assert_eq!(mentions(cloud.platform(), TEAM), BTreeSet::new());
}

const FOREVER: &str = "exports.handler = () => { console.log('begun'); return new Promise(() => \
                       setInterval(() => {}, 1000)) }";
const QUICK: &str = "exports.handler = async () => 1";

/// How many processes this one has begun that are still there.
fn children() -> usize {
    let own = std::process::id().to_string();
    let is_child = |folder: std::path::PathBuf| {
        let stat = std::fs::read_to_string(folder.join("stat")).unwrap_or_default();
        // The parent is the second after the name, which ends the parentheses.
        let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1));
        parent == Some(own.as_str())
    };
    let processes = std::fs::read_dir("/proc").unwrap();
    processes.filter(|entry| is_child(entry.as_ref().unwrap().path())).count()
}
