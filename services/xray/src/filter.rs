//! Filter expressions ("Use filter expressions"): which traces are asked for.

use crate::{document::Node, trace::Trace};
use serde_json::Value;
use service_kit::access::Scope;

/// The longest expression.
const MAX_CHARS: usize = 2_000;
/// The deepest nesting.
const MAX_DEPTH: usize = 32;

/// A parsed expression.
#[derive(Debug)]
pub(crate) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Flag(Flag),
    Number(Number, Comparison, f64),
    Text(Text, Comparison, String),
    Annotation(String, Option<(Comparison, Literal)>),
    Service(Option<String>, Option<Box<Filter>>),
}

/// A keyword that is true or false.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Flag {
    Ok,
    Error,
    Throttle,
    Fault,
    Partial,
}

/// A keyword for a number.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Number {
    ResponseTime,
    Duration,
    Status,
}

/// A keyword for text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Text {
    Url,
    Method,
    UserAgent,
    ClientIp,
    User,
    Name,
    Type,
    ResourceArn,
}

/// How a keyword's value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    BeginsWith,
    EndsWith,
}

/// A value written in an expression.
#[derive(Debug)]
pub(crate) enum Literal {
    Number(f64),
    Text(String),
    Boolean(bool),
}

const FLAGS: [(&str, Flag); 5] = [
    ("ok", Flag::Ok),
    ("error", Flag::Error),
    ("throttle", Flag::Throttle),
    ("fault", Flag::Fault),
    ("partial", Flag::Partial),
];

const NUMBERS: [(&str, Number); 3] = [
    ("responsetime", Number::ResponseTime),
    ("duration", Number::Duration),
    ("http.status", Number::Status),
];

const TEXTS: [(&str, Text); 8] = [
    ("http.url", Text::Url),
    ("http.method", Text::Method),
    ("http.useragent", Text::UserAgent),
    ("http.clientip", Text::ClientIp),
    ("user", Text::User),
    ("name", Text::Name),
    ("type", Text::Type),
    ("resource.arn", Text::ResourceArn),
];

