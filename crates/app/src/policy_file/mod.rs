//! Use cases of policy files: write one, say what applying one would do, apply it, and who owns which section then.

mod apply;
mod drift;
mod export;
mod keys;
mod names;
mod ownership;
mod plan;

use bytes::Bytes;
use tessera_domain::{Error, FieldError, Result};
use tessera_policy::file::{FileProblem, PolicyFile};

pub(crate) use self::{
    apply::Applying,
    ownership::{refuse_owned, refuse_owned_keys},
};
pub use self::{
    apply::{Applied, ApplyRequest, apply},
    drift::{Drift, Standing, standing},
    export::export,
    keys::{DriftedKey, KeyDeed, KeyPlan, KeysPlan, KeysTally, SecretValues},
    ownership::{AppliedFile, OwnedSection, Ownership, ownership, refuse_edits, release},
    plan::{FilePlan, LayerPlan, Section, plan},
};

/// Reads a file away from the threads that answer requests, since it may be large.
async fn read(text: Bytes) -> Result<PolicyFile> {
    let read = tokio::task::spawn_blocking(move || PolicyFile::read(&text));
    read.await.map_err(Error::internal)?.map_err(refused)
}

/// Everything that is wrong with a file, each with its line.
fn refused(problems: Vec<FileProblem>) -> Error {
    let field = |problem: FileProblem| FieldError {
        pointer: "/policy".to_owned(),
        message: problem.to_string(),
    };
    let fields: Vec<_> = problems.into_iter().map(field).collect();
    let count = fields.len();
    let mut error = Error::invalid_fields(fields);
    if count > 1 {
        error.public = format!("{count} things are wrong with this file.").into();
    }
    error
}
