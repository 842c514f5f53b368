//! How much to reserve for what is consumed: "Managing throughput capacity automatically with
//! DynamoDB auto scaling".

use super::Target;
use service_kit::prelude::*;

/// More is reserved after so many minutes with too much consumption.
const OUT_MINUTES: usize = 2;
/// Less is reserved after so many minutes with too little.
pub(super) const IN_MINUTES: usize = 15;
/// Too little is this many percent of what is reserved below the target.
const SLACK_PERCENT: f64 = 20.0;

/// What to reserve in place of the units that are `reserved`, if anything else. `consumed` has the
/// units a second of the minutes before `now`, the latest first; none for one in which nothing was
/// consumed, which says nothing: capacity that nobody uses does not go down.
pub(super) fn wanted(
    target: &Target,
    reserved: u64,
    consumed: &[Option<f64>],
    now: Timestamp,
) -> Option<u64> {
    let within = |units: u64| units.clamp(target.minimum, target.maximum);
    if target.is_new && within(reserved) != reserved {
        return Some(within(reserved));
    }
    let fitting = |units: f64| within((units * 100.0 / target.policy.percent).ceil() as u64);
    let latest =
        |minutes: usize| -> Option<Vec<f64>> { consumed.get(..minutes)?.iter().copied().collect() };
    let part = |percent: f64| reserved as f64 * percent / 100.0;
    let cooled = |last: Option<Timestamp>, seconds: Option<i32>| {
        let seconds = Duration::from_secs(seconds.unwrap_or(0).try_into().unwrap_or(0));
        last.is_none_or(|last| now.since(last) >= seconds)
    };
    let most = |units: Vec<f64>| units.into_iter().fold(0.0, f64::max);
    if let Some(units) = latest(OUT_MINUTES)
        && units.iter().all(|units| *units > part(target.policy.percent))
        && cooled(target.scaled_out, target.policy.out_cooldown)
    {
        let more = fitting(most(units));
        return (more > reserved).then_some(more);
    }
    if let Some(units) = latest(IN_MINUTES)
        && units.iter().all(|units| *units < part(target.policy.percent - SLACK_PERCENT))
        && !target.policy.keeps
        && cooled(target.scaled_in, target.policy.in_cooldown)
    {
        let less = fitting(most(units));
        return (less < reserved).then_some(less);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{super::Policy, *};

    fn target() -> Target {
        let policy = Policy {
            name: "p".into(),
            percent: 70.0,
            keeps: false,
            in_cooldown: None,
            out_cooldown: Some(60),
        };
        Target {
            index: None,
            writes: false,
            minimum: 5,
            maximum: 1_000,
            policy,
            is_new: false,
            scaled_out: None,
            scaled_in: None,
        }
    }

    const NOW: Timestamp = Timestamp::from_secs(10_000);

    #[test]
    fn two_busy_minutes_bring_more() {
        let target = target();
        assert_eq!(wanted(&target, 100, &[Some(80.0), Some(60.0)], NOW), None);
        assert_eq!(wanted(&target, 100, &[Some(80.0)], NOW), None);
        assert_eq!(wanted(&target, 100, &[Some(80.0), Some(77.0)], NOW), Some(115));
        assert_eq!(wanted(&target, 100, &[Some(5_000.0), Some(90.0)], NOW), Some(1_000));
        assert_eq!(wanted(&target, 1_000, &[Some(5_000.0), Some(900.0)], NOW), None);
        let busy = Target { scaled_out: Some(Timestamp::from_secs(9_950)), ..target };
        assert_eq!(wanted(&busy, 100, &[Some(80.0), Some(77.0)], NOW), None, "it cools down");
    }

    #[test]
    fn fifteen_quiet_minutes_bring_less_unless_nobody_came() {
        let target = target();
        let quiet = [Some(7.0); IN_MINUTES];
        assert_eq!(wanted(&target, 100, &quiet, NOW), Some(10));
        assert_eq!(wanted(&target, 100, &[Some(1.0); IN_MINUTES], NOW), Some(5));
        assert_eq!(wanted(&target, 100, &[Some(55.0); IN_MINUTES], NOW), None);
        assert_eq!(wanted(&target, 100, &quiet[1..], NOW), None);
        assert_eq!(wanted(&target, 100, &[None; IN_MINUTES], NOW), None);
        let keeping = Target { policy: Policy { keeps: true, ..target.policy.clone() }, ..target };
        assert_eq!(wanted(&keeping, 100, &quiet, NOW), None);
    }

    #[test]
    fn new_bounds_hold_at_once() {
        let new = Target { is_new: true, ..target() };
        assert_eq!(wanted(&new, 1, &[], NOW), Some(5));
        assert_eq!(wanted(&new, 2_000, &[], NOW), Some(1_000));
        assert_eq!(wanted(&new, 100, &[], NOW), None);
    }
}
