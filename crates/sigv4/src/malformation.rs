//! What can be wrong with the form of a signature, in AWS's words.
use crate::Form;
use crate::failure::S3;

const S3_CREDENTIAL: &str = "the Credential is mal-formed; \
     expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".";
const S3_MECHANISM: &str =
    "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.";

/// Why a signature could not be read. Authorization headers are kept only as their SHA-256 in
/// base64, which is how AWS quotes them: they may hold another scheme's secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Malformation {
    /// The header lacks parts, or the request lacks a date.
    MissingParts {
        /// The parts' names, as in the header; `Date` when there is no date at all.
        parts: Vec<&'static str>,
        /// The digest of the header.
        authorization: String,
    },
    /// The query string lacks these parameters.
    MissingParameters(Vec<&'static str>),
    /// A part of the header has no `=`, or the header belongs to another scheme.
    NotKeyValue {
        /// Whether the header names another scheme, as `Bearer`.
        foreign: bool,
        /// The digest of the header.
        authorization: String,
    },
    /// A part that may be there once is there more often.
    Repeated(&'static str),
    /// More than one `Authorization` header.
    ManyAuthorizations,
    /// Not `AWS4-HMAC-SHA256`.
    Algorithm {
        /// What the request names.
        algorithm: String,
        /// Where it names it.
        form: Form,
    },
    /// Signature Version 2, which AWS no longer accepts either.
    Version2,
    /// Not five parts between slashes.
    Credential {
        /// What the request holds.
        credential: String,
        /// Where it holds it.
        form: Form,
    },
    /// Not a date.
    Date {
        /// What the request holds.
        date: String,
        /// Where it holds it.
        form: Form,
    },
    /// `X-Amz-Expires` is not a number of seconds from 1 to 604 800.
    Expires(Expires),
}

/// What is wrong with `X-Amz-Expires`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expires {
    /// Not a number.
    NotANumber,
    /// Zero or less.
    TooSmall,
    /// More than a week.
    TooLarge,
}

impl Expires {
    fn text(self) -> &'static str {
        match self {
            Expires::NotANumber => "X-Amz-Expires should be a number",
            Expires::TooSmall => "X-Amz-Expires must be non-negative",
            Expires::TooLarge => {
                "X-Amz-Expires must be less than a week (in seconds); that is, \
                 the given X-Amz-Expires must be less than 604800 seconds"
            }
        }
    }
}

impl Malformation {
    /// The text of every service but S3.
    pub(crate) fn message(&self) -> String {
        match self {
            Malformation::MissingParts { parts, authorization } => missing(parts, authorization),
            Malformation::MissingParameters(names) => missing_parameters(names),
            Malformation::NotKeyValue { authorization, .. } => format!(
                "Invalid key=value pair (missing equal-sign) in Authorization header \
                 (hashed with SHA-256 and encoded with Base64): '{authorization}'."
            ),
            Malformation::Repeated(name) => {
                format!("Authorization requires exactly one '{name}' parameter.")
            }
            Malformation::ManyAuthorizations => {
                "Request must have exactly one 'Authorization' header.".to_owned()
            }
            Malformation::Algorithm { algorithm, .. } => unsupported(algorithm),
            Malformation::Version2 => unsupported("AWS"),
            Malformation::Credential { credential, .. } => format!(
                "Credential must have exactly 5 slash-delimited elements, \
                 e.g. keyid/date/region/service/term, got '{credential}'"
            ),
            Malformation::Date { date, .. } => format!(
                "Date must be in ISO-8601 'basic format'. Got '{date}'. \
                 See http://en.wikipedia.org/wiki/ISO_8601"
            ),
            Malformation::Expires(expires) => expires.text().to_owned(),
        }
    }

    /// S3's answer ("Amazon S3 API Reference, Error Responses").
    pub(crate) fn s3(&self) -> S3 {
        match self {
            Malformation::MissingParts { parts, .. } if *parts == ["Date"] => no_date(),
            Malformation::MissingParts { .. } => S3::header(
                "the authorization header requires three components: \
                 Credential, SignedHeaders, and Signature.",
            ),
            Malformation::MissingParameters(_) => S3::query(
                "Query-string authentication version 4 requires the X-Amz-Algorithm, \
                 X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, \
                 and X-Amz-Expires parameters.",
            ),
            Malformation::NotKeyValue { foreign: true, .. } => {
                S3::new("InvalidArgument", 400, "Unsupported Authorization Type")
            }
            Malformation::NotKeyValue { .. } => {
                S3::header("a component of the authorization header is malformed.")
            }
            Malformation::Repeated(name) if name.starts_with("X-Amz-") => {
                S3::query(&self.message())
            }
            Malformation::Repeated(_) => S3::header(&self.message()),
            Malformation::ManyAuthorizations => S3::new("InvalidArgument", 400, &self.message()),
            Malformation::Algorithm { form: Form::Query, .. } => {
                S3::query("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"")
            }
            Malformation::Algorithm { .. } | Malformation::Version2 => {
                S3::new("InvalidRequest", 400, S3_MECHANISM)
            }
            Malformation::Credential { form, .. } => S3::credential(*form, S3_CREDENTIAL),
            Malformation::Date { form: Form::Query, .. } => {
                S3::query("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
            }
            Malformation::Date { .. } => no_date(),
            Malformation::Expires(expires) => S3::query(expires.text()),
        }
    }
}

fn no_date() -> S3 {
    let text = "AWS authentication requires a valid Date or x-amz-date header";
    S3::new("AccessDenied", 403, text)
}

fn unsupported(algorithm: &str) -> String {
    format!("Unsupported AWS 'algorithm': '{algorithm}' (only AWS4-HMAC-SHA256 for now). ")
}

fn missing(parts: &[&str], authorization: &str) -> String {
    let mut text = String::new();
    for part in parts {
        if *part == "Date" {
            text += "Authorization header requires existence of either \
                     a 'X-Amz-Date' or a 'Date' header. ";
        } else {
            text += &format!("Authorization header requires '{part}' parameter. ");
        }
    }
    text + "(Hashed with SHA-256 and encoded with Base64) Authorization=" + authorization
}

fn missing_parameters(names: &[&str]) -> String {
    let each = |name| format!("AWS query-string parameters must include '{name}'. ");
    names.iter().map(each).collect::<String>() + "Re-examine the query-string parameters."
}
