//! From a document's text to a [`Policy`]: the grammar, and AWS's words for what breaks it.
use std::{borrow::Cow, ops::Range};

use crate::{
    Kind, MalformedPolicy, NamedPrincipal, Policy, Position, StatementEffect,
    action::ActionPattern,
    condition::Condition,
    document::{Principals, Statement},
    json::{self, Node, Value},
    resource::{ResourcePattern, unfit_for_organizations},
};

/// Above every limit of AWS (the largest is SNS's 30 KB); services set their own below.
const TEXT_BYTES_MAX: usize = 128 * 1024;

type Result<T> = std::result::Result<T, MalformedPolicy>;

/// Compiles a document.
pub(crate) fn policy(text: &str, kind: Kind) -> Result<Policy> {
    if text.len() > TEXT_BYTES_MAX {
        let message = format!("The policy is longer than {TEXT_BYTES_MAX} bytes.");
        return Err(MalformedPolicy::new(message));
    }
    let root = json::parse(text).ok_or_else(MalformedPolicy::syntax)?;
    let [version, id, statement] = members(&root, ["Version", "Id", "Statement"])?;
    let current = match version.map(string).transpose()?.as_deref() {
        Some("2012-10-17") => true,
        Some("2008-10-17") | None => false,
        Some(_) => return Err(MalformedPolicy::syntax()),
    };
    id.map(string).transpose()?;
    let nodes = match statement.ok_or_else(MalformedPolicy::syntax)? {
        Node { value: Value::List(nodes), .. } if !nodes.is_empty() => nodes,
        node => std::slice::from_ref(node),
    };
    let mut places = Places { text, at: 0, line: 1, column: 1 };
    let reader = Reader { kind, variables: current };
    let statements = nodes
        .iter()
        .map(|node| reader.statement(node, places.span(&node.span)))
        .collect::<Result<Vec<_>>>()?;
    check_sids(&statements)?;
    Ok(Policy { text: text.into(), kind, current, statements })
}

fn check_sids(statements: &[Statement]) -> Result<()> {
    let mut sids: Vec<&str> = statements.iter().filter_map(|s| s.sid.as_deref()).collect();
    sids.sort_unstable();
    if sids.is_sorted_by(|a, b| a < b) {
        return Ok(());
    }
    Err(MalformedPolicy::new("Statement IDs (SID) in a single policy must be unique."))
}

/// What the elements of a statement are read with.
#[derive(Clone, Copy)]
struct Reader {
    kind: Kind,
    /// Whether the version expands variables.
    variables: bool,
}

const ELEMENTS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

impl Reader {
    fn statement(self, node: &Node<'_>, (start, end): (Position, Position)) -> Result<Statement> {
        let [
            sid,
            effect,
            principal,
            not_principal,
            action,
            not_action,
            resource,
            not_resource,
            test,
        ] = members(node, ELEMENTS)?;
        let effect = match &*string(effect.ok_or_else(MalformedPolicy::syntax)?)? {
            "Allow" => StatementEffect::Allow,
            "Deny" => StatementEffect::Deny,
            _ => return Err(MalformedPolicy::syntax()),
        };
        let (not_action, actions) = self.actions(either(action, not_action)?)?;
        let (not_resource, resources) = self.resources(either(resource, not_resource)?)?;
        let statement = Statement {
            sid: self.sid(sid)?.map(Into::into),
            effect,
            principals: self.principals(either(principal, not_principal)?)?,
            not_action,
            actions,
            not_resource,
            resources,
            conditions: self.conditions(test)?,
            start,
            end,
            span: node.span.clone(),
        };
        self.check_for_organizations(&statement)?;
        Ok(statement)
    }

