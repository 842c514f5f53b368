//! Compares what the binary serves with the pinned models: what we have must be as AWS has it.
//!
//! A member or operation that we lack is no difference here, it is a line of the coverage page.
//! Limits and presence count for inputs, which we check; in outputs they are our own promise.

use crate::{
    model::{self, Model},
    served::{Error, Kind, Limits, Member, Operation, Schema, Service},
};
use regex_lite::Regex;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// Error codes that every AWS service may answer with and no model names ("Common Errors").
const COMMON_ERRORS: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "IncompleteSignature",
    "InternalFailure",
    "InternalServerError",
    "InvalidAction",
    "InvalidClientTokenId",
    "InvalidParameterCombination",
    "InvalidParameterValue",
    "MissingAction",
    "MissingAuthenticationToken",
    "MissingParameter",
    "NotImplemented",
    "OptInRequired",
    "RequestExpired",
    "SerializationException",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingException",
    "UnknownOperationException",
    "UnrecognizedClientException",
    "ValidationError",
    "ValidationException",
];

/// One thing that is not as in the model.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// Where: `sqs SendMessage.input.MessageAttributes.*.DataType`, `sqs error OverLimit`.
    pub at: String,
    /// What differs: `name`, `type`, `location`, `wire name`, `length`, `range`, `pattern`, `enum`,
    /// `required`, `flattened`, `item name`, `timestamp`, `sensitive`, `method`, `uri`, `status`,
    /// `code`, `query code`.
    pub aspect: &'static str,
    /// What we have.
    pub ours: String,
    /// What the model has.
    pub model: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, aspect, ours, model } = self;
        write!(formatter, "{at}: {aspect} is {ours}, in the model {model}")
    }
}

/// A difference that is meant, with its reason.
#[derive(Clone, Copy, Debug)]
pub struct Exception {
    /// As [`Difference::at`]; a trailing `*` covers all that starts so.
    pub at: &'static str,
    /// As [`Difference::aspect`].
    pub aspect: &'static str,
    /// Why it is so, with its source.
    pub reason: &'static str,
}

impl Exception {
    fn covers(&self, difference: &Difference) -> bool {
        let at = match self.at.strip_suffix('*') {
            Some(start) => difference.at.starts_with(start),
            None => difference.at == self.at,
        };
        at && difference.aspect == self.aspect
    }
}

/// The differences that no exception covers, then the exceptions that cover none: the list may
/// only hold what is true.
pub fn unexplained(differences: &[Difference], exceptions: &[Exception]) -> Vec<String> {
    let open = differences.iter().filter(|found| !exceptions.iter().any(|one| one.covers(found)));
    let idle = exceptions.iter().filter(|one| !differences.iter().any(|found| one.covers(found)));
    let idle = idle.map(|one| {
        format!(
            "{}: {} is listed as an exception and does not differ; remove it",
            one.at, one.aspect
        )
    });
    open.map(Difference::to_string).chain(idle).collect()
}

/// What XML and forms call a list's items, or a map's keys and values.
fn item_name(shape: &model::Shape) -> String {
    let name = |used: &Option<model::Member>| used.as_ref()?.location_name.clone();
    match (name(&shape.key), name(&shape.value)) {
        (Some(key), Some(value)) => format!("{key},{value}"),
        _ => name(&shape.member).unwrap_or_else(|| "member".to_owned()),
    }
}

/// All differences between a service and its model, sorted.
pub fn differences(service: &Service, model: &Model) -> Vec<Difference> {
    let mut comparison = Comparison { model, found: BTreeSet::new() };
    for operation in &service.operations {
        comparison.operation(&service.service, operation);
    }
    for error in &service.errors {
        comparison.error(&service.service, error);
    }
    comparison.found.into_iter().collect()
}

struct Comparison<'a> {
    model: &'a Model,
    found: BTreeSet<Difference>,
}

/// Which end of an operation a shape is on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Input,
    Output,
}

