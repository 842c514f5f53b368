//! PutFunctionEventInvokeConfig, UpdateFunctionEventInvokeConfig, GetFunctionEventInvokeConfig,
//! DeleteFunctionEventInvokeConfig, ListFunctionEventInvokeConfigs: how long and how often events
//! taken for later are tried.

use crate::{
    error::LambdaError,
    function::{self, Function},
    name::{FunctionRef, LATEST, NamespacedFunctionName, Qualifier, access, access_whole},
};
use service_kit::{key::Key, prelude::*};

/// The most configurations in one answer, and how many there are if the request does not say.
const MAX_PAGE: usize = 50;
/// How often a failed event is tried again, unless a configuration says otherwise.
const DEFAULT_RETRIES: u32 = 2;
/// The oldest event that is still tried, unless a configuration says otherwise.
const DEFAULT_AGE_SECS: u32 = 6 * 3600;

/// What is set for the events of a function, a version or an alias.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct EventInvokeConfig {
    /// The function's name.
    pub function: String,
    /// The version or alias; `$LATEST` for events that name none.
    pub qualifier: String,
    /// How often a failed event is tried again.
    pub retries: Option<u32>,
    /// The oldest event that is still tried, in seconds.
    pub age_secs: Option<u32>,
    /// When it last changed.
    pub modified: Option<Timestamp>,
}

impl Record for EventInvokeConfig {
    const TABLE: &'static str = "lambda.event_invoke_config";

    fn key(&self) -> impl Key {
        (&self.function, &self.qualifier)
    }
}

/// A configuration as answers show it.
#[derive(Clone, Debug, Shape)]
pub struct FunctionEventInvokeConfig {
    pub last_modified: Option<Timestamp>,
    pub function_arn: Option<String>,
    pub maximum_retry_attempts: Option<u32>,
    pub maximum_event_age_in_seconds: Option<u32>,
}

impl EventInvokeConfig {
    /// What holds for events of `named`, set or not.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub fn of(tx: &ReadTx<'_>, named: &FunctionRef) -> Result<Self, Fault> {
        Ok(tx.get::<Self>((&named.name, qualifier(named)))?.unwrap_or_default())
    }

    /// How often a failed event is tried again.
    pub fn retries(&self) -> u32 {
        self.retries.unwrap_or(DEFAULT_RETRIES)
    }

    /// The oldest event that is still tried.
    pub fn age(&self) -> Duration {
        Duration::from_secs(self.age_secs.unwrap_or(DEFAULT_AGE_SECS).into())
    }

    fn show(self, scope: &Scope) -> FunctionEventInvokeConfig {
        let arn = crate::name::function_arn(scope, &self.function);
        FunctionEventInvokeConfig {
            last_modified: self.modified,
            function_arn: Some(format!("{arn}:{}", self.qualifier)),
            maximum_retry_attempts: self.retries,
            maximum_event_age_in_seconds: self.age_secs,
        }
    }
}

/// Removes what is set for a version or alias.
pub fn remove(tx: &mut Tx<'_>, function: &str, qualifier: &str) {
    tx.delete::<EventInvokeConfig>((function, qualifier));
}

/// Removes all that is set for a function.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn remove_all(tx: &mut Tx<'_>, function: &str) -> Result<(), Fault> {
    for config in tx.list::<EventInvokeConfig>(function)? {
        remove(tx, function, &config.qualifier);
    }
    Ok(())
}

fn qualifier(named: &FunctionRef) -> &str {
    named.qualifier.as_deref().unwrap_or(LATEST)
}

fn no_function() -> LambdaError {
    LambdaError::not_found("The function doesn't exist.")
}

/// Whether what `named` names is there.
fn check(tx: &ReadTx<'_>, named: &FunctionRef) -> Result<(), LambdaError> {
    match function::configuration(tx, named) {
        Err(LambdaError::ResourceNotFoundException { .. }) => Err(no_function()),
        found => found.map(|_| ()),
    }
}

