//! Who is calling: the address of the client, seen through the proxies that are trusted.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tessera_domain::Error;

use super::Failure;
use crate::config::Network;
use crate::site::Site;

/// The other end of the connection, as the loop that accepts sees it.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// The client's address: the peer, or whom a trusted proxy names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress {
    /// The address to write down and to pace.
    pub ip: IpAddr,
    /// Whether the client is a process on this machine that no proxy speaks for.
    pub is_this_machine: bool,
}

/// Paths that a platform's prober may ask from anywhere; they tell nothing.
const PROBES: &[&str] = &["/healthz", "/readyz"];

/// Finds the client's address for whatever comes after.
pub(super) async fn find(State(site): State<Site>, mut request: Request, next: Next) -> Response {
    let Some(peer) = request.extensions().get::<Peer>().copied() else {
        return Failure(Error::internal("a connection came without its peer")).into_response();
    };
    match resolve(&site, peer, request.uri().path(), request.headers()) {
        Ok(address) => {
            request.extensions_mut().insert(address);
            next.run(request).await
        }
        Err(error) => Failure(error).into_response(),
    }
}

/// The client's address.
///
/// # Errors
/// Where this server does not speak TLS itself, *Forbidden* for everybody but this machine and the proxies.
pub fn resolve(
    site: &Site,
    Peer(peer): Peer,
    path: &str,
    headers: &HeaderMap,
) -> Result<ClientAddress, Error> {
    let proxies = &site.config.trusted_proxies;
    let direct = !proxies.iter().any(|network| network.contains(peer.ip()));
    let in_clear = site.config.tls().is_none();
    if in_clear && direct && !peer.ip().to_canonical().is_loopback() && !PROBES.contains(&path) {
        return Err(Error::forbidden("Tessera speaks plain http only to its proxy"));
    }
    Ok(client(peer.ip(), headers, proxies))
}

/// Whether a peer is this machine or one of the operator's proxies.
pub(super) fn is_ours(peer: IpAddr, proxies: &[Network]) -> bool {
    peer.to_canonical().is_loopback() || proxies.iter().any(|network| network.contains(peer))
}

/// Walks `X-Forwarded-For` from the right, through trusted proxies, to the first that is not one.
fn client(peer: IpAddr, headers: &HeaderMap, proxies: &[Network]) -> ClientAddress {
    let trusted = |address: IpAddr| proxies.iter().any(|network| network.contains(address));
    let peer = peer.to_canonical();
    if !trusted(peer) {
        return ClientAddress {
            ip: peer,
            is_this_machine: peer.is_loopback(),
        };
    }
    let named: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    let mut ip = peer;
    for hop in named.iter().rev() {
        // What a trusted proxy cannot have written ends the walk at the proxy itself.
        let Ok(address) = hop.trim().parse::<IpAddr>() else {
            break;
        };
        ip = address.to_canonical();
        if !trusted(ip) {
            break;
        }
    }
    ClientAddress {
        ip,
        is_this_machine: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &[&str], proxies: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        let proxies: Vec<Network> = proxies.iter().map(|text| text.parse().unwrap()).collect();
        client(peer.parse().unwrap(), &headers, &proxies).ip.to_string()
    }

    #[test]
    fn a_stranger_is_none_of_ours() {
        let proxies = ["10.0.0.0/8".parse().unwrap()];
        let ours = |peer: &str| is_ours(peer.parse().unwrap(), &proxies);
        assert!(ours("127.0.0.1") && ours("::1") && ours("10.1.2.3") && ours("::ffff:10.1.2.3"));
        assert!(!ours("192.0.2.7") && !ours("2001:db8::1"));
    }

    #[test]
    fn only_trusted_proxies_may_name_another() {
        assert_eq!(seen("127.0.0.1", &["6.6.6.6"], &[]), "127.0.0.1");
        assert_eq!(seen("10.0.0.1", &["6.6.6.6"], &["10.0.0.0/8"]), "6.6.6.6");
        assert_eq!(
            seen("10.0.0.1", &["1.1.1.1, 6.6.6.6, 10.0.0.2"], &["10.0.0.0/8"]),
            "6.6.6.6"
        );
        assert_eq!(
            seen("10.0.0.1", &["1.1.1.1", "6.6.6.6"], &["10.0.0.0/8"]),
            "6.6.6.6"
        );
        assert_eq!(
            seen("10.0.0.1", &["6.6.6.6, nonsense"], &["10.0.0.0/8"]),
            "10.0.0.1"
        );
        assert_eq!(seen("10.0.0.1", &[], &["10.0.0.0/8"]), "10.0.0.1");
        assert_eq!(
            seen("::ffff:10.0.0.1", &["2001:db8::1"], &["10.0.0.0/8"]),
            "2001:db8::1"
        );
    }
}
