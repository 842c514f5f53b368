//! Which function URL a host and path mean.

/// The place of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The URL's id.
    pub id: &'a str,
    /// The region, where the host names one.
    pub region: Option<&'a str>,
    /// The path as the function sees it, as sent.
    pub path: &'a str,
}

impl<'a> Place<'a> {
    /// Reads `{id}.lambda-url.{region}.on.aws`, `{id}.lambda-url.{region}.localhost`, or the path
    /// form `/_aws/lambda-url/{id}`. None when this is no place of a URL.
    pub fn parse(host: &'a str, path: &'a str) -> Option<Self> {
        if let Some((id, region)) = of_host(host) {
            return Some(Self { id, region: Some(region), path });
        }
        let rest = path.strip_prefix("/_aws/lambda-url/")?;
        let (id, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let path = if path.is_empty() { "/" } else { path };
        (!id.is_empty()).then_some(Self { id, region: None, path })
    }
}

fn of_host(host: &str) -> Option<(&str, &str)> {
    let (id, rest) = host.split_once('.')?;
    let (service, rest) = rest.split_once('.')?;
    let (region, domain) = rest.split_once('.')?;
    let ours = ["on.aws", "localhost"].iter().any(|known| domain.eq_ignore_ascii_case(known));
    let fits = !id.is_empty() && !region.is_empty() && service.eq_ignore_ascii_case("lambda-url");
    (ours && fits).then_some((id, region))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(host: &'static str, path: &'static str) -> Option<(&'static str, &'static str)> {
        Place::parse(host, path).map(|place| (place.id, place.path))
    }

    #[test]
    fn hosts_and_paths_name_a_url() {
        let aws = "abc.lambda-url.eu-west-1.on.aws";
        assert_eq!(parts(aws, "/a//b"), Some(("abc", "/a//b")));
        assert_eq!(Place::parse(aws, "/").unwrap().region, Some("eu-west-1"));
        assert_eq!(parts("ABC.Lambda-URL.eu-west-1.localhost", "/"), Some(("ABC", "/")));
        assert_eq!(parts("localhost", "/_aws/lambda-url/abc"), Some(("abc", "/")));
        assert_eq!(parts("localhost", "/_aws/lambda-url/abc/a/b"), Some(("abc", "/a/b")));
    }

    #[test]
    fn everything_else_is_left_alone() {
        assert_eq!(parts("localhost", "/_aws/lambda-url/"), None);
        assert_eq!(parts("localhost", "/_aws/lambda/code/abc"), None);
        assert_eq!(parts("localhost", "/2021-10-31/functions/f/url"), None);
        assert_eq!(parts("lambda.us-east-1.amazonaws.com", "/"), None);
        assert_eq!(parts("abc.lambda-url.us-east-1.example.com", "/"), None);
        assert_eq!(parts("abc.lambda-url.localhost", "/"), None);
    }
}
