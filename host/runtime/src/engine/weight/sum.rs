//! The cost of instantiating a component, in numbers.

use super::refused::{Refused, too_many};

/// Components that are instantiated, nested ones included.
const MAX_INSTANCES: u64 = 1_000;
/// What they define altogether: functions, instances, aliases and so on.
const MAX_DEFINITIONS: u64 = 100_000;
/// Values copied by calls between components, each counted as often as its type
/// is used.
const MAX_COPIED: u64 = 200_000;
/// Items of instances that are kept, counted each time their instance is passed
/// on.
const MAX_ITEMS: u64 = 500_000;
/// Types that are visited.
pub(super) const MAX_TYPES: u64 = 50_000_000;

pub(super) const TYPES: &str = "types in all instances of components";

/// A number that may depend on the size of the largest instance that a
/// component is given: `fixed`, and `given` times that size.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Size {
    pub(super) fixed: u64,
    pub(super) given: u64,
}

impl Size {
    pub(super) const ONE: Size = Size::of(1);
    pub(super) const GIVEN: Size = Size { fixed: 0, given: 1 };

    pub(super) const fn of(fixed: u64) -> Size {
        Size { fixed, given: 0 }
    }

    pub(super) fn add(&mut self, other: Size) {
        self.fixed = self.fixed.saturating_add(other.fixed);
        self.given = self.given.saturating_add(other.given);
    }

    pub(super) fn and(mut self, other: Size) -> Size {
        self.add(other);
        self
    }

    pub(super) fn times(self, n: u64) -> Size {
        Size {
            fixed: self.fixed.saturating_mul(n),
            given: self.given.saturating_mul(n),
        }
    }

    /// A size that is at least both.
    pub(super) fn max(self, other: Size) -> Size {
        Size {
            fixed: self.fixed.max(other.fixed),
            given: self.given.max(other.given),
        }
    }

    /// The size with `given` inserted for the instance that is passed in.
    pub(super) fn given(self, given: Size) -> Size {
        Size::of(self.fixed).and(given.times(self.given))
    }
}

/// The cost of instantiating a component once.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weight {
    pub(super) instances: u64,
    pub(super) core_instances: u64,
    pub(super) definitions: u64,
    pub(super) resources: u64,
    pub(super) copied: u64,
    pub(super) items: Size,
    pub(super) types: Size,
}

impl Weight {
    pub(super) fn add(&mut self, other: &Weight, given: Size) {
        let sum = u64::saturating_add;
        self.instances = sum(self.instances, other.instances);
        self.core_instances = sum(self.core_instances, other.core_instances);
        self.definitions = sum(self.definitions, other.definitions);
        self.resources = sum(self.resources, other.resources);
        self.copied = sum(self.copied, other.copied);
        self.items.add(other.items.given(given));
        self.types.add(other.types.given(given));
    }

    /// Refuses a cost above the bounds. Each core instance gets the imports of
    /// its module, at most `module_imports`.
    pub(super) fn check(&self, module_imports: u64) -> Result<(), Refused> {
        too_many(
            self.instances,
            MAX_INSTANCES,
            "instances of components within it",
        )?;
        too_many(
            self.definitions,
            MAX_DEFINITIONS,
            "definitions in all instances of components",
        )?;
        too_many(self.copied, MAX_COPIED, "values to copy between components")?;
        too_many(
            self.items.fixed,
            MAX_ITEMS,
            "items of instances that are passed on",
        )?;
        // Each core instance gets its module's imports, and each component
        // starts from all resources defined so far.
        let imports = self.core_instances.saturating_mul(module_imports);
        let resources = self.instances.saturating_mul(self.resources);
        let more = imports.saturating_add(resources);
        let types = self.types.fixed.saturating_add(more);
        too_many(types, MAX_TYPES, TYPES)
    }
}
