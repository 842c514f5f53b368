//! TransactWriteItems: up to 100 writes and checks of different items, all of them or none.

use crate::{
    access::authorization::{Touched, fault, on_table, table_of},
    capacity::{ConsumedCapacity, ReturnConsumedCapacity},
    error::{DynamoError, invalid},
    expression::{Placeholders, tree::Update as Change},
    index::collection::ItemCollectionMetrics,
    item::{
        self, PUT_TOO_LARGE, Stored,
        guard::{Guard, ReturnItemCollectionMetrics, ReturnValuesOnConditionCheckFailure},
    },
    parameters::Parameters,
    table::{self, TableRef},
    transaction::{
        self, Action, Step, all_or_first, check_distinct, run, tell, token::is_repeated,
    },
    value::attribute::{Attributes, ExpressionNames, ExpressionValues},
};
use service_kit::prelude::*;

pub(crate) enum TransactWriteItems {}

/// What TransactWriteItems takes.
#[derive(Debug, Shape)]
pub struct TransactWriteItemsInput {
    /// What to do.
    #[shape(length = 1..=100)]
    pub transact_items: Vec<TransactWriteItem>,
    /// Whether to tell the consumption.
    pub return_consumed_capacity: Option<ReturnConsumedCapacity>,
    /// Whether to tell of item collections.
    pub return_item_collection_metrics: Option<ReturnItemCollectionMetrics>,
    /// Marks a request, so that it is not done twice.
    #[shape(length = 1..=36)]
    pub client_request_token: Option<String>,
}

/// One of the actions.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct TransactWriteItem {
    /// Check an item.
    pub condition_check: Option<ConditionCheck>,
    /// Put an item.
    pub put: Option<Put>,
    /// Remove an item.
    pub delete: Option<Delete>,
    /// Change an item.
    pub update: Option<Update>,
}

/// A check of an item that is not written.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ConditionCheck {
    /// The item's primary key.
    pub key: Attributes,
    /// The table.
    pub table_name: TableRef,
    /// What must hold.
    pub condition_expression: String,
    /// Names by placeholder.
    pub expression_attribute_names: Option<ExpressionNames>,
    /// Values by placeholder.
    pub expression_attribute_values: Option<ExpressionValues>,
    /// Whether a refusal answers with the item.
    pub return_values_on_condition_check_failure: Option<ReturnValuesOnConditionCheckFailure>,
}

/// A put.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct Put {
    /// The item.
    pub item: Attributes,
    /// The table.
    pub table_name: TableRef,
    /// What must hold.
    pub condition_expression: Option<String>,
    /// Names by placeholder.
    pub expression_attribute_names: Option<ExpressionNames>,
    /// Values by placeholder.
    pub expression_attribute_values: Option<ExpressionValues>,
    /// Whether a refusal answers with the item.
    pub return_values_on_condition_check_failure: Option<ReturnValuesOnConditionCheckFailure>,
}

/// A delete.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct Delete {
    /// The item's primary key.
    pub key: Attributes,
    /// The table.
    pub table_name: TableRef,
    /// What must hold.
    pub condition_expression: Option<String>,
    /// Names by placeholder.
    pub expression_attribute_names: Option<ExpressionNames>,
    /// Values by placeholder.
    pub expression_attribute_values: Option<ExpressionValues>,
    /// Whether a refusal answers with the item.
    pub return_values_on_condition_check_failure: Option<ReturnValuesOnConditionCheckFailure>,
}

/// An update.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct Update {
    /// The item's primary key.
    pub key: Attributes,
    /// The change.
    pub update_expression: String,
    /// The table.
    pub table_name: TableRef,
    /// What must hold.
    pub condition_expression: Option<String>,
    /// Names by placeholder.
    pub expression_attribute_names: Option<ExpressionNames>,
    /// Values by placeholder.
    pub expression_attribute_values: Option<ExpressionValues>,
    /// Whether a refusal answers with the item.
    pub return_values_on_condition_check_failure: Option<ReturnValuesOnConditionCheckFailure>,
}

