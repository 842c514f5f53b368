//! Messages that a receive in this process is just taking, so that others take different ones
//! instead of fighting over the same rows.

use crate::{
    error::SqsError,
    message::{MessageKey, Place},
    queue::Queue,
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

impl Live for Claims {
    fn forget(&self, _: &str) {
        // They are by unique ids of queues, and given back by whoever holds them.
    }
}

/// Claimed places, given back when dropped.
pub struct Claimed {
    claims: Arc<Claims>,
    queue: String,
    pub places: Vec<Place>,
    /// When the next message becomes visible, if none could be claimed.
    pub next: Option<Timestamp>,
}

/// The most messages of a FIFO queue that are looked through for groups that are free.
const MAX_SCAN: usize = 20_000;
const SCAN_PAGE: usize = 500;

impl Claims {
    /// Claims the first messages of `queue` that are visible at `now`, at most `limit`. In a FIFO
    /// queue a group waits behind its messages that are hidden or claimed.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub fn claim(
        self: Arc<Self>,
        cx: &Context,
        queue: &Queue,
        now: Timestamp,
        limit: usize,
    ) -> Result<Claimed, SqsError> {
        let mut claims = self.0.lock();
        let taken = claims.entry(queue.uid.clone()).or_default();
        let (places, next) = match queue.fifo {
            None => in_any_order(cx, &queue.uid, taken, now, limit)?,
            Some(_) => in_order(cx, &queue.uid, taken, now, limit)?,
        };
        drop(claims);
        Ok(Claimed { claims: self, queue: queue.uid.clone(), places, next })
    }
}

/// Places found, and when the next one becomes visible.
type Found = (Vec<Place>, Option<Timestamp>);

fn in_any_order(
    cx: &Context,
    uid: &str,
    taken: &mut HashSet<MessageKey>,
    now: Timestamp,
    limit: usize,
) -> Result<Found, SqsError> {
    let rows = taken.len() + limit + 1;
    let page: Page<Place> = cx.read(|tx| tx.page(uid, None, rows).map_err(SqsError::from))?;
    let mut places = Vec::new();
    for place in page.items {
        if place.visible > now {
            return Ok((places, Some(place.visible)));
        }
        if places.len() < limit && taken.insert(place.key.clone()) {
            places.push(place);
        }
    }
    Ok((places, None))
}

fn in_order(
    cx: &Context,
    uid: &str,
    taken: &mut HashSet<MessageKey>,
    now: Timestamp,
    limit: usize,
) -> Result<Found, SqsError> {
    let (mut places, mut blocked) = (Vec::new(), HashSet::new());
    let mut next: Option<Timestamp> = None;
    let mut token = None;
    for _ in 0..MAX_SCAN / SCAN_PAGE {
        let page: Page<Place> =
            cx.read(|tx| tx.page(uid, token.as_deref(), SCAN_PAGE).map_err(SqsError::from))?;
        for place in page.items {
            if place.visible > now {
                next = Some(next.map_or(place.visible, |next| next.min(place.visible)));
                blocked.insert(place.group);
            } else if taken.contains(&place.key) {
                blocked.insert(place.group);
            } else if places.len() < limit && !blocked.contains(&place.group) {
                places.push(place);
            }
        }
        token = page.next;
        if places.len() == limit || token.is_none() {
            break;
        }
    }
    taken.extend(places.iter().map(|place| place.key.clone()));
    Ok((places, next))
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
