//! What is too large, and what fills up too soon.

use super::backing::Backing;
use super::growth::rate::Rate;

/// No volume that matches may be larger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Threshold {
    /// Which volumes, with `*` and `?`.
    pub pattern: String,
    /// How large at most, in bytes.
    pub bytes: u64,
}

impl Threshold {
    /// Reads `SIZE` or `GLOB=SIZE`.
    ///
    /// # Errors
    /// Says what was expected when the size is not understood.
    pub fn parse(text: &str) -> Result<Self, String> {
        // Names hold no `=`; a pattern of one's own might, so the last one counts.
        let (pattern, size) = text.rsplit_once('=').unwrap_or(("*", text));
        if pattern.is_empty() {
            return Err(format!("'{text}' names no volume before the '='; write for example 'db-*=50GB'"));
        }
        Ok(Self { pattern: pattern.to_owned(), bytes: super::size::parse(size)? })
    }
}

/// Everything that is watched for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// Of several that match a volume the first counts.
    pub thresholds: Vec<Threshold>,
    /// A file system that will be full within so many seconds is warned of.
    pub full_within: Option<i64>,
}

impl Rules {
    /// How large this volume may be.
    #[must_use]
    pub fn limit(&self, name: &str) -> Option<u64> {
        self.thresholds.iter().find(|threshold| matches(&threshold.pattern, name)).map(|t| t.bytes)
    }

    /// The limit that a volume of this size is past.
    #[must_use]
    pub fn passed(&self, name: &str, bytes: Option<u64>) -> Option<u64> {
        let bytes = bytes?;
        self.limit(name).filter(|limit| bytes > *limit)
    }

    /// Seconds until the file system is full, when that is within the time that is watched for.
    #[must_use]
    pub fn fills(&self, backing: Option<Backing>, rate: Option<Rate>) -> Option<i64> {
        let left = until_full(backing, rate)?;
        (left <= self.full_within?).then_some(left)
    }
}

/// Seconds until the file system is full at this rate; `None` when it does not fill up, or nobody
/// watched for long enough to say so.
#[must_use]
pub fn until_full(backing: Option<Backing>, rate: Option<Rate>) -> Option<i64> {
    rate.filter(|rate| rate.is_trusted())?.until(backing?.available)
}

/// Whether a name matches a pattern, in which `*` stands for any letters and `?` for one.
#[must_use]
pub fn matches(pattern: &str, name: &str) -> bool {
    let (mut p, mut n) = (pattern.chars(), name.chars());
    // Where to go on when the last `*` has to stand for one letter more.
    let mut retry = None;
    loop {
        let (mut after_p, mut after_n) = (p.clone(), n.clone());
        let Some(letter) = after_n.next() else { break };
        match after_p.next() {
            Some('*') => {
                retry = Some((after_p.clone(), n.clone()));
                p = after_p;
            }
            Some(wanted) if wanted == '?' || wanted == letter => (p, n) = (after_p, after_n),
            _ => match &mut retry {
                Some((star, at)) => {
                    at.next();
                    (p, n) = (star.clone(), at.clone());
                }
                None => return false,
            },
        }
    }
    p.all(|letter| letter == '*')
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_first_threshold_that_matches_counts() {
        let rules = Rules {
            thresholds: vec![
                Threshold::parse("backup-*=500GB").expect("read"),
                Threshold::parse("50 GB").expect("read"),
            ],
            full_within: None,
        };
        assert_eq!(rules.passed("backup-db", Some(100_000_000_000)), None);
        assert_eq!(rules.passed("db", Some(100_000_000_000)), Some(50_000_000_000));
        assert_eq!(rules.passed("db", Some(50_000_000_000)), None, "as large is not larger");
        assert_eq!(rules.passed("db", None), None, "unknown is not past it");
        assert!(Threshold::parse("=5GB").is_err());
        assert!(Threshold::parse("db=much").expect_err("no size").contains("'much'"));
    }

    #[test]
    fn a_file_system_fills_up_only_when_it_is_known_to() {
        let rules = Rules { thresholds: Vec::new(), full_within: Some(3600) };
        let backing = Some(Backing { total: 1000, available: 100, at: Timestamp::UNIX_EPOCH });
        let rate = |per_second, watched| Some(Rate { per_second, watched });
        assert_eq!(rules.fills(backing, rate(0.1, 1000)), Some(1000));
        assert_eq!(rules.fills(backing, rate(0.01, 1000)), None, "later than is watched for");
        assert_eq!(rules.fills(backing, rate(0.1, 10)), None, "ten seconds are no trend");
        assert_eq!(rules.fills(backing, rate(-5.0, 1000)), None);
        assert_eq!(rules.fills(backing, None), None);
        assert_eq!(rules.fills(None, rate(0.1, 1000)), None, "unknown is not full");
        assert_eq!(Rules::default().fills(backing, rate(0.1, 1000)), None, "nobody asked");
    }

    proptest! {
        #[test]
        fn a_pattern_matches_as_the_same_regular_expression(pattern in "[ab*?]{0,8}", name in "[ab]{0,10}") {
            let written = format!("^{}$", pattern.replace('*', ".*").replace('?', "."));
            let expected = regex::Regex::new(&written).expect("an expression").is_match(&name);
            prop_assert_eq!(matches(&pattern, &name), expected);
        }
    }
}
