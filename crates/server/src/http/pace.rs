//! How often one address and one account may ask, per kind of route. Over that: 429 with `Retry-After`.
//!
//! These paces are per process and guard the machine. What guards passwords and codes is counted
//! in the database by the use cases.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use tessera_domain::Error;
use tessera_ids::AccountId;

use super::address::ClientAddress;

/// How fast a kind of route may be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Pace {
    /// Pages and API calls.
    #[default]
    Ordinary,
    /// What takes a password, a code or an address of mail.
    Guessable,
    /// What devices ask in numbers, often from behind one address.
    Fleet,
}

impl Pace {
    /// Requests a second in the long run, and at once.
    fn quota(self) -> Quota {
        let (per_second, burst) = match self {
            Self::Ordinary => (40, 400),
            Self::Guessable => (1, 30),
            Self::Fleet => (400, 8_000),
        };
        let number = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        Quota::per_second(number(per_second)).allow_burst(number(burst))
    }
}

type Keyed<K> = RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock>;

/// The paces kept by this process.
#[derive(Clone)]
pub struct Paces(Arc<Kept>);

struct Kept {
    addresses: HashMap<Pace, Keyed<IpAddr>>,
    accounts: Keyed<AccountId>,
}

impl Default for Paces {
    fn default() -> Self {
        let kinds = [Pace::Ordinary, Pace::Guessable, Pace::Fleet];
        Self(Arc::new(Kept {
            addresses: kinds
                .into_iter()
                .map(|pace| (pace, RateLimiter::keyed(pace.quota())))
                .collect(),
            accounts: RateLimiter::keyed(Pace::Ordinary.quota()),
        }))
    }
}

impl Paces {
    /// Takes one of an account's requests, unless a process on this machine makes it.
    pub fn take_account(&self, account: AccountId, from: ClientAddress) -> Result<(), Error> {
        if from.is_this_machine {
            return Ok(());
        }
        take(&self.0.accounts, &account)
    }

    /// Takes one of an address's requests. A process on this machine that no proxy speaks for is
    /// not paced.
    pub fn take_address(&self, pace: Pace, address: ClientAddress) -> Result<(), Error> {
        if address.is_this_machine {
            return Ok(());
        }
        let Some(limiter) = self.0.addresses.get(&pace) else {
            return Ok(());
        };
        take(limiter, &neighbourhood(address.ip))
    }

    /// Forgets who has been quiet, forever; without it a scan of addresses would fill memory.
    pub async fn upkeep(self) {
        let mut tick = tokio::time::interval(Duration::from_mins(1));
        loop {
            tick.tick().await;
            self.0.accounts.retain_recent();
            self.0.addresses.values().for_each(RateLimiter::retain_recent);
        }
    }
}

fn take<K: Clone + Hash + Eq>(limiter: &Keyed<K>, key: &K) -> Result<(), Error> {
    limiter.check_key(key).map_err(|until| {
        let wait = until.wait_time_from(DefaultClock::default().now());
        let told = "Too many requests. Wait a moment and try again.";
        Error::rate_limited(told, Duration::from_secs(wait.as_secs() + 1))
    })
}

/// One customer of an IPv6 network has a whole /64, so that is what is paced.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_ends_and_tells_when_to_come_back() {
        let paces = Paces::default();
        let address = |ip: &str| ClientAddress {
            ip: ip.parse().unwrap(),
            is_this_machine: false,
        };
        let refused = (0..100).find_map(|_| paces.take_address(Pace::Guessable, address("192.0.2.1")).err());
        assert!(refused.unwrap().retry_after.is_some());
        paces.take_address(Pace::Guessable, address("192.0.2.2")).unwrap();
    }

    #[test]
    fn an_ipv6_customer_is_one() {
        let a = neighbourhood("2001:db8:1:2:3::4".parse().unwrap());
        assert_eq!(a, neighbourhood("2001:db8:1:2:ffff::1".parse().unwrap()));
        assert_ne!(a, neighbourhood("2001:db8:1:3::1".parse().unwrap()));
    }
}
