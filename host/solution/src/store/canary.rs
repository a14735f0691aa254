//! The key by which canaries choose, kept over restarts.

use std::fs;
use std::io;

use super::{Damage, Store, StoreError, disk};

const FILE: &str = "canary.key";

impl Store {
    /// The key for [`canary_key`](hospes::RuntimeBuilder::canary_key), made when
    /// it is asked for first: a host that comes back goes on sending the same
    /// callers to a canary. Only its owner can read the file.
    ///
    /// # Errors
    ///
    /// If the file can't be used, or is not what was written.
    pub fn canary_key(&self) -> Result<[u8; 32], StoreError> {
        let path = self.dir.join(FILE);
        match fs::read(&path) {
            Ok(bytes) => bytes.try_into().map_err(|_| {
                let message = "it is not 32 bytes long; remove it to get another key".to_owned();
                StoreError::Damaged(Damage { path, message })
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut key = [0; 32];
                let written = getrandom::fill(&mut key)
                    .map_err(io::Error::other)
                    .and_then(|()| disk::replace(&*self.disk, &path, &key));
                written.map_err(|error| StoreError::io(&path, error))?;
                Ok(key)
            }
            Err(error) => Err(StoreError::io(&path, error)),
        }
    }
}
