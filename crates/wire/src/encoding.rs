//! Content encodings of request bodies.

use crate::WireError;
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::{HeaderMap, header::CONTENT_ENCODING};
use std::io::Read;

/// The body without its `Content-Encoding: gzip`, at most `limit` bytes long, however small it
/// came; the body as it is when it has no such encoding ("Smithy: requestCompression trait").
///
/// Not for operations that store the encoding with the body, such as S3's PutObject.
///
/// # Errors
/// [`WireError::TooLarge`] above the limit, [`WireError::Malformed`] when it is not gzip.
pub fn ungzip(headers: &HeaderMap, body: &Bytes, limit: usize) -> Result<Bytes, WireError> {
    let encoding = headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    if !encoding.is_some_and(|encoding| encoding.trim().eq_ignore_ascii_case("gzip")) {
        return Ok(body.clone());
    }
    let mut plain = Vec::new();
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    MultiGzDecoder::new(body.as_ref())
        .take(bound)
        .read_to_end(&mut plain)
        .map_err(|_| WireError::Malformed("The request body is not valid gzip".into()))?;
    if plain.len() > limit {
        return Err(WireError::TooLarge(limit));
    }
    Ok(plain.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn gzip(plain: &[u8]) -> Bytes {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap().into()
    }

    #[test]
    fn gzip_is_undone_within_the_limit() {
        let mut headers = HeaderMap::new();
        let body = gzip(&[b'x'; 1000]);
        assert_eq!(ungzip(&headers, &body, 10), Ok(body.clone()));
        headers.insert(CONTENT_ENCODING, "gzip".parse().unwrap());
        assert_eq!(ungzip(&headers, &body, 1000), Ok(Bytes::from_static(&[b'x'; 1000])));
        assert_eq!(ungzip(&headers, &body, 999), Err(WireError::TooLarge(999)));
        let broken = body.slice(..body.len() / 2);
        assert!(matches!(ungzip(&headers, &broken, 1000), Err(WireError::Malformed(_))));
    }
}
