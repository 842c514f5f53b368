//! Identifiers of principals and keys, in AWS's forms.

use crate::entropy::Entropy;

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A unique id such as `AIDA…`: the prefix and seventeen characters.
pub fn unique_id(prefix: &str, entropy: &Entropy) -> String {
    format!("{prefix}{}", entropy.text(BASE32, 17))
}

/// An access key id with `prefix` (`AKIA` or `ASIA`). As on AWS the characters after the prefix
/// are base32 whose first six bytes hold the account, which [`access_key_account`] reads back.
pub fn access_key_id(prefix: &str, account: &str, entropy: &Entropy) -> String {
    let mut bytes = entropy.bytes::<10>();
    let number = account.parse::<u64>().unwrap_or(0) & 0xff_ffff_ffff;
    // Bit 47 is set in every key since 2019; the account takes 40 bits, seven more are random.
    let head = 1 << 47 | number << 7 | u64::from(bytes[5] & 0x7f);
    bytes[..6].copy_from_slice(&head.to_be_bytes()[2..]);
    let mut text = prefix.to_owned();
    for chunk in bytes.chunks(5) {
        let bits = chunk.iter().fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
        text.extend((0..8).map(|i| char::from(BASE32[(bits >> (35 - 5 * i) & 31) as usize])));
    }
    text
}

/// The account inside an access key id; none if the id is not of that form.
pub fn access_key_account(id: &str) -> Option<String> {
    let digits = id.get(4..14).filter(|_| id.len() == 20)?;
    let mut bits = 0u64;
    for letter in digits.bytes() {
        bits = bits << 5 | BASE32.iter().position(|digit| *digit == letter)? as u64;
    }
    // Fifty bits were read; the first 48 hold the account.
    let number = (bits >> 2 & 0x7fff_ffff_ff80) >> 7;
    Some(format!("{number:012}"))
}

/// A secret access key: forty characters.
pub fn secret_access_key(entropy: &Entropy) -> String {
    entropy.text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 40)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_id_tells_its_account() {
        let entropy = Entropy::seeded(1);
        for account in ["000000000000", "123456789012", "999999999999"] {
            let id = access_key_id("AKIA", account, &entropy);
            assert_eq!(id.len(), 20);
            assert_eq!(access_key_account(&id).as_deref(), Some(account), "{id}");
        }
        // A key whose account is public knowledge: the one in AWS's own examples has none.
        assert_eq!(access_key_account("AKIA"), None);
    }
}
