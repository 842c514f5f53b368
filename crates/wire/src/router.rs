//! Finds the REST operation that a method, path and query string mean.

use crate::text::parameters;
use http::Method;
use shape::Signature;
use std::{borrow::Cow, cmp::Ordering};

/// One segment of a path template; the order is that of precedence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Segment {
    /// Text that the path has literally.
    Fixed(&'static str),
    /// `{Name}`: one segment.
    Label(&'static str),
    /// `{Name+}`: one segment or more.
    Greedy(&'static str),
}

/// The `uri` of an operation, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    segments: Vec<Segment>,
    /// Query parameters that must be there.
    pub(crate) query: Vec<(&'static str, &'static str)>,
}

impl Template {
    /// Takes `/restapis/{restapi_id}?mode=import` apart.
    pub(crate) fn parse(uri: &'static str) -> Self {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let segments = split(path).map(Segment::parse).collect();
        let query = query.split('&').filter(|pair| !pair.is_empty());
        Self {
            segments,
            query: query.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect(),
        }
    }

    /// The segments of the path.
    pub(crate) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The labels' raw texts in `path`, or none if the path is another.
    pub(crate) fn labels<'p>(&self, path: &'p str) -> Option<Vec<(&'static str, &'p str)>> {
        let mut labels = Vec::new();
        let mut rest = path.strip_prefix('/').unwrap_or(path);
        let mut ended = rest.is_empty();
        for (index, segment) in self.segments.iter().enumerate() {
            if ended {
                return None;
            }
            let (head, tail) = match segment {
                Segment::Greedy(_) => self.greedy(index, rest)?,
                _ => rest.split_once('/').map_or((rest, None), |(head, tail)| (head, Some(tail))),
            };
            match segment {
                Segment::Fixed(text) if *text != head => return None,
                Segment::Fixed(_) => {}
                Segment::Label(_) | Segment::Greedy(_) if head.is_empty() => return None,
                Segment::Label(name) | Segment::Greedy(name) => labels.push((*name, head)),
            }
            (rest, ended) = (tail.unwrap_or(""), tail.is_none_or(str::is_empty));
        }
        ended.then_some(labels)
    }

    /// What a greedy label at `index` takes of `rest`, and what is left for the fixed segments
    /// that follow it.
    fn greedy<'p>(&self, index: usize, rest: &'p str) -> Option<(&'p str, Option<&'p str>)> {
        let after = self.segments.len() - index - 1;
        if after == 0 {
            return Some((rest, None));
        }
        let (cut, _) = rest.rmatch_indices('/').nth(after - 1)?;
        Some((rest.get(..cut)?, rest.get(cut + 1..)))
    }

    fn accepts_query(&self, given: &[(Cow<'_, str>, Cow<'_, str>)]) -> bool {
        self.query.iter().all(|(name, value)| given.iter().any(|(n, v)| n == name && v == value))
    }

    /// Fixed text before labels, labels before greedy ones, more fixed parameters before fewer.
    fn precedence(&self, other: &Self) -> Ordering {
        for (mine, theirs) in self.segments.iter().zip(&other.segments) {
            let order = match (mine, theirs) {
                (Segment::Label(_), Segment::Label(_)) => Ordering::Equal,
                (Segment::Greedy(_), Segment::Greedy(_)) => Ordering::Equal,
                _ => mine.cmp(theirs),
            };
            if order.is_ne() {
                return order;
            }
        }
        let length = other.segments.len().cmp(&self.segments.len());
        length.then(other.query.len().cmp(&self.query.len())).then(self.query.cmp(&other.query))
    }
}

impl Segment {
    fn parse(text: &'static str) -> Self {
        match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
            None => Self::Fixed(text),
            Some(label) => label.strip_suffix('+').map_or(Self::Label(label), Self::Greedy),
        }
    }
}

/// The segments of a path template; one trailing slash does not count.
fn split(path: &'static str) -> impl Iterator<Item = &'static str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    path.split('/').filter(move |_| !path.is_empty())
}

/// The routes of a REST service.
#[derive(Clone, Debug)]
pub struct Router {
    /// In the order of precedence: method, template, and the operation's place in the list given.
    routes: Vec<(&'static str, Template, usize)>,
}

impl Router {
    /// A router over `operations`; those without an HTTP binding are never found.
    ///
    /// # Panics
    /// When two operations have the same method, path and fixed query: a mistake in a service's
    /// table, found when the process starts.
    pub fn new<'a>(operations: impl IntoIterator<Item = &'a Signature>) -> Self {
        let mut routes: Vec<_> = operations
            .into_iter()
            .enumerate()
            .filter_map(|(index, operation)| {
                let http = operation.http?;
                Some((http.method, Template::parse(http.uri), index))
            })
            .collect();
        routes.sort_by(|a, b| a.0.cmp(b.0).then_with(|| a.1.precedence(&b.1)));
        for pair in routes.windows(2) {
            if let [a, b] = pair {
                let same = a.0 == b.0 && a.1.precedence(&b.1).is_eq();
                assert!(!same, "two operations are bound to {} {:?}", a.0, a.1);
            }
        }
        Self { routes }
    }

    /// The place, in the list the router was made of, of the operation that a request means.
    ///
    /// `path` and `query` are as sent, with their percent escapes.
    pub fn route(&self, method: &Method, path: &str, query: &str) -> Option<usize> {
        let method = method.as_str();
        let start = self.routes.partition_point(|(of, ..)| *of < method);
        let query = parameters(query).ok()?;
        self.routes
            .get(start..)?
            .iter()
            .take_while(|(of, ..)| *of == method)
            .find(|(_, route, _)| route.labels(path).is_some() && route.accepts_query(&query))
            .map(|(.., index)| *index)
    }
}
