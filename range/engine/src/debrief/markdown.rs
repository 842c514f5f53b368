//! The debrief as Markdown. What players chose themselves is never markup.

use super::{Account, Debrief, Sort, Tally, Theft, WayIn, prices::PRICES_OF};
use crate::{game::Finding, visible::visible};
use shape::Timestamp;
use std::{fmt::Write as _, time::Duration};

/// Writing to memory does not fail.
macro_rules! line {
    ($to:expr $(, $($arguments:tt)*)?) => {{ writeln!($to $(, $($arguments)*)?).ok(); }};
}

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
    let mut taken: Vec<_> = account.thefts.iter().flat_map(|theft| &theft.what).collect();
    taken.sort();
    taken.dedup();
    let taken: Vec<_> = taken.into_iter().map(String::as_str).collect();
    let theft = match (account.thefts.len(), account.hostile) {
        (0, 0) => "Nothing was taken; nobody tried.".to_owned(),
        (0, tried) => format!(
            "Nothing that was planted left the account, though attackers made {}.",
            many(tried, "request", "requests")
        ),
        (ways, _) => {
            format!("Taken: {}, in {}.", taken.join(" and "), many(ways, "way", "ways"))
        }
    };
    let fix = match (account.fixed, debrief.finding) {
        (Some(_), _) => "The weakness is closed, and that is proved.",
        (None, _) if debrief.undone => "It was proved closed once, and is not any more.",
        (None, None) => "Nobody has had a fix proved.",
        (None, Some(Finding::Down)) => "As it stands now, something that must work does not.",
        (None, Some(Finding::Held)) => "Attacks are refused, but the configuration is not right.",
        (None, Some(_)) => "An attack still works.",
    };
    format!("{theft} {fix}")
}

fn stolen(to: &mut String, account: &Account) {
    line!(to, "## What was stolen, and what let it happen\n");
    if account.thefts.is_empty() {
        line!(to, "Nothing.\n");
    }
    account.thefts.iter().for_each(|theft| one(to, theft));
}

fn one(to: &mut String, theft: &Theft) {
    line!(to, "### {}\n", plain(&theft.what.join(" and ")));
    let again = match theft.again {
        0 => String::new(),
        again => format!(", and {} more", many(again, "time", "times")),
    };
    line!(to, "- when: {}{again}", clock(theft.at));
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
    line!(to, "- request: `heist explain {}`", theft.request_id);
    line!(to);
    if let Some(way) = &theft.way_in {
        line!(to, "Let in by: {}\n", plain(&way.by));
        statement(to, way);
    }
    if let Some(way) = &theft.way_on {
        line!(to, "The function behind it had that from {}:\n", code(&way.resource));
        statement(to, way);
    }
}

fn statement(to: &mut String, way: &WayIn) {
    match &way.statement {
        Some((policy, statement)) => {
            line!(to, "Statement {} of {} allowed {}:\n", code(statement), code(policy), {
                code(&way.action)
            });
            line!(to, "```json\n{}\n```\n", fenced(&in_lines(&way.text)));
            line!(to, "The SHA-256 of that policy was {} then.\n", code(&way.sha256));
        }
        None => line!(to, "No policy was asked: {}\n", code(&way.resource)),
    }
}

fn times(to: &mut String, account: &Account) {
    line!(to, "## How long it took\n\n| | |\n|---|---|");
    let mut row = |name: &str, text: String| line!(to, "| {name} | {text} |");
    row("exposed since", clock(account.exposed));
    let at = |moment: Option<Timestamp>, none: &str| moment.map_or(none.to_owned(), clock);
    row("first theft", at(account.first_theft, "never"));
    let nobody = match account.first_theft {
        Some(_) => "never: nobody looked, and no alarm went off",
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
    row("from the first theft to the last", span(account.first_theft, account.last_theft));
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
    line!(to, "{of}without what only looked at settings. ◌ marks what the account's own trail did");
    line!(
        to,
        "not see; {} a theft, {} an attacker's other steps, {} what was refused.\n",
        { sign(Sort::Theft) },
        sign(Sort::Attack),
        sign(Sort::Held)
    );
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
            many(account.more, "moment", "moments")
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
    if account.hostile == 0 {
        return;
    }
    line!(to, "## What held\n");
    if account.held.is_empty() {
        line!(to, "Nothing was refused to an attacker.\n");
    } else {
        tallies(to, ["who", "tried", "refused by"], &account.held);
    }
    line!(to, "## Blind spots\n");
    let (unseen, all) = (account.unseen, account.hostile);
    if unseen == 0 {
        line!(to, "The account's own trail knows all {} of the attack.\n", {
            many(all, "request", "requests")
        });
        return;
    }
    line!(
        to,
        "The account's own trail knows nothing of {unseen} of the attack's {all} requests:\n"
    );
    tallies(to, ["who", "did", ""], &account.blind);
}

fn tallies(to: &mut String, [who, what, detail]: [&str; 3], tallies: &[Tally]) {
    let detailed = !detail.is_empty();
    match detailed {
        true => line!(to, "| {who} | {what} | {detail} | times |\n|---|---|---|--:|"),
        false => line!(to, "| {who} | {what} | times |\n|---|---|--:|"),
    }
    for tally in tallies {
        let more = if detailed { format!(" {} |", code(&tally.detail)) } else { String::new() };
        line!(to, "| {} | {} |{more} {} |", plain(&tally.who), code(&tally.what), tally.times);
    }
    line!(to);
}

fn changes(to: &mut String, debrief: &Debrief) {
    line!(to, "## What changed\n");
    let mended = &debrief.account.mended;
    if mended.is_empty() && debrief.changes.is_empty() {
        line!(to, "Nothing.\n");
        return;
    }
    if !mended.is_empty() {
        tallies(to, ["who", "changed by", "on"], mended);
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
    line!(to, "| service | attack | defence |\n|---|--:|--:|");
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
}

fn many(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

fn clock(at: Timestamp) -> String {
    let text = at.date_time();
    text.replace('T', " ").trim_end_matches('Z').to_owned() + " UTC"
}

fn lasting(span: Duration) -> String {
    match span.as_secs() {
        0 => format!("{} ms", span.as_millis()),
        seconds @ 1..=99 => format!("{seconds} s"),
        seconds @ 100..=7_199 => format!("{} min", seconds / 60),
        seconds => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

/// Text that is not markup.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in visible(text).chars() {
        match letter {
            '\r' | '\n' => plain.push(' '),
            letter if letter.is_ascii_punctuation() && !".,:;-/ ()".contains(letter) => {
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
    fn what_players_chose_is_no_markup() {
        assert_eq!(plain("<b>|*x*"), "\\<b\\>\\|\\*x\\*");
        assert_eq!(code("a`b|c"), "`abc`");
        assert!(!fenced("x\n```\n<script>").contains("```"));
    }
}
