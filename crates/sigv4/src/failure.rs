//! Every way in which a request is not authentic, with AWS's code, status and text for it.
use std::fmt;

use http::StatusCode;

use crate::malformation::Malformation;
use crate::{Form, clock};

const MISMATCH: &str = "The request signature we calculated does not match the signature you \
     provided. Check your AWS Secret Access Key and signing method. \
     Consult the service documentation for details.";
const S3_MISMATCH: &str = "The request signature we calculated does not match the signature you \
     provided. Check your key and signing method.";
const S3_UNKNOWN_KEY: &str = "The AWS Access Key Id you provided does not exist in our records.";
const S3_PAYLOADS: &str = "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, \
     STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, \
     STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, \
     STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.";
const S3_TRAILER: &str = "The request contained trailing data that was not well-formed or did \
     not conform to our published schema.";

/// The families of error codes: AWS names the same failure differently on each protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// XML query services: IAM, STS, SNS, CloudFormation.
    Query,
    /// JSON 1.0 and 1.1: DynamoDB, KMS, SQS, Logs and others. Always status 400.
    Json,
    /// REST with JSON: Lambda, API Gateway, X-Ray. Always status 403.
    RestJson,
    /// S3.
    S3,
}

/// Why a request is not authentic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Nothing is signed, and this operation needs a signature.
    MissingAuthenticationToken,
    /// The signature's form is wrong.
    IncompleteSignature(Malformation),
    /// Signed in the header and in the query string.
    TwoSignatures,
    /// The access key is unknown, inactive, or its owner is gone. For the caller of this crate.
    UnrecognizedClient {
        /// The key's id, which S3 repeats.
        access_key_id: String,
    },
    /// The session token is missing or is not this key's. For the caller of this crate.
    InvalidToken,
    /// The temporary credentials have ended. For the caller of this crate.
    ExpiredToken,
    /// The scope is for another day, region or service.
    ScopeMismatch(ScopeMismatch),
    /// Signed too long ago.
    Expired(Skew),
    /// Signed in the future.
    NotYetCurrent(Skew),
    /// A presigned request is used after its time.
    PresignedExpired {
        /// When it was signed, in Unix seconds.
        signed: i64,
        /// For how many seconds.
        expires: u32,
        /// The server's time, in Unix seconds.
        now: i64,
    },
    /// These headers must be signed and are not.
    HeadersNotSigned(Vec<String>),
    /// The signature is wrong.
    SignatureDoesNotMatch(Box<Mismatch>),
    /// S3: `x-amz-content-sha256` is missing.
    ContentSha256Missing,
    /// S3: `x-amz-content-sha256` is neither a digest nor a known word.
    ContentSha256Invalid(String),
    /// The body is not the one whose digest is signed.
    ContentSha256Mismatch {
        /// What the request claims.
        claimed: String,
        /// What the body has.
        computed: String,
    },
    /// A payload algorithm that is not built: Signature Version 4A's chunks.
    UnsupportedPayload(String),
    /// A chunked body without `x-amz-decoded-content-length`.
    DecodedLengthMissing,
    /// A chunked body that ends early, is longer or shorter than declared, or is malformed.
    IncompleteBody {
        /// The declared length of the decoded body, in bytes.
        expected: u64,
        /// The bytes that were decoded.
        provided: u64,
    },
    /// A chunk other than the last is under 8 192 bytes.
    InvalidChunkSize {
        /// Which, from 1.
        chunk: u64,
        /// Its size in bytes.
        size: u64,
    },
    /// The trailer is not what `x-amz-trailer` announced.
    MalformedTrailer,
    /// `x-amz-trailer` announces something other than a known checksum.
    TrailerNotSupported(String),
    /// The trailing checksum has the wrong form.
    ChecksumInvalid(&'static str),
    /// The trailing checksum (this algorithm's) is not the body's.
    BadDigest(&'static str),
}

/// How far the request's clock is off; all in Unix seconds or seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skew {
    /// When the request says it was signed.
    pub signed: i64,
    /// The server's time.
    pub now: i64,
    /// How many seconds they may differ.
    pub allowed: i64,
    /// Where the signature was.
    pub form: Form,
}

