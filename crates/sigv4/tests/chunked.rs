//! Chunked bodies: AWS's documented examples, every way to break one, and arbitrary bytes.
#![allow(clippy::unwrap_used)] // The helpers of tests are tests too.
mod common;

use bytes::Bytes;
use common::Call;
use http::HeaderMap;
use proptest::prelude::*;
use ring::{digest, hmac};
use sigv4::{
    ChunkDecoder, Decoded, Dialect, Failure, Payload, PayloadMode, Rules, Signature, SigningKey,
    Streaming, verify,
};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
/// 20130524T000000Z.
const NOW: i64 = 1_369_353_600;
const S3: Rules = Rules { service: "s3", region: Some("us-east-1"), s3: true };
const SIGNED: Streaming = Streaming { signed: true, trailer: false };
const SIGNED_TRAILER: Streaming = Streaming { signed: true, trailer: true };
/// "Amazon S3 API Reference, Signature Calculations: Transferring Payload in Multiple Chunks".
const SEED: &str = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
const CHUNKS: [&str; 3] = [
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
];
/// The same reference, "Including Trailing Headers".
const TRAILER_SEED: &str = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";
const TRAILER_CHUNKS: [&str; 3] = [
    "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
    "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
    "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
];
const TRAILER: &str = "x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:\
                       d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n";

fn documented(trailer: bool) -> Call {
    let content = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
    let content = if trailer { format!("{content}-TRAILER") } else { content.to_owned() };
    let mut headers = vec![
        ("host", "s3.amazonaws.com"),
        ("x-amz-date", "20130524T000000Z"),
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ("x-amz-content-sha256", content.as_str()),
        ("content-encoding", "aws-chunked"),
        ("x-amz-decoded-content-length", "66560"),
    ];
    if trailer {
        headers.push(("x-amz-trailer", "x-amz-checksum-crc32c"));
    } else {
        headers.push(("content-length", "66824"));
    }
    let (length, last, seed) =
        if trailer { ("", ";x-amz-trailer", TRAILER_SEED) } else { ("content-length;", "", SEED) };
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,\
         SignedHeaders=content-encoding;{length}host;x-amz-content-sha256;x-amz-date;\
         x-amz-decoded-content-length;x-amz-storage-class{last},Signature={seed}"
    );
    Call::new("PUT", "/examplebucket/chunkObject.txt", &headers, b"")
        .with("authorization", &authorization)
}

fn documented_body(signatures: &[&str; 3], end: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for (size, signature) in [65_536, 1024, 0].into_iter().zip(signatures) {
        body.extend(format!("{size:x};chunk-signature={signature}\r\n").into_bytes());
        if size > 0 {
            body.extend(vec![b'a'; size]);
            body.extend(b"\r\n");
        }
    }
    body.extend(end.as_bytes());
    body
}

fn key(call: &Call) -> (Signature<'_>, SigningKey) {
    let signature = call.signature();
    let key = SigningKey::derive(SECRET, &signature.scope);
    (signature, key)
}

fn decode(
    mut decoder: ChunkDecoder,
    body: &[u8],
    step: usize,
) -> Result<(Vec<u8>, Decoded), Failure> {
    let mut data = Vec::new();
    for piece in body.chunks(step) {
        let mut piece = Bytes::copy_from_slice(piece);
        while let Some(part) = decoder.feed(&mut piece)? {
            data.extend(part);
        }
        assert!(piece.is_empty());
    }
    Ok((data, decoder.finish()?))
}

#[test]
fn the_documented_upload_is_accepted() {
    let call = documented(false);
    let (signature, key) = key(&call);
    let verdict = verify(&call.request(), &signature, &key, Payload::Unread, NOW, &S3).unwrap();
    assert_eq!(verdict.payload, PayloadMode::Chunked(SIGNED));
    let body = documented_body(&CHUNKS, "\r\n");
    assert_eq!(body.len(), 66_824);
    for step in [1, 7, 85, 4096, body.len()] {
        let decoder = ChunkDecoder::new(&call.headers, SIGNED, &key, &signature).unwrap();
        assert_eq!(decoder.length(), 66_560);
        let (data, decoded) = decode(decoder, &body, step).unwrap();
        assert_eq!(data, vec![b'a'; 66_560]);
        assert_eq!(decoded, Decoded { length: 66_560, checksum: None });
    }
}

#[test]
fn the_documented_trailer_is_accepted() {
    let call = documented(true);
    let (signature, key) = key(&call);
    let verdict = verify(&call.request(), &signature, &key, Payload::Unread, NOW, &S3).unwrap();
    assert_eq!(verdict.payload, PayloadMode::Chunked(SIGNED_TRAILER));
    let body = documented_body(&TRAILER_CHUNKS, TRAILER);
    assert_eq!(body.len(), 66_946);
    for end in [body.len(), body.len() - 2] {
        let decoder = ChunkDecoder::new(&call.headers, SIGNED_TRAILER, &key, &signature).unwrap();
        let (_, decoded) = decode(decoder, &body[..end], 999).unwrap();
        let checksum = ("x-amz-checksum-crc32c", "sOO8/Q==".to_owned());
        assert_eq!(decoded, Decoded { length: 66_560, checksum: Some(checksum) });
    }
}

