//! Resources: the tree of paths of an API, and the methods on it.

use crate::{
    error::{ApiGatewayError, Result, bad, unknown},
    method::Method,
};
use service_kit::{key::Key, prelude::*};

/// AWS's quota of resources of one API.
pub const MAX_RESOURCES: usize = 300;

/// One path of an API with its methods.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Resource {
    pub api: String,
    pub id: String,
    /// None for the root.
    pub parent_id: Option<String>,
    /// `stream`, `{id}` or `{proxy+}`; none for the root.
    pub path_part: Option<String>,
    /// From the root: `/users/{id}`.
    pub path: String,
    /// By HTTP method, or `ANY`.
    pub methods: BTreeMap<String, Method>,
}

impl Record for Resource {
    const TABLE: &'static str = "apigateway.resource";

    fn key(&self) -> impl Key {
        (&self.api, &self.id)
    }
}

/// A resource as operations show it.
#[derive(Clone, Debug, Shape)]
#[shape(name = "Resource", camel)]
pub struct ResourceView {
    pub id: String,
    pub parent_id: Option<String>,
    pub path_part: Option<String>,
    pub path: String,
    pub resource_methods: Option<BTreeMap<String, Method>>,
}

impl Resource {
    /// The root of a new API.
    pub fn root(api: &str, id: String) -> Self {
        Self {
            api: api.to_owned(),
            id,
            parent_id: None,
            path_part: None,
            path: "/".into(),
            methods: BTreeMap::new(),
        }
    }

    /// The resource `id` of `api`.
    ///
    /// # Errors
    /// `NotFoundException`.
    pub fn load(tx: &ReadTx<'_>, api: &str, id: &str) -> Result<Self> {
        tx.get((api, id))?.ok_or_else(|| unknown("Resource"))
    }