/// Reads an expression; the error says what is wrong with it.
pub(crate) fn parse(text: &str) -> Result<Filter, String> {
    if text.chars().count() > MAX_CHARS {
        return Err(format!("the expression is longer than {MAX_CHARS} characters"));
    }
    let mut parser = Parser { rest: text };
    parser.space();
    if parser.rest.is_empty() {
        return Ok(Filter::All(Vec::new()));
    }
    let filter = parser.any(0)?;
    parser.space();
    if parser.rest.is_empty() { Ok(filter) } else { Err(parser.unexpected("AND or OR")) }
}

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, token: &str) -> bool {
        self.space();
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// The word that comes next, without taking it.
    fn peek_word(&mut self) -> &'a str {
        self.space();
        let end = self
            .rest
            .find(|letter: char| !(letter.is_alphanumeric() || "._-".contains(letter)))
            .unwrap_or(self.rest.len());
        self.rest.get(..end).unwrap_or_default()
    }

    fn word(&mut self) -> &'a str {
        let word = self.peek_word();
        self.rest = self.rest.get(word.len()..).unwrap_or_default();
        word
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        let found = self.peek_word().eq_ignore_ascii_case(keyword);
        if found {
            self.word();
        }
        found
    }

    fn unexpected(&self, wanted: &str) -> String {
        let near: String = self.rest.chars().take(20).collect();
        format!("expected {wanted} at '{near}'")
    }

    fn any(&mut self, depth: usize) -> Result<Filter, String> {
        let mut filters = vec![self.all(depth)?];
        while self.keyword("OR") || self.eat("||") {
            filters.push(self.all(depth)?);
        }
        Ok(Filter::Any(filters))
    }

    fn all(&mut self, depth: usize) -> Result<Filter, String> {
        let mut filters = vec![self.one(depth)?];
        while self.keyword("AND") || self.eat("&&") {
            filters.push(self.one(depth)?);
        }
        Ok(Filter::All(filters))
    }

    fn one(&mut self, depth: usize) -> Result<Filter, String> {
        if depth >= MAX_DEPTH {
            return Err(format!("the expression nests deeper than {MAX_DEPTH}"));
        }
        if self.eat("!") || self.keyword("NOT") {
            return Ok(Filter::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.eat("(") {
            let inner = self.any(depth + 1)?;
            return if self.eat(")") { Ok(inner) } else { Err(self.unexpected("')'")) };
        }
        let word = self.word();
        let lower = word.to_ascii_lowercase();
        if let Some(key) = word.get(..11).filter(|start| start.eq_ignore_ascii_case("annotation."))
        {
            let key = word.get(key.len()..).unwrap_or_default().to_owned();
            return self.annotation(key);
        }
        match lower.as_str() {
            "annotation" => self.bracketed_annotation(),
            "service" => self.service(depth),
            "" => Err(self.unexpected("a keyword")),
            _ => self.simple(word, &lower),
        }
    }

    fn simple(&mut self, word: &str, lower: &str) -> Result<Filter, String> {
        let named = |name: &str| name == lower;
        if let Some((_, flag)) = FLAGS.into_iter().find(|(name, _)| named(name)) {
            return self.flag(flag);
        }
        if let Some((_, number)) = NUMBERS.into_iter().find(|(name, _)| named(name)) {
            let comparison = self.comparison()?;
            let Literal::Number(value) = self.literal()? else {
                return Err(format!("{word} is compared with a number"));
            };
            return Ok(Filter::Number(number, comparison, value));
        }
        if let Some((_, text)) = TEXTS.into_iter().find(|(name, _)| named(name)) {
            let comparison = self.comparison()?;
            let Literal::Text(value) = self.literal()? else {
                return Err(format!("{word} is compared with text in double quotes"));
            };
            return Ok(Filter::Text(text, comparison, value));
        }
        Err(format!("the keyword {word} is not supported"))
    }

    fn flag(&mut self, flag: Flag) -> Result<Filter, String> {
        self.space();
        let negated = match () {
            () if self.eat("!=") => true,
            () if self.eat("=") => false,
            () => return Ok(Filter::Flag(flag)),
        };
        let Literal::Boolean(value) = self.literal()? else {
            return Err(self.unexpected("true or false"));
        };
        let filter = Filter::Flag(flag);
        Ok(if value == negated { Filter::Not(Box::new(filter)) } else { filter })
    }

    fn bracketed_annotation(&mut self) -> Result<Filter, String> {
        if !self.eat("[") {
            return Err(self.unexpected("'['"));
        }
        let end = self.rest.find(']').ok_or_else(|| self.unexpected("']'"))?;
        let (key, rest) = self.rest.split_at(end);
        self.rest = rest.get(1..).unwrap_or_default();
        self.annotation(key.trim().trim_matches('"').to_owned())
    }

    fn annotation(&mut self, key: String) -> Result<Filter, String> {
        let before = self.rest;
        match self.comparison() {
            Ok(comparison) => Ok(Filter::Annotation(key, Some((comparison, self.literal()?)))),
            Err(_) => {
                self.rest = before;
                Ok(Filter::Annotation(key, None))
            }
        }
    }

    fn service(&mut self, depth: usize) -> Result<Filter, String> {
        if !self.eat("(") {
            return Err(self.unexpected("'('"));
        }
        self.space();
        let name = match self.rest.starts_with('"') {
            true => Some(self.quoted()?),
            false => None,
        };
        if !self.eat(")") {
            return Err(self.unexpected("a name in double quotes and ')'"));
        }
        let inner = match self.eat("{") {
            true => Some(Box::new(self.any(depth + 1)?)),
            false => None,
        };
        if inner.is_some() && !self.eat("}") {
            return Err(self.unexpected("'}'"));
        }
        Ok(Filter::Service(name, inner))
    }

    fn comparison(&mut self) -> Result<Comparison, String> {
        use Comparison::{
            BeginsWith, Contains, EndsWith, Equal, Greater, GreaterOrEqual, Less, LessOrEqual,
            NotEqual,
        };
        let signs = [
            ("!=", NotEqual),
            ("<=", LessOrEqual),
            (">=", GreaterOrEqual),
            ("=", Equal),
            ("<", Less),
            (">", Greater),
        ];
        let words = [("CONTAINS", Contains), ("BEGINSWITH", BeginsWith), ("ENDSWITH", EndsWith)];
        let sign = signs.into_iter().find(|(token, _)| self.eat(token));
        let found = sign.or_else(|| words.into_iter().find(|(word, _)| self.keyword(word)));
        found.map(|(_, comparison)| comparison).ok_or_else(|| self.unexpected("a comparison"))
    }

    fn literal(&mut self) -> Result<Literal, String> {
        self.space();
        if self.rest.starts_with('"') {
            return self.quoted().map(Literal::Text);
        }
        let word = self.word();
        match word.to_ascii_lowercase().as_str() {
            "true" => Ok(Literal::Boolean(true)),
            "false" => Ok(Literal::Boolean(false)),
            number => match number.parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(Literal::Number(number)),
                _ => Err(format!("'{word}' is no value; text stands in double quotes")),
            },
        }
    }

    fn quoted(&mut self) -> Result<String, String> {
        self.eat("\"");
        let end = self.rest.find('"').ok_or("a closing double quote is missing")?;
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest.get(1..).unwrap_or_default();
        Ok(text.to_owned())
    }
}

