//! The Overview tab: what matters most of a volume.

use ratatui::text::Line;

use super::fact::fact;
use super::header::noun;
use super::paint::Paint;
use crate::app::model::Model;
use crate::config::theme::Role;
use crate::domain::age::ago;
use crate::domain::inventory::Inventory;
use crate::domain::text::fit_end;
use crate::domain::usage::Method;
use crate::domain::volume::{Kind, Volume};

/// Largest files that are named.
const LARGEST: usize = 3;

pub(super) fn lines(
    model: &Model,
    inventory: &Inventory,
    at: usize,
    paint: &Paint<'_>,
    width: usize,
) -> Vec<Line<'static>> {
    let Some(volume) = inventory.volumes.get(at) else { return Vec::new() };
    let status = inventory.status(at);
    let held = format!("{} {}: {}", paint.glyphs().status(status), status.words(), inventory.reason(at));
    let mut lines = Vec::new();
    let mut say = |name: &str, value: &str, role| lines.extend(fact(name, value, role, paint, width));
    say("Name", &volume.name, Role::Title);
    say("Status", &held, Paint::status_role(status));
    if let Some(guard) = model.changes.guard(volume) {
        say("Protected", &format!("{} yes, {}", paint.glyphs().protected, guard.words()), Role::Text);
    }
    say("Size", &size(model, at, paint), Role::Text);
    if let Some(at) = model.sizes.of(at).ok().and_then(|usage| usage.newest_write) {
        say("Last write", &ago(model.now, at), Role::Text);
    }
    if let Some(words) = model.jobs.last_words(&volume.name, model.now) {
        say("Last backup", &words, if words == "none" { Role::Dim } else { Role::Text });
    }
    if model.sizes.bytes(at).is_some() {
        say("Change", &super::growth_words::all_changes(model, at, paint), Role::Text);
    }
    if let (Ok(_), Some(why)) = (model.sizes.of(at), model.sizes.why(&volume.name)) {
        say("Not now", &format!("the last attempt to measure it failed: {why}"), Role::Warning);
    }
    lines.extend(users(inventory, at, paint, width));
    lines.extend(content(model, at, &volume.name, paint, width));
    let mut say = |name: &str, value: &str, role| lines.extend(fact(name, value, role, paint, width));
    if let Some(project) = volume.project() {
        let compose = volume.compose_name().map_or_else(String::new, |name| format!(", as {name}"));
        say("Project", &format!("{project}{compose}"), Role::Project);
    }
    say("Mountpoint", volume.mountpoint.as_deref().unwrap_or("none"), Role::Text);
    say("Driver", &driver(volume), Role::Text);
    if let Some(source) = source(volume) {
        say("Mounts", &source, Role::Text);
    }
    say("Created", &created(model, volume), Role::Text);
    if let Some((user, role)) = last_user(model, &volume.name) {
        say("Last user", &user, role);
    }
    say("Anonymous", named(volume), Role::Text);
    let (labels, options) = (volume.labels.len(), volume.options.len());
    say(
        "Has",
        &format!("{labels} {}, {options} {}", noun(labels, "label"), noun(options, "option")),
        Role::Dim,
    );
    lines
}

/// The containers in one line each; their tab says more.
fn users(inventory: &Inventory, at: usize, paint: &Paint<'_>, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for attachment in inventory.attachments(at) {
        let (container, mount) = (attachment.container, attachment.mount);
        let access = if mount.read_only { ", read-only" } else { "" };
        let text = format!("{} ({}) at {}{access}", container.name, container.state, mount.destination);
        let role = if container.state.is_live() { Role::Text } else { Role::Dim };
        let name = if lines.is_empty() { "Used by" } else { "" };
        lines.extend(fact(name, &text, role, paint, width));
    }
    lines
}

