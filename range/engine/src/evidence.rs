//! What the journal proves: who got what, when, and which statement let him.

use crate::{
    game::Game,
    operator::Operator,
    scenario::{Deed, Proof, Scenario},
};
use service_kit::{
    fault::Fault,
    journal::{JournalAccess, JournalDecision, JournalEntry, Logged},
};
use shape::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How many entries are read at once, and how many of one account in all.
const PAGE: usize = 1_000;
const MOST: usize = 50_000;

/// What SDKs say of where they run when it is in a function.
const IN_LAMBDA: &str = "AWS_Lambda";

/// What has things sent to whoever asks for it, so that he need not come again to have them.
const LEADS_OUT: [&str; 1] = ["sns:Subscribe"];

/// All that the journal has of the game's victim, and of what the thief read of it in his own
/// account, oldest first.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn entries(operator: &Operator, game: &Game) -> Result<Vec<JournalEntry>, Fault> {
    let victim = game.account("victim");
    let mut all = logged(operator, victim)?;
    let mut at_home = logged(operator, game.account("thief"))?;
    at_home.retain(|entry| {
        let taken = entry.markers.iter().any(|marker| marker.account == victim);
        taken && !entry.accounts.iter().any(|account| account == victim)
    });
    all.append(&mut at_home);
    all.sort_by_key(|entry| entry.at);
    Ok(all)
}

fn logged(operator: &Operator, account: &str) -> Result<Vec<JournalEntry>, Fault> {
    let journal = operator.platform().journal();
    let (mut all, mut after) = (Vec::new(), None::<String>);
    while all.len() < MOST {
        let page = journal.entries(account, after.as_deref(), PAGE)?;
        let more = page.len() == PAGE;
        after = page.last().map(|logged| logged.position.clone());
        all.extend(page.into_iter().map(|Logged { entry, .. }| entry));
        if !more {
            break;
        }
    }
    Ok(all)
}

/// Whether the range made this request itself: it came in while the range acted, or in the name of
/// somebody who has no part in the game, or of a role that only the range can take on.
pub fn is_own(game: &Game, entry: &JournalEntry) -> bool {
    let issuer = entry.caller.session_issuer.as_deref().unwrap_or_default();
    let account = entry.caller.account.as_ref();
    issuer.ends_with(crate::accounts::ENTRY_ROLE)
        || !issuer.is_empty() && issuer == game.auditor
        || account.is_some_and(|account| !game.accounts.values().any(|it| it == account))
        || entry.at < game.started
        || game
            .spans
            .iter()
            .any(|span| entry.at >= span.from && span.to.is_none_or(|to| entry.at <= to))
}

/// Whether a request took something out that was planted.
pub fn is_theft(game: &Game, entry: &JournalEntry) -> bool {
    let victim = game.account("victim");
    let left = entry.markers.iter().any(|marker| marker.account == victim);
    // What a service hands to another has not left yet.
    left && !entry.internal && got_through(entry) && !is_business(game, entry)
}

/// Whether a thief got the flag `id`; what the owner reads of his own is not stolen.
pub fn is_stolen(game: &Game, entries: &[JournalEntry], id: &str) -> bool {
    let has = |entry: &JournalEntry| entry.markers.iter().any(|marker| marker.id == id);
    entries.iter().any(|entry| has(entry) && !is_own(game, entry) && is_theft(game, entry))
}

/// Whether a request is part of the victim's business.
fn is_business(game: &Game, entry: &JournalEntry) -> bool {
    let caller = principal(entry);
    // Functions read what they are there to read; but whoever took a session of theirs away has
    // not been lent it.
    game.business.contains(caller)
        || by_function(game, entry)
        || entry.caller.session_source.is_none() && game.lent.contains(caller)
}

/// The user or role that a request was made as.
pub fn principal(entry: &JournalEntry) -> &String {
    entry.caller.session_issuer.as_ref().unwrap_or(&entry.caller.arn)
}

/// Whether a function of the victim made the request itself: its SDK says that it runs in Lambda.
/// Whoever took the function's session away has the session only.
pub fn by_function(game: &Game, entry: &JournalEntry) -> bool {
    let caller = &entry.caller;
    caller.session_source.is_some()
        && caller.user_agent.contains(IN_LAMBDA)
        && caller.account.as_deref() == Some(game.account("victim"))
}

