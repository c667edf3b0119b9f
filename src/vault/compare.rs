//! Comparing a backup with a tar of the same things taken at another time: entry by entry, whatever
//! their order.

use std::collections::{HashMap, HashSet};
use std::io::{Read, Seek};

use super::digest::{Content, Digest, of_head};
use super::verify::digest as name_digest;
use super::{Archive, Error, scan};
use crate::pax::{Body, Reader};

/// What is read of content at once.
const CHUNK: usize = 128 * 1024;

/// What the index says of an entry, as short as it can be kept.
struct Known {
    said: [u8; 8],
    content: Option<Content>,
}

impl<R: Read + Seek> Archive<R> {
    /// Compares all entries with those of a tar, such as one of what was restored from this backup: type,
    /// size, content, owner, permissions, times, attributes, links. `seen` hears after each entry how many
    /// were compared, and ends the work by answering `false`. The answer is how many are the same.
    ///
    /// # Errors
    /// Names the first entry that differs, is missing, or is there alone.
    pub fn compare(&self, tar: &mut dyn Read, seen: &mut dyn FnMut(u64) -> bool) -> Result<u64, Error> {
        let (known, firsts) = self.known()?;
        let mut reader = Reader::new(tar);
        let (mut compared, mut chunk) = (0, vec![0; CHUNK]);
        // Names of one file may come in another order: which of them came first is no difference.
        let mut theirs: HashSet<u64> = HashSet::new();
        while let Some(mut head) = reader.next_head().map_err(Error::of_tar)? {
            let name = head.name.clone();
            let differs = |what: &str| Error::entry(&name, what);
            let key = name_digest(&name);
            let first = firsts.get(&key);
            if let Body::Same(other) = &head.body {
                let group = name_digest(other);
                let is_same = first.is_some_and(|first| {
                    firsts.get(&group).is_some_and(|other| name_digest(other) == name_digest(first))
                });
                if !is_same {
                    return Err(differs("it is another name of something else"));
                }
            } else {
                let asked = first.map_or(key, |first| {
                    head.name.clone_from(first);
                    name_digest(first)
                });
                let known = known.get(&asked).ok_or_else(|| differs("the backup does not have it"))?;
                if of_head(&head).ok() != Some(known.said) {
                    return Err(differs("its type, size, owner, permissions, times or attributes differ"));
                }
                if let (Body::File(size), Some(content)) = (&head.body, known.content) {
                    // All of it was in the tar; without this a hole as large as one likes would be hashed.
                    if matches!(content, Content::Whole(_)) && *size > self.footer.tar_bytes {
                        return Err(Error::damaged("its index has a file that is larger than all of it"));
                    }
                    let digest = Digest::new(matches!(content, Content::Blocks(_)));
                    let found = scan::content_as(digest, &mut reader, *size, &mut chunk, &mut |_| Ok(()))?;
                    if found != content {
                        return Err(differs("its content differs"));
                    }
                }
                if first.is_some() && !theirs.insert(asked) {
                    return Err(differs("it is a file of its own, no other name of one"));
                }
            }
            compared += 1;
            if !seen(compared) {
                return Err(Error::Cancelled);
            }
        }
        match compared.cmp(&self.manifest().counted.entries) {
            std::cmp::Ordering::Equal => Ok(compared),
            _ => Err(Error::Partial(format!(
                "{compared} entries came back of {}",
                self.manifest().counted.entries
            ))),
        }
    }

    /// All entries that are no further names, by their names; and for each name of a file that has
    /// several, the first of them.
    #[expect(clippy::type_complexity, reason = "it is seen here alone")]
    fn known(&self) -> Result<(HashMap<u64, Known>, HashMap<u64, Vec<u8>>), Error> {
        let (mut known, mut firsts) = (HashMap::new(), HashMap::new());
        for entry in self.entries() {
            let entry = entry?;
            let key = name_digest(&entry.head.name);
            if let Body::Same(first) = entry.head.body {
                firsts.insert(name_digest(&first), first.clone());
                firsts.insert(key, first);
            } else {
                known.insert(key, Known { said: entry.said, content: entry.content });
            }
        }
        Ok((known, firsts))
    }
}
