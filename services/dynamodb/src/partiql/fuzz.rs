//! Statements made by their grammar: what is written is read back.

use super::{Action, Select, Statement, parse, parser::matches_any};
use crate::{
    error::DynamoError,
    expression::{
        fuzz::{changes, condition, mutated, path, sign, style, term},
        tree::{Condition, Operand, Path, Step, Term, Update},
    },
    item::guard::ReturnValue,
    table::TableRef,
    value::attribute::{
        AttributeValue, Attributes,
        tests::{item, value},
    },
};
use proptest::prelude::*;
use service_kit::{clock::Stopwatch, fault::Fault};
use std::{borrow::Cow, time::Duration};

/// Longer than any statement of 8 KB takes, even on a slow machine.
const PATIENCE: Duration = Duration::from_secs(30);

fn select() -> impl Strategy<Value = Select> {
    let projection = prop::option::of(prop::collection::vec(path(), 1..4));
    let names = prop::sample::select(vec!["pk", "sk", "x y"]).prop_map(str::to_owned);
    let order = prop::collection::vec((names, any::<bool>()), 0..3);
    (projection, prop::option::of(condition()), order)
        .prop_map(|(projection, condition, order)| Select { projection, condition, order })
}

/// Changes in PartiQL's own words, of which `if_not_exists` is none.
fn update() -> impl Strategy<Value = Update<'static>> {
    fn has_if(term: &Term<'_>) -> bool {
        match term {
            Term::IfNotExists(..) => true,
            Term::Path(_) | Term::Value(_) => false,
            Term::ListAppend(a, b) | Term::Plus(a, b) | Term::Minus(a, b) => has_if(a) || has_if(b),
        }
    }
    let term = term().prop_filter("a term of PartiQL", |term| !has_if(term));
    let set = prop::collection::btree_set("[a-c]{1,2}", 1..3);
    let set = set.prop_map(|set| Cow::Owned(AttributeValue::Ss(set.into_iter().collect())));
    let sets = |term: BoxedStrategy<_>| prop::collection::vec((path(), term), 0..3);
    let changes = || prop::collection::vec((path(), set.clone()), 0..2);
    (sets(term.boxed()), prop::collection::vec(path(), 0..3), changes(), changes())
        .prop_filter("an update changes something", |(set, remove, add, delete)| {
            !(set.is_empty() && remove.is_empty() && add.is_empty() && delete.is_empty())
        })
        .prop_map(|(set, remove, add, delete)| Update { set, remove, add, delete })
}

fn statement() -> impl Strategy<Value = Statement> {
    use ReturnValue::{AllNew, AllOld, UpdatedNew, UpdatedOld};
    let returning =
        prop::option::of(prop::sample::select(vec![AllNew, AllOld, UpdatedNew, UpdatedOld]));
    let old = prop::option::of(Just(AllOld));
    let some = || prop::option::of(condition());
    let action = prop_oneof![
        3 => select().prop_map(Action::Select),
        1 => select().prop_map(Action::Exists),
        2 => item().prop_map(Action::Insert),
        3 => (update(), some(), returning).prop_map(|(update, condition, returning)| {
            Action::Update { update, condition, returning }
        }),
        1 => (some(), old)
            .prop_map(|(condition, returning)| Action::Delete { condition, returning }),
    ];
    let name = || prop::sample::select(vec!["music", "my-table", "select", "a.b"]);
    (name(), prop::option::of(name()), action).prop_map(|(table, index, action)| Statement {
        table: TableRef(table.into()),
        index: index.map(str::to_owned),
        action,
    })
}

/// Writes statements, in ways that `style` chooses.
struct Writer<'s> {
    style: std::iter::Cycle<std::slice::Iter<'s, u8>>,
    text: String,
    parameters: Vec<AttributeValue>,
}

impl<'s> Writer<'s> {
    fn new(style: &'s [u8]) -> Self {
        Self { style: style.iter().cycle(), text: String::new(), parameters: Vec::new() }
    }

    fn chance(&mut self) -> bool {
        self.style.next().is_some_and(|byte| byte % 3 == 0)
    }

    /// A token, with white space or a comment before it.
    fn token(&mut self, token: &str) {
        let space = match (self.chance(), self.chance()) {
            (true, true) => " /* it's */ ",
            (true, false) => " -- \"so\"\n",
            (false, true) => "\t\n",
            (false, false) => " ",
        };
        // Nothing stands between the two signs of one.
        self.text.push_str(space);
        self.text.push_str(token);
    }

