//! The addresses of this machine. A request to one of them does not leave it,
//! even if the address is public.

use std::io;
use std::net::IpAddr;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;

/// How long the addresses are cached: they change, and reading them takes tens
/// of microseconds.
const GOOD_FOR: Duration = Duration::from_secs(5);

type Read = dyn Fn() -> io::Result<Vec<IpAddr>> + Send + Sync;

/// The addresses of the machine's interfaces.
pub(crate) struct OwnAddresses {
    read: Box<Read>,
    known: ArcSwapOption<Known>,
}

struct Known {
    since: Instant,
    addresses: Arc<[IpAddr]>,
}

impl OwnAddresses {
    pub(crate) fn new(
        read: impl Fn() -> io::Result<Vec<IpAddr>> + Send + Sync + 'static,
    ) -> OwnAddresses {
        OwnAddresses {
            read: Box::new(read),
            known: ArcSwapOption::empty(),
        }
    }

    /// The addresses of the machine that this process runs on.
    pub(crate) fn of_host() -> Arc<OwnAddresses> {
        static OF_HOST: LazyLock<Arc<OwnAddresses>> = LazyLock::new(|| {
            Arc::new(OwnAddresses::new(|| {
                let interfaces = if_addrs::get_if_addrs()?;
                Ok(interfaces.iter().map(if_addrs::Interface::ip).collect())
            }))
        });
        Arc::clone(&OF_HOST)
    }

    /// The addresses, at most a few seconds old.
    ///
    /// # Errors
    ///
    /// If they can't be read, and never could be.
    pub(crate) fn get(&self) -> io::Result<Arc<[IpAddr]>> {
        let known = self.known.load();
        let now = Instant::now();
        match &*known {
            Some(known) if now.duration_since(known.since) < GOOD_FOR => {
                return Ok(Arc::clone(&known.addresses));
            }
            _ => {}
        }
        let addresses: Arc<[IpAddr]> = match ((self.read)(), &*known) {
            (Ok(addresses), _) => addresses.into(),
            (Err(_), Some(known)) => return Ok(Arc::clone(&known.addresses)),
            (Err(error), None) => return Err(error),
        };
        self.known.store(Some(Arc::new(Known {
            since: now,
            addresses: Arc::clone(&addresses),
        })));
        Ok(addresses)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn a_machine_knows_its_own_addresses() {
        let own = OwnAddresses::of_host().get().unwrap();
        assert!(own.contains(&Ipv4Addr::LOCALHOST.into()), "{own:?}");
    }

    #[test]
    fn what_can_not_be_read_is_no_empty_list() {
        let unreadable = OwnAddresses::new(|| Err(io::ErrorKind::Other.into()));
        assert!(unreadable.get().is_err());
    }
}
