//! Planted texts and the search for them in what goes out.
//!
//! A text is found as it is, inside JSON and XML (which escape some characters, several times
//! where one document holds another), in base64 at any place of what is encoded, and in all of
//! these when the body is compressed with gzip.

use super::entry::JournalMarker;
use crate::{fault::Fault, key::Key, record::Record};
use aho_corasick::{AhoCorasick, MatchKind};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use flate2::read::MultiGzDecoder;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, io::Read};

/// How long a planted text may be: shorter ones turn up by chance.
const TEXT_BYTES: std::ops::RangeInclusive<usize> = 8..=256;
/// The most bytes of an id.
const MAX_ID_BYTES: usize = 256;
/// The most bytes that a compressed body is decoded to.
const MAX_DECODED_BYTES: u64 = 32 << 20;
/// How many JSON documents one inside the other are seen through.
const JSON_DEPTH: usize = 3;
/// What gzip begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A text planted in an account's data.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Mark {
    pub account: String,
    pub id: String,
    pub text: String,
}

impl Record for Mark {
    const TABLE: &'static str = "platform.journal_mark";

    fn key(&self) -> impl Key {
        (&self.account, &self.id)
    }
}

impl Mark {
    /// A mark whose text can be searched for.
    pub fn new(account: &str, id: &str, text: &str) -> Result<Self, Fault> {
        if !TEXT_BYTES.contains(&text.len()) || id.is_empty() || id.len() > MAX_ID_BYTES {
            let (least, most) = (TEXT_BYTES.start(), TEXT_BYTES.end());
            return Err(Fault::invalid(format!(
                "A marker has an id of 1 to {MAX_ID_BYTES} bytes and a text of {least} to {most}."
            )));
        }
        Ok(Self { account: account.into(), id: id.into(), text: text.into() })
    }
}

/// A search for many texts at once.
pub(super) struct Search {
    automaton: AhoCorasick,
    /// The marker of each pattern.
    markers: Vec<JournalMarker>,
}

impl Search {
    /// A search for `marks`; none if there are none.
    pub fn new(marks: &[Mark]) -> Result<Option<Self>, Fault> {
        let (mut patterns, mut markers) = (Vec::new(), Vec::new());
        for Mark { account, id, text } in marks {
            for form in forms(text) {
                patterns.push(form);
                markers.push(JournalMarker { account: account.clone(), id: id.clone() });
            }
        }
        if patterns.is_empty() {
            return Ok(None);
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(patterns)
            .map_err(Fault::internal)?;
        Ok(Some(Self { automaton, markers }))
    }

    /// The markers in `body`, each once, sorted.
    pub fn find(&self, body: &[u8]) -> Vec<JournalMarker> {
        let mut found = BTreeSet::new();
        self.note(body, &mut found);
        if body.starts_with(&GZIP) {
            let mut plain = Vec::new();
            // What comes before a defect is searched, too.
            MultiGzDecoder::new(body).take(MAX_DECODED_BYTES).read_to_end(&mut plain).ok();
            self.note(&plain, &mut found);
        }
        found.into_iter().cloned().collect()
    }

    fn note<'a>(&'a self, body: &[u8], found: &mut BTreeSet<&'a JournalMarker>) {
        let matches = self.automaton.find_overlapping_iter(body);
        found.extend(matches.filter_map(|it| self.markers.get(it.pattern().as_usize())));
    }
}

/// All forms in which a text goes out.
fn forms(text: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::from([text.to_owned(), xml(text)]);
    for (ascii, slash) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut escaped = text.to_owned();
        for _ in 0..JSON_DEPTH {
            escaped = json(&escaped, ascii, slash);
            forms.insert(escaped.clone());
        }
    }
    let encoded: Vec<_> = forms.iter().flat_map(|form| base64(form.as_bytes())).collect();
    forms.extend(encoded);
    forms
}

/// As inside a JSON string; `ascii`: with nothing beyond ASCII, `slash`: with slashes escaped.
fn json(text: &str, ascii: bool, slash: bool) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    let quoted = serde_json::Value::from(text).to_string();
    for letter in quoted.get(1..quoted.len() - 1).unwrap_or_default().chars() {
        match letter {
            '/' if slash => escaped.push_str("\\/"),
            letter if ascii && !letter.is_ascii() => {
                let mut units = [0; 2];
                for unit in letter.encode_utf16(&mut units) {
                    escaped.push_str(&format!("\\u{unit:04x}"));
                }
            }
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// As inside XML.
fn xml(text: &str) -> String {
    let escapes = [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&apos;")];
    escapes.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// The digits of base64 that `bytes` alone determine, for each place in a group of three at which
/// they may begin, in both alphabets.
fn base64(bytes: &[u8]) -> Vec<String> {
    let mut all = Vec::new();
    for before in 0..3 {
        let padded = [vec![0; before], bytes.to_vec()].concat();
        // A digit is six bits: the first ones and the last one may belong to neighbours in part.
        let (first, end) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            all.extend(engine.encode(&padded).get(first..end).map(str::to_owned));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::STANDARD;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    const TEXT: &str = "HEIST{\"é/<7f>&4b\"}";

    fn finds(body: &[u8]) -> bool {
        let marks = [("1", "other", "not to be found"), ("2", "m", TEXT)]
            .map(|(account, id, text)| Mark::new(account, id, text).unwrap());
        let search = Search::new(&marks).unwrap().unwrap();
        let found = search.find(body);
        assert!(found.len() <= 1);
        found.first().is_some_and(|it| it.account == "2" && it.id == "m")
    }

    #[test]
    fn a_text_is_found_in_all_its_forms() {
        assert!(finds(format!("a {TEXT} b").as_bytes()));
        let mut document = serde_json::json!(TEXT);
        for _ in 0..JSON_DEPTH {
            assert!(finds(document.to_string().as_bytes()), "{document}");
            document = serde_json::json!({"body": document.to_string()});
        }
        assert!(finds(br#"["HEIST{\"\u00e9\/<7f>&4b\"}"]"#));
        assert!(finds("<a>HEIST{&quot;é/&lt;7f&gt;&amp;4b&quot;}</a>".as_bytes()));
        for before in ["", "a", "ab", "abc"] {
            let whole = format!("{before}{TEXT} and more");
            assert!(finds(format!("\"{}\"", STANDARD.encode(&whole)).as_bytes()), "{before:?}");
            assert!(finds(URL_SAFE_NO_PAD.encode(&whole).as_bytes()), "{before:?}");
            let inside = serde_json::json!({before: TEXT}).to_string();
            assert!(finds(STANDARD.encode(inside).as_bytes()), "{before:?}");
        }
    }

    #[test]
    fn gzip_is_seen_through_even_when_it_is_damaged_and_only_so_far() {
        let packed = |text: &[u8]| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(text).unwrap();
            encoder.finish().unwrap()
        };
        let mut body = packed(format!("{{\"x\":{}}}", serde_json::json!(TEXT)).as_bytes());
        assert!(finds(&body));
        body.truncate(body.len() - 4);
        assert!(finds(&body));
        let bomb = vec![b'a'; usize::try_from(MAX_DECODED_BYTES).unwrap()];
        assert!(!finds(&packed(&[&bomb, TEXT.as_bytes()].concat())));
    }

    #[test]
    fn other_texts_are_not_found_and_short_ones_not_taken() {
        assert!(!finds(b""));
        assert!(!finds(b"HEIST{\"e/<7f>&4b\"}"));
        assert!(Mark::new("1", "m", "short").is_err());
        assert!(Mark::new("1", "", TEXT).is_err());
    }
}
