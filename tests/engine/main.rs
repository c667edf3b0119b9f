//! volx against a real engine: the one that `DOCKER_HOST` or the default socket leads to, else a
//! private one that is started for the run, else every test is reported as ignored.
//!
//! Whatever the tests make is named `volx-test-<run>-…` and labelled `volx.test=<run>`; it is
//! removed at the end of the run, also when it is interrupted, and never anything else is. The
//! second opinion is the Docker CLI. `DOCKER_HOST=unix://… cargo test --test engine` tests another
//! engine.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken expectation is a failed test"
)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a test run tells what it does")]

mod archive;
mod away;
mod backup;
mod broken;
mod browse;
mod changing;
mod cleaning;
mod clone;
mod creating;
mod du;
mod ends;
mod files;
mod full;
mod ground;
mod growth;
mod helper;
mod history;
mod inspect;
mod keeping;
mod leftovers;
mod listing;
mod live;
mod look;
mod making;
mod many;
mod map;
mod measuring;
mod needs;
mod presets;
mod private;
mod proxy;
mod raw;
mod read_only;
mod removing;
mod restore;
mod rig;
mod screen;
#[path = "../pty/seat.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::cast_precision_loss,
    reason = "the other test crate uses the rest"
)]
mod seat;
mod sizes;
mod status;
mod still;
mod sweep;
mod tree;
mod undo;
mod watcher;
mod who;
mod whole;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use ground::Ground;
use needs::{Need, Test};
use rig::Rig;

/// The test of the engine itself.
const ANSWERS: &str = "an_engine_answers";
/// No test waits longer: a condition that has not come by then does not come.
const LIMIT: Duration = Duration::from_secs(180);

/// One row of the table: a name, what the engine must be able to do, the test.
macro_rules! tests {
    ($($name:path [$($need:ident),*]),* $(,)?) => {
        &[$(Test {
            name: stringify!($name),
            needs: &[$(Need::$need),*],
            run: |rig| Box::pin($name(rig)),
        }),*]
    };
}