fn refused(body: &[u8], trailer: bool) -> Failure {
    let call = documented(trailer);
    let (signature, key) = key(&call);
    let streaming = Streaming { signed: true, trailer };
    let decoder = ChunkDecoder::new(&call.headers, streaming, &key, &signature).unwrap();
    decode(decoder, body, 4096).unwrap_err()
}

#[test]
fn an_altered_byte_breaks_its_chunk() {
    let good = documented_body(&CHUNKS, "\r\n");
    for at in [100, 65_535, 66_000] {
        let mut bad = good.clone();
        bad[at] = b'b';
        let failure = refused(&bad, false);
        assert!(matches!(failure, Failure::SignatureDoesNotMatch(_)), "{failure:?}");
        assert_eq!(failure.code(Dialect::S3), "SignatureDoesNotMatch");
        assert!(failure.details()[1].1.starts_with("AWS4-HMAC-SHA256-PAYLOAD\n"));
    }
    for signature in CHUNKS {
        let text = String::from_utf8(good.clone()).unwrap();
        let bad = text.replace(signature, &signature.replace(&signature[..1], "c"));
        assert!(matches!(refused(bad.as_bytes(), false), Failure::SignatureDoesNotMatch(_)));
    }
}

#[test]
fn a_body_that_ends_early_is_incomplete() {
    let good = documented_body(&CHUNKS, "\r\n");
    for end in [0, 50, 88, 70_000_usize.min(good.len() - 86), good.len() - 3] {
        let failure = refused(&good[..end], false);
        assert_eq!(failure.code(Dialect::S3), "IncompleteBody", "{end}");
        assert_eq!(failure.status(Dialect::S3), 400);
    }
}

#[test]
fn an_altered_trailer_is_refused() {
    for (from, to) in [
        ("sOO8/Q==", "sOO8/A=="),
        ("x-amz-trailer-signature:d", "x-amz-trailer-signature:e"),
        ("x-amz-trailer-signature:d81f", "x-amz-trailer-signature:d81"),
    ] {
        let body = documented_body(&TRAILER_CHUNKS, &TRAILER.replace(from, to));
        assert!(matches!(refused(&body, true), Failure::SignatureDoesNotMatch(_)), "{to}");
    }
    for end in [
        "\r\n",
        "x-amz-checksum-crc32c:sOO8/Q==\r\n\r\n",
        "x-amz-checksum-crc32c\r\n\r\n",
        "x-amz-checksum-crc32:sOO8/Q==\r\n\r\n",
        &format!("x-amz-checksum-crc32c:sOO8/Q==\r\n{TRAILER}"),
        &format!("{TRAILER}more"),
        "\u{ff}\r\n",
    ] {
        let failure = refused(&documented_body(&TRAILER_CHUNKS, end), true);
        assert_eq!(failure.code(Dialect::S3), "MalformedTrailerError", "{end}");
    }
}

fn unsigned_headers(length: &str, trailer: &str) -> HeaderMap {
    let headers = [("x-amz-decoded-content-length", length), ("x-amz-trailer", trailer)];
    Call::new("PUT", "/", &headers, b"").headers
}

fn unsigned(length: &str, trailer: &str, body: &str) -> Result<(Vec<u8>, Decoded), Failure> {
    decode(ChunkDecoder::unsigned(&unsigned_headers(length, trailer))?, body.as_bytes(), 3)
}

