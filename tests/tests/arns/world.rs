//! An account with one of everything that has an ARN.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::{collections::BTreeMap, io::Write as _};
use testkit::{Client, Cloud, REGION};

/// The account.
pub const TEAM: &str = "111122223333";

const METADATA: &str = include_str!("../../../crates/federation/tests/data/metadata.xml");

/// What there is, by what the cases call it.
pub struct World {
    names: BTreeMap<&'static str, String>,
    keys: (String, String),
}

/// The ARN of something of the account in the region.
fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{TEAM}:{resource}")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text in {value}")).to_owned()
}

fn allowing(principal: Value, action: &str) -> String {
    let statement = json!({"Effect": "Allow", "Principal": principal, "Action": action});
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

fn package() -> String {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("index.js", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(b"exports.handler = async () => 1").unwrap();
    STANDARD.encode(zip.finish().unwrap().into_inner())
}

/// Makes things in the account, and notes what they are called.
struct Maker<'a> {
    boss: Client<'a>,
    names: BTreeMap<&'static str, String>,
}

impl Maker<'_> {
    async fn ask(&self, service: &'static str, operation: &'static str, input: Value) -> Value {
        self.boss.call(service, operation, input).await.unwrap_or_else(|failure| {
            panic!("{operation}: {} {} {:?}", failure.code, failure.message, failure.cause)
        })
    }

    fn note(&mut self, name: &'static str, what: impl Into<String>) {
        self.names.insert(name, what.into());
    }

    async fn identities(&mut self) {
        let own = allowing(json!({"AWS": TEAM}), "sts:AssumeRole");
        let both = json!({"Service": "lambda.amazonaws.com", "AWS": TEAM});
        let trust = allowing(both, "sts:AssumeRole");
        for (note, name) in [("role", "runner"), ("other_role", "other")] {
            let role = json!({"RoleName": name, "AssumeRolePolicyDocument": trust});
            let made = self.ask("iam", "CreateRole", role).await;
            self.note(note, text(&made["Role"]["Arn"]));
        }
        self.note("trust", own);
        let statement = json!({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"});
        let document = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
        for (note, name) in [("policy", "reads"), ("lone_policy", "lone")] {
            let policy = json!({"PolicyName": name, "PolicyDocument": document});
            let made = self.ask("iam", "CreatePolicy", policy).await;
            self.note(note, text(&made["Policy"]["Arn"]));
        }
        self.note("document", document);
        self.ask("iam", "CreateUser", json!({"UserName": "user"})).await;
        self.ask("iam", "CreateGroup", json!({"GroupName": "group"})).await;
        let url = json!({"Url": "https://issuer.example.com", "ClientIDList": ["app"]});
        let oidc = self.ask("iam", "CreateOpenIDConnectProvider", url).await;
        self.note("oidc", text(&oidc["OpenIDConnectProviderArn"]));
        let saml = json!({"Name": "office", "SAMLMetadataDocument": METADATA});
        let saml = self.ask("iam", "CreateSAMLProvider", saml).await;
        self.note("metadata", METADATA);
        self.note("saml", text(&saml["SAMLProviderArn"]));
        let phone = json!({"VirtualMFADeviceName": "phone"});
        let phone = self.ask("iam", "CreateVirtualMFADevice", phone).await;
        self.note("mfa", text(&phone["VirtualMFADevice"]["SerialNumber"]));
    }

    async fn tables(&mut self) {
        let made = self.ask("dynamodb", "CreateTable", tests::songs()).await;
        let (table, stream) = (arn("dynamodb", "table/songs"), &made["TableDescription"]);
        let stream = text(&stream["LatestStreamArn"]);
        let item = json!({"TableName": "songs", "Item": {"id": {"S": "1"}, "by": {"S": "us"}}});
        self.ask("dynamodb", "PutItem", item).await;
        let spec = json!({"PointInTimeRecoveryEnabled": true});
        let spec = json!({"TableName": "songs", "PointInTimeRecoverySpecification": spec});
        self.ask("dynamodb", "UpdateContinuousBackups", spec).await;
        let backup = json!({"TableName": "songs", "BackupName": "backup"});
        let backup = self.ask("dynamodb", "CreateBackup", backup).await;
        self.note("backup", text(&backup["BackupDetails"]["BackupArn"]));
        let described = json!({"StreamArn": stream});
        let described = self.ask("dynamodbstreams", "DescribeStream", described).await;
        let shard = text(&described["StreamDescription"]["Shards"][0]["ShardId"]);
        let read = json!({
            "StreamArn": stream, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON",
        });
        let read = self.ask("dynamodbstreams", "GetShardIterator", read).await;
        let iterator = text(&read["ShardIterator"]);
        self.note("iterator", iterator.strip_prefix(&stream).unwrap());
        self.note("shard", shard);
        self.note("stream", stream);
        let statement = json!({
            "Effect": "Allow", "Principal": {"AWS": TEAM}, "Action": "dynamodb:GetItem",
            "Resource": table,
        });
        let policy = json!({"Version": "2012-10-17", "Statement": [statement]});
        self.note("table_policy", policy.to_string());
        self.note("table", table);
        self.note("fresh_table", arn("dynamodb", "table/fresh"));
    }

    async fn messages(&mut self) {
        for name in ["inbox", "source"] {
            self.ask("sqs", "CreateQueue", json!({"QueueName": name})).await;
        }
        self.note("source_url", format!("http://localhost:4566/{TEAM}/source"));
        let (topic, queue) = (arn("sns", "news"), arn("sqs", "inbox"));
        self.ask("sns", "CreateTopic", json!({"Name": "news"})).await;
        let subscribe = json!({"TopicArn": topic, "Protocol": "sqs", "Endpoint": queue});
        let made = self.ask("sns", "Subscribe", subscribe).await;
        self.note("subscription", text(&made["SubscriptionArn"]));
        self.note("topic", topic);
        self.note("queue", queue);
        self.ask("logs", "CreateLogGroup", json!({"logGroupName": "group"})).await;
        let stream = json!({"logGroupName": "group", "logStreamName": "s"});
        self.ask("logs", "CreateLogStream", stream).await;
        self.note("group", arn("logs", "log-group:group"));
        let alarm = json!({
            "AlarmName": "busy", "Namespace": "own", "MetricName": "n", "Period": 60,
            "EvaluationPeriods": 1, "Threshold": 1.0, "Statistic": "Sum",
            "ComparisonOperator": "GreaterThanThreshold",
        });
        self.ask("cloudwatch", "PutMetricAlarm", alarm).await;
        self.note("alarm", arn("cloudwatch", "alarm:busy"));
    }

    async fn functions(&mut self) {
        let function = json!({
            "FunctionName": "own", "Runtime": "nodejs20.x", "Handler": "index.handler",
            "Role": self.names["role"], "Code": {"ZipFile": package()},
        });
        self.ask("lambda", "CreateFunction", function).await;
        self.ask("lambda", "PublishVersion", json!({"FunctionName": "own"})).await;
        let alias = json!({"FunctionName": "own", "Name": "live", "FunctionVersion": "1"});
        self.ask("lambda", "CreateAlias", alias).await;
        self.note("zip", package());
        for (note, name) in [
            ("function", "function:own"),
            ("version", "function:own:1"),
            ("alias", "function:own:live"),
            ("fresh_function", "function:fresh"),
        ] {
            self.note(note, arn("lambda", name));
        }
        let api = self.ask("apigateway", "CreateRestApi", json!({"name": "front"})).await;
        let (id, root) = (text(&api["id"]), text(&api["rootResourceId"]));
        let method = json!({
            "restApiId": id, "resourceId": root, "httpMethod": "GET", "authorizationType": "NONE",
        });
        self.ask("apigateway", "PutMethod", method).await;
        let mock = json!({
            "restApiId": id, "resourceId": root, "httpMethod": "GET", "type": "MOCK",
        });
        self.ask("apigateway", "PutIntegration", mock).await;
        let deploy = json!({"restApiId": id, "stageName": "prod"});
        self.ask("apigateway", "CreateDeployment", deploy).await;
        self.note("api", format!("arn:aws:apigateway:{REGION}::/restapis/{id}"));
        self.note("stage", format!("arn:aws:apigateway:{REGION}::/restapis/{id}/stages/prod"));
        self.note("api_id", id);
        self.note("root_id", root);
    }

    async fn key(&mut self, name: &'static str, input: Value) {
        let made = self.ask("kms", "CreateKey", input).await;
        self.note(name, text(&made["KeyMetadata"]["Arn"]));
    }

    async fn keys(&mut self) {
        self.key("key", json!({})).await;
        self.key("other_key", json!({})).await;
        self.key("wide_key", json!({"MultiRegion": true})).await;
        self.key("import_key", json!({"Origin": "EXTERNAL"})).await;
        let mac = json!({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"});
        self.key("mac_key", mac).await;
        let sign = json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"});
        self.key("sign_key", sign).await;
        let key = self.names["key"].clone();
        let alias = json!({"AliasName": "alias/main", "TargetKeyId": key});
        self.ask("kms", "CreateAlias", alias).await;
        self.note("key_alias", arn("kms", "alias/main"));
        for (note, key) in [("ciphertext", "key"), ("other_ciphertext", "other_key")] {
            let input = json!({"KeyId": self.names[key], "Plaintext": "bQ=="});
            let made = self.ask("kms", "Encrypt", input).await;
            self.note(note, text(&made["CiphertextBlob"]));
        }
        let mac = json!({
            "KeyId": self.names["mac_key"], "Message": "bQ==", "MacAlgorithm": "HMAC_SHA_256",
        });
        let mac = self.ask("kms", "GenerateMac", mac).await;
        self.note("mac", text(&mac["Mac"]));
        let sign = json!({
            "KeyId": self.names["sign_key"], "Message": "bQ==",
            "SigningAlgorithm": "ECDSA_SHA_256",
        });
        let sign = self.ask("kms", "Sign", sign).await;
        self.note("signature", text(&sign["Signature"]));
        for note in ["grant", "other_grant"] {
            let grant = json!({
                "KeyId": key, "GranteePrincipal": self.names["role"], "Operations": ["Encrypt"],
            });
            let made = self.ask("kms", "CreateGrant", grant).await;
            self.note(note, text(&made["GrantId"]));
        }
        let policy = self.ask("kms", "GetKeyPolicy", json!({"KeyId": key})).await;
        self.note("key_policy", text(&policy["Policy"]));
    }

    async fn analyzer(&mut self) {
        let everybody = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage",
            "Resource": self.names["queue"],
        }]});
        let open = json!({
            "QueueUrl": format!("http://localhost:4566/{TEAM}/inbox"),
            "Attributes": {"Policy": everybody.to_string()},
        });
        self.ask("sqs", "SetQueueAttributes", open).await;
        let analyzer = json!({"analyzerName": "outsiders", "type": "ACCOUNT"});
        self.ask("accessanalyzer", "CreateAnalyzer", analyzer).await;
        let rule = json!({
            "analyzerName": "outsiders", "ruleName": "rule",
            "filter": {"resourceType": {"eq": ["AWS::S3::Bucket"]}},
        });
        self.ask("accessanalyzer", "CreateArchiveRule", rule).await;
        let analyzer = arn("access-analyzer", "analyzer/outsiders");
        let list = json!({"analyzerArn": analyzer});
        let found = self.ask("accessanalyzer", "ListFindings", list).await;
        self.note("finding", text(&found["findings"][0]["id"]));
        self.note("analyzer", analyzer);
    }
}