/// What is in it: how many files, what could not be read, the largest of them.
fn content(model: &Model, at: usize, name: &str, paint: &Paint<'_>, width: usize) -> Vec<Line<'static>> {
    let Ok(usage) = model.sizes.of(at) else { return Vec::new() };
    let mut lines = Vec::new();
    if let (Some(files), Some(dirs)) = (usage.files, usage.dirs) {
        let count = |count: u64, word: &str| {
            format!("{count} {}", noun(usize::try_from(count).unwrap_or(usize::MAX), word))
        };
        let text = format!("{} in {}", count(files, "file"), count(dirs + 1, "folder"));
        lines.extend(fact("Holds", &text, Role::Text, paint, width));
    }
    if let Some(errors) = usage.errors.filter(|errors| *errors > 0) {
        let text = format!("{errors} of its entries could not be read and are not counted");
        lines.extend(fact("Unreadable", &text, Role::Warning, paint, width));
    }
    for (nth, file) in model.sizes.largest(name).iter().take(LARGEST).enumerate() {
        let label = if nth == 0 { "Largest" } else { "" };
        let bytes = paint.bytes(file.allocated);
        let path = fit_end(&file.path, width.saturating_sub(24), paint.glyphs().ellipsis).into_owned();
        lines.extend(fact(label, &format!("{bytes:>9}  {path}"), Role::Text, paint, width));
    }
    lines
}

fn size(model: &Model, at: usize, paint: &Paint<'_>) -> String {
    match model.sizes.of(at) {
        Ok(usage) => {
            let how = match usage.method {
                Method::Engine => "apparent, by the engine",
                method => method.name(),
            };
            let shown = usage.size().map_or_else(
                || "unknown".to_owned(),
                |bytes| {
                    if bytes < 1000 {
                        paint.bytes(bytes)
                    } else {
                        format!("{} ({bytes} bytes)", paint.bytes(bytes))
                    }
                },
            );
            format!("{shown}, {how}, {}", ago(model.now, usage.measured_at))
        }
        Err(why) => format!("unknown: {why}"),
    }
}

fn driver(volume: &Volume) -> String {
    match volume.kind() {
        Kind::Plain | Kind::Plugin => format!("{}, scope {}", volume.driver, volume.scope),
        kind => format!("{} ({}), scope {}", volume.driver, kind.name(), volume.scope),
    }
}

/// What the local driver mounts, secrets masked.
fn source(volume: &Volume) -> Option<String> {
    let shown =
        |wanted: &str| volume.shown_options().find(|(key, _)| *key == wanted).map(|(_, v)| v.into_owned());
    let device = shown("device").filter(|_| volume.needs_mounting() && volume.kind() != Kind::Plugin)?;
    Some(match shown("o") {
        Some(options) if !options.is_empty() => format!("{device} with {options}"),
        _ => device,
    })
}

fn created(model: &Model, volume: &Volume) -> String {
    let Some(at) = volume.created_at else { return "unknown".to_owned() };
    // Docker 20.10 tells the time of the last change in the root folder instead.
    let is_moving = model.engine.as_ref().is_some_and(|e| !e.capabilities.created_is_stable);
    let doubt = if is_moving {
        " or before: this engine tells when the volume's root folder last changed"
    } else {
        ""
    };
    format!("{}, {}{doubt}", ago(model.now, at), at.strftime("%Y-%m-%d %H:%M UTC"))
}

/// Who let it go, and since when nobody has it; nothing while somebody has.
fn last_user(model: &Model, name: &str) -> Option<(String, Role)> {
    let known = model.provenance.get(name)?;
    let since = ago(model.now, known.free_since?);
    Some(match &known.last_user {
        Some(user) => {
            let image = known.last_image.as_deref().map_or_else(String::new, |i| format!(" ({i})"));
            let when = if known.is_exact { "until" } else { "until some time before" };
            (format!("{user}{image}, {when} {since}"), Role::Text)
        }
        None => (format!("none known; watched since {since}"), Role::Dim),
    })
}

fn named(volume: &Volume) -> &'static str {
    let by_label = volume.labels.contains_key(crate::domain::volume::ANONYMOUS_LABEL);
    match (by_label, volume.has_generated_name()) {
        (true, _) => "yes, by the engine's label",
        (false, true) => "yes, by its generated name",
        (false, false) => "no",
    }
}
