//! Sessions on disk: a file for each, replaced whole whenever it goes on.

use std::fs;
use std::io;
use std::path::PathBuf;

use super::{Damage, SESSIONS, Store, StoreError, digest, disk, index};
use crate::key::is_bare;

/// The sessions of a store.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct SavedSessions {
    /// Name and text of each that is whole.
    pub whole: Vec<(String, String)>,
    /// Files that are not what was written. None of them is used.
    pub damage: Vec<Damage>,
}

impl Store {
    /// Writes a session down, in place of what was there under this name. The
    /// text is the host's: a serialised session and what belongs to it. Costs
    /// two forced writes.
    ///
    /// # Errors
    ///
    /// A name that has more than letters, digits, `-` and `_`; or if it can't be
    /// written, and then what was there before still is.
    pub fn save_session(&self, name: &str, text: &str) -> Result<(), StoreError> {
        let path = self.session_path(name)?;
        let content = format!("{}\n{text}", digest(text.as_bytes()));
        disk::replace(&*self.disk, &path, content.as_bytes())
            .map_err(|error| StoreError::io(&path, error))
    }

    /// Removes a session, if it is there.
    ///
    /// # Errors
    ///
    /// If it can't be removed.
    pub fn remove_session(&self, name: &str) -> Result<(), StoreError> {
        let path = self.session_path(name)?;
        match self.disk.remove(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(StoreError::io(&path, error))
            }
            _ => Ok(()),
        }
    }

    /// Every session.
    ///
    /// # Errors
    ///
    /// If the directory can't be read.
    pub fn sessions(&self) -> Result<SavedSessions, StoreError> {
        let mut saved = SavedSessions::default();
        for path in index::sorted(&self.dir.join(SESSIONS))? {
            let name = path.file_stem().and_then(|name| name.to_str());
            let content = fs::read_to_string(&path).unwrap_or_default();
            match (name, content.split_once('\n')) {
                (Some(name), Some((hash, text))) if digest(text.as_bytes()) == hash => {
                    saved.whole.push((name.to_owned(), text.to_owned()));
                }
                _ => saved.damage.push(Damage {
                    path,
                    message: "its content does not have the hash in its first line".to_owned(),
                }),
            }
        }
        Ok(saved)
    }

    fn session_path(&self, name: &str) -> Result<PathBuf, StoreError> {
        let path = self.dir.join(SESSIONS).join(format!("{name}.json"));
        if is_bare(name) {
            return Ok(path);
        }
        let error = io::Error::new(io::ErrorKind::InvalidInput, "this is no session's name");
        Err(StoreError::io(&path, error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_there_as_it_was_written_last() {
        let dir = tempfile::tempdir().unwrap();
        let at = dir.path().join("store");
        let store = Store::open(&at).unwrap();
        store.save_session("one", "{}\n1").unwrap();
        store.save_session("one", "{}\n2").unwrap();
        store.save_session("two", "{}").unwrap();
        store.save_session("gone", "{}").unwrap();
        store.remove_session("gone").unwrap();
        store.remove_session("gone").unwrap();
        assert!(store.save_session("../one", "{}").is_err());
        drop(store);

        let two = at.join("sessions/two.json");
        let text = fs::read_to_string(&two).unwrap();
        fs::write(&two, text.replace("{}", "[]")).unwrap();
        fs::write(at.join("sessions/three.json.unfinished"), "half").unwrap();
        let saved = Store::open(&at).unwrap().sessions().unwrap();
        assert_eq!(saved.whole, [("one".to_owned(), "{}\n2".to_owned())]);
        let words = format!(
            "{}: its content does not have the hash in its first line",
            two.display()
        );
        assert_eq!(saved.damage.len(), 1);
        assert_eq!(saved.damage[0].to_string(), words);
    }
}
