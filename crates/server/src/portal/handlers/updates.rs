//! Updates: the feed, one update, writing, commenting, reacting.

mod card;
mod comments;
mod editor;
mod feed;
mod remove;
mod show;

pub(super) use feed::{recent, team_feed};

use tessera_domain::Right;

use crate::routes::{Access, Route};

/// Updates on one page.
const PAGE: u64 = 20;

pub(super) fn routes() -> Vec<Route> {
    let (see, post) = (Access::Member(Right::SeeUpdates), Access::Member(Right::Post));
    let (edit, comment) = (
        Access::Member(Right::EditOwnPosts),
        Access::Member(Right::Comment),
    );
    let form = Route::takes_form;
    vec![
        Route::get("/o/{org}/updates", see, "Shows updates.", feed::list),
        Route::get("/o/{org}/updates/new", post, "Shows the editor.", editor::blank),
        form(Route::post(
            "/o/{org}/updates/new",
            post,
            "Posts an update.",
            editor::post,
        )),
        Route::get("/o/{org}/updates/{update}", see, "Shows one update.", show::one),
        Route::get(
            "/o/{org}/updates/{update}/edit",
            edit,
            "Shows an update to edit.",
            editor::open,
        ),
        form(Route::post(
            "/o/{org}/updates/{update}/edit",
            edit,
            "Edits an update.",
            editor::save,
        )),
        Route::get(
            "/o/{org}/updates/{update}/delete",
            edit,
            "Asks before an update is deleted.",
            remove::ask,
        ),
        form(Route::post(
            "/o/{org}/updates/{update}/delete",
            edit,
            "Deletes an update.",
            remove::delete,
        )),
        form(Route::post(
            "/o/{org}/updates/{update}/react",
            Access::Member(Right::React),
            "Gives a reaction or takes it back.",
            show::react,
        )),
        form(Route::post(
            "/o/{org}/updates/{update}/comments",
            comment,
            "Comments on an update.",
            comments::say,
        )),
        Route::get(
            "/o/{org}/updates/{update}/comments/{comment}/edit",
            comment,
            "Shows a comment to edit.",
            comments::open,
        ),
        form(Route::post(
            "/o/{org}/updates/{update}/comments/{comment}/edit",
            comment,
            "Edits a comment.",
            comments::save,
        )),
        Route::get(
            "/o/{org}/updates/{update}/comments/{comment}/delete",
            comment,
            "Asks before a comment is deleted.",
            remove::ask_comment,
        ),
        form(Route::post(
            "/o/{org}/updates/{update}/comments/{comment}/delete",
            comment,
            "Deletes a comment.",
            remove::delete_comment,
        )),
    ]
}
