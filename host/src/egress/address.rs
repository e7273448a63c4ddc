//! Which network addresses are the open internet, and which are somebody's inside.
//!
//! The ranges are those of IANA's special-purpose registries (RFC 6890 and what followed it).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

const V4_NOT_PUBLIC: &[(Ipv4Net, &str)] = &[
    (v4([0, 0, 0, 0], 8), "this very host"),
    (v4([10, 0, 0, 0], 8), "a private network"),
    (v4([100, 64, 0, 0], 10), "a carrier's inner network"),
    (v4([127, 0, 0, 0], 8), "this very host"),
    (v4([168, 63, 129, 16], 32), "a cloud's own services"),
    (v4([169, 254, 0, 0], 16), "link-local, where clouds keep their metadata"),
    (v4([172, 16, 0, 0], 12), "a private network"),
    (v4([192, 0, 0, 0], 24), "reserved for protocols"),
    (v4([192, 0, 2, 0], 24), "reserved for documentation"),
    (v4([192, 88, 99, 0], 24), "a 6to4 relay"),
    (v4([192, 168, 0, 0], 16), "a private network"),
    (v4([198, 18, 0, 0], 15), "reserved for benchmarks"),
    (v4([198, 51, 100, 0], 24), "reserved for documentation"),
    (v4([203, 0, 113, 0], 24), "reserved for documentation"),
    (v4([224, 0, 0, 0], 4), "multicast"),
    (v4([240, 0, 0, 0], 4), "reserved"),
];

/// Of IPv6 only this part was ever handed out for the open internet.
const V6_PUBLIC: Ipv6Net = v6([0x2000, 0, 0, 0], 3);

const V6_NOT_PUBLIC: &[(Ipv6Net, &str)] = &[
    (v6([0x2001, 0, 0, 0], 23), "reserved for protocols and tunnels"),
    (v6([0x2001, 0xdb8, 0, 0], 32), "reserved for documentation"),
    (v6([0x2002, 0, 0, 0], 16), "a 6to4 tunnel"),
    (v6([0x3fff, 0, 0, 0], 20), "reserved for documentation"),
];

/// The well-known prefix by which an IPv6-only network reaches IPv4 (RFC 6052): what counts is the address within.
const NAT64: Ipv6Net = v6([0x64, 0xff9b, 0, 0], 96);

/// Why the address is not one of the open internet; `None` if it is.
pub(super) fn not_public(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => v4_not_public(address),
        IpAddr::V6(address) => v6_not_public(address),
    }
}

fn v4_not_public(address: Ipv4Addr) -> Option<&'static str> {
    let range = V4_NOT_PUBLIC.iter().find(|(range, _)| range.contains(&address));
    range.map(|(_, why)| *why)
}

fn v6_not_public(address: Ipv6Addr) -> Option<&'static str> {
    if let Some(within) = address.to_ipv4_mapped() {
        return v4_not_public(within);
    }
    if NAT64.contains(&address) {
        let [.., a, b, c, d] = address.octets();
        return v4_not_public(Ipv4Addr::new(a, b, c, d));
    }
    if !V6_PUBLIC.contains(&address) {
        return Some("outside the open internet");
    }
    let range = V6_NOT_PUBLIC.iter().find(|(range, _)| range.contains(&address));
    range.map(|(_, why)| *why)
}

const fn v4([a, b, c, d]: [u8; 4], prefix_bits: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix_bits)
}

const fn v6([a, b, c, d]: [u16; 4], prefix_bits: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0), prefix_bits)
}
