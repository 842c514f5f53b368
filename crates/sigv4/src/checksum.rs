//! The checksums that may trail a chunked body.
use ring::digest;

/// A checksum that S3 knows by a header of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

/// A checksum while its bytes arrive.
pub(crate) enum Running {
    Crc32(crc32fast::Hasher),
    Table { state: u64, width: u32, table: &'static Table },
    Digest(digest::Context),
}

/// Eight tables, so that eight bytes are taken in one step.
type Table = [[u64; 256]; 8];

static CRC32C: Table = table(0x82F6_3B78);
static CRC64_NVME: Table = table(0x9A6C_9329_AC4B_C9B5);

impl Algorithm {
    /// The algorithm of a trailing header.
    pub(crate) fn of_header(name: &str) -> Option<Algorithm> {
        use Algorithm::{Crc32, Crc32c, Crc64Nvme, Sha1, Sha256};
        [Crc32, Crc32c, Crc64Nvme, Sha1, Sha256].into_iter().find(|known| known.header() == name)
    }

    /// The header's name.
    pub(crate) fn header(self) -> &'static str {
        match self {
            Algorithm::Crc32 => "x-amz-checksum-crc32",
            Algorithm::Crc32c => "x-amz-checksum-crc32c",
            Algorithm::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Algorithm::Sha1 => "x-amz-checksum-sha1",
            Algorithm::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// The name in S3's texts.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Algorithm::Crc32 => "CRC32",
            Algorithm::Crc32c => "CRC32C",
            Algorithm::Crc64Nvme => "CRC64NVME",
            Algorithm::Sha1 => "SHA1",
            Algorithm::Sha256 => "SHA256",
        }
    }

    /// The checksum of nothing yet.
    pub(crate) fn start(self) -> Running {
        let sha = |algorithm| Running::Digest(digest::Context::new(algorithm));
        match self {
            Algorithm::Crc32 => Running::Crc32(crc32fast::Hasher::new()),
            Algorithm::Crc32c => {
                Running::Table { state: u64::from(u32::MAX), width: 4, table: &CRC32C }
            }
            Algorithm::Crc64Nvme => {
                Running::Table { state: u64::MAX, width: 8, table: &CRC64_NVME }
            }
            Algorithm::Sha1 => sha(&digest::SHA1_FOR_LEGACY_USE_ONLY),
            Algorithm::Sha256 => sha(&digest::SHA256),
        }
    }
}

impl Running {
    /// Takes the next bytes in.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Running::Crc32(hasher) => hasher.update(bytes),
            Running::Table { state, table, .. } => *state = advance(*state, table, bytes),
            Running::Digest(context) => context.update(bytes),
        }
    }

    /// The checksum, big-endian as S3 writes it.
    pub(crate) fn finish(self) -> Vec<u8> {
        match self {
            Running::Crc32(hasher) => hasher.finalize().to_be_bytes().to_vec(),
            Running::Table { state, width, .. } => {
                let bytes = (!state).to_be_bytes();
                bytes.into_iter().skip(8 - width as usize).collect()
            }
            Running::Digest(context) => context.finish().as_ref().to_vec(),
        }
    }
}

/// The tables of a reflected polynomial of up to 64 bits.
const fn table(polynomial: u64) -> Table {
    let mut table = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut value = byte as u64;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { value >> 1 ^ polynomial } else { value >> 1 };
            bit += 1;
        }
        table[0][byte] = value;
        byte += 1;
    }
    let mut step = 1;
    while step < 8 {
        let mut byte = 0;
        while byte < 256 {
            let before: u64 = table[step - 1][byte];
            table[step][byte] = before >> 8 ^ table[0][(before & 0xFF) as usize];
            byte += 1;
        }
        step += 1;
    }
    table
}

fn advance(mut state: u64, table: &Table, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        let mixed = (u64::from_le_bytes(*word) ^ state).to_le_bytes();
        state = 0;
        for (byte, column) in mixed.iter().zip(table.iter().rev()) {
            state ^= column[usize::from(*byte)];
        }
    }
    for byte in rest {
        state = state >> 8 ^ table[0][usize::from(state as u8 ^ byte)];
    }
    state
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::{base64, hex};

    fn of(algorithm: Algorithm, pieces: &[&[u8]]) -> Vec<u8> {
        let mut running = algorithm.start();
        pieces.iter().for_each(|piece| running.update(piece));
        running.finish()
    }

    #[test]
    fn the_check_values_of_the_catalogue_come_out() {
        // "123456789": the check value in the CRC RevEng catalogue; FIPS 180 for the digests.
        for (algorithm, expected) in [
            (Algorithm::Crc32, "cbf43926"),
            (Algorithm::Crc32c, "e3069283"),
            (Algorithm::Crc64Nvme, "ae8b14860a799888"),
            (Algorithm::Sha1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
        ] {
            assert_eq!(hex(&of(algorithm, &[b"123456789"])), expected, "{algorithm:?}");
            let split = of(algorithm, &[b"1", b"23456", b"", b"789"]);
            assert_eq!(hex(&split), expected, "{algorithm:?} in pieces");
            assert_eq!(Algorithm::of_header(algorithm.header()), Some(algorithm));
        }
        assert_eq!(base64(&of(Algorithm::Crc32c, &[&[b'a'; 66_560]])), "sOO8/Q==");
    }
}
