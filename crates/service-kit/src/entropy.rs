//! The one source of randomness and identifiers: the system's, or a seed that replays.

use parking_lot::Mutex;
use rand::{Rng, RngCore, SeedableRng, rngs::StdRng};
use std::sync::Arc;

/// A cryptographically strong generator.
#[derive(Clone)]
pub struct Entropy(Source);

#[derive(Clone)]
enum Source {
    /// One for each thread, so that none waits for another; the system seeds them.
    System,
    /// One stream, which clones share.
    Seeded(Arc<Mutex<StdRng>>),
}

impl Entropy {
    /// Seeded by the operating system.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// Always the same stream, for tests that replay.
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded(Arc::new(Mutex::new(StdRng::seed_from_u64(seed)))))
    }

    fn draw<T>(&self, draw: impl FnOnce(&mut dyn RngCore) -> T) -> T {
        match &self.0 {
            Source::System => draw(&mut rand::rng()),
            Source::Seeded(stream) => draw(&mut *stream.lock()),
        }
    }

    /// Fills `buffer`.
    pub fn fill(&self, buffer: &mut [u8]) {
        self.draw(|generator| generator.fill_bytes(buffer));
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut buffer = [0; N];
        self.fill(&mut buffer);
        buffer
    }

    /// A number below `bound`, which must not be zero.
    pub fn below(&self, bound: u64) -> u64 {
        self.draw(|generator| generator.random_range(0..bound.max(1)))
    }

    /// A random (version 4) UUID in lower-case text.
    pub fn uuid(&self) -> String {
        let mut bytes = self.bytes::<16>();
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let mut text = String::with_capacity(36);
        for (index, byte) in bytes.into_iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            push_hex(byte, &mut text);
        }
        text
    }

    /// `length` characters drawn from `alphabet`, which must not be empty.
    pub fn text(&self, alphabet: &[u8], length: usize) -> String {
        let letter = |generator: &mut dyn RngCore| {
            char::from(alphabet[generator.random_range(0..alphabet.len())])
        };
        self.draw(|generator| (0..length).map(|_| letter(generator)).collect())
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
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        push_hex(*byte, &mut text);
    }
    text
}

fn push_hex(byte: u8, text: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    text.push(char::from(DIGITS[usize::from(byte >> 4)]));
    text.push(char::from(DIGITS[usize::from(byte & 15)]));
}
