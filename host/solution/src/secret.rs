//! Sources of secrets: environment variables, files and vaults.

use std::collections::BTreeMap;
use std::env::{self, VarError};
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use hospes::egress::{Secret, SecretError, SecretSource};
use hospes::files::{self, Readers};
use zeroize::Zeroizing;

/// The host's vaults, by scheme.
pub type Vaults = BTreeMap<String, Arc<dyn Vault>>;

/// More than the value of any header.
const MAX_BYTES: u64 = 64 << 10;

/// Where a secret comes from: `env:VARIABLE`, `file:PATH`, or a vault of the
/// host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretFrom {
    /// An environment variable.
    Env(EnvSecret),
    /// A file.
    File(FileSecret),
    /// A vault of the host.
    Vault(VaultSecret),
}

impl SecretFrom {
    /// Parses `env:VARIABLE` or `file:PATH`.
    ///
    /// # Errors
    ///
    /// Any other text. The error does not repeat it, since people put the
    /// secret itself there by mistake.
    pub fn parse(text: &str) -> Result<SecretFrom, SecretFromError> {
        match text.split_once(':') {
            Some(("env", variable)) if is_variable(variable) => {
                Ok(SecretFrom::Env(EnvSecret::new(variable)))
            }
            Some(("file", path)) if !path.is_empty() => Ok(SecretFrom::File(FileSecret::new(path))),
            _ => Err(SecretFromError),
        }
    }

    /// The same for a secret of the host itself, such as a token or a key: only
    /// this user may be able to read its file, see [`Readers::Owner`].
    ///
    /// # Errors
    ///
    /// As [`SecretFrom::parse`].
    pub fn parse_private(text: &str) -> Result<SecretFrom, SecretFromError> {
        Ok(match SecretFrom::parse(text)? {
            SecretFrom::File(file) => SecretFrom::File(FileSecret::private(file.path)),
            other => other,
        })
    }

    /// The same, with these vaults first.
    pub(crate) fn parse_with(text: &str, vaults: &Vaults) -> Result<SecretFrom, SecretFromError> {
        let vault = text
            .split_once(':')
            .and_then(|(scheme, path)| Some((scheme, path, vaults.get(scheme)?)));
        match vault {
            Some((scheme, path, vault)) => {
                let secret = VaultSecret::new(scheme, path, Arc::clone(vault));
                Ok(SecretFrom::Vault(secret))
            }
            None => SecretFrom::parse(text),
        }
    }

    /// The same with a relative path resolved against this directory.
    pub fn within(self, directory: &Path) -> SecretFrom {
        match self {
            SecretFrom::File(file) => SecretFrom::File(FileSecret {
                path: directory.join(file.path),
                ..file
            }),
            other => other,
        }
    }
}

impl SecretFrom {
    /// All secrets of a source, one per line, so that an old and a new one can be
    /// valid at once. Empty lines don't count; a vault has one secret.
    ///
    /// # Errors
    ///
    /// As [`SecretSource::fetch`], or if the source has no secret.
    pub fn fetch_lines(&self) -> Result<Vec<Secret>, SecretError> {
        let text = match self {
            SecretFrom::Env(secret) => secret.text()?,
            SecretFrom::File(secret) => secret.text()?,
            SecretFrom::Vault(secret) => return Ok(vec![secret.fetch()?]),
        };
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let fail = |error| SecretError::new(format!("`{self}` can't be used: {error}"));
        let secrets: Vec<Secret> = lines
            .map(|line| Secret::new(line).map_err(fail))
            .collect::<Result<_, _>>()?;
        if secrets.is_empty() {
            return Err(SecretError::new(format!("`{self}` is empty")));
        }
        Ok(secrets)
    }
}

impl FromStr for SecretFrom {
    type Err = SecretFromError;

    fn from_str(text: &str) -> Result<SecretFrom, SecretFromError> {
        SecretFrom::parse(text)
    }
}

/// As a solution file has it.
impl fmt::Display for SecretFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretFrom::Env(secret) => write!(f, "env:{}", secret.variable),
            SecretFrom::File(secret) => write!(f, "file:{}", secret.path.display()),
            SecretFrom::Vault(secret) => write!(f, "{}:{}", secret.scheme, secret.path),
        }
    }
}

impl SecretSource for SecretFrom {
    fn fetch(&self) -> Result<Secret, SecretError> {
        match self {
            SecretFrom::Env(secret) => secret.fetch(),
            SecretFrom::File(secret) => secret.fetch(),
            SecretFrom::Vault(secret) => secret.fetch(),
        }
    }
}

fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A text that is not the source of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SecretFromError;

impl fmt::Display for SecretFromError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a secret comes from `env:VARIABLE` or `file:PATH`")
    }
}

impl std::error::Error for SecretFromError {}

/// A secret in an environment variable, read when a node is loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvSecret {
    variable: String,
}

impl EnvSecret {
    /// The variable of this name.
    pub fn new(variable: impl Into<String>) -> EnvSecret {
        EnvSecret {
            variable: variable.into(),
        }
    }
}

impl EnvSecret {
    fn fail(&self, why: impl fmt::Display) -> SecretError {
        let variable = &self.variable;
        SecretError::new(format!("the environment variable `{variable}` {why}"))
    }

    fn text(&self) -> Result<Zeroizing<String>, SecretError> {
        let value = env::var(&self.variable).map_err(|error| match error {
            VarError::NotPresent => self.fail("is not set"),
            // The error would show the value.
            VarError::NotUnicode(_) => self.fail("is not UTF-8"),
        });
        value.map(Zeroizing::new)
    }
}

