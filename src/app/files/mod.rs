//! The files of one volume, or of a backup: the folders on the way, and what is seen of the selected entry.

pub mod folder;
pub mod order;
pub mod preview;
pub mod view;

use tui_input::Input;

use crate::domain::access::Way;
use crate::domain::entry::Entry;
use crate::domain::files_news::FilesAsk;
use crate::domain::keep::Kept;
use crate::domain::place::Place;
use crate::domain::remote::Remote;
use folder::Folder;
use order::FileOrder;
use preview::Preview;

/// A copy out of or into a volume that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// What is being done, in a few words.
    pub title: String,
    /// Entries done.
    pub entries: u64,
    /// Bytes done.
    pub bytes: u64,
    /// Whether it was told to end.
    pub is_ending: bool,
    /// What was asked for, to ask for it again otherwise.
    pub asked: FilesAsk,
    /// The visit that it belongs to.
    pub visit: u64,
    /// The volume: one may be in another by now.
    pub volume: String,
}

/// What became of the volume since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fate {
    /// It is listed.
    #[default]
    There,
    /// It was removed.
    Removed,
}

/// The files of one volume, or of a backup of it.
#[derive(Debug, Default)]
pub struct Files {
    /// Counts the volumes that were opened: news of an earlier one is told apart by it.
    pub visit: u64,
    /// The volume's name.
    pub volume: String,
    /// The backup of it whose files these are; nothing where they are the volume's own.
    pub kept: Option<Box<Kept>>,
    /// The way that is taken, once the volume is open.
    pub way: Remote<Way>,
    /// Whether the volume is still there.
    pub fate: Fate,
    /// The folders from the root to the one that is shown.
    pub folders: Vec<Folder>,
    /// The order of the entries.
    pub order: FileOrder,
    /// The filter as typed; it goes with its folder.
    pub filter: Input,
    /// Whether the filter is being typed.
    pub is_filtering: bool,
    /// Whether the shown folder was gone to by its path, and may be none.
    pub is_jump: bool,
    /// What is seen of the selected entry.
    pub preview: Preview,
    /// Whether that fills the screen.
    pub is_zoomed: bool,
    /// A copy that is under way.
    pub job: Option<Job>,
}

impl Files {
    /// The folder that is shown.
    #[must_use]
    pub fn folder(&self) -> Option<&Folder> {
        self.folders.last()
    }

    /// The folder that is shown, to be changed.
    pub fn folder_mut(&mut self) -> Option<&mut Folder> {
        self.folders.last_mut()
    }

    /// The place that is shown.
    #[must_use]
    pub fn place(&self) -> Place {
        self.folder().map(|folder| folder.place.clone()).unwrap_or_default()
    }

    /// The selected entry.
    #[must_use]
    pub fn selected(&self) -> Option<&Entry> {
        self.folder().and_then(Folder::selected)
    }

    /// The place of the selected entry.
    #[must_use]
    pub fn selected_place(&self) -> Option<Place> {
        self.place().child(&self.selected()?.name)
    }

    /// The folder at a place, when it is on the way to the one that is shown.
    pub fn folder_at(&mut self, place: &Place) -> Option<&mut Folder> {
        self.folders.iter_mut().find(|folder| folder.place == *place)
    }

    /// Applies the filter as it is typed now.
    pub fn refilter(&mut self) {
        let typed = self.filter.value().to_owned();
        if let Some(folder) = self.folder_mut() {
            folder.filter_by(&typed);
        }
    }

    /// Drops the filter.
    pub fn drop_filter(&mut self) {
        self.is_filtering = false;
        self.filter.reset();
        self.refilter();
    }

    /// Sorts every folder on the way.
    pub fn sort_by(&mut self, order: FileOrder) {
        self.order = order;
        for folder in &mut self.folders {
            folder.sort_by(order);
        }
    }

    /// Goes into a folder below the shown one, or to any place; `true` when it has to be listed.
    pub fn go_to(&mut self, place: &Place) {
        self.drop_filter();
        self.is_zoomed = false;
        let mut way = vec![Place::root()];
        for part in place.parts() {
            let next = way.last().and_then(|last| last.child(part));
            way.extend(next);
        }
        let kept =
            self.folders.iter().zip(&way).take_while(|(folder, place)| folder.place == **place).count();
        self.folders.truncate(kept);
        for place in way.into_iter().skip(kept) {
            // The folder above remembers where one went.
            if let (Some(above), Some(name)) = (self.folders.last_mut(), place.name()) {
                above.anchor_at(name);
            }
            self.folders.push(Folder::new(place, self.order));
        }
    }

    /// Goes a folder up; `false` at the root.
    pub fn up(&mut self) -> bool {
        if self.folders.len() < 2 {
            return false;
        }
        self.drop_filter();
        self.folders.pop();
        true
    }
}
