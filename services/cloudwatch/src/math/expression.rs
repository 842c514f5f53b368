//! Reads metric math.

/// The functions there are.
pub(crate) const FUNCTIONS: [&str; 13] = [
    "ABS",
    "AVG",
    "CEIL",
    "DIFF",
    "FILL",
    "FLOOR",
    "MAX",
    "METRICS",
    "METRIC_COUNT",
    "MIN",
    "PERIOD",
    "RATE",
    "SUM",
];
/// The deepest nesting.
const MAX_DEPTH: usize = 32;

/// A parsed expression.
#[derive(Clone, Debug)]
pub(crate) enum Expression {
    Number(f64),
    /// Another query's id.
    Name(String),
    Text(String),
    List(Vec<Expression>),
    Call(&'static str, Vec<Expression>),
    Negative(Box<Expression>),
    /// `+ - * / ^`.
    Binary(char, Box<Expression>, Box<Expression>),
}

/// Reads an expression; the error says what is wrong with it.
pub(crate) fn parse(text: &str) -> Result<Expression, String> {
    let mut parser = Parser { rest: text };
    let expression = parser.sum(0)?;
    parser.space();
    if parser.rest.is_empty() { Ok(expression) } else { Err(parser.unexpected()) }
}

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, letter: char) -> bool {
        self.space();
        let rest = self.rest.strip_prefix(letter);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn one_of(&mut self, letters: &str) -> Option<char> {
        letters.chars().find(|letter| self.eat(*letter))
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|letter| !belongs(letter)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn unexpected(&self) -> String {
        match self.rest.is_empty() {
            true => "unexpected end".into(),
            false => format!("unexpected '{}'", self.rest.chars().take(20).collect::<String>()),
        }
    }

    fn sum(&mut self, depth: usize) -> Result<Expression, String> {
        let mut left = self.product(depth)?;
        while let Some(sign) = self.one_of("+-") {
            left = Expression::Binary(sign, Box::new(left), Box::new(self.product(depth)?));
        }
        Ok(left)
    }

    fn product(&mut self, depth: usize) -> Result<Expression, String> {
        let mut left = self.power(depth)?;
        while let Some(sign) = self.one_of("*/") {
            left = Expression::Binary(sign, Box::new(left), Box::new(self.power(depth)?));
        }
        Ok(left)
    }

    fn power(&mut self, depth: usize) -> Result<Expression, String> {
        if depth >= MAX_DEPTH {
            return Err(format!("nests deeper than {MAX_DEPTH}"));
        }
        if self.eat('-') {
            return Ok(Expression::Negative(Box::new(self.power(depth + 1)?)));
        }
        let base = self.atom(depth)?;
        if !self.eat('^') {
            return Ok(base);
        }
        let exponent = self.power(depth + 1)?;
        Ok(Expression::Binary('^', Box::new(base), Box::new(exponent)))
    }

    fn atom(&mut self, depth: usize) -> Result<Expression, String> {
        self.space();
        match self.rest.chars().next() {
            Some('(') => {
                self.eat('(');
                let inner = self.sum(depth + 1)?;
                if self.eat(')') { Ok(inner) } else { Err(self.unexpected()) }
            }
            Some('[') => {
                self.eat('[');
                self.list(']', depth).map(Expression::List)
            }
            Some(quote @ ('"' | '\'')) => {
                self.eat(quote);
                let text = self.take_while(|letter| letter != quote).to_owned();
                if self.eat(quote) { Ok(Expression::Text(text)) } else { Err(self.unexpected()) }
            }
            Some(digit) if digit.is_ascii_digit() || digit == '.' => {
                let text = self.take_while(|letter| letter.is_ascii_digit() || letter == '.');
                text.parse().map(Expression::Number).map_err(|_| format!("'{text}' is no number"))
            }
            Some(letter) if letter.is_ascii_alphabetic() => self.word(depth),
            _ => Err(self.unexpected()),
        }
    }

    fn word(&mut self, depth: usize) -> Result<Expression, String> {
        let word = self.take_while(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        if !self.eat('(') {
            return Ok(Expression::Name(word.to_owned()));
        }
        let known = FUNCTIONS.into_iter().find(|name| *name == word);
        let name = known.ok_or_else(|| format!("the function {word} is not supported"))?;
        self.list(')', depth).map(|arguments| Expression::Call(name, arguments))
    }

    /// What stands between commas up to `close`.
    fn list(&mut self, close: char, depth: usize) -> Result<Vec<Expression>, String> {
        let mut items = Vec::new();
        if self.eat(close) {
            return Ok(items);
        }
        loop {
            items.push(self.sum(depth + 1)?);
            if self.eat(close) {
                return Ok(items);
            }
            if !self.eat(',') {
                return Err(self.unexpected());
            }
        }
    }
}
