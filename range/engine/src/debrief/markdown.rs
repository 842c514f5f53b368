//! The debrief as Markdown. What players chose themselves is never markup.

use super::{
    Account, Debrief, Order, Sort, Step, Tallies, Theft, WayIn,
    prices::{Bill, PRICES_OF},
    words::{self, counted},
};
use crate::{game::Finding, seen::cut, visible::visible};
use shape::Timestamp;
use std::{collections::BTreeSet, fmt::Write as _, time::Duration};

/// Writing to memory does not fail.
macro_rules! line {
    ($to:expr $(, $($arguments:tt)*)?) => {{ writeln!($to $(, $($arguments)*)?).ok(); }};
}

/// The most letters that are told of how an attack was refused.
const MAX_HOW: usize = 120;

pub(super) fn write(debrief: &Debrief) -> String {
    let mut to = String::new();
    line!(to, "# {}: {}\n", debrief.id, plain(&debrief.title));
    line!(to, "{}\n", plain(&subtitle(debrief)));
    line!(to, "{}\n", plain(&lead(debrief)));
    let score = debrief.score;
    line!(to, "| points | |\n|---|--:|");
    line!(to, "| stolen | {} |", score.theft);
    line!(to, "| hints | −{} |", score.hints);
    line!(to, "| fix | {} |", score.fix);
    line!(to, "| **all** | **{}** |\n", score.total());
    to + &body(debrief)
}

/// All below the points.
pub(super) fn body(debrief: &Debrief) -> String {
    let mut to = String::new();
    stolen(&mut to, &debrief.account);
    times(&mut to, &debrief.account);
    timeline(&mut to, &debrief.account);
    seen(&mut to, &debrief.account);
    changes(&mut to, debrief);
    costs(&mut to, &debrief.account);
    line!(to, "## What to learn from it\n\n{}\n", visible(debrief.lesson.trim()));
    if !debrief.quiz.is_empty() {
        line!(to, "## Questions\n");
        for (question, answer) in &debrief.quiz {
            line!(to, "**{}**\n\n{}\n", visible(question), visible(answer));
        }
    }
    if !debrief.next_steps.is_empty() {
        line!(to, "## Next\n");
        for (number, step) in (1..).zip(&debrief.next_steps) {
            line!(to, "{number}. {}", visible(step));
        }
    }
    to
}

/// What it is about, and when this was written.
pub(super) fn subtitle(debrief: &Debrief) -> String {
    let tags = debrief.tags.iter().map(|(list, tags)| format!("{list} {}", tags.join(", ")));
    let written = format!("written {}", clock(debrief.written));
    tags.chain([written]).collect::<Vec<_>>().join(" · ")
}

/// How it went, in a few sentences.
pub(super) fn lead(debrief: &Debrief) -> String {
    let account = &debrief.account;
    let ways: BTreeSet<_> = account.thefts.iter().map(Theft::way).collect();
    let theft = match (ways.len(), account.hostile) {
        (0, 0) => "Nothing was taken; nobody tried.".to_owned(),
        (0, tried) => format!(
            "Nothing that was planted left the account, though attackers made {}.",
            counted(tried, "request")
        ),
        (ways, _) => {
            let taken = taken(account.thefts.iter());
            format!("Taken: {taken}, in {}.", counted(ways, "way"))
        }
    };
    let still = match account.working {
        (0, _) => String::new(),
        (working, all) => format!(" Of {all} attacks {working} still worked in the last proof."),
    };
    let fix = match (account.fixed, debrief.finding) {
        (Some(_), _) => "The weakness is closed, and that is proved.",
        (None, _) if debrief.undone => {
            "It was proved closed once; the last proof found that undone."
        }
        (None, None) => "Nobody has had a fix proved.",
        (None, Some(Finding::Down)) => "As it stands now, something that must work does not.",
        (None, Some(Finding::Held)) => "Attacks are refused, but the configuration is not right.",
        (None, Some(_)) => "An attack still works.",
    };
    let since: String = since(account).iter().map(|sentence| format!(" {sentence}")).collect();
    format!("{theft} {fix}{still}{since}")
}