impl World {
    /// Makes everything.
    pub async fn make(cloud: &Cloud) -> Self {
        let everything = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
        let boss = cloud.user_of(TEAM, "boss", everything).await;
        let mut maker = Maker { boss, names: BTreeMap::new() };
        maker.identities().await;
        maker.tables().await;
        maker.messages().await;
        maker.functions().await;
        maker.keys().await;
        maker.analyzer().await;
        let key = json!({"UserName": "boss"});
        let key = maker.ask("iam", "CreateAccessKey", key).await;
        let keys =
            (text(&key["AccessKey"]["AccessKeyId"]), text(&key["AccessKey"]["SecretAccessKey"]));
        Self { names: maker.names, keys }
    }

    /// Whoever may do everything in the account.
    pub fn boss<'c>(&self, cloud: &'c Cloud) -> Client<'c> {
        cloud.client(&self.keys.0, &self.keys.1, None)
    }

    /// What may be done by whoever may do everything but with what is in the account and region.
    pub fn everything_denied(&self) -> Value {
        let regional =
            ["access-analyzer", "cloudwatch", "dynamodb", "kms", "lambda", "logs", "sns", "sqs"];
        let mut denied: Vec<String> = regional.iter().map(|service| arn(service, "*")).collect();
        denied.push(format!("arn:aws:iam::{TEAM}:*"));
        for name in ["api", "stage"] {
            let escaped = self.names[name].replace(':', "%3A").replace('/', "%2F");
            denied.push(format!("arn:aws:apigateway:{REGION}::/tags/{escaped}"));
        }
        json!([
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": "*", "Resource": denied},
        ])
    }

    /// What the cases call `name`.
    pub fn name(&self, name: &str) -> &str {
        self.names.get(name).unwrap_or_else(|| panic!("there is no {name}"))
    }

    /// The request `template` with what things are called, but `instead.0` called `instead.1`.
    pub fn input(&self, template: &str, instead: (&str, &str)) -> Value {
        let mut filled = template.to_owned();
        for (name, what) in &self.names {
            let what = if *name == instead.0 { instead.1 } else { what };
            let escaped = Value::from(what).to_string();
            filled = filled.replace(&format!("{{{name}}}"), escaped.trim_matches('"'));
        }
        serde_json::from_str(&filled).unwrap_or_else(|error| panic!("{error}: {filled}"))
    }
}
