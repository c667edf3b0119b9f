//! What went wrong, in the three parts a person needs.

use std::fmt;

/// A failure as it is shown: what, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What could not be done.
    pub summary: String,
    /// Why, as exactly as it is known.
    pub cause: String,
    /// What helps, when something does.
    pub remedy: Option<String>,
}

impl Trouble {
    /// A failure with its cause.
    pub fn new(summary: impl Into<String>, cause: impl Into<String>) -> Self {
        Self { summary: summary.into(), cause: cause.into(), remedy: None }
    }

    /// The same failure, and what failed besides.
    #[must_use]
    pub fn and(mut self, more: &[Self]) -> Self {
        for other in more {
            self.cause = format!("{}\n  {other}", self.cause);
        }
        self
    }

    /// The same failure with what helps.
    #[must_use]
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.summary, self.cause)?;
        match &self.remedy {
            Some(remedy) => write!(f, "\n  {remedy}"),
            None => Ok(()),
        }
    }
}
