//! Just enough of Rust's syntax: code without comments and literals, functions and test modules.

use std::ops::RangeInclusive;

/// The text with comments and the insides of literals blanked, line for line.
pub fn code(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut blanked = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'/' if bytes.get(at + 1) == Some(&b'/') => line_end(bytes, at),
            b'/' if bytes.get(at + 1) == Some(&b'*') => comment_end(bytes, at),
            b'"' => string_end(bytes, at),
            b'\'' => character_end(bytes, at),
            b'r' if !joined(bytes, at) => raw_end(bytes, at),
            _ => at,
        };
        if end == at {
            blanked.push(bytes[at]);
            at += 1;
        } else {
            let blank = |byte: &u8| if *byte == b'\n' { b'\n' } else { b' ' };
            blanked.extend(bytes[at..end].iter().map(blank));
            at = end;
        }
    }
    // Blanked bytes are spaces and all others were copied, so this is still UTF-8.
    String::from_utf8_lossy(&blanked).into_owned()
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |length| at + length)
}

fn comment_end(bytes: &[u8], at: usize) -> usize {
    let (mut depth, mut end) = (0, at);
    while end < bytes.len() {
        if bytes[end..].starts_with(b"/*") {
            depth += 1;
            end += 2;
        } else if bytes[end..].starts_with(b"*/") {
            depth -= 1;
            end += 2;
            if depth == 0 {
                return end;
            }
        } else {
            end += 1;
        }
    }
    bytes.len()
}

fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    while end < bytes.len() {
        match bytes[end] {
            b'\\' => end += 2,
            b'"' => return end + 1,
            _ => end += 1,
        }
    }
    bytes.len()
}

/// The end of a character literal; `at` itself for a lifetime.
fn character_end(bytes: &[u8], at: usize) -> usize {
    if bytes.get(at + 1) == Some(&b'\\') {
        let quote = bytes.iter().skip(at + 3).position(|byte| *byte == b'\'');
        return quote.map_or(bytes.len(), |length| at + 3 + length + 1);
    }
    // One character of up to four bytes, then the closing quote.
    let is_quote = |offset: &usize| bytes.get(at + offset) == Some(&b'\'');
    let wide = bytes.get(at + 1).is_some_and(|byte| !byte.is_ascii());
    let most = if wide { 5 } else { 2 };
    (2..=most).find(is_quote).map_or(at, |offset| at + offset + 1)
}

/// The end of a raw string; `at` itself when there is none.
fn raw_end(bytes: &[u8], at: usize) -> usize {
    let hashes = bytes[at + 1..].iter().take_while(|byte| **byte == b'#').count();
    let open = at + 1 + hashes;
    if bytes.get(open) != Some(&b'"') {
        return at;
    }
    let mut close = vec![b'"'];
    close.resize(hashes + 1, b'#');
    let rest = &bytes[open + 1..];
    let found = rest.windows(close.len()).position(|window| window == close);
    found.map_or(bytes.len(), |length| open + 1 + length + close.len())
}

/// Whether the byte at `at` continues a name; a byte string's `b` does not count.
fn joined(bytes: &[u8], at: usize) -> bool {
    let name = |at: usize| bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_';
    match at {
        0 => false,
        1 => name(0) && bytes[0] != b'b',
        at => name(at - 1) && (bytes[at - 1] != b'b' || name(at - 2)),
    }
}

/// One function with a body.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The line of `fn`.
    pub first: usize,
    /// The line of the closing brace.
    pub last: usize,
}

/// All functions of blanked code, nested ones too.
pub fn functions(code: &str) -> Vec<Function> {
    let mut found = Vec::new();
    let bytes = code.as_bytes();
    for (at, _) in code.match_indices("fn ") {
        if at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_') {
            continue;
        }
        let rest = &code[at + 3..];
        let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("");
        if let Some(end) = body_end(bytes, at).filter(|_| !name.is_empty()) {
            let (first, last) = (line_of(code, at), line_of(code, end));
            found.push(Function { name: name.to_owned(), first, last });
        }
    }
    found
}

/// The lines of every `#[cfg(test)]` item with a body.
pub fn tests(code: &str) -> Vec<RangeInclusive<usize>> {
    let starts = code.match_indices("#[cfg(test)]");
    let range = |(at, _)| {
        let end = body_end(code.as_bytes(), at)?;
        Some(line_of(code, at)..=line_of(code, end))
    };
    starts.filter_map(range).collect()
}

/// Where the braces that follow `at` close; none when a `;` comes first, outside brackets.
fn body_end(bytes: &[u8], at: usize) -> Option<usize> {
    let (mut braces, mut others) = (0_usize, 0_usize);
    for (end, byte) in bytes.iter().enumerate().skip(at) {
        match byte {
            b'(' | b'[' => others += 1,
            b')' | b']' => others = others.saturating_sub(1),
            b';' if braces == 0 && others == 0 => return None,
            b'{' => braces += 1,
            b'}' if braces <= 1 => return (braces == 1).then_some(end),
            b'}' => braces -= 1,
            _ => {}
        }
    }
    None
}

fn line_of(code: &str, at: usize) -> usize {
    code.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_comments_are_blanked() {
        let text =
            "a('\"', \"x\\\"y\", r#\"q\"z\"#, b'\\'', 'é') // b\n/* c /* d */ */ e<'l>(r, br)";
        let blanked = code(text);
        let left: String = blanked.split_whitespace().collect();
        assert_eq!(left, "a(,,,b,)e<'l>(r,br)");
        assert_eq!(blanked.lines().count(), 2);
    }

    #[test]
    fn functions_are_measured_with_their_braces() {
        let code = code("fn a(x: [u8; 2]) {\n  { '}' }\n}\ntrait T { fn b();\nfn c() {} }\n");
        let function = |name: &str, first, last| Function { name: name.to_owned(), first, last };
        assert_eq!(functions(&code), [function("a", 1, 3), function("c", 5, 5)]);
    }

    #[test]
    fn test_modules_are_found() {
        let code = "fn a() {}\n#[cfg(test)]\nmod tests {\n}\n#[cfg(test)]\nmod more;\n";
        assert_eq!(tests(code), [2..=4]);
    }
}
