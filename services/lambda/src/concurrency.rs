//! PutFunctionConcurrency, GetFunctionConcurrency, DeleteFunctionConcurrency: a function's own
//! limit of concurrent executions.

use crate::{
    error::LambdaError,
    fleet::ACCOUNT_CONCURRENCY,
    function::{self, Function},
    name::{FunctionName, FunctionRef, access_whole},
};
use service_kit::prelude::*;

/// Executions that reservations must leave to the other functions ("Lambda quotas").
const MIN_UNRESERVED: u32 = 100;

/// A function's own limit.
#[derive(Clone, Debug, Shape)]
pub struct Concurrency {
    /// The most executions at once; none if there is no limit.
    #[shape(range = 0..)]
    pub reserved_concurrent_executions: Option<u32>,
}

/// What a request about a function's limit takes.
#[derive(Debug, Shape)]
pub struct ConcurrencyInput {
    /// The function.
    #[shape(label)]
    pub function_name: FunctionName,
}

/// What PutFunctionConcurrency takes.
#[derive(Debug, Shape)]
pub struct PutFunctionConcurrencyInput {
    /// The function.
    #[shape(label)]
    pub function_name: FunctionName,
    /// The limit; zero stops it.
    #[shape(range = 0..)]
    pub reserved_concurrent_executions: u32,
}

/// What all functions of this scope have reserved together.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn reserved(tx: &ReadTx<'_>, except: &str) -> Result<u32, Fault> {
    let functions = tx.list::<Function>(())?;
    let others = functions.iter().filter(|function| function.name != except);
    Ok(others.filter_map(|function| function.reserved_concurrency).sum())
}

/// Sets a function's own limit.
pub(crate) enum PutFunctionConcurrency {}

impl Operation for PutFunctionConcurrency {
    const NAME: &'static str = "PutFunctionConcurrency";
    const AUDITED_AS: &'static str = "PutFunctionConcurrency20171031";
    const HTTP: Option<Http> =
        Some(Http::new("PUT", "/2017-10-31/functions/{FunctionName}/concurrency", 200));
    type Input = PutFunctionConcurrencyInput;
    type Output = Concurrency;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        access_whole("lambda:PutFunctionConcurrency", &input.function_name.0, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let limit = input.reserved_concurrent_executions;
        let named = FunctionRef::whole(&input.function_name.0, cx.scope())?;
        cx.within(named.scope.clone())
            .write(|tx| {
                let mut function = function::find(&tx.reader(), &named.name)?;
                let taken = reserved(&tx.reader(), &named.name)?.saturating_add(limit);
                if taken > ACCOUNT_CONCURRENCY - MIN_UNRESERVED {
                    return Err(LambdaError::invalid(format!(
                        "Specified ReservedConcurrentExecutions for function decreases account's \
                         UnreservedConcurrentExecution below its minimum value of \
                         [{MIN_UNRESERVED}]."
                    )));
                }
                function.reserved_concurrency = Some(limit);
                Ok(tx.put(&function)?)
            })
            .await?;
        Ok(Concurrency { reserved_concurrent_executions: Some(limit) })
    }
}

/// Shows a function's own limit.
pub(crate) enum GetFunctionConcurrency {}

impl Operation for GetFunctionConcurrency {
    const NAME: &'static str = "GetFunctionConcurrency";
    const HTTP: Option<Http> =
        Some(Http::new("GET", "/2019-09-30/functions/{FunctionName}/concurrency", 200));
    type Input = ConcurrencyInput;
    type Output = Concurrency;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        access_whole("lambda:GetFunctionConcurrency", &input.function_name.0, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = FunctionRef::whole(&input.function_name.0, cx.scope())?;
        let cx = cx.within(named.scope.clone());
        let function = cx.read(|tx| function::find(tx, &named.name))?;
        Ok(Concurrency { reserved_concurrent_executions: function.reserved_concurrency })
    }
}

/// Removes a function's own limit.
pub(crate) enum DeleteFunctionConcurrency {}

impl Operation for DeleteFunctionConcurrency {
    const NAME: &'static str = "DeleteFunctionConcurrency";
    const AUDITED_AS: &'static str = "DeleteFunctionConcurrency20171031";
    const HTTP: Option<Http> =
        Some(Http::new("DELETE", "/2017-10-31/functions/{FunctionName}/concurrency", 204));
    type Input = ConcurrencyInput;
    type Output = Empty;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        access_whole("lambda:DeleteFunctionConcurrency", &input.function_name.0, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = FunctionRef::whole(&input.function_name.0, cx.scope())?;
        cx.within(named.scope.clone())
            .write(|tx| {
                let mut function = function::find(&tx.reader(), &named.name)?;
                function.reserved_concurrency = None;
                tx.put(&function)?;
                Ok(Empty)
            })
            .await
    }
}