/// Each part of the scope that is wrong, with what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeMismatch {
    /// The region given, and the one that is expected.
    pub region: Option<(String, String)>,
    /// The service given, and the one that is expected.
    pub service: Option<(String, String)>,
    /// The last word given, when it is not `aws4_request`.
    pub terminator: Option<String>,
    /// The day given, and the request's time in Unix seconds.
    pub date: Option<(String, i64)>,
    /// Where the signature was.
    pub form: Form,
}

/// What AWS repeats of a request whose signature is wrong, so that a client can compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The key that should have signed.
    pub access_key_id: String,
    /// The signature as given.
    pub provided: String,
    /// The canonical request as it was read here. Empty for a chunk.
    pub canonical_request: String,
    /// The string to sign as it was read here.
    pub string_to_sign: String,
}

/// One refusal as S3 gives it.
pub(crate) struct S3 {
    code: &'static str,
    status: u16,
    message: String,
}

/// One row of the table of codes that all other services share.
#[derive(Clone, Copy)]
enum Row {
    Missing,
    Incomplete,
    Unrecognized,
    Expired,
    Mismatch,
}

impl Failure {
    /// The error code on this protocol.
    pub fn code(&self, dialect: Dialect) -> &'static str {
        match (self.row(), dialect) {
            (_, Dialect::S3) => self.s3().code,
            (Row::Missing, Dialect::Query) => "MissingAuthenticationToken",
            (Row::Missing, _) => "MissingAuthenticationTokenException",
            (Row::Incomplete, Dialect::Query) => "IncompleteSignature",
            (Row::Incomplete, _) => "IncompleteSignatureException",
            (Row::Unrecognized, Dialect::Query) => "InvalidClientTokenId",
            (Row::Unrecognized, _) => "UnrecognizedClientException",
            (Row::Expired, Dialect::Query) => "ExpiredToken",
            (Row::Expired, _) => "ExpiredTokenException",
            (Row::Mismatch, Dialect::Query) => "SignatureDoesNotMatch",
            (Row::Mismatch, _) => "InvalidSignatureException",
        }
    }

    /// The HTTP status on this protocol.
    pub fn status(&self, dialect: Dialect) -> StatusCode {
        match (self.row(), dialect) {
            (_, Dialect::S3) => {
                StatusCode::from_u16(self.s3().status).unwrap_or(StatusCode::FORBIDDEN)
            }
            (_, Dialect::Json) | (Row::Incomplete, Dialect::Query) => StatusCode::BAD_REQUEST,
            (_, Dialect::Query | Dialect::RestJson) => StatusCode::FORBIDDEN,
        }
    }

    /// The text that the client sees on this protocol.
    pub fn message(&self, dialect: Dialect) -> String {
        match dialect {
            Dialect::S3 => self.s3().message,
            Dialect::RestJson if *self == Failure::MissingAuthenticationToken => {
                "Missing Authentication Token".to_owned()
            }
            _ => self.text(),
        }
    }

    /// The elements that S3 adds to its error document, in its order.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Failure::UnrecognizedClient { access_key_id } => {
                vec![("AWSAccessKeyId", access_key_id.clone())]
            }
            Failure::ScopeMismatch(ScopeMismatch { region: Some((_, expected)), .. }) => {
                vec![("Region", expected.clone())]
            }
            Failure::Expired(skew) | Failure::NotYetCurrent(skew) => skew.details(),
            Failure::PresignedExpired { signed, expires, now } => vec![
                ("X-Amz-Expires", expires.to_string()),
                ("Expires", clock::extended(signed.saturating_add(i64::from(*expires)))),
                ("ServerTime", clock::extended(*now)),
            ],
            Failure::HeadersNotSigned(names) => vec![("HeadersNotSigned", names.join(", "))],
            Failure::SignatureDoesNotMatch(mismatch) => mismatch.details(),
            Failure::ContentSha256Invalid(value) => vec![
                ("ArgumentName", "x-amz-content-sha256".to_owned()),
                ("ArgumentValue", value.clone()),
            ],
            Failure::ContentSha256Mismatch { claimed, computed } => vec![
                ("ClientComputedContentSHA256", claimed.clone()),
                ("S3ComputedContentSHA256", computed.clone()),
            ],
            Failure::InvalidChunkSize { chunk, size } => {
                vec![("Chunk", chunk.to_string()), ("BadChunkSize", size.to_string())]
            }
            Failure::IncompleteBody { expected, provided } => vec![
                ("NumberBytesExpected", expected.to_string()),
                ("NumberBytesProvided", provided.to_string()),
            ],
            _ => Vec::new(),
        }
    }

    fn row(&self) -> Row {
        match self {
            Failure::MissingAuthenticationToken => Row::Missing,
            Failure::IncompleteSignature(_) => Row::Incomplete,
            Failure::UnrecognizedClient { .. } | Failure::InvalidToken => Row::Unrecognized,
            Failure::ExpiredToken => Row::Expired,
            _ => Row::Mismatch,
        }
    }

    /// The text of every service but S3. What only S3 checks says what S3 says.
    fn text(&self) -> String {
        match self {
            Failure::MissingAuthenticationToken => {
                "Request is missing Authentication Token".to_owned()
            }
            Failure::IncompleteSignature(malformation) => malformation.message(),
            Failure::TwoSignatures => "Found both 'X-Amz-Algorithm' as a query-string param \
                 and 'Authorization' as HTTP header."
                .to_owned(),
            Failure::UnrecognizedClient { .. } | Failure::InvalidToken => {
                "The security token included in the request is invalid.".to_owned()
            }
            Failure::ExpiredToken => {
                "The security token included in the request is expired".to_owned()
            }
            Failure::ScopeMismatch(mismatch) => mismatch.message(),
            Failure::Expired(skew) => expired(skew.signed, skew.now, skew.allowed),
            Failure::PresignedExpired { signed, expires, now } => {
                expired(*signed, *now, i64::from(*expires))
            }
            Failure::NotYetCurrent(Skew { signed, now, allowed, .. }) => format!(
                "Signature not yet current: {} is still later than {} ({} + {}.)",
                clock::basic(*signed),
                clock::basic(now.saturating_add(*allowed)),
                clock::basic(*now),
                duration(*allowed),
            ),
            Failure::HeadersNotSigned(names) => names.iter().map(|n| must_be_signed(n)).collect(),
            Failure::SignatureDoesNotMatch(mismatch) => mismatch.message(),
            _ => self.s3().message,
        }
    }

    fn s3(&self) -> S3 {
        match self {
            Failure::MissingAuthenticationToken => S3::new("AccessDenied", 403, "Access Denied"),
            Failure::IncompleteSignature(malformation) => malformation.s3(),
            Failure::TwoSignatures => S3::new(
                "InvalidArgument",
                400,
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, \
                 Signature query string parameter or the Authorization header should be specified",
            ),
            Failure::UnrecognizedClient { .. } => {
                S3::new("InvalidAccessKeyId", 403, S3_UNKNOWN_KEY)
            }
            Failure::InvalidToken => {
                let text = "The provided token is malformed or otherwise invalid.";
                S3::new("InvalidToken", 400, text)
            }
            Failure::ExpiredToken => {
                S3::new("ExpiredToken", 400, "The provided token has expired.")
            }
            Failure::ScopeMismatch(mismatch) => mismatch.s3(),
            Failure::NotYetCurrent(Skew { form: Form::Query, .. }) => {
                S3::new("AccessDenied", 403, "Request is not valid yet")
            }
            Failure::Expired(_) | Failure::NotYetCurrent(_) => {
                let text =
                    "The difference between the request time and the current time is too large.";
                S3::new("RequestTimeTooSkewed", 403, text)
            }
            Failure::PresignedExpired { .. } => S3::new("AccessDenied", 403, "Request has expired"),
            Failure::HeadersNotSigned(_) => {
                let text = "There were headers present in the request which were not signed";
                S3::new("AccessDenied", 403, text)
            }
            Failure::SignatureDoesNotMatch(_) => S3::new("SignatureDoesNotMatch", 403, S3_MISMATCH),
            _ => self.s3_payload(),
        }
    }

    /// What can be wrong with the body.
    fn s3_payload(&self) -> S3 {
        let short = |size| S3::new("IncompleteBody", 400, size);
        match self {
            Failure::ContentSha256Missing => {
                let text = "Missing required header for this request: x-amz-content-sha256";
                S3::new("InvalidRequest", 400, text)
            }
            Failure::ContentSha256Invalid(_) => S3::new("InvalidArgument", 400, S3_PAYLOADS),
            Failure::ContentSha256Mismatch { .. } => S3::new(
                "XAmzContentSHA256Mismatch",
                400,
                "The provided 'x-amz-content-sha256' header does not match what was computed.",
            ),
            Failure::UnsupportedPayload(name) => {
                let text = format!("The chunk encoding algorithm {name} is not supported.");
                S3::new("NotImplemented", 501, &text)
            }
            Failure::DecodedLengthMissing => {
                let text = "You must provide the Content-Length HTTP header.";
                S3::new("MissingContentLength", 411, text)
            }
            Failure::IncompleteBody { expected, provided } if expected == provided => {
                short("The request body terminated unexpectedly")
            }
            Failure::IncompleteBody { .. } => short(
                "You did not provide the number of bytes specified \
                 by the Content-Length HTTP header",
            ),
            Failure::InvalidChunkSize { .. } => S3::new(
                "InvalidChunkSizeError",
                403,
                "Only the last chunk is allowed to have a size less than 8192 bytes",
            ),
            Failure::TrailerNotSupported(_) => S3::new(
                "InvalidRequest",
                400,
                "The value specified in the x-amz-trailer header is not supported",
            ),
            Failure::ChecksumInvalid(name) => {
                let text = format!("Value for {name} trailing header is invalid.");
                S3::new("InvalidRequest", 400, &text)
            }
            Failure::BadDigest(algorithm) => {
                let text =
                    format!("The {algorithm} you specified did not match the calculated checksum.");
                S3::new("BadDigest", 400, &text)
            }
            _ => S3::new("MalformedTrailerError", 400, S3_TRAILER),
        }
    }
}

