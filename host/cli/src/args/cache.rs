//! Where compiled components are kept.

use std::path::PathBuf;

use clap::ValueHint;

/// Where compiled components are kept.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct CacheArgs {
    /// Caches compiled components in this directory [default: `hospes` in the user's cache directory]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) cache: Option<PathBuf>,
    /// Compiles components anew, and keeps nothing
    #[arg(long, conflicts_with = "cache")]
    pub(crate) no_cache: bool,
}