/// What TransactWriteItems gives.
#[derive(Debug, Shape)]
pub struct TransactWriteItemsOutput {
    /// What was consumed, by table.
    pub consumed_capacity: Option<Vec<ConsumedCapacity>>,
    /// The item collections written to, by table.
    pub item_collection_metrics: Option<BTreeMap<String, Vec<ItemCollectionMetrics>>>,
}

/// What the four kinds of action share.
struct Common<'r> {
    /// The IAM action.
    action: &'static str,
    table: &'r TableRef,
    /// The item, or its key.
    item: &'r Attributes,
    is_put: bool,
    is_delete: bool,
    update: Option<&'r str>,
    condition: Option<&'r str>,
    names: Option<&'r ExpressionNames>,
    values: Option<&'r ExpressionValues>,
    on_failure: Option<ReturnValuesOnConditionCheckFailure>,
}

/// The part of [`Common`] that is read from members of the same name.
macro_rules! common {
    ($given:expr, $action:literal, $item:ident) => {
        Common {
            action: $action,
            table: &$given.table_name,
            item: &$given.$item,
            is_put: false,
            is_delete: false,
            update: None,
            condition: None,
            names: $given.expression_attribute_names.as_ref(),
            values: $given.expression_attribute_values.as_ref(),
            on_failure: $given.return_values_on_condition_check_failure,
        }
    };
}

impl TransactWriteItem {
    /// The actions given; one is right.
    fn actions(&self) -> impl Iterator<Item = Common<'_>> {
        let check = self.condition_check.as_ref().map(|given| Common {
            condition: Some(&given.condition_expression),
            ..common!(given, "dynamodb:ConditionCheckItem", key)
        });
        let put = self.put.as_ref().map(|given| Common {
            is_put: true,
            condition: given.condition_expression.as_deref(),
            ..common!(given, "dynamodb:PutItem", item)
        });
        let delete = self.delete.as_ref().map(|given| Common {
            is_delete: true,
            condition: given.condition_expression.as_deref(),
            ..common!(given, "dynamodb:DeleteItem", key)
        });
        let update = self.update.as_ref().map(|given| Common {
            update: Some(&given.update_expression),
            condition: given.condition_expression.as_deref(),
            ..common!(given, "dynamodb:UpdateItem", key)
        });
        [check, put, delete, update].into_iter().flatten()
    }

    fn only(&self) -> Result<Common<'_>, DynamoError> {
        let mut actions = self.actions();
        match (actions.next(), actions.next()) {
            (Some(action), None) => Ok(action),
            _ => Err(invalid("TransactItems can only contain one of Check, Put, Update or Delete")),
        }
    }
}

/// One action whose expressions are read.
struct Read<'r> {
    given: Common<'r>,
    update: Option<Change<'r>>,
    guard: Option<Guard<'r>>,
}

impl<'r> Common<'r> {
    fn read(self) -> Result<Read<'r>, DynamoError> {
        let mut expressions = vec![("ConditionExpression", self.condition.is_some())];
        if self.update.is_some() {
            expressions.insert(0, ("UpdateExpression", true));
        }
        let parameters = Parameters {
            legacy: Vec::new(),
            expressions,
            names: self.names.is_some(),
            values: self.values.is_some(),
        };
        parameters.check().map_err(Fault::from)?;
        let placeholders = Placeholders::new(self.names, self.values);
        let update = self.update.map(|text| placeholders.update(text)).transpose()?;
        let guard = Guard::read(&placeholders, self.condition, self.on_failure)?;
        placeholders.finish()?;
        Ok(Read { given: self, update, guard })
    }
}

