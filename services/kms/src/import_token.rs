//! Import tokens: the private half of a wrapping key, sealed, so that nothing is stored for those
//! who never come back.

use crate::{crypto::wrapping::Wrapping, error::KmsError, shapes::EncryptionAlgorithmSpec};
use service_kit::prelude::*;

const PURPOSE: &str = "kms.import_token";
/// How long a token and its wrapping key hold.
pub const VALID_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// What an import token stands for.
pub struct ImportToken {
    pub valid_to: Timestamp,
    pub wrapping: Wrapping,
    /// The bits of the wrapping key.
    pub bits: u16,
    /// PKCS #8.
    pub private: Vec<u8>,
}

impl ImportToken {
    /// The token for the key with that ARN.
    ///
    /// # Errors
    /// [`Fault::Internal`] when sealing fails.
    pub fn seal(&self, cx: &Context, key_arn: &str) -> Result<Vec<u8>, Fault> {
        let mut plain = self.valid_to.as_micros().to_be_bytes().to_vec();
        plain.push(u8::from(self.wrapping.oaep == EncryptionAlgorithmSpec::RsaesOaepSha256));
        plain.push(u8::from(self.wrapping.key_wrap));
        plain.extend(self.bits.to_be_bytes());
        plain.extend(&self.private);
        cx.platform().seal().seal(PURPOSE, key_arn.as_bytes(), &plain)
    }

    /// Opens a token for the key with that ARN.
    ///
    /// # Errors
    /// [`KmsError::InvalidImportTokenException`] or [`KmsError::ExpiredImportTokenException`].
    pub fn open(cx: &Context, key_arn: &str, token: &[u8]) -> Result<Self, KmsError> {
        let plain = cx.platform().seal().open(PURPOSE, key_arn.as_bytes(), token);
        let read = plain.as_deref().and_then(Self::read);
        let token = read.ok_or(KmsError::InvalidImportTokenException)?;
        match cx.now() < token.valid_to {
            true => Ok(token),
            false => Err(KmsError::ExpiredImportTokenException),
        }
    }

    fn read(plain: &[u8]) -> Option<Self> {
        let (micros, rest) = plain.split_first_chunk()?;
        let ([sha256, key_wrap], rest) = rest.split_first_chunk()?;
        let (bits, private) = rest.split_first_chunk()?;
        let oaep = match sha256 {
            0 => EncryptionAlgorithmSpec::RsaesOaepSha1,
            _ => EncryptionAlgorithmSpec::RsaesOaepSha256,
        };
        Some(Self {
            valid_to: Timestamp::from_micros(i64::from_be_bytes(*micros)),
            wrapping: Wrapping { oaep, key_wrap: *key_wrap == 1 },
            bits: u16::from_be_bytes(*bits),
            private: private.to_vec(),
        })
    }
}
