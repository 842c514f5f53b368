//! Session tokens that nobody gave: forged, cut, spliced, or another key's. None opens.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use service_kit::{
    identity::{PrincipalClaim, Session},
    prelude::*,
};
use testkit::Cloud;

/// Two sessions' key ids and tokens.
fn given(cloud: &Cloud) -> [(String, String); 2] {
    let (platform, now) = (cloud.platform(), cloud.platform().clock().now());
    ["ana", "ben"].map(|name| {
        let user = PrincipalClaim::User {
            account: "000000000000".into(),
            path: "/".into(),
            name: name.into(),
            id: format!("AIDA{name}"),
        };
        let until = now + Duration::from_secs(3_600);
        let session = Session::begin(platform, "000000000000", user, now, until);
        let token = session.token(platform).unwrap();
        (session.access_key_id.clone(), token)
    })
}

proptest! {
    #[test]
    fn nothing_but_the_token_itself_opens(
        text in "[A-Za-z0-9+/=]{0,400}|\\PC{0,60}",
        at in any::<prop::sample::Index>(),
        letter in "[A-Za-z0-9+/=]",
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let _inside = runtime.enter();
        let cloud = runtime.block_on(Cloud::start(&[&sts::SERVICE]));
        let [(ana, token), (ben, other)] = given(&cloud);
        let opens = |key: &str, token: &str| Session::open(cloud.platform(), key, token).is_some();
        prop_assert!(opens(&ana, &token) && opens(&ben, &other));
        prop_assert!(!opens(&ben, &token), "of another key");
        prop_assert!(!opens(&ana, &text), "made up");
        let at = at.index(token.len());
        prop_assert!(!opens(&ana, &token[..at]), "cut");
        prop_assert!(!opens(&ana, &format!("{token}{letter}")), "grown");
        prop_assert!(!opens(&ana, &format!("{}{text}", &token[..at])), "a forged end");
        let spliced = format!("{}{}", &token[..at], other.get(at..).unwrap_or(""));
        prop_assert!(spliced == token || spliced == other || !opens(&ana, &spliced), "spliced");
        let mut altered = token.clone();
        altered.replace_range(at..=at, &letter);
        prop_assert!(altered == token || !opens(&ana, &altered), "altered at {at}");
    }
}
