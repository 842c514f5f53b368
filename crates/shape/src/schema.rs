//! The description of a shape: its kind, members, bindings and limits.

use crate::TimestampFormat;

/// A schema named by the function that yields it, so that shapes may refer to themselves.
pub type Ref = fn() -> &'static Schema;

/// One shape as every protocol needs to know it.
#[derive(Debug)]
pub struct Schema {
    /// The shape's name in the AWS model, without namespace.
    pub name: &'static str,
    /// What it is made of.
    pub kind: Kind,
    /// Limits that hold wherever the shape is used.
    pub constraints: Constraints,
}

impl Schema {
    /// A schema without limits of its own.
    pub const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, constraints: Constraints::NONE }
    }

    /// The members of a structure or union; empty for everything else.
    pub fn members(&self) -> &'static [Member] {
        match self.kind {
            Kind::Structure(members) | Kind::Union(members) => members,
            _ => &[],
        }
    }

    /// The index and description of the member called `name` in the model.
    pub fn member(&self, name: &str) -> Option<(usize, &'static Member)> {
        self.members().iter().enumerate().find(|(_, member)| member.name == name)
    }
}

/// What a shape is made of.
#[derive(Debug)]
pub enum Kind {
    /// `true` or `false`.
    Boolean,
    /// A 32-bit integer.
    Integer,
    /// A 64-bit integer.
    Long,
    /// A double-precision number.
    Double,
    /// Unicode text.
    String,
    /// Text out of a closed list.
    Enum(&'static [&'static str]),
    /// Bytes, base64 in text protocols.
    Blob,
    /// A point in time.
    Timestamp,
    /// Any JSON.
    Document,
    /// An ordered list of one shape.
    List(Ref),
    /// Text keys to values of one shape.
    Map(Ref),
    /// Named members, each present or not.
    Structure(&'static [Member]),
    /// Exactly one of the named members.
    Union(&'static [Member]),
}

/// One member of a structure or union.
#[derive(Debug)]
pub struct Member {
    /// The member's name in the AWS model.
    pub name: &'static str,
    /// The name on the wire (body key, header, query parameter), where it differs from `name`.
    pub wire_name: Option<&'static str>,
    /// The member's shape.
    pub target: Ref,
    /// Whether a request without it is refused.
    pub required: bool,
    /// Where REST protocols put it; the others always use the body.
    pub location: Location,
    /// Limits that hold for this member in addition to its shape's.
    pub constraints: Constraints,
    /// XML and query lists and maps without a wrapping element.
    pub flattened: bool,
    /// The element name of list items in XML and query, `member` if none.
    pub item_name: Option<&'static str>,
    /// How a timestamp is spelled, where it is not the protocol's default.
    pub timestamp: Option<TimestampFormat>,
    /// Whether the value must never be logged or audited.
    pub sensitive: bool,
    /// All that is said of a request without this member, where AWS has words of its own for it.
    pub absent: Option<&'static str>,
    /// All that is said of one where it is too short, likewise.
    pub empty: Option<&'static str>,
}

impl Member {
    /// A required body member without limits; the starting point of the derive's struct update.
    pub const fn new(name: &'static str, target: Ref) -> Self {
        Self {
            name,
            wire_name: None,
            target,
            required: true,
            location: Location::Body,
            constraints: Constraints::NONE,
            flattened: false,
            item_name: None,
            timestamp: None,
            sensitive: false,
            absent: None,
            empty: None,
        }
    }

    /// The name this member has on the wire.
    pub fn wire_name(&self) -> &'static str {
        self.wire_name.unwrap_or(self.name)
    }

    /// The schema of the member's value.
    pub fn schema(&self) -> &'static Schema {
        (self.target)()
    }
}

/// Where a REST protocol puts a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// A key of the document in the body.
    Body,
    /// A segment of the path.
    Label,
    /// A query parameter; a list repeats it, a map (no name) is all parameters not otherwise bound.
    Query,
    /// A header.
    Header,
    /// All headers that start with the wire name.
    PrefixHeaders,
    /// The whole body.
    Payload,
    /// The response's status code.
    StatusCode,
}

/// Limits on a value, as the models state them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Constraints {
    /// Least and greatest length: characters of text, bytes of a blob, entries of a list or map.
    pub length: Option<(u64, u64)>,
    /// Least and greatest number.
    pub range: Option<(i64, i64)>,
    /// A regular expression that the whole text must match.
    pub pattern: Option<&'static str>,
    /// Further limits of a text that starts otherwise: names where ARNs may stand.
    pub otherwise: Option<(&'static str, &'static Constraints)>,
    /// Limits on a map's keys.
    pub keys: Option<&'static Constraints>,
    /// Whether AWS tells of violations in its newer form, without the value.
    pub terse: bool,
}

impl Constraints {
    /// No limits.
    pub const NONE: Self = Self {
        length: None,
        range: None,
        pattern: None,
        otherwise: None,
        keys: None,
        terse: false,
    };
}

/// One operation as the wire sees it.
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    /// The operation's name in the model.
    pub name: &'static str,
    /// Its method and path, for REST protocols.
    pub http: Option<Http>,
    /// What it takes.
    pub input: Ref,
    /// What it gives.
    pub output: Ref,
}

/// Where a REST operation lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Http {
    /// `GET`, `POST`, ...
    pub method: &'static str,
    /// The path with `{Label}` segments and, where the model has them, fixed query parameters:
    /// `/restapis/{restapi_id}?mode=import`. A greedy label is `{Key+}`.
    pub uri: &'static str,
    /// The status of a success.
    pub status: u16,
}

impl Http {
    /// A binding of `method` and `uri` that answers successes with `status`.
    pub const fn new(method: &'static str, uri: &'static str, status: u16) -> Self {
        Self { method, uri, status }
    }
}
