//! The tree of a document.

/// An element with what it contains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// What stands before the colon of its name; empty if nothing does.
    pub prefix: String,
    /// Its name in the namespace.
    pub local: String,
    /// The namespace; empty if there is none.
    pub uri: String,
    /// The namespaces declared here: prefix and name; both may be empty.
    pub namespaces: Vec<(String, String)>,
    /// Its attributes, in the order written.
    pub attributes: Vec<Attribute>,
    /// What it contains, in order.
    pub children: Vec<Node>,
}

/// An attribute that declares no namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// What stands before the colon of its name; empty if nothing does.
    pub prefix: String,
    /// Its name in the namespace.
    pub local: String,
    /// The namespace; empty if there is none.
    pub uri: String,
    /// Its value, with references resolved.
    pub value: String,
}

/// Part of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// An element.
    Element(Element),
    /// Text, with references resolved.
    Text(String),
}

impl Element {
    /// Whether it has this name in this namespace.
    pub fn is(&self, uri: &str, local: &str) -> bool {
        self.local == local && self.uri == uri
    }

    /// The elements directly inside.
    pub fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The elements of this name directly inside.
    pub fn all<'a>(&'a self, uri: &'a str, local: &'a str) -> impl Iterator<Item = &'a Self> {
        self.elements().filter(move |element| element.is(uri, local))
    }

    /// The one element of this name directly inside; none if there are several.
    pub fn only<'a>(&'a self, uri: &'a str, local: &'a str) -> Option<&'a Self> {
        let mut all = self.all(uri, local);
        let first = all.next()?;
        all.next().is_none().then_some(first)
    }

    /// The value of an attribute without namespace.
    pub fn attribute(&self, local: &str) -> Option<&str> {
        let named = |it: &&Attribute| it.uri.is_empty() && it.local == local;
        self.attributes.iter().find(named).map(|attribute| attribute.value.as_str())
    }

    /// The text inside, without the space around it; none if there are elements inside.
    pub fn text(&self) -> Option<String> {
        let mut text = String::new();
        for node in &self.children {
            match node {
                Node::Text(part) => text.push_str(part),
                Node::Element(_) => return None,
            }
        }
        Some(text.trim().to_owned())
    }

    /// Calls `look` with this element and all below, outer ones first.
    pub fn visit<'a>(&'a self, look: &mut impl FnMut(&'a Self)) {
        look(self);
        for element in self.elements() {
            element.visit(look);
        }
    }
}