impl Comparison<'_> {
    fn differ(
        &mut self,
        at: &str,
        aspect: &'static str,
        ours: impl ToString,
        model: impl ToString,
    ) {
        let (ours, model) = (ours.to_string(), model.to_string());
        self.found.insert(Difference { at: at.to_owned(), aspect, ours, model });
    }

    /// Notes a difference unless both sides are equal.
    fn same<T: PartialEq + ToString>(&mut self, at: &str, aspect: &'static str, ours: T, model: T) {
        if ours != model {
            self.differ(at, aspect, ours, model);
        }
    }

    fn operation(&mut self, service: &str, ours: &Operation) {
        let at = format!("{service} {}", ours.name);
        let Some(theirs) = self.model.operations.get(&ours.name) else {
            return self.differ(&at, "name", &ours.name, "unknown");
        };
        if self.model.is_rest() {
            self.http(&at, ours, &theirs.http);
        }
        let ends = [
            (&ours.input, &theirs.input, "input", End::Input),
            (&ours.output, &theirs.output, "output", End::Output),
        ];
        for (schema, shape, name, end) in ends {
            let at = format!("{at}.{name}");
            match shape.as_ref().and_then(|shape| self.model.shapes.get(shape)) {
                Some(shape) => self.schema(&at, schema, shape, end),
                None if schema.members.is_empty() => {}
                None => self.differ(&at, "type", "a structure", "nothing"),
            }
        }
    }

    fn http(&mut self, at: &str, ours: &Operation, theirs: &model::Http) {
        let Some(http) = &ours.http else {
            let theirs = format!("{} {}", theirs.method, theirs.request_uri);
            return self.differ(at, "uri", "none", theirs);
        };
        self.same(at, "method", &http.method, &theirs.method);
        self.same(at, "uri", &http.uri, &theirs.request_uri);
        self.same(at, "status", http.status, theirs.response_code.unwrap_or(200));
    }

    fn schema(&mut self, at: &str, ours: &Schema, theirs: &model::Shape, end: End) {
        if ours.kind == Kind::Recursive {
            return;
        }
        if !fits(ours, theirs) {
            return self.differ(at, "type", kind_name(ours.kind), model_kind(theirs));
        }
        self.values(at, ours, theirs, end);
        for member in &ours.members {
            let at = format!("{at}.{}", member.name);
            match theirs.member_named(&member.name) {
                Some(used) => self.member(&at, member, theirs, used, end),
                None => self.differ(&at, "name", &member.name, "unknown"),
            }
        }
        let model = self.model;
        let item = theirs.member.as_ref().or(theirs.value.as_ref());
        let inner = item.and_then(|item| model.shapes.get(&item.shape));
        if let (Some(item), Some(inner)) = (&ours.item, inner) {
            let at = format!("{at}.*");
            self.limits(&at, &item.limits, inner, end);
            self.schema(&at, item, inner, end);
        }
    }

    fn values(&mut self, at: &str, ours: &Schema, theirs: &model::Shape, end: End) {
        let extra = listed(ours.values.iter().filter(|value| !theirs.values.contains(value)));
        let lacking = listed(theirs.values.iter().filter(|value| !ours.values.contains(value)));
        match (ours.kind == Kind::Enum, !theirs.values.is_empty()) {
            (true, true) if !extra.is_empty() => self.differ(at, "enum", extra, "unknown"),
            (true, true) if end == End::Input && !lacking.is_empty() => {
                self.differ(at, "enum", "without", lacking);
            }
            (true, false) if end == End::Input => self.differ(at, "enum", "closed", "any text"),
            (false, true) if end == End::Input => self.differ(at, "enum", "any text", lacking),
            _ => {}
        }
    }

    fn member(
        &mut self,
        at: &str,
        ours: &Member,
        owner: &model::Shape,
        used: &model::Member,
        end: End,
    ) {
        let Some(target) = self.model.shapes.get(&used.shape) else { return };
        let required = owner.required.contains(&ours.name);
        // In outputs more may be certain than the model says.
        if required != ours.required && (end == End::Input || required) {
            self.differ(at, "required", ours.required, required);
        }
        let location = location(owner, &ours.name, used);
        self.same(at, "location", ours.location.as_deref().unwrap_or("body"), location);
        if !matches!(location, "payload" | "statusCode") {
            let wire = used.location_name.as_deref().unwrap_or(&ours.name);
            self.same(at, "wire name", ours.wire_name(), wire);
        }
        if self.model.speaks_xml() {
            self.same(at, "flattened", ours.flattened, used.flattened || target.flattened);
            let item = item_name(target);
            self.same(at, "item name", ours.item_name.as_deref().unwrap_or("member"), &item);
        }
        let spelled = used.timestamp_format.as_deref().or(target.timestamp_format.as_deref());
        if let Some(spelled) = spelled.map(timestamp) {
            self.same(at, "timestamp", ours.timestamp.as_deref().unwrap_or("default"), spelled);
        }
        if target.sensitive && !ours.sensitive {
            self.differ(at, "sensitive", false, true);
        }
        self.limits(at, &ours.all_limits(), target, end);
        self.schema(at, &ours.schema, target, end);
    }

    fn limits(&mut self, at: &str, ours: &Limits, theirs: &model::Shape, end: End) {
        if let Some(pattern) = ours.pattern.as_ref().filter(|pattern| !compiles(pattern)) {
            self.differ(at, "pattern", format!("{pattern}, which does not compile"), "another");
        }
        let closed = !theirs.values.is_empty();
        if end == End::Output || closed || theirs.kind == model::Kind::Structure {
            return;
        }
        let (length, range) = model_limits(theirs);
        self.same(at, "length", bounds(ours.length), bounds(length));
        self.same(at, "range", bounds(ours.range), bounds(range));
        let pattern = theirs.pattern.as_deref().filter(|pattern| compiles(pattern));
        // What our engine cannot say may be said otherwise.
        if pattern.is_some() || theirs.pattern.is_none() {
            let text = |pattern: Option<&str>| pattern.unwrap_or("none").to_owned();
            self.same(at, "pattern", text(ours.pattern.as_deref()), text(pattern));
        }
    }

    fn error(&mut self, service: &str, ours: &Error) {
        let at = format!("{service} error {}", ours.code);
        let known = error_shapes(self.model);
        let Some((name, shape)) = known.get(ours.code.as_str()).copied() else {
            if !COMMON_ERRORS.contains(&ours.code.as_str()) {
                self.differ(&at, "code", &ours.code, "unknown");
            }
            return;
        };
        self.same(&at, "status", ours.status, shape.status());
        if self.model.speaks_xml() {
            let code = shape.error.as_ref().and_then(|error| error.code.as_deref());
            let sent = ours.query_code.as_deref().unwrap_or(&ours.code);
            self.same(&at, "query code", sent, code.unwrap_or(name));
        }
    }
}

