//! UpdateFunctionCode: replace the code of a function's `$LATEST`.

use crate::{
    code,
    error::LambdaError,
    fleet::Fleet,
    function,
    name::{FunctionName, FunctionRef, LATEST, access_whole},
    runtime::Architecture,
    shapes::{self, FunctionConfiguration},
};
use service_kit::prelude::*;

/// Replaces the code, and publishes the result if asked to.
pub(crate) enum UpdateFunctionCode {}

/// What UpdateFunctionCode takes.
#[derive(Debug, Shape)]
pub struct UpdateFunctionCodeInput {
    #[shape(label)]
    pub function_name: FunctionName,
    #[shape(sensitive)]
    pub zip_file: Option<Bytes>,
    pub publish: Option<bool>,
    pub dry_run: Option<bool>,
    pub revision_id: Option<String>,
    #[shape(length = 1..=1)]
    pub architectures: Option<Vec<Architecture>>,
}

impl Operation for UpdateFunctionCode {
    const NAME: &'static str = "UpdateFunctionCode";
    const AUDITED_AS: &'static str = "UpdateFunctionCode20150331v2";
    const HTTP: Option<Http> =
        Some(Http::new("PUT", "/2015-03-31/functions/{FunctionName}/code", 200));
    type Input = UpdateFunctionCodeInput;
    type Output = FunctionConfiguration;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        access_whole("lambda:UpdateFunctionCode", &input.function_name.0, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = FunctionRef::whole(&input.function_name.0, cx.scope())?;
        let cx = &cx.within(named.scope.clone());
        let known = cx.read(|tx| function::find(tx, &named.name))?;
        let missing = || LambdaError::invalid("Please provide a source for function code.");
        let package =
            input.zip_file.as_ref().filter(|package| !package.is_empty()).ok_or_else(missing)?;
        let asked = input.architectures.as_deref();
        let kept = [known.latest.architecture];
        let architecture = Architecture::asked(Some(asked.unwrap_or(&kept)), known.latest.runtime)?;
        let dry = input.dry_run.unwrap_or_default();
        let code = code::check(cx, package).await?;
        let publish = input.publish.unwrap_or_default();
        let (now, ids) = (cx.now(), [cx.entropy().uuid(), cx.entropy().uuid()]);
        let written = cx.write(|tx| {
            let mut function = function::find(&tx.reader(), &named.name)?;
            let revision = &function.latest.revision_id;
            if input.revision_id.as_ref().is_some_and(|given| given != revision) {
                return Err(LambdaError::stale_revision());
            }
            let replaced = std::mem::replace(&mut function.latest.code, code.clone());
            function.latest.architecture = architecture;
            if dry {
                return Ok((function.latest, replaced));
            }
            function.latest.changed(now, &ids[0]);
            tx.put(&function)?;
            if publish {
                let published = function::publish(tx, &mut function, None, now, &ids[1])?;
                return Ok((published, replaced));
            }
            Ok((function.latest, replaced))
        });
        let updated = if dry {
            written.await?.0
        } else {
            let (updated, replaced) = code::deploy(cx, &code, package, written).await?;
            cx.platform().live::<Fleet>().retire(&named.arn(), Some(LATEST));
            code::discard(cx, [replaced]);
            updated
        };
        let version = (publish && !dry).then(|| updated.version.clone());
        Ok(shapes::show(cx, &named.name, version.as_deref(), updated)?)
    }
}