/// Whether somebody asked for it; what functions do follows from who called them.
pub fn asked_for(game: &Game, entry: &JournalEntry) -> bool {
    (!entry.internal || deputy_of(game, entry).is_some()) && !by_function(game, entry)
}

/// Those in whom the defender himself acts: users whose keys he had made, and roles that he took
/// on and nobody else did.
pub fn lent(game: &Game, entries: &[JournalEntry]) -> BTreeSet<String> {
    let (mut lent, mut shared) = (BTreeSet::new(), BTreeSet::new());
    let giving = ["CreateAccessKey", "AssumeRole"];
    let given = entries.iter().filter(|entry| {
        giving.contains(&&*entry.operation) && got_through(entry) && !is_own(game, entry)
    });
    for entry in given {
        let resources = entry.accesses.iter().map(|access| access.resource.clone());
        match game.business.contains(principal(entry)) {
            true => lent.extend(resources),
            false => shared.extend(resources),
        }
    }
    lent.retain(|it| !shared.contains(it));
    lent
}

/// The requests that services and functions made because of `root`, in the order in which one led
/// to the next: each before those that it set going.
pub fn set_going<'e>(
    game: &Game,
    root: &JournalEntry,
    entries: &'e [JournalEntry],
) -> Vec<&'e JournalEntry> {
    let same_trace = |entry: &JournalEntry| {
        root.trace_id.is_some()
            && entry.trace_id == root.trace_id
            && (entry.internal || by_function(game, entry))
    };
    let caused = |entry: &&JournalEntry| {
        entry.request_id != root.request_id
            && (entry.caused_by.as_ref() == Some(&root.request_id) || same_trace(entry))
    };
    let among: Vec<_> = entries.iter().filter(caused).collect();
    let mut children: HashMap<&str, Vec<&JournalEntry>> = HashMap::new();
    for entry in &among {
        children.entry(parent(root, entry, &among)).or_default().push(entry);
    }
    let mut ordered = Vec::with_capacity(among.len());
    let mut open: Vec<&JournalEntry> = Vec::new();
    let mut push = |open: &mut Vec<_>, id: &str| {
        open.extend(children.remove(id).unwrap_or_default().into_iter().rev());
    };
    push(&mut open, &root.request_id);
    while let Some(next) = open.pop() {
        ordered.push(next);
        push(&mut open, &next.request_id);
    }
    ordered
}

/// The request that led to `entry`: the one that is named, or the invocation of the function that
/// made it. Entries know when they were answered, so that is the first one answered afterwards;
/// what nobody waits for is answered before.
fn parent<'e>(root: &'e JournalEntry, entry: &JournalEntry, among: &[&'e JournalEntry]) -> &'e str {
    let named = among.iter().find(|it| entry.caused_by.as_ref() == Some(&it.request_id));
    let function = entry.caller.session_source.as_deref();
    let invokes = |it: &&&JournalEntry| {
        it.request_id != entry.request_id
            && function.is_some_and(|function| {
                it.accesses.iter().any(|access| {
                    access.action.eq_ignore_ascii_case("lambda:InvokeFunction")
                        && access.resource.starts_with(function)
                })
            })
    };
    let waiting = || among.iter().filter(invokes).find(|it| it.at >= entry.at);
    let parent = named.or_else(waiting).or_else(|| among.iter().rfind(|it| invokes(it)));
    parent.map_or(&root.request_id, |it| &it.request_id)
}

/// The account that a service works for, if it is another than the victim: to the victim it looks
/// like the service.
pub fn deputy_of<'e>(game: &Game, entry: &'e JournalEntry) -> Option<&'e str> {
    let caller = Some(&entry.caller).filter(|caller| caller.kind == "AWSService")?;
    let account = caller.source_arn.as_deref()?.split(':').nth(4)?;
    (!account.is_empty() && account != game.account("victim")).then_some(account)
}

/// Whether the caller is a stranger to the victim: nobody, or of another account.
pub fn is_stranger(game: &Game, entry: &JournalEntry) -> bool {
    entry.caller.kind == "Anonymous"
        || deputy_of(game, entry).is_some()
        || entry.caller.account.as_deref().is_some_and(|it| it != game.account("victim"))
}

/// Whether the request got what it wanted.
pub fn got_through(entry: &JournalEntry) -> bool {
    entry.status < 400 && !entry.accesses.iter().any(JournalAccess::is_refused)
}

