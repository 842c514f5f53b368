//! Makes a stack: what nothing is missing for is made at once, and all is undone if one fails.

use crate::{
    Assets, Event, Status,
    delete::{self, Undeleted},
    evaluate::{Evaluator, Scope, scalar},
    faults::Faults,
    form::Form,
    kind::{Boxed, Calls, Cause, Made, Make},
    order::Needs,
    stack::{Stack, StackResource},
    template::{Resource, Template},
};
use client::Cloud;
use document::DocumentError;
use serde_json::{Map, Value};
use std::{
    collections::BTreeMap,
    fmt, mem,
    sync::{Mutex, PoisonError},
    task::Poll,
};

/// How many resources are made at once.
const AT_ONCE: usize = 8;

/// What a stack is made with, besides its template.
#[derive(Clone, Copy)]
pub struct Plan<'a> {
    /// The stack's name.
    pub name: &'a str,
    /// Values for the template's parameters.
    pub parameters: &'a BTreeMap<String, String>,
    /// Where the files are that the template names.
    pub assets: &'a dyn Assets,
    /// Who is told what happens.
    pub progress: &'a (dyn Fn(Event<'_>) + Sync),
}

/// Why there is no stack.
#[derive(Clone, Debug)]
pub enum DeployError {
    /// The parameters do not suit; nothing was made.
    Faults(Faults),
    /// A resource or an output could not be made; what was made is deleted again.
    Failed {
        /// Where in the template, which resource of which type, and why.
        fault: DocumentError,
        /// What could not be deleted again.
        left: Vec<Undeleted>,
    },
}

impl fmt::Display for DeployError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Faults(faults) => faults.fmt(f),
            Self::Failed { fault, left } => {
                fault.fmt(f)?;
                left.iter().try_for_each(|left| write!(f, "\nnot deleted again: {left}"))
            }
        }
    }
}

impl std::error::Error for DeployError {}

/// Makes a stack of `template`.
///
/// Dropping the future leaves what was made so far.
///
/// # Errors
/// [`DeployError`]; then nothing is left of the stack, unless the error says so.
pub async fn deploy(
    template: &Template,
    plan: &Plan<'_>,
    cloud: &impl Cloud,
) -> Result<Stack, DeployError> {
    let scope = template.scope(plan.name, plan.parameters, cloud).map_err(DeployError::Faults)?;
    let mut run = Run { template, plan, scope: &scope, calls: cloud, made: BTreeMap::new() };
    let outcome = match run.make_all().await {
        Ok(()) => run.outputs(),
        Err(fault) => Err(fault),
    };
    match outcome {
        Ok(outputs) => Ok(Stack { name: plan.name.to_owned(), resources: run.made, outputs }),
        Err(fault) => {
            let left = delete::all(&run.made, cloud, plan.progress).await;
            Err(DeployError::Failed { fault, left })
        }
    }
}

struct Run<'a> {
    template: &'a Template,
    plan: &'a Plan<'a>,
    scope: &'a Scope<'a>,
    calls: &'a dyn Calls,
    made: BTreeMap<String, StackResource>,
}

/// What came of making a resource, and what deletes it.
struct Outcome<'a> {
    resource: &'a Resource,
    made: Result<Made, Cause>,
    handle: Option<Value>,
}

impl<'a> Run<'a> {
    /// Makes all resources whose condition holds.
    async fn make_all(&mut self) -> Result<(), DocumentError> {
        let holds = |name: &String| self.scope.conditions.get(name) == Some(&true);
        let mut waiting: Vec<&'a Resource> = self.template.resources.iter().collect();
        waiting.retain(|resource| resource.condition.as_ref().is_none_or(holds));
        let needs: Needs = waiting
            .iter()
            .map(|resource| (resource.logical_id.clone(), resource.needs().collect()))
            .collect();
        let mut running: Vec<Boxed<'a, Outcome<'a>>> = Vec::new();
        let mut failed = None;
        loop {
            let ready = |id: &String| {
                let mut needed = needs.get(id).into_iter().flatten();
                needed.all(|id| self.made.contains_key(id) || !needs.contains_key(id))
            };
            let (start, wait): (Vec<_>, _) = mem::take(&mut waiting)
                .into_iter()
                .partition(|resource| failed.is_none() && ready(&resource.logical_id));
            waiting = wait;
            for resource in start {
                if running.len() == AT_ONCE || failed.is_some() {
                    waiting.push(resource);
                    continue;
                }
                match self.begin(resource) {
                    Ok(future) => running.push(future),
                    Err(cause) => {
                        self.tell(resource, Status::Failed);
                        failed = Some(self.blame(resource, &cause));
                    }
                }
            }
            if running.is_empty() {
                return failed.map_or(Ok(()), Err);
            }
            let outcome = first(&mut running).await;
            if let Err(fault) = self.finish(outcome) {
                failed.get_or_insert(fault);
            }
        }
    }

