//! Sessions on disk: one file each, replaced as a whole when the session
//! continues.

use std::io;
use std::path::PathBuf;

use hospes::files;

use super::encrypt::{self, Opened, SessionKey};
use super::error::AtPath;
use super::layout::{LARGEST_TEXT, SESSIONS, sorted, stem};
use super::seal::{BROKEN, Kind, StoreKey};
use super::{Damage, Store, StoreError, disk};
use hospes_solution::is_name;

/// The sessions of a store.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct SavedSessions {
    /// The name and text of each undamaged session.
    pub whole: Vec<(String, String)>,
    /// The damaged files. None of them is used.
    pub damage: Vec<Damage>,
}

impl Store {
    /// Encrypts sessions with the first of these keys from now on, and opens
    /// those that were encrypted with any of them. Without a key, sessions are
    /// stored in clear text, readable by their owner only.
    pub fn encrypt_sessions(&mut self, keys: Vec<SessionKey>) {
        self.session_keys = keys;
    }

    /// Stores a session under this name, replacing any earlier one. The text is
    /// the host's: a serialised session and what belongs to it. Costs two
    /// forced writes.
    ///
    /// # Errors
    ///
    /// If the name has anything but letters, digits, `-` and `_`. If it can't be
    /// written; then the earlier one stays.
    pub fn save_session(&self, name: &str, text: &str) -> Result<(), StoreError> {
        let path = self.session_path(name)?;
        let content = match self.session_keys.first() {
            Some(key) => key.seal(name, text),
            None => {
                let seal = self.key.line(Kind::Session, name, text);
                Ok(format!("{seal}\n{text}").into_bytes())
            }
        };
        content
            .and_then(|content| disk::replace(&*self.disk, &path, &content))
            .at(&path)
    }

    /// Removes those of these sessions that exist. After it returns, a crash
    /// does not bring them back. Costs one forced write.
    ///
    /// # Errors
    ///
    /// If one can't be removed; the others are.
    pub fn remove_sessions(&self, names: &[String]) -> Result<(), StoreError> {
        let mut ended = Ok(());
        for name in names {
            let path = self.session_path(name)?;
            match self.disk.remove(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    ended = Err(StoreError::io(&path, error));
                }
                _ => {}
            }
        }
        let dir = self.dir.join(SESSIONS);
        let synced = self.disk.sync_dir(&dir);
        ended.and(synced.at(&dir))
    }

    /// Every session. Those that are not encrypted with the first key are
    /// encrypted with it.
    ///
    /// # Errors
    ///
    /// If the directory can't be read. If a session is encrypted with a key
    /// that was not given; then nothing is changed.
    pub fn sessions(&self) -> Result<SavedSessions, StoreError> {
        let mut saved = SavedSessions::default();
        let mut stale = Vec::new();
        let keys = &self.session_keys;
        for path in sorted(&self.dir.join(SESSIONS))? {
            let name = stem(&path).to_owned();
            let content = files::read_own(&path, LARGEST_TEXT).unwrap_or_default();
            let (text, is_current) = match encrypt::open(keys, &name, &content) {
                Opened::Plain => (plain(&self.key, &name, content), keys.is_empty()),
                Opened::Text(text, is_current) => (Ok(text), is_current),
                Opened::Damaged => (Err("it was changed since it was encrypted"), true),
                Opened::OtherKey => return Err(StoreError::SessionKey { path }),
            };
            match text {
                Ok(text) => {
                    if !is_current {
                        stale.push(saved.whole.len());
                    }
                    saved.whole.push((name, text));
                }
                Err(why) => saved.damage.push(Damage {
                    path,
                    message: why.to_owned(),
                }),
            }
        }
        for (name, text) in stale.iter().filter_map(|at| saved.whole.get(*at)) {
            self.save_session(name, text)?;
        }
        Ok(saved)
    }

    fn session_path(&self, name: &str) -> Result<PathBuf, StoreError> {
        let path = self.dir.join(SESSIONS).join(format!("{name}.json"));
        if is_name(name) {
            return Ok(path);
        }
        let error = io::Error::new(io::ErrorKind::InvalidInput, "this is not a session's name");
        Err(StoreError::io(&path, error))
    }
}

