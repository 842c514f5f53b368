//! Each way to be refused, with the code, status and text of each protocol.
#![allow(clippy::unwrap_used)] // The helpers of tests are tests too.
mod common;
mod vectors;

use common::{Call, NOW, SECRET, rules};
use http::HeaderValue;
use sigv4::{Dialect, Failure, PayloadMode, Presented, Rules, check};

const CREDENTIAL: &str = "AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_request";
const SIGNATURE: &str = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
const ALL: [Dialect; 4] = [Dialect::Query, Dialect::Json, Dialect::RestJson, Dialect::S3];

fn call(authorization: &str) -> Call {
    Call::new("POST", "/", &[("host", "h"), ("x-amz-date", "20150830T123600Z")], b"")
        .with("authorization", authorization)
}

fn refusal(authorization: &str) -> Failure {
    call(authorization).presented().unwrap_err()
}

fn authorization(credential: &str, signed: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={signed}, Signature={SIGNATURE}"
    )
}

/// A well-formed call whose signature is wrong.
fn wrong() -> Call {
    call(&authorization(CREDENTIAL, "host;x-amz-date"))
}

fn presigned(change: impl Fn(&str) -> String) -> Call {
    let query = format!(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={}&X-Amz-Date=20150830T123600Z\
         &X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature={SIGNATURE}",
        CREDENTIAL.replace('/', "%2F"),
    );
    Call { query: change(&query), ..Call::new("GET", "/", &[("host", "h")], b"") }
}

