//! The address of a client: the one that connected, or the one that a trusted
//! proxy reports.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use axum::http::HeaderMap;

/// The address at the other end of a connection.
#[derive(Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// The address that sent a request.
#[derive(Clone, Copy)]
pub(crate) struct Client(pub(crate) IpAddr);

/// What counts as one address: for IPv6 the network of 64 bits, since whoever
/// has one address in it has all of them.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            Ipv6Addr::from(u128::from(address) >> 64 << 64).into()
        }
        address => address,
    }
}

/// The header with the proxy's client. Only this header is read: a proxy that
/// sets one may pass on another that its client made up.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// A network of addresses such as `10.0.0.0/8`, or a single address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: u128,
    mask: u128,
}

impl FromStr for Network {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Network, &'static str> {
        let wrong = "write an address, or a network as in 10.0.0.0/8";
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u32>().map_err(|_| wrong)?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong)?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(width);
        if bits > width {
            return Err(wrong);
        }
        // IPv4 is mapped into IPv6, so that both are compared the same way.
        let mask = u128::MAX.checked_shl(width - bits).unwrap_or(0);
        let address = wide(address);
        if address & !mask != 0 {
            return Err("the address has bits beyond the network's");
        }
        Ok(Network { address, mask })
    }
}

fn wide(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_ipv6_mapped().into(),
        IpAddr::V6(address) => address.into(),
    }
}

impl Network {
    fn has(&self, address: IpAddr) -> bool {
        wide(address) & self.mask == self.address & self.mask
    }
}

/// The trusted proxies.
#[derive(Default)]
pub(crate) struct Proxies(pub(crate) Vec<Network>);

impl Proxies {
    /// The client of a request that came from this peer. None if it should have
    /// come through a proxy and did not.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
        if self.0.is_empty() {
            return Some(peer);
        }
        if !self.has(peer) {
            return None;
        }
        // Each proxy appends the address that it saw. From the right, the first
        // address that is not a proxy is the client; what stands before it is
        // only its claim.
        let mut client = peer;
        let values = headers.get_all(FORWARDED_FOR).iter().rev();
        for value in values {
            for hop in value.to_str().unwrap_or_default().rsplit(',') {
                match address(hop.trim()) {
                    Some(address) if self.has(address) => client = address,
                    Some(address) => return Some(address),
                    None => return Some(client),
                }
            }
        }
        Some(client)
    }

    fn has(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.has(address))
    }
}

/// An address with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let with_port = text.parse::<SocketAddr>();
    let bare = || text.trim_start_matches('[').trim_end_matches(']').parse();
    with_port
        .map(|address| address.ip())
        .or_else(|_| bare())
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(proxies: &[&str], peer: &str, hops: &[&str]) -> Option<String> {
        let networks = proxies.iter().map(|text| text.parse().unwrap());
        let proxies = Proxies(networks.collect());
        let mut headers = HeaderMap::new();
        for hop in hops {
            headers.append(FORWARDED_FOR, hop.parse().unwrap());
        }
        let found = proxies.client(peer.parse().unwrap(), &headers);
        found.map(|address| address.to_string())
    }

    #[test]
    fn a_trusted_proxy_says_who_its_client_is_and_nobody_else_does() {
        let some = |text: &str| Some(text.to_owned());
        // Without a proxy, the header is only a claim.
        assert_eq!(client(&[], "192.0.2.1", &["10.0.0.1"]), some("192.0.2.1"));
        let proxies = ["10.0.0.0/8", "2001:db8::/32"];
        for (peer, hops, expected) in [
            ("10.0.0.1", &["192.0.2.1"][..], some("192.0.2.1")),
            ("::ffff:10.0.0.1", &["192.0.2.1:4711"], some("192.0.2.1")),
            ("10.0.0.1", &["[2001:db9::1]:80"], some("2001:db9::1")),
            // What the client itself has put there is ignored.
            ("10.0.0.1", &["198.51.100.9, 192.0.2.1"], some("192.0.2.1")),
            (
                "10.0.0.1",
                &["198.51.100.9", "192.0.2.1"],
                some("192.0.2.1"),
            ),
            // A chain of proxies.
            (
                "10.0.0.1",
                &["192.0.2.1, 2001:db8::7", "10.9.9.9"],
                some("192.0.2.1"),
            ),
            (
                "10.0.0.1",
                &["192.0.2.1, nonsense, 10.9.9.9"],
                some("10.9.9.9"),
            ),
            ("10.0.0.1", &[], some("10.0.0.1")),
            ("192.0.2.1", &["198.51.100.9"], None),
        ] {
            assert_eq!(client(&proxies, peer, hops), expected, "{peer} {hops:?}");
        }
    }

    #[test]
    fn a_network_is_an_address_with_its_bits() {
        for text in [
            "10.0.0.0/8",
            "10.1.2.3",
            "0.0.0.0/0",
            "::/0",
            "2001:db8::/32",
            "::1",
        ] {
            assert!(text.parse::<Network>().is_ok(), "{text}");
        }
        for text in [
            "",
            "10.0.0.0/33",
            "10.0.0.1/8",
            "::1/64",
            "10.0.0.0/",
            "proxy",
            "::/129",
        ] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
        let all: Network = "0.0.0.0/0".parse().unwrap();
        assert!(all.has("192.0.2.1".parse().unwrap()));
        assert!(!all.has("2001:db8::1".parse().unwrap()));
    }
}