    fn keywords(&mut self, words: &str) {
        for word in words.split(' ') {
            let word = if self.chance() { word.to_ascii_lowercase() } else { word.to_owned() };
            self.token(&word);
        }
    }

    fn quoted(&mut self, name: &str) {
        self.token(&format!("\"{}\"", name.replace('"', "\"\"")));
    }

    fn name(&mut self, name: &str) {
        let is_plain = name.starts_with(char::is_alphabetic)
            && name.chars().all(|part| part.is_alphanumeric() || part == '_')
            && !matches_any(name, &["and", "size"]);
        if is_plain && !self.chance() { self.token(name) } else { self.quoted(name) }
    }

    fn path(&mut self, path: &Path) {
        for (place, step) in path.0.iter().enumerate() {
            match step {
                Step::Name(name) if place == 0 => self.name(name),
                Step::Name(name) if self.chance() => {
                    self.token("[");
                    self.token(&format!("'{}'", name.replace('\'', "''")));
                    self.token("]");
                }
                Step::Name(name) => {
                    self.token(".");
                    self.name(name);
                }
                Step::Index(index) => {
                    self.token("[");
                    self.token(&index.to_string());
                    self.token("]");
                }
            }
        }
    }

    fn list<T>(&mut self, signs: (&str, &str), all: &[T], write: impl Fn(&mut Self, &T)) {
        self.token(signs.0);
        self.separated(all, write);
        self.token(signs.1);
    }

    fn separated<T>(&mut self, all: &[T], write: impl Fn(&mut Self, &T)) {
        for (place, one) in all.iter().enumerate() {
            if place > 0 {
                self.token(",");
            }
            write(self, one);
        }
    }

    fn value(&mut self, value: &AttributeValue) {
        let is_literal = !matches!(value, AttributeValue::B(_) | AttributeValue::Bs(_));
        if !is_literal || self.chance() {
            self.token("?");
            return self.parameters.push(value.clone());
        }
        let text = |text: &str| format!("'{}'", text.replace('\'', "''"));
        match value {
            AttributeValue::S(value) => self.token(&text(value)),
            AttributeValue::N(number) => self.token(&number.to_string()),
            AttributeValue::Bool(truth) => self.keywords(if *truth { "TRUE" } else { "FALSE" }),
            AttributeValue::L(list) => self.list(("[", "]"), list, Self::value),
            AttributeValue::M(map) => self.map(map),
            AttributeValue::Ss(set) => {
                self.list(("<<", ">>"), set, |this, member| this.token(&text(member)));
            }
            AttributeValue::Ns(set) => {
                self.list(("<<", ">>"), set, |this, member| this.token(&member.to_string()));
            }
            _ => self.keywords("NULL"),
        }
    }

    fn map(&mut self, map: &Attributes) {
        let entries: Vec<(&str, &AttributeValue)> = map.iter().collect();
        self.list(("{", "}"), &entries, |this, (name, value)| {
            this.token(&format!("'{}'", name.replace('\'', "''")));
            this.token(":");
            this.value(value);
        });
    }

    fn group(&mut self, must: bool, write: impl FnOnce(&mut Self)) {
        let group = must || self.chance();
        if group {
            self.token("(");
        }
        write(self);
        if group {
            self.token(")");
        }
    }

    fn operand(&mut self, operand: &Operand<'_>) {
        self.group(false, |this| match operand {
            Operand::Path(path) => this.path(path),
            Operand::Value(value) => this.value(value),
            Operand::Size(inner) => this.call("size", &[inner]),
        });
    }

