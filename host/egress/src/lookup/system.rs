//! The system's resolver.
//!
//! A name is looked up exactly as it is, without the search domains of the
//! machine's resolver.
//!
//! A resolver with `search corp.example` in its configuration may resolve
//! `api.example.com` as `api.example.com.corp.example`, if it finds nothing
//! else or even first. That is not what a policy that names a host means. A
//! name with a dot at its end is looked up unchanged. Hosts files have no such
//! dots, so they are read here.

use std::fs;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};

/// The machine's hosts file.
const HOSTS: &str = if cfg!(windows) {
    r"C:\Windows\System32\drivers\etc\hosts"
} else {
    "/etc/hosts"
};

/// All addresses of a name. Blocks.
pub(super) fn lookup(host: &str) -> io::Result<Vec<IpAddr>> {
    let hosts = fs::read(HOSTS).unwrap_or_default();
    lookup_with(host, &String::from_utf8_lossy(&hosts), |rooted| {
        // The call wants a port, which is not used.
        let found = (rooted, 0).to_socket_addrs()?;
        Ok(found.map(|address| address.ip()).collect())
    })
}

fn lookup_with(
    host: &str,
    hosts: &str,
    resolve: impl FnOnce(&str) -> io::Result<Vec<IpAddr>>,
) -> io::Result<Vec<IpAddr>> {
    let host = host.strip_suffix('.').unwrap_or(host);
    let known: Vec<IpAddr> = hosts
        .lines()
        .filter_map(|line| address_of(line, host))
        .collect();
    if known.is_empty() {
        resolve(&format!("{host}."))
    } else {
        Ok(known)
    }
}

/// The address of a line that names the host.
fn address_of(line: &str, host: &str) -> Option<IpAddr> {
    let mut words = line.split('#').next()?.split_whitespace();
    let address = words.next()?.parse().ok()?;
    words
        .any(|name| name.eq_ignore_ascii_case(host))
        .then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_looked_up_as_it_stands() {
        let hosts = "127.0.0.1 localhost\n\
                     10.0.0.7\tbraze Braze.internal # not other.example\n\
                     fd12::1 braze\n\
                     nonsense braze\n";
        let looked_up = |host: &str| {
            let mut asked = None;
            let found = lookup_with(host, hosts, |name| {
                asked = Some(name.to_owned());
                Ok(Vec::new())
            });
            (found.unwrap(), asked)
        };
        let addresses = |list: &[&str]| list.iter().map(|ip| ip.parse().unwrap()).collect();
        for (host, found, asked) in [
            ("localhost", addresses(&["127.0.0.1"]), None),
            ("braze", addresses(&["10.0.0.7", "fd12::1"]), None),
            ("braze.internal", addresses(&["10.0.0.7"]), None),
            ("other.example", addresses(&[]), Some("other.example.")),
            ("api.example.com.", addresses(&[]), Some("api.example.com.")),
            ("service", addresses(&[]), Some("service.")),
        ] {
            assert_eq!(looked_up(host), (found, asked.map(str::to_owned)), "{host}");
        }
    }

    #[test]
    fn the_machine_itself_still_has_its_name() {
        let found = lookup("localhost").unwrap();
        assert!(
            !found.is_empty() && found.iter().all(IpAddr::is_loopback),
            "{found:?}"
        );
    }
}
