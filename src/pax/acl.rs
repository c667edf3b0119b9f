//! ACLs: as the kernel keeps them in an attribute, and in the words that archives know.

use std::fmt::Write as _;

use super::Attribute;

/// The attributes that hold ACLs, and the keys under which archives have them in words.
const KINDS: [(&[u8], &str); 2] =
    [(b"system.posix_acl_access", "SCHILY.acl.access"), (b"system.posix_acl_default", "SCHILY.acl.default")];

/// The kernel's form: a version, then entries of a tag, permissions and a number, all little-endian.
/// [Linux, `include/uapi/linux/posix_acl_xattr.h`]
const VERSION: [u8; 4] = 2_u32.to_le_bytes();
const TAGS: [(u16, &str, bool); 6] = [
    (0x01, "user", false),
    (0x02, "user", true),
    (0x04, "group", false),
    (0x08, "group", true),
    (0x10, "mask", false),
    (0x20, "other", false),
];
/// The number of whoever has none.
const NOBODY: u32 = u32::MAX;

/// The key and the words for an attribute, if it is an ACL.
pub(super) fn words(attribute: &Attribute) -> Option<(&'static str, String)> {
    let (_, key) = KINDS.iter().find(|(name, _)| *name == attribute.name)?;
    let mut text = String::new();
    let (entries, rest) = attribute.value.strip_prefix(&VERSION)?.as_chunks::<8>();
    if !rest.is_empty() {
        return None;
    }
    for [tag_low, tag_high, may_low, may_high, number @ ..] in entries {
        let tag = u16::from_le_bytes([*tag_low, *tag_high]);
        let may = u16::from_le_bytes([*may_low, *may_high]);
        let (_, word, has_number) = TAGS.iter().find(|(known, ..)| *known == tag)?;
        let who = if *has_number { u32::from_le_bytes(*number).to_string() } else { String::new() };
        let bit = |bit: u16, letter: char| if may & bit == 0 { '-' } else { letter };
        writeln!(text, "{word}:{who}:{}{}{}", bit(4, 'r'), bit(2, 'w'), bit(1, 'x')).ok()?;
    }
    (!entries.is_empty()).then_some((*key, text))
}

/// The attribute for an ACL in words; the error is somebody who is named but has no number there.
pub(super) fn spoken(key: &[u8], value: &[u8]) -> Option<Result<Attribute, Vec<u8>>> {
    let (name, _) = KINDS.iter().find(|(_, known)| known.as_bytes() == key)?;
    let mut entries = Vec::new();
    for line in value.split(|byte| matches!(byte, b'\n' | b',')) {
        let line = line.split(|byte| *byte == b'#').next().unwrap_or_default().trim_ascii();
        if line.is_empty() {
            continue;
        }
        match entry(line) {
            Ok(entry) => entries.push(entry),
            Err(who) => return Some(Err(who)),
        }
    }
    // The kernel takes them in this order only.
    entries.sort_unstable_by_key(|(tag, _, number)| (*tag, *number));
    let mut value = VERSION.to_vec();
    for (tag, may, number) in entries {
        value.extend_from_slice(&tag.to_le_bytes());
        value.extend_from_slice(&may.to_le_bytes());
        value.extend_from_slice(&number.to_le_bytes());
    }
    Some(Ok(Attribute { name: name.to_vec(), value }))
}

/// `user:1000:rwx`, or as star has it with a name and then the number: `user:me:rwx:1000`.
fn entry(line: &[u8]) -> Result<(u16, u16, u32), Vec<u8>> {
    let wrong = || line.to_vec();
    let mut parts = line.split(|byte| *byte == b':').map(<[u8]>::trim_ascii);
    let mut part = || parts.next().unwrap_or_default();
    let (mut word, mut who, mut may, mut number) = (part(), part(), part(), part());
    if word == b"default" {
        (word, who, may, number) = (who, may, number, part());
    }
    // `mask` and `other` may come without the empty part.
    if may.is_empty() && matches!(word, b"mask" | b"other" | b"m" | b"o") {
        (who, may) = (&[], who);
    }
    let has_number = !who.is_empty();
    let is =
        |known: &str| known.as_bytes() == word || (word.len() == 1 && known.as_bytes().starts_with(word));
    let (tag, ..) =
        TAGS.iter().find(|(_, known, numbered)| *numbered == has_number && is(known)).ok_or_else(wrong)?;
    let digits = |text: &[u8]| std::str::from_utf8(text).ok().and_then(|text| text.parse::<u32>().ok());
    let number =
        if has_number { digits(who).or_else(|| digits(number)).ok_or_else(|| who.to_vec())? } else { NOBODY };
    let mut bits = 0;
    for letter in may {
        bits |= match letter {
            b'r' => 4,
            b'w' => 2,
            b'x' => 1,
            b'-' => 0,
            _ => return Err(wrong()),
        };
    }
    Ok((*tag, bits, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acl(entries: &[(u16, u16, u32)]) -> Attribute {
        let mut value = VERSION.to_vec();
        for (tag, may, number) in entries {
            value.extend([tag.to_le_bytes(), may.to_le_bytes()].concat());
            value.extend(number.to_le_bytes());
        }
        Attribute { name: KINDS[0].0.to_vec(), value }
    }

    #[test]
    fn an_acl_in_words_is_the_same_acl() {
        let whole = acl(&[
            (0x01, 6, NOBODY),
            (0x02, 7, 1234),
            (0x04, 4, NOBODY),
            (0x08, 5, 3_000_000_001),
            (0x10, 7, NOBODY),
            (0x20, 0, NOBODY),
        ]);
        let (key, text) = words(&whole).expect("an ACL");
        assert_eq!(
            text,
            "user::rw-\nuser:1234:rwx\ngroup::r--\ngroup:3000000001:r-x\nmask::rwx\nother::---\n"
        );
        assert_eq!(spoken(key.as_bytes(), text.as_bytes()), Some(Ok(whole.clone())));
        let star = "user::rw-,user:me:rwx:1234,group::r--,g:them:r-x:3000000001,mask:rwx,other:---";
        assert_eq!(spoken(key.as_bytes(), star.as_bytes()), Some(Ok(whole)));
    }

    #[test]
    fn what_is_no_acl_stays_out() {
        assert_eq!(spoken(b"SCHILY.acl.access", b"user:somebody:rwx"), Some(Err(b"somebody".to_vec())));
        assert_eq!(spoken(b"comment", b"user::rwx"), None);
        let mut cut = acl(&[(0x01, 6, NOBODY)]);
        cut.value.pop();
        assert_eq!(words(&cut), None);
        assert_eq!(words(&acl(&[(0x03, 6, 1)])), None);
    }
}
