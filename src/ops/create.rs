//! Making a volume: a name that is taken is refused, and what was made is looked at.

use serde_json::{Map, Value, json};

use super::audit;
use super::right::{Audited, Right};
use crate::domain::creation::NewVolume;
use crate::domain::secret::hidden;
use crate::domain::trouble::Trouble;

/// Makes a volume.
pub async fn create(right: &Right, wanted: &NewVolume) -> Audited {
    let mut details = Map::new();
    details.insert("driver".to_owned(), Value::from(wanted.driver.as_str()));
    details.insert("options".to_owned(), audit::options(&wanted.options));
    details.insert("labels".to_owned(), json!(wanted.labels));
    let work = async { make(right, wanted).await.map_err(|trouble| without_secrets(trouble, wanted)) };
    right.audited("create_volume", vec![wanted.name.clone()], details, work).await
}

async fn make(right: &Right, wanted: &NewVolume) -> Result<(), Trouble> {
    let summary = format!("'{}' was not made", wanted.name);
    wanted.check_name().map_err(|cause| Trouble::new(summary.clone(), cause))?;
    let changes = right.changes()?;
    let look = || async { changes.volume(&wanted.name).await.map_err(|error| error.trouble(&summary)) };
    // An engine answers "made" for a name that is taken, and ignores all the rest.
    if look().await?.is_some() {
        return Err(Trouble::new(summary, "a volume of this name is there already")
            .with_remedy("choose another name, or remove that one first"));
    }
    changes.make_volume(wanted).await.map_err(|error| error.trouble(&summary))?;
    match look().await? {
        None => Err(Trouble::new(summary, "the engine said that it is made, but does not have it")),
        Some(made) => match wanted.difference(&made) {
            None => Ok(()),
            Some(how) => Err(Trouble::new(
                format!("'{}' is there, but not as it was wanted", wanted.name),
                format!("it has {how}: somebody else made it at the same time, or the driver changed it"),
            )
            .with_remedy("look at it before you use it: volx inspect")),
        },
    }
}

fn without_secrets(trouble: Trouble, wanted: &NewVolume) -> Trouble {
    Trouble { cause: hidden(&trouble.cause, &wanted.options).into_owned(), ..trouble }
}
