//! Which addresses a request may be sent to.
//!
//! A name does not tell where it leads: its owner can point it at the machine
//! we run on, at the network around it, or at the cloud's services that hand
//! out credentials to every client that can connect. So each address that a
//! name resolves to is checked, and only the public internet is open. Every
//! range that IANA reserves for a special purpose is closed. Of IPv6, only the
//! range that IANA has allocated (2000::/3) is open.
//!
//! A rule that names an address inside the operator's networks opens that very
//! address; see [`Class::can_be_granted`].

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The kind of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Class {
    /// On the public internet.
    Public,
    /// This machine.
    Loopback,
    /// This machine, by an address that other machines may reach it at.
    Own,
    /// A private network.
    Private,
    /// Shared between a carrier and its customers (100.64.0.0/10).
    Shared,
    /// Not an address, or "this network".
    Unspecified,
    /// Reachable on this link only.
    LinkLocal,
    /// A group of machines.
    Multicast,
    /// Reserved by IANA for documentation, measurements, protocols or future
    /// use.
    Reserved,
    /// An IPv4 address embedded in an IPv6 address.
    Embedded,
    /// A service of the cloud itself: metadata, credentials, host agent.
    Metadata,
}

impl Class {
    /// A short description.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Class::Public => "a public address",
            Class::Loopback => "a loopback address",
            Class::Own => "an address of this very machine",
            Class::Private => "a private address",
            Class::Shared => "a carrier's shared address",
            Class::Unspecified => "an unspecified address",
            Class::LinkLocal => "a link-local address",
            Class::Multicast => "a multicast address",
            Class::Reserved => "a reserved address",
            Class::Embedded => "an IPv4 address inside an IPv6 address",
            Class::Metadata => "a cloud's metadata or platform address",
        }
    }

    /// Whether a name may lead there.
    pub(crate) fn is_public(self) -> bool {
        self == Class::Public
    }

    /// Whether a rule that names the very address opens it, although it is not
    /// public. An operator may want to allow a machine in a private network,
    /// but never the cloud's credentials. The remaining classes are of no use
    /// to a client.
    pub(crate) fn can_be_granted(self) -> bool {
        use Class::{Loopback, Own, Private, Shared};

        matches!(self, Loopback | Own | Private | Shared)
    }
}

/// Classifies an address, on a machine that has the addresses `own`.
pub(crate) fn judge_on(own: &[IpAddr], address: IpAddr) -> Class {
    match judge(address) {
        Class::Public if own.contains(&address) => Class::Own,
        class => class,
    }
}

/// Classifies an address, without regard to this machine's addresses.
pub(crate) fn judge(address: IpAddr) -> Class {
    match address {
        IpAddr::V4(ip) => judge_v4(ip),
        IpAddr::V6(ip) => judge_v6(ip),
    }
}

fn judge_v4(ip: Ipv4Addr) -> Class {
    let bits = ip.to_bits();
    V4.iter()
        .find(|(network, length, _)| (bits ^ network.to_bits()) >> (32 - length) == 0)
        .map_or(Class::Public, |(.., class)| *class)
}

fn judge_v6(ip: Ipv6Addr) -> Class {
    let bits = ip.to_bits();
    V6.iter()
        .find(|(network, length, _)| (bits ^ network.to_bits()) >> (128 - length) == 0)
        .map_or(
            // Outside 2000::/3 nothing is allocated for the internet.
            if bits >> 125 == 0b001 {
                Class::Public
            } else {
                Class::Reserved
            },
            |(.., class)| *class,
        )
}

const fn v4(a: u8, b: u8, c: u8, d: u8) -> Ipv4Addr {
    Ipv4Addr::new(a, b, c, d)
}

