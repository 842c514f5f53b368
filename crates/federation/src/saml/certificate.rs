//! The RSA key in an X.509 certificate. Who signed the certificate, and until when it is good,
//! does not matter: the metadata that carry it are what is trusted.

/// rsaEncryption, 1.2.840.113549.1.1.1.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

const SEQUENCE: u8 = 0x30;
const OBJECT: u8 = 0x06;
const BITS: u8 = 0x03;
const VERSION: u8 = 0xa0;

/// The key in PKCS #1 form; none if `certificate` is no DER certificate with an RSA key.
pub(super) fn rsa_key(certificate: &[u8]) -> Option<Vec<u8>> {
    let (certificate, rest) = value(SEQUENCE, certificate)?;
    if !rest.is_empty() {
        return None;
    }
    let (mut signed, _) = value(SEQUENCE, certificate)?;
    if let Some((_, rest)) = value(VERSION, signed) {
        signed = rest;
    }
    // Serial number, algorithm, issuer, validity and subject come first.
    for _ in 0..5 {
        signed = any(signed)?.2;
    }
    let (key, _) = value(SEQUENCE, signed)?;
    let (algorithm, key) = value(SEQUENCE, key)?;
    let (algorithm, _) = value(OBJECT, algorithm)?;
    let (bits, _) = value(BITS, key)?;
    let key = bits.strip_prefix(&[0])?;
    value(SEQUENCE, key)?;
    (algorithm == RSA).then(|| key.to_vec())
}

/// The value of the element at the start of `bytes`, which has this tag, and what follows it.
fn value(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (found, value, rest) = any(bytes)?;
    (found == tag).then_some((value, rest))
}

/// Tag and value of the element at the start of `bytes`, and what follows it.
fn any(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, bytes) = bytes.split_first()?;
    let (&first, bytes) = bytes.split_first()?;
    let (length, bytes) = match first {
        0..=0x7f => (usize::from(first), bytes),
        0x81..=0x83 => {
            let (digits, rest) = bytes.split_at_checked(usize::from(first & 0x7f))?;
            let length = digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit));
            (length, rest)
        }
        _ => return None,
    };
    let (value, rest) = bytes.split_at_checked(length)?;
    Some((tag, value, rest))
}
