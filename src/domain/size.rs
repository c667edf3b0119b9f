//! Bytes for people.

use humansize::{BINARY, DECIMAL, FormatSizeOptions, format_size};

/// Which multiples a size is shown in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Units {
    /// Powers of 1000 (`kB`, `MB`, `GB`), as the Docker CLI prints them.
    #[default]
    Decimal,
    /// Powers of 1024 (`KiB`, `MiB`, `GiB`), as `du -h` means them.
    Binary,
}

/// `bytes` in at most eight columns: `0 B`, `512 B`, `4.2 GB`, `1023.9 KiB` never wraps a cell.
#[must_use]
pub fn human(bytes: u64, units: Units) -> String {
    let options = match units {
        Units::Decimal => DECIMAL,
        Units::Binary => BINARY,
    };
    let places = usize::from(bytes >= 1000);
    format_size(bytes, FormatSizeOptions::from(options).decimal_places(places).decimal_zeroes(places))
}

/// A difference of sizes with its sign: `+1.2 GB`, `-300 MB`, `0`.
#[must_use]
pub fn signed(bytes: i64, units: Units) -> String {
    let size = human(bytes.unsigned_abs(), units);
    match bytes {
        0 => "0".to_owned(),
        b if b > 0 => format!("+{size}"),
        _ => format!("-{size}"),
    }
}

/// Reads a size as people write it: `1500`, `10k`, `1.5GB`, `2GiB`.
///
/// # Errors
/// Says what was expected when the number or the unit is not understood.
pub fn parse(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let value: f64 =
        number.parse().map_err(|_none| format!("'{text}' is no size; write for example 500MB or 2GiB"))?;
    let unit = unit.trim().to_ascii_lowercase();
    let factor = match unit.trim_end_matches('b') {
        "" => 1_f64,
        "k" => 1e3,
        "m" => 1e6,
        "g" => 1e9,
        "t" => 1e12,
        "ki" => 1024.0,
        "mi" => 1024.0 * 1024.0,
        "gi" => 1024.0 * 1024.0 * 1024.0,
        "ti" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        _ => return Err(format!("unknown unit in '{text}'; use B, kB, MB, GB, TB, KiB, MiB, GiB or TiB")),
    };
    let bytes = value * factor;
    if !(0.0..9.2e18).contains(&bytes) {
        return Err(format!("'{text}' is out of range"));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked just above to be a positive number below 2^63"
    )]
    Ok(bytes as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_like_the_docker_cli() {
        let shown: Vec<String> = [0, 999, 1000, 3_145_728, 4_200_000_000, u64::MAX]
            .into_iter()
            .map(|b| human(b, Units::Decimal))
            .collect();
        assert_eq!(shown, ["0 B", "999 B", "1.0 kB", "3.1 MB", "4.2 GB", "18.4 EB"]);
        assert_eq!(human(3_145_728, Units::Binary), "3.0 MiB");
    }

    #[test]
    fn differences_have_their_sign() {
        let shown: Vec<String> =
            [1_200_000_000, -300, 0, i64::MIN].into_iter().map(|b| signed(b, Units::Decimal)).collect();
        assert_eq!(shown, ["+1.2 GB", "-300 B", "0", "-9.2 EB"]);
    }

    #[test]
    fn what_people_write_is_read() {
        assert_eq!(parse("1500"), Ok(1500));
        assert_eq!(parse("10k"), Ok(10_000));
        assert_eq!(parse("1.5 GB"), Ok(1_500_000_000));
        assert_eq!(parse("2GiB"), Ok(2 << 30));
        assert!(parse("many").is_err(), "a word is no size");
        assert!(parse("5 parsecs").is_err(), "an unknown unit is refused");
        assert!(parse("99999999999999TB").is_err(), "beyond 2^63 is refused");
    }
}