fn codes(failure: &Failure) -> [(&'static str, u16); 4] {
    ALL.map(|dialect| (failure.code(dialect), failure.status(dialect).as_u16()))
}

#[test]
fn nothing_signed_is_nothing_presented() {
    let call =
        Call::new("GET", "/?Signature=x&a=%41&X-Amz-Security-Token=t", &[("host", "h")], b"");
    assert_eq!(call.presented(), Ok(Presented::None));
    let failure = Failure::MissingAuthenticationToken;
    assert_eq!(
        codes(&failure),
        [
            ("MissingAuthenticationToken", 403),
            ("MissingAuthenticationTokenException", 400),
            ("MissingAuthenticationTokenException", 403),
            ("AccessDenied", 403),
        ]
    );
    assert_eq!(failure.message(Dialect::Json), "Request is missing Authentication Token");
    assert_eq!(failure.message(Dialect::RestJson), "Missing Authentication Token");
}

#[test]
fn missing_parts_are_named_and_the_header_is_hashed() {
    let failure = refusal(&format!("AWS4-HMAC-SHA256 Credential={CREDENTIAL}"));
    let text = failure.message(Dialect::Query);
    let start = "Authorization header requires 'Signature' parameter. \
                 Authorization header requires 'SignedHeaders' parameter. \
                 (Hashed with SHA-256 and encoded with Base64) Authorization=";
    assert!(text.starts_with(start) && text.len() == start.len() + 44, "{text}");
    assert_eq!(
        codes(&failure),
        [
            ("IncompleteSignature", 400),
            ("IncompleteSignatureException", 400),
            ("IncompleteSignatureException", 403),
            ("AuthorizationHeaderMalformed", 400),
        ]
    );
    let mut call = call("AWS4-HMAC-SHA256");
    call.headers.remove("x-amz-date");
    let text = call.presented().unwrap_err().message(Dialect::Json);
    for part in ["'Credential'", "'Signature'", "'SignedHeaders'", "'X-Amz-Date' or a 'Date'"] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_request_without_a_date_says_so() {
    let mut call = wrong();
    call.headers.remove("x-amz-date");
    let failure = call.presented().unwrap_err();
    assert!(failure.message(Dialect::Json).starts_with(
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
    ));
    assert_eq!(codes(&failure)[3], ("AccessDenied", 403));
    let failure = call.with("x-amz-date", "201").presented().unwrap_err();
    assert_eq!(
        failure.message(Dialect::Json),
        "Date must be in ISO-8601 'basic format'. Got '201'. \
         See http://en.wikipedia.org/wiki/ISO_8601"
    );
}

#[test]
fn other_schemes_are_quoted_by_their_digest() {
    // Observed at API Gateway: the digest is of the whole header.
    let failure = refusal("x-api-key 1XVOAZHZ87fuDLuWzKAQmG_0RRGYO_eo8YhJHmugf68");
    assert_eq!(
        failure.message(Dialect::RestJson),
        "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with \
         SHA-256 and encoded with Base64): 'Qqm1lWKN0Dm4/4GF/mKO4XIJ4s5tpXme/lz40NVd3ZQ='."
    );
    assert_eq!(failure.message(Dialect::S3), "Unsupported Authorization Type");
    let failure = refusal("AWS4-HMAC-SHA256 Credential, SignedHeaders=host, Signature=x");
    assert!(failure.message(Dialect::Json).starts_with("Invalid key=value pair"));
    assert_eq!(codes(&failure)[3], ("AuthorizationHeaderMalformed", 400));
}

#[test]
fn other_versions_are_refused_by_name() {
    for text in ["AWS AKIDEXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=", "AWS x"] {
        let failure = refusal(text);
        assert_eq!(
            failure.message(Dialect::Query),
            "Unsupported AWS 'algorithm': 'AWS' (only AWS4-HMAC-SHA256 for now). "
        );
        assert_eq!(codes(&failure)[3], ("InvalidRequest", 400));
        assert!(failure.message(Dialect::S3).ends_with("Please use AWS4-HMAC-SHA256."));
    }
    let asymmetric = authorization(CREDENTIAL, "host").replace("HMAC", "ECDSA-P256");
    assert!(refusal(&asymmetric).message(Dialect::Json).contains("'AWS4-ECDSA-P256-SHA256'"));
    let version2 = presigned(|_| "AWSAccessKeyId=AKID&Expires=1&Signature=x".to_owned());
    assert_eq!(version2.presented().unwrap_err(), refusal("AWS x"));
}

#[test]
fn exactly_one_of_everything() {
    let twice = format!("{}, Credential=x", authorization(CREDENTIAL, "host"));
    assert!(refusal(&twice).message(Dialect::Json).contains("exactly one 'Credential'"));
    let mut call = wrong();
    call.headers.append("authorization", HeaderValue::from_static("AWS4-HMAC-SHA256 x"));
    assert_eq!(codes(&call.presented().unwrap_err())[1].0, "IncompleteSignatureException");
    let call = presigned(|query| format!("{query}&X-Amz-Credential=x"));
    assert_eq!(codes(&call.presented().unwrap_err())[3].0, "AuthorizationQueryParametersError");
    let both = Call { headers: wrong().headers, ..presigned(str::to_owned) };
    assert_eq!(both.presented(), Err(Failure::TwoSignatures));
    assert_eq!(codes(&Failure::TwoSignatures)[1].0, "InvalidSignatureException");
    assert_eq!(codes(&Failure::TwoSignatures)[3], ("InvalidArgument", 400));
}

#[test]
fn names_count_their_case() {
    let lower = authorization(CREDENTIAL, "host").replace("Credential", "credential");
    assert!(refusal(&lower).message(Dialect::Json).contains("requires 'Credential'"));
}

#[test]
fn a_credential_has_five_parts() {
    for credential in ["a/b/c/d", "a/b/c/d/aws4_request/f", "a//c/d/aws4_request", "/", "a"] {
        let text = refusal(&authorization(credential, "host")).message(Dialect::Json);
        assert!(text.starts_with("Credential must have exactly 5 slash-delimited"), "{text}");
        assert!(text.ends_with(&format!("got '{credential}'")), "{text}");
    }
    let failure = refusal(&authorization("a/20150830/r/s/e", "host"));
    assert_eq!(
        failure.message(Dialect::Json),
        "Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. "
    );
    assert_eq!(codes(&failure)[1].0, "InvalidSignatureException");
}

#[test]
fn presigned_parameters_are_all_required() {
    let names = ["Algorithm", "Credential", "Signature", "SignedHeaders", "Date"];
    for name in names {
        let name = format!("X-Amz-{name}");
        let without = |query: &str| query.replace(&format!("{name}="), "Other=");
        let failure = presigned(without).presented().unwrap_err();
        assert_eq!(
            failure.message(Dialect::Json),
            format!(
                "AWS query-string parameters must include '{name}'. \
                 Re-examine the query-string parameters."
            )
        );
        assert_eq!(codes(&failure)[3], ("AuthorizationQueryParametersError", 400));
    }
    for (value, text) in [
        ("x", "should be a number"),
        ("", "should be a number"),
        ("-1", "must be non-negative"),
        ("0", "must be non-negative"),
        ("604801", "must be less than a week"),
        ("99999999999999999999", "must be less than a week"),
    ] {
        let failure = presigned(|q| q.replace("Expires=60", &format!("Expires={value}")));
        let text_given = failure.presented().unwrap_err().message(Dialect::S3);
        assert!(text_given.contains(text), "{value}: {text_given}");
    }
}

#[test]
fn presigned_requests_end() {
    let s3 = Rules { s3: true, ..rules("sqs") };
    let call = presigned(str::to_owned);
    assert!(matches!(call.judge(SECRET, NOW + 60, &s3), Err(Failure::SignatureDoesNotMatch(_))));
    let failure = call.judge(SECRET, NOW + 61, &s3).unwrap_err();
    assert_eq!(codes(&failure)[3], ("AccessDenied", 403));
    assert_eq!(failure.message(Dialect::S3), "Request has expired");
    assert_eq!(
        failure.details(),
        [
            ("X-Amz-Expires", "60".to_owned()),
            ("Expires", "2015-08-30T12:37:00Z".to_owned()),
            ("ServerTime", "2015-08-30T12:37:01Z".to_owned()),
        ]
    );
    assert_eq!(
        failure.message(Dialect::Query),
        "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z \
         (20150830T123701Z - 1 min.)"
    );
    let early = call.judge(SECRET, NOW - 901, &s3).unwrap_err();
    assert_eq!(early.message(Dialect::S3), "Request is not valid yet");
    let endless = presigned(|query| query.replace("&X-Amz-Expires=60", ""));
    let failure = endless.judge(SECRET, NOW, &s3).unwrap_err();
    assert_eq!(codes(&failure)[3].0, "AuthorizationQueryParametersError");
    let failure = endless.judge(SECRET, NOW + 301, &rules("sqs")).unwrap_err();
    assert!(matches!(failure, Failure::Expired(_)));
}

#[test]
fn clocks_may_differ_by_five_minutes() {
    let call = wrong();
    let judge = |now| call.judge(SECRET, now, &rules("sqs")).unwrap_err();
    for now in [NOW - 300, NOW + 300] {
        assert!(matches!(judge(now), Failure::SignatureDoesNotMatch(_)));
    }
    let late = judge(NOW + 301);
    assert_eq!(
        late.message(Dialect::Json),
        "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z \
         (20150830T124101Z - 5 min.)"
    );
    assert_eq!(
        codes(&late),
        [
            ("SignatureDoesNotMatch", 403),
            ("InvalidSignatureException", 400),
            ("InvalidSignatureException", 403),
            ("RequestTimeTooSkewed", 403),
        ]
    );
    assert_eq!(
        judge(NOW - 301).message(Dialect::Json),
        "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z \
         (20150830T123059Z + 5 min.)"
    );
    for extreme in [i64::MIN, i64::MAX] {
        assert!(!judge(extreme).message(Dialect::Json).is_empty());
    }
}

#[test]
fn s3_allows_fifteen_minutes() {
    let rules = Rules { s3: true, ..rules("sqs") };
    let call = wrong().with("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    let inside = call.judge(SECRET, NOW + 900, &rules);
    assert!(matches!(inside, Err(Failure::SignatureDoesNotMatch(_))), "{inside:?}");
    let failure = call.judge(SECRET, NOW + 901, &rules).unwrap_err();
    assert_eq!(
        failure.details(),
        [
            ("RequestTime", "20150830T123600Z".to_owned()),
            ("ServerTime", "2015-08-30T12:51:01Z".to_owned()),
            ("MaxAllowedSkewMilliseconds", "900000".to_owned()),
        ]
    );
}

#[test]
fn the_scope_must_be_this_endpoints() {
    let call = call(&authorization("AKID/20150829/eu-west-1/s3/aws4_request", "host;x-amz-date"));
    let failure = call.judge(SECRET, NOW, &rules("dynamodb")).unwrap_err();
    assert_eq!(
        failure.message(Dialect::Json),
        "Credential should be scoped to a valid region. \
         Credential should be scoped to correct service: 'dynamodb'. \
         Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from \
         HTTP: '20150829' != '20150830', from '20150830T123600Z'. "
    );
    assert_eq!(codes(&failure)[1], ("InvalidSignatureException", 400));
    assert_eq!(codes(&failure)[3], ("AuthorizationHeaderMalformed", 400));
    assert_eq!(
        failure.message(Dialect::S3),
        "The authorization header is malformed; \
         the region 'eu-west-1' is wrong; expecting 'us-east-1'"
    );
    assert_eq!(failure.details(), [("Region", "us-east-1".to_owned())]);
    let anywhere = Rules { region: None, ..rules("dynamodb") };
    let text = call.judge(SECRET, NOW, &anywhere).unwrap_err().message(Dialect::Json);
    assert!(text.starts_with("Credential should be scoped to correct service"), "{text}");
}

#[test]
fn the_host_must_be_signed() {
    let call = call(&authorization(CREDENTIAL, "x-amz-date"));
    let failure = call.judge(SECRET, NOW, &rules("sqs")).unwrap_err();
    assert_eq!(
        failure.message(Dialect::Json),
        "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
    );
    assert_eq!(codes(&failure)[1].0, "InvalidSignatureException");
    let empty = self::call(&authorization(CREDENTIAL, ""));
    assert!(matches!(
        empty.judge(SECRET, NOW, &rules("sqs")),
        Err(Failure::HeadersNotSigned(names)) if names == ["host", "x-amz-date"]
    ));
}

#[test]
fn headers_with_a_meaning_must_be_signed() {
    let case = &vectors::SIGNED[0];
    let call = Call::new(case.method, case.target, case.headers, b"")
        .with("authorization", case.authorization);
    assert!(call.clone().with("x-other", "1").judge(SECRET, NOW, &rules("service")).is_ok());
    let call = call.with("x-amz-target", "A.B").with("x-amz-meta-a", "1");
    let failure = call.judge(SECRET, NOW, &rules("service")).unwrap_err();
    assert!(failure.message(Dialect::Json).contains("'x-amz-target' must be a 'SignedHeader'"));
    assert_eq!(codes(&failure)[3], ("AccessDenied", 403));
    let mut names = failure.details()[0].1.split(", ").map(str::to_owned).collect::<Vec<_>>();
    names.sort();
    assert_eq!(names, ["x-amz-meta-a", "x-amz-target"]);
}

#[test]
fn a_wrong_signature_shows_what_was_read() {
    let failure = wrong().judge(SECRET, NOW, &rules("sqs")).unwrap_err();
    let text = failure.message(Dialect::Json);
    let canonical = "POST\n/\n\nhost:h\nx-amz-date:20150830T123600Z\n\nhost;x-amz-date\n\
                     e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert!(text.starts_with("The request signature we calculated does not match"), "{text}");
    assert!(text.contains(&format!("should have been\n'{canonical}'\n\nThe String-to-Sign")));
    assert!(text.ends_with("'\n"));
    assert_eq!(
        codes(&failure),
        [
            ("SignatureDoesNotMatch", 403),
            ("InvalidSignatureException", 400),
            ("InvalidSignatureException", 403),
            ("SignatureDoesNotMatch", 403),
        ]
    );
    assert!(failure.message(Dialect::S3).ends_with("Check your key and signing method."));
    let details = failure.details();
    assert_eq!(details[2], ("SignatureProvided", SIGNATURE.to_owned()));
    assert_eq!(details[4], ("CanonicalRequest", canonical.to_owned()));
    assert!(details[5].1.starts_with("50 4f 53 54 0a"));
}

#[test]
fn a_signature_is_lower_case_hexadecimal() {
    let case = &vectors::SIGNED[0];
    let (rest, signature) = case.authorization.split_at(case.authorization.len() - 64);
    for changed in [signature.to_uppercase(), signature[1..].to_owned(), format!("{signature}0")] {
        let call = Call::new(case.method, case.target, case.headers, b"")
            .with("authorization", &format!("{rest}{changed}"));
        let verdict = call.judge(SECRET, NOW, &rules("service"));
        assert!(matches!(verdict, Err(Failure::SignatureDoesNotMatch(_))), "{changed}");
    }
}

#[test]
fn s3_checks_the_digest_of_the_body() {
    let case = vectors::SIGNED.iter().find(|case| case.name == "s3-put-object").unwrap();
    let call = Call::new(case.method, case.target, case.headers, b"hellO")
        .with("authorization", case.authorization);
    let failure = call.judge(SECRET, NOW, &rules("s3")).unwrap_err();
    assert_eq!(codes(&failure)[3], ("XAmzContentSHA256Mismatch", 400));
    assert!(failure.details()[1].1.len() == 64);
    let mut call = call;
    call.headers.remove("x-amz-content-sha256");
    let failure = call.judge(SECRET, NOW, &rules("s3")).unwrap_err();
    assert_eq!(failure, Failure::ContentSha256Missing);
    assert_eq!(codes(&failure)[3], ("InvalidRequest", 400));
    let failure =
        call.with("x-amz-content-sha256", "abc").judge(SECRET, NOW, &rules("s3")).unwrap_err();
    assert_eq!(codes(&failure)[3], ("InvalidArgument", 400));
    assert_eq!(failure.details()[1].1, "abc");
}

#[test]
fn payload_modes_are_read_or_refused() {
    assert_eq!(PayloadMode::parse("UNSIGNED-PAYLOAD"), Ok(PayloadMode::Unsigned));
    assert_eq!(PayloadMode::parse(&"0f".repeat(32)), Ok(PayloadMode::Sha256([15; 32])));
    let ecdsa = PayloadMode::parse("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD").unwrap_err();
    assert_eq!(codes(&ecdsa)[3], ("NotImplemented", 501));
}

#[test]
fn credentials_that_are_not_good_are_named_by_protocol() {
    let unknown = Failure::UnrecognizedClient { access_key_id: "AKID".into() };
    assert_eq!(
        codes(&unknown),
        [
            ("InvalidClientTokenId", 403),
            ("UnrecognizedClientException", 400),
            ("UnrecognizedClientException", 403),
            ("InvalidAccessKeyId", 403),
        ]
    );
    assert_eq!(unknown.details(), [("AWSAccessKeyId", "AKID".to_owned())]);
    assert_eq!(codes(&Failure::InvalidToken)[3], ("InvalidToken", 400));
    assert_eq!(
        codes(&Failure::ExpiredToken),
        [
            ("ExpiredToken", 403),
            ("ExpiredTokenException", 400),
            ("ExpiredTokenException", 403),
            ("ExpiredToken", 400),
        ]
    );
}

#[test]
fn a_presigned_body_is_not_decoded_on_an_unsigned_word() {
    let s3 = Rules { s3: true, ..rules("sqs") };
    let call = presigned(str::to_owned);
    let open = call.clone().with("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    assert!(matches!(open.judge(SECRET, NOW, &s3), Err(Failure::SignatureDoesNotMatch(_))));
    let chunked = call.with("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
    assert!(matches!(chunked.judge(SECRET, NOW, &s3), Err(Failure::HeadersNotSigned(_))));
}

#[test]
fn check_needs_no_key() {
    let call = wrong();
    let signature = call.signature();
    assert!(check(&call.request(), &signature, NOW, &rules("sqs")).is_ok());
    assert!(check(&call.request(), &signature, NOW, &rules("sns")).is_err());
}
