//! The journey: its chapters, in order.

use super::{
    api, cloud::Cloud, functions, keys, messages, roles, seen, signed, step::Report, tables,
};

/// The names that the chapters share.
pub const TABLE: &str = "StreamItems";
/// The function's role.
pub const ROLE: &str = "LambdaRole";
/// The topic that the function publishes to.
pub const TOPIC: &str = "StreamUpdates";
/// The queue that is subscribed to it.
pub const QUEUE: &str = "StreamInbox";
/// The key that both are encrypted with.
pub const ALIAS: &str = "alias/stream";
/// The function.
pub const FUNCTION: &str = "StreamHandler";
/// The API.
pub const API: &str = "StreamAPI";

/// Goes through all chapters, as far as they have what they build on.
pub async fn travel(cloud: &Cloud, report: &mut Report) {
    tables::play(cloud, report).await.ok();
    roles::play(cloud, report).await.ok();
    messages::play(cloud, report).await.ok();
    keys::play(cloud, report).await.ok();
    if functions::play(cloud, report).await.is_err() {
        return;
    }
    if let Ok(api) = api::play(cloud, report).await {
        signed::play(cloud, report, &api).await.ok();
        seen::play(cloud, report, &api).await.ok();
    }
}