    /// Starts to make `resource`, for which all is there.
    fn begin(&self, resource: &'a Resource) -> Result<Boxed<'a, Outcome<'a>>, Cause> {
        self.tell(resource, Status::Creating);
        let pointer = resource.properties.pointer.clone();
        let evaluator = Evaluator { scope: self.scope, resources: &self.made };
        let properties = evaluator.value(&resource.properties)?;
        let properties = properties.unwrap_or_else(|| Value::Object(Map::new()));
        let form = Form::Struct(resource.kind.properties);
        let Value::Object(properties) = form.coerce(properties, &pointer)? else {
            return Err((pointer, "the properties are no mapping: make them one".to_owned()).into());
        };
        let make = Make {
            calls: self.calls,
            assets: self.plan.assets,
            stack: self.plan.name,
            logical_id: &resource.logical_id,
            pointer,
            properties,
            known: resource.kind.properties,
            handle: Mutex::new(None),
        };
        Ok(Box::pin(async move {
            let made = (resource.kind.create)(&make).await;
            let handle = make.handle.into_inner().unwrap_or_else(PoisonError::into_inner);
            Outcome { resource, made, handle }
        }))
    }

    /// Keeps what was made, even of a resource that failed.
    fn finish(&mut self, outcome: Outcome<'a>) -> Result<(), DocumentError> {
        let Outcome { resource, made, handle } = outcome;
        let (made, result) = match made {
            Ok(made) => (made, Ok(())),
            Err(cause) => (Made::default(), Err(self.blame(resource, &cause))),
        };
        let status = if result.is_ok() { Status::Created } else { Status::Failed };
        self.tell(resource, status);
        if result.is_ok() || handle.is_some() {
            let kept = StackResource {
                kind: resource.kind.name.to_owned(),
                physical_id: made.id,
                attributes: made.attributes,
                handle: handle.unwrap_or_default(),
                order: self.made.len(),
                retain: resource.retain,
            };
            self.made.insert(resource.logical_id.clone(), kept);
        }
        result
    }

    fn outputs(&self) -> Result<BTreeMap<String, String>, DocumentError> {
        let evaluator = Evaluator { scope: self.scope, resources: &self.made };
        let mut outputs = BTreeMap::new();
        for output in &self.template.outputs {
            let condition = output.condition.as_ref();
            if condition.is_some_and(|name| self.scope.conditions.get(name) != Some(&true)) {
                continue;
            }
            let value = evaluator.value(&output.value);
            let value = value.map_err(|(at, what)| self.template.fault(&at, what))?;
            let text = value.as_ref().and_then(scalar).ok_or_else(|| {
                let what = format!("the output {} is no text: write one", output.name);
                self.template.fault(&output.pointer, what)
            })?;
            outputs.insert(output.name.clone(), text);
        }
        Ok(outputs)
    }

    fn blame(&self, resource: &Resource, cause: &Cause) -> DocumentError {
        let at = match cause {
            Cause::Template { pointer, .. } => pointer,
            Cause::Call { .. } => &resource.pointer,
        };
        let what = format!("{} ({}): {cause}", resource.logical_id, resource.kind.name);
        self.template.fault(at, what)
    }

    fn tell(&self, resource: &Resource, status: Status) {
        let (logical_id, kind) = (resource.logical_id.as_str(), resource.kind.name);
        (self.plan.progress)(Event { logical_id, kind, status });
    }
}

/// The outcome of the first of `running` to end, which is taken out.
async fn first<'a>(running: &mut Vec<Boxed<'a, Outcome<'a>>>) -> Outcome<'a> {
    std::future::poll_fn(|context| {
        for index in 0..running.len() {
            if let Poll::Ready(outcome) = running[index].as_mut().poll(context) {
                drop(running.swap_remove(index));
                return Poll::Ready(outcome);
            }
        }
        Poll::Pending
    })
    .await
}
