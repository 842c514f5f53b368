//! Settings of auto scaling as requests give them and descriptions tell them.

use super::{Policy, Target};
use crate::{
    error::{DynamoError, invalid},
    throttle::Direction,
};
use service_kit::prelude::*;

/// Settings to have.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct AutoScalingSettingsUpdate {
    /// The least units to reserve.
    #[shape(range = 1..)]
    pub minimum_units: Option<u64>,
    /// The most.
    #[shape(range = 1..)]
    pub maximum_units: Option<u64>,
    /// Whether nothing is to scale.
    pub auto_scaling_disabled: Option<bool>,
    /// What to follow.
    pub scaling_policy_update: Option<AutoScalingPolicyUpdate>,
}

/// A policy to have.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct AutoScalingPolicyUpdate {
    /// Its name.
    #[shape(length = 1..=256)]
    pub policy_name: Option<String>,
    /// What to follow.
    pub target_tracking_scaling_policy_configuration:
        AutoScalingTargetTrackingScalingPolicyConfigurationUpdate,
}

/// What to follow.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct AutoScalingTargetTrackingScalingPolicyConfigurationUpdate {
    /// Whether never to reserve less.
    pub disable_scale_in: Option<bool>,
    /// Seconds to wait after less was reserved.
    pub scale_in_cooldown: Option<i32>,
    /// Seconds to wait after more was reserved.
    pub scale_out_cooldown: Option<i32>,
    /// Percent of what is reserved that is to be consumed.
    pub target_value: f64,
}

/// Settings.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct AutoScalingSettingsDescription {
    /// The least units reserved.
    #[shape(range = 1..)]
    pub minimum_units: Option<u64>,
    /// The most.
    #[shape(range = 1..)]
    pub maximum_units: Option<u64>,
    /// Whether nothing scales.
    pub auto_scaling_disabled: Option<bool>,
    /// What is followed.
    pub scaling_policies: Option<Vec<AutoScalingPolicyDescription>>,
}

/// A policy.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct AutoScalingPolicyDescription {
    /// Its name.
    #[shape(length = 1..=256)]
    pub policy_name: Option<String>,
    /// What is followed.
    pub target_tracking_scaling_policy_configuration:
        Option<AutoScalingTargetTrackingScalingPolicyConfigurationDescription>,
}

/// What is followed.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct AutoScalingTargetTrackingScalingPolicyConfigurationDescription {
    /// Whether never less is reserved.
    pub disable_scale_in: Option<bool>,
    /// Seconds to wait after less was reserved.
    pub scale_in_cooldown: Option<i32>,
    /// Seconds to wait after more was reserved.
    pub scale_out_cooldown: Option<i32>,
    /// Percent of what is reserved that is to be consumed.
    pub target_value: f64,
}

impl AutoScalingSettingsDescription {
    /// What `target` says; none of it where nothing scales.
    pub(super) fn of(target: Option<&Target>) -> Self {
        let Some(target) = target else {
            return Self {
                minimum_units: None,
                maximum_units: None,
                auto_scaling_disabled: Some(true),
                scaling_policies: Some(Vec::new()),
            };
        };
        let Policy { name, percent, keeps, in_cooldown, out_cooldown } = &target.policy;
        let followed = AutoScalingTargetTrackingScalingPolicyConfigurationDescription {
            disable_scale_in: keeps.then_some(true),
            scale_in_cooldown: *in_cooldown,
            scale_out_cooldown: *out_cooldown,
            target_value: *percent,
        };
        let policy = AutoScalingPolicyDescription {
            policy_name: Some(name.clone()),
            target_tracking_scaling_policy_configuration: Some(followed),
        };
        Self {
            minimum_units: Some(target.minimum),
            maximum_units: Some(target.maximum),
            auto_scaling_disabled: None,
            scaling_policies: Some(vec![policy]),
        }
    }
}

impl AutoScalingSettingsUpdate {
    /// What is to scale so: the reads or writes of `table` or its `index`; none if nothing is.
    ///
    /// # Errors
    /// AWS's `ValidationException` for settings that lack something or cannot be.
    pub(super) fn target(
        &self,
        table: &str,
        index: Option<&str>,
        direction: Direction,
    ) -> Result<Option<Target>, DynamoError> {
        if self.auto_scaling_disabled == Some(true) {
            return Ok(None);
        }
        let (Some(maximum), Some(policy), Some(minimum)) =
            (self.maximum_units, &self.scaling_policy_update, self.minimum_units)
        else {
            return Err(self.lacks(table));
        };
        if maximum < minimum {
            return Err(invalid("Maximum capacity cannot be less than minimum capacity"));
        }
        let followed = &policy.target_tracking_scaling_policy_configuration;
        let percent = followed.target_value;
        let what = direction.as_str();
        if !(10.0..=90.0).contains(&percent) {
            return Err(invalid(format!(
                "For predefined metric type DynamoDB{what}CapacityUtilization, target value must \
                 be between '10.0' and '90.0', but was '{percent:?}'."
            )));
        }
        let default = || {
            let index = index.map(|index| format!("/index/{index}")).unwrap_or_default();
            format!("DynamoDB{what}CapacityUtilization:table/{table}{index}")
        };
        Ok(Some(Target {
            index: index.map(str::to_owned),
            writes: direction == Direction::Write,
            minimum,
            maximum,
            policy: Policy {
                name: policy.policy_name.clone().unwrap_or_else(default),
                percent,
                keeps: followed.disable_scale_in == Some(true),
                in_cooldown: followed.scale_in_cooldown,
                out_cooldown: followed.scale_out_cooldown,
            },
            is_new: true,
            scaled_out: None,
            scaled_in: None,
        }))
    }

    fn lacks(&self, table: &str) -> DynamoError {
        let parts = [
            ("'MaximumUnits'", self.maximum_units.is_some()),
            ("'ScalingPolicyUpdate'", self.scaling_policy_update.is_some()),
            ("'MinimumUnits'", self.minimum_units.is_some()),
        ];
        let lacking = parts.into_iter().filter(|(_, is_there)| !is_there).map(|(name, _)| name);
        let lacking = Vec::from_iter(lacking).join(", ");
        invalid(format!(
            "{} Parameters {lacking} are required unless auto scaling is being disabled.",
            failed(table, ":")
        ))
    }
}

/// How most messages of UpdateTableReplicaAutoScaling begin.
pub(super) fn failed(table: &str, end: &str) -> String {
    format!("Failed to update settings for global table with name: \u{2018}{table}\u{2019}{end}")
}
