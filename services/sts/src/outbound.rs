//! The account as an issuer of tokens: signs them, and shows others the key to verify them with.

use crate::error::StsError;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};
use service_kit::{
    call::BoxFuture,
    front::{Front, Request, Response},
    identity::OutboundIssuer,
    prelude::*,
};

/// Signs as an issuer.
pub(crate) struct Signer {
    key: EcdsaKeyPair,
}

impl Signer {
    /// With the key of `issuer`.
    pub(crate) fn open(cx: &Context, issuer: &OutboundIssuer) -> Result<Self, Fault> {
        let seal = cx.platform().seal();
        let (purpose, id) = (OutboundIssuer::PURPOSE, issuer.id.as_bytes());
        let key = seal.open(purpose, id, &issuer.sealed_key).and_then(|key| {
            let algorithm = &ECDSA_P384_SHA384_FIXED_SIGNING;
            EcdsaKeyPair::from_pkcs8(algorithm, &key, &SystemRandom::new()).ok()
        });
        let key = key.ok_or_else(|| Fault::internal("an issuer's key cannot be opened"))?;
        Ok(Self { key })
    }

    /// The token with these claims.
    pub(crate) fn sign(&self, claims: &Value) -> Result<String, StsError> {
        let header = json!({"alg": "ES384", "kid": self.key_id(), "typ": "JWT"});
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(&header), encode(claims));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes());
        let signature = signature.map_err(|_| Fault::internal("a token cannot be signed"))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref())))
    }

    fn key_id(&self) -> String {
        let hash = digest(&SHA256, self.key.public_key().as_ref());
        format!("EC384_{}", URL_SAFE_NO_PAD.encode(hash.as_ref().get(..16).unwrap_or_default()))
    }

    /// The public half as others read it.
    fn published(&self) -> Value {
        // The point's form byte, and two coordinates of 48 bytes.
        let point = self.key.public_key().as_ref();
        let part = |from, to| URL_SAFE_NO_PAD.encode(point.get(from..to).unwrap_or_default());
        json!({
            "kty": "EC", "crv": "P-384", "alg": "ES384", "use": "sig", "kid": self.key_id(),
            "x": part(1, 49), "y": part(49, 97),
        })
    }
}

/// The present in whole seconds, and `seconds` later.
pub(crate) fn now_and(cx: &Context, seconds: u32) -> (Timestamp, Timestamp) {
    let now = cx.now().whole_seconds();
    (now, Timestamp::from_secs(now.as_secs() + i64::from(seconds)))
}

/// Shows the issuers of this instance's accounts to whoever verifies their tokens.
pub(crate) struct IssuerFront;

impl Front for IssuerFront {
    fn claims(&self, _: &str, path: &str) -> bool {
        path.starts_with(OutboundIssuer::PATH)
    }

    fn handle<'a>(&'a self, cx: Context, request: Request) -> BoxFuture<'a, Response> {
        Box::pin(async move {
            let shown = match request.method {
                Method::GET | Method::HEAD => document(&cx, &request.path),
                _ => Ok(None),
            };
            match shown {
                Ok(Some(document)) => answer(StatusCode::OK, &document),
                Ok(None) => answer(StatusCode::NOT_FOUND, &json!({"message": "No such issuer."})),
                Err(_) => answer(StatusCode::INTERNAL_SERVER_ERROR, &json!({"message": "Sorry."})),
            }
        })
    }
}

/// What an issuer shows at `path`: what it is, or its keys. Both stay there when it is switched
/// off, for tokens that have not ended.
fn document(cx: &Context, path: &str) -> Result<Option<Value>, Fault> {
    let inside = path.strip_prefix(OutboundIssuer::PATH).unwrap_or_default();
    let mut parts = inside.splitn(3, '/');
    let (account, id, file) = (parts.next(), parts.next(), parts.next());
    let (Some(account), Some(id), Some(file)) = (account, id, file) else { return Ok(None) };
    let cx = cx.within(Scope::new(account, cx.region()));
    let issuer = cx.read(|tx| tx.get::<OutboundIssuer>("outbound"))?;
    let Some(issuer) = issuer.filter(|issuer| issuer.id == id) else { return Ok(None) };
    let url = issuer.url(cx.platform().settings().port, account);
    match file {
        ".well-known/openid-configuration" => Ok(Some(json!({
            "issuer": url,
            "jwks_uri": format!("{url}/.well-known/jwks.json"),
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES384"],
            "claims_supported": ["iss", "sub", "aud", "exp", "iat", "jti"],
        }))),
        ".well-known/jwks.json" => {
            Ok(Some(json!({"keys": [Signer::open(&cx, &issuer)?.published()]})))
        }
        _ => Ok(None),
    }
}

fn answer(status: StatusCode, document: &Value) -> Response {
    let mut response = Response::new(Bytes::from(document.to_string()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