    /// IAM is stricter than the services with resource policies.
    fn sid<'n>(self, node: Option<&'n Node<'_>>) -> Result<Option<Cow<'n, str>>> {
        let Some(node) = node else { return Ok(None) };
        let sid = string(node)?;
        let free = matches!(self.kind, Kind::Resource | Kind::Key);
        if !free && !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(MalformedPolicy::new(
                "Statement IDs (SID) must be alpha-numeric. \
                 Check that your input satisfies the regular expression [0-9A-Za-z]*",
            ));
        }
        Ok((!sid.is_empty()).then_some(sid))
    }

    fn actions(self, element: Option<(bool, &Node<'_>)>) -> Result<(bool, Vec<ActionPattern>)> {
        let missing = || MalformedPolicy::new("Policy statement must contain actions.");
        let (not, node) = element.ok_or_else(missing)?;
        let texts = strings(node)?;
        if texts.is_empty() {
            return Err(missing());
        }
        let actions = texts.iter().map(|text| ActionPattern::parse(text));
        let actions = actions.collect::<Result<Vec<_>>>()?;
        let is_sts = |action: &ActionPattern| action.service() == Some("sts");
        if self.kind == Kind::Trust && !actions.iter().all(is_sts) {
            let message = "AssumeRole policy may only specify STS AssumeRole actions.";
            return Err(MalformedPolicy::new(message));
        }
        Ok((not, actions))
    }

    fn resources(self, element: Option<(bool, &Node<'_>)>) -> Result<(bool, Vec<ResourcePattern>)> {
        if self.kind == Kind::Trust {
            return match element {
                Some(_) => Err(MalformedPolicy::new("Has prohibited field Resource")),
                None => Ok((false, Vec::new())),
            };
        }
        let missing = || MalformedPolicy::new("Policy statement must contain resources.");
        let (not, node) = element.ok_or_else(missing)?;
        let texts = strings(node)?;
        if texts.is_empty() {
            return Err(missing());
        }
        let parse = |text: &Cow<'_, str>| ResourcePattern::parse(text, self.kind, self.variables);
        Ok((not, texts.iter().map(parse).collect::<Result<Vec<_>>>()?))
    }

    fn principals(self, element: Option<(bool, &Node<'_>)>) -> Result<Option<Principals>> {
        let wanted = match self.kind {
            Kind::Resource | Kind::Trust | Kind::Key | Kind::ResourceControl => true,
            Kind::Identity | Kind::Boundary | Kind::Session | Kind::ServiceControl => false,
        };
        match element {
            None if wanted => Err(MalformedPolicy::new("Missing required field Principal")),
            None => Ok(None),
            Some(_) if self.kind == Kind::ServiceControl => Err(unfit_for_organizations()),
            Some(_) if !wanted => {
                Err(MalformedPolicy::new("Policy document should not specify a principal."))
            }
            Some((not, node)) => Ok(Some(Principals { not, named: named(node)? })),
        }
    }

    fn conditions(self, element: Option<&Node<'_>>) -> Result<Vec<Condition>> {
        let mut conditions = Vec::new();
        for (operator, keys) in element.map(object).transpose()?.unwrap_or_default() {
            for (key, values) in object(keys)? {
                let values = scalars(values)?;
                conditions.push(Condition::parse(operator, key, &values, self.variables)?);
            }
        }
        Ok(conditions)
    }

    /// RCPs only deny, and to everybody; what allows is the built-in RCPFullAWSAccess
    /// (AWS Organizations User Guide, "RCP syntax").
    fn check_for_organizations(self, statement: &Statement) -> Result<()> {
        if self.kind != Kind::ResourceControl {
            return Ok(());
        }
        let everyone = statement.principals.as_ref().is_some_and(|principals| {
            !principals.not && principals.named.iter().all(|(n, _)| *n == NamedPrincipal::Everyone)
        });
        let everything = statement.actions.iter().all(ActionPattern::is_everything)
            && statement.resources.iter().all(|r| matches!(r, ResourcePattern::Everything))
            && !statement.not_resource
            && statement.conditions.is_empty();
        let may = statement.effect == StatementEffect::Deny || everything;
        if everyone && may && !statement.not_action {
            return Ok(());
        }
        Err(unfit_for_organizations())
    }
}

/// Each principal with the bytes of the text that hold its name.
fn named(node: &Node<'_>) -> Result<Vec<(NamedPrincipal, Range<usize>)>> {
    let lists = match &node.value {
        Value::String(text) if text == "*" => {
            return Ok(vec![(NamedPrincipal::Everyone, node.span.clone())]);
        }
        Value::String(text) => {
            return Err(MalformedPolicy::new(format!("Invalid principal in policy: {text:?}")));
        }
        _ => object(node)?,
    };
    let mut principals = Vec::new();
    for (list, names) in lists {
        for (name, span) in spanned(names)? {
            let principal = NamedPrincipal::parse(list, &name).ok_or_else(|| {
                let message = format!("Invalid principal in policy: \"{list}\":\"{name}\"");
                MalformedPolicy::new(message)
            })?;
            principals.push((principal, span));
        }
    }
    if principals.is_empty() {
        return Err(MalformedPolicy::syntax());
    }
    Ok(principals)
}

/// The members of an object in the order of `names`; no others are allowed.
fn members<'n, 't, const N: usize>(
    node: &'n Node<'t>,
    names: [&str; N],
) -> Result<[Option<&'n Node<'t>>; N]> {
    let mut found = [None; N];
    for (name, node) in object(node)? {
        let at = names.iter().position(|known| known == name);
        found[at.ok_or_else(MalformedPolicy::syntax)?] = Some(node);
    }
    Ok(found)
}

/// The element or its negation, with whether it is the negation; not both.
fn either<'n, 't>(
    plain: Option<&'n Node<'t>>,
    negated: Option<&'n Node<'t>>,
) -> Result<Option<(bool, &'n Node<'t>)>> {
    match (plain, negated) {
        (Some(_), Some(_)) => Err(MalformedPolicy::syntax()),
        (plain, negated) => {
            Ok(plain.map(|node| (false, node)).or(negated.map(|node| (true, node))))
        }
    }
}

fn object<'n, 't>(node: &'n Node<'t>) -> Result<&'n [(Cow<'t, str>, Node<'t>)]> {
    match &node.value {
        Value::Object(members) => Ok(members),
        _ => Err(MalformedPolicy::syntax()),
    }
}

fn string<'n>(node: &'n Node<'_>) -> Result<Cow<'n, str>> {
    match &node.value {
        Value::String(text) => Ok(Cow::Borrowed(text)),
        _ => Err(MalformedPolicy::syntax()),
    }
}

/// One value or a list of them.
fn items<'n, 't>(node: &'n Node<'t>) -> &'n [Node<'t>] {
    match &node.value {
        Value::List(items) => items,
        _ => std::slice::from_ref(node),
    }
}

