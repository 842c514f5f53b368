//! Expressions made by their grammar: what is written is read back, and means what it should.

use super::{
    Placeholders,
    tree::{Comparator, Condition, Operand, Path, Step, Term, Update},
};
use crate::{
    error::DynamoError,
    value::{
        attribute::{
            AttributeName, AttributeValue, Attributes, ExpressionNames, ExpressionValues,
            tests::{item, value},
        },
        number::Number,
    },
};
use proptest::prelude::*;
use service_kit::{clock::Stopwatch, fault::Fault};
use std::{borrow::Cow, time::Duration};

/// Longer than any expression of 4 KB takes, even on a slow machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Any path.
pub(crate) fn path() -> impl Strategy<Value = Path> {
    // Names that must be written as placeholders, too.
    let name = || prop::sample::select(vec!["a", "b", "c_1", "size", "and", "x y", "é", ""]);
    let step = prop_oneof![
        name().prop_map(|name| Step::Name(name.into())),
        (0..4_usize).prop_map(Step::Index),
    ];
    (name(), prop::collection::vec(step, 0..3))
        .prop_map(|(top, rest)| Path(std::iter::once(Step::Name(top.into())).chain(rest).collect()))
}

fn operand() -> impl Strategy<Value = Operand<'static>> {
    let plain = || {
        prop_oneof![
            3 => path().prop_map(Operand::Path),
            2 => value().prop_map(|value| Operand::Value(Cow::Owned(value))),
        ]
    };
    prop_oneof![5 => plain(), 1 => plain().prop_map(|inner| Operand::Size(Box::new(inner)))]
}

fn comparator() -> impl Strategy<Value = Comparator> {
    use Comparator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    prop::sample::select(vec![Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual])
}

/// Any condition.
pub(crate) fn condition() -> impl Strategy<Value = Condition<'static>> {
    let two = || (operand(), operand());
    let kind =
        prop::sample::select(vec!["S", "N", "B", "SS", "NS", "BS", "L", "M", "NULL", "BOOL"]);
    let kind = kind.prop_map(|kind| Operand::Value(Cow::Owned(AttributeValue::S(kind.into()))));
    let leaf = prop_oneof![
        (comparator(), two()).prop_map(|(sign, (a, b))| Condition::Compare(sign, a, b)),
        (operand(), two()).prop_map(|(value, (low, high))| Condition::Between(value, low, high)),
        (operand(), prop::collection::vec(operand(), 1..4))
            .prop_map(|(value, list)| Condition::In(value, list)),
        (path(), any::<bool>()).prop_map(|(path, there)| Condition::Exists(path, there)),
        (operand(), kind).prop_map(|(value, kind)| Condition::Type(value, kind)),
        two().prop_map(|(value, start)| Condition::BeginsWith(value, start)),
        two().prop_map(|(value, part)| Condition::Contains(value, part)),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Condition::All),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Condition::Any),
            inner.prop_map(|inner| Condition::Not(Box::new(inner))),
        ]
    })
}

/// Any term.
pub(crate) fn term() -> impl Strategy<Value = Term<'static>> {
    let leaf = prop_oneof![
        path().prop_map(Term::Path),
        value().prop_map(|value| Term::Value(Cow::Owned(value))),
    ];
    let operand = leaf.prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            (path(), inner.clone())
                .prop_map(|(path, other)| Term::IfNotExists(path, Box::new(other))),
            (inner.clone(), inner).prop_map(|(a, b)| Term::ListAppend(Box::new(a), Box::new(b))),
        ]
    });
    (operand.clone(), prop::option::of((any::<bool>(), operand))).prop_map(|(left, right)| {
        match right {
            Some((true, right)) => Term::Plus(Box::new(left), Box::new(right)),
            Some((false, right)) => Term::Minus(Box::new(left), Box::new(right)),
            None => left,
        }
    })
}

