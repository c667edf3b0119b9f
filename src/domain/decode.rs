//! What a part of a file says, whatever it is written in.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::text::{clean, width};

/// Columns between two stops of a tab.
const TAB: usize = 8;
/// In text, less than one byte in so many is a control character.
const CONTROLS: usize = 20;

/// How a file is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// As text in this encoding.
    Text(&'static Encoding),
    /// As bytes.
    Binary,
}

impl Writing {
    /// Guesses by the first bytes of a file; `is_all` says whether they are all.
    #[must_use]
    pub fn of(bytes: &[u8], is_all: bool) -> Self {
        if let Some((encoding, _)) = Encoding::for_bom(bytes) {
            return Self::Text(encoding);
        }
        let is_control = |byte: &&u8| matches!(byte, 1..=6 | 14..=26 | 28..=31);
        if bytes.contains(&0) || bytes.iter().filter(is_control).count() * CONTROLS > bytes.len() {
            return Self::Binary;
        }
        match std::str::from_utf8(bytes) {
            Ok(_) => return Self::Text(UTF_8),
            // A letter may be cut at the end of a part.
            Err(error) if error.error_len().is_none() && !is_all => return Self::Text(UTF_8),
            Err(_) => {}
        }
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        detector.feed(bytes, is_all);
        Self::Text(detector.guess(None, Utf8Detection::Deny))
    }

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text(encoding) => encoding.name(),
            Self::Binary => "binary",
        }
    }
}

/// A line of a file, safe for a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where it begins in the file.
    pub offset: u64,
    /// What it says: tabs are spaces, and no control character is left.
    pub text: String,
    /// Whether its beginning is before this part, or its end behind it.
    pub is_cut: (bool, bool),
}

/// A part of a file.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// Where they begin in the file.
    pub from: u64,
    /// Whether a line begins there.
    pub begins_line: bool,
    /// Whether the file ends with it.
    pub is_last: bool,
}

/// The lines of a part, and where in the file they end. Where the file goes on, a last line that is
/// not whole is left for the next part, unless it is the only one.
#[must_use]
pub fn lines(part: Part<'_>, encoding: &'static Encoding) -> (Vec<Line>, u64) {
    let unit = if encoding == UTF_16LE || encoding == UTF_16BE { 2 } else { 1 };
    let skipped = skipped(part, encoding);
    let mut rest = part.bytes.get(skipped..).unwrap_or_default();
    let mut offset = part.from.saturating_add(u64::try_from(skipped).unwrap_or(0));
    let mut lines: Vec<Line> = Vec::new();
    while !rest.is_empty() {
        let (end, has_end) = line_end(rest, unit, encoding);
        if !has_end && !part.is_last && !lines.is_empty() {
            break;
        }
        let (whole, tail) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        let text =
            if has_end { whole.get(..end - unit).unwrap_or(whole) } else { whole_letters(whole, encoding) };
        let (decoded, _) = encoding.decode_without_bom_handling(text);
        let is_cut = (lines.is_empty() && !part.begins_line, !has_end && !part.is_last);
        let taken = if is_cut.1 { text.len() } else { whole.len() };
        lines.push(Line { offset, text: shown(&decoded), is_cut });
        offset = offset.saturating_add(u64::try_from(taken).unwrap_or(0));
        rest = tail;
    }
    (lines, offset)
}

/// What of a part belongs to no line of it: a byte order mark, or the rest of a letter.
fn skipped(part: Part<'_>, encoding: &'static Encoding) -> usize {
    if part.from == 0 {
        return Encoding::for_bom(part.bytes).map_or(0, |(_, len)| len);
    }
    if part.begins_line || encoding != UTF_8 {
        return 0;
    }
    part.bytes.iter().take(3).take_while(|byte| **byte & 0xc0 == 0x80).count()
}

/// Where the first line ends, its break included, and whether it has one.
fn line_end(bytes: &[u8], unit: usize, encoding: &'static Encoding) -> (usize, bool) {
    let at = if unit == 1 {
        bytes.iter().position(|byte| *byte == b'\n')
    } else {
        let line_break: [u8; 2] = if encoding == UTF_16LE { [b'\n', 0] } else { [0, b'\n'] };
        bytes.chunks_exact(2).position(|pair| pair == line_break).map(|at| at * 2)
    };
    at.map_or((bytes.len(), false), |at| (at + unit, true))
}

/// Text without a last letter that is cut.
fn whole_letters<'a>(bytes: &'a [u8], encoding: &'static Encoding) -> &'a [u8] {
    if encoding != UTF_8 {
        return bytes;
    }
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => bytes.get(..error.valid_up_to()).unwrap_or(bytes),
        _ => bytes,
    }
}

/// A line as a terminal may show it.
fn shown(line: &str) -> String {
    let line = line.strip_suffix('\r').unwrap_or(line);
    let mut out = String::with_capacity(line.len());
    for (at, piece) in line.split('\t').enumerate() {
        if at > 0 {
            let stop = TAB - width(&out) % TAB;
            out.extend(std::iter::repeat_n(' ', stop));
        }
        out.push_str(&clean(piece));
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> Vec<String> {
        let Writing::Text(encoding) = Writing::of(bytes, true) else { panic!("text") };
        let part = Part { bytes, from: 0, begins_line: true, is_last: true };
        lines(part, encoding).0.into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn text_is_read_in_whatever_it_is_written() {
        assert_eq!(read("größe\nzwei\r\n".as_bytes()), ["größe", "zwei"]);
        assert_eq!(read(b"Gr\xf6\xdfe, Z\xfcrich, f\xfcr K\xe4se\n"), ["Größe, Zürich, für Käse"]);
        let utf16: Vec<u8> = "\u{feff}a\tö\nb".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&utf16), ["a       ö", "b"]);
        assert_eq!(read(b"\xef\xbb\xbfmarked\n"), ["marked"]);
        assert_eq!(Writing::of(b"\x7fELF\x02\x01\x01\0\0\0", true), Writing::Binary);
        assert_eq!(Writing::of(&[7; 100], true), Writing::Text(UTF_8), "bells alone are odd text");
        assert_eq!(Writing::of(&[3; 100], true), Writing::Binary);
    }

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(read(b"a\x1b[31mb\x07\n"), ["a\u{241b}[31mb\u{2407}"]);
    }

    #[test]
    fn a_line_that_goes_on_is_left_for_the_next_part() {
        let part = |bytes, is_last| Part { bytes, from: 0, begins_line: true, is_last };
        let (found, end) = lines(part(b"one\ntw", false), UTF_8);
        assert_eq!((found.len(), end), (1, 4));
        assert_eq!(lines(part(b"one\ntw", true), UTF_8).0.len(), 2);
        let (long, end) = lines(part("longerö".as_bytes().split_last().expect("bytes").1, false), UTF_8);
        assert_eq!(end, 6);
        assert_eq!((long[0].text.as_str(), long[0].is_cut), ("longer", (false, true)), "a cut letter waits");
    }

    proptest! {
        #[test]
        fn any_bytes_become_harmless_lines(
            bytes in proptest::collection::vec(any::<u8>(), 0..300), from in 0_u64..9, is_last: bool
        ) {
            if let Writing::Text(encoding) = Writing::of(&bytes, is_last) {
                let begins_line = from == 0;
                for line in lines(Part { bytes: &bytes, from, begins_line, is_last }, encoding).0 {
                    prop_assert!(!line.text.chars().any(super::super::text::is_hostile));
                    prop_assert!(line.offset < from + 300);
                }
            }
        }
    }
}
