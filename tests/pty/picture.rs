//! The README's picture, drawn from what the real program puts on a real terminal.
//!
//! `VOLX_PICTURE=assets/volx.svg cargo test --test pty picture` draws it anew.

use std::fmt::Write as _;

use super::seat::{Home, Seat};

const CELL: (usize, usize) = (8, 17);
const BACKGROUND: &str = "#14161c";
const TEXT: &str = "#d0d3d8";

#[test]
fn the_demo_makes_a_picture() {
    let home = Home::new();
    let mut seat = Seat::start(&home, &["--demo"], (164, 36), &[]);
    seat.wait_for("measured volumes", |screen| screen.contains("GB") && screen.contains("Mountpoint"));
    seat.press("jj jj");
    seat.wait_for("a mark", |screen| screen.contains("1 marked"));
    let svg = seat.look(svg);
    assert!(svg.contains("volx") && svg.contains("nextcloud_data"), "the picture shows the screen");
    if let Ok(path) = std::env::var("VOLX_PICTURE") {
        std::fs::write(path, svg).expect("the picture is written");
    }
}

fn svg(screen: &vt100::Screen) -> String {
    let (rows, columns) = screen.size();
    let (rows, columns) = (usize::from(rows.get()), usize::from(columns.get()));
    let (width, height) = (columns * CELL.0 + 24, rows * CELL.1 + 24);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n\
         <g font-family=\"ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace\" font-size=\"13\" \
         transform=\"translate(12 12)\" xml:space=\"preserve\">\n"
    );
    for row in 0..rows {
        draw_row(&mut svg, screen, row, columns);
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

fn draw_row(svg: &mut String, screen: &vt100::Screen, row: usize, columns: usize) {
    let at = |n: usize| u16::try_from(n).expect("small");
    let cells: Vec<_> = (0..columns).filter_map(|c| Some((c, screen.cell(at(row), at(c))?))).collect();
    let y = row * CELL.1;
    for run in cells.chunk_by(|(_, a), (_, b)| a.bgcolor() == b.bgcolor()) {
        if let Some(colour) = colour(run[0].1.bgcolor()) {
            let (x, width) = (run[0].0 * CELL.0, run.len() * CELL.0);
            let _ = writeln!(
                svg,
                "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{}\" fill=\"{colour}\"/>",
                CELL.1
            );
        }
    }
    let is_text = |cell: &vt100::Cell| !cell.contents().trim().is_empty() && shape(cell.contents()).is_none();
    for (column, cell) in cells.iter().filter(|(_, cell)| !cell.contents().trim().is_empty()) {
        let fill = colour(cell.fgcolor()).unwrap_or_else(|| TEXT.to_owned());
        // Lines and bars are drawn, as fonts leave gaps between their signs.
        if let Some((dx, dy, w, h)) = shape(cell.contents()) {
            let (left, top) = ((column * CELL.0) as f64 + dx * 8.0, y as f64 + dy * 17.0);
            let (w, h) = (w * 8.0, h * 17.0);
            let _ = writeln!(
                svg,
                "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{w:.1}\" height=\"{h:.1}\" fill=\"{fill}\"/>"
            );
        }
    }
    let same = |(a, x): &(usize, &vt100::Cell), (b, y): &(usize, &vt100::Cell)| {
        a + 1 == *b && is_text(x) && is_text(y) && x.fgcolor() == y.fgcolor() && x.bold() == y.bold()
    };
    for run in cells.chunk_by(same).filter(|run| is_text(run[0].1)) {
        let fill = colour(run[0].1.fgcolor()).unwrap_or_else(|| TEXT.to_owned());
        let weight = if run[0].1.bold() { " font-weight=\"bold\"" } else { "" };
        let text: String = run.iter().map(|(_, cell)| cell.contents()).collect();
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        // A place for each letter: fonts differ in their width.
        let places: Vec<String> = run.iter().map(|(column, _)| (column * CELL.0).to_string()).collect();
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" fill=\"{fill}\"{weight}>{text}</text>",
            places.join(" "),
            y + 13
        );
    }
}

/// Left, top, width and height of a sign that fills a part of its cell.
fn shape(sign: &str) -> Option<(f64, f64, f64, f64)> {
    let eighths = ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];
    if let Some(at) = eighths.iter().position(|s| *s == sign) {
        return Some((0.0, 0.12, (at as f64 + 1.0) / 8.0, 0.76));
    }
    match sign {
        "─" => Some((0.0, 0.47, 1.0, 0.06)),
        "│" => Some((0.44, 0.0, 0.12, 1.0)),
        "┃" => Some((0.38, 0.0, 0.24, 1.0)),
        _ => None,
    }
}

/// A terminal's colour as a page writes it; `None` for the default.
fn colour(colour: vt100::Color) -> Option<String> {
    let hex = |r: u8, g: u8, b: u8| format!("#{r:02x}{g:02x}{b:02x}");
    match colour {
        vt100::Color::Default => None,
        vt100::Color::Rgb(r, g, b) => Some(hex(r, g, b)),
        vt100::Color::Idx(index @ 16..=231) => {
            let level = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
            let cube = index - 16;
            Some(hex(level(cube / 36), level(cube / 6 % 6), level(cube % 6)))
        }
        vt100::Color::Idx(index @ 232..) => {
            let grey = 8 + 10 * (index - 232);
            Some(hex(grey, grey, grey))
        }
        vt100::Color::Idx(_) => Some(TEXT.to_owned()),
    }
}
