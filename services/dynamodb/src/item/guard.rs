//! Conditions on writes, and what writes answer with.

use crate::{
    error::{DynamoError, invalid},
    expression::{Placeholders, tree::Condition},
    legacy::{self, ConditionalOperator, ExpectedAttributeValue},
    parameters::Parameters,
    value::attribute::{Attributes, ExpressionNames, ExpressionValues},
};
use shape::{Mismatch, Shape, Value};
use std::collections::BTreeMap;

/// Which state of the item a write answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum ReturnValue {
    /// The whole item after.
    AllNew,
    /// What was changed, before.
    UpdatedOld,
    /// The whole item before.
    AllOld,
    /// None.
    None,
    /// What was changed, after.
    UpdatedNew,
}

/// Whether a write refused by its condition answers with the item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum ReturnValuesOnConditionCheckFailure {
    /// It does.
    AllOld,
    /// It does not.
    None,
}

/// Whether a write tells the size of the item collection it was in. Only tables with local
/// secondary indexes have item collections to tell of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum ReturnItemCollectionMetrics {
    /// It does.
    Size,
    /// It does not.
    None,
}

impl ReturnItemCollectionMetrics {
    /// Whether anything is to be told.
    pub(crate) fn wanted(mode: Option<Self>) -> bool {
        mode == Some(Self::Size)
    }
}

/// A write's condition.
#[derive(Debug)]
pub(crate) struct Guard<'r> {
    /// What must hold.
    pub(crate) condition: Condition<'r>,
    on_failure: Option<ReturnValuesOnConditionCheckFailure>,
}

/// The members with which PutItem and DeleteItem ask for a condition.
pub(crate) struct Asked<'r> {
    pub(crate) condition: Option<&'r str>,
    pub(crate) names: Option<&'r ExpressionNames>,
    pub(crate) values: Option<&'r ExpressionValues>,
    pub(crate) expected: Option<&'r BTreeMap<String, ExpectedAttributeValue>>,
    pub(crate) operator: Option<ConditionalOperator>,
    pub(crate) on_failure: Option<ReturnValuesOnConditionCheckFailure>,
}

impl Asked<'_> {
    /// Whether the members of an input of type `I` go together.
    ///
    /// # Errors
    /// As [`Parameters::check`].
    pub(crate) fn check<I: Shape>(input: &Value) -> Result<(), Mismatch> {
        let legacy = ["Expected", "ConditionalOperator"];
        Parameters::of(I::schema(), input, &legacy, &["ConditionExpression"]).check()
    }
}

impl<'r> Guard<'r> {
    /// Reads a `ConditionExpression`, if there is one.
    ///
    /// # Errors
    /// AWS's `ValidationException` for what is wrong with it.
    pub(crate) fn read(
        placeholders: &Placeholders<'r>,
        expression: Option<&str>,
        on_failure: Option<ReturnValuesOnConditionCheckFailure>,
    ) -> Result<Option<Self>, DynamoError> {
        let condition = expression
            .map(|text| placeholders.condition("ConditionExpression", text))
            .transpose()?;
        Ok(condition.map(|condition| Self { condition, on_failure }))
    }

    /// What a write without further expressions asks for, in either language.
    ///
    /// # Errors
    /// As [`Guard::read`] and [`Guard::expecting`], or that a placeholder is not used.
    pub(crate) fn asked(asked: &Asked<'r>) -> Result<Option<Self>, DynamoError> {
        let placeholders = Placeholders::new(asked.names, asked.values);
        let guard = Self::read(&placeholders, asked.condition, asked.on_failure)?;
        placeholders.finish()?;
        match guard {
            Some(guard) => Ok(Some(guard)),
            None => Self::expecting(asked.expected, asked.operator, asked.on_failure),
        }
    }

    /// What `Expected` asks for, if it asks for anything.
    ///
    /// # Errors
    /// AWS's `ValidationException` for what is wrong with it.
    pub(crate) fn expecting(
        expected: Option<&'r BTreeMap<String, ExpectedAttributeValue>>,
        operator: Option<ConditionalOperator>,
        on_failure: Option<ReturnValuesOnConditionCheckFailure>,
    ) -> Result<Option<Self>, DynamoError> {
        let condition = legacy::expected(expected, operator)?;
        Ok(condition.map(|condition| Self { condition, on_failure }))
    }

    /// Guards by `condition`.
    pub(crate) fn new(
        condition: Condition<'r>,
        on_failure: Option<ReturnValuesOnConditionCheckFailure>,
    ) -> Self {
        Self { condition, on_failure }
    }

    /// Judges the item as it is.
    ///
    /// # Errors
    /// `ConditionalCheckFailedException` when the condition does not hold.
    pub(crate) fn check(&self, old: Option<&Attributes>) -> Result<(), DynamoError> {
        if self.condition.holds(old.unwrap_or(&Attributes::default())) {
            return Ok(());
        }
        match (self.on_failure, old) {
            (Some(ReturnValuesOnConditionCheckFailure::AllOld), Some(item)) => {
                let message = "The conditional request failed".into();
                Err(DynamoError::ConditionFailedOn { message, item: item.clone() })
            }
            _ => Err(DynamoError::ConditionFailed),
        }
    }
}

/// Whether a put or delete answers with the old item.
///
/// # Errors
/// AWS's `ValidationException` for states that only updates have.
pub(crate) fn wants_old(mode: Option<ReturnValue>) -> Result<bool, DynamoError> {
    match mode {
        None | Some(ReturnValue::None) => Ok(false),
        Some(ReturnValue::AllOld) => Ok(true),
        Some(_) => Err(invalid("ReturnValues can only be ALL_OLD or NONE")),
    }
}
