//! Where something is inside a volume.

use std::borrow::Cow;
use std::fmt;

/// A path below a volume's root. It never leaves it: no part is empty, `.` or `..`, or holds `/`
/// or NUL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Place(Vec<Vec<u8>>);

impl Place {
    /// The volume's root.
    #[must_use]
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// Reads a path; leading, trailing and double slashes and `.` do not count.
    ///
    /// # Errors
    /// When it has `..`, which could mean another place than it seems, or a NUL.
    pub fn parse(path: &[u8]) -> Result<Self, String> {
        let mut place = Self::root();
        for part in parts(path) {
            if !is_name(part) {
                return Err(format!("'{}' is no path inside a volume", String::from_utf8_lossy(path)));
            }
            place.0.push(part.to_vec());
        }
        Ok(place)
    }

    /// The place of an entry of this folder; `None` when `name` is no name of an entry.
    #[must_use]
    pub fn child(&self, name: &[u8]) -> Option<Self> {
        is_name(name).then(|| {
            let mut parts = self.0.clone();
            parts.push(name.to_vec());
            Self(parts)
        })
    }

    /// The place of an entry below this folder, by the parts between; those that are no names do not count.
    #[must_use]
    pub fn below(&self, parts: &[Vec<u8>]) -> Self {
        Self(self.0.iter().chain(parts.iter().filter(|part| is_name(part))).cloned().collect())
    }

    /// The folder it is in; `None` for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (_, parent) = self.0.split_last()?;
        Some(Self(parent.to_vec()))
    }

    /// Its last part; `None` for the root.
    #[must_use]
    pub fn name(&self) -> Option<&[u8]> {
        self.0.last().map(Vec::as_slice)
    }

    /// Its parts, from the root.
    pub fn parts(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        self.0.iter().map(Vec::as_slice)
    }

    /// Whether it is the volume's root.
    #[must_use]
    pub const fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The parts with `/` between them; empty for the root.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.0.join(&b'/')
    }

    /// As text; what is not UTF-8 is replaced. Not safe for a terminal yet.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }
}

/// With a leading `/`, as seen from inside the volume.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}", self.text())
    }
}

/// Whether bytes can be the name of a folder's entry.
fn is_name(name: &[u8]) -> bool {
    !name.is_empty() && name != b"." && name != b".." && !name.iter().any(|byte| matches!(byte, 0 | b'/'))
}

/// The parts of a path, also of one that leads elsewhere; empty ones and `.` do not count. Archives begin
/// their names with `./`, with `/` or with nothing, and end those of folders with `/`.
pub fn parts(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".")
}

/// A path by its parts alone: the same for all ways to write it.
#[must_use]
pub fn plain(path: &[u8]) -> Vec<u8> {
    parts(path).collect::<Vec<_>>().join(&b'/')
}

/// A name of an entry as text; what is not UTF-8 is replaced. Not safe for a terminal yet.
#[must_use]
pub fn name_text(name: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_path_stays_inside() {
        assert_eq!(Place::parse(b"//a/./b/").map(|p| p.to_string()), Ok("/a/b".to_owned()));
        assert!(Place::parse(b"").expect("the root").is_root());
        assert!(Place::parse(b"a/../../etc").is_err(), "a step up is refused");
        assert!(Place::parse(b"a\0b").is_err());
        assert!(Place::root().child(b"..").is_none());
        assert!(Place::root().child(b"a/b").is_none());
        let below =
            Place::parse(b"a").expect("a path").below(&[b"b".to_vec(), b"..".to_vec(), b"c".to_vec()]);
        assert_eq!(below.to_string(), "/a/b/c");
        assert!(Place::root().parent().is_none());
    }

    #[test]
    fn many_parts_are_no_more_work_than_each() {
        let names = vec![b"a".to_vec(); 250_000];
        let deep = Place::root().below(&names);
        assert_eq!(deep, Place::parse(&names.join(&b'/')).expect("a path"));
    }

    proptest! {
        #[test]
        fn no_path_leaves_the_root(path in proptest::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(place) = Place::parse(&path) {
                prop_assert!(place.parts().all(is_name));
                prop_assert_eq!(Place::parse(&place.bytes()), Ok(place));
            }
        }
    }
}