/// First match wins: metadata addresses stand before the networks they sit in.
#[rustfmt::skip]
const V4: &[(Ipv4Addr, u32, Class)] = &[
    (v4(169, 254, 169, 254), 32, Class::Metadata), // nearly every cloud
    (v4(169, 254, 170, 2), 32, Class::Metadata),   // AWS, container credentials
    (v4(169, 254, 170, 23), 32, Class::Metadata),  // AWS, pod credentials
    (v4(168, 63, 129, 16), 32, Class::Metadata),   // Azure, host agent
    (v4(100, 100, 100, 200), 32, Class::Metadata), // Alibaba
    (v4(100, 96, 0, 96), 32, Class::Metadata),     // Volcano Engine
    (v4(192, 0, 0, 192), 32, Class::Metadata),     // Oracle
    (v4(161, 26, 0, 0), 16, Class::Metadata),      // IBM, service network
    (v4(166, 8, 0, 0), 14, Class::Metadata),       // IBM, service endpoints
    (v4(0, 0, 0, 0), 8, Class::Unspecified),
    (v4(10, 0, 0, 0), 8, Class::Private),
    (v4(100, 64, 0, 0), 10, Class::Shared),
    (v4(127, 0, 0, 0), 8, Class::Loopback),
    (v4(169, 254, 0, 0), 16, Class::LinkLocal),
    (v4(172, 16, 0, 0), 12, Class::Private),
    (v4(192, 0, 0, 0), 24, Class::Reserved),       // protocol assignments
    (v4(192, 0, 2, 0), 24, Class::Reserved),       // documentation
    (v4(192, 31, 196, 0), 24, Class::Reserved),    // AS112
    (v4(192, 52, 193, 0), 24, Class::Reserved),    // AMT
    (v4(192, 88, 99, 0), 24, Class::Reserved),     // 6to4 relays
    (v4(192, 168, 0, 0), 16, Class::Private),
    (v4(192, 175, 48, 0), 24, Class::Reserved),    // AS112
    (v4(198, 18, 0, 0), 15, Class::Reserved),      // benchmarks
    (v4(198, 51, 100, 0), 24, Class::Reserved),    // documentation
    (v4(203, 0, 113, 0), 24, Class::Reserved),     // documentation
    (v4(224, 0, 0, 0), 4, Class::Multicast),
    (v4(240, 0, 0, 0), 4, Class::Reserved),        // and broadcast
];

const fn v6([a, b, c, d, e, f, g, h]: [u16; 8]) -> Ipv6Addr {
    Ipv6Addr::new(a, b, c, d, e, f, g, h)
}

