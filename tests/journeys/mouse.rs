//! The same as the keys, by pointing.

use crossterm::event::MouseEventKind;
use volx::app::details::Tab;
use volx::app::files::order::FileKey;
use volx::app::model::{Pane, Screen};
use volx::domain::column::Column;

use super::stage::Stage;
use super::{listed, selected};

#[test]
fn a_click_selects_a_second_opens() {
    let mut stage = Stage::demo(120, 40);
    let third = listed(&stage)[2].clone();
    let (column, row) = stage.find(&third).expect("it is listed");
    stage.click(column, row);
    assert_eq!(selected(&stage), third);
    stage.click(column, row);
    assert_eq!(stage.model.screen, Screen::Files, "a click on the selected row goes into it");
    let (column, row) = stage.find("logs/").expect("a folder");
    stage.click(column, row);
    stage.click(column, row);
    assert_eq!(stage.model.files.place().to_string(), "/logs");
    stage.mouse(MouseEventKind::ScrollDown, column, row);
    stage.click_on("MODIFIED");
    assert_eq!(stage.model.files.order.key, FileKey::Modified, "a heading sorts");
}

#[test]
fn headings_sort_and_turn_round() {
    let mut stage = Stage::demo(120, 40);
    stage.click_on("NAME");
    assert_eq!(stage.model.home.sort.column, Column::Name);
    let names = listed(&stage);
    stage.click_on("NAME");
    let turned: Vec<String> = listed(&stage).into_iter().rev().collect();
    assert_eq!(names, turned, "a second click turns the order round");
    stage.click_on("CONTAINERS");
    assert_eq!(stage.model.home.sort.column, Column::Containers);
}

#[test]
fn the_wheel_moves_what_is_under_it() {
    let mut stage = Stage::demo(120, 40);
    let all = listed(&stage);
    stage.mouse(MouseEventKind::ScrollDown, 10, 10);
    assert_eq!(selected(&stage), all[3]);
    stage.mouse(MouseEventKind::ScrollUp, 10, 10);
    assert_eq!(selected(&stage), all[0]);
    stage.press("] ]");
    stage.resize(120, 14);
    stage.mouse(MouseEventKind::ScrollDown, 110, 8);
    assert_eq!(stage.model.details.scroll, 3, "over the details it scrolls them");
    assert_eq!(selected(&stage), all[0]);
}

#[test]
fn tabs_screens_hints_and_menus_are_clicked() {
    let mut stage = Stage::demo(160, 45);
    stage.click_on("Labels");
    assert_eq!(stage.model.details.tab, Tab::Labels);
    stage.click_on("Activity");
    assert_eq!(stage.model.screen, Screen::Activity);
    stage.click_on("Volumes");
    assert_eq!(stage.model.screen, Screen::Volumes);
    stage.click_on("s sort");
    assert_eq!(stage.model.overlays.len(), 1, "a hint is a button");
    stage.click_on("created");
    assert_eq!(stage.model.home.sort.column, Column::Created);
    stage.press("?");
    stage.click(1, 44);
    assert!(stage.model.overlays.is_empty(), "a click beside an overlay closes it");
    stage.click_on("Driver options");
    assert_eq!(stage.model.pane, Pane::Details, "a click into the details gives them the keys");
}
