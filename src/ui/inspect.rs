//! The Inspect tab: the engine's own description as JSON, coloured by kind.

use ratatui::text::{Line, Span};
use serde_json::Value;

use super::paint::Paint;
use super::wrap;
use crate::app::model::Model;
use crate::config::theme::Role;
use crate::domain::remote::Remote;
use crate::domain::text::clean;

pub(super) fn lines(model: &Model, paint: &Paint<'_>, width: usize) -> Vec<Line<'static>> {
    let is_current = model.details.inspected_name.as_deref() == model.home.selected_name();
    match &model.details.inspected {
        remote if is_current && remote.value().is_some() => {
            let mut lines = Vec::new();
            if let Some(trouble) = remote.trouble() {
                lines.extend(trouble_lines(&trouble.to_string(), paint, width));
            }
            if let Some(inspected) = remote.value() {
                lines.extend(json(&inspected.answer, paint, width));
            }
            lines
        }
        Remote::Failed(trouble) if is_current => trouble_lines(&trouble.to_string(), paint, width),
        _ => vec![Line::from(paint.span("asking the engine", Role::Dim))],
    }
}

fn trouble_lines(text: &str, paint: &Paint<'_>, width: usize) -> Vec<Line<'static>> {
    text.lines()
        .flat_map(|line| wrap::words(&clean(line), width))
        .map(|line| Line::from(paint.span(line, Role::Error)))
        .collect()
}

/// A JSON value as coloured lines.
pub(super) fn json(value: &Value, paint: &Paint<'_>, width: usize) -> Vec<Line<'static>> {
    let mut writer = Writer { paint, lines: Vec::new(), spans: Vec::new() };
    writer.value(value, 0);
    writer.end_line();
    writer
        .lines
        .into_iter()
        .flat_map(|line| {
            let indent = line.spans.first().map_or(0, |s| s.content.len() - s.content.trim_start().len());
            wrap::line(line, width, indent + 4)
        })
        .collect()
}

struct Writer<'p, 'c> {
    paint: &'p Paint<'c>,
    lines: Vec<Line<'static>>,
    spans: Vec<Span<'static>>,
}

impl Writer<'_, '_> {
    fn put(&mut self, text: impl Into<String>, role: Role) {
        self.spans.push(self.paint.span(text.into(), role));
    }

    fn end_line(&mut self) {
        if !self.spans.is_empty() {
            self.lines.push(Line::from(std::mem::take(&mut self.spans)));
        }
    }

    fn value(&mut self, value: &Value, depth: usize) {
        match value {
            Value::Null => self.put("null", Role::JsonLiteral),
            Value::Bool(is_true) => self.put(is_true.to_string(), Role::JsonLiteral),
            Value::Number(number) => self.put(number.to_string(), Role::JsonNumber),
            Value::String(_) => self.put(quoted(value), Role::JsonString),
            Value::Array(items) if items.is_empty() => self.put("[]", Role::Dim),
            Value::Object(fields) if fields.is_empty() => self.put("{}", Role::Dim),
            Value::Array(items) => {
                self.open("[");
                for (at, item) in items.iter().enumerate() {
                    self.indent(depth + 1);
                    self.value(item, depth + 1);
                    self.close_item(at + 1 < items.len());
                }
                self.indent(depth);
                self.put("]", Role::Dim);
            }
            Value::Object(fields) => {
                self.open("{");
                for (at, (key, field)) in fields.iter().enumerate() {
                    self.indent(depth + 1);
                    self.put(quoted(&Value::String(key.clone())), Role::JsonKey);
                    self.put(": ", Role::Dim);
                    self.value(field, depth + 1);
                    self.close_item(at + 1 < fields.len());
                }
                self.indent(depth);
                self.put("}", Role::Dim);
            }
        }
    }

    fn open(&mut self, bracket: &str) {
        self.put(bracket, Role::Dim);
        self.end_line();
    }

    fn indent(&mut self, depth: usize) {
        self.put("  ".repeat(depth), Role::Text);
    }

    fn close_item(&mut self, has_more: bool) {
        if has_more {
            self.put(",", Role::Dim);
        }
        self.end_line();
    }
}

/// A string as JSON writes it, whatever is in it; the escapes keep control characters away.
fn quoted(text: &Value) -> String {
    clean(&text.to_string()).into_owned()
}
