//! The one source of randomness and identifiers: the system's, or a seed that replays.

use parking_lot::Mutex;
use rand::{Rng, RngCore, SeedableRng, rngs::StdRng};
use std::sync::Arc;

/// A cryptographically strong generator. Clones share the same stream.
#[derive(Clone)]
pub struct Entropy(Arc<Mutex<StdRng>>);

impl Entropy {
    /// Seeded by the operating system.
    pub fn system() -> Self {
        Self(Arc::new(Mutex::new(StdRng::from_os_rng())))
    }

    /// Always the same stream, for tests that replay.
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// Fills `buffer`.
    pub fn fill(&self, buffer: &mut [u8]) {
        self.0.lock().fill_bytes(buffer);
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut buffer = [0; N];
        self.fill(&mut buffer);
        buffer
    }

    /// A number below `bound`, which must not be zero.
    pub fn below(&self, bound: u64) -> u64 {
        self.0.lock().random_range(0..bound.max(1))
    }

    /// A random (version 4) UUID in lower-case text.
    pub fn uuid(&self) -> String {
        let mut bytes = self.bytes::<16>();
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let mut text = hex(&bytes);
        for at in [20, 16, 12, 8] {
            text.insert(at, '-');
        }
        text
    }

    /// `length` characters drawn from `alphabet`, which must not be empty.
    pub fn text(&self, alphabet: &[u8], length: usize) -> String {
        let mut generator = self.0.lock();
        (0..length)
            .map(|_| char::from(alphabet[generator.random_range(0..alphabet.len())]))
            .collect()
    }

    /// `length` lower-case letters and digits, as in the id of a REST API.
    pub fn lower_id(&self, length: usize) -> String {
        self.text(b"abcdefghijklmnopqrstuvwxyz0123456789", length)
    }

    /// `length` lower-case hexadecimal digits.
    pub fn hex(&self, length: usize) -> String {
        self.text(b"0123456789abcdef", length)
    }
}

/// `bytes` in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    // With room for what is put between the digits of a UUID.
    let mut text = String::with_capacity(bytes.len() * 2 + 4);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}