/// What came after the fix was proved, a sentence each.
fn since(account: &Account) -> Vec<String> {
    let of = |order: Order| account.thefts.iter().filter(move |theft| theft.order == order);
    let mut said = Vec::new();
    if let (Some(_), Some(proved)) = (of(Order::Between).next(), account.proved) {
        said.push(format!(
            "Between the proofs this was taken: {}; by the last one, of {}, that opens nothing.",
            taken(of(Order::Between)),
            time(proved)
        ));
    }
    if let Some(first) = of(Order::After).next() {
        said.push(format!(
            "After the proof, at {}, this was taken: {}; only another proof tells whether that \
             still opens anything.",
            time(first.at),
            taken(of(Order::After))
        ));
    }
    if let Some(changed) = &account.changed {
        said.push(format!(
            "After the proof, at {}, the stack was changed ({}, by {}); only another proof tells \
             whether it is still closed.",
            time(changed.at),
            changed.what,
            changed.who
        ));
    }
    said
}

/// What thefts took, in the order in which it was taken.
fn taken<'t>(thefts: impl Iterator<Item = &'t Theft>) -> String {
    let mut taken: Vec<&str> = Vec::new();
    for what in thefts.flat_map(|theft| &theft.what) {
        if !taken.contains(&&**what) {
            taken.push(what);
        }
    }
    listed(&taken)
}

fn listed(texts: &[&str]) -> String {
    match texts {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        texts => texts.concat(),
    }
}

fn stolen(to: &mut String, account: &Account) {
    line!(to, "## What was stolen, and what let it happen\n");
    if account.thefts.is_empty() {
        line!(to, "Nothing.\n");
    }
    let mut shown = BTreeSet::new();
    account.thefts.iter().for_each(|theft| one(to, theft, account.proved, &mut shown));
}

/// The statements that were shown in full, each as it was then.
type Shown<'t> = BTreeSet<(&'t Option<(String, String)>, &'t str)>;

fn one<'t>(to: &mut String, theft: &'t Theft, proved: Option<Timestamp>, shown: &mut Shown<'t>) {
    let what: Vec<_> = theft.what.iter().map(String::as_str).collect();
    line!(to, "### {}\n", plain(&listed(&what)));
    let again = match theft.again {
        0 => String::new(),
        again => format!(", and {} more", counted(again, "time")),
    };
    line!(to, "- when: {}{again}", clock(theft.at));
    let proved = proved.map(time).unwrap_or_default();
    match theft.order {
        Order::Before => {}
        Order::Between => {
            line!(to, "- after a proof: the next one, of {proved}, found that it opens nothing");
        }
        Order::After => {
            line!(to, "- after the proof of {proved}: `heist play verify` tells whether it still");
            line!(to, "  opens anything");
        }
    }
    line!(to, "- who: {} from {}", code(&theft.who), code(&theft.source_ip));
    line!(to, "- by: {}, {} bytes", code(&theft.request), theft.bytes);
    if !theft.items.is_empty() {
        let shown = theft.items.iter().take(5).map(|item| code(item)).collect::<Vec<_>>();
        let more = theft.items.len().saturating_sub(shown.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        line!(to, "- items: {}{more}", shown.join(", "));
    }
    for step in &theft.path {
        line!(to, "- which led to: {}", code(step));
    }
    line!(to, "- request: `heist explain {}`\n", theft.request_id);
    if !theft.steps.is_empty() {
        line!(to, "What led up to it:\n");
        theft.steps.iter().for_each(|step| line!(to, "- {}", led_up(step)));
        line!(to);
    }
    if let Some(way) = &theft.way_in {
        line!(to, "Let in by: {}\n", plain(&way.by));
        statement(to, way, shown);
    }
    for way in &theft.also {
        line!(to, "It needed this, too: {}\n", plain(&way.by));
        statement(to, way, shown);
    }
    if let Some(way) = &theft.way_on {
        line!(to, "The function behind it got that from {}:\n", code(&way.resource));
        statement(to, way, shown);
    }
}

/// A request that led up to a theft, with the statement that allowed each part of it.
fn led_up(step: &Step) -> String {
    let way = |way: &WayIn| {
        let by = match &way.statement {
            Some((policy, name)) => place(policy, name),
            None => plain(&way.by),
        };
        match step.request.starts_with(&way.action) {
            true => format!("by {by}"),
            false => format!("{} by {by}", code(&way.action)),
        }
    };
    let ways: Vec<_> = step.ways.iter().map(way).collect();
    format!("{} {}, allowed {}", time(step.at), code(&step.request), ways.join("; "))
}

