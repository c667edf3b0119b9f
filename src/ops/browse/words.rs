//! A failure inside a volume in words for people: what they need first, then the engine's own.

use crate::access::content::Error;
use crate::domain::trouble::Trouble;

/// How the engine's client begins what the engine said; what was asked stands between.
const ASKED: &str = "the engine answered ";
/// What engines say when a volume's file system cannot be mounted.
const MOUNTING: [&str; 4] = ["failed to mount", "mounting volume", "cannot mount", "could not mount"];
/// What stands between the ways that were tried.
const NEXT_WAY: &str = "; the ";

/// A failure under a heading of what was wanted. Its cause's first line says why; the engine's own
/// words follow on a line of theirs, without numbers of containers and paths of requests.
#[must_use]
pub fn told(error: &Error, summary: &str) -> Trouble {
    let whole = error.to_string();
    let words = spoken(&whole);
    if let Some(mounting) = words.split(NEXT_WAY).find(|way| is_about_mounting(way)) {
        let why = mounting.rsplit(": ").next().unwrap_or(mounting);
        let own = MOUNTING.iter().filter_map(|sign| mounting.find(sign)).min();
        // Where the sentence with the mount begins; what is before names the way.
        let own = own.and_then(|at| mounting.get(..at)?.rfind(": ").map(|colon| colon + 2));
        let own = own.and_then(|at| mounting.get(at..)).unwrap_or(mounting);
        let engine = if own == why { String::new() } else { format!("\n  the engine: {own}") };
        return Trouble::new("this volume cannot be mounted", format!("{why}{engine}")).with_remedy(
            "see to what its options name (volx inspect shows them); no container could use it either",
        );
    }
    match error {
        Error::NotThisWay { .. } => {
            Trouble::new(summary, words).with_remedy("'volx doctor' says which ways are open here")
        }
        _ => Trouble::new(summary, words),
    }
}

fn is_about_mounting(words: &str) -> bool {
    MOUNTING.iter().any(|sign| words.contains(sign))
}

/// The words without what was asked of the engine.
fn spoken(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    let mut rest = words;
    while let Some((before, after)) = rest.split_once(ASKED) {
        out.push_str(before);
        // A status, what was asked, a colon; no path in a request has a colon with a space.
        rest = after.split_once(": ").map_or(after, |(_, said)| said);
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::Way;

    const SAID: &str = "the engine answered 500 to /containers/5ce45e/archive?path=%2Fv%2F.: error while \
                        mounting volume '/var/lib/docker/volumes/v/_data': failed to mount local volume: \
                        mount :/nope:/var/lib/docker/volumes/v/_data, data: addr=127.0.0.1: no such device";

    #[test]
    fn what_cannot_be_mounted_is_told_before_the_engines_words() {
        let all = format!("the direct way cannot open this volume: x; the archive way cannot: {SAID}");
        for words in [SAID.to_owned(), all] {
            let trouble = told(&Error::Engine(words), "the folder cannot be listed");
            assert_eq!(trouble.summary, "this volume cannot be mounted");
            let (first, own) = trouble.cause.split_once('\n').expect("two lines");
            assert_eq!(first, "no such device");
            assert!(own.contains("the engine: error while mounting volume '/var"), "{own}");
            assert!(!own.contains("5ce45e") && !own.contains("%2F") && !own.contains("way"), "{own}");
            assert!(trouble.remedy.is_some());
        }
    }

    #[test]
    fn a_mount_that_takes_for_ever_says_so() {
        let why = "the engine could not mount it within 30 seconds: its server does not answer";
        let error = Error::NotThisWay { way: Way::Helper, what: "open this volume", why: why.to_owned() };
        let trouble = told(&error, "no");
        assert_eq!(trouble.summary, "this volume cannot be mounted");
        assert!(trouble.cause.starts_with("its server does not answer"), "{trouble}");
    }

    #[test]
    fn other_words_of_the_engine_stay_without_what_was_asked() {
        let error = Error::Engine("the engine answered 500 to /containers/5c/archive?path=%2Fv: no".into());
        let trouble = told(&error, "it cannot be read");
        assert_eq!(trouble.to_string(), "it cannot be read: no");
    }
}
