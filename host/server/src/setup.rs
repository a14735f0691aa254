//! How a server was set up.

/// How a server was set up, so that a message names the setting that helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setup {
    /// With the flags of `hospes serve`.
    Flags,
    /// With a [`ServerStateBuilder`](crate::ServerStateBuilder).
    Builder,
}

impl Setup {
    /// The setting's name: the flag or the setter.
    pub(crate) fn name(self, flag: &'static str, setter: &'static str) -> &'static str {
        match self {
            Setup::Flags => flag,
            Setup::Builder => setter,
        }
    }
}
