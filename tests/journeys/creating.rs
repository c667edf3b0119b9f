//! Making a volume on the screen: typing, what is said of it meanwhile, and where one is afterwards.

use volx::app::message::Effect;
use volx::app::overlay::Overlay;
use volx::domain::change::{ChangeAsk, ChangeNews};
use volx::domain::live::Observation;
use volx::domain::trouble::Trouble;

use crate::stage::Stage;

fn asked(stage: &Stage) -> Vec<&ChangeAsk> {
    let mut asked = Vec::new();
    for effect in &stage.effects {
        if let Effect::Change(ask) = effect {
            asked.push(ask);
        }
    }
    asked
}

#[test]
fn a_volume_is_made_and_the_cursor_goes_to_it() {
    let mut stage = Stage::demo(120, 40);
    stage.press("j j j c");
    assert!(stage.text().contains("New volume"), "{}", stage.text());
    stage.type_text("aa-scratch");
    stage.press("ctrl-s");
    let text = stage.text();
    assert!(!text.contains("New volume"), "the form is closed:\n{text}");
    assert!(text.contains("aa-scratch is made"), "{text}");
    assert_eq!(stage.model.home.selected_name(), Some("aa-scratch"));
    // What was typed belonged to that volume.
    stage.press("c");
    assert!(!stage.text().contains("volx create aa-scratch"), "{}", stage.text());
}

#[test]
fn a_name_that_is_taken_is_refused_while_it_is_typed() {
    let mut stage = Stage::demo(80, 24);
    stage.press("c");
    stage.type_text("shop_postgres-dat");
    assert!(!stage.text().contains("exists already"), "{}", stage.text());
    stage.type_text("a");
    assert!(stage.text().contains("exists already: the engine would silently"));
    stage.press("ctrl-s");
    assert_eq!(asked(&stage), [] as [&ChangeAsk; 0], "nothing is asked of the engine");
    assert!(matches!(stage.model.overlays.last(), Some(Overlay::Form(_))));
}

#[test]
fn what_is_wrong_is_said_below_its_line_and_gone_to() {
    let mut stage = Stage::demo(80, 24);
    stage.press("c");
    stage.type_text("media");
    stage.press("backtab right");
    assert!(stage.text().contains("[nfs]"), "{}", stage.text());
    stage.press("tab tab tab");
    stage.type_text("srv");
    stage.press("ctrl-s");
    assert!(stage.text().contains("the server is missing"), "{}", stage.text());
    // The keys are in that line now.
    stage.type_text("nas");
    assert!(stage.text().contains("the exported path begins with a /: 'srv'"), "{}", stage.text());
    stage.press("tab home");
    stage.type_text("/");
    stage.press("ctrl-s");
    let Some(ChangeAsk::Make(made)) = asked(&stage).first().copied() else { panic!("{}", stage.text()) };
    assert_eq!((made.options["device"].as_str(), made.options["o"].as_str()), (":/srv", "addr=nas"));
}

#[test]
fn a_password_is_typed_blind_and_kept_nowhere() {
    let mut stage = Stage::demo(120, 40);
    stage.is_silent = true;
    stage.press("c");
    stage.type_text("media");
    stage.press("up right right tab tab");
    stage.type_text("//nas/media");
    stage.press("tab");
    stage.type_text("anna");
    stage.press("tab");
    stage.type_text("hunter2");
    let text = stage.text();
    assert!(text.contains("*******") && !text.contains("hunter2"), "{text}");
    assert!(text.contains("volx create media --cifs //nas/media --user anna --password-stdin"), "{text}");
    assert!(text.contains("password=*****") && text.contains("clear text"), "{text}");
    assert!(!format!("{:?}", stage.model).contains("hunter2"), "no debug text has it");
    // Leaving keeps what was typed, but not this.
    stage.press("esc c");
    let text = stage.text();
    assert!(text.contains("//nas/media") && !text.contains("*******"), "{text}");
    stage.press("down down down");
    stage.type_text("hunter2");
    stage.press("ctrl-s");
    assert!(!format!("{:?}", stage.effects).contains("hunter2"), "nor has the request's");
    let Some(ChangeAsk::Make(made)) = asked(&stage).first().copied() else { panic!("{}", stage.text()) };
    assert!(made.options["o"].contains("password=hunter2"), "the engine is told");
}

#[test]
fn what_the_engine_refuses_stays_in_the_form_with_its_cause() {
    let mut stage = Stage::demo(120, 40);
    stage.is_silent = true;
    stage.press("c");
    stage.type_text("big");
    stage.press("ctrl-s");
    assert!(stage.text().contains("Making it"), "{}", stage.text());
    stage.press("ctrl-s");
    assert_eq!(asked(&stage).len(), 1, "it is asked for once");
    let trouble = Trouble::new("'big' was not made", "no space left on device").with_remedy("make room");
    stage.observe(Observation::Changed(ChangeNews::Made("big".to_owned(), Err(trouble))));
    let text = stage.text();
    assert!(text.contains("no space left on device") && text.contains("make room"), "{text}");
    assert!(text.contains("volx create big"), "{text}");
    stage.type_text("ger");
    assert!(!stage.text().contains("no space left"), "{}", stage.text());
}

#[test]
fn a_row_is_gone_to_by_pointing() {
    let mut stage = Stage::demo(120, 40);
    stage.press("c");
    stage.type_text("by-mouse");
    stage.click_on("Label");
    stage.type_text("team=shop");
    assert!(stage.text().contains("--label team=shop"), "{}", stage.text());
    stage.click_on("[Make it]");
    assert_eq!(stage.model.home.selected_name(), Some("by-mouse"));
    let labels = &stage.model.listed().volumes[stage.model.home.selected().expect("selected")].labels;
    assert_eq!(labels["team"], "shop");
}

#[test]
fn who_goes_elsewhere_before_it_is_listed_stays_there() {
    let mut stage = Stage::demo(120, 40);
    stage.is_silent = true;
    stage.press("c");
    stage.type_text("late");
    stage.press("ctrl-s");
    stage.observe(Observation::Changed(ChangeNews::Made("late".to_owned(), Ok(()))));
    stage.press("j j");
    let here = stage.model.home.selected_name().map(str::to_owned);
    let wanted = volx::domain::creation::NewVolume { name: "late".to_owned(), ..Default::default() };
    let made = volx::engine::Engine::changes(&stage.demo).expect("may be changed");
    futures_util::FutureExt::now_or_never(made.make_volume(&wanted)).expect("at once").expect("made");
    stage.list();
    assert!(stage.model.listed().position("late").is_some());
    assert_eq!(stage.model.home.selected_name(), here.as_deref());
}
