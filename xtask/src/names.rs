//! Turns the models' names into Rust's and back, by the same rules as `shape-derive`.

/// `QueueUrl`, `queueUrl`, `MD5OfBody` and `QueueARNs` as `queue_url`, `md5_of_body`, `queue_arns`.
pub fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut text = String::new();
    for (index, &letter) in letters.iter().enumerate() {
        if !letter.is_ascii_alphanumeric() {
            separate(&mut text);
            continue;
        }
        if letter.is_ascii_uppercase() && starts_word(&letters, index) {
            separate(&mut text);
        }
        text.push(letter.to_ascii_lowercase());
    }
    text.trim_matches('_').to_owned()
}

fn separate(text: &mut String) {
    if !text.is_empty() && !text.ends_with('_') {
        text.push('_');
    }
}

/// Whether the capital at `index` begins a word: after a small letter or digit, or as the last of
/// several capitals (`KMSKey`), unless a plural `s` follows (`ARNs`).
fn starts_word(letters: &[char], index: usize) -> bool {
    let Some(before) = index.checked_sub(1).and_then(|before| letters.get(before)) else {
        return false;
    };
    if !before.is_ascii_uppercase() {
        return true;
    }
    let small = |at: usize| letters.get(at).is_some_and(char::is_ascii_lowercase);
    let plural = letters.get(index + 1) == Some(&'s') && !small(index + 2);
    small(index + 1) && !plural
}

/// `queue_url` as `QueueUrl`, or as `queueUrl` where members start with a small letter.
pub fn member(field: &str, camel: bool) -> String {
    let mut name = String::new();
    for (index, word) in field.split('_').enumerate() {
        let mut letters = word.chars();
        if let Some(first) = letters.next() {
            let keep = camel && index == 0;
            name.push(if keep { first } else { first.to_ascii_uppercase() });
        }
        name.extend(letters);
    }
    name
}

/// Any text as a Rust type or variant name: `PAY_PER_REQUEST` as `PayPerRequest`, `lambda:edge` as
/// `LambdaEdge`.
pub fn pascal(text: &str) -> String {
    let name = member(&snake(text), false);
    match name.chars().next() {
        None => "Empty".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("N{name}"),
        Some(_) if name == "Self" => "SelfValue".to_owned(),
        Some(_) => name,
    }
}

/// `PayPerRequest` as `PAY_PER_REQUEST`, exactly as the derive spells plain variants.
pub fn screaming(variant: &str) -> String {
    let mut name = String::new();
    for letter in variant.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

/// A field's identifier: keywords become raw, and what cannot be raw gets another name.
pub fn field(name: &str) -> String {
    let text = snake(name);
    match text.as_str() {
        "self" | "super" | "crate" => format!("{text}_value"),
        "as" | "async" | "await" | "box" | "break" | "const" | "continue" | "do" | "dyn"
        | "else" | "enum" | "extern" | "false" | "final" | "fn" | "for" | "gen" | "if" | "impl"
        | "in" | "let" | "loop" | "macro" | "match" | "mod" | "move" | "mut" | "override"
        | "priv" | "pub" | "ref" | "return" | "static" | "struct" | "trait" | "true" | "try"
        | "type" | "typeof" | "unsafe" | "use" | "virtual" | "where" | "while" | "yield" => {
            format!("r#{text}")
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_fields_and_come_back() {
        let names =
            ["queue_url", "md5_of_body", "queue_arns", "kms_key_id", "s3_bucket", "rest_api"];
        let models = ["QueueUrl", "MD5OfBody", "QueueARNs", "KMSKeyId", "S3Bucket", "restApi"];
        for (field, model) in names.iter().zip(models) {
            assert_eq!(snake(model), *field);
        }
        assert_eq!(member("queue_url", false), "QueueUrl");
        assert_eq!(member("queue_url", true), "queueUrl");
        assert_eq!(field("Type"), "r#type");
    }

    #[test]
    fn values_become_variants() {
        assert_eq!(pascal("PAY_PER_REQUEST"), "PayPerRequest");
        assert_eq!(pascal("python3.12"), "Python3_12".replace('_', ""));
        assert_eq!(pascal("2xx"), "N2xx");
        assert_eq!(screaming("PayPerRequest"), "PAY_PER_REQUEST");
    }
}
