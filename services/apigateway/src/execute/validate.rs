//! Asks for required parameters, where the method's request validator says so.

use super::{Call, query, reply::Refusal};

/// A parameter that a request must have.
#[derive(Debug)]
pub struct Required {
    /// Where.
    pub place: Place,
    /// Its name; of a header in lower case.
    pub name: String,
    /// Its name as configured, for the refusal.
    pub shown: String,
}

/// A part of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A header that is not empty.
    Header,
    /// A path parameter, which a routed request has or has not by its resource.
    Path,
    /// A query parameter.
    Query,
}

/// Refuses a request without its required parameters.
///
/// # Errors
/// [`Refusal::bad_request`], naming all that is missing.
pub fn validate(call: &Call<'_>) -> Result<(), Refusal> {
    if call.route.required.is_empty() {
        return Ok(());
    }
    let missing = call.route.required.iter().filter(|required| !has(call, required));
    let missing: Vec<&str> = missing.map(|required| required.shown.as_str()).collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(Refusal::bad_request(format!(
            "Missing required request parameters: [{}]",
            missing.join(", ")
        ))),
    }
}

fn has(call: &Call<'_>, required: &Required) -> bool {
    match required.place {
        Place::Header => {
            call.request.headers.get(&required.name).is_some_and(|value| !value.is_empty())
        }
        Place::Path => call.path_parameters.iter().any(|(name, _)| *name == required.name),
        Place::Query => {
            query::parse(&call.request.query).is_some_and(|query| query.has(&required.name))
        }
    }
}
