//! Updates: what members tell each other on the organization's page and on those of teams.
//!
//! Everybody reads all of them. A team's updates are posted by its members and by who moderates; its leads may speak
//! for it. Posts and comments go through [`Change`](crate::Change); reactions do not, see docs/adr/0008.

mod comments;
mod post;
mod reactions;
mod read;

pub use self::{
    comments::{comment, delete_comment, edit_comment, one_comment},
    post::{Draft, NewPost, Pen, delete, edit, may_post_to, post, postable_teams},
    reactions::react,
    read::{
        CommentPage, CommentView, ReactionView, Shelf, UpdatePage, UpdateView, comments, list, one, shelf,
    },
};

use tessera_domain::{Error, Result, Right, Role};
use tessera_ids::AccountId;
use tessera_store::{Account, Reader};

/// The most updates or comments on one page.
pub const PAGE_LIMIT: u64 = 100;

/// Whether who is `role` may edit and delete what `author` posted.
fn may_edit(me: Option<AccountId>, role: Role, author: AccountId) -> bool {
    let own = me == Some(author) && Right::EditOwnPosts.granted_to(role);
    own || Right::Moderate.granted_to(role)
}

fn missing() -> Error {
    Error::not_found("update")
}

fn missing_comment() -> Error {
    Error::not_found("comment")
}

/// The account that acts, for the name that is kept beside what it writes.
async fn writer(tx: &mut Reader, account: AccountId) -> Result<Account> {
    tx.account(account)
        .await?
        .ok_or_else(|| Error::not_found("account"))
}
