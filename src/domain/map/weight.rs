//! Sums that say what they do not know.

/// A sum of sizes, some of which may be unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum {
    /// How many things were added.
    pub parts: usize,
    /// The bytes of those whose size is known.
    pub bytes: u64,
    /// How many have no known size.
    pub unknown: usize,
}

impl Sum {
    /// One thing.
    #[must_use]
    pub const fn of(size: Option<u64>) -> Self {
        let mut sum = Self { parts: 0, bytes: 0, unknown: 0 };
        sum.add(size);
        sum
    }

    /// Adds one thing.
    pub const fn add(&mut self, size: Option<u64>) {
        self.parts += 1;
        match size {
            Some(bytes) => self.bytes = self.bytes.saturating_add(bytes),
            None => self.unknown += 1,
        }
    }

    /// Both sums in one.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self {
            parts: self.parts + other.parts,
            bytes: self.bytes.saturating_add(other.bytes),
            unknown: self.unknown + other.unknown,
        }
    }

    /// The known bytes; `None` when nothing is known or nothing was added.
    #[must_use]
    pub fn known(self) -> Option<u64> {
        (self.parts > self.unknown).then_some(self.bytes)
    }
}

/// What a part of the map holds: volumes, each counted once, and writable layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Weight {
    /// The distinct volumes.
    pub volumes: Sum,
    /// The writable layers.
    pub layers: Sum,
}

impl Weight {
    /// Volumes and layers together.
    #[must_use]
    pub const fn all(&self) -> Sum {
        self.volumes.with(self.layers)
    }
}
