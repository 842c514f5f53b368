//! What a player is to steal, kept out of what the range itself tells.

use crate::{names::Names, run::CheckResult, scenario::Scenario};
use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD};

/// What is shown instead.
const MASK: &str = "HEIST{…}";
/// Of a text that was cut, so many letters of a secret at its end give it away.
const TELLING: usize = 6;

/// The flags of a game, in the forms in which answers have them.
pub struct Secrets(Vec<String>);

impl Secrets {
    /// Those of `scenario`.
    pub fn of(scenario: &Scenario, names: &Names) -> Self {
        let flags = scenario.flags.iter();
        let texts = flags.filter_map(|flag| names.get(&format!("flags.{}", flag.id)));
        Self(texts.flat_map(forms).collect())
    }

    /// `checks` without them.
    pub fn kept(&self, mut checks: Vec<CheckResult>) -> Vec<CheckResult> {
        for check in &mut checks {
            check.detail = self.masked(&check.detail);
        }
        checks
    }

    /// `text` without them, even if it ends in the middle of one.
    pub fn masked(&self, text: &str) -> String {
        let mut masked = text.to_owned();
        for secret in &self.0 {
            masked = masked.replace(secret, MASK);
            let body = masked.trim_end_matches('…');
            let parts = (TELLING..secret.len()).rev().filter_map(|end| secret.get(..end));
            let rest = parts.into_iter().find_map(|part| body.strip_suffix(part));
            if let Some(rest) = rest {
                masked = format!("{rest}{MASK}");
            }
        }
        masked
    }
}

/// A text as it is, and in base64 at any place of what is encoded.
fn forms(text: &str) -> Vec<String> {
    let encoded = (0..3).map(|before| {
        let padded = [vec![0; before], text.as_bytes().to_vec()].concat();
        let whole = BASE64_STANDARD_NO_PAD.encode(&padded);
        // The letters at the ends hold bits of what stands beside it, too.
        let (first, last) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
        whole.get(first..last).unwrap_or_default().to_owned()
    });
    std::iter::once(text.to_owned()).chain(encoded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::prelude::BASE64_STANDARD;

    #[test]
    fn no_form_of_a_secret_is_told() {
        let flag = "HEIST{vault.AbCdEfGh12345678}";
        let secrets = Secrets(forms(flag));
        assert_eq!(secrets.masked(&format!("got {flag}, {flag}")), format!("got {MASK}, {MASK}"));
        for before in ["", "a", "ab", "abc"] {
            let encoded = BASE64_STANDARD.encode(format!("{before}{flag} and more"));
            let masked = secrets.masked(&encoded);
            assert!(masked.contains(MASK) && masked.len() < encoded.len() - 20, "{masked}");
        }
        assert_eq!(secrets.masked("200 HEIST{vault.AbCd…"), format!("200 {MASK}"));
        assert_eq!(secrets.masked("nothing here…"), "nothing here…");
    }
}
