//! The form of a store: whether its files are sealed, and with which key.
//!
//! `DIR/form` is written when all of them are, and is sealed itself. So a store
//! with content but without this file is of the earlier form, or someone has
//! removed the file. Either way, only an operator can decide to trust it.

use std::fs;
use std::io;
use std::path::Path;

use hospes::files;
use zeroize::Zeroizing;

use super::disk::{self, Disk};
use super::error::AtPath;
use super::index::generation;
use super::layout::{LARGEST_TEXT, REVISIONS, SESSIONS, TRIALS, name, sorted, stem};
use super::seal::{Kind, Mark, StoreKey};
use super::{Damage, StoreError};

const FORM: &str = "form";
/// Its first line.
const THIS: &str = "hospes store 2";
const KEY: &str = "store.key";
/// The file of the canary key in the earlier form.
const CANARY_KEY: &str = "canary.key";

/// What was sealed when a store was opened: nothing, unless it was adopted or
/// has a new key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resealed {
    /// Manifests.
    pub revisions: usize,
    /// Canaries and shadows.
    pub trials: usize,
    /// Sessions that are not encrypted.
    pub sessions: usize,
}

/// Makes sure that every file is sealed with the first key, or with the store's
/// own if none is given, and returns that key. If it is interrupted, doing it
/// again leads to the same result.
pub(super) fn settle(
    disk: &dyn Disk,
    dir: &Path,
    given: Vec<StoreKey>,
    adopt: bool,
) -> Result<(StoreKey, Resealed), StoreError> {
    let own = own_key(dir)?;
    if own.is_some() && own.as_ref() == given.first() {
        let message = "the store's key was given, but is stored here as well: remove this file";
        return Err(damaged(&dir.join(KEY), message));
    }
    let is_own = given.is_empty();
    let (mut keys, mut others) = (given, Vec::new());
    match own {
        Some(own) if is_own => keys.push(own),
        own => others.extend(own),
    }
    let form = read(dir)?;
    let is_sealed = match &form {
        Some(seal) if keys.iter().any(|key| key.form(THIS) == *seal) => true,
        Some(_) => {
            let path = dir.join(FORM);
            return Err(StoreError::StoreKey { path });
        }
        None if adopt || !holds_files(dir)? => false,
        None => return Err(StoreError::Unsealed { dir: dir.into() }),
    };
    let key = match keys.first() {
        Some(key) => key.clone(),
        None => make_key(disk, dir)?,
    };
    let mut earlier: Vec<Mark<'_>> = keys.iter().skip(1).map(Mark::Seal).collect();
    if !is_sealed {
        // An adopted store is accepted as it is, including what an interrupted
        // adoption left in it.
        earlier.extend(others.iter().map(Mark::Seal));
        earlier.push(Mark::Hash);
    } else if form == Some(key.form(THIS)) {
        return Ok((key, Resealed::default()));
    }
    let resealed = reseal(disk, dir, &earlier, &key)?;
    let path = dir.join(FORM);
    let form = format!("{THIS}\n{}\n", key.form(THIS));
    disk::replace(disk, &path, form.as_bytes()).at(&path)?;
    Ok((key, resealed))
}

/// The seal of `DIR/form`, if there is one.
fn read(dir: &Path) -> Result<Option<String>, StoreError> {
    let path = dir.join(FORM);
    let text = match files::read_own_text(&path, files::KEY) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StoreError::io(&path, error)),
    };
    match text.split_once('\n') {
        Some((THIS, seal)) => Ok(Some(seal.trim_end().to_owned())),
        _ => Err(damaged(
            &path,
            "the store has a format that this version can't read",
        )),
    }
}

/// The store's own key, if it has one.
fn own_key(dir: &Path) -> Result<Option<StoreKey>, StoreError> {
    let path = dir.join(KEY);
    let text = match files::read_own_secret(&path, files::KEY) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StoreError::io(&path, error)),
    };
    let key = StoreKey::parse(text.trim_end());
    key.map(Some)
        .map_err(|error| damaged(&path, &error.to_string()))
}

fn make_key(disk: &dyn Disk, dir: &Path) -> Result<StoreKey, StoreError> {
    let path = dir.join(KEY);
    let made = StoreKey::random().and_then(|key| {
        disk::replace(disk, &path, key.to_text().as_bytes())?;
        Ok(key)
    });
    made.at(&path)
}

fn damaged(path: &Path, message: &str) -> StoreError {
    StoreError::Damaged(Damage {
        path: path.to_owned(),
        message: message.to_owned(),
    })
}

/// Whether there is anything that should be sealed.
fn holds_files(dir: &Path) -> Result<bool, StoreError> {
    let mut open: Vec<_> = [REVISIONS, TRIALS, SESSIONS].map(|of| dir.join(of)).into();
    while let Some(path) = open.pop() {
        let metadata = fs::symlink_metadata(&path).at(&path)?;
        if !metadata.is_dir() {
            return Ok(true);
        }
        open.extend(sorted(&path)?);
    }
    Ok(false)
}

/// Seals each file that has an earlier mark. Any other file stays as it is: it
/// is damaged, or sealed already.
fn reseal(
    disk: &dyn Disk,
    dir: &Path,
    earlier: &[Mark<'_>],
    key: &StoreKey,
) -> Result<Resealed, StoreError> {
    let mut resealed = Resealed::default();
    for dir in sorted(&dir.join(REVISIONS))? {
        files::check_own_dir(&dir).at(&dir)?;
        let node = name(&dir);
        for path in sorted(&dir)? {
            let text = files::read_own_text(&path, LARGEST_TEXT);
            let (Ok(text), Some(generation)) = (text, generation(&path)) else {
                continue;
            };
            let has = |mark: &Mark<'_>| name(&path) == mark.file_name(&node, generation, &text);
            if earlier.iter().any(has) {
                let to = dir.join(key.file_name(&node, generation, &text));
                disk.rename(&path, &to).at(&path)?;
                resealed.revisions += 1;
            }
        }
        disk.sync_dir(&dir).at(&dir)?;
    }
    resealed.trials = reseal_lines(disk, &dir.join(TRIALS), Kind::Trial, earlier, key)?;
    resealed.sessions = reseal_lines(disk, &dir.join(SESSIONS), Kind::Session, earlier, key)?;
    // The canary key is now derived from the store's key.
    let path = dir.join(CANARY_KEY);
    match disk.remove(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::io(&path, error)),
        _ => Ok(resealed),
    }
}

/// The same for files with their mark in the first line.
fn reseal_lines(
    disk: &dyn Disk,
    dir: &Path,
    kind: Kind,
    earlier: &[Mark<'_>],
    key: &StoreKey,
) -> Result<usize, StoreError> {
    let mut resealed = 0;
    for path in sorted(dir)? {
        let content = files::read_own_text(&path, LARGEST_TEXT).unwrap_or_default();
        let Some((line, text)) = content.split_once('\n') else {
            continue;
        };
        let name = stem(&path);
        let has = |mark: &Mark<'_>| line == mark.line(kind, name, text);
        if earlier.iter().any(has) {
            let content = format!("{}\n{text}", key.line(kind, name, text));
            disk::replace(disk, &path, content.as_bytes()).at(&path)?;
            resealed += 1;
        }
    }
    Ok(resealed)
}
