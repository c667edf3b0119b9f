//! Which nodes of the tree are rows: folding and the filter.

use super::{MapScreen, Row};
use crate::domain::inventory::Inventory;

/// The rows, and how many names the filter finds.
pub(super) struct Found {
    pub(super) rows: Vec<Row>,
    pub(super) hits: usize,
}

struct Layout<'a> {
    screen: &'a MapScreen,
    inventory: &'a Inventory,
    /// All of them must be in a name.
    words: Vec<String>,
    found: Found,
}

/// Works out the rows. What the filter finds is shown with all that it is in and all that is in it.
pub(super) fn of(screen: &MapScreen, inventory: &Inventory) -> Found {
    let words = screen.filter.value().split_whitespace().map(str::to_lowercase).collect();
    let found = Found { rows: Vec::new(), hits: 0 };
    let mut layout = Layout { screen, inventory, words, found };
    for root in &screen.tree.roots {
        layout.visit(*root, 0, false);
    }
    layout.found
}

impl Layout<'_> {
    /// Adds a node and what of it is shown; says whether the filter finds anything there.
    fn visit(&mut self, at: u32, depth: u16, is_inside: bool) -> bool {
        let Some(node) = self.screen.tree.node(at) else { return false };
        let is_filtered = !self.words.is_empty();
        let is_hit = is_filtered && self.is_named(at);
        self.found.hits += usize::from(is_hit);
        let (own, first) = (self.found.rows.len(), self.found.rows.len() + 1);
        self.found.rows.push(Row { node: at, depth, is_open: None });
        let is_open = !node.children.is_empty() && self.screen.is_open(self.inventory, at);
        let mut is_below = false;
        if is_open || is_filtered {
            for child in &node.children {
                is_below |= self.visit(*child, depth + 1, is_inside || is_hit);
            }
        }
        if is_filtered && !is_below && !is_open {
            self.found.rows.truncate(first);
        }
        if is_filtered && !(is_hit || is_below || is_inside) {
            self.found.rows.truncate(own);
        } else if let Some(row) = self.found.rows.get_mut(own) {
            row.is_open = (!node.children.is_empty()).then_some(is_open || is_below);
        }
        is_hit || is_below
    }

    fn is_named(&self, at: u32) -> bool {
        let tree = &self.screen.tree;
        let name = tree.node(at).map_or("", |node| tree.name(self.inventory, node.what));
        self.words.iter().all(|word| contains(name, word))
    }
}

/// Whether `word`, in lower case, is in `text`, whatever its case.
fn contains(text: &str, word: &str) -> bool {
    if !text.is_ascii() {
        return text.to_lowercase().contains(word);
    }
    let (text, word) = (text.as_bytes(), word.as_bytes());
    word.is_empty() || text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whatever_their_case() {
        assert!(contains("Shop_DB", "p_d"));
        assert!(contains("ÄPFEL", "äpf"));
        assert!(!contains("shop", "shops"));
        assert!(contains("", ""));
    }
}