fn update() -> impl Strategy<Value = Update<'static>> {
    let amount = || {
        let set = prop::collection::btree_set("[a-c]{1,2}", 1..3);
        let set = set.prop_map(|set| AttributeValue::Ss(set.into_iter().collect()));
        let number = (-9..9_i64).prop_map(|n| AttributeValue::N(number(&n.to_string())));
        prop_oneof![set, number].prop_map(Cow::Owned)
    };
    let sets = prop::collection::vec((path(), term()), 0..4);
    let removes = prop::collection::vec(path(), 0..3);
    let changes = || prop::collection::vec((path(), amount()), 0..3);
    let all = (sets, removes, changes(), changes());
    all.prop_filter("an update changes something", |(set, remove, add, delete)| {
        !(set.is_empty() && remove.is_empty() && add.is_empty() && delete.is_empty())
    })
    .prop_map(|(set, remove, add, delete)| Update { set, remove, add, delete })
}

fn number(text: &str) -> Number {
    Number::parse(text).unwrap()
}

/// Writes expressions, in ways that `style` chooses.
struct Writer<'s> {
    style: std::iter::Cycle<std::slice::Iter<'s, u8>>,
    text: String,
    names: ExpressionNames,
    values: ExpressionValues,
}

impl<'s> Writer<'s> {
    fn new(style: &'s [u8]) -> Self {
        let (names, values) = (ExpressionNames::default(), ExpressionValues::default());
        Self { style: style.iter().cycle(), text: String::new(), names, values }
    }

    fn chance(&mut self) -> bool {
        self.style.next().is_some_and(|byte| byte % 3 == 0)
    }

    /// A token, with white space around it where some is needed or wanted.
    fn token(&mut self, token: &str) {
        let is_word = |c: char| c.is_ascii_alphanumeric() || "_#:".contains(c);
        let meet = self.text.ends_with(is_word) && token.starts_with(is_word);
        if meet || self.chance() {
            let space = if self.chance() { "\n\t " } else { " " };
            self.text.push_str(space);
        }
        self.text.push_str(token);
    }

    fn keyword(&mut self, word: &str) {
        let word = if self.chance() { word.to_ascii_lowercase() } else { word.to_owned() };
        self.token(&word);
    }

    fn name(&mut self, name: &str) {
        let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !super::reserved::is_reserved(name);
        if is_plain && !self.chance() {
            return self.token(name);
        }
        let placeholder = format!("#n{}", self.names.0.len());
        self.token(&placeholder);
        self.names.0.insert(placeholder, AttributeName(name.into()));
    }