/// Error shapes by name and, where only the query protocol is spoken, also by the code it sends.
fn error_shapes(model: &Model) -> BTreeMap<&str, (&str, &model::Shape)> {
    let mut known = BTreeMap::new();
    let errors = model.shapes.iter().filter(|(_, shape)| shape.exception || shape.error.is_some());
    for (name, shape) in errors.clone().filter(|_| model.metadata.protocol == "query") {
        if let Some(code) = shape.error.as_ref().and_then(|error| error.code.as_deref()) {
            known.insert(code, (name.as_str(), shape));
        }
    }
    known.extend(errors.map(|(name, shape)| (name.as_str(), (name.as_str(), shape))));
    known
}

fn fits(ours: &Schema, theirs: &model::Shape) -> bool {
    match (ours.kind, theirs.kind) {
        (Kind::Structure, model::Kind::Structure) => !theirs.union,
        (Kind::Union, model::Kind::Structure) => theirs.union,
        (ours, theirs) => matches!(
            (ours, theirs),
            (Kind::Blob, model::Kind::Blob)
                | (Kind::Boolean, model::Kind::Boolean)
                | (Kind::Double, model::Kind::Double | model::Kind::Float)
                | (Kind::String | Kind::Enum, model::Kind::String)
                | (Kind::Integer, model::Kind::Integer)
                | (Kind::List, model::Kind::List)
                | (Kind::Long, model::Kind::Long)
                | (Kind::Map, model::Kind::Map)
                | (Kind::Timestamp, model::Kind::Timestamp)
        ),
    }
}

fn kind_name(kind: Kind) -> String {
    format!("{kind:?}").to_lowercase()
}

fn model_kind(shape: &model::Shape) -> String {
    if shape.union { "union".to_owned() } else { format!("{:?}", shape.kind).to_lowercase() }
}

fn location(owner: &model::Shape, name: &str, used: &model::Member) -> &'static str {
    match used.location.as_deref() {
        Some("uri") => "label",
        Some("querystring") => "query",
        Some("header") => "header",
        Some("headers") => "prefixHeaders",
        Some("statusCode") => "statusCode",
        _ if owner.payload.as_deref() == Some(name) => "payload",
        _ => "body",
    }
}

fn timestamp(format: &str) -> &str {
    match format {
        "iso8601" => "dateTime",
        "unixTimestamp" => "epochSeconds",
        "rfc822" => "httpDate",
        other => other,
    }
}

type Bounds<T> = Option<(T, T)>;

/// The model's limits in our form: lengths for what has one, ranges for numbers.
fn model_limits(shape: &model::Shape) -> (Bounds<u64>, Bounds<i64>) {
    use model::Kind;
    if shape.min.is_none() && shape.max.is_none() {
        return (None, None);
    }
    let least = shape.min.unwrap_or_default() as i64;
    let most = shape.max.map_or(i64::MAX, |max| max as i64);
    if matches!(shape.kind, Kind::Integer | Kind::Long | Kind::Double | Kind::Float) {
        return (None, Some((least, most)));
    }
    (Some((least.unsigned_abs(), most.unsigned_abs())), None)
}

fn bounds<T: fmt::Display + PartialEq + TryInto<i64> + Copy>(bounds: Bounds<T>) -> String {
    match bounds {
        None => "none".to_owned(),
        Some((least, most)) if most.try_into().is_ok_and(|most| most == i64::MAX) => {
            format!("{least}..")
        }
        Some((least, most)) => format!("{least}..={most}"),
    }
}

fn compiles(pattern: &str) -> bool {
    Regex::new(&format!("^(?:{pattern})$")).is_ok()
}

fn listed<'a>(values: impl Iterator<Item = &'a String>) -> String {
    values.map(String::as_str).collect::<Vec<_>>().join(", ")
}
