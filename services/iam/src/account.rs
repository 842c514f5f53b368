//! The account as a whole.

pub(crate) mod account_aliases;
pub(crate) mod get_account_authorization_details;
pub(crate) mod get_account_summary;
pub(crate) mod token_preferences;
