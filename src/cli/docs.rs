//! `volx keys`, `completions` and `man`: all from the tables that the program itself uses.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_complete::Shell;
use serde::Serialize;

use super::arguments::Arguments;
use super::{Exit, Failure, Session, print};
use crate::app::action::{Action, Context};

/// A binding for scripts.
#[derive(Debug, Serialize)]
struct Binding {
    context: &'static str,
    action: &'static str,
    keys: Vec<String>,
    doc: &'static str,
    /// Why it is off, where it is.
    off: Option<&'static str>,
}

pub(super) fn keys(session: &Session, is_markdown: bool) -> Result<Exit, Failure> {
    let bindings: Vec<Binding> = Context::ALL
        .into_iter()
        .flat_map(|context| {
            Action::ALL.iter().filter(move |action| action.contexts().contains(&context)).map(move |action| {
                Binding {
                    context: context.name(),
                    action: action.name(),
                    keys: session.config.keymap.shown(context, *action),
                    doc: action.doc(),
                    off: (action.is_changing() && session.config.is_read_only).then_some("read-only"),
                }
            })
        })
        .collect();
    if session.is_json {
        print::json(&bindings)?;
    } else if is_markdown {
        print::line("| Keys | Action | What it does |")?;
        print::line("|---|---|---|")?;
        for b in bindings.iter().filter(|b| ["main", "offline", "map"].contains(&b.context)) {
            let keys = if b.keys.is_empty() {
                "palette".to_owned()
            } else {
                b.keys.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(" ")
            };
            print::line(&format!("| {keys} | {} | {} |", b.action, b.doc))?;
        }
    } else {
        let rows: Vec<Vec<String>> = bindings
            .iter()
            .map(|b| {
                let off = b.off.map_or_else(String::new, |why| format!(" ({why}: off)"));
                vec![b.context.to_owned(), b.keys.join(" "), b.action.to_owned(), format!("{}{off}", b.doc)]
            })
            .collect();
        print::table(&["WHERE", "KEYS", "ACTION", "WHAT IT DOES"], &rows)?;
    }
    Ok(Exit::Done)
}

pub(super) fn completions(shell: Shell) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "volx", &mut text);
    io::stdout().lock().write_all(&text)?;
    Ok(Exit::Done)
}

pub(super) fn man() -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_mangen::Man::new(Arguments::command()).render(&mut text)?;
    io::stdout().lock().write_all(&text)?;
    Ok(Exit::Done)
}