/// What an expression is asked of: a trace, or one service in it.
#[derive(Default)]
pub(crate) struct Subject<'a> {
    fault: bool,
    error: bool,
    throttle: bool,
    partial: bool,
    response_time: f64,
    duration: f64,
    /// The nodes that texts and statuses are looked for in.
    front: Vec<&'a Node>,
    /// All nodes, for annotations and users.
    nodes: Vec<&'a Node>,
    types: Vec<String>,
    services: Vec<(String, Subject<'a>)>,
}

impl<'a> Subject<'a> {
    /// A whole trace.
    pub(crate) fn of(trace: &'a Trace, at: &Scope) -> Self {
        let mut nodes = Vec::new();
        trace.visit(&mut |node| nodes.push(node));
        let root = trace.root();
        let services = trace.services(at);
        Self {
            fault: root.is_some_and(|root| root.fault),
            error: root.is_some_and(|root| root.error),
            throttle: nodes.iter().any(|node| node.throttle),
            partial: trace.is_partial(),
            response_time: root.map_or(0.0, Node::duration),
            duration: trace.duration(),
            front: root.into_iter().collect(),
            nodes,
            types: services.iter().filter_map(|(id, _)| id.r#type.clone()).collect(),
            services: services
                .into_iter()
                .map(|(id, nodes)| (id.name, Self::service(nodes, id.r#type)))
                .collect(),
        }
    }

    fn service(front: Vec<&'a Node>, kind: Option<String>) -> Self {
        let mut nodes = Vec::new();
        for node in &front {
            node.visit(&mut |inner| nodes.push(inner));
        }
        let longest = front.iter().map(|node| node.duration()).fold(0.0, f64::max);
        Self {
            fault: front.iter().any(|node| node.fault),
            error: front.iter().any(|node| node.error),
            throttle: front.iter().any(|node| node.throttle),
            partial: front.iter().any(|node| node.end.is_none()),
            response_time: longest,
            duration: longest,
            front,
            nodes,
            types: kind.into_iter().collect(),
            services: Vec::new(),
        }
    }

    fn texts(&self, text: Text) -> Vec<&str> {
        let of = |nodes: &[&'a Node], part: fn(&'a Node) -> Option<&'a str>| {
            nodes.iter().filter_map(|node| part(node)).collect()
        };
        match text {
            Text::Url => of(&self.front, |node| node.url.as_deref()),
            Text::Method => of(&self.front, |node| node.method.as_deref()),
            Text::UserAgent => of(&self.front, |node| node.user_agent.as_deref()),
            Text::ClientIp => of(&self.front, |node| node.client_ip.as_deref()),
            Text::User => of(&self.nodes, |node| node.user.as_deref()),
            Text::Name => of(&self.nodes, |node| Some(&node.name)),
            Text::ResourceArn => of(&self.nodes, |node| node.resource_arn.as_deref()),
            Text::Type => self.types.iter().map(String::as_str).collect(),
        }
    }
}

impl Filter {
    /// Whether the subject is asked for.
    pub(crate) fn holds(&self, subject: &Subject<'_>) -> bool {
        match self {
            Self::All(filters) => filters.iter().all(|filter| filter.holds(subject)),
            Self::Any(filters) => filters.iter().any(|filter| filter.holds(subject)),
            Self::Not(filter) => !filter.holds(subject),
            Self::Flag(flag) => match flag {
                Flag::Ok => !(subject.fault || subject.error || subject.throttle),
                Flag::Error => subject.error,
                Flag::Throttle => subject.throttle,
                Flag::Fault => subject.fault,
                Flag::Partial => subject.partial,
            },
            Self::Number(number, comparison, value) => match number {
                Number::ResponseTime => comparison.numbers(subject.response_time, *value),
                Number::Duration => comparison.numbers(subject.duration, *value),
                Number::Status => subject
                    .front
                    .iter()
                    .filter_map(|node| node.status)
                    .any(|status| comparison.numbers(status as f64, *value)),
            },
            Self::Text(text, comparison, value) => {
                let texts = subject.texts(*text);
                comparison.any_of(&texts, value)
            }
            Self::Annotation(key, test) => subject
                .nodes
                .iter()
                .flat_map(|node| &node.annotations)
                .filter(|(name, _)| name == key)
                .any(|(_, value)| {
                    test.as_ref()
                        .is_none_or(|(comparison, literal)| comparison.values(value, literal))
                }),
            Self::Service(name, inner) => subject
                .services
                .iter()
                .filter(|(known, _)| name.as_ref().is_none_or(|name| name == known))
                .any(|(_, service)| inner.as_ref().is_none_or(|inner| inner.holds(service))),
        }
    }
}

impl Comparison {
    fn numbers(self, left: f64, right: f64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
            Self::Contains | Self::BeginsWith | Self::EndsWith => false,
        }
    }

    fn texts(self, left: &str, right: &str) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Contains => left.contains(right),
            Self::BeginsWith => left.starts_with(right),
            Self::EndsWith => left.ends_with(right),
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => false,
        }
    }