impl S3 {
    pub(crate) fn new(code: &'static str, status: u16, message: &str) -> S3 {
        S3 { code, status, message: message.to_owned() }
    }

    pub(crate) fn header(problem: &str) -> S3 {
        let text = format!("The authorization header is malformed; {problem}");
        S3::new("AuthorizationHeaderMalformed", 400, &text)
    }

    pub(crate) fn query(problem: &str) -> S3 {
        S3::new("AuthorizationQueryParametersError", 400, problem)
    }

    /// A problem with the credential, which both forms have.
    pub(crate) fn credential(form: Form, problem: &str) -> S3 {
        match form {
            Form::Header => S3::header(problem),
            Form::Query => {
                S3::query(&format!("Error parsing the X-Amz-Credential parameter; {problem}"))
            }
        }
    }
}

impl Skew {
    fn details(&self) -> Vec<(&'static str, String)> {
        vec![
            ("RequestTime", clock::basic(self.signed)),
            ("ServerTime", clock::extended(self.now)),
            ("MaxAllowedSkewMilliseconds", self.allowed.saturating_mul(1000).to_string()),
        ]
    }
}

impl ScopeMismatch {
    /// Nothing is wrong yet.
    pub(crate) fn none(form: Form) -> ScopeMismatch {
        ScopeMismatch { region: None, service: None, terminator: None, date: None, form }
    }

