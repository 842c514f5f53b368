//! Statements: the tree that PartiQL becomes, conditions and updates in the expressions' own.

use crate::{
    expression::tree::{Condition, Path, Update},
    item::guard::ReturnValue,
    table::TableRef,
    value::attribute::Attributes,
};

/// A statement, its parameters in place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Statement {
    /// The table it names.
    pub(crate) table: TableRef,
    /// The index it names.
    pub(crate) index: Option<String>,
    /// What it does.
    pub(crate) action: Action,
}

/// What a statement does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Action {
    /// `SELECT`
    Select(Select),
    /// `EXISTS(SELECT ...)`, a condition of a transaction.
    Exists(Select),
    /// `INSERT INTO ... VALUE {...}`
    Insert(Attributes),
    /// `UPDATE ... SET ... REMOVE ... WHERE ...`
    Update {
        /// The changes.
        update: Update<'static>,
        /// Which item, and what must hold for it.
        condition: Option<Condition<'static>>,
        /// What to answer with.
        returning: Option<ReturnValue>,
    },
    /// `DELETE FROM ... WHERE ...`
    Delete {
        /// Which item, and what must hold for it.
        condition: Option<Condition<'static>>,
        /// What to answer with.
        returning: Option<ReturnValue>,
    },
}

/// A `SELECT`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Select {
    /// The attributes to answer with; none for `*`.
    pub(crate) projection: Option<Vec<Path>>,
    /// Which items.
    pub(crate) condition: Option<Condition<'static>>,
    /// Attributes to sort by, and whether they rise.
    pub(crate) order: Vec<(String, bool)>,
}
