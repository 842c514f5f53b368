//! Finds the method that a path means: fixed parts before variables before greedy variables.

use std::collections::HashMap;

/// The routes of one deployment, a tree as deep as its longest path.
#[derive(Debug)]
pub struct Router<T> {
    root: Node<T>,
}

#[derive(Debug)]
struct Node<T> {
    fixed: HashMap<Box<str>, Node<T>>,
    /// `{name}`: its name and what is below.
    variable: Option<(Box<str>, Box<Node<T>>)>,
    /// `{name+}`: its name and what is there.
    greedy: Option<(Box<str>, Box<Node<T>>)>,
    /// By HTTP method, `ANY` last.
    methods: Vec<(Box<str>, T)>,
}

/// The methods that `ANY` stands for.
const ANY_METHODS: [&str; 7] = ["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD"];

impl<T> Default for Router<T> {
    fn default() -> Self {
        Self { root: Node::default() }
    }
}

impl<T> Default for Node<T> {
    fn default() -> Self {
        Self { fixed: HashMap::new(), variable: None, greedy: None, methods: Vec::new() }
    }
}

impl<T> Router<T> {
    /// Adds `route` for `method` of the resource at `path`, such as `/users/{id}`.
    pub fn add(&mut self, path: &str, method: &str, route: T) {
        let mut node = &mut self.root;
        for part in path.split('/').filter(|part| !part.is_empty()) {
            let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
            node = match name.map(|name| name.strip_suffix('+').ok_or(name)) {
                None => node.fixed.entry(part.into()).or_default(),
                Some(Ok(name)) => child(&mut node.greedy, name),
                Some(Err(name)) => child(&mut node.variable, name),
            };
        }
        node.methods.push((method.into(), route));
        node.methods.sort_by_key(|(name, _)| &**name == "ANY");
    }

    /// The route for `method` and `path` with its path parameters, as sent. One trailing slash
    /// does not count; a second one does, because policies see it. A resource that lacks the
    /// method does not hide a less fixed one that has it.
    pub fn find<'r, 'p>(
        &'r self,
        method: &str,
        path: &'p str,
    ) -> Option<(&'r T, Vec<(&'r str, &'p str)>)> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let path = path.strip_suffix('/').unwrap_or(path);
        let mut parameters = Vec::new();
        let rest = (!path.is_empty()).then_some(path);
        let route = self.root.find(method, rest, &mut parameters)?;
        Some((route, parameters))
    }
}

fn child<'n, T>(slot: &'n mut Option<(Box<str>, Box<Node<T>>)>, name: &str) -> &'n mut Node<T> {
    &mut slot.get_or_insert_with(|| (name.into(), Box::default())).1
}

impl<T> Node<T> {
    /// Visits each node at most once: it is a tree, and each level takes one part of the path.
    /// None is left at the end of the path; what is left may be an empty part.
    fn find<'r, 'p>(
        &'r self,
        method: &str,
        rest: Option<&'p str>,
        parameters: &mut Vec<(&'r str, &'p str)>,
    ) -> Option<&'r T> {
        let Some(rest) = rest else { return self.route(method) };
        let parts = rest.split_once('/');
        let (head, tail) = parts.map_or((rest, None), |(head, tail)| (head, Some(tail)));
        if let Some(node) = self.fixed.get(head)
            && let Some(route) = node.find(method, tail, parameters)
        {
            return Some(route);
        }
        if let Some((name, node)) = self.variable.as_ref().filter(|_| !head.is_empty()) {
            parameters.push((name, head));
            if let Some(route) = node.find(method, tail, parameters) {
                return Some(route);
            }
            parameters.pop();
        }
        let (name, node) = self.greedy.as_ref().filter(|_| !rest.is_empty())?;
        let route = node.route(method)?;
        parameters.push((name, rest));
        Some(route)
    }

    fn route(&self, method: &str) -> Option<&T> {
        let any = || ANY_METHODS.contains(&method);
        let found = self.methods.iter();
        let mut found = found.filter(|(name, _)| &**name == method || &**name == "ANY" && any());
        found.next().map(|(_, route)| route)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn router(routes: &[(&str, &'static str)]) -> Router<String> {
        let mut router = Router::default();
        for (path, method) in routes {
            router.add(path, method, format!("{method} {path}"));
        }
        router
    }

    fn found(router: &Router<String>, method: &str, path: &str) -> String {
        match router.find(method, path) {
            None => "none".into(),
            Some((route, parameters)) => {
                let pairs = parameters.iter().map(|(name, value)| format!(" {name}={value}"));
                route.clone() + &pairs.collect::<String>()
            }
        }
    }

    #[test]
    fn fixed_before_variable_before_greedy() {
        let router = router(&[
            ("/", "GET"),
            ("/users", "GET"),
            ("/users/{id}", "GET"),
            ("/users/me", "GET"),
            ("/users/{id}/keys", "POST"),
            ("/{proxy+}", "ANY"),
        ]);
        assert_eq!(found(&router, "GET", "/"), "GET /");
        assert_eq!(found(&router, "GET", "/users/"), "GET /users");
        assert_eq!(found(&router, "GET", "/users/me"), "GET /users/me");
        assert_eq!(found(&router, "GET", "/users/7"), "GET /users/{id} id=7");
        assert_eq!(found(&router, "POST", "/users/me/keys"), "POST /users/{id}/keys id=me");
        assert_eq!(found(&router, "GET", "/a/b%2Fc/d"), "ANY /{proxy+} proxy=a/b%2Fc/d");
        assert_eq!(found(&router, "GET", "/a//b/"), "ANY /{proxy+} proxy=a//b");
        assert_eq!(found(&router, "TRACE", "/a"), "none");
        assert_eq!(found(&router, "POST", "/"), "none");
    }

    /// As recorded on AWS: a resource without the method does not hide the greedy one.
    #[test]
    fn a_missing_method_falls_back() {
        let router = router(&[("/test", "POST"), ("/test/any", "ANY"), ("/{proxy+}", "OPTIONS")]);
        assert_eq!(found(&router, "OPTIONS", "/test"), "OPTIONS /{proxy+} proxy=test");
        assert_eq!(found(&router, "POST", "/test"), "POST /test");
        assert_eq!(found(&router, "OPTIONS", "/test/any"), "ANY /test/any");
        assert_eq!(found(&router, "GET", "/test"), "none");
    }

    /// The resource that policies judge ends in a slash then, so the method must be another.
    #[test]
    fn only_one_slash_at_the_end_is_passed_over() {
        let router = router(&[("/secret", "GET"), ("/open/{proxy+}", "ANY")]);
        assert_eq!(found(&router, "GET", "/secret/"), "GET /secret");
        assert_eq!(found(&router, "GET", "/secret//"), "none");
        assert_eq!(found(&router, "GET", "//secret"), "none");
        assert_eq!(found(&router, "GET", "/open//"), "none");
        assert_eq!(found(&router, "GET", "/open//a//"), "ANY /open/{proxy+} proxy=/a/");
    }

    #[test]
    fn a_method_of_its_own_comes_before_any() {
        let router = router(&[("/x", "ANY"), ("/x", "GET")]);
        assert_eq!(found(&router, "GET", "/x"), "GET /x");
        assert_eq!(found(&router, "PUT", "/x"), "ANY /x");
    }
}