    fn path(&mut self, path: &Path) {
        for (place, step) in path.0.iter().enumerate() {
            match step {
                Step::Name(name) => {
                    if place > 0 {
                        self.token(".");
                    }
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

    fn value(&mut self, value: &AttributeValue) {
        let placeholder = format!(":v{}", self.values.0.len());
        self.token(&placeholder);
        self.values.0.insert(placeholder, value.clone());
    }

    /// Between parentheses, if wanted or if it must be.
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

    fn call(&mut self, name: &str, arguments: &[&dyn Fn(&mut Self)]) {
        self.token(name);
        self.token("(");
        for (place, argument) in arguments.iter().enumerate() {
            if place > 0 {
                self.token(",");
            }
            argument(self);
        }
        self.token(")");
    }

    fn operand(&mut self, operand: &Operand<'_>) {
        self.group(false, |this| match operand {
            Operand::Path(path) => this.path(path),
            Operand::Value(value) => this.value(value),
            Operand::Size(inner) => this.call("size", &[&|this| this.operand(inner)]),
        });
    }

    /// `binding` says how closely what stands around binds: 0 nothing, 1 `OR`, 2 `AND`, 3 `NOT`.
    fn condition(&mut self, condition: &Condition<'_>, binding: u8) {
        let own = match condition {
            Condition::Any(_) => 1,
            Condition::All(_) => 2,
            Condition::Not(_) => 3,
            _ => 4,
        };
        // `a OR (b OR c)` is not `a OR b OR c`.
        let must = own < binding || own == binding && own < 3;
        self.group(must, |this| match condition {
            Condition::Any(parts) => this.chain(parts, "OR", 1),
            Condition::All(parts) => this.chain(parts, "AND", 2),
            Condition::Not(inner) => {
                this.keyword("NOT");
                this.condition(inner, 3);
            }
            other => this.leaf(other),
        });
    }

    fn chain(&mut self, parts: &[Condition<'_>], keyword: &str, binding: u8) {
        for (place, part) in parts.iter().enumerate() {
            if place > 0 {
                self.keyword(keyword);
            }
            self.condition(part, binding);
        }
    }

    fn leaf(&mut self, condition: &Condition<'_>) {
        match condition {
            Condition::Compare(comparator, a, b) => {
                self.operand(a);
                self.token(sign(*comparator));
                self.operand(b);
            }
            Condition::Between(value, low, high) => {
                self.operand(value);
                self.keyword("BETWEEN");
                self.operand(low);
                self.keyword("AND");
                self.operand(high);
            }
            Condition::In(value, list) => {
                self.operand(value);
                let written = |operand| move |this: &mut Self| this.operand(operand);
                let list: Vec<_> = list.iter().map(written).collect();
                let list: Vec<&dyn Fn(&mut Self)> = list.iter().map(|one| one as _).collect();
                self.call("IN", &list);
            }
            Condition::Exists(path, there) => {
                let name = if *there { "attribute_exists" } else { "attribute_not_exists" };
                self.call(name, &[&|this| this.path(path)]);
            }
            Condition::Type(a, b) => self.two("attribute_type", a, b),
            Condition::BeginsWith(a, b) => self.two("begins_with", a, b),
            Condition::Contains(a, b) => self.two("contains", a, b),
            Condition::All(_) | Condition::Any(_) | Condition::Not(_) => {}
        }
    }

    fn two(&mut self, name: &str, a: &Operand<'_>, b: &Operand<'_>) {
        self.call(name, &[&|this| this.operand(a), &|this| this.operand(b)]);
    }

    fn term(&mut self, term: &Term<'_>) {
        let sum = |this: &mut Self, a, sign, b| {
            this.term(a);
            this.token(sign);
            this.term(b);
        };
        match term {
            Term::Path(path) => self.path(path),
            Term::Value(value) => self.value(value),
            Term::IfNotExists(path, other) => {
                self.call("if_not_exists", &[&|this| this.path(path), &|this| this.term(other)]);
            }
            Term::ListAppend(a, b) => {
                self.call("list_append", &[&|this| this.term(a), &|this| this.term(b)]);
            }
            Term::Plus(a, b) => sum(self, a, "+", b),
            Term::Minus(a, b) => sum(self, a, "-", b),
        }
    }

    fn section<T>(&mut self, name: &str, changes: &[T], write: impl Fn(&mut Self, &T)) {
        for (place, change) in changes.iter().enumerate() {
            if place == 0 {
                self.keyword(name);
            } else {
                self.token(",");
            }
            write(self, change);
        }
    }

    fn update(&mut self, update: &Update<'_>) {
        let change = |this: &mut Self, (path, value): &(Path, Cow<'_, AttributeValue>)| {
            this.path(path);
            this.value(value);
        };
        self.section("DELETE", &update.delete, change);
        self.section("REMOVE", &update.remove, Self::path);
        self.section("SET", &update.set, |this, (path, term)| {
            this.path(path);
            this.token("=");
            this.group(false, |this| this.term(term));
        });
        self.section("ADD", &update.add, change);
    }

    /// Reads what was written.
    fn read<T>(&self, read: impl FnOnce(&Placeholders<'_>, &str) -> T) -> T {
        let names = (!self.names.0.is_empty()).then_some(&self.names);
        let values = (!self.values.0.is_empty()).then_some(&self.values);
        read(&Placeholders::new(names, values), &self.text)
    }
}

/// A comparison's sign.
pub(crate) fn sign(comparator: Comparator) -> &'static str {
    match comparator {
        Comparator::Equal => "=",
        Comparator::NotEqual => "<>",
        Comparator::Less => "<",
        Comparator::LessOrEqual => "<=",
        Comparator::Greater => ">",
        Comparator::GreaterOrEqual => ">=",
    }
}

/// What is grammatical is refused only for what it says.
fn is_refused_for_its_meaning(error: &DynamoError) -> bool {
    matches!(error, DynamoError::Common(Fault::Validation(text)) if !text.contains("Syntax error"))
}

/// `text` with some of its bytes gone, doubled or put elsewhere.
pub(crate) fn mutated(text: &str, changes: &[(usize, u8)]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for &(place, change) in changes {
        if bytes.is_empty() {
            break;
        }
        let place = place % bytes.len();
        match change % 4 {
            0 => drop(bytes.remove(place)),
            1 => bytes.insert(place, bytes[place]),
            2 => bytes[place] = change,
            _ => bytes.rotate_left(place),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What chooses between several ways to write the same.
pub(crate) fn style() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 1..40)
}

/// What [`mutated`] does to a text.
pub(crate) fn changes() -> impl Strategy<Value = Vec<(usize, u8)>> {
    prop::collection::vec((any::<usize>(), any::<u8>()), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 2))]

    #[test]
    fn conditions_are_read_as_written(condition in condition(), style in style(), item in item()) {
        let mut writer = Writer::new(&style);
        writer.condition(&condition, 0);
        writer.read(|all, text| match all.condition("ConditionExpression", text) {
            Ok(read) => {
                prop_assert_eq!(&read, &condition, "{}", text);
                all.finish().unwrap();
                read.holds(&item);
                Ok(())
            }
            Err(error) => {
                prop_assert!(is_refused_for_its_meaning(&error), "{}: {:?}", text, error);
                Ok(())
            }
        })?;
    }

    #[test]
    fn updates_are_read_as_written(update in update(), style in style(), item in item()) {
        let mut writer = Writer::new(&style);
        writer.update(&update);
        writer.read(|all, text| match all.update(text) {
            Ok(read) => {
                prop_assert_eq!(&read, &update, "{}", text);
                all.finish().unwrap();
                read.apply(&item).ok();
                Ok(())
            }
            Err(error) => {
                prop_assert!(is_refused_for_its_meaning(&error), "{}: {:?}", text, error);
                Ok(())
            }
        })?;
    }

    #[test]
    fn what_is_nearly_an_expression_is_read_or_refused(
        condition in condition(), update in update(), style in style(), changes in changes(),
        item in item(),
    ) {
        let mut writer = Writer::new(&style);
        writer.condition(&condition, 0);
        writer.text = mutated(&writer.text, &changes);
        writer.read(|all, text| {
            all.condition("FilterExpression", text).map(|read| read.holds(&item)).ok();
        });
        let mut writer = Writer::new(&style);
        writer.update(&update);
        writer.text = mutated(&writer.text, &changes);
        writer.read(|all, text| {
            all.projection(text).ok();
            all.update(text).map(|read| read.apply(&item).is_ok()).ok();
        });
    }

    /// Each way of asking has others that come to the same.
    #[test]
    fn conditions_agree_with_each_other(
        condition in condition(), item in item(), comparator in comparator(),
        (a, b, c) in (operand(), operand(), operand()),
    ) {
        use Condition::{All, Any, Between, Compare, In, Not};
        let not = |condition: &Condition<'static>| Not(Box::new(condition.clone()));
        let holds = |condition: Condition<'static>| condition.holds(&item);
        prop_assert_eq!(holds(not(&condition)), !condition.holds(&item));
        let (x, y) = (condition, Compare(comparator, a.clone(), b.clone()));
        let either = Any(vec![x.clone(), y.clone()]);
        prop_assert_eq!(holds(not(&either)), holds(All(vec![not(&x), not(&y)])));
        prop_assert_eq!(
            holds(Compare(comparator.mirrored(), b.clone(), a.clone())),
            holds(y),
        );
        let compare = |comparator, b: &Operand<'static>| Compare(comparator, a.clone(), b.clone());
        let (at_least, at_most) =
            (compare(Comparator::GreaterOrEqual, &b), compare(Comparator::LessOrEqual, &c));
        prop_assert_eq!(
            holds(Between(a.clone(), b.clone(), c.clone())), holds(All(vec![at_least, at_most]))
        );
        let equal = [&b, &c].map(|other| compare(Comparator::Equal, other));
        prop_assert_eq!(
            holds(In(a.clone(), vec![b.clone(), c.clone()])), holds(Any(equal.into()))
        );
        let exactly_one = [Comparator::Less, Comparator::Equal, Comparator::Greater]
            .map(|comparator| usize::from(holds(compare(comparator, &b))));
        prop_assert!(exactly_one.iter().sum::<usize>() <= 1);
    }

    /// Whether paths are apart is found out by looking at neighbours alone.
    #[test]
    fn neighbours_tell_whether_paths_are_apart(paths in prop::collection::vec(path(), 0..6)) {
        let paths: Vec<&Path> = paths.iter().collect();
        let mut pairs = paths.iter().enumerate().flat_map(|(place, one)| {
            paths[..place].iter().map(move |two| one.relation(two))
        });
        let apart = pairs.all(|relation| relation == super::tree::Relation::Apart);
        prop_assert_eq!(Path::are_apart(&paths), apart);
    }
}

/// The longest expressions of each form.
#[test]
fn the_longest_expressions_take_no_time() {
    let watch = Stopwatch::start();
    let fill = |start: &str, part: &str| {
        let count = (4096 - start.len()) / part.len();
        format!("{start}{}", part.repeat(count))
    };
    let texts = [
        fill("a = :v", " OR a = :v"),
        fill("a IN (:v", ",:v"),
        fill("", "("),
        fill("", "NOT "),
        fill("", "size("),
        fill("SET a = :v", ", a = :v"),
        fill("SET a = ", "list_append(a, "),
        fill("REMOVE a", ".a"),
        fill("REMOVE a", "[0]"),
        fill("REMOVE a[0]", ",a[1]"),
        fill("ADD a :v", ", a :v"),
        fill("a", ",b"),
        fill("", "#n"),
        fill("", "é"),
    ];
    let values = ExpressionValues([(":v".to_owned(), AttributeValue::Null)].into());
    for text in &texts {
        let all = Placeholders::new(None, Some(&values));
        all.condition("ConditionExpression", text).ok();
        all.update(text).ok();
        all.projection(text).ok();
    }
    assert!(watch.elapsed() < PATIENCE, "{:?}", watch.elapsed());
}

/// The largest items, in every place of an update or a condition.
#[test]
fn the_largest_items_are_not_copied_in_vain() {
    let watch = Stopwatch::start();
    let nothing = AttributeValue::L(vec![AttributeValue::Null; 190_000]);
    let bytes = AttributeValue::B(vec![0; 400_000].into());
    let item: Attributes = [("a".to_owned(), nothing)].into_iter().collect();
    let mut part = vec![0; 200_000];
    part.push(1);
    let values = ExpressionValues(
        [(":b".to_owned(), bytes.clone()), (":part".to_owned(), AttributeValue::B(part.into()))]
            .into(),
    );
    let all = Placeholders::new(None, Some(&values));
    let everywhere = |change: &dyn Fn(usize) -> String| {
        let changes: Vec<String> = (0..280).map(change).collect();
        changes.join(",")
    };
    let too_large = [
        format!("SET {}", everywhere(&|n| format!("b{n} = a"))),
        format!("SET {}", everywhere(&|n| format!("b{n} = :b"))),
        "SET b = list_append(a, a)".to_owned(),
    ];
    for text in too_large {
        let error = all.update(&text).unwrap().apply(&item).unwrap_err();
        let wanted = crate::item::UPDATE_TOO_LARGE;
        assert!(matches!(&error, DynamoError::Common(Fault::Validation(text)) if text == wanted));
    }
    let item: Attributes = [("a".to_owned(), bytes)].into_iter().collect();
    let contains = ["contains(a, :part)"; 10].join(" OR ");
    assert!(!all.condition("FilterExpression", &contains).unwrap().holds(&item));
    assert!(watch.elapsed() < PATIENCE, "{:?}", watch.elapsed());
}
