//! The `aws-chunked` encoding: chunks that are signed in a chain, and a trailing checksum.
use bytes::Bytes;
use http::HeaderMap;
use ring::digest;

use crate::Signature;
use crate::canonical::string_to_sign_head;
use crate::checksum::{Algorithm, Running};
use crate::encode::{digest_from_hex, from_base64, push_hex, text_lossy};
use crate::failure::{Failure, Mismatch};
use crate::key::SigningKey;
use crate::scope::Scope;
use crate::verify::Streaming;

const CHUNK_ALGORITHM: &str = "AWS4-HMAC-SHA256-PAYLOAD";
const TRAILER_ALGORITHM: &str = "AWS4-HMAC-SHA256-TRAILER";
const SIGNATURE_TRAILER: &str = "x-amz-trailer-signature";
const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/// The least that a chunk may hold, but for the last, in bytes.
const MIN_CHUNK: u64 = 8192;
/// The longest line that is kept: a chunk's header needs 99 bytes, a trailer about as many.
const MAX_LINE: usize = 512;

/// Unwraps an `aws-chunked` body piece by piece, checking what it passes. The bytes that it
/// hands out are not trustworthy until [`ChunkDecoder::finish`] succeeds: keep them aside.
pub struct ChunkDecoder {
    chain: Option<Chain>,
    trailer: Option<Trailer>,
    state: State,
    line: Vec<u8>,
    expected: u64,
    decoded: u64,
    chunks: u64,
    last_size: u64,
    given: Option<String>,
}

/// What a chunked body turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The length of the decoded body in bytes.
    pub length: u64,
    /// The trailing checksum that was verified: its header's name, and its value in base64.
    pub checksum: Option<(&'static str, String)>,
}

enum State {
    /// At the line that opens a chunk.
    Header,
    /// Within a chunk's data.
    Data { left: u64 },
    /// At the line end after a chunk's data.
    DataEnd,
    /// At the lines after the last chunk.
    Trailer,
    /// After the empty line that ends it all.
    Done,
}

/// Each chunk's signature covers the one before, from the request's own on.
struct Chain {
    key: SigningKey,
    access_key_id: String,
    timestamp: i64,
    scope: Scope<'static>,
    previous: String,
    data: digest::Context,
}

/// The announced checksum, and what came of it.
struct Trailer {
    algorithm: Algorithm,
    running: Running,
    value: Option<String>,
    signature: Option<String>,
}

impl ChunkDecoder {
    /// For the body of a request whose `signature` was verified with `key`; `headers` announce
    /// the decoded length and the trailer, `streaming` comes from the verification.
    ///
    /// Errors: [`Failure::DecodedLengthMissing`], [`Failure::MalformedTrailer`] when trailer
    /// and announcement disagree, [`Failure::TrailerNotSupported`].
    pub fn new(
        headers: &HeaderMap,
        streaming: Streaming,
        key: &SigningKey,
        signature: &Signature<'_>,
    ) -> Result<ChunkDecoder, Failure> {
        let chain = streaming.signed.then(|| Chain {
            key: key.clone(),
            access_key_id: signature.access_key_id.to_string(),
            timestamp: signature.timestamp,
            scope: signature.scope.clone().into_owned(),
            previous: signature.signature.to_string(),
            data: digest::Context::new(&digest::SHA256),
        });
        ChunkDecoder::with(headers, streaming.trailer, chain)
    }

    /// For the body of an anonymous request, `STREAMING-UNSIGNED-PAYLOAD-TRAILER`. Errors as
    /// [`ChunkDecoder::new`].
    pub fn unsigned(headers: &HeaderMap) -> Result<ChunkDecoder, Failure> {
        ChunkDecoder::with(headers, true, None)
    }

    fn with(
        headers: &HeaderMap,
        trailer: bool,
        chain: Option<Chain>,
    ) -> Result<ChunkDecoder, Failure> {
        let length = headers.get("x-amz-decoded-content-length").and_then(|v| v.to_str().ok());
        let digits = length.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let expected = digits.and_then(|text| text.parse().ok());
        Ok(ChunkDecoder {
            chain,
            trailer: announced(headers, trailer)?,
            state: State::Header,
            line: Vec::new(),
            expected: expected.ok_or(Failure::DecodedLengthMissing)?,
            decoded: 0,
            chunks: 0,
            last_size: 0,
            given: None,
        })
    }

    /// The length that the decoded body will have, in bytes.
    pub fn length(&self) -> u64 {
        self.expected
    }

