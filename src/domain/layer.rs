//! The writable layer of a container: what it wrote beside its mounts, gone when it is removed.

use std::collections::HashMap;
use std::sync::Arc;

/// What an engine tells of one container's file system. Unknown is `None`, never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Layer {
    /// Bytes that the container wrote; they die with it.
    pub writable: Option<u64>,
    /// Bytes of its image and of what it wrote, as the engine sums them.
    pub root_fs: Option<u64>,
}

/// Why a layer's size is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmeasured<'a> {
    /// Nobody asked yet.
    NotAsked,
    /// The engine is working on it.
    Pending,
    /// The engine answered and told no size.
    Untold,
    /// The engine did not answer; its words.
    Failed(&'a str),
}

impl Unmeasured<'_> {
    /// The reason as a few words.
    #[must_use]
    pub const fn reason(&self) -> &str {
        match self {
            Self::NotAsked => "not measured yet",
            Self::Pending => "being measured",
            Self::Untold => "this engine does not tell it",
            Self::Failed(why) => why,
        }
    }
}

/// One answer about a layer, or why there is none.
pub type Told = Result<Layer, Arc<str>>;

/// What is known of the layers of an engine's containers, by id.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    told: HashMap<String, Told>,
    /// How many were answered and how many were asked for, while they are.
    pub under_way: Option<(usize, usize)>,
}

impl Layers {
    /// Takes in answers.
    pub fn take(&mut self, answers: impl IntoIterator<Item = (String, Told)>) {
        self.told.extend(answers);
    }

    /// Forgets the containers that are gone.
    pub fn keep(&mut self, is_there: impl Fn(&str) -> bool) {
        self.told.retain(|id, _| is_there(id));
    }

    /// Whether any was ever asked for.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.under_way.is_some() || !self.told.is_empty()
    }

    /// What was told of this container's layer.
    #[must_use]
    pub fn of(&self, container: &str) -> Option<Layer> {
        self.told.get(container).and_then(|told| told.as_ref().ok()).copied()
    }

    /// The bytes that this container wrote.
    ///
    /// # Errors
    /// The reason why they are not known.
    pub fn written(&self, container: &str) -> Result<u64, Unmeasured<'_>> {
        match self.told.get(container) {
            Some(Ok(layer)) => layer.writable.ok_or(Unmeasured::Untold),
            Some(Err(why)) => Err(Unmeasured::Failed(why)),
            None if self.under_way.is_some() => Err(Unmeasured::Pending),
            None => Err(Unmeasured::NotAsked),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_not_knowing_has_its_own_word() {
        let mut layers = Layers::default();
        assert_eq!(layers.written("a"), Err(Unmeasured::NotAsked));
        layers.under_way = Some((0, 3));
        assert_eq!(layers.written("a"), Err(Unmeasured::Pending));
        layers.take([
            ("a".to_owned(), Ok(Layer { writable: Some(0), root_fs: Some(9) })),
            ("b".to_owned(), Ok(Layer { writable: None, root_fs: Some(9) })),
            ("c".to_owned(), Err(Arc::from("layer does not exist"))),
        ]);
        layers.under_way = None;
        assert_eq!(layers.written("a"), Ok(0), "nothing written is known to be nothing");
        assert_eq!(layers.written("b"), Err(Unmeasured::Untold));
        assert_eq!(layers.written("c"), Err(Unmeasured::Failed("layer does not exist")));
        layers.keep(|id| id == "b");
        assert_eq!(layers.written("a"), Err(Unmeasured::NotAsked), "its container is gone");
    }
}
