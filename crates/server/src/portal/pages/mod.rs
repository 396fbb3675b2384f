//! One struct per page: the checked contract between a handler and its template. A page holds everything it shows and nothing else.
//! The doc comment of a page with a form names the form's action, fields and buttons.

mod account;
mod activate;
mod alerts;
mod applications;
mod audit;
mod devices;
mod ending;
mod enrolment_keys;
mod entrance;
mod error;
mod help;
mod history;
mod home;
mod invitation;
mod invite;
mod jump;
mod keys;
mod layer_settings;
mod member;
mod members;
mod memory;
mod models;
mod my_settings;
mod operator;
mod parts;
mod policy;
mod review;
mod rollout;
mod seen_applications;
mod settings;
mod settings_search;
mod team;
mod teams;
mod test_bench;
mod updates;
mod websites;
mod welcome;

#[cfg(any(test, debug_assertions))]
pub mod samples;

#[cfg(test)]
mod tests;

pub use account::{
    Account, ApiToken, ChangeEmail, CreateOrganization, DeleteAccount, EmailChange, JoinedOrg,
    NoOrganization, OwnDevice, OwnerlessOrg, PendingInvitation, Session,
};
pub use activate::{Activate, ActivateDone, ActivateReview};
pub use alerts::{
    AlertEndpoint, AlertRotation, AlertRow, AlertSecret, Alerts, DeliveryRow, EndpointRow, KindChoice,
};
pub use applications::{ApplicationEdit, ApplicationRow, Applications};
pub use audit::{AuditChange, AuditLog, AuditRow, Chain};
pub use devices::{ConfirmWipe, DeviceRow, Devices};
pub use ending::{ConfirmDeletion, DeleteOrganization, Restorable};
pub use enrolment_keys::{EnrolmentKeyRow, EnrolmentKeys, MadeEnrolmentKey};
pub use entrance::{ForgotPassword, ResetPassword, SetUp, SignIn, SignOut, SignUp, VerifyEmail, VerifyState};
pub use error::ErrorPage;
pub use help::{GuideGroup, GuideLink, GuidePage, Help, HelpHit};
pub use history::{
    Compare, History, LayerDiff, Restore, RestoreChange, RestoreLayer, RestoreReview, RestoreSection,
    Revision, RevisionRow,
};
pub use home::{Download, DownloadFile, FailingDevice, Health, Home, LastChange, RolloutLine};
pub use invitation::{Invitation, InvitationState};
pub use invite::{
    InvitationEdit, Invite, InvitePreview, InviteProgress, InviteRow, InviteSent, ListRow, TeamChoice,
};
pub use jump::{Hit, Jump};
pub use keys::{ApiKeys, KeyDeletion, KeyField, KeyForm, KeyGroup, KeyReplacement, KeyRow};
pub use layer_settings::{LayerLeaf, LayerSection, LayerSettings};
pub use member::{
    ConfirmLeave, ConfirmSignOut, Heir, Member, MemberDevice, MemberTeam, Removal, RemovalStep, Removals,
    RemovedDevice, Transfer,
};
pub use members::{
    Bulk, ConfirmRemoval, Filter, MemberReview, MemberRow, Members, PendingInvites, PendingRow,
    ReviewedMember,
};
pub use memory::MemoryGeneral;
pub use models::{CustomModelLine, CustomModels, ListKey, ModelGroup, ModelRow, Models, Replacement};
pub use my_settings::{BlockedApplication, BlockedWebsite, MySettings, OwnLeaf, OwnModel};
pub use operator::{JobRow, OperatedOrg, Operator, PersonRow};
pub use parts::Parts;
pub use policy::{OwnedSection, PolicyAsCode, PolicyFile, PolicyKey, PolicyLayer, PolicyPlan};
pub use review::{Conflict, PendingField, Review};
pub use rollout::{RollBack, Rollout, RolloutRow, StageRow, Stages};
pub use seen_applications::{SeenApplications, SeenRow};
pub use settings::{DangerZone, ProfileControl, SettingsFeatures, SettingsGeneral, TheirEdit};
pub use settings_search::{LeafHit, SettingsSearch};
pub use team::{Candidate, PlacedRow, TeamAssign, TeamMemberRow, TeamPage};
pub use teams::{TeamDeletion, TeamForm, TeamRow, TeamSettings, Teams};
pub use test_bench::{TestAnswer, TestBench};
pub use updates::{
    CommentEditor, CommentItem, ConfirmDelete, ReactionButton, RecentUpdates, TheirUpdate, UpdateCard,
    UpdateEditor, UpdateFeed, UpdatePage, UpdatePreview, UpdateText, Updates,
};
pub use websites::{PreviewRow, RowState, WebsiteImport, WebsiteRow, Websites};
pub use welcome::{Welcome, WelcomeRow};

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A page as an answer: `(StatusCode, Page(SignIn { … }))` or just `Page(…)`.
pub struct Page<T>(pub T);

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        match self.0.render() {
            Ok(html) => ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response(),
            Err(error) => {
                tracing::error!(%error, "a page could not be drawn");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}
