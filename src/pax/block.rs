//! The blocks of 512 bytes that an archive is made of, and the fields of a head.

use std::io;

/// The unit of an archive.
pub(super) const BLOCK: usize = 512;

/// Where a field begins, and its length. [POSIX, pax, ustar Interchange Format]
#[derive(Clone, Copy)]
pub(super) struct Field(pub(super) usize, pub(super) usize);

pub(super) const NAME: Field = Field(0, 100);
pub(super) const MODE: Field = Field(100, 8);
pub(super) const UID: Field = Field(108, 8);
pub(super) const GID: Field = Field(116, 8);
pub(super) const SIZE: Field = Field(124, 12);
pub(super) const MTIME: Field = Field(136, 12);
const CHECKSUM: Field = Field(148, 8);
const KIND: Field = Field(156, 1);
pub(super) const LINK: Field = Field(157, 100);
pub(super) const MAGIC: Field = Field(257, 8);
pub(super) const MAJOR: Field = Field(329, 8);
pub(super) const MINOR: Field = Field(337, 8);
pub(super) const PREFIX: Field = Field(345, 155);

/// POSIX; GNU's own has blanks there and no prefix.
pub(super) const USTAR: &[u8] = b"ustar\x0000";

/// One block.
pub(super) struct Block(pub(super) [u8; BLOCK]);

impl Block {
    /// A head of some kind, to be filled and sealed.
    pub(super) fn head(kind: u8) -> Self {
        let mut block = Self([0; BLOCK]);
        block.put(KIND, &[kind]);
        block.put(MAGIC, USTAR);
        block
    }

    /// Writes text, cut to the field. Says whether all of it fitted.
    pub(super) fn put(&mut self, field: Field, text: &[u8]) -> bool {
        for (byte, new) in self.0.iter_mut().skip(field.0).take(field.1).zip(text) {
            *byte = *new;
        }
        text.len() <= field.1
    }

    /// Writes a number in octal; zero, and `false`, when it does not fit.
    pub(super) fn put_number(&mut self, field: Field, number: u64) -> bool {
        let digits = field.1 - 1;
        let fits = number < 1 << (3 * digits);
        let mut rest = if fits { number } else { 0 };
        for byte in self.0.iter_mut().skip(field.0).take(digits).rev() {
            *byte = b"01234567".get(usize::try_from(rest % 8).unwrap_or(0)).copied().unwrap_or(b'0');
            rest /= 8;
        }
        fits
    }

    /// Writes the checksum, last of all.
    pub(super) fn seal(&mut self) {
        let sum = self.checksums().0;
        self.put(CHECKSUM, format!("{sum:06o}\0 ").as_bytes());
    }

    /// Whether the checksum agrees. Old writers summed signed bytes.
    pub(super) fn is_sealed(&self) -> bool {
        let (unsigned, signed) = self.checksums();
        self.number(CHECKSUM).is_ok_and(|sum| sum == unsigned || sum == signed)
    }

    /// The sum of all bytes with blanks for the checksum, unsigned and signed.
    fn checksums(&self) -> (i64, i64) {
        let own = self.raw(CHECKSUM);
        let sum = |bytes: &[u8]| bytes.iter().map(|byte| u32::from(*byte)).sum::<u32>();
        let high = |bytes: &[u8]| bytes.iter().map(|byte| u32::from(byte >> 7)).sum::<u32>();
        let blanks = 8 * u32::from(b' ');
        let unsigned = i64::from(sum(&self.0) - sum(own) + blanks);
        // What is 128 or more stands for itself less 256.
        (unsigned, unsigned - 256 * i64::from(high(&self.0) - high(own)))
    }

    pub(super) fn is_zero(&self) -> bool {
        self.0.iter().all(|byte| *byte == 0)
    }

    pub(super) fn kind(&self) -> u8 {
        self.raw(KIND).first().copied().unwrap_or_default()
    }

    /// All bytes of a field.
    pub(super) fn raw(&self, field: Field) -> &[u8] {
        self.0.get(field.0..field.0 + field.1).unwrap_or_default()
    }

    /// A field's text, up to the first zero.
    pub(super) fn text(&self, field: Field) -> &[u8] {
        self.raw(field).split(|byte| *byte == 0).next().unwrap_or_default()
    }

    /// A field's number: octal, or GNU's big-endian bytes.
    pub(super) fn number(&self, field: Field) -> io::Result<i64> {
        let raw = self.raw(field);
        match raw.split_first() {
            Some((first, rest)) if first & 0x80 != 0 => big_endian(*first, rest),
            _ => octal(raw),
        }
    }
}

fn octal(raw: &[u8]) -> io::Result<i64> {
    let digits = raw.trim_ascii_start().split(|byte| matches!(byte, 0 | b' ')).next().unwrap_or_default();
    digits.iter().try_fold(0_i64, |value, digit| match digit {
        b'0'..=b'7' => Ok(value * 8 + i64::from(digit - b'0')),
        _ => Err(broken("a number in a head is no number")),
    })
}

/// The first bit marks the form, the second one is the sign.
fn big_endian(first: u8, rest: &[u8]) -> io::Result<i64> {
    let start = i128::from(first & 0x3f) - i128::from(first & 0x40);
    let value = rest.iter().fold(start, |value, byte| (value << 8) | i128::from(*byte));
    i64::try_from(value).map_err(|_beyond| broken("a number in a head is out of range"))
}

/// What follows content of `size` bytes until the next block.
pub(super) const fn padding(size: u64) -> u64 {
    (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64
}

/// The archive is not one.
pub(super) fn broken(why: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the archive is broken: {}", why.into()))
}
