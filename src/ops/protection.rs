//! Reading what is protected: what the user decided, and the patterns of the configuration.

use std::sync::Arc;

use crate::domain::protection::Protection;
use crate::domain::trouble::Trouble;
use crate::history::History;

/// What is protected on an engine.
///
/// # Errors
/// When the list cannot be read: that is not an empty list.
pub async fn read(
    history: Option<&Arc<History>>,
    engine: &str,
    patterns: &[String],
) -> Result<Protection, Trouble> {
    let Some(history) = history.cloned() else {
        return Err(unknown("the history, which holds the list, cannot be opened"));
    };
    let engine = engine.to_owned();
    let decided = tokio::task::spawn_blocking(move || history.protections(&engine)).await;
    match decided {
        Ok(Ok(decided)) => Ok(Protection { decided, patterns: patterns.to_vec() }),
        Ok(Err(error)) => Err(unknown(error.to_string())),
        Err(error) => Err(unknown(error.to_string())),
    }
}

fn unknown(cause: impl Into<String>) -> Trouble {
    Trouble::new("it is not known which volumes are protected", cause).with_remedy(
        "nothing is removed until it is: mend the history.db in volx' state folder, or move it away",
    )
}
