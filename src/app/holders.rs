//! The containers that have the selected volume, as rows to go to.

use super::changes::Changes;
use super::cursor::Cursor;
use crate::domain::container::Container;
use crate::domain::inventory::Inventory;
use crate::domain::lifecycle::Act;

/// A row of the Containers tab that was gone to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The volume that it was.
    pub volume: String,
    /// The container's id.
    pub id: String,
    /// Its place among those that have the volume.
    pub place: usize,
}

/// What can be done with a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acts {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The selected one.
    pub cursor: Cursor,
}

impl Acts {
    /// Why this cannot be done now; nothing where it can.
    #[must_use]
    pub fn objection(&self, act: Act, changes: &Changes, inventory: &Inventory) -> Option<String> {
        if let Some(under_way) = changes.act_on(&self.name) {
            return Some(format!("{} it now", under_way.doing()));
        }
        match inventory.container(&self.id) {
            Some(container) => act.objection(&container.state),
            None => Some("it is gone".to_owned()),
        }
    }
}

/// The container that the Containers tab of this volume is at: the one that was gone to, else the
/// one in its place.
#[must_use]
pub fn selected<'a>(
    holder: Option<&Holder>,
    inventory: &'a Inventory,
    volume: usize,
) -> Option<(usize, &'a Container)> {
    let name = &inventory.volumes.get(volume)?.name;
    let holder = holder.filter(|holder| holder.volume == *name);
    let mut rows = inventory.holders(volume).enumerate();
    let by_id = holder.and_then(|holder| rows.find(|(_, container)| container.id == holder.id));
    by_id.or_else(|| {
        let place = holder.map_or(0, |holder| holder.place);
        inventory.holders(volume).enumerate().take(place + 1).last()
    })
}
