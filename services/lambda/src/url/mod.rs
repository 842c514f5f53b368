//! Function URLs: an address of its own for a function or an alias, and the front that serves it.

mod answer;
mod authorize;
mod config;
mod cors;
mod create_function_url_config;
mod delete_function_url_config;
mod event;
mod get_function_url_config;
mod list_function_url_configs;
mod place;
mod reply;
mod serve;
mod update_function_url_config;

pub use config::{UrlHome, remove, remove_all};
pub use create_function_url_config::CreateFunctionUrlConfig;
pub use delete_function_url_config::DeleteFunctionUrlConfig;
pub use get_function_url_config::GetFunctionUrlConfig;
pub use list_function_url_configs::ListFunctionUrlConfigs;
pub use serve::UrlFront;
pub use update_function_url_config::UpdateFunctionUrlConfig;
