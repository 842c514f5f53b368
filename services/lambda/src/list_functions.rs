//! ListFunctions: the functions of a region, with their `$LATEST` or with all their versions.

use crate::{
    error::LambdaError,
    function::{self, Configuration, Function},
    shapes::{self, FunctionConfiguration},
};
use service_kit::{key::Key, page, prelude::*};
use std::ops::ControlFlow;

/// The longest page.
pub const MAX_PAGE: usize = 50;

/// Lists functions by name.
pub(crate) enum ListFunctions {}

/// Which versions are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum FunctionVersion {
    /// `$LATEST` and all that are published.
    All,
}

/// What ListFunctions takes.
#[derive(Debug, Shape)]
pub struct ListFunctionsInput {
    #[shape(query)]
    pub function_version: Option<FunctionVersion>,
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
        let (functions, next): (Result<_, Fault>, _) = match input.function_version {
            None => {
                let page = cx.read(|tx| tx.page::<Function>((), marker, limit))?;
                // Their ARNs name no version here.
                let show = |it: Function| shapes::show_listed(cx, &it.name, None, it.latest);
                (page.items.into_iter().map(show).collect(), page.next)
            }
            Some(FunctionVersion::All) => {
                let page = cx.read(|tx| versions(tx, marker, limit))?;
                let show = |it: Listed| shapes::show_version(cx, &it.function, it.configuration);
                (page.items.into_iter().map(show).collect(), page.next)
            }
        };
        Ok(ListFunctionsOutput { next_marker: next, functions: Some(functions?) })
    }
}

/// A version in a list of those of all functions.
struct Listed {
    function: String,
    number: u64,
    configuration: Configuration,
}

/// The versions of all functions, by name and number, from the one that `marker` names.
fn versions(tx: &ReadTx<'_>, marker: Option<&str>, limit: usize) -> Result<Page<Listed>, Fault> {
    let (name, number) = marker.map(start).transpose()?.unwrap_or_default();
    let mut functions = Vec::new();
    let from = Key::bytes(&name);
    tx.visit_between::<Function>((), (&from, None), Order::Ascending, |function| {
        functions.push(function);
        if functions.len() > limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    let mut items = Vec::new();
    for it in functions {
        let function = it.name.clone();
        let from = if function == name { number } else { 0 };
        let all = function::versions(tx, it)?.into_iter().filter(|(number, _)| *number >= from);
        items.extend(all.map(|(number, configuration)| {
            let function = function.clone();
            Listed { function, number, configuration }
        }));
        if items.len() > limit {
            break;
        }
    }
    let marker = |it: &Listed| page::encode(format!("{}:{}", it.function, it.number).as_bytes());
    let next = items.get(limit).map(marker);
    items.truncate(limit);
    Ok(Page { items, next })
}

/// The function and version that a marker of [`versions`] names.
fn start(marker: &str) -> Result<(String, u64), Fault> {
    let text = String::from_utf8(page::decode(marker)?).ok();
    let named = text.as_deref().and_then(|text| text.split_once(':'));
    let start = named.and_then(|(name, number)| Some((name.to_owned(), number.parse().ok()?)));
    start.ok_or_else(|| Fault::invalid("Invalid pagination token."))
}

/// How many items a page has when so many are asked for.
pub fn page_size(asked: Option<u32>) -> usize {
    asked.map_or(MAX_PAGE, |asked| usize::try_from(asked).unwrap_or(MAX_PAGE).clamp(1, MAX_PAGE))
}
