//! Names and labels that want out of their cell.

use unicode_width::UnicodeWidthStr;
use volx::domain::container::{Container, State};
use volx::domain::inventory::Inventory;
use volx::domain::mount::{Mount, Source};
use volx::domain::text::is_hostile;
use volx::domain::volume::{PROJECT_LABEL, Volume};

use super::stage::Stage;

fn names() -> Vec<String> {
    vec![
        "\x1b[31mred\x1b[0m\x07".to_owned(),
        "line\nbreak\ttab\rreturn".to_owned(),
        "\u{202e}gnp.exe".to_owned(),
        "数据库".repeat(40),
        format!("tower{}", "\u{301}".repeat(300)),
        "עברית-مرحبا".to_owned(),
        "👨‍👩‍👧‍👦family👍🏽".repeat(9),
        "x".repeat(5000),
        "\u{9b}31mC1".to_owned(),
        "plain".to_owned(),
    ]
}

fn world() -> Inventory {
    let volumes = names()
        .into_iter()
        .map(|name| Volume {
            labels: [(PROJECT_LABEL.to_owned(), name.clone()), (name.clone(), name.clone())].into(),
            options: [("o".to_owned(), name.clone())].into(),
            mountpoint: Some(format!("/var/lib/{name}")),
            driver: name.clone(),
            scope: name.clone(),
            name,
            ..Volume::default()
        })
        .collect();
    let containers = names()
        .into_iter()
        .map(|name| Container {
            id: name.clone(),
            image: name.clone(),
            state: State::Other(name.clone()),
            project: Some(name.clone()),
            service: Some(name.clone()),
            is_helper: false,
            mounts: vec![Mount {
                source: Source::Volume(name.clone()),
                destination: format!("/{name}"),
                read_only: false,
            }],
            name,
        })
        .collect();
    Inventory::join(volumes, containers, vec!["plugin \x1b]0;owned\x07 is gone".to_owned()])
}

#[test]
fn nothing_leaves_its_cell_or_steers_the_terminal_on_any_screen_or_tab() {
    for (width, height) in [(40, 12), (80, 24), (130, 40), (250, 70)] {
        let mut stage = Stage::with(world(), width, height);
        for keys in ["g", "] ", "] ", "] ", "] t", "t !", "esc G", "enter", "esc y", "esc /"] {
            stage.press(keys);
            for _ in 0..names().len() {
                stage.press("down");
                check(&stage, width);
            }
        }
    }
}

fn check(stage: &Stage, width: u16) {
    let buffer = stage.buffer();
    for cell in &buffer.content {
        assert!(!cell.symbol().chars().any(is_hostile), "no control reaches a cell: {:?}", cell.symbol());
        assert!(cell.symbol().width() <= 2, "a cell is a cell: {:?}", cell.symbol());
        assert!(cell.symbol().chars().count() <= 16, "no towers: {:?}", cell.symbol());
    }
    for line in stage.text().lines() {
        assert!(line.width() <= usize::from(width), "a line is a line: {line}");
    }
}

#[test]
fn ascii_means_ascii() {
    let mut stage = Stage::with(world(), 100, 30);
    stage.config.glyphs = volx::config::glyphs::Glyphs::ASCII;
    for keys in ["g", "?", "esc :", "esc ]", "5", "1 t"] {
        stage.press(keys);
        assert!(stage.text().is_ascii(), "after {keys}:\n{}", stage.text());
    }
}
