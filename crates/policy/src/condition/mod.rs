//! One condition: an operator, a key and the operands that its values are set against.
mod decimal;
mod instant;
mod network;
mod operator;

use std::{net::IpAddr, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};

pub(crate) use self::network::Network;
use self::{
    decimal::Decimal,
    operator::{Comparison, Operator, Quantifier, Test},
};
use crate::{
    Keys, MalformedPolicy,
    action::NO_VENDOR,
    arn,
    compare::Budget,
    resource::ArnPattern,
    template::{Fit, Syntax, Template, note},
};

/// A condition of a statement; a statement applies only if all of them hold.
#[derive(Debug)]
pub(crate) struct Condition {
    /// The operator as it was written.
    name: Box<str>,
    operator: Operator,
    key: Arc<str>,
    operands: Operands,
}

/// What values are compared with, in the form that the operator needs. An operand that the
/// operator cannot read is left out: it fits no value.
#[derive(Debug)]
enum Operands {
    Text(Vec<Template>),
    TextIgnoringCase(Vec<Template>),
    Arn(Vec<ArnPattern>),
    Number(Comparison, Vec<String>),
    Date(Comparison, Vec<i128>),
    Bool(Vec<bool>),
    Binary(Vec<Vec<u8>>),
    Ip(Vec<Network>),
    Null(Vec<bool>),
}

impl Condition {
    /// `variables` tells whether the document's version expands them.
    pub fn parse(
        operator: &str,
        key: &str,
        values: &[impl AsRef<str>],
        variables: bool,
    ) -> Result<Self, MalformedPolicy> {
        let name = operator;
        let operator = Operator::parse(name).ok_or_else(MalformedPolicy::syntax)?;
        if !key.contains(':') {
            return Err(MalformedPolicy::new(NO_VENDOR));
        }
        let values = values.iter().map(AsRef::as_ref);
        let operands = Operands::parse(operator.test, values, variables)?;
        Ok(Condition { name: name.into(), operator, key: key.into(), operands })
    }

    /// Whether the request satisfies the condition; keys that it lacks are noted in `missing`.
    pub fn holds(&self, context: &dyn Keys, missing: &mut Vec<Arc<str>>) -> bool {
        let entry = context.entry(&self.key).filter(|entry| !entry.values.is_empty());
        if let Operands::Null(absent) = &self.operands {
            return absent.contains(&entry.is_none());
        }
        let Some(entry) = entry else {
            note(missing, &self.key);
            return self.holds_without_key();
        };
        let mut passes =
            |value: &String| self.operands.fit(value, context, missing) != self.operator.negated;
        match self.operator.quantifier {
            Some(Quantifier::All) => entry.values.iter().all(passes),
            Some(Quantifier::Any) => entry.values.iter().any(passes),
            // Without a quantifier it is undefined which of several values should count.
            None => !entry.multi_valued && entry.values.first().is_some_and(&mut passes),
        }
    }

    fn holds_without_key(&self) -> bool {
        match self.operator.quantifier {
            _ if self.operator.if_exists => true,
            Some(Quantifier::All) => true,
            Some(Quantifier::Any) => false,
            None => self.operator.negated,
        }
    }

    /// The operator as it was written.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key that it is about.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Whether it never holds for a request without the key: a lone value, or some value, has to
    /// fit an operand.
    pub fn requires_key(&self) -> bool {
        let Operator { negated, quantifier, if_exists, .. } = self.operator;
        !negated && !if_exists && quantifier != Some(Quantifier::All)
    }

    /// Whether it holds for every request but those with a lone value that fits an operand.
    pub fn excludes(&self) -> bool {
        self.operator.negated && self.operator.quantifier.is_none()
    }

    /// The texts that values are compared with; none if there are no such, or if some depend on
    /// the request.
    pub fn texts(&self) -> Option<Vec<String>> {
        match &self.operands {
            Operands::Text(texts) | Operands::TextIgnoringCase(texts) => {
                texts.iter().map(Template::pattern).collect()
            }
            Operands::Arn(arns) => arns
                .iter()
                .map(|arn| {
                    let parts = arn.parts().iter().map(Template::pattern);
                    Some(parts.collect::<Option<Vec<_>>>()?.join(":"))
                })
                .collect(),
            _ => None,
        }
    }

    /// The ranges that addresses are compared with, if it compares addresses.
    pub fn networks(&self) -> Option<&[Network]> {
        match &self.operands {
            Operands::Ip(networks) => Some(networks),
            _ => None,
        }
    }

    /// Whether this surely holds wherever `other` does.
    pub fn follows_from(&self, other: &Self, budget: &Budget) -> bool {
        let narrower = match self.operator.negated {
            false => other.operands.within(&self.operands, budget),
            true => self.operands.within(&other.operands, budget),
        };
        self.operator == other.operator && self.key.eq_ignore_ascii_case(&other.key) && narrower
    }

