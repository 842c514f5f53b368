//! Where resources and their policies are: each service's own API.

use crate::finding::ResourceType;
use policy::Kind;
use serde_json::{Value, json};
use service_kit::{
    context::Caller,
    identity::{Role, show_principals},
    prelude::*,
};
use shape::Failure;

/// What the service-linked role may do.
pub(crate) const ACTIONS: [&str; 10] = [
    "dynamodb:DescribeTable",
    "dynamodb:GetResourcePolicy",
    "dynamodb:ListTables",
    "kms:GetKeyPolicy",
    "kms:ListKeys",
    "lambda:GetPolicy",
    "lambda:ListFunctions",
    "sns:GetTopicAttributes",
    "sns:ListTopics",
    "sqs:*",
];

/// The most pages of one list.
const MAX_PAGES: usize = 1_000;

/// A resource with its policy, if it has one, or with why that could not be read.
pub(crate) struct Found {
    pub arn: String,
    pub resource_type: ResourceType,
    pub document: Result<Option<String>, String>,
}

/// Reads as one caller.
struct Reader<'a> {
    cx: &'a Context,
    caller: &'a Caller,
}

/// All resources that are there. A service that is not part of the instance has none.
pub(crate) async fn find(cx: &Context, caller: &Caller) -> Vec<Found> {
    let reader = Reader { cx, caller };
    let mut found = reader.roles();
    found.extend(reader.queues().await);
    found.extend(reader.topics().await);
    found.extend(reader.functions().await);
    found.extend(reader.keys().await);
    found.extend(reader.tables().await);
    found
}

impl Reader<'_> {
    async fn call(
        &self,
        service: &'static str,
        operation: &'static str,
        input: Value,
    ) -> Result<Value, Failure> {
        let name = As::Session(Box::new(self.caller.clone()));
        self.cx.call(service, operation, input, name).await
    }

    /// All items of a list that comes in pages: `token` is the name of what asks for the next
    /// page, `next` that of what holds it.
    async fn list(
        &self,
        (service, operation): (&'static str, &'static str),
        items: &str,
        (token, next): (&str, &str),
    ) -> Vec<Value> {
        let (mut found, mut input) = (Vec::new(), json!({}));
        for _ in 0..MAX_PAGES {
            let Ok(answer) = self.call(service, operation, input).await else { break };
            found.extend(answer[items].as_array().into_iter().flatten().cloned());
            match answer[next].as_str() {
                Some(more) => input = json!({token: more}),
                None => break,
            }
        }
        found
    }

    fn roles(&self) -> Vec<Found> {
        let account = self.cx.account();
        let found = self.cx.read(|tx| {
            let roles = tx.list::<Role>(())?;
            let document = |role: &Role| show_principals(tx, &role.trust, Kind::Trust);
            let found = roles.iter().map(|role| {
                let (arn, resource_type) = (role.arn(account), ResourceType::Role);
                Ok(Found { arn, resource_type, document: Ok(Some(document(role)?)) })
            });
            found.collect::<Result<Vec<_>, Fault>>()
        });
        found.unwrap_or_default()
    }

    async fn queues(&self) -> Vec<Found> {
        let tokens = ("NextToken", "NextToken");
        let mut found = Vec::new();
        for url in self.list(("sqs", "ListQueues"), "QueueUrls", tokens).await {
            let input = json!({"QueueUrl": url, "AttributeNames": ["Policy", "QueueArn"]});
            let answer = self.call("sqs", "GetQueueAttributes", input).await;
            let name = url.as_str().and_then(|url| url.rsplit('/').next()).unwrap_or_default();
            found.push(Found {
                arn: self.cx.scope().arn("sqs", name),
                resource_type: ResourceType::Queue,
                document: answer.map(|it| text(&it["Attributes"]["Policy"])).map_err(reason),
            });
        }
        found
    }

    async fn topics(&self) -> Vec<Found> {
        let tokens = ("NextToken", "NextToken");
        let mut found = Vec::new();
        for topic in self.list(("sns", "ListTopics"), "Topics", tokens).await {
            let input = json!({"TopicArn": topic["TopicArn"]});
            let answer = self.call("sns", "GetTopicAttributes", input).await;
            found.push(Found {
                arn: text(&topic["TopicArn"]).unwrap_or_default(),
                resource_type: ResourceType::Topic,
                document: answer.map(|it| text(&it["Attributes"]["Policy"])).map_err(reason),
            });
        }
        found
    }

    async fn functions(&self) -> Vec<Found> {
        let tokens = ("Marker", "NextMarker");
        let mut found = Vec::new();
        for function in self.list(("lambda", "ListFunctions"), "Functions", tokens).await {
            let input = json!({"FunctionName": function["FunctionName"]});
            let answer = self.call("lambda", "GetPolicy", input).await;
            found.push(Found {
                arn: text(&function["FunctionArn"]).unwrap_or_default(),
                resource_type: ResourceType::Function,
                document: unless(answer, "ResourceNotFoundException", "Policy"),
            });
        }
        found
    }

    async fn keys(&self) -> Vec<Found> {
        let tokens = ("Marker", "NextMarker");
        let mut found = Vec::new();
        for key in self.list(("kms", "ListKeys"), "Keys", tokens).await {
            let input = json!({"KeyId": key["KeyId"], "PolicyName": "default"});
            let answer = self.call("kms", "GetKeyPolicy", input).await;
            found.push(Found {
                arn: text(&key["KeyArn"]).unwrap_or_default(),
                resource_type: ResourceType::Key,
                document: answer.map(|it| text(&it["Policy"])).map_err(reason),
            });
        }
        found
    }

    async fn tables(&self) -> Vec<Found> {
        let tokens = ("ExclusiveStartTableName", "LastEvaluatedTableName");
        let mut found = Vec::new();
        for name in self.list(("dynamodb", "ListTables"), "TableNames", tokens).await {
            let described = self.call("dynamodb", "DescribeTable", json!({"TableName": name}));
            let Ok(described) = described.await else { continue };
            let table = &described["Table"];
            let kinds = [
                (&table["TableArn"], ResourceType::Table),
                (&table["LatestStreamArn"], ResourceType::Stream),
            ];
            for (arn, resource_type) in kinds {
                let Some(arn) = text(arn) else { continue };
                let input = json!({"ResourceArn": arn});
                let answer = self.call("dynamodb", "GetResourcePolicy", input).await;
                let document = unless(answer, "PolicyNotFoundException", "Policy");
                found.push(Found { arn, resource_type, document });
            }
        }
        found
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The member of an answer; none if the failure says that there is no such thing.
fn unless(
    answer: Result<Value, Failure>,
    code: &str,
    member: &str,
) -> Result<Option<String>, String> {
    match answer {
        Ok(answer) => Ok(text(&answer[member])),
        Err(failure) if failure.code == code => Ok(None),
        Err(failure) => Err(reason(failure)),
    }
}

/// What findings say of a policy that cannot be read.
fn reason(failure: Failure) -> String {
    let denied = failure.code.starts_with("AccessDenied") || failure.status == 403;
    if denied { "ACCESS_DENIED".into() } else { "INTERNAL_ERROR".into() }
}
