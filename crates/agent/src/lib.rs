//! The machine's side of Tessera: an agent that carries out on this machine what an organization decided, keeps
//! doing so without the server, and proves it.
//!
//! Components on a bus do the work: [`sync`] stays in touch, [`apply`] puts settings in force, [`report`] tells
//! the server, [`keys`] fetches what is sealed to the device. [`life`] leads from one device to the next. What is decided is decided by `tessera-policy` alone;
//! what is said is said in the words of `tessera-wire`. No server code and no database is built in here.

mod address;
mod agent;
mod ambient;
mod apply;
mod backoff;
mod bundle;
mod bus;
pub mod cli;
mod commons;
mod departure;
mod device;
mod enforcement;
mod enrol;
mod error;
mod http;
mod keys;
mod life;
mod local;
mod models;
mod moment;
mod portal;
mod purges;
mod report;
mod report_card;
mod service;
mod session;
mod sightings;
mod state;
mod status;
mod sync;
mod timer;
mod whose;

pub use address::{AddressError, PortalAddress};
pub use agent::{Agent, AgentConfig, AgentHandle, Place, SignedOut};
pub use ambient::Ambient;
pub use commons::Commons;
pub use enforcement::{Answer, InForce, Settings};
pub use enrol::Refused;
pub use error::Error;
pub use http::{CaError, PortalCa, http_client, http_client_trusting};
pub use keys::KeyHere;
pub use local::LocalConfig;
pub use models::{ModelAnswer, ModelsAnswer};
pub use portal::PortalError;
pub use purges::PurgeOrder;
pub use report_card::{LeafRow, ReportCard};
pub use service::ServiceError;
pub use state::{Home, LocalAddress, Machine};
pub use status::{Connection, Identity, InForceStatus, Invitation, Phase, Status};
pub use sync::{Attempt, Outcome, Rhythm};
pub use timer::{Sleep, Timer, TokioTimer};
