//! Time-based one-time passwords (RFC 6238): six digits, half a minute each, HMAC-SHA-1.

use ring::hmac;
use shape::Timestamp;

/// How long one code is shown.
pub const STEP_SECS: i64 = 30;
/// The length of seeds, as AWS makes them: 64 characters of base32.
pub const SEED_BYTES: usize = 40;

/// Which code is shown at `now`, counted from 1970.
pub fn step_at(now: Timestamp) -> i64 {
    now.as_secs().div_euclid(STEP_SECS)
}

fn key(seed: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, seed)
}

/// The code that a device with `seed` shows in `step`.
pub fn code(seed: &[u8], step: i64) -> String {
    let tag = hmac::sign(&key(seed), &step.to_be_bytes());
    let tag = tag.as_ref();
    // RFC 4226, 5.3: the last four bits say where the 31 bits of the code begin.
    let offset = usize::from(tag.last().copied().unwrap_or(0) & 15);
    let bytes = tag.iter().skip(offset).take(4);
    let number = bytes.fold(0u32, |number, byte| number << 8 | u32::from(*byte));
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

/// Whether `shown` is the code of `step`. What is compared are digests of both, so that the time it
/// takes tells nothing.
pub fn is_code(seed: &[u8], step: i64, shown: &str) -> bool {
    let key = key(seed);
    let expected = hmac::sign(&key, code(seed, step).as_bytes());
    hmac::verify(&key, shown.as_bytes(), expected.as_ref()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_rfc() {
        // RFC 6238, appendix B, the last six of its eight digits.
        let vectors = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (secs, expected) in vectors {
            let step = step_at(Timestamp::from_secs(secs));
            assert_eq!(code(b"12345678901234567890", step), expected, "at {secs}");
            assert!(is_code(b"12345678901234567890", step, expected));
            assert!(!is_code(b"12345678901234567890", step + 1, expected));
        }
    }
}
