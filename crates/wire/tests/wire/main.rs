//! What the two sides promise each other, tested from outside.

mod acceptance;
mod assertions;
mod blobs;
mod credentials;
mod enrolment;
mod envelopes;
mod golden;
mod keys;
mod lists;
mod sample;
mod skew;
