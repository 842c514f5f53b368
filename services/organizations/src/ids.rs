//! Ids, in AWS's forms.

use service_kit::prelude::*;

const LETTERS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// A new id: `prefix` and so many small letters and digits.
pub(crate) fn new_id(cx: &Context, prefix: &str, length: usize) -> String {
    format!("{prefix}{}", cx.entropy().text(LETTERS, length))
}

/// The number of a new account. It does not start with a zero, as those of AWS may.
pub(crate) fn new_account_id(cx: &Context) -> String {
    const FIRST: u64 = 100_000_000_000;
    (FIRST + cx.entropy().below(9 * FIRST)).to_string()
}
