//! Checks of conditions: operators, keys and values.

use super::{
    Check, Linter, Place, is_empty, items,
    keys::{self, Values},
    statement::Statement,
};
use policy::json::{Node, Value};
use std::net::IpAddr;

/// A condition operator, taken apart.
pub(super) struct Operator<'n> {
    qualifier: Option<&'n str>,
    name: &'n str,
    if_exists: bool,
}

/// What an operator compares.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Arn,
    Binary,
    Bool,
    Date,
    Ip,
    Null,
    Number,
    Text,
    Like,
}

impl<'n> Operator<'n> {
    pub fn parse(text: &'n str) -> Self {
        let qualified = ["ForAllValues", "ForAnyValue"].into_iter().find_map(|qualifier| {
            Some((qualifier, text.strip_prefix(qualifier)?.strip_prefix(':')?))
        });
        let (qualifier, name) = match qualified {
            Some((qualifier, name)) => (Some(qualifier), name),
            None => (None, text),
        };
        let bare = name.strip_suffix("IfExists");
        Self { qualifier, name: bare.unwrap_or(name), if_exists: bare.is_some() }
    }

    /// Whether it holds only for a value that is there and is like one of those listed.
    pub fn demands(&self) -> bool {
        let alike = matches!(self.kind(), Some(Kind::Text | Kind::Like | Kind::Arn));
        let negated = self.name.contains("Not");
        alike && !negated && !self.if_exists && self.qualifier != Some("ForAllValues")
    }

    fn kind(&self) -> Option<Kind> {
        const ORDERS: [&str; 6] = [
            "Equals",
            "NotEquals",
            "LessThan",
            "LessThanEquals",
            "GreaterThan",
            "GreaterThanEquals",
        ];
        let ordered =
            |prefix| self.name.strip_prefix(prefix).is_some_and(|it| ORDERS.contains(&it));
        Some(match self.name {
            "StringEquals"
            | "StringNotEquals"
            | "StringEqualsIgnoreCase"
            | "StringNotEqualsIgnoreCase" => Kind::Text,
            "StringLike" | "StringNotLike" => Kind::Like,
            "ArnEquals" | "ArnNotEquals" | "ArnLike" | "ArnNotLike" => Kind::Arn,
            "Bool" => Kind::Bool,
            "BinaryEquals" => Kind::Binary,
            "IpAddress" | "NotIpAddress" => Kind::Ip,
            "Null" => Kind::Null,
            _ if ordered("Numeric") => Kind::Number,
            _ if ordered("Date") => Kind::Date,
            _ => return None,
        })
    }
}

