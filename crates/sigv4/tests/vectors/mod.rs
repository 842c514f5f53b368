//! Requests signed by botocore 1.43 at 20150830T123600Z with the key of the published
//! Signature Version 4 test suite, whose cases these follow; facts only.
#![allow(dead_code)] // Each test binary uses its own part.

/// A request and the `Authorization` header that it must have.
pub struct Signed {
    pub name: &'static str,
    pub method: &'static str,
    pub target: &'static str,
    pub headers: &'static [(&'static str, &'static str)],
    pub body: &'static str,
    pub service: &'static str,
    pub authorization: &'static str,
}

pub const SIGNED: &[Signed] = &[
    Signed {
        name: "get-vanilla",
        method: "GET",
        target: "/",
        headers: &[("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")],
        body: "",
        service: "service",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_",
            "request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942",
            "676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        ),
    },
    Signed {
        name: "get-vanilla-empty-query-key",
        method: "GET",
        target: "/?Param1=value1",
        headers: &[("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")],
        body: "",
        service: "service",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_",
            "request, SignedHeaders=host;x-amz-date, Signature=a67d582fa61cc504c4bae7",
            "1f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"
        ),
    },
    Signed {
        name: "get-empty-value",
        method: "GET",
        target: "/?acl&b=",
        headers: &[("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")],
        body: "",
        service: "service",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_",
            "request, SignedHeaders=host;x-amz-date, Signature=a55bbca9f525ead3347092",
            "62f46b7a40a5a33ec91b8f6b5480262bc26d4b3ccd"
        ),
    },
    Signed {
        name: "get-query-order-key",
        method: "GET",
        target: "/?Param2=value2&Param1=value1",
        headers: &[("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")],
        body: "",
        service: "service",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_",
            "request, SignedHeaders=host;x-amz-date, Signature=b97d918cfa904a5beff61c",
            "982a1b6f458b799221646efd99d3219ec94cdf2500"
        ),
    },
    Signed {
        name: "get-query-order-key-case",
        method: "GET",
        target: "/?Param1=value2&Param1=Value1&param1=a",
        headers: &[("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")],
        body: "",
        service: "service",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_",
            "request, SignedHeaders=host;x-amz-date, Signature=5ced61810ec183eb390d0a",
            "676b7bf33f198584f9c3de5a0cac634f3ed3ee4f5f"
        ),
    },
    Signed {
        name: "get-query-order-value",
        method: "GET",
        target: "/?Param1=value2&Param1=value1",
        headers: &[("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")],
        body: "",
        service: "service",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_",
            "request, SignedHeaders=host;x-amz-date, Signature=5772eed61e12b33fae39ee",
            "5e7012498b51d56abc0abb7c60486157bd471c4694"
        ),
    },
    Signed {
        name: "get-query-unreserved",
        method: "GET",
        target: concat!(
            "/?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._",
            "~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
        ),
        headers: &[("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")],
        body: "",
        service: "service",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_",
            "request, SignedHeaders=host;x-amz-date, Signature=9c3e54bfcdf0b19771a7f5",
            "23ee5669cdf59bc7cc0884027167c21bb143a40197"
        ),
    },
    Signed {
        name: "get-query-utf8",
        method: "GET",
        target: "/?%E1%88%B4=bar",
        headers: &[("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")],
        body: "",
        service: "service",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_",
            "request, SignedHeaders=host;x-amz-date, Signature=2cdec8eed098649ff3a119",
            "c94853b13c643bcf08f8b0a1d91e12c9027818dd04"
        ),
    },
    Signed {
        name: "get-query-encoded",
        method: "GET",
        target: "/?arn=arn%3Aaws%3Asns%3A%3A&q=a%20b%2Bc%2F%3D",
        headers: &[("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")],
        body: "",
        service: "service",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_",
            "request, SignedHeaders=host;x-amz-date, Signature=4032ac98bebc9abb16ceb6",
            "c5c0af83719b865f1e2a23baba53fedf6a02d44938"
        ),
    },
    Signed {
        name: "get-utf8-path",
        method: "GET",
        target: "/%E1%88%B4",
        headers: &[("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")],
        body: "",
        service: "service",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_",
            "request, SignedHeaders=host;x-amz-date, Signature=697b34846207a3f72246f9",
            "9d74ae1ee4fe54f44bb06730c58a0d339eb079596d"
        ),
    },
    Signed {
        name: "get-space-path",
        method: "GET",
        target: "/example%20space/",
        headers: &[("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")],
        body: "",
        service: "service",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_",
            "request, SignedHeaders=host;x-amz-date, Signature=446b817944c553435b35e8",
            "13c261ff4e161fff982d1bacdef1c87f6785dd1662"
        ),
    },
    Signed {
        name: "get-unreserved-path",
        method: "GET",
        target: "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        headers: &[("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")],
        body: "",
        service: "service",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_",
            "request, SignedHeaders=host;x-amz-date, Signature=07ef7494c76fa4850883e2",
            "b006601f940f8a34d404d0cfa977f52a65bbf5f24f"
        ),
    },
    Signed {
        name: "get-slash",
        method: "GET",
        target: "//",
        headers: &[("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")],
        body: "",
        service: "service",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_",
            "request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942",
            "676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        ),
    },
    Signed {
        name: "get-slash-dot-slash",
        method: "GET",
        target: "/./",
        headers: &[("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")],
        body: "",
        service: "service",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_",
            "request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942",
            "676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        ),
    },
    Signed {
        name: "get-slash-pointless-dot",
        method: "GET",
        target: "/./example",
        headers: &[("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")],
        body: "",
        service: "service",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_",
            "request, SignedHeaders=host;x-amz-date, Signature=ef75d96142cf21edca26f0",
            "6005da7988e4f8dc83a165a80865db7089db637ec5"
        ),
    },
    Signed {
        name: "get-slashes",
        method: "GET",
        target: "//example//",
        headers: &[("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")],
        body: "",
        service: "service",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_",
            "request, SignedHeaders=host;x-amz-date, Signature=9a624bd73a37c9a373b531",
            "2afbebe7a714a789de108f0bdfe846570885f57e84"
        ),
    },
    Signed {
        name: "get-relative",
        method: "GET",
        target: "/example/..",
        headers: &[("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")],
        body: "",
        service: "service",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_",
            "request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942",
            "676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        ),
    },
    Signed {
        name: "get-relative-relative",
        method: "GET",
        target: "/example1/example2/../..",
        headers: &[("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")],
        body: "",
        service: "service",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_",
            "request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942",
            "676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        ),
    },
    Signed {
        name: "get-double-encoded-arn",
        method: "GET",
        target: concat!(
            "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%3Af/",
            "invocations"
        ),
        headers: &[("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")],
        body: "",
        service: "lambda",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/lambda/aws4_r",
            "equest, SignedHeaders=host;x-amz-date, Signature=b227017299af167668bb3db",
            "f46d83d04f6068f73f3a2305eb93e38da0b842070"
        ),
    },
    Signed {
        name: "get-raw-colon",
        method: "GET",
        target: "/functions/a:b/c$d@e",
        headers: &[("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")],
        body: "",
        service: "lambda",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/lambda/aws4_r",
            "equest, SignedHeaders=host;x-amz-date, Signature=8d528cef1fefb4b6c5f65fd",
            "5df3ec8f0f3a65212887d0d6fb2425af2b88587ee"
        ),
    },
    Signed {
        name: "get-header-duplicate",
        method: "GET",
        target: "/",
        headers: &[
            ("host", "example.amazonaws.com"),
            ("my-header1", "value2"),
            ("my-header1", "value2"),
            ("my-header1", "value1"),
            ("x-amz-date", "20150830T123600Z"),
        ],
        body: "",
        service: "service",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_",
            "request, SignedHeaders=host;my-header1;x-amz-date, Signature=c9d5ea9f3f7",
            "2853aea855b47ea873832890dbdd183b4468f858259531a5138ea"
        ),
    },
    Signed {
        name: "get-header-trim",
        method: "GET",
        target: "/",
        headers: &[
            ("host", "example.amazonaws.com"),
            ("my-header1", " value1"),
            ("my-header2", " \"a   b   c\""),
            ("x-amz-date", "20150830T123600Z"),
        ],
        body: "",
        service: "service",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_",
            "request, SignedHeaders=host;my-header1;my-header2;x-amz-date, Signature=",
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"
        ),
    },
    Signed {
        name: "get-header-tab",
        method: "GET",
        target: "/",
        headers: &[
            ("host", "example.amazonaws.com"),
            ("my-header1", "a\t b  "),
            ("x-amz-date", "20150830T123600Z"),
        ],
        body: "",
        service: "service",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_",
            "request, SignedHeaders=host;my-header1;x-amz-date, Signature=21023c79d9c",
            "4385e0a9edaf79bcb88564864b3eaada2561c6a3dc6b848e8b80b"
        ),
    },
    Signed {
        name: "post-vanilla",
        method: "POST",
        target: "/",
        headers: &[("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")],
        body: "",
        service: "service",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_",
            "request, SignedHeaders=host;x-amz-date, Signature=5da7c1a2acd57cee7505fc",
            "6676e4e544621c30862966e37dddb68e92efbe5d6b"
        ),
    },
    Signed {
        name: "post-header-key-sort",
        method: "POST",
        target: "/",
        headers: &[
            ("host", "example.amazonaws.com"),
            ("my-header1", "value1"),
            ("x-amz-date", "20150830T123600Z"),
        ],
        body: "",
        service: "service",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_",
            "request, SignedHeaders=host;my-header1;x-amz-date, Signature=c5410059b04",
            "c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"
        ),
    },
    Signed {
        name: "post-header-value-case",
        method: "POST",
        target: "/",
        headers: &[
            ("host", "example.amazonaws.com"),
            ("my-header1", "VALUE1"),
            ("x-amz-date", "20150830T123600Z"),
        ],
        body: "",
        service: "service",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_",
            "request, SignedHeaders=host;my-header1;x-amz-date, Signature=cdbc9802e29",
            "d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"
        ),
    },
    Signed {
        name: "post-form",
        method: "POST",
        target: "/",
        headers: &[
            ("host", "example.amazonaws.com"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("x-amz-date", "20150830T123600Z"),
        ],
        body: "Param1=value1",
        service: "service",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_",
            "request, SignedHeaders=content-type;host;x-amz-date, Signature=ff1189793",
            "2ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
        ),
    },
    Signed {
        name: "post-form-charset",
        method: "POST",
        target: "/",
        headers: &[
            ("host", "example.amazonaws.com"),
            ("content-type", "application/x-www-form-urlencoded; charset=utf8"),
            ("x-amz-date", "20150830T123600Z"),
        ],
        body: "Param1=value1",
        service: "service",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_",
            "request, SignedHeaders=content-type;host;x-amz-date, Signature=1a72ec8f6",
            "4bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe"
        ),
    },
    Signed {
        name: "post-vanilla-query",
        method: "POST",
        target: "/?Param1=value1",
        headers: &[("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")],
        body: "",
        service: "service",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_",
            "request, SignedHeaders=host;x-amz-date, Signature=28038455d6de14eafc1f92",
            "22cf5aa6f1a96197d7deb8263271d420d138af7f11"
        ),
    },
    Signed {
        name: "post-json-target",
        method: "POST",
        target: "/",
        headers: &[
            ("host", "dynamodb.us-east-1.amazonaws.com"),
            ("content-type", "application/x-amz-json-1.0"),
            ("x-amz-target", "DynamoDB_20120810.GetItem"),
            ("x-amz-date", "20150830T123600Z"),
        ],
        body: "{\"TableName\":\"t\u{e9}\"}",
        service: "dynamodb",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/dynamodb/aws4",
            "_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signa",
            "ture=b17fbdbe6039fd77ddc95471a354245f57d69f07b473c486b1cbae97f4fa7b12"
        ),
    },
    Signed {
        name: "post-session-token",
        method: "POST",
        target: "/",
        headers: &[
            ("host", "example.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
            (
                "x-amz-security-token",
                concat!(
                    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKW",
                    "HGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGd"
                ),
            ),
        ],
        body: "",
        service: "sts",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sts/aws4_requ",
            "est, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=355bc",
            "a502826cbac0d29c486b656a0d1b9fabaeb9f1c2902e0deb3ded1d9f603"
        ),
    },
    Signed {
        name: "get-port-host",
        method: "GET",
        target: "/queue",
        headers: &[("host", "localhost:4566"), ("x-amz-date", "20150830T123600Z")],
        body: "",
        service: "sqs",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_requ",
            "est, SignedHeaders=host;x-amz-date, Signature=b10d5883a7d37577d8dff69645",
            "57d543b6a778f22ecf38863efdda073b543579"
        ),
    },
    Signed {
        name: "s3-get-object",
        method: "GET",
        target: "/b/a%20b/../c%2Bd//e",
        headers: &[
            ("host", "s3.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
            (
                "x-amz-content-sha256",
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
        ],
        body: "",
        service: "s3",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/s3/aws4_reque",
            "st, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=f47072",
            "2f85275d741ee4a5cc0337d11be2c7a9e28e75fa13c70368458e5d0f44"
        ),
    },
    Signed {
        name: "s3-put-object",
        method: "PUT",
        target: "/b/k?tagging",
        headers: &[
            ("host", "s3.amazonaws.com"),
            ("content-type", "text/plain"),
            ("x-amz-meta-a", "  x   y "),
            ("x-amz-date", "20150830T123600Z"),
            (
                "x-amz-content-sha256",
                "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
            ),
        ],
        body: "hello",
        service: "s3",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/s3/aws4_reque",
            "st, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-am",
            "z-meta-a, Signature=5202279f9a0dee8595ffa06228a74dba11544d85066300cad85b",
            "003ec88c87ab"
        ),
    },
    Signed {
        name: "s3-unicode-key",
        method: "GET",
        target: "/b/%E1%88%B4?list-type=2&prefix=a%2Fb",
        headers: &[
            ("host", "s3.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
            (
                "x-amz-content-sha256",
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
        ],
        body: "",
        service: "s3",
        authorization: concat!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/s3/aws4_reque",
            "st, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=57b8ff",
            "370fd3e13ff01a7193b30bcdb0cab65bbf4f3ba13346d2bbb09c167967"
        ),
    },
];

