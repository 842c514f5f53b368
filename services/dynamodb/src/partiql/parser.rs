//! Statements: text to tree.

use super::{
    Action, Select, Statement, Understood,
    condition::condition,
    lexer::{Spanned, Token, tokens},
    malformed, update,
    value::item,
};
use crate::{
    error::{DynamoError, invalid},
    expression::tree::{Condition, Path, Step, Update},
    item::guard::ReturnValue,
    table::TableRef,
    value::attribute::AttributeValue,
};
use std::collections::BTreeSet;

/// The most values, conditions and parentheses inside one another. AWS documents no such limit.
const MAX_NESTING: usize = 40;

/// Words that are never names unless they stand in quotes.
const KEYWORDS: [&str; 48] = [
    "ALL",
    "AND",
    "AS",
    "ASC",
    "AT",
    "BETWEEN",
    "BY",
    "CASE",
    "CREATE",
    "DELETE",
    "DESC",
    "DISTINCT",
    "DROP",
    "ELSE",
    "END",
    "EXISTS",
    "FALSE",
    "FROM",
    "FULL",
    "GROUP",
    "HAVING",
    "IN",
    "INNER",
    "INSERT",
    "INTO",
    "IS",
    "JOIN",
    "LEFT",
    "LIKE",
    "LIMIT",
    "MISSING",
    "NOT",
    "NULL",
    "ON",
    "OR",
    "ORDER",
    "OUTER",
    "REMOVE",
    "RETURNING",
    "RIGHT",
    "SELECT",
    "SET",
    "THEN",
    "TRUE",
    "UNION",
    "UPDATE",
    "WHEN",
    "WHERE",
];

/// Reads one statement, whose `?`s stand for `parameters` in their order.
///
/// # Errors
/// AWS's `ValidationException` for what is wrong with it.
pub(crate) fn parse(text: &str, parameters: &[AttributeValue]) -> Understood<Statement> {
    let mut parser = Parser {
        text,
        tokens: tokens(text)?,
        next: 0,
        parameters: parameters.iter(),
        missing_parameter: false,
        nesting: 0,
    };
    let statement = parser.statement()?;
    parser.eat(";");
    parser.end()?;
    if parser.missing_parameter || parser.parameters.len() > 0 {
        return Err(invalid("Number of parameters in request and statement don't match."));
    }
    Ok(statement)
}

/// Reads one statement.
pub(super) struct Parser<'t, 'p> {
    text: &'t str,
    tokens: Vec<Spanned<'t>>,
    next: usize,
    parameters: std::slice::Iter<'p, AttributeValue>,
    missing_parameter: bool,
    nesting: usize,
}

