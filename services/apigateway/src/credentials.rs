//! In whose name an integration is called, where that is not the API's own.

use crate::{
    PRINCIPAL,
    error::{Result, bad, unsupported},
};
use service_kit::prelude::*;

/// What stands for whoever signed the request.
const CALLER: &str = "arn:aws:iam::*:user/*";

/// The `credentials` of an integration.
#[derive(Debug, PartialEq, Eq)]
pub enum Credentials<'a> {
    /// Those of whoever signed the request.
    Caller,
    /// Those of a role of the API's account, by its ARN.
    Role(&'a str),
}

impl<'a> Credentials<'a> {
    /// Reads what an integration in `account` says.
    ///
    /// # Errors
    /// `BadRequestException` for what is no role's ARN, `AccessDeniedException` for the role of
    /// another account, a refusal for stage variables: which role is passed would be open.
    pub fn parse(text: &'a str, account: &str) -> Result<Self> {
        if text == CALLER {
            return Ok(Self::Caller);
        }
        if text.contains("${") {
            return Err(unsupported("stage variables in the credentials of integrations"));
        }
        let role = policy::Arn::parse(text).filter(|arn| {
            let name = arn.resource.strip_prefix("role/").unwrap_or_default();
            let named = !name.is_empty() && !name.contains(['*', '?']);
            arn.service == "iam" && arn.region.is_empty() && named
        });
        match role {
            None => Err(bad("Invalid ARN specified in the request")),
            Some(role) if role.account != account => {
                Err(Fault::AccessDenied("Cross-account pass role is not allowed.".into()).into())
            }
            Some(_) => Ok(Self::Role(text)),
        }
    }

    /// The permission that setting `text` needs besides: to pass the role, if it is one that
    /// [`Credentials::parse`] takes; the others are refused anyhow.
    pub fn pass(text: &str, at: &Scope) -> Option<Access> {
        match Credentials::parse(text, &at.account) {
            Ok(Credentials::Role(role)) => Some(Access::pass_role(role, PRINCIPAL)),
            Ok(Credentials::Caller) | Err(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_of_the_account_and_the_caller_are_taken() {
        let parse = |text| {
            Credentials::parse(text, "111122223333").map_err(|error| {
                let failure = error.into_failure();
                (failure.code, failure.message)
            })
        };
        let role = "arn:aws:iam::111122223333:role/team/api";
        assert_eq!(parse(role), Ok(Credentials::Role(role)));
        assert_eq!(parse("arn:aws:iam::*:user/*"), Ok(Credentials::Caller));
        for wrong in [
            "role/api",
            "arn:aws:iam::111122223333:user/ann",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:iam::111122223333:role/*",
            "arn:aws:iam:us-east-1:111122223333:role/api",
            "arn:aws-cn:iam::111122223333:role/api",
            "arn:aws:sts::111122223333:role/api",
        ] {
            assert_eq!(parse(wrong).unwrap_err().0, "BadRequestException", "{wrong}");
        }
        let foreign = "arn:aws:iam::444455556666:role/api";
        assert_eq!(
            parse(foreign),
            Err((Fault::ACCESS_DENIED, "Cross-account pass role is not allowed.".to_owned()))
        );
        let open = "arn:aws:iam::111122223333:role/${stageVariables.role}";
        assert_eq!(parse(open).unwrap_err().0, Fault::NOT_IMPLEMENTED);
    }
}