const TESTS: &[Test] = tests![
    listing::every_volume_is_listed_as_the_docker_cli_says [],
    listing::the_json_has_exactly_the_documented_keys [],
    listing::a_password_is_never_printed [],
    status::each_state_of_a_container_gives_its_status_and_reason [],
    status::our_own_helpers_do_not_count [],
    status::mounts_are_seen_with_their_place_and_mode [],
    status::a_container_that_restarts_holds_its_volume [Docker],
    sizes::a_filled_volume_has_the_size_the_engine_says [],
    sizes::volumes_with_options_have_no_size_and_say_why [],
    sizes::a_volume_made_again_is_measured_again [],
    sizes::several_at_once_all_get_an_answer [],
    sizes::whoever_must_wait_is_told [ExclusiveDf],
    du::the_direct_way_agrees_with_du [],
    du::an_unmounted_volume_is_not_measured_by_its_empty_folder [],
    du::a_tunnelled_engine_s_paths_are_never_read_here [UnixSocket],
    files::what_is_put_and_got_is_what_it_was [Files],
    files::a_folder_is_listed_with_what_it_holds [Files],
    files::putting_is_refused_unless_agreed_to [Files],
    files::a_running_container_sees_what_was_put [Files],
    files::what_the_engine_packs_is_unpacked [Docker, Files],
    files::a_hostile_volume_leads_nowhere [Files],
    full::copying_out_onto_a_full_disk_leaves_nothing_half [Files],
    full::copying_into_a_full_volume_leaves_nothing_half [Files],
    full::where_nothing_can_be_written_down_volumes_are_removed_all_the_same [Files],
    full::a_backup_onto_a_full_disk_leaves_nothing_half [Files],
    backup::what_is_backed_up_comes_back_whole [Files],
    backup::what_the_archive_way_loses_is_written_down [Files],
    backup::its_users_are_held_and_go_on [Files],
    backup::one_that_is_killed_leaves_nothing_half [Files],
    backup::one_that_is_told_to_end_ends_in_order [Files],
    making::a_killed_restore_leaves_no_half [Direct],
    making::a_killed_restore_by_helper_leaves_no_half [Files],
    making::a_killed_clone_leaves_no_half [Files],
    making::what_a_living_volx_fills_is_left_alone [Files],
    making::what_somebody_made_under_the_name_is_told_and_stays [Files],
    making::what_somebody_else_has_by_now_is_told_and_stays [Files],
    making::an_engine_that_is_cut_off_in_the_middle_leaves_nothing_half [Files, UnixSocket],
    broken::what_is_not_as_it_was_written_touches_nothing [Files],
    broken::what_leads_elsewhere_touches_nothing [Files],
    broken::what_does_not_fit_makes_no_volume [Files],
    broken::a_file_that_shrinks_is_said_and_the_backup_is_one [Files],
    broken::a_password_is_in_no_backup_and_comes_back [],
    broken::what_cannot_be_read_hides_no_other_backup [Files],
    broken::what_is_found_damaged_is_proven_no_more [Files],
    still::what_would_not_survive_being_stopped_is_not_stopped [Files],
    still::a_protected_volume_is_not_replaced [Files],
    restore::a_name_that_is_taken_is_refused [Files],
    restore::what_is_broken_is_refused_before_anything_is_touched [Files],
    restore::what_gives_way_is_kept_and_its_users_go_on [Files],
    restore::what_fails_half_way_is_taken_back [Files],
    restore::one_that_is_killed_is_taken_back_by_the_next [Files],
    restore::a_helper_that_outlives_its_volx_writes_no_more [Files],
    restore::what_was_taken_back_is_not_taken_back_again [Files],
    restore::what_somebody_has_or_wrote_since_is_not_taken_back [Files],
    restore::what_cannot_be_kept_whole_does_not_give_way [Files],
    restore::archives_of_other_programs_are_taken [Files],
    archive::every_way_copies_the_same [Files],
    archive::what_the_archive_does_not_show_is_not_replaced [Files],
    archive::a_cancelled_put_leaves_no_half_file [Files],
    archive::a_killed_put_leaves_no_half_file [Files],
    archive::a_copy_that_stalls_keeps_nobody_from_looking [],
    archive::told_twice_it_ends_at_once_whatever_hangs [Files],
    archive::memory_that_nobody_holds_takes_nothing [],
    tree::direct_helper_and_du_agree_about_an_odd_tree [Files],
    tree::an_engine_with_files_of_its_own_is_measured_by_a_helper [PrivateEngine],
    helper::it_is_locked_down_and_nobody_s_user [],
    helper::one_that_writes_has_no_more_than_that_takes [Docker],
    helper::it_does_not_hold_what_it_measures [],
    helper::a_volume_that_was_removed_is_not_made_again [],
    helper::one_that_is_killed_tells_no_wrong_number [],
    helper::it_ends_with_volx_however_that_ends [],
    helper::a_volume_that_cannot_be_mounted_spoils_no_other [],
    helper::where_no_container_starts_the_engine_is_asked [UnixSocket],
    helper::what_the_engine_refuses_spoils_nothing_measured [UnixSocket],
    helper::a_hundred_volumes_take_two_containers [],
    helper::images_of_other_versions_go [],
    creating::what_is_told_is_what_is_made [],
    creating::a_name_that_is_taken_is_refused_and_left_as_it_is [],
    creating::an_unknown_driver_is_told_in_the_engine_s_words [],
    creating::what_protects_a_volume_is_told [],
    creating::a_password_comes_from_standard_input_and_is_shown_nowhere [],
    read_only::sizes_are_the_engine_s_and_nothing_is_sent_but_questions [UnixSocket],
    read_only::what_would_change_something_is_refused_with_a_remedy [],
    leftovers::what_a_dead_volx_left_is_swept [],
    measuring::what_is_preferred_is_measured_first [],
    measuring::it_stops_when_told_and_leaves_nothing [],
    measuring::its_own_mounts_are_no_news [],
    browse::a_volume_is_walked_like_a_folder [Files],
    browse::what_cannot_be_mounted_or_put_is_told_in_plain_words [],
    live::a_change_is_seen_at_once [],
    away::an_engine_that_goes_away_comes_back_by_itself [UnixSocket],
    away::a_wish_to_try_now_is_obeyed [UnixSocket],
    history::unused_is_known_only_for_the_time_that_somebody_watched [],
    history::a_release_that_was_watched_is_exact [],
    history::a_release_that_nobody_saw_is_not_exact [],
    history::helpers_leave_no_trace [],
    history::sizes_are_remembered_between_runs [],
    growth::watching_once_tells_writes_metrics_and_fails_past_a_threshold [],
    growth::growth_between_two_measurements_is_exact [],
    growth::a_watch_that_is_ended_tells_what_it_saw [],
    inspect::a_volume_is_described_as_the_docker_cli_does [],
    inspect::unknown_names_are_told_and_counted [],
    look::filters_choose_what_the_docker_cli_chooses [],
    look::columns_order_and_quiet_shape_the_list [],
    look::wrong_words_are_wrong_usage [],
    live::events_are_printed_as_lines_of_json [],
    who::doctor_names_the_engine_and_what_chose_it [],
    map::the_map_tells_what_is_shared_missing_and_written [],
    who::contexts_of_the_docker_cli_are_obeyed [],
    who::a_member_of_the_socket_s_group_needs_no_root [GroupSocket],
    who::who_may_open_the_socket_measures_by_a_helper [GroupSocket],
    who::a_stranger_is_told_which_group_to_join [Strangers],
    removing::a_container_that_came_in_between_keeps_its_volume [],
    removing::a_container_that_comes_before_the_delete_keeps_its_volume [UnixSocket],
    removing::what_was_written_between_two_tries_is_not_lost [Files, UnixSocket],
    removing::a_volume_made_again_is_not_the_one_that_was_shown [],
    removing::what_is_protected_in_between_stays [],
    removing::two_on_one_plan_remove_each_volume_once [],
    removing::told_to_stop_it_ends_after_the_volume_whose_turn_it_is [],
    removing::a_log_that_cannot_be_written_stops_nothing_and_is_told [],
    removing::an_unread_list_of_protected_volumes_protects_all [],
    many::two_thousand_candidates_are_one_plan [PrivateEngine],
    many::an_engine_that_restarts_in_the_middle_loses_nothing_untold [PrivateEngine],
    changing::the_screen_is_told_of_a_removal_in_bunches [],
    changing::protecting_is_told_and_holds [],
    changing::a_watcher_that_is_left_finishes_the_volume [],
    changing::a_volume_is_made_as_wanted_or_refused [],
    changing::a_password_in_the_engine_s_error_is_not_told [],
    changing::containers_are_taken_away_for_their_volumes [],
    changing::a_volume_that_goes_with_its_container_is_asked_for [],
    removing::one_made_again_with_the_same_labels_is_another_one [],
    removing::what_was_chosen_for_its_content_is_measured_again [],
    changing::the_command_names_what_goes_with_containers [],
    keeping::the_screen_backs_up_proves_restores_and_copies [],
    keeping::whoever_leaves_meanwhile_leaves_nothing_half_done [],
    cleaning::a_dry_run_says_what_would_go_and_what_stays [],
    cleaning::a_volume_that_a_helper_had_to_mount_goes_all_the_same [],
    cleaning::scripts_see_how_a_removal_ended [],
    cleaning::what_is_gone_after_a_kill_was_on_the_plan_and_is_in_the_log [],
    cleaning::told_to_end_it_finishes_the_volume_and_reports [],
    cleaning::what_changed_while_the_question_stood_is_not_agreed_to [],
    clone::a_clone_is_its_source_in_every_fact [Files],
    clone::a_volume_in_use_is_copied_live_and_that_is_said [Files],
    clone::what_leads_to_the_same_data_is_not_copied_onto_itself [Files],
    clone::a_volume_gets_another_name_whole [Files],
    clone::another_volume_of_the_new_name_keeps_it [Files],
    clone::where_the_old_name_cannot_be_removed_the_copy_stays [Files],
    clone::a_volume_that_containers_refer_to_keeps_its_name [Files],
    undo::what_is_removed_comes_back_in_every_fact [Files],
    undo::several_come_back_together_and_a_taken_name_is_refused [Files],
    undo::a_kill_in_the_middle_loses_nothing [Files],
    undo::many_go_together_and_come_back_together [Files],
    undo::a_kill_among_many_loses_nothing [Files],
    undo::what_a_backup_replaced_comes_back [Files],
    undo::a_taken_name_gives_way_to_another [Files],
    undo::what_does_not_fit_into_the_trash_is_not_removed [Files],
    undo::a_full_disk_removes_nothing [Files],
    undo::what_has_its_data_elsewhere_takes_no_room [Files],
    undo::a_password_comes_back_and_is_not_told [],
    undo::the_trash_is_emptied_by_a_plan_and_by_time [Files],
    undo::a_damaged_copy_makes_no_volume [Files],
    undo::a_renaming_is_taken_back [Files],
    undo::what_is_written_to_while_it_is_copied_stays [Files],
    undo::what_a_failed_removal_left_half_is_in_the_trash_whole [Files],
    undo::two_undoings_at_once_do_not_meet [Files],
    undo::names_that_begin_alike_are_kept_apart [Files],
    undo::what_somebody_wrote_into_a_half_that_came_back_stays [Files],
    undo::an_undoing_that_is_killed_is_taken_up_again [Files],
    screen::what_is_removed_there_comes_back_there [Files],
    screen::what_is_backed_up_there_is_restored_there [Files],
    undo::by_a_helper_it_comes_back_in_every_fact_too [Files, UnixSocket],
    presets::a_preset_is_what_the_engine_s_own_prune_does [ThrowAway],
    ends::a_missing_socket_has_cause_and_remedy [],
    ends::a_dead_socket_has_cause_and_remedy [],
    ends::what_is_no_engine_is_named [],
    ends::an_empty_docker_host_is_no_choice [DefaultSocket],
    ends::a_missing_context_is_named [],
    ends::an_impossible_choice_is_refused [],
];