impl Linter<'_> {
    pub(super) fn condition(&mut self, statement: &Statement<'_>) {
        let Some(node) = statement.get("Condition") else { return };
        let place = statement.place.key("Condition");
        let Some(operators) = self.object(&place, node) else { return };
        if operators.is_empty() {
            let message = "This condition block is empty and it does not affect the policy. \
                           Specify conditions.";
            self.report(Check::suggestion("EMPTY_OBJECT_CONDITION"), message, &place, node);
        }
        for (name, node) in operators {
            self.operator(&place.key(name), name, node);
        }
    }

    fn operator(&mut self, place: &Place, name: &str, node: &Node<'_>) {
        let operator = Operator::parse(name);
        let Some(kind) = operator.kind() else {
            let message = format!(
                "The condition operator {name} is not valid. Use a valid condition operator."
            );
            return self.report(Check::error("INVALID_CONDITION_OPERATOR"), message, place, node);
        };
        if kind == Kind::Null && operator.if_exists {
            let message = "The Null condition operator cannot be used with the IfExists suffix. \
                           Update the operator or the suffix.";
            self.report(Check::error("NULL_WITH_IF_EXISTS"), message, place, node);
        }
        if kind == Kind::Null && operator.qualifier.is_some() {
            let message = "Avoid using the Null condition operator with the ForAllValues or \
                           ForAnyValue qualifiers because they always return a true or false \
                           respectively.";
            self.report(Check::suggestion("NULL_WITH_QUALIFIER"), message, place, node);
        }
        let Some(keys) = self.object(place, node) else { return };
        for (at, (key, node)) in keys.iter().enumerate() {
            let place = place.key(key);
            let earlier = keys.iter().take(at).find(|(other, _)| other.eq_ignore_ascii_case(key));
            if earlier.is_some() {
                let message = format!(
                    "The condition key {key} appears more than once with different \
                     capitalization in the same condition block. Remove the duplicate condition \
                     keys."
                );
                let check = Check::error("DUPLICATE_KEYS_WITH_DIFFERENT_CASE");
                self.report(check, message, &place, node);
            }
            self.key(&place, key, &operator, node);
            self.values(&place, key, (&operator, kind), node);
        }
    }

    fn key(&mut self, place: &Place, key: &str, operator: &Operator<'_>, node: &Node<'_>) {
        let Some((service, name)) = key.split_once(':') else {
            let message = "The condition key format is not valid. Use the format service:keyname.";
            let check = Check::error("INVALID_CONDITION_KEY_FORMAT");
            return self.report(check, message, place, node);
        };
        if !service.eq_ignore_ascii_case("aws") {
            return;
        }
        if name.eq_ignore_ascii_case("ARN") {
            let message = "We recommend that you update aws:ARN to use the newer condition keys \
                           aws:PrincipalArn or aws:SourceArn.";
            let check = Check::warning("DEPRECATED_GLOBAL_CONDITION_KEY");
            return self.report(check, message, place, node);
        }
        match (keys::global(key), operator.qualifier) {
            (None, _) => {
                let message =
                    format!("The condition key {key} does not exist. Use a valid condition key.");
                self.report(Check::error("INVALID_GLOBAL_CONDITION_KEY"), message, place, node);
            }
            (Some(Values::Many), None) if operator.name != "Null" => {
                let message = format!(
                    "The request context key {key} has multiple values. Use the ForAllValues or \
                     ForAnyValue condition key qualifiers in your policy."
                );
                self.report(Check::error("MISSING_QUALIFIER"), message, place, node);
            }
            (Some(Values::One), Some("ForAllValues")) => {
                let message = format!(
                    "Using ForAllValues qualifier with the single-valued condition key {key} can \
                     be overly permissive. We recommend that you remove ForAllValues:."
                );
                let check = Check::security("FOR_ALL_VALUES_WITH_SINGLE_VALUED_KEY");
                self.report(check, message, place, node);
            }
            _ => {}
        }
    }

    fn values(
        &mut self,
        place: &Place,
        key: &str,
        (operator, kind): (&Operator<'_>, Kind),
        node: &Node<'_>,
    ) {
        if is_empty(node) {
            return self.no_values(place, key, operator, node);
        }
        let mut private = Vec::new();
        for (place, node) in items(place, node) {
            let text = match &node.value {
                Value::String(text) => &**text,
                Value::Number(text) => text,
                Value::Bool(true) => "true",
                Value::Bool(false) => "false",
                _ => {
                    self.mismatch::<()>(&place, node, "String");
                    continue;
                }
            };
            let varies = matches!(kind, Kind::Text | Kind::Like | Kind::Arn);
            if varies {
                self.variables(&place, text, node);
            } else if text.contains("${") {
                let message = "Policy variables can only be used with String and ARN operators.";
                let check = Check::error("INVALID_VARIABLE_FOR_OPERATOR");
                self.report(check, message, &place, node);
                continue;
            }
            self.value(&place, text, (operator, kind), node);
            if key.eq_ignore_ascii_case("aws:SourceIp") && kind == Kind::Ip {
                private.push(is_private(text));
            }
        }
        self.private(place, &private, operator.name == "NotIpAddress", node);
    }

    fn no_values(&mut self, place: &Place, key: &str, operator: &Operator<'_>, node: &Node<'_>) {
        const INSTEAD: &str = "To determine if the request context is empty, we recommend \
                               that you use the Null condition operator with the value of true \
                               instead.";
        let (code, message) = match operator.qualifier {
            Some("ForAllValues") => (
                "EMPTY_ARRAY_CONDITION_FOR_ALL_VALUES",
                format!(
                    "The ForAllValues prefix with an empty condition key matches only if the key \
                     {key} is missing from the request context. {INSTEAD}"
                ),
            ),
            Some(_) => (
                "EMPTY_ARRAY_CONDITION_FOR_ANY_VALUE",
                format!(
                    "The ForAnyValue prefix with an empty condition key {key} never matches the \
                     request context and it does not affect the policy. Specify conditions."
                ),
            ),
            None if operator.if_exists => (
                "EMPTY_ARRAY_CONDITION_IF_EXISTS",
                format!(
                    "The IfExists suffix with an empty condition key matches only if the key \
                     {key} is missing from the request context. {INSTEAD}"
                ),
            ),
            None => (
                "EMPTY_ARRAY_CONDITION",
                format!(
                    "There are no values for the condition key {key} and it does not affect the \
                     policy. Specify conditions."
                ),
            ),
        };
        self.report(Check::suggestion(code), message, place, node);
    }

    fn value(
        &mut self,
        place: &Place,
        text: &str,
        (operator, kind): (&Operator<'_>, Kind),
        node: &Node<'_>,
    ) {
        let boolean = text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false");
        let name = operator.name;
        let found = match kind {
            Kind::Text if text.contains(['*', '?']) && !text.contains("${") => (
                "WILDCARD_WITHOUT_LIKE_OPERATOR",
                "Your condition value includes a * or ? character. If you meant to use a \
                 wildcard (*, ?), update the condition operator to include Like."
                    .to_owned(),
            ),
            Kind::Bool | Kind::Null if !boolean => (
                "TYPE_MISMATCH_BOOLEAN",
                format!(
                    "Add a valid Boolean value (true or false) for the condition operator {name}."
                ),
            ),
            Kind::Number if !is_number(text) => (
                "TYPE_MISMATCH_NUMBER",
                format!("Add a valid numeric value for the condition operator {name}."),
            ),
            Kind::Date if shape::Timestamp::parse(text).is_none() && !is_date(text) => (
                "TYPE_MISMATCH_DATE",
                "The date condition operator is used with an invalid value. Specify a valid date \
                 using YYYY-MM-DD or other ISO 8601 date/time format."
                    .to_owned(),
            ),
            Kind::Ip if range(text).is_none() => (
                "TYPE_MISMATCH_IP_RANGE",
                format!(
                    "The condition operator {name} is used with an invalid IP range value. \
                     Specify the IP range in standard CIDR format."
                ),
            ),
            _ => return self.improvable(place, text, kind, node),
        };
        self.report(Check::warning(found.0), found.1, place, node);
    }

    fn improvable(&mut self, place: &Place, text: &str, kind: Kind, node: &Node<'_>) {
        let Some((base, prefix)) = range(text).filter(|_| kind == Kind::Ip) else { return };
        let network = network(base, prefix);
        if network != base {
            let message = format!(
                "The non-zero bits in the IP address after the masked bits are ignored. Replace \
                 address with {network}/{prefix}."
            );
            self.report(Check::suggestion("IMPROVE_IP_RANGE"), message, place, node);
        }
    }

    fn private(&mut self, place: &Place, private: &[bool], negated: bool, node: &Node<'_>) {
        if !private.contains(&true) {
            return;
        }
        let all = !private.contains(&false);
        let (check, message) = match (all, negated) {
            (true, false) => (
                Check::error("PRIVATE_IP_ADDRESS"),
                "aws:SourceIp works only for public IP address ranges. The values for condition \
                 key aws:SourceIp include only private IP addresses and will not have the desired \
                 effect. Update the value to include only public IP addresses.",
            ),
            (true, true) => (
                Check::error("PRIVATE_NOT_IP_ADDRESS"),
                "The values for condition key aws:SourceIp include only private IP addresses and \
                 has no effect. aws:SourceIp works only for public IP address ranges. Update the \
                 value to include only public IP addresses.",
            ),
            (false, false) => (
                Check::suggestion("PRIVATE_IP_ADDRESS_SUBSET"),
                "The values for condition key aws:SourceIp include a mix of private and public IP \
                 addresses. The private addresses will not have the desired effect. aws:SourceIp \
                 works only for public IP address ranges. To define permissions for private IP \
                 ranges, use aws:VpcSourceIp.",
            ),
            (false, true) => (
                Check::suggestion("PRIVATE_NOT_IP_ADDRESS_SUBSET"),
                "The values for condition key aws:SourceIp include a mix of private and public IP \
                 addresses. The private addresses have no effect. aws:SourceIp works only for \
                 public IP address ranges. To define permissions for private IP ranges, use \
                 aws:VpcSourceIp.",
            ),
        };
        self.report(check, message, place, node);
    }
}

fn is_number(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// Whether it is a day alone: `2026-03-01`.
fn is_date(text: &str) -> bool {
    shape::Timestamp::parse(&format!("{text}T00:00:00Z")).is_some()
}

fn range(text: &str) -> Option<(IpAddr, u32)> {
    let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
    let address: IpAddr = address.parse().ok()?;
    let width = if address.is_ipv4() { 32 } else { 128 };
    let prefix = prefix.map_or(Some(width), |prefix| prefix.parse().ok())?;
    (prefix <= width).then_some((address, prefix))
}

/// The address without the bits that the prefix leaves free.
fn network(address: IpAddr, prefix: u32) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32_u32.saturating_sub(prefix)).unwrap_or(0);
            IpAddr::V4((v4.to_bits() & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(prefix)).unwrap_or(0);
            IpAddr::V6((v6.to_bits() & mask).into())
        }
    }
}

fn is_private(text: &str) -> bool {
    match range(text) {
        Some((IpAddr::V4(address), prefix)) => {
            let [first, ..] = address.octets();
            address.is_private() && prefix >= if first == 10 { 8 } else { 12 }
        }
        Some((IpAddr::V6(address), prefix)) => address.is_unique_local() && prefix >= 7,
        None => false,
    }
}
