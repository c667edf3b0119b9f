//! How long ago something was, in the fewest letters that stay honest.

use jiff::Timestamp;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;
const YEAR: i64 = 365 * DAY;

/// A span of whole seconds as its largest unit: `8s`, `5m`, `3h`, `6d`, `5w`, `2y`.
///
/// Negative spans are shown as `0s`: clocks of two machines differ.
#[must_use]
pub fn span(seconds: i64) -> String {
    let seconds = seconds.max(0);
    match seconds {
        s if s < MINUTE => format!("{s}s"),
        s if s < HOUR => format!("{}m", s / MINUTE),
        s if s < DAY => format!("{}h", s / HOUR),
        s if s < 2 * WEEK => format!("{}d", s / DAY),
        s if s < YEAR => format!("{}w", s / WEEK),
        s => format!("{}y", s / YEAR),
    }
}

/// The age of `then` at `now`, in minutes or coarser: `now`, `5m`, `3h`, …
///
/// Below a minute it says `now`, so that an idle screen changes once a minute at most.
#[must_use]
pub fn age(now: Timestamp, then: Timestamp) -> String {
    let seconds = now.as_second() - then.as_second();
    if seconds < MINUTE { "now".to_owned() } else { span(seconds) }
}

/// What stands for an age below a minute in a sentence.
pub const JUST_NOW: &str = "just now";

/// The age with the word that a sentence needs: `just now`, `5m ago`.
#[must_use]
pub fn ago(now: Timestamp, then: Timestamp) -> String {
    let seconds = now.as_second() - then.as_second();
    if seconds < MINUTE { JUST_NOW.to_owned() } else { format!("{} ago", span(seconds)) }
}

/// Reads a span as people write it: `30s`, `5m`, `12h`, `7d`, `2w`. The answer is in seconds.
///
/// # Errors
/// Says what was expected when it is not understood.
pub fn parse_span(text: &str) -> Result<i64, String> {
    let trimmed = text.trim();
    let wrong = || format!("'{text}' is no span of time; write for example 30s, 5m, 12h, 7d or 2w");
    let split = trimmed.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (number, unit) = trimmed.split_at(split);
    let unit = match unit.trim() {
        "s" => 1,
        "m" => MINUTE,
        "h" => HOUR,
        "d" => DAY,
        "w" => WEEK,
        _ => return Err(wrong()),
    };
    let number: i64 = number.parse().map_err(|_none| wrong())?;
    number.checked_mul(unit).filter(|seconds| (1..=100 * YEAR).contains(seconds)).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_take_their_largest_unit() {
        let shown: Vec<String> =
            [0, 59, 60, 3_599, 3_600, 86_400, 86_400 * 13, 86_400 * 14, YEAR].into_iter().map(span).collect();
        assert_eq!(shown, ["0s", "59s", "1m", "59m", "1h", "1d", "13d", "2w", "1y"]);
    }

    #[test]
    fn spans_are_read_as_people_write_them() {
        assert_eq!(parse_span("30s"), Ok(30));
        assert_eq!(parse_span(" 7d "), Ok(7 * DAY));
        for wrong in ["", "7", "d", "0s", "-3h", "7 days", "99999999999999w", "1.5h"] {
            assert!(parse_span(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_clock_that_runs_ahead_is_now() {
        let now = Timestamp::UNIX_EPOCH;
        let later = Timestamp::from_second(500).expect("in range");
        assert_eq!(age(now, later), "now");
        assert_eq!(ago(now, later), "just now");
    }
}