    /// Whether one of the texts compares so; for "not equal", all of them.
    fn any_of(self, texts: &[&str], right: &str) -> bool {
        match self {
            Self::NotEqual => texts.iter().all(|text| *text != right),
            _ => texts.iter().any(|text| self.texts(text, right)),
        }
    }

    fn values(self, left: &Value, right: &Literal) -> bool {
        match (left, right) {
            (Value::Number(left), Literal::Number(right)) => {
                left.as_f64().is_some_and(|left| self.numbers(left, *right))
            }
            (Value::String(left), Literal::Text(right)) => self.texts(left, right),
            (Value::Bool(left), Literal::Boolean(right)) => match self {
                Self::Equal => left == right,
                Self::NotEqual => left != right,
                _ => false,
            },
            _ => self == Self::NotEqual,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn trace() -> Trace {
        let api = json!({
            "id": "a", "name": "api", "start_time": 1.0, "end_time": 4.0, "origin": "AWS::EC2",
            "http": {"request": {"method": "GET", "url": "http://x/api/game"},
                "response": {"status": 404}},
            "annotations": {"gameid": "817D", "age": 5, "member": true}, "user": "ann",
            "subsegments": [{"id": "s", "name": "db", "namespace": "remote", "start_time": 2.0,
                "end_time": 2.5, "fault": true}],
        });
        Trace { id: "t".into(), nodes: vec![Node::of(&api)] }
    }

    fn holds(expression: &str) -> bool {
        let trace = trace();
        let filter = parse(expression).unwrap_or_else(|why| panic!("{expression}: {why}"));
        filter.holds(&Subject::of(&trace, &Scope::new("1", "us-east-1")))
    }

    #[test]
    fn expressions_select_traces() {
        for (expression, expected) in [
            ("", true),
            ("error", true),
            ("error = false", false),
            ("!OK AND NOT fault", true),
            ("fault OR responsetime > 2.5", true),
            ("duration >= 3 AND duration < 3.1", true),
            ("http.status != 200", true),
            (r#"http.url BEGINSWITH "http://x" AND http.method = "GET""#, true),
            (r#"http.url CONTAINS "nope""#, false),
            (r#"annotation.gameid = "817D""#, true),
            ("annotation[age] > 4 AND annotation.age <= 5", true),
            ("annotation.member = true", true),
            ("annotation.lost", false),
            (r#"service("api")"#, true),
            (r#"service("db") { fault }"#, true),
            (r#"service("api") { fault = true OR responsetime > 5 }"#, false),
            (r#"user = "ann" AND (service("lost") OR type = "AWS::EC2")"#, true),
        ] {
            assert_eq!(holds(expression), expected, "{expression}");
        }
    }

    #[test]
    fn what_is_not_there_is_named() {
        for (expression, named) in [
            (r#"rootcause.fault.service { name = "x" }"#, "rootcause.fault.service"),
            (r#"edge("a", "b")"#, "edge"),
            ("duration = x", "'x'"),
            ("(error", "')'"),
        ] {
            let why = parse(expression).unwrap_err();
            assert!(why.contains(named), "{expression}: {why}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(expression in r#"[a-f .()\[\]{}"!=<>0-9éANDORNTservicotp]{0,60}"#) {
            let trace = trace();
            if let Ok(filter) = parse(&expression) {
                filter.holds(&Subject::of(&trace, &Scope::new("1", "us-east-1")));
            }
        }
    }
}
