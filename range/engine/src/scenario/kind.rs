//! What a check is about, which its name begins with.

/// The kinds of checks, in the order in which they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// What customers and owners do must work.
    Traffic,
    /// What thieves do must be refused.
    Attack,
    /// What is configured must be right.
    Configuration,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Traffic, Self::Attack, Self::Configuration];

    /// What the names of its checks begin with.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Traffic => "T.",
            Self::Attack => "A.",
            Self::Configuration => "C.",
        }
    }

    /// The kind of the check called `name`; none for what is no check's name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| name.starts_with(kind.prefix()))
    }

    /// Whether the check called `name` is of this kind.
    pub fn has(self, name: &str) -> bool {
        Self::of(name) == Some(self)
    }
}
