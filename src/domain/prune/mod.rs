//! What may be removed and why: rules over volumes make a plan, a confirmed plan can be carried out.
//!
//! The engine's own prune is never called: its meaning changed between versions, and between its
//! preview, which does not exist, and its doing anything may happen.

mod confirm;
pub mod habit;
mod plan;
mod reason;
pub mod rules;
#[cfg(test)]
mod tests;
mod undo;
mod words;

pub use confirm::{Asking, ConfirmedPlan, Difference, Target, what_goes};
pub use plan::{Candidate, Facts, Freed, Kept, PrunePlan};
pub use reason::{Because, Why, is_here};
pub use rules::{Preset, Rules};
pub use undo::{Due, Holding, Room, Undo, UndoPlan, Unfit};
pub use words::{Misread, WORDS};