fn find(tx: &ReadTx<'_>, named: &FunctionRef) -> Result<EventInvokeConfig, LambdaError> {
    let found = tx.get::<EventInvokeConfig>((&named.name, qualifier(named)))?;
    found.ok_or_else(|| {
        let (arn, qualifier) = (named.arn(), qualifier(named));
        let message = format!("The function {arn}:{qualifier} doesn't have an EventInvokeConfig");
        LambdaError::not_found(message)
    })
}

/// What a request that changes a configuration takes.
#[derive(Debug, Shape)]
pub struct ChangeInput {
    #[shape(label)]
    pub function_name: NamespacedFunctionName,
    #[shape(query)]
    pub qualifier: Option<Qualifier>,
    #[shape(range = 0..=2)]
    pub maximum_retry_attempts: Option<u32>,
    #[shape(range = 60..=21_600)]
    pub maximum_event_age_in_seconds: Option<u32>,
}

/// What a request about a configuration takes.
#[derive(Debug, Shape)]
pub struct NamedInput {
    #[shape(label)]
    pub function_name: NamespacedFunctionName,
    #[shape(query)]
    pub qualifier: Option<Qualifier>,
}

fn named(
    name: &NamespacedFunctionName,
    qualifier: Option<&Qualifier>,
    at: &Scope,
) -> Result<FunctionRef, LambdaError> {
    FunctionRef::parse(&name.0, qualifier.map(|it| it.0.as_str()), at)
}

/// Changes what `input` names; where `whole`, all else goes back to the defaults.
async fn change(
    cx: &Context,
    input: ChangeInput,
    whole: bool,
) -> Result<FunctionEventInvokeConfig, LambdaError> {
    let named = named(&input.function_name, input.qualifier.as_ref(), cx.scope())?;
    let (retries, age_secs) = (input.maximum_retry_attempts, input.maximum_event_age_in_seconds);
    if retries.is_none() && age_secs.is_none() {
        let message = "You must specify at least one of error handling or destination setting.";
        return Err(LambdaError::invalid(message));
    }
    let cx = cx.within(named.scope.clone());
    let now = cx.now();
    let changed = cx
        .write(|tx| {
            check(&tx.reader(), &named)?;
            let before = match whole {
                true => EventInvokeConfig::default(),
                false => find(&tx.reader(), &named)?,
            };
            let config = EventInvokeConfig {
                function: named.name.clone(),
                qualifier: qualifier(&named).to_owned(),
                retries: retries.or(before.retries),
                age_secs: age_secs.or(before.age_secs),
                modified: Some(now),
            };
            tx.put(&config)?;
            Ok::<_, LambdaError>(config)
        })
        .await?;
    Ok(changed.show(&named.scope))
}

/// Sets how events are tried, whatever was set before.
pub(crate) enum PutFunctionEventInvokeConfig {}

impl Operation for PutFunctionEventInvokeConfig {
    const NAME: &'static str = "PutFunctionEventInvokeConfig";
    const HTTP: Option<Http> =
        Some(Http::new("PUT", "/2019-09-25/functions/{FunctionName}/event-invoke-config", 200));
    type Input = ChangeInput;
    type Output = FunctionEventInvokeConfig;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let qualifier = input.qualifier.as_ref().map(|it| it.0.as_str());
        access("lambda:PutFunctionEventInvokeConfig", &input.function_name.0, qualifier, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        change(cx, input, true).await
    }
}

/// Changes what is named of how events are tried and leaves the rest.
pub(crate) enum UpdateFunctionEventInvokeConfig {}

impl Operation for UpdateFunctionEventInvokeConfig {
    const NAME: &'static str = "UpdateFunctionEventInvokeConfig";
    const HTTP: Option<Http> =
        Some(Http::new("POST", "/2019-09-25/functions/{FunctionName}/event-invoke-config", 200));
    type Input = ChangeInput;
    type Output = FunctionEventInvokeConfig;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let qualifier = input.qualifier.as_ref().map(|it| it.0.as_str());
        let action = "lambda:UpdateFunctionEventInvokeConfig";
        access(action, &input.function_name.0, qualifier, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        change(cx, input, false).await
    }
}