/// Where a statement stands.
fn place(policy: &str, name: &str) -> String {
    let (policy, statement) = (code(policy), words::statement(name));
    match statement.strip_suffix(name).filter(|_| statement.starts_with("statement ")) {
        Some(before) => format!("{before}{} of {policy}", code(name)),
        None => format!("{statement} of {policy}"),
    }
}

fn statement<'t>(to: &mut String, way: &'t WayIn, shown: &mut Shown<'t>) {
    let Some((policy, name)) = &way.statement else {
        line!(to, "No policy was asked: {}\n", code(&way.resource));
        return;
    };
    let action = code(&way.action);
    if !shown.insert((&way.statement, &way.sha256)) {
        line!(to, "{action} was allowed by {}, as above.\n", place(policy, name));
        return;
    }
    line!(to, "{action} was allowed by {}:\n", place(policy, name));
    line!(to, "```json\n{}\n```\n", fenced(&in_lines(&way.text)));
    line!(to, "The SHA-256 of that policy was {} then.\n", code(&way.sha256));
}

fn times(to: &mut String, account: &Account) {
    line!(to, "## How long it took\n\n| | |\n|---|---|");
    let mut row = |name: &str, text: String| line!(to, "| {name} | {text} |");
    row("exposed since", clock(account.exposed));
    let at = |moment: Option<Timestamp>, none: &str| moment.map_or(none.to_owned(), clock);
    row("first theft", at(account.first_theft, "never"));
    let nobody = match account.first_theft {
        Some(_) => "never: the owner did nothing, and no alarm went off",
        None => "there was nothing to notice",
    };
    let noticed = match account.noticed {
        Some(moment) => format!("{}, by {}", clock(moment), cell_with_code(&account.noticed_by)),
        None => nobody.to_owned(),
    };
    row("noticed", noticed);
    row("closed", at(account.fixed, "not yet"));
    row("time to notice", span(account.first_theft, account.noticed));
    row("time to close", span(account.noticed, account.fixed));
    if account.first_theft != account.last_theft {
        row("from the first theft to the last", span(account.first_theft, account.last_theft));
    }
    let closed = account.fixed.or(account.timeline.last().map(|moment| moment.at));
    row("time it was open", span(Some(account.exposed), closed));
    line!(to);
}

/// The time between two moments; a dash if there is none.
pub(super) fn span(from: Option<Timestamp>, to: Option<Timestamp>) -> String {
    match (from, to) {
        (Some(from), Some(to)) if to >= from => lasting(to.since(from)),
        _ => "–".to_owned(),
    }
}

fn timeline(to: &mut String, account: &Account) {
    let day = |at: Timestamp| at.date_time().chars().take(10).collect::<String>();
    let first = day(account.exposed);
    let one_day = account.timeline.iter().all(|moment| day(moment.at) == first);
    line!(to, "## Timeline\n");
    let of = if one_day { format!("Of {first}, in UTC, ") } else { "In UTC, ".to_owned() };
    line!(to, "{of}without what only looked at settings, unless that was refused to an attacker.");
    let [theft, attack, held, other, mark] =
        [Sort::Theft, Sort::Attack, Sort::Held, Sort::Other, Sort::Mark].map(sign);
    line!(
        to,
        "{theft} is a theft, {attack} another step of an attacker, {held} what he was refused,"
    );
    line!(to, "{other} a step of somebody else, {mark} what the game noted. ◌ marks what the");
    line!(to, "account's own trail did not see.\n");
    line!(to, "| when | | who | what |\n|---|---|---|---|");
    for moment in &account.timeline {
        let times = if moment.times > 1 { format!(" ×{}", moment.times) } else { String::new() };
        let unseen = if moment.unseen { " ◌" } else { "" };
        let (who, what) = (plain(&moment.who), cell_with_code(&moment.what));
        let when = clock(moment.at);
        let when = if one_day { when.get(11..19).unwrap_or(&when) } else { &when };
        line!(to, "| {when} | {} | {who} | {what}{times}{unseen} |", sign(moment.sort));
    }
    if account.more > 0 {
        line!(to, "\nAnd {} from the middle that are not shown.", {
            counted(account.more, "moment")
        });
    }
    line!(to);
}

