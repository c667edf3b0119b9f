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
        for part in path.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".") {
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
        assert!(Place::root().parent().is_none());
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