/// Shows how events are tried.
pub(crate) enum GetFunctionEventInvokeConfig {}

impl Operation for GetFunctionEventInvokeConfig {
    const NAME: &'static str = "GetFunctionEventInvokeConfig";
    const HTTP: Option<Http> =
        Some(Http::new("GET", "/2019-09-25/functions/{FunctionName}/event-invoke-config", 200));
    type Input = NamedInput;
    type Output = FunctionEventInvokeConfig;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let qualifier = input.qualifier.as_ref().map(|it| it.0.as_str());
        access("lambda:GetFunctionEventInvokeConfig", &input.function_name.0, qualifier, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = named(&input.function_name, input.qualifier.as_ref(), cx.scope())?;
        let found = cx.within(named.scope.clone()).read(|tx| find(tx, &named))?;
        Ok(found.show(&named.scope))
    }
}

/// Goes back to the defaults.
pub(crate) enum DeleteFunctionEventInvokeConfig {}

impl Operation for DeleteFunctionEventInvokeConfig {
    const NAME: &'static str = "DeleteFunctionEventInvokeConfig";
    const HTTP: Option<Http> =
        Some(Http::new("DELETE", "/2019-09-25/functions/{FunctionName}/event-invoke-config", 204));
    type Input = NamedInput;
    type Output = Empty;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let qualifier = input.qualifier.as_ref().map(|it| it.0.as_str());
        let action = "lambda:DeleteFunctionEventInvokeConfig";
        access(action, &input.function_name.0, qualifier, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = named(&input.function_name, input.qualifier.as_ref(), cx.scope())?;
        cx.within(named.scope.clone())
            .write(|tx| {
                let found = find(&tx.reader(), &named)?;
                remove(tx, &found.function, &found.qualifier);
                Ok(Empty)
            })
            .await
    }
}

/// What ListFunctionEventInvokeConfigs takes.
#[derive(Debug, Shape)]
pub struct ListInput {
    #[shape(label)]
    pub function_name: NamespacedFunctionName,
    #[shape(query)]
    pub marker: Option<String>,
    #[shape(query, range = 1..=50)]
    pub max_items: Option<u32>,
}

/// What ListFunctionEventInvokeConfigs gives.
#[derive(Debug, Shape)]
pub struct ListOutput {
    pub function_event_invoke_configs: Option<Vec<FunctionEventInvokeConfig>>,
    pub next_marker: Option<String>,
}

/// Lists what is set for a function, its versions and its aliases.
pub(crate) enum ListFunctionEventInvokeConfigs {}

impl Operation for ListFunctionEventInvokeConfigs {
    const NAME: &'static str = "ListFunctionEventInvokeConfigs";
    const HTTP: Option<Http> = Some(Http::new(
        "GET",
        "/2019-09-25/functions/{FunctionName}/event-invoke-config/list",
        200,
    ));
    type Input = ListInput;
    type Output = ListOutput;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        access_whole("lambda:ListFunctionEventInvokeConfigs", &input.function_name.0, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = FunctionRef::whole(&input.function_name.0, cx.scope())?;
        let marker = input.marker.as_deref().filter(|marker| !marker.is_empty());
        let asked = input.max_items.and_then(|asked| usize::try_from(asked).ok());
        let page = cx.within(named.scope.clone()).read(|tx| {
            tx.get::<Function>(&named.name)?.ok_or_else(no_function)?;
            let limit = asked.unwrap_or(MAX_PAGE).min(MAX_PAGE);
            Ok::<_, LambdaError>(tx.page::<EventInvokeConfig>(&named.name, marker, limit)?)
        })?;
        let configs = page.items.into_iter().map(|config| config.show(&named.scope));
        Ok(ListOutput {
            function_event_invoke_configs: Some(configs.collect()),
            next_marker: page.next,
        })
    }
}
