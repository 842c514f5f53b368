//! `Expected`, `KeyConditions`, `QueryFilter` and `ScanFilter`: comparisons of whole attributes.

use super::{check_operator, top};
use crate::{
    error::{DynamoError, invalid, invalid_values},
    expression::{
        key_condition::{KeyTest, Tests},
        tree::{Comparator, Condition, Operand},
    },
    value::attribute::AttributeValue,
};
use shape::Shape;
use std::{borrow::Cow, collections::BTreeMap};

/// A comparison of an attribute with values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum ComparisonOperator {
    /// One of the values.
    In,
    /// Not there.
    Null,
    /// Between two values, both included.
    Between,
    /// Less.
    Lt,
    /// There, and not so.
    NotContains,
    /// Equal, of any type.
    Eq,
    /// More.
    Gt,
    /// There.
    NotNull,
    /// Not equal, or not there.
    Ne,
    /// At most.
    Le,
    /// A text or bytes that start so.
    BeginsWith,
    /// At least.
    Ge,
    /// A text that has the value in it, or a set or list that has it as a member.
    Contains,
}

/// How several conditions are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum ConditionalOperator {
    /// One must hold.
    Or,
    /// All must hold.
    And,
}

/// What is asked of one attribute.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(name = "Condition")]
pub struct LegacyCondition {
    /// What to compare with.
    pub attribute_value_list: Option<Vec<AttributeValue>>,
    /// How.
    pub comparison_operator: ComparisonOperator,
}

/// What a write expects of one attribute: a value, a comparison, or that it is not there.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ExpectedAttributeValue {
    /// What to compare with.
    pub value: Option<AttributeValue>,
    /// Whether it is there at all, where no comparison is given.
    pub exists: Option<bool>,
    /// How to compare.
    pub comparison_operator: Option<ComparisonOperator>,
    /// What to compare with.
    pub attribute_value_list: Option<Vec<AttributeValue>>,
}

/// What `Expected` asks; none when it asks nothing.
///
/// # Errors
/// AWS's `ValidationException` for what is wrong with it or its operator.
pub(crate) fn expected<'r>(
    expected: Option<&'r BTreeMap<String, ExpectedAttributeValue>>,
    operator: Option<ConditionalOperator>,
) -> Result<Option<Condition<'r>>, DynamoError> {
    check_operator(operator, expected.map_or(0, BTreeMap::len))?;
    let all = expected.into_iter().flatten();
    let conditions: Result<Vec<_>, _> =
        all.map(|(name, wanted)| expectation(name, wanted)).collect();
    Ok(joined(conditions?, operator))
}

/// What `QueryFilter` or `ScanFilter` asks; none when it asks nothing.
///
/// # Errors
/// As [`expected`].
pub(crate) fn filter<'r>(
    filter: Option<&'r BTreeMap<String, LegacyCondition>>,
    operator: Option<ConditionalOperator>,
) -> Result<Option<Condition<'r>>, DynamoError> {
    check_operator(operator, filter.map_or(0, BTreeMap::len))?;
    let all = filter.into_iter().flatten();
    let conditions: Result<Vec<_>, _> = all
        .map(|(name, given)| {
            let values = given.attribute_value_list.iter().flatten().collect();
            comparison(name, given.comparison_operator, values)
        })
        .collect();
    Ok(joined(conditions?, operator))
}

/// What `KeyConditions` asks.
///
/// # Errors
/// AWS's `ValidationException` for comparisons that choose no range of keys.
pub(crate) fn key_conditions(
    given: &BTreeMap<String, LegacyCondition>,
) -> Result<Condition<'_>, DynamoError> {
    let condition = filter(Some(given), None)?;
    if !(1..=2).contains(&given.len()) {
        return Err(invalid("Conditions can be of length 1 or 2 only"));
    }
    Ok(condition.unwrap_or(Condition::All(Vec::new())))
}

/// What `KeyConditions` asks of each attribute.
pub(crate) fn key_tests(given: &BTreeMap<String, LegacyCondition>) -> Tests<'_> {
    given.iter().map(|(name, given)| (name.as_str(), key_test(given))).collect()
}

fn key_test(given: &LegacyCondition) -> KeyTest<'_> {
    use ComparisonOperator as Op;
    let values = given.attribute_value_list.as_deref().unwrap_or(&[]);
    let (comparator, value) = match (given.comparison_operator, values) {
        (Op::Eq, [value]) => (Comparator::Equal, value),
        (Op::Lt, [value]) => (Comparator::Less, value),
        (Op::Le, [value]) => (Comparator::LessOrEqual, value),
        (Op::Gt, [value]) => (Comparator::Greater, value),
        (Op::Ge, [value]) => (Comparator::GreaterOrEqual, value),
        (Op::BeginsWith, [value]) => return KeyTest::BeginsWith(value),
        (Op::Between, [low, high]) => return KeyTest::Between(low, high),
        _ => return KeyTest::Unordered,
    };
    KeyTest::Compare(comparator, value)
}

fn joined<'r>(
    mut conditions: Vec<Condition<'r>>,
    operator: Option<ConditionalOperator>,
) -> Option<Condition<'r>> {
    match (conditions.len(), operator) {
        (0, _) => None,
        (1, _) => conditions.pop(),
        (_, Some(ConditionalOperator::Or)) => Some(Condition::Any(conditions)),
        _ => Some(Condition::All(conditions)),
    }
}

