//! One suite, run on each engine. Every public function of the store is called in it, which
//! [`coverage`] sees to.

mod account_life;
mod accounts;
mod alerts;
mod archives;
mod audit;
mod coverage;
mod credentials;
mod devices;
mod engines;
mod enrollment_keys;
mod fixture;
mod invitations;
mod jobs;
mod members;
mod orgs;
mod people;
mod pictures;
mod policy_files;
mod provider_models;
mod races;
mod random;
mod rollouts;
mod seen_applications;
mod settings;
mod teams;
mod updates;

use tessera_store::{
    Store,
    testing::{Engine, open},
};

/// Runs a story on an empty store of that engine.
async fn tell(engine: Engine, story: impl AsyncFnOnce(&Store) -> tessera_store::Result<()>) {
    let Some(test) = open(engine).await else { return };
    story(&test.store).await.expect("the store answers");
    test.remove().await;
}

macro_rules! on_each_engine {
    ($($module:ident::$story:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                super::tell(super::Engine::Sqlite, super::$module::$story).await;
            })+
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                super::tell(super::Engine::Postgres, super::$module::$story).await;
            })+
        }
    };
}

on_each_engine! {
    archives::backups_are_remembered,
    accounts::an_installation_is_claimed_once,
    accounts::accounts_are_found_however_their_address_is_typed,
    accounts::tokens_work_once_and_while_they_live,
    accounts::sessions_and_access_tokens_come_and_go,
    account_life::another_address_waits_for_its_link,
    account_life::an_account_goes_with_what_hangs_on_it,
    accounts::attempts_are_counted_in_a_window,
    people::members_are_paged_searched_and_counted,
    people::teams_hold_members_of_their_org_alone,
    people::an_invitation_lives_as_the_domain_says,
    people::seats_count_each_address_once,
    teams::teams_are_paged_and_searched,
    teams::who_could_be_in_a_team_is_found,
    teams::invitations_forget_a_team,
    credentials::a_key_lives_and_ends,
    credentials::an_active_keys_name_is_its_own,
    credentials::a_teams_key_is_its_members_alone,
    teams::members_are_tightened_and_let_go,
    pictures::pictures_are_kept_replaced_and_shown_by_digest,
    provider_models::a_providers_list_is_kept_as_it_is_now,
    seen_applications::what_is_seen_is_kept_once_for_a_while_and_not_without_end,
    members::members_are_found_by_role_and_device,
    members::many_members_change_in_one_statement,
    members::a_removal_is_remembered_with_its_devices,
    invitations::many_are_known_and_made_at_once,
    invitations::a_list_is_kept_and_chosen_from,
    invitations::a_list_is_sent_and_settled,
    invitations::lists_that_nobody_sends_go,
    settings::organizations_are_locked_counted_and_deleted,
    settings::revisions_have_no_gaps,
    settings::blobs_are_kept_once,
    settings::the_first_manifest_of_a_serial_wins,
    settings::another_tenant_sees_nothing,
    policy_files::a_file_owns_its_sections_until_the_next,
    orgs::a_profile_counts_its_changes,
    orgs::every_table_knows_whether_it_ends_with_its_organization,
    orgs::a_purge_leaves_only_what_tombstones_need,
    enrollment_keys::a_key_is_used_up_expires_and_is_revoked,
    enrollment_keys::a_crowd_gets_no_more_uses_than_there_are,
    devices::a_machine_becomes_a_device_once,
    devices::a_device_is_known_by_its_token_until_it_ends,
    devices::receipts_are_kept_once_and_clones_found,
    devices::a_burst_of_receipts_is_one_transaction,
    devices::states_in_sql_are_the_domains,
    devices::devices_are_paged_in_every_order,
    rollouts::one_rollout_is_under_way_and_is_found_by_its_revisions,
    rollouts::who_waits_keeps_the_baseline,
    rollouts::answers_of_released_devices_are_counted,
    rollouts::teams_carry_settings_or_do_not,
    alerts::conditions_open_once_and_end,
    alerts::alerts_are_told_once,
    alerts::endpoints_are_kept_sealed,
    alerts::operators_see_the_installation,
    jobs::jobs_are_leased_retried_and_given_up,
    jobs::an_endpoint_is_told_one_thing_at_a_time,
    audit::the_audit_log_is_paged_and_searched,
    audit::entries_are_numbered_and_chained_under_the_lock,
    jobs::what_expired_is_swept_out,
    engines::hostile_text_is_kept_or_refused_alike,
    engines::what_was_not_committed_is_not_there,
    engines::readers_do_not_write,
    engines::order_is_by_code_point,
    engines::collisions_are_tried_again,
    updates::updates_are_paged_and_filtered,
    updates::an_edit_says_who_and_names_outlive_people,
    updates::comments_and_reactions_go_with_what_they_belong_to,
    races::one_of_two_owners_remains,
    races::one_of_two_takes_the_last_seat,
    races::serials_and_revisions_of_many_writers_have_no_twins,
}