/// The sign of a sort of moments.
pub(super) fn sign(sort: Sort) -> char {
    match sort {
        Sort::Theft => '✖',
        Sort::Attack => '▲',
        Sort::Held => '■',
        Sort::Other => '·',
        Sort::Mark => '◆',
    }
}

/// What held, and what nobody could see.
fn seen(to: &mut String, account: &Account) {
    what_held(to, account);
    if account.hostile == 0 {
        return;
    }
    line!(to, "## Blind spots\n");
    let (unseen, all) = (account.unseen, account.hostile);
    if unseen == 0 {
        line!(to, "The account's own trail knows all {} of the attack.\n", {
            counted(all, "request")
        });
        return;
    }
    line!(
        to,
        "The account's own trail knows nothing of {unseen} of the attack's {all} requests:\n"
    );
    tallies(to, ["who", "did", ""], &account.blind);
}

fn what_held(to: &mut String, account: &Account) {
    let (tested, proved) = (!account.tested.rows.is_empty(), !account.withstood.is_empty());
    if account.hostile == 0 && !tested && !proved {
        return;
    }
    line!(to, "## What held\n");
    if !account.held.rows.is_empty() {
        line!(to, "What attackers were refused before anything was done about them:\n");
        tallies(to, ["who", "tried", "refused by"], &account.held);
    } else if account.hostile > 0 {
        line!(to, "Nothing was refused to an attacker before something was done about him.\n");
    }
    if tested {
        line!(to, "What was tried after the fix was begun, and refused:\n");
        tallies(to, ["who", "tried", "refused by"], &account.tested);
    }
    if proved {
        let (working, all) = account.working;
        let still = if working > 0 { format!("; {working} worked") } else { String::new() };
        let refused = account.withstood.len();
        line!(to, "Of the {} of the last proof {refused} refused{still}:\n", {
            counted(all, "attack")
        });
        for (text, how) in &account.withstood {
            line!(to, "- {}: {}", cell_with_code(text), code(&cut(how, MAX_HOW)));
        }
        line!(to);
    }
}

fn tallies(to: &mut String, [who, what, detail]: [&str; 3], tallies: &Tallies) {
    let detailed = !detail.is_empty();
    match detailed {
        true => line!(to, "| {who} | {what} | {detail} | times |\n|---|---|---|--:|"),
        false => line!(to, "| {who} | {what} | times |\n|---|---|--:|"),
    }
    for tally in &tallies.rows {
        let more = if detailed { format!(" {} |", code(&tally.detail)) } else { String::new() };
        line!(to, "| {} | {} |{more} {} |", plain(&tally.who), code(&tally.what), tally.times);
    }
    if tallies.more > 0 {
        line!(to, "\nAnd {} more.", tallies.more);
    }
    line!(to);
}

fn changes(to: &mut String, debrief: &Debrief) {
    line!(to, "## What changed\n");
    let mended = &debrief.account.mended;
    if mended.rows.is_empty() && debrief.changes.is_empty() {
        line!(to, "Nothing.\n");
        return;
    }
    if !mended.rows.is_empty() {
        tallies(to, ["who", "by", "on"], mended);
    }
    if debrief.changes.is_empty() {
        line!(to, "The documents that matter read as they did at the beginning.\n");
    }
    for change in &debrief.changes {
        line!(to, "### {}\n", plain(&change.title));
        line!(to, "```diff\n{}\n```\n", fenced(change.diff.trim_end()));
    }
}

fn costs(to: &mut String, account: &Account) {
    line!(to, "## What it would have cost\n\nAt {PRICES_OF}.\n");
    line!(to, "| service | attack | defence, and tests of it |\n|---|--:|--:|");
    let lines = [&account.attack, &account.defence].map(|bill| &bill.lines);
    let mut services: Vec<_> =
        lines.iter().flat_map(|lines| lines.iter().map(|it| &it.0)).collect();
    services.sort();
    services.dedup();
    for service in services {
        let [attack, defence] = lines.map(|lines| {
            let line = lines.iter().find(|line| line.0 == *service);
            line.map_or("–".to_owned(), |(_, count, cost)| format!("{count} for ${cost:.6}"))
        });
        line!(to, "| {service} | {attack} | {defence} |");
    }
    let (attack, defence) = (account.attack.total, account.defence.total);
    line!(to, "| **all** | **${attack:.6}** | **${defence:.6}** |\n");
    lasting_costs(to, "attack", &account.attack);
    lasting_costs(to, "defence", &account.defence);
}