/// The access that let `entry` in although it should not have been: the first that was open or
/// allowed. Where the victim was not asked for anything, a service was that worked for the reader,
/// or it had been let out before: then it is that of the request of `entries` that the service
/// made, or by which the reader had it sent to him.
pub fn way_in<'e>(
    game: &Game,
    entry: &'e JournalEntry,
    entries: &'e [JournalEntry],
) -> Option<&'e JournalAccess> {
    let victim = game.account("victim");
    let leads_out = |it: &&JournalAccess| {
        it.owner == victim && LEADS_OUT.iter().any(|action| action.eq_ignore_ascii_case(&it.action))
    };
    if entry.accesses.iter().all(|it| it.owner != victim) {
        let own = |it: &&JournalAccess| it.owner == victim;
        let mut made = entries.iter().filter(|it| it.caused_by.as_ref() == Some(&entry.request_id));
        let deputy = made.find(|it| deputy_of(game, it).is_some() && got_through(it));
        if let Some(asked) = deputy.and_then(|it| it.accesses.iter().find(own)) {
            return Some(asked);
        }
        let mut earlier = entries.iter().rev().filter(|it| it.at <= entry.at && got_through(it));
        let sent = earlier.find_map(|it| {
            let same = it.caller.account == entry.caller.account;
            it.accesses.iter().find(leads_out).filter(|_| same)
        });
        if sent.is_some() {
            return sent;
        }
    }
    let open = |it: &&JournalAccess| it.decision == JournalDecision::Open;
    entry.accesses.iter().find(open).or_else(|| entry.accesses.first())
}

/// The access by which a function behind `entry` got what left with it.
pub fn way_on<'e>(entry: &JournalEntry, entries: &'e [JournalEntry]) -> Option<&'e JournalAccess> {
    let behind = |it: &JournalEntry| match (&entry.trace_id, &it.caller.session_source) {
        (_, None) => false,
        (Some(_), _) => it.trace_id == entry.trace_id,
        // Who invokes a function himself has no trace, but waits for it.
        (None, Some(function)) => {
            it.at <= entry.at && entry.accesses.iter().any(|it| it.resource.starts_with(function))
        }
    };
    let got = entries.iter().rfind(|it| {
        behind(it)
            && got_through(it)
            && it.markers.iter().any(|marker| entry.markers.contains(marker))
    });
    got?.accesses.first()
}

/// The goals that the journal proves, each with when it was reached first.
pub fn deeds(
    scenario: &Scenario,
    game: &Game,
    entries: &[JournalEntry],
) -> BTreeMap<String, Timestamp> {
    let mut done = BTreeMap::new();
    for goal in &scenario.goals {
        let Proof::Journal(deed) = &goal.proof else { continue };
        let first = entries.iter().find(|entry| is_deed(game, deed, entry));
        if let Some(entry) = first {
            done.insert(goal.id.clone(), entry.at);
        }
    }
    done
}

fn is_deed(game: &Game, deed: &Deed, entry: &JournalEntry) -> bool {
    let asked_for = !entry.internal || deputy_of(game, entry).is_some();
    if is_own(game, entry) || !asked_for || !got_through(entry) {
        return false;
    }
    let by = match deed.by.as_slice() {
        [] => is_stranger(game, entry),
        names => names.iter().any(|name| is_by(game, name, entry)),
    };
    let asked = entry.accesses.iter().any(|access| {
        access.action.eq_ignore_ascii_case(&deed.action) && access.resource.contains(&deed.resource)
    });
    let http = entry.http.as_ref().is_some_and(|http| {
        http.method.eq_ignore_ascii_case(&deed.action) && http.path.contains(&deed.resource)
    });
    by && (asked || http)
}

/// Whether the identity `name` made the request.
fn is_by(game: &Game, name: &str, entry: &JournalEntry) -> bool {
    let account = entry.caller.account.as_deref().or_else(|| deputy_of(game, entry));
    let of = |part: &str| account == Some(game.account(part));
    match name {
        "nobody" => entry.caller.kind == "Anonymous",
        "thief" | "partner" => of(name),
        _ => {
            let arn = game.outputs.get(&format!("identities.{name}"));
            let caller = entry.caller.session_issuer.as_ref().unwrap_or(&entry.caller.arn);
            arn.is_some_and(|arn| arn == caller)
        }
    }
}

