//! Which version an invocation runs: resolved from the store once, remembered until it changes.

use crate::{
    alias::Alias,
    error::LambdaError,
    fleet::{Fleet, Meter},
    function::{self, Configuration, Function, Version},
    name::{FunctionRef, LATEST},
};
use parking_lot::RwLock;
use service_kit::{platform::Platform, prelude::*};
use std::{collections::HashMap, sync::Arc};

/// The most resolved names kept; all are forgotten when there are more.
const MAX_REMEMBERED: usize = 4_096;

/// One version of a function, ready to be run.
pub struct Target {
    /// Where the function lives.
    pub scope: Scope,
    /// The function's name.
    pub name: String,
    /// The function's ARN, without a qualifier.
    pub arn: String,
    /// What it is made of.
    pub configuration: Configuration,
    /// The most concurrent executions, if the function has a limit of its own.
    pub reserved: Option<u32>,
    /// What tells its environments from all others.
    pub key: Arc<str>,
    /// Counts the function's concurrent executions.
    pub meter: Arc<Meter>,
    /// Counts the account's concurrent executions.
    pub account_meter: Arc<Meter>,
}

/// Where invocations of one name go.
pub struct Route {
    /// The ARN as it was invoked.
    pub arn: String,
    /// `name` or `name:alias`, as metrics call it.
    pub resource: String,
    /// The version that gets all invocations, or most.
    pub main: Arc<Target>,
    /// Another version and its share, for aliases with weights.
    pub other: Option<(Arc<Target>, f64)>,
    /// What the tables were at when this was resolved.
    seen: Versions,
}

impl Route {
    /// The version for one invocation.
    pub fn pick(&self, cx: &Context) -> &Arc<Target> {
        match &self.other {
            Some((other, share)) if is_below(cx.entropy().below(1 << 20), *share) => other,
            _ => &self.main,
        }
    }
}

/// Whether a draw out of 2^20 falls into `share`.
fn is_below(draw: u64, share: f64) -> bool {
    (draw as f64) < share * f64::from(1 << 20)
}

/// The versions of the tables that a route depends on.
type Versions = [u64; 3];

fn versions(platform: &Platform) -> Versions {
    [Function::TABLE, Version::TABLE, Alias::TABLE].map(|it| platform.store().table_version(it))
}

/// Routes by the ARN as invoked.
#[derive(Default)]
pub struct Routes(RwLock<HashMap<String, Arc<Route>>>);

impl Routes {
    /// The route of `function`; `cx` works where it lives.
    ///
    /// # Errors
    /// [`LambdaError::ResourceNotFoundException`] when there is no such version or alias.
    pub fn of(
        &self,
        cx: &Context,
        fleet: &Fleet,
        function: &FunctionRef,
    ) -> Result<Arc<Route>, LambdaError> {
        let arn = function.qualified_arn();
        // Taken before the tables are read: what is remembered is never newer than it says.
        let seen = versions(cx.platform());
        if let Some(route) = self.0.read().get(&arn)
            && route.seen == seen
        {
            return Ok(route.clone());
        }
        let route = Arc::new(cx.read(|tx| resolve(tx, fleet, function, arn.clone(), seen))?);
        let mut remembered = self.0.write();
        if remembered.len() >= MAX_REMEMBERED {
            remembered.clear();
        }
        remembered.insert(arn, route.clone());
        Ok(route)
    }

    /// Forgets the routes of ARNs that `is_theirs` picks.
    pub fn forget(&self, is_theirs: impl Fn(&str) -> bool) {
        self.0.write().retain(|arn, _| !is_theirs(arn));
    }

    /// Whether environments of `target`, to which `route` led, may still be used.
    pub fn is_current(&self, cx: &Context, fleet: &Fleet, route: &Route, target: &Target) -> bool {
        if route.seen == versions(cx.platform()) {
            return true;
        }
        let version = FunctionRef {
            scope: target.scope.clone(),
            name: target.name.clone(),
            qualifier: Some(target.configuration.version.clone()),
        };
        self.of(cx, fleet, &version).is_ok_and(|route| route.main.key == target.key)
    }
}

fn resolve(
    tx: &ReadTx<'_>,
    fleet: &Fleet,
    named: &FunctionRef,
    arn: String,
    seen: Versions,
) -> Result<Route, LambdaError> {
    let (function, configuration) = function::configuration(tx, named)?;
    let other = match named.qualifier.as_deref() {
        None | Some(LATEST) => None,
        Some(alias) => tx.get::<Alias>((&function.name, alias))?.and_then(|alias| alias.other),
    };
    let target = |configuration| Arc::new(target(tx.scope(), fleet, &function, configuration));
    let other = match other {
        None => None,
        Some((version, share)) => function::at_version(tx, &function, &version)?
            .map(|configuration| (target(configuration), share)),
    };
    let resource = match &named.qualifier {
        Some(qualifier) => format!("{}:{qualifier}", function.name),
        None => function.name.clone(),
    };
    Ok(Route { arn, resource, main: target(configuration), other, seen })
}

fn target(
    scope: &Scope,
    fleet: &Fleet,
    function: &Function,
    configuration: Configuration,
) -> Target {
    let arn = crate::name::function_arn(scope, &function.name);
    let key = format!("{arn}:{}:{}", configuration.version, configuration.generation);
    Target {
        scope: scope.clone(),
        name: function.name.clone(),
        configuration,
        reserved: function.reserved_concurrency,
        key: key.into(),
        meter: fleet.meter(&arn),
        account_meter: fleet.meter(&format!("{}/{}", scope.account, scope.region)),
        arn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_shares_of_the_draws() {
        assert!(!is_below(0, 0.0));
        assert!(is_below((1 << 20) - 1, 1.0));
        let hits = (0..1 << 20).step_by(64).filter(|draw| is_below(*draw, 0.25)).count();
        assert_eq!(hits, (1 << 20) / 64 / 4);
    }
}
