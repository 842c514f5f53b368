//! CreateFunction: store code and configuration under a new name.

use crate::{
    code,
    error::LambdaError,
    function::{self, Configuration, Function, Tags},
    name::{FunctionName, FunctionRef, LATEST, access_whole},
    role,
    runtime::{Architecture, Runtime},
    shapes::{
        self, Environment, EphemeralStorage, FunctionConfiguration, Handler, LogFormat,
        LoggingConfig, PackageType, RoleArn, TracingConfig, TracingMode,
    },
    tags, variables,
};
use service_kit::prelude::*;

/// Creates a function whose role the caller may pass and Lambda may assume.
pub(crate) enum CreateFunction {}

/// What CreateFunction takes.
#[derive(Debug, Shape)]
pub struct CreateFunctionInput {
    pub function_name: FunctionName,
    pub runtime: Option<Runtime>,
    pub role: RoleArn,
    pub handler: Option<Handler>,
    pub code: FunctionCode,
    #[shape(length = 0..=256)]
    pub description: Option<String>,
    #[shape(range = 1..=900)]
    pub timeout: Option<u32>,
    #[shape(range = 128..=10_240)]
    pub memory_size: Option<u32>,
    pub publish: Option<bool>,
    pub package_type: Option<PackageType>,
    pub environment: Option<Environment>,
    pub tracing_config: Option<TracingConfig>,
    pub tags: Option<BTreeMap<String, String>>,
    #[shape(length = 1..=1)]
    pub architectures: Option<Vec<Architecture>>,
    pub ephemeral_storage: Option<EphemeralStorage>,
    pub logging_config: Option<LoggingConfig>,
}

/// Where the code is.
#[derive(Debug, Shape)]
pub struct FunctionCode {
    /// The deployment package itself.
    #[shape(sensitive)]
    pub zip_file: Option<Bytes>,
}

impl Operation for CreateFunction {
    const NAME: &'static str = "CreateFunction";
    const AUDITED_AS: &'static str = "CreateFunction20150331";
    const HTTP: Option<Http> = Some(Http::new("POST", "/2015-03-31/functions", 201));
    type Input = CreateFunctionInput;
    type Output = FunctionConfiguration;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let asked = input.tags.iter().flatten();
        let asked = asked.map(|(key, value)| (key.as_str(), value.as_str()));
        vec![
            access_whole("lambda:CreateFunction", &input.function_name.0, at).with_tags(asked),
            Access::pass_role(&input.role.0, crate::PRINCIPAL),
        ]
    }

    async fn run(cx: &Context, mut input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = FunctionRef::parse(&input.function_name.0, None, cx.scope())?;
        if named.qualifier.is_some() || named.scope != *cx.scope() {
            return Err(LambdaError::invalid("A function is created by its name alone."));
        }
        let name = named.name.as_str();
        let publish = input.publish.unwrap_or_default();
        let tags = input.tags.take().unwrap_or_default();
        tags::check(&tags)?;
        let package = input.code.zip_file.take();
        let mut configuration = configuration(cx, name, input).await?;
        if cx.read(|tx| tx.get::<Function>(name))?.is_some() {
            return Err(exists(name));
        }
        role::check(cx, &configuration.role, &named.arn()).await?;
        let package = package
            .filter(|package| !package.is_empty())
            .ok_or_else(|| LambdaError::invalid("Please provide a source for function code."))?;
        let code = code::check(cx, &package).await?;
        configuration.code = code.clone();
        let function = Function {
            name: name.to_owned(),
            latest: configuration,
            last_version: 0,
            reserved_concurrency: None,
        };
        let written = create(cx, &function, &tags, publish);
        let created = code::deploy(cx, &code, &package, written).await?;
        // The answer names the function as a whole, also where it tells of a version.
        Ok(shapes::show(cx, name, None, created)?)
    }
}

fn exists(name: &str) -> LambdaError {
    LambdaError::conflict(format!("Function already exist: {name}"))
}

/// Writes the function, and its first version if asked to; gives what the answer shows.
async fn create(
    cx: &Context,
    function: &Function,
    tags: &BTreeMap<String, String>,
    publish: bool,
) -> Result<Configuration, LambdaError> {
    let (now, revision_id) = (cx.now(), cx.entropy().uuid());
    cx.write(|tx| {
        if tx.get::<Function>(&function.name)?.is_some() {
            return Err(exists(&function.name));
        }
        tx.put(function)?;
        if !tags.is_empty() {
            tx.put(&Tags { function: function.name.clone(), tags: tags.clone() })?;
        }
        if publish {
            let mut function = function.clone();
            return Ok(function::publish(tx, &mut function, None, now, &revision_id)?);
        }
        Ok(function.latest.clone())
    })
    .await
}

/// What is asked for, without the code.
async fn configuration(
    cx: &Context,
    name: &str,
    input: CreateFunctionInput,
) -> Result<Configuration, LambdaError> {
    let (Some(runtime), Some(handler)) = (input.runtime, input.handler) else {
        return Err(LambdaError::invalid(
            "Runtime and Handler are mandatory parameters for functions created with deployment \
             packages.",
        ));
    };
    runtime.interpreter().await?;
    let given = input.environment.and_then(|it| it.variables).unwrap_or_default();
    variables::check(&given)?;
    let logging = input.logging_config;
    let format = logging.as_ref().and_then(|it| it.log_format);
    let tracing = input.tracing_config.and_then(|it| it.mode);
    let revision_id = cx.entropy().uuid();
    Ok(Configuration {
        version: LATEST.to_owned(),
        runtime,
        handler: handler.0,
        role: input.role.0,
        description: input.description.unwrap_or_default(),
        timeout_secs: input.timeout.unwrap_or(3),
        memory_mb: input.memory_size.unwrap_or(128),
        ephemeral_mb: input.ephemeral_storage.map_or(512, |it| it.size),
        sealed_variables: variables::seal(cx.platform(), cx.scope(), name, &given)?,
        active_tracing: tracing == Some(TracingMode::Active),
        architecture: Architecture::asked(input.architectures.as_deref(), runtime)?,
        code: function::Code { blob: String::new(), bytes: 0, unpacked_bytes: 0 },
        log_group: logging.and_then(|it| it.log_group),
        json_logs: format == Some(LogFormat::Json),
        modified: cx.now(),
        generation: revision_id.clone(),
        revision_id,
    })
}
