//! Making any text safe and right-sized for a terminal cell.
//!
//! Names, labels and messages come from engines and from whoever made the
//! volumes; here they lose the power to move the cursor, turn the line around
//! or grow out of their column.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Marks kept on one grapheme; more would be drawn over the neighbouring rows.
const MARKS_PER_CELL: usize = 4;

/// Whether a character could steer the terminal or the direction of the line.
#[must_use]
pub fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// `text` with every control and direction character made visible and harmless, and no letter
/// with more marks than a cell can hold.
///
/// C0 controls become their picture (`␛`), the others the replacement character.
/// Costs nothing when there is nothing to change.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    let text = if text.chars().any(is_hostile) {
        Cow::Owned(text.chars().map(|c| if is_hostile(c) { picture(c) } else { c }).collect::<String>())
    } else {
        Cow::Borrowed(text)
    };
    if text.is_ascii() || !text.graphemes(true).any(|g| tamed(g).len() < g.len()) {
        return text;
    }
    Cow::Owned(text.graphemes(true).map(tamed).collect())
}

fn picture(c: char) -> char {
    match u32::from(c) {
        code @ 0..0x20 => char::from_u32(0x2400 + code).unwrap_or(char::REPLACEMENT_CHARACTER),
        0x7f => '\u{2421}',
        _ => char::REPLACEMENT_CHARACTER,
    }
}

/// Columns that `text` takes on a terminal.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// `text` cleaned and cut to at most `columns`, with `mark` in place of what is missing.
#[must_use]
pub fn fit<'a>(text: &'a str, columns: usize, mark: &str) -> Cow<'a, str> {
    let text = clean(text);
    let full = text.width();
    if full <= columns {
        return text;
    }
    let room = columns.saturating_sub(mark.width());
    let mut out = String::with_capacity(columns + mark.len());
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        used += grapheme.width();
        if used > room {
            break;
        }
        out.push_str(grapheme);
    }
    if mark.width() <= columns {
        out.push_str(mark);
    }
    Cow::Owned(out)
}

/// `text` cut to `columns` keeping its end, for paths whose last part matters most.
#[must_use]
pub fn fit_end<'a>(text: &'a str, columns: usize, mark: &str) -> Cow<'a, str> {
    let text = clean(text);
    if text.width() <= columns {
        return text;
    }
    let room = columns.saturating_sub(mark.width());
    let mut kept: Vec<&str> = Vec::new();
    let mut used = 0;
    for grapheme in text.graphemes(true).rev() {
        if used + grapheme.width() > room {
            break;
        }
        used += grapheme.width();
        kept.push(grapheme);
    }
    let mut out = String::new();
    if mark.width() <= columns {
        out.push_str(mark);
    }
    out.extend(kept.into_iter().rev());
    Cow::Owned(out)
}

/// `text` with everything outside ASCII as `?`, for terminals that cannot show it.
#[must_use]
pub fn ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.graphemes(true)
            .flat_map(|g| {
                let shown = if g.is_ascii() { g } else { "?" };
                let times = if g.is_ascii() { 1 } else { g.width().max(1) };
                std::iter::repeat_n(shown, times)
            })
            .collect(),
    )
}

/// A grapheme without the marks beyond the limit; joined emoji stay whole.
fn tamed(grapheme: &str) -> &str {
    if grapheme.contains('\u{200d}') && grapheme.chars().count() <= 16 {
        return grapheme;
    }
    match grapheme.char_indices().nth(MARKS_PER_CELL + 1) {
        Some((end, _)) => grapheme.get(..end).unwrap_or(grapheme),
        None => grapheme,
    }
}

/// At most so many bytes of a text, with a mark where it was cut: so that what others say takes
/// bounded room.
#[must_use]
pub fn shortened(mut text: String, bytes: usize) -> String {
    const MARK: &str = "…";
    if text.len() > bytes {
        let most = bytes.saturating_sub(MARK.len());
        let cut = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(cut);
        text.push_str(MARK);
    }
    text
}

/// JSON that steers nothing: it leaves C1 and direction characters as they are, and as escapes they
/// mean the same. Between strings there are only line breaks.
#[must_use]
pub fn harmless(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for letter in json.chars() {
        if letter != '\n' && is_hostile(letter) {
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                // A String never refuses.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(letter);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_become_pictures() {
        assert_eq!(clean("a\x1b[31mb\x07\x7f\u{9b}c"), "a␛[31mb␇␡\u{fffd}c");
        assert_eq!(clean("x\u{202e}gpj.exe"), "x\u{fffd}gpj.exe");
        assert!(matches!(clean("plain"), Cow::Borrowed(_)), "a clean name is not copied");
    }

    #[test]
    fn cutting_counts_columns_not_letters() {
        assert_eq!(fit("postgres", 8, "…"), "postgres");
        assert_eq!(fit("postgres", 5, "…"), "post…");
        assert_eq!(fit("数据库存储", 5, "…"), "数据…");
        assert_eq!(fit_end("/var/lib/docker", 8, "…"), "…/docker");
        assert_eq!(fit("abc", 0, "…"), "");
    }

    #[test]
    fn a_tower_of_marks_is_taken_down() {
        let tower = format!("e{}", "\u{301}".repeat(50));
        assert!(fit(&tower, 10, "…").chars().count() <= 5, "marks beyond the limit go");
    }

    #[test]
    fn ascii_keeps_the_columns() {
        assert_eq!(ascii("a数b"), "a??b");
    }

    proptest! {
        #[test]
        fn nothing_leaves_its_column(text in "\\PC{0,40}|.{0,40}", columns in 0_usize..30) {
            let shown = fit(&text, columns, "…");
            prop_assert!(shown.graphemes(true).map(UnicodeWidthStr::width).sum::<usize>() <= columns);
            prop_assert!(!shown.chars().any(is_hostile));
            let shown = fit_end(&text, columns, "…");
            prop_assert!(shown.graphemes(true).map(UnicodeWidthStr::width).sum::<usize>() <= columns);
        }
    }

    #[test]
    fn a_shortened_text_has_its_mark_and_whole_letters() {
        assert_eq!(shortened("ünü".to_owned(), 5), "ünü");
        assert_eq!(shortened("ünüü".to_owned(), 6), "ün…");
        assert_eq!(shortened("ünüü".to_owned(), 4), "…");
        assert!(shortened("x".repeat(5000), 1024).len() <= 1024);
    }

    #[test]
    fn json_reads_back_the_same_and_steers_nothing() {
        let hostile = "a\x1b[31m\u{9b}31m\u{202e}\u{e0041}b\n";
        let printed = harmless(&serde_json::to_string(hostile).expect("json"));
        assert!(!printed.chars().any(is_hostile), "{printed}");
        assert_eq!(serde_json::from_str::<String>(&printed).expect("json"), hostile);
    }
}
