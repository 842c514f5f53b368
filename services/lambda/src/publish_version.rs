//! PublishVersion: keep the state of `$LATEST` under a number.

use crate::{
    code,
    error::LambdaError,
    fleet::Fleet,
    function,
    name::{FunctionName, FunctionRef, access_whole},
    shapes::{self, FunctionConfiguration},
};
use service_kit::prelude::*;

/// Publishes `$LATEST`; when nothing has changed since the last version, that one is given.
pub(crate) enum PublishVersion {}

/// What PublishVersion takes.
#[derive(Debug, Shape)]
pub struct PublishVersionInput {
    #[shape(label)]
    pub function_name: FunctionName,
    #[shape(name = "CodeSha256")]
    pub code_sha256: Option<String>,
    #[shape(length = 0..=256)]
    pub description: Option<String>,
    pub revision_id: Option<String>,
}

impl Operation for PublishVersion {
    const NAME: &'static str = "PublishVersion";
    const AUDITED_AS: &'static str = "PublishVersion20150331";
    const HTTP: Option<Http> =
        Some(Http::new("POST", "/2015-03-31/functions/{FunctionName}/versions", 201));
    type Input = PublishVersionInput;
    type Output = FunctionConfiguration;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        access_whole("lambda:PublishVersion", &input.function_name.0, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = FunctionRef::whole(&input.function_name.0, cx.scope())?;
        let cx = &cx.within(named.scope.clone());
        let latest = cx.read(|tx| function::find(tx, &named.name))?.latest;
        let fleet = cx.platform().live::<Fleet>();
        let _turn = fleet.deploying.lock().await;
        code::check_room(cx, &latest.code)?;
        let (now, revision_id) = (cx.now(), cx.entropy().uuid());
        let description = input.description.as_deref();
        let published = cx
            .write(|tx| {
                let mut function = function::find(&tx.reader(), &named.name)?;
                let latest = &function.latest;
                if input.revision_id.as_ref().is_some_and(|given| *given != latest.revision_id) {
                    return Err(LambdaError::stale_revision());
                }
                let current = latest.code.sha256();
                if let Some(given) = input.code_sha256.as_ref().filter(|given| **given != current) {
                    return Err(LambdaError::invalid(format!(
                        "CodeSHA256 ({given}) is different from current CodeSHA256 in $LATEST \
                         ({current}). Please try again with the CodeSHA256 in $LATEST."
                    )));
                }
                Ok(function::publish(tx, &mut function, description, now, &revision_id)?)
            })
            .await?;
        let version = published.version.clone();
        Ok(shapes::show(cx, &named.name, Some(&version), published)?)
    }
}
