//! What `docker volume prune` and `docker volume prune -a` do on an engine.

use crate::domain::product::{ApiVersion, Product};

/// Which unused volumes an engine's own prune removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    /// Those with the anonymous label; all of the local driver without options with `-a`.
    /// [moby `volume/service/service.go`, `Prune`, API 1.42]
    Labelled,
    /// All of the local driver without options; `-a` is refused. [moby before 23.0]
    All,
    /// All, whatever their driver and options; `-a` is refused. [Podman up to 5.8,
    /// `pkg/domain/filters/volumes.go`]
    Everything,
    /// Those with the anonymous label, whatever their driver and options; all of them with `-a`.
    /// [Podman 6, `pkg/util/filters.go`; read, not run]
    LabelledEverything,
}

impl Habit {
    /// What an engine does: `newest` is the newest API version it speaks, which is the one that the
    /// Docker CLI speaks with it.
    #[must_use]
    pub fn of(product: Product, version: &str, newest: ApiVersion) -> Self {
        match product {
            Product::Podman => {
                let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
                if major.is_some_and(|major| major >= 6) {
                    Self::LabelledEverything
                } else {
                    Self::Everything
                }
            }
            Product::Docker | Product::Demo if newest >= ApiVersion::new(1, 42) => Self::Labelled,
            Product::Docker | Product::Demo => Self::All,
        }
    }

    /// Whether it takes `-a`.
    #[must_use]
    pub const fn takes_all(self) -> bool {
        matches!(self, Self::Labelled | Self::LabelledEverything)
    }

    /// Whether it leaves named volumes alone without `-a`.
    #[must_use]
    pub const fn spares_named(self) -> bool {
        matches!(self, Self::Labelled | Self::LabelledEverything)
    }

    /// Whether it leaves volumes with driver options and of other drivers alone.
    #[must_use]
    pub const fn spares_options(self) -> bool {
        matches!(self, Self::Labelled | Self::All)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_engine_has_its_own_meaning_of_prune() {
        let docker = |newest| Habit::of(Product::Docker, "x", newest);
        assert_eq!(docker(ApiVersion::new(1, 41)), Habit::All, "20.10 takes named volumes too");
        assert_eq!(docker(ApiVersion::new(1, 42)), Habit::Labelled);
        let podman = |version| Habit::of(Product::Podman, version, ApiVersion::new(1, 44));
        assert_eq!(podman("5.8.2"), Habit::Everything);
        assert_eq!(podman("6.0.0-dev"), Habit::LabelledEverything);
        assert!(!Habit::Everything.spares_options() && !Habit::All.takes_all());
    }
}
