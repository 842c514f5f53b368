//! What the thief knows as variables of a shell: names that are names and steer nothing.

use std::collections::BTreeSet;

/// Words that names of variables which steer shells, loaders, interpreters and AWS's tools begin
/// with.
const STEERING: [&str; 22] = [
    "ALL", "AWS", "BASH", "CURL", "DYLD", "FTP", "GIT", "HEIST", "HTTP", "HTTPS", "JAVA", "LC",
    "LD", "NO", "NODE", "NPM", "PERL", "PROMPT", "PYTHON", "REQUESTS", "SSL", "XDG",
];
/// The longest name.
const MAX_LETTERS: usize = 64;

/// `ApiUrl` as the name of a variable: `API_URL`.
///
/// # Errors
/// In words, for what is not two or more words of letters and digits: one word alone, such as
/// `PATH`, may mean something to somebody else; and for words that steer programs.
pub fn named(name: &str) -> Result<String, String> {
    let wrong = |why: &str| {
        format!("`{name}` cannot be the name of a variable: {why}; choose one like `ApiUrl`")
    };
    let plain = name.len() <= MAX_LETTERS
        && name.chars().all(|letter| letter.is_ascii_alphanumeric())
        && name.starts_with(|letter: char| letter.is_ascii_uppercase());
    if !plain {
        return Err(wrong("it has a capital first, then letters and digits"));
    }
    let mut shouted = String::new();
    let mut before = 'A';
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !before.is_ascii_uppercase() {
            shouted.push('_');
        }
        shouted.push(letter.to_ascii_uppercase());
        before = letter;
    }
    match shouted.split_once('_') {
        Some((first, _)) if STEERING.contains(&first) => Err(wrong("it may steer a program")),
        None if SINGLE.contains(&&*shouted) => Ok(shouted),
        None => Err(wrong("one word alone may mean something to a program")),
        Some(_) => Ok(shouted),
    }
}

/// The names of `recon` that cannot be those of variables, or would be the same one.
///
/// # Errors
/// The first of them, and what is wrong with it.
pub fn check<'n>(names: impl Iterator<Item = &'n String>) -> Result<(), (String, String)> {
    let mut known = BTreeSet::new();
    for name in names {
        let wrong = |why| (name.clone(), why);
        if !known.insert(named(name).map_err(wrong)?) {
            return Err((name.clone(), "another name becomes the same variable".into()));
        }
    }
    Ok(())
}

/// Single words that mean nothing to any program.
const SINGLE: [&str; 1] = ["TABLES"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_variables_are_shouted() {
        assert_eq!(named("ApiUrl").unwrap(), "API_URL");
        assert_eq!(named("VictimAccountId").unwrap(), "VICTIM_ACCOUNT_ID");
        assert_eq!(named("Tables").unwrap(), "TABLES");
    }

    #[test]
    fn what_steers_a_program_or_is_no_name_is_none() {
        for name in [
            "Path",
            "PATH",
            "Ifs",
            "Ps1",
            "LdPreload",
            "BashEnv",
            "AwsEndpointUrl",
            "HttpProxy",
            "PromptCommand",
            "HeistData",
            "NodeOptions",
            "ApiUrl=x",
            "Api Url",
            "Api;Url",
            "apiUrl",
            "1Api",
            "",
            "Äpi",
            "Api\nUrl",
            "Api$(id)",
            "Api_Url",
        ] {
            assert!(named(name).is_err(), "{name}");
        }
        assert!(named(&"Ab".repeat(40)).is_err());
    }
}
