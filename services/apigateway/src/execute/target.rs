//! Which stage of which API a host and path mean.

/// The place of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    /// The API's id.
    pub api: &'a str,
    /// The region, where the host names one.
    pub region: Option<&'a str>,
    /// The stage's name; empty if there is none.
    pub stage: &'a str,
    /// The path below the stage, one slash at its start, or `/`.
    pub path: &'a str,
    /// The path below the stage as sent: empty, or with all its slashes.
    pub raw: &'a str,
}

impl<'a> Target<'a> {
    /// Reads `{api}.execute-api.{region}.amazonaws.com`, `{api}.execute-api.localhost`, or the
    /// path forms `/_aws/execute-api/{api}/{stage}` and `/restapis/{api}/{stage}/_user_request_`.
    /// None when this is no place of an API: such as the control plane's `/restapis/{api}`.
    pub fn parse(host: &'a str, path: &'a str) -> Option<Self> {
        if let Some((api, region)) = of_host(host) {
            return Some(Self::below(api, region, path));
        }
        if let Some(rest) = path.strip_prefix("/_aws/execute-api/") {
            let (api, rest) = cut(rest);
            return (!api.is_empty()).then(|| Self::below(api, None, rest));
        }
        let (api, rest) = cut(path.strip_prefix("/restapis/")?);
        let (stage, rest) = cut(rest.strip_prefix('/')?);
        let raw = rest.strip_prefix("/_user_request_")?;
        let fits = !stage.is_empty() && (raw.is_empty() || raw.starts_with('/'));
        fits.then(|| Self::new(api, None, stage, raw))
    }

    fn below(api: &'a str, region: Option<&'a str>, path: &'a str) -> Self {
        let (stage, raw) = cut(path.trim_start_matches('/'));
        Self::new(api, region, stage, raw)
    }

    fn new(api: &'a str, region: Option<&'a str>, stage: &'a str, raw: &'a str) -> Self {
        let trimmed = raw.trim_start_matches('/');
        let start = (raw.len() - trimmed.len()).saturating_sub(1);
        let path = raw.get(start..).filter(|path| !path.is_empty()).unwrap_or("/");
        Self { api, region, stage, path, raw }
    }
}

/// Up to the first slash, and from it on.
fn cut(path: &str) -> (&str, &str) {
    path.split_at(path.find('/').unwrap_or(path.len()))
}

fn of_host(host: &str) -> Option<(&str, Option<&str>)> {
    let (api, rest) = host.split_once('.')?;
    let (service, rest) = rest.split_once('.')?;
    if api.is_empty() || !service.eq_ignore_ascii_case("execute-api") {
        return None;
    }
    if rest.eq_ignore_ascii_case("localhost") {
        return Some((api, None));
    }
    let (region, domain) = rest.split_once('.')?;
    domain.eq_ignore_ascii_case("amazonaws.com").then_some((api, Some(region)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(host: &'static str, path: &'static str) -> Option<[&'static str; 4]> {
        Target::parse(host, path).map(|at| [at.api, at.stage, at.path, at.raw])
    }

    #[test]
    fn hosts_and_paths_name_a_stage() {
        let aws = "abc.execute-api.eu-west-1.amazonaws.com";
        assert_eq!(parts(aws, "/prod/a/b"), Some(["abc", "prod", "/a/b", "/a/b"]));
        assert_eq!(parts(aws, "/prod"), Some(["abc", "prod", "/", ""]));
        assert_eq!(parts(aws, "/"), Some(["abc", "", "/", ""]));
        assert_eq!(parts(aws, "//prod//a"), Some(["abc", "prod", "/a", "//a"]));
        let local = "abc.execute-api.localhost";
        assert_eq!(parts(local, "/prod/"), Some(["abc", "prod", "/", "/"]));
        let path = "/_aws/execute-api/abc/prod/a";
        assert_eq!(parts("localhost", path), Some(["abc", "prod", "/a", "/a"]));
        let path = "/restapis/abc/prod/_user_request_/a";
        assert_eq!(parts("localhost", path), Some(["abc", "prod", "/a", "/a"]));
    }

    #[test]
    fn the_control_plane_is_left_alone() {
        assert_eq!(parts("localhost", "/restapis/abc/resources/r1"), None);
        assert_eq!(parts("localhost", "/restapis/abc/stages/prod"), None);
        assert_eq!(parts("localhost", "/restapis"), None);
        assert_eq!(parts("localhost", "/restapis/a/b/_user_request_x"), None);
        assert_eq!(parts("apigateway.us-east-1.amazonaws.com", "/restapis/abc"), None);
        assert_eq!(parts("localhost", "/_aws/execute-api/"), None);
    }
}