/// A presigned request; its signature is in the query string.
pub struct Presigned {
    pub name: &'static str,
    pub method: &'static str,
    pub path: &'static str,
    pub query: &'static str,
    pub headers: &'static [(&'static str, &'static str)],
    pub service: &'static str,
    pub token: &'static str,
}

pub const PRESIGNED: &[Presigned] = &[
    Presigned {
        name: "sts-get-caller-identity",
        method: "GET",
        path: "/",
        query: concat!(
            "Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SH",
            "A256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fsts%2Faws4_re",
            "quest&X-Amz-Date=20150830T123600Z&X-Amz-Expires=60&X-Amz-SignedHeaders=h",
            "ost%3Bx-k8s-aws-id&X-Amz-Signature=81a32408ebc680f9e3c0b717af082cf650f94",
            "a8782ad2fdf3383c43be9467c55"
        ),
        headers: &[("host", "sts.us-east-1.amazonaws.com"), ("x-k8s-aws-id", "cluster")],
        service: "sts",
        token: "",
    },
    Presigned {
        name: "s3-get-object",
        method: "GET",
        path: "/b/a%20b%2Bc",
        query: concat!(
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830",
            "%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-Expir",
            "es=604800&X-Amz-SignedHeaders=host&X-Amz-Signature=90de3790438456fde26f5",
            "917412ab109c4b5988d1d8a175eb23e2d796d4d24df"
        ),
        headers: &[("host", "s3.amazonaws.com")],
        service: "s3",
        token: "",
    },
    Presigned {
        name: "s3-session-token",
        method: "PUT",
        path: "/b/k",
        query: concat!(
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830",
            "%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-Expir",
            "es=900&X-Amz-SignedHeaders=host&X-Amz-Security-Token=tok%2Fen%2B%3D&X-Am",
            "z-Signature=804c2b1f2b995870f2df1f2bc80510b504f41039c6fd3216bd4e8eed8f25",
            "1d99"
        ),
        headers: &[("host", "s3.amazonaws.com")],
        service: "s3",
        token: "tok/en+=",
    },
    Presigned {
        name: "execute-api",
        method: "GET",
        path: "/prod/a%20b",
        query: concat!(
            "x=1&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F2015",
            "0830%2Fus-east-1%2Fexecute-api%2Faws4_request&X-Amz-Date=20150830T123600",
            "Z&X-Amz-Expires=1&X-Amz-SignedHeaders=host&X-Amz-Signature=5ab02114fb0c2",
            "ce7f602f9a0af42cb12110e1ce54c4d86961daf67272f228714"
        ),
        headers: &[("host", "example.amazonaws.com")],
        service: "execute-api",
        token: "",
    },
];
