//! Opening files that another user may have put there.
//!
//! A pipe, a socket or a device in place of a file can block its reader, or
//! never end. A link leads wherever its maker wants. A file that another user
//! owns can change at any moment.

mod secret;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

pub use secret::{Readers, exposed, open_secret, read_own_secret, read_secret};

/// Far more bytes than a hand-written file has: a solution, a flow, a golden
/// case.
pub const TEXT: u64 = 16 << 20;
/// Far more bytes than a key, a list of signatures or a token has.
pub const KEY: u64 = 64 << 10;

/// Opens a regular file for reading, and never blocks.
///
/// # Errors
///
/// If it can't be opened, or is not a regular file.
pub fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    never_wait(&mut options, false);
    regular(options.open(path)?)
}

/// The bytes of a regular file, at most `limit`.
///
/// # Errors
///
/// As [`open`]; and if the file is larger or can't be read.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    whole(open(path)?, limit)
}

/// As [`read`], for a text file.
///
/// # Errors
///
/// As [`read`]; and if the bytes are not UTF-8.
pub fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    text(read(path, limit)?)
}

/// Opens a file that belongs to the host for reading: a regular file and not a
/// link, owned by this user, and writable by this user only.
///
/// # Errors
///
/// If it can't be opened, or is anything else.
pub fn open_own(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    never_wait(&mut options, true);
    let file = regular(options.open(path)?)?;
    is_own(&file.metadata()?)?;
    Ok(file)
}

/// The bytes of a file that belongs to the host, at most `limit`.
///
/// # Errors
///
/// As [`open_own`]; and if the file is larger or can't be read.
pub fn read_own(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    whole(open_own(path)?, limit)
}

/// As [`read_own`], for a text file.
///
/// # Errors
///
/// As [`read_own`]; and if the bytes are not UTF-8.
pub fn read_own_text(path: &Path, limit: u64) -> io::Result<String> {
    text(read_own(path, limit)?)
}

/// Makes a directory for this user only, if it does not exist.
///
/// # Errors
///
/// If it can't be made, is not a directory, or belongs to another user.
pub fn own_dir(dir: &Path) -> io::Result<fs::Metadata> {
    make_dir(dir)?;
    let metadata = fs::metadata(dir)?;
    belongs(&metadata)?;
    Ok(metadata)
}

/// Checks that a directory inside one of the host's directories is what the
/// host made: not a link, owned by this user, and writable by this user only.
///
/// # Errors
///
/// If it is anything else.
pub fn check_own_dir(dir: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(dir)?;
    if !metadata.is_dir() {
        return Err(io::Error::new(
            io::ErrorKind::NotADirectory,
            "it is no directory",
        ));
    }
    is_own(&metadata)
}

/// Keeps an open from waiting for a pipe's other end and, if `own` is set, from
/// following a link.
#[cfg(unix)]
pub fn never_wait(options: &mut OpenOptions, own: bool) {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;

    let mut flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    if own {
        flags |= OFlags::NOFOLLOW;
    }
    // As bits: the flags fit into an `int` on every system.
    options.custom_flags(flags.bits().cast_signed());
}

/// Keeps an open from waiting for a pipe's other end and, if `own` is set, from
/// following a link.
#[cfg(not(unix))]
pub fn never_wait(_: &mut OpenOptions, _: bool) {}

fn regular(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        "it is no regular file",
    ))
}

fn whole(file: File, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it is larger than {limit} bytes"),
        ));
    }
    Ok(bytes)
}

fn text(bytes: Vec<u8>) -> io::Result<String> {
    let wrong = |_| io::Error::new(io::ErrorKind::InvalidData, "it holds no UTF-8");
    String::from_utf8(bytes).map_err(wrong)
}

#[cfg(unix)]
fn make_dir(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;

    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(dir)
}

#[cfg(not(unix))]
fn make_dir(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)
}

#[cfg(unix)]
fn belongs(metadata: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;

    let (owner, user) = (metadata.uid(), rustix::process::geteuid().as_raw());
    if owner == user {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::PermissionDenied,
        format!("it belongs to the user {owner}, and this one is {user}"),
    ))
}

#[cfg(not(unix))]
fn belongs(_: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn is_own(metadata: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;

    belongs(metadata)?;
    if metadata.mode() & 0o022 == 0 {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::PermissionDenied,
        "others can write to it",
    ))
}

#[cfg(not(unix))]
fn is_own(_: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    use rustix::fs::{CWD, FileType, Mode, mknodat};

    use super::*;

    #[test]
    fn nothing_but_a_regular_file_is_opened_and_nothing_is_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("file"), "text").unwrap();
        symlink(at("file"), at("link")).unwrap();
        let mode = Mode::RUSR | Mode::WUSR;
        mknodat(CWD, at("pipe"), FileType::Fifo, mode, 0).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();

        assert_eq!(read_text(&at("file"), 4).unwrap(), "text");
        assert_eq!(read_own_text(&at("file"), 4).unwrap(), "text");
        // Other files may be links, the host's files may not.
        assert_eq!(read_text(&at("link"), 4).unwrap(), "text");
        open_own(&at("link")).unwrap_err();
        for path in [
            at("pipe"),
            at("socket"),
            dir.path().into(),
            "/dev/zero".into(),
        ] {
            open(&path).unwrap_err();
            open_own(&path).unwrap_err();
        }
        let larger = read(&at("file"), 3).unwrap_err();
        assert_eq!(larger.to_string(), "it is larger than 3 bytes");
    }

    #[test]
    fn the_hosts_own_is_its_users_and_nobody_else_can_write_to_it() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("file"), "text").unwrap();
        own_dir(&at("dir")).unwrap();
        check_own_dir(&at("dir")).unwrap();
        symlink(at("dir"), at("link")).unwrap();
        check_own_dir(&at("link")).unwrap_err();
        check_own_dir(&at("file")).unwrap_err();
        let mode = |name, mode| fs::set_permissions(at(name), fs::Permissions::from_mode(mode));
        for open in [0o620, 0o602] {
            mode("file", open).unwrap();
            let error = open_own(&at("file")).unwrap_err().to_string();
            assert_eq!(error, "others can write to it");
        }
        mode("file", 0o644).unwrap();
        open_own(&at("file")).unwrap();
        mode("dir", 0o770).unwrap();
        check_own_dir(&at("dir")).unwrap_err();
        mode("dir", 0o700).unwrap();
        // Only the superuser can give a file away.
        if rustix::process::geteuid().is_root() {
            for name in ["file", "dir"] {
                chown(at(name), Some(65534), None).unwrap();
            }
            let words = "it belongs to the user 65534, and this one is 0";
            let errors = [
                open_own(&at("file")).unwrap_err(),
                own_dir(&at("dir")).unwrap_err(),
                check_own_dir(&at("dir")).unwrap_err(),
            ];
            for error in errors {
                assert_eq!(error.to_string(), words);
            }
        }
    }
}