    /// Takes from the front of `input` and gives the next piece of data, without copying it;
    /// `None` once `input` is empty. After an error the body is lost.
    pub fn feed(&mut self, input: &mut Bytes) -> Result<Option<Bytes>, Failure> {
        loop {
            if input.is_empty() {
                return Ok(None);
            }
            match self.state {
                State::Data { left } => return self.data(left, input).map(Some),
                State::Done => return Err(Failure::MalformedTrailer),
                _ => {}
            }
            if let Some(line) = self.take_line(input)? {
                self.line(&line)?;
            }
        }
    }

    /// Ends the body. Errors: whatever was missing, or the checksum was wrong.
    pub fn finish(mut self) -> Result<Decoded, Failure> {
        match self.state {
            State::Done => {}
            // Some clients leave the last empty line out.
            State::Trailer if self.line.is_empty() => self.end()?,
            _ => return Err(self.broken()),
        }
        let checksum = self.trailer.map(Trailer::check).transpose()?;
        Ok(Decoded { length: self.decoded, checksum })
    }

    fn broken(&self) -> Failure {
        Failure::IncompleteBody { expected: self.expected, provided: self.decoded }
    }

    fn data(&mut self, left: u64, input: &mut Bytes) -> Result<Bytes, Failure> {
        let size = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
        let data = input.split_to(size);
        if let Some(chain) = &mut self.chain {
            chain.data.update(&data);
        }
        if let Some(trailer) = &mut self.trailer {
            trailer.running.update(&data);
        }
        let size = data.len() as u64;
        self.decoded += size;
        self.state = State::Data { left: left - size };
        if left == size {
            self.end_chunk()?;
            self.state = State::DataEnd;
        }
        Ok(data)
    }

    fn end_chunk(&mut self) -> Result<(), Failure> {
        let given = self.given.take().unwrap_or_default();
        self.chain.as_mut().map_or(Ok(()), |chain| chain.chunk(given))
    }

    /// A line without its end, once it is whole.
    fn take_line(&mut self, input: &mut Bytes) -> Result<Option<Vec<u8>>, Failure> {
        let end = input.iter().position(|byte| *byte == b'\n');
        let piece = input.split_to(end.map_or(input.len(), |end| end + 1));
        if self.line.len() + piece.len() > MAX_LINE {
            return Err(self.broken());
        }
        self.line.extend_from_slice(&piece);
        if end.is_none() {
            return Ok(None);
        }
        let mut line = std::mem::take(&mut self.line);
        if !line.ends_with(b"\r\n") {
            return Err(self.broken());
        }
        line.truncate(line.len() - 2);
        Ok(Some(line))
    }

    fn line(&mut self, line: &[u8]) -> Result<(), Failure> {
        match self.state {
            State::Header => self.header(line),
            State::Trailer if line.is_empty() => self.end(),
            State::Trailer => self.trailer_line(line),
            _ if line.is_empty() => {
                self.state = State::Header;
                Ok(())
            }
            _ => Err(self.broken()),
        }
    }

    /// `1000;chunk-signature=…`, or the size alone when chunks are not signed.
    fn header(&mut self, line: &[u8]) -> Result<(), Failure> {
        let text = std::str::from_utf8(line).map_err(|_| self.broken())?;
        let (size, signature) = match text.split_once(";chunk-signature=") {
            Some((size, signature)) => (size, Some(signature)),
            None => (text, None),
        };
        if signature.is_some() != self.chain.is_some() {
            return Err(self.broken());
        }
        let hex = !size.is_empty() && size.bytes().all(|byte| byte.is_ascii_hexdigit());
        let size = if hex { u64::from_str_radix(size, 16).ok() } else { None };
        let size = size.ok_or_else(|| self.broken())?;
        self.given = signature.map(str::to_owned);
        self.open_chunk(size)
    }

    fn open_chunk(&mut self, size: u64) -> Result<(), Failure> {
        let provided = self.decoded.saturating_add(size);
        if provided > self.expected || size == 0 && provided < self.expected {
            return Err(Failure::IncompleteBody { expected: self.expected, provided });
        }
        if size == 0 {
            self.state = State::Trailer;
            return self.end_chunk();
        }
        if self.chunks > 0 && self.last_size < MIN_CHUNK {
            return Err(Failure::InvalidChunkSize { chunk: self.chunks, size: self.last_size });
        }
        self.chunks += 1;
        self.last_size = size;
        self.state = State::Data { left: size };
        Ok(())
    }