fn expectation<'r>(
    name: &str,
    wanted: &'r ExpectedAttributeValue,
) -> Result<Condition<'r>, DynamoError> {
    let fault = |what: &str| Err(invalid_values(format_args!("{what} for Attribute: {name}")));
    let ExpectedAttributeValue { value, exists, comparison_operator, attribute_value_list } =
        wanted;
    if value.is_some() && attribute_value_list.is_some() {
        return fault("Value and AttributeValueList cannot be used together");
    }
    if let Some(operator) = *comparison_operator {
        if exists.is_some() {
            return fault("Exists and ComparisonOperator cannot be used together");
        }
        let unary = matches!(operator, ComparisonOperator::Null | ComparisonOperator::NotNull);
        if !unary && value.is_none() && attribute_value_list.is_none() {
            let operator = operator.as_str();
            return fault(&format!(
                "Value or AttributeValueList must be used with ComparisonOperator: {operator}"
            ));
        }
        let values = value.iter().chain(attribute_value_list.iter().flatten()).collect();
        return comparison(name, operator, values);
    }
    if attribute_value_list.is_some() {
        return fault("AttributeValueList can only be used with a ComparisonOperator");
    }
    match (exists, value) {
        (Some(false), None) => Ok(Condition::Exists(top(name), false)),
        (Some(false), Some(_)) => fault("Value cannot be used when Exists is false"),
        (_, Some(value)) => comparison(name, ComparisonOperator::Eq, vec![value]),
        (Some(true), None) => fault("Value must be provided when Exists is true"),
        (None, None) => fault("Value must be provided when Exists is null"),
    }
}

/// The condition of one comparison, its arguments checked.
fn comparison<'r>(
    name: &str,
    operator: ComparisonOperator,
    values: Vec<&'r AttributeValue>,
) -> Result<Condition<'r>, DynamoError> {
    check_arguments(operator, &values)?;
    let path = || Operand::Path(top(name));
    let mut values = values.into_iter().map(|value| Operand::Value(Cow::Borrowed(value)));
    let compare = |comparator, value| Condition::Compare(comparator, path(), value);
    if operator == ComparisonOperator::In {
        return Ok(Condition::In(path(), values.collect()));
    }
    let there = |there| Condition::Exists(top(name), there);
    // The counts were checked: what needs a value has it.
    Ok(match (operator, values.next(), values.next()) {
        (ComparisonOperator::Between, Some(low), Some(high)) => {
            Condition::Between(path(), low, high)
        }
        (ComparisonOperator::NotNull, ..) => there(true),
        (ComparisonOperator::Eq, Some(value), _) => compare(Comparator::Equal, value),
        (ComparisonOperator::Ne, Some(value), _) => compare(Comparator::NotEqual, value),
        (ComparisonOperator::Le, Some(value), _) => compare(Comparator::LessOrEqual, value),
        (ComparisonOperator::Lt, Some(value), _) => compare(Comparator::Less, value),
        (ComparisonOperator::Ge, Some(value), _) => compare(Comparator::GreaterOrEqual, value),
        (ComparisonOperator::Gt, Some(value), _) => compare(Comparator::Greater, value),
        (ComparisonOperator::BeginsWith, Some(value), _) => Condition::BeginsWith(path(), value),
        (ComparisonOperator::Contains, Some(value), _) => Condition::Contains(path(), value),
        (ComparisonOperator::NotContains, Some(value), _) => {
            let contains = Condition::Contains(path(), value);
            Condition::All(vec![there(true), Condition::Not(Box::new(contains))])
        }
        _ => there(false),
    })
}

fn check_arguments(
    operator: ComparisonOperator,
    values: &[&AttributeValue],
) -> Result<(), DynamoError> {
    use ComparisonOperator as Op;
    let fits = match operator {
        Op::Null | Op::NotNull => values.is_empty(),
        Op::In => !values.is_empty(),
        Op::Between => values.len() == 2,
        _ => values.len() == 1,
    };
    let shown = operator.as_str();
    if !fits {
        return Err(invalid_values(format_args!(
            "Invalid number of argument(s) for the {shown} ComparisonOperator"
        )));
    }
    let types: Vec<&str> = values.iter().map(|value| value.type_name()).collect();
    let allowed: &[&str] = match operator {
        Op::Eq | Op::Ne | Op::Null | Op::NotNull => &crate::value::attribute::TYPES,
        Op::Contains | Op::NotContains => &["S", "N", "B", "BOOL", "NULL"],
        Op::BeginsWith => &["S", "B"],
        Op::In | Op::Le | Op::Lt | Op::Ge | Op::Gt | Op::Between => &["S", "N", "B"],
    };
    if let Some(kind) = types.iter().find(|kind| !allowed.contains(kind)) {
        return Err(invalid_values(format_args!(
            "ComparisonOperator {shown} is not valid for {kind} AttributeValue type"
        )));
    }
    if types.windows(2).any(|pair| pair[0] != pair[1]) {
        return Err(invalid_values(
            "AttributeValues inside AttributeValueList must be of same type",
        ));
    }
    if let (Op::Between, [low, high]) = (operator, values)
        && crate::expression::is_reversed(low, high)
    {
        return Err(invalid(
            "The BETWEEN condition was provided a range where the lower bound is greater than \
             the upper bound",
        ));
    }
    Ok(())
}