    fn message(&self) -> String {
        let mut text = String::new();
        if self.region.is_some() {
            text += "Credential should be scoped to a valid region. ";
        }
        if let Some((_, expected)) = &self.service {
            text += &format!("Credential should be scoped to correct service: '{expected}'. ");
        }
        if let Some(given) = &self.terminator {
            text += "Credential should be scoped with a valid terminator: 'aws4_request', ";
            text += &format!("not '{given}'. ");
        }
        if let Some((given, timestamp)) = &self.date {
            let timestamp = clock::basic(*timestamp);
            let (day, _) = timestamp.split_once('T').unwrap_or((&timestamp, ""));
            text += "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of ";
            text += &format!("date from HTTP: '{given}' != '{day}', from '{timestamp}'. ");
        }
        text
    }

    /// S3 names the first problem only.
    fn s3(&self) -> S3 {
        if let Some((given, expected)) = &self.region {
            let text = format!("the region '{given}' is wrong; expecting '{expected}'");
            return S3::credential(self.form, &text);
        }
        if let Some((given, expected)) = &self.service {
            let text =
                format!("incorrect service \"{given}\". This endpoint belongs to \"{expected}\".");
            return S3::credential(self.form, &text);
        }
        if let Some(given) = &self.terminator {
            let text =
                format!("incorrect terminal \"{given}\". This endpoint uses \"aws4_request\".");
            return S3::credential(self.form, &text);
        }
        let (given, timestamp) = self.date.as_ref().map_or(("", 0), |(d, t)| (d.as_str(), *t));
        let mut day = clock::basic(timestamp);
        day.truncate(8);
        let text = format!(
            "Invalid credential date \"{given}\". \
             This date is not the same as X-Amz-Date: \"{day}\"."
        );
        match self.form {
            Form::Header => S3::header(&text),
            Form::Query => S3::query(&text),
        }
    }
}

