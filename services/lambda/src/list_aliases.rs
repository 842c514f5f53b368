//! ListAliases: the names of a function's versions.

use crate::{
    alias::{Alias, AliasConfiguration, VersionName},
    error::LambdaError,
    function,
    list_functions::page_size,
    name::{FunctionName, FunctionRef, access_whole},
};
use service_kit::{page, prelude::*};

/// Lists the aliases of a function, or of one of its versions.
pub(crate) enum ListAliases {}

/// What ListAliases takes.
#[derive(Debug, Shape)]
pub struct ListAliasesInput {
    #[shape(label)]
    pub function_name: FunctionName,
    #[shape(query)]
    pub function_version: Option<VersionName>,
    #[shape(query)]
    pub marker: Option<String>,
    #[shape(query, range = 1..=10_000)]
    pub max_items: Option<u32>,
}

/// What ListAliases gives.
#[derive(Debug, Shape)]
pub struct ListAliasesOutput {
    pub next_marker: Option<String>,
    pub aliases: Option<Vec<AliasConfiguration>>,
}

impl Operation for ListAliases {
    const NAME: &'static str = "ListAliases";
    const AUDITED_AS: &'static str = "ListAliases20150331";
    const HTTP: Option<Http> =
        Some(Http::new("GET", "/2015-03-31/functions/{FunctionName}/aliases", 200));
    type Input = ListAliasesInput;
    type Output = ListAliasesOutput;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        access_whole("lambda:ListAliases", &input.function_name.0, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = FunctionRef::whole(&input.function_name.0, cx.scope())?;
        let cx = cx.within(named.scope.clone());
        let limit = page_size(input.max_items);
        let marker = input.marker.as_deref().filter(|it| !it.is_empty());
        let after = marker.map(page::decode).transpose()?.unwrap_or_default();
        let version = input.function_version.map(|it| it.0);
        let wanted = |alias: &Alias| {
            let uses = |version: &String| {
                alias.version == *version
                    || alias.other.as_ref().is_some_and(|(it, _)| it == version)
            };
            alias.name.as_bytes() > after.as_slice() && version.as_ref().is_none_or(uses)
        };
        let mut found = cx.read(|tx| {
            function::find(tx, &named.name)?;
            let all = tx.list::<Alias>(&named.name)?.into_iter();
            Ok::<_, LambdaError>(all.filter(wanted).take(limit + 1).collect::<Vec<_>>())
        })?;
        let more = found.len() > limit;
        found.truncate(limit);
        let last = found.last().filter(|_| more);
        let next_marker = last.map(|alias| page::encode(alias.name.as_bytes()));
        let aliases = found.into_iter().map(|alias| alias.show(&named.scope)).collect();
        Ok(ListAliasesOutput { next_marker, aliases: Some(aliases) })
    }
}
