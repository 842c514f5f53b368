//! GetFunction: all there is to know of a function, with a URL to its code.

use crate::{
    code_url,
    concurrency::Concurrency,
    error::LambdaError,
    function::{self, Tags},
    name::{FunctionRef, NamespacedFunctionName, Qualifier, access},
    shapes::{self, FunctionConfiguration},
};
use service_kit::prelude::*;

/// Shows a version of a function.
pub(crate) enum GetFunction {}

/// What GetFunction takes.
#[derive(Debug, Shape)]
pub struct GetFunctionInput {
    #[shape(label)]
    pub function_name: NamespacedFunctionName,
    #[shape(query)]
    pub qualifier: Option<Qualifier>,
}

/// What GetFunction gives.
#[derive(Debug, Shape)]
pub struct GetFunctionOutput {
    /// How it runs.
    pub configuration: Option<FunctionConfiguration>,
    /// Where its code is.
    pub code: Option<FunctionCodeLocation>,
    /// Its tags.
    pub tags: Option<BTreeMap<String, String>>,
    /// Its own limit of concurrent executions.
    pub concurrency: Option<Concurrency>,
}

/// Where a deployment package can be fetched.
#[derive(Debug, Shape)]
pub struct FunctionCodeLocation {
    /// What AWS calls its store.
    pub repository_type: Option<String>,
    /// A URL that is good for ten minutes.
    pub location: Option<String>,
}

impl Operation for GetFunction {
    const NAME: &'static str = "GetFunction";
    const AUDITED_AS: &'static str = "GetFunction20150331v2";
    const HTTP: Option<Http> = Some(Http::new("GET", "/2015-03-31/functions/{FunctionName}", 200));
    type Input = GetFunctionInput;
    type Output = GetFunctionOutput;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let qualifier = input.qualifier.as_ref().map(|it| it.0.as_str());
        access("lambda:GetFunction", &input.function_name.0, qualifier, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let qualifier = input.qualifier.as_ref().map(|it| it.0.as_str());
        let named = FunctionRef::parse(&input.function_name.0, qualifier, cx.scope())?;
        let cx = &cx.within(named.scope.clone());
        let (function, configuration, tags) = cx.read(|tx| {
            let (function, configuration) = function::configuration(tx, &named)?;
            Ok::<_, LambdaError>((function, configuration, tx.get::<Tags>(&named.name)?))
        })?;
        let location = code_url::location(cx, &configuration.code.blob)?;
        let qualifier = named.qualifier.as_deref();
        let reserved = function.reserved_concurrency;
        Ok(GetFunctionOutput {
            configuration: Some(shapes::show(cx, &named.name, qualifier, configuration)?),
            code: Some(FunctionCodeLocation {
                repository_type: Some("S3".to_owned()),
                location: Some(location),
            }),
            tags: tags.map(|tags| tags.tags),
            concurrency: reserved
                .map(|limit| Concurrency { reserved_concurrent_executions: Some(limit) }),
        })
    }
}
