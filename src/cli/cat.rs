//! `volx cat`.

use std::io::{self, IsTerminal, Write};

use super::arguments::Cat;
use super::within::Within;
use super::{Exit, Failure, Session};
use crate::domain::text::clean;

/// Bytes read at once.
const CHUNK: usize = 1024 * 1024;
/// A line that is longer is shown in pieces; it is held in memory.
const LONGEST_LINE: usize = 64 * 1024;

pub(super) async fn run(session: &Session, wanted: &Cat) -> Result<Exit, Failure> {
    let within = Within::parse(&wanted.place)?;
    let content = within.open(session, wanted.access).await?.content;
    let is_seen = io::stdout().is_terminal();
    let mut text = Harmless::default();
    let mut from = 0;
    loop {
        let bytes = content.read(&within.place, from, CHUNK).await?;
        from += bytes.len() as u64;
        let is_over = bytes.is_empty();
        let mut out = io::stdout().lock();
        if is_seen {
            out.write_all(text.shown(&bytes, is_over).as_bytes())?;
        } else {
            out.write_all(&bytes)?;
        }
        out.flush()?;
        if is_over {
            return Ok(Exit::Done);
        }
    }
}

/// Makes bytes harmless for a terminal, line by line, wherever they were cut.
#[derive(Default)]
struct Harmless {
    rest: Vec<u8>,
}

impl Harmless {
    fn shown(&mut self, bytes: &[u8], is_over: bool) -> String {
        self.rest.extend_from_slice(bytes);
        let ends = |(at, byte): (usize, &u8)| (*byte == b'\n').then_some(at + 1);
        let lines = self.rest.iter().enumerate().rev().find_map(ends).unwrap_or(0);
        // A line without end is cut, but not within a letter, which is at most four bytes.
        let whole = if is_over || self.rest.len() - lines > LONGEST_LINE {
            let letter = self.rest.iter().rev().take(4).position(|byte| byte & 0xc0 != 0x80);
            let cut = letter.filter(|_| !is_over).map_or(0, |at| at + 1);
            self.rest.len() - cut
        } else {
            lines
        };
        let shown: Vec<u8> = self.rest.drain(..whole).collect();
        let text = String::from_utf8_lossy(&shown);
        text.split_inclusive('\n').fold(String::with_capacity(text.len()), |mut out, line| {
            let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
            for (at, part) in line.strip_suffix('\r').unwrap_or(line).split('\t').enumerate() {
                out.push_str(if at > 0 { "\t" } else { "" });
                out.push_str(&clean(part));
            }
            out.push_str(end);
            out
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_the_terminal_wherever_it_was_cut() {
        let hostile = "plain\ttab\r\nü\x1b[31mred\u{202e}\u{9b}2J\nlast".as_bytes();
        let mut at_once = Harmless::default();
        let whole = at_once.shown(hostile, false) + &at_once.shown(b"", true);
        assert_eq!(whole, "plain\ttab\nü␛[31mred\u{fffd}\u{fffd}2J\nlast");
        let mut by_byte = Harmless::default();
        let mut pieces: String = hostile.iter().map(|byte| by_byte.shown(&[*byte], false)).collect();
        pieces += &by_byte.shown(b"", true);
        assert_eq!(pieces, whole);
    }

    #[test]
    fn a_line_without_end_is_not_gathered_for_ever() {
        let mut text = Harmless::default();
        let shown = text.shown("ü".repeat(LONGEST_LINE).as_bytes(), false);
        assert!(shown.len() > LONGEST_LINE && !shown.contains('\u{fffd}'));
        assert!(text.rest.len() <= 4);
    }
}
