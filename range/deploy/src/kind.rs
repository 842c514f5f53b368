//! Resource types: what each must say of itself, and what it is given to make and delete with.

use crate::{
    Assets,
    form::{Form, Property},
    name,
};
use client::{CallError, Cloud};
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    fmt,
    pin::Pin,
    sync::{Mutex, PoisonError},
};

/// A future whose type does not matter.
pub(crate) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A type of resources, made and deleted by public calls.
///
/// Names, Ref values and attributes are those of the CloudFormation Template Reference.
pub(crate) trait ResourceType {
    /// Such as `AWS::SNS::Topic`.
    const NAME: &'static str;
    /// All properties that are known.
    const PROPERTIES: &'static [Property];
    /// All attributes that `Fn::GetAtt` gives.
    const ATTRIBUTES: &'static [&'static str] = &[];

    /// Makes one.
    fn create(it: &Make<'_>) -> impl Future<Output = Result<Made, Cause>> + Send;

    /// Deletes one. It is no error that it is gone.
    fn delete(it: &Unmake<'_>) -> impl Future<Output = Result<(), Cause>> + Send;
}

/// A [`ResourceType`] as a value.
#[derive(Debug)]
pub(crate) struct Kind {
    pub name: &'static str,
    pub properties: &'static [Property],
    pub attributes: &'static [&'static str],
    pub create: for<'a> fn(&'a Make<'a>) -> Boxed<'a, Result<Made, Cause>>,
    pub delete: for<'a> fn(&'a Unmake<'a>) -> Boxed<'a, Result<(), Cause>>,
}

/// The type `T` as a value.
pub(crate) const fn kind<T: ResourceType + 'static>() -> Kind {
    Kind {
        name: T::NAME,
        properties: T::PROPERTIES,
        attributes: T::ATTRIBUTES,
        create: |it| Box::pin(T::create(it)),
        delete: |it| Box::pin(T::delete(it)),
    }
}

/// A [`Cloud`] whose type does not matter.
pub(crate) trait Calls: Sync {
    fn call<'a>(
        &'a self,
        service: &'a str,
        operation: &'a str,
        input: Value,
    ) -> Boxed<'a, Result<Value, CallError>>;
    fn account(&self) -> &str;
    fn region(&self) -> &str;
}

impl<C: Cloud> Calls for C {
    fn call<'a>(
        &'a self,
        service: &'a str,
        operation: &'a str,
        input: Value,
    ) -> Boxed<'a, Result<Value, CallError>> {
        Box::pin(Cloud::call(self, service, operation, input))
    }

    fn account(&self) -> &str {
        Cloud::account(self)
    }

    fn region(&self) -> &str {
        Cloud::region(self)
    }
}

/// Why a resource was not made or deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A service refused a call.
    Call {
        /// The service, such as `sns`.
        service: String,
        /// The operation, such as `CreateTopic`.
        operation: String,
        /// Its answer.
        error: CallError,
    },
    /// The template says something that cannot be.
    Template {
        /// The JSON pointer of what is wrong in the template.
        pointer: String,
        /// What is wrong, and what to do.
        what: String,
    },
}

impl From<(String, String)> for Cause {
    fn from((pointer, what): (String, String)) -> Self {
        Self::Template { pointer, what }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call { service, operation, error } => {
                write!(f, "{service}:{operation} answered {error}")
            }
            Self::Template { what, .. } => f.write_str(what),
        }
    }
}

/// A resource that was made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Made {
    /// What `Ref` gives.
    pub id: String,
    /// What `Fn::GetAtt` gives.
    pub attributes: BTreeMap<String, Value>,
}

impl Made {
    /// A resource whose Ref value is `id`.
    pub(crate) fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), attributes: BTreeMap::new() }
    }

    /// Adds an attribute; one that is null is left out.
    #[must_use]
    pub(crate) fn with(mut self, attribute: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        if !value.is_null() {
            self.attributes.insert(attribute.to_owned(), value);
        }
        self
    }
}

/// What a resource is made with.
pub(crate) struct Make<'a> {
    pub calls: &'a dyn Calls,
    pub assets: &'a dyn Assets,
    pub stack: &'a str,
    pub logical_id: &'a str,
    /// The JSON pointer of the properties.
    pub pointer: String,
    pub properties: Map<String, Value>,
    pub known: &'static [Property],
    /// What deletes the resource, since it is partly there.
    pub handle: Mutex<Option<Value>>,
}

