//! A request that is in the range's journal, in lines for people: what let it in, what left.

use super::{items, line, text};
use crate::terminal::Paint;
use range::debrief::statement as statement_called;
use serde_json::Value;

/// The most items that are listed.
const MAX_ITEMS: usize = 10;

/// All that is known of the request.
pub fn explained(request: &Value, paint: Paint) -> String {
    let title = match (text(request, "error_code"), refused(request)) {
        ("", _) => paint.good("Allowed"),
        (_, true) => paint.bad("Refused"),
        _ => paint.bad("Failed"),
    };
    let mut lines = vec![
        format!("{title}  request {}", text(request, "request_id")),
        line("Who", text(&request["caller"], "arn")),
    ];
    let operation = format!("{} {}", text(request, "service"), text(request, "operation"));
    lines.push(line("Did", &paint.strong(&operation)));
    for access in items(request, "accesses") {
        permission(access, paint, &mut lines);
    }
    if let Some(why) = unproven(text(request, "error_code")) {
        lines.push(line("Why", why));
    }
    outcome(request, paint, &mut lines);
    lines.push(String::new());
    lines.into_iter().map(|line| line + "\n").collect()
}

/// What is wrong with a request that no policy was asked about.
fn unproven(code: &str) -> Option<&'static str> {
    match code.trim_end_matches("Exception") {
        "MissingAuthenticationToken" => Some(
            "it is not signed, and nobody may come unsigned, or there is no such method: sign it, \
             as curl --aws-sigv4 does",
        ),
        "UnrecognizedClient" | "InvalidClientTokenId" => Some("no such access key is known"),
        "ExpiredToken" => Some("its session has ended"),
        "SignatureDoesNotMatch" | "InvalidSignature" => Some("its signature is wrong"),
        _ => None,
    }
}

fn refused(request: &Value) -> bool {
    let fine = |access: &Value| matches!(text(access, "decision"), "Allowed" | "Open");
    !items(request, "accesses").iter().all(fine)
}

fn permission(access: &Value, paint: Paint, lines: &mut Vec<String>) {
    lines.push(line("Wanted", &paint.strong(text(access, "action"))));
    if !text(access, "resource").is_empty() {
        lines.push(line("On", text(access, "resource")));
    }
    let by = text(access, "decided_by");
    lines.push(match text(access, "decision") {
        "Allowed" => line("Allowed by", by),
        "Open" => line("Open", &paint.bad(by)),
        "ExplicitDeny" => line("Denied by", by),
        "ImplicitDeny" => line("Why", &format!("no {by} allows it")),
        _ => line("Why", &format!("{by} refuses it by a rule of its own")),
    });
    for statement in items(access, "statements") {
        let place = &statement["place"];
        let (effect, name) = (text(place, "effect"), statement_called(text(place, "statement")));
        let policy = paint.strong(text(place, "policy"));
        let kind = text(place, "policy_type");
        lines.push(line("", &format!("{effect}, {name} of {policy} ({kind})")));
        let words = text(statement, "text").lines().map(str::trim).collect::<String>();
        lines.push(line("", &format!("  {words}")));
        let hash = format!("  document SHA-256 {}", text(statement, "sha256"));
        lines.push(line("", &paint.faint(&hash)));
    }
}

fn outcome(request: &Value, paint: Paint, lines: &mut Vec<String>) {
    let (status, bytes) = (&request["status"], &request["bytes_out"]);
    let answer = format!("{status} {}", text(request, "error_code"));
    lines.push(line("Answered", &format!("{}, {bytes} bytes", answer.trim_end())));
    let keys: Vec<_> = items(request, "items").iter().filter_map(Value::as_str).collect();
    for (index, key) in keys.iter().take(MAX_ITEMS).enumerate() {
        lines.push(line(if index == 0 { "Items" } else { "" }, key));
    }
    let more = keys.len().saturating_sub(MAX_ITEMS) as u64
        + request["more_items"].as_u64().unwrap_or_default();
    if more > 0 {
        lines.push(line("", &paint.faint(&format!("and {more} more"))));
    }
    for marker in items(request, "markers").iter().filter_map(Value::as_str) {
        lines.push(line("Marker left", &paint.bad(marker)));
    }
    for (label, member) in [("Trace", "trace_id"), ("Caused by", "caused_by")] {
        if !text(request, member).is_empty() {
            lines.push(line(label, text(request, member)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_request_is_told_with_what_let_it_in_and_what_left() {
        let statement = json!({
            "place": {
                "policy_type": "resource-based policy", "policy": "StreamUpdates",
                "statement": "OpenTopic", "effect": "Allow",
            },
            "text": "{\n  \"Sid\": \"OpenTopic\"\n}", "sha256": "ab12",
        });
        let request = json!({
            "request_id": "r-1", "caller": {"arn": "arn:aws:iam::1:user/thief"},
            "service": "sns", "operation": "Publish", "status": 200, "bytes_out": 12,
            "error_code": null, "items": ["m-1", "m-2"], "more_items": 3, "markers": ["flag"],
            "trace_id": null, "accesses": [{
                "action": "sns:Publish", "resource": "arn:t", "decision": "Allowed",
                "decided_by": "resource-based policy", "statements": [statement],
            }],
        });
        let told = explained(&request, Paint::none());
        for part in [
            "Allowed  request r-1",
            "Allow, statement OpenTopic of StreamUpdates (resource-based policy)",
            "{\"Sid\": \"OpenTopic\"}",
            "document SHA-256 ab12",
            "200, 12 bytes",
            "and 3 more",
            "Marker left flag",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
        let open =
            json!({"error_code": "X", "accesses": [{"decision": "Open", "decided_by": "o"}]});
        assert!(explained(&open, Paint::none()).starts_with("Failed"));
    }
}