/// Requests to try rules with.
#[cfg(test)]
pub(crate) mod sample {
    use serde_json::{Value, json};
    use service_kit::journal::{JournalAccess, JournalEntry};

    /// The accounts of [`crate::game::Game::example`].
    pub const VICTIM: &str = "111111111111";
    pub const THIEF: &str = "222222222222";

    /// A request at `at` that `account` made in the account `within` and that was allowed.
    pub fn entry(
        at: u64,
        (account, within): (&str, &str),
        action: &str,
        owner: &str,
    ) -> JournalEntry {
        let none = Vec::<()>::new();
        serde_json::from_value(json!({
            "at": at, "request_id": at.to_string(), "accounts": [within], "account": within,
            "region": "us-east-1", "internal": false, "service": "", "operation": "",
            "caller": {
                "kind": "IAMUser", "arn": format!("arn:aws:iam::{account}:user/u"),
                "account": account, "session_issuer": null, "session_source": null,
                "access_key_id": null, "source_ip": null, "user_agent": "", "via": none,
                "source_arn": null,
            },
            "http": null, "accesses": [{
                "action": action, "resource": "r", "asked": null, "owner": owner,
                "decision": "Allowed", "decided_by": "", "statements": none, "matched": none,
            }],
            "more_accesses": 0, "status": 200, "error_code": null, "bytes_out": 0, "items": none,
            "more_items": 0, "markers": [{"account": "111111111111", "id": "flag"}],
            "trace_id": Value::Null, "caused_by": null,
        }))
        .unwrap()
    }

    /// The same on another resource.
    pub fn on(mut entry: JournalEntry, resource: &str) -> JournalEntry {
        entry.accesses[0].resource = resource.into();
        entry
    }

