//! What a daylight-saving change does to a schedule.

/// Both halves of the policy. The default is that of the gems kaal and fugit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Dst {
    /// Local times that do not exist, as clocks are set forward.
    pub gap: Gap,
    /// Local times that come twice, as clocks are set back.
    pub overlap: Overlap,
}

/// What becomes of a run whose local time does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Gap {
    /// It is left out.
    #[default]
    Skip,
    /// It happens at the first instant after the gap, once for all runs of the gap.
    Shift,
}

/// What becomes of a run whose local time comes twice.
///
/// Where `*` or a step stands in the hour or minute field, the expression means an interval, and
/// runs both times whatever is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Overlap {
    /// It happens both times.
    #[default]
    Both,
    /// It happens the first time only.
    First,
    /// It happens the second time only.
    Last,
}