    /// The keys that the answer depends on: its own and those of its variables.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let (texts, arns): (&[Template], &[ArnPattern]) = match &self.operands {
            Operands::Text(texts) | Operands::TextIgnoringCase(texts) => (texts, &[]),
            Operands::Arn(arns) => (&[], arns),
            _ => (&[], &[]),
        };
        let variables = texts.iter().flat_map(Template::keys);
        let variables = variables.chain(arns.iter().flat_map(ArnPattern::keys));
        std::iter::once(&*self.key).chain(variables)
    }
}

impl Operands {
    fn parse<'a>(
        test: Test,
        values: impl Iterator<Item = &'a str>,
        variables: bool,
    ) -> Result<Self, MalformedPolicy> {
        let plain = Syntax { wildcards: false, variables };
        let glob = Syntax { wildcards: true, variables };
        Ok(match test {
            Test::Text => Operands::Text(values.map(|v| Template::parse(v, plain)).collect()),
            Test::Like => Operands::Text(values.map(|v| Template::parse(v, glob)).collect()),
            Test::TextIgnoringCase => {
                Operands::TextIgnoringCase(values.map(|v| Template::parse(v, plain)).collect())
            }
            Test::Arn => Operands::Arn(values.filter_map(|v| ArnPattern::parse(v, glob)).collect()),
            Test::Number(comparison) => {
                Operands::Number(comparison, values.map(str::to_owned).collect())
            }
            Test::Date(comparison) => Operands::Date(comparison, dates(values)?),
            Test::Bool => Operands::Bool(values.filter_map(boolean).collect()),
            Test::Binary => {
                Operands::Binary(values.filter_map(|v| STANDARD.decode(v).ok()).collect())
            }
            Test::Ip => Operands::Ip(values.filter_map(Network::parse).collect()),
            Test::Null => Operands::Null(
                values
                    .map(|v| boolean(v).ok_or_else(MalformedPolicy::syntax))
                    .collect::<Result<_, _>>()?,
            ),
        })
    }

    /// Whether every value that fits any of these surely fits any of `outer`.
    fn within(&self, outer: &Self, budget: &Budget) -> bool {
        fn each<T>(own: &[T], outer: &[T], covers: impl Fn(&T, &T) -> bool) -> bool {
            own.iter().all(|own| outer.iter().any(|outer| covers(outer, own)))
        }
        match (self, outer) {
            (Operands::Text(own), Operands::Text(outer)) => {
                each(own, outer, |outer, own| outer.covers(own, budget))
            }
            (Operands::TextIgnoringCase(own), Operands::TextIgnoringCase(outer)) => {
                each(own, outer, |outer, own| outer.covers(own, budget))
            }
            (Operands::Arn(own), Operands::Arn(outer)) => {
                each(own, outer, |outer, own| outer.covers(own, budget))
            }
            (Operands::Number(one, own), Operands::Number(other, outer)) => {
                one == other && each(own, outer, |outer, own| outer == own)
            }
            (Operands::Date(one, own), Operands::Date(other, outer)) => {
                one == other && each(own, outer, |outer, own| outer == own)
            }
            (Operands::Bool(own), Operands::Bool(outer))
            | (Operands::Null(own), Operands::Null(outer)) => each(own, outer, |a, b| a == b),
            (Operands::Binary(own), Operands::Binary(outer)) => each(own, outer, |a, b| a == b),
            (Operands::Ip(own), Operands::Ip(outer)) => {
                each(own, outer, |outer, own| outer.covers(*own))
            }
            _ => false,
        }
    }

    /// Whether the value fits any of the operands.
    fn fit(&self, value: &str, context: &dyn Keys, missing: &mut Vec<Arc<str>>) -> bool {
        match self {
            Operands::Text(own) => {
                own.iter().any(|own| own.fits(value, context, missing) == Fit::Yes)
            }
            Operands::TextIgnoringCase(own) => {
                own.iter().any(|own| own.equals_ignoring_case(value, context, missing))
            }
            Operands::Arn(own) => arn::parts(value).is_some_and(|parts| {
                own.iter().any(|own| own.fits(&parts, context, missing) == Fit::Yes)
            }),
            Operands::Number(comparison, own) => Decimal::parse(value).is_some_and(|value| {
                let mut own = own.iter().filter_map(|own| Decimal::parse(own));
                own.any(|own| comparison.holds(value.cmp(&own)))
            }),
            Operands::Date(comparison, own) => instant::parse(value)
                .is_some_and(|value| own.iter().any(|own| comparison.holds(value.cmp(own)))),
            Operands::Bool(own) => boolean(value).is_some_and(|value| own.contains(&value)),
            Operands::Binary(own) => STANDARD.decode(value).is_ok_and(|value| own.contains(&value)),
            Operands::Ip(own) => {
                value.parse::<IpAddr>().is_ok_and(|value| own.iter().any(|own| own.contains(value)))
            }
            Operands::Null(_) => false,
        }
    }
}

/// IAM refuses dates that it cannot read already when a policy is written.
fn dates<'a>(values: impl Iterator<Item = &'a str>) -> Result<Vec<i128>, MalformedPolicy> {
    values
        .map(|value| {
            let message = "The policy failed legacy parsing";
            instant::parse(value).ok_or_else(|| MalformedPolicy::new(message))
        })
        .collect()
}

fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else {
        text.eq_ignore_ascii_case("false").then_some(false)
    }
}