    /// `name:value`: the announced checksum once, then its signature once.
    fn trailer_line(&mut self, line: &[u8]) -> Result<(), Failure> {
        let signed = self.chain.is_some();
        let trailer = self.trailer.as_mut().ok_or(Failure::MalformedTrailer)?;
        let text = std::str::from_utf8(line).map_err(|_| Failure::MalformedTrailer)?;
        let (name, value) = text.split_once(':').ok_or(Failure::MalformedTrailer)?;
        let name = name.trim().to_ascii_lowercase();
        let place = if name == trailer.algorithm.header() && trailer.signature.is_none() {
            &mut trailer.value
        } else if name == SIGNATURE_TRAILER && signed {
            &mut trailer.signature
        } else {
            return Err(Failure::MalformedTrailer);
        };
        let repeated = place.replace(value.trim().to_owned()).is_some();
        if repeated { Err(Failure::MalformedTrailer) } else { Ok(()) }
    }

    /// All lines are there: the trailer's signature is judged here, its checksum at the finish.
    fn end(&mut self) -> Result<(), Failure> {
        self.state = State::Done;
        let Some(trailer) = &self.trailer else { return Ok(()) };
        let value = trailer.value.as_ref().ok_or(Failure::MalformedTrailer)?;
        let Some(chain) = &self.chain else { return Ok(()) };
        let signature = trailer.signature.as_ref().ok_or(Failure::MalformedTrailer)?;
        let canonical = format!("{}:{value}\n", trailer.algorithm.header());
        chain.trailer(&canonical, signature)
    }
}

impl Chain {
    fn head(&self, algorithm: &str) -> Vec<u8> {
        let mut message = string_to_sign_head(algorithm, self.timestamp, &self.scope);
        message.extend_from_slice(self.previous.as_bytes());
        message.push(b'\n');
        message
    }

    /// Judges the chunk whose data has passed, and goes on to the next.
    fn chunk(&mut self, given: String) -> Result<(), Failure> {
        let next = digest::Context::new(&digest::SHA256);
        let data = std::mem::replace(&mut self.data, next).finish();
        let mut message = self.head(CHUNK_ALGORITHM);
        message.extend_from_slice(EMPTY_SHA256.as_bytes());
        message.push(b'\n');
        push_hex(&mut message, data.as_ref());
        self.judge(message, &given)?;
        self.previous = given;
        Ok(())
    }

    fn trailer(&self, canonical: &str, given: &str) -> Result<(), Failure> {
        let mut message = self.head(TRAILER_ALGORITHM);
        push_hex(&mut message, digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref());
        self.judge(message, given)
    }

    fn judge(&self, message: Vec<u8>, given: &str) -> Result<(), Failure> {
        if digest_from_hex(given).is_some_and(|given| self.key.verifies(&message, &given)) {
            return Ok(());
        }
        Err(Failure::SignatureDoesNotMatch(Box::new(Mismatch {
            access_key_id: self.access_key_id.clone(),
            provided: given.to_owned(),
            canonical_request: String::new(),
            string_to_sign: text_lossy(message),
        })))
    }
}

impl Trailer {
    fn check(self) -> Result<(&'static str, String), Failure> {
        let computed = self.running.finish();
        let header = self.algorithm.header();
        let value = self.value.ok_or(Failure::MalformedTrailer)?;
        match from_base64(&value) {
            Some(given) if given == computed => Ok((header, value)),
            Some(given) if given.len() == computed.len() => {
                Err(Failure::BadDigest(self.algorithm.name()))
            }
            _ => Err(Failure::ChecksumInvalid(header)),
        }
    }
}

/// The checksum that `x-amz-trailer` announces. One that is announced without a trailer to
/// come, or the other way round, would go unchecked: it is refused.
fn announced(headers: &HeaderMap, trailer: bool) -> Result<Option<Trailer>, Failure> {
    let mut values = headers.get_all("x-amz-trailer").iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        let agree = !trailer && !headers.contains_key("x-amz-trailer");
        return if agree { Ok(None) } else { Err(Failure::MalformedTrailer) };
    };
    if !trailer {
        return Err(Failure::MalformedTrailer);
    }
    let name = value.to_str().unwrap_or("").trim().to_ascii_lowercase();
    let algorithm = Algorithm::of_header(&name).ok_or(Failure::TrailerNotSupported(name))?;
    let running = algorithm.start();
    Ok(Some(Trailer { algorithm, running, value: None, signature: None }))
}
