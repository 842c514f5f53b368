//! Messages that a receive in this process is just taking, so that others take different ones
//! instead of fighting over the same rows.

use crate::{
    error::SqsError,
    message::{MessageKey, Place},
};
use parking_lot::Mutex;
use service_kit::prelude::*;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// The claims of all queues, for the life of the process.
#[derive(Default)]
pub struct Claims(Mutex<HashMap<String, HashSet<MessageKey>>>);

/// Claimed places, given back when dropped.
pub struct Claimed {
    claims: Arc<Claims>,
    queue: String,
    pub places: Vec<Place>,
    /// When the next message becomes visible, if none could be claimed.
    pub next: Option<Timestamp>,
}

impl Claims {
    /// Claims the first places of the queue `uid` that are visible at `now`, at most `limit`.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub fn claim(
        self: Arc<Self>,
        cx: &Context,
        uid: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Claimed, SqsError> {
        let mut claims = self.0.lock();
        let taken = claims.entry(uid.to_owned()).or_default();
        let rows = taken.len() + limit + 1;
        let page: Page<Place> = cx.read(|tx| tx.page(uid, None, rows).map_err(SqsError::from))?;
        let mut places = Vec::new();
        let mut next = None;
        for place in page.items {
            if place.visible > now {
                next = Some(place.visible);
                break;
            }
            if places.len() < limit && taken.insert(place.key.clone()) {
                places.push(place);
            }
        }
        drop(claims);
        Ok(Claimed { claims: self, queue: uid.to_owned(), places, next })
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        let mut claims = self.claims.0.lock();
        let Some(taken) = claims.get_mut(&self.queue) else { return };
        for place in &self.places {
            taken.remove(&place.key);
        }
        if taken.is_empty() {
            claims.remove(&self.queue);
        }
    }
}
