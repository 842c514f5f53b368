//! What every call leaves behind: an audit record and, when traced, a segment.

use crate::{pipeline::Gateway, user_identity};
use policy::Principal;
use serde_json::json;
use service_kit::{
    access::{Access, Scope},
    audit::AuditRecord,
    context::Context,
    operation::Entry,
    service::Service,
    trace::Segment,
};
use shape::{Failure, Timestamp, Value};

/// The longest parameters or answer kept in an audit record; CloudTrail cuts at 100 KB too.
const MAX_AUDITED_CHARS: usize = 100 << 10;

/// The most bytes of an error's message in an audit record; CloudTrail's limit too.
const MAX_MESSAGE_BYTES: usize = 1 << 10;
/// The most resources in an audit record, and the longest; ARNs have at most 2,048 characters.
const MAX_RESOURCES: usize = 100;
const MAX_RESOURCE_BYTES: usize = 2_048;

/// A call being made.
pub struct Made {
    service: &'static Service,
    entry: &'static Entry,
    parameters: Option<String>,
    resources: Vec<String>,
}

impl Made {
    /// Notes what is asked for, if the audit trail wants to know.
    pub fn begin(service: &'static Service, entry: &'static Entry, input: &Value) -> Self {
        let parameters = || audited((entry.signature.input)(), input);
        let parameters = if entry.data_event { None } else { parameters() };
        Self { service, entry, parameters, resources: Vec::new() }
    }

    /// Notes which resources it acts on.
    pub fn touches(&mut self, accesses: &[Access]) {
        if !self.entry.data_event {
            let named = accesses.iter().map(|access| &access.resource);
            let named = named.filter(|arn| *arn != "*" && arn.len() <= MAX_RESOURCE_BYTES);
            self.resources = named.take(MAX_RESOURCES).cloned().collect();
        }
    }
}

fn audited(schema: &'static shape::Schema, value: &Value) -> Option<String> {
    let text = wire::redacted_json(schema, value);
    (text != "{}" && text.len() <= MAX_AUDITED_CHARS).then_some(text)
}

/// Records the call and how it ended. Management events are durable when this returns.
pub async fn record(gateway: &Gateway, cx: &Context, made: Made, outcome: &Result<Value, Failure>) {
    trace(gateway, cx, &made, outcome);
    let cx = &cx.as_vouched();
    // Service principals' calls on customers' behalf are the platform's own machinery.
    let machinery = matches!(cx.caller().principal, Principal::Service { .. });
    // Refused strangers belong to no account, and must not fill anybody's trail.
    let stranger = cx.caller().principal == Principal::Anonymous && outcome.is_err();
    // Nothing is left behind of an account that was erased meanwhile.
    if !(made.entry.data_event || machinery || stranger || cx.is_void()) {
        // Apart, so that data events, which are most requests, need no room for it.
        Box::pin(keep(cx, made, outcome)).await;
    }
}

async fn keep(cx: &Context, made: Made, outcome: &Result<Value, Failure>) {
    let mut record = audit_record(cx, made, outcome);
    let others = if outcome.is_ok() { owners(cx, &record) } else { Vec::new() };
    record.shared_event_id = (!others.is_empty()).then(|| cx.entropy().uuid());
    let foreign = others.into_iter().map(|scope| {
        let event_id = cx.entropy().uuid();
        let user_identity = user_identity::foreign(cx.caller()).to_string();
        // Who owns a resource learns who used it, not with which key.
        let hidden = AuditRecord { event_id, user_identity, access_key_id: None, ..record.clone() };
        (scope, hidden)
    });
    let foreign: Vec<_> = foreign.collect();
    let written = cx.note(|tx| {
        for (scope, record) in &foreign {
            tx.within(scope.clone()).put(record)?;
        }
        tx.put(&record)
    });
    if let Err(fault) = written.await {
        eprintln!("heist: no audit record of request {}: {fault:?}", cx.request_id());
    }
}

/// Where the owners of what was acted on keep their trails, other than the caller's account: what
/// is allowed across accounts is in both ("CloudTrail record contents": `sharedEventID`).
fn owners(cx: &Context, record: &AuditRecord) -> Vec<Scope> {
    let mut owners: Vec<Scope> = Vec::new();
    for arn in record.resources.iter().filter_map(|arn| policy::Arn::parse(arn)) {
        let region = if arn.region.is_empty() { cx.region() } else { arn.region };
        let scope = Scope::new(arn.account, region);
        let is_account =
            policy::is_account_id(arn.account) && !cx.platform().is_erasing(arn.account);
        if is_account && arn.account != cx.account() && !owners.contains(&scope) {
            owners.push(scope);
        }
    }
    owners
}

fn audit_record(cx: &Context, made: Made, outcome: &Result<Value, Failure>) -> AuditRecord {
    let caller = cx.caller();
    let read_only = made.entry.is_read_only();
    let response = match outcome {
        Ok(output) if !read_only => audited((made.entry.signature.output)(), output),
        _ => None,
    };
    let failure = outcome.as_ref().err();
    let from = caller.source_ip.map(|address| address.to_canonical().to_string());
    let via = || caller.via.last().map_or("AWS Internal", |via| via).to_owned();
    AuditRecord {
        at: cx.now(),
        event_id: cx.entropy().uuid(),
        event_source: made.service.principal.into(),
        event_name: made.entry.audited_as.into(),
        user_identity: user_identity::user_identity(caller).to_string(),
        username: user_identity::username(caller),
        access_key_id: caller.access_key_id.as_deref().map(str::to_owned),
        source_ip: from.filter(|_| caller.via.is_empty()).unwrap_or_else(via),
        user_agent: caller.user_agent.to_string(),
        request_parameters: made.parameters,
        response_elements: response,
        error_code: failure.map(|failure| failure.code.to_owned()),
        error_message: failure.map(|failure| {
            let end = failure.message.floor_char_boundary(MAX_MESSAGE_BYTES);
            failure.message.get(..end).unwrap_or_default().to_owned()
        }),
        request_id: cx.request_id().to_owned(),
        read_only,
        resources: made.resources,
        shared_event_id: None,
    }
}

/// A segment for a traced call that code made with a role's credentials, if that role may write
/// traces, as the X-Ray SDK inside the function would.
fn trace(gateway: &Gateway, cx: &Context, made: &Made, outcome: &Result<Value, Failure>) {
    let (name, origin) = made.service.traced_as;
    let Some(trace) = cx.trace().filter(|trace| trace.sampled && !name.is_empty()) else { return };
    let by_code = matches!(cx.caller().principal, Principal::Role { .. });
    if !by_code || !gateway.would_allow(cx, &Access::any("xray:PutTraceSegments")) {
        return;
    }
    let id = cx.entropy().hex(16);
    let end: Timestamp = cx.now();
    let start = end - cx.elapsed();
    let status = outcome.as_ref().map_or_else(|failure| failure.status, |_| 200);
    let document = json!({
        "id": id,
        "trace_id": &*trace.root,
        "parent_id": trace.parent.as_deref(),
        "name": name,
        "start_time": start.as_secs_f64(),
        "end_time": end.as_secs_f64(),
        "origin": origin,
        "http": {"response": {"status": status}},
        "error": (400..500).contains(&status),
        "fault": status >= 500,
        "aws": {
            "operation": made.entry.signature.name,
            "request_id": cx.request_id(),
            "region": cx.region(),
            "account_id": cx.account(),
        },
    });
    let trace_id = trace.root.to_string();
    let segment = Segment { trace_id, id, start, document: document.to_string() };
    cx.segment(segment);
}
