//! Looks at the policies of all resources, as the analyzer's service-linked role, through the
//! pipeline like everybody else.

use crate::{
    analyzer::Analyzer,
    error::AnalyzerError,
    external,
    finding::{Analyzed, Finding, ResourceType, Status},
    resources::{self, Found},
};
use policy::{Kind, Principal};
use serde_json::json;
use service_kit::{
    context::Caller,
    identity::{PrincipalId, Role, name_key, unique_id},
    prelude::*,
};
use std::collections::HashSet;

/// How long a look at everything is good for.
const FRESH: Duration = Duration::from_secs(5);
const ROLE: &str = "AWSServiceRoleForAccessAnalyzer";
const SERVICE: &str = "access-analyzer.amazonaws.com";

/// Makes the service-linked role, unless it is there.
pub(crate) async fn keep_role(cx: &Context) -> Result<(), AnalyzerError> {
    let path = format!("/aws-service-role/{SERVICE}/");
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Service": SERVICE}, "Action": "sts:AssumeRole"}]});
    let reads = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Action": resources::ACTIONS, "Resource": "*"}]});
    let id = unique_id("AROA", cx.entropy());
    let role = Role {
        name: ROLE.into(),
        path,
        id: id.clone(),
        created: cx.now(),
        trust: trust.to_string(),
        description: None,
        max_session_secs: 3_600,
        tags: Vec::new(),
        boundary: None,
        attached: Vec::new(),
        inline: [("AccessAnalyzerServiceRolePolicy".to_owned(), reads.to_string())].into(),
    };
    let arn = role.arn(cx.account());
    cx.write(|tx| {
        if tx.get::<Role>(name_key(ROLE))?.is_none() {
            tx.put(&role)?;
            tx.put(&PrincipalId { id: id.clone(), arn: arn.clone() })?;
        }
        Ok(())
    })
    .await
}

/// A session of the service-linked role.
fn session(cx: &Context) -> Result<Caller, AnalyzerError> {
    let role = cx.read(|tx| tx.get::<Role>(name_key(ROLE)))?.ok_or_else(|| {
        AnalyzerError::invalid(format!("The service-linked role {ROLE} is not there."))
    })?;
    let principal = Principal::Role {
        account: cx.account().into(),
        path: role.path.into(),
        name: role.name.into(),
        id: role.id.into(),
        session: "access-analyzer".into(),
    };
    Ok(Caller { via: vec![SERVICE], user_agent: SERVICE.into(), ..Caller::new(principal) })
}

/// Looks at everything, unless that was just done.
pub(crate) async fn refresh(cx: &Context, arn: &str) -> Result<Analyzer, AnalyzerError> {
    let analyzer = cx.read(|tx| Analyzer::by_arn(tx, arn))?;
    let last = analyzer.last.as_ref().map(|(_, when)| *when);
    if last.is_none_or(|last| last + FRESH <= cx.now()) {
        everything(cx, &analyzer.name).await?;
    }
    cx.read(|tx| Analyzer::get(tx, &analyzer.name))
}

/// Looks at the policies of all resources.
pub(crate) async fn everything(cx: &Context, analyzer: &str) -> Result<(), AnalyzerError> {
    let found = resources::find(cx, &session(cx)?).await;
    let account = cx.account();
    cx.write(|tx| {
        let mut analyzer = Analyzer::get(&tx.reader(), analyzer)?;
        let mut known = tx.reader().list::<Finding>(&analyzer.name)?;
        let mut seen = HashSet::new();
        for resource in &found {
            note(tx, &analyzer, &mut known, &mut seen, resource, account)?;
        }
        settle(tx, &analyzer, &known, &seen, &found)?;
        let last = found.last().map_or_else(String::new, |resource| resource.arn.clone());
        analyzer.last = Some((last, tx.now()));
        Ok(tx.put(&analyzer)?)
    })
    .await
}