/// First match wins.
#[rustfmt::skip]
const V6: &[(Ipv6Addr, u32, Class)] = &[
    (v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0]), 32, Class::Metadata),              // AWS: metadata, DNS, time, pod credentials
    (v6([0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254]), 128, Class::Metadata),          // Google
    (v6([0xfd00, 0xa9fe, 0xa9fe, 0, 0, 0, 0, 1]), 128, Class::Metadata),       // Linode
    (v6([0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42]), 128, Class::Metadata),           // Scaleway
    (v6([0xfe80, 0, 0, 0, 0, 0, 0xa9fe, 0xa9fe]), 128, Class::Metadata),       // OpenStack
    (v6([0, 0, 0, 0, 0, 0, 0, 0]), 128, Class::Unspecified),
    (v6([0, 0, 0, 0, 0, 0, 0, 1]), 128, Class::Loopback),
    (v6([0, 0, 0, 0, 0, 0, 0, 0]), 96, Class::Embedded),                       // IPv4-compatible
    (v6([0, 0, 0, 0, 0, 0xffff, 0, 0]), 96, Class::Embedded),                  // IPv4-mapped
    (v6([0, 0, 0, 0, 0xffff, 0, 0, 0]), 96, Class::Embedded),                  // IPv4-translated
    (v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0]), 96, Class::Embedded),               // NAT64
    (v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0]), 48, Class::Embedded),               // NAT64, local
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0]), 32, Class::Embedded),                  // Teredo
    (v6([0x2002, 0, 0, 0, 0, 0, 0, 0]), 16, Class::Embedded),                  // 6to4
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0]), 23, Class::Reserved),                  // protocol assignments
    (v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0]), 32, Class::Reserved),              // documentation
    (v6([0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0]), 48, Class::Reserved),          // AS112
    (v6([0x3fff, 0, 0, 0, 0, 0, 0, 0]), 20, Class::Reserved),                  // documentation
    (v6([0xfc00, 0, 0, 0, 0, 0, 0, 0]), 7, Class::Private),
    (v6([0xfe80, 0, 0, 0, 0, 0, 0, 0]), 10, Class::LinkLocal),
    (v6([0xff00, 0, 0, 0, 0, 0, 0, 0]), 8, Class::Multicast),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_attack_stands_beside_its_nearest_honest_neighbour() {
        use Class::*;
        let cases: &[(&str, Class)] = &[
            ("0.0.0.0", Unspecified),
            ("0.1.2.3", Unspecified),
            ("1.0.0.0", Public),
            ("1.1.1.1", Public),
            ("9.255.255.255", Public),
            ("10.0.0.0", Private),
            ("10.255.255.255", Private),
            ("11.0.0.0", Public),
            ("100.63.255.255", Public),
            ("100.64.0.0", Shared),
            ("100.100.100.200", Metadata),
            ("100.100.100.201", Shared),
            ("100.128.0.0", Public),
            ("126.255.255.255", Public),
            ("127.0.0.1", Loopback),
            ("127.255.255.254", Loopback),
            ("128.0.0.1", Public),
            ("161.25.255.255", Public),
            ("161.26.0.10", Metadata),
            ("166.7.255.255", Public),
            ("166.11.255.255", Metadata),
            ("166.12.0.0", Public),
            ("168.63.129.16", Metadata),
            ("168.63.129.17", Public),
            ("169.253.255.255", Public),
            ("169.254.0.1", LinkLocal),
            ("169.254.169.254", Metadata),
            ("169.254.170.2", Metadata),
            ("169.255.0.0", Public),
            ("172.15.255.255", Public),
            ("172.16.0.0", Private),
            ("172.31.255.255", Private),
            ("172.32.0.0", Public),
            ("192.0.0.1", Reserved),
            ("192.0.0.192", Metadata),
            ("192.0.1.0", Public),
            ("192.0.2.1", Reserved),
            ("192.88.99.1", Reserved),
            ("192.167.255.255", Public),
            ("192.168.0.1", Private),
            ("192.169.0.0", Public),
            ("198.17.255.255", Public),
            ("198.18.0.0", Reserved),
            ("198.19.255.255", Reserved),
            ("198.20.0.0", Public),
            ("198.51.100.7", Reserved),
            ("203.0.113.7", Reserved),
            ("203.0.114.0", Public),
            ("223.255.255.255", Public),
            ("224.0.0.1", Multicast),
            ("239.255.255.255", Multicast),
            ("240.0.0.1", Reserved),
            ("255.255.255.255", Reserved),
            ("::", Unspecified),
            ("::1", Loopback),
            ("::2", Embedded),
            ("::7f00:1", Embedded),
            ("::ffff:127.0.0.1", Embedded),
            ("::ffff:8.8.8.8", Embedded),
            ("::ffff:0:8.8.8.8", Embedded),
            ("64:ff9b::a9fe:a9fe", Embedded),
            ("64:ff9b:1::1", Embedded),
            ("100::1", Reserved),
            ("1fff:ffff::1", Reserved),
            ("2001::1", Embedded),
            ("2001:0:5ef5:79fb::1", Embedded),
            ("2001:1::1", Reserved),
            ("2001:20::1", Reserved),
            ("2001:1ff:ffff::1", Reserved),
            ("2001:200::1", Public),
            ("2001:db8::1", Reserved),
            ("2001:db9::1", Public),
            ("2002:7f00:1::1", Embedded),
            ("2003::1", Public),
            ("2606:4700:4700::1111", Public),
            ("2620:4f:8000::1", Reserved),
            ("3ffe:ffff::1", Public),
            ("3fff::1", Reserved),
            ("3fff:fff::1", Reserved),
            ("3fff:1000::1", Public),
            ("4000::1", Reserved),
            ("5f00::1", Reserved),
            ("fbff::1", Reserved),
            ("fc00::1", Private),
            ("fd00:ec2::254", Metadata),
            ("fd00:ec2::23", Metadata),
            ("fd00:ec3::254", Private),
            ("fd20:ce::254", Metadata),
            ("fe80::1", LinkLocal),
            ("fe80::a9fe:a9fe", Metadata),
            ("febf::1", LinkLocal),
            ("fec0::1", Reserved),
            ("ff02::1", Multicast),
        ];
        for (address, class) in cases {
            assert_eq!(judge(address.parse().unwrap()), *class, "{address}");
        }
    }

    #[test]
    fn only_the_operators_own_networks_can_be_granted() {
        let grantable = [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.0.1",
            "100.64.0.1",
            "::1",
            "fd12::1",
        ];
        for address in grantable {
            assert!(
                judge(address.parse().unwrap()).can_be_granted(),
                "{address}"
            );
        }
        let never = [
            "0.0.0.0",
            "169.254.0.1",
            "169.254.169.254",
            "168.63.129.16",
            "100.100.100.200",
            "192.0.0.192",
            "224.0.0.1",
            "240.0.0.1",
            "198.18.0.1",
            "::",
            "::ffff:127.0.0.1",
            "64:ff9b::1",
            "fe80::1",
            "ff02::1",
            "fd00:ec2::254",
            "2002:7f00:1::1",
            "2001:db8::1",
        ];
        for address in never {
            assert!(
                !judge(address.parse().unwrap()).can_be_granted(),
                "{address}"
            );
        }
    }
}
