//! Lambda: functions, their versions, aliases and policies, and running them in sandboxes.

mod add_permission;
mod alias;
mod code;
mod code_url;
mod concurrency;
mod create_alias;
mod create_function;
mod delete_alias;
mod delete_function;
mod environment;
mod error;
mod event;
mod event_invoke_config;
mod execute;
mod facts;
mod fleet;
mod folders;
mod front;
mod function;
mod get_account_settings;
mod get_alias;
mod get_function;
mod get_function_code_signing_config;
mod get_function_configuration;
mod get_policy;
mod invoke;
mod libraries;
mod list_aliases;
mod list_functions;
mod list_versions_by_function;
mod metrics;
mod name;
mod output;
mod publish_version;
mod remove_permission;
mod report;
mod resource_policy;
mod role;
mod runtime;
mod shapes;
mod tags;
mod target;
mod traces;
mod update_alias;
mod update_function_code;
mod update_function_configuration;
mod url;
mod variables;

use service_kit::{
    job::job,
    operation::operation,
    owner::shared_table,
    service::{Service, Speaks},
};

/// Lambda's own principal.
const PRINCIPAL: &str = "lambda.amazonaws.com";

/// The Lambda service.
pub static SERVICE: Service = Service {
    speaks: &[Speaks::RestJson],
    max_body_bytes: 70 << 20,
    operations: &[
        operation::<add_permission::AddPermission>(),
        operation::<create_alias::CreateAlias>(),
        operation::<create_function::CreateFunction>(),
        operation::<url::CreateFunctionUrlConfig>(),
        operation::<delete_alias::DeleteAlias>(),
        operation::<delete_function::DeleteFunction>(),
        operation::<concurrency::DeleteFunctionConcurrency>(),
        operation::<event_invoke_config::DeleteFunctionEventInvokeConfig>(),
        operation::<url::DeleteFunctionUrlConfig>(),
        operation::<get_account_settings::GetAccountSettings>(),
        operation::<get_alias::GetAlias>(),
        operation::<get_function::GetFunction>(),
        operation::<get_function_code_signing_config::GetFunctionCodeSigningConfig>(),
        operation::<concurrency::GetFunctionConcurrency>(),
        operation::<get_function_configuration::GetFunctionConfiguration>(),
        operation::<event_invoke_config::GetFunctionEventInvokeConfig>(),
        operation::<url::GetFunctionUrlConfig>(),
        operation::<get_policy::GetPolicy>(),
        operation::<invoke::Invoke>(),
        operation::<list_aliases::ListAliases>(),
        operation::<event_invoke_config::ListFunctionEventInvokeConfigs>(),
        operation::<url::ListFunctionUrlConfigs>(),
        operation::<list_functions::ListFunctions>(),
        operation::<tags::ListTags>(),
        operation::<list_versions_by_function::ListVersionsByFunction>(),
        operation::<publish_version::PublishVersion>(),
        operation::<concurrency::PutFunctionConcurrency>(),
        operation::<event_invoke_config::PutFunctionEventInvokeConfig>(),
        operation::<remove_permission::RemovePermission>(),
        operation::<tags::TagResource>(),
        operation::<tags::UntagResource>(),
        operation::<update_alias::UpdateAlias>(),
        operation::<update_function_code::UpdateFunctionCode>(),
        operation::<update_function_configuration::UpdateFunctionConfiguration>(),
        operation::<event_invoke_config::UpdateFunctionEventInvokeConfig>(),
        operation::<url::UpdateFunctionUrlConfig>(),
    ],
    facts: Some(facts::facts),
    jobs: &[job::<event::InvokeEvent>()],
    front: Some(&front::LambdaFront),
    shared: &[shared_table::<url::UrlHome>()],
    blobs: Some(code::blobs),
    start: Some(fleet::start),
    ..Service::new("lambda", PRINCIPAL)
};
