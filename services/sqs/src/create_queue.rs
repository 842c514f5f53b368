//! CreateQueue: make a queue, or find the one that is there already.

use crate::{
    attributes,
    error::SqsError,
    queue::{Fifo, Queue},
    sweep::Expire,
    tags,
};
use service_kit::prelude::*;

/// Makes a standard or FIFO queue.
pub(crate) enum CreateQueue {}

#[derive(Debug, Shape)]
pub struct CreateQueueInput {
    pub queue_name: String,
    #[shape(flattened, wire = "Attribute", item = "Name,Value")]
    pub attributes: Option<BTreeMap<String, String>>,
    #[shape(name = "tags", flattened, wire = "Tag", item = "Key,Value")]
    pub tags: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Shape)]
pub struct CreateQueueOutput {
    pub queue_url: Option<String>,
}

impl Operation for CreateQueue {
    const NAME: &'static str = "CreateQueue";
    type Input = CreateQueueInput;
    type Output = CreateQueueOutput;
    type Error = SqsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let arn = at.arn("sqs", &input.queue_name);
        let tags = input.tags.iter().flatten().map(|(key, value)| (&**key, &**value));
        let tagging = Access::on("sqs:TagQueue", &*arn);
        Access::on("sqs:CreateQueue", arn).and_tagging(tagging, tags)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let given = input.attributes.unwrap_or_default();
        let mut fresh = Queue::new(cx, &input.queue_name);
        fresh.fifo = check_name(&input.queue_name, &given)?.then(Fifo::default);
        let tags = input.tags.unwrap_or_default();
        tags::check(&tags)?;
        let queue = cx
            .write(|tx| {
                if let Some(known) = tx.get::<Queue>(&fresh.name)? {
                    check_same(&tx.reader(), &known, &given)?;
                    return Ok(known);
                }
                let mut queue = fresh.clone();
                attributes::set(&tx.reader(), &mut queue, &given)?;
                queue.tags.clone_from(&tags);
                tx.put(&queue)?;
                let (name, created) = (queue.name.clone(), queue.created);
                tx.enqueue_at(created + Expire::pause(&queue), &Expire { name, created })?;
                Ok::<_, SqsError>(queue)
            })
            .await?;
        Ok(CreateQueueOutput { queue_url: Some(queue.url(cx)) })
    }
}

/// Whether it is the name of a FIFO queue, as the attributes must say too.
fn check_name(name: &str, given: &BTreeMap<String, String>) -> Result<bool, SqsError> {
    let fifo = given.get("FifoQueue").is_some_and(|text| text == "true");
    let stem = match fifo {
        true => name.strip_suffix(".fifo").unwrap_or(""),
        false => name,
    };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !stem.is_empty() && name.len() <= 80 && stem.bytes().all(allowed) {
        return Ok(fifo);
    }
    let message = match fifo {
        true => {
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or \
             underscores, must end with .fifo suffix and be 1 to 80 in length."
        }
        false => {
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        }
    };
    Err(SqsError::InvalidParameterValueException(message.into()))
}

/// A queue of that name will do if it is what was asked for.
fn check_same(
    tx: &ReadTx<'_>,
    known: &Queue,
    given: &BTreeMap<String, String>,
) -> Result<(), SqsError> {
    let mut wanted = known.clone();
    attributes::set(tx, &mut wanted, given)?;
    let (known, wanted) = (attributes::shown(tx, known)?, attributes::shown(tx, &wanted)?);
    match given.keys().find(|name| known.get(*name) != wanted.get(*name)) {
        None => Ok(()),
        Some(name) => Err(SqsError::QueueNameExists(format!(
            "A queue already exists with the same name and a different value for attribute {name}"
        ))),
    }
}
