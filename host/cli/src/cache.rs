//! Where a command keeps the components that it compiled.

use std::env;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::args::CacheArgs;

/// The compile cache of one command.
pub(crate) enum Cache {
    /// The directory that was named.
    Named(PathBuf),
    /// The user's own. If it can't be used, the command works without.
    Users(PathBuf),
    /// One that is removed when the command ends.
    Temporary(TempDir),
    /// Nothing is kept.
    None,
}

impl Cache {
    /// The cache that the arguments ask for.
    pub(crate) fn chosen(args: &CacheArgs) -> Cache {
        match &args.cache {
            Some(directory) => Cache::Named(directory.clone()),
            None if args.no_cache => Cache::None,
            None => {
                users(|name| env::var_os(name).map(PathBuf::from)).map_or(Cache::None, Cache::Users)
            }
        }
    }

    /// The same, for a command that loads a component several times: nothing
    /// is compiled twice, whatever was asked for.
    pub(crate) fn or_temporary(self) -> std::io::Result<Cache> {
        match self {
            Cache::None => Cache::temporary(),
            cache => Ok(cache),
        }
    }

    pub(crate) fn temporary() -> std::io::Result<Cache> {
        let directory = tempfile::Builder::new().prefix("hospes-").tempdir()?;
        Ok(Cache::Temporary(directory))
    }

    pub(crate) fn directory(&self) -> Option<&Path> {
        match self {
            Cache::Named(directory) | Cache::Users(directory) => Some(directory),
            Cache::Temporary(directory) => Some(directory.path()),
            Cache::None => None,
        }
    }
}

/// `hospes` in the user's cache directory, if there is one. A relative path is
/// ignored, as the XDG Base Directory Specification says.
fn users(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let absolute = |name: &str| variable(name).filter(|path| path.is_absolute());
    let caches =
        absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))?;
    Some(caches.join("hospes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_cache_is_where_the_user_keeps_caches() {
        for (xdg, home, expected) in [
            (None, None, None),
            (Some("/caches"), Some("/home/ada"), Some("/caches/hospes")),
            (Some(""), Some("/home/ada"), Some("/home/ada/.cache/hospes")),
            (
                Some("caches"),
                Some("/home/ada"),
                Some("/home/ada/.cache/hospes"),
            ),
            (None, Some("/home/ada"), Some("/home/ada/.cache/hospes")),
            (None, Some("home"), None),
        ] {
            let found = users(|name| match name {
                "XDG_CACHE_HOME" => xdg.map(PathBuf::from),
                "HOME" => home.map(PathBuf::from),
                _ => None,
            });
            assert_eq!(
                found.as_deref(),
                expected.map(Path::new),
                "{xdg:?} {home:?}"
            );
        }
    }
}