    fn call(&mut self, name: &str, operands: &[&Operand<'_>]) {
        self.keywords(name);
        self.list(("(", ")"), operands, |this, operand| this.operand(operand));
    }

    /// `binding` says how closely what stands around binds: 0 nothing, 1 `OR`, 2 `AND`, 3 `NOT`.
    fn condition(&mut self, condition: &Condition<'_>, binding: u8) {
        let own = match condition {
            Condition::Any(_) => 1,
            Condition::All(_) => 2,
            Condition::Not(_) => 3,
            _ => 4,
        };
        let must = own < binding || own == binding && own < 3;
        self.group(must, |this| match condition {
            Condition::Any(parts) => this.chain(parts, "OR", 1),
            Condition::All(parts) => this.chain(parts, "AND", 2),
            Condition::Not(inner) => {
                this.keywords("NOT");
                this.condition(inner, 3);
            }
            other => this.leaf(other),
        });
    }

    fn chain(&mut self, parts: &[Condition<'_>], keyword: &str, binding: u8) {
        for (place, part) in parts.iter().enumerate() {
            if place > 0 {
                self.keywords(keyword);
            }
            self.condition(part, binding);
        }
    }

    fn leaf(&mut self, condition: &Condition<'_>) {
        match condition {
            Condition::Compare(comparator, a, b) => {
                self.operand(a);
                let sign = if self.chance() { sign(*comparator) } else { other_sign(*comparator) };
                self.token(sign);
                self.operand(b);
            }
            Condition::Between(value, low, high) => {
                self.operand(value);
                self.keywords("BETWEEN");
                self.operand(low);
                self.keywords("AND");
                self.operand(high);
            }
            Condition::In(value, list) => {
                self.operand(value);
                self.keywords("IN");
                let signs = if self.chance() { ("(", ")") } else { ("[", "]") };
                self.list(signs, list, |this, operand| this.operand(operand));
            }
            Condition::Exists(path, there) => {
                let name = if *there { "attribute_exists" } else { "attribute_not_exists" };
                self.call(name, &[&Operand::Path(path.clone())]);
            }
            Condition::Type(a, b) => self.call("attribute_type", &[a, b]),
            Condition::BeginsWith(a, b) => self.call("begins_with", &[a, b]),
            Condition::Contains(a, b) => self.call("contains", &[a, b]),
            Condition::All(_) | Condition::Any(_) | Condition::Not(_) => {}
        }
    }

    fn term(&mut self, term: &Term<'_>) {
        let sum = |this: &mut Self, a, sign, b| {
            this.term(a);
            this.token(sign);
            this.term(b);
        };
        match term {
            Term::Path(path) | Term::IfNotExists(path, _) => self.path(path),
            Term::Value(value) => self.value(value),
            Term::ListAppend(a, b) => {
                self.keywords("list_append");
                self.list(("(", ")"), &[a, b], |this, term| this.term(term));
            }
            Term::Plus(a, b) => sum(self, a, "+", b),
            Term::Minus(a, b) => sum(self, a, "-", b),
        }
    }

    fn select(&mut self, target: (&str, Option<&str>), select: &Select) {
        self.keywords("SELECT");
        match &select.projection {
            None => self.token("*"),
            Some(paths) => self.separated(paths, Self::path),
        }
        self.keywords("FROM");
        self.target(target);
        self.filter(select.condition.as_ref());
        if !select.order.is_empty() {
            self.keywords("ORDER BY");
            self.separated(&select.order, |this, (name, rises)| {
                this.name(name);
                if !rises || this.chance() {
                    this.keywords(if *rises { "ASC" } else { "DESC" });
                }
            });
        }
    }

    fn target(&mut self, (table, index): (&str, Option<&str>)) {
        self.quoted(table);
        if let Some(index) = index {
            self.token(".");
            self.quoted(index);
        }
    }

    fn filter(&mut self, condition: Option<&Condition<'_>>) {
        if let Some(condition) = condition {
            self.keywords("WHERE");
            self.condition(condition, 0);
        }
    }

    fn update(&mut self, update: &Update<'_>) {
        for (path, term) in &update.set {
            self.keywords("SET");
            self.path(path);
            self.token("=");
            self.group(false, |this| this.term(term));
        }
        for (name, changes) in [("set_add", &update.add), ("set_delete", &update.delete)] {
            for (path, members) in changes {
                self.keywords("SET");
                self.path(path);
                self.token("=");
                self.keywords(name);
                self.token("(");
                self.path(path);
                self.token(",");
                self.value(members);
                self.token(")");
            }
        }
        if !update.remove.is_empty() {
            self.keywords("REMOVE");
            self.separated(&update.remove, Self::path);
        }
    }

    fn returning(&mut self, mode: Option<ReturnValue>) {
        let Some(mode) = mode else { return };
        self.keywords("RETURNING");
        self.keywords(match mode {
            ReturnValue::AllOld => "ALL OLD",
            ReturnValue::AllNew => "ALL NEW",
            ReturnValue::UpdatedOld => "MODIFIED OLD",
            ReturnValue::UpdatedNew | ReturnValue::None => "MODIFIED NEW",
        });
        self.token("*");
    }

    fn statement(&mut self, Statement { table, index, action }: &Statement) {
        let target = (table.0.as_str(), index.as_deref());
        match action {
            Action::Select(select) => self.select(target, select),
            Action::Exists(select) => {
                self.keywords("EXISTS");
                self.token("(");
                self.select(target, select);
                self.token(")");
            }
            Action::Insert(item) => {
                self.keywords("INSERT INTO");
                self.target(target);
                self.keywords("VALUE");
                self.map(item);
            }
            Action::Update { update, condition, returning } => {
                self.keywords("UPDATE");
                self.target(target);
                self.update(update);
                self.filter(condition.as_ref());
                self.returning(*returning);
            }
            Action::Delete { condition, returning } => {
                self.keywords("DELETE FROM");
                self.target(target);
                self.filter(condition.as_ref());
                self.returning(*returning);
            }
        }
        if self.chance() {
            self.token(";");
        }
    }
}

fn other_sign(comparator: crate::expression::tree::Comparator) -> &'static str {
    match sign(comparator) {
        "<>" => "!=",
        same => same,
    }
}

/// What is grammatical is refused only for what it says.
fn is_refused_for_its_meaning(error: &DynamoError) -> bool {
    let opening = "Statement wasn't well formed";
    matches!(error, DynamoError::Common(Fault::Validation(text)) if !text.starts_with(opening))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 2))]

    #[test]
    fn statements_are_read_as_written(statement in statement(), style in style()) {
        let mut writer = Writer::new(&style);
        writer.statement(&statement);
        match parse(&writer.text, &writer.parameters) {
            Ok(read) => prop_assert_eq!(read, statement, "{}", writer.text),
            Err(error) => {
                prop_assert!(is_refused_for_its_meaning(&error), "{}: {:?}", writer.text, error);
            }
        }
    }

    #[test]
    fn values_are_read_as_written(value in value(), style in style()) {
        let item: Attributes = [("a".to_owned(), value)].into_iter().collect();
        let table = TableRef("music".into());
        let statement = Statement { table, index: None, action: Action::Insert(item) };
        let mut writer = Writer::new(&style);
        writer.statement(&statement);
        prop_assert_eq!(parse(&writer.text, &writer.parameters).unwrap(), statement);
    }

    #[test]
    fn what_is_nearly_a_statement_is_read_or_refused(
        statement in statement(), style in style(), changes in changes(),
    ) {
        let mut writer = Writer::new(&style);
        writer.statement(&statement);
        parse(&mutated(&writer.text, &changes), &writer.parameters).ok();
    }
}

