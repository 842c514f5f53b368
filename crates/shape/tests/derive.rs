//! What the derives generate.

use shape::{ErrorShape, Kind, Location, Shape, Value};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Shape)]
enum Tree {
    Leaf(String),
    Nodes(Vec<Tree>),
    Named(BTreeMap<String, Tree>),
}

#[derive(Clone, Debug, PartialEq, Shape)]
enum Mode {
    PayPerRequest,
    #[shape(name = "provisioned")]
    Provisioned,
}

#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(length = 3..=255, pattern = "[a-z]+")]
struct TableName(String);

#[derive(Clone, Debug, PartialEq, Shape)]
struct Input {
    #[shape(label)]
    table_name: TableName,
    mode: Option<Mode>,
    #[shape(default, flattened)]
    trees: Vec<Tree>,
    #[shape(query = "max", range = 1..=10)]
    max_items: Option<u32>,
}

#[derive(ErrorShape)]
enum TableError {
    #[error(status = 404, query = "Gone", message = "It is not there.")]
    NotFound,
    Invalid(String),
    Cancelled {
        message: String,
        reasons: Vec<String>,
    },
}

#[test]
fn a_structure_round_trips_and_describes_itself() {
    let input = Input {
        table_name: TableName("abc".into()),
        mode: Some(Mode::PayPerRequest),
        trees: vec![Tree::Nodes(vec![Tree::Leaf("x".into())]), Tree::Named(BTreeMap::new())],
        max_items: None,
    };
    assert_eq!(Input::read(input.clone().write()), Ok(input));
    let schema = Input::schema();
    assert_eq!(schema.name, "Input");
    let (index, table) = schema.member("TableName").unwrap();
    assert_eq!((index, table.required, table.location), (0, true, Location::Label));
    assert_eq!(table.schema().constraints.length, Some((3, 255)));
    let (_, max) = schema.member("MaxItems").unwrap();
    assert_eq!((max.wire_name(), max.required), ("max", false));
    assert!(matches!(Mode::schema().kind, Kind::Enum(["PAY_PER_REQUEST", "provisioned"])));
}

#[test]
fn an_absent_member_is_a_mismatch_or_its_default() {
    let slots = vec![Some(Value::String("abc".into())), None, None, None];
    assert_eq!(Input::read(Value::Structure(slots)).map(|input| input.trees), Ok(Vec::new()));
    assert!(Input::read(Value::Structure(vec![None; 4])).is_err());
}

#[test]
fn errors_know_their_codes_and_fields() {
    assert_eq!(TableError::CODES.len(), 3);
    let failure = TableError::NotFound.into_failure();
    assert_eq!((failure.status, failure.query_code()), (404, "Gone"));
    assert_eq!(TableError::Invalid("bad".into()).into_failure().message, "bad");
    let failure =
        TableError::Cancelled { message: "no".into(), reasons: vec!["None".into()] }.into_failure();
    assert_eq!(failure.fields[0].0, "Reasons");
}
