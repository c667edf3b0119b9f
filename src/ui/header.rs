//! Who we are talking to, and what it holds in all.

use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::fact::in_a_row;
pub(super) use super::fact::noun;
use super::paint::{Paint, put, put_right};
use crate::app::model::{Link, Model, Screen};
use crate::app::sizes::Totals;
use crate::config::theme::Role;
use crate::domain::age::span;
use crate::domain::engine::{EngineInfo, Product};
use crate::domain::text::{fit, width};

/// Draws one line or two.
pub(super) fn draw(model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, area: Rect) {
    let tabs = screens(model, paint, area.width);
    put(frame, area, 0, &tabs);
    // On a line alone, that something is wrong must fit too.
    let alone = if area.height > 1 {
        Vec::new()
    } else {
        removing(model, paint).into_iter().chain(warnings(model, paint, true)).collect()
    };
    let mut right = Line::from(alone);
    let room = usize::from(area.width).saturating_sub(tabs.width() + right.width() + 2);
    right.spans.extend(link(model, paint, room));
    put_right(frame, area, 0, &right);
    if area.height > 1 {
        let right = state(model, paint);
        let room = usize::from(area.width).saturating_sub(right.width() + 1);
        let totals = match model.screen {
            Screen::Map => super::map::header::totals(model, paint, room),
            _ => totals(model, paint, room),
        };
        put(frame, area, 1, &totals);
        put_right(frame, area, 1, &right);
    }
}

/// What the header says where nothing may be changed.
const READ_ONLY: &str = "read-only";
/// In windows narrower than this our own name gives way to what is beside the screens' names.
const NARROW: u16 = 46;

/// The first column of the screens' names.
pub(super) const fn screens_left(width: u16) -> u16 {
    if width < NARROW { 2 } else { 7 }
}

/// The name of a screen in a window of this width: short for those that are not shown, where they
/// would not fit otherwise.
pub(super) fn screen_title(screen: Screen, shown: Screen, width: u16) -> &'static str {
    if width < NARROW && screen != shown { screen.short_title() } else { screen.title() }
}

/// The names of the screens, the one that is shown stressed.
fn screens<'a>(model: &Model, paint: &Paint<'_>, width: u16) -> Line<'a> {
    let mut spans = vec![Span::raw(" ")];
    if width >= NARROW {
        spans.extend([paint.span("volx", Role::Accent), Span::raw(" ")]);
    }
    for screen in Screen::ALL {
        // The files of a volume are reached from the volumes, and left for them; a backup's from those.
        let above = if model.files.kept.is_some() { Screen::Backups } else { Screen::Volumes };
        let is_below = match model.screen {
            Screen::Files => screen == above,
            Screen::Prune => screen == Screen::Volumes,
            _ => false,
        };
        let role = if screen == model.screen || is_below { Role::Title } else { Role::Dim };
        spans.push(Span::raw(" "));
        spans.push(paint.span(screen_title(screen, model.screen, width), role));
    }
    Line::from(spans)
}

fn link<'a>(model: &Model, paint: &Paint<'_>, room: usize) -> Vec<Span<'a>> {
    let glyphs = paint.glyphs();
    let (glyph, role) = match &model.link {
        Link::Live if model.inventory.trouble().is_some() => (glyphs.lost, Role::Warning),
        Link::Live => (glyphs.live, Role::Good),
        Link::Connecting { .. } => (glyphs.lost, Role::Dim),
        Link::Lost { .. } => (glyphs.lost, Role::Error),
    };
    let age = |at: Option<Timestamp>| at.map(|at| span(model.now.as_second() - at.as_second()));
    let words = match &model.link {
        // The engine is there and does not list: what is shown has an age all the same.
        Link::Live if model.inventory.trouble().is_some() => {
            age(model.inventory.at()).map_or_else(String::new, |age| format!("state of {age} ago"))
        }
        Link::Live => String::new(),
        Link::Connecting { since } => match age(Some(*since)).filter(|_| model.now > *since) {
            Some(waited) => format!("connecting for {waited}"),
            None => "connecting".to_owned(),
        },
        Link::Lost { retry_at, .. } => {
            let wait = retry_at.as_second() - model.now.as_second();
            let what = match age(model.inventory.at()) {
                Some(age) => format!("lost, state of {age} ago"),
                None => "not connected".to_owned(),
            };
            let next = if wait > 0 { format!("retry in {}", span(wait)) } else { "retrying".to_owned() };
            format!("{what}, {next}")
        }
    };
    let name = model.engine.as_deref().map(|info| engine(info, glyphs.dot)).unwrap_or_default();
    // The name gives way to what is wrong.
    let name_room = room.saturating_sub(width(&words) + 3);
    let name = match (name.is_empty(), words.is_empty()) {
        (false, false) if width(&name) + 3 <= name_room => format!("{name} {} ", glyphs.dot),
        (false, true) => fit(&name, name_room, glyphs.ellipsis).into_owned(),
        // That nothing is changed is said as long as anything is.
        _ if model.is_read_only() && READ_ONLY.len() + 3 <= name_room => {
            format!("{READ_ONLY} {} ", glyphs.dot)
        }
        _ => String::new(),
    };
    let words = fit(&words, room.saturating_sub(3), glyphs.ellipsis).into_owned();
    let words_role = if matches!(model.link, Link::Lost { .. }) { Role::Error } else { Role::Dim };
    vec![
        paint.span(glyph, role),
        Span::raw(" "),
        paint.span(name, Role::Dim),
        paint.span(words, words_role),
        Span::raw(" "),
    ]
}