fn main() -> ExitCode {
    // The library makes its helpers of the program that it is part of, and here that is this one.
    if std::env::args().skip(1).take(2).eq(["agent", "serve"]) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let served = runtime.block_on(volx::access::agent::serve_until_end());
        runtime.shutdown_background();
        return if served.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let arguments = Arguments::from_args();
    if arguments.list {
        let trials = TESTS.iter().map(|test| Trial::test(test.name, || Ok(()))).collect();
        return libtest_mimic::run(&arguments, trials).exit_code();
    }
    let ground = match Ground::find() {
        Ok(ground) => Arc::new(ground),
        Err(why) => return without(&arguments, &why),
    };
    println!("engine: {ground}");
    // From here on whatever happens, what was made is removed.
    let guard = sweep::Guard::new(Arc::clone(&ground));
    let mut trials = vec![Trial::test(ANSWERS, || Ok(()))];
    trials.extend(TESTS.iter().map(|test| {
        let ground = Arc::clone(&ground);
        Trial::ignorable_test(test.name, move || run(test, ground))
    }));
    let conclusion = libtest_mimic::run(&arguments, trials);
    let left = guard.finish();
    for object in &left {
        eprintln!("left behind: {object}");
    }
    if left.is_empty() { conclusion.exit_code() } else { ExitCode::FAILURE }
}

