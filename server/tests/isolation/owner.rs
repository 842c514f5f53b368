//! What the owner has: one of everything, each with a word in it that nobody else may read.

use crate::aim::Names;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use testkit::{ACCOUNT, Client, Cloud, REGION};

/// What only the owner may read.
pub const CANARY: &str = "c4n4ry-of-the-owner";

/// The name of most things.
const NAME: &str = "victim";

/// The owner's things, by the members that name them.
pub struct Owner {
    pub names: Names,
}

async fn make(
    owner: &Client<'_>,
    service: &'static str,
    operation: &'static str,
    input: Value,
) -> Value {
    let outcome = owner.call(service, operation, input).await;
    outcome.unwrap_or_else(|failure| panic!("{operation}: {} {}", failure.code, failure.message))
}

impl Owner {
    /// Makes everything.
    pub async fn settle(cloud: &Cloud) -> Self {
        let owner = cloud.admin();
        let mut names = Names::new();
        people(&owner, &mut names).await;
        messages(&owner, &mut names).await;
        tables(&owner, &mut names).await;
        keys(&owner, &mut names).await;
        records(&owner, &mut names).await;
        code(&owner, &mut names).await;
        interfaces(&owner, &mut names).await;
        organization(cloud, &owner, &mut names).await;
        Self { names }
    }
}

/// Puts a name on a list: `key` may be named so.
fn is(names: &mut Names, key: &str, values: impl IntoIterator<Item = Value>) {
    names.insert(key.to_owned(), values.into_iter().collect());
}

fn by_arn_and_name(service: &str, kind: &str) -> [Value; 2] {
    let arn = format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{kind}{NAME}");
    [arn.into(), NAME.into()]
}

async fn people(owner: &Client<'_>, names: &mut Names) {
    let document = json!({"Version": "2012-10-17", "Statement": [{"Sid": "c4n4ry",
        "Effect": "Allow", "Action": "sqs:*", "Resource": format!("arn:aws:sqs:*:*:{CANARY}")}]});
    let document = document.to_string();
    let tags = json!([{"Key": "secret", "Value": CANARY}]);
    let input = json!({"PolicyName": NAME, "PolicyDocument": document, "Description": CANARY});
    make(owner, "iam", "CreatePolicy", input).await;
    make(owner, "iam", "CreateUser", json!({"UserName": NAME, "Tags": tags})).await;
    let key = make(owner, "iam", "CreateAccessKey", json!({"UserName": NAME})).await;
    make(owner, "iam", "CreateGroup", json!({"GroupName": NAME})).await;
    make(owner, "iam", "AddUserToGroup", json!({"GroupName": NAME, "UserName": NAME})).await;
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
         "Action": "sts:AssumeRole"}]});
    let role = json!({"RoleName": NAME, "AssumeRolePolicyDocument": trust.to_string(),
        "Description": CANARY, "Tags": tags});
    make(owner, "iam", "CreateRole", role).await;
    for (kind, operation) in
        [("User", "PutUserPolicy"), ("Role", "PutRolePolicy"), ("Group", "PutGroupPolicy")]
    {
        let mut input = json!({"PolicyName": NAME, "PolicyDocument": document});
        input[format!("{kind}Name")] = NAME.into();
        make(owner, "iam", operation, input).await;
    }
    make(owner, "iam", "CreateAccountAlias", json!({"AccountAlias": NAME})).await;
    let arn = |kind: &str| Value::from(format!("arn:aws:iam::{ACCOUNT}:{kind}/{NAME}"));
    is(names, "iam.PolicyArn", [arn("policy")]);
    is(names, "iam.PolicySourceArn", [arn("user"), arn("role")]);
    for member in ["UserName", "GroupName", "RoleName", "PolicyName", "AccountAlias"] {
        is(names, &format!("iam.{member}"), [NAME.into()]);
    }
    is(names, "AccessKeyId", [key["AccessKey"]["AccessKeyId"].clone()]);
    is(names, "VersionId", ["v1".into()]);
    for member in ["RoleArn", "Role", "credentials", "RoleARN"] {
        is(names, member, [arn("role")]);
    }
}