    /// A permission that the statement of the policy gave.
    pub fn allowed(statement: &str, policy: &str) -> JournalAccess {
        serde_json::from_value(json!({
            "action": "a", "resource": "r", "asked": null, "owner": VICTIM,
            "decision": "Allowed", "decided_by": "", "matched": [],
            "statements": [{
                "place": {
                    "policy_type": "identity-based policy", "policy": policy,
                    "statement": statement, "effect": "Allow",
                },
                "text": "{}", "sha256": "",
            }],
        }))
        .unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::{
        sample::{THIEF, VICTIM, entry},
        *,
    };

    fn game() -> Game {
        Game::example()
    }

    #[test]
    fn what_is_sent_was_let_out_by_who_had_himself_put_on_the_list() {
        let entries = [
            entry(1, (THIEF, VICTIM), "SNS:Subscribe", VICTIM),
            entry(2, (THIEF, VICTIM), "SNS:Publish", VICTIM),
            entry(3, (THIEF, THIEF), "sqs:ReceiveMessage", THIEF),
            entry(4, (THIEF, VICTIM), "SNS:Subscribe", VICTIM),
        ];
        let [subscribed, published, received, _] = &entries;
        let way = |of| way_in(&game(), of, &entries);
        assert_eq!(way(received), subscribed.accesses.first());
        assert_eq!(way(published), published.accesses.first());
        let [stranger] = [entry(3, ("333333333333", THIEF), "sqs:ReceiveMessage", THIEF)];
        assert_eq!(way_in(&game(), &stranger, &entries), stranger.accesses.first());
    }

    #[test]
    fn a_service_that_works_for_a_thief_is_the_thief() {
        let front = entry(1, (THIEF, THIEF), "execute-api:Invoke", THIEF);
        let mut made = entry(1, (THIEF, VICTIM), "lambda:InvokeFunction", VICTIM);
        made.internal = true;
        made.caused_by = Some(front.request_id.clone());
        made.caller.kind = "AWSService".into();
        made.caller.account = None;
        made.caller.source_arn = Some(format!("arn:aws:execute-api:us-east-1:{THIEF}:a/prod"));
        let mut own = made.clone();
        own.caller.source_arn = Some(format!("arn:aws:execute-api:us-east-1:{VICTIM}:a/prod"));
        let deed = Deed {
            action: "lambda:InvokeFunction".into(),
            resource: "r".into(),
            by: vec!["thief".into()],
        };
        assert!(is_stranger(&game(), &made) && is_deed(&game(), &deed, &made));
        assert!(!is_stranger(&game(), &own) && !is_deed(&game(), &deed, &own));
        let entries = [front, made];
        let [front, made] = &entries;
        assert_eq!(way_in(&game(), front, &entries), made.accesses.first());
    }

    #[test]
    fn what_the_owner_reads_is_not_stolen() {
        let mut game = game();
        let by = |at, arn: &str, operation: &str, resource: &str| {
            let mut entry = entry(at, (VICTIM, VICTIM), operation, VICTIM);
            entry.caller.arn = arn.into();
            entry.operation = operation.into();
            entry.accesses[0].resource = resource.into();
            entry
        };
        let (owner, puppet, intern) = ("owner", "puppet", "intern");
        game.business.push(owner.into());
        let mut given = by(1, owner, "CreateAccessKey", puppet);
        given.markers.clear();
        let mut entries = vec![given, by(2, owner, "Scan", "t"), by(3, puppet, "Scan", "t")];
        game.lent = lent(&game, &entries);
        assert!(!is_stolen(&game, &entries, "flag"));
        entries.push(by(4, intern, "Scan", "t"));
        assert!(is_stolen(&game, &entries, "flag") && !is_stolen(&game, &entries, "other"));
        // A role that others take on, too, is not the owner's.
        entries.push(by(5, owner, "AssumeRole", "role"));
        entries.push(by(6, intern, "AssumeRole", "role"));
        assert!(!lent(&game, &entries).contains("role"));
    }

    #[test]
    fn what_the_range_did_is_nobodys_deed() {
        use crate::game::{Act, Span};
        let mut game = game();
        let theft = entry(5, (THIEF, THIEF), "sqs:ReceiveMessage", THIEF);
        assert!(!is_own(&game, &theft));
        let from = entry(4, (THIEF, THIEF), "", THIEF).at;
        game.spans.push(Span { from, to: None, act: Act::Proof });
        assert!(is_own(&game, &theft));
        game.spans[0].to = Some(from);
        assert!(!is_own(&game, &theft));
    }

    #[test]
    fn what_one_request_led_to_is_told_in_its_order() {
        let function = "arn:aws:lambda:us-east-1:111111111111:function:f";
        let within = |at, action: &str| {
            let mut made = entry(at, (VICTIM, VICTIM), action, VICTIM);
            made.trace_id = Some("1-a".into());
            made
        };
        let mut front = within(9, "execute-api:Invoke");
        front.request_id = "front".into();
        let mut invoked = within(8, "lambda:InvokeFunction");
        invoked.internal = true;
        invoked.caused_by = Some("front".into());
        invoked.accesses[0].resource = format!("{function}:live");
        let read = |at, action: &str| {
            let mut read = within(at, action);
            read.caller.session_source = Some(function.into());
            read.caller.user_agent = "Boto3 AWS_Lambda_python3.11".into();
            read
        };
        // They are journaled as they are answered: what is inside comes first.
        let entries = [read(3, "dynamodb:GetItem"), read(5, "dynamodb:Scan"), invoked, front];
        let ordered = set_going(&game(), &entries[3], &entries);
        let actions: Vec<_> = ordered.iter().map(|it| &*it.accesses[0].action).collect();
        assert_eq!(actions, ["lambda:InvokeFunction", "dynamodb:GetItem", "dynamodb:Scan"]);
    }

    #[test]
    fn a_function_got_what_left_in_the_same_trace() {
        let mut got = entry(1, (VICTIM, VICTIM), "dynamodb:Scan", VICTIM);
        got.caller.session_source = Some("arn:aws:lambda:us-east-1:1:function:f".into());
        got.trace_id = Some("1-a".into());
        let mut left = entry(2, (VICTIM, VICTIM), "execute-api:Invoke", VICTIM);
        left.trace_id = Some("1-a".into());
        let entries = [got, left];
        let [got, left] = &entries;
        assert_eq!(way_on(left, &entries), got.accesses.first());
        let mut other = left.clone();
        other.trace_id = Some("1-b".into());
        assert_eq!(way_on(&other, &entries), None);
        other.trace_id = None;
        assert_eq!(way_on(&other, &entries), None);
        other.accesses[0].resource = "arn:aws:lambda:us-east-1:1:function:f:live".into();
        assert_eq!(way_on(&other, &entries), got.accesses.first());
    }
}
