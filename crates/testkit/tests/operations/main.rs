//! Stories of those who keep an installation running: backups, moves, keys, lock-outs, proxies. Commands are the real
//! binary's, devices are real agents, proxies are real proxies.

mod backups;
mod care;
mod logging;
mod proxies;
mod site;
