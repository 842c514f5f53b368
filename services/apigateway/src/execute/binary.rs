//! Which bodies are bytes: the media types that an API treats as binary.

/// An API's binary media types, lower-cased.
#[derive(Clone, Debug, Default)]
pub struct BinaryTypes(Vec<String>);

impl BinaryTypes {
    /// From the API's setting.
    pub fn new(types: &[String]) -> Self {
        Self(types.iter().map(|name| name.to_ascii_lowercase()).collect())
    }

    /// Whether a body of this `Content-Type` is handed on in base64.
    pub fn is_binary(&self, content_type: Option<&str>) -> bool {
        self.covers(content_type.unwrap_or_default())
    }

    /// Whether a client with this `Accept` gets bytes. Only the first type in it counts
    /// ("Return binary media from a Lambda proxy integration").
    pub fn is_accepted(&self, accept: Option<&str>) -> bool {
        self.covers(accept.unwrap_or_default().split(',').next().unwrap_or_default())
    }

    fn covers(&self, name: &str) -> bool {
        let name = name.split(';').next().unwrap_or_default().trim();
        self.0.iter().any(|known| match known.strip_suffix("/*") {
            _ if known == "*/*" => true,
            Some(kind) => {
                name.get(..kind.len()).is_some_and(|start| start.eq_ignore_ascii_case(kind))
                    && name.as_bytes().get(kind.len()) == Some(&b'/')
            }
            None => known.eq_ignore_ascii_case(name),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cases that LocalStack's tests record of AWS.
    #[test]
    fn only_the_first_accepted_type_counts_and_stars_only_at_the_end() {
        let types = |list: &[&str]| {
            BinaryTypes::new(&list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
        };
        let png = types(&["image/png", "*/test"]);
        assert!(png.is_accepted(Some("image/png")));
        assert!(png.is_accepted(Some("image/png,image/*,*/*;q=0.8")));
        assert!(!png.is_accepted(Some("image/webp,image/png,*/*;q=0.8")));
        assert!(!png.is_accepted(Some("image/*")));
        assert!(!png.is_accepted(Some("random/test")));
        assert!(!png.is_accepted(Some("*/*")));
        assert!(!png.is_accepted(None));
        let application = types(&["application/*"]);
        assert!(application.is_accepted(Some("application/whatever")));
        assert!(application.is_accepted(Some("application/*")));
        assert!(!application.is_accepted(Some("application")));
        assert!(types(&["*/*"]).is_binary(None));
        assert!(png.is_binary(Some("image/PNG; charset=x")));
    }
}
