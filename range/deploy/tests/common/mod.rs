//! A cloud in this process, as the deployer sees one.
#![allow(dead_code, reason = "each test crate uses its part")]

use client::CallError;
use deploy::{DeployError, Plan, Stack, Template};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Mutex};
use testkit::Cloud;

/// The services that the tests run.
pub async fn cloud() -> Cloud {
    Cloud::start(&[
        &apigateway::SERVICE,
        &apigateway::EXECUTE_API,
        &cloudwatch::SERVICE,
        &dynamodb::SERVICE,
        &iam::SERVICE,
        &kms::SERVICE,
        &lambda::SERVICE,
        &logs::SERVICE,
        &sns::SERVICE,
        &sqs::SERVICE,
        &sts::SERVICE,
    ])
    .await
}

/// The administrator of a cloud, with a list of what was called.
pub struct Here<'c> {
    cloud: &'c Cloud,
    pub called: Mutex<Vec<String>>,
}

impl<'c> Here<'c> {
    pub fn new(cloud: &'c Cloud) -> Self {
        Self { cloud, called: Mutex::default() }
    }

    /// The answer to a call.
    pub async fn ask(&self, service: &str, operation: &str, input: Value) -> Value {
        let answer = client::Cloud::call(self, service, operation, input).await;
        answer.unwrap_or_else(|error| panic!("{service}:{operation}: {error}"))
    }

    /// How many items a list has.
    pub async fn count(&self, service: &str, operation: &str, member: &str) -> usize {
        let answer = self.ask(service, operation, json!({})).await;
        answer[member].as_array().map_or(0, Vec::len)
    }

    /// How much there is of all that the course's template makes.
    pub async fn counts(&self) -> [usize; 7] {
        [
            self.count("dynamodb", "ListTables", "TableNames").await,
            self.count("sns", "ListTopics", "Topics").await,
            self.count("sns", "ListSubscriptions", "Subscriptions").await,
            self.count("sqs", "ListQueues", "QueueUrls").await,
            self.count("iam", "ListRoles", "Roles").await,
            self.count("lambda", "ListFunctions", "Functions").await,
            self.count("apigateway", "GetRestApis", "items").await,
        ]
    }
}

impl client::Cloud for Here<'_> {
    async fn call(&self, service: &str, operation: &str, input: Value) -> Result<Value, CallError> {
        self.called.lock().unwrap().push(format!("{service}:{operation}"));
        let leak = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
        let outcome = self.cloud.admin().call(leak(service), leak(operation), input).await;
        outcome.map_err(|failure| CallError {
            status: failure.status,
            code: failure.code.to_string(),
            message: failure.message,
        })
    }

    fn account(&self) -> &str {
        testkit::ACCOUNT
    }

    fn region(&self) -> &str {
        testkit::REGION
    }
}

/// Makes a stack without parameters and files.
pub async fn deploy(here: &Here<'_>, name: &str, template: &str) -> Result<Stack, DeployError> {
    deploy_with(here, name, template, &[]).await
}

/// Makes a stack without files.
pub async fn deploy_with(
    here: &Here<'_>,
    name: &str,
    template: &str,
    parameters: &[(&str, &str)],
) -> Result<Stack, DeployError> {
    let template = Template::parse("t.yaml", template).unwrap_or_else(|faults| panic!("{faults}"));
    let parameters: BTreeMap<_, _> =
        parameters.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let plan = Plan { name, parameters: &parameters, assets: &(), progress: &|_| {} };
    deploy::deploy(&template, &plan, here).await
}

/// All that is wrong with a template.
pub fn faults(template: &str) -> Vec<String> {
    let faults = Template::parse("t.yaml", template).expect_err("faults");
    faults.iter().map(ToString::to_string).collect()
}
