//! Providers' keys: add, change, replace, test and end them, and say who has which. What is secret goes in and is
//! never shown again.

mod add;
mod call;
mod change;
mod done;
mod end;
mod expiry;
mod read;
mod seal;
mod touch;

pub use self::{
    add::{MOST, NewKey, add},
    call::{Tested, list_models, test},
    change::{KeyEdit, edit, replace},
    end::{delete, retire_due},
    expiry::{expiries, note_expiry},
    read::{CredentialView, LastTest, list, one, providers_with_keys},
};
pub(crate) use self::{
    add::{add_in, reach},
    change::{change_in, replace_in},
    done::Done,
    end::{delete_in, suspend_all},
    read::views,
    seal::{fingerprint, open_secret},
    touch::announce,
};
