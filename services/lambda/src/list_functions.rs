//! ListFunctions: the functions of a region, with their `$LATEST`.

use crate::{
    error::LambdaError,
    function::Function,
    shapes::{self, FunctionConfiguration},
};
use service_kit::prelude::*;

/// The longest page.
pub const MAX_PAGE: usize = 50;

/// Lists functions by name.
pub(crate) enum ListFunctions {}

/// What ListFunctions takes.
#[derive(Debug, Shape)]
pub struct ListFunctionsInput {
    #[shape(query)]
    pub marker: Option<String>,
    #[shape(query, range = 1..=10_000)]
    pub max_items: Option<u32>,
}

/// What ListFunctions gives.
#[derive(Debug, Shape)]
pub struct ListFunctionsOutput {
    pub next_marker: Option<String>,
    pub functions: Option<Vec<FunctionConfiguration>>,
}

impl Operation for ListFunctions {
    const NAME: &'static str = "ListFunctions";
    const AUDITED_AS: &'static str = "ListFunctions20150331";
    const HTTP: Option<Http> = Some(Http::new("GET", "/2015-03-31/functions", 200));
    type Input = ListFunctionsInput;
    type Output = ListFunctionsOutput;
    type Error = LambdaError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("lambda:ListFunctions").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let marker = input.marker.as_deref().filter(|marker| !marker.is_empty());
        let limit = page_size(input.max_items);
        let page = cx.read(|tx| tx.page::<Function>((), marker, limit))?;
        let show = |it: Function| shapes::show_listed(cx, &it.name, it.latest);
        let functions: Result<_, Fault> = page.items.into_iter().map(show).collect();
        Ok(ListFunctionsOutput { next_marker: page.next, functions: Some(functions?) })
    }
}

/// How many items a page has when so many are asked for.
pub fn page_size(asked: Option<u32>) -> usize {
    asked.map_or(MAX_PAGE, |asked| usize::try_from(asked).unwrap_or(MAX_PAGE).clamp(1, MAX_PAGE))
}
