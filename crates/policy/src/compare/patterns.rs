//! Whether one pattern covers another, and whether two can meet.
use super::Budget;
use crate::{
    action::ActionPattern,
    resource::{ArnPattern, ResourcePattern},
    template::Template,
};

/// What an element of a statement lists.
pub(super) trait Pattern {
    /// Whether it stands for everything.
    fn is_everything(&self) -> bool;

    /// Whether what it stands for depends on the request.
    fn varies(&self) -> bool;

    /// Whether it surely covers all of `inner`.
    fn covers(&self, inner: &Self, budget: &Budget) -> bool;

    /// Whether it may have something in common with `other`.
    fn may_meet(&self, other: &Self, budget: &Budget) -> bool;
}

/// An element of a statement: any of these, or anything but these; in trust policies, which have
/// no resources, everything.
pub(super) struct Lists<'s, P> {
    pub not: bool,
    pub listed: &'s [P],
}

impl<P: Pattern> Lists<'_, P> {
    /// Whether the element surely covers all of `inner`.
    pub fn hold(&self, inner: &P, budget: &Budget) -> bool {
        match self.not {
            _ if self.listed.is_empty() => true,
            false => self.listed.iter().any(|it| it.covers(inner, budget)),
            true => self.listed.iter().all(|it| !it.varies() && !it.may_meet(inner, budget)),
        }
    }

    /// Whether the element surely covers all of another that is negated, or everything.
    pub fn hold_all_of(&self, inner: &Self, budget: &Budget) -> bool {
        // Where a variable has no value neither element matches, if it is the same variable.
        let excluded = |own: &P| {
            inner
                .listed
                .iter()
                .any(|it| it.covers(own, budget) && (!own.varies() || own.covers(it, budget)))
        };
        match self.not {
            _ if self.listed.is_empty() => true,
            // Patterns that only together cover everything are not seen.
            false => self.listed.iter().any(P::is_everything),
            true => inner.not && self.listed.iter().all(excluded),
        }
    }

    /// Whether the element may have something in common with `other`.
    pub fn may_meet(&self, other: &P, budget: &Budget) -> bool {
        match self.not {
            _ if self.listed.is_empty() => true,
            false => self.listed.iter().any(|it| it.may_meet(other, budget)),
            true => !self.listed.iter().any(|it| !it.varies() && it.covers(other, budget)),
        }
    }
}

impl Pattern for ActionPattern {
    fn is_everything(&self) -> bool {
        ActionPattern::is_everything(self)
    }

    fn varies(&self) -> bool {
        false
    }

    fn covers(&self, inner: &Self, budget: &Budget) -> bool {
        let service = self.service().is_none() || self.service() == inner.service();
        service && budget.spend(self.size() * inner.size()) && self.covers_name(inner)
    }

    fn may_meet(&self, other: &Self, budget: &Budget) -> bool {
        let service = match (self.service(), other.service()) {
            (Some(one), Some(another)) => one == another,
            _ => true,
        };
        service && (!budget.spend(self.size() * other.size()) || self.may_meet_name(other))
    }
}

impl Pattern for ResourcePattern {
    fn is_everything(&self) -> bool {
        matches!(self, ResourcePattern::Everything)
    }

    fn varies(&self) -> bool {
        self.variables().next().is_some()
    }

    fn covers(&self, inner: &Self, budget: &Budget) -> bool {
        match (self, inner) {
            (ResourcePattern::Everything, _) | (_, ResourcePattern::Nothing) => true,
            (ResourcePattern::Arn(own), ResourcePattern::Arn(inner)) => own.covers(inner, budget),
            _ => false,
        }
    }

    fn may_meet(&self, other: &Self, budget: &Budget) -> bool {
        match (self, other) {
            (ResourcePattern::Nothing, _) | (_, ResourcePattern::Nothing) => false,
            (ResourcePattern::Arn(own), ResourcePattern::Arn(other)) => own.may_meet(other, budget),
            _ => true,
        }
    }
}

impl ArnPattern {
    /// Whether it surely covers all of `inner`.
    pub(crate) fn covers(&self, inner: &Self, budget: &Budget) -> bool {
        self.parts().iter().zip(inner.parts()).all(|(own, inner)| own.covers(inner, budget))
    }

    fn may_meet(&self, other: &Self, budget: &Budget) -> bool {
        let mut parts = self.parts().iter().zip(other.parts());
        parts.all(|(own, other)| !budget.spend(own.size() * other.size()) || own.may_meet(other))
    }
}

impl Template {
    /// Whether it surely covers all of `inner`, for every request.
    pub(crate) fn covers(&self, inner: &Self, budget: &Budget) -> bool {
        budget.spend(self.size() * inner.size()) && self.covers_text(inner)
    }
}
