//! Stories: each tells one promise from beginning to end, by actors who speak only public HTTP, real agents, and
//! real outside parties.

mod crash;
mod credentials;
mod demo;
mod ending;
mod enrolment_keys;
mod explain;
mod hostile;
mod leaks;
mod machines;
mod mail;
mod models;
mod once;
mod policy;
mod policy_keys;
mod propagation;
mod proxy;
mod races;
mod real_lists;
mod removal;
mod replicas;
mod rollouts;
mod said;
mod secrets;
mod teams;
