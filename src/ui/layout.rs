//! Where things are.

use ratatui::layout::Rect;

use crate::app::model::{Model, Screen};

/// The smallest window, in columns.
pub const MIN_WIDTH: u16 = 40;
/// The smallest window, in lines.
pub const MIN_HEIGHT: u16 = 12;

/// From this width on the details are beside the list.
const WIDE: u16 = 140;
/// From this height on they are below it in narrower windows.
const TALL: u16 = 20;
/// In windows that are not tall they are beside it from this width on.
const WIDE_AND_LOW: u16 = 110;
/// From this height on the header has a second line.
const ROOMY: u16 = 15;

/// The parts of the screen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Areas {
    pub(super) header: Rect,
    /// Everything between header and bottom.
    pub(super) body: Rect,
    pub(super) list: Option<Rect>,
    pub(super) details: Option<Rect>,
    /// The jobs that are open.
    pub(super) jobs: Rect,
    pub(super) bottom: Rect,
}

impl Areas {
    /// Lays out the window.
    pub(super) fn of(model: &Model, area: Rect) -> Self {
        let header_height = if area.height >= ROOMY { 2 } else { 1 };
        let header = Rect { height: header_height, ..area };
        let bottom = Rect { y: area.bottom() - 1, height: 1, ..area };
        let gap = u16::from(area.height >= TALL);
        let top = header.bottom() + gap;
        let strip = super::jobs::strip_height(model, area.height);
        let jobs = Rect { y: bottom.y - strip, height: strip, ..area };
        let body = Rect { y: top, height: jobs.y - top, ..area };
        let (list, details) = if model.screen == Screen::Files && !model.is_offline() {
            Self::files(model, area, body)
        } else if matches!(model.screen, Screen::Activity | Screen::Prune) || model.is_offline() {
            (Some(body), None)
        } else if model.details.is_zoomed && model.screen == Screen::Volumes {
            (None, Some(body))
        } else if !model.details.is_shown || !Self::fits_details(area) {
            (Some(body), None)
        } else if Self::is_beside(area) {
            let width = (area.width * 9 / 25).clamp(46, 84);
            let left = Rect { width: body.width - width, ..body };
            (Some(left), Some(Rect { x: left.right(), width, ..body }))
        } else {
            let height = (body.height * 2 / 5).clamp(8, 16);
            let upper = Rect { height: body.height - height, ..body };
            (Some(upper), Some(Rect { y: upper.bottom(), height, ..body }))
        };
        Self { header, body, list, details, jobs, bottom }
    }

    /// The list of files, and what is seen of one beside it or instead of it.
    fn files(model: &Model, area: Rect, body: Rect) -> (Option<Rect>, Option<Rect>) {
        // Above both: where one is, and how far a copy is.
        let above = (1 + u16::from(model.files.job.is_some())).min(body.height);
        let body = Rect { y: body.y + above, height: body.height - above, ..body };
        if model.files.is_zoomed {
            return (None, Some(body));
        }
        if !Self::fits_preview(area) {
            return (Some(body), None);
        }
        let width = (area.width * 11 / 25).clamp(48, 100);
        let left = Rect { width: body.width - width, ..body };
        (Some(left), Some(Rect { x: left.right(), width, ..body }))
    }

    /// Whether what is seen of a file fits beside the list of files.
    pub(super) const fn fits_preview(area: Rect) -> bool {
        area.width >= WIDE_AND_LOW
    }

    /// Whether the details fit beside or below the list.
    pub(super) const fn fits_details(area: Rect) -> bool {
        Self::is_beside(area) || area.height >= TALL
    }

    const fn is_beside(area: Rect) -> bool {
        area.width >= WIDE || (area.width >= WIDE_AND_LOW && area.height < TALL)
    }
}

/// Whether a details pane stands beside the list.
pub(super) const fn is_beside(pane: Rect, model: &Model) -> bool {
    pane.x > 0 && !model.details.is_zoomed
}

/// The lines of the details pane below its tabs.
pub(super) fn details_content(pane: Rect, model: &Model) -> Rect {
    // Beside the list a line divides them; below it the tabs' own line does.
    let left = if is_beside(pane, model) { 2 } else { 1 };
    let top = 2.min(pane.height);
    Rect {
        x: pane.x + left,
        y: pane.y + top,
        width: pane.width.saturating_sub(left + 2),
        height: pane.height - top,
    }
}

/// A box of this size in the middle of `area`, as large as fits.
pub(super) fn centered(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 3, width, height }
}
