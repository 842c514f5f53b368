//! ListTopics: the topics of the account in this region.

use crate::{error::SnsError, topic};
use service_kit::prelude::*;

/// AWS's page.
const PAGE: usize = 100;

/// Lists topics by name.
pub(crate) enum ListTopics {}

#[derive(Debug, Shape)]
pub struct ListTopicsInput {
    pub next_token: Option<String>,
}

#[derive(Debug, Shape)]
pub struct ListTopicsOutput {
    pub topics: Option<Vec<Topic>>,
    pub next_token: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Shape)]
pub struct Topic {
    pub topic_arn: Option<String>,
}

impl Operation for ListTopics {
    const NAME: &'static str = "ListTopics";
    type Input = ListTopicsInput;
    type Output = ListTopicsOutput;
    type Error = SnsError;

    fn access(_: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("SNS:ListTopics", at.arn("sns", "*")).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let page: Page<topic::Topic> =
            cx.read(|tx| tx.page((), input.next_token.as_deref(), PAGE))?;
        let entry = |topic: topic::Topic| Topic { topic_arn: Some(topic.arn()) };
        let topics = page.items.into_iter().map(entry).collect();
        Ok(ListTopicsOutput { topics: Some(topics), next_token: page.next })
    }
}
