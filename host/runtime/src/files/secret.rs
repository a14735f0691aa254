//! Files that hold a secret, and who may read them.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

use super::{open, open_own, text, whole};

/// Who may read a file with a secret, besides the superuser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Only this user, for keys and tokens of the host. The file is owned by
    /// this user; or by the superuser, who may let a group read it, which is
    /// how service managers pass a file to a process.
    Owner,
    /// Its owner, whichever user that is, and its group.
    Group,
}

/// What is wrong with the permissions of a file, to follow its name in a
/// message, and what to do about it: `can be read by everyone (mode 0644): run
/// ...`. Always `None` on systems other than Unix.
#[cfg(unix)]
pub fn exposed(path: &Path, metadata: &Metadata, readers: Readers) -> Option<String> {
    use std::os::unix::fs::MetadataExt;

    let user = rustix::process::geteuid().as_raw();
    let mode = metadata.mode() & 0o777;
    judge(path, metadata.uid(), mode, user, readers)
}

/// What is wrong with the permissions of a file: on systems other than Unix,
/// always `None`.
#[cfg(not(unix))]
pub fn exposed(_: &Path, _: &Metadata, _: Readers) -> Option<String> {
    None
}

/// Opens a file with a secret for reading: a regular file that only the
/// permitted readers can read.
///
/// # Errors
///
/// If it can't be opened, is not a regular file, or can be read by others.
pub fn open_secret(path: &Path, readers: Readers) -> io::Result<File> {
    checked(open(path)?, path, readers)
}

/// The text of a file with a secret, at most `limit` bytes.
///
/// # Errors
///
/// As [`open_secret`]; and if the file is larger, can't be read or is not
/// UTF-8.
pub fn read_secret(path: &Path, limit: u64) -> io::Result<String> {
    text(whole(open_secret(path, Readers::Owner)?, limit)?)
}

/// As [`read_secret`], for a file that belongs to the host.
///
/// # Errors
///
/// As [`read_secret`] and [`open_own`].
pub fn read_own_secret(path: &Path, limit: u64) -> io::Result<String> {
    let file = checked(open_own(path)?, path, Readers::Owner)?;
    text(whole(file, limit)?)
}

fn checked(file: File, path: &Path, readers: Readers) -> io::Result<File> {
    match exposed(path, &file.metadata()?, readers) {
        None => Ok(file),
        Some(why) => Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            format!("it {why}"),
        )),
    }
}

/// Checks a file's owner and mode.
#[cfg(unix)]
fn judge(path: &Path, owner: u32, mode: u32, user: u32, readers: Readers) -> Option<String> {
    const ROOT: u32 = 0;
    let path = path.display();
    let forbidden = match readers {
        Readers::Group => 0o007,
        Readers::Owner if owner == user => 0o077,
        Readers::Owner if owner == ROOT => 0o037,
        Readers::Owner => {
            return Some(format!(
                "belongs to the user {owner} (mode {mode:04o}), and has to be this user's or root's: run \
                 `chown {user} {path}` and `chmod 600 {path}`"
            ));
        }
    };
    let open = mode & forbidden;
    let who = match open & 0o007 {
        0 if open == 0 => return None,
        0 => "its group",
        _ => "everyone",
    };
    let what = match open & 0o044 {
        0 => "used",
        _ => "read",
    };
    Some(format!(
        "can be {what} by {who} (mode {mode:04o}): run `chmod 600 {path}`"
    ))
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_is_its_users_alone_or_was_handed_over_by_root() {
        const US: u32 = 1000;
        let judge = |owner, mode, user, readers| {
            judge(Path::new("key"), owner, mode, user, readers).unwrap_or_default()
        };
        let root = 0;
        for (owner, mode, who) in [
            (US, 0o600, ""),
            (US, 0o400, ""),
            (US, 0o640, "read by its group"),
            (US, 0o620, "used by its group"),
            (US, 0o604, "read by everyone"),
            (US, 0o644, "read by everyone"),
            (US, 0o602, "used by everyone"),
            // As systemd and Kubernetes pass credentials to a process with a
            // group.
            (root, 0o400, ""),
            (root, 0o440, ""),
            (root, 0o640, ""),
            (root, 0o460, "used by its group"),
            // As Docker does by default.
            (root, 0o444, "read by everyone"),
        ] {
            let words = match who {
                "" => String::new(),
                who => format!("can be {who} (mode {mode:04o}): run `chmod 600 key`"),
            };
            let found = judge(owner, mode, US, Readers::Owner);
            assert_eq!(found, words, "{owner} {mode:o}");
        }
        let words = "belongs to the user 7 (mode 0600), and has to be this user's or root's: \
                     run `chown 1000 key` and `chmod 600 key`";
        assert_eq!(judge(7, 0o600, US, Readers::Owner), words);
        // If this user is root, the file was not passed on to it.
        let words = "can be read by its group (mode 0440): run `chmod 600 key`";
        assert_eq!(judge(root, 0o440, root, Readers::Owner), words);
        // The group may read a node's secret, whoever owns it.
        for (owner, mode, is_right) in [(7, 0o640, true), (US, 0o660, true), (US, 0o644, false)] {
            let found = judge(owner, mode, US, Readers::Group);
            assert_eq!(found.is_empty(), is_right, "{owner} {mode:o}");
        }
    }

    #[test]
    fn a_secret_that_others_can_read_is_not_read_and_the_error_says_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        fs::write(&path, "text").unwrap();
        let mode = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        for open in [0o644, 0o640] {
            mode(open);
            let who = if open == 0o644 {
                "everyone"
            } else {
                "its group"
            };
            let shown = path.display();
            let words =
                format!("it can be read by {who} (mode {open:04o}): run `chmod 600 {shown}`");
            assert_eq!(read_secret(&path, 4).unwrap_err().to_string(), words);
            assert_eq!(read_own_secret(&path, 4).unwrap_err().to_string(), words);
        }
        open_secret(&path, Readers::Group).unwrap();
        mode(0o600);
        assert_eq!(read_secret(&path, 4).unwrap(), "text");
        assert_eq!(read_own_secret(&path, 4).unwrap(), "text");
    }
}
