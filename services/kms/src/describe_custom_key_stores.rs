//! DescribeCustomKeyStores: there are none, as there is neither CloudHSM nor an external proxy.

use crate::error::KmsError;
use service_kit::prelude::*;

/// Answers that there are no custom key stores.
pub(crate) enum DescribeCustomKeyStores {}

#[derive(Debug, Shape)]
pub struct DescribeCustomKeyStoresInput {
    #[shape(length = 1..=64)]
    pub custom_key_store_id: Option<String>,
    #[shape(length = 1..=256)]
    pub custom_key_store_name: Option<String>,
    #[shape(range = 1..=1000)]
    pub limit: Option<u32>,
    #[shape(length = 1..=1024, pattern = r"[\u0020-\u00FF]*")]
    pub marker: Option<String>,
}

#[derive(Debug, Shape)]
pub struct DescribeCustomKeyStoresOutput {
    pub custom_key_stores: Option<Vec<CustomKeyStoresListEntry>>,
    pub truncated: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Shape)]
pub struct CustomKeyStoresListEntry {
    #[shape(length = 1..=64)]
    pub custom_key_store_id: Option<String>,
    #[shape(length = 1..=256)]
    pub custom_key_store_name: Option<String>,
}

impl Operation for DescribeCustomKeyStores {
    const NAME: &'static str = "DescribeCustomKeyStores";
    type Input = DescribeCustomKeyStoresInput;
    type Output = DescribeCustomKeyStoresOutput;
    type Error = KmsError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("kms:DescribeCustomKeyStores").only()
    }

    async fn run(_: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        if let Some(named) = input.custom_key_store_id.or(input.custom_key_store_name) {
            let message = format!("Custom key store {named} is not found");
            return Err(KmsError::CustomKeyStoreNotFoundException(message));
        }
        if input.marker.is_some() {
            return Err(KmsError::InvalidMarkerException);
        }
        let none = DescribeCustomKeyStoresOutput {
            custom_key_stores: Some(Vec::new()),
            truncated: Some(false),
        };
        Ok(none)
    }
}