impl<'t> Parser<'t, '_> {
    /// The token that comes next.
    pub(super) fn peek(&self) -> &Token<'t> {
        self.peek_at(0)
    }

    /// The token `ahead` places further on.
    pub(super) fn peek_at(&self, ahead: usize) -> &Token<'t> {
        self.tokens.get(self.next + ahead).map_or(&Token::End, |spanned| &spanned.token)
    }

    /// Goes past the next token.
    pub(super) fn advance(&mut self) {
        self.next += 1;
    }

    /// Whether `sign` comes next.
    pub(super) fn sees(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(found) if *found == sign)
    }

    /// Goes past `sign` if it comes next.
    pub(super) fn eat(&mut self, sign: &str) -> bool {
        let found = self.sees(sign);
        self.next += usize::from(found);
        found
    }

    /// Goes past `sign`, called `name` in messages, which must come next.
    pub(super) fn expect(&mut self, sign: &str, name: &str) -> Understood<()> {
        if self.eat(sign) { Ok(()) } else { Err(malformed(&format!("Expected {name}"))) }
    }

    /// Whether `keyword` stands `ahead` places further on, in whatever case.
    pub(super) fn sees_keyword(&self, keyword: &str, ahead: usize) -> bool {
        matches!(self.peek_at(ahead), Token::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    /// Goes past `keyword` if it comes next.
    pub(super) fn eat_keyword(&mut self, keyword: &str) -> bool {
        let found = self.sees_keyword(keyword, 0);
        self.next += usize::from(found);
        found
    }

    /// The place of the next token, for [`Parser::shown`].
    pub(super) fn place(&self) -> usize {
        self.next
    }

    /// Where a token stands, as messages say it: line, column and length in characters.
    pub(super) fn shown(&self, place: usize) -> String {
        let Some(Spanned { start, end, .. }) = self.tokens.get(place) else {
            return "end".into();
        };
        let (before, token) = (&self.text[..*start], &self.text[*start..*end]);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        format!("{line}:{column}:{}", token.chars().count())
    }

    /// The next `?`'s value.
    pub(super) fn parameter(&mut self) -> AttributeValue {
        self.advance();
        match self.parameters.next() {
            Some(value) => value.clone(),
            None => {
                self.missing_parameter = true;
                AttributeValue::Null
            }
        }
    }

    /// Reads something one level deeper.
    pub(super) fn nested<T>(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Understood<T>,
    ) -> Understood<T> {
        if self.nesting >= MAX_NESTING {
            return Err(malformed("The statement is nested too deeply"));
        }
        self.nesting += 1;
        let read = inner(self);
        self.nesting -= 1;
        read
    }

    /// What is said when no value or condition can start here.
    pub(super) fn unexpected_term<T>(&self) -> Understood<T> {
        Err(malformed(match self.peek() {
            Token::Word(word)
                if matches_any(word, &["IS", "LIKE", "IN", "BETWEEN", "AND", "OR"]) =>
            {
                "Unexpected operator"
            }
            Token::Word(word) if matches_any(word, &KEYWORDS) => "Unexpected keyword",
            Token::Sign("=" | "<" | ">" | "<=" | ">=" | "<>" | "!=" | "+" | "||") => {
                "Unexpected operator"
            }
            _ => "Unexpected term",
        }))
    }

    fn end(&self) -> Understood<()> {
        match self.peek() {
            Token::End => Ok(()),
            _ => Err(malformed("Unexpected token after expression")),
        }
    }

    /// A document path, if one comes next.
    pub(super) fn path(&mut self) -> Understood<Option<Path>> {
        let Some(name) = self.name() else { return Ok(None) };
        let mut steps = vec![Step::Name(name)];
        loop {
            if self.eat(".") {
                if self.sees("*") {
                    return Err(invalid("Unpivot path component like a.*.b are not supported"));
                }
                let name = self.name().ok_or_else(|| malformed("Invalid path dot component"))?;
                steps.push(Step::Name(name));
            } else if self.eat("[") {
                steps.push(self.index()?);
                self.expect("]", "RIGHT_BRACKET")?;
            } else {
                return Ok(Some(Path(steps)));
            }
        }
    }

    fn index(&mut self) -> Understood<Step> {
        let place = self.place();
        let step = match self.peek() {
            Token::Number(digits) => match digits.parse() {
                Ok(index) => Step::Index(index),
                Err(_) => return Err(out_of_range(digits, &self.shown(place))),
            },
            Token::Text(name) => Step::Name(name.clone()),
            Token::Sign("*") => {
                return Err(invalid("Wildcard path component like a[*].b are not supported"));
            }
            Token::Sign("-") => match self.peek_at(1) {
                Token::Number(digits) => {
                    return Err(out_of_range(&format!("-{digits}"), &self.shown(place)));
                }
                _ => return self.unexpected_term(),
            },
            _ => return self.unexpected_term(),
        };
        self.advance();
        Ok(step)
    }

    fn name(&mut self) -> Option<String> {
        let name = match self.peek() {
            Token::Quoted(name) => name.clone(),
            Token::Word(word) if !matches_any(word, &KEYWORDS) => (*word).to_owned(),
            _ => return None,
        };
        self.advance();
        Some(name)
    }

    fn statement(&mut self) -> Understood<Statement> {
        if self.sees_keyword("EXISTS", 0) {
            return self.exists();
        }
        if self.sees_keyword("SELECT", 0) {
            let (table, index, select) = self.select()?;
            return Ok(Statement { table, index, action: Action::Select(select) });
        }
        if self.eat_keyword("INSERT") {
            return self.insert();
        }
        if self.eat_keyword("UPDATE") {
            let (table, index) = self.simple_target()?;
            let update = update::changes(self)?;
            let condition = self.filter()?;
            return self.finish_update(table, index, update, condition);
        }
        if self.eat_keyword("FROM") {
            let (table, index) = self.simple_target()?;
            let condition = self.filter()?;
            let update = update::changes(self)?;
            return self.finish_update(table, index, update, condition);
        }
        if self.eat_keyword("DELETE") {
            return self.delete();
        }
        Err(malformed("Expected data manipulation"))
    }

    fn exists(&mut self) -> Understood<Statement> {
        self.advance();
        self.expect("(", "LEFT_PAREN")?;
        if !self.sees_keyword("SELECT", 0) {
            return self.unexpected_term();
        }
        let (table, index, select) = self.select()?;
        self.expect(")", "RIGHT_PAREN")?;
        Ok(Statement { table, index, action: Action::Exists(select) })
    }

    fn select(&mut self) -> Understood<(TableRef, Option<String>, Select)> {
        self.advance();
        let projection = self.projection()?;
        if !self.eat_keyword("FROM") {
            return Err(malformed("Expected FROM"));
        }
        let Some((table, index)) = self.target()? else { return self.unexpected_term() };
        self.no_alias()?;
        if self.sees(",") {
            return Err(invalid("Only select from a single table or index is supported."));
        }
        let condition = self.filter()?;
        self.no_clause()?;
        let order = self.order()?;
        self.no_clause()?;
        Ok((table, index, Select { projection, condition, order }))
    }

    /// Clauses of SQL that DynamoDB does not have.
    fn no_clause(&mut self) -> Understood<()> {
        for clause in ["LIMIT", "GROUP", "HAVING", "OFFSET"] {
            if self.eat_keyword(clause) {
                self.eat_keyword("BY");
                let place = self.shown(self.place());
                return Err(invalid(format!("Unsupported clause: {clause} at {place}")));
            }
        }
        Ok(())
    }

    fn projection(&mut self) -> Understood<Option<Vec<Path>>> {
        if self.eat("*") {
            return match self.sees(",") {
                true => Err(invalid(
                    "Other attributes should not be present in the projection when '*' is used.",
                )),
                false => Ok(None),
            };
        }
        let (mut names, mut paths) = (BTreeSet::new(), Vec::new());
        loop {
            let place = self.place();
            let Some(path) = self.path()? else { return self.unexpected_term() };
            if self.sees("(") {
                let place = self.shown(place);
                return Err(invalid(format!("Unexpected path component at {place}")));
            }
            let name = super::column(&path);
            if names.contains(&name) {
                return Err(invalid(format!("Duplicate identifiers in select clause: {name}")));
            }
            names.insert(name);
            paths.push(path);
            if matches!(self.peek(), Token::Quoted(_)) || self.sees_keyword("AS", 0) {
                return Err(invalid("Aliasing is not supported"));
            }
            if !self.eat(",") {
                return Ok(Some(paths));
            }
        }
    }

    /// `"table"` or `"table"."index"`, if it comes next.
    fn target(&mut self) -> Understood<Option<(TableRef, Option<String>)>> {
        let Some(Path(steps)) = self.path()? else { return Ok(None) };
        let mut names = Vec::with_capacity(2);
        for step in steps {
            match step {
                Step::Name(name) => names.push(name),
                Step::Index(_) => return Err(invalid("Invalid list expression in source.")),
            }
        }
        let mut names = names.into_iter();
        let (table, index) = (names.next().unwrap_or_default(), names.next());
        if names.next().is_some() {
            return Err(invalid("A path may contain at most 2 components in the FROM clause"));
        }
        if table.is_empty() || index.as_ref().is_some_and(String::is_empty) {
            return Err(invalid("Path component cannot be an empty string"));
        }
        check_name(&table)?;
        Ok(Some((TableRef(table), index)))
    }

    fn simple_target(&mut self) -> Understood<(TableRef, Option<String>)> {
        match self.target()? {
            Some(target) => {
                self.no_alias()?;
                Ok(target)
            }
            None => Err(malformed("Expected identifier for simple path")),
        }
    }

    fn no_alias(&self) -> Understood<()> {
        let alias = match self.peek() {
            Token::Quoted(_) => true,
            Token::Word(word) => {
                word.eq_ignore_ascii_case("AS")
                    || !matches_any(word, &KEYWORDS) && !matches_any(word, &["OFFSET", "VALUE"])
            }
            _ => false,
        };
        if alias { Err(invalid("Aliasing is not supported")) } else { Ok(()) }
    }

    fn filter(&mut self) -> Understood<Option<Condition<'static>>> {
        if self.eat_keyword("WHERE") { condition(self).map(Some) } else { Ok(None) }
    }

    fn order(&mut self) -> Understood<Vec<(String, bool)>> {
        if !(self.sees_keyword("ORDER", 0) && self.sees_keyword("BY", 1)) {
            return Ok(Vec::new());
        }
        self.advance();
        self.advance();
        let mut order = Vec::new();
        loop {
            let Some(path) = self.path()? else { return self.unexpected_term() };
            let Some(name) = path.as_top() else {
                return Err(invalid(
                    "Argument to ORDER BY must be of type VariableReference. Type: Path",
                ));
            };
            let name = name.to_owned();
            let rises = self.eat_keyword("ASC") || !self.eat_keyword("DESC");
            order.push((name, rises));
            if !self.eat(",") {
                return Ok(order);
            }
        }
    }

    fn insert(&mut self) -> Understood<Statement> {
        if !self.eat_keyword("INTO") {
            return Err(malformed("Expected INTO"));
        }
        let Some((table, index)) = self.target()? else {
            return Err(malformed("Expected identifier for simple path"));
        };
        if !self.eat_keyword("VALUE") {
            return Err(match self.sees_keyword("VALUES", 0) || self.sees("<<") {
                true => invalid(
                    "Unsupported operation: Inserting multiple items in a single statement is \
                     not supported, use \"INSERT INTO tableName VALUE item\" instead",
                ),
                false => malformed("Unexpected token after expression"),
            });
        }
        let item = item(self)?;
        if self.sees_keyword("RETURNING", 0) {
            return Err(invalid("RETURNING is not supported in INSERT"));
        }
        Ok(Statement { table, index, action: Action::Insert(item) })
    }

    fn finish_update(
        &mut self,
        table: TableRef,
        index: Option<String>,
        update: Update<'static>,
        condition: Option<Condition<'static>>,
    ) -> Understood<Statement> {
        let returning = self.returning()?.map(|(mode, _)| mode);
        Ok(Statement { table, index, action: Action::Update { update, condition, returning } })
    }

    fn delete(&mut self) -> Understood<Statement> {
        if !self.eat_keyword("FROM") {
            return Err(malformed("Expected FROM"));
        }
        let (table, index) = self.simple_target()?;
        let condition = self.filter()?;
        let returning = match self.returning()? {
            Some((mode, text)) if mode != ReturnValue::AllOld => {
                return Err(invalid(format!(
                    "Invalid returning clause: RETURNING {text} *. Only RETURNING ALL OLD * is \
                     allowed in DELETE statements."
                )));
            }
            returning => returning.map(|(mode, _)| mode),
        };
        Ok(Statement { table, index, action: Action::Delete { condition, returning } })
    }

    fn returning(&mut self) -> Understood<Option<(ReturnValue, &'static str)>> {
        if !self.eat_keyword("RETURNING") {
            return Ok(None);
        }
        let all = self.eat_keyword("ALL");
        if !all && !self.eat_keyword("MODIFIED") {
            return Err(malformed(
                "Expected ( MODIFIED | ALL ) ( NEW | OLD ) in returning element.",
            ));
        }
        let old = self.eat_keyword("OLD");
        if !old && !self.eat_keyword("NEW") {
            return Err(malformed(
                "Expected ( MODIFIED | ALL ) ( NEW | OLD ) in returning element.",
            ));
        }
        if !self.eat("*") {
            return Err(invalid(
                "Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause",
            ));
        }
        if self.sees(",") {
            return Err(invalid(
                "Invalid syntax with multiple returning elements in RETURNING clause",
            ));
        }
        Ok(Some(match (all, old) {
            (true, true) => (ReturnValue::AllOld, "ALL OLD"),
            (true, false) => (ReturnValue::AllNew, "ALL NEW"),
            (false, true) => (ReturnValue::UpdatedOld, "MODIFIED OLD"),
            (false, false) => (ReturnValue::UpdatedNew, "MODIFIED NEW"),
        }))
    }
}

/// Whether `word` is one of `words`, in whatever case.
pub(super) fn matches_any(word: &str, words: &[&str]) -> bool {
    words.iter().any(|known| word.eq_ignore_ascii_case(known))
}

fn out_of_range(index: &str, place: &str) -> DynamoError {
    invalid(format!("List index is not within the allowable range; index: [{index}] at {place}"))
}

/// A table's name has AWS's form; what looks like an ARN is judged where it is used.
fn check_name(name: &str) -> Understood<()> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    let is_name = (3..=255).contains(&name.len()) && name.bytes().all(is_part);
    if is_name || name.starts_with("arn:") && name.len() <= 1024 {
        return Ok(());
    }
    Err(invalid(
        "Table name should be within the length [3, 255] and only contain 'a-z', 'A-Z', '0-9', \
         '-', '_', '.'.",
    ))
}