/// Writes what one resource's policy gives to outsiders; `seen` gets the ids of its findings.
fn note(
    tx: &mut Tx<'_>,
    analyzer: &Analyzer,
    known: &mut [Finding],
    seen: &mut HashSet<String>,
    resource: &Found,
    account: &str,
) -> Result<(), AnalyzerError> {
    let kind = match resource.resource_type {
        ResourceType::Role => Kind::Trust,
        ResourceType::Key => Kind::Key,
        _ => Kind::Resource,
    };
    let document = resource.document.as_ref().ok().and_then(Option::as_ref);
    let shared = document.map(|document| external::shared(document, kind, account));
    let shared = shared.flatten().unwrap_or_default();
    let now = tx.now();
    for one in &shared {
        let mut finding = Finding {
            analyzer: analyzer.name.clone(),
            id: String::new(),
            resource: resource.arn.clone(),
            resource_type: resource.resource_type,
            owner: account.into(),
            principal: one.principal.clone(),
            actions: one.actions.clone(),
            condition: one.condition.clone(),
            is_public: one.is_public,
            created: now,
            analyzed: now,
            updated: now,
            status: Status::Active,
        };
        match known.iter().find(|it| it.is_same(&finding)) {
            Some(it) => {
                finding = Finding { analyzed: now, ..it.clone() };
                if it.status == Status::Resolved {
                    (finding.status, finding.updated) = (Status::Active, now);
                }
            }
            None => {
                finding.id = uuid(&finding);
                if analyzer.rules.values().any(|rule| finding.fits(&rule.filter)) {
                    finding.status = Status::Archived;
                }
            }
        }
        seen.insert(finding.id.clone());
        tx.put(&finding)?;
    }
    let before = tx.get::<Analyzed>((&analyzer.name, &resource.arn))?;
    let actions: HashSet<&String> = shared.iter().flat_map(|one| &one.actions).collect();
    let mut actions: Vec<String> = actions.into_iter().cloned().collect();
    actions.sort_unstable();
    let changed = before.as_ref().is_none_or(|before| before.actions != actions);
    tx.put(&Analyzed {
        analyzer: analyzer.name.clone(),
        arn: resource.arn.clone(),
        resource_type: resource.resource_type,
        owner: account.into(),
        created: before.as_ref().map_or(now, |before| before.created),
        analyzed: now,
        updated: before.filter(|_| !changed).map_or(now, |before| before.updated),
        is_public: shared.iter().any(|one| one.is_public),
        actions,
        error: resource.document.as_ref().err().cloned(),
    })?;
    Ok(())
}

/// Resolves what is no longer there and forgets resources that are gone. What could not be read
/// says nothing.
fn settle(
    tx: &mut Tx<'_>,
    analyzer: &Analyzer,
    known: &[Finding],
    seen: &HashSet<String>,
    found: &[Found],
) -> Result<(), AnalyzerError> {
    let unread: HashSet<&str> =
        found.iter().filter(|it| it.document.is_err()).map(|it| it.arn.as_str()).collect();
    let now = tx.now();
    for finding in known {
        let gone = !seen.contains(&finding.id) && !unread.contains(&*finding.resource);
        if gone && finding.status != Status::Resolved {
            let status = Status::Resolved;
            tx.put(&Finding { status, analyzed: now, updated: now, ..finding.clone() })?;
        }
    }
    let there: HashSet<&str> = found.iter().map(|it| it.arn.as_str()).collect();
    for resource in tx.reader().list::<Analyzed>(&analyzer.name)? {
        if !there.contains(&*resource.arn) {
            tx.delete::<Analyzed>((&analyzer.name, &resource.arn));
        }
    }
    Ok(())
}

/// An id that a transaction run again gives again: it follows from what the finding is of.
fn uuid(finding: &Finding) -> String {
    let parts = (&finding.resource, &finding.principal, &finding.actions, &finding.condition);
    let text = json!([finding.analyzer, finding.created.as_micros(), parts]).to_string();
    // FNV-1a twice, with two offsets: names need to differ, not to be secret.
    let hash = |offset: u64| {
        text.bytes()
            .fold(offset, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
    };
    let (one, two) = (hash(0xcbf2_9ce4_8422_2325), hash(0x8422_2325_cbf2_9ce4));
    let digits = format!("{one:016x}{two:016x}");
    let part = |range: std::ops::Range<usize>| digits.get(range).unwrap_or_default();
    let (a, b, c, d, e) = (part(0..8), part(8..12), part(13..16), part(17..20), part(20..32));
    format!("{a}-{b}-4{c}-a{d}-{e}")
}