/// `default · Docker 28.5.2 · server` in the order of what tells engines apart.
fn engine(info: &EngineInfo, dot: &str) -> String {
    let can = &info.capabilities;
    let product = match can.product {
        Product::Demo => "demo, nothing here is real".to_owned(),
        product => format!("{} {}", product.name(), can.version),
    };
    let place = info.context.clone().unwrap_or_else(|| {
        if info.address == "unix:///var/run/docker.sock" { String::new() } else { info.address.clone() }
    });
    let read_only = if info.is_read_only { READ_ONLY } else { "" }.to_owned();
    let parts = match can.product {
        Product::Demo => vec![read_only, product],
        _ => vec![read_only, product, place, info.name.clone()],
    };
    parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(&format!(" {dot} "))
}

fn totals<'a>(model: &Model, paint: &Paint<'_>, room: usize) -> Line<'a> {
    if model.inventory.value().is_none() {
        return Line::default();
    }
    let all = model.sizes.all;
    let count = format!("{} {}", all.volumes, noun(all.volumes, "volume"));
    // Each in its long form and the short one for narrow windows.
    let mut parts = vec![(count.clone(), count, Role::Text)];
    if let Some(size) = sum(all, paint) {
        parts.push((size.clone(), size, Role::Title));
    }
    let dangling = model.sizes.dangling;
    if dangling > 0 {
        let size = match model.sizes.reclaimable {
            none if none.volumes == 0 => String::new(),
            some => sum(some, paint).map_or_else(String::new, |s| format!(", {s} reclaimable")),
        };
        let short = format!("{dangling} dangling");
        parts.push((format!("{short}{size}"), short, Role::Dim));
    }
    if let Some(backing) = model.sizes.backing {
        let free = format!("{} free", paint.bytes(backing.available));
        parts.push((format!("{free} of {}", paint.bytes(backing.total)), free, Role::Dim));
    }
    if !model.home.marks.is_empty() {
        let inventory = model.listed();
        let marked = model.sizes.total(model.home.marks.iter().filter_map(|n| inventory.position(n)));
        let size = sum(marked, paint).map_or_else(String::new, |s| format!(", {s}"));
        let short = format!("{} marked", marked.volumes);
        parts.insert(0, (format!("{short}{size}"), short, Role::Mark));
    }
    in_a_row(parts, paint, room)
}

/// A sum that says when it is not everything; nothing when nothing is known.
fn sum(totals: Totals, paint: &Paint<'_>) -> Option<String> {
    if totals.volumes > 0 && totals.unknown == totals.volumes {
        return None;
    }
    let bytes = paint.bytes(totals.bytes);
    Some(match totals.unknown {
        0 => bytes,
        unknown => format!("{bytes} + {unknown} unknown"),
    })
}

fn state<'a>(model: &Model, paint: &Paint<'_>) -> Line<'a> {
    let mut spans = Vec::new();
    spans.extend(removing(model, paint));
    if let Some(far) = &model.sizes.measuring {
        let text = match (far.is_waiting, far.total) {
            (true, _) => "waiting for another df ".to_owned(),
            (false, 0) => "measuring ".to_owned(),
            (false, total) => format!("measured {} of {total} ", far.done),
        };
        spans.push(paint.span(text, Role::Dim));
    }
    if let Some((done, of)) = model.map.layers.under_way {
        spans.push(paint.span(format!("layers {done} of {of} "), Role::Dim));
    }
    spans.extend(warnings(model, paint, false));
    Line::from(spans)
}

/// How far the removal is that is under way.
fn removing<'a>(model: &Model, paint: &Paint<'_>) -> Option<Span<'a>> {
    let report = model.changes.report.as_ref().filter(|report| !report.is_over)?;
    Some(paint.span(format!("removing {} of {} ", report.done.len(), report.total), Role::Accent))
}

fn warnings<'a>(model: &Model, paint: &Paint<'_>, is_short: bool) -> Vec<Span<'a>> {
    // Without an engine the whole screen says what is wrong.
    match model.warnings().len() {
        0 => Vec::new(),
        _ if model.is_offline() => Vec::new(),
        count if is_short => {
            vec![paint.span(format!("{}{count} ", paint.glyphs().warning), Role::Warning)]
        }
        count => vec![
            paint.span(
                format!("{} {count} {}", paint.glyphs().warning, noun(count, "warning")),
                Role::Warning,
            ),
            Span::raw(" "),
        ],
    }
}
