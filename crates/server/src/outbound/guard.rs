//! Which addresses are called. Names are looked up here, and only what passes is connected to, so that no answer of
//! a name server leads inside.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::config::Network;

/// The public internet, and what the operator lists beyond it.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    listed: Vec<Network>,
}

/// An address that is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotCalled {
    /// No host, another scheme, or more than an address.
    #[error("it is not an https address")]
    Address,
    /// Plain http to somewhere else than a listed loopback address.
    #[error(
        "plain http is only spoken to addresses of this machine that the operator lists under `outbound.allow`"
    )]
    PlainHttp,
    /// Inside.
    #[error(
        "it leads to an address inside a private network, which the operator does not list under `outbound.allow`"
    )]
    Inside,
}

impl Guard {
    pub(super) const fn new(listed: Vec<Network>) -> Self {
        Self { listed }
    }

    /// Looks at an address as it is written. Names are looked at again as they are resolved.
    pub(super) fn check(&self, url: &Url) -> Result<(), NotCalled> {
        let literal = match url.host().ok_or(NotCalled::Address)? {
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
            Host::Domain(_) => None,
        };
        match (url.scheme(), literal) {
            ("https", Some(address)) => self.check_address(address),
            ("https", None) => Ok(()),
            ("http", Some(address)) if address.is_loopback() && self.lists(address) => Ok(()),
            ("http", None)
                if url.host_str() == Some("localhost") && self.lists(Ipv4Addr::LOCALHOST.into()) =>
            {
                Ok(())
            }
            ("http", _) => Err(NotCalled::PlainHttp),
            _ => Err(NotCalled::Address),
        }
    }

    fn check_address(&self, address: IpAddr) -> Result<(), NotCalled> {
        if self.lists(address) || is_public(address) {
            Ok(())
        } else {
            Err(NotCalled::Inside)
        }
    }

    fn lists(&self, address: IpAddr) -> bool {
        self.listed.iter().any(|network| network.contains(address))
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let is_local = name.as_str() == "localhost";
            let passes = |found: &SocketAddr| {
                guard.check_address(found.ip()).is_ok() && (!is_local || found.ip().is_loopback())
            };
            let passing: Vec<SocketAddr> = found.filter(passes).collect();
            if passing.is_empty() {
                return Err(Box::new(NotCalled::Inside) as Box<dyn std::error::Error + Send + Sync>);
            }
            Ok(Box::new(passing.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the public internet's, in whatever form it is written.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_carrier = a == 100 && (64..128).contains(&b);
    let is_special =
        (a, b, c) == (192, 0, 0) || (a == 198 && (18..20).contains(&b)) || (a, b, c) == (192, 88, 99);
    !(a == 0
        || a >= 224
        || is_carrier
        || is_special
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_documentation())
}

#[expect(
    clippy::many_single_char_names,
    reason = "the eight groups of an address have no names"
)]
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let embedded = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match (a, b) {
        // NAT64 carries another address at its end, 6to4 behind its prefix.
        (0x64, 0xff9b) => [c, d, e, f] == [0; 4] && embedded(g, h),
        (0x2002, _) => embedded(b, c),
        // Teredo, and what is only for documents.
        (0x2001, 0 | 0xdb8) | (0x3fff, 0..=0xfff) => false,
        (0x2000..=0x3fff, _) => true,
        _ => false,
    }
}

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the public internet and {} listed networks", self.listed.len())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("8.8.8.8", true)]
    #[case("2606:4700::1111", true)]
    #[case("::ffff:8.8.8.8", true)]
    #[case("64:ff9b::808:808", true)]
    #[case("0.0.0.0", false)]
    #[case("10.1.2.3", false)]
    #[case("100.64.0.1", false)]
    #[case("127.0.0.1", false)]
    #[case("169.254.169.254", false)]
    #[case("172.31.255.255", false)]
    #[case("192.168.0.1", false)]
    #[case("192.0.0.192", false)]
    #[case("198.19.0.1", false)]
    #[case("224.0.0.1", false)]
    #[case("255.255.255.255", false)]
    #[case("::", false)]
    #[case("::1", false)]
    #[case("::127.0.0.1", false)]
    #[case("::ffff:127.0.0.1", false)]
    #[case("::ffff:169.254.169.254", false)]
    #[case("64:ff9b::7f00:1", false)]
    #[case("64:ff9b::a9fe:a9fe", false)]
    #[case("64:ff9b:1::808:808", false)]
    #[case("2002:7f00:1::", false)]
    #[case("2001::1", false)]
    #[case("2001:db8::1", false)]
    #[case("fd00:ec2::254", false)]
    #[case("fe80::1", false)]
    #[case("ff02::1", false)]
    fn only_the_public_internet_is_called(#[case] address: &str, #[case] public: bool) {
        assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
    }

    #[rstest]
    #[case("https://api.openai.com/v1", Ok(()))]
    #[case("https://[::ffff:7f00:2]/", Err(NotCalled::Inside))]
    #[case("https://2130706434/", Err(NotCalled::Inside))]
    #[case("https://0x7f.2/", Err(NotCalled::Inside))]
    #[case("https://169.254.169.254/latest", Err(NotCalled::Inside))]
    #[case("https://10.20.0.7/v1", Ok(()))]
    #[case("https://10.21.0.7/v1", Err(NotCalled::Inside))]
    #[case("http://127.0.0.1:4010/v1", Ok(()))]
    #[case("http://localhost:4010/v1", Ok(()))]
    #[case("http://127.0.0.2:4010/v1", Err(NotCalled::PlainHttp))]
    #[case("http://10.20.0.7/v1", Err(NotCalled::PlainHttp))]
    #[case("http://api.openai.com/v1", Err(NotCalled::PlainHttp))]
    #[case("ftp://api.openai.com/v1", Err(NotCalled::Address))]
    fn an_address_is_looked_at_as_it_is_meant(#[case] url: &str, #[case] wanted: Result<(), NotCalled>) {
        let listed = ["10.20.0.0/16", "127.0.0.1"].map(|network| network.parse().unwrap());
        let guard = Guard::new(listed.to_vec());
        assert_eq!(guard.check(&Url::parse(url).unwrap()), wanted, "{url}");
        let strict = Guard::new(Vec::new());
        if url.starts_with("http:") {
            assert_eq!(strict.check(&Url::parse(url).unwrap()), Err(NotCalled::PlainHttp));
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_connected_to() {
        let strict = Guard::new(Vec::new());
        let refused = strict.resolve("localhost".parse().unwrap()).await.err().unwrap();
        assert_eq!(refused.downcast_ref::<NotCalled>(), Some(&NotCalled::Inside));
        let listed = Guard::new(vec!["127.0.0.0/8".parse().unwrap()]);
        let found: Vec<_> = listed
            .resolve("localhost".parse().unwrap())
            .await
            .unwrap()
            .collect();
        assert!(found.iter().all(|found| found.ip().is_loopback()) && !found.is_empty());
    }
}