#[test]
fn unsigned_chunks_are_held_to_their_checksum() {
    for (name, value) in [
        ("crc32", "y/Q5Jg=="),
        ("crc32c", "4waSgw=="),
        ("crc64nvme", "rosUhgp5mIg="),
        ("sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
        ("sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
    ] {
        let name = format!("x-amz-checksum-{name}");
        let body = format!("9\r\n123456789\r\n0\r\n{name}:{value}\r\n\r\n");
        let (data, decoded) = unsigned("9", &name.to_uppercase(), &body).unwrap();
        assert_eq!(data, b"123456789");
        assert_eq!(decoded.checksum, Some((name.as_str(), value.to_owned())));
        let wrong = unsigned("9", &name, &body.replace("123456789", "123456788")).unwrap_err();
        assert_eq!(wrong.code(Dialect::S3), "BadDigest");
        let short = unsigned("9", &name, &body.replace(value, "AAA=")).unwrap_err();
        assert_eq!(
            short.message(Dialect::S3),
            format!("Value for {name} trailing header is invalid.")
        );
    }
}

#[test]
fn an_empty_body_is_one_empty_chunk() {
    let end = "0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n";
    let (data, decoded) = unsigned("0", "x-amz-checksum-crc32", end).unwrap();
    assert_eq!((data.len(), decoded.length), (0, 0));
}

#[test]
fn malformed_chunks_are_refused() {
    for body in [
        "\r\n",
        "-1\r\n",
        "+1\r\na\r\n",
        "0x1\r\na\r\n",
        "g\r\n",
        "1;chunk-signature=aa\r\na\r\n",
        "1\na\r\n",
        "1\r\nab\r\n",
        "1\r\na",
        "2\r\nab\r\n",
        "fffffffffffffffff\r\n",
        "ffffffffffffffff\r\n",
        "0\r\n\r\n",
        &"1".repeat(600),
    ] {
        let failure = unsigned("1", "x-amz-checksum-crc32", body).unwrap_err();
        assert_eq!(failure.code(Dialect::S3), "IncompleteBody", "{body}");
    }
}

#[test]
fn only_the_last_chunk_may_be_small() {
    let failure = unsigned("2", "x-amz-checksum-crc32", "1\r\na\r\n1\r\nb\r\n").unwrap_err();
    assert_eq!(failure, Failure::InvalidChunkSize { chunk: 1, size: 1 });
    assert_eq!(failure.code(Dialect::S3), "InvalidChunkSizeError");
}

#[test]
fn announcements_must_fit() {
    let refuse = |length, trailer| ChunkDecoder::unsigned(&unsigned_headers(length, trailer)).err();
    let crc = "x-amz-checksum-crc32";
    for length in ["", "-1", "x", "1.0", "+1", "99999999999999999999"] {
        assert_eq!(refuse(length, crc), Some(Failure::DecodedLengthMissing), "{length}");
    }
    let other = Some(Failure::TrailerNotSupported("x-amz-meta-a".into()));
    assert_eq!(refuse("1", "x-amz-meta-a"), other);
    assert_eq!(ChunkDecoder::unsigned(&HeaderMap::new()).err(), Some(Failure::MalformedTrailer));
    let call = documented(true);
    let (signature, key) = key(&call);
    let unannounced = ChunkDecoder::new(&call.headers, SIGNED, &key, &signature).err();
    assert_eq!(unannounced, Some(Failure::MalformedTrailer));
}

/// Signs chunks as a client does, with nothing of the crate under test.
fn encode(data: &[u8], size: usize) -> Vec<u8> {
    let mut key = [b"AWS4", SECRET.as_bytes()].concat();
    for part in ["20130524", "us-east-1", "s3", "aws4_request"] {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), part.as_bytes());
        key = tag.as_ref().to_vec();
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let sha256 = |bytes: &[u8]| hex(digest::digest(&digest::SHA256, bytes).as_ref());
    let (mut previous, mut body) = (SEED.to_owned(), Vec::new());
    for chunk in data.chunks(size).chain([&[][..]]) {
        let message = format!(
            "AWS4-HMAC-SHA256-PAYLOAD\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n\
             {previous}\n{}\n{}",
            sha256(b""),
            sha256(chunk),
        );
        previous = hex(hmac::sign(&key, message.as_bytes()).as_ref());
        body.extend(format!("{:X};chunk-signature={previous}\r\n", chunk.len()).into_bytes());
        body.extend(chunk);
        body.extend(if chunk.is_empty() { &b""[..] } else { b"\r\n" });
    }
    body.extend(b"\r\n");
    body
}

fn decoder(length: usize) -> ChunkDecoder {
    let call = documented(false);
    let (signature, key) = key(&call);
    let mut headers = call.headers.clone();
    headers.insert("x-amz-decoded-content-length", length.into());
    ChunkDecoder::new(&headers, SIGNED, &key, &signature).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_a_client_sends_comes_out(
        data in prop::collection::vec(any::<u8>(), 0..40_000),
        size in 8192usize..20_000,
        step in 1usize..50_000,
    ) {
        let body = encode(&data, size);
        let (decoded, end) = decode(decoder(data.len()), &body, step).unwrap();
        prop_assert_eq!(end.length, data.len() as u64);
        prop_assert_eq!(decoded, data);
    }

    #[test]
    fn one_changed_bit_is_refused(
        data in prop::collection::vec(any::<u8>(), 1..300), at in any::<usize>(), bit in 0u32..8,
    ) {
        let mut body = encode(&data, 8192);
        let index = at % body.len();
        // `A` and `a` are the same digit of a size: the only bit without a meaning.
        prop_assume!(!(bit == 5 && body[index].is_ascii_alphabetic() && index < 4));
        body[index] ^= 1 << bit;
        prop_assert!(decode(decoder(data.len()), &body, 64).is_err());
    }

    #[test]
    fn arbitrary_bytes_are_safe(
        body in prop::collection::vec(prop_oneof![
            prop::sample::select(b"0123af;\r\n:-= ".to_vec()), any::<u8>()], 0..300),
        length in 0usize..20,
        step in 1usize..40,
    ) {
        let signed = decode(decoder(length), &body, step);
        prop_assert!(signed.is_err());
        let headers = unsigned_headers(&length.to_string(), "x-amz-checksum-crc32");
        let _ = decode(ChunkDecoder::unsigned(&headers).unwrap(), &body, step);
    }
}
