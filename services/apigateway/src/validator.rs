//! Request validators: whether required parameters are asked for.

use crate::error::{Result, unknown};
use service_kit::{key::Key, prelude::*};

/// A request validator of an API. Methods that name it refuse requests without their required
/// parameters, if `parameters` says so; without a validator nothing is required, as on AWS.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Validator {
    pub api: String,
    pub id: String,
    pub name: Option<String>,
    pub parameters: bool,
}

impl Record for Validator {
    const TABLE: &'static str = "apigateway.validator";

    fn key(&self) -> impl Key {
        (&self.api, &self.id)
    }
}

/// A validator as operations show it.
#[derive(Clone, Debug, Shape)]
#[shape(camel)]
pub struct RequestValidator {
    pub id: String,
    pub name: Option<String>,
    pub validate_request_body: bool,
    pub validate_request_parameters: bool,
}

impl Validator {
    /// The validator `id` of `api`.
    ///
    /// # Errors
    /// `NotFoundException`.
    pub fn load(tx: &ReadTx<'_>, api: &str, id: &str) -> Result<Self> {
        tx.get((api, id))?.ok_or_else(|| unknown("Request Validator"))
    }

    /// The shape that operations answer with.
    pub fn show(self) -> RequestValidator {
        RequestValidator {
            id: self.id,
            name: self.name,
            validate_request_body: false,
            validate_request_parameters: self.parameters,
        }
    }
}