    /// Changes the resource `id` of `api`, which keeps its place.
    ///
    /// # Errors
    /// `NotFoundException`, or what the change refuses.
    pub async fn change<T: Send>(
        cx: &Context,
        api: &str,
        id: &str,
        mut change: impl FnMut(&mut Self, &ReadTx<'_>) -> Result<T> + Send,
    ) -> Result<T> {
        cx.write(|tx| {
            let mut resource = Self::load(&tx.reader(), api, id)?;
            let changed = change(&mut resource, &tx.reader())?;
            tx.put(&resource)?;
            Ok(changed)
        })
        .await
    }

    /// Its method called `name`.
    ///
    /// # Errors
    /// `NotFoundException`.
    pub fn method(&self, name: &str) -> Result<&Method> {
        self.methods.get(name).ok_or_else(|| unknown("Method"))
    }

    /// As [`Resource::method`], to change it.
    ///
    /// # Errors
    /// `NotFoundException`.
    pub fn method_mut(&mut self, name: &str) -> Result<&mut Method> {
        self.methods.get_mut(name).ok_or_else(|| unknown("Method"))
    }

    /// The shape that operations answer with; methods in full only when asked for.
    pub fn show(self, embed: Option<&[String]>) -> ResourceView {
        let full = embed.is_some_and(|embed| embed.iter().any(|what| what == "methods"));
        let methods: BTreeMap<String, Method> = match full {
            true => self.methods,
            false => self.methods.into_keys().map(|name| (name, Method::default())).collect(),
        };
        ResourceView {
            id: self.id,
            parent_id: self.parent_id,
            path_part: self.path_part,
            path: self.path,
            resource_methods: Some(methods).filter(|methods| !methods.is_empty()),
        }
    }
}

/// `{id}` or `{proxy+}`.
pub fn is_variable(part: &str) -> bool {
    part.starts_with('{')
}

/// `{proxy+}`.
pub fn is_greedy(part: &str) -> bool {
    part.ends_with("+}")
}

/// The path of `part` below a parent's path.
pub fn join(parent: &str, part: &str) -> String {
    format!("{}/{part}", parent.trim_end_matches('/'))
}

/// Refuses a path part that does not fit below `parent` beside the resources of `all` but `own`.
///
/// # Errors
/// `BadRequestException` or `ConflictException`, in AWS's words.
pub fn check_place(all: &[Resource], parent: &Resource, part: &str, own: &str) -> Result<()> {
    check_part(part)?;
    if let Some(greedy) = parent.path_part.as_deref().filter(|part| is_greedy(part)) {
        let message =
            format!("Cannot create a child of a resource with a greedy path variable: {greedy}");
        return Err(bad(message));
    }
    let siblings = all
        .iter()
        .filter(|one| one.parent_id.as_deref() == Some(parent.id.as_str()) && one.id != own);
    for sibling in siblings {
        let theirs = sibling.path_part.as_deref().unwrap_or_default();
        if theirs == part {
            let message =
                format!("Another resource with the same parent already has this name: {part}");
            return Err(ApiGatewayError::ConflictException(message));
        }
        if is_variable(theirs) && is_variable(part) {
            return Err(bad(format!(
                "A sibling ({theirs}) of this resource already has a variable path part -- only \
                 one is allowed"
            )));
        }
    }
    Ok(())
}

fn check_part(part: &str) -> Result<()> {
    let variable = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
    let name = match variable {
        Some(name) => name.strip_suffix('+').unwrap_or(name),
        None => part,
    };
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:".contains(&byte);
    if !name.is_empty() && name.bytes().all(fits) {
        return Ok(());
    }
    Err(bad("Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and \
             curly braces at the beginning and the end."))
}

/// The ids of all resources below `id`, itself included.
pub fn subtree(all: &[Resource], id: &str) -> Vec<String> {
    let mut found = vec![id.to_owned()];
    let mut next = 0;
    while let Some(parent) = found.get(next).cloned() {
        let children = all.iter().filter(|one| one.parent_id.as_deref() == Some(parent.as_str()));
        found.extend(children.map(|child| child.id.clone()));
        next += 1;
    }
    found
}

/// `all` with the paths of those below `id` made anew from their parents' paths.
pub fn repath(all: &mut [Resource], id: &str) {
    for id in subtree(all, id) {
        let Some(at) = all.iter().position(|one| one.id == id) else { continue };
        let parent = all.iter().find(|one| Some(&one.id) == all[at].parent_id.as_ref());
        let parent = parent.map(|parent| parent.path.clone());
        if let (Some(parent), Some(part)) = (parent, &all[at].path_part) {
            all[at].path = join(&parent, part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn child(parent: &Resource, id: &str, part: &str) -> Resource {
        Resource {
            api: parent.api.clone(),
            id: id.into(),
            parent_id: Some(parent.id.clone()),
            path_part: Some(part.into()),
            path: join(&parent.path, part),
            methods: BTreeMap::new(),
        }
    }

    fn message(outcome: Result<()>) -> String {
        outcome.unwrap_err().into_failure().message
    }

    #[test]
    fn places_follow_awss_rules() {
        let root = Resource::root("a", "r".into());
        let proxy = child(&root, "p", "{proxy+}");
        let stream = child(&root, "s", "stream");
        let all = [root.clone(), proxy.clone(), stream.clone()];
        assert_eq!(
            message(check_place(&all, &root, "stream", "")),
            "Another resource with the same parent already has this name: stream"
        );
        check_place(&all, &root, "stream", "s").unwrap();
        assert!(message(check_place(&all, &root, "{id}", "")).contains("sibling ({proxy+})"));
        assert!(message(check_place(&all, &proxy, "x", "")).contains("greedy path variable"));
        assert!(message(check_place(&all, &stream, "a b", "")).contains("path part only allow"));
        check_place(&all, &stream, "{id}", "").unwrap();
    }

    #[test]
    fn a_moved_resource_takes_its_children_along() {
        let root = Resource::root("a", "r".into());
        let users = child(&root, "u", "users");
        let user = child(&users, "i", "{id}");
        let mut all = [user, users, root];
        all[1].path_part = Some("people".into());
        repath(&mut all, "u");
        assert_eq!(all[0].path, "/people/{id}");
        assert_eq!(subtree(&all, "r").len(), 3);
    }
}
