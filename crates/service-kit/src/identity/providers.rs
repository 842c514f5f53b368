//! Identity providers outside: whose word STS takes for who somebody is.

use super::{Tag, name_key};
use crate::{
    key::Key,
    record::{Reach, Record},
};
use serde::{Deserialize, Serialize};
use shape::Timestamp;
use std::net::IpAddr;

/// An OpenID Connect provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OidcProvider {
    /// Whom its tokens are issued by.
    pub issuer: Issuer,
    /// The audiences whose tokens are taken.
    pub client_ids: Vec<String>,
    /// SHA-1 of certificates that vouch for the issuer's host, in lower-case hexadecimal.
    pub thumbprints: Vec<String>,
    /// When it was created.
    pub created: Timestamp,
    /// Tags.
    pub tags: Vec<Tag>,
}

impl OidcProvider {
    /// Its ARN in `account`.
    pub fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:oidc-provider/{}", self.issuer.name)
    }
}

impl Record for OidcProvider {
    const TABLE: &'static str = "identity.oidc";
    const REACH: Reach = Reach::Account;

    fn key(&self) -> impl Key {
        &self.issuer.name
    }
}

/// The URL that names an issuer of tokens, letter by letter: `https://host/path`; on the machine itself, where the
/// operator allows it, `http` too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issuer {
    /// Whether it is reached over TLS.
    pub secure: bool,
    /// Host, port if there is one, and path: what ARNs and condition keys name it by.
    pub name: String,
}

impl Issuer {
    /// Reads a URL without query, fragment or user; none if it is no such URL.
    pub fn parse(url: &str) -> Option<Self> {
        let (secure, name) = match url.split_once("://")? {
            ("https", name) => (true, name),
            ("http", name) => (false, name),
            _ => return None,
        };
        let issuer = Self { secure, name: name.to_owned() };
        let (host, port) = issuer.host_and_port()?;
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/%:+=@".contains(&byte);
        let good = !host.is_empty()
            && host.bytes().all(is_name)
            && port != 0
            && issuer.path().bytes().all(plain);
        good.then_some(issuer)
    }

    /// The URL again.
    pub fn url(&self) -> String {
        format!("{}://{}", if self.secure { "https" } else { "http" }, self.name)
    }

    /// The host and the port, which follows from the scheme unless it is given.
    pub fn host_and_port(&self) -> Option<(&str, u16)> {
        let authority = self.name.split('/').next()?;
        match authority.rsplit_once(':') {
            Some((host, port)) => Some((host, port.parse().ok()?)),
            None => Some((authority, if self.secure { 443 } else { 80 })),
        }
    }

    /// The path: empty, or from its first slash on.
    pub fn path(&self) -> &str {
        self.name.find('/').and_then(|start| self.name.get(start..)).unwrap_or("")
    }

    /// Whether the URL itself leads to this machine, so that it may do without TLS.
    pub fn is_loopback(&self) -> bool {
        let host = self.host_and_port().map_or("", |(host, _)| host);
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

/// A SAML 2.0 provider: what its metadata document says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SamlProvider {
    /// The name as created.
    pub name: String,
    /// The unique id that its sign-in address is made of.
    pub id: String,
    /// When it was created.
    pub created: Timestamp,
    /// Until when its metadata are good.
    pub valid_until: Timestamp,
    /// The document as given.
    pub metadata: String,
    /// The entity that issues assertions.
    pub entity_id: String,
    /// The RSA keys that assertions are signed with, in PKCS #1 form.
    pub keys: Vec<Vec<u8>>,
    /// Tags.
    pub tags: Vec<Tag>,
}

impl SamlProvider {
    /// Its ARN in `account`.
    pub fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:saml-provider/{}", self.name)
    }
}

impl Record for SamlProvider {
    const TABLE: &'static str = "identity.saml";
    const REACH: Reach = Reach::Account;

    fn key(&self) -> impl Key {
        name_key(&self.name)
    }
}

/// The account as an issuer of tokens for others: one is made when that is first switched on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OutboundIssuer {
    /// Tells this issuer from those of other instances; part of its URL.
    pub id: String,
    /// Whether tokens are issued now.
    pub enabled: bool,
    /// The P-384 key in PKCS #8 form, sealed for [`OutboundIssuer::PURPOSE`] with the id.
    #[serde(with = "crate::binary")]
    pub sealed_key: Vec<u8>,
}

impl OutboundIssuer {
    /// The purpose its key is sealed for.
    pub const PURPOSE: &'static str = "token-issuer";
    /// Where issuers are below this instance's own address.
    pub const PATH: &'static str = "/_aws/issuers/";

    /// The issuer's URL: what it says of itself is at `/.well-known/openid-configuration` below.
    pub fn url(&self, port: u16, account: &str) -> String {
        format!("http://localhost:{port}{}{account}/{}", Self::PATH, self.id)
    }
}

impl Record for OutboundIssuer {
    const TABLE: &'static str = "identity.issuer";
    const REACH: Reach = Reach::Account;

    fn key(&self) -> impl Key {
        "outbound"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_a_plain_url() {
        let issuer = Issuer::parse("https://example.com/a/b").unwrap();
        assert_eq!((issuer.name.as_str(), issuer.path()), ("example.com/a/b", "/a/b"));
        assert_eq!(issuer.host_and_port(), Some(("example.com", 443)));
        assert_eq!(issuer.url(), "https://example.com/a/b");
        // A slash at the end makes it another issuer, as tokens are compared by every letter.
        assert_ne!(Issuer::parse("https://example.com/a/b/"), Some(issuer.clone()));
        let local = Issuer::parse("http://127.0.0.1:8080").unwrap();
        assert_eq!(local.host_and_port(), Some(("127.0.0.1", 8080)));
        assert!(local.is_loopback() && !issuer.is_loopback());
        for bad in [
            "example.com",
            "ftp://example.com",
            "https://",
            "https:///path",
            "https://user@example.com",
            "https://example.com?x=1",
            "https://example.com/#f",
            "https://exa mple.com",
            "https://example.com:99999",
            "https://[::1]/",
        ] {
            assert_eq!(Issuer::parse(bad), None, "{bad}");
        }
    }
}
