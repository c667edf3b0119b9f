//! The command line of `volx create`.

use std::collections::BTreeMap;

use clap::Args;

use crate::domain::creation::{NewVolume, Recipe, label, pair};

/// What to make.
#[derive(Debug, Args)]
#[command(
    after_help = "A password is asked for on the terminal, or read with --password-stdin; the engine keeps \
                        it in clear text."
)]
pub struct Create {
    /// Its name
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The driver [default: local]
    #[arg(short, long, value_name = "DRIVER", conflicts_with = "kind")]
    pub driver: Option<String>,
    /// What the driver is told
    #[arg(short = 'o', long = "opt", value_name = "KEY=VALUE", conflicts_with = "kind")]
    pub options: Vec<String>,
    /// A label
    #[arg(long = "label", value_name = "KEY[=VALUE]")]
    pub labels: Vec<String>,
    /// A folder that another machine exports by NFS
    #[arg(long, value_name = "SERVER:/PATH", group = "kind")]
    pub nfs: Option<String>,
    /// A Windows or Samba share
    #[arg(long, value_name = "//SERVER/SHARE", group = "kind")]
    pub cifs: Option<String>,
    /// Memory, of this size at most
    #[arg(long, value_name = "SIZE", group = "kind", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub tmpfs: Option<String>,
    /// A folder of the engine's machine
    #[arg(long, value_name = "PATH", group = "kind")]
    pub bind: Option<String>,
    /// A folder of the engine that may hold only so much: 10G
    #[arg(long, value_name = "SIZE", group = "kind")]
    pub size: Option<String>,
    /// Further mount options for --nfs and --cifs: ro,vers=4.1
    #[arg(long, value_name = "OPTIONS", default_value = "", hide_default_value = true)]
    pub mount_options: String,
    /// Who asks for the share
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    pub user: String,
    /// Read the share's password from standard input
    #[arg(long, requires = "cifs")]
    pub password_stdin: bool,
}

impl Create {
    /// Whether a password is to be asked for.
    #[must_use]
    pub const fn wants_password(&self) -> bool {
        self.cifs.is_some() && !self.user.is_empty()
    }

    /// The volume that is meant.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn volume(&self, password: &str) -> Result<NewVolume, String> {
        let recipe = self.recipe(password)?;
        let more = !self.mount_options.is_empty();
        if more && !matches!(recipe, Some(Recipe::Nfs { .. } | Recipe::Cifs { .. })) {
            return Err("--mount-options goes with --nfs or --cifs".to_owned());
        }
        if !self.user.is_empty() && self.cifs.is_none() {
            return Err("--user goes with --cifs".to_owned());
        }
        let options = match recipe {
            Some(recipe) => recipe.options().map_err(|flaw| flaw.why)?,
            None => pairs(&self.options, pair)?,
        };
        let driver = self.driver.clone().unwrap_or_else(|| "local".to_owned());
        let labels = pairs(&self.labels, label)?;
        let volume = NewVolume { name: self.name.clone(), driver, options, labels };
        volume.check_name()?;
        Ok(volume)
    }

    fn recipe(&self, password: &str) -> Result<Option<Recipe>, String> {
        let more = self.mount_options.clone();
        if let Some(export) = &self.nfs {
            let parts = export.split_once(":/");
            let (server, path) = parts.ok_or_else(|| format!("'{export}' is no SERVER:/PATH"))?;
            // The kernel wants a bare IPv6 address.
            let server = server.trim_matches(['[', ']']).to_owned();
            return Ok(Some(Recipe::Nfs { server, path: format!("/{path}"), more }));
        }
        if let Some(share) = &self.cifs {
            let (share, user, password) = (share.clone(), self.user.clone(), password.to_owned());
            return Ok(Some(Recipe::Cifs { share, user, password, more }));
        }
        Ok(match (&self.tmpfs, &self.bind, &self.size) {
            (Some(size), ..) => Some(Recipe::Tmpfs { size: size.clone() }),
            (_, Some(path), _) => Some(Recipe::Bind { path: path.clone() }),
            (.., Some(size)) => Some(Recipe::Sized { size: size.clone() }),
            _ => None,
        })
    }
}

fn pairs(
    texts: &[String],
    read: impl Fn(&str) -> Result<(String, String), String>,
) -> Result<BTreeMap<String, String>, String> {
    let mut pairs = BTreeMap::new();
    for text in texts {
        let (key, value) = read(text)?;
        if pairs.insert(key.clone(), value).is_some() {
            return Err(format!("'{key}' is there twice"));
        }
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use rstest::rstest;

    use super::*;
    use crate::cli::arguments::{Arguments, Command};

    fn read(line: &str) -> Result<NewVolume, String> {
        let words = ["volx", "create"].into_iter().chain(line.split_whitespace());
        let arguments = Arguments::try_parse_from(words).map_err(|error| error.to_string())?;
        match arguments.command {
            Some(Command::Create(create)) => create.volume("hunter2"),
            _ => Err("another command".to_owned()),
        }
    }

    #[rstest]
    #[case("v1 --nfs nas:/export/a --mount-options ro", "device=:/export/a o=addr=nas,ro type=nfs")]
    #[case("v1 --nfs [fd00::1]:/a", "device=:/a o=addr=fd00::1 type=nfs")]
    #[case("v1 --cifs //nas/a --user me", "device=//nas/a o=addr=nas,username=me,password=hunter2 type=cifs")]
    #[case("--tmpfs v1", "device=tmpfs type=tmpfs")]
    #[case("--tmpfs=100m v1", "device=tmpfs o=size=100m type=tmpfs")]
    #[case("v1 --bind /srv/a", "device=/srv/a o=bind type=none")]
    #[case("v1 --size 10G", "size=10G")]
    #[case("v1 -d local -o type=tmpfs -o device=tmpfs", "device=tmpfs type=tmpfs")]
    #[case("v1", "")]
    fn a_line_is_a_volume(#[case] line: &str, #[case] options: &str) {
        let volume = read(line).expect("understood");
        let told: Vec<String> = volume.options.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(told.join(" "), options);
        assert_eq!((volume.name.as_str(), volume.driver.as_str()), ("v1", "local"));
    }

    #[rstest]
    #[case("v1 --nfs nas", "no SERVER:/PATH")]
    #[case("v1 --nfs nas:/a --bind /b", "cannot be used with")]
    #[case("v1 --size 1G -o a=b", "cannot be used with")]
    #[case("v1 --bind a", "begins with a /")]
    #[case("v1 --user me", "--user goes with --cifs")]
    #[case("v1 --mount-options ro", "--mount-options goes with")]
    #[case("v1 --password-stdin", "--cifs")]
    #[case("v1 -o a", "no KEY=VALUE")]
    #[case("v1 --label a=1 --label a=2", "there twice")]
    #[case("v", "two letters")]
    #[case("a/b", "letters, digits")]
    fn a_line_that_cannot_be_meant_says_why(#[case] line: &str, #[case] why: &str) {
        let error = read(line).expect_err("not meant");
        assert!(error.contains(why), "{error}");
    }
}