/// The longest statements of each form.
#[test]
fn the_longest_statements_take_no_time() {
    let watch = Stopwatch::start();
    let fill = |start: &str, part: &str| {
        let count = (8192 - start.len()) / part.len();
        format!("{start}{}", part.repeat(count))
    };
    let each = |start: &str, part: &dyn Fn(usize) -> String| {
        let mut text = start.to_owned();
        for part in (0..).map(part).take_while(|part| part.len() < 20) {
            if text.len() + part.len() > 8192 {
                break;
            }
            text += &part;
        }
        text
    };
    let texts = [
        fill("INSERT INTO music VALUE {'a': [1", ",1"),
        fill("INSERT INTO music VALUE {'a': <<1", ",1"),
        fill("INSERT INTO music VALUE {'a': ", "["),
        fill("SELECT * FROM music WHERE a = 1", " OR a=1"),
        fill("SELECT * FROM music WHERE a IN (1", ",1"),
        fill("SELECT * FROM music WHERE ", "("),
        fill("SELECT * FROM music WHERE ", "NOT "),
        fill("SELECT a", "[0]"),
        fill("UPDATE music SET a = ", "list_append(a, "),
        fill("UPDATE music SET a = ", "set_add(a, "),
        fill("", "\n"),
        fill("SELECT ", "/**/"),
        each("SELECT a", &|n| format!(",a{n}")),
        each("UPDATE music REMOVE a", &|n| format!(",a{n}")),
        each("UPDATE music SET a = 1", &|n| format!(",a{n}=1")),
        each("INSERT INTO music VALUE {'a': 1", &|n| format!(",'a{n}':1")),
    ];
    // As many as one batch may have.
    for text in texts.iter().cycle().take(100) {
        parse(text, &[]).ok();
    }
    assert!(watch.elapsed() < PATIENCE, "{:?}", watch.elapsed());
}