/// The text of a file that is not encrypted.
fn plain(key: &StoreKey, name: &str, content: Vec<u8>) -> Result<String, &'static str> {
    let content = String::from_utf8(content).map_err(|_| BROKEN)?;
    match content.split_once('\n') {
        Some((seal, text)) if key.line(Kind::Session, name, text) == seal => Ok(text.to_owned()),
        _ => Err(BROKEN),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use std::path::Path;

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
        let gone = ["gone".to_owned(), "never-was".to_owned()];
        store.remove_sessions(&gone).unwrap();
        assert!(store.save_session("../one", "{}").is_err());
        drop(store);

        let two = at.join("sessions/two.json");
        let text = fs::read_to_string(&two).unwrap();
        fs::write(&two, text.replace("{}", "[]")).unwrap();
        fs::write(at.join("sessions/three.json.unfinished"), "half").unwrap();
        let saved = Store::open(&at).unwrap().sessions().unwrap();
        assert_eq!(saved.whole, [("one".to_owned(), "{}\n2".to_owned())]);
        let words = format!("{}: {BROKEN}", two.display());
        assert_eq!(saved.damage.len(), 1);
        assert_eq!(saved.damage[0].to_string(), words);
    }

    const OLD: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    const NEW: &str = "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    fn store(at: &Path, keys: &[&str]) -> Store {
        let keys = keys.iter().map(|key| SessionKey::parse(key).unwrap());
        let mut store = Store::open(at).unwrap();
        store.encrypt_sessions(keys.collect());
        store
    }

    #[test]
    fn a_session_is_encrypted_with_the_operators_key_and_opens_with_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let at = dir.path().join("store");
        let said = "{\"said\":\"my name is Ada\"}";
        let expected = [("one".to_owned(), said.to_owned())];
        let one = at.join("sessions/one.json");
        let holds = |text: &str| {
            let file = fs::read(&one).unwrap();
            file.windows(text.len()).any(|part| part == text.as_bytes())
        };
        // What was written before there was a key is encrypted at the next start.
        store(&at, &[]).save_session("one", said).unwrap();
        assert!(holds("Ada"));
        assert_eq!(store(&at, &[OLD]).sessions().unwrap().whole, expected);
        assert!(!holds("Ada") && !holds(&OLD[..32]));
        // Without the key nothing can be read, and nothing is lost.
        for keys in [&[][..], &[NEW]] {
            let error = store(&at, keys).sessions().unwrap_err().to_string();
            let words = "the session is encrypted with a key that was not given";
            assert_eq!(error, format!("{}: {words}", one.display()));
        }
        // A new key takes over from an old one.
        assert_eq!(store(&at, &[NEW, OLD]).sessions().unwrap().whole, expected);
        assert_eq!(store(&at, &[NEW]).sessions().unwrap().whole, expected);
        // A file under another name, or with another byte, is not what was encrypted.
        fs::copy(&one, at.join("sessions/two.json")).unwrap();
        let mut bytes = fs::read(&one).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&one, bytes).unwrap();
        let saved = store(&at, &[NEW]).sessions().unwrap();
        assert_eq!((saved.whole.len(), saved.damage.len()), (0, 2));
    }

    #[test]
    fn a_key_is_64_hexadecimal_digits_and_nothing_else_is_repeated() {
        let shown = format!("{:?}", SessionKey::parse(OLD).unwrap());
        assert!(!shown.contains(OLD));
        for text in [
            "",
            "hunter2",
            &OLD[1..],
            &format!("{OLD}0"),
            &OLD.replace('0', "g"),
        ] {
            let error = SessionKey::parse(text).unwrap_err().to_string();
            assert_eq!(
                error,
                "a key is 64 hexadecimal digits: `openssl rand -hex 32` makes one"
            );
        }
    }
}