fn strings<'n>(node: &'n Node<'_>) -> Result<Vec<Cow<'n, str>>> {
    items(node).iter().map(string).collect()
}

fn spanned<'n>(node: &'n Node<'_>) -> Result<Vec<(Cow<'n, str>, Range<usize>)>> {
    items(node).iter().map(|node| Ok((string(node)?, node.span.clone()))).collect()
}

/// Condition operands may also be numbers and booleans, which mean their text.
fn scalars<'n>(node: &'n Node<'_>) -> Result<Vec<Cow<'n, str>>> {
    let scalar = |node: &'n Node<'_>| match &node.value {
        Value::Bool(value) => Ok(Cow::Borrowed(if *value { "true" } else { "false" })),
        Value::Number(text) => Ok(Cow::Borrowed(*text)),
        _ => string(node),
    };
    items(node).iter().map(scalar).collect()
}

/// Turns offsets, asked for in rising order, into lines and columns in one walk.
struct Places<'t> {
    text: &'t str,
    at: usize,
    line: u32,
    column: u32,
}

impl Places<'_> {
    fn span(&mut self, span: &Range<usize>) -> (Position, Position) {
        (self.place(span.start), self.place(span.end))
    }

    fn place(&mut self, offset: usize) -> Position {
        for char in self.text.get(self.at..offset).unwrap_or_default().chars() {
            if char == '\n' {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += 1;
            }
        }
        self.at = offset;
        Position { line: self.line, column: self.column }
    }
}
