//! An ARN written otherwise.

use policy::Arn;

/// Other spellings of `arn` that stand for nothing, wherever they are given.
pub fn twisted(arn: &str) -> Vec<String> {
    let parts = Arn::parse(arn).unwrap();
    let mut twisted = Vec::new();
    for partition in ["aws-cn", "aws-us-gov", "x", "", "AWS", "*", "a?s", "${aws:username}"] {
        twisted.push(Arn { partition, ..parts }.to_string());
    }
    let service = parts.service.to_ascii_uppercase();
    for service in ["", "*", &service] {
        twisted.push(Arn { service, ..parts }.to_string());
    }
    let region = parts.region.to_ascii_uppercase();
    let regions: &[&str] = match parts.region {
        "" => &["us-east-1", "*", "aws"],
        _ => &["", "*", "us-east-?", "us_east_1", " us-east-1", "us-east-1 ", &region],
    };
    for region in regions {
        twisted.push(Arn { region, ..parts }.to_string());
    }
    let accounts: &[&str] = match parts.account {
        "" => &["111122223333", "range"],
        _ => {
            &["", "range", "aws", "*", "11112222333", "1111222233330", " 111122223333", "anonymous"]
        }
    };
    for account in accounts {
        twisted.push(Arn { account, ..parts }.to_string());
    }
    twisted.push(arn.to_ascii_uppercase());
    twisted.push(arn.replacen("arn:", "ARN:", 1));
    twisted.push(arn.replacen("arn:", "urn:", 1));
    twisted.push(arn.replace(':', "%3A"));
    twisted.push(format!(" {arn}"));
    twisted.push(format!("{arn} "));
    twisted.push(format!("{arn}/"));
    twisted.push(format!("{arn}*"));
    twisted.push(format!("{arn}?"));
    twisted.push(format!("{arn}/../x"));
    twisted.push(format!("{arn}\0"));
    // The last letter of what it is called, escaped.
    let (start, last) = arn.split_at(arn.len() - 1);
    twisted.push(format!("{start}%{:02X}", last.as_bytes()[0]));
    twisted
}

/// The same resource in another region, and in two accounts that are others or nobody's.
pub fn elsewhere(arn: &str) -> Vec<String> {
    let parts = Arn::parse(arn).unwrap();
    let mut elsewhere = Vec::new();
    if !parts.region.is_empty() {
        elsewhere.extend(
            ["eu-west-1", "eu-west-9", "range"].map(|region| Arn { region, ..parts }.to_string()),
        );
    }
    if parts.owner().is_some() {
        let accounts = ["444455556666", "999999999999"];
        elsewhere.extend(accounts.map(|account| Arn { account, ..parts }.to_string()));
    }
    elsewhere
}

/// Shorter names that some requests take for an ARN.
pub fn names(arn: &str) -> Vec<String> {
    let parts = Arn::parse(arn).unwrap();
    let (_, id) = parts.type_and_id();
    vec![parts.resource.to_owned(), id.to_owned(), format!("{}:{}", parts.account, parts.resource)]
}
