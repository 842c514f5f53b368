//! ListVersionsByFunction: `$LATEST` and what has been published.

use crate::{
    error::LambdaError,
    function,
    list_functions::page_size,
    name::{FunctionRef, NamespacedFunctionName, access_whole},
    shapes::{self, FunctionConfiguration},
};
use service_kit::{page, prelude::*};

/// Lists the versions of a function, oldest first, after `$LATEST`.
pub(crate) enum ListVersionsByFunction {}

/// What ListVersionsByFunction takes.
#[derive(Debug, Shape)]
pub struct ListVersionsByFunctionInput {
    #[shape(label)]
    pub function_name: NamespacedFunctionName,
    #[shape(query)]
    pub marker: Option<String>,
    #[shape(query, range = 1..=10_000)]
    pub max_items: Option<u32>,
}

/// What ListVersionsByFunction gives.
#[derive(Debug, Shape)]
pub struct ListVersionsByFunctionOutput {
    pub next_marker: Option<String>,
    pub versions: Option<Vec<FunctionConfiguration>>,
}

impl Operation for ListVersionsByFunction {
    const NAME: &'static str = "ListVersionsByFunction";
    const AUDITED_AS: &'static str = "ListVersionsByFunction20150331";
    const HTTP: Option<Http> =
        Some(Http::new("GET", "/2015-03-31/functions/{FunctionName}/versions", 200));
    type Input = ListVersionsByFunctionInput;
    type Output = ListVersionsByFunctionOutput;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        access_whole("lambda:ListVersionsByFunction", &input.function_name.0, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = FunctionRef::whole(&input.function_name.0, cx.scope())?;
        let cx = &cx.within(named.scope.clone());
        let limit = page_size(input.max_items);
        let from = input.marker.as_deref().filter(|it| !it.is_empty()).map(number).transpose()?;
        let from = from.unwrap_or(0);
        let mut all = cx.read(|tx| {
            let all = function::versions(tx, function::find(tx, &named.name)?)?;
            Ok::<Vec<_>, LambdaError>(all.into_iter().filter(|(it, _)| *it >= from).collect())
        })?;
        let next = all.get(limit).map(|(next, _)| page::encode(&next.to_be_bytes()));
        all.truncate(limit);
        let show = |(_, configuration)| shapes::show_version(cx, &named.name, configuration);
        let versions: Result<_, Fault> = all.into_iter().map(show).collect();
        Ok(ListVersionsByFunctionOutput { next_marker: next, versions: Some(versions?) })
    }
}

/// The version that a marker stands for.
fn number(marker: &str) -> Result<u64, Fault> {
    let bytes = page::decode(marker)?;
    let bytes = bytes.try_into().map_err(|_| Fault::invalid("Invalid pagination token."))?;
    Ok(u64::from_be_bytes(bytes))
}
