//! The debrief as one HTML file that needs no other: how it went at a glance, then its Markdown.

use super::{Debrief, Sort, markdown};
use crate::visible::visible;
use pulldown_cmark::{CodeBlockKind, CowStr, Event, Options, Parser, Tag, TagEnd};

const STYLE: &str = include_str!("debrief.css");

pub(super) fn write(debrief: &Debrief) -> String {
    let title = format!("{}: {}", debrief.id, debrief.title);
    page(&title, &head(debrief), &markdown::body(debrief))
}

fn page(title: &str, head: &str, markdown: &str) -> String {
    let parser = Parser::new_ext(markdown, Options::ENABLE_TABLES);
    let mut body = String::with_capacity(2 * markdown.len());
    pulldown_cmark::html::push_html(&mut body, Coloured { parser, diff: false });
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{head}\
         {body}</main>\n</body>\n</html>\n",
        escaped(title)
    )
}

/// How it went, at a glance.
fn head(debrief: &Debrief) -> String {
    let account = &debrief.account;
    let (mood, verdict) = match (account.fixed, account.first_theft) {
        (Some(_), _) if account.changed.is_some() => ("plain", "closed, then changed"),
        (Some(_), _) => ("good", "closed"),
        (None, _) if debrief.undone => ("bad", "open again"),
        (None, Some(_)) => ("bad", "robbed"),
        (None, None) => ("plain", "open"),
    };
    let score = debrief.score;
    let tile = |name: &str, text: String| {
        let text = escaped(&text);
        format!("<div><dt>{name}</dt><dd>{text}</dd></div>\n")
    };
    let tiles = [
        tile("points", score.total().to_string()),
        tile("stolen", score.theft.to_string()),
        tile("hints", format!("−{}", score.hints)),
        tile("fix", score.fix.to_string()),
        tile("time to notice", markdown::span(account.first_theft, account.noticed)),
        tile("time to close", markdown::span(account.noticed, account.fixed)),
    ];
    format!(
        "<header>\n<p class=\"verdict {mood}\">{verdict}</p>\n<h1><span>{}</span> {}</h1>\n\
         <p class=\"about\">{}</p>\n<p class=\"lead\">{}</p>\n<dl>\n{}</dl>\n</header>\n",
        escaped(&debrief.id),
        escaped(&debrief.title),
        escaped(&markdown::subtitle(debrief)),
        escaped(&markdown::lead(debrief)),
        tiles.concat()
    )
}

/// The document without any HTML of its own, and with lines of diffs in colours.
struct Coloured<'m> {
    parser: Parser<'m>,
    diff: bool,
}

impl<'m> Iterator for Coloured<'m> {
    type Item = Event<'m>;

    fn next(&mut self) -> Option<Event<'m>> {
        Some(match self.parser.next()? {
            // Whoever wrote it, it is shown, not obeyed.
            Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                self.diff = &*language == "diff";
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language)))
            }
            Event::End(TagEnd::CodeBlock) => {
                self.diff = false;
                Event::End(TagEnd::CodeBlock)
            }
            Event::Text(text) if self.diff => Event::Html(coloured(&text).into()),
            Event::Text(text) => match sort(&text) {
                Some((name, about)) => Event::InlineHtml(
                    format!("<span class=\"{name}\" title=\"{about}\">{text}</span>").into(),
                ),
                None => Event::Text(text),
            },
            Event::Start(Tag::Link { dest_url, link_type, title, id }) => {
                let plain = dest_url.starts_with("https://") || dest_url.starts_with('#');
                let dest_url = if plain { dest_url } else { CowStr::Borrowed("#") };
                Event::Start(Tag::Link { dest_url, link_type, title, id })
            }
            Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => Event::SoftBreak,
            event => event,
        })
    }
}

/// The class and the meaning of a sign in the timeline.
fn sort(text: &str) -> Option<(&'static str, &'static str)> {
    let is = |sort| text.chars().eq([markdown::sign(sort)]);
    match () {
        () if is(Sort::Theft) => Some(("theft", "a theft")),
        () if is(Sort::Attack) => Some(("attack", "an attacker's step")),
        () if is(Sort::Held) => Some(("held", "refused")),
        () if is(Sort::Mark) => Some(("mark", "noted by the game")),
        () if is(Sort::Other) => Some(("other", "a step of somebody else")),
        () => None,
    }
}

fn coloured(diff: &str) -> String {
    let mut lines = String::with_capacity(2 * diff.len());
    for line in diff.split_inclusive('\n') {
        let class = match line.as_bytes().first() {
            Some(b'+') => "added",
            Some(b'-') => "removed",
            Some(b'@') => "place",
            _ => "same",
        };
        lines.push_str(&format!("<span class=\"{class}\">{}</span>", escaped(line)));
    }
    lines
}

fn escaped(text: &str) -> String {
    visible(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_of_others_is_shown_not_obeyed() {
        let markdown = "a <script>alert(1)</script> [x](javascript:alert(1)) ![y](https://e.org/)";
        let html = page("<t>", "", markdown);
        assert!(!html.contains("<script>"), "{html}");
        assert!(!html.contains("javascript:"), "{html}");
        assert!(!html.contains("<img"), "{html}");
        assert!(html.contains("<title>&lt;t&gt;</title>"));
        assert!(!html.contains("src=") && !html.contains("@import") && !html.contains("url("));
    }

    #[test]
    fn diffs_have_colours() {
        let html = page("t", "", "```diff\n-<old>\n+new\n```\n");
        assert!(html.contains("<span class=\"removed\">-&lt;old&gt;"), "{html}");
        assert!(html.contains("<span class=\"added\">+new"), "{html}");
    }
}
