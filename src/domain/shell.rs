//! Words as a shell reads them.

/// A word as a POSIX shell reads it back.
#[must_use]
pub fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_the_word_back() {
        assert_eq!(quoted("shop_db:/data"), "shop_db:/data");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("$(x)'y"), r"'$(x)'\''y'");
    }
}