impl<'r> Read<'r> {
    /// The part of the transaction that this is, in `table`.
    fn step(
        self,
        (cx, table): (Context, std::sync::Arc<table::Table>),
    ) -> Result<Step<'r>, DynamoError> {
        let Self { given, update, guard } = self;
        let (key, action) = if given.is_put {
            let size = item::check(given.item, PUT_TOO_LARGE)?;
            let key = table.keys.of_item(given.item)?;
            (key, Action::Put(Stored { item: given.item.clone(), size }))
        } else {
            let action = match update {
                Some(update) => Action::Update(update),
                None if given.is_delete => Action::Delete,
                None => Action::Check,
            };
            (table.keys.of_key(given.item)?, action)
        };
        let named = table.keys.extract(given.item);
        let name = given.table.clone();
        let step = Step { cx, name, table, key, named, guard, action };
        step.check()?;
        Ok(step)
    }
}

impl Operation for TransactWriteItems {
    const NAME: &'static str = "TransactWriteItems";
    const DATA_EVENT: bool = true;
    type Input = TransactWriteItemsInput;
    type Output = TransactWriteItemsOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let consumed = input.return_consumed_capacity;
        let access = |given: Common<'_>| {
            on_table(given.action, given.table, at, consumed)
                .with("dynamodb:EnclosingOperation", Self::NAME)
        };
        let all: Vec<Access> =
            input.transact_items.iter().flat_map(TransactWriteItem::actions).map(access).collect();
        if all.is_empty() {
            // Nothing is asked for, which `run` refuses.
            return Access::any("dynamodb:ConditionCheckItem").only();
        }
        all
    }

    fn conditions(
        input: &Self::Input,
        tx: &ReadTx<'_>,
        access: &mut [Access],
    ) -> Result<(), Fault> {
        let actions = input.transact_items.iter().flat_map(TransactWriteItem::actions);
        for (given, access) in actions.zip(access) {
            let mut touched = Touched::default();
            touched.item(given.item, table_of(tx, given.table)?.as_ref());
            let read = given.read().map_err(fault)?;
            if let Some(update) = &read.update {
                update.paths(&mut |path| touched.paths([path]));
            }
            if let Some(guard) = &read.guard {
                touched.condition(&guard.condition);
            }
            touched.complete(access);
        }
        Ok(())
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let mode = input.return_consumed_capacity;
        let digest = service_kit::blob_key(format!("{:?}", input.transact_items).as_bytes());
        let steps = understand(cx, &input.transact_items).await?;
        let items = steps.iter().map(|step| (step.table.id.as_str(), &step.key));
        check_distinct(items)?;
        let wants = ReturnItemCollectionMetrics::wanted(input.return_item_collection_metrics);
        let token = input.client_request_token.as_deref();
        let _hold = transaction::begin(cx, Self::NAME, &steps, token)?;
        let now = cx.now();
        let done = cx
            .write(|tx| {
                if let Some(token) = &input.client_request_token
                    && is_repeated(tx, token, &digest, now)?
                {
                    return Ok(None);
                }
                run(tx, &steps, wants).map(Some)
            })
            .await?;
        let wanted = ReturnConsumedCapacity::wanted(mode);
        let Some(done) = done else {
            let consumed = if wanted { Some(transaction::repeated(&steps, mode)?) } else { None };
            return Ok(TransactWriteItemsOutput {
                consumed_capacity: consumed,
                item_collection_metrics: None,
            });
        };
        let told = tell(&steps, done, mode);
        Ok(TransactWriteItemsOutput {
            consumed_capacity: wanted.then_some(told.consumed),
            item_collection_metrics: (!told.collections.is_empty()).then_some(told.collections),
        })
    }
}

async fn understand<'r>(
    cx: &Context,
    items: &'r [TransactWriteItem],
) -> Result<Vec<Step<'r>>, DynamoError> {
    // What is wrong with a request as such is said before what a table does not allow.
    let read = items.iter().map(|item| item.only()?.read()).collect::<Result<Vec<_>, _>>()?;
    let tables: Vec<&TableRef> = read.iter().map(|read| read.given.table).collect();
    let opened = table::open_all(cx, &tables).await?;
    all_or_first(read.into_iter().zip(opened).map(|(read, opened)| read.step(opened)))
}