async fn messages(owner: &Client<'_>, names: &mut Names) {
    let made = make(owner, "sqs", "CreateQueue", json!({"QueueName": NAME})).await;
    let send = json!({"QueueUrl": made["QueueUrl"], "MessageBody": CANARY});
    for _ in 0..9 {
        make(owner, "sqs", "SendMessage", send.clone()).await;
    }
    let tags = json!({"QueueUrl": made["QueueUrl"], "Tags": {"secret": CANARY}});
    make(owner, "sqs", "TagQueue", tags).await;
    is(names, "QueueUrl", [made["QueueUrl"].clone()]);
    is(names, "QueueOwnerAWSAccountId", [ACCOUNT.into()]);
    is(names, "sqs.QueueName", [NAME.into()]);
    is(names, "sqs.SourceArn", [format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{NAME}").into()]);
    let topic = make(owner, "sns", "CreateTopic", json!({"Name": NAME})).await;
    let topic = topic["TopicArn"].clone();
    let display = json!({"TopicArn": topic, "AttributeName": "DisplayName",
        "AttributeValue": CANARY});
    make(owner, "sns", "SetTopicAttributes", display).await;
    let tags = json!({"ResourceArn": topic, "Tags": [{"Key": "secret", "Value": CANARY}]});
    make(owner, "sns", "TagResource", tags).await;
    let input = json!({"TopicArn": topic, "Protocol": "sqs", "ReturnSubscriptionArn": true,
        "Endpoint": format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{NAME}")});
    let made = make(owner, "sns", "Subscribe", input).await;
    is(names, "SubscriptionArn", [made["SubscriptionArn"].clone()]);
    is(names, "TopicArn", [topic.clone()]);
    is(names, "TargetArn", [topic.clone()]);
    is(names, "sns.ResourceArn", [topic]);
}

async fn tables(owner: &Client<'_>, names: &mut Names) {
    let input = json!({"TableName": NAME, "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        "Tags": [{"Key": "secret", "Value": CANARY}]});
    let made = make(owner, "dynamodb", "CreateTable", input).await;
    let item = json!({"id": {"S": "1"}, "secret": {"S": CANARY}});
    let table = by_arn_and_name("dynamodb", "table/");
    let put = json!({"TableName": NAME, "Item": item});
    make(owner, "dynamodb", "PutItem", put).await;
    let key = json!({"id": {"S": "1"}});
    is(names, "TableName", table.clone());
    is(names, "dynamodb.ResourceArn", [table[0].clone()]);
    is(names, "dynamodb.TableArn", [table[0].clone()]);
    is(names, "dynamodb.Key", [key.clone()]);
    is(names, "dynamodb.Item", [item.clone()]);
    is(
        names,
        "dynamodb.Statement",
        [
            format!("SELECT * FROM \"{}\"", table[0].as_str().unwrap()).into(),
            format!("SELECT * FROM \"{NAME}\"").into(),
        ],
    );
    is(names, "dynamodb.KeyConditionExpression", ["id = :id".into()]);
    is(
        names,
        "dynamodb.RequestItems",
        table.clone().map(|table| {
            let mut items = json!({});
            items[table.as_str().unwrap()] = json!({"Keys": [key]});
            items
        }),
    );
    is(names, "StreamArn", [made["TableDescription"]["LatestStreamArn"].clone()]);
    let backup = json!({"TableName": NAME, "BackupName": NAME});
    let backup = make(owner, "dynamodb", "CreateBackup", backup).await;
    let arn = backup["BackupDetails"]["BackupArn"].clone();
    is(names, "BackupArn", [arn]);
    is(names, "SourceTableArn", [table[0].clone()]);
    is(names, "SourceTableName", [NAME.into()]);
}

async fn keys(owner: &Client<'_>, names: &mut Names) {
    let input = json!({"Description": CANARY, "Tags": [{"TagKey": "s", "TagValue": CANARY}]});
    let key = make(owner, "kms", "CreateKey", input).await["KeyMetadata"].clone();
    let alias = format!("alias/{NAME}");
    let named = json!({"AliasName": alias, "TargetKeyId": key["KeyId"]});
    make(owner, "kms", "CreateAlias", named).await;
    let alias_arn = format!("arn:aws:kms:{REGION}:{ACCOUNT}:{alias}");
    let plain = STANDARD.encode(CANARY);
    let input = json!({"KeyId": key["KeyId"], "Plaintext": plain});
    let sealed = make(owner, "kms", "Encrypt", input).await;
    let grant = json!({"KeyId": key["KeyId"], "Operations": ["Decrypt"],
        "GranteePrincipal": format!("arn:aws:iam::{ACCOUNT}:user/{NAME}")});
    let grant = make(owner, "kms", "CreateGrant", grant).await;
    let by = [key["Arn"].clone(), alias_arn.into(), key["KeyId"].clone(), alias.clone().into()];
    for member in ["KeyId", "TargetKeyId", "DestinationKeyId", "SourceKeyId"] {
        is(names, &format!("kms.{member}"), by.clone());
    }
    is(names, "AliasName", [alias.into()]);
    is(names, "CiphertextBlob", [sealed["CiphertextBlob"].clone()]);
    is(names, "GrantId", [grant["GrantId"].clone()]);
    is(names, "GrantToken", [grant["GrantToken"].clone()]);
    is(names, "kmsKeyId", [key["Arn"].clone()]);
    is(names, "KmsMasterKeyId", [key["Arn"].clone()]);
}

async fn records(owner: &Client<'_>, names: &mut Names) {
    let group = format!("/{NAME}");
    let input = json!({"logGroupName": group, "tags": {"secret": CANARY}});
    make(owner, "logs", "CreateLogGroup", input).await;
    let stream = json!({"logGroupName": group, "logStreamName": NAME});
    make(owner, "logs", "CreateLogStream", stream).await;
    let now = testkit::START.as_secs() * 1_000;
    let input = json!({"logGroupName": group, "logStreamName": NAME,
        "logEvents": [{"timestamp": now, "message": CANARY}]});
    make(owner, "logs", "PutLogEvents", input).await;
    let arn = format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}");
    is(names, "logs.logGroupName", [group.clone().into()]);
    is(names, "logs.logStreamName", [NAME.into()]);
    is(names, "logs.logGroupIdentifier", [arn.clone().into(), group.clone().into()]);
    is(names, "logs.logGroupIdentifiers", [arn.clone().into()]);
    is(names, "logs.resourceArn", [arn.into()]);
    is(names, "logs.logGroupNamePrefix", [group.into()]);
    let input = json!({"Namespace": CANARY,
        "MetricData": [{"MetricName": NAME, "Value": 1.0}]});
    make(owner, "cloudwatch", "PutMetricData", input).await;
    is(names, "MetricName", [NAME.into()]);
    let trace = "1-6b0d3a10-a006649127e371903a2de979";
    let seconds = testkit::START.as_secs();
    let segment = json!({"trace_id": trace, "id": "53995c3f42cd8ad8", "name": CANARY,
        "start_time": seconds, "end_time": seconds + 1});
    let input = json!({"TraceSegmentDocuments": [segment.to_string()]});
    make(owner, "xray", "PutTraceSegments", input).await;
    is(names, "TraceIds", [json!([trace])]);
}

/// A zip archive with one small file, for a function that is never run.
const ARCHIVE: &str = "\
    UEsDBBQAAAAAAAAAIQD5775xAQAAAAEAAAABAAAAYWJQSwECFAMUAAAAAAAAACEA+e++cQEAAAABAAAA\
    AQAAAAAAAAAAAAAAgAEAAAAAYVBLBQYAAAAAAQABAC8AAAAgAAAAAAA=";

async fn code(owner: &Client<'_>, names: &mut Names) {
    let role = format!("arn:aws:iam::{ACCOUNT}:role/{NAME}");
    let input = json!({"FunctionName": NAME, "Runtime": "provided.al2023", "Handler": "a.b",
        "Role": role, "Code": {"ZipFile": ARCHIVE}, "Description": CANARY,
        "Environment": {"Variables": {"SECRET": CANARY}}, "Tags": {"secret": CANARY}});
    make(owner, "lambda", "CreateFunction", input).await;
    let permit = json!({"FunctionName": NAME, "StatementId": "own", "Principal": ACCOUNT,
        "Action": "lambda:InvokeFunction"});
    make(owner, "lambda", "AddPermission", permit).await;
    let function = by_arn_and_name("lambda", "function:");
    let partial = Value::from(format!("{ACCOUNT}:function:{NAME}"));
    let [arn, name] = function;
    is(names, "FunctionName", [arn.clone(), partial, name]);
    is(names, "lambda.Resource", [arn]);
    is(names, "lambda.StatementId", ["own".into()]);
}

async fn interfaces(owner: &Client<'_>, names: &mut Names) {
    let input = json!({"name": NAME, "description": CANARY, "tags": {"secret": CANARY}});
    let api = make(owner, "apigateway", "CreateRestApi", input).await;
    let id = api["id"].clone();
    let of_api = json!({"restApiId": id});
    let root = make(owner, "apigateway", "GetResources", of_api).await["items"][0]["id"].clone();
    let method = json!({"restApiId": id, "resourceId": root, "httpMethod": "GET",
        "authorizationType": "NONE"});
    make(owner, "apigateway", "PutMethod", method).await;
    let integration = json!({"restApiId": id, "resourceId": root, "httpMethod": "GET",
        "type": "MOCK", "requestTemplates": {"application/json": CANARY}});
    make(owner, "apigateway", "PutIntegration", integration).await;
    let input = json!({"restApiId": id, "stageName": NAME, "variables": {"secret": CANARY}});
    let made = make(owner, "apigateway", "CreateDeployment", input).await;
    is(names, "restApiId", [id.clone()]);
    is(names, "apigateway.resourceId", [root.clone()]);
    is(names, "apigateway.parentId", [root]);
    is(names, "apigateway.httpMethod", ["GET".into()]);
    is(names, "apigateway.stageName", [NAME.into()]);
    is(names, "apigateway.deploymentId", [made["id"].clone()]);
    let arn = format!("arn:aws:apigateway:{REGION}::/restapis/{}", id.as_str().unwrap());
    is(names, "apigateway.resourceArn", [arn.into()]);
}

async fn organization(cloud: &Cloud, owner: &Client<'_>, names: &mut Names) {
    make(owner, "organizations", "CreateOrganization", json!({})).await;
    let roots = make(owner, "organizations", "ListRoots", json!({})).await;
    let root = roots["Roots"][0]["Id"].clone();
    let scps = json!({"RootId": root, "PolicyType": "SERVICE_CONTROL_POLICY"});
    make(owner, "organizations", "EnablePolicyType", scps).await;
    let input = json!({"ParentId": root, "Name": NAME});
    let unit = make(owner, "organizations", "CreateOrganizationalUnit", input).await;
    let unit = unit["OrganizationalUnit"]["Id"].clone();
    let input = json!({"AccountName": CANARY, "Email": "data@example.com"});
    let made = make(owner, "organizations", "CreateAccount", input).await;
    let status = &made["CreateAccountStatus"];
    let content = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny",
        "Action": "sqs:*", "Resource": format!("arn:aws:sqs:*:*:{CANARY}")}]});
    let input = json!({"Name": NAME, "Description": CANARY, "Type": "SERVICE_CONTROL_POLICY",
        "Content": content.to_string()});
    let policy = make(owner, "organizations", "CreatePolicy", input).await;
    let policy = policy["Policy"]["PolicySummary"]["Id"].clone();
    let attach = json!({"PolicyId": policy, "TargetId": status["AccountId"]});
    make(owner, "organizations", "AttachPolicy", attach).await;
    // An invitation to somebody else.
    cloud.user_of("444455556666", "guest", None).await;
    let input = json!({"Target": {"Type": "ACCOUNT", "Id": "444455556666"}, "Notes": CANARY});
    let invited = make(owner, "organizations", "InviteAccountToOrganization", input).await;
    let of = |member: &str| format!("organizations.{member}");
    is(names, &of("HandshakeId"), [invited["Handshake"]["Id"].clone()]);
    is(names, &of("AccountId"), [status["AccountId"].clone()]);
    is(names, &of("CreateAccountRequestId"), [status["Id"].clone()]);
    is(names, &of("PolicyId"), [policy.clone(), "p-FullAWSAccess".into()]);
    is(names, &of("RootId"), [root.clone()]);
    is(names, &of("OrganizationalUnitId"), [unit.clone()]);
    is(names, &of("ParentId"), [root.clone(), unit.clone()]);
    is(names, &of("SourceParentId"), [root.clone()]);
    is(names, &of("DestinationParentId"), [unit.clone()]);
    is(names, &of("ChildId"), [status["AccountId"].clone(), unit.clone()]);
    is(names, &of("TargetId"), [status["AccountId"].clone(), unit.clone(), root.clone()]);
    is(names, &of("ResourceId"), [status["AccountId"].clone(), policy, root, unit]);
    is(names, &of("ChildType"), ["ACCOUNT".into(), "ORGANIZATIONAL_UNIT".into()]);
}
