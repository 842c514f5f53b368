//! The quotas of an organization (AWS Organizations User Guide, "Quotas and service limits").

use service_kit::organization::ControlType;

/// The most accounts; AWS gives 10 and raises that on request.
pub(crate) const MAX_ACCOUNTS: usize = 1_000;

/// The most units.
pub(crate) const MAX_UNITS: usize = 2_000;

/// The most policies of one type that are attached to one target.
pub(crate) const MAX_ATTACHED: usize = 5;

/// The most characters of a policy's document.
pub(crate) const MAX_POLICY_CHARS: usize = 5_120;

/// The most accounts that administer one service.
pub(crate) const MAX_ADMINISTRATORS: usize = 3;

/// The most policies of a type.
pub(crate) fn max_policies(control: ControlType) -> usize {
    match control {
        // AWS allows 10,000, which is more than one transaction reads at once.
        ControlType::Service => 5_000,
        ControlType::Resource => 1_000,
    }
}