/// Reports every test as not run; in CI that is a failure.
fn without(arguments: &Arguments, why: &str) -> ExitCode {
    println!("no engine: {why}");
    let is_ci = std::env::var_os("CI").is_some_and(|ci| !ci.is_empty());
    let reason = why.to_owned();
    let answers =
        move || if is_ci { Err(Failed::from(reason)) } else { Ok(Completion::ignored_with(reason)) };
    let mut trials = vec![Trial::ignorable_test(ANSWERS, answers)];
    trials.extend(
        TESTS.iter().map(|test| {
            Trial::ignorable_test(test.name, || Ok(Completion::ignored_with("no engine answers")))
        }),
    );
    libtest_mimic::run(arguments, trials).exit_code()
}

fn run(test: &'static Test, ground: Arc<Ground>) -> Result<Completion, Failed> {
    if let Some(reason) = test.needs.iter().find_map(|need| need.missing(&ground)) {
        return Ok(Completion::ignored_with(reason));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let rig = Rig::new(ground, test.name)?;
    let outcome = runtime.block_on(async { tokio::time::timeout(LIMIT, (test.run)(rig)).await });
    runtime.shutdown_background();
    outcome.map_err(|_elapsed| format!("it took longer than {} s", LIMIT.as_secs()))?;
    Ok(Completion::Completed)
}