impl SecretSource for EnvSecret {
    fn fetch(&self) -> Result<Secret, SecretError> {
        let mut value = self.text()?;
        Secret::new(std::mem::take(&mut *value))
            .map_err(|error| self.fail(format_args!("can't be used: {error}")))
    }
}

/// A secret in its own file, read when a node is loaded. One newline at
/// its end is not part of it. On Unix, a file that others may read is refused: see
/// [`Readers`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSecret {
    path: PathBuf,
    readers: Readers,
}

impl FileSecret {
    /// The file at this path, which its group may read.
    pub fn new(path: impl Into<PathBuf>) -> FileSecret {
        FileSecret {
            path: path.into(),
            readers: Readers::Group,
        }
    }

    /// The file at this path, which only this user may be able to read.
    pub fn private(path: impl Into<PathBuf>) -> FileSecret {
        FileSecret {
            path: path.into(),
            readers: Readers::Owner,
        }
    }
}

impl FileSecret {
    /// A warning if everyone may read the file.
    pub(crate) fn exposed(&self) -> Option<String> {
        let metadata = self.path.metadata().ok()?;
        let exposed = files::exposed(&self.path, &metadata, self.readers)?;
        Some(format!("the file {} {exposed}", self.path.display()))
    }
}

/// Provides secrets by name, in place of variables and files. Add it with
/// [`Loader::vault`](crate::Loader::vault).
pub trait Vault: Send + Sync + 'static {
    /// The secret that a solution file names after the vault's scheme: `path`
    /// in `from = "scheme:path"`. Called when a node is loaded.
    ///
    /// # Errors
    ///
    /// Why there is none. The message must not contain a secret.
    fn fetch(&self, path: &str) -> Result<Secret, SecretError>;
}

/// A secret in a vault.
#[derive(Clone)]
pub struct VaultSecret {
    scheme: String,
    path: String,
    vault: Arc<dyn Vault>,
}

impl VaultSecret {
    /// The secret at a path of this vault; the scheme names the vault.
    pub fn new(scheme: &str, path: &str, vault: Arc<dyn Vault>) -> VaultSecret {
        VaultSecret {
            scheme: scheme.to_owned(),
            path: path.to_owned(),
            vault,
        }
    }
}

impl fmt::Debug for VaultSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VaultSecret({}:{})", self.scheme, self.path)
    }
}

impl PartialEq for VaultSecret {
    fn eq(&self, other: &VaultSecret) -> bool {
        self.scheme == other.scheme && self.path == other.path
    }
}

impl Eq for VaultSecret {}

impl SecretSource for VaultSecret {
    fn fetch(&self) -> Result<Secret, SecretError> {
        self.vault.fetch(&self.path)
    }
}

impl FileSecret {
    fn fail(&self, why: impl fmt::Display) -> SecretError {
        SecretError::new(format!("the file {} {why}", self.path.display()))
    }

    fn text(&self) -> Result<Zeroizing<String>, SecretError> {
        let unreadable = |error| self.fail(format_args!("can't be read: {error}"));
        let file = files::open(&self.path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if let Some(exposed) = files::exposed(&self.path, &metadata, self.readers) {
            return Err(self.fail(exposed));
        }
        if metadata.len() > MAX_BYTES {
            return Err(self.fail("is larger than 64 KiB"));
        }
        // Allocated in full, so that growing leaves no copy behind.
        let mut value = Zeroizing::new(String::with_capacity(MAX_BYTES as usize));
        file.take(MAX_BYTES)
            .read_to_string(&mut value)
            .map_err(unreadable)?;
        Ok(value)
    }
}

impl SecretSource for FileSecret {
    fn fetch(&self) -> Result<Secret, SecretError> {
        let mut value = self.text()?;
        if value.ends_with('\n') {
            value.pop();
            if value.ends_with('\r') {
                value.pop();
            }
        }
        Secret::new(std::mem::take(&mut *value))
            .map_err(|error| self.fail(format_args!("can't be used: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_a_variable_or_a_file_and_nothing_else_is_repeated() {
        assert_eq!(
            SecretFrom::parse("env:KEY"),
            Ok(SecretFrom::Env(EnvSecret::new("KEY")))
        );
        assert_eq!(
            SecretFrom::parse("file:a:b"),
            Ok(SecretFrom::File(FileSecret::new("a:b")))
        );
        for text in [
            "", "hunter2", "env:", "file:", "env:A-B", "ENV:KEY", "env: KEY", "vault:x",
        ] {
            assert_eq!(
                SecretFrom::parse(text).unwrap_err().to_string(),
                "a secret comes from `env:VARIABLE` or `file:PATH`",
                "{text}"
            );
        }
    }

    #[test]
    fn relative_files_are_relative_to_the_solution_file() {
        let within = |text| {
            SecretFrom::parse(text)
                .unwrap()
                .within(Path::new("/etc/acme"))
        };
        assert_eq!(
            within("file:key"),
            SecretFrom::File(FileSecret::new("/etc/acme/key"))
        );
        assert_eq!(
            within("file:/run/key"),
            SecretFrom::File(FileSecret::new("/run/key"))
        );
        assert_eq!(within("env:KEY"), SecretFrom::Env(EnvSecret::new("KEY")));
    }

    #[test]
    fn a_variable_that_is_not_set_is_named() {
        let error = EnvSecret::new("HOSPES_TEST_NEVER_SET").fetch().unwrap_err();
        let words = "the environment variable `HOSPES_TEST_NEVER_SET` is not set";
        assert_eq!(error.to_string(), words);
    }
}
