//! Ranges of IP addresses in CIDR notation.
use std::net::IpAddr;

/// An address with the length of its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    base: IpAddr,
    prefix: u32,
}

impl Network {
    /// Reads `10.0.0.0/8` or `2001:db8::/32`; a bare address is a range of one.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let base: IpAddr = address.parse().ok()?;
        let prefix = match prefix {
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().ok()?
            }
            Some(_) => return None,
            None => width(base),
        };
        (prefix <= width(base)).then_some(Network { base, prefix })
    }

    /// How many bits of addresses it fixes.
    pub fn prefix(&self) -> u32 {
        self.prefix
    }

    /// Whether it is of the older family.
    pub fn is_ipv4(&self) -> bool {
        self.base.is_ipv4()
    }

    /// Whether all addresses of `inner` lie within.
    pub fn covers(&self, inner: Self) -> bool {
        self.prefix <= inner.prefix && self.contains(inner.base)
    }

    /// Whether the address lies within. The two families never meet.
    pub fn contains(&self, address: IpAddr) -> bool {
        if width(self.base) != width(address) {
            return false;
        }
        let free = width(address) - self.prefix;
        let prefix = |address| bits(address).checked_shr(free).unwrap_or(0);
        prefix(self.base) == prefix(address)
    }
}

fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_bits().into(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_their_addresses() {
        for (range, address, expected) in [
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("10.0.0.1/32", "10.0.0.1", true),
            ("10.9.9.9/8", "10.1.2.3", true),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "2001:db8::1", true),
            ("2001:db8::/32", "2001:db8:1::2", true),
            ("2001:db8::/32", "2001:db9::", false),
        ] {
            let inside = Network::parse(range).unwrap().contains(address.parse().unwrap());
            assert_eq!(inside, expected, "{address} in {range}");
        }
        for text in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/+8", "10.0.0.0/"] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }
}
