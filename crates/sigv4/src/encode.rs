//! Text forms that signing needs: hexadecimal, base64 and percent encoding.
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::digest;

const HEX_UPPER: [u8; 16] = *b"0123456789ABCDEF";

/// Appends `bytes` in lower-case hexadecimal.
pub(crate) fn push_hex(out: &mut Vec<u8>, bytes: &[u8]) {
    // Sums become vector instructions, which a table does not.
    let digit = |nibble: u8| nibble + b'0' + u8::from(nibble > 9) * (b'a' - b'9' - 1);
    let start = out.len();
    out.resize(start + bytes.len() * 2, 0);
    for (pair, byte) in out[start..].as_chunks_mut().0.iter_mut().zip(bytes) {
        *pair = [digit(byte >> 4), digit(byte & 15)];
    }
}

/// `bytes` in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut out = Vec::with_capacity(bytes.len() * 2);
    push_hex(&mut out, bytes);
    text_lossy(out)
}

/// Reads 64 lower-case hexadecimal digits: the only form that AWS accepts for a digest.
pub(crate) fn digest_from_hex(text: &str) -> Option<[u8; 32]> {
    let mut out = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, pair) in out.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let &[high, low] = pair else { return None };
        *byte = lower_hex_digit(high)? << 4 | lower_hex_digit(low)?;
    }
    Some(out)
}

/// The SHA-256 of `bytes`, in lower-case hexadecimal.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// The SHA-256 of `bytes`, in base64: how AWS shows an Authorization header without leaking it.
pub(crate) fn sha256_base64(bytes: &[u8]) -> String {
    base64(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// `bytes` in standard base64 with padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Reads standard base64 with padding.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Appends one byte, percent-encoded unless it is unreserved (RFC 3986).
pub(crate) fn push_encoded(out: &mut Vec<u8>, byte: u8) {
    if matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~') {
        out.push(byte);
    } else {
        out.push(b'%');
        out.push(HEX_UPPER[usize::from(byte >> 4)]);
        out.push(HEX_UPPER[usize::from(byte & 15)]);
    }
}

/// The bytes that percent-encoded text stands for. A `%` without two hexadecimal digits after
/// it stands for itself.
pub(crate) fn decoded(text: &str) -> impl Iterator<Item = u8> {
    let mut rest = text.as_bytes();
    std::iter::from_fn(move || match *rest {
        [b'%', high, low, ref after @ ..]
            if hex_digit(high).is_some() && hex_digit(low).is_some() =>
        {
            rest = after;
            Some(hex_digit(high)? << 4 | hex_digit(low)?)
        }
        [byte, ref after @ ..] => {
            rest = after;
            Some(byte)
        }
        [] => None,
    })
}

/// As [`decoded`], with `+` standing for a space, as in a query string.
pub(crate) fn decoded_query(text: &str) -> String {
    let plain = text.replace('+', " ");
    text_lossy(decoded(&plain).collect())
}

/// Bytes as text; what is not UTF-8 becomes the replacement character.
pub(crate) fn text_lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}

fn lower_hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

fn hex_digit(digit: u8) -> Option<u8> {
    lower_hex_digit(digit.to_ascii_lowercase())
}
