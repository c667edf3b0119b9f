//! Which engine this is and what it can do.

pub use super::product::{ApiVersion, Product};
use super::prune::habit::Habit;

/// What an engine can do, read once after connecting. Code asks these, never a version.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the engine")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// Whose engine it is.
    pub product: Product,
    /// The engine's own version.
    pub version: String,
    /// The API version put before every path.
    pub api: ApiVersion,
    /// The newest API version the engine speaks.
    pub api_max: ApiVersion,
    /// The oldest API version the engine accepts.
    pub api_min: ApiVersion,
    /// The operating system containers run on.
    pub os: String,
    /// The processor they run on, in Go's words (`amd64`).
    pub arch: String,
    /// Whether `/system/df` can be asked for volumes alone (API 1.42).
    pub df_by_type: bool,
    /// Whether several may ask `/system/df` at once (API 1.42; Podman).
    pub df_shared: bool,
    /// Whether `/system/df` leaves the legacy fields out when asked (API 1.52).
    pub df_verbose: bool,
    /// Whether a volume's creation time stays as it is; Docker 20.10 tells the time of the last
    /// change in the volume's root folder instead. (moby 20.10, `volume/local/local_unix.go`)
    pub created_is_stable: bool,
    /// Whether volumes made without a name carry the anonymous label (API 1.42).
    pub labels_anonymous: bool,
    /// Whether a folder that is mounted into a container is one of the engine's own file system;
    /// Docker Desktop looks it up on the user's machine first.
    pub binds_are_its_own: bool,
    /// What its own prune removes.
    pub prunes: Habit,
}

impl Capabilities {
    /// Derives what can be done from product and negotiated version.
    /// [moby `api/docs/CHANGELOG.md`; Podman ignores `type` and runs several df at once]
    #[must_use]
    pub fn derive(
        product: Product,
        version: String,
        api: ApiVersion,
        range: (ApiVersion, ApiVersion),
        platform: (String, String),
    ) -> Self {
        let docker = product == Product::Docker;
        let prunes = Habit::of(product, &version, range.1);
        Self {
            product,
            version,
            api,
            api_min: range.0,
            api_max: range.1,
            os: platform.0,
            arch: platform.1,
            df_by_type: docker && api >= ApiVersion::new(1, 42),
            df_shared: !docker || range.1 >= ApiVersion::new(1, 42),
            df_verbose: docker && api >= ApiVersion::new(1, 52),
            created_is_stable: !docker || range.1 >= ApiVersion::new(1, 42),
            labels_anonymous: docker && range.1 >= ApiVersion::new(1, 42),
            binds_are_its_own: true,
            prunes,
        }
    }
}

/// The engine that was reached: what it is, where, and why this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineInfo {
    /// What tells this engine from others in the history.
    pub id: String,
    /// The engine's host name.
    pub name: String,
    /// Where it was reached, as an address.
    pub address: String,
    /// The Docker context, when one led here.
    pub context: Option<String>,
    /// What chose it: `--context`, `DOCKER_HOST`, the default socket, …
    pub chosen_by: String,
    /// Where it keeps its data, in its own file system.
    pub root_dir: Option<String>,
    /// Whether it manages a Swarm.
    pub is_swarm_manager: bool,
    /// Whether volx was told to change nothing there.
    pub is_read_only: bool,
    /// What it can do.
    pub capabilities: Capabilities,
}