impl Make<'_> {
    /// Calls an operation.
    pub(crate) async fn call(
        &self,
        service: &str,
        operation: &str,
        input: impl Into<Value>,
    ) -> Result<Value, Cause> {
        call(self.calls, service, operation, input.into()).await
    }

    /// From now on there is something to delete, by `handle`.
    pub(crate) fn begun(&self, handle: Value) {
        *self.handle.lock().unwrap_or_else(PoisonError::into_inner) = Some(handle);
    }

    /// The property `name`, if it is there.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.properties.get(name)
    }

    /// The text of the property `name`, empty if it is not there.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The items of the property `name`, none if it is not there.
    pub(crate) fn items(&self, name: &str) -> &[Value] {
        self.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    /// The texts of the property `name`, none if it is not there.
    pub(crate) fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.items(name).iter().filter_map(Value::as_str)
    }

    /// The properties `names` that are there, named the same in the API.
    pub(crate) fn pick(&self, names: &[&str]) -> Map<String, Value> {
        let present = |name: &&str| Some((name.to_string(), self.get(name)?.clone()));
        names.iter().filter_map(present).collect()
    }

    /// As [`Make::pick`], in camel case.
    pub(crate) fn pick_camel(&self, names: &[&str]) -> Map<String, Value> {
        let form = Form::Struct(self.known);
        match form.camel(Value::Object(self.pick(names))) {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }

    /// The tags as a map, if there are any.
    pub(crate) fn tag_map(&self) -> Option<Value> {
        let tags = self.items("Tags");
        let pair = |tag: &Value| Some((tag["Key"].as_str()?.to_owned(), tag["Value"].clone()));
        (!tags.is_empty()).then(|| tags.iter().filter_map(pair).collect::<Map<_, _>>().into())
    }

    /// The name that the property says, or one that the stack, the logical id and chance make.
    pub(crate) fn name(&self, property: &str, longest: usize) -> String {
        match self.text(property) {
            "" => name::generate(self.stack, self.logical_id, longest),
            name => name.to_owned(),
        }
    }

    /// The property `name` is wrong.
    pub(crate) fn wrong(&self, name: &str, what: impl Into<String>) -> Cause {
        Cause::Template { pointer: format!("{}/{name}", self.pointer), what: what.into() }
    }

    /// An ARN in the stack's account and region.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        let (region, account) = (self.calls.region(), self.calls.account());
        format!("arn:{}:{service}:{region}:{account}:{resource}", partition(region))
    }
}

/// What a resource is deleted with.
pub(crate) struct Unmake<'a> {
    pub calls: &'a dyn Calls,
    pub handle: &'a Value,
}

impl Unmake<'_> {
    /// Calls an operation; there is no answer from what is gone.
    pub(crate) async fn call(
        &self,
        service: &str,
        operation: &str,
        input: impl Into<Value>,
    ) -> Result<Value, Cause> {
        match call(self.calls, service, operation, input.into()).await {
            Err(Cause::Call { error, .. }) if is_gone(&error) => Ok(json!({})),
            outcome => outcome,
        }
    }

    /// Calls the operation whose input is the handle.
    pub(crate) async fn delete(&self, service: &str, operation: &str) -> Result<(), Cause> {
        self.call(service, operation, self.handle.clone()).await.map(drop)
    }

    /// A text of the handle.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.handle[name].as_str().unwrap_or_default()
    }

    /// The texts of a list of the handle.
    pub(crate) fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        let items = self.handle[name].as_array().map(Vec::as_slice).unwrap_or_default();
        items.iter().filter_map(Value::as_str)
    }
}

/// The text of a member of an answer.
pub(crate) fn text_of(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap_or_default().to_owned()
}

/// The partition of `region`.
pub(crate) fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

async fn call(
    calls: &dyn Calls,
    service: &str,
    operation: &str,
    input: Value,
) -> Result<Value, Cause> {
    calls.call(service, operation, input).await.map_err(|error| Cause::Call {
        service: service.to_owned(),
        operation: operation.to_owned(),
        error,
    })
}

fn is_gone(error: &CallError) -> bool {
    let gone = ["NotFound", "NoSuchEntity", "NonExistent", "DoesNotExist"];
    error.status == 404 || gone.iter().any(|word| error.code.contains(word))
}