/// What was made that costs as long as it stands.
fn lasting_costs(to: &mut String, whose: &str, bill: &Bill) {
    for (what, count, monthly) in &bill.standing {
        line!(
            to,
            "The {whose} also made what costs as long as it stands: {count} × {what}, \
             ${monthly:.2} a month each.\n"
        );
    }
}

fn clock(at: Timestamp) -> String {
    let text = at.date_time();
    text.replace('T', " ").trim_end_matches('Z').to_owned() + " UTC"
}

/// The time of the day.
fn time(at: Timestamp) -> String {
    clock(at).chars().skip(11).take(8).collect()
}

fn lasting(span: Duration) -> String {
    let millis = span.as_millis();
    match ((millis + 500) / 1_000, millis) {
        (_, 0..1_000) => format!("{millis} ms"),
        (seconds @ ..=59, _) => format!("{seconds} s"),
        (seconds @ 60..=3_599, _) => format!("{} min {} s", seconds / 60, seconds % 60),
        (seconds, _) => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

/// Letters that would be markup inside a line.
const MARKUP: &str = "\\`*_[]<>|~";

/// Text that is not markup.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in visible(text).chars() {
        match letter {
            '\r' | '\n' => plain.push(' '),
            letter if MARKUP.contains(letter) => {
                plain.push('\\');
                plain.push(letter);
            }
            letter => plain.push(letter),
        }
    }
    plain
}

/// Text in a cell of a table, of which what stands between backticks is code.
fn cell_with_code(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let part = |(at, part): (usize, &str)| if at % 2 == 0 { plain(part) } else { code(part) };
    parts.map(part).collect()
}

/// Text as code in a line.
fn code(text: &str) -> String {
    let visible = visible(text);
    let text: String = visible.chars().filter(|letter| !"`\n|".contains(*letter)).collect();
    if text.is_empty() { "–".into() } else { format!("`{text}`") }
}

/// JSON with a line for each of its parts; text that is none as it is.
fn in_lines(text: &str) -> String {
    let document: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let lines = document.and_then(|document| serde_json::to_string_pretty(&document).ok());
    lines.unwrap_or_else(|| text.to_owned())
}

/// Text in a block of code: no line of it may end the block.
fn fenced(text: &str) -> String {
    visible(text).replace("```", "` ` `")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_agree_with_the_clock() {
        let at = |millis: u64| Some(Timestamp::from_secs_f64(millis as f64 / 1e3));
        assert_eq!(span(at(1_100), at(1_300)), "200 ms");
        assert_eq!(span(at(1_900), at(90_100)), "1 min 28 s");
        assert_eq!(span(at(45_832), at(68_153)), "22 s");
        assert_eq!(span(at(0), at(59_700)), "1 min 0 s");
        assert_eq!(span(at(0), at(101_000)), "1 min 41 s");
        assert_eq!(span(at(0), at(3_720_000)), "1 h 2 min");
        assert_eq!(span(at(5_000), at(1_000)), "–");
    }

    #[test]
    fn statements_without_a_name_are_told_by_their_place() {
        assert_eq!(place("intern", "Build"), "statement `Build` of `intern`");
        assert_eq!(place("Revoke", "0"), "the 1st statement of `Revoke`");
        assert_eq!(listed(&["a", "b", "c"]), "a, b and c");
        assert_eq!(listed(&["a"]), "a");
    }

    #[test]
    fn what_players_chose_is_no_markup() {
        assert_eq!(plain("<b>|*x*"), "\\<b\\>\\|\\*x\\*");
        assert_eq!(plain("the partner's \"desk\""), "the partner's \"desk\"");
        assert_eq!(code("a`b|c"), "`abc`");
        assert!(!fenced("x\n```\n<script>").contains("```"));
    }
}
