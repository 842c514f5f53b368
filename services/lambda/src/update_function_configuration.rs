//! UpdateFunctionConfiguration: change how a function's `$LATEST` runs.

use crate::{
    error::LambdaError,
    fleet::Fleet,
    function::{self, Configuration},
    name::{FunctionName, FunctionRef, LATEST, access_whole},
    role,
    runtime::Runtime,
    shapes::{
        self, Environment, EphemeralStorage, FunctionConfiguration, Handler, LogFormat,
        LoggingConfig, RoleArn, TracingConfig, TracingMode,
    },
    variables,
};
use service_kit::prelude::*;

/// Changes what is named and leaves the rest.
pub(crate) enum UpdateFunctionConfiguration {}

/// What UpdateFunctionConfiguration takes.
#[derive(Debug, Shape)]
pub struct UpdateFunctionConfigurationInput {
    #[shape(label)]
    pub function_name: FunctionName,
    pub role: Option<RoleArn>,
    pub handler: Option<Handler>,
    #[shape(length = 0..=256)]
    pub description: Option<String>,
    #[shape(range = 1..=900)]
    pub timeout: Option<u32>,
    #[shape(range = 128..=10_240)]
    pub memory_size: Option<u32>,
    pub environment: Option<Environment>,
    pub runtime: Option<Runtime>,
    pub tracing_config: Option<TracingConfig>,
    pub revision_id: Option<String>,
    pub ephemeral_storage: Option<EphemeralStorage>,
    pub logging_config: Option<LoggingConfig>,
}

impl Operation for UpdateFunctionConfiguration {
    const NAME: &'static str = "UpdateFunctionConfiguration";
    const AUDITED_AS: &'static str = "UpdateFunctionConfiguration20150331v2";
    const HTTP: Option<Http> =
        Some(Http::new("PUT", "/2015-03-31/functions/{FunctionName}/configuration", 200));
    type Input = UpdateFunctionConfigurationInput;
    type Output = FunctionConfiguration;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let action = "lambda:UpdateFunctionConfiguration";
        let mut needed = vec![access_whole(action, &input.function_name.0, at)];
        needed.extend(input.role.iter().map(|it| Access::pass_role(&it.0, crate::PRINCIPAL)));
        needed
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = FunctionRef::whole(&input.function_name.0, cx.scope())?;
        let cx = &cx.within(named.scope.clone());
        let known = cx.read(|tx| function::find(tx, &named.name))?;
        if let Some(runtime) = input.runtime {
            runtime.interpreter().await?;
            let architecture = [known.latest.architecture];
            crate::runtime::Architecture::asked(Some(&architecture), runtime)?;
        }
        if let Some(RoleArn(role)) = &input.role {
            role::check(cx, role, &named.arn()).await?;
        }
        let sealed = sealed(cx, &named.name, &input)?;
        let (now, revision_id) = (cx.now(), cx.entropy().uuid());
        let updated = cx
            .write(|tx| {
                let mut function = function::find(&tx.reader(), &named.name)?;
                let revision = &function.latest.revision_id;
                if input.revision_id.as_ref().is_some_and(|given| given != revision) {
                    return Err(LambdaError::stale_revision());
                }
                apply(&mut function.latest, &input, sealed.as_ref());
                function.latest.changed(now, &revision_id);
                tx.put(&function)?;
                Ok(function.latest)
            })
            .await?;
        cx.platform().live::<Fleet>().retire(&named.arn(), Some(LATEST));
        Ok(shapes::show(cx, &named.name, None, updated)?)
    }
}

/// The variables to store, if any are given.
fn sealed(
    cx: &Context,
    name: &str,
    input: &UpdateFunctionConfigurationInput,
) -> Result<Option<Option<String>>, LambdaError> {
    let Some(environment) = &input.environment else { return Ok(None) };
    let given = environment.variables.clone().unwrap_or_default();
    variables::check(&given)?;
    Ok(Some(variables::seal(cx.platform(), cx.scope(), name, &given)?))
}

fn set<T: Clone>(place: &mut T, given: Option<&T>) {
    if let Some(given) = given {
        place.clone_from(given);
    }
}

fn apply(
    latest: &mut Configuration,
    input: &UpdateFunctionConfigurationInput,
    sealed: Option<&Option<String>>,
) {
    set(&mut latest.role, input.role.as_ref().map(|it| &it.0));
    set(&mut latest.handler, input.handler.as_ref().map(|it| &it.0));
    set(&mut latest.description, input.description.as_ref());
    set(&mut latest.timeout_secs, input.timeout.as_ref());
    set(&mut latest.memory_mb, input.memory_size.as_ref());
    set(&mut latest.runtime, input.runtime.as_ref());
    set(&mut latest.ephemeral_mb, input.ephemeral_storage.as_ref().map(|it| &it.size));
    set(&mut latest.sealed_variables, sealed);
    if let Some(mode) = input.tracing_config.as_ref().and_then(|it| it.mode) {
        latest.active_tracing = mode == TracingMode::Active;
    }
    if let Some(logging) = &input.logging_config {
        if let Some(format) = logging.log_format {
            latest.json_logs = format == LogFormat::Json;
        }
        if logging.log_group.is_some() {
            latest.log_group.clone_from(&logging.log_group);
        }
    }
}