impl Mismatch {
    fn message(&self) -> String {
        if self.canonical_request.is_empty() {
            return MISMATCH.to_owned();
        }
        format!(
            "{MISMATCH}\n\nThe Canonical String for this request should have been\n'{}'\n\n\
             The String-to-Sign should have been\n'{}'\n",
            self.canonical_request, self.string_to_sign
        )
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let mut all = vec![
            ("AWSAccessKeyId", self.access_key_id.clone()),
            ("StringToSign", self.string_to_sign.clone()),
            ("SignatureProvided", self.provided.clone()),
            ("StringToSignBytes", spaced_hex(&self.string_to_sign)),
        ];
        if !self.canonical_request.is_empty() {
            all.push(("CanonicalRequest", self.canonical_request.clone()));
            all.push(("CanonicalRequestBytes", spaced_hex(&self.canonical_request)));
        }
        all
    }
}

impl From<Malformation> for Failure {
    fn from(malformation: Malformation) -> Failure {
        Failure::IncompleteSignature(malformation)
    }
}

impl From<ScopeMismatch> for Failure {
    fn from(mismatch: ScopeMismatch) -> Failure {
        Failure::ScopeMismatch(mismatch)
    }
}

/// For logs: the text of JSON services.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Dialect::Json))
    }
}

impl std::error::Error for Failure {}

fn expired(signed: i64, now: i64, allowed: i64) -> String {
    format!(
        "Signature expired: {} is now earlier than {} ({} - {}.)",
        clock::basic(signed),
        clock::basic(now.saturating_sub(allowed)),
        clock::basic(now),
        duration(allowed),
    )
}

fn duration(seconds: i64) -> String {
    if seconds % 60 == 0 { format!("{} min", seconds / 60) } else { format!("{seconds} sec") }
}

fn must_be_signed(name: &str) -> String {
    let name = if name == "host" { "Host' or ':authority" } else { name };
    format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.")
}

fn spaced_hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}
