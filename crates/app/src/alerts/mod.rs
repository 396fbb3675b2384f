//! Alerts: conditions that open, are told, and end.
//!
//! [`look`] notices what holds and what ended, by a few statements over every organization, and queues what is to be said
//! in the same transaction. Deliveries wait in the outbox, each as the exact bytes that will be sent.

mod card;
mod deliver;
mod endpoints;
mod look;
mod message;
mod preferences;
mod read;
mod seal;
mod sign;
mod tell;

pub(crate) use self::look::open_now;
pub use self::{
    deliver::{Answer, Call, Prepared, next_try, note_test, prepare, prepare_test, settle},
    endpoints::{
        Added, Edited, EndpointEdit, LONGEST_OVERLAP, MOST, NewEndpoint, add, delete, edit, pause, resume,
        rotate,
    },
    look::{Disk, Looked, look},
    message::subject,
    preferences::{choose_mail, choose_silent_days},
    read::{
        EndpointView, GivenUp, LastDelivery, Overview, counts, drop_delivery, endpoint, overview,
        retry_delivery,
    },
    sign::{SIGNED_PREFIX, Signer},
    tell::OperatorHook,
};
